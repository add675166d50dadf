# SPDX-License-Identifier: Apache-2.0
"""Words become single things: which, how many, how large, in which colour, and in which land."""

from __future__ import annotations

import pytest

from gen3d.prompt import describe
from gen3d.scenery import LandmarkSpec, LandSpec
from gen3d.words.land import preset, read
from gen3d.words.vocabulary import table


def _land(text: str) -> LandSpec:
    found = read(text).land
    assert found is not None
    return found


def _things(text: str) -> list[tuple[str, int]]:
    return [(one.kind, one.count) for one in _land(text).landmarks]


@pytest.mark.parametrize("kind", sorted(table("landmarks")["landmarks"]))
def test_every_listed_phrase_of_a_thing_builds_it_and_only_stand_ins_are_told(kind: str) -> None:
    entry = table("landmarks")["landmarks"][kind]
    for phrase in (*entry["phrases"], *entry.get("stand_ins", ())):
        found = read(f"a river with a {phrase}")
        assert found.land is not None
        assert found.land.landmarks[0].kind == kind
        assert bool([n for n in found.notes if "stand" in n]) == (phrase not in entry["phrases"])


@pytest.mark.parametrize(
    ("text", "land", "things"),
    [
        ("an alpine valley with two old barns", "mountains", [("barn", 2)]),
        ("a pair of rowboats on a misty loch", "lake", [("rowing boat", 2)]),
        ("moorland with a circle of standing stones", "moor", [("standing stone", 9)]),
        ("a few tents around a campfire at night", "meadow", [("tent", 3), ("campfire", 1)]),
        ("a lonely shack in the tundra", "tundra", [("hut", 1)]),
        ("a windmill", "farmland", [("windmill", 1)]),
        ("haystacks on stubble", "farmland", [("haystack", 4)]),
        ("a sailboat", "coast", [("sailing boat", 1)]),
    ],
)
def test_things_stand_in_the_land_that_is_named_or_in_their_own(
    text: str, land: str, things: list[tuple[str, int]]
) -> None:
    found = _land(text)
    assert found.name == land
    assert _things(text) == things


def test_colours_and_sizes_are_those_of_their_things() -> None:
    barn, fence = _land("a huge red barn behind a white fence").landmarks
    assert barn.color is not None
    assert fence.color is not None
    assert barn.size > 1.5
    assert barn.color[0] > 5 * barn.color[2]
    assert min(fence.color) > 0.5
    assert _land("a red and white lighthouse at the sea").landmarks[0].color is None
    assert _land("green hills with a tower").landmarks[0].color is None


def test_a_bridge_has_water_to_span_or_is_told() -> None:
    assert _land("a meadow with a wooden bridge").water == "river"
    assert _things("a zen garden with a red bridge")[0] == ("bridge", 1)
    found = read("a stone bridge over the sea")
    assert found.notes == ("Nothing is built for: stone bridge.",)


def test_longer_phrases_of_lands_count_and_what_is_not_there_does_not() -> None:
    assert _land("castle ruins").name == "ruins"
    assert not _things("a ruined castle in the hills")
    assert not _things("a forest without a cabin")


def test_a_house_is_a_thing_for_whoever_is_before_it_and_a_room_for_whoever_is_in_it() -> None:
    before = describe("a hiker in front of a log cabin in winter", 0)
    assert before.room is None
    assert before.land is not None
    assert [one.kind for one in before.land.landmarks] == ["log cabin"]
    both = describe("a knight beside a campfire in front of a castle", 0)
    assert both.land is not None
    assert [one.kind for one in both.land.landmarks] == ["campfire", "castle"]
    inside = describe("a king in his castle", 0)
    assert inside.land is None
    assert inside.room is not None
    assert describe("a log cabin", 0, of_place=True).room is not None
    assert describe("a log cabin in the mountains", 0, of_place=True).land is not None


def test_what_is_built_is_not_reported_as_missing() -> None:
    text = "a pine forest clearing with a log cabin and a helicopter, winter morning, light fog"
    notes = describe(text, 0, of_place=True).notes
    assert notes == ("Nothing is built for: helicopter.",)


def test_every_land_with_things_of_its_own_is_valid_and_yields_to_what_is_said() -> None:
    farm = preset("farm")
    assert {one.kind for one in farm.landmarks} >= {"barn", "house"}
    assert all(isinstance(one, LandmarkSpec) for one in farm.landmarks)
    green = [one for one in _land("a farm with a green barn").landmarks if one.kind == "barn"]
    assert len(green) == 1
    assert green[0].color is not None


def test_things_tell_no_weather() -> None:
    """To the encoder "in the tents" is nearly "in the rain"."""
    for words in ("tents at night", "two tents and a campfire under the stars"):
        assert describe(words, 2, of_place=True).sky.clouds == ()


@pytest.mark.parametrize(
    ("words", "count"), [("2 boats on a lake", 2), ("twenty tents", 20), ("1000 tents", 24)]
)
def test_numbers_are_read_as_digits_and_as_words(words: str, count: int) -> None:
    found = describe(words, 1, of_place=True)
    assert found.land is not None
    assert found.land.landmarks[0].count == count
    assert any("At most 24" in note for note in found.notes) == (count == 24)


@pytest.mark.parametrize(
    "words",
    [
        "a mountain range as well",
        "a well lit street at night",
        "a forest full of towering trees",
        "he sheds a tear in a meadow",
        "a street without street lamps",
    ],
)
def test_other_parts_of_speech_and_what_is_denied_build_nothing(words: str) -> None:
    land = describe(words, 1, of_place=True).land
    assert land is not None
    assert land.landmarks == ()


def test_what_is_denied_is_not_brought_by_the_land_either() -> None:
    for words, kind in (("a farm with no fence", "fence"), ("a garden without a bench", "bench")):
        land = describe(words, 1, of_place=True).land
        assert land is not None
        assert kind not in {one.kind for one in land.landmarks}


def test_a_castle_alone_is_seen_from_outside() -> None:
    for words in ("a castle at night", "a haunted castle with bats"):
        found = describe(words, 1, of_place=True)
        assert found.room is None
        assert found.land is not None
        assert [one.kind for one in found.land.landmarks] == ["castle"]
