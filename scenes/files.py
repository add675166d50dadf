# SPDX-License-Identifier: Apache-2.0
"""An environment as files: ``sky.exr``, ``sky.hdr``, ``sky.jpg`` and ``lighting.json``.

``sky.exr`` is the truth: 32-bit float, losslessly compressed, linear Rec. 709, one file unit =
10,000 cd/m^2 (:mod:`scenes.units`; also in the header as ``whiteLuminance``). 16-bit floats would
clip the sun. ``sky.hdr`` holds the same in RGBE, rounded to nearest (under 0.4 % a pixel).
``sky.jpg`` is for looking at. Files carry no time of writing: same environment, same bytes. Each is
written beside its name and moved over it when complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name its own manual uses
from jaxtyping import Float32
from PIL import Image

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.lighting import (
    adapted,
    exposure_ev100,
    illuminance,
    picture_exposure,
    room_exposure,
    without_sun,
)
from scenes.report import lighting_report
from scenes.spectrum import luminance
from scenes.tonemap import looked_out, to_bytes
from scenes.units import UNIT_CD_M2

_PICTURE_WIDTH = 2048
WRITERS = 2
"""Files written at once."""
# An empty date keeps the writer from stamping the present one.
_PLAIN_HEADER = {
    "compression": "zip",
    "DateTime": "",
    "Software": "gen3d",
    "textureformat": "LatLong Environment",
}
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)


def _put(path: Path, write: Callable[[Path], None]) -> Path:
    """Write a file under a temporary name in its folder, then move it into place."""
    # The ending stays last because writers choose the format by it.
    part = path.with_name(f".part-{path.name}")
    try:
        write(part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Gen3dError(
            f"{path} could not be written: {error.strerror or error}.",
            "Check that the folder is writable and the disk is not full.",
        ) from error
    return path


def _write_image(
    path: Path, pixels: Float32[np.ndarray, "height width channels"], spec: oiio.ImageSpec
) -> None:
    output = oiio.ImageOutput.create(str(path))
    if output is None:
        raise OSError(oiio.geterror())
    # Writers take memory as it lies: only a contiguous array is what it looks like.
    done = output.open(str(path), spec) and output.write_image(np.ascontiguousarray(pixels))
    if not (output.close() and done):
        raise OSError(output.geterror() or oiio.geterror() or "the image writer gave up")


def _spec(pixels: np.ndarray) -> oiio.ImageSpec:
    return oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 3, oiio.FLOAT)


def _plain_header(pixels: np.ndarray) -> oiio.ImageSpec:
    header = _spec(pixels)
    for name, value in _PLAIN_HEADER.items():
        header.attribute(name, value)
    return header


def exr_header(
    pixels: np.ndarray,
    env: Environment,
    sky: SkySpec | None,
    unit: float = UNIT_CD_M2,
    *,
    half: bool = False,
) -> oiio.ImageSpec:
    """Header of an EXR file of an environment.

    Args:
        pixels: What is going to be written with it, in file units.
        env: Light.
        sky: What was asked for; None for light that a picture was taken of.
        unit: Luminance of a file value of 1, cd/m^2.
        half: Write 16-bit floats.
    """
    header = _plain_header(pixels)
    if half:
        header.set_format(oiio.HALF)
    header.attribute("chromaticities", oiio.TypeDesc("float[8]"), _REC709)
    header.attribute("whiteLuminance", unit)
    header.attribute("gen3d:unit", f"file value * {unit:g} = cd/m^2")
    header.attribute("gen3d:axes", "+Y up, +Z forward; image centre +X, u = 0.75 is +Z")
    sun = tuple(float(x) for x in env.sun_direction)
    header.attribute("gen3d:sunDirection", oiio.TypeDesc("vector"), sun)
    height, azimuth = panorama.angles_of(env.sun_direction)
    header.attribute("gen3d:sunElevationDeg", sky.sun_elevation_deg if sky else height)
    header.attribute("gen3d:sunAzimuthDeg", sky.sun_azimuth_deg if sky else azimuth)
    if sky is not None:
        header.attribute("gen3d:turbidity", sky.turbidity)
    light = illuminance(env.radiance_without_sun, np.array([0.0, 1.0, 0.0]))
    facing = max(float(env.sun_direction[1]), 0.0)
    total = float(luminance(light + env.sun_illuminance * facing))
    header.attribute("gen3d:illuminanceLux", total)
    header.attribute("gen3d:sunIlluminanceLux", float(luminance(env.sun_illuminance)))
    header.attribute("gen3d:exposureEv100", exposure_ev100(total))
    return header


def _rounded_rgbe(
    pixels: Float32[np.ndarray, "height width 3"],
) -> Float32[np.ndarray, "height width 3"]:
    """Values that survive a truncating RGBE writer as the nearest representable ones."""
    # Pairs of planes: a maximum along an axis of three takes NumPy ten times as long.
    largest = np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    step = np.ldexp(np.float32(1.0), np.frexp(largest)[1] - 8)[..., None]
    mantissa = np.minimum(np.floor(pixels / step + 0.5), 255.0)
    return ((mantissa + 0.25) * step * (mantissa > 0)).astype(np.float32)


def put_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all."""

    def write(part: Path) -> None:
        part.write_text(text, encoding="utf-8")

    return _put(path, write)


def put_image(
    path: Path, pixels: Float32[np.ndarray, "height width channels"], header: oiio.ImageSpec
) -> Path:
    """Write a picture, of the kind that its name ends with, whole or not at all."""
    return _put(path, lambda part: _write_image(part, pixels, header))


def _write_picture(
    path: Path, env: Environment, outside: Float32[np.ndarray, "h w"] | None, *, inside: bool
) -> None:
    pixels = adapted(env.radiance) if inside else env.radiance
    exposure = (room_exposure if inside else picture_exposure)(env.radiance_without_sun)
    if outside is not None:
        pixels = looked_out(pixels, outside, exposure)
    while pixels.shape[1] >= 2 * _PICTURE_WIDTH and pixels.shape[0] % 2 == 0:
        pixels = pixels.reshape(pixels.shape[0] // 2, 2, pixels.shape[1] // 2, 2, 3)
        pixels = pixels.mean(axis=(1, 3), dtype=np.float32)
    Image.fromarray(to_bytes(pixels, exposure)).save(path, quality=93, subsampling=0)


def write_environment(
    env: Environment,
    spec: SkySpec | None,
    folder: Path,
    *,
    inside: bool = False,
    outside: Float32[np.ndarray, "h w"] | None = None,
) -> list[Path]:
    """Write the four files of an environment.

    Args:
        env: Radiance in cd/m^2.
        spec: What was asked for; goes into header and ``lighting.json``. None for light that a
            picture was taken of.
        folder: Existing or to be made.
        inside: Whether it is a room: ``sky.jpg`` is then seen by an eye used to lamplight.
        outside: Share of each pixel that lies outside a window worth looking out of: there
            ``sky.jpg`` is what an eye sees that has looked out for a while.

    Returns:
        The paths written.

    Raises:
        Gen3dError: If the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Gen3dError(
            f"{folder} cannot be made: {error.strerror}.", "Choose another output folder."
        ) from error
    pixels = env.radiance / np.float32(UNIT_CD_M2)

    def report() -> Path:
        text = json.dumps(lighting_report(env, spec), indent=2) + "\n"
        return put_text(folder / "lighting.json", text)

    def truth() -> Path:
        return put_image(folder / "sky.exr", pixels, exr_header(pixels, env, spec))

    def picture() -> Path:
        return _put(folder / "sky.jpg", lambda p: _write_picture(p, env, outside, inside=inside))

    # Side by side: all of them spend their time outside Python.
    with ThreadPoolExecutor(WRITERS) as pool:
        hdr = pool.submit(write_image, folder / "sky.hdr", pixels)
        rest = [pool.submit(write) for write in (truth, picture, report)]
        exr, jpg, told = (task.result() for task in rest)
        return [exr, hdr.result(), jpg, told]


def write_pixels(path: Path, pixels: Float32[np.ndarray, "h w c"], said: dict[str, str]) -> Path:
    """Write numbers that are no light (depth, normals) as a float EXR with attributes."""
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], oiio.FLOAT)
    if pixels.shape[2] == 1:
        spec.channelnames = ("Z",)
    for name, value in said.items():
        spec.attribute(name, value)
    return put_image(path, pixels, spec)


@dataclass(frozen=True)
class Header:
    """What a picture file says of itself."""

    compression: str
    half: bool
    """16-bit floats."""
    unit_cd_m2: float | None
    """Luminance of a file value of 1, where the header tells it."""


def read_header(path: Path) -> Header:
    """How a picture is stored.

    Raises:
        Gen3dError: If the file cannot be opened.
    """
    source = oiio.ImageInput.open(str(path))
    if source is None:
        raise _unreadable(path, oiio.geterror())
    spec = source.spec()
    unit = spec.getattribute("whiteLuminance")
    kind = str(spec.getattribute("compression") or source.format_name())
    return Header(
        compression=kind.partition(":")[0],
        half=spec.format == oiio.HALF,
        unit_cd_m2=float(unit) if isinstance(unit, int | float) and unit > 0 else None,
    )


def write_image(
    path: Path, pixels: Float32[np.ndarray, "height width 3"], unit_cd_m2: float | None = None
) -> Path:
    """Write a panorama as a Radiance file (by its name) or a lossless EXR of 32-bit floats.

    Raises:
        Gen3dError: If the place cannot be written to.
    """
    if path.suffix.lower() == ".hdr":
        rgbe = _rounded_rgbe(pixels)
        return put_image(path, rgbe, _spec(rgbe))
    header = _plain_header(pixels)
    if unit_cd_m2 is not None:
        header.attribute("whiteLuminance", unit_cd_m2)
    return put_image(path, pixels, header)


def _unreadable(path: Path, reason: str) -> Gen3dError:
    return Gen3dError(
        f"{path} is not a readable panorama ({reason or 'no colour channels'}).",
        "Make the environment again.",
    )


def read_image(path: Path) -> Float32[np.ndarray, "height width 3"]:
    """Pixels of an EXR or Radiance file, in file units.

    Raises:
        Gen3dError: If the file is missing, damaged, or not a colour picture.
    """
    source = oiio.ImageInput.open(str(path))
    pixels = None if source is None else source.read_image(oiio.FLOAT)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] < 3:
        reason = oiio.geterror() if source is None else source.geterror()
        raise _unreadable(path, reason)
    return np.ascontiguousarray(pixels[..., :3], dtype=np.float32)


def read_environment(folder: Path) -> Environment:
    """Read back what :func:`write_environment` wrote, to the last bit.

    Raises:
        Gen3dError: If ``sky.exr`` or ``lighting.json`` is missing or damaged.
    """
    radiance = read_image(folder / "sky.exr") * np.float32(UNIT_CD_M2)
    path = folder / "lighting.json"
    try:
        sun = json.loads(path.read_text(encoding="utf-8"))["sun"]
        direction = np.array(cast("list[float]", sun["direction_world"]), np.float32)
        light = np.array(cast("list[float]", sun["illuminance_rgb_lux"]), np.float32)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Gen3dError(
            f"{path} is not a readable light report ({error}).", "Make the environment again."
        ) from error
    return Environment(
        radiance=radiance,
        radiance_without_sun=without_sun(radiance, direction),
        sun_direction=direction,
        sun_illuminance=light,
    )
