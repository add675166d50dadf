# SPDX-License-Identifier: Apache-2.0
"""What a target's files hold when their real consumers open them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from pxr import Gf, Usd, UsdGeom, UsdSkel, UsdValidation

from gen3d.check.khronos import validate
from gen3d.check.names import ARKIT
from gen3d.export.container import unpack
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.render.skinning import clip_matrices
from gen3d.skeleton import NAMINGS, REQUIRED
from tests.consumers.locate import in_blender, validator
from tests.consumers.mannequin import HEIGHT, box_humanoid

KINDS = ("glb", "fbx", "usdz", "vrm")


@pytest.fixture(scope="module")
def opened(exported: Path) -> dict[str, dict[str, Any]]:
    """What Blender says about each kind of file."""
    answers = in_blender([exported / f"character.{kind}" for kind in KINDS])
    return dict(zip(KINDS, answers, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_blender_finds_the_bones_by_name_in_their_places(
    opened: dict[str, dict[str, Any]], kind: str
) -> None:
    table = NAMINGS["vrm" if kind == "vrm" else "unreal"]
    assert set(opened[kind]["bones"]) == set(table.values())
    parents = opened[kind]["parents"]
    assert parents[table["leftHand"]] == table["leftLowerArm"]
    assert parents[table["hips"]] == table["root"]


@pytest.mark.parametrize("kind", KINDS)
def test_blender_finds_height_weights_and_face_shapes(
    opened: dict[str, dict[str, Any]], kind: str
) -> None:
    seen = opened[kind]
    assert seen["high"][1] - seen["low"][1] == pytest.approx(HEIGHT, rel=0.01)
    assert seen["low"][1] == pytest.approx(0.0, abs=0.002)
    assert sum(seen["unweighted"].values()) == 0
    assert {name for keys in seen["shape_keys"].values() for name in keys} == set(ARKIT)
    assert len(seen["vertices"]) == 1


@pytest.mark.parametrize("kind", ["fbx", "usdz"])
def test_blender_plays_the_clips_as_it_plays_the_glb(
    opened: dict[str, dict[str, Any]], kind: str
) -> None:
    # Both last a second: 24 frames of 24, and 30 of 30 at the file's one rate of 24.
    for name in ("wave", "stride"):
        found = [a for a in opened[kind]["posed"] if a.split("|")[-1] == name]
        if kind == "usdz" and name == "stride":
            # A UsdSkel skeleton plays one clip; the other is read by what asks for it.
            assert found == []
            continue
        start, end = opened[kind]["actions"][found[0]]
        assert end - start == pytest.approx(24, abs=1)
        there, here = opened["glb"]["posed"][name], opened[kind]["posed"][found[0]]
        for edge in ("low", "high"):
            np.testing.assert_allclose(here[edge], there[edge], atol=0.03)


def test_the_fbx_is_in_centimetres_without_scaled_bones(exported: Path) -> None:
    data = (exported / "character.fbx").read_bytes()
    at = data.index(b"UnitScaleFactor")
    value = data.index(b"D", data.index(b"Number", at)) + 1
    assert np.frombuffer(data[value : value + 8], "<f8")[0] == pytest.approx(1.0)
    assert b"Body.001" not in data


def test_usd_is_valid_upright_and_in_metres(exported: Path) -> None:
    stage = Usd.Stage.Open(str(exported / "character.usdz"))
    every = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    errors = UsdValidation.ValidationContext(every).Validate(stage)
    assert [error.GetErrorAsString() for error in errors] == []
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert (stage.GetTimeCodesPerSecond(), stage.GetEndTimeCode()) == (24.0, 24.0)
    meshes = [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    assert len(meshes) == 1


def test_usd_skins_every_vertex_as_our_own_arithmetic_does(exported: Path) -> None:
    stage = Usd.Stage.Open(str(exported / "character.usdz"))
    cache, root = UsdSkel.Cache(), UsdSkel.Root(stage.GetDefaultPrim())
    cache.Populate(root, Usd.PrimDefaultPredicate)
    (binding,) = cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate)
    (query,) = binding.GetSkinningTargets()
    poser = cache.GetSkelQuery(binding.GetSkeleton())
    points = UsdGeom.Mesh(query.GetPrim()).GetPointsAttr().Get()
    frame = 7
    matrices = poser.ComputeSkinningTransforms(frame)
    assert query.ComputeSkinnedPoints(matrices, points, frame)
    ours = to_character(read_glb(exported / "character.glb"))
    moves = clip_matrices(ours.skeleton, ours.clips[0])[frame]
    expected: list[np.ndarray] = []
    for part in ours.parts:
        blended = np.einsum("vk,vkij->vij", part.skin.weights, moves[part.skin.joints])
        expected.append(
            np.einsum("vij,vj->vi", blended[..., :3], part.mesh.verts) + blended[..., 3]
        )
    np.testing.assert_allclose(np.array(points), np.concatenate(expected), atol=2e-5)
    assert np.abs(np.concatenate(expected)[:, 1] - HEIGHT).min() < 0.01
    assert isinstance(points[0], Gf.Vec3f)


def vrm_of(path: Path) -> dict[str, Any]:
    return json.loads(unpack(path.read_bytes(), path.name)[0])


def test_vrm_says_humanoid_expressions_gaze_and_licence(exported: Path) -> None:
    document = vrm_of(exported / "character.vrm")
    vrm = document["extensions"]["VRMC_vrm"]
    bones = {name: entry["node"] for name, entry in vrm["humanoid"]["humanBones"].items()}
    assert set(REQUIRED) <= set(bones)
    assert "root" not in bones
    assert all(document["nodes"][node]["name"] == name for name, node in bones.items())
    assert vrm["meta"]["name"] == "box humanoid"
    assert vrm["meta"]["authors"] == ["A. Author"]
    assert vrm["meta"]["licenseUrl"] == "https://vrm.dev/licenses/1.0/"
    assert "a box with a face" in vrm["meta"]["references"][0]
    targets = document["meshes"][0]["extras"]["targetNames"]
    blink = vrm["expressions"]["preset"]["blink"]["morphTargetBinds"]
    assert {targets[bind["index"]] for bind in blink} == {"eyeBlinkLeft", "eyeBlinkRight"}
    happy = vrm["expressions"]["preset"]["happy"]["morphTargetBinds"]
    assert "mouthSmileLeft" in {targets[bind["index"]] for bind in happy}
    assert set(vrm["expressions"]["custom"]) == set(ARKIT)
    assert vrm["lookAt"]["type"] == "bone"
    assert vrm["firstPerson"]["meshAnnotations"][0]["type"] == "auto"
    assert "animations" not in document


def test_every_preset_names_only_shapes_that_exist_and_moves_a_face(exported: Path) -> None:
    document = vrm_of(exported / "character.vrm")
    preset = document["extensions"]["VRMC_vrm"]["expressions"]["preset"]
    from gen3d.export.vrm import PRESETS, _both_sides

    for name, weights in PRESETS.items():
        spread = _both_sides(weights)
        assert set(spread) <= set(ARKIT), name
        assert len(preset[name].get("morphTargetBinds", ())) == len(spread)


@pytest.mark.parametrize("name", ["character.glb", "character_lod3.glb", "character.vrm"])
def test_khronos_finds_no_error_and_no_warning(exported: Path, name: str) -> None:
    copy = exported / name
    verdict = validate(copy, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes


def test_obj_has_the_surface_its_uvs_and_its_pictures(exported: Path) -> None:
    loaded = trimesh.load(exported / "character.obj", process=False)
    meshes = list(loaded.geometry.values()) if isinstance(loaded, trimesh.Scene) else [loaded]
    faces = sum(len(part.mesh.faces) for part in box_humanoid().parts)
    assert sum(len(mesh.faces) for mesh in meshes) == faces
    assert max(mesh.bounds[1][1] for mesh in meshes) == pytest.approx(HEIGHT)
    assert all(mesh.visual.material.image.size[0] >= 64 for mesh in meshes)
    ours = to_character(read_glb(exported / "character.glb"))
    first = next(m for m in meshes if len(m.faces) == len(ours.parts[0].mesh.faces))
    low, high = first.visual.uv.min(axis=0), first.visual.uv.max(axis=0)
    flipped = 1.0 - ours.parts[0].mesh.uvs[:, 1]
    assert (low[1], high[1]) == pytest.approx((flipped.min(), flipped.max()), abs=1e-4)
