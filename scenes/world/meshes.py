# SPDX-License-Identifier: Apache-2.0
"""From solids and parts to shapes, and the simplest solid of a landscape: a limb.

Solids have flat faces and a box projection; parts bring normals, UVs and tints of their own and
share vertices, which is what keeps plants of thousands of facets light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from jaxtyping import Float, Int

from gen3d.foundry.creases import corner_normals
from gen3d.foundry.solids import Solid, joined
from scenes.place import Shape


@dataclass(frozen=True)
class Part:
    """Triangles of one surface."""

    surface: int
    verts: Float[np.ndarray, "verts 3"]
    faces: Int[np.ndarray, "faces 3"]
    normals: Float[np.ndarray, "verts 3"]
    tint: Float[np.ndarray, "verts 3"]
    uvs: Float[np.ndarray, "verts 2"]
    """In repeats of the surface's pattern."""


Mesh = TypeVar("Mesh", Part, Shape)


def together(parts: Sequence[Part]) -> Part:
    """Parts of one surface as one."""
    starts = np.cumsum([0, *(len(part.verts) for part in parts)])
    verts, normals, uvs, tint = (
        np.concatenate([getattr(part, what) for part in parts])
        for what in ("verts", "normals", "uvs", "tint")
    )
    faces = [part.faces + start for part, start in zip(parts, starts, strict=False)]
    return Part(parts[0].surface, verts, np.concatenate(faces), normals, tint, uvs)


def tinted(part: Part, tint: Float[np.ndarray, "verts 3"] | Float[np.ndarray, "3"]) -> Part:
    """A part in other colours, or in one."""
    return replace(part, tint=np.broadcast_to(tint, part.tint.shape).copy())


def trimmed(mesh: Mesh) -> Mesh:
    """A part or shape without the vertices that no face uses."""
    used, faces = np.unique(mesh.faces, return_inverse=True)
    kept = {name: getattr(mesh, name)[used] for name in ("verts", "normals", "uvs", "tint")}
    return replace(mesh, faces=faces.reshape(-1, 3).astype(mesh.faces.dtype), **kept)


def assembled(name: str, parts: Sequence[Part]) -> Shape:
    """A shape of parts."""
    whole = together(parts)
    surface = np.repeat([part.surface for part in parts], [len(part.faces) for part in parts])
    return Shape(
        name,
        whole.verts.astype(np.float32),
        whole.faces.astype(np.int32),
        surface.astype(np.int32),
        whole.normals.astype(np.float32),
        whole.uvs.astype(np.float32),
        whole.tint.astype(np.float32),
    )


def shape_of(name: str, pieces: list[tuple[Solid, int, float]], uv_m: float = 1.0) -> Shape:
    """A shape of solids, each with a surface number and a factor on its colour.

    UVs are a box projection in repeats of ``uv_m``.
    """
    return unwelded(name, [(solid, number, factor, uv_m) for solid, number, factor in pieces])


def unwelded(name: str, pieces: list[tuple[Solid, int, float, float]]) -> Shape:
    """A shape of solids, each with a surface number, a factor on its colour and its repeat's size.

    Each face has three vertices of its own. All solids go at once: rooms have thousands.
    """
    solids, numbers, factors, sizes = zip(*pieces, strict=True)
    whole, counts = joined(*solids), [len(solid.faces) for solid in solids]
    verts = whole.verts[whole.faces].reshape(-1, 3)
    normals = corner_normals(whole.verts, whole.faces).reshape(-1, 3)
    axis = np.repeat(np.argmax(np.abs(normals.reshape(-1, 3, 3).sum(axis=1)), axis=1), 3)
    u = np.where(axis == 0, verts[:, 2], verts[:, 0])
    v = np.where(axis == 1, verts[:, 2], -verts[:, 1])
    surface, tint, repeat = (np.repeat(x, counts) for x in (numbers, factors, sizes))
    uvs = np.stack([u, v], axis=1) / np.repeat(repeat, 3)[:, None]
    return Shape(
        name,
        verts.astype(np.float32),
        np.arange(len(verts), dtype=np.int32).reshape(-1, 3),
        surface.astype(np.int32),
        normals.astype(np.float32),
        uvs.astype(np.float32),
        np.repeat(tint.astype(np.float32), 9).reshape(-1, 3),
    )


def limb(start: np.ndarray, end: np.ndarray, thick: float, thin: float, sides: int = 7) -> Solid:
    """A tapering branch with closed ends."""
    axis = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    side = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    turn = 2 * np.pi * np.arange(sides) / sides
    ring = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(axis, side)
    verts = np.concatenate([start + thick * ring, end + thin * ring, [start], [end]])
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    low, high = np.full(sides, 2 * sides), np.full(sides, 2 * sides + 1)
    faces = np.concatenate(
        [
            np.stack([i, j, j + sides], 1),
            np.stack([i, j + sides, i + sides], 1),
            np.stack([low, j, i], 1),
            np.stack([high, i + sides, j + sides], 1),
        ]
    )
    return Solid(verts, faces.astype(np.int32))
