# SPDX-License-Identifier: Apache-2.0
"""Mend what :mod:`scenes.check` finds in a panorama, as far as that can be done honestly.

Each repair answers one row of the audit and says what it did. What is not in the picture any more
(a crop, eight bits) is not invented, with two exceptions that are said aloud: holes are filled from
beside them, and a sun that was clipped is painted anew with the strength that our own clear sky has
at that height over the same sky light. The input is never touched: the result is another file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.spec import SkySpec
from scenes.check import CAST_LIMIT, HALF_LIMIT, Subject, open_subject, swapped
from scenes.files import write_image
from scenes.generate import generate
from scenes.lighting import colour_cast, disc_filled, illuminance
from scenes.measure import Pixels, Source, source
from scenes.sampling import sample
from scenes.spectrum import luminance
from scenes.sun import paint_disc

_UP = np.array([0.0, 1.0, 0.0])
_SPOT = float(np.radians(5.0))
"""A ceiling wider than this is not the sun alone."""
_POLE_REACH = float(np.radians(4.0))
_EARTH = 0.18
_PAINTED = "Painted a sun"


@dataclass(frozen=True)
class Repaired:
    """A mended panorama."""

    pixels: Pixels
    done: tuple[str, ...]
    """A sentence for each repair."""


def repair_file(path: Path, out: Path | None = None) -> tuple[Path, tuple[str, ...]]:
    """Mend a file and write the result beside it, or where it is told.

    Args:
        path: An EXR or Radiance file, or a folder with ``sky.exr``; it stays as it is.
        out: ``NAME.repaired.exr`` beside the input when not given.

    Raises:
        Gen3dError: Unreadable, not the full sphere, black, or ``out`` is the input.
    """
    path = path / "sky.exr" if path.is_dir() else path
    out = out or path.with_name(f"{path.stem}.repaired.exr")
    if out.suffix.lower() not in {".exr", ".hdr"}:
        raise Gen3dError(
            f"{out} is neither .exr nor .hdr.", "Give the result one of these endings."
        )
    if out.exists() and out.samefile(path):
        raise Gen3dError(f"{out} is the input.", "The input is never overwritten: name another.")
    subject = open_subject(path)
    result = repair(subject)
    return write_image(out, result.pixels, subject.header.unit_cd_m2), result.done


def repair(subject: Subject) -> Repaired:
    """Mend a panorama.

    Raises:
        Gen3dError: It is not the full sphere, or there is no light in it.
    """
    height, width, _ = subject.raw.shape
    if width != 2 * height or not luminance(subject.pixels).max() > 0.0:
        raise Gen3dError(
            "This panorama cannot be repaired: "
            + (f"{width} x {height} is not 2:1." if width != 2 * height else "it is black."),
            "Go back to where it came from.",
        )
    done = list[str]()
    wrong = {row.name for row in subject.rows if row.status in {"warn", "fail"}}
    if "compression" in wrong:
        done.append("Written losslessly; what the lossy compression changed stays changed.")
    pixels = _without_bad_values(subject, done)
    for name, mend in _MENDS:
        if name in wrong:
            pixels = mend(replace(subject, raw=pixels), done)
    return Repaired(np.ascontiguousarray(pixels, np.float32), tuple(done))


def _from_beside(pixels: Pixels, hole: Bool[np.ndarray, "height width"]) -> Pixels:
    """Fill pixels with the nearest whole ones; the columns wrap around."""
    if not hole.any() or hole.all():
        return pixels
    wide = np.concatenate([hole, hole, hole], axis=1)
    width = hole.shape[1]
    nearest = ndimage.distance_transform_edt(wide, return_distances=False, return_indices=True)
    rows, columns = (index[:, width : 2 * width] for index in np.asarray(nearest))
    return np.where(hole[..., None], pixels[rows, columns % width], pixels)


def _without_bad_values(subject: Subject, done: list[str]) -> Pixels:
    raw = subject.raw
    bad = ~np.isfinite(raw).all(axis=-1)
    negative = np.nan_to_num(raw) < 0.0
    pixels = np.maximum(np.where(np.isfinite(raw), raw, 0.0), np.float32(0.0))
    if bad.any():
        # An infinite value amid very bright ones is a sun that overflowed, not a hole.
        whole = np.where(bad, 0.0, luminance(pixels))
        beside = ndimage.maximum_filter(whole, 5, mode="wrap")
        sun = np.isposinf(raw).any(axis=-1) & (beside > 64.0 * np.median(whole))
        pixels = np.where(sun[..., None], np.float32(HALF_LIMIT), pixels)
        pixels = _from_beside(pixels, bad & ~sun)
        done.append(f"Filled {int(bad.sum())} pixels that were NaN or infinite.")
    if negative.any():
        emptied = negative.any(axis=-1) & (pixels.max(axis=-1) <= 0.0)
        pixels = _from_beside(pixels, emptied)
        done.append(f"Took {int(negative.sum())} negative values out.")
    return pixels


def _turned_over(subject: Subject, done: list[str]) -> Pixels:
    sun = subject.source
    below = illuminance(subject.pixels, -_UP)
    if not (luminance(below) > luminance(subject.up) or (sun.is_sun and sun.elevation < 0.0)):
        return subject.pixels
    done.append("Turned it the right way up.")
    return subject.pixels[::-1].copy()


def _channels(subject: Subject, done: list[str]) -> Pixels:
    if swapped(subject):
        done.append("Exchanged red and blue.")
        return subject.pixels[..., ::-1].copy()
    return _sun_anew(subject, done)


def _level_again(subject: Subject, done: list[str]) -> Pixels:
    """Turn the sphere so that the horizon's plane is level; the sun is carried over whole."""
    axis = subject.level.axis
    done.append(f"Turned it by {np.degrees(subject.level.tilt):.2f} degrees: the horizon is level.")
    sun = subject.source
    calm = _lifted(subject.pixels, sun) if sun.is_sun else subject.pixels
    rotation = _between(axis, _UP)
    height = len(calm)
    turned = np.zeros_like(calm)
    for start in range(0, height, 128):
        rows = np.arange(start, min(start + 128, height))
        grid = np.meshgrid(
            (np.arange(2 * height) + 0.5) / (2 * height), (rows + 0.5) / height, indexing="xy"
        )
        u, v = panorama.uv_of(panorama.direction_of(*grid) @ rotation)
        turned[rows] = sample(calm, u, v)
    if sun.is_sun:
        paint_disc(turned, rotation @ sun.direction, sun.illuminance)
    return turned


def _between(start: np.ndarray, end: np.ndarray) -> Float[np.ndarray, "3 3"]:
    """The least rotation that carries one unit vector to another (Rodrigues)."""
    axis, cosine = np.cross(start, end), float(start @ end)
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + cross + cross @ cross / (1.0 + cosine)


def _lifted(pixels: Pixels, sun: Source) -> Pixels:
    return disc_filled(pixels, sun.direction, max(1.5 * sun.radius, np.radians(0.5)))


def _seam_closed(subject: Subject, done: list[str]) -> Pixels:
    """Divide the step between the edges, row by row, among the columns on both sides.

    What is common to neighbouring rows (an exposure that drifts) is spread wide, the rest narrowly.
    """
    pixels, width = subject.pixels, subject.pixels.shape[1]
    dark = float(pixels.mean()) * 1e-4 + 1e-12
    step = np.log(np.maximum(pixels[:, 0], dark)) - np.log(np.maximum(pixels[:, -1], dark))
    common = ndimage.gaussian_filter1d(step, len(pixels) / 40.0, axis=0, mode="nearest")
    place = np.arange(width) + 0.5
    away = np.minimum(place, width - place)
    side = np.where(place < width / 2, -0.5, 0.5)
    gain = sum(
        part[:, None] * (side * np.exp(-away / reach))[None, :, None]
        for part, reach in ((common, width / 12.0), (step - common, max(width / 128.0, 4.0)))
    )
    done.append("Spread the step at the seam over the columns beside it.")
    return (pixels * np.exp(gain)).astype(np.float32)


def _poles_evened(subject: Subject, done: list[str]) -> Pixels:
    """Smooth each row near a pole along itself by the same length on the sphere, a few pixels."""
    pixels = subject.pixels.copy()
    height, width, _ = pixels.shape
    frequency = np.fft.rfftfreq(width) * width
    for row in range(min(max(int(_POLE_REACH / np.pi * height), 3), height // 8)):
        sine = np.sin(np.pi * (row + 0.5) / height)
        # Full next to the pole, faded out towards the end of the rows that are touched.
        fade = 1.0 - np.pi * (row + 0.5) / height / _POLE_REACH
        sigma = 8.0 * np.pi / height / sine * max(fade, 0.0)
        gain = np.exp(-0.5 * (sigma * frequency) ** 2)[:, None]
        for at in (row, height - 1 - row):
            spectrum = np.fft.rfft(pixels[at].astype(np.float64), axis=0)
            pixels[at] = np.maximum(np.fft.irfft(spectrum * gain, width, axis=0), 0.0)
    done.append("Evened out the rows around the poles.")
    return pixels


def _hole_filled(subject: Subject, done: list[str]) -> Pixels:
    pixels = subject.pixels
    hole = pixels.max(axis=-1) == 0.0
    height = len(pixels)
    if hole[height // 2 + height // 16 :].mean() > 0.9:
        ground = _EARTH * subject.up / np.pi
        done.append("Put grey earth (18 %) where there was no ground.")
        return np.where(hole[..., None], ground.astype(np.float32), pixels)
    done.append(f"Filled {int(hole.sum())} black pixels from beside.")
    full = np.flatnonzero(~hole.all(axis=1))
    if full[-1] + 1 < height:
        # A cap over the tripod: the mean of the rows around it, which has no streaks.
        last = int(full[-1])
        rows = pixels[max(last - 3, 0) : last + 1]
        around = rows[~hole[max(last - 3, 0) : last + 1]].mean(axis=0)
        pixels = pixels.copy()
        pixels[last + 1 :] = around
        hole = pixels.max(axis=-1) == 0.0
    return _from_beside(pixels, hole)


def _cast_out(subject: Subject, done: list[str]) -> Pixels:
    """Scale green against red and blue until the light on level ground has no cast."""
    if abs(colour_cast(subject.up)) <= CAST_LIMIT:
        # It was the sun's, and that has been painted anew.
        return subject.pixels
    low, high = -2.0, 2.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        light = subject.up * np.array([1.0, 2.0**middle, 1.0])
        low, high = (low, middle) if colour_cast(light) > 0.0 else (middle, high)
    gains = np.array([1.0, 2.0**low, 1.0])
    gains *= luminance(subject.up) / luminance(subject.up * gains)
    done.append(f"Took the colour cast out, green by {np.log2(gains[1] / gains[0]):+.2f} stops.")
    return (subject.pixels * gains).astype(np.float32)


def _sun_anew(subject: Subject, done: list[str]) -> Pixels:
    """Paint the sun that belongs to this sky light, where the brightest spot is."""
    pixels = subject.pixels
    spot = _spot(pixels)
    if spot is None or any(_PAINTED in sentence for sentence in done):
        return pixels
    elevation = float(np.degrees(np.arcsin(spot.direction[1])))
    calm = _lifted(pixels, spot)
    light = clear_sun(round(elevation)) * float(luminance(illuminance(calm, _UP)))
    done.append(
        f"{_PAINTED} at elevation {elevation:.1f}, azimuth {spot.azimuth_deg:.1f} with the"
        " strength that a clear sky has: an estimate, what was clipped cannot be known."
    )
    paint_disc(calm, spot.direction, light)
    return calm


@lru_cache(maxsize=8)
def clear_sun(elevation_deg: int) -> Float[np.ndarray, "3"]:
    """Light of the sun on what faces it, per light of a clear sky on level ground."""
    model = generate(SkySpec(sun_elevation_deg=elevation_deg, width_px=256), 0)
    sky = float(luminance(illuminance(model.radiance_without_sun, _UP)))
    return model.sun_illuminance.astype(np.float64) / sky


def _sun_gathered(subject: Subject, done: list[str]) -> Pixels:
    sun = source(subject.pixels)
    pixels = _lifted(subject.pixels, sun)
    paint_disc(pixels, sun.direction, sun.illuminance)
    done.append("Gathered the sun's light in a disc of 0.53 degrees.")
    return pixels


def _spot(pixels: Pixels) -> Source | None:
    """The ceiling or the damaged sun, when it is one small spot above the horizon."""
    height = len(pixels)
    top = (pixels >= pixels.max() * np.float32(0.999)).any(axis=-1)
    directions = panorama.pixel_directions(height)[top]
    weight = panorama.pixel_solid_angles(height)[np.nonzero(top)[0]]
    centre = np.einsum("p,pc->c", weight, directions)
    centre /= max(float(np.linalg.norm(centre)), 1e-30)
    spread = np.arccos(np.clip(directions @ centre, -1.0, 1.0))
    radius = float(np.sqrt(2.0 * np.average(spread**2, weights=weight)))
    if radius > _SPOT or centre[1] < np.sin(np.radians(1.0)):
        return None
    found = source(pixels)
    return replace(found, direction=centre, radius=max(radius, np.pi / height))


_MENDS: tuple[tuple[str, Callable[[Subject, list[str]], Pixels]], ...] = (
    ("light from below / above", _turned_over),
    ("sun", _turned_over),
    ("seam / column step", _seam_closed),
    ("poles, spread / patch", _poles_evened),
    ("black pixels, share", _hole_filled),
    ("horizon's tilt, degrees", _level_again),
    ("sun's radius, degrees", _sun_gathered),
    ("sun's colour", _channels),
    ("largest value", _sun_anew),
    ("clipped highlights", _sun_anew),
    ("sun's share of the light", _sun_anew),
    ("colour cast, Duv", _cast_out),
)
"""Repairs by the row that asks for them, in order."""
