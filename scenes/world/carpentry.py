# SPDX-License-Identifier: Apache-2.0
"""Parts that single things are built of: beams, slabs, boxes, each of a stuff and with a grain.

A part is a closed solid; things are lists of parts, in metres, feet at y = 0, fronts towards +Z.
Wood is grained along one of the three axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gen3d.foundry.creases import corner_normals
from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid, Vec3, hull, joined
from gen3d.spec import Rgb
from scenes.place import Shape
from scenes.world.surfaces import BEAMS, BOARDS, LOGS

X, Y, Z = 0, 1, 2
"""Axes along which grain runs."""
Point = Float[np.ndarray, "3"]


@dataclass(frozen=True)
class Stuff:
    """What a part is made of."""

    surface: int
    colour: Rgb
    """Linear albedo; it multiplies that of the surface, which is white."""
    repeat_m: float = 1.0
    """Side of one repeat of the surface's pattern."""

    def toned(self, factor: float) -> Stuff:
        """The same, lighter or darker."""
        red, green, blue = (min(c * factor, 0.88) for c in self.colour)
        return replace(self, colour=(red, green, blue))


@dataclass(frozen=True)
class Part:
    """A solid of one stuff."""

    solid: Solid
    stuff: Stuff
    grain: int = Y


Parts = list[Part]


def shape_from(name: str, parts: Sequence[Part]) -> Shape:
    """A shape of parts; each face has three vertices of its own."""
    whole = joined(*(part.solid for part in parts))
    faces_of = [len(part.solid.faces) for part in parts]
    verts = whole.verts[whole.faces].reshape(-1, 3)
    normals = corner_normals(whole.verts, whole.faces).reshape(-1, 3)
    flat = np.abs(np.cross(verts[1::3] - verts[::3], verts[2::3] - verts[::3]))
    facing = np.repeat(np.argmax(flat, axis=1), 3)
    corners = 3 * np.array(faces_of)
    grain = np.repeat([part.grain for part in parts], corners)
    repeat = np.repeat([part.stuff.repeat_m for part in parts], corners)
    kind = np.repeat([part.stuff.surface for part in parts], corners)
    tint = np.repeat([part.stuff.colour for part in parts], corners, axis=0)
    return Shape(
        name,
        verts.astype(np.float32),
        np.arange(len(verts), dtype=np.int32).reshape(-1, 3),
        np.repeat([part.stuff.surface for part in parts], faces_of).astype(np.int32),
        normals.astype(np.float32),
        (_projected(verts, facing, grain, kind) / repeat[:, None]).astype(np.float32),
        tint.astype(np.float32),
    )


def _projected(
    verts: np.ndarray, facing: np.ndarray, grain: np.ndarray, kind: np.ndarray
) -> Float[np.ndarray, "verts 2"]:
    """Box projection: boards lie along v and fibres along u; courses of stones are level."""
    v = np.where(facing == Y, Z, Y)
    u = np.where(facing == X, Z, X)
    other = np.where(facing == grain, v, 3 - facing - grain)
    along = np.where(facing == grain, u, grain)
    boarded, fibrous = kind == BOARDS, np.isin(kind, (LOGS, BEAMS))
    u, v = (
        np.where(fibrous, along, np.where(boarded, other, u)),
        np.where(fibrous, other, np.where(boarded, along, v)),
    )
    index = np.arange(len(verts))
    # Pictures have their rows downwards.
    return np.stack([verts[index, u], np.where(v == Y, -1.0, 1.0) * verts[index, v]], axis=1)


def cuboid(at: Vec3, x: float, y: float, z: float, stuff: Stuff, grain: int = Y) -> Part:
    """A sharp box of full sizes whose underside is centred on a point."""
    return Part(block(at, x, y, z, 0.0), stuff, grain)


def beam(start: Vec3, end: Vec3, wide: float, tall: float, stuff: Stuff) -> Part:
    """A squared timber between two points, ``tall`` across its upright side."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    up = np.array([0.0, 1.0, 0.0]) if abs(axis[1]) < 0.99 else np.array([0.0, 0.0, 1.0])
    side = np.cross(up, axis)
    side /= np.linalg.norm(side)
    upward = np.cross(axis, side)
    ring = [(s * wide / 2, t * tall / 2) for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    corners = [p + s * side + t * upward for p in (a, b) for s, t in ring]
    return Part(_eight(np.array(corners)), stuff, int(np.argmax(np.abs(axis))))


def slab(
    corners: Sequence[Vec3], thick: float, stuff: Stuff, grain: int = Y, *, under: float = 0.0
) -> Part:
    """A plate over a quadrangle that is counter-clockwise seen from its outer side.

    Args:
        corners: Of its inner face if ``under`` is 0.
        thick: Outwards.
        stuff: Of it.
        grain: Along which axis.
        under: How far it reaches inwards as well.
    """
    flat = np.asarray(corners, float)
    out = np.cross(flat[1] - flat[0], flat[3] - flat[0])
    out /= max(float(np.linalg.norm(out)), 1e-9)
    return Part(_eight(np.concatenate([flat - under * out, flat + thick * out])), stuff, grain)


def pane(x: float, y: float, wide: float, tall: float, z: float, stuff: Stuff) -> Part:
    """An upright rectangle of two triangles that faces +Z; ``x`` is its middle, ``y`` its foot."""
    a, b = x - wide / 2, x + wide / 2
    verts = np.array([(a, y, z), (b, y, z), (b, y + tall, z), (a, y + tall, z)])
    return Part(Solid(verts, np.array([[0, 1, 2], [0, 2, 3]], np.int32)), stuff)


_SIX = np.array(
    [
        *[(0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4)],
        *[(1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7)],
    ],
    np.int32,
)


def _eight(corners: Float[np.ndarray, "8 3"]) -> Solid:
    """A body between two quadrangles, the second one on the outer side of the first."""
    return Solid(corners, _SIX.copy())


def wedge(corners: Sequence[Vec3], stuff: Stuff, grain: int = Y) -> Part:
    """The convex body around some points."""
    return Part(hull(np.asarray(corners, float)), stuff, grain)


def moved(parts: Sequence[Part], x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Parts:
    """Parts shifted."""
    shift = np.array([x, y, z])
    return [replace(p, solid=Solid(p.solid.verts + shift, p.solid.faces)) for p in parts]


def quartered(parts: Sequence[Part], quarters: int) -> Parts:
    """Parts turned about +Y by right angles, from +Z towards +X."""
    found = list(parts)
    for _ in range(quarters % 4):
        found = [replace(p, solid=_quarter(p.solid), grain=(Z, Y, X)[p.grain]) for p in found]
    return found


def _quarter(solid: Solid) -> Solid:
    x, y, z = solid.verts.T
    return Solid(np.stack([z, y, -x], axis=1), solid.faces)


def spun(parts: Sequence[Part], degrees: float) -> Parts:
    """Parts turned about +Y, right-handed."""
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    found = Parts()
    for part in parts:
        x, y, z = part.solid.verts.T
        verts = np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=1)
        found.append(replace(part, solid=Solid(verts, part.solid.faces)))
    return found


def tilted(parts: Sequence[Part], degrees: float, axis: int = X) -> Parts:
    """Parts turned about +X or +Z through the origin."""
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    i, j = (1, 2) if axis == X else (0, 1)
    found = Parts()
    for part in parts:
        verts = part.solid.verts.copy()
        a, b = verts[:, i].copy(), verts[:, j].copy()
        verts[:, i], verts[:, j] = cosine * a - sine * b, sine * a + cosine * b
        found.append(replace(part, solid=Solid(verts, part.solid.faces)))
    return found


def scaled(parts: Sequence[Part], factor: float) -> Parts:
    """Parts larger or smaller."""
    return [replace(p, solid=Solid(p.solid.verts * factor, p.solid.faces)) for p in parts]
