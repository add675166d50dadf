# SPDX-License-Identifier: Apache-2.0
"""Data that is not free is told by its shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.skeleton import NAMINGS
from motion.clips import folder
from motion.importers import read_motion
from motion.importers.deepmimic import read_deepmimic
from motion.performance import REFERENCE
from motion.provenance import (
    LAFAN1,
    MIXAMO,
    OMOMO,
    SMPL,
    TRAPS,
    Trap,
    require_free,
    trap_of_file,
    trap_of_rig,
    trap_of_shape,
)
from motion.rig import Recording, Rig


def _words(text: str) -> list[str]:
    return text.split()


LAFAN1_BVH = _words(
    "Hips LeftUpLeg LeftLeg LeftFoot LeftToe RightUpLeg RightLeg RightFoot RightToe Spine Spine1"
    " Spine2 Neck Head LeftShoulder LeftArm LeftForeArm LeftHand RightShoulder RightArm"
    " RightForeArm RightHand"
)
CMU = _words(
    "Hips LHipJoint LeftUpLeg LeftLeg LeftFoot LeftToeBase RHipJoint RightUpLeg RightLeg RightFoot"
    " RightToeBase LowerBack Spine Spine1 Neck Neck1 Head LeftShoulder LeftArm LeftForeArm"
)
SMPLH = _words(
    "f_avg_Pelvis f_avg_L_Hip f_avg_L_Knee Left_Hip left_hip left_knee pelvis spine3 left_collar"
    " left_index1"
)


def _recording(names: list[str], fps: float) -> Recording:
    """A rig that stands still."""
    count = len(names)
    q, places = np.tile(np.array([1.0, 0, 0, 0]), (count, 1)), np.zeros((count, 3))
    rig = Rig(tuple(names), tuple(range(-1, count - 1)), places, q)
    return Recording("m", fps, rig, np.stack([q, q]), np.stack([places, places]))


@pytest.mark.parametrize(
    ("names", "fps", "trap"),
    [
        (LAFAN1_BVH, 30.0, LAFAN1),
        (LAFAN1_BVH, 1.0 / 0.033333, LAFAN1),
        (LAFAN1_BVH, 120.0, None),
        (LAFAN1_BVH[::-1], 30.0, None),
        ([*LAFAN1_BVH, "Prop"], 30.0, None),
        (list(NAMINGS["mixamo"].values()), 30.0, MIXAMO),
        (["mixamorig12:Hips", "mixamorig12:Spine"], 24.0, MIXAMO),
        (
            ["Hips", "Spine", "Spine1", "Spine2", "HeadTop_End", "LeftToeBase", "LeftForeArm"],
            30.0,
            MIXAMO,
        ),
        (SMPLH, 60.0, SMPL),
        (CMU, 120.0, None),
        (list(REFERENCE.names), 30.0, None),
        (list(NAMINGS["unreal"].values()), 30.0, None),
        (list(NAMINGS["vrm"].values()), 30.0, None),
    ],
)
def test_rigs_are_told_by_names_order_and_rate(
    names: list[str], fps: float, trap: Trap | None
) -> None:
    assert trap_of_rig(names, fps) is trap


@pytest.mark.parametrize("shape", [(100, 52, 3), (100, 55, 3), (100, 156), (100, 165), (9, 52, 4)])
def test_arrays_of_the_shape_of_body_model_parameters_are_told(shape: tuple[int, ...]) -> None:
    assert trap_of_shape(shape) is SMPL


@pytest.mark.parametrize("shape", [(100, 22, 3), (100, 53, 3), (100, 263), (52, 3), (55, 55)])
def test_other_arrays_are_let_through(shape: tuple[int, ...]) -> None:
    assert trap_of_shape(shape) is None


def test_files_give_themselves_away_before_they_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "amass.npz", poses=np.zeros((4, 156)), betas=np.zeros(16))
    np.savez(tmp_path / "quiet.npz", poses=np.zeros((4, 165)))
    np.savez(tmp_path / "ours.npz", joints=np.zeros((4, 22, 3)), fps=30.0)
    np.save(tmp_path / "smplh.npy", np.zeros((4, 52, 3)))
    np.save(tmp_path / "climb.npy", np.zeros((4, 53, 3)))
    (tmp_path / "x.fbx").write_bytes(b"Kaydara FBX Binary  \0\x1a\0" + b"mixamo.com\0\1AnimStack")
    (tmp_path / "OMOMO_new").mkdir()
    omomo = tmp_path / "OMOMO_new" / "sub3_largebox_003.bvh"
    omomo.write_text("x", encoding="ascii")
    found = {path.name: trap_of_file(path) for path in tmp_path.glob("*.*")}
    assert found == {
        "amass.npz": SMPL,
        "quiet.npz": SMPL,
        "ours.npz": None,
        "smplh.npy": SMPL,
        "climb.npy": None,
        "x.fbx": MIXAMO,
    }
    assert trap_of_file(omomo) is OMOMO
    assert trap_of_file(tmp_path / "sub3_largebox_003.npy") is OMOMO


@pytest.mark.parametrize("trap", TRAPS)
def test_each_refusal_is_one_sentence_that_says_why(trap: Trap) -> None:
    names = {LAFAN1.id: LAFAN1_BVH, MIXAMO.id: ["mixamorig:Hips"], SMPL.id: SMPLH}
    if trap is OMOMO:
        path, recording = Path("omomo/a.bvh"), None
    else:
        path, recording = Path("a.bvh"), _recording(list(names[trap.id]), 30.0)
    with pytest.raises(Gen3dError) as caught:
        require_free(path, "shelf", recording)
    assert caught.value.message.count(". ") == 0
    assert caught.value.message.endswith(".")
    assert len(caught.value.message) > 60
    assert caught.value.hint


def test_only_mixamo_may_be_named_for_a_run_of_ones_own() -> None:
    assert {trap.id for trap in TRAPS if "command" not in trap.refused} == {"mixamo"}
    own = _recording(["mixamorig:Hips", "mixamorig:Spine"], 30.0)
    assert require_free(Path("a.bvh"), "command", own) is MIXAMO
    with pytest.raises(Gen3dError, match="Mixamo"):
        require_free(Path("a.bvh"), "shelf", own)
    with pytest.raises(Gen3dError, match="LAFAN1"):
        require_free(Path("a.bvh"), "command", _recording(LAFAN1_BVH, 30.0))


def test_the_clips_that_come_with_the_project_are_free() -> None:
    for path in sorted(folder().glob("humanoid3d_*.txt")):
        assert require_free(path, "shelf", read_deepmimic(path)) is None
    walk = folder() / "humanoid3d_walk.txt"
    assert require_free(walk, "command", read_motion(walk)) is None
