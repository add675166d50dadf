# SPDX-License-Identifier: Apache-2.0
"""Meshes of what stands in a landscape: trees, rocks, tufts, a dock; in metres, feet at y = 0."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid
from scenes.place import Shape
from scenes.world.bamboo import bamboo
from scenes.world.broadleaf import broadleaf, bush
from scenes.world.cactus import saguaro
from scenes.world.conifer import conifer
from scenes.world.grass import tufts
from scenes.world.meshes import limb, shape_of, unwelded
from scenes.world.noise import fractal
from scenes.world.palm import palm

__all__ = [
    "bamboo",
    "broadleaf",
    "bush",
    "conifer",
    "dock",
    "limb",
    "palm",
    "rock",
    "saguaro",
    "shape_of",
    "tufts",
    "unwelded",
]


def rock(name: str, seed: int, stone: int, rows: int = 14) -> Shape:
    """A weathered boulder of about a metre, a third in the ground."""
    rng, columns = np.random.default_rng(seed), rows * 12 // 7
    lat, lon = np.linspace(0, np.pi, rows + 1), np.linspace(0, 2 * np.pi, columns + 1)[:-1]
    a, b = np.meshgrid(lat, lon, indexing="ij")
    ball = np.stack([np.sin(a) * np.cos(b), np.cos(a), np.sin(a) * np.sin(b)], -1).reshape(-1, 3)
    x, y, z = ball.T
    size = 0.5 * (1 + 0.5 * fractal(x * 1.3 + 0.7 * y, z * 1.3 - 0.6 * y, seed, 4))
    verts = ball * size[:, None] * np.array([1.0, rng.uniform(0.6, 0.85), rng.uniform(0.7, 1.0)])
    verts[:, 1] += 0.12
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    p, q = i * columns + j, i * columns + (j + 1) % columns
    above, beside = p + columns, q + columns
    faces = np.concatenate([np.stack([p, q, beside], -1), np.stack([p, beside, above], -1)])
    return shape_of(name, [(Solid(verts, faces.reshape(-1, 3).astype(np.int32)), stone, 1.0)])


def dock(name: str, wood: int) -> Shape:
    """A plank walk 2.4 m wide from the shore behind to 5 m in front, its top at y = 0."""
    rng = np.random.default_rng(5)
    pieces = list[tuple[Solid, int, float]]()
    for z in np.arange(-16.1, 4.9, 0.2):
        plank = block((float(rng.normal(0, 0.01)), -0.04, float(z) + 0.1), 2.4, 0.04, 0.185, 0.004)
        pieces.append((plank, wood, float(rng.uniform(0.75, 1.2))))
    pieces += [(block((x, -0.18, -5.5), 0.1, 0.14, 21.0, 0.01), wood, 0.6) for x in (-1.0, 1.0)]
    for z in np.arange(-14.0, 5.0, 3.0):
        for x in (-1.16, 1.16):
            foot, top = np.array([x, -5.0, z]), np.array([x, 0.35, z])
            pieces.append((limb(foot, top, 0.09, 0.085, 10), wood, 0.7))
    return shape_of(name, pieces, 1.6)
