# SPDX-License-Identifier: Apache-2.0
"""What is measured on a panorama, anyone's: seam, poles, highlights, horizon, the brightest source.

All measures are ratios, logarithms or angles, so that no absolute scale is needed. Pixels count by
their solid angle; pictures are equirectangular with the axes of :mod:`gen3d.panorama`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

from gen3d import panorama
from scenes.atmosphere import SUN_RADIUS
from scenes.spectrum import luminance

Pixels = Float32[np.ndarray, "height width 3"]

SUN_STOPS = 10.0
"""What is so many stops over the sky's median, as a disc of the sun's size, is the sun."""
SUN_SPREAD = float(np.radians(2.5))
"""And if its light comes from no more than this around it, radians: pictures are small."""
_DARK = 1e-12
_SOURCE_CAP = float(np.radians(6.0))
_HORIZON_WIDTH = 1024
_HORIZON_REACH = float(np.radians(25.0))


def tone(pixels: Pixels) -> Float32[np.ndarray, "height width"]:
    """Logarithm to base 2 of luminance, 20 stops under the mean at least."""
    light = luminance(pixels)
    return np.log2(np.maximum(light, np.float32(max(float(light.mean()) * 2.0**-20, _DARK))))


def seam_ratio(pixels: Pixels) -> float:
    """Step across the 0/360 degree edge relative to ordinary column steps, in log light.

    Ordinary is what nine steps in ten stay under, or the steps beside the edge where those are
    larger: neither rough texture nor a sky that brightens towards a sun near the edge is a seam.
    """
    light = tone(pixels)
    steps = np.abs(np.diff(light, axis=1)).mean(axis=0)
    beside = float(np.concatenate([steps[:3], steps[-3:]]).mean())
    edge = float(np.abs(light[:, 0] - light[:, -1]).mean())
    return edge / max(float(np.quantile(steps, 0.9)), beside, 1e-9)


def pole_ratio(pixels: Pixels) -> float:
    """How far the rows nearest to the poles are from one value, the worse pole.

    The two rows at a pole lie within three pixels of each other on the sphere, so they vary as
    little as any patch of three by three pixels does elsewhere. The spread of each pole's rows, in
    stops, is divided by what nine patches in ten stay under between 30 and 60 degrees of the same
    half. Pictures made without regard to the poles have unrelated values there: "pinch".
    """
    light = tone(pixels)
    height = len(light)
    worst = 0.0
    for half in (light, light[::-1]):
        belt = half[height // 6 : height // 3]
        mean = ndimage.uniform_filter(belt, 3, mode="wrap")
        square = ndimage.uniform_filter(belt * belt, 3, mode="wrap")
        spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
        ordinary = max(float(np.quantile(spread, 0.9)), 0.02)
        worst = max(worst, float(half[:2].std()) / ordinary)
    return worst


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
    return centre / max(float(np.linalg.norm(centre)), 1e-30)


@dataclass(frozen=True)
class Source:
    """The brightest compact thing in a panorama."""

    direction: Float[np.ndarray, "3"]
    illuminance: Float[np.ndarray, "3"]
    """Above its surroundings, on a surface that faces it, file units."""
    radius: float
    """Root mean square distance of its light from its centre, times the root of two: the radius of
    an even disc of that spread, radians."""
    stops: float
    """Over the sky's median, if its light came from a disc of the sun's size."""

    @property
    def elevation(self) -> float:
        """Radians above the horizon."""
        return float(np.arcsin(np.clip(self.direction[1], -1.0, 1.0)))

    @property
    def azimuth_deg(self) -> float:
        """Clockwise seen from above, 0 = +Z, 90 = -X."""
        return panorama.angles_of(self.direction)[1]

    @property
    def is_sun(self) -> bool:
        """Whether it is as far above the sky, and as small, as only the sun is."""
        return self.stops >= SUN_STOPS and self.radius <= SUN_SPREAD


def near(
    height_px: int, direction: Float[np.ndarray, "3"], radius: float
) -> tuple[np.ndarray, Float[np.ndarray, "rows width"]]:
    """Rows that can lie within ``radius`` of a direction, and their pixels' angles from it."""
    v = np.arccos(np.clip(direction[1], -1.0, 1.0)) / np.pi * height_px
    reach = radius / np.pi * height_px + 1.0
    rows = np.arange(max(int(v - reach), 0), min(int(v + reach) + 1, height_px))
    u = (np.arange(2 * height_px) + 0.5) / (2 * height_px)
    grid = np.meshgrid(u, (rows + 0.5) / height_px, indexing="xy")
    # The angle by its half chord: a cosine would lose the small ones.
    chord = panorama.direction_of(*grid) - np.asarray(direction, np.float64)
    half = 0.5 * np.sqrt(np.einsum("hwc,hwc->hw", chord, chord))
    return rows, 2.0 * np.arcsin(np.clip(half, 0.0, 1.0))


def source(pixels: Pixels) -> Source:
    """Find the brightest compact thing and weigh its light against the ring around it."""
    height = pixels.shape[0]
    cap = max(_SOURCE_CAP, 6.0 * np.pi / height)
    direction = brightest_direction(pixels)
    rows, angle = near(height, direction, 1.5 * cap)
    patch = pixels[rows[0] : rows[-1] + 1].astype(np.float64)
    solid = np.broadcast_to(panorama.pixel_solid_angles(height)[rows, None], angle.shape)
    # An aureole falls with the angle; the ring's upper light must not count as the source's.
    ring = (angle > 0.75 * cap) & (angle <= 1.5 * cap)
    around = np.quantile(luminance(patch)[ring], 0.9) if ring.any() else 0.0
    own = patch * (luminance(patch) > 2.0 * around)[..., None]
    inside = np.where(angle <= cap, solid, 0.0)
    light = np.einsum("hw,hwc->c", inside, own)
    total = max(float(luminance(light)), 1e-30)
    spread = float(np.einsum("hw,hw->", inside * angle**2, luminance(own))) / total
    disc = 2.0 * np.pi * (1.0 - np.cos(SUN_RADIUS))
    stops = float(np.log2(total / disc / max(sky_median(pixels), 1e-30)))
    return Source(direction, light, float(np.sqrt(2.0 * spread)), stops)


def plateau(pixels: Pixels) -> tuple[int, float, bool]:
    """Pixels at exactly the largest value of a channel: count, solid angle, and whether white.

    Film and sensors have a ceiling, light has none: a value that many pixels share, or that all
    three channels share in one pixel of a coloured picture, is a ceiling. A soft glow in a file of
    few digits has equal values too, but then as many a little under its top.
    """
    top = pixels.max(axis=(0, 1))
    solid = panorama.pixel_solid_angles(pixels.shape[0])
    count, area = 0, 0.0
    for channel in range(3):
        at = pixels[..., channel] >= top[channel]
        under = (pixels[..., channel] >= 0.97 * top[channel]).sum() - at.sum()
        if int(at.sum()) > max(count, int(under)):
            count, area = int(at.sum()), float(at.sum(axis=1) @ solid)
    coloured = bool((np.ptp(pixels[::4, ::4], axis=-1) > 0.0).mean() > 0.5)
    white = (
        coloured
        and float(np.ptp(top)) == 0.0
        and float(
            np.ptp(pixels, axis=-1)[luminance(pixels) >= luminance(top) * (1.0 - 1e-6)].min(
                initial=1.0
            )
        )
        == 0.0
    )
    return count, area, white


@dataclass(frozen=True)
class Level:
    """The line of the horizon as a tilted great circle."""

    tilt: float
    """Angle between the horizon's plane and the level one, radians."""
    axis: Float[np.ndarray, "3"]
    """Normal of the horizon's plane: where up should be."""
    share: float
    """Share of columns whose strongest edge lies on the line."""


def _edges(pixels: Pixels) -> tuple[Float[np.ndarray, "rows width"], np.ndarray]:
    """Strength of level edges around the horizon, and the elevations of its rows."""
    step = max(pixels.shape[1] // _HORIZON_WIDTH, 1)
    small = pixels[: pixels.shape[0] // step * step, : pixels.shape[1] // step * step]
    small = small.reshape(len(small) // step, step, -1, step, 3).mean(axis=(1, 3), dtype=np.float32)
    light = np.log2(np.maximum(small, small.mean() * 1e-4 + _DARK))
    light = ndimage.gaussian_filter1d(light, 1.0, axis=1, mode="wrap")
    strength = np.abs(light[2:] - light[:-2]).sum(axis=-1)
    elevation = np.pi / 2 - np.pi * (np.arange(1, len(light) - 1) + 0.5) / len(light)
    rows = np.abs(elevation) < _HORIZON_REACH
    return strength[rows].astype(np.float64), elevation[rows]


def _strongest(
    strength: np.ndarray, elevation: np.ndarray, line: np.ndarray, reach: float
) -> tuple[np.ndarray, Bool[np.ndarray, "width"]]:
    """Elevation of the edge near a line in each column, and where it is the column's strongest."""
    inside = np.abs(elevation[:, None] - line) <= reach
    there = np.where(inside, strength**2, 0.0)
    where = (there * elevation[:, None]).sum(axis=0) / np.maximum(there.sum(axis=0), 1e-30)
    best = np.where(inside, strength, 0.0).max(axis=0)
    return where, (best >= 0.999 * strength.max(axis=0)) & (best > 0.05)


def level(pixels: Pixels) -> Level:
    """Fit the horizon: the great circle along which most columns have their strongest edge."""
    strength, elevation = _edges(pixels)
    width = strength.shape[1]
    u = (np.arange(width) + 0.5) / width
    basis = np.stack([np.ones(width), np.cos(2 * np.pi * u), np.sin(2 * np.pi * u)], axis=-1)
    place = elevation[np.argmax(strength, axis=0)]
    fit, reach = np.zeros(3), np.radians(12.0)
    fit[0] = float(np.median(place))
    sharp = np.ones(width, bool)
    for _ in range(12):
        place, sharp = _strongest(strength, elevation, basis @ fit, reach)
        if sharp.sum() < 0.1 * width:
            break
        fit = np.linalg.lstsq(basis[sharp], place[sharp], rcond=None)[0]
        reach = max(0.7 * reach, np.radians(0.6))
    # The circle is where elevation = tilt * cos(bearing - highest): the plane's normal leans away
    # from its highest side. Panorama columns: bearing = pi - 2 pi u about +X towards -Z.
    highest = panorama.direction_of(
        np.arctan2(fit[2], fit[1])[None] / (2 * np.pi), np.array([0.5])
    )[0]
    tilt = float(np.hypot(fit[1], fit[2]))
    axis = np.cos(tilt) * np.array([0.0, 1.0, 0.0]) - np.sin(tilt) * highest
    return Level(tilt, axis, float(sharp.mean()))
