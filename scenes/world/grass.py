# SPDX-License-Identifier: Apache-2.0
"""Grass: tufts of blades that bend over, each of three triangles."""

from __future__ import annotations

import numpy as np

from scenes.place import Shape
from scenes.world.growth import unit
from scenes.world.meshes import Part, assembled

_BLADES = 8


def tufts(name: str, seed: int, blade: int, tufts_here: int, side_m: float) -> Shape:
    """A square patch of tufts of grass, a hand high."""
    rng = np.random.default_rng(seed)
    count = _BLADES * tufts_here
    middle = np.repeat(rng.uniform(-0.5, 0.5, (tufts_here, 3)) * side_m, _BLADES, axis=0)
    size = np.repeat(rng.uniform(0.6, 1.25, tufts_here), _BLADES) * rng.uniform(0.55, 1.15, count)
    out = rng.standard_normal((count, 3)) * np.array([1.0, 0.0, 1.0])
    foot = middle + 0.05 * out
    foot[:, 1] = -0.03
    tall = 0.2 * size[:, None]
    over = tall * (0.25 + 0.6 * rng.uniform(0, 1, (count, 1)) ** 2)
    way, up = unit(out), np.array([0.0, 1.0, 0.0])
    bend = foot + 0.62 * tall * up + 0.35 * over * way
    tip = foot + (tall - 0.6 * over) * up + 1.6 * over * way
    side = 0.005 * unit(np.cross(way, up) + 0.6 * rng.standard_normal((count, 3)) * (1.0 - up))
    verts = np.stack([foot - side, foot + side, bend + 0.7 * side, bend - 0.7 * side, tip], axis=1)
    normal = unit(unit(np.cross(side, bend - foot))[:, None] + np.array([0.0, 1.5, 0.0]))
    dry = rng.uniform(0, 1, count) < 0.12
    shade = rng.uniform(0.75, 1.0, count)
    hue = np.where(dry[:, None], [1.0, 0.8, 0.75], [0.9, 1.0, 0.8]) * shade[:, None]
    tint = hue[:, None] * np.array([0.5, 0.5, 0.9, 0.9, 1.0])[:, None]
    faces = 5 * np.arange(count)[:, None, None] + np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4]])
    grown = Part(
        blade,
        verts.reshape(-1, 3),
        faces.reshape(-1, 3),
        np.repeat(normal, 5, axis=1).reshape(-1, 3),
        tint.reshape(-1, 3),
        np.zeros((5 * count, 2)),
    )
    return assembled(name, [grown])
