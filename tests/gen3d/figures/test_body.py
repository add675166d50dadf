# SPDX-License-Identifier: Apache-2.0
"""A person dressed once is seen in other colours, and with some of it off."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.figures.body import Wearer, looks_of, put_on
from gen3d.figures.photo import Shot, photograph, pose
from gen3d.spec import BodySpec, CharacterSpec, GarmentSpec, HairSpec, SkinSpec
from gen3d.wardrobe.sketch import SHRINK, current, side, sketching

SHIRT = GarmentSpec(kind="t_shirt", color=(0.6, 0.02, 0.02))
SHORTS = GarmentSpec(kind="shorts", color=(0.02, 0.02, 0.5))
SPEC = CharacterSpec(hair=HairSpec(style="buzz"), garments=(SHIRT, SHORTS))


@pytest.fixture(scope="module")
def wearer() -> Wearer:
    return put_on(BodySpec(), SkinSpec(), ("buzz",), 0.0, SPEC.garments, 1)


def seen(wearer: Wearer, spec: CharacterSpec) -> np.ndarray:
    posed = pose(wearer.parts, wearer.skeleton, "rest")
    (picture,) = photograph(posed, looks_of(wearer, spec), [Shot("full", 0.0, 0.0)], 48)
    return picture.astype(int)


def redder(picture: np.ndarray) -> int:
    red, green, blue, alpha = np.moveaxis(picture, -1, 0)
    return int(((red > 1.8 * green) & (red > 1.8 * blue) & (alpha > 127)).sum())


def test_clothes_show_and_take_other_colours(wearer: Wearer) -> None:
    green = SHIRT.model_copy(update={"color": (0.02, 0.5, 0.02)})
    dyed = SPEC.model_copy(update={"garments": (green, SHORTS)})
    before, after = seen(wearer, SPEC), seen(wearer, dyed)
    assert redder(before) > 20
    assert redder(after) < 0.3 * redder(before)
    assert np.array_equal(before[..., 3], after[..., 3])


def test_what_is_taken_off_shows_skin_and_what_is_modest_stays(wearer: Wearer) -> None:
    bare = seen(wearer, SPEC.model_copy(update={"garments": (SHORTS,)}))
    assert redder(bare) < 0.3 * redder(seen(wearer, SPEC))
    assert np.array_equal(bare, seen(wearer, SPEC.model_copy(update={"garments": (SHORTS,)})))


def test_a_head_can_be_shaved(wearer: Wearer) -> None:
    shaved = SPEC.model_copy(update={"hair": HairSpec(style="bald")})
    owners = dict(zip(wearer.owners, looks_of(wearer, shaved), strict=True))
    assert owners["hair:buzz"] is None
    assert dict(zip(wearer.owners, looks_of(wearer, SPEC), strict=True))["hair:buzz"] is not None


def test_only_inside_the_block_is_painted_small() -> None:
    with sketching() as sketch:
        assert current() is sketch
        assert side(1024) == 1024 // SHRINK
    assert current() is None
    assert side(1024) == 1024
