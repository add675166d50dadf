# SPDX-License-Identifier: Apache-2.0
"""Smooth fields over the space in which a figure stands at rest: what a refinement may change.

A :class:`Lattice` holds a few numbers in a box, read between its nodes trilinearly. The figure's
left and right read the same ones. Being a function of place and not of UVs it has no seams, and its
few nodes make it low in frequency by construction: it can shade a coat towards its hem, and cannot
draw noise that pleases a small tower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn.functional import grid_sample


@dataclass(frozen=True)
class Box:
    """Where a lattice lies; mirrored left and right."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @staticmethod
    def around(points: Float[np.ndarray, "points 3"]) -> Box:
        """The mirrored box around points, never flat."""
        folded = _folded(np.asarray(points, np.float32))
        low, high = folded.min(axis=0), folded.max(axis=0)
        high = np.maximum(high, low + np.float32(1e-3))
        return Box(_triple(low), _triple(high))

    def places(self, points: Float[np.ndarray, "points 3"]) -> Float32[Tensor, "points 3"]:
        """Coordinates in [-1, 1] as ``grid_sample`` wants them."""
        low, high = np.float32(self.low), np.float32(self.high)
        share = (_folded(np.asarray(points, np.float32)) - low) / (high - low)
        return torch.from_numpy(np.clip(2.0 * share - 1.0, -1.0, 1.0).astype(np.float32))


def _folded(points: np.ndarray) -> np.ndarray:
    folded = points.copy()
    folded[:, 0] = np.abs(folded[:, 0])
    return folded


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def read(
    nodes: Float[Tensor, "channels deep high wide"], places: Float[Tensor, "points 3"]
) -> Float[Tensor, "points channels"]:
    """Values of a lattice at some places."""
    grid = places.reshape(1, 1, 1, -1, 3).to(nodes)
    found = grid_sample(nodes[None], grid, mode="bilinear", align_corners=True)
    return found[0, :, 0, 0].T


def unevenness(nodes: Float[Tensor, "*lead deep high wide"]) -> Float[Tensor, ""]:
    """Mean square difference of neighbouring nodes: the total variation that a fit pays for."""
    total = nodes.new_zeros(())
    for axis in (-3, -2, -1):
        if nodes.shape[axis] > 1:
            total = total + torch.diff(nodes, dim=axis).square().mean()
    return total
