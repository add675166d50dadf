# SPDX-License-Identifier: Apache-2.0
"""``gen3d train`` of motion models, from a small set to folders that load and are measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from motion import recipes
from motion.corpus import MotionSet, draw_shard, load_set, shard_path
from motion.denoiser import WEIGHTS, load_denoiser
from motion.evaluate import Extent, Report
from motion.recipes import MotionRecipe, draw_motions, train_motion
from motion.sample import load_motion_model
from motion.train import statistics
from tests.motion.small_models import JUDGE, TINY, database, drawn


def _write(motions: MotionSet, folder: Path) -> None:
    folder.mkdir(parents=True)
    tensors = {"frames": motions.frames, "lengths": motions.lengths}
    save_file(tensors, shard_path(folder, 0), {"captions": json.dumps(motions.captions)})


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sets of six motions that are already drawn, and networks of next to nothing."""
    for name in ("guide", "judge"):
        monkeypatch.setitem(recipes.MOTIONS, name, MotionRecipe(1, 7))
        _write(drawn(), tmp_path / "motions" / name)
    monkeypatch.setattr(recipes, "DENOISER", TINY)
    monkeypatch.setattr(recipes, "EVALUATOR", JUDGE)
    monkeypatch.setattr(recipes, "library", lambda *_: database())
    return tmp_path


def test_the_command_trains_a_model_that_is_reminded_of_the_library(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "motion", "--out", str(small), "--steps", "2"]) == 0
    shown = capsys.readouterr().out
    assert "2/2 steps" in shown
    folder = Path(shown.splitlines()[-1])
    model = load_motion_model(folder)
    assert model.memory is not None
    mean, deviation = statistics(drawn())
    usual = (database().motions - mean) / deviation
    assert torch.allclose(model.memory.motions, usual, atol=2e-3, rtol=1e-3)


def test_weights_ship_in_half_precision_and_statistics_in_single(small: Path) -> None:
    folder = train_motion(small / "motions" / "guide", small / "motion", 2)
    kinds = {name: value.dtype for name, value in load_file(folder / WEIGHTS).items()}
    assert kinds.pop("mean") == kinds.pop("deviation") == torch.float32
    assert set(kinds.values()) == {torch.float16}
    assert load_denoiser(folder).enter.weight.dtype == torch.float32


def test_trained_models_are_measured_and_a_missed_goal_is_the_exit_status(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for what in ("motion", "motion-judge"):
        assert main(["train", what, "--out", str(small), "--steps", "2", "--quiet"]) == 0
    few = Extent(
        prompts=32, replications=1, repeated=2, repeats=2, copies=2, bodies=1, seeds=1,
        ancestral=2, ancestral_steps=2, steps=2, wordings=40,
    )  # fmt: skip
    monkeypatch.setattr(recipes, "QUICK", few)
    assert main(["train", "motion", "--out", str(small), "--eval", "--quick"]) == 1
    shown = capsys.readouterr().out
    assert "R@1" in shown
    assert "nearest training motion" in shown
    assert "MISSED:" in shown.splitlines()[-1]


def test_all_goals_reached_is_no_failure(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[Path, bool]]()

    def measured(trained: Path, *, quick: bool, on_step: object) -> Report:
        del on_step
        asked.append((trained, quick))
        return object.__new__(Report)

    monkeypatch.setattr(recipes, "measure", measured)
    monkeypatch.setattr("motion.scoreboard.table", lambda _: "figures")
    monkeypatch.setattr("motion.scoreboard.missed", lambda _: ())
    assert main(["train", "motion", "--out", str(small), "--eval"]) == 0
    assert asked == [(small, False)]
    assert "All goals are reached." in capsys.readouterr().out


def test_a_set_is_what_its_seed_says_and_is_not_drawn_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipes.MOTIONS, "guide", MotionRecipe(1, 7))
    draw_shard(tmp_path / "direct", 0, 7, 3)
    before = shard_path(tmp_path / "direct", 0).read_bytes()
    draw_motions("guide", tmp_path / "direct", jobs=1)
    assert shard_path(tmp_path / "direct", 0).read_bytes() == before
    assert len(load_set(tmp_path / "direct")) == 3


def test_an_unknown_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="no set of motions 'other'"):
        draw_motions("other", tmp_path, jobs=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["motions", "--install"], "only models are"),
        (["motions", "--set", "held-out"], "no held-out set"),
        (["clip", "--eval"], "--eval measures the motion model"),
        (["motion", "--quick"], "--quick is of --eval"),
        (["motion-judge", "--from", "x"], "--from is of the training of the motion model"),
        (["motion", "--eval", "--from", "x"], "--from is of the training of the motion model"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments, "--out", str(tmp_path / "x")]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_training_goes_on_from_a_model_and_keeps_its_statistics_and_memory(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = drawn()
    first = train_motion(small / "motions" / "guide", small / "first", 2)
    before = load_motion_model(first)
    # Only the first motion is left, so that statistics of its own would be others.
    data, count = small / "motions" / "guide", int(whole.lengths[0])
    few = MotionSet(whole.frames[:count], whole.lengths[:1], whole.captions[:1])
    for path in data.iterdir():
        path.unlink()
    data.rmdir()
    _write(few, data)
    further = ["train", "motion", "--out", str(small), "--from", str(first), "--steps", "3"]
    assert main(further) == 0
    after = load_motion_model(Path(capsys.readouterr().out.splitlines()[-1]))
    assert not torch.allclose(statistics(few)[0], before.denoiser.mean, atol=1e-3)
    assert torch.equal(after.denoiser.mean, before.denoiser.mean)
    assert before.memory is not None
    assert after.memory is not None
    assert after.memory.captions == before.memory.captions
    assert torch.allclose(after.memory.motions, before.memory.motions, atol=2e-3, rtol=1e-3)
    moved = (after.denoiser.enter.weight - before.denoiser.enter.weight).abs().max()
    # Three warming steps move a weight by little more than their rates, from where it was.
    assert 0.0 < float(moved) < 1e-3


def test_a_folder_to_go_on_from_that_holds_no_model_is_refused_before_anything_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["train", "motion", "--out", str(out), "--from", str(tmp_path)]) == 1
    assert "config.json" in capsys.readouterr().err
    assert not out.exists()
