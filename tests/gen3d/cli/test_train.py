# SPDX-License-Identifier: Apache-2.0
"""``gen3d train`` as a user gives it, on a set that is already drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen3d.cli import train as verb
from gen3d.cli.main import main
from gen3d.loop import Plan
from gen3d.training import recipes
from gen3d.training.recipes import PictureRecipe, TowerTraining
from gen3d.training.shards import draw_set
from gen3d.training.towers import TowerRecipe


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder with two things in one shard, and recipes of that size."""
    recipe = TowerRecipe("test_convnext", families_per_batch=2, things_per_family=2)
    plan = Plan(steps=9, learning_rate=1e-3, seed=5, warmup=1)
    for name in ("guide", "judge"):
        monkeypatch.setitem(recipes.PICTURES, name, PictureRecipe(1, seed=6, per_shard=2))
        monkeypatch.setitem(recipes.TOWERS, name, TowerTraining(recipe, plan))
    draw_set(tmp_path / "pictures" / "guide", 1, seed=6, per_shard=2)
    return tmp_path


def test_it_trains_shows_its_progress_and_ends_with_the_folder(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "clip", "--out", str(tiny), "--steps", "3"]) == 0
    shown = capsys.readouterr().out
    assert "3/3 steps" in shown
    assert shown.splitlines()[-1] == str(tiny / "clip" / "model")
    assert (tiny / "clip" / "model" / "open_clip_config.json").is_file()


def test_quiet_says_nothing_but_the_result(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "pictures", "--out", str(tiny), "--quiet"]) == 0
    assert capsys.readouterr().out == f"{tiny / 'pictures' / 'guide'}\n"


def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(step: int, total: int) -> None:
        if (step, total) == (2, 4):
            raise KeyboardInterrupt

    arguments = ["train", "clip", "--out", str(tiny), "--steps", "4"]
    with monkeypatch.context() as patch:
        patch.setattr(verb, "_line", lambda *_, **__: cancelled)
        assert main(arguments) == 130
    assert "the same command goes on" in capsys.readouterr().out
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "3/4 steps" in shown
    assert "2/4 steps" not in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clip", "--steps", "0"], "--steps"),
        (["pictures", "--jobs", "-1"], "--jobs"),
        (["pictures", "--install"], "only models are"),
    ],
)
def test_what_cannot_come_to_a_good_end_is_refused_at_once(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments, "--out", str(tmp_path / "x")]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_an_unknown_training_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "everything"])
    assert ended.value.code == 2
    assert "everything" in "".join(capsys.readouterr())
