# SPDX-License-Identifier: Apache-2.0
"""Fine relief of skin, metres: pores, creases over joints, lips, and the lines that age draws."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.easing import ramp, smoothstep
from gen3d.spec import SkinSpec
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.skin_canvas import Canvas


def _valley(distance: np.ndarray, width: float) -> np.ndarray:
    """A crease: 1 at distance 0, soft shoulders."""
    return np.exp(-((distance / width) ** 2))


def _forehead_lines(head: np.ndarray, wobble: np.ndarray) -> np.ndarray:
    x, y, z = head.T
    arch = y - 0.16 * np.cos(x * 1.5) + 0.035 * wobble
    lines = np.zeros_like(x)
    for number, level in enumerate((0.92, 1.20, 1.47, 1.78)):
        # Each line is broken somewhere else.
        present = smoothstep(-1.3, 0.2, np.sin(2.1 * x + 1.7 * number) + 0.8 * wobble)
        lines = lines + present * _valley(arch - level, 0.05)
    return lines * smoothstep(1.7, 0.8, x) * smoothstep(-0.6, 0.1, z)


def _frown_lines(head: np.ndarray) -> np.ndarray:
    x, y, z = head.T
    line = _valley(x - 0.22 - 0.06 * (y - 0.4), 0.055)
    return line * smoothstep(0.1, 0.35, y) * smoothstep(1.0, 0.7, y) * (z > 0)


def _crows_feet(head: np.ndarray, wobble: np.ndarray) -> np.ndarray:
    x, y, z = head.T
    # Rays from the outer corner of the eye, measured along the temple (x falls as z recedes).
    along = np.hypot(x - 1.62, 0.8 * (z - 0.1))
    angle = np.arctan2(y + 0.05 + 0.05 * wobble, np.maximum(along, 1e-3))
    rays = sum(_valley(angle - ray, 0.075) for ray in (-0.62, -0.3, 0.02, 0.34, 0.62))
    radius = np.hypot(along, y)
    return rays * smoothstep(0.12, 0.25, radius) * smoothstep(0.85, 0.45, radius) * (x > 1.5)


def _folds(head: np.ndarray) -> np.ndarray:
    """From the wing of the nose round the corner of the mouth, and under the eyes."""
    x, y, z = head.T
    curve = np.interp(-y, [1.1, 1.5, 2.0, 2.6, 3.2], [0.52, 0.72, 0.98, 1.12, 1.02])
    fold = _valley(x - curve, 0.1) * smoothstep(-1.0, -1.35, y) * smoothstep(-2.9, -2.4, y)
    ring = np.hypot((x - 0.98) / 1.0, (y + 0.05) / 0.82) - 0.72
    bag = _valley(ring, 0.06) * smoothstep(-0.2, -0.45, y) * smoothstep(1.75, 1.4, x)
    return (fold + 0.8 * bag) * (z > -0.6)


def wrinkles(canvas: Canvas) -> Float32[np.ndarray, "t"]:
    """Depth of the face's lines, 0 to about 1, for the age of the person."""
    age = canvas.age_years
    wobble = solid(canvas.points, 0.04, canvas.seed + 41, octaves=2)[:, 0]
    head = canvas.head
    depth = _forehead_lines(head, wobble) * ramp(30.0, 75.0, age)
    depth = depth + _frown_lines(head) * ramp(34.0, 75.0, age)
    depth = depth + _crows_feet(head, wobble) * ramp(32.0, 70.0, age)
    depth = depth + _folds(head) * (0.15 + 0.85 * ramp(25.0, 75.0, age))
    return (depth * (canvas.fields["face"] if age > 14.0 else 0.0)).astype(np.float32)


def _finger_creases(canvas: Canvas) -> np.ndarray:
    """Across the backs of the finger joints (fingers lie along x in the T-pose)."""
    along = canvas.points[:, 0] * (2.0 * np.pi / 0.0034)
    wobble = solid(canvas.points, 0.006, canvas.seed + 42)[:, 0]
    return canvas.fields["knuckles"] * np.sin(along + 1.3 * wobble)


def height(
    canvas: Canvas, skin: SkinSpec, lines: Float32[np.ndarray, "t"]
) -> Float32[np.ndarray, "t"]:
    """Height above the modelled surface, metres; ``lines`` are the :func:`wrinkles`."""
    f, m = canvas.fields, canvas.masks
    rough_life = 0.6 + 0.8 * skin.weathering + 0.01 * max(canvas.age_years - 30.0, 0.0)
    smooth = 1.0 - 0.9 * np.maximum(m["fingernails"], m["toenails"])
    pores = solid(canvas.points, 0.0026, canvas.seed + 43, octaves=1)[:, 0]
    folds = solid(canvas.points, 0.009, canvas.seed + 44, octaves=2)[:, 0]
    lip_lines = solid(canvas.points * triple(1.0, 0.2, 0.5), 0.0028, canvas.seed + 45)[:, 0]
    relief = (2.2e-5 * pores * (1.0 + 0.6 * f["nose"]) + 3.0e-5 * folds) * rough_life * smooth
    relief = relief * (1.0 - 0.7 * m["lips"]) + 5.0e-5 * lip_lines * m["lips"]
    relief = relief + 2.5e-4 * np.maximum(m["fingernails"], m["toenails"])
    relief = relief + 7.0e-5 * _finger_creases(canvas)
    return relief - 3.2e-4 * lines
