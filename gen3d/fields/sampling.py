# SPDX-License-Identifier: Apache-2.0
"""Where to look along rays: skip what is empty, then put samples where the light comes from.

Each ray is cut into *stretches*, steps of a cell's side in occupied cells. The surveyed values give
each stretch a weight; the ray's interval edges are drawn from these weights by stratified inversion
of their sum (NeRF's hierarchical sampling, Mildenhall et al. 2020, §5.2, without a coarse network).
Edges are placed, and lengths measured, along the occupied stretches only: an interval that spans a
gap does not count the gap. Nothing here is differentiated.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from gen3d.fields.field import Renderable
from gen3d.fields.launching import launch
from gen3d.fields.occupancy import Occupancy
from gen3d.fields.prior import read_grid

_OPAQUE = 12.0
"""Optical depth behind which nothing is sampled (e⁻¹² of the light is left)."""
_CLEAR = 1e-3
"""Optical depth of a whole ray below which it is left out."""
_EVEN = 0.1
"""Part of the edges that are spread evenly, in case the survey is out of date."""
_JITTER = 0.9
"""Part of a stratum that an edge may lie in."""


@dataclass(frozen=True)
class Stretches:
    """Occupied steps of rays, in order of ray and distance."""

    ray: Int64[Tensor, "stretches"]
    start: Float[Tensor, "stretches"]
    """Distance from the eye at which it begins."""
    length: Float[Tensor, "stretches"]


@dataclass(frozen=True)
class Intervals:
    """Intervals that tile the occupied part of the rays that meet something."""

    ray: Int64[Tensor, "rays"]
    """Index of each such ray among all."""
    edges: Float[Tensor, "rays edges"]
    """Distances from the eye."""
    lengths: Float[Tensor, "rays intervals"]
    """Occupied lengths; one fewer than edges."""

    @property
    def middles(self) -> Float[Tensor, "rays intervals"]:
        """A distance inside each interval (before the gap, should it span one)."""
        return self.edges[:, :-1] + 0.5 * self.lengths


def through_cube(
    origins: Float[Tensor, "n 3"], directions: Float[Tensor, "n 3"]
) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
    """Distances at which rays enter and leave [−1, 1]³ (slab method); the same where they miss."""
    safe = torch.where(directions.abs() < 1e-9, directions.new_tensor(1e-9), directions)
    first, second = (-1.0 - origins) / safe, (1.0 - origins) / safe
    near = torch.minimum(first, second).amax(-1).clamp(min=0.0)
    return near, torch.maximum(first, second).amin(-1).maximum(near)


def stretches(
    origins: Float[Tensor, "n 3"],
    directions: Float[Tensor, "n 3"],
    occupancy: Occupancy,
    generator: torch.Generator,
) -> Stretches:
    """The occupied steps of rays; each ray's steps are shifted at random."""
    near, far = through_cube(origins, directions)
    step = occupancy.cell
    shift = torch.rand(len(origins), generator=generator).to(near)
    first = near - shift * step
    counts = torch.where(far > near, torch.ceil((far - first) / step), 0.0).int()
    most = int(counts.max()) if len(counts) else 0
    marks = torch.zeros(len(origins), most, dtype=torch.uint8, device=near.device)
    bits = occupancy.bits.flatten().to(torch.uint8)
    rays = (origins.contiguous(), directions.contiguous(), first, counts)
    launch("march", len(origins), *rays, step, bits, occupancy.resolution, marks)
    ray, index = torch.nonzero(marks, as_tuple=True)
    steps = first[ray] + index * step
    start = torch.maximum(steps, near[ray])
    return Stretches(ray, start, torch.minimum(steps + step, far[ray]) - start)


def before(
    values: Float[Tensor, "stretches"], ray: Int64[Tensor, "stretches"]
) -> Float[Tensor, "stretches"]:
    """Sum of the values before each one on its ray; rays are contiguous and ascending."""
    total = torch.cumsum(values.double(), 0) - values.double()
    return (total - total[_first(ray)]).to(values.dtype)


def _first(ray: Int64[Tensor, "stretches"]) -> Int64[Tensor, "stretches"]:
    """Index of the first stretch of each stretch's ray."""
    return torch.searchsorted(ray, ray)


@torch.no_grad()
def intervals(
    field: Renderable,
    origins: Float[Tensor, "n 3"],
    directions: Float[Tensor, "n 3"],
    occupancy: Occupancy,
    count: int,
    generator: torch.Generator,
) -> Intervals:
    """Intervals whose edges crowd where the surveyed field sends light from.

    Args:
        field: Says what the surveyed values mean.
        origins: Of rays.
        directions: Of rays, unit.
        occupancy: Survey of the field.
        count: Intervals on each ray.
        generator: On the CPU; shifts steps and edges.
    """
    found = stretches(origins, directions, occupancy, generator)
    middles = found.start + 0.5 * found.length
    points = origins[found.ray] + middles[:, None] * directions[found.ray]
    values = read_grid(occupancy.values, points)[:, 0]
    depth = field.density_of(values, blur=0.5 * occupancy.cell) * found.length
    passed = before(depth, found.ray)
    weight = torch.exp(-passed) * -torch.expm1(-depth)
    sums = torch.zeros(len(origins), device=depth.device).index_add_(0, found.ray, depth)
    kept = (passed < _OPAQUE) & (sums[found.ray] > _CLEAR)
    shorter = Stretches(found.ray[kept], found.start[kept], found.length[kept])
    return _inverted(shorter, weight[kept], count, generator)


def _inverted(
    found: Stretches, weight: Tensor, count: int, generator: torch.Generator
) -> Intervals:
    """Stratified edges by inverting the running sum of the weights of each ray."""
    ray, rank, tally = torch.unique_consecutive(found.ray, return_inverse=True, return_counts=True)
    total = torch.zeros(len(ray), dtype=torch.float64, device=weight.device)
    total.index_add_(0, rank, weight.double())
    share = (1.0 - _EVEN) * weight / total[rank] + _EVEN / tally[rank]
    first = torch.cumsum(tally, 0) - tally
    low = torch.cumsum(share, 0) - share
    low = low - low[first][rank]
    target = _strata(len(ray), count, generator).to(weight.device)
    order = torch.arange(len(ray), device=weight.device)[:, None]
    # One sorted key for all rays: the ray's rank plus how far it has come in [0, 1].
    at = torch.searchsorted(rank + low.clamp(max=1.0 - 1e-12), order + target, right=True) - 1
    at = torch.minimum(torch.maximum(at, first[:, None]), (first + tally - 1)[:, None])
    fraction = ((target - low[at]) / share[at]).clamp(0.0, 1.0)
    edges = found.start[at] + fraction * found.length[at]
    along = before(found.length, found.ray)[at] + fraction * found.length[at]
    lengths = (along[:, 1:] - along[:, :-1]).clamp(min=0.0)
    kind = found.start.dtype
    return Intervals(ray, edges.to(kind), lengths.to(kind))


def _strata(rays: int, count: int, generator: torch.Generator) -> Float[Tensor, "rays edges"]:
    """Edges in [0, 1]: both ends, and one at random in the middle of each stratum between."""
    inner = torch.arange(1, count, dtype=torch.float64)
    noise = torch.rand(rays, count - 1, generator=generator).double() - 0.5
    ends = torch.zeros(rays, 1, dtype=torch.float64)
    return torch.cat([ends, (inner + _JITTER * noise) / count, ends + 1.0], dim=1)
