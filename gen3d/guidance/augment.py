# SPDX-License-Identifier: Apache-2.0
"""Random changes of a picture that must not change what it shows.

An image tower is fooled by patterns that sit on single pixels; what survives another crop, tilt,
tint, blur and grain is more likely the thing itself (Jain et al. 2022, Dream Fields; Hong et al.
2022, AvatarCLIP). What is drawn (:class:`Draw`) and how it is applied
(:func:`apply`) are apart, so that each can be measured: a test shows that every one of them acts.

All geometry is one homography, given by where the four corners of the result lie in the picture.
Everything is differentiable with respect to the pictures. Values may leave [0, 1] a little: a
clamp would take the gradient from black and white pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import conv2d, grid_sample, pad

from gen3d.render.shot import random_background

Pictures = Float[Tensor, "views 3 height width"]

_CORNERS = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))
"""Top left, top right, bottom right, bottom left; x to the right, y down, edges at ±1."""
_LUMA = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True)
class Augment:
    """Greatest strengths; every draw is uniform between none and them. Zero is off."""

    area: tuple[float, float] = (0.65, 1.1)
    """Share of the picture's area that the result shows; above 1 it zooms out."""
    rotate_deg: float = 8.0
    """Roll about the view axis, either way."""
    stretch: float = 0.08
    """Natural logarithm of the change of aspect, either way."""
    shear: float = 0.06
    """Sideways shift of the top against the middle, in half heights, either way."""
    perspective: float = 0.08
    """Independent shift of each corner, in half widths, either way."""
    brightness: float = 0.12
    """Share that the values are multiplied up or down by."""
    contrast: float = 0.15
    """Share that differences from the mean grey are multiplied up or down by."""
    saturation: float = 0.15
    """Share that differences from the pixel's grey are multiplied up or down by."""
    blur: float = 0.01
    """Standard deviation of a Gaussian, in picture heights."""
    noise: float = 0.03
    """Standard deviation of independent noise."""
    cutout: float = 0.1
    """Share of the area that one rectangle hides."""

    def scaled(self, strength: float) -> Augment:
        """The same with all strengths multiplied; 0 is no change at all, 1 this."""
        low, high = (1.0 + strength * (edge - 1.0) for edge in self.area)
        rest = {
            f.name: strength * float(getattr(self, f.name))
            for f in fields(self)
            if f.name != "area"
        }
        return replace(self, area=(low, high), **rest)


@dataclass(frozen=True)
class Draw:
    """What was drawn for each picture of a batch."""

    corners: Float[Tensor, "views 4 2"]
    """Where the corners of the result lie in the picture, in the order of the four corners."""
    gain: Float[Tensor, "views"]
    contrast: Float[Tensor, "views"]
    saturation: Float[Tensor, "views"]
    sigma_px: Float[Tensor, "views"]
    noise: Float[Tensor, "views 3 height width"]
    hole: Bool[Tensor, "views height width"]
    fill: Float[Tensor, "views 3 height width"]
    """A background of its own, seen beyond the picture's edges and in the hole."""


def augmented(pictures: Pictures, augment: Augment, generator: torch.Generator) -> Pictures:
    """Pictures changed at random, each in its own way."""
    views, _, height, width = pictures.shape
    return apply(pictures, draw(augment, views, height, width, generator))


def draw(
    augment: Augment, views: int, height_px: int, width_px: int, generator: torch.Generator
) -> Draw:
    """Draw the changes of a batch on the CPU."""
    fill = random_background(views, height_px, width_px, generator)
    spread = augment.noise * torch.rand(views, 1, 1, 1, generator=generator)
    return Draw(
        corners=_draw_corners(augment, views, width_px / height_px, generator),
        gain=1.0 + augment.brightness * _either_way(generator, views),
        contrast=1.0 + augment.contrast * _either_way(generator, views),
        saturation=1.0 + augment.saturation * _either_way(generator, views),
        sigma_px=augment.blur * height_px * torch.rand(views, generator=generator),
        noise=spread * torch.randn(views, 3, height_px, width_px, generator=generator),
        hole=_draw_holes(augment.cutout, views, (height_px, width_px), generator),
        fill=torch.movedim(fill, -1, 1).contiguous(),
    )


def apply(pictures: Pictures, drawn: Draw) -> Pictures:
    """Apply what was drawn: warp, hole, colours, blur, grain."""
    fill = drawn.fill.to(pictures)
    result = warp(pictures, drawn.corners, fill)
    result = torch.where(drawn.hole.to(pictures.device)[:, None], fill, result)
    result = recolour(result, drawn.gain, drawn.contrast, drawn.saturation)
    return blur(result, drawn.sigma_px) + drawn.noise.to(pictures)


def warp(pictures: Pictures, corners: Float[Tensor, "views 4 2"], fill: Pictures) -> Pictures:
    """Show the part of each picture between four corners; beyond its edges is the fill."""
    height, width = pictures.shape[-2:]
    grid = _grid(homography(corners), height, width).to(pictures)
    seen = grid_sample(pictures, grid, align_corners=False)
    inside = grid_sample(torch.ones_like(pictures[:, :1]), grid, align_corners=False)
    return seen + (1.0 - inside) * fill


def homography(corners: Float[Tensor, "views 4 2"]) -> Float[Tensor, "views 3 3"]:
    """The projective maps that take the square's corners to the given ones.

    Each pair (x, y) → (u, v) gives two linear equations in the eight free entries (Hartley and
    Zisserman 2004, §4.1, with h33 = 1).
    """
    rows: list[Tensor] = []
    one, zero = torch.ones(len(corners), dtype=torch.float64), torch.zeros(len(corners)).double()
    for index, (x, y) in enumerate(_CORNERS):
        u, v = corners[:, index].double().unbind(-1)
        rows.append(torch.stack([x * one, y * one, one, *[zero] * 3, -u * x, -u * y], dim=-1))
        rows.append(torch.stack([*[zero] * 3, x * one, y * one, one, -v * x, -v * y], dim=-1))
    target = corners.double().reshape(-1, 8, 1)
    entries = torch.linalg.solve(torch.stack(rows, dim=1), target)[..., 0]
    return torch.cat([entries, one[:, None]], dim=-1).reshape(-1, 3, 3)


def recolour(
    pictures: Pictures,
    gain: Float[Tensor, "views"],
    contrast: Float[Tensor, "views"],
    saturation: Float[Tensor, "views"],
) -> Pictures:
    """Scale values, differences from the mean grey, and differences from each pixel's grey."""
    by_gain, by_contrast, by_saturation = (
        factor.to(pictures)[:, None, None, None] for factor in (gain, contrast, saturation)
    )
    bright = pictures * by_gain
    weights = torch.tensor(_LUMA).to(pictures)[:, None, None]
    middle = (bright * weights).sum(1, keepdim=True).mean((-2, -1), keepdim=True)
    strong = middle + by_contrast * (bright - middle)
    grey = (strong * weights).sum(1, keepdim=True)
    return grey + by_saturation * (strong - grey)


def blur(pictures: Pictures, sigma_px: Float[Tensor, "views"]) -> Pictures:
    """Gaussian blur, each picture with its own standard deviation; edges are continued."""
    radius = math.ceil(3.0 * float(sigma_px.max()))
    if radius == 0:
        return pictures
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (offsets / sigma_px[:, None].clamp(min=1e-3)) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).to(pictures).repeat_interleave(3, dim=0)
    views, _, height, width = pictures.shape
    stacked = pictures.reshape(1, 3 * views, height, width)
    margin = (radius, radius, radius, radius)
    stacked = pad(stacked, margin, mode="replicate")
    stacked = conv2d(stacked, kernel[:, None, :, None], groups=3 * views)
    return conv2d(stacked, kernel[:, None, None, :], groups=3 * views).reshape(pictures.shape)


def _draw_corners(
    augment: Augment, views: int, aspect: float, generator: torch.Generator
) -> Float[Tensor, "views 4 2"]:
    """Scale, stretch, shear, roll and shift the picture's own corners, then shake each."""
    low, high = augment.area
    side = (low + (high - low) * torch.rand(views, generator=generator)).sqrt()
    stretch = torch.exp(0.5 * augment.stretch * _either_way(generator, views))
    angle = math.radians(augment.rotate_deg) * _either_way(generator, views)
    shear = augment.shear * _either_way(generator, views)
    # What is cropped away, or added, is shared out at random between the two sides.
    shift = (1.0 - side).abs()[:, None] * _either_way(generator, views, 2)
    x, y = torch.tensor(_CORNERS).unbind(-1)
    across = (side * stretch)[:, None] * (x + shear[:, None] * y) * aspect
    down = (side / stretch)[:, None] * y
    cos, sin = torch.cos(angle)[:, None], torch.sin(angle)[:, None]
    rolled = torch.stack([(cos * across - sin * down) / aspect, sin * across + cos * down], -1)
    shaken = augment.perspective * _either_way(generator, views, 4, 2)
    return rolled + shift[:, None] + shaken


def _draw_holes(
    cutout: float, views: int, size_px: tuple[int, int], generator: torch.Generator
) -> Bool[Tensor, "views height width"]:
    """One rectangle in each picture, of an area and an aspect (1:2 to 2:1) at random."""
    area = cutout * torch.rand(views, generator=generator)
    half_aspect = torch.exp(0.5 * math.log(2.0) * _either_way(generator, views))
    sides = torch.stack([area.sqrt() / half_aspect, area.sqrt() * half_aspect], -1).clamp(max=1.0)
    first = (1.0 - sides) * torch.rand(views, 2, generator=generator)
    inside = [
        (at >= first[:, axis, None]) & (at < (first + sides)[:, axis, None])
        for axis, at in enumerate((torch.arange(n) + 0.5) / n for n in size_px)
    ]
    return inside[0][:, :, None] & inside[1][:, None, :]


def _either_way(generator: torch.Generator, *shape: int) -> Tensor:
    """Uniform in [−1, 1]."""
    return 2.0 * torch.rand(*shape, generator=generator) - 1.0


def _grid(
    maps: Float[Tensor, "views 3 3"], height_px: int, width_px: int
) -> Float[Tensor, "views height width 2"]:
    """Where the pixel centres of the result lie in the picture."""
    x = (2.0 * torch.arange(width_px, dtype=torch.float64) + 1.0) / width_px - 1.0
    y = (2.0 * torch.arange(height_px, dtype=torch.float64) + 1.0) / height_px - 1.0
    down, across = torch.meshgrid(y, x, indexing="ij")
    flat = torch.stack([across, down, torch.ones_like(down)], dim=-1)
    mapped = torch.einsum("vij,hwj->vhwi", maps.cpu(), flat)
    return mapped[..., :2] / mapped[..., 2:]
