# SPDX-License-Identifier: Apache-2.0
"""Codebooks and drafts: retrieval is right by construction, damage is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import normalize

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.guidance.drafting import draft_for, improved, retrieved, write_portrait
from gen3d.guidance.looking import portraits
from gen3d.guidance.pins import pinned
from gen3d.guidance.retrieval import (
    FILE,
    SEED,
    Codebook,
    load_codebook,
    look_at,
    make_codebook,
    retrieve,
    save_codebook,
)
from gen3d.guidance.towers import Tower, load_tower
from gen3d.guidance.wording import canonicalise
from tests.gen3d.guidance.tiny import WIDTH, write_tower

WORDS = canonicalise("a blue ceramic vase")
VASE = list(families()).index("vase")


@pytest.fixture
def tower(tmp_path: Path) -> Tower:
    return load_tower(write_tower(tmp_path / "tower"))


def random_codebook(things: int, tower: str = "of nothing") -> Codebook:
    generator = torch.Generator().manual_seed(0)
    rows = normalize(torch.randn(things, WIDTH, generator=generator), dim=-1)
    return Codebook(SEED, rows, tower)


def test_each_thing_is_the_best_for_its_own_features_and_scores_fall() -> None:
    codebook = random_codebook(40)
    for number in (0, 7, 39):
        found = retrieve(codebook, codebook.features[number], count=5)
        assert found[0].number == number
        assert found[0].similarity == pytest.approx(1.0, abs=1e-6)
        assert found[0].spec == drawn(SEED, number)[0]
        scores = [one.similarity for one in found]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 5


def test_only_the_families_asked_for_are_found_and_all_of_them_may_be_few() -> None:
    codebook = random_codebook(len(families()) + VASE + 1)
    found = retrieve(codebook, codebook.features[0], ["vase"])
    assert {one.number for one in found} == {VASE, VASE + len(families())}
    assert {one.spec.family for one in found} == {"vase"}
    assert retrieve(random_codebook(VASE), torch.ones(WIDTH), ["vase"]) == []


def test_a_codebook_holds_what_the_tower_sees(tower: Tower) -> None:
    told: list[tuple[int, int]] = []
    codebook = make_codebook(tower, 2, lambda step, total: told.append((step, total)))
    assert told == [(1, 2), (2, 2)]
    seen = tower.see(portraits(drawn(SEED, 1)[0])).mean(dim=0)
    assert torch.allclose(codebook.features[1], normalize(seen, dim=-1), atol=1e-6)
    assert float(codebook.features[1].norm()) == pytest.approx(1.0, abs=1e-5)


def test_a_codebook_survives_its_file_in_half_precision(tmp_path: Path) -> None:
    codebook = random_codebook(30)
    save_codebook(codebook, tmp_path / FILE)
    again = load_codebook(tmp_path / FILE)
    assert again.seed == codebook.seed
    assert torch.allclose(again.features, codebook.features, atol=1e-3)
    assert torch.allclose(again.features.norm(dim=-1), torch.ones(30), atol=1e-5)


@pytest.mark.parametrize("damage", ["cut", "missing", "no header", "other foundry", "other seed"])
def test_a_codebook_that_cannot_be_used_says_so(tmp_path: Path, damage: str) -> None:
    path = tmp_path / FILE
    save_codebook(random_codebook(30), path)
    features = load_file(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "missing":
        path.unlink()
    elif damage == "no header":
        save_file(features, path)
    elif damage == "other foundry":
        save_file(features, path, {"seed": str(SEED), "things": "0" * 64})
    else:
        save_file(features, path, {"seed": "many", "things": "0" * 64})
    with pytest.raises(Gen3dError, match="codebook") as caught:
        load_codebook(path)
    assert "gen3d train codebook" in caught.value.hint


def test_a_tower_with_a_codebook_takes_its_best_and_one_without_looks_for_itself(
    tower: Tower,
) -> None:
    looked = retrieved(WORDS, tower)
    assert looked.spec.family == "vase"
    assert looked.number == -1
    text = tower.read([WORDS.text])[0]
    assert looked.similarity == pytest.approx(float(look_at(tower, looked.spec) @ text), abs=1e-6)
    codebook = random_codebook(3 * len(families()), sha256_of(tower.weights))
    save_codebook(codebook, tower.weights.with_name(FILE))
    best = retrieve(load_codebook(tower.weights.with_name(FILE)), text, ["vase"], 1)[0]
    assert retrieved(WORDS, tower) == best


def test_a_codebook_without_the_family_or_of_another_tower_is_noticed(tower: Tower) -> None:
    path = tower.weights.with_name(FILE)
    save_codebook(random_codebook(VASE, sha256_of(tower.weights)), path)
    assert retrieved(WORDS, tower).number == -1
    save_codebook(random_codebook(3 * len(families())), path)
    with pytest.raises(Gen3dError, match="of another tower"):
        retrieved(WORDS, tower)


def test_a_draft_says_what_the_words_say_with_or_without_a_tower(tower: Tower) -> None:
    for judge in (None, tower):
        spec, similarity = draft_for(WORDS, judge)
        assert spec.family == "vase"
        assert pinned(spec, WORDS) == spec
        assert -1.0 <= similarity <= 1.0


def test_the_search_finds_no_worse_than_the_draft_and_keeps_to_the_words(tower: Tower) -> None:
    draft, _ = draft_for(WORDS, tower)
    text = tower.read([WORDS.text])[0]
    found = improved(draft, WORDS, tower, 1, 0)
    assert found.score >= float(look_at(tower, draft) @ text)
    assert found.score == pytest.approx(float(look_at(tower, found.spec) @ text), abs=1e-6)
    assert pinned(found.spec, WORDS) == found.spec
    assert improved(draft, WORDS, tower, 0, 0).spec == draft
    assert improved(draft, WORDS, None, 5, 0).spec == draft


def test_a_portrait_shows_both_front_quarters(tmp_path: Path) -> None:
    from PIL import Image

    write_portrait(drawn(SEED, VASE)[0], tmp_path / "draft.png", 64)
    pixels = np.asarray(Image.open(tmp_path / "draft.png"))
    assert pixels.shape == (64, 128, 3)
    ground = pixels[0, 0]
    for half in (pixels[:, :64], pixels[:, 64:]):
        assert 0.03 < float((half != ground).any(axis=-1).mean()) < 0.9
