# SPDX-License-Identifier: Apache-2.0
"""The vocabulary's data: complete, consistent, decent, and its shipped embeddings current."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gen3d.body.data import load as load_body
from gen3d.body.phenotype import detail_names
from gen3d.spec import FABRICS, GARMENT_KINDS, HAIR_STYLES, PATTERNS, BodySpec
from gen3d.text import TextEncoder
from gen3d.words import dictionary
from gen3d.words.descriptors import AXES
from gen3d.words.garments import parse, slot
from gen3d.words.growth import height_deviation, mean_height
from gen3d.words.outfit import ORDER
from gen3d.words.phrases import STORE, read_store
from gen3d.words.physique import DETAILS
from gen3d.words.store import vocabulary_texts
from gen3d.words.vocabulary import BRIGHTEST, DARKEST, directory, linear, table

ARCHETYPES: dict[str, dict[str, Any]] = dict(table("archetypes"))
FILES = (
    "archetypes",
    "colours",
    "descriptors",
    "fabrics",
    "garments",
    "grammar",
    "looks",
    "outfits",
)


def outfits(entry: dict[str, Any]) -> list[list[str]]:
    return list(entry["wear"].values()) if isinstance(entry["wear"], dict) else [entry["wear"]]


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for pair in value.items() for part in pair for leaf in leaves(part)]
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, list) else [value]


def test_the_shipped_embeddings_are_those_of_the_vocabulary_as_it_is() -> None:
    """Rebuild with ``python tests/benchmarks/words_store.py``."""
    store = read_store(directory() / STORE)
    assert set(vocabulary_texts()) == set(store)
    sample = sorted(store)[:: len(store) // 40]
    fresh = TextEncoder.load().embed(sample)
    assert np.abs(fresh - np.stack([store[text] for text in sample])).max() < 1e-3


@pytest.mark.parametrize("name", FILES)
def test_no_word_was_read_as_a_truth_value(name: str) -> None:
    assert [leaf for leaf in leaves(dict(table(name))) if isinstance(leaf, bool)] == []


def test_there_are_a_hundred_archetypes_with_phrases_of_their_own() -> None:
    assert len(ARCHETYPES) >= 100
    phrases = [p.lower() for entry in ARCHETYPES.values() for p in entry["phrases"]]
    assert sorted({p for p in phrases if phrases.count(p) > 1}) == []
    assert min(len(entry["phrases"]) for entry in ARCHETYPES.values()) >= 2


@pytest.mark.parametrize("name", ARCHETYPES)
def test_an_archetype_is_dressed_in_things_that_exist(name: str) -> None:
    for wear in outfits(ARCHETYPES[name]):
        garments = [parse(notation) for notation in wear]
        slots = [slot(garment.kind) for garment in garments]
        assert len(set(slots)) == len(slots), "two garments in one place"
        assert {"lower", "full"} & set(slots), "bare hips"
        assert "feet" in slots or ARCHETYPES[name].get("feet") == "bare"


@pytest.mark.parametrize("name", ARCHETYPES)
def test_an_archetypes_body_and_looks_are_known_numbers(name: str) -> None:
    entry = ARCHETYPES[name]
    known = {*BodySpec.model_fields, *AXES, "age", "sex"}
    assert set(entry.get("body", {})) <= known
    for text in entry.get("hair", {}).values():
        assert text.split()[0] in HAIR_STYLES
    skin = entry.get("skin", {})
    assert skin.get("tone", "fair") in table("looks")["tones"]
    assert skin.get("eye", "black") in table("colours")


def test_every_garment_kind_has_words_a_place_and_a_colour() -> None:
    assert set(table("garments")) == set(GARMENT_KINDS)
    for kind in GARMENT_KINDS:
        assert slot(kind) in ORDER
        assert parse(kind).kind == kind


def test_every_outfit_word_parses() -> None:
    for notations in table("outfits").values():
        for notation in notations:
            assert parse(notation.replace("*/", "")).kind in GARMENT_KINDS


def test_a_wrong_notation_is_refused() -> None:
    with pytest.raises(ValueError, match="greenish"):
        parse("t_shirt greenish cotton")


def test_fabrics_patterns_and_hair_styles_all_have_words() -> None:
    assert set(table("fabrics")["fabrics"]) == set(FABRICS)
    assert set(table("fabrics")["patterns"]) | {"plain"} == set(PATTERNS)
    assert set(table("looks")["styles"]) == set(HAIR_STYLES)


def test_colours_are_many_and_physically_plausible() -> None:
    colours = dict(table("colours"))
    assert len(colours) >= 120
    for value in colours.values():
        assert all(DARKEST <= channel <= BRIGHTEST for channel in linear(value))


def test_srgb_is_decoded_by_the_standards_curve() -> None:
    assert linear("#bcbcbc")[0] == pytest.approx(0.5029, abs=1e-4)
    assert linear("#ffffff") == (BRIGHTEST,) * 3
    assert linear("#000000") == (DARKEST,) * 3


def test_the_body_has_every_local_change_that_words_move() -> None:
    names = set(detail_names(load_body()))
    assert {target for targets in DETAILS.values() for target in targets} <= names


@pytest.mark.parametrize("sex", [0.0, 0.5, 1.0])
def test_people_grow_until_nineteen_and_shrink_after_forty(sex: float) -> None:
    growing = [mean_height(float(age), sex) for age in range(1, 20)]
    ageing = [mean_height(float(age), sex) for age in range(40, 101, 5)]
    assert growing == sorted(growing)
    assert ageing == sorted(ageing, reverse=True)
    assert 0.02 < height_deviation(30.0, sex) < 0.08


def test_who_medians_are_met() -> None:
    assert mean_height(10.0, 0.0) == pytest.approx(1.378)
    assert mean_height(10.0, 1.0) == pytest.approx(1.386)
    assert mean_height(25.0, 0.0) == pytest.approx(1.765)


def test_the_dictionarys_search_finds_every_word_that_is_there_and_no_other() -> None:
    pages = dictionary._pages().decode().split("\n")[1:-1]
    words = list(dict.fromkeys(line.split("\t")[0] for line in pages))
    assert len(words) > 80_000
    for word in (words[0], words[-1], *words[:: len(words) // 200]):
        assert dictionary.senses(word), word
    for word in ("", "zzzz", "aaaaaa", "qwxy", "a\tb", "日本"):
        assert dictionary.senses(word) == ()


def test_the_dictionary_has_its_licence_beside_it() -> None:
    text = (directory() / "dictionary.LICENSE.txt").read_text("utf-8")
    assert "Princeton University" in text


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("running", "run"),
        ("women", "woman"),
        ("shelves", "shelf"),
        ("flies", "fly"),
        ("boxes", "box"),
    ],
)
def test_inflected_words_have_their_base_among_the_candidates(word: str, base: str) -> None:
    assert base in dictionary.base_forms(word)
