# SPDX-License-Identifier: Apache-2.0
"""The wardrobe's own patterns and weaves laid on a figure's surface, as offsets in OKLab.

Cloth coordinates run around and along the trunk, the arms and the legs of the resting figure, in
metres of a figure 1.75 m tall, so that a pattern does not depend on the UV layout; a weave is drawn
only where texels are small enough for it.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from gen3d.perception import to_oklab
from gen3d.retexture.canvas import Canvas
from gen3d.retexture.spec import PaintSpec
from gen3d.retexture.zones import Z
from gen3d.spec import GARMENT_KINDS, GarmentSpec
from gen3d.wardrobe.fabric_cloth import Cloth
from gen3d.wardrobe.fabric_pattern import PATTERNS
from gen3d.wardrobe.fabric_weave import LOOKS
from gen3d.wardrobe.texels import TexelMap

_FAR_FROM_HEM = 0.2
_LEAST_LIGHT = 0.05


def aims_of(
    canvas: Canvas, where: Int[np.ndarray, "n"], paint: PaintSpec, seed: int
) -> Float[np.ndarray, "n 3"]:
    """What pattern and weave add to the mean colour of some places.

    Args:
        canvas: The picture.
        where: Its places.
        paint: The paint.
        seed: Of detail.
    """
    plain = np.zeros((len(where), 3))
    if canvas.texels is None or (paint.pattern == "plain" and paint.fabric is None):
        return plain
    cloth = _cloth(canvas, where, seed)
    if paint.color is not None and paint.pattern != "plain":
        plain = _print(cloth, paint)
    if paint.fabric is not None and canvas.picture is not None:
        shade = np.clip(LOOKS[paint.fabric].weave(cloth).shade, 0.5, 1.6)
        # A factor on linear light is its cube root in OKLab.
        light = 0.5 if paint.color is None else float(to_oklab(np.array(paint.color))[0])
        plain[:, 0] += max(light, _LEAST_LIGHT) * (np.cbrt(shade) - np.cbrt(shade).mean())
    return plain


def _print(cloth: Cloth, paint: PaintSpec) -> Float[np.ndarray, "n 3"]:
    base = paint.color or (0.5, 0.5, 0.5)
    kind = paint.what if paint.what in GARMENT_KINDS else "t_shirt"
    garment = GarmentSpec(kind=kind, color=base, accent=paint.accent or base, pattern=paint.pattern)
    drawn = to_oklab(np.clip(PATTERNS[paint.pattern](cloth, garment).color, 0.0, 1.0))
    return drawn - to_oklab(np.array(base))


def _cloth(canvas: Canvas, where: Int[np.ndarray, "n"], seed: int) -> Cloth:
    ground = canvas.ground
    points = ground.points[where].astype(np.float32)
    zone = ground.zone[where]
    u, v = _coordinates(points, zone)
    whole = canvas.texels
    if whole is None:
        raise ValueError("a canvas of vertices has no texels")
    texels = TexelMap(
        whole.faces,
        whole.size_px,
        whole.texels[where],
        whole.owner[where],
        whole.barycentrics[where],
    )
    hem = np.full(len(where), _FAR_FROM_HEM, np.float32)
    return Cloth(texels, u, v, points, hem, ground.metres[where].astype(np.float32), seed)


def _coordinates(
    points: Float[np.ndarray, "n 3"], zone: Int[np.ndarray, "n"]
) -> tuple[np.ndarray, np.ndarray]:
    """Metres around and along the trunk or the limb that each point is on."""
    u = np.arctan2(points[:, 0], points[:, 2]) * np.float32(0.16)
    v = points[:, 1].copy()
    for names, radius, along_arm in (
        (("arms", "hands"), 0.05, True),
        (("thighs", "shins", "feet"), 0.08, False),
    ):
        for side in (1.0, -1.0):
            own = np.isin(zone, [Z[name] for name in names]) & (side * points[:, 0] > 0.0)
            if not own.any():
                continue
            limb = points[own]
            axis = np.array([0.0, 1.0, 0.0], np.float32)
            if along_arm:
                axis = _direction(limb)
            away = limb - limb.mean(axis=0)
            along = away @ axis
            across = away - along[:, None] * axis
            first = np.cross(axis, np.array([0.0, 0.0, 1.0], np.float32))
            second = np.cross(axis, first)
            u[own] = np.arctan2(across @ first, across @ second) * np.float32(radius)
            v[own] = along if along_arm else limb[:, 1]
    return u.astype(np.float32), v.astype(np.float32)


def _direction(points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "3"]:
    """The longest axis of some points."""
    some = points[:: max(1, len(points) // 20_000)]
    _, _, axes = np.linalg.svd(some - some.mean(axis=0), full_matrices=False)
    return (axes[0] * np.sign(axes[0, 0] or 1.0)).astype(np.float32)
