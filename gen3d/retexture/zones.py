# SPDX-License-Identifier: Apache-2.0
"""Parts of the body, as bones tell them: every joint of a skin belongs to one of nine zones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from gen3d.export.document import Document

ZONES = (
    "none",
    "head",
    "eyes",
    "neck",
    "torso",
    "arms",
    "hands",
    "hips",
    "thighs",
    "shins",
    "feet",
)
"""``none``: no bone of a person above it."""
Z = {name: index for index, name in enumerate(ZONES)}

_OF_BONE = {
    "root": "none",
    "hips": "hips",
    "spine": "torso",
    "chest": "torso",
    "upperChest": "torso",
    "neck": "neck",
    "head": "head",
}
_OF_PART = {
    "Eye": "eyes",
    "Shoulder": "torso",
    "UpperArm": "arms",
    "LowerArm": "arms",
    "Hand": "hands",
    "UpperLeg": "thighs",
    "LowerLeg": "shins",
    "Foot": "feet",
    "Toes": "feet",
}


def zone_of(bone: str) -> str:
    """Zone of one of our joints."""
    part = bone.removeprefix("left").removeprefix("right")
    return _OF_BONE.get(bone) or _OF_PART.get(part, "hands")


def node_zones(document: Document, bones: Mapping[str, int]) -> Int[np.ndarray, "nodes"]:
    """Zone of every node: of the nearest of our bones at or above it.

    Args:
        document: The file.
        bones: Our joints to nodes.
    """
    known = {node: Z[zone_of(bone)] for bone, node in bones.items()}
    zones = np.zeros(len(document.nodes), dtype=np.int64)
    for index in document.parents_first:
        parent = document.nodes[index].parent
        above = zones[parent] if parent >= 0 else Z["none"]
        zones[index] = known.get(index, above)
    return zones


def vertex_zones(
    joints: Int[np.ndarray, "verts slots"],
    weights: Float[np.ndarray, "verts slots"],
    zones: Int[np.ndarray, "joints"],
) -> Float[np.ndarray, "verts zones"]:
    """Share that each zone has in each vertex."""
    shares = np.zeros((len(joints), len(ZONES)))
    rows = np.arange(len(joints))
    for slot in range(joints.shape[1]):
        np.add.at(shares, (rows, zones[joints[:, slot]]), weights[:, slot])
    return shares
