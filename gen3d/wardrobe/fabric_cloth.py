# SPDX-License-Identifier: Apache-2.0
"""What the painters of garments read, texel by texel, and the layers that they hand on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float32, Int

from gen3d.easing import smoothstep
from gen3d.wardrobe.texels import TexelMap, rasterise, texel_metres


@dataclass(frozen=True)
class Cloth:
    """The covered texels of one garment."""

    texels: TexelMap
    u: Float32[np.ndarray, "t"]
    """Metres around the body."""
    v: Float32[np.ndarray, "t"]
    """Metres along the cloth."""
    points: Float32[np.ndarray, "t 3"]
    """Rest positions, metres."""
    hem: Float32[np.ndarray, "t"]
    """Metres to the nearest edge of the cloth."""
    texel_size: Float32[np.ndarray, "t"]
    """Side of a texel on the cloth, metres."""
    seed: int
    vertices: Float[np.ndarray, "verts 4"] | None = None
    """Points and hem of the vertices; absent where there is no mesh of its own."""

    @property
    def flat(self) -> Float32[np.ndarray, "t 3"]:
        """Cloth coordinates as points for solid noise: patterns that lie in the cloth."""
        return np.stack([self.u, self.v, np.zeros_like(self.u)], axis=1)

    def resolves(self, period: float) -> Float32[np.ndarray, "t"]:
        """1 where texels can show a pattern of this period (metres), 0 where it would alias."""
        return smoothstep(1.9, 4.0, period / self.texel_size).astype(np.float32)


def cloth_of(
    uvs: Float[np.ndarray, "verts 2"],
    faces: Int[np.ndarray, "faces 3"],
    coords: Float[np.ndarray, "verts 2"],
    positions: Float[np.ndarray, "verts 3"],
    hem: Float[np.ndarray, "verts"],
    seed: int,
    size_px: int,
) -> Cloth:
    """Rasterise a garment's atlas and interpolate what was measured on its vertices."""
    texels = rasterise(uvs, faces, size_px)
    measured = np.concatenate([coords, positions, hem[:, None]], axis=1)
    values = texels.sample(measured)
    return Cloth(
        texels=texels,
        u=values[:, 0],
        v=values[:, 1],
        points=values[:, 2:5],
        hem=values[:, 5],
        texel_size=np.maximum(texel_metres(texels, positions, uvs), np.float32(1e-5)),
        seed=seed,
        vertices=measured[:, 2:],
    )


@dataclass(frozen=True)
class Weave:
    """What a fabric adds to a colour: relief and variation, by texel."""

    height: np.ndarray
    """Metres."""
    shade: np.ndarray
    """Factor on the colour, about 1."""
    rough: np.ndarray
    """Added to the roughness."""
    bleach: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=np.float32))
    """0 to 1: how far the colour is faded towards undyed thread."""


@dataclass(frozen=True)
class Print:
    """What a pattern puts on a fabric, by texel."""

    color: np.ndarray
    """Linear colour, (texels, 3)."""
    height: np.ndarray
    """Metres."""
    metal: np.ndarray
    """0 to 1: how far the surface is bare metal."""
    alpha: np.ndarray
    """1 cloth, 0 hole."""


def edge(distance: np.ndarray, texel_size: np.ndarray) -> np.ndarray:
    """Anti-aliased coverage of a shape by the distance to its outline (negative inside)."""
    return np.clip(0.5 - distance / np.maximum(texel_size, 1e-6), 0.0, 1.0)


def repeat(x: np.ndarray, period: float) -> np.ndarray:
    """Signed distance from the nearest multiple of ``period``."""
    return x - np.round(x / period) * period


def hashed(*numbers: np.ndarray | int) -> np.ndarray:
    """A fixed pseudo-random value in 0..1 for each tuple of whole numbers (integer mixing)."""
    value = np.zeros(1, dtype=np.uint32)
    for number in numbers:
        value = value ^ np.asarray(number).astype(np.int64).astype(np.uint32)
        value = value * np.uint32(0x9E3779B1)
        value = value ^ (value >> np.uint32(15))
        value = value * np.uint32(0x85EBCA77)
        value = value ^ (value >> np.uint32(13))
    return value.astype(np.float32) / np.float32(2**32)
