# SPDX-License-Identifier: Apache-2.0
"""Levels of detail of a character: the same parts, skeleton and clips, fewer triangles.

What a vertex is worth, beside where it stands: its skin (an elbow's rings look superfluous on a
straight arm, but it bends), its morph offsets (a face moves), its normal, and whether it is looked
at: heads and hands more than legs. Teeth and tongue hide behind lips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from gen3d.delivery.collapse import Level, Surface, collapse
from gen3d.types import Character, Mesh, Part, Skeleton, Skin

_SLOT_WORTH = {"eye": 300.0, "mouth": 0.5, "lash": 300.0, "brow": 300.0, "hair": 2.0}
"""Small things seen from near: an error is as plain as one seventeen times as wide on a leg."""
_HEAD_WORTH = 50.0
_HAND_WORTH = 3.0
_SKIN_SHARE = 0.12
"""Metres that a vertex counts as off the surface for each metre between the bones that hold it."""
_NORMAL_METRES = 0.003
_MORPH_SHARE = 0.7
_MORPH_DIMENSIONS = 12


def levels_of(character: Character, triangles: Sequence[int]) -> list[Character]:
    """The character with at most so many triangles, for each of some falling counts.

    The first may be the character itself, when it is small enough.
    """
    parts = character.parts
    starts = np.cumsum([0, *(len(part.mesh.verts) for part in parts)])
    piece = np.repeat(np.arange(len(parts)), np.diff(starts))
    surface = Surface(
        verts=np.concatenate([part.mesh.verts for part in parts]).astype(np.float64),
        faces=np.concatenate(
            [part.mesh.faces + start for part, start in zip(parts, starts, strict=False)]
        ).astype(np.int64),
        piece=piece,
        traits=np.concatenate([_traits(part, character.skeleton) for part in parts]),
        normals=np.concatenate([part.mesh.normals for part in parts]).astype(np.float64),
        worth=np.concatenate([_worth(part, character.skeleton) for part in parts]),
    )
    return [
        replace(character, parts=_parts(parts, level, piece, starts))
        for level in collapse(surface, triangles)
    ]


def triangle_count(character: Character) -> int:
    """Triangles of all parts."""
    return sum(len(part.mesh.faces) for part in character.parts)


def _traits(part: Part, skeleton: Skeleton) -> Float64[np.ndarray, "verts traits"]:
    held = np.einsum("vk,vkx->vx", part.skin.weights, skeleton.positions[part.skin.joints])
    columns = [_SKIN_SHARE * held, _NORMAL_METRES * part.mesh.normals]
    offsets = [part.morphs[name] for name in sorted(part.morphs)]
    flat = np.concatenate(offsets, axis=1) if offsets else np.zeros((len(held), 3))
    # A random projection keeps distances (Johnson and Lindenstrauss 1984) and makes them cheap.
    shape = (flat.shape[1], _MORPH_DIMENSIONS)
    sketch = np.random.default_rng(0).normal(size=shape) / np.sqrt(_MORPH_DIMENSIONS)
    columns.append(_MORPH_SHARE * (flat @ sketch))
    return np.concatenate(columns, axis=1).astype(np.float64)


def _worth(part: Part, skeleton: Skeleton) -> Float64[np.ndarray, "verts"]:
    if part.slot in _SLOT_WORTH:
        return np.full(len(part.mesh.verts), _SLOT_WORTH[part.slot])
    factor = np.ones(len(skeleton.names))
    for joint, name in enumerate(skeleton.names):
        if name in {"head", "leftEye", "rightEye"} and part.slot == "body":
            factor[joint] = _HEAD_WORTH
        elif name.endswith(("Metacarpal", "Proximal", "Intermediate", "Distal")):
            factor[joint] = _HAND_WORTH
    return np.sum(part.skin.weights * factor[part.skin.joints], axis=1)


def _parts(
    parts: Sequence[Part], level: Level, piece: np.ndarray, starts: np.ndarray
) -> tuple[Part, ...]:
    """The parts of which triangles are left."""
    of_face = piece[level.place[level.faces[:, 0]]]
    found = [
        _part(part, level, level.faces[of_face == number], int(starts[number]))
        for number, part in enumerate(parts)
    ]
    return tuple(part for part in found if len(part.mesh.faces))


def _part(part: Part, level: Level, faces: np.ndarray, start: int) -> Part:
    used, corners = np.unique(faces.ravel(), return_inverse=True)
    place, look = level.place[used] - start, level.look[used] - start
    return replace(
        part,
        mesh=Mesh(
            verts=part.mesh.verts[place],
            faces=corners.reshape(-1, 3).astype(np.int32),
            normals=part.mesh.normals[look],
            uvs=part.mesh.uvs[look],
        ),
        skin=Skin(part.skin.joints[place], part.skin.weights[place]),
        morphs={name: offsets[place] for name, offsets in part.morphs.items()},
    )
