# SPDX-License-Identifier: Apache-2.0
"""Multiresolution hash grid (Müller et al. 2022, "Instant Neural Graphics Primitives").

Space is [−1, 1]³, clamped. Level ``l`` has ⌊base · bˡ⌋ cells a side, b chosen so that the last one
has ``finest`` (eq. 2–3); a level whose corners fit into the table is dense, the others are hashed
with the primes 1, 2 654 435 761 and 805 459 861 (eq. 4). Two features a level.

:func:`encode` runs Warp kernels on CPU and CUDA in float32; gradients reach the table and the
points once (no double backward: normals of fields are numerical, Li et al. 2023, "Neuralangelo",
§3.2, which also spreads their gradient over neighbouring cells). :func:`encode_plainly` is the
same function in plain torch, any dtype, and the reference of the tests.

On CPU a level's table gradient is summed in point order, so results repeat to the byte; CUDA adds
atomically in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int32
from torch import Tensor, nn

from gen3d.fields.launching import Launched, block_of, launch, launch_blocks, launch_each

FEATURES = 2
"""Numbers a level gives to each point."""

_PRIMES = (1, 2_654_435_761, 805_459_861)


@dataclass(frozen=True)
class Layout:
    """Sizes of a grid."""

    levels: int = 8
    base: int = 8
    """Cells a side of the first level."""
    finest: int = 128
    """Cells a side of the last level."""
    log2_size: int = 15
    """Most entries of a level, as a power of two."""

    def __post_init__(self) -> None:
        if self.levels < 1 or self.base < 1 or self.finest < self.base:
            raise ValueError(f"no grid has {self}: levels ≥ 1, 1 ≤ base ≤ finest")
        if not 3 <= self.log2_size <= 24:
            raise ValueError(f"log2_size is {self.log2_size}, not 3 to 24")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """Cells a side of every level."""
        growth = (self.finest / self.base) ** (1.0 / max(self.levels - 1, 1))
        return tuple(int(self.base * growth**level + 1e-6) for level in range(self.levels))

    @property
    def rows(self) -> tuple[tuple[int, int, int, int], ...]:
        """Of every level: first entry, entries, cells a side, corners a side (0: hashed)."""
        start, rows = 0, list[tuple[int, int, int, int]]()
        for resolution in self.resolutions:
            dense = (resolution + 1) ** 3 <= 2**self.log2_size
            size = (resolution + 1) ** 3 if dense else 2**self.log2_size
            rows.append((start, size, resolution, resolution + 1 if dense else 0))
            start += size
        return tuple(rows)

    @property
    def entries(self) -> int:
        """Length of the table."""
        start, size, _, _ = self.rows[-1]
        return start + size


class HashGrid(nn.Module):
    """A learnable grid.

    Args:
        layout: Sizes.
        generator: Draws the table, uniform in ±1e-4 (Müller et al. 2022, §3).
    """

    table: Float[Tensor, "entries 2"]
    gains: Float[Tensor, "levels"]
    """Factor of each level; zero switches it off (:meth:`open_to`)."""
    rows: Int32[Tensor, "levels 4"]

    def __init__(self, layout: Layout, generator: torch.Generator) -> None:
        super().__init__()
        self.layout = layout
        start = torch.rand(layout.entries, FEATURES, generator=generator)
        self.table = nn.Parameter(1e-4 * (2.0 * start - 1.0))
        self.register_buffer("gains", torch.ones(layout.levels))
        self.register_buffer("rows", torch.tensor(layout.rows, dtype=torch.int32), persistent=False)

    @property
    def width(self) -> int:
        """Numbers that a point gets."""
        return FEATURES * self.layout.levels

    @property
    def finest_cell(self) -> float:
        """Side of a cell of the finest level that is on."""
        live = [r for r, gain in zip(self.layout.resolutions, self.gains, strict=True) if gain > 0]
        return 2.0 / live[-1] if live else 2.0 / self.layout.base

    def open_to(self, levels: float) -> None:
        """Keep the first ``levels`` levels; the fraction fades the next one in."""
        order = torch.arange(self.layout.levels, device=self.gains.device)
        self.gains.copy_((levels - order).clamp(0.0, 1.0))

    def forward(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n width"]:
        """Features of points."""
        return encode(points, self.table, self.rows, self.gains)


def encode(
    points: Float[Tensor, "n 3"],
    table: Float[Tensor, "entries 2"],
    rows: Int32[Tensor, "levels 4"],
    gains: Float[Tensor, "levels"],
) -> Float[Tensor, "n width"]:
    """Features of points by Warp kernels; float32.

    Args:
        points: Coordinates in [−1, 1]³; clamped outside.
        table: All levels' entries.
        rows: :attr:`Layout.rows`.
        gains: Factor of each level; levels at zero cost nothing. Not differentiated.
    """
    found: Tensor = _Encode.apply(points.float().contiguous(), table, rows, gains)
    return found.reshape(len(points), FEATURES * len(rows))


@runtime_checkable
class _Context(Protocol):
    """What torch hands to both halves of a differentiable function."""

    saved_tensors: tuple[Tensor, ...]
    needs_input_grad: tuple[bool, ...]

    def save_for_backward(self, *tensors: Tensor) -> None: ...


class _Encode(torch.autograd.Function):
    """The kernels as one differentiable function; gradients of points and table, once."""

    @staticmethod
    def forward(
        ctx: _Context, points: Tensor, table: Tensor, rows: Tensor, gains: Tensor
    ) -> Tensor:
        ctx.save_for_backward(points, table, rows, gains)
        out = points.new_empty(len(points), len(rows), FEATURES)

        def part(span: slice) -> tuple[Launched, ...]:
            inside = points[span]
            sizes = (len(rows), len(inside), block_of(points.device))
            return inside, table, rows, gains, *sizes, out[span]

        launch_blocks("encode", len(points), part)
        return out

    # The decorator is untyped and hides that the context is positional in torch, too.
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: _Context, *upstreams: Tensor
    ) -> tuple[Tensor | None, Tensor | None, None, None]:
        points, table, rows, gains = ctx.saved_tensors
        upstream = upstreams[0].contiguous()
        grad_points = grad_table = None
        if ctx.needs_input_grad[1]:
            grad_table = sums = torch.zeros_like(table)
            sizes = (len(points), block_of(points.device))
            launch_each(
                "scatter",
                len(points),
                _live(gains),
                lambda level: (points, upstream, rows, gains, level, *sizes, sums),
            )
        if ctx.needs_input_grad[0]:
            grad_points = torch.zeros_like(points)
            levels = len(rows)
            launch("slope", len(points), points, table, upstream, rows, gains, levels, grad_points)
        return grad_points, grad_table, None, None


def _live(gains: Tensor) -> list[int]:
    return [level for level, gain in enumerate(gains.tolist()) if gain != 0.0]


def encode_plainly(
    points: Float[Tensor, "n 3"],
    table: Float[Tensor, "entries 2"],
    rows: Int32[Tensor, "levels 4"],
    gains: Float[Tensor, "levels"],
) -> Float[Tensor, "n width"]:
    """The function of :func:`encode` in plain torch, in the dtype of the table."""
    inside = (0.5 * (points.to(table) + 1.0)).clamp(0.0, 1.0)
    features = [
        gain * _read_level(inside * row[2], table[row[0] : row[0] + row[1]], row[2], row[3])
        for row, gain in zip(rows.tolist(), gains, strict=True)
    ]
    return torch.stack(features, dim=1).reshape(len(points), FEATURES * len(rows))


def _read_level(
    at: Float[Tensor, "n 3"], entries: Float[Tensor, "size 2"], resolution: int, side: int
) -> Float[Tensor, "n 2"]:
    """Trilinear mean of the eight corners around each point, given in cells."""
    cell = at.detach().floor().clamp(0, resolution - 1).long()
    fraction = at - cell
    total = torch.zeros_like(entries[:1]).expand(len(at), -1)
    for corner in range(8):
        offset = torch.tensor([corner & 1, corner >> 1 & 1, corner >> 2], device=at.device)
        share = torch.where(offset == 1, fraction, 1.0 - fraction).prod(-1, keepdim=True)
        total = total + share * entries[_index(cell + offset, side, len(entries))]
    return total


def _index(corner: Tensor, side: int, size: int) -> Tensor:
    x, y, z = corner.unbind(-1)
    if side:
        return x + side * (y + side * z)
    mixed = (x * _PRIMES[0]) ^ (y * _PRIMES[1]) ^ (z * _PRIMES[2])
    return mixed & (size - 1)
