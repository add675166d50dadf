# SPDX-License-Identifier: Apache-2.0
"""An SMPL-format file in, an avatar out, and its betas and poses back, through the commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.body import Body
from gen3d.cli.main import main
from gen3d.config import load_config
from gen3d.smpl.exporting import Subject, export_smpl, meshes_of, subject_at
from gen3d.smpl.model import SmplModel
from gen3d.smpl.parameters import read_parameters
from gen3d.smpl.puppet import pose
from gen3d.smpl.puppets import Figure
from gen3d.smpl.register import Target
from gen3d.smpl.shape_file import SHAPE, load_shape
from gen3d.types import Clip

from .conftest import BETAS

GOAL_M = 0.005


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["smpl", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_avatar_lies_on_the_persons_surface(run: Path, model: SmplModel) -> None:
    shape = load_shape(run / SHAPE)
    figure = Figure.of(Body.load().with_shape(shape.spec, shape.residual))
    skin = Target(pose(figure, shape.state).verts, figure.faces)
    distance = skin.nearest(model.shaped(BETAS.astype(np.float64))).distance
    assert distance.mean() < GOAL_M
    assert np.quantile(distance, 0.95) < 3 * GOAL_M


def test_the_body_is_numbers_that_can_be_edited(run: Path) -> None:
    config = load_config(run / "config.yml")
    assert config.description is not None
    body = config.description.character.body
    assert body == load_shape(run / SHAPE).spec
    assert body.details
    assert config.description.character.garments


def test_the_manifest_says_what_the_fit_reached_and_whose_model_it_was(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["facts"]["shape"]["mean_mm"] < 1e3 * GOAL_M
    assert manifest["commercial_use"]["allowed"] is False
    assert "SMPLH_NEUTRAL.npz" in [entry["id"] for entry in manifest["models"]]


def test_betas_and_pose_of_a_run_reproduce_its_body_and_the_person(
    run: Path,
    model_file: Path,
    model: SmplModel,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "avatar_smpl.npz"
    facts = printed(capsys, str(run), "--smpl-model", str(model_file), "--out", str(out))
    assert facts["mean_mm"] < 1e3 * GOAL_M
    assert facts["whole_body"] is True
    back = read_parameters(out, model.kind)
    there, again = model.shaped(BETAS.astype(np.float64)), model.shaped(back.betas)
    assert np.linalg.norm(there - again, axis=1).mean() < GOAL_M
    assert back.gender == "neutral"


def test_a_glb_by_itself_gives_what_its_visible_skin_says(
    run: Path, model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = shutil.copy(run / "character.glb", tmp_path / "alone.glb")
    out = str(tmp_path / "alone.npz")
    facts = printed(capsys, str(alone), "--smpl-model", str(model_file), "--out", out)
    assert facts["whole_body"] is False
    assert facts["mean_mm"] < 1e3 * GOAL_M


def test_a_motion_is_followed_frame_by_frame(run: Path, model: SmplModel, tmp_path: Path) -> None:
    subject = subject_at(run)
    skeleton = subject.figure.skeleton
    rotations = np.tile(transforms.IDENTITY, (4, len(skeleton.names), 1))
    turn = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.linspace(0.0, -1.2, 4))
    rotations[:, skeleton.index("leftUpperArm")] = turn
    rotations[:, skeleton.index("root")] = transforms.from_axis_angle(
        np.array([0.0, 1.0, 0.0]), np.linspace(0.0, 1.5, 4)
    )
    path = np.linspace([0.0, 0.0, 0.0], [0.5, 0.0, 2.0], 4).astype(np.float32)
    hips = np.tile(skeleton.offsets[1], (4, 1))
    clip = Clip("wave", 30.0, rotations.astype(np.float32), path, hips)
    moving = Subject(subject.figure, clip, whole=True)
    done = export_smpl(moving, model, tmp_path / "x.npz")
    assert done.gap.mean < GOAL_M
    meshes = meshes_of(model, done.person)
    travelled = meshes[-1].mean(axis=0) - meshes[0].mean(axis=0)
    assert np.allclose(travelled[[0, 2]], [0.5, 2.0], atol=0.1)


def test_values_edited_since_the_figure_was_made_are_noticed(
    run: Path, model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = Path(shutil.copytree(run, tmp_path / "edited"))
    config = (edited / "config.yml").read_text(encoding="utf-8")
    height = next(line for line in config.splitlines() if line.strip().startswith("height:"))
    (edited / "config.yml").write_text(
        config.replace(height, height.split(":")[0] + ": 1.3"), encoding="utf-8"
    )
    arguments = [str(edited), "--smpl-model", str(model_file), "--out", str(tmp_path / "x.npz")]
    assert main(["smpl", *arguments]) == 1
    assert "was edited" in capsys.readouterr().err


def test_one_file_without_the_other_is_refused(
    model_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["avatar", "a knight", "--smpl-model", str(model_file)]) == 1
    assert "belong together" in capsys.readouterr().err
