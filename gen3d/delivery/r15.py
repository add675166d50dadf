# SPDX-License-Identifier: Apache-2.0
"""A character as Roblox's R15 body: fifteen closed meshes on sixteen bones, one picture for all.

Roblox wants what other engines do not: no layers, no see-through cards, but for each limb one
watertight mesh with a cap at the joint, within a budget of its own, and the lower torso's bone at
the origin. So the dressed figure is filled from outside and cut at its joints
(:mod:`gen3d.delivery.closed`), unwrapped, and painted with what is seen of the original
(:mod:`gen3d.delivery.painted`).

Names, tree and budgets: Roblox, "Character body specifications" (2026). Not made: facial poses,
cages and attachments, whose templates are Roblox's own; Studio's Avatar Setup adds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Float64

from gen3d.delivery.closed import Figure, Limb, closed_limbs
from gen3d.delivery.painted import painted, solid_faces
from gen3d.errors import Gen3dError
from gen3d.foundry.solids import Solid, joined
from gen3d.render.surface import Surface, pack_character
from gen3d.skeleton import NAMINGS
from gen3d.targets import Level
from gen3d.transforms import conjugate, forward_kinematics, multiply
from gen3d.types import Character, Clip, Mesh, Part, Skeleton, Skin

NODE = "HumanoidRootNode"
"""A bone between root and hips that Roblox asks for; it never moves."""

_WHOLE = {"cape": "spine", "hair": "neck"}
"""Slots that are not cut at joints, and what they belong to: a cape in six pieces is no cape. They
bend with the bones that held them."""


@dataclass(frozen=True)
class Piece:
    """One of the fifteen bodies."""

    joint: str
    """House joint that it hangs on."""
    parent: str
    turns_with: str
    """House joint whose rotation in the world it has in a clip."""
    limb: Limb


def _limb(first: str, names: str, on: str, triangles: tuple[int, ...], end_m: float) -> list[Piece]:
    """The three pieces of an arm or a leg; the last one is sampled at ``end_m``."""
    joints = [f"{first}{name}" for name in names.split()]
    steps = (0.006, 0.006, end_m)
    return [
        Piece(joint, parent, joint, Limb(joint, count, step, 1.3 * step))
        for joint, parent, count, step in zip(
            joints, [on, *joints[:2]], triangles, steps, strict=True
        )
    ]


def _arm(side: str) -> list[Piece]:
    return _limb(side, "UpperArm LowerArm Hand", "spine", (360, 330, 550), 0.003)


def _leg(side: str) -> list[Piece]:
    return _limb(side, "UpperLeg LowerLeg Foot", "hips", (430, 400, 410), 0.006)


PIECES: tuple[Piece, ...] = (
    Piece("hips", NODE, "hips", Limb("hips", 750, 0.008, 0.012)),
    Piece("spine", "hips", "chest", Limb("spine", 990, 0.008, 0.012)),
    Piece("neck", "spine", "head", Limb("neck", 3980, 0.004, 0.008)),
    *(piece for side in ("left", "right") for piece in _arm(side)),
    *(piece for side in ("left", "right") for piece in _leg(side)),
)
"""Triangles stay within Roblox's budgets: head 4,000, torso 1,750, each arm and leg 1,248."""
_PLACE = {piece.joint: number for number, piece in enumerate(PIECES)}


def r15_body(character: Character, level: Level) -> Character:
    """The closed body of a character.

    Clips lose what R15 has no bones for: fingers, toes, shrugs, and the bend within the chest.

    Raises:
        Gen3dError: A bone is missing, or a limb encloses nothing.
    """
    wanted = {name for piece in PIECES for name in (piece.joint, piece.turns_with)}
    if missing := sorted(wanted - {*character.skeleton.names}):
        raise Gen3dError(
            f"The figure has no bone {missing[0]}, which an R15 body is made from.",
            "Export the character.glb of a run of create or avatar.",
        )
    source = pack_character(character)
    owner = _owners(character.skeleton)
    figure = _figure(source, owner)
    uncut = replace(figure, weights=_uncut(character.parts, source, figure.weights))
    solids = closed_limbs(uncut, [piece.limb for piece in PIECES])
    mesh, material = painted(joined(*solids), source, level.texture_px, character.name)
    centre = character.skeleton.positions[character.skeleton.index("hips")]
    names = NAMINGS["r15"]
    parts: list[Part] = []
    for piece, faces in zip(PIECES, _ranges(solids), strict=True):
        own = _picked(mesh, faces)
        name = f"{names[piece.joint]}_Geo"
        skin = _skin(figure.weights_at(own.verts))
        moved = replace(own, verts=(own.verts - centre).astype(np.float32))
        parts.append(Part(name, name, "body", moved, skin, material))
    skeleton = _skeleton(character.skeleton, centre)
    clips = tuple(_clip(clip, character.skeleton) for clip in character.clips)
    return replace(character, skeleton=skeleton, parts=tuple(parts), clips=clips)


def _owners(skeleton: Skeleton) -> Float64[np.ndarray, "joints pieces"]:
    """1 where a joint belongs to a piece: its own, else that of the nearest ancestor with one."""
    found = np.zeros((len(skeleton.names), len(PIECES)))
    of: list[int] = []
    for name, parent in zip(skeleton.names, skeleton.parents, strict=True):
        of.append(_PLACE.get(name, of[parent] if parent >= 0 else _PLACE["hips"]))
        found[len(of) - 1, of[-1]] = 1.0
    return found


def _figure(source: Surface, owner: Float64[np.ndarray, "joints pieces"]) -> Figure:
    weights = np.einsum("vk,vkp->vp", source.weights, owner[source.joints])
    return Figure(source.verts, solid_faces(source), weights)


def _uncut(
    parts: Sequence[Part], source: Surface, weights: Float64[np.ndarray, "verts pieces"]
) -> Float64[np.ndarray, "verts pieces"]:
    """Weights for the cut alone, in which some slots hang on one piece whatever moves them."""
    found = weights.copy()
    for number, part in enumerate(parts):
        if part.slot in _WHOLE:
            held = np.unique(source.faces[source.part_of_face == number])
            found[held] = np.eye(len(PIECES))[_PLACE[_WHOLE[part.slot]]]
    return found


def _ranges(solids: list[Solid]) -> Iterator[slice]:
    """Where each solid's faces lie in all of them joined."""
    start = 0
    for solid in solids:
        yield slice(start, start + len(solid.faces))
        start += len(solid.faces)


def _picked(mesh: Mesh, faces: slice) -> Mesh:
    used, corners = np.unique(mesh.faces[faces].ravel(), return_inverse=True)
    return Mesh(
        verts=mesh.verts[used],
        faces=corners.reshape(-1, 3).astype(np.int32),
        normals=mesh.normals[used],
        uvs=mesh.uvs[used],
    )


def _skin(weights: Float64[np.ndarray, "verts pieces"]) -> Skin:
    """The four strongest bones; the first two joints, root and its node, hold nothing."""
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    kept = np.take_along_axis(weights, joints, axis=1)
    kept = kept / kept.sum(axis=1, keepdims=True)
    joints = np.where(kept > 0.0, joints + 2, 0)
    return Skin(joints.astype(np.uint16), kept.astype(np.float32))


def _skeleton(source: Skeleton, centre: Float32[np.ndarray, "3"]) -> Skeleton:
    names = ("root", NODE, *(piece.joint for piece in PIECES))
    parents = (-1, 0, *(names.index(piece.parent) for piece in PIECES))
    places = [source.positions[source.index(piece.joint)] - centre for piece in PIECES]
    return Skeleton(names, parents, np.stack([np.zeros(3), np.zeros(3), *places]).astype("f4"))


def _clip(clip: Clip, source: Skeleton) -> Clip:
    """The same motion on fewer bones: each turns in the world as its house joint does."""
    still = np.zeros((*clip.rotations.shape[:2], 3))
    world, _ = forward_kinematics(source.parents, clip.rotations.astype(np.float64), still)
    turned = {piece.joint: world[:, source.index(piece.turns_with)] for piece in PIECES}
    root = clip.rotations[:, source.index("root")].astype(np.float64)
    identity = np.broadcast_to(np.array([1.0, 0.0, 0.0, 0.0]), root.shape)
    parents = turned | {NODE: root}
    local = [multiply(conjugate(parents[p.parent]), turned[p.joint]) for p in PIECES]
    rest = source.positions[source.index("hips")]
    return replace(
        clip,
        rotations=np.stack([root, identity, *local], axis=1).astype(np.float32),
        hips_positions=(clip.hips_positions - rest).astype(np.float32),
        face={},
    )
