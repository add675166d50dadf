# SPDX-License-Identifier: Apache-2.0
"""Whether the skeleton is one that engines map by themselves, and stands as it should.

VRM 1.0 and Unity Humanoid need the same 15 bones; VRM wants a T-pose that faces +Z, symmetric about
x = 0, arms along X, soles at y = 0 by appearance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen3d.check.pieces import Humanoid, Piece
from gen3d.check.report import Row, at_most, expect, within
from gen3d.export.document import Document, mapping_of
from gen3d.skeleton import JOINTS, PARENTS, REQUIRED

_IDENTITY_TOLERANCE = 1e-5


def rows(document: Document, pieces: Sequence[Piece], humanoid: Humanoid | None) -> list[Row]:
    """Skeleton, pose and placement checks."""
    found = _placement_rows(document, pieces, humanoid)
    if document.skins:
        found += _skin_rows(document, humanoid)
    if humanoid:
        found += [*_bone_rows(document, humanoid), *_pose_rows(humanoid)]
    return found


def _placement_rows(
    document: Document, pieces: Sequence[Piece], humanoid: Humanoid | None
) -> list[Row]:
    used = [piece.verts[piece.faces].reshape(-1, 3) for piece in pieces if len(piece.faces)]
    if not used:
        return []
    points = np.concatenate(used)
    low, high = float(points[:, 1].min()), float(points[:, 1].max())
    if humanoid is None:
        return [
            at_most(
                "distance of the lowest point from the ground",
                abs(low) * 1000,
                "mm",
                warn=5,
                hint="Move the object so that it stands on y = 0.",
            )
        ]
    return [
        at_most(
            "distance of the soles from the ground",
            abs(low) * 1000,
            "mm",
            fail=5,
            hint="Move the figure so that the soles are at y = 0 in the rest pose.",
        ),
        *_height_rows(document, high - low),
    ]


def _height_rows(document: Document, extent: float) -> list[Row]:
    scene = (document.gltf.scenes or (None,))[0]
    told = mapping_of(scene.extras).get("height") if scene else None
    told = float(told) if isinstance(told, int | float) and told > 0 else None
    found = [
        within(
            "height",
            extent if told is None else told,
            0.4,
            2.6,
            "m",
            worst="fail",
            hint="The unit is the metre: check the scale.",
        )
    ]
    if told is not None:
        found.append(
            at_most(
                "height told beyond the mesh",
                (told - extent) * 1000,
                "mm",
                warn=2,
                fail=50,
                hint="The file says that the body is taller than what it shows.",
            )
        )
    return found


def _skin_rows(document: Document, humanoid: Humanoid | None) -> list[Row]:
    skinned = [i for i, n in enumerate(document.nodes) if n.mesh is not None and n.skin is not None]
    tops = {joint for skin in document.skins for joint in skin.joints[:1]}
    moved = [document.nodes[i].name for i in skinned if not _is_identity(document.T_world_node[i])]
    turned = [document.nodes[i].name for i in tops if not _is_identity(document.T_world_node[i])]
    naming = humanoid.naming if humanoid else "unknown"
    return [
        at_most(
            "skinned meshes with a transform",
            len(moved),
            warn=0,
            hint=f"Apply the transform of {', '.join(moved)}: engines ignore it.",
        ),
        at_most(
            "root bones away from the origin",
            len(turned),
            warn=0,
            hint=f"Put {', '.join(turned)} at the origin without rotation and scale.",
        ),
        expect(
            "bone naming",
            naming,
            good=humanoid is not None,
            worst="warn",
            limit="vrm, mixamo, unreal or unity",
            hint="Rename bones to a convention engines map.",
        ),
    ]


def _is_identity(matrix: np.ndarray) -> bool:
    return bool(np.allclose(matrix, np.eye(4), atol=_IDENTITY_TOLERANCE))


def _bone_rows(document: Document, humanoid: Humanoid) -> list[Row]:
    missing = [name for name in REQUIRED if name not in humanoid.node_of]
    wrong = [name for name in humanoid.node_of if not _parent_is_right(document, humanoid, name)]
    return [
        at_most(
            "required bones missing",
            len(missing),
            f"of {len(REQUIRED)}",
            fail=0,
            hint=f"Add {', '.join(missing)}.",
        ),
        at_most(
            "bones under the wrong parent",
            len(wrong),
            fail=0,
            hint=f"Reparent {', '.join(wrong)}.",
        ),
    ]


def _parent_is_right(document: Document, humanoid: Humanoid, name: str) -> bool:
    """The nearest humanoid ancestor in the file is the nearest one of the house that is there."""
    of_node = {node: house for house, node in humanoid.node_of.items()}
    node = document.nodes[humanoid.node_of[name]].parent
    while node >= 0 and node not in of_node:
        node = document.nodes[node].parent
    wanted = PARENTS[JOINTS.index(name)]
    while wanted >= 0 and JOINTS[wanted] not in humanoid.node_of:
        wanted = PARENTS[wanted]
    return of_node.get(node, "") == (JOINTS[wanted] if wanted >= 0 else "")


def _pose_rows(humanoid: Humanoid) -> list[Row]:
    at = humanoid.positions
    found = [
        at_most(
            "joints left and right apart",
            _asymmetry(humanoid) * 1000,
            "mm",
            warn=1,
            hint="Mirror the skeleton about x = 0 if the body is meant to be symmetric.",
        )
    ]
    arms = [_arm_angle(humanoid, side) for side in ("left", "right")]
    if all(f"{side}{bone}" in at for side in ("left", "right") for bone in ("UpperArm", "Hand")):
        found.append(
            at_most(
                "arms away from the T-pose",
                max(arms),
                "degrees",
                warn=5,
                fail=60,
                hint="Rest the arms along X, or retarget with the rest pose in mind.",
            )
        )
        facing = bool(at["leftHand"][0] > at["rightHand"][0]) and _toes_forward(humanoid)
        found.append(
            expect(
                "facing",
                "+Z" if facing else "elsewhere",
                good=facing,
                limit="+Z",
                worst="fail",
                hint="Turn the figure: glTF and VRM models face +Z, their left at +X.",
            )
        )
    return found


def _asymmetry(humanoid: Humanoid) -> float:
    mirror = np.array([-1.0, 1.0, 1.0])
    gaps = [0.0]
    for name, place in humanoid.positions.items():
        other = f"right{name[4:]}" if name.startswith("left") else name
        if not name.startswith("right") and other in humanoid.positions:
            gaps.append(float(np.linalg.norm(place * mirror - humanoid.positions[other])))
    return max(gaps)


def _arm_angle(humanoid: Humanoid, side: str) -> float:
    """Degrees between the line from shoulder to wrist and the X axis."""
    at = humanoid.positions
    if f"{side}UpperArm" not in at or f"{side}Hand" not in at:
        return 0.0
    arm = at[f"{side}Hand"] - at[f"{side}UpperArm"]
    along = arm[0] * (1.0 if side == "left" else -1.0) / max(float(np.linalg.norm(arm)), 1e-9)
    return float(np.degrees(np.arccos(np.clip(along, -1.0, 1.0))))


def _toes_forward(humanoid: Humanoid) -> bool:
    at = humanoid.positions
    pairs = [
        (at[f"{s}Toes"], at[f"{s}Foot"])
        for s in ("left", "right")
        if f"{s}Toes" in at and f"{s}Foot" in at
    ]
    return all(toes[2] > foot[2] for toes, foot in pairs)
