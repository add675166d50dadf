# SPDX-License-Identifier: Apache-2.0
"""The hair atlas: scalp picture and strand strips in one 1024 x 1024 texture, painted in NumPy.

Top left quarter: the scalp in its flat chart, with strand lines along the style's comb field (line
integral convolution, Cabral and Leedom 1993) and strand ends at the hairline. Right half: four long
strips of straight strands that taper and end unevenly. Bottom left quarter: four short strips:
solid rope, curls, wisps, tufts. Every picture holds shade, alpha and slope; colour comes last.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy import ndimage

from gen3d.body.data import load
from gen3d.spec import Rgb
from gen3d.types import Material, Texture
from gen3d.wardrobe.hair_cards import Rect
from gen3d.wardrobe.hair_scalp import CENTRE, chart, hairline, head_cloth, template
from gen3d.wardrobe.hair_strands import Comb
from gen3d.wardrobe.texels import rasterise

SIZE_PX = 1024
_CHART_RADIUS = 0.2
"""Metres of the scalp chart that fill the quarter."""
STRAIGHT: tuple[Rect, ...] = tuple((0.5 + i / 8, 0.0, 0.625 + i / 8, 1.0) for i in range(4))
"""Strips of long straight strands, from dense to loose."""
ROPE: Rect = (0.0, 0.5, 0.125, 1.0)
"""Solid strands without ends: braids, buns, bands of hair."""
CURL: Rect = (0.125, 0.5, 0.25, 1.0)
WISP: Rect = (0.25, 0.5, 0.375, 1.0)
TUFT: Rect = (0.375, 0.5, 0.5, 1.0)


@dataclass(frozen=True)
class Pattern:
    """Colourless picture of strands."""

    shade: Float32[np.ndarray, "height width"]
    """Factor on the hair colour."""
    alpha: Float32[np.ndarray, "height width"]
    slope: Float32[np.ndarray, "height width 2"]
    """Tangent-space normal's x and y."""


@dataclass(frozen=True)
class _Look:
    """What the strands of a strip look like."""

    count: int
    width_px: float
    solid: float
    """Share of the length that has an opaque ground."""
    ends: tuple[float, float]
    """Range of the share of the length at which strands end."""
    wave: float
    """Sideways wave, share of the strip's width."""
    waves: float = 1.0
    pinch: float = 0.75
    """Width of the bundle at the tip, share of the strip's width."""
    fray: float = 0.10
    """Share of the width at the sides that is loose strands only."""


_LOOKS: tuple[tuple[Rect, _Look], ...] = (
    (STRAIGHT[0], _Look(95, 3.4, 0.80, (0.86, 1.0), 0.02, pinch=0.72)),
    (STRAIGHT[1], _Look(85, 3.2, 0.68, (0.76, 1.0), 0.03, pinch=0.66)),
    (STRAIGHT[2], _Look(70, 3.0, 0.50, (0.66, 1.0), 0.04, pinch=0.70)),
    (STRAIGHT[3], _Look(46, 2.8, 0.30, (0.55, 1.0), 0.05, pinch=0.80)),
    (ROPE, _Look(60, 3.6, 1.0, (1.1, 1.2), 0.015, pinch=1.0)),
    (CURL, _Look(60, 3.4, 0.72, (0.8, 1.0), 0.05, 3.0, 0.85, 0.24)),
    (WISP, _Look(26, 2.6, 0.0, (0.5, 1.0), 0.07, 1.5, 0.8)),
    (TUFT, _Look(80, 2.8, 0.30, (0.45, 0.98), 0.11, 4.0, 0.95)),
)


def _strip(look: _Look, height: int, width: int, rng: np.random.Generator) -> Pattern:
    """Paint strands over each other, back to front."""
    t = (np.arange(height) + 0.5) / height
    shade = np.full((height, width), 0.42, np.float32)
    alpha = np.zeros((height, width), np.float32)
    slope = np.zeros((height, width, 2), np.float32)
    _ground(alpha, look, t, rng)
    rows = np.arange(height)[:, None]
    for _ in range(look.count):
        start = rng.uniform(0.03, 0.97)
        bundle = 0.5 + (start - 0.5) * (1.0 - (1.0 - look.pinch) * t**1.5)
        phase, turns = rng.uniform(0, 2 * np.pi), look.waves * rng.uniform(0.6, 1.3)
        grow = np.clip(t / 0.4, 0, 1)
        centre = (bundle + look.wave * np.sin(2 * np.pi * turns * t + phase) * grow) * width
        end = rng.uniform(*look.ends)
        half = (
            0.5 * look.width_px * rng.uniform(0.7, 1.4) * np.sqrt(np.clip((end - t) / 0.25, 0, 1))
        )
        reach = int(look.width_px) + 2
        columns = np.floor(centre).astype(int)[:, None] + np.arange(-reach, reach + 1)
        offset = columns + 0.5 - centre[:, None]
        cover = np.clip(half[:, None] - np.abs(offset) + 0.5, 0, 1) * (half > 0.15)[:, None]
        valid = (columns >= 0) & (columns < width) & (cover > 0)
        r, c = np.broadcast_to(rows, columns.shape)[valid], columns[valid]
        cover = cover[valid]
        bent = np.clip(offset / np.maximum(half[:, None], 0.5), -1, 1)[valid]
        own = np.exp(rng.normal(0.0, 0.20)) * (1.0 - 0.22 * bent**2)
        shade[r, c] += cover * (own - shade[r, c])
        alpha[r, c] = np.maximum(alpha[r, c], cover)
        slope[r, c, 0] += cover * (0.55 * bent - slope[r, c, 0])
    fade = 0.62 + 0.38 * np.clip(t / 0.22, 0, 1) + 0.10 * np.clip((t - 0.6) / 0.4, 0, 1)
    return Pattern((shade * fade[:, None]).astype(np.float32), alpha, slope)


def _ground(alpha: np.ndarray, look: _Look, t: np.ndarray, rng: np.random.Generator) -> None:
    """Opaque ground under the strands: full at the root, narrower and ragged towards its end."""
    width = alpha.shape[1]
    across = np.abs((np.arange(width) + 0.5) / width - 0.5) * 2.0
    ragged = ndimage.gaussian_filter1d(rng.normal(size=width), 1.5) * 0.12
    if look.solid >= 1.0:
        alpha[:] = 1.0
        return
    reach = 1.0 - (1.0 - look.pinch) * t[:, None] ** 1.5 - look.fray
    ends = look.solid + ragged[None, :] - 0.15 * across[None, :] ** 2
    alpha[:] = ((across[None, :] < reach) & (t[:, None] < ends)).astype(np.float32)


@functools.cache
def _strips() -> tuple[tuple[Rect, Pattern], ...]:
    rng = np.random.default_rng(20)
    painted: list[tuple[Rect, Pattern]] = []
    for rect, look in _LOOKS:
        left, top, right, bottom = (round(x * SIZE_PX) for x in rect)
        painted.append((rect, _strip(look, bottom - top, right - left, rng)))
    return tuple(painted)


def chart_uv(canonical: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 2"]:
    """Place of scalp points in the atlas."""
    return 0.25 + chart(canonical) * (0.25 / _CHART_RADIUS)


def _chart_positions(side: int) -> np.ndarray:
    """Canonical positions (on a sphere about the skull's centre) of every texel of the quarter."""
    grid = ((np.arange(side) + 0.5) / side - 0.5) * 2.0 * _CHART_RADIUS
    x, y = np.meshgrid(grid, grid)
    polar = np.hypot(x, y) / 0.078
    azimuth = np.arctan2(x, y)
    ring = np.sin(polar)
    unit = np.stack([ring * np.sin(azimuth), np.cos(polar), ring * np.cos(azimuth)], axis=-1)
    return (CENTRE + 0.095 * unit).reshape(-1, 3)


def _flow(comb: Comb, side: int) -> np.ndarray:
    """Unit direction of the comb field in texels of the chart."""
    points = _chart_positions(side)
    direction = comb(points, points, 0.0)
    radial = points - CENTRE
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    direction = direction - radial * np.sum(direction * radial, axis=1, keepdims=True)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    ahead = chart(points + 1e-4 * direction) - chart(points - 1e-4 * direction)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-12)
    return ahead.reshape(side, side, 2)


def _convolve_lines(flow: np.ndarray, noise: np.ndarray, reach: int) -> np.ndarray:
    """Mean of the noise along the field, ``reach`` texels both ways."""
    side = len(noise)
    total = noise.copy()
    y0, x0 = np.meshgrid(
        np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32), indexing="ij"
    )
    for sign in (1.0, -1.0):
        x, y = x0.copy(), y0.copy()
        for _ in range(reach):
            i = np.clip(np.rint(y), 0, side - 1).astype(np.int32)
            j = np.clip(np.rint(x), 0, side - 1).astype(np.int32)
            step = flow[i, j]
            x += sign * step[..., 0]
            y += sign * step[..., 1]
            total += noise[i, j]
    return total / (2 * reach + 1)


def _scalp_field(side: int) -> np.ndarray:
    """Distance above the hairline in the chart, metres."""
    data = load()
    cloth = head_cloth(data)
    uv = chart_uv(cloth.of(template(data))) * 2.0
    texels = rasterise(uv.astype(np.float32), cloth.faces, side)
    values = texels.interpolate(cloth.of(hairline(data)[:, None]))[..., 0]
    return np.where(texels.mask, values, -0.02)


@functools.cache
def _scalp(comb: Comb, reach: int, grain: float) -> Pattern:
    side = SIZE_PX // 2
    rng = np.random.default_rng(21)
    noise = ndimage.gaussian_filter(rng.normal(size=(side, side)), grain).astype(np.float32)
    lines = _convolve_lines(_flow(comb, side).astype(np.float32), noise, reach)
    lines = lines / lines.std()
    teeth = ndimage.gaussian_filter(lines, 0.5)
    field = _scalp_field(side)
    alpha = np.clip((field - 0.003 + 0.0022 * teeth) / 0.0015 + 0.5, 0.0, 1.0)
    dy, dx = np.gradient(ndimage.gaussian_filter(lines, 0.7))
    slope = np.clip(np.stack([-dx, dy], axis=-1) * 0.55, -0.6, 0.6)
    shade = (
        0.78 * np.exp(0.20 * np.clip(lines, -2.2, 2.2)) * (0.8 + 0.2 * np.clip(field / 0.02, 0, 1))
    )
    return Pattern(shade.astype(np.float32), alpha.astype(np.float32), slope.astype(np.float32))


def _assemble(scalp: Pattern) -> Pattern:
    whole = Pattern(
        np.ones((SIZE_PX, SIZE_PX), np.float32),
        np.zeros((SIZE_PX, SIZE_PX), np.float32),
        np.zeros((SIZE_PX, SIZE_PX, 2), np.float32),
    )
    for rect, part in ((((0.0, 0.0, 0.5, 0.5)), scalp), *_strips()):
        left, top, right, bottom = (round(x * SIZE_PX) for x in rect)
        whole.shade[top:bottom, left:right] = part.shade
        whole.alpha[top:bottom, left:right] = part.alpha
        whole.slope[top:bottom, left:right] = part.slope
    return whole


def _srgb_bytes(linear: np.ndarray) -> np.ndarray:
    """Linear 0-1 to sRGB bytes by a table of 4096 steps."""
    steps = np.arange(4096) / 4095.0
    table = np.where(steps <= 0.0031308, 12.92 * steps, 1.055 * steps ** (1 / 2.4) - 0.055)
    return np.rint(table * 255).astype(np.uint8)[(np.clip(linear, 0, 1) * 4095).astype(np.int32)]


def _colours(pattern: Pattern, color: Rgb) -> np.ndarray:
    """Tint shades: lights lean warm, darks lean to the hair's own deep tone."""
    tone = np.asarray(color, dtype=np.float32)
    # Real black hair still reflects a few percent; without it strands lose all structure.
    tone = np.maximum(tone, 0.006)
    warm = np.clip(pattern.shade - 1.0, -0.5, 0.8)[..., None] * np.array([0.10, 0.02, -0.06])
    linear = tone * pattern.shade[..., None] * (1.0 + warm)
    alpha = np.rint(pattern.alpha * 255).astype(np.uint8)[..., None]
    return np.concatenate([_srgb_bytes(linear), alpha], axis=-1)


def _normal_bytes(pattern: Pattern) -> np.ndarray:
    x, y = pattern.slope[..., 0], pattern.slope[..., 1]
    z = np.sqrt(np.maximum(1.0 - x * x - y * y, 0.2))
    stacked = np.stack([x, y, z], axis=-1)
    stacked /= np.linalg.norm(stacked, axis=-1, keepdims=True)
    return np.rint(stacked * 127.5 + 127.5).astype(np.uint8)


@functools.lru_cache(maxsize=8)
def hair_material(
    name: str, color: Rgb, comb: Comb, reach: int = 22, grain: float = 0.6
) -> Material:
    """Material of a head of hair.

    Args:
        name: Of the material.
        color: Linear hair colour.
        comb: Direction field that the scalp's strand lines follow.
        reach: Half length of the scalp's strand lines, texels (0.65 mm each).
        grain: Thickness of these lines, texels.
    """
    pattern = _assemble(_scalp(comb, reach, grain))
    return Material(
        name=name,
        roughness=0.52,
        base_color_texture=Texture(f"{name}Color", _colours(pattern, color)),
        normal_texture=Texture(f"{name}Normal", _normal_bytes(pattern)),
        double_sided=True,
        alpha_mode="MASK",
        alpha_cutoff=0.4,
    )
