# SPDX-License-Identifier: Apache-2.0
"""An eight-bit panorama to light, at any size, with a sun that has a sun's strength.

The network (:mod:`scenes.expansion.network`) gives the light of every pixel but the sun's disc,
which no picture of eight bits holds: where it says that the sun is to be seen, the clipped spot
that is brightest gets the disc of a clear sky of that height (:func:`scenes.repair.clear_sun`).
Larger results are resampled code values (Lanczos) that go through the same network: finer steps,
no invented detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float32, UInt8
from PIL import Image, UnidentifiedImageError
from safetensors import SafetensorError
from safetensors.torch import load_file
from scipy import ndimage

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.models.cards import resolve
from gen3d.progress import OnStep, silent
from gen3d.types import Environment
from scenes.expansion.network import CLIPPED, DARKEST, LOOK_ROWS, Context, Expander
from scenes.lighting import disc_filled, illuminance, without_sun
from scenes.repair import clear_sun
from scenes.spectrum import luminance
from scenes.sun import paint_disc
from scenes.units import UNIT_CD_M2, rounded

CARD = "hdr-expansion"
WEIGHTS = "model.safetensors"
WIDEST_PX = 16_384
_BAND = 32
"""Rows at a time."""
_LOOKED_ROWS = 512
"""Height of the picture that the wide look is given."""
_SURE = 0.5
"""Probability from which a sun is painted."""
_SPOT = (float(np.radians(0.8)), float(np.radians(12.0)))
"""Radii between which a clipped spot can be the sun's: its glare alone is wider than its disc, and
a highlight on a car is not."""
_UP = np.array([0.0, 1.0, 0.0])

Codes = Float32[np.ndarray, "rows columns 3"]


@dataclass(frozen=True)
class Expanded:
    """What a picture became."""

    environment: Environment
    sun_probability: float
    unit_cd_m2: float
    """Luminance of a linear value of 1 of the picture."""
    clipped_share: float
    """Of the picture's solid angle."""


@lru_cache(maxsize=1)
def load_expander(folder: Path | None = None) -> Expander:
    """The trained network; that of the package when no folder is given.

    Raises:
        Gen3dError: It is not there, or damaged.
    """
    path = (folder or resolve(CARD)) / WEIGHTS
    model = Expander()
    try:
        model.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise Gen3dError(
            f"{path} is not a network of this kind: {str(error).splitlines()[0]}",
            "Reinstall gen3d, or train it again: gen3d train hdr.",
        ) from None
    return model.eval()


def read_picture(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    """A panorama of eight bits.

    Raises:
        Gen3dError: Not a picture, or not twice as wide as high.
    """
    try:
        with Image.open(path) as image:
            size, mode = image.size, image.mode
            if mode in {"I;16", "I", "F"}:
                raise Gen3dError(
                    f"{path} has more than eight bits ({mode}).",
                    "Give the eight-bit picture, or EXR and HDR to: gen3d check FILE --repair.",
                )
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Gen3dError(
            f"{path} is not a readable picture ({error}).", "Give a JPEG, PNG or WebP."
        ) from None
    width, height = size
    if width != 2 * height or height < 2 * LOOK_ROWS or width > WIDEST_PX:
        raise Gen3dError(
            f"{path} is {width} x {height}: a panorama is twice as wide as high, "
            f"{4 * LOOK_ROWS} to {WIDEST_PX:,} pixels wide.",
            "Give the whole sphere, equirectangular.",
        )
    return pixels


def expand(
    picture: UInt8[np.ndarray, "height width 3"],
    width_px: int | None = None,
    unit_cd_m2: float | None = None,
    model: Expander | None = None,
    on_step: OnStep = silent,
) -> Expanded:
    """The light of a picture.

    Args:
        picture: Equirectangular, sRGB.
        width_px: Of the result; the picture's own when not given.
        unit_cd_m2: Luminance of a linear value of 1; estimated when not given.
        model: The network; the package's when not given.
        on_step: Told after each band of rows.
    """
    model = model or load_expander()
    codes = resized(picture, width_px or picture.shape[1])
    with torch.inference_mode():
        context = model.look(_tensor(resized(picture, min(2 * _LOOKED_ROWS, picture.shape[1]))))
        radiance = _light(model, codes, context, on_step)
    unit = unit_cd_m2 or float(torch.exp(context.unit)[0])
    sunny = float(torch.sigmoid(context.sun)[0])
    clipped = codes.max(axis=-1) >= CLIPPED
    direction, light = _UP, np.zeros(3)
    spot = _sun_spot(clipped, luminance(radiance)) if sunny >= _SURE else None
    if spot is not None:
        radiance, direction = disc_filled(radiance, spot), spot
        elevation = float(np.degrees(np.arcsin(spot[1])))
        light = clear_sun(round(elevation)) * float(luminance(illuminance(radiance, _UP)))
        paint_disc(radiance, spot, light)
    return Expanded(
        _environment(radiance, direction, light, unit),
        sunny,
        unit,
        float(np.average(clipped.mean(axis=1), weights=panorama.pixel_solid_angles(len(codes)))),
    )


def resized(picture: UInt8[np.ndarray, "height width 3"], width_px: int) -> Codes:
    """Code values 0 to 1 at another width; the edges know of each other."""
    height, width, _ = picture.shape
    if width_px == width:
        return picture.astype(np.float32) / np.float32(255.0)
    edge = max(width // 64, 1)
    wide = np.concatenate([picture[:, -edge:], picture, picture[:, :edge]], axis=1)
    scale = width_px / width
    box = (edge, 0, edge + width, height)
    size = (width_px, width_px // 2)
    resample = Image.Resampling.LANCZOS if scale > 1 else Image.Resampling.BOX
    channels = [
        np.asarray(Image.fromarray(c).resize(size, resample, box))
        for c in np.moveaxis(wide.astype(np.float32), -1, 0)
    ]
    return np.clip(np.stack(channels, axis=-1) / np.float32(255.0), 0.0, 1.0)


def _tensor(codes: Codes) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(codes, -1, 0)))[None]


def _light(
    model: Expander, codes: Codes, context: Context, on_step: OnStep
) -> Float32[np.ndarray, "height width 3"]:
    """Linear light of every pixel, in bands of rows; 1 is the picture's white."""
    height = len(codes)
    light = np.empty_like(codes)
    for start in range(0, height, _BAND):
        band = _tensor(codes[start : start + _BAND])
        found = torch.exp(model.light(band, context, start, height)) - DARKEST
        light[start : start + _BAND] = np.moveaxis(found[0].numpy(), 0, -1)
        on_step(min(start + _BAND, height), height)
    return np.maximum(light, np.float32(0.0))


def _sun_spot(
    clipped: Bool[np.ndarray, "height width"], light: Float32[np.ndarray, "height width"]
) -> np.ndarray | None:
    """Centre of the clipped spot above the horizon that holds the most light, if it is compact."""
    height, width = clipped.shape
    upper = clipped[: height // 2]
    found = np.zeros(upper.shape, np.int32)
    ndimage.label(upper, np.ones((3, 3), np.int64), output=found)
    if not found.any():
        return None
    labels = _joined(found)
    directions = panorama.pixel_directions(height)[: height // 2].reshape(-1, 3)
    solid = np.repeat(panorama.pixel_solid_angles(height)[: height // 2], width)
    flat, weight = labels.ravel(), solid * light[: height // 2].ravel()
    energy = np.bincount(flat, weight)
    energy[0] = 0.0
    best = int(np.argmax(energy))
    inside = flat == best
    centre = (weight[inside, None] * directions[inside]).sum(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-30)
    spread = np.arccos(np.clip(directions[inside] @ centre, -1.0, 1.0))
    radius = float(np.sqrt(2.0 * np.average(spread**2, weights=solid[inside])))
    radius = max(radius, np.pi / height)
    fits = _SPOT[0] < radius < _SPOT[1] and centre[1] > np.sin(np.radians(0.5))
    return centre if fits else None


def _joined(labels: np.ndarray) -> np.ndarray:
    """Spots that the left and right edges cut in two are one."""
    left, right = labels[:, 0], labels[:, -1]
    for a, b in {(int(x), int(y)) for x, y in zip(left, right, strict=True) if x and y and x != y}:
        labels = np.where(labels == b, a, labels)
    return labels


def _environment(
    radiance: Float32[np.ndarray, "height width 3"],
    direction: np.ndarray,
    light: np.ndarray,
    unit: float,
) -> Environment:
    scaled = rounded(radiance * np.float32(unit / UNIT_CD_M2)) * np.float32(UNIT_CD_M2)
    shines = bool(light.any())
    return Environment(
        radiance=scaled,
        radiance_without_sun=without_sun(scaled, direction) if shines else scaled,
        sun_direction=direction.astype(np.float32),
        sun_illuminance=(light * unit).astype(np.float32),
    )
