# SPDX-License-Identifier: Apache-2.0
"""What life leaves on skin: freckles, age spots, weather, bruises and decay, and roots of hair."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.easing import ramp, smoothstep
from gen3d.spec import HairSpec, SkinSpec
from gen3d.wardrobe.noise import cells, solid, triple
from gen3d.wardrobe.skin_canvas import BLOOD, MELANIN, Canvas, luminance

_ROOT_DENSITY = {"bald": 0.0, "buzz": 0.8, "short": 0.72, "mohawk": 0.72, "afro": 0.8}
"""How much of the scalp is seen as hair under each style; 0.6 for the long ones."""


def unnatural(skin: SkinSpec) -> float:
    """0 for human tones, 1 for green, grey and blue ones: the undead and the alien."""
    red, green, blue = (max(channel, 1e-3) for channel in skin.tone)
    return ramp(0.84, 1.0, max(green, blue) / red)


def _freckles(canvas: Canvas, skin: SkinSpec) -> np.ndarray:
    f = canvas.fields
    fair = ramp(0.25, 0.5, luminance(np.array(skin.tone)))
    where = f["nose"] + f["cheeks"] + 0.45 * f["forehead"] + 0.5 * f["outer_arm"]
    distance, _ = cells(canvas.points, 0.0055, canvas.seed + 11)
    clusters = solid(canvas.points, 0.03, canvas.seed + 12)[:, 0]
    spots = smoothstep(0.34, 0.18, distance) * smoothstep(-0.2, 1.0, clusters)
    return np.clip(where, 0.0, 1.0) * spots * (0.25 + 0.75 * skin.weathering) * fair


def _moles(canvas: Canvas) -> np.ndarray:
    """A few dark dots anywhere: cells so sparse that only the closest texels count."""
    distance, _ = cells(canvas.points, 0.075, canvas.seed + 13)
    return smoothstep(0.026, 0.014, distance) * (1.0 - canvas.masks["lips"])


def _age_spots(canvas: Canvas) -> np.ndarray:
    f = canvas.fields
    age = ramp(48.0, 85.0, canvas.age_years)
    where = f["forehead"] + f["cheeks"] + f["scalp"] + f["hand"] * (1.0 - f["palm"])
    where = np.clip(where + 0.6 * f["outer_arm"], 0.0, 1.0)
    distance, _ = cells(canvas.points, 0.017, canvas.seed + 14)
    chosen = smoothstep(0.2, 1.0, solid(canvas.points, 0.06, canvas.seed + 17)[:, 0])
    ragged = 0.09 * solid(canvas.points, 0.006, canvas.seed + 15, octaves=2)[:, 0]
    return where * smoothstep(0.27, 0.13, distance + ragged) * age * chosen


def age_and_sun(canvas: Canvas, skin: SkinSpec) -> Float32[np.ndarray, "t 3"]:
    """Absorbance that marks add: freckles, moles, age spots, broken veins, tan and blotches."""
    human = 1.0 - unnatural(skin)
    patch = solid(canvas.points, 0.045, canvas.seed + 16, octaves=4, channels=2)
    old = ramp(40.0, 80.0, canvas.age_years)
    blotches = smoothstep(0.2, 1.6, patch[:, 0]) * (0.16 * skin.weathering + 0.12 * old)
    tan = canvas.fields["face"] + canvas.fields["neck"] + canvas.fields["outer_arm"]
    melanin = 1.1 * _freckles(canvas, skin) + 1.4 * _moles(canvas) + 0.55 * _age_spots(canvas)
    melanin = melanin + 0.12 * skin.weathering * np.clip(tan, 0.0, 1.0)
    melanin = melanin + 0.10 * old * patch[:, 1]
    return human * (blotches[:, None] * BLOOD + melanin[:, None] * MELANIN)


def decay(
    canvas: Canvas, albedo: Float32[np.ndarray, "t 3"], skin: SkinSpec
) -> Float32[np.ndarray, "t 3"]:
    """Livid patches, sunken eyes, dark veins and raw wounds of skin that is not alive."""
    amount = unnatural(skin) * ramp(0.3, 0.9, skin.weathering)
    if amount <= 0.0:
        return albedo
    f = canvas.fields
    field = solid(canvas.points, 0.09, canvas.seed + 21, octaves=5, gain=0.6, channels=3)
    livid = smoothstep(0.3, 1.5, field[:, 0]) * amount
    albedo = _mix(albedo, np.array([0.16, 0.10, 0.15]), 0.6 * livid)
    grey = smoothstep(0.1, 1.4, field[:, 1]) * amount
    albedo = _mix(albedo, np.array([0.30, 0.31, 0.20]), 0.5 * grey)
    sunken = np.clip(f["eye_socket"] * 1.1 + f["under_eye"], 0.0, 1.0) * amount
    albedo = _mix(albedo, np.array([0.07, 0.045, 0.06]), 0.7 * sunken)
    _, border = cells(canvas.points, 0.03, canvas.seed + 22)
    veins = smoothstep(0.06, 0.0, border) * smoothstep(-0.2, 0.8, field[:, 2]) * amount
    albedo = _mix(albedo, np.array([0.06, 0.07, 0.09]), 0.4 * veins)
    raw = smoothstep(1.55, 1.95, field[:, 2] + 0.3 * field[:, 0]) * amount
    return _mix(albedo, np.array([0.16, 0.02, 0.015]), 0.85 * raw)


def _mix(color: np.ndarray, other: np.ndarray, amount: np.ndarray) -> np.ndarray:
    share = amount[:, None].astype(np.float32)
    return color * (1.0 - share) + other.astype(np.float32) * share


def root_density(canvas: Canvas, hair: HairSpec) -> Float32[np.ndarray, "t"]:
    """Share of the scalp that is covered by roots and stubble of the hair."""
    scalp = canvas.fields["scalp"] * (1.0 - canvas.masks["inside-mouth"])
    density = np.float32(_ROOT_DENSITY.get(hair.style, 0.6))
    if hair.style == "mohawk":
        # Shaved sides keep a shadow.
        strip = smoothstep(0.95, 0.6, canvas.head[:, 0])
        density = 0.3 + (density - 0.3) * strip
    if hair.style == "bald" and canvas.age_years < 45.0:
        density = np.float32(0.10)
    patchy = 0.06 * solid(canvas.points, 0.02, canvas.seed + 33, octaves=2)[:, 0]
    return np.clip(scalp * density * (1.0 + patchy), 0.0, 1.0)


def beard_density(canvas: Canvas, skin: SkinSpec, hair: HairSpec) -> Float32[np.ndarray, "t"]:
    """How dark the roots of the beard make the chin: stubble, or the ground of a grown beard."""
    bare = 1.0 - canvas.masks["lips"] - canvas.masks["inside-mouth"]
    patchy = 0.10 * solid(canvas.points, 0.012, canvas.seed + 32, octaves=2)[:, 0]
    beard = canvas.fields["beard"] * np.clip(bare, 0.0, 1.0)
    beard = smoothstep(0.05, 0.85, beard * (1.0 + patchy))
    grown = np.clip(0.62 * skin.stubble + 0.8 * min(2.0 * hair.beard, 1.0), 0.0, 0.85)
    return (beard * np.float32(grown)).astype(np.float32)


def hair_roots(
    color: Float32[np.ndarray, "height width 3"],
    points: Float32[np.ndarray, "height width 3"],
    density: Float32[np.ndarray, "height width 2"],
    hair: HairSpec,
    seed: int,
) -> Float32[np.ndarray, "height width 3"]:
    """Draw the roots of hair as single dark hairs over a soft tint.

    Args:
        color: Linear albedo.
        points: Rest positions, metres.
        density: Of the scalp and of the beard, 0 to 1.
        hair: Its colour.
        seed: Same seed, same hairs.
    """
    where = density.max(axis=-1) > 0.004
    if not where.any():
        return color
    stretched = points[where] * triple(1.0, 0.5, 1.0)
    hairs = solid(stretched, 0.0016, seed + 31, octaves=2, channels=2)
    scalp, beard = density[where].T
    # A hair shows where the noise is above a level that falls with density; skin stays between.
    strokes = smoothstep(-0.9, 0.7, hairs[:, 0])
    dots = smoothstep(-0.2, 1.3, hairs[:, 1])
    amount = np.maximum(scalp * (0.62 + 0.38 * strokes), beard * (0.42 + 0.75 * dots))
    result = color.copy()
    result[where] = _mix(color[where], np.array(hair.color), np.clip(amount, 0.0, 0.96))
    return result
