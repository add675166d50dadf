# SPDX-License-Identifier: Apache-2.0
"""Scars, and what lies on skin."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.body.body import ShapedBody
from gen3d.easing import smoothstep
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.skin_canvas import Canvas
from gen3d.wardrobe.skin_regions import atlas
from gen3d.wardrobe.soils import SOIL_LOOKS
from gen3d.wardrobe.weathering import Coat, Place, place_of, soiled
from gen3d.wear import WearSpec

_SCARS = 14
"""On somebody who is scarred all over."""
_FACES = 0.3
"""Share of them in the face."""
_SORE = triple(0.4, 1.5, 1.4)
"""What its rim takes from the colour."""
_HEALED = triple(1.32, 1.10, 1.06)
"""What scar tissue does to the colour of skin: paler, and redder."""


def skin_place(canvas: Canvas, shaped: ShapedBody) -> Place:
    """Slopes and curvature of a body; nothing is near an edge."""
    verts = shaped.verts[atlas().source]
    far = np.ones(len(verts), dtype=np.float32)
    return place_of(canvas.texels, verts.astype(np.float32), far, canvas.seed + 300)


def worn_skin(coat: Coat, canvas: Canvas, shaped: ShapedBody, wear: WearSpec) -> Coat:
    """Skin with its scars, and then what lies on it: less on lips and under nails.

    Args:
        coat: The skin's layers.
        canvas: Its texels.
        shaped: The person.
        wear: What has happened to it.
    """
    place = skin_place(canvas, shaped)
    if wear.worn > 0.0:
        coat = _scarred(coat, canvas, place, wear.worn)
    amount = wear.soiled * SOIL_LOOKS[wear.soil].on_skin
    if amount <= 0.0:
        return coat
    covered = soiled(coat, place, wear.soil, amount)
    bare = np.maximum(canvas.masks["lips"], canvas.masks["inside-mouth"])
    free = np.clip(1.0 - 0.8 * bare, 0.0, 1.0)
    return coat.towards(covered, free)


def _scarred(coat: Coat, canvas: Canvas, place: Place, amount: float) -> Coat:
    """Healed cuts: pale, smooth, a little raised, with the dents of stitches on the long ones."""
    depth = np.zeros(len(canvas.points), dtype=np.float32)
    for number in range(max(1, round(amount * _SCARS))):
        depth = np.maximum(depth, _cut(canvas, place, number))
    over, rim = (0.85 * depth)[:, None], (depth * (1.0 - depth))[:, None]
    color = coat.color * (1.0 - over) + np.minimum(coat.color * _HEALED + 0.02, 0.85) * over
    return Coat(
        (color * (1.0 - rim * _SORE)).astype(np.float32),
        (coat.rough - 0.16 * depth).astype(np.float32),
        coat.metal,
        (coat.height + 3.5e-4 * depth - 2.0e-4 * smoothstep(0.05, 0.5, depth)).astype(np.float32),
    )


def _cut(canvas: Canvas, place: Place, number: int) -> Float32[np.ndarray, "t"]:
    """One healed cut, drawn in the plane that touches its middle; the first is in the face."""
    rng = np.random.default_rng([canvas.seed, 9, number])
    where = _field(canvas, in_face=number == 0 or rng.random() < _FACES)
    chosen = np.flatnonzero(where > 0.5)
    middle = int(chosen[int(rng.integers(len(chosen)))])
    normal = place.normals[middle]
    way = np.cross(normal, rng.normal(size=3))
    way = (way / np.linalg.norm(way)).astype(np.float32)
    half = np.float32(rng.uniform(0.016, 0.045))
    offset = canvas.points - canvas.points[middle]
    depth = np.zeros(len(offset), dtype=np.float32)
    near = (np.abs(offset).max(axis=1) < 1.5 * half) & (np.abs(offset @ normal) < 0.6 * half)
    offset = offset[near]
    along = offset @ way / half
    wobble = 0.0005 * solid(canvas.points[near], 0.012, canvas.seed + 310 + number)[:, 0]
    beside = offset @ np.cross(normal, way) + wobble - 0.14 * half * along**2
    width = 0.0026 * np.sqrt(np.clip(1.0 - along**2, 0.0, 1.0)) + 1e-6
    depth[near] = smoothstep(1.0, 0.35, np.abs(beside) / width) * (np.abs(along) < 1.0)
    return depth


def _field(canvas: Canvas, *, in_face: bool) -> np.ndarray:
    fields = canvas.fields
    if in_face:
        across, up, out = canvas.head.T
        cheeks = (np.abs(across) < 1.5) & (up < -0.5) & (up > -2.9) & (out > -0.6)
        return fields["face"] * (canvas.masks["lips"] < 0.2) * cheeks
    return np.maximum(fields["outer_arm"], 0.8 * fields["torso"])
