# SPDX-License-Identifier: Apache-2.0
"""KIT-ML's skeleton posed."""

from __future__ import annotations

import numpy as np

from motion.catalogue import entry, play
from motion.features import KIT
from motion.files import HUMANML3D
from motion.performance import BODY, Performance, world
from motion.posing import REFERENCE_BUILD, build_of, joints_on, pose_from_joints, residual
from motion.posing_kit import from_kit

# Our joint for each of KIT's, tips of the feet left out.
ORDER = (
    *("hips", "spine", "upperChest", "neck", "head", "rightUpperArm", "rightLowerArm", "rightHand"),
    *("leftUpperArm", "leftLowerArm", "leftHand", "rightUpperLeg", "rightLowerLeg", "rightFoot"),
    *("rightToes", "", "leftUpperLeg", "leftLowerLeg", "leftFoot", "leftToes", ""),
)


def _kit(motion: Performance) -> np.ndarray:
    """A motion as KIT's joints; toe tips go on from ankle and ball."""
    joints = joints_on(motion, REFERENCE_BUILD)
    rows: list[np.ndarray] = []
    for name in ORDER:
        ankle, ball = (rows[-2], rows[-1]) if not name else (None, None)
        if ankle is None or ball is None:
            rows.append(joints[:, HUMANML3D.index(name)])
        else:
            rows.append(ball + 0.3 * (ball - ankle))
    return np.stack(rows, axis=1)


def test_chains_of_the_layout_join_neighbours_of_a_body() -> None:
    below = {
        "LowerArm": "UpperArm",
        "Hand": "LowerArm",
        "LowerLeg": "UpperLeg",
        "Foot": "LowerLeg",
        "Toes": "Foot",
    }
    for joint, parent in enumerate(KIT.parents):
        for end, start in below.items():
            if ORDER[joint].endswith(end):
                assert ORDER[parent] == ORDER[joint].replace(end, start)
    assert ORDER[KIT.face[0]] == "rightUpperLeg"
    assert ORDER[KIT.face[3]] == "leftUpperArm"


def test_joints_that_both_skeletons_have_stay() -> None:
    kit = _kit(play(entry("clip:walk"), 0))
    ours = from_kit(kit)
    for index, name in enumerate(ORDER):
        if name:
            np.testing.assert_array_equal(ours[:, HUMANML3D.index(name)], kit[:, index])


def test_a_motion_of_that_skeleton_is_posed() -> None:
    motion = play(entry("clip:run"), 0)
    joints = from_kit(_kit(motion))
    build = build_of(joints)
    posed = pose_from_joints(joints, motion.fps, "run", build)
    assert residual(joints, posed, build).mean() < 0.01
    own, ours = world(motion)[1], world(posed)[1]
    feet = [BODY.index("leftFoot"), BODY.index("rightFoot"), BODY.index("leftHand")]
    assert np.abs((own - ours)[:, feet]).max() < 0.1
