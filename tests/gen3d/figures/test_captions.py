# SPDX-License-Identifier: Apache-2.0
"""Captions of people: true, complete in their vocabulary, with wording that is really held out."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gen3d.figures.captions import canonical, caption, plain_garment
from gen3d.foundry.colours import Wording
from gen3d.spec import (
    GARMENT_KINDS,
    HAIR_STYLES,
    PATTERNS,
    BodySpec,
    CharacterSpec,
    GarmentSpec,
    HairSpec,
    SkinSpec,
)
from gen3d.words.vocabulary import colour, table

RED = colour("red")
WALKER = CharacterSpec(
    body=BodySpec(sex=1.0, age_years=70.0, weight=0.8),
    hair=HairSpec(style="bun", color=(0.8, 0.8, 0.8)),
    garments=(
        GarmentSpec(kind="long_skirt", color=colour("navy blue"), fabric="wool"),
        GarmentSpec(kind="coat", color=RED),
        GarmentSpec(kind="boots", color=(0.0, 0.0, 0.0), fabric="leather"),
    ),
)


def test_the_plain_form_names_build_hair_and_clothes() -> None:
    text = canonical(WALKER)
    assert text.startswith("a fat old woman with a white bun wearing a red coat")
    assert "skirt" in text
    assert text.endswith("black leather boots")


def test_a_portrait_says_nothing_of_legs_and_feet() -> None:
    text = canonical(WALKER, "near")
    assert "coat" in text
    assert "boots" not in text
    assert "skirt" not in text


def test_what_a_helmet_hides_is_not_said() -> None:
    knight = WALKER.model_copy(
        update={
            "body": BodySpec(),
            "hair": HairSpec(style="long", beard=0.8),
            "garments": (*WALKER.garments, GarmentSpec(kind="helmet", fabric="metal")),
        }
    )
    assert "beard" not in canonical(knight)
    drawn = [caption(knight, "near", np.random.default_rng(i)) for i in range(60)]
    assert not any(re.search(r"(?<!no )(?<!a )beard|whiskers", text) for text in drawn)


def test_what_is_not_said_of_a_garment_is_left_out() -> None:
    coat = GarmentSpec(kind="coat", color=RED, fabric="leather", pattern="studs")
    assert plain_garment(coat) == "a studded red leather coat"
    assert plain_garment(coat, hued=False) == "a leather coat"
    assert plain_garment(coat, stuffed=False) == "a studded red coat"


def test_skin_of_no_human_tone_is_named_and_others_are_not() -> None:
    green = WALKER.model_copy(update={"skin": SkinSpec(tone=(0.05, 0.3, 0.05))})
    assert "green-skinned" in canonical(green)
    assert "skinned" not in canonical(WALKER)


@pytest.mark.parametrize(
    ("group", "names"),
    [("garments", GARMENT_KINDS), ("hair", HAIR_STYLES), ("patterns", PATTERNS[1:])],
)
def test_everything_that_the_wardrobe_has_can_be_said(group: str, names: tuple[str, ...]) -> None:
    entries = table("figures")[group]
    assert set(names) == set(entries)
    for entry in entries.values():
        assert entry["names"]
        assert not set(entry["names"]) & set(entry["held_out"])


def test_held_out_nouns_are_in_no_training_caption() -> None:
    def drawn(wording: Wording) -> str:
        many = (
            caption(WALKER, "full", np.random.default_rng(i), wording=wording) for i in range(99)
        )
        return " ".join(many)

    trained, held_out = drawn("trained"), drawn("held-out")
    words = [
        w for kind in ("coat", "boots") for w in table("figures")["garments"][kind]["held_out"]
    ]
    assert not any(word in trained for word in words)
    assert any(word in held_out for word in words)
