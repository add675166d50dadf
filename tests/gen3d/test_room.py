# SPDX-License-Identifier: Apache-2.0
"""Words become rooms: their kind, size, light and colours, and no room where none is meant."""

from __future__ import annotations

import pytest

from gen3d.prompt import describe
from gen3d.spec import RoomSpec, SkySpec
from gen3d.words.room import preset, read
from gen3d.words.vocabulary import table


def _room(text: str, seed: int = 7) -> RoomSpec:
    found = describe(text, seed, of_place=True).room
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(table("rooms")["rooms"]))
def test_every_room_of_the_vocabulary_is_a_room(name: str) -> None:
    assert preset(name).name == name
    for element in table("rooms")["elements"].values():
        RoomSpec.model_validate(element.get("set", {}))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a cosy living room with a fireplace at night", "living room"),
        ("a large bright office", "office"),
        ("a photo studio", "studio"),
        ("an old tavern", "restaurant"),
        ("inside a cathedral by the sea", "church"),
        ("the lavatory", "bathroom"),
    ],
)
def test_a_text_about_a_room_is_that_room(text: str, kind: str) -> None:
    assert _room(text).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "a city square with office buildings on a cloudy day",
        "a village with a church",
        "brown wooden dock on a lake surrounded by green trees during daytime",
        "a river bank in spring",
        "a hazy dawn",
        "a palace garden in the evening",
        "the playground of a school",
    ],
)
def test_places_outdoors_are_no_rooms(text: str) -> None:
    assert describe(text, 7, of_place=True).room is None


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "a dentist's waiting room",
            "There is no dentist's waiting room; a living room stands in.",
        ),
        ("a gloomy attic", "There is no attic; an empty room stands in."),
        ("inside a small spaceship", "There is no spaceship; a corridor stands in."),
        ("my grandmother's red kitchen", ""),
        ("a large bathroom with white tiles", ""),
        ("a school library", "There is no school library; a library stands in."),
    ],
)
def test_a_room_that_only_stands_in_is_told(text: str, note: str) -> None:
    notes = [n for n in describe(text, 7, of_place=True).notes if "stand" in n]
    assert notes == ([note] if note else [])


def test_every_listed_phrase_is_its_room_and_only_stand_ins_are_told() -> None:
    for name, entry in table("rooms")["rooms"].items():
        for phrase in (*entry["phrases"], *entry.get("stand_ins", ())):
            found = read(phrase, SkySpec(), 0, of_place=True)
            assert found.room is not None
            assert found.room.name == name
            assert bool(found.notes) == (phrase in entry.get("stand_ins", ()))


def test_a_character_in_a_room_that_stands_in_is_told_too() -> None:
    notes = describe("a robot dancing in a spaceship", 0).notes
    assert "There is no spaceship; a corridor stands in." in notes


def test_sizes_follow_adjectives() -> None:
    usual, large, narrow = _room("an office"), _room("a large office"), _room("a narrow office")
    assert large.width_m > 1.3 * usual.width_m
    assert narrow.width_m < 0.8 * usual.width_m


def test_lamps_are_on_at_night_and_where_no_daylight_comes() -> None:
    assert not _room("a bedroom by day").lit
    assert _room("a bedroom at night").lit
    assert _room("a warehouse at noon").lit
    assert not _room("a bedroom at night with the lights off").lit
    assert _room("a church lit by candles").kelvin < 2000


def test_colours_and_fire_are_read() -> None:
    room = _room("a living room with a burning fire, red curtains and green walls")
    assert room.fireplace == "burning"
    assert room.accent_color[0] > 3 * room.accent_color[1]
    assert room.wall_color[1] > room.wall_color[0]


@pytest.mark.parametrize(
    "place", ["a palace garden", "the monastery grounds", "a castle courtyard"]
)
def test_a_buildings_open_air_is_no_room(place: str) -> None:
    found = describe(f"a monk walking in {place}", 7)
    assert found.room is None
    assert found.land is not None


def test_a_character_is_in_the_room_that_the_sentence_puts_it_in() -> None:
    assert describe("a chef dancing in a kitchen", 0).room is not None
    knitting = describe("a grandmother knitting in a cosy living room with a fireplace", 0).room
    assert knitting is not None
    assert knitting.fireplace == "burning"
    assert describe("an office worker waving", 0).room is None
    assert describe("a man in a forest green coat", 0).room is None
