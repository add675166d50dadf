# SPDX-License-Identifier: Apache-2.0
"""Words become land: listed ones, unlisted ones by meaning, and nothing where no place is named."""

from __future__ import annotations

import pytest

from gen3d.prompt import describe
from gen3d.spec import LandSpec
from gen3d.words.land import preset, read
from gen3d.words.vocabulary import table


def _land(text: str) -> LandSpec:
    found = read(text).land
    assert found is not None
    return found


def test_the_dock_of_the_talk_is_read_whole() -> None:
    land = _land("brown wooden dock on a lake surrounded by green trees during daytime")
    assert (land.water, land.dock) == ("lake", True)
    assert land.trees_per_hectare >= 60
    assert land.leaf_color[1] > land.leaf_color[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a foggy pine forest at dawn", "pine forest"),
        ("an empty city street", "town"),
        ("sunset over the ocean", "coast"),
        ("a bayou at dusk", "marsh"),
        ("a fjord", "fjord"),
        ("a glade", "meadow"),
        ("the surface of the moon's red neighbour, mars", "mars"),
    ],
)
def test_a_place_is_the_land_that_it_means(text: str, name: str) -> None:
    assert _land(text).name == name


@pytest.mark.parametrize(
    "text",
    ["a clear blue sky at noon", "a hazy dawn", "in the kitchen", "by moonlight", "overcast"],
)
def test_words_that_name_no_place_give_no_land(text: str) -> None:
    assert read(text).land is None


def test_elements_join_the_land_that_ranks_highest() -> None:
    land = _land("a lake in a pine forest with snow-capped mountains in the background")
    assert (land.name, land.water, land.trees, land.crested) == ("lake", "lake", ("conifer",), True)
    assert land.far_m >= 800


def test_what_is_not_there_is_left_out() -> None:
    assert _land("a meadow with no trees").trees_per_hectare == 0
    assert _land("a meadow without rocks").rocks_per_hectare <= preset("meadow").rocks_per_hectare


@pytest.mark.parametrize(
    ("text", "shape", "water"),
    [
        ("a rocky fjord with pine trees", "cliffs", "fjord"),
        ("white cliffs above the sea", "cliffs", "coast"),
        ("a gorge", "cliffs", "river"),
        ("a canyon", "canyon", "none"),
        ("a mesa", "buttes", "none"),
        ("a crater on the moon", "crater", "none"),
        ("a volcano by the sea", "cone", "coast"),
        ("rice terraces", "terraces", "none"),
        ("dunes by the sea", "dunes", "coast"),
        ("a small island in the ocean", "plain", "island"),
        ("a river delta", "plain", "marsh"),
    ],
)
def test_landforms_have_their_shape_and_their_water(text: str, shape: str, water: str) -> None:
    land = _land(text)
    assert (land.shape, land.water) == (shape, water)


@pytest.mark.parametrize("name", sorted(table("lands")["lands"]))
def test_every_listed_phrase_of_a_land_builds_it_and_only_stand_ins_are_told(name: str) -> None:
    entry = table("lands")["lands"][name]
    for phrase in entry["phrases"]:
        found = read(phrase)
        assert found.land is not None
        assert found.land.name == name
        assert not [note for note in found.notes if "stand" in note]
    for phrase in entry.get("stand_ins", ()):
        found = read(phrase)
        assert found.land is not None
        assert any(phrase in note and "stand" in note for note in found.notes)


def test_what_no_land_holds_is_told_and_what_it_holds_is_not() -> None:
    notes = describe(
        "a helicopter and a lighthouse on a cliff with a few pine trees at noon", 0, of_place=True
    ).notes
    assert list(notes) == ["Nothing is built for: helicopter."]
    assert not describe("a lake surrounded by pine trees at noon", 0, of_place=True).notes


def test_another_land_never_takes_the_water_or_the_shape() -> None:
    for first in ("fjord", "island", "canyon", "crater lake", "oasis"):
        alone = _land(first)
        for other in ("ocean", "river", "lake", "desert", "forest", "village"):
            both = _land(f"{first}, {other}")
            if both.name == alone.name and alone.water != "none":
                assert both.water == alone.water
            if both.name == alone.name and alone.shape != "plain":
                assert both.shape == alone.shape


def test_seasons_and_said_colours_change_the_leaves() -> None:
    autumn, summer = _land("a forest in autumn"), _land("a forest in summer")
    assert autumn.leaf_color[0] > 2 * summer.leaf_color[0]
    assert _land("a forest in winter").leaves == 0
    red = _land("red maple trees by a pond").leaf_color
    assert red[0] > 5 * red[1]


def test_a_place_of_a_sentence_is_a_land_but_a_coat_is_none() -> None:
    assert describe("a knight in a forest green cloak standing on a beach", 0).land == _land(
        "beach"
    )
    assert describe("a man in a forest green coat", 0).land is None
    assert describe("a chef dancing in a kitchen", 0).land is None


@pytest.mark.parametrize("name", sorted(table("lands")["lands"]))
def test_every_land_of_the_vocabulary_is_a_land(name: str) -> None:
    assert preset(name).name == name
    for entry in table("lands")["elements"].values():
        changes = {**entry.get("set", {}), **entry.get("least", {})}
        LandSpec.model_validate(changes)


@pytest.mark.parametrize(
    ("words", "road", "ground", "buildings"),
    [
        ("a street in a small town", "asphalt", "pavement", "houses"),
        ("a suburban street in summer", "asphalt", "grass", "houses"),
        ("a village street", "dirt", "grass", "houses"),
        ("a city street", "asphalt", "pavement", "blocks"),
    ],
)
def test_the_larger_the_place_the_better_its_road(
    words: str, road: str, ground: str, buildings: str
) -> None:
    found = describe(words, 0, of_place=True).land
    assert found is not None
    assert (found.road, found.ground, found.buildings) == (road, ground, buildings)
