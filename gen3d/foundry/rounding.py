# SPDX-License-Identifier: Apache-2.0
"""Finer, rounder surfaces from coarse solids: what was turned from forty sides shows no facets.

Phong tessellation (Boubekeur and Alexa 2008, eq. 4) of every edge's middle: it is moved towards the
planes that the corner normals at its ends span, by :data:`ROUNDNESS`. The normals know creases
(:mod:`gen3d.foundry.creases`), and both faces of an edge agree on its middle, so sharp edges stay
sharp and closed solids stay closed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64, Int32

from gen3d.foundry.creases import corner_normals
from gen3d.foundry.thing import Thing

ROUNDNESS = 0.5
"""Exact for circles: the middle of a chord of half-angle θ wants (1 - cos θ) of sin² θ."""
MANY = 3_500
"""Faces above which one halving of the edges is enough; below it there are two."""


def rounded(thing: Thing) -> Thing:
    """The thing with its edges halved once or twice and its facets rounded."""
    once = _halved(thing)
    return once if len(thing.faces) > MANY else _halved(once)


def _halved(thing: Thing) -> Thing:
    """Four faces for each; the first is the middle one."""
    faces = thing.faces
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    keys, edge = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
    edge = edge.reshape(-1)
    proposals = _middles(thing.verts, faces)
    middle = np.zeros((len(keys), 3))
    for axis in range(3):
        middle[:, axis] = np.bincount(edge, proposals[:, axis], minlength=len(keys))
    middle /= np.bincount(edge, minlength=len(keys))[:, None]
    return replace(
        thing,
        verts=np.concatenate([thing.verts, middle]),
        faces=_quartered(faces, (edge + len(thing.verts)).reshape(-1, 3)),
        slot=np.repeat(thing.slot, 4).astype(np.int32),
    )


def _middles(
    verts: Float64[np.ndarray, "verts 3"], faces: Int32[np.ndarray, "faces 3"]
) -> Float64[np.ndarray, "edges 3"]:
    """Where each face wants the middles of its edges (corner 0–1, 1–2, 2–0)."""
    normals = corner_normals(verts, faces)
    a, b = verts[faces], np.roll(verts[faces], -1, axis=1)
    na, nb = normals, np.roll(normals, -1, axis=1)
    flat = (a + b) / 2.0
    on_a = flat - np.sum((flat - a) * na, axis=-1, keepdims=True) * na
    on_b = flat - np.sum((flat - b) * nb, axis=-1, keepdims=True) * nb
    return ((1.0 - ROUNDNESS) * flat + ROUNDNESS * (on_a + on_b) / 2.0).reshape(-1, 3)


def _quartered(
    faces: Int32[np.ndarray, "faces 3"], middle: np.ndarray
) -> Int32[np.ndarray, "quarters 3"]:
    a, b, c = faces.T
    ab, bc, ca = middle.T
    parts = [(ab, bc, ca), (a, ab, ca), (b, bc, ab), (c, ca, bc)]
    return (
        np.stack([np.stack(part, axis=1) for part in parts], axis=1).reshape(-1, 3).astype(np.int32)
    )
