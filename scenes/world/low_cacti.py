# SPDX-License-Identifier: Apache-2.0
"""Cacti of the undergrowth: prickly pears of stacked pads, and barrel cacti.

Pads are flat ovals that bear others on their rims, the youngest with fruit or flowers; barrels are
short fluted bodies, alone or in a cluster, with a ring of fruit on their crowns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scenes.place import Shape
from scenes.world.cactus import Hues, Stem, fluted, spines
from scenes.world.foliage import FINE, MIDDLE
from scenes.world.growth import GOLDEN, Points, grid, tubes, unit
from scenes.world.meshes import Part, assembled, tinted

_UP = np.array([0.0, 1.0, 0.0])
_MOST, _GENERATIONS = 40, 4
_PAD_M, _THICK_M, _BROAD = 0.29, 0.028, 0.78
"""Length of a pad, its thickness, and its width as a share of the length."""
_PAD, _OLD = np.array([0.125, 0.185, 0.085]), np.array([0.17, 0.155, 0.095])
_FRUIT, _FLOWER = np.array([0.27, 0.02, 0.055]), np.array([0.80, 0.58, 0.05])
_THORN = np.array([0.60, 0.54, 0.38])
_BARREL = Hues(
    np.array([0.10, 0.135, 0.05]), np.array([0.045, 0.07, 0.025]), np.array([0.33, 0.25, 0.14])
)
_HOOK, _YELLOW = np.array([0.42, 0.19, 0.10]), np.array([0.62, 0.42, 0.05])
_BARREL_RIBS, _BARREL_DEEP = 21, 0.2


@dataclass(frozen=True)
class Pads:
    """All pads of a plant."""

    foot: Points
    axis: Points
    face: Points
    """What their flat sides look at."""
    length: Float[np.ndarray, "pads"]
    age: Float[np.ndarray, "pads"]
    """1 of the oldest, 0 of the youngest."""
    ends: np.ndarray
    """Numbers of those that bear no others."""


def prickly_pear(name: str, seed: int, detail: float, surface: int, variant: int) -> Shape:
    """A plant of about a metre; the first variant bears fruit, the second flowers."""
    rng = np.random.default_rng([seed, 33])
    pads = _pads(rng)
    parts = [_ovals(pads, detail, surface, rng)]
    if variant < 2 and detail > MIDDLE:
        parts.append(_borne(pads, variant, detail, surface, rng))
    if detail > FINE:
        parts.append(_thorns(pads, surface, rng))
    return assembled(name, parts)


def _pads(rng: np.random.Generator) -> Pads:
    """Pads on pads: each bears one to three on its rim, turned about and leaning outwards."""
    feet, axes, faces, lengths, ages, bears = ([] for _ in range(6))
    first = int(rng.integers(4, 7))
    for number in range(first):
        out = GOLDEN * number + rng.normal(0, 0.3)
        way, rise = np.array([np.cos(out), 0.0, np.sin(out)]), rng.uniform(0.65, 1.4)
        feet.append(rng.uniform(0.05, 0.22) * way - np.array([0.0, 0.07, 0.0]))
        axes.append(np.cos(rise) * way + np.sin(rise) * _UP)
        faces.append(_square(axes[-1], way + 0.5 * rng.standard_normal(3)))
        lengths.append(1.25 * _PAD_M * rng.uniform(0.9, 1.15))
        ages.append(1.0)
        bears.append(False)
    young = range(first)
    for generation in range(1, _GENERATIONS):
        start = len(feet)
        for parent in young:
            for _ in range(int(rng.integers(1, 4)) if generation < 3 else int(rng.integers(0, 3))):
                made = _child(feet[parent], axes[parent], faces[parent], lengths[parent], rng)
                if made is None or len(feet) >= _MOST:
                    continue
                foot, axis, face = made
                feet.append(foot)
                axes.append(axis)
                faces.append(face)
                lengths.append(_PAD_M * rng.uniform(0.75, 1.12) * (1.06 - 0.06 * generation))
                ages.append(1.0 - generation / (_GENERATIONS - 1))
                bears.append(False)
                bears[parent] = True
        young = range(start, len(feet))
    ends = np.flatnonzero(~np.array(bears))
    foot, axis, face, length, age = (np.array(a) for a in (feet, axes, faces, lengths, ages))
    return Pads(foot, axis, face, length, age, ends)


def _square(axis: np.ndarray, near: np.ndarray) -> np.ndarray:
    """A unit vector square to an axis, near another."""
    return unit(near - (near @ axis) * axis)


def _child(
    foot: np.ndarray, axis: np.ndarray, face: np.ndarray, length: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Where a pad stands on the rim of another; none if it would lie on the ground."""
    along, side = rng.normal(0, 0.75), np.cross(face, axis)
    along = float(np.clip(along, -1.35, 1.35))
    share = 0.56 + 0.42 * np.cos(along)
    spot = foot + length * (share * axis + 0.5 * _BROAD * 0.96 * np.sin(along) * side)
    way = np.cos(0.8 * along) * axis + np.sin(0.8 * along) * side
    way = unit(way + 0.3 * _UP + 0.45 * rng.standard_normal() * face)
    if spot[1] + length * way[1] < 0.12 or way[1] < -0.3:
        return None
    return spot - 0.02 * way, way, _square(way, face + 0.8 * rng.standard_normal(3))


def _ovals(pads: Pads, detail: float, surface: int, rng: np.random.Generator) -> Part:
    """The pads: thin ovals, broadest over their middle, with round rims."""
    rows, sides = (9, 10) if detail > FINE else (6, 6) if detail > MIDDLE else (3, 4)
    many, verts = len(pads.foot), _on_pads(pads, rows, sides)
    around = np.concatenate([verts[:, :, -2:-1], verts, verts[:, :, 1:2]], axis=2)
    normal = np.cross(around[:, :, 2:] - around[:, :, :-2], np.gradient(verts, axis=1))
    middle = verts[:, :, :-1].mean(axis=2, keepdims=True)
    normal *= np.where((normal * (verts - middle)).sum(-1) < 0, -1.0, 1.0)[..., None]
    normal[:, 0], normal[:, -1] = -pads.axis[:, None], pads.axis[:, None]
    old = np.clip(pads.age - 0.55, 0.0, 1.0)[:, None]
    tint = _PAD + 1.6 * old * (_OLD - _PAD)
    tint = tint * rng.uniform(0.85, 1.15, (many, 1)) * (1.0 + rng.normal(0, 0.06, (many, 3)))
    high = np.linspace(0.8, 1.08, rows)[:, None, None]
    colour = np.clip(tint[:, None, None] * high + np.zeros((sides + 1, 1)), 0.02, 1.0)
    return Part(
        surface,
        verts.reshape(-1, 3),
        grid(many, rows, sides),
        unit(normal).reshape(-1, 3),
        colour.reshape(-1, 3),
        np.zeros((many * rows * (sides + 1), 2)),
    )


def _on_pads(pads: Pads, rows: int, sides: int) -> Float[np.ndarray, "pads rows sides 3"]:
    """Points all over them."""
    share = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, rows))
    turn = 2.0 * np.pi * np.arange(sides + 1) / sides
    # The lower half is drawn out to where the pad is joined on.
    wide = np.sqrt(np.maximum(1.0 - (2.0 * share**1.2 - 1.0) ** 2, 0.0)) + 0.03
    side = np.cross(pads.face, pads.axis)
    flat = 0.5 * _BROAD * pads.length[:, None, None] * wide[:, None] * np.cos(turn)
    thick = 0.5 * _THICK_M * np.sqrt(wide)[:, None] * np.sin(turn) + 0.0 * flat
    thick = thick * (1.0 + 0.9 * pads.age[:, None, None])
    spine = pads.foot[:, None] + (pads.length[:, None] * share)[..., None] * pads.axis[:, None]
    return (
        spine[:, :, None]
        + flat[..., None] * side[:, None, None]
        + thick[..., None] * pads.face[:, None, None]
    )


def _borne(pads: Pads, variant: int, detail: float, surface: int, rng: np.random.Generator) -> Part:
    """Fruit or flowers on the rims of the youngest pads."""
    per = rng.integers(0, 5 if variant == 0 else 3, len(pads.ends))
    pad = np.repeat(pads.ends, per)
    along = rng.uniform(-0.75, 0.75, len(pad))
    side = np.cross(pads.face[pad], pads.axis[pad])
    length = pads.length[pad][:, None]
    share = (0.56 + 0.42 * np.cos(along))[:, None]
    rim = (0.5 * _BROAD * 0.96 * np.sin(along))[:, None]
    spots = pads.foot[pad] + length * (share * pads.axis[pad] + rim * side)
    way = np.cos(along)[:, None] * pads.axis[pad] + np.sin(along)[:, None] * side
    way = unit(way + 0.25 * rng.standard_normal(way.shape))
    nodes, sides = (6, 8) if detail > FINE else (3, 4)
    step = np.linspace(0.0, 1.0, nodes)
    tall = (0.062 if variant == 0 else 0.055) * rng.uniform(0.8, 1.2, len(pad))[:, None]
    lines = spots[:, None] + (tall * step)[..., None] * way[:, None]
    egg = (
        0.019 * (1.05 - (2.0 * step - 1.0) ** 4) ** 0.5
        if variant == 0
        else 0.012 + 0.036 * step**1.3
    )
    radii = np.repeat(egg[None], len(pad), axis=0)
    part = tubes(lines, radii, sides, surface)
    hue = _FRUIT if variant == 0 else _FLOWER
    if variant == 1:
        # Petals are yellow, what they stand on is green.
        fade = np.clip(3.0 * step - 0.6, 0.0, 1.0)[:, None]
        hue = np.repeat((_PAD + fade * (_FLOWER - _PAD))[:, None], sides + 1, axis=1)
    tint = np.broadcast_to(hue, (len(pad), nodes, sides + 1, 3)).reshape(-1, 3)
    return tinted(part, tint)


def _thorns(pads: Pads, surface: int, rng: np.random.Generator) -> Part:
    """Tufts in slanting rows on both faces."""
    row, column = (a.ravel() for a in np.meshgrid(np.arange(1, 6), np.arange(-2, 3), indexing="ij"))
    v, u = row / 6.0 + 0.07 * (column % 2), column / 2.6
    inside = u**2 + (2.0 * v**1.2 - 1.0) ** 2 < 0.95
    v, u = v[inside], u[inside]
    side = np.cross(pads.face, pads.axis)
    flat = (0.5 * _BROAD * pads.length[:, None] * u)[..., None] * side[:, None]
    base = pads.foot[:, None] + (pads.length[:, None] * v)[..., None] * pads.axis[:, None] + flat
    both = list[Points]()
    for way in (0.45, -0.45):
        both.append((base + way * _THICK_M * pads.face[:, None]).reshape(-1, 3))
    face = np.repeat(pads.face, len(v), axis=0)
    spots, out = np.concatenate(both), np.concatenate([face, -face])
    kept = spots[:, 1] > 0.02
    return spines(spots[kept], out[kept], (0.034, 3), surface, _THORN, rng)


def barrel(name: str, seed: int, detail: float, surface: int, variant: int) -> Shape:
    """A barrel cactus: a tall one, a cluster of globes, or a globe in fruit."""
    rng = np.random.default_rng([seed, 35])
    parts = list[Part]()
    for number in range((1, 4, 1)[variant % 3]):
        tall = (rng.uniform(0.85, 1.15), rng.uniform(0.28, 0.46), rng.uniform(0.5, 0.65))[
            variant % 3
        ]
        wide = min(0.27, 0.52 * tall) * rng.uniform(0.95, 1.1)
        out = 2.2 * number + rng.normal(0, 0.2)
        foot = (0.0 if number == 0 else 0.46) * np.array([np.cos(out), 0.0, np.sin(out)])
        stem = _barrel_stem(tall, wide, foot, detail, rng)
        parts.append(fluted(stem, seed + number, detail, surface, _BARREL))
        if detail > MIDDLE:
            parts.append(_hooks(stem, detail, surface, rng))
        if detail > FINE and variant != 1:
            parts.append(_crown(stem, surface, rng))
    return assembled(name, parts)


def _barrel_stem(
    tall: float, wide: float, foot: np.ndarray, detail: float, rng: np.random.Generator
) -> Stem:
    nodes = 17 if detail > FINE else 9 if detail > MIDDLE else 5
    t = np.linspace(-0.16, 1.0, nodes)
    # A barrel: straight sides, a round shoulder, the middle of the crown a little sunk.
    high = np.clip(t, 0.0, 1.0)
    radii = wide * np.maximum(1.0 - np.abs(2.0 * (0.12 + 0.88 * high) - 1.0) ** 3.2, 0.0) ** 0.42
    radii = np.maximum(radii, 0.012)
    lean = rng.normal(0, 0.09, 2)
    line = foot + np.stack([lean[0] * tall * t, tall * t, lean[1] * tall * t], 1)
    flat = np.zeros(nodes)
    return Stem(line, radii, _BARREL_DEEP + flat, flat, _BARREL_RIBS, np.array([1.0, 0.0, 0.0]))


def _hooks(stem: Stem, detail: float, surface: int, rng: np.random.Generator) -> Part:
    """Stout spines along the ribs, red or straw, that hide half of the green."""
    turn = 2.0 * np.pi * np.arange(stem.ribs) / stem.ribs
    rows = 14 if detail > FINE else 6
    place = np.linspace(0.17, 0.985, rows) * (len(stem.radii) - 1)
    low = np.minimum(place.astype(int), len(stem.radii) - 2)
    share = place - low
    middle = stem.line[low] + share[:, None] * (stem.line[low + 1] - stem.line[low])
    radii = stem.radii[low] + share * (stem.radii[low + 1] - stem.radii[low])
    ring = np.stack([np.cos(turn), 0.0 * turn, np.sin(turn)], 1)
    spots = (middle[:, None] + radii[:, None, None] * ring).reshape(-1, 3)
    rise = (0.9 * np.linspace(0.0, 1.0, rows) ** 3)[:, None, None]
    out = unit(ring[None] + rise * _UP).reshape(-1, 3)
    hue = _HOOK if rng.uniform() < 0.6 else _THORN
    kept = spots[:, 1] > 0.03
    return spines(spots[kept], out[kept], (0.055, 5 if detail > FINE else 2), surface, hue, rng)


def _crown(stem: Stem, surface: int, rng: np.random.Generator) -> Part:
    """A ring of yellow fruit on the top."""
    many = int(rng.integers(9, 15))
    turn = 2.0 * np.pi * (np.arange(many) + rng.uniform(-0.25, 0.25, many)) / many
    top, wide = stem.line[-1], 0.36 * float(stem.radii.max())
    out = np.stack([np.cos(turn), 0.0 * turn, np.sin(turn)], 1)
    step = np.linspace(0.0, 1.0, 5)
    foot = top + wide * out - np.array([0.0, 0.03, 0.0])
    lines = foot[:, None] + 0.07 * step[:, None] * unit(_UP + 0.3 * out)[:, None]
    radii = np.repeat(0.02 * np.sqrt(1.05 - (2.0 * step - 1.0) ** 4)[None], many, axis=0)
    part = tubes(lines, radii, 7, surface)
    return tinted(part, _YELLOW)
