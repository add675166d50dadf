# SPDX-License-Identifier: Apache-2.0
"""Eyeballs: sclera with veins, limbal ring, fibrous iris, pupil, wet surface.

The picture is an azimuthal equidistant map of the eyeball: the front pole is the centre, and
``EDGE_ANGLE`` from it is the inscribed circle. Both eyes share it.
"""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float, Float32

from gen3d.easing import smoothstep
from gen3d.spec import SkinSpec
from gen3d.types import Material, Texture
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.sketch import side
from gen3d.wardrobe.texels import encode_srgb, normal_map, to_bytes

EDGE_ANGLE = np.radians(100.0)
"""Polar angle at the rim of the picture."""
IRIS_ANGLE = np.radians(23.0)
"""Polar angle of the limbus: 12.6 mm across on the base mesh's large eyeball."""
_PUPIL = 0.36
"""Pupil radius as a share of the iris, in daylight."""


@functools.cache
def _polar(size_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Polar angle over the iris angle, and azimuth, of each texel."""
    axis = (np.arange(size_px) + 0.5) / size_px * 2.0 - 1.0
    x, y = np.meshgrid(axis, -axis)
    radius = np.hypot(x, y) * (EDGE_ANGLE / IRIS_ANGLE)
    return radius.astype(np.float32), np.arctan2(y, x).astype(np.float32)


def _on_cone(radius: np.ndarray, azimuth: np.ndarray, radial_scale: float) -> np.ndarray:
    """Points whose noise is seamless around the eye and stretched along the rays."""
    points = np.stack([np.cos(azimuth), np.sin(azimuth), radius * radial_scale], axis=-1)
    return points.reshape(-1, 3).astype(np.float32)


def _veins(radius: np.ndarray, azimuth: np.ndarray, seed: int) -> np.ndarray:
    """Thin winding branches that fade towards the iris."""
    warp = solid(_on_cone(radius, azimuth, 0.5), 0.5, seed + 1, octaves=2).reshape(radius.shape)
    lines = solid(_on_cone(radius, azimuth + 0.10 * warp, 0.12), 0.22, seed + 2, octaves=3)
    thin = smoothstep(0.14, 0.0, np.abs(lines.reshape(radius.shape)))
    return thin * smoothstep(1.5, 2.8, radius)


def _sclera(radius: np.ndarray, azimuth: np.ndarray, skin: SkinSpec, seed: int) -> np.ndarray:
    cloud = solid(_on_cone(radius, azimuth, 0.7), 0.9, seed, octaves=3).reshape(radius.shape)
    white = np.array([0.66, 0.62, 0.585], dtype=np.float32)
    color = white * (1.0 + 0.025 * cloud[..., None])
    # Pinker and darker towards the corners, where the membrane folds.
    corner = smoothstep(1.4, 3.2, radius)[..., None]
    color = color * (1.0 - corner * triple(0.16, 0.34, 0.36))
    strength = 0.16 + 0.4 * max(skin.weathering - 0.2, 0.0)
    veins = (strength * _veins(radius, azimuth, seed))[..., None]
    return color * (1.0 - veins) + triple(0.42, 0.10, 0.08) * veins


def _iris(radius: np.ndarray, azimuth: np.ndarray, skin: SkinSpec, seed: int) -> np.ndarray:
    cone = _on_cone(radius, azimuth, 0.16)
    fibres = solid(cone, 0.075, seed + 3, octaves=3, channels=2)
    fine = fibres[:, 0].reshape(radius.shape)
    crypts = solid(_on_cone(radius, azimuth, 0.9), 0.33, seed + 4, octaves=2).reshape(radius.shape)
    base = np.clip(np.array(skin.eye_color, dtype=np.float32), 0.004, 0.8)
    # A real iris is brighter than its mean where fibres lie, and warmer around the pupil.
    share = (radius - _PUPIL) / (1.0 - _PUPIL)
    collarette = np.exp(-(((share - 0.22 - 0.03 * crypts) / 0.16) ** 2))
    light = np.exp(0.50 * fine + 0.16 * crypts + 0.35 * collarette - 0.1)
    color = base * 0.95 * light[..., None]
    warm = (0.5 * collarette * (0.6 + 0.4 * np.tanh(fine)))[..., None]
    color = color * (1.0 - warm) + warm * (0.6 * color + triple(0.10, 0.055, 0.02))
    rim = smoothstep(0.72, 1.0, radius + 0.02 * fine)[..., None]
    return color * (1.0 - 0.72 * rim)


def _color(skin: SkinSpec, seed: int, size_px: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear colour, and how much each texel is iris (pupil excluded) and pupil."""
    radius, azimuth = _polar(size_px)
    soft = 1.5 / size_px * (EDGE_ANGLE / IRIS_ANGLE) * 2.0
    inside = smoothstep(1.0 + 3.0 * soft, 1.0 - 3.0 * soft, radius)
    ragged = 0.012 * solid(_on_cone(radius, azimuth, 0.0), 0.2, seed + 5).reshape(radius.shape)
    pupil = smoothstep(_PUPIL + soft + 0.02, _PUPIL - soft, radius + ragged)
    eye = _sclera(radius, azimuth, skin, seed)
    limbal = (np.exp(-(((radius - 1.03) / 0.09) ** 2)) * 0.45)[..., None]
    eye = eye * (1.0 - limbal) + triple(0.12, 0.11, 0.12) * limbal
    iris = np.clip(_iris(radius, azimuth, skin, seed), 0.003, 0.75)
    eye = eye * (1.0 - inside[..., None]) + iris * inside[..., None]
    eye = eye * (1.0 - pupil[..., None]) + 0.004 * pupil[..., None]
    return eye, inside * (1.0 - pupil), pupil


def _relief(seed: int, size_px: int) -> Float[np.ndarray, "height width"]:
    """Uneven conjunctiva, so that the highlight on the white is not a ball's; cornea smooth."""
    radius, azimuth = _polar(size_px)
    bumps = solid(_on_cone(radius, azimuth, 0.9), 0.35, seed + 6, octaves=2).reshape(radius.shape)
    return bumps * 4.0e-5 * smoothstep(1.1, 1.8, radius)


def paint_eye(skin: SkinSpec, seed: int, size_px: int = 512) -> Material:
    """Paint one picture for both eyes.

    Args:
        skin: Iris colour; weathering reddens the white; ``eye_glow`` lights the iris up.
        seed: Same seed, same bytes.
        size_px: Side of the picture.
    """
    size_px = side(size_px)
    color, iris, pupil = _color(skin, seed, size_px)
    glow = min(skin.eye_glow, 1.0)
    if glow > 0.0:
        lit = np.clip((iris + 0.75 * pupil) * glow, 0.0, 1.0)[..., None]
        bright = np.array(skin.eye_color, dtype=np.float32)
        bright = 0.15 + 0.85 * bright / max(float(bright.max()), 1e-3)
        color = color * (1.0 - lit) + bright * lit
    radius, _ = _polar(size_px)
    rough = 0.06 + 0.10 * smoothstep(1.0, 1.5, radius)
    metal = np.zeros_like(rough) + skin.metallic * 0.8 * smoothstep(1.0, 1.2, radius)
    surface = np.stack([np.ones_like(rough), rough, metal], axis=-1)
    texel = np.full((size_px, size_px), 0.0164 * 2.0 * EDGE_ANGLE / size_px, dtype=np.float32)
    return Material(
        name="eye",
        roughness=1.0,
        metallic=1.0 if skin.metallic > 0.0 else 0.0,
        base_color_texture=Texture("eye_color", encode_srgb(_cropped(color))),
        metallic_roughness_texture=Texture("eye_surface", to_bytes(surface)),
        normal_texture=Texture("eye_normal", normal_map(_relief(seed, size_px), texel)),
    )


def _cropped(color: np.ndarray) -> Float32[np.ndarray, "height width 3"]:
    return np.clip(color, 0.0, 0.85).astype(np.float32)


def glow(skin: SkinSpec) -> tuple[float, float, float]:
    """Emission of iris and pupil: the eye's colour at full saturation, times ``eye_glow``."""
    hue = np.array(skin.eye_color) / max(*skin.eye_color, 1e-3)
    red, green, blue = (float(c) for c in hue * skin.eye_glow)
    return red, green, blue
