# SPDX-License-Identifier: Apache-2.0
"""The surface of a field as triangles: coarse-to-fine marching cubes, then Newton steps onto it.

A field is given as a *level function*: negative inside, positive outside, zero on the surface, at
points of [-1, 1]³. A signed distance is one as it stands; for a density it is
``level - density(points)``, and :func:`density_level` finds a level. The function is evaluated on a
coarse grid everywhere and on finer ones only where the surface can be. Cubes are Lewiner's (2003,
topologically consistent tables) as scikit-image has them. Their vertices lie on straight lines
between samples; a few damped Newton steps along the gradient put them on the surface itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.fields.prior import grid_points, read_grid
from gen3d.foundry.solids import Solid

LevelFunction = Callable[[Float[Tensor, "points 3"]], Float[Tensor, "points"]]
"""Negative inside, positive outside."""

_COARSE = 33
_BLOCK = 1 << 16
"""Points a call: what keeps the memory of a network's hidden layers small."""
_ROOT3 = 3**0.5


@torch.no_grad()
def extract(
    function: LevelFunction,
    resolution: int = 128,
    *,
    slope: float | None = 1.5,
    newton_steps: int = 3,
) -> Solid:
    """Closed triangles of the surface where a level function changes its sign.

    Args:
        function: Negative inside; what crosses the cube's boundary is closed there.
        resolution: Samples a side of the finest grid.
        slope: Largest change of the function per unit (1 for exact distances). Blocks that cannot
            hold the surface are not evaluated. None: nothing is known (densities), so only the
            neighbourhood of coarse sign changes is looked at, and what is thinner than a coarse
            voxel may be missed.
        newton_steps: Steps onto the surface; 0 leaves plain marching cubes.

    Raises:
        Gen3dError: The function has no surface, or is not finite.
    """
    values = sampled(function, resolution, slope=slope)
    surface = _cubes(values)
    if not newton_steps:
        return surface
    moved = onto(surface, function, reach=1.0 / (resolution - 1), steps=newton_steps)
    # What closes the surface at the cube's boundary is no part of the level set: it stays.
    walls = (np.abs(surface.verts) >= 1.0).any(axis=1, keepdims=True)
    return Solid(np.where(walls, surface.verts, moved.verts), surface.faces)


@torch.no_grad()
def sampled(
    function: LevelFunction, resolution: int, *, slope: float | None = 1.5
) -> Float[Tensor, "res res res"]:
    """Values on a grid, indexed (z, y, x): measured near the surface, interpolated elsewhere."""
    size = min(_COARSE if slope else 2 * _COARSE - 1, resolution)
    values = evaluated(function, grid_points(size).reshape(-1, 3))
    grid = values.reshape(1, size, size, size)
    while size < resolution:
        near = _possible(grid, slope)
        size = min(2 * size - 1, resolution)
        points = grid_points(size).reshape(-1, 3)
        values = read_grid(grid, points)[:, 0]
        # Any of the eight coarse corners around it being possible makes a point possible.
        chosen = torch.nonzero(read_grid(near, points)[:, 0] > 1e-6)[:, 0]
        values[chosen] = evaluated(function, points[chosen])
        grid = values.reshape(1, size, size, size)
    return grid[0]


def _possible(grid: Float[Tensor, "1 res res res"], slope: float | None) -> Tensor:
    """1 at samples within whose voxels the surface may lie, 0 elsewhere."""
    if slope is not None:
        reach = slope * 2.0 * _ROOT3 / (grid.shape[-1] - 1)
        return (grid.abs() < reach).to(grid.dtype)
    inside = (grid < 0).to(grid.dtype)[None]
    high = torch.nn.functional.max_pool3d(inside, 3, 1, 1)
    low = -torch.nn.functional.max_pool3d(-inside, 3, 1, 1)
    return (high != low).to(grid.dtype)[0]


def evaluated(
    function: LevelFunction, points: Float[Tensor, "points 3"]
) -> Float[Tensor, "points"]:
    """A level function block by block.

    Raises:
        Gen3dError: A value is not finite.
    """
    if not len(points):
        return points.new_zeros(0)
    found = torch.cat([function(block).reshape(-1) for block in points.split(_BLOCK)])
    if not bool(torch.isfinite(found).all()):
        raise Gen3dError(
            "The field holds numbers that are not finite: it has no surface.",
            "Fit it again with a smaller learning rate, or resume from an earlier checkpoint.",
        )
    return found


def _cubes(values: Float[Tensor, "res res res"]) -> Solid:
    """Marching cubes over [-1, 1]³, closed at the boundary."""
    if not bool((values < 0.0).any()):
        raise Gen3dError(
            "The field has no surface: it is empty everywhere.",
            "Fit it for longer, or start from a draft.",
        )
    spacing = 2.0 / (values.shape[0] - 1)
    found = marched(values.numpy(), spacing)
    # The grid is indexed (z, y, x); reversing the axes mirrors, which turns the faces over.
    place = found.verts[:, ::-1] * spacing - 1.0
    return Solid(np.clip(place, -1.0, 1.0), _outward(place, found.faces))


def marched(values: Float[np.ndarray, "_ _ _"], outside: float) -> Solid:
    """Closed triangles where samples change their sign, in units of samples, axes as indexed.

    Args:
        values: Negative inside, somewhere.
        outside: Value beyond the samples: about the change from one to the next.
    """
    from skimage.measure import marching_cubes

    volume = np.pad(values.astype(np.float32), 1, constant_values=outside)
    # A sample on the surface itself makes triangles without area: it steps out of the way.
    shy = np.float32(1e-3 * outside)
    volume = np.where(np.abs(volume) < shy, np.where(volume < 0, -shy, shy), volume)
    verts, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="ascent")
    place = verts.astype(np.float64) - 1.0
    return Solid(place, _outward(place, faces))


def _outward(verts: Float64[np.ndarray, "verts 3"], faces: np.ndarray) -> np.ndarray:
    a, b, c = np.moveaxis(verts[faces], 1, 0)
    flipped = np.einsum("ij,ij->", a, np.cross(b, c)) < 0.0
    return np.ascontiguousarray(faces[:, ::-1] if flipped else faces).astype(np.int32)


@torch.no_grad()
def onto(surface: Solid, function: LevelFunction, *, reach: float, steps: int = 3) -> Solid:
    """Move vertices along the function's gradient until it vanishes.

    A step that does not bring a vertex nearer to zero is not taken, and none leads farther than
    ``reach`` (unit frame) from where the vertex began, so that triangles do not fold.
    """
    start = torch.from_numpy(surface.verts).float()
    points, values = start, evaluated(function, start)
    for _ in range(steps):
        slopes = gradient(function, points, 0.25 * reach)
        square = (slopes * slopes).sum(dim=1).clamp_min(1e-12)
        step = slopes * (-values / square)[:, None]
        trial = start + _at_most(points + step - start, reach)
        found = evaluated(function, trial)
        better: Bool[Tensor, "points"] = found.abs() < values.abs()
        points = torch.where(better[:, None], trial, points)
        values = torch.where(better, found, values)
    return Solid(points.numpy().astype(np.float64), surface.faces)


def _at_most(offsets: Float[Tensor, "points 3"], reach: float) -> Float[Tensor, "points 3"]:
    length = offsets.norm(dim=1, keepdim=True)
    return offsets * (reach / length.clamp_min(reach))


@torch.no_grad()
def gradient(
    function: LevelFunction, points: Float[Tensor, "points 3"], step: float
) -> Float[Tensor, "points 3"]:
    """Central differences of a level function."""
    columns: list[Tensor] = []
    for axis in range(3):
        offset = torch.zeros(3, dtype=points.dtype)
        offset[axis] = step
        rise = evaluated(function, points + offset) - evaluated(function, points - offset)
        columns.append(rise / (2.0 * step))
    return torch.stack(columns, dim=1)


@torch.no_grad()
def density_level(function: LevelFunction, resolution: int = 64, *, depth: float = 0.05) -> float:
    """The density that best parts full from empty: Otsu's threshold (1979) on opacities.

    Densities span decades, and nothing is more opaque than opaque: what is split is
    ``1 - exp(-density * depth)``, the opacity that a renderer sees over some depth.

    Args:
        function: Density (≥ 0, per unit length) at points; not a level function.
        resolution: Samples a side that are looked at.
        depth: Unit frame; about how thick the fuzz of a surface is.

    Raises:
        Gen3dError: The density is the same everywhere.
        ValueError: A density is negative: what was given is no density.
    """
    density = evaluated(function, grid_points(resolution).reshape(-1, 3)).double()
    if float(density.min()) < 0.0:
        raise ValueError("densities are never negative: give the density, not a level function")
    opacity = 1.0 - torch.exp(-density * depth)
    low, high = float(opacity.min()), float(opacity.max())
    if high - low < 1e-4:
        raise Gen3dError(
            "The field has the same density everywhere: it has no surface.",
            "Fit it for longer, or start from a draft.",
        )
    return float(-np.log1p(-_otsu(opacity.numpy(), low, high)) / depth)


def _otsu(values: Float64[np.ndarray, "n"], low: float, high: float, bins: int = 256) -> float:
    """Threshold with the largest variance between the two classes it makes."""
    counts, edges = np.histogram(values, bins=bins, range=(low, high))
    middle = (edges[1:] + edges[:-1]) / 2.0
    share = counts / counts.sum()
    below = np.cumsum(share)[:-1]
    mean = np.cumsum(share * middle)
    between = (mean[-1] * below - mean[:-1]) ** 2 / np.maximum(below * (1.0 - below), 1e-12)
    # Over an empty stretch between the classes the variance is flat: take its middle.
    best = np.flatnonzero(between >= between.max() * (1.0 - 1e-9))
    return float(edges[1 + best].mean())
