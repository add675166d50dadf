# SPDX-License-Identifier: Apache-2.0
"""What herbs are made of: rings of petals, domes, cups, spindles, stems and blades.

Conventions: metres, +Y up, a plant's foot at the origin. Colours are at the vertices; the surfaces
are white (:data:`PETAL`, :data:`HERBAGE`). Detail 0 is seen from a step away, 1 from a few metres,
2 from twenty, 3 from fifty.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from gen3d.spec import Rgb
from scenes.world.growth import across, tubes, unit
from scenes.world.meshes import Part, trimmed
from scenes.world.surfaces import HERBAGE, PETAL

UP = np.array([0.0, 1.0, 0.0])
Vector = Float[np.ndarray, "3"]
Colour = Rgb | Float[np.ndarray, "3"]
_DARKEST, _BRIGHTEST = 0.004, 0.86
_PETAL = np.array([[0.0, 0.0], [0.42, -1.0], [0.42, 1.0], [0.84, -0.78], [0.84, 0.78], [1.0, 0.0]])
"""Outline of a petal: shares of its length, and of half its width."""
_PETAL_FACES = {
    0: np.array([[0, 2, 1], [1, 2, 4], [1, 4, 3], [3, 4, 5]]),
    1: np.array([[0, 2, 5], [0, 5, 1]]),
    2: np.array([[1, 2, 5]]),
}


def lit(colours: np.ndarray) -> np.ndarray:
    """Colours that a file of meshes can hold."""
    return np.clip(colours, _DARKEST, _BRIGHTEST)


def part(
    surface: int,
    verts: np.ndarray,
    faces: np.ndarray,
    normals: np.ndarray,
    tint: Colour | np.ndarray,
) -> Part:
    """Plain triangles that look where their normals do; one normal or tint may stand for all."""
    verts, faces = verts.reshape(-1, 3), faces.reshape(-1, 3)
    shape = verts.shape
    normals = unit(np.broadcast_to(np.asarray(normals, float).reshape(-1, 3), shape))
    a, b, c = (verts[faces[:, k]] for k in range(3))
    away = (np.cross(b - a, c - a) * normals[faces].sum(axis=1)).sum(axis=1) < 0.0
    return Part(
        surface,
        verts,
        np.where(away[:, None], faces[:, ::-1], faces),
        normals,
        lit(np.broadcast_to(np.asarray(tint, float).reshape(-1, 3), shape)),
        np.zeros((len(verts), 2)),
    )


def moved(one: Part, offset: Vector, turn: float = 0.0, scale: float = 1.0) -> Part:
    """A part turned about +Y (right-handed), scaled, moved."""
    c, s = np.cos(turn), np.sin(turn)
    about = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    verts = scale * one.verts @ about.T + offset
    return replace(one, verts=verts, normals=one.normals @ about.T)


def corolla(  # noqa: PLR0917  # as told in the docstring, in the order of drawing it
    centre: Vector,
    axis: Vector,
    count: int,
    size: tuple[float, float],
    lift: float,
    colours: tuple[Colour, Colour],
    rng: np.random.Generator,
    detail: int = 0,
    curl: float = 0.0,
) -> Part:
    """A ring of petals about an axis.

    Args:
        centre: Where they meet.
        axis: Where the flower looks.
        count: Of petals.
        size: A petal's length and width.
        lift: Its angle out of the plane of the ring, radians.
        colours: At its base and its tip.
        rng: Of how they differ.
        detail: How many triangles a petal has: four, two, or one.
        curl: How much its tip bends to the axis (back if negative), in lengths.
    """
    side, other = (v[0] for v in across(axis[None]))
    turn = 2.0 * np.pi * (np.arange(count) + rng.uniform(-0.18, 0.18, count)) / count
    turn += rng.uniform(0, 2 * np.pi)
    out = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * other
    tangent = np.cross(axis, out)
    raised = lift + rng.uniform(-0.12, 0.12, count)
    length = size[0] * rng.uniform(0.88, 1.08, count)
    share, half = _PETAL.T
    along = np.cos(raised)[:, None] * share * length[:, None]
    high = (np.sin(raised)[:, None] * share + curl * share**2) * length[:, None]
    verts = centre + along[..., None] * out[:, None] + high[..., None] * axis
    verts = verts + (0.5 * size[1] * half)[None, :, None] * tangent[:, None]
    face = np.cos(raised)[:, None] * axis - np.sin(raised)[:, None] * out
    normal = np.repeat(unit(face + 0.4 * axis)[:, None], len(_PETAL), axis=1)
    base, tip = np.asarray(colours[0]), np.asarray(colours[1])
    tint = base + share[None, :, None] ** 0.6 * (tip - base)
    tint = tint * rng.uniform(0.84, 1.06, count)[:, None, None]
    faces = len(_PETAL) * np.arange(count)[:, None, None] + _PETAL_FACES[min(detail, 2)]
    return trimmed(part(PETAL, verts, faces, normal, tint))


def dome(
    centre: Vector,
    axis: Vector,
    radius: float,
    high: float,
    colours: tuple[Colour, Colour],
    sides: int,
    surface: int = PETAL,
    rings: int = 1,
) -> Part:
    """A cap over a disc.

    Args:
        centre: Of the disc.
        axis: Where it bulges to.
        radius: Of the disc.
        high: How far it bulges.
        colours: At its top and its rim.
        sides: Of the disc.
        surface: Number.
        rings: Between rim and top.
    """
    side, other = (v[0] for v in across(axis[None]))
    turn = 2.0 * np.pi * np.arange(sides) / sides
    out = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * other
    angle = 0.5 * np.pi * np.arange(rings) / rings
    ring = (
        radius * np.cos(angle)[:, None, None] * out + (high * np.sin(angle))[:, None, None] * axis
    )
    slant = np.cos(angle)[:, None, None] * out + (0.35 + np.sin(angle))[:, None, None] * axis
    verts = np.concatenate([ring.reshape(-1, 3), (high * axis)[None]]) + centre
    normals = np.concatenate([slant.reshape(-1, 3), axis[None]])
    share = np.append(np.repeat(np.sin(angle), sides), 1.0)[:, None]
    top, rim = np.asarray(colours[0]), np.asarray(colours[1])
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    squares = [
        np.concatenate([np.stack([a + i, a + j, b + j], 1), np.stack([a + i, b + j, b + i], 1)])
        for a, b in ((k * sides, (k + 1) * sides) for k in range(rings - 1))
    ]
    last = (rings - 1) * sides
    fan = np.stack([last + i, last + j, np.full(sides, rings * sides)], axis=1)
    return part(surface, verts, np.concatenate([*squares, fan]), normals, rim + share * (top - rim))


def tufted(
    spots: Float[np.ndarray, "n 3"],
    radius: Float[np.ndarray, "n"],
    high: Float[np.ndarray, "n"],
    tint: Float[np.ndarray, "n 3"],
    rng: np.random.Generator,
    surface: int = PETAL,
    dark: float = 0.7,
) -> Part:
    """Far flowers: a pyramid of three triangles each, seen from above and from all sides."""
    count = len(spots)
    turn = rng.uniform(0, 2 * np.pi, count)[:, None] + 2.0 * np.pi * np.arange(3) / 3.0
    out = np.stack([np.cos(turn), np.zeros_like(turn), np.sin(turn)], axis=-1)
    foot = spots[:, None] + radius[:, None, None] * out
    top = spots + high[:, None] * UP
    verts = np.concatenate([foot, top[:, None]], axis=1)
    normal = np.concatenate([out + 0.9 * UP, np.broadcast_to(UP, (count, 1, 3))], axis=1)
    shade = np.array([dark, dark, dark, 1.0])[None, :, None] * tint[:, None]
    faces = 4 * np.arange(count)[:, None, None] + np.array([[0, 3, 1], [1, 3, 2], [2, 3, 0]])
    return part(surface, verts, faces, normal, shade)


def spindles(
    starts: Float[np.ndarray, "n 3"],
    ends: Float[np.ndarray, "n 3"],
    radius: float,
    tint: Float[np.ndarray, "n 3"],
    rng: np.random.Generator,
    sides: int = 3,
    surface: int = PETAL,
    belly: float = 0.4,
) -> Part:
    """Ears and spikes: thickest at a share of their length; two sides are a flat diamond."""
    count = len(starts)
    ahead = unit(ends - starts)
    one, two = across(ahead)
    turn = rng.uniform(0, 2 * np.pi, count)[:, None] + 2.0 * np.pi * np.arange(sides) / sides
    out = np.cos(turn)[..., None] * one[:, None] + np.sin(turn)[..., None] * two[:, None]
    middle = (starts + belly * (ends - starts))[:, None] + radius * out
    verts = np.concatenate([starts[:, None], middle, ends[:, None]], axis=1)
    normal = np.concatenate([ahead[:, None], out, ahead[:, None]], axis=1)
    normal = (
        normal + 0.35 * UP if sides > 2 else np.broadcast_to(UP + 0.3 * ahead[:, None], verts.shape)
    )
    shade = np.array([0.75, *[0.92] * sides, 1.0])[None, :, None] * tint[:, None]
    i = np.arange(sides)
    j, tip = (i + 1) % sides, np.full(sides, sides + 1)
    low, high = np.stack([0 * i, j + 1, i + 1], 1), np.stack([i + 1, j + 1, tip], 1)
    order = np.concatenate([low, high]) if sides > 2 else np.array([[0, 2, 1], [1, 2, 3]])
    faces = (sides + 2) * np.arange(count)[:, None, None] + order
    return part(surface, verts, faces, normal, shade)


def stem(
    line: Float[np.ndarray, "nodes 3"], radius: float, tint: Colour, detail: int, sides: int = 3
) -> Part:
    """A stalk: a tube from near by, else a blade of one triangle."""
    if detail == 0:
        tube = tubes(line[None], np.linspace(radius, 0.7 * radius, len(line))[None], sides, HERBAGE)
        return part(HERBAGE, tube.verts, tube.faces, tube.normals, tint)
    wide = np.array([1.6 * radius, 0.0, 0.0])
    verts = np.stack([line[0] - wide, line[0] + wide, line[-1]])
    return part(HERBAGE, verts, np.array([[0, 1, 2]]), UP + np.array([0.0, 0.0, 0.4]), tint)


def leaves(
    spots: Float[np.ndarray, "n 3"],
    headings: Float[np.ndarray, "n 3"],
    size: tuple[float, float],
    tint: Colour,
    rng: np.random.Generator,
    detail: int = 0,
    droop: float = 0.3,
) -> Part:
    """Leaves that bend down: four triangles folded along the rib from near by, else two, or one.

    Args:
        spots: Where they begin.
        headings: Where they set out to, unit vectors.
        size: Length and width.
        tint: Colour of them.
        rng: Of how they differ.
        detail: As of petals.
        droop: How far their tips hang, in lengths.
    """
    count = len(spots)
    side = unit(np.cross(headings, UP) + 1e-6)
    up = np.cross(side, headings)
    length = size[0] * rng.uniform(0.75, 1.15, count)
    share, half = _PETAL.T
    wide = 0.5 * size[1] * length / size[0]
    verts = spots[:, None] + (share * length[:, None])[..., None] * headings[:, None]
    verts = verts - (droop * share**2 * length[:, None])[..., None] * UP
    verts = verts + (half * wide[:, None])[..., None] * side[:, None]
    verts = verts + (0.22 * np.abs(half) * wide[:, None])[..., None] * up[:, None]
    normal = np.broadcast_to((up + 0.5 * UP)[:, None], verts.shape)
    shade = rng.uniform(0.75, 1.15, count)[:, None, None] * (0.8 + 0.25 * share[None, :, None])
    faces = len(_PETAL) * np.arange(count)[:, None, None] + _PETAL_FACES[min(detail, 2)]
    return trimmed(part(HERBAGE, verts, faces, normal, shade * np.asarray(tint)))


def ways(turn: np.ndarray, rise: np.ndarray | float) -> Float[np.ndarray, "n 3"]:
    """Directions by their turn about +Y and their height over the level, radians."""
    rise = np.broadcast_to(np.asarray(rise, float), turn.shape)
    level = np.cos(rise)
    return np.stack([level * np.cos(turn), np.sin(rise), level * np.sin(turn)], axis=1)


def leaning(foot: Vector, tall: float, rng: np.random.Generator, nodes: int = 3) -> np.ndarray:
    """The line of a stalk that bends over a little."""
    share = np.linspace(0.0, 1.0, nodes)[:, None]
    off = rng.normal(0.0, 0.11, 2) * tall
    bend = np.array([off[0], 0.0, off[1]])
    return foot + share * tall * UP + share**2 * bend
