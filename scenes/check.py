# SPDX-License-Identifier: Apache-2.0
"""Is a panorama fit for lighting? One row for each thing that goes wrong with HDRIs.

Works on any equirectangular EXR or Radiance file, not only ours. Ratios need no absolute scale;
lux are told where the header has ``whiteLuminance``. A row that cannot be judged (no sun, no level
horizon to be seen) is skipped. :mod:`scenes.repair` mends what the hints say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d.check.report import Row, Status, at_most, expect, within
from scenes.files import Header, read_header, read_image
from scenes.lighting import colour_cast, colour_temperature, illuminance
from scenes.measure import (
    Level,
    Pixels,
    Source,
    brightest_direction,
    level,
    plateau,
    pole_ratio,
    seam_ratio,
    sky_median,
    source,
    stops_over_sky,
)
from scenes.spectrum import luminance

__all__ = ["brightest_direction", "check_environment", "seam_ratio", "sky_median", "stops_over_sky"]

HALF_LIMIT = 65_504.0
"""Largest finite value of a 16-bit float."""
CAST_LIMIT = 0.02
"""Largest Duv of light that nobody would call green or purple."""
_UP = np.array([0.0, 1.0, 0.0])
_LOSSY = ("dwaa", "dwab", "b44", "b44a")
_DISC_SR = 6.8e-5
_CLEAR_SHARE = ((0.0, 5.0, 10.0, 20.0, 35.0, 60.0, 90.0), (0.0, 0.27, 0.47, 0.67, 0.76, 0.82, 0.85))
"""The sun's share of the light on level ground under a clear sky, by its elevation in degrees."""


@dataclass(frozen=True)
class Subject:
    """A panorama under examination."""

    raw: Pixels
    """As it is in the file."""
    header: Header

    @cached_property
    def pixels(self) -> Pixels:
        """Without values that are no light, so that the rest can be measured."""
        clean = np.nan_to_num(self.raw, nan=0.0, posinf=HALF_LIMIT, neginf=0.0)
        return np.maximum(clean, np.float32(0.0))

    @cached_property
    def source(self) -> Source:
        """The brightest compact thing."""
        return source(self.pixels)

    @cached_property
    def level(self) -> Level:
        """The horizon."""
        return level(self.pixels)

    @cached_property
    def up(self) -> Float[np.ndarray, "3"]:
        """Light on level ground, file units."""
        return illuminance(self.pixels, _UP)

    @cached_property
    def rows(self) -> list[Row]:
        """The audit."""
        return _examine(self)

    @cached_property
    def clipped(self) -> bool:
        """Whether the brightest values are a ceiling and not light."""
        count, area, white = plateau(self.pixels)
        bright = stops_over_sky(self.pixels) > 1.0
        # A rendered disc of the sun may be even, but it is small and very bright.
        a_disc = self.source.is_sun and self.source.stops > 14.0 and area < 2.0 * _DISC_SR
        return bright and not a_disc and (white or (count > 2 and area > 2.0 * _DISC_SR))


def _shape(subject: Subject) -> Row:
    height, width, _ = subject.raw.shape
    hint = "Not the full sphere: find the uncropped picture; what is missing cannot be mended."
    return expect(
        "panorama shape",
        f"{width} x {height}",
        good=width == 2 * height,
        limit="twice as wide as high",
        hint=hint,
        worst="fail",
    )


def _finite(subject: Subject) -> Row:
    bad = int(np.count_nonzero(~np.isfinite(subject.raw)))
    hint = "Renderers spread them as black or white blots. --repair fills them from beside."
    return at_most("NaN or infinite values", bad, fail=0, hint=hint)


def _positive(subject: Subject) -> Row:
    bad = int(np.count_nonzero(subject.raw < 0.0))
    hint = "No light is negative; lossy compression leaves such values. --repair takes them out."
    return at_most("negative values", bad, fail=0, hint=hint)


def _overflow(subject: Subject) -> Row:
    top = float(subject.raw[np.isfinite(subject.raw)].max(initial=0.0))
    lost = bool(np.isposinf(subject.raw).any()) or top == HALF_LIMIT
    hint = "16-bit floats end at 65,504: the sun was cut there. --repair paints a sun of the"
    return expect(
        "largest value",
        f"{top:.6g}",
        good=not lost,
        limit="not the end of 16-bit floats" if top <= HALF_LIMIT else "32-bit floats only",
        hint=f"{hint} strength that a clear sky has; better, write 32-bit floats at the source.",
        worst="fail",
    )


def _light(subject: Subject) -> Row:
    brightest = float(luminance(subject.pixels).max())
    good = brightest > 0.0
    return expect(
        "brightest pixel", f"{brightest:.4g}", good=good, limit="above 0", hint="It is black.",
        worst="fail",
    )  # fmt: skip


def _seam(subject: Subject) -> Row:
    hint = (
        "The left and right edges do not meet. --repair spreads the step over the columns beside."
    )
    return at_most("seam / column step", seam_ratio(subject.pixels), fail=1.25, hint=hint)


def _poles(subject: Subject) -> Row:
    hint = "Pinch: the rows next to a pole do not agree on what is there. --repair evens them out."
    return at_most("poles, spread / patch", pole_ratio(subject.pixels), fail=3.0, hint=hint)


def _clipping(subject: Subject) -> Row:
    count, area, _ = plateau(subject.pixels)
    hint = (
        "Highlights end at a ceiling: their light is lost, shadows are weak and of the wrong"
        " colour. --repair paints a sun of the strength that a clear sky has where the ceiling is"
        " one small spot above the horizon; lamps and windows it leaves alone."
    )
    return expect(
        "clipped highlights",
        f"{count} px, {area * 180**2 / np.pi**2:.2g} sq deg" if subject.clipped else "none",
        good=not subject.clipped,
        limit="no ceiling",
        hint=hint,
        worst="fail",
    )


def _stops(subject: Subject) -> Row:
    value = stops_over_sky(subject.pixels)
    hint = "No light and shadow in it; perhaps a photograph of 8 bits. Nothing can bring it back."
    return Row(
        "range, stops over the median",
        "pass" if value >= 1.0 else "warn",
        round(value, 2),
        ">= 1 (a clear sky with its sun: 17.5)",
        "" if value >= 1.0 else hint,
    )


def _unseen(name: str, why: str) -> Row:
    return Row(name, "skip", why, "")


def _sun(subject: Subject) -> list[Row]:
    names = ("sun", "sun's radius, degrees", "sun's share of the light", "sun's colour")
    if not subject.source.is_sun:
        return [_unseen(name, "no sun in it") for name in names]
    tests = (_sun_place, _sun_size, _sun_share, _sun_colour)
    return [test(name, subject) for name, test in zip(names, tests, strict=True)]


def _sun_place(name: str, subject: Subject) -> Row:
    sun = subject.source
    elevation, azimuth = float(np.degrees(sun.elevation)), sun.azimuth_deg
    return expect(
        name,
        f"elevation {elevation:.2f}, azimuth {azimuth:.2f}, {sun.stops:.1f} stops over the sky",
        good=elevation > -1.0,
        limit="above the horizon",
        hint="The brightest thing is below: upside down? --repair turns such a picture over.",
        worst="fail",
    )


def _sun_size(name: str, subject: Subject) -> Row:
    pixel = 180.0 / len(subject.pixels)
    hint = (
        "Shadows will be softer than the sun's: it was blurred, or glare is in the picture."
        " --repair gathers its light in a disc of 0.53 degrees."
    )
    radius = float(np.degrees(subject.source.radius))
    return at_most(name, radius, warn=round(0.45 + 1.2 * pixel, 3), hint=hint)


def _sun_share(name: str, subject: Subject) -> Row:
    sun, zenith = subject.source, _zenith(subject)
    elevation = float(np.degrees(sun.elevation))
    share = float(luminance(sun.illuminance)) * np.sin(sun.elevation) / float(luminance(subject.up))
    # Haze and cloud, which weaken a sun, whiten its sky too.
    if elevation < 8.0 or zenith[2] < 1.4 * zenith[0]:
        return Row(name, "pass", round(share, 3), "no bar: low or hazy")
    usual = float(np.interp(elevation, *_CLEAR_SHARE))
    hint = (
        f"In so blue a sky it is about {usual:.2f}: the sun was clipped or damaged, or is behind"
        " leaves. --repair paints one of the strength that a clear sky has."
    )
    low = round(0.25 * usual, 3)
    good = share >= low
    return Row(
        name, "pass" if good else "warn", round(share, 3), f">= {low:g}", "" if good else hint
    )


def _zenith(subject: Subject) -> Float[np.ndarray, "3"]:
    """Median colour of the sky over 30 degrees."""
    return np.median(subject.pixels[: len(subject.pixels) // 3], axis=(0, 1)).astype(np.float64)


def _sun_colour(name: str, subject: Subject) -> Row:
    light, zenith = subject.source.illuminance, _zenith(subject)
    warmer = float(np.log2(max(light[0], 1e-9) / max(light[2], 1e-9)))
    warmer -= float(np.log2(max(zenith[0], 1e-9) / max(zenith[2], 1e-9)))
    hint = "Bluer than its own sky: "
    if swapped(subject):
        hint += "red and blue are exchanged. --repair puts them right."
    else:
        hint += "lossy compression or clipping took its red. --repair paints a sun anew."
    good = warmer > -0.3
    limit = "> -0.3 stops of red over blue against the sky"
    return Row(name, "pass" if good else "fail", round(warmer, 2), limit, "" if good else hint)


def swapped(subject: Subject) -> bool:
    """Whether red and blue are exchanged: a red sky around a blue sun, neither of which is dark."""
    light, zenith = subject.source.illuminance, _zenith(subject)
    whole = float(light.min()) > 0.02 * float(light.max())
    return (
        subject.source.is_sun
        and whole
        and bool(zenith[0] > 1.15 * zenith[2] and light[2] > light[0])
    )


def _above(subject: Subject) -> Row:
    unit = subject.header.unit_cd_m2
    value = float(luminance(subject.up))
    told = f"{value:.4g}" + (f" ({value * unit:.4g} lux)" if unit else "")
    limit = "pi shows a white floor as 1.0" if unit is None else "in the header: absolute"
    return Row("light on level ground", "pass", told, limit)


def _below(subject: Subject) -> Row:
    below = float(luminance(illuminance(subject.pixels, -_UP)))
    ratio = below / max(float(luminance(subject.up)), 1e-30)
    hint = "More light from below than from above: upside down? --repair turns it over."
    return at_most("light from below / above", ratio, warn=1.1, hint=hint)


def _black(subject: Subject) -> Row:
    share = float((subject.raw.max(axis=-1) == 0.0).mean())
    hint = (
        "A hole (tripod cap, no ground): it takes light away. --repair fills a cap with the colour"
        " around it and a missing ground with grey earth under that sky."
    )
    return at_most("black pixels, share", share, warn=0.002, hint=hint)


def _cast(subject: Subject) -> Row:
    kelvin = colour_temperature(subject.up)
    hint = "Too green (+) or purple (-) for daylight or lamps. --repair takes the cast out."
    row = within(
        "colour cast, Duv",
        colour_cast(subject.up),
        -CAST_LIMIT,
        CAST_LIMIT,
        hint=hint,
        worst="warn",
    )
    limit = f"{row.limit}" + (f"; {kelvin:.0f} K" if kelvin else "")
    return Row(row.name, row.status, row.value, limit, row.hint)


def _tilt(subject: Subject) -> Row:
    if subject.level.share < 0.6:
        return _unseen("horizon's tilt, degrees", "no clear horizon")
    hint = (
        "The horizon is not level: shadows lean and a ground plane does not fit. --repair turns it."
    )
    tilt = float(np.degrees(subject.level.tilt))
    return at_most("horizon's tilt, degrees", tilt, warn=0.3, fail=1.0, hint=hint)


def _compression(subject: Subject) -> Row:
    kind = subject.header.compression
    hint = (
        "This kind alters bright pixels by several per cent and more, and their colour."
        " --repair writes ZIP, but what was lost stays lost: go back to the source."
    )
    good = kind not in _LOSSY
    return expect("compression", kind, good=good, limit="lossless", hint=hint, worst="warn")


_ANY_SHAPE: tuple[Callable[[Subject], Row], ...] = (_shape, _finite, _positive, _overflow, _light)
_SPHERE: tuple[Callable[[Subject], Row], ...] = (
    _seam,
    _poles,
    _clipping,
    _stops,
    _above,
    _below,
    _black,
    _cast,
    _tilt,
)


def _examine(subject: Subject) -> list[Row]:
    """All rows of a panorama."""
    rows = [test(subject) for test in _ANY_SHAPE]
    if all(row.status == "pass" for row in (rows[0], rows[-1])):
        rows += [test(subject) for test in _SPHERE]
        rows += _sun(subject)
    return [*rows, _compression(subject)]


def open_subject(path: Path) -> Subject:
    """Read a panorama; a folder stands for its ``sky.exr``.

    Raises:
        Gen3dError: If the file cannot be read.
    """
    path = path / "sky.exr" if path.is_dir() else path
    return Subject(read_image(path), read_header(path))


def check_environment(path: Path, *, clear_day: bool = False) -> list[Row]:
    """Audit a panorama file.

    Args:
        path: An EXR or Radiance file, or a folder with ``sky.exr``.
        clear_day: The picture claims an unclipped sun high in a clear sky (17.5 stops over it).

    Raises:
        Gen3dError: If the file cannot be read.
    """
    subject = open_subject(path)
    rows = subject.rows
    if not clear_day:
        return rows
    stops = round(stops_over_sky(subject.pixels), 2)
    status: Status = "pass" if stops >= 17.5 else "fail"
    hint = "" if status == "pass" else "The sun is clipped: light will be too weak and too blue."
    return [*rows, Row("sun over sky, stops", status, stops, "at least 17.5", hint)]
