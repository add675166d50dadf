# SPDX-License-Identifier: Apache-2.0
"""``VRMC_springBone`` 1.0: which bones swing, how stiffly, and what they must not pass through."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen3d.export.springs import HIT_SHARE, Chain, Collider, Swinging

SPRINGS = "VRMC_springBone"
_CLOTH = {"stiffness": 2.5, "gravityPower": 0.3, "dragForce": 0.35}
_HAIR = {"stiffness": 2.0, "gravityPower": 0.1, "dragForce": 0.35}
"""A bone that moves at v trails by about atan(v drag / stiffness): the first of a cape by 12°."""


def spring_extension(worn: Swinging, nodes: Mapping[str, int]) -> dict[str, object]:
    """The extension's content.

    Args:
        worn: The figure and its chains.
        nodes: Number of the node of each bone.
    """
    hit = round(HIT_SHARE * worn.character.height, 6)
    slots = list(dict.fromkeys(one.slot for one in worn.colliders))
    springs = [
        {
            "name": chain.name,
            "joints": _joints(chain, nodes, hit),
            **({"colliderGroups": [slots.index(chain.slot)]} if chain.slot in slots else {}),
        }
        for chain in worn.chains
    ]
    groups = [{"name": slot, "colliders": _numbers(worn, slot)} for slot in slots]
    bodies = [_collider(one, nodes) for one in worn.colliders]
    around = {"colliders": bodies, "colliderGroups": groups} if bodies else {}
    return {"specVersion": "1.0", **around, "springs": springs}


def _numbers(worn: Swinging, slot: str) -> list[int]:
    return [number for number, one in enumerate(worn.colliders) if one.slot == slot]


def _joints(chain: Chain, nodes: Mapping[str, int], hit: float) -> list[dict[str, object]]:
    moves = _CLOTH if chain.slot == "cape" else _HAIR
    return [
        {"node": nodes[bone], "hitRadius": hit, "gravityDir": [0.0, -1.0, 0.0], **moves}
        for bone in chain.bones
    ]


def _collider(collider: Collider, nodes: Mapping[str, int]) -> dict[str, object]:
    place = {"offset": _listed(collider.offset), "radius": round(collider.radius, 6)}
    if collider.tail is None:
        return {"node": nodes[collider.bone], "shape": {"sphere": place}}
    capsule = {**place, "tail": _listed(collider.tail)}
    return {"node": nodes[collider.bone], "shape": {"capsule": capsule}}


def _listed(vector: np.ndarray) -> list[float]:
    return [round(float(number), 6) for number in vector]
