# SPDX-License-Identifier: Apache-2.0
"""What windows show is what the words put outside, and things in the room are no view."""

from __future__ import annotations

import pytest

from gen3d.prompt import describe
from gen3d.spec import LandSpec, RoomSpec


def _room(text: str, seed: int = 1) -> RoomSpec:
    found = describe(text, seed, of_place=True)
    assert found.room is not None
    assert found.land is None
    return found.room


def _outside(text: str, seed: int = 1) -> LandSpec:
    outlook = _room(text, seed).outlook
    assert outlook is not None
    return outlook


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a bedroom with a view of the sea", "coast"),
        ("a study overlooking a loch", "lake"),
        ("an office high above a city", "town"),
        ("inside a cabin by a pine forest", "pine forest"),
        ("a hotel room in the mountains", "mountains"),
        ("a beach house living room", "coast"),
        ("a kitchen with rolling hills outside", "hills"),
    ],
)
def test_a_view_is_the_land_that_the_words_put_outside(text: str, name: str) -> None:
    assert _outside(text).name == name


@pytest.mark.parametrize(
    "text",
    ["a kitchen with an island", "a bedroom with a painting of the sea", "a cell of rough stones"],
)
def test_what_is_in_the_room_is_no_view(text: str) -> None:
    land = _outside(text)
    assert land.water == "none"
    assert land.rocks_per_hectare < 100


def test_without_a_view_a_usual_land_stands_in_by_seed_and_season() -> None:
    named = {_outside("a living room", seed).name for seed in range(8)}
    assert {"village", "meadow"} <= named
    assert _outside("an office").name == "town"
    assert _outside("a living room in winter").snow > 0.5
    assert _room("a windowless office").outlook is None
    assert _room("a hospital corridor").outlook is None


def test_floors_lie_as_high_as_the_words_say() -> None:
    heights = [
        _room(text).floor_m
        for text in (
            "a bedroom by the sea",
            "an office on the second floor",
            "an office on the tenth floor",
            "an office on floor 20",
            "an office high above a city",
        )
    ]
    assert heights[0] < 1.0
    assert heights[1] == pytest.approx(6.5)
    assert heights[2] == pytest.approx(31.3)
    assert heights == sorted(heights)


def test_words_of_the_view_do_not_furnish_the_room() -> None:
    plain, high = _room("an office"), _room("an office high above a vast city")
    assert (plain.width_m, plain.height_m) == (high.width_m, high.height_m)


def test_a_character_may_look_out_too() -> None:
    found = describe("a man sleeping in a bedroom with a view of the sea at midnight", 1).room
    assert found is not None
    assert found.outlook is not None
    assert found.outlook.name == "coast"
