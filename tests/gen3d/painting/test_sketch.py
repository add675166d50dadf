# SPDX-License-Identifier: Apache-2.0
"""The first look at a guided figure: quick, the same again, and better in the tower's eyes."""

from __future__ import annotations

import numpy as np

from gen3d.avatar import build_character
from gen3d.figures.models import OWN_TOWER
from gen3d.figures.reader import read_asked
from gen3d.figures.sheet import LIVE_PX, SHOTS
from gen3d.guidance.advice import sound_tower
from gen3d.painting.sketch import PLAN, sketched
from gen3d.prompt import describe
from gen3d.spec import FoundSpec

PROMPT = "a bald boy in a red t-shirt and shorts"


def test_a_sketch_is_liked_better_than_the_draft_and_is_the_same_again() -> None:
    found = describe(PROMPT, 3)
    own = FoundSpec(seed=3, character=found.character)
    character = build_character(found.character, "boy", 3)
    colours = [part.material.base_color_texture for part in character.parts]
    guide = (read_asked(PROMPT, found), sound_tower(OWN_TOWER, "cpu"))
    steps = list[int]()

    def on_step(step: int, total: int) -> None:
        assert total == PLAN.steps
        steps.append(step)

    one, other = (sketched(character, own, *guide, on_step) for _ in range(2))
    assert steps == [*range(1, PLAN.steps + 1)] * 2
    assert one.better
    assert one.scores == other.scores
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert one.pixels.shape == (LIVE_PX, len(SHOTS) * LIVE_PX, 3)
    assert [part.material.base_color_texture for part in character.parts] == colours
