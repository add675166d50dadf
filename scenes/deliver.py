# SPDX-License-Identifier: Apache-2.0
"""The forms of an environment that programs ask for, beside the usual four files.

* ``sky_16bit.exr``: 16-bit floats. Where the sun is brighter than these can hold, the whole picture
  is darker by a power of two, so that no light is lost; header and ``lighting.json`` give the unit.
* ``sky_nosun.exr``: without the sun's disc, for a lamp beside it; the two add up to the whole.
* ``sky_1k.exr``, ``sky_2k.exr``, ``sky_4k.exr``: smaller copies with the same light.
* ``cube/px.exr`` … ``cube/nz.exr``: the faces of a cube map, a quarter of the width each.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.cubemap import FACES, cube_face, sun_on_face
from scenes.files import exr_header, put_image, put_text
from scenes.lighting import disc_filled
from scenes.report import Json, lighting_report
from scenes.sampling import reduced
from scenes.sky import HORIZON
from scenes.sun import SunDisc, even_disc
from scenes.units import UNIT_CD_M2

_HALF_SAFE = 60_000.0
"""Under the largest 16-bit float, 65,504, by what rounding and filters may add."""
_SIZES = {"1k": 1024, "2k": 2048, "4k": 4096}


def deliver(env: Environment, spec: SkySpec | None, folder: Path) -> list[Path]:
    """Write all forms and add them to ``lighting.json``.

    Args:
        env: Radiance in cd/m^2.
        spec: What was asked for; None for light that a picture was taken of.
        folder: Where the usual files are.

    Raises:
        Gen3dError: If the folder cannot be written to.
    """
    pixels = env.radiance / np.float32(UNIT_CD_M2)
    calm = calm_sky(env) / np.float32(UNIT_CD_M2)
    unit = UNIT_CD_M2 * half_factor(pixels)
    half = pixels * np.float32(UNIT_CD_M2 / unit)
    files: dict[str, tuple[Float32[np.ndarray, "height width 3"], float, bool]] = {
        "sky_16bit.exr": (half, unit, True),
        "sky_nosun.exr": (calm, UNIT_CD_M2, False),
    }
    for name, width in _SIZES.items():
        if pixels.shape[1] > width and pixels.shape[1] % (2 * width) == 0:
            files[f"sky_{name}.exr"] = (
                reduced(pixels, pixels.shape[1] // width),
                UNIT_CD_M2,
                False,
            )
    written: list[Path] = []
    for name, (content, of, as_half) in files.items():
        header = exr_header(content, env, spec, of, half=as_half)
        written.append(put_image(folder / name, content, header))
    written += _cube(calm, env, spec, folder / "cube")
    told: Json = {
        path.relative_to(folder).as_posix(): {
            "file_unit_cd_m2": unit if path.name == "sky_16bit.exr" else UNIT_CD_M2,
            "sun": path.name != "sky_nosun.exr",
        }
        for path in written
    }
    report = lighting_report(env, spec) | {"files": told}
    return [*written, put_text(folder / "lighting.json", json.dumps(report, indent=2) + "\n")]


def calm_sky(env: Environment) -> Float32[np.ndarray, "height width 3"]:
    """The panorama at full size without the sun's disc, cd/m^2."""
    if not env.sun_illuminance.any():
        return env.radiance
    return disc_filled(env.radiance, env.sun_direction)


def half_factor(pixels: Float32[np.ndarray, "height width 3"]) -> float:
    """The least power of two, at least 1, by which values must be divided to fit 16-bit floats."""
    brightest = float(pixels.max())
    return float(2.0 ** max(np.ceil(np.log2(max(brightest, 1e-30) / _HALF_SAFE)), 0.0))


def visible_disc(env: Environment) -> SunDisc:
    """The sun of an environment, the part of it that is over the horizon."""
    disc = even_disc(env.sun_direction.astype(np.float64), env.sun_illuminance.astype(np.float64))
    seen = disc.directions[:, 1] > np.sin(HORIZON)
    if not seen.any():
        return SunDisc(directions=np.zeros((0, 3)), illuminance=np.zeros((0, 3)))
    light = disc.illuminance[seen] / max(float(seen.mean()), 1e-9)
    return SunDisc(directions=disc.directions[seen], illuminance=light)


def _cube(
    calm: Float32[np.ndarray, "height width 3"],
    env: Environment,
    spec: SkySpec | None,
    folder: Path,
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    side = calm.shape[1] // 4
    disc = visible_disc(env)
    written: list[Path] = []
    for face in FACES:
        picture = cube_face(calm, face, side)
        where, light = sun_on_face(disc, face, side)
        picture.reshape(-1, 3)[where] += (light / UNIT_CD_M2).astype(np.float32)
        header = exr_header(picture, env, spec)
        header.attribute("textureformat", "Plain Texture")
        written.append(put_image(folder / f"{face}.exr", picture, header))
    return written
