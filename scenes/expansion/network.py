# SPDX-License-Identifier: Apache-2.0
"""The network that gives a picture's light back: a wide look, then every pixel by itself.

A U-Net looks at the whole sphere in 64 rows and leaves a map of features, as the low-resolution
half of HDRnet does (Gharbi et al. 2017); a small network of 1 x 1 convolutions develops each pixel
from its own code values, the map and how deep in clipped highlights it lies. Features between the
map's cells are interpolated and nothing else passes between pixels, so the result has no tiles to
be seen at any size, and the left edge meets the right one. The output is a change to the logarithm
of the sRGB-linear value, of pixels that are near white or beyond: what eight bits hold is kept. The
plain decoding of the rest is nearer to the truth than guesses at a camera's curve, on unseen
renders and on HDRIs alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as fn

from gen3d.render.studio import to_linear

LOOK_ROWS = 64
MASK_ROWS = 128
CLIPPED = 0.98
"""Code value from which a channel counts as cut off."""
KEPT = 0.9
"""Code value up to which a picture is decoded as it is."""
DARKEST = 1.0 / 1024.0
"""Added before logarithms: eight bits know nothing below."""
BINS = 16
_LOOKED, _MASKS, _OWN = 6, 2, 9


@dataclass(frozen=True)
class Context:
    """What the wide look found."""

    features: Float[Tensor, "batch features rows columns"]
    masks: Float[Tensor, "batch 2 mask_rows mask_columns"]
    """Share of clipped pixels around, near and wide."""
    sun: Float[Tensor, "batch"]
    """Logit of: the sun's disc is to be seen."""
    unit: Float[Tensor, "batch"]
    """Natural logarithm of the luminance of a linear value of 1, cd/m^2."""


class Expander(nn.Module):
    """Code values to the logarithm of light."""

    def __init__(self, width: int = 24, features: int = 16) -> None:
        super().__init__()
        wide = (width, 2 * width, 3 * width, 4 * width)
        self.enter = _Block(_LOOKED, wide[0])
        self.down = nn.ModuleList(_Block(a, b) for a, b in pairwise(wide))
        self.whole = nn.Sequential(
            nn.Linear(wide[-1] + BINS, 64), nn.GELU(), nn.Linear(64, wide[-1] + 2)
        )
        self.up = nn.ModuleList(
            _Block(a + b, b) for a, b in zip(wide[:1:-1], wide[-2:0:-1], strict=True)
        )
        self.leave = nn.Conv2d(wide[1], features, 1)
        last = nn.Conv2d(48, 3, 1)
        self.develop = nn.Sequential(
            nn.Conv2d(_OWN + _MASKS + features, 48, 1),
            nn.GELU(),
            nn.Conv2d(48, 48, 1),
            nn.GELU(),
            last,
        )
        nn.init.zeros_(last.weight)
        if last.bias is not None:
            nn.init.zeros_(last.bias)

    def look(self, code: Float[Tensor, "batch 3 height width"]) -> Context:
        """Look at whole pictures, code values 0 to 1, of any size of at least 128 rows."""
        clipped = (code.amax(dim=1, keepdim=True) >= CLIPPED).float()
        small = fn.interpolate(code, (LOOK_ROWS, 2 * LOOK_ROWS), mode="area")
        share = fn.interpolate(clipped, (LOOK_ROWS, 2 * LOOK_ROWS), mode="area")
        height = torch.linspace(1.0, -1.0, LOOK_ROWS, device=code.device)
        place = torch.stack([height, height.abs()])[None, :, :, None]
        place = place.expand(len(code), -1, -1, 2 * LOOK_ROWS)
        levels = [self.enter(torch.cat([small, share, place], dim=1))]
        for block in self.down:
            levels.append(block(fn.avg_pool2d(levels[-1], 2)))
        deepest = levels.pop()
        facts = self.whole(torch.cat([deepest.mean(dim=(2, 3)), _histogram(small)], dim=1))
        x = deepest + facts[:, :-2, None, None]
        for block in self.up:
            x = fn.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = block(torch.cat([x, levels.pop()], dim=1))
        masks = fn.interpolate(clipped, (MASK_ROWS, 2 * MASK_ROWS), mode="area")
        return Context(
            self.leave(x),
            torch.cat([_blurred(masks, 5), _blurred(masks, 17)], dim=1),
            facts[:, -2],
            6.0 + 4.0 * facts[:, -1],
        )

    def light(
        self,
        code: Float[Tensor, "batch 3 rows width"],
        context: Context,
        first_row: int = 0,
        height: int | None = None,
    ) -> Float[Tensor, "batch 3 rows width"]:
        """Logarithm of the light of some rows of the pictures that were looked at.

        Args:
            code: Code values of the rows.
            context: Of the whole pictures.
            first_row: Where the rows begin.
            height: Of the whole pictures; that of ``code`` when not given.
        """
        height = height or code.shape[2]
        grid = _grid(first_row, code.shape[2], height, code.shape[3], code.device)
        around = [_at(m, grid) for m in (context.features, context.masks)]
        linear = to_linear(code)
        soft = torch.sigmoid((code - 0.95) / 0.02)
        own = torch.cat([code, torch.log(linear + DARKEST) / 4.0, soft], dim=1)
        change = self.develop(torch.cat([own, *around], dim=1))
        white = (code.amax(dim=1, keepdim=True) - KEPT) / (CLIPPED - KEPT)
        return torch.log(linear + DARKEST) + change * white.clamp(0.0, 1.0)


class _Block(nn.Module):
    """Two convolutions whose columns wrap around, with a group norm."""

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inner, outer, 3)
        self.second = nn.Conv2d(outer, outer, 3)
        self.norm = nn.GroupNorm(4, outer)

    def forward(self, x: Tensor) -> Tensor:
        x = fn.gelu(self.norm(self.first(_wrapped(x, 1))))
        return fn.gelu(self.second(_wrapped(x, 1)))


def _wrapped(x: Tensor, reach: int) -> Tensor:
    """Columns continue around the sphere, rows are repeated at the poles."""
    x = fn.pad(x, (reach, reach, 0, 0), mode="circular")
    return fn.pad(x, (0, 0, reach, reach), mode="replicate")


def _blurred(x: Tensor, width: int) -> Tensor:
    return fn.avg_pool2d(_wrapped(x, width // 2), width, stride=1)


def _histogram(code: Tensor) -> Float[Tensor, "batch bins"]:
    """Shares of brightness: what a tone curve leaves its mark on."""
    grey = code.mean(dim=1).flatten(1)
    centres = (torch.arange(BINS, device=code.device) + 0.5) / BINS
    near = (1.0 - (grey[..., None] - centres).abs() * BINS).clamp_min(0.0)
    return near.mean(dim=1) * BINS / 4.0


def _grid(
    first: int, rows: int, height: int, width: int, device: torch.device
) -> Float[Tensor, "rows width 2"]:
    """Places of pixels in a map, from -1 to 1."""
    v = (torch.arange(first, first + rows, device=device) + 0.5) / height
    u = (torch.arange(width, device=device) + 0.5) / width
    y, x = torch.meshgrid(2.0 * v - 1.0, 2.0 * u - 1.0, indexing="ij")
    return torch.stack([x, y], dim=-1)


def _at(features: Tensor, grid: Float[Tensor, "rows width 2"]) -> Tensor:
    """A map between its cells; one column from the other side on each edge closes the ring."""
    columns = features.shape[3]
    wide = fn.pad(features, (1, 1, 0, 0), mode="circular")
    squeezed = grid * torch.tensor([columns / (columns + 2.0), 1.0], device=grid.device)
    places = squeezed[None].expand(len(features), -1, -1, -1)
    return fn.grid_sample(wide, places, padding_mode="border", align_corners=False)
