# SPDX-License-Identifier: Apache-2.0
"""``lighting.json``: the light of an environment in numbers, and what to type into each engine.

World axes are glTF's (+Y up, +Z forward). Where an engine has other axes, the sun's direction is
given in those too: Blender (x, -z, y), Unreal as its glTF import turns them (x, z, y).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d import panorama
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.atmosphere import SUN_RADIUS
from scenes.lighting import (
    colour_temperature,
    exposure_ev100,
    harmonics_irradiance,
    illuminance,
    picture_exposure,
    project,
)
from scenes.spectrum import luminance
from scenes.units import UNIT_CD_M2

Json = dict[str, object]
"""An object of JSON."""

_UP = np.array([0.0, 1.0, 0.0])


def _short(value: float) -> float:
    """Six significant digits: enough for a reader, the same on every run."""
    return float(f"{value:.6g}")


def _list(values: Float[np.ndarray, "n"]) -> list[float]:
    return [_short(float(value)) for value in values]


def _exact(values: Float[np.ndarray, "n"]) -> list[float]:
    """All digits, so that reading gives the same float32 back."""
    return [float(value) for value in values]


def _kelvin(rgb: np.ndarray) -> int | None:
    kelvin = colour_temperature(rgb)
    return None if kelvin is None else round(kelvin)


def _sun(env: Environment, spec: SkySpec | None) -> Json:
    x, y, z = (_short(float(v)) for v in env.sun_direction)
    height, azimuth = panorama.angles_of(env.sun_direction)
    moon = spec.moon if spec and spec.moon and abs(height - spec.sun_elevation_deg) > 0.1 else None
    if spec is not None:
        height, azimuth = spec.sun_elevation_deg, spec.sun_azimuth_deg
    if moon is not None:
        height, azimuth = moon.elevation_deg, moon.azimuth_deg
    return {
        "body": "moon" if moon else "sun",
        "direction_world": _exact(env.sun_direction),
        "direction_blender": [x, -z, y],
        "direction_unreal": [x, z, y],
        "elevation_deg": height,
        "azimuth_deg": azimuth,
        "azimuth_convention": "clockwise seen from above, 0 = +Z, 90 = -X",
        "angular_diameter_deg": _short(float(np.degrees(2.0 * SUN_RADIUS))),
        "illuminance_rgb_lux": _exact(env.sun_illuminance),
        "illuminance_lux": _short(float(luminance(env.sun_illuminance))),
        "colour_temperature_k": _kelvin(env.sun_illuminance),
    }


def lamp_rotations(direction: Float[np.ndarray, "3"]) -> dict[str, list[float]]:
    """Euler angles in degrees that make each engine's lamp shine from a direction of the world.

    Blender: XYZ, shines along its -Z. Unity: XYZ fields, shines along +Z, axes (-x, y, z). Unreal:
    pitch, yaw, roll, shines along +X, axes (x, z, y). Godot: YXZ, shines along -Z, axes as here.
    """
    x, y, z = (float(v) for v in direction)
    height = float(np.degrees(np.arcsin(np.clip(y, -1.0, 1.0))))

    def bearing(a: float, b: float) -> float:
        return float(np.degrees(np.arctan2(a, b)))

    angles = {
        "blender": [90.0 - height, 0.0, bearing(x, z)],
        "unity": [height, bearing(x, -z), 0.0],
        "unreal": [-height, bearing(-z, -x), 0.0],
        "godot": [-height, bearing(x, z), 0.0],
    }
    return {engine: [_short(angle) for angle in turn] for engine, turn in angles.items()}


def _engines(total_lux: float, sun_rgb: np.ndarray, direction: np.ndarray) -> Json:
    # A white matt floor comes out at 1.0.
    white = float(-np.log2(max(total_lux, 1e-6) / np.pi / UNIT_CD_M2))
    sun_lux = float(luminance(sun_rgb))
    tint = _list(sun_rgb / max(float(sun_rgb.max()), 1e-30))
    lamp: Json = {
        "note": "only beside sky_nosun.exr (--deliver all): sky.exr already contains the sun",
        "colour_linear": tint,
        "illuminance_lux": _short(sun_lux),
    }
    turns = lamp_rotations(direction)
    return {
        "directional_light": lamp,
        "blender": {
            "sun_lamp_rotation_deg": turns["blender"],
            "world_strength": 1.0,
            "exposure_stops": _short(white),
            "sun_lamp_strength": _short(float(sun_rgb.max()) / UNIT_CD_M2),
            "note": "load sky.exr as an Environment Texture, equirectangular, no rotation",
        },
        "unity_hdrp": {
            "sun_light_rotation_deg": turns["unity"],
            "desired_lux_value": _short(total_lux),
            "exposure_ev100": _short(exposure_ev100(total_lux)),
        },
        "unreal": {
            "sun_light_pitch_yaw_roll_deg": turns["unreal"],
            "sky_light_intensity_scale": UNIT_CD_M2,
            "exposure_ev100": _short(exposure_ev100(total_lux)),
        },
        "godot": {
            "sun_light_rotation_deg": turns["godot"],
            "background_intensity_nits": UNIT_CD_M2,
            "exposure_ev100": _short(exposure_ev100(total_lux)),
        },
    }


def lighting_report(env: Environment, spec: SkySpec | None) -> Json:
    """Everything a lighting artist asks of an environment, ready for JSON.

    Args:
        env: Radiance in cd/m^2.
        spec: What was asked for; None for light that a picture was taken of.
    """
    sky = env.radiance_without_sun
    coefficients = project(sky)
    from_sky = illuminance(sky, _UP)
    from_sun = env.sun_illuminance.astype(np.float64) * max(float(env.sun_direction[1]), 0.0)
    total = float(luminance(from_sky + from_sun))
    return {
        "units": {
            "file_unit_cd_m2": UNIT_CD_M2,
            "meaning": "file value * file_unit_cd_m2 = cd/m^2; irradiance likewise lux",
            "colour": "linear Rec. 709, D65; luminance = 0.2126729 R + 0.7151522 G + 0.0721750 B",
        },
        "orientation": {
            "world": "+Y up, +Z forward, right-handed, metres (glTF)",
            "panorama": "u = 0.5 - atan2(-z, x) / (2 pi), v = acos(y) / pi from the top",
        },
        "sun": _sun(env, spec),
        "sky": {
            **({} if spec is None else {"turbidity": spec.turbidity}),
            "illuminance_lux": _short(float(luminance(from_sky))),
            "colour_temperature_k": _kelvin(from_sky),
        },
        **(
            {} if spec is None else {"ground": {"albedo_linear": [*map(float, spec.ground_albedo)]}}
        ),
        "total": {
            "illuminance_lux": _short(total),
            "colour_temperature_k": _kelvin(from_sky + from_sun),
            "exposure_ev100": _short(exposure_ev100(total)),
            "picture_exposure_stops": _short(picture_exposure(sky) + np.log2(UNIT_CD_M2)),
        },
        "spherical_harmonics": {
            "of": "panorama without the sun's disc, cd/m^2",
            "convention": "real, orthonormal, order 1 | y z x | xy yz 3z^2-1 xz x^2-y^2, world"
            " axes; no cosine lobe applied; for lux multiply the bands by pi, 2 pi / 3, pi / 4",
            "coefficients_rgb": [_list(row) for row in coefficients],
            "illuminance_up_lux": _short(float(luminance(harmonics_irradiance(coefficients, _UP)))),
        },
        "engines": _engines(
            total, env.sun_illuminance.astype(np.float64), env.sun_direction.astype(np.float64)
        ),
    }
