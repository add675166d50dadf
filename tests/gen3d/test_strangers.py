# SPDX-License-Identifier: Apache-2.0
"""People whom the archetypes do not name: who stands in, what they wear, and what is noted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gen3d.prompt import describe
from gen3d.spec import Description, GarmentSpec
from gen3d.words import archetypes
from gen3d.words.dictionary import kinds_of
from gen3d.words.garments import parse, slot
from gen3d.words.mentions import changed, read_mentions
from gen3d.words.vocabulary import colour, figures, table

CALLINGS: dict[str, dict[str, Any]] = dict(table("callings"))
STRANGERS: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parents[2] / "configs/prompts/strangers.yml").read_text("utf-8")
)


def worn(found: Description) -> dict[str, GarmentSpec]:
    return {garment.kind: garment for garment in found.character.garments}


def outfits(entry: dict[str, Any]) -> list[list[str]]:
    return list(entry["wear"].values()) if isinstance(entry["wear"], dict) else [entry["wear"]]


def test_the_callings_add_to_the_archetypes_and_change_none() -> None:
    assert not set(CALLINGS) & set(table("archetypes"))
    assert {name: figures()[name] for name in table("archetypes")} == dict(table("archetypes"))
    phrases = [p.lower() for entry in CALLINGS.values() for p in entry["phrases"]]
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize("name", CALLINGS)
def test_a_calling_is_dressed_decently_in_things_that_exist(name: str) -> None:
    for wear in outfits(CALLINGS[name]):
        garments = [parse(notation) for notation in wear]
        slots = [slot(garment.kind) for garment in garments]
        assert len(set(slots)) == len(slots), "two garments in one place"
        assert {"lower", "full"} & set(slots), "bare hips"
        assert "feet" in slots or CALLINGS[name].get("feet") == "bare"
        # Random panels of a second colour are armour; on cloth they are a patchwork.
        assert all(garment.pattern != "panels" for garment in garments)


def test_no_held_out_stranger_has_a_phrase_of_the_callings() -> None:
    for prompt in STRANGERS["held_out"]:
        who = re.sub(r"^an? ", "", prompt.lower())
        assert not set(archetypes.named(who.split(" in ")[0])) & set(CALLINGS), prompt


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("a toreador", {"bullfighter"}),
        ("a jockey", {"horse rider in sport"}),
        ("a lamplighter", {"night watchman of old"}),
        ("a chimney sweep", {"sooty worker"}),
        ("a sommelier", {"waiter"}),
        ("a grenadier of Napoleon", {"napoleonic soldier"}),
        ("a stevedore", {"docker"}),
    ],
)
def test_meaning_finds_who_is_not_listed(who: str, names: set[str]) -> None:
    found = archetypes.find(who.lower())
    assert found is not None
    assert found.name in names


def test_nobody_near_means_everyday_clothes_and_a_note() -> None:
    found = describe("a glorbish frumious snark", 1)
    assert found.character.archetype == archetypes.ANYBODY
    assert {slot(kind) for kind in worn(found)} >= {"upper", "lower", "feet"}
    assert any("everyday clothes" in note for note in found.notes)


def test_a_kind_that_few_are_of_tells_more() -> None:
    assert kinds_of("bullfighter") < kinds_of("athlete") < kinds_of("person")
    telling = [archetypes.tellingness(p) for p in ("bullfighter", "athlete", "person")]
    assert telling == sorted(telling, reverse=True)


def test_a_dwarf_stays_one_whatever_his_work() -> None:
    smith, dwarf = (describe(f"a {who}", 3).character for who in ("dwarf blacksmith", "dwarf"))
    assert smith.archetype == "blacksmith"
    assert smith.body.height == dwarf.body.height
    assert smith.hair == dwarf.hair


def test_stuff_in_a_garments_name_is_its_fabric() -> None:
    apron = worn(describe("a baker with a leather apron", 1))["apron"]
    assert apron.fabric == "leather"
    assert apron.color == colour("brown")
    assert worn(describe("a man in a suede jacket", 1))["jacket"].color == colour("camel")


def test_a_jersey_is_a_garment_and_a_jersey_dress_a_dress() -> None:
    assert worn(describe("a man in a neon green jersey", 1))["t_shirt"].color == colour(
        "neon green"
    )
    assert "t_shirt" not in worn(describe("a woman in a blue jersey dress", 1))


def test_what_is_said_of_all_clothes_is_said_of_the_main_ones() -> None:
    lilac = worn(describe("a figure skater in a lilac costume and red gloves", 1))
    assert colour("lilac") in {g.color for g in lilac.values()}
    assert lilac["gloves"].color == colour("red")


def test_one_colour_for_everything_leaves_no_panels() -> None:
    gown = worn(describe("a princess in emerald velvet", 1))["gown"]
    assert (gown.pattern, gown.fabric, gown.color) == ("plain", "velvet", colour("emerald"))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("emerald green", "emerald"),
        ("ruby red", "ruby"),
        ("charcoal grey", "charcoal"),
        ("teal blue", "teal"),
    ],
)
def test_a_colour_and_its_hue_are_one_colour(said: str, name: str) -> None:
    dress = worn(describe(f"a woman in a {said} dress", 1))["dress"]
    assert (dress.pattern, dress.color) == ("plain", colour(name))


def test_two_hues_in_a_row_are_two_colours() -> None:
    assert worn(describe("a woman in a coral white dress", 1))["dress"].pattern == "stripes"


def test_gold_clothes_are_cloth_of_gold_and_golden_arms_are_gold() -> None:
    coat = worn(describe("a woman in a long gold coat and a gold belt", 1))
    assert (coat["coat"].fabric, coat["coat"].color) == ("satin", colour("gold"))
    assert 0.2 < (coat["coat"].metallic or 0.0) < 0.8
    assert coat["belt"].fabric == "gold"


def test_a_gown_is_no_knee_length_dress() -> None:
    for words in ("a woman in a red evening gown", "a bride", "a lady in a floor-length dress"):
        assert "gown" in worn(describe(words, 1)), words
    assert "dress" in worn(describe("a woman in a red dress", 1))
    assert {"trousers"} <= set(worn(describe("a prince", 1)))


def test_long_is_said_of_the_garment_it_stands_before() -> None:
    assert "long_skirt" in worn(describe("a woman in a long plaid skirt", 1))
    assert "gown" in worn(describe("a woman in a long red dress", 1))
    assert "dress" in worn(describe("a woman with long blonde hair in a red dress", 1))


def test_who_is_in_front_of_something_does_not_wear_it() -> None:
    found = describe("an old samurai kneeling in front of a torii gate in autumn", 1)
    assert found.land is not None
    assert [one.kind for one in found.land.landmarks] == ["torii"]


def test_a_second_fabric_trims_the_first() -> None:
    mentions, loose = read_mentions("in suede and fur", [])
    assert mentions == []
    assert (loose.fabric, loose.trim) == ("leather", "fur")


@pytest.mark.parametrize("name", table("attire"))
def test_what_stands_in_parses_and_is_noted(name: str) -> None:
    notes: list[str] = []
    mentions, _ = read_mentions(f"in a crimson {name}", notes)
    assert notes == [note for note in notes if name in note]
    assert len(notes) == 1
    for notation in table("attire")[name]:
        parse(notation.replace("*/", ""))
    assert mentions[0].colours == [colour("crimson")]


def test_two_colours_of_cloth_are_stripes_and_of_metal_plates() -> None:
    for kind, pattern in (("dress", "stripes"), ("breastplate", "panels")):
        mention = read_mentions(f"a red and white {kind}", [])[0][0]
        assert changed(parse(kind), mention).pattern == pattern


def test_men_in_womens_callings_wear_trousers() -> None:
    kinds = set(worn(describe("a male flight attendant", 1)))
    assert "trousers" in kinds
    assert "skirt" not in kinds
