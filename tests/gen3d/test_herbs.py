# SPDX-License-Identifier: Apache-2.0
"""Flowers and other herbs that words name, and what is told of things that no land holds."""

from __future__ import annotations

import pytest

from gen3d.prompt import describe
from gen3d.scenery import HerbSpec, LandSpec
from gen3d.words import herbs
from gen3d.words.land import read, unbuilt
from gen3d.words.vocabulary import table


def _land(text: str) -> LandSpec:
    found = read(text).land
    assert found is not None
    return found


def _kinds(text: str) -> list[str]:
    return [one.kind for one in _land(text).herbs]


@pytest.mark.parametrize(
    ("text", "land", "kinds"),
    [
        ("a wildflower meadow in spring", "meadow", ["wildflower"]),
        ("a spring meadow", "meadow", ["wildflower"]),
        ("a flowering hillside", "hills", ["wildflower"]),
        ("a field of sunflowers", "farmland", ["sunflower"]),
        ("sunflower fields", "farmland", ["sunflower"]),
        ("a lavender field in provence", "farmland", ["lavender"]),
        ("rows of lavender", "farmland", ["lavender"]),
        ("a tulip field in holland", "farmland", ["tulip"]),
        ("a rose garden", "garden", ["rose bush"]),
        ("a pond with water lilies and reeds", "lake", ["water lily", "reed"]),
        ("lily pads on a pond", "lake", ["water lily"]),
        ("a forest with mushrooms", "forest", ["mushroom"]),
        ("a bluebell wood", "forest", ["bellflower"]),
        ("a wheat field", "farmland", ["wheat"]),
        ("a farmhouse and poppies", "meadow", ["poppy"]),
    ],
)
def test_herbs_are_read_with_their_land(text: str, land: str, kinds: list[str]) -> None:
    assert _land(text).name == land
    assert _kinds(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "a lavender sunset over the sea",
        "a mushroom cloud over the desert",
        "a flower shop in a town",
        "a meadow without flowers",
        "a garden with no roses and without any flowers",
        "a garden with no red flowers",
        "the sun rose over the hills",
        "a snowy winter garden",
        "a plain meadow",
    ],
)
def test_what_is_no_plant_or_is_not_there_grows_nowhere(text: str) -> None:
    assert _kinds(text) == []


@pytest.mark.parametrize("text", ["a kitchen with sunflowers", "a living room with roses"])
def test_flowers_make_no_land_of_a_room(text: str) -> None:
    assert describe(text, 0, of_place=True).land is None


def test_colours_are_those_right_before_the_noun() -> None:
    red, yellow = (one.color for one in _land("red and yellow tulips").herbs)
    assert red is not None
    assert yellow is not None
    assert red[0] > 5 * red[1]
    assert yellow[1] > 5 * yellow[2]
    poppy, daisy = _land("a meadow with red poppies and white daisies").herbs
    assert (poppy.kind, daisy.kind) == ("poppy", "daisy")
    assert poppy.color == red
    assert daisy.color is not None
    assert min(daisy.color) > 0.6
    assert _land("a green meadow with flowers").herbs[0].color is None


def test_what_is_all_there_is_is_denser_and_rows_are_of_fields() -> None:
    few, full, field = (
        _land(text).herbs[0]
        for text in ("a meadow with tulips", "a meadow full of tulips", "a tulip field")
    )
    assert few.per_m2 < full.per_m2 == field.per_m2
    assert (few.in_rows, full.in_rows, field.in_rows) == (False, False, True)
    one, two = _land("a meadow with blue and white flowers").herbs
    assert one.per_m2 + two.per_m2 == pytest.approx(_land("a meadow with flowers").herbs[0].per_m2)


def test_what_stands_in_is_told_and_has_the_colour_of_what_was_said() -> None:
    found = read("a meadow of buttercups and cornflowers")
    assert found.land is not None
    assert sum("stand in" in note for note in found.notes) == 2
    yellow, blue = (one.color for one in found.land.herbs)
    assert yellow is not None
    assert blue is not None
    assert yellow[0] > yellow[2]
    assert blue[2] > blue[0]


@pytest.mark.parametrize("kind", sorted(table("herbs")["herbs"]))
def test_every_listed_phrase_grows_and_only_stand_ins_are_told(kind: str) -> None:
    entry = table("herbs")["herbs"][kind]
    for phrase in (*entry["phrases"], *entry.get("stand_ins", ())):
        marks = herbs.found(f"a field of {phrase}")
        assert [mark.kind for mark in marks] == [kind], phrase
        told = bool(herbs.standing_for(marks))
        assert told == (phrase in entry.get("stand_ins", ())), phrase
        for spec in herbs.specs(marks):
            assert HerbSpec.model_validate(spec.model_dump()) == spec
    LandSpec.model_validate(entry.get("ground", {}))


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("a road with cars", "cars"),
        ("a moonlit cemetery with crows", "crows"),
        ("a meadow with a flying saucer", "flying saucer"),
        ("a beach with a volleyball net", "volleyball net"),
        ("a street with bicycles and a bus", "bicycles, bus"),
        ("a beach with umbrellas and deck chairs", "umbrellas, deck chairs"),
        ("a harbour with cranes", "cranes"),
        ("a road with a traffic light", "traffic light"),
        ("a street with a red telephone box", "telephone box"),
        ("a farm with cows and sheep", "cows, sheep"),
        ("a hill with a cross", "cross"),
        ("a snowy mountain with skiers", "skiers"),
        ("a lake with swans at dawn", "swans"),
        ("a field with a tractor", "tractor"),
    ],
)
def test_a_thing_that_is_named_and_not_built_is_told(text: str, things: str) -> None:
    assert unbuilt(text) == [f"Nothing is built for: {things}."]


@pytest.mark.parametrize(
    "text",
    [
        "a mountain lake in the morning light",
        "a foggy forest with soft light",
        "a panoramic view of the alps at dawn",
        "a lonely beach in cornwall under a dramatic sky",
        "golden hour over rolling hills in tuscany",
        "a vast desert landscape with long shadows",
        "a misty valley with sun rays",
        "a rainy street in tokyo at night with reflections",
        "a moonlit beach with stars and the milky way",
        "a stormy sea with high waves and lightning",
        "a rainbow over the hills",
        "a car park",
        "a path through tall grass with dew",
        "a lake with mirror-like reflections",
        "a meadow with red poppies and a lavender field",
        "a pond with lily pads",
    ],
)
def test_light_places_and_what_is_built_are_not_told(text: str) -> None:
    assert unbuilt(text) == []
