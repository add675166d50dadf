# SPDX-License-Identifier: Apache-2.0
"""What is no single standing person is refused in a sentence that says what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d.body.surface import vertex_normals
from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from gen3d.export.gltf import write_glb
from gen3d.export.object_gltf import write_object_glb
from gen3d.foundry.families import families
from gen3d.foundry.sampling import sample_spec
from gen3d.foundry.thing import build
from gen3d.rigging import rig_file
from gen3d.rigging.judge import Quality, require_figure, require_fit, require_one
from gen3d.rigging.shell import Shell
from gen3d.rigging.source import read_source
from gen3d.types import Material, Mesh, ObjectAsset, ObjectPart
from tests.consumers.mannequin import box, box_humanoid

GOOD = Quality(
    residual=0.005, outside=0.0, explained=1.0, head=0.8, hands=0.98, feet=0.98, legs=1.0
)


def _saved(mesh: Mesh, path: Path) -> Path:
    write_object_glb(ObjectAsset("thing", (ObjectPart("thing", mesh, Material("plain")),)), path)
    return path


def _thing(name: str, path: Path) -> Path:
    """A thing of the foundry."""
    family = families()[name]
    thing = build(sample_spec(family, np.random.default_rng(1)), family)
    verts = thing.verts.astype(np.float32)
    normals = vertex_normals(verts, thing.faces)
    normals[np.linalg.norm(normals, axis=1) < 0.5] = [0.0, 1.0, 0.0]
    uvs = np.zeros((len(verts), 2), np.float32)
    return _saved(Mesh(verts, thing.faces, normals, uvs), path)


def test_a_figure_with_a_rig_is_sent_to_where_it_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "boxes.glb"
    write_glb(box_humanoid(), path)
    with pytest.raises(Gen3dError, match="has a rig already") as caught:
        read_source(path)
    assert "gen3d motion" in str(caught.value.hint)


def test_a_few_triangles_are_no_figure(tmp_path: Path) -> None:
    path = _saved(
        box(np.array([-0.2, 0.0, -0.2]), np.array([0.2, 1.0, 0.2]), 0, 1), tmp_path / "b.glb"
    )
    with pytest.raises(Gen3dError, match="12 triangles"):
        rig_file(path, tmp_path / "out.glb")
    assert not (tmp_path / "out.glb").exists()


def test_what_is_wider_than_tall_is_no_standing_figure() -> None:
    lying = _pillar(0.0)[:, [1, 0, 2]]
    faces = np.arange(3 * (len(lying) // 3)).reshape(-1, 3)
    with pytest.raises(Gen3dError, match="wider than tall"):
        require_figure(lying, faces)
    require_figure(_pillar(0.0), faces)


def test_a_chair_is_refused_after_a_look_through_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _thing("chair", tmp_path / "chair.glb")
    run = tmp_path / "run"
    assert main(["avatar", "--rig", str(path), "--out", str(run), "--quiet"]) == 1
    said = capsys.readouterr().err
    assert "No person's body fits" in said
    assert "T-pose" in said
    assert not (run / "character.glb").exists()


def _pillar(x: float) -> np.ndarray:
    turn, rise = np.meshgrid(np.linspace(0, 2 * np.pi, 24), np.linspace(0.0, 1.75, 60))
    return np.stack([x + 0.2 * np.cos(turn), rise, 0.2 * np.sin(turn)], axis=-1).reshape(-1, 3)


def test_two_figures_are_counted() -> None:
    points = np.concatenate([_pillar(-0.5), _pillar(0.5)])
    with pytest.raises(Gen3dError, match="2 figures"):
        require_one(Shell(points, points))
    require_one(Shell(_pillar(0.0), _pillar(0.0)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"hands": 0.5}, "no hands"),
        ({"feet": 0.5, "hands": 0.4}, "no hands and no feet"),
        ({"residual": 0.03}, "3.0 %"),
        ({"explained": 0.1}, "far"),
    ],
)
def test_a_bad_fit_is_refused_and_says_what_is_missing(change: dict[str, float], why: str) -> None:
    require_fit(GOOD)
    with pytest.raises(Gen3dError, match=why):
        require_fit(replace(GOOD, **change))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--rig", "nothing.glb"], "does not exist"),
        (["--height", "1.8"], "--height"),
        (["--rig", "nothing.glb", "--height", "-1"], "height"),
    ],
)
def test_wrong_command_lines_are_refused(
    arguments: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["avatar", *arguments, "--out", str(tmp_path / "run"), "--quiet"]) == 1
    assert why in capsys.readouterr().err


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figure.obj"
    path.write_text("v 0 0 0\n", encoding="utf-8")
    with pytest.raises(Gen3dError, match="no glTF"):
        rig_file(path, tmp_path / "out.glb")
