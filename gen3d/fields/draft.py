# SPDX-License-Identifier: Apache-2.0
"""From a built thing to the grids that a field starts from.

The signed distance of each slot's solids is measured on a coarse grid everywhere, and again on
finer ones only near the surface: every sample within a voxel's diagonal of a surface is exact, the
far field is interpolated from the level above. A place belongs to the slot that it is deepest in or
nearest to; the weights fade over about a voxel, so that what the field learns from them is smooth.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from gen3d.fields.closest import Union, picked
from gen3d.fields.prior import Prior, grid_points, read_grid
from gen3d.foundry import finish as looks
from gen3d.foundry.solids import Solid
from gen3d.foundry.thing import Finish, Thing

_COARSEST = 24
"""Samples a side at which everything is measured."""
_ROOT3 = 3**0.5


def draft_prior(thing: Thing, resolution: int = 128) -> Prior:
    """Grids of a thing.

    Args:
        thing: Closed solids in the unit frame, which may overlap.
        resolution: Samples a side.
    """
    distances = _slot_distances(thing, resolution)
    sdf = distances.min(dim=0, keepdim=True).values
    slots = torch.softmax(-distances / (2.0 / (resolution - 1)), dim=0)
    points = grid_points(resolution).reshape(-1, 3)
    near = torch.nonzero(sdf.flatten().abs() < _diagonal(resolution) * 2.0)[:, 0]
    colour = _painted(thing.spec.finishes, slots, points, near)
    return Prior(sdf, slots, colour, _gloss(thing.spec.finishes, slots))


def _diagonal(resolution: int) -> float:
    return 2.0 * _ROOT3 / (resolution - 1)


def _slot_distances(thing: Thing, resolution: int) -> Float[Tensor, "slots res res res"]:
    """Signed distance to the solids of each slot; far away for a slot without any."""
    soup = Solid(thing.verts, thing.faces)
    unions = [
        Union(picked(soup, found)) if len(found) else None
        for slot in range(len(thing.spec.finishes))
        for found in [np.flatnonzero(thing.slot == slot)]
    ]
    return torch.cat([_levels(union, resolution) for union in unions])


def _levels(union: Union | None, resolution: int) -> Float[Tensor, "1 res res res"]:
    """One signed distance grid, refined from coarse to fine near the surface."""
    if union is None:
        return torch.full((1, resolution, resolution, resolution), 4.0)
    size = min(_COARSEST, resolution)
    points = grid_points(size).reshape(-1, 3)
    grid = torch.from_numpy(union.signed(points.numpy())).reshape(1, size, size, size)
    while size < resolution:
        reach = _diagonal(size)
        size = min(2 * size, resolution)
        points = grid_points(size).reshape(-1, 3)
        values = read_grid(grid, points)[:, 0]
        # Distances change by at most one per unit, so a value above the diagonal of the coarser
        # voxel that holds the point cannot hide a surface near it.
        near = torch.nonzero(values.abs() < reach)[:, 0]
        values[near] = torch.from_numpy(union.signed(points[near].numpy()))
        grid = values.reshape(1, size, size, size)
    return grid


def _painted(
    finishes: tuple[Finish, ...],
    slots: Float[Tensor, "slots res res res"],
    points: Float[Tensor, "points 3"],
    near: Int64[Tensor, "near"],
) -> Float[Tensor, "3 res res res"]:
    """Albedo, with grain and pattern near the surface, plain mean colours elsewhere."""
    weights = slots.flatten(1)
    means = torch.tensor([looks.mean_albedo(finish) for finish in finishes], dtype=torch.float32)
    colour = means.T @ weights
    where = points[near].numpy().astype(np.float64)
    share = weights[:, near].numpy()
    colour[:, near] = torch.from_numpy(blended_albedo(finishes, share, where)).T
    return colour.reshape(3, *slots.shape[1:])


def blended_albedo(
    finishes: tuple[Finish, ...],
    weights: Float32[np.ndarray, "slots points"],
    points: Float[np.ndarray, "points 3"],
) -> Float32[np.ndarray, "points 3"]:
    """Linear base colour of finishes mixed by weights that sum to one."""
    total = np.zeros((len(points), 3), np.float32)
    for finish, weight in zip(finishes, weights, strict=True):
        felt = np.flatnonzero(weight > 1e-3)
        total[felt] += weight[felt, None] * looks.albedo(finish, points[felt]).astype(np.float32)
    return total


def _gloss(
    finishes: tuple[Finish, ...], slots: Float[Tensor, "slots res res res"]
) -> Float[Tensor, "2 res res res"]:
    materials = [looks.MATERIALS[finish.material] for finish in finishes]
    table = torch.tensor([[m.roughness, m.metallic] for m in materials], dtype=torch.float32)
    return torch.einsum("sc,szyx->czyx", table, slots)
