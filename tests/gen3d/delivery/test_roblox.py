# SPDX-License-Identifier: Apache-2.0
"""Roblox's R15 bodies: closed, within budgets, on bones of their own, like the figure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gen3d.check import check_glb
from gen3d.cli.main import main
from gen3d.delivery.closed import Figure, Limb, closed_limbs
from gen3d.delivery.r15 import NODE, PIECES
from gen3d.errors import Gen3dError
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.fields.cleanup import survey
from gen3d.foundry.solids import Solid, volume
from gen3d.render.skinning import clip_matrices
from gen3d.skeleton import NAMINGS
from gen3d.targets import find_target
from gen3d.types import Character
from tests.consumers.locate import blender, in_blender
from tests.consumers.mannequin import HEIGHT, box_humanoid


@pytest.fixture(scope="module")
def folder(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That character for Roblox."""
    out = tmp_path_factory.mktemp("roblox")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEN3D_BLENDER", blender()[0])
        wanted = ["--target", "roblox", "--to", "fbx,glb", "--out", str(out)]
        assert main(["export", str(run), *wanted]) == 0
    return out


@pytest.fixture(scope="module")
def body(folder: Path) -> Character:
    return to_character(read_glb(folder / "character.glb"))


def solid_of(body: Character, name: str) -> Solid:
    """One part, vertices at one place merged."""
    (part,) = (part for part in body.parts if part.group == name)
    places, number = np.unique(np.round(part.mesh.verts, 6), axis=0, return_inverse=True)
    return Solid(places.astype(np.float64), number.reshape(-1)[part.mesh.faces].astype(np.int32))


def test_every_rule_of_roblox_holds(folder: Path) -> None:
    report = check_glb(folder / "character.glb", find_target("roblox"))
    assert [row.name for row in report.rows if row.status == "fail"] == []
    rows = {row.name: row for row in report.rows}
    assert rows["separate watertight parts"].value == "15 of 15"
    assert rows["Khronos validator errors"].value == 0
    assert rows["Khronos validator warnings"].value == 0
    assert rows["triangles of the torso"].limit == "<= 1750"
    assert rows["Root and LowerTorso at the origin"].status == "pass"


def test_each_part_is_one_closed_outward_piece_around_its_bone(body: Character) -> None:
    for piece in PIECES:
        solid = solid_of(body, f"{NAMINGS['r15'][piece.joint]}_Geo")
        assert survey(solid).watertight, piece.joint
        assert volume(solid) > 0.0
        bone = body.skeleton.positions[body.skeleton.index(piece.joint)]
        room = 0.06
        assert np.all(solid.verts.min(axis=0) - room < bone), piece.joint
        assert np.all(solid.verts.max(axis=0) + room > bone), piece.joint


def test_the_tree_is_roblox_s_and_nothing_hangs_on_the_root(body: Character) -> None:
    rig = body.skeleton
    assert rig.names[:3] == ("root", NODE, "hips")
    parent = {name: rig.names[p] for name, p in zip(rig.names, rig.parents, strict=True) if p >= 0}
    assert parent["spine"] == "hips"
    assert parent["leftUpperArm"] == parent["neck"] == "spine"
    assert parent["rightUpperLeg"] == "hips"
    assert np.all(rig.positions[:3] == 0.0)
    for part in body.parts:
        assert part.skin.joints[part.skin.weights > 0.0].min() >= 2


def test_clips_turn_each_bone_in_the_world_as_before(body: Character) -> None:
    before = box_humanoid()
    centre = before.skeleton.positions[before.skeleton.index("hips")]
    for old, new in zip(before.clips, body.clips, strict=True):
        a, b = clip_matrices(before.skeleton, old), clip_matrices(body.skeleton, new)
        for piece in PIECES:
            of_old = before.skeleton.index(piece.turns_with)
            of_new = body.skeleton.index(piece.joint)
            np.testing.assert_allclose(b[:, of_new, :, :3], a[:, of_old, :, :3], atol=2e-5)
        hips = before.skeleton.index("hips")
        moved = a[:, hips, :, 3] + np.einsum("fij,j->fi", a[:, hips, :, :3], centre)
        np.testing.assert_allclose(b[:, 2, :, 3], moved - _turned(a, centre), atol=2e-5)


def _turned(matrices: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Where the root carries the hips' rest place, which is the new file's origin."""
    return np.einsum("fij,j->fi", matrices[:, 0, :, :3], centre)


def test_the_body_looks_like_the_figure(body: Character) -> None:
    verts = np.concatenate([part.mesh.verts for part in body.parts])
    whole = np.concatenate([part.mesh.verts for part in box_humanoid().parts])
    size, wanted = (v.max(axis=0) - v.min(axis=0) for v in (verts, whole))
    np.testing.assert_allclose(size, wanted, atol=0.012)
    assert size[1] == pytest.approx(HEIGHT, abs=0.012)
    (material,) = {id(part.material): part.material for part in body.parts}.values()
    assert material.base_color_texture is not None
    mine = material.base_color_texture.pixels.reshape(-1, 3).mean(axis=0)
    texture = box_humanoid().parts[0].material.base_color_texture
    assert texture is not None
    np.testing.assert_allclose(mine, texture.pixels.reshape(-1, 3).mean(axis=0), atol=25.0)


def test_blender_opens_the_fbx_with_fifteen_meshes_and_the_clips(folder: Path) -> None:
    (seen,) = in_blender([folder / "character.fbx"])
    assert set(seen["vertices"]) == {f"{NAMINGS['r15'][p.joint]}_Geo" for p in PIECES}
    assert set(seen["bones"]) == {*NAMINGS["r15"].values(), NODE}
    assert seen["high"][1] - seen["low"][1] == pytest.approx(HEIGHT, rel=0.01)
    assert sum(seen["unweighted"].values()) == 0
    assert {name.split("|")[-1] for name in seen["actions"]} == {"wave", "stride"}


def test_two_open_tubes_become_capped_solids_that_reach_into_each_other() -> None:
    radius, length, around = 0.05, 0.4, 24
    turn = np.linspace(0.0, 2.0 * np.pi, around, endpoint=False)
    along = np.linspace(0.0, length, 9)
    ring = np.stack([np.zeros(around), np.cos(turn), np.sin(turn)], axis=1) * radius
    verts = (ring[None] + along[:, None, None] * np.array([1.0, 0.0, 0.0])).reshape(-1, 3)
    at = np.arange(8 * around)
    right = at - at % around + (at + 1) % around
    sides = np.concatenate(
        [
            np.stack([at, right, at + around], axis=1),
            np.stack([right, right + around, at + around], axis=1),
        ]
    )
    ends = []
    for start in (0, 8 * around):
        ends += [[start, start + i, start + i + 1] for i in range(1, around - 1)]
    faces = np.concatenate([sides, np.array(ends)]).astype(np.int32)
    first = np.clip(1.5 - verts[:, 0] / length * 2.0, 0.0, 1.0)
    weights = np.stack([first, 1.0 - first], axis=1)
    limbs = [Limb(name, 400, 0.006, 0.008) for name in ("first", "second")]
    solids = closed_limbs(Figure(verts.astype(np.float32), faces, weights), limbs)
    half = np.pi * radius**2 * length / 2.0
    for solid in solids:
        assert survey(solid).watertight
        assert len(solid.faces) <= 400
        # A dome of at most one radius goes beyond the cut.
        assert 0.93 * half < volume(solid) < half + np.pi * radius**3
    assert solids[0].verts[:, 0].max() > length / 2.0 + 0.02
    assert solids[1].verts[:, 0].min() < length / 2.0 - 0.02


def test_a_limb_of_nothing_is_named() -> None:
    points = np.array([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.0, 0.1, 0.0]], np.float32)
    figure = Figure(points, np.array([[0, 1, 2]], np.int32), np.eye(2)[[0, 0, 0]])
    with pytest.raises(Gen3dError, match="no closed tail"):
        closed_limbs(figure, [Limb("sheet", 100, 0.006, 0.008), Limb("tail", 100, 0.006, 0.008)])


def test_formats_that_roblox_does_not_take_and_bodies_made_twice_are_refused(
    run: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(run), "--target", "roblox", "--to", "usdz"]) == 1
    assert "takes no usdz" in capsys.readouterr().err
    again = ["export", str(folder / "character.glb"), "--target", "roblox", "--to", "glb"]
    assert main([*again, "--out", str(tmp_path / "x")]) == 1
    assert "no bone chest" in capsys.readouterr().err


def test_a_figure_of_ours_fails_the_check_and_hears_what_to_do(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(run / "character.glb"), "--target", "roblox", "--json"]) == 1
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["separate watertight parts"]["limit"] == "15 of 15"
    assert "--target roblox" in rows["names of the parts"]["hint"]
    assert rows["Root and LowerTorso at the origin"]["status"] == "fail"
