# SPDX-License-Identifier: Apache-2.0
"""Colour names: CIELAB, nearest names, plain hues."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.foundry.colours import (
    apart,
    base_for,
    colour_of,
    decoded,
    difference,
    grain_factor,
    hue_name,
    lab,
    nearest,
    plain_name,
    pool,
    seen,
)
from gen3d.foundry.finish import MATERIALS
from gen3d.words.vocabulary import table


def test_white_is_the_white_point_and_grey_has_no_chroma() -> None:
    white, grey = lab(np.array([[1.0, 1.0, 1.0], [0.18, 0.18, 0.18]]))
    assert white == pytest.approx([100.0, 0.0, 0.0], abs=1e-6)
    assert grey == pytest.approx([49.496, 0.0, 0.0], abs=1e-2)


def test_lab_of_srgb_red_is_the_published_value() -> None:
    assert lab(np.array(decoded("#ff0000"))) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)


def test_the_distance_is_a_metric() -> None:
    a, b, c = np.random.default_rng(0).uniform(-80, 90, (3, 200, 3))
    assert np.all(difference(a, b) == difference(b, a))
    assert np.all(difference(a, a) == 0.0)
    assert np.all(difference(a, c) <= difference(a, b) + difference(b, c) + 1e-9)


@pytest.mark.parametrize("name", ["red", "teal", "mustard", "lavender", "crimson"])
def test_the_nearest_name_of_a_named_colour_is_itself(name: str) -> None:
    found = nearest(colour_of(name), "held_out" if name == "crimson" else "survey")[0]
    assert found == (name, pytest.approx(0.0, abs=1e-6))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        *(("crimson", "dark red"), ("navy", "dark blue"), ("sky blue", "light blue")),
        *(("mustard", "yellow"), ("charcoal", "black"), ("ivory", "white")),
        *(("lavender", "light purple"), ("teal", "teal"), ("salmon", "pink")),
    ],
)
def test_plain_names_are_what_people_would_say(name: str, plain: str) -> None:
    assert plain_name(colour_of(name)) == plain


def test_every_plain_tone_keeps_its_own_hue() -> None:
    wrong = [n for n in pool("tones").names if hue_name(colour_of(n)) != n.split(" ")[-1]]
    assert wrong == []


def test_names_held_out_are_about_an_eighth_and_share_no_word_with_the_rest() -> None:
    tables = table("object_colours")
    held, kept = set(tables["held_out"]), {*tables["survey"], *tables["basic"]}
    words = set(tables["held_out_words"])
    assert 0.10 <= len(held) / (len(held) + len(tables["survey"])) <= 0.15
    assert not held & kept
    assert not {name for name in kept if words & set(name.replace("/", " ").split(" "))}


@pytest.mark.parametrize("material", sorted(MATERIALS))
def test_a_base_colour_shows_the_colour_that_was_asked_for(material: str) -> None:
    asked = (0.3, 0.2, 0.1)
    assert apart(seen(base_for(asked, material), material), asked) < 0.5
    assert 0.0 < grain_factor(material) <= 1.0


def test_an_unknown_colour_is_an_error_that_names_the_file() -> None:
    with pytest.raises(Gen3dError, match="octarine"):
        colour_of("octarine")
