# SPDX-License-Identifier: Apache-2.0
"""A place as geometry: surfaces, shapes, and copies of shapes. Worlds and rooms are both places.

One value serves every deliverable: the GLB, the path-traced panorama, its depth, normals and mask.
World axes: +Y up, +Z forward, metres; the character stands at the origin on flat ground.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32

from gen3d.spec import Rgb

LABELS = (
    *("sky", "water", "sand", "grass", "rock", "snow", "road", "pavement", "dirt", "forest floor"),
    *("tree", "plant", "building", "wood", "floor", "wall", "ceiling", "furniture", "lamp"),
    *("window", "thing", "door"),
)
"""Semantic classes; a surface names one."""


@dataclass(frozen=True)
class Surface:
    """What a surface is made of."""

    name: str
    label: str
    """One of :data:`LABELS`."""
    colour: Rgb
    """Mean linear albedo; a shape's tint multiplies it."""
    pattern: str = "plain"
    """A name of :data:`scenes.patterns.PATTERNS`."""
    size_m: float = 2.0
    """Side of one repeat of the pattern."""
    roughness: float = 0.9
    metallic: float = 0.0
    emission: Rgb = (0.0, 0.0, 0.0)
    """Light that it gives off straight ahead, cd/m^2 in its luminance."""
    thin: float = 0.0
    """Light that comes through from behind, of what comes back from before."""
    film: float = 0.0
    """Share of it under a film of water, where it is level."""


@dataclass(frozen=True)
class Portal:
    """A rectangle through which the sky shines into a room."""

    corner: Float32[np.ndarray, "3"]
    edges: Float32[np.ndarray, "2 3"]
    """Along two sides; their cross product points into the room."""


@dataclass(frozen=True)
class Glow:
    """A lamp, as programs that know no shining surfaces want it."""

    name: str
    position: Float32[np.ndarray, "3"]
    lumens: float
    colour: Rgb
    """Linear, luminance 1."""
    facing: tuple[float, float, float] | None = None
    """Where a flat one shines, as a matt pane does; else it shines to all sides."""


@dataclass(frozen=True)
class Shape:
    """A mesh that may stand in many places."""

    name: str
    verts: Float32[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]
    """Counter-clockwise seen from outside."""
    surface: Int32[np.ndarray, "faces"]
    """Index into the place's surfaces."""
    normals: Float32[np.ndarray, "verts 3"]
    uvs: Float32[np.ndarray, "verts 2"]
    """In repeats of the surface's pattern."""
    tint: Float32[np.ndarray, "verts 3"]
    """Linear factor on the surface's colour."""


@dataclass(frozen=True)
class Copies:
    """Where copies of a shape stand: turned about +Y, scaled, moved."""

    shape: Shape
    positions: Float32[np.ndarray, "copies 3"]
    turns: Float32[np.ndarray, "copies"]
    """Radians, right-handed about +Y."""
    scales: Float32[np.ndarray, "copies"]
    solid: bool = True
    """Whether a walking figure bumps into it."""


@dataclass(frozen=True)
class Place:
    """Everything that is there, and how far one sees."""

    name: str
    surfaces: tuple[Surface, ...]
    copies: tuple[Copies, ...]
    visibility_m: float = 30_000.0
    """Distance at which haze leaves 5 % of the contrast."""
    portals: tuple[Portal, ...] = ()
    """Of a room: its windows."""
    glows: tuple[Glow, ...] = ()
    """Lamps that are on; those of a land light it, in a room their surfaces do."""
    panes: tuple[Glow, ...] = ()
    """Of a land: lit windows, those of a wall as one; they are no lamps for other programs."""
    inside: bool = False
    """Whether it is a room."""
    extent: tuple[tuple[float, float, float], tuple[float, float, float]] = (
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
    )
    """Of a room: the inner box, least and greatest coordinates."""


def once(shape: Shape, *, solid: bool = True) -> Copies:
    """A shape that stands where it was made."""
    return at(shape, np.zeros((1, 3)), solid=solid)


def at(
    shape: Shape,
    positions: Float[np.ndarray, "copies 3"],
    turns: Float[np.ndarray, "copies"] | float = 0.0,
    scales: Float[np.ndarray, "copies"] | float = 1.0,
    *,
    solid: bool = True,
) -> Copies:
    """Copies of a shape; one turn or scale stands for all."""
    count = len(positions)
    return Copies(
        shape,
        np.asarray(positions, np.float32),
        np.broadcast_to(np.asarray(turns, np.float32), count).copy(),
        np.broadcast_to(np.asarray(scales, np.float32), count).copy(),
        solid,
    )


def some(copies: Copies, which: Bool[np.ndarray, "copies"]) -> Copies:
    """Some of the copies."""
    return replace(
        copies,
        positions=copies.positions[which],
        turns=copies.turns[which],
        scales=copies.scales[which],
    )


@dataclass(frozen=True)
class Soup:
    """All copies in world space."""

    verts: Float32[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]
    surface: Int32[np.ndarray, "faces"]
    normals: Float32[np.ndarray, "verts 3"]
    uvs: Float32[np.ndarray, "verts 2"]
    tint: Float32[np.ndarray, "verts 3"]


def placed(copies: Copies) -> Soup:
    """The copies of one shape in world space."""
    shape, count = copies.shape, len(copies.positions)
    cosine, sine = np.cos(copies.turns)[:, None], np.sin(copies.turns)[:, None]

    def turned(vectors: np.ndarray) -> np.ndarray:
        x, y, z = (np.broadcast_to(v, (count, len(vectors))) for v in vectors.T)
        return np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=-1)

    verts = turned(shape.verts) * copies.scales[:, None, None] + copies.positions[:, None]
    starts = (np.arange(count) * len(shape.verts)).astype(np.int32)
    return Soup(
        verts.reshape(-1, 3).astype(np.float32),
        (shape.faces[None] + starts[:, None, None]).reshape(-1, 3),
        np.tile(shape.surface, count),
        turned(shape.normals).reshape(-1, 3).astype(np.float32),
        np.tile(shape.uvs, (count, 1)),
        np.tile(shape.tint, (count, 1)),
    )


def soup_of(place: Place) -> Soup:
    """The whole place as one triangle soup."""
    soups = [placed(copies) for copies in place.copies if len(copies.positions)]
    starts = np.cumsum([0, *(len(s.verts) for s in soups)])
    faces = [s.faces + np.int32(start) for s, start in zip(soups, starts, strict=False)]
    joined = {
        name: np.concatenate([getattr(s, name) for s in soups])
        for name in ("verts", "surface", "normals", "uvs", "tint")
    }
    return Soup(faces=np.concatenate(faces).astype(np.int32), **joined)
