# SPDX-License-Identifier: Apache-2.0
"""From pictures to an open_clip folder that the loader takes, through the recipes' own code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from gen3d.guidance.towers import load_tower
from gen3d.loop import LOG, Plan
from gen3d.training import recipes
from gen3d.training.corpus import Corpus
from gen3d.training.recipes import (
    CODEBOOK,
    PICTURES,
    TOWERS,
    PictureRecipe,
    TowerTraining,
    draw_pictures,
    export_tower,
    save_halves,
    train_tower,
    with_steps,
)
from gen3d.training.shards import draw_set, shard_path
from gen3d.training.towers import TowerRecipe, Towers

TINY = TowerTraining(
    TowerRecipe("test_resnet", families_per_batch=4, things_per_family=2, adversarial_share=1.0),
    Plan(steps=6, learning_rate=2e-3, seed=5, warmup=2, log_every=1),
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guide's recipe with the smallest network, attacks included."""
    monkeypatch.setitem(recipes.TOWERS, "guide", TINY)


@pytest.mark.usefixtures("tiny")
def test_a_tower_trained_on_a_tiny_set_loads_as_any_other(
    pictures: Path, corpus: Corpus, tmp_path: Path
) -> None:
    before = torch.random.get_rng_state()
    folder = train_tower("guide", pictures, tmp_path)
    assert torch.equal(torch.random.get_rng_state(), before)
    tower = load_tower(folder)
    shown = corpus.pictures[:3, 0, ..., :3].permute(0, 3, 1, 2) / 255.0
    words = list(corpus.texts[:2])
    seen, read = tower.see(shown), tower.read(words)
    assert seen.shape == (3, 384)
    weights = load_file(folder / "model.safetensors")
    again = _rebuilt(weights)
    with torch.no_grad():
        assert torch.allclose(again.see(shown), seen, atol=1e-5)
        assert torch.allclose(again.read(corpus.features[:2]), read, atol=2e-3)
    assert tower.scale == pytest.approx(float(weights["logit_scale"].float().exp()), rel=1e-5)


def _rebuilt(weights: Mapping[str, Tensor]) -> Towers:
    model = Towers("test_resnet", 64)
    model.load_state_dict({name: value.float() for name, value in weights.items()})
    return model.eval()


@pytest.mark.usefixtures("tiny")
def test_a_tower_trained_in_two_sittings_is_the_same_file(pictures: Path, tmp_path: Path) -> None:
    def stop(step: int, total: int) -> None:
        if total == TINY.plan.steps and step == 3:
            raise InterruptedError

    whole = train_tower("guide", pictures, tmp_path / "whole")
    with pytest.raises(InterruptedError):
        train_tower("guide", pictures, tmp_path / "parts", on_step=stop)
    parts = train_tower("guide", pictures, tmp_path / "parts")
    names = ("model.safetensors", "open_clip_config.json")
    assert all((whole / n).read_bytes() == (parts / n).read_bytes() for n in names)
    steps = [json.loads(line)["step"] for line in (tmp_path / "parts" / LOG).open(encoding="utf-8")]
    assert steps == list(range(TINY.plan.steps))


def test_the_folder_says_in_open_clips_words_what_it_holds(tmp_path: Path) -> None:
    weights = Towers("test_resnet", 64).state_dict()
    folder = export_tower(weights, "test_resnet", tmp_path / "model")
    config = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8"))
    assert config["model_cfg"]["vision_cfg"]["timm_model_name"] == "test_resnet"
    assert config["model_cfg"]["text_cfg"]["hf_model_name"].endswith("all-MiniLM-L6-v2")
    assert config["preprocess_cfg"]["size"] == 64
    assert {path.name for path in folder.iterdir()} == {
        "open_clip_config.json",
        "model.safetensors",
    }


def test_halves_keep_whole_numbers_and_round_the_rest(tmp_path: Path) -> None:
    weights = {"a": torch.tensor([1.0, 1.0 / 3.0]), "steps": torch.tensor(70_001)}
    save_halves(weights, tmp_path / "x.safetensors")
    read = load_file(tmp_path / "x.safetensors")
    assert torch.equal(read["steps"], weights["steps"])
    assert torch.equal(read["a"], weights["a"].half())


def test_steps_change_the_length_of_a_plan_and_nothing_else() -> None:
    plan = TOWERS["judge"].plan
    assert with_steps(plan, None) == plan
    assert vars(with_steps(plan, 7)) == {**vars(plan), "steps": 7}


def test_missing_shards_are_drawn_in_processes_as_they_would_be_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes.PICTURES, "guide", PictureRecipe(3, seed=4, per_shard=1))
    draw_set(tmp_path / "here", 3, seed=4, per_shard=1)
    there = tmp_path / "there"
    draw_set(there, 1, seed=4, per_shard=1)
    done: list[tuple[int, int]] = []
    draw_pictures("guide", there, 1, lambda step, total: done.append((step, total)))
    assert done == [(2, 3), (3, 3)]
    for number in range(3):
        one, other = (shard_path(tmp_path / name, number) for name in ("here", "there"))
        assert one.read_bytes() == other.read_bytes()


def test_the_judge_shares_neither_pictures_nor_seed_nor_architecture_with_the_guide() -> None:
    guide, judge = TOWERS["guide"], TOWERS["judge"]
    assert guide.tower.architecture != judge.tower.architecture
    assert guide.plan.seed != judge.plan.seed
    assert len({recipe.seed for recipe in PICTURES.values()}) == len(PICTURES)


def test_the_codebook_has_a_whole_number_of_rounds_of_the_families() -> None:
    from gen3d.foundry.families import families

    assert CODEBOOK % len(families()) == 0
