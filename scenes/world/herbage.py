# SPDX-License-Identifier: Apache-2.0
"""Herbs that are no garden flowers: wheat, reeds, water lilies, mushrooms; see the flowers' module.

A water lily's foot is the water's face.
"""

from __future__ import annotations

import numpy as np

from scenes.world.growth import GOLDEN, unit
from scenes.world.meshes import Part
from scenes.world.petals import (
    UP,
    Colour,
    corolla,
    dome,
    part,
    spindles,
    stem,
    tufted,
    ways,
)
from scenes.world.surfaces import HERBAGE, PETAL

_REED, _PAD = np.array([0.10, 0.135, 0.045]), np.array([0.055, 0.12, 0.03])
_YOLK, _CREAM, _GILLS = (0.75, 0.45, 0.03), np.array([0.62, 0.56, 0.45]), np.array([0.5, 0.42, 0.3])


def wheat(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A handful of stalks with ears that nod."""
    many = (11, 7, 4, 3)[detail]
    spread = (0.1, 0.11, 0.2, 0.4)[detail]
    feet = rng.normal(0.0, spread, (many, 3)) * np.array([1.0, 0.0, 1.0])
    tall = rng.uniform(0.66, 0.86, many)
    lean = rng.normal(0.0, 0.05, (many, 3)) * np.array([1.0, 0.0, 1.0])
    necks = feet + tall[:, None] * UP + lean
    nod = unit(0.9 * UP + 8.0 * lean + rng.normal(0.0, 0.35, (many, 3)))
    tint = np.asarray(colour) * rng.uniform(0.75, 1.1, many)[:, None]
    radius, sides = (0.0095, 0.014, 0.03, 0.055)[detail], (3, 2, 2, 2)[detail]
    long = 0.12 * (1.0, 1.1, 1.35, 1.6)[detail]
    ears = spindles(necks, necks + long * nod, radius, tint, rng, sides)
    wide = (0.0028, 0.0055, 0.014, 0.03)[detail] * ways(GOLDEN * np.arange(many), 0.0)
    verts = np.stack([feet - wide, feet + wide, necks], axis=1)
    shade = np.array([0.45, 0.45, 0.9])[None, :, None] * tint[:, None]
    straw = part(HERBAGE, verts, np.arange(3 * many), UP, shade)
    return [ears, straw] if detail else [ears, straw, _awns(necks + 0.1 * nod, nod, rng, tint)]


def _awns(spots: np.ndarray, nod: np.ndarray, rng: np.random.Generator, tint: np.ndarray) -> Part:
    """Two bristles on each ear."""
    spots, nod, tint = (np.repeat(values, 2, axis=0) for values in (spots, nod, tint))
    ends = spots + 0.1 * unit(nod + rng.normal(0.0, 0.25, nod.shape))
    side = 0.0012 * unit(np.cross(nod, rng.standard_normal(nod.shape)))
    verts = np.stack([spots - side, spots + side, ends], axis=1)
    return part(PETAL, verts, np.arange(3 * len(spots)), UP, np.repeat(tint, 3, axis=0))


def reed(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A clump of blades as high as a man, and cattails among them."""
    many = (14, 9, 6, 4)[detail]
    feet = rng.normal(0.0, 0.12, (many, 3)) * np.array([1.0, 0.0, 1.0]) - 0.35 * UP
    turn = rng.uniform(0, 2 * np.pi, many)
    length = rng.uniform(1.25, 2.1, many)
    way = ways(turn, rng.uniform(1.2, 1.5, many))
    wide = (0.014, 0.02, 0.032, 0.05)[detail] * ways(turn + 1.57, 0.0)
    bend = feet + 0.62 * length[:, None] * way
    tips = feet + length[:, None] * unit(way - 0.22 * UP + 0.25 * ways(turn, 0.0))
    verts = np.stack([feet - wide, feet + wide, bend + 0.8 * wide, bend - 0.8 * wide, tips], axis=1)
    order = np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4]])
    faces = 5 * np.arange(many)[:, None, None] + order
    shade = rng.uniform(0.75, 1.2, many)[:, None, None] * np.array([0.6, 0.6, 1.0, 1.0, 1.2])[
        None, :, None]  # fmt: skip
    normal = np.broadcast_to((0.9 * UP + way)[:, None], verts.shape)
    blades = part(HERBAGE, verts, faces, normal, shade * _REED)
    tails = 3 if detail < 2 else 2
    foot = rng.normal(0.0, 0.14, (tails, 3)) * np.array([1.0, 0.0, 1.0]) - 0.35 * UP
    top = foot + rng.uniform(1.75, 2.3, tails)[:, None] * unit(
        UP + rng.normal(0.0, 0.06, (tails, 3))
    )
    stalks = [
        stem(np.stack([f, t + 0.12 * UP]), 0.004, _REED, 1) for f, t in zip(foot, top, strict=True)
    ]
    tint = np.broadcast_to(np.asarray(colour), (tails, 3))
    radius, sides = (0.016, 0.017, 0.022, 0.03)[detail], (6, 4, 3, 2)[detail]
    cobs = spindles(top - 0.18 * UP, top, radius, tint, rng, sides, HERBAGE, 0.5)
    return [blades, *stalks, cobs]


def water_lily(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """Pads that float, each with a notch, and a bloom or two among them."""
    many = int(rng.integers(6, 10))
    parts = [_pad(rng, detail, spot) for spot in _apart(rng, many, 0.2)]
    for _ in range(int(rng.integers(1, 3))):
        spot = np.array([rng.uniform(-0.3, 0.3), 0.03, rng.uniform(-0.3, 0.3)])
        if detail >= 2:
            wide = np.array([0.07 * (1.0, 1.4)[detail - 2]])
            parts.append(tufted(spot[None], wide, 0.9 * wide, np.asarray(colour)[None], rng))
            continue
        pale = 0.5 * (np.asarray(colour) + _CREAM)
        rings = ((9, 0.075, 0.3), (8, 0.06, 0.75), (6, 0.045, 1.1))[: 3 - detail]
        parts += [
            corolla(spot, UP, n, (long, 0.42 * long), lift, (pale, colour), rng, detail, 0.12)
            for n, long, lift in rings
        ]
        parts.append(dome(spot + 0.01 * UP, UP, 0.016, 0.018, (_YOLK, _YOLK), 6 - detail))
    return parts


def _apart(rng: np.random.Generator, many: int, gap: float) -> list[np.ndarray]:
    """Spots on the water, none too close to the one before it."""
    radius = gap * np.sqrt(np.arange(many) + 0.4)
    turn = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    radius = radius * rng.uniform(0.9, 1.15, many)
    return [
        np.array([r * np.cos(t), 0.012, r * np.sin(t)]) for r, t in zip(radius, turn, strict=True)
    ]


def _pad(rng: np.random.Generator, detail: int, spot: np.ndarray) -> Part:
    sides = (16, 9, 5, 4)[detail]
    radius = rng.uniform(0.1, 0.17)
    turn = rng.uniform(0, 2 * np.pi) + np.linspace(0.22, 2 * np.pi - 0.22, sides)
    out = np.stack([np.cos(turn), 0.03 + 0.0 * turn, np.sin(turn)], axis=1)
    verts = np.concatenate([np.zeros((1, 3)), radius * out]) + spot
    i = np.arange(1, sides)
    faces = np.stack([0 * i, i + 1, i], axis=1)
    tint = _PAD * rng.uniform(0.8, 1.3) * np.append(0.85, np.full(sides, 1.05))[:, None]
    return part(HERBAGE, verts, faces, UP, tint * np.array([rng.uniform(0.9, 1.5), 1.0, 1.0]))


def mushroom(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """One to four of them: a cap with warts of white on a pale stalk with a ring."""
    parts = list[Part]()
    for k in range(int(rng.integers(1, 5))):
        size = rng.uniform(0.45, 1.15) * (1.0, 1.0, 1.2, 1.5)[detail]
        off = (k > 0) * rng.uniform(0.07, 0.17)
        turn = rng.uniform(0, 2 * np.pi)
        parts += _toadstool(rng, detail, off * ways(np.array([turn]), 0.0)[0], size, colour)
    return parts


def _toadstool(
    rng: np.random.Generator, detail: int, foot: np.ndarray, size: float, colour: Colour
) -> list[Part]:
    tall, wide = 0.12 * size, 0.058 * size * rng.uniform(0.85, 1.2)
    axis = unit(UP + rng.normal(0.0, 0.08, 3) * np.array([1.0, 0.0, 1.0]))
    low, top = foot - 0.02 * UP, foot + tall * axis
    sides, rings = ((14, 4), (8, 2), (5, 1), (4, 1))[detail]
    bulge = rng.uniform(0.5, 0.8) * wide
    deep = np.asarray(colour) * 0.85
    cap = dome(top, axis, wide, bulge, (colour, deep), sides, HERBAGE, rings)
    if detail >= 2:
        return [cap]
    under = dome(top, -axis, wide, 0.16 * wide, (0.7 * _GILLS, _GILLS), sides, HERBAGE)
    stalk = stem(
        np.stack([low, 0.5 * (low + top), top]), 0.17 * wide + 0.006, _CREAM, 0, 8 - 3 * detail
    )
    parts = [cap, under, stalk]
    red = np.asarray(colour)
    if red[0] < 2.5 * red[1]:
        return parts
    return parts + _warts(rng, detail, top, wide, bulge)


def _warts(
    rng: np.random.Generator,
    detail: int,
    top: np.ndarray,
    wide: float,
    bulge: float,
) -> list[Part]:
    """White flakes on a cap that is red."""
    many = (16, 9)[detail]
    turn = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    rise = np.arcsin(np.linspace(0.2, 0.99, many))
    way = ways(turn, rise)
    spots = top + np.stack([wide * way[:, 0], bulge * way[:, 1], wide * way[:, 2]], axis=1)
    normal = unit(np.stack([way[:, 0] / wide, way[:, 1] / bulge, way[:, 2] / wide], axis=1))
    return [
        dome(
            s, n, wide * rng.uniform(0.07, 0.13), 0.05 * wide, (_CREAM, _CREAM), 5 - detail, HERBAGE
        )
        for s, n in zip(spots, normal, strict=True)
    ]
