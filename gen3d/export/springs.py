# SPDX-License-Identifier: Apache-2.0
"""Bones for what hangs, capes and long hair, that a viewer's springs can swing.

Around the bone that it hangs from, a cape or a head of hair is divided into sectors; in each that
reaches far enough down, a chain of bones runs through its middle. A vertex follows the bones above
and below it in the two chains beside it, and what it followed before near the top. Colliders are
spheres and capsules around the bones of the body, as wide as what it wears, and never so wide that
a chain touches one at rest. Skirts stay with the legs; beards and ponytails above the jaw with the
head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64, Int64
from scipy.spatial import KDTree

from gen3d.export.influences import tidy
from gen3d.types import Character, Part, Skeleton, Skin

SEGMENTS = 3
"""Bones of a chain that turn; one more marks its tip."""
_ANCHORS = {"cape": "upperChest", "hair": "head"}
_HELD = ("Beard", "Moustache")
_SECTORS_DEG = np.arange(-135.0, 136.0, 45.0)
"""Middles of the sectors, from the back over the figure's left to its front."""
_LEAST_SHARE = 0.04
_LEAST_LENGTH = 0.07
"""Of the figure's height."""
_CAPE_BELOW_ARMS = 0.04
HIT_SHARE = 0.006
"""Radius of a joint, of the figure's height."""
_NEIGHBOURS = 24
_WIDE_PERCENTILE = 75.0
_LEAST_COLLIDER = 0.35
_SAME_PLACE = 1e-5
_CAPSULES = {
    "neck": "head",
    "upperChest": "neck",
    "chest": "upperChest",
    "spine": "chest",
    "hips": "spine",
    **{
        f"{side}{bone}": f"{side}{end}"
        for side in ("left", "right")
        for bone, end in (
            ("Shoulder", "UpperArm"),
            ("UpperArm", "LowerArm"),
            ("UpperLeg", "LowerLeg"),
            ("LowerLeg", "Foot"),
        )
    },
}


@dataclass(frozen=True)
class Chain:
    """Bones from where something hangs to its tip."""

    slot: str
    name: str
    azimuth_deg: float
    """From the back, positive towards the figure's left."""
    joints: Float64[np.ndarray, "joints 3"]

    @property
    def bones(self) -> tuple[str, ...]:
        """A name for each joint."""
        return tuple(f"{self.name}_{number}" for number in range(len(self.joints)))


@dataclass(frozen=True)
class Collider:
    """A sphere around a bone, or a capsule along it, in the frame of the bone."""

    slot: str
    """Of the chains that it is for."""
    bone: str
    offset: Float64[np.ndarray, "3"]
    tail: Float64[np.ndarray, "3"] | None
    radius: float


@dataclass(frozen=True)
class Swinging:
    """A figure whose cape and hair hold on to chains."""

    character: Character
    chains: tuple[Chain, ...] = ()
    colliders: tuple[Collider, ...] = ()


def swinging(figure: Character, source: Character) -> Swinging:
    """Give a figure chains where its source has a cape or long hair.

    Args:
        figure: Whose parts may have been merged; its vertices are some of the source's.
        source: The same character before, part by part.
    """
    chains = tuple(chain for slot in _ANCHORS for chain in _chains(source, slot))
    if not chains:
        return Swinging(figure)
    skeleton = _grown(figure.skeleton, chains)
    slots = _slots_by_place(source)
    parts = tuple(_held(part, slots, chains, skeleton) for part in figure.parts)
    worn = replace(figure, skeleton=skeleton, parts=parts)
    colliders = tuple(one for slot in _ANCHORS for one in _colliders(source, slot, chains))
    return Swinging(worn, chains, colliders)


def _hangs(part: Part, slot: str) -> bool:
    return part.slot == slot and not part.name.startswith(_HELD)


def _chains(source: Character, slot: str) -> list[Chain]:
    parts = [part.mesh.verts for part in source.parts if _hangs(part, slot)]
    if not parts:
        return []
    points = np.concatenate(parts).astype(np.float64)
    start = _start(source, slot)
    below = points[points[:, 1] < start]
    azimuth = _azimuth(below, source.skeleton, slot)
    found: list[Chain] = []
    for middle in _SECTORS_DEG:
        sector = below[np.abs(azimuth - middle) <= 0.5 * (_SECTORS_DEG[1] - _SECTORS_DEG[0])]
        if len(sector) < max(_LEAST_SHARE * len(points), _NEIGHBOURS):
            continue
        bottom = float(np.percentile(sector[:, 1], 2.0))
        if start - bottom >= _LEAST_LENGTH * source.height:
            name = f"{slot}_{len(found) + 1}"
            found.append(Chain(slot, name, float(middle), _spine(sector, start, bottom)))
    return found


def _start(source: Character, slot: str) -> float:
    """Height at which the hair is free of the head, and the cape of the shoulders."""
    if slot == "hair":
        return float(source.skeleton.positions[source.skeleton.index("head")][1])
    arms = source.skeleton.positions[source.skeleton.index("leftUpperArm")][1]
    return float(arms) - _CAPE_BELOW_ARMS * source.height


def _azimuth(points: np.ndarray, skeleton: Skeleton, slot: str) -> Float64[np.ndarray, "points"]:
    x, _, z = (points - skeleton.positions[skeleton.index(_ANCHORS[slot])]).T
    return np.degrees(np.arctan2(x, -z))


def _spine(sector: np.ndarray, start: float, bottom: float) -> Float64[np.ndarray, "joints 3"]:
    """Joints at even heights through the middle of a sector."""
    joints: list[np.ndarray] = []
    for height in np.linspace(start, bottom, SEGMENTS + 1):
        near = np.argsort(np.abs(sector[:, 1] - height), kind="stable")[:_NEIGHBOURS]
        middle = sector[near].mean(axis=0)
        joints.append(np.array([middle[0], height, middle[2]]))
    return np.array(joints)


def _grown(skeleton: Skeleton, chains: Sequence[Chain]) -> Skeleton:
    names, parents = list(skeleton.names), list(skeleton.parents)
    positions = list(skeleton.positions)
    for chain in chains:
        parent = skeleton.index(_ANCHORS[chain.slot])
        for bone, place in zip(chain.bones, chain.joints, strict=True):
            parents.append(parent)
            parent = len(names)
            names.append(bone)
            positions.append(place.astype(np.float32))
    return Skeleton(tuple(names), tuple(parents), np.array(positions, np.float32))


@dataclass(frozen=True)
class _Places:
    """Which slot has a vertex where."""

    tree: KDTree
    slots: np.ndarray


def _slots_by_place(source: Character) -> _Places:
    verts = np.concatenate([part.mesh.verts for part in source.parts])
    names = [next((s for s in _ANCHORS if _hangs(part, s)), "") for part in source.parts]
    sizes = [len(part.mesh.verts) for part in source.parts]
    return _Places(KDTree(verts), np.repeat(np.array(names, dtype=object), sizes))


def _held(part: Part, places: _Places, chains: Sequence[Chain], skeleton: Skeleton) -> Part:
    far, nearest = places.tree.query(part.mesh.verts)
    slots = np.where(far < _SAME_PLACE, places.slots[nearest], "")
    joints, weights = part.skin.joints.copy(), part.skin.weights.copy()
    for slot in _ANCHORS:
        mine = [chain for chain in chains if chain.slot == slot]
        at = np.flatnonzero(slots == slot)
        if mine and len(at):
            points = part.mesh.verts[at].astype(np.float64)
            joints[at], weights[at] = _blended(
                Skin(part.skin.joints[at], part.skin.weights[at]), points, mine, skeleton
            )
    return replace(part, skin=tidy(Skin(joints, weights), len(skeleton.names)))


def _blended(
    skin: Skin, points: Float64[np.ndarray, "points 3"], chains: Sequence[Chain], skeleton: Skeleton
) -> tuple[np.ndarray, np.ndarray]:
    """The four strongest of what held each point, and of two bones of the two chains beside it."""
    azimuth = _azimuth(points, skeleton, chains[0].slot)
    middles = np.array([chain.azimuth_deg for chain in chains])
    column = np.interp(azimuth, middles, np.arange(len(chains)))
    before = np.minimum(column.astype(np.int64), max(len(chains) - 2, 0))
    joints, weights = [skin.joints.astype(np.int64)], [np.zeros_like(skin.weights, np.float64)]
    for step in range(min(len(chains), 2)):
        share = np.clip(1.0 - np.abs(column - (before + step)), 0.0, 1.0)
        bones, split, kept = _along(points[:, 1], before + step, chains, skeleton)
        joints.append(bones)
        weights.append(share[:, None] * split)
        weights[0] += (share * kept)[:, None] * skin.weights
    every, each = np.concatenate(joints, axis=1), np.concatenate(weights, axis=1)
    order = np.argsort(-each, axis=1, kind="stable")[:, :4]
    each = np.take_along_axis(each, order, axis=1)
    strongest = np.take_along_axis(every, order, axis=1)
    return strongest.astype(np.uint16), each / each.sum(axis=1, keepdims=True)


def _along(
    heights: Float[np.ndarray, "points"],
    column: Int64[np.ndarray, "points"],
    chains: Sequence[Chain],
    skeleton: Skeleton,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two bones of a chain for each point, their shares, and what stays with the old bones.

    A bone holds its own segment most in the middle, and shares the ends with its neighbours.
    """
    first = np.array([skeleton.index(chain.bones[0]) for chain in chains])[column]
    top = np.array([chain.joints[0, 1] for chain in chains])[column]
    tip = np.array([chain.joints[-1, 1] for chain in chains])[column]
    place = np.clip((top - heights) / (top - tip) * SEGMENTS - 0.5, -0.5, SEGMENTS - 1.0)
    upper = np.clip(np.floor(place).astype(np.int64), 0, SEGMENTS - 2)
    kept = np.clip(-2.0 * place, 0.0, 1.0)
    lower_share = np.clip(place - upper, 0.0, 1.0)
    bones = first[:, None] + np.stack([upper, upper + 1], axis=1)
    return bones, np.stack([1.0 - lower_share - kept, lower_share], axis=1), kept


def _colliders(source: Character, slot: str, chains: Sequence[Chain]) -> list[Collider]:
    mine = [chain.joints[1:] for chain in chains if chain.slot == slot]
    if not mine:
        return []
    found: list[Collider] = []
    for bone in ("head", *_CAPSULES):
        points = _held_by(source, bone)
        if len(points) >= _NEIGHBOURS:
            found += _collider(source, slot, bone, points, np.concatenate(mine))
    return found


def _held_by(source: Character, bone: str) -> Float64[np.ndarray, "points 3"]:
    """What a bone holds most of: skin and what is worn, but of the head no hats."""
    joint = source.skeleton.index(bone)
    found = [
        part.mesh.verts[part.skin.joints[:, 0] == joint]
        for part in source.parts
        if part.slot == "body" or (bone != "head" and part.slot not in _ANCHORS)
    ]
    return np.concatenate(found).astype(np.float64)


def _collider(
    source: Character, slot: str, bone: str, points: np.ndarray, clear: np.ndarray
) -> list[Collider]:
    rig = source.skeleton
    start = end = origin = rig.positions[rig.index(bone)].astype(np.float64)
    if bone in _CAPSULES:
        end = rig.positions[rig.index(_CAPSULES[bone])].astype(np.float64)
    else:
        start = end = 0.5 * (points.min(axis=0) + points.max(axis=0))
    wide = float(np.percentile(_distances(points, start, end), _WIDE_PERCENTILE))
    room = float(_distances(clear, start, end).min()) - 1.5 * HIT_SHARE * source.height
    radius = min(wide, room)
    if radius < _LEAST_COLLIDER * wide:
        return []
    tail = end - origin if bone in _CAPSULES else None
    return [Collider(slot, bone, start - origin, tail, radius)]


def _distances(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """From each point to the nearest one between two ends."""
    along = end - start
    length = float(along @ along)
    share = (
        np.clip((points - start) @ along / length, 0.0, 1.0) if length else np.zeros(len(points))
    )
    return np.linalg.norm(points - start - share[:, None] * along, axis=1)
