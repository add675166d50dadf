# SPDX-License-Identifier: Apache-2.0
"""Words for the state of clothes and skin."""

from __future__ import annotations

import pytest

from gen3d.concepts.mixing import described
from gen3d.concepts.spec import ConceptSpec
from gen3d.prompt import describe
from gen3d.spec import CharacterSpec
from gen3d.wear import SOILS, WearSpec
from gen3d.words import wear
from gen3d.words.vocabulary import table


def _worn(text: str) -> CharacterSpec:
    return describe(text, 1).character


def _of(figure: CharacterSpec, kind: str) -> WearSpec:
    found = next(g.wear for g in figure.garments if g.kind == kind)
    return found or WearSpec()


def test_every_soil_has_words() -> None:
    assert set(table("wear")["soils"]) == set(SOILS)


def test_nothing_said_is_new_and_clean() -> None:
    figure = _worn("a cowboy")
    assert all(g.wear is None for g in figure.garments)
    assert figure.skin.wear is None


@pytest.mark.parametrize(
    ("text", "kind", "soil"),
    [
        ("a farmer in muddy boots", "boots", "mud"),
        ("a farmer in boots that are caked with dried mud", "boots", "mud"),
        ("a butcher in a bloodstained white apron", "apron", "blood"),
        ("a painter in an apron spattered with paint", "apron", "paint"),
        ("a man in a snow-covered coat", "coat", "snow"),
        ("a knight in rusty armour", "breastplate", "rust"),
    ],
)
def test_a_garment_is_soiled_and_nothing_else(text: str, kind: str, soil: str) -> None:
    figure = _worn(text)
    assert _of(figure, kind).soil == soil
    assert _of(figure, kind).soiled > 0.4
    assert figure.skin.wear is None
    if soil != "rust":
        assert sum(g.wear is not None for g in figure.garments) == 1


@pytest.mark.parametrize(
    ("text", "soil"),
    [
        ("a chimney sweep covered in soot", "soot"),
        ("a soldier covered from head to toe in mud, crawling", "mud"),
        ("a dusty cowboy", "dust"),
        ("a baker dusted with flour", "flour"),
    ],
)
def test_a_whole_figure_is_soiled(text: str, soil: str) -> None:
    figure = _worn(text)
    assert {_of(figure, g.kind).soil for g in figure.garments} == {soil}
    assert figure.skin.wear is not None
    assert figure.skin.wear.soil == soil


def test_what_somebody_is_covered_in_is_no_place() -> None:
    parts = describe("a chimney sweep covered in soot, dancing", 1)
    assert (parts.where, parts.doing) == ("", "dancing")


@pytest.mark.parametrize(
    "text",
    [
        "a woman in a dusty rose dress",
        "a knight without a speck of mud",
        "a girl walking through a snowy forest",
        "a boy with sandy hair",
        "a man without scars",
    ],
)
def test_what_is_not_said_of_the_figure_is_not_read(text: str) -> None:
    figure = _worn(text)
    assert all(g.wear is None for g in figure.garments)
    assert figure.skin.wear is None


@pytest.mark.parametrize(
    "text", ["a mechanic with oily hands", "a boy whose face is smeared with mud"]
)
def test_a_dirty_face_leaves_clothes_clean(text: str) -> None:
    figure = _worn(text)
    assert all(g.wear is None for g in figure.garments)
    assert figure.skin.wear is not None


def test_degrees_and_denials_count() -> None:
    amounts = [
        _of(_worn(f"a man in {how}muddy boots"), "boots").soiled
        for how in ("slightly ", "", "very ")
    ]
    assert amounts[0] < amounts[1] < amounts[2]
    spared = _worn("a baker dusted with flour in a spotless apron")
    assert _of(spared, "apron") == WearSpec()


def test_scars_are_of_skin_and_weather_is_of_both() -> None:
    fighter = _worn("a battle-scarred viking with a scar across his cheek")
    assert fighter.skin.wear is not None
    assert fighter.skin.wear.worn >= 0.5
    assert all(_of(fighter, g.kind).worn > 0.0 for g in fighter.garments)
    sailor, weathered = _worn("a sailor"), _worn("a weathered sailor")
    assert weathered.skin.weathering > sailor.skin.weathering
    assert weathered.skin.wear is None
    coat = _worn("a sailor in a threadbare coat")
    assert _of(coat, "coat").worn > 0.5


def test_an_outfit_and_a_style_have_a_state_too() -> None:
    muddy = described("a thief", 1, ConceptSpec(outfit="muddy boots and a torn coat")).character
    assert _of(muddy, "boots").soil == "mud"
    assert _of(muddy, "coat").worn > 0.5
    used = described("a thief", 1, ConceptSpec(style="post-apocalyptic")).character
    assert all(_of(used, g.kind).soiled > 0.0 for g in used.garments)
    new = described("a thief in a muddy coat", 1, ConceptSpec(style="pristine")).character
    assert all(g.wear is None for g in new.garments)


def test_the_rest_of_the_sentence_is_kept() -> None:
    said = wear.read("a miner heavily smeared with coal dust, walking in a forest")
    assert said.text == "a miner, walking in a forest"
    assert wear.read("a knight in armour").text == "a knight in armour"
    tall = describe("a muddy 1.92 m tall soldier, caked in clay", 1).character
    assert tall.body.height == 1.92


def test_rust_is_no_dye() -> None:
    plain, rusty = (
        described("a guard", 1, ConceptSpec(outfit=f"{state}armour")).character
        for state in ("", "rusty ")
    )
    assert [g.color for g in rusty.garments] == [g.color for g in plain.garments]
