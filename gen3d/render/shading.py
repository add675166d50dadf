# SPDX-License-Identifier: Apache-2.0
"""Light leaving surface points towards the eye.

Three sources: the sky's diffuse light (spherical harmonics) and its reflection (filtered maps),
both dimmed by how much sky the point sees, and the sun, which a shadow ray lets through or not. The
split of diffuse and specular conserves energy: what the highlight reflects, the body below does not
get. Living skin wraps the sun's light around its terminator, more in red, a cheap stand-in for
light that travels below the surface (energy-conserving wrap after Green 2004, GPU Gems chapter 16,
and McAuley 2013). What cannot be seen here: refraction, coloured bounce light between parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from gen3d.render.lighting import Light, evaluate, reflected
from gen3d.render.points import Appearance, Points, dot, unit
from gen3d.render.reflectance import (
    DIELECTRIC,
    compensation,
    directional_albedo,
    ggx_density,
    smith_visibility,
)

SKIN_WRAP = np.array([[0.36], [0.16], [0.08]], np.float32)
"""How far light wraps around living skin, per channel, as a cosine."""

_SUN_ALPHA = 0.02
"""Least highlight width: the sun is half a degree wide, so no highlight is narrower."""


@dataclass(frozen=True)
class Radiance:
    """Outgoing light, and what a white matte surface would send (for the light meter)."""

    seen: Float32[np.ndarray, "3 rays"]
    white: Float32[np.ndarray, "3 rays"]


def shade(
    points: Points,
    look: Appearance,
    directions: Float32[np.ndarray, "3 rays"],
    light: Light,
    sky_visible: Float32[np.ndarray, "rays"],
    sun_visible: Float32[np.ndarray, "rays"],
) -> Radiance:
    """Radiance of surface points towards the eye.

    Args:
        points: Where the rays hit.
        look: Material values there.
        directions: Unit rays, from the eye.
        light: The environment.
        sky_visible: Cosine-weighted part of the sky that is not hidden, 0 to 1.
        sun_visible: Part of the sun's disc that is not hidden, 0 to 1.
    """
    normal = look.normal
    cos_view = np.clip(-dot(normal, directions), 1e-3, 1.0)
    f0 = DIELECTRIC + (look.base - DIELECTRIC) * look.metallic
    scale, offset = directional_albedo(cos_view, look.roughness)
    boost = compensation(f0, scale, offset)
    specular = (f0 * scale + offset) * boost
    matte = look.base * (1.0 - look.metallic) * (1.0 - specular)
    sky = evaluate(light.irradiance, normal)
    sun = _sun_diffuse(points, look, light, sun_visible)
    mirror = directions + normal * (2.0 * cos_view)
    glossy = reflected(light, unit(mirror), look.roughness)
    glossy *= specular * specular_occlusion(cos_view, sky_visible, look.roughness)
    glint = _sun_specular(look, directions, cos_view, f0, light) * boost * sun_visible
    seen = matte * (sky * bounced(sky_visible, look.base) + sun) + glossy + glint + look.emissive
    return Radiance(seen.astype(np.float32), (sky * sky_visible + sun).astype(np.float32))


def _sun_diffuse(
    points: Points, look: Appearance, light: Light, sun_visible: np.ndarray
) -> np.ndarray:
    """Irradiance over pi from the sun."""
    cosine = dot(look.normal, light.sun_direction[:, None])
    wrap = SKIN_WRAP * look.skin
    wrapped = np.maximum(cosine + wrap, 0.0) / (1.0 + wrap) ** 2
    # Normal maps must not light a side that the real surface turns away.
    lit = np.clip(dot(points.normal, light.sun_direction[:, None]) * 8.0 + 1.0, 0.0, 1.0)
    lit = np.maximum(lit, look.skin)
    return wrapped * light.sun_illuminance[:, None] * (sun_visible * lit / np.float32(np.pi))


def _sun_specular(
    look: Appearance,
    directions: np.ndarray,
    cos_view: np.ndarray,
    f0: np.ndarray,
    light: Light,
) -> np.ndarray:
    """Radiance of the sun's highlight: GGX with Schlick's Fresnel term."""
    towards = light.sun_direction[:, None]
    cos_light = np.clip(dot(look.normal, towards), 0.0, 1.0)
    half = unit(towards - directions)
    cos_half = np.clip(dot(look.normal, half), 0.0, 1.0)
    fresnel = (1.0 - np.clip(dot(towards, half), 0.0, 1.0)) ** 5
    alpha2 = np.maximum(look.roughness * look.roughness, _SUN_ALPHA) ** 2
    lobe = ggx_density(cos_half, alpha2) * smith_visibility(cos_view, cos_light, alpha2)
    reflectance = f0 + (1.0 - f0) * fresnel
    return reflectance * light.sun_illuminance[:, None] * (lobe * cos_light)


def bounced(
    sky_visible: Float32[np.ndarray, "rays"], albedo: Float32[np.ndarray, "3 rays"]
) -> Float32[np.ndarray, "3 rays"]:
    """Sky visibility with the light that neighbouring surface of the same colour sends back.

    Fit of Jimenez et al. 2016 ("Practical real-time strategies for accurate indirect occlusion",
    section 5): bright materials fill their own creases.
    """
    a = 2.0404 * albedo - 0.3324
    b = -4.7951 * albedo + 0.6417
    c = 2.7552 * albedo + 0.6903
    return np.maximum(sky_visible, ((sky_visible * a + b) * sky_visible + c) * sky_visible)


def specular_occlusion(
    cos_view: Float32[np.ndarray, "rays"],
    sky_visible: Float32[np.ndarray, "rays"],
    roughness: Float32[np.ndarray, "rays"],
) -> Float32[np.ndarray, "rays"]:
    """Part of a reflection that is not hidden (Lagarde and de Rousiers 2014, section 4.10.2)."""
    exponent = np.exp2(-16.0 * roughness - 1.0)
    return np.clip((cos_view + sky_visible) ** exponent - 1.0 + sky_visible, 0.0, 1.0)
