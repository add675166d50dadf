# SPDX-License-Identifier: Apache-2.0
"""A plain photograph in a panorama: where its pixels lie, and how the rest is led up to them.

The photograph looks level at +Z (in front of the character), its lens is rectilinear. In the result
its pixels are its own; beside them the generated picture is shifted by the difference that is left
at the border, fading out over some degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from gen3d import panorama
from gen3d.errors import Gen3dError

NARROWEST_DEG, WIDEST_DEG = 10.0, 140.0
_REACH_DEG = 8.0
"""How far from the border the difference is felt."""

Codes = Float32[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Placed:
    """A photograph as part of a panorama."""

    picture: Codes
    """0 to 1; 0 where it is not known."""
    known: Bool[np.ndarray, "height width"]


def read_photo(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    """A photograph, upright.

    Raises:
        Gen3dError: Not a picture.
    """
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Gen3dError(
            f"{path} is not a readable picture ({error}).", "Give a JPEG, PNG or WebP."
        ) from None


def natural_width(photo: UInt8[np.ndarray, "rows columns 3"], fov_deg: float) -> int:
    """Width of the panorama in which the photograph's middle keeps its size."""
    return 2 * round(np.pi * photo.shape[1] / np.tan(np.radians(fov_deg) / 2.0) / 2.0)


def placed(photo: UInt8[np.ndarray, "rows columns 3"], fov_deg: float, height_px: int) -> Placed:
    """The photograph in a panorama.

    Args:
        photo: What a camera that looks level at +Z saw.
        fov_deg: From its left to its right edge.
        height_px: Of the panorama.
    """
    rows, columns, _ = photo.shape
    x, y, z = np.moveaxis(panorama.pixel_directions(height_px), -1, 0)
    tangent = np.tan(np.radians(fov_deg) / 2.0)
    ahead = np.maximum(z, 1e-6)
    # +X is the character's left: the right of the picture looks at -X.
    right, up = -x / ahead / tangent, y / ahead / tangent * columns / rows
    known = (z > 0) & (np.abs(right) <= 1.0) & (np.abs(up) <= 1.0)
    if not known.any():
        raise Gen3dError(
            f"A photograph of {fov_deg:g} degrees is smaller than a pixel of the panorama.",
            "Give its real --fov.",
        )
    place = [(1.0 - up) / 2.0 * rows - 0.5, (right + 1.0) / 2.0 * columns - 0.5]
    scale = natural_width(photo, fov_deg) / (2 * height_px)
    smooth = photo.astype(np.float32) / np.float32(255.0)
    if scale > 1.0:
        smooth = ndimage.gaussian_filter(smooth, (0.4 * scale, 0.4 * scale, 0.0), mode="nearest")
    seen = [
        ndimage.map_coordinates(channel, place, order=1, mode="nearest")
        for channel in np.moveaxis(smooth, -1, 0)
    ]
    picture = np.where(known[..., None], np.stack(seen, axis=-1), np.float32(0.0))
    return Placed(picture.astype(np.float32), known)


def joined(generated: Codes, photo: Placed) -> Codes:
    """A generated panorama with the photograph in it."""
    difference = np.where(photo.known[..., None], photo.picture - generated, np.float32(0.0))
    within = np.asarray(ndimage.binary_erosion(photo.known, iterations=2), bool)
    border = photo.known & ~within
    left = np.where(border[..., None], difference, np.float32(0.0))
    reach = _REACH_DEG / 180.0 * len(generated)
    smooth, weight = (_blurred(part, reach / 2.0) for part in (left, border[..., None] * 1.0))
    away = ndimage.distance_transform_edt(np.tile(~photo.known, (1, 3)))
    width = generated.shape[1]
    # The running means know of the border up to one and a half times the reach; here it is nought.
    fade = np.clip(1.0 - np.asarray(away)[:, width : 2 * width] / (1.4 * reach), 0.0, 1.0)
    shift = smooth / np.maximum(weight, 1e-6) * fade[..., None] ** 2
    beside = np.clip(generated + shift, 0.0, 1.0)
    return np.where(photo.known[..., None], photo.picture, beside).astype(np.float32)


def spread(photo: Placed) -> Codes:
    """The photograph with its colours going on around it, ever softer."""
    filled, missing = photo.picture.copy(), ~photo.known
    for share in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4):
        reach = share * len(filled)
        colour = _blurred(photo.picture, reach)
        weight = _blurred(photo.known[..., None].astype(np.float32), reach)
        near = missing & (weight[..., 0] > 1e-3)
        filled[near] = (colour / np.maximum(weight, 1e-9))[near]
        missing &= ~near
    filled[missing] = photo.picture[photo.known].mean(axis=0)
    return filled


def _blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    """Three running means, which are all but a Gaussian of this width and cost the same for any."""
    size = max(round(2.0 * sigma), 1)
    for _ in range(3):
        x = ndimage.uniform_filter1d(x, min(size, len(x)), axis=0, mode="nearest")
        x = ndimage.uniform_filter1d(x, min(size, x.shape[1]), axis=1, mode="wrap")
    return x
