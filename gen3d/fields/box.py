# SPDX-License-Identifier: Apache-2.0
"""Samples of a box in metres: where they lie, how they are measured, and how they are read.

Figures are long and flat, so a box of its own sampling is a tenth of the cube around it. Values are
measured coarse to fine: a function that changes by no more than the distance between two points is
known well enough far from its zero by its coarse samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int64
from scipy import ndimage
from torch import Tensor

from gen3d.fields.prior import read_grid

COARSE = 4
"""Samples between those that are measured first."""


@dataclass(frozen=True)
class Box:
    """Samples of a box, indexed (x, y, z)."""

    low: Float64[np.ndarray, "3"]
    shape: tuple[int, int, int]
    step: float

    @classmethod
    def around(cls, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"], step: float) -> Box:
        """A box with room of four samples on every side."""
        start = low - 4.0 * step
        x, y, z = (int(n) for n in np.ceil((high + 4.0 * step - start) / step) + 1)
        return cls(start.astype(np.float64), (x, y, z), step)

    def points(self, index: Int64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
        """Where samples lie."""
        return self.low + self.step * index

    def index(self, points: Float[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n 3"]:
        """The samples nearest to points."""
        found = np.rint((points - self.low) / self.step).astype(np.int64)
        return np.clip(found, 0, np.array(self.shape) - 1)

    def coarse(self, every: int = COARSE) -> tuple[Float64[np.ndarray, "n 3"], tuple[int, ...]]:
        """Points of every so many samples, the last one beyond the end, and how many a side."""
        axes = [np.arange(0, n + every - 1, every) for n in self.shape]
        index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        return self.points(index), tuple(len(axis) for axis in axes)

    def spread(
        self, coarse: Float[np.ndarray, "_ _ _"], every: int = COARSE
    ) -> Float[np.ndarray, "x y z"]:
        """The nearest of such samples for every sample."""
        place = [
            np.minimum((np.arange(n) + every // 2) // every, m - 1)
            for n, m in zip(self.shape, coarse.shape, strict=True)
        ]
        return coarse[np.ix_(*place)]

    def between(
        self, coarse: Float[np.ndarray, "_ _ _"], every: int = COARSE
    ) -> Float32[np.ndarray, "x y z"]:
        """Every sample, trilinear between such samples."""
        found = coarse.astype(np.float32)
        for axis, count in enumerate(self.shape):
            place = np.arange(count) / every
            first = np.minimum(place.astype(np.int64), coarse.shape[axis] - 2)
            share = (place - first).astype(np.float32).reshape([-1, *([1] * (2 - axis))])
            low, high = (np.take(found, first + k, axis) for k in (0, 1))
            found = low + share * (high - low)
        return found


def measured(
    box: Box,
    distance: Callable[[Float64[np.ndarray, "n 3"]], np.ndarray],
    band: float,
    every: int = COARSE,
) -> tuple[Float32[np.ndarray, "x y z"], Bool[np.ndarray, "x y z"]]:
    """A distance, exact within a band about its zero, between coarse samples elsewhere.

    Args:
        box: Where.
        distance: Signed or not, of points.
        band: Half its width, units of the box.
        every: Samples from one of those that are measured first to the next.

    Returns:
        Values, and where they are exact.
    """
    points, shape = box.coarse(every)
    first = distance(points).reshape(shape)
    # No sample is farther from one of those than half their diagonal.
    near = np.abs(box.spread(first, every)) < band + box.step * every * 0.5 * 3**0.5
    values = box.between(first, every)
    index = np.argwhere(near)
    values[tuple(index.T)] = distance(box.points(index))
    return values, near


def inwards(mask: Bool[np.ndarray, "x y z"]) -> Float64[np.ndarray, "x y z"]:
    """How deep each true sample lies within the mask, samples."""
    found = np.zeros(mask.shape)
    ndimage.distance_transform_edt(mask, distances=found)
    return found


def walls_of(shape: tuple[int, ...]) -> Bool[np.ndarray, "x y z"]:
    """The outermost samples of a box."""
    wall = np.ones(shape, bool)
    wall[1:-1, 1:-1, 1:-1] = False
    return wall


def flooded(
    open_: Bool[np.ndarray, "x y z"], wall: Bool[np.ndarray, "x y z"]
) -> Bool[np.ndarray, "x y z"]:
    """The open samples that are connected with one of the wall."""
    number = np.zeros(open_.shape, np.int32)
    ndimage.label(open_, output=number)
    seeds = np.unique(number[wall])
    return np.isin(number, seeds[seeds > 0])


@dataclass(frozen=True)
class Lattice:
    """Values over a box, read between the samples with gradients; outside, those of its walls."""

    low: Float[Tensor, "3"]
    high: Float[Tensor, "3"]
    values: Float[Tensor, "channels z y x"]

    @classmethod
    def of(cls, box: Box, values: Float[np.ndarray, "x y z channels"]) -> Lattice:
        """Samples of a box as a lattice."""
        high = box.low + box.step * (np.array(box.shape) - 1)
        stored = torch.from_numpy(np.ascontiguousarray(values.transpose(3, 2, 1, 0), np.float32))
        return cls(torch.from_numpy(box.low).float(), torch.from_numpy(high).float(), stored)

    def read(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n channels"]:
        """Trilinear values."""
        return read_grid(self.values, 2.0 * (points - self.low) / (self.high - self.low) - 1.0)
