# SPDX-License-Identifier: Apache-2.0
"""The appearance of a field: a palette that decides, a residual that adds detail.

With a draft: albedo = Σ_slots w · (palette, modulated by the draft's pattern), plus a bounded
hash-grid residual that starts at zero. So a handful of numbers carries the decision "blue with a
golden rim", which a small guiding tower can judge, and no free texture can fool it before the
residual is faded in. Palettes and residuals live in sRGB, where a step means the same to the eye
everywhere; palettes as logits, so that they stay inside (0, 1).

Without a draft: everything is free, a sigmoid of the hash grid's network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from gen3d.fields.grid import HashGrid, Layout
from gen3d.fields.network import Mlp
from gen3d.fields.palette import Palette, estimated_palette, mixed, pattern
from gen3d.fields.prior import Prior, read_grid
from gen3d.render.studio import to_linear, to_srgb

_EDGE = 0.004
"""Palettes start at least this far from 0 and 1, whose logits are infinite (an 8-bit step)."""
_NUANCE = 0.1
"""How far the palette of a slot may go that is held, as logits: 0.025 of sRGB at most. At 0.25 an
emerald mug became teal, which the tower that guides took for the same."""
_HELD_DETAIL = 0.35
"""Share of the residual that such a slot gets, in lightness alone."""


class Appearance(NamedTuple):
    """What light does at points."""

    albedo: Float[Tensor, "n 3"]
    """Linear, in [0, 1]."""
    roughness: Float[Tensor, "n"]
    metallic: Float[Tensor, "n"]


class Look(nn.Module):
    """Appearance at points.

    Args:
        layout: Of the residual's hash grid.
        hidden: Of its network.
        generator: Draws their start.
        prior: The draft; None: free.
        palette: The draft's; None: estimated from the draft.
    """

    detail: Float[Tensor, ""]
    """Largest change of the sRGB albedo by the residual; zero: the palette alone."""

    draft: Float[Tensor, "channels res res res"]
    """Slot weights, share of the second colour, grain."""
    start: Float[Tensor, "slots 8"]
    """The draft's palette as logits."""
    held: Bool[Tensor, "slots 1"]
    """Whose palettes stay there, but for a nuance."""

    def __init__(
        self,
        layout: Layout,
        hidden: int,
        generator: torch.Generator,
        prior: Prior | None = None,
        palette: Palette | None = None,
    ) -> None:
        super().__init__()
        self.grid = HashGrid(layout, generator)
        self.head = Mlp(self.grid.width, hidden, 3 if prior else 5, generator)
        self.register_buffer("detail", torch.zeros(()) if prior else torch.ones(()))
        self.slots = 0
        if prior is not None:
            start = palette or estimated_palette(prior)
            self.slots = len(start.first)
            made = torch.cat([prior.slots, pattern(prior, start)])
            self.register_buffer("draft", made, persistent=False)
            self.register_buffer("start", _packed(start))
            self.register_buffer("held", torch.zeros(self.slots, 1, dtype=torch.bool))
            self.change = nn.Parameter(torch.zeros_like(_packed(start)))

    def hold(self, slots: Sequence[int]) -> None:
        """Keep the palette of some slots where it is, but for a nuance."""
        self.held[list(slots)] = True

    @property
    def palette(self) -> Palette:
        """The palette now, differentiable."""
        nuance = _NUANCE * torch.tanh(self.change / _NUANCE)
        change = torch.where(self.held, nuance, self.change)
        values = torch.sigmoid(self.start + change)
        first, second = to_linear(values[:, :3]), to_linear(values[:, 3:6])
        return Palette(first, second, values[:, 6], values[:, 7])

    def forward(self, points: Float[Tensor, "n 3"]) -> Appearance:
        """Appearance at points."""
        return self._structured(points) if self.slots else self._free(points)

    def residual(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n outputs"]:
        """What the hash grid adds, in (−1, 1), before :attr:`detail` scales it."""
        return torch.tanh(self.head(self.grid(points)))

    def _structured(self, points: Tensor) -> Appearance:
        draft = read_grid(self.draft, points)
        weights = draft[:, : self.slots]
        palette = self.palette
        albedo = mixed(palette, weights, draft[:, self.slots], draft[:, self.slots + 1 :])
        if float(self.detail) > 0.0:
            # What is held may get texture, not another colour.
            share = weights @ self.held.to(weights)
            change = self.residual(points)
            lighter = _HELD_DETAIL * change.mean(dim=-1, keepdim=True)
            added = self.detail * (change + share * (lighter - change))
            albedo = to_linear(to_srgb(albedo) + added)
        return Appearance(albedo, weights @ palette.roughness, weights @ palette.metallic)

    def _free(self, points: Tensor) -> Appearance:
        raw = self.head(self.grid(points))
        # Matter is rough and rarely metal, until something says otherwise.
        gloss = torch.sigmoid(raw[:, 3:] + raw.new_tensor([0.5, -3.0]))
        return Appearance(to_linear(torch.sigmoid(raw[:, :3])), gloss[:, 0], gloss[:, 1])


def _packed(palette: Palette) -> Float[Tensor, "slots 8"]:
    """A palette as logits: first and second colour (sRGB), roughness, metalness."""
    colours = torch.cat([to_srgb(palette.first), to_srgb(palette.second)], dim=1)
    values = torch.cat([colours, palette.roughness[:, None], palette.metallic[:, None]], dim=1)
    return torch.logit(values.clamp(_EDGE, 1.0 - _EDGE))
