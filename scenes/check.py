# SPDX-License-Identifier: Apache-2.0
"""Is a panorama fit for lighting? One row for each thing that goes wrong with HDRIs.

Works on any equirectangular EXR or Radiance file, not only ours. Ratios need no absolute scale.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from gen3d import panorama
from gen3d.check.report import Row, Status
from scenes.files import read_image
from scenes.spectrum import luminance

Pixels = Float32[np.ndarray, "height width 3"]


def seam_ratio(pixels: Pixels) -> float:
    """Step across the 0/360 degree edge relative to ordinary column steps, in log light.

    Ordinary is the median of all steps, or the steps beside the edge where those are larger: a sky
    that brightens towards a sun near the edge is not a seam.
    """
    tone = np.log(np.maximum(luminance(pixels), 1e-12))
    steps = np.abs(np.diff(tone, axis=1)).mean(axis=0)
    beside = float(np.concatenate([steps[:3], steps[-3:]]).mean())
    edge = float(np.abs(tone[:, 0] - tone[:, -1]).mean())
    return edge / max(float(np.median(steps)), beside, 1e-9)


def sky_median(pixels: Pixels) -> float:
    """Median luminance of the upper half, weighted by solid angle."""
    upper = luminance(pixels[: pixels.shape[0] // 2])
    solid = panorama.pixel_solid_angles(pixels.shape[0])[: upper.shape[0], None]
    order = np.argsort(upper, axis=None)
    weight = np.cumsum(np.broadcast_to(solid, upper.shape).ravel()[order])
    return float(upper.ravel()[order][np.searchsorted(weight, weight[-1] / 2)])


def stops_over_sky(pixels: Pixels) -> float:
    """Brightest pixel over the median of the sky, in factors of two."""
    brightest = max(float(luminance(pixels).max()), 1e-30)
    return float(np.log2(brightest / max(sky_median(pixels), 1e-30)))


def brightest_direction(pixels: Pixels) -> Float[np.ndarray, "3"]:
    """Centre of energy of the pixels within 1/8 of the brightest: the sun, when there is one."""
    light = luminance(pixels).astype(np.float64)
    rows, columns = np.nonzero(light >= light.max() / 8.0)
    height, width = light.shape
    where = panorama.direction_of((columns + 0.5) / width, (rows + 0.5) / height)
    energy = light[rows, columns] * panorama.pixel_solid_angles(height)[rows]
    centre = np.einsum("p,pc->c", energy, where)
    return centre / np.linalg.norm(centre)


def _verdict(passed: bool) -> Status:  # noqa: FBT001 - that is what a verdict is about
    return "pass" if passed else "fail"


def _shape(pixels: Pixels) -> Row:
    height, width, _ = pixels.shape
    return Row(
        "panorama shape",
        _verdict(width == 2 * height),
        f"{width} x {height}",
        "twice as wide as high",
        "Crop or pad the picture to the full sphere.",
    )


def _finite(pixels: Pixels) -> Row:
    bad = int(np.count_nonzero(~np.isfinite(pixels)))
    hint = "Replace them: renderers spread them as black or white blots."
    return Row("NaN or infinite values", _verdict(bad == 0), bad, "0", hint)


def _positive(pixels: Pixels) -> Row:
    bad = int(np.count_nonzero(pixels < 0.0))
    hint = "Clip them to zero; lossy EXR compression leaves such values."
    return Row("negative values", _verdict(bad == 0), bad, "0", hint)


def _seam(pixels: Pixels) -> Row:
    ratio = round(seam_ratio(pixels), 3)
    hint = "The left and right edges do not meet."
    return Row("seam / column step", _verdict(ratio <= 1.25), ratio, "at most 1.25", hint)


def _light(pixels: Pixels) -> Row:
    brightest = float(luminance(pixels).max())
    return Row("brightest pixel", _verdict(brightest > 0.0), brightest, "above 0", "It is black.")


def _stops(pixels: Pixels, wanted: float) -> Row:
    stops = round(stops_over_sky(pixels), 2)
    hint = "The sun is clipped: light will be too weak and too blue."
    return Row(
        "sun over sky, stops", _verdict(stops >= wanted), stops, f"at least {wanted:g}", hint
    )


def check_environment(path: Path, *, clear_day: bool = False) -> list[Row]:
    """Audit a panorama file.

    Args:
        path: An EXR or Radiance file, or a folder with ``sky.exr``.
        clear_day: The picture claims an unclipped sun high in a clear sky (17.5 stops over it).

    Raises:
        Gen3dError: If the file cannot be read.
    """
    pixels = read_image(path / "sky.exr" if path.is_dir() else path)
    tests: list[Callable[[Pixels], Row]] = [_shape, _finite, _positive, _seam, _light]
    rows = [test(pixels) for test in tests]
    return [*rows, _stops(pixels, 17.5)] if clear_day else rows
