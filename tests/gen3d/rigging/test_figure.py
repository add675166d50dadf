# SPDX-License-Identifier: Apache-2.0
"""A real body without a rig gets one: where joints are, what weights do, what stays as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from gen3d.check.khronos import validate
from gen3d.export.container import unpack
from gen3d.export.document import Document
from gen3d.export.gltf_read import read_glb
from gen3d.rigging import BODY, Rigged
from gen3d.rigging.look import as_character, proof_clip
from gen3d.skeleton import JOINTS
from gen3d.transforms import clip_translations, forward_kinematics
from motion.cast import cast
from tests.consumers.locate import validator
from tests.consumers.mannequin import skeleton as boxes
from tests.gen3d.rigging.conftest import CENTIMETRES, Case

_BODY = [JOINTS.index(name) for name in BODY]


def _weights(document: Document) -> np.ndarray:
    """Dense weights of all vertices, in the order of the source's pieces."""
    rows: list[np.ndarray] = []
    for primitive in document.meshes[0].primitives:
        joints, weights = (primitive.attributes[n] for n in ("JOINTS_0", "WEIGHTS_0"))
        dense = np.zeros((len(joints), len(JOINTS)))
        np.add.at(dense, (np.arange(len(joints))[:, None], joints), weights)
        rows.append(dense)
    return np.concatenate(rows)


def test_the_body_joints_are_within_three_centimetres_of_the_truth(
    case: Case, again: tuple[Rigged, Path]
) -> None:
    errors = np.linalg.norm(again[0].joints_in_file - case.figure.joints, axis=1)[_BODY]
    assert errors.mean() / CENTIMETRES < 0.03
    assert errors.max() / CENTIMETRES < 0.06


def test_the_file_stands_upright_in_metres_facing_forwards(case: Case) -> None:
    figure = as_character(read_glb(case.after))
    points = np.concatenate([part.mesh.verts for part in figure.parts])
    assert abs(points[:, 1].min()) < 1e-4
    assert 1.7 < points[:, 1].max() < 1.9
    at = dict(zip(figure.skeleton.names, figure.skeleton.positions, strict=True))
    assert at["leftHand"][0] > 0.2
    assert at["rightHand"][0] < -0.2
    assert at["leftToes"][2] > at["leftFoot"][2] + 0.05
    np.testing.assert_allclose(at["hips"][[0, 2]], 0.0, atol=1e-6)


def test_nothing_that_was_in_the_file_changes(case: Case) -> None:
    (text, binary), (new_text, new_binary) = (
        unpack(path.read_bytes(), path.name) for path in (case.before, case.after)
    )
    assert new_binary[: len(binary)] == binary
    old, new = json.loads(text), json.loads(new_text)
    for key in ("materials", "textures", "images", "samplers"):
        assert new.get(key) == old.get(key)
    for key in ("accessors", "bufferViews"):
        assert new[key][: len(old[key])] == old[key]
    for mesh, other in zip(old["meshes"], new["meshes"], strict=True):
        for row, added in zip(mesh["primitives"], other["primitives"], strict=True):
            names = {"JOINTS_0", "WEIGHTS_0"}
            assert set(added["attributes"]) == set(row["attributes"]) | names
            kept = {k: v for k, v in added["attributes"].items() if k not in names}
            assert {**added, "attributes": kept} == row


def test_weights_are_at_most_four_and_sum_to_one_and_spare_the_root(case: Case) -> None:
    for primitive in read_glb(case.after).meshes[0].primitives:
        weights = primitive.attributes["WEIGHTS_0"]
        assert weights.shape[1] == 4
        assert weights.min() >= 0.0
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-5)
        assert primitive.attributes["JOINTS_0"][weights > 0].min() > 0


def test_weights_are_near_those_that_the_figure_lost(case: Case) -> None:
    found, true = _weights(read_glb(case.after)), np.concatenate(case.figure.influences)
    moved = 0.5 * np.abs(found - true).sum(axis=1)
    assert moved.mean() < 0.2
    # No sleeve hangs on the trunk, no leg on the other one.
    for side, other in (("left", "right"), ("right", "left")):
        own = [i for i, n in enumerate(JOINTS) if n.startswith(side) and "Eye" not in n]
        far = [i for i, n in enumerate(JOINTS) if n.startswith(other) and "Eye" not in n]
        firm = true[:, own].sum(axis=1) > 0.95
        assert (found[firm][:, far].sum(axis=1) > 0.5).mean() < 0.01
        arm = [JOINTS.index(side + part) for part in ("LowerArm", "Hand")]
        held = true[:, arm].sum(axis=1) > 0.95
        assert (found[held][:, JOINTS.index("hips")] > 0.1).mean() < 0.002


def test_the_same_file_gets_the_same_rig_again(case: Case, again: tuple[Rigged, Path]) -> None:
    binaries = [unpack(path.read_bytes(), path.name)[1] for path in (case.after, again[1])]
    assert binaries[0] == binaries[1]


def test_the_khronos_validator_finds_no_error_and_no_warning(case: Case) -> None:
    verdict = validate(case.after, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes


def test_the_run_tells_how_well_it_went(case: Case) -> None:
    manifest = json.loads((case.run / "manifest.json").read_text(encoding="utf-8"))
    fit = manifest["facts"]["rig"]["fit"]
    assert min(fit["hands"], fit["feet"]) > 0.9
    assert any("0.01 m" in note for note in manifest["notes"])
    assert any("licence" in note for note in manifest["notes"])
    extras = json.loads(unpack(case.after.read_bytes(), "")[0])["asset"]["extras"]
    assert extras["rig"]["fit"] == fit
    assert extras["figure"]["sha256"] == manifest["figure"]["sha256"]


def test_motions_find_its_bones_at_once(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "character.glb"
    shutil.copy(case.after, path)
    part = cast(path, None, tmp_path / "scratch")
    assert part.bones.convention == "mixamo"
    assert len(part.bones.bones) >= len(JOINTS) - 1
    stood = dict(zip(part.skeleton.names, part.skeleton.positions, strict=True))
    assert abs(stood["leftHand"][1] - stood["leftUpperArm"][1]) < 0.01
    assert stood["leftHand"][0] > 0.5


def test_the_proof_of_the_preview_keeps_a_foot_on_the_ground_and_aims_the_arms() -> None:
    skeleton = boxes()
    clip = proof_clip(skeleton)
    local = clip_translations(skeleton, clip.root_positions, clip.hips_positions)
    _, places = forward_kinematics(skeleton.parents, clip.rotations, local)
    feet = [skeleton.index(f"{side}Foot") for side in ("left", "right")]
    rest = skeleton.positions[feet, 1].min()
    np.testing.assert_allclose(places[:, feet, 1].min(axis=1), rest, atol=1e-5)
    out = places[len(places) // 8, skeleton.index("leftHand")]
    shoulder = places[len(places) // 8, skeleton.index("leftUpperArm")]
    assert abs(out[1] - shoulder[1]) < 0.01
