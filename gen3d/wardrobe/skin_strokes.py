# SPDX-License-Identifier: Apache-2.0
"""Pictures of hairs with alpha: brows and lashes; and what is inside the mouth.

Hairs are tapered curves drawn at three times the size and reduced, so their edges are smooth.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, Float32
from PIL import Image, ImageDraw

from gen3d.easing import ramp, smoothstep
from gen3d.spec import BodySpec, HairSpec, SkinSpec
from gen3d.types import Material, Texture
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.texels import encode_srgb, normal_map, to_bytes

BROW_BOX = (0.10, 2.05, 0.05, 1.15)
"""Left, right, bottom, top of the brow picture in head units."""
_SUPERSAMPLING = 3


def _draw(
    strokes: Iterable[tuple[Float[np.ndarray, "points 2"], Float[np.ndarray, "points"]]],
    size: tuple[int, int],
) -> Float32[np.ndarray, "height width"]:
    """Draw curves given in pixels with a width at each point; returns coverage."""
    width, height = (side * _SUPERSAMPLING for side in size)
    picture = Image.new("L", (width, height))
    pen = ImageDraw.Draw(picture)
    for points, widths in strokes:
        scaled = points * _SUPERSAMPLING
        for start, end, thick in zip(scaled[:-1], scaled[1:], widths, strict=False):
            line = [(float(start[0]), float(start[1])), (float(end[0]), float(end[1]))]
            pen.line(line, fill=255, width=max(1, round(float(thick) * _SUPERSAMPLING)))
    reduced = picture.resize(size, Image.Resampling.BOX)
    return np.asarray(reduced, dtype=np.float32) / 255.0


def _hair_material(name: str, color: np.ndarray, alpha: np.ndarray) -> Material:
    pixels = np.concatenate([encode_srgb(color), to_bytes(alpha)[..., None]], axis=-1)
    return Material(
        name=name,
        roughness=0.55,
        base_color_texture=Texture(f"{name}_color", pixels),
        double_sided=True,
        alpha_mode="BLEND",
    )


def brow_spine(x: np.ndarray, female: float) -> tuple[np.ndarray, np.ndarray]:
    """Height of the brow's middle line and its half thickness by |x|, all in head units."""
    arch = np.array([0.46, 0.50, 0.56, 0.60, 0.59, 0.50, 0.38])
    knots = np.array([0.34, 0.60, 0.95, 1.25, 1.45, 1.72, 1.92])
    middle = np.interp(x, knots, arch + female * np.array([0.0, 0.01, 0.04, 0.08, 0.08, 0.03, 0.0]))
    thick = np.interp(x, knots, [0.12, 0.175, 0.17, 0.145, 0.12, 0.07, 0.02])
    return middle, thick * (1.0 - 0.42 * female) + 0.012 * female


def _brow_strokes(
    rng: np.random.Generator, female: float, bushy: float, size: tuple[int, int]
) -> list[tuple[np.ndarray, np.ndarray]]:
    left, right, bottom, top = BROW_BOX
    count = int(480 * (1.0 - 0.2 * female) * (0.75 + 0.5 * bushy))
    root_x = 0.33 + 1.55 * rng.beta(1.05, 1.25, size=count)
    across = np.clip(rng.normal(0.0, 0.52, size=count), -1.0, 1.0)
    middle, thick = brow_spine(root_x, female)
    root_y = middle + across * thick
    # Hairs stand up at the inner end, lie along the brow, and meet from above and below outside.
    along = np.clip((root_x - 0.34) / 1.5, 0.0, 1.0)
    lean = np.interp(along, [0.0, 0.18, 0.5, 1.0], [1.35, 0.85, 0.30, -0.38])
    lean = lean - across * np.interp(along, [0.0, 0.4, 1.0], [0.05, 0.55, 0.3])
    lean = lean + rng.normal(0.0, 0.13, size=count)
    length = np.interp(along, [0.0, 0.3, 1.0], [0.17, 0.25, 0.20])
    length = length * rng.uniform(0.65, 1.15, size=count) * (0.85 + 0.4 * bushy)
    bend = rng.normal(-0.35, 0.15, size=count)
    t = np.linspace(0.0, 1.0, 7)
    strokes = list[tuple[np.ndarray, np.ndarray]]()
    scale = np.array([size[0] / (right - left), -size[1] / (top - bottom)])
    for x, y, angle, reach, turn in zip(root_x, root_y, lean, length, bend, strict=True):
        heading = angle + turn * t
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (reach / len(t))
        curve = np.array([x, y]) + np.cumsum(steps, axis=0) - steps[0]
        pixels = (curve - np.array([left, top])) * scale
        strokes.append((pixels, np.interp(t, [0.0, 0.35, 1.0], [1.5, 1.35, 0.4])))
    return strokes


def brow_color(skin: SkinSpec, hair: HairSpec) -> np.ndarray:
    """Linear colour of the brows: given, or the hair's, a little darker than fair hair."""
    color = np.array(skin.brow_color or hair.color, dtype=np.float32)
    # Grey hair is yellowish; neutral grey looks blue beside skin.
    grey = 1.0 - (color.max() - color.min()) / max(float(color.max()), 1e-3)
    warm = 1.0 - float(grey) * ramp(0.1, 0.4, float(color.mean())) * triple(0.0, 0.10, 0.26)
    return np.clip(color * warm * np.float32(0.8), 0.006, 0.7)


def paint_brow(body: BodySpec, skin: SkinSpec, hair: HairSpec, seed: int) -> Material:
    """Paint one brow (the other is mirrored) over :data:`BROW_BOX`."""
    size = (512, 256)
    rng = np.random.default_rng([seed, 61])
    child = ramp(15.0, 5.0, body.age_years)
    bushy = float(np.clip(1.0 - body.sex - child, 0.0, 1.0))
    strokes = _brow_strokes(rng, max(body.sex, child), bushy, size)
    alpha = np.clip(_draw(strokes, size) * (1.0 - 0.45 * child), 0.0, 1.0)
    noise = rng.normal(size=(*alpha.shape, 1)).astype(np.float32)
    color = brow_color(skin, hair) * np.exp(0.12 * noise)
    return _hair_material("brow", np.clip(color, 0.0, 0.8), alpha * 0.92)


def _lash_strokes(
    rng: np.random.Generator, count: int, reach: float, origin_px: float, size: tuple[int, int]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Lashes of one strip in half a picture: roots on top, tips below, in clumps."""
    width, height = size
    root = np.linspace(0.04, 0.97, count) + rng.normal(0.0, 0.004, size=count)
    clump = np.round(root * count / 3.5) / count * 3.5
    length = reach * np.interp(root, [0.0, 0.25, 0.8, 1.0], [0.5, 0.85, 1.0, 0.7])
    length = length * rng.uniform(0.7, 1.0, size=count)
    t = np.linspace(0.0, 1.0, 8)
    strokes = list[tuple[np.ndarray, np.ndarray]]()
    for x, goal, long in zip(root, clump, length, strict=True):
        lean = (goal - x) * 0.7 + (x - 0.35) * 0.035
        curve_x = (x + lean * t**1.5) * width
        curve_y = origin_px + (0.12 + long * t) * height
        widths = np.interp(t, [0.0, 0.4, 1.0], [3.2, 2.4, 0.5])
        strokes.append((np.stack([curve_x, curve_y], axis=1), widths))
    return strokes


def paint_lashes(body: BodySpec, seed: int) -> Material:
    """Paint upper lashes (top half of the picture) and lower ones (bottom half), roots on top."""
    rng = np.random.default_rng([seed, 62])
    size, half = (512, 256), (512, 128)
    reach = 0.52 + 0.30 * body.sex
    upper = _lash_strokes(rng, 74, reach, 0.0, half)
    lower = _lash_strokes(rng, 46, 0.34 + 0.12 * body.sex, 128.0, half)
    alpha = _draw(upper, size)
    alpha[128:] = _draw(lower, size)[128:] * (0.55 + 0.2 * body.sex)
    line = np.exp(-(((np.arange(128) / 128.0 - 0.13) / 0.085) ** 2))[:, None]
    alpha[:128] = np.maximum(alpha[:128], line * (0.55 + 0.35 * body.sex))
    alpha[128:] = np.maximum(alpha[128:], line * (0.12 + 0.12 * body.sex))
    ends = smoothstep(0.02, 0.13, np.linspace(0.0, 1.0, 512))
    color = np.full((256, 512, 3), 0.012, dtype=np.float32)
    return _hair_material("lashes", color, np.clip(alpha * ends * ends[::-1], 0.0, 1.0))


def _tooth_profile(u: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest gap (0 to 0.5 of a tooth) and the index of the tooth."""
    place = u * count
    return np.abs(place - np.round(place)), np.floor(place)


def paint_teeth(skin: SkinSpec, age_years: float, seed: int) -> Material:
    """Paint an arch of teeth: u along it, v from the gum over the biting edge to the inner side."""
    size_px, count = 256, 14
    axis = ((np.arange(size_px) + 0.5) / size_px).astype(np.float32)
    u, v = np.meshgrid(axis, axis)
    gap, index = _tooth_profile(u, count)
    grid = np.stack([u * 0.2, v * 0.06, np.zeros_like(u)], axis=-1).reshape(-1, 3)
    cloud = solid(grid, 0.01, seed + 63, octaves=2).reshape(u.shape)
    shade = np.random.default_rng([seed, 64]).normal(0.0, 0.025, size=count + 1)
    stain = 0.25 * skin.weathering + 0.004 * max(age_years - 25.0, 0.0)
    enamel = np.array([0.72, 0.69, 0.60]) * np.array([1.0, 1.0 - 0.35 * stain, 1.0 - 0.9 * stain])
    color = enamel * (1.0 + 0.02 * cloud + shade[index.astype(int)])[..., None]
    neck = 0.34 + 0.05 * np.cos(2.0 * np.pi * u * count)
    gum = smoothstep(0.035, -0.02, v - neck)[..., None]
    between = smoothstep(0.09, 0.02, gap)[..., None] * 0.75
    color = color * (1.0 - between) + np.array([0.16, 0.10, 0.07]) * between
    color = (
        color * (1.0 - gum) + np.array([0.40, 0.13, 0.12]) * (1.0 + 0.08 * cloud[..., None]) * gum
    )
    dark = smoothstep(0.72, 0.95, v)[..., None]
    color = color * (1.0 - 0.6 * dark)
    relief = 6e-4 * np.sqrt(np.clip(gap * 2.0, 0.0, 1.0)) * (1.0 - gum[..., 0])
    texel = np.full(u.shape, 0.1 / size_px, dtype=np.float32)
    return Material(
        name="teeth",
        roughness=0.22,
        base_color_texture=Texture("teeth_color", encode_srgb(np.clip(color, 0.0, 0.85))),
        normal_texture=Texture("teeth_normal", normal_map(relief.astype(np.float32), texel)),
        double_sided=True,
    )


def paint_tongue(skin: SkinSpec, seed: int) -> Material:
    """Paint the tongue: rough, wet, pink."""
    size_px = 128
    axis = ((np.arange(size_px) + 0.5) / size_px).astype(np.float32)
    u, v = np.meshgrid(axis, axis)
    grid = np.stack([u * 0.05, v * 0.08, np.zeros_like(u)], axis=-1).reshape(-1, 3)
    bumps = solid(grid, 0.0022, seed + 65, octaves=2, channels=2)
    pink = np.array([0.42, 0.13, 0.12]) * (1.0 - 0.5 * skin.metallic)
    color = pink * (1.0 + 0.07 * bumps[:, :1].reshape(size_px, size_px, 1))
    relief = 8e-5 * bumps[:, 1].reshape(size_px, size_px)
    texel = np.full(u.shape, 0.06 / size_px, dtype=np.float32)
    return Material(
        name="tongue",
        roughness=0.3,
        base_color_texture=Texture("tongue_color", encode_srgb(np.clip(color, 0.0, 0.85))),
        normal_texture=Texture("tongue_normal", normal_map(relief, texel)),
    )
