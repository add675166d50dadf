# SPDX-License-Identifier: Apache-2.0
"""Pictures of people become a shard, a corpus and a tower that loads as any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from gen3d.figures.claims import facts_of
from gen3d.guidance.towers import load_tower
from gen3d.loop import Plan
from gen3d.training import recipes
from gen3d.training.claims import FALSE, TRUE
from gen3d.training.figures import (
    DESCRIPTIONS,
    VIEWS,
    draw_figures,
    load_figures,
    read_figures,
)
from gen3d.training.recipes import PictureRecipe, TowerTraining
from gen3d.training.shards import shard_path
from gen3d.training.towers import TowerRecipe
from gen3d.words.garments import slot

SEED, LOOKS = 4, 3


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One body in three looks."""
    folder = tmp_path_factory.mktemp("training") / "people" / "guide"
    draw_figures(folder, 1, SEED, bodies=1, looks=LOOKS)
    shard_path(folder, 1).rename(shard_path(folder, 0))
    return folder


def test_a_shard_holds_people_of_one_body_whole_and_near(people: Path) -> None:
    (shard,) = read_figures(people)
    assert len({spec.body.model_dump_json() for spec in shard.specs}) == 1
    assert shard.pictures.shape == (LOOKS, VIEWS, 64, 64, 4)
    cover = (shard.pictures[..., 3] > 127).mean(axis=(2, 3))
    whole, near = cover[:, : VIEWS // 2], cover[:, VIEWS // 2 :]
    assert whole.min() > 0.04
    assert near.mean() > 1.5 * whole.mean()
    assert not np.array_equal(shard.pictures[0], shard.pictures[1])


def test_a_corpus_tells_whole_figures_from_portraits(people: Path) -> None:
    (shard,) = read_figures(people)
    corpus = load_figures(people, seed=1)
    assert corpus.pictures.shape == (2 * LOOKS, VIEWS // 2, 64, 64, 4)
    assert corpus.spans.shape == (2 * LOOKS, DESCRIPTIONS, 2)
    assert [group.tolist() for group in corpus.members] == [[0, 2, 4], [1, 3, 5]]
    shoes = {g.kind for spec in shard.specs for g in spec.garments if slot(g.kind) == "feet"}
    assert not shoes & {w.kind for f in (facts_of(s, "near") for s in shard.specs) for w in f.worn}


def test_every_figure_is_what_is_claimed_of_it(people: Path) -> None:
    corpus = load_figures(people, seed=2)
    for thing, descriptions in enumerate(corpus.spans):
        claims = np.arange(descriptions[0, 0], descriptions[-1, 1])
        truths = corpus.told.truths(claims, np.array([thing]))
        assert (truths == TRUE).all(), [
            corpus.texts[int(corpus.text_of[int(c)])] for c in claims[truths[:, 0] != TRUE]
        ]
    # And others are not: looks of one body differ in colours and clothes.
    everything = corpus.told.truths(np.arange(len(corpus.text_of)), np.arange(2 * LOOKS))
    assert 0.2 < (everything == FALSE).mean() < 0.8


def test_the_verb_trains_a_tower_on_people(
    people: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = TowerRecipe("convnext_atto", families_per_batch=2, things_per_family=2, half=False)
    plan = Plan(steps=9, learning_rate=1e-4, seed=5, warmup=1)
    monkeypatch.setitem(recipes.FIGURES, "guide", PictureRecipe(1, SEED))
    monkeypatch.setitem(recipes.AVATAR_TOWERS, "guide", TowerTraining(recipe, plan))
    out = people.parent.parent
    assert main(["train", "people", "--out", str(out), "--quiet"]) == 0
    assert main(["train", "avatar-clip", "--out", str(out), "--steps", "2", "--quiet"]) == 0
    folder = out / "avatar-clip" / "model"
    assert capsys.readouterr().out.splitlines() == [str(people), str(folder)]
    tower = load_tower(str(folder))
    pictures, words = torch.rand(2, 3, 64, 64), ["a man", "a woman"]
    assert tower.see(pictures).shape == tower.read(words).shape
    # It reads phrases: their order is nothing to it.
    one, two = tower.read(["a man in a red coat and a hat", "a man wearing a hat and a red coat"])
    assert torch.allclose(one, two, atol=1e-5)
    # Two small steps on: near the tower of objects that it goes on from, and not the same.
    gap = (tower.see(pictures) - load_tower("object-clip").see(pictures)).norm(dim=-1).max()
    assert 0.0 < float(gap) < 0.5


def test_a_damaged_shard_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="no training pictures"):
        read_figures(tmp_path)
    shard_path(tmp_path, 0).write_bytes(b"nothing")
    with pytest.raises(Gen3dError, match="damaged"):
        read_figures(tmp_path)
