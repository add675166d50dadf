# SPDX-License-Identifier: Apache-2.0
"""Endless noise: a pure function of integer lattice points, so that tiles meet exactly.

Gradient noise after Perlin 2002 ("Improving Noise") on a hashed lattice instead of a table.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int64, UInt32

Values = Float[np.ndarray, "*batch"]
_TURN_BITS = 10
_TURNS = np.arange(1 << _TURN_BITS) * (2.0 * np.pi / (1 << _TURN_BITS))
_COSINES, _SINES = np.cos(_TURNS), np.sin(_TURNS)


def scramble(
    i: Int64[np.ndarray, "*batch"], j: Int64[np.ndarray, "*batch"], salt: int
) -> UInt32[np.ndarray, "*batch"]:
    """32 well-mixed bits of two integers and a salt (the finaliser of MurmurHash3)."""
    mixed = (i * 0x9E3779B1 + j * 0x85EBCA77 + salt * 0xC2B2AE3D + 0x27D4EB2F) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 16)).astype(np.uint32)


def uniform(i: np.ndarray, j: np.ndarray, salt: int) -> Values:
    """Numbers in [0, 1) of lattice points."""
    return scramble(np.asarray(i, np.int64), np.asarray(j, np.int64), salt) / 2.0**32


def gradient(x: Values, z: Values, salt: int) -> Values:
    """Smooth noise with features of about one unit, roughly in [-1, 1]."""
    i, j = np.floor(x).astype(np.int64), np.floor(z).astype(np.int64)
    fx, fz = x - i, z - j
    corners = [_corner(i + a, j + b, fx - a, fz - b, salt) for b in (0, 1) for a in (0, 1)]
    u, w = (t * t * t * (t * (t * 6 - 15) + 10) for t in (fx, fz))
    low = corners[0] + u * (corners[1] - corners[0])
    high = corners[2] + u * (corners[3] - corners[2])
    return 1.5 * (low + w * (high - low))


def _corner(i: np.ndarray, j: np.ndarray, dx: Values, dz: Values, salt: int) -> Values:
    turn = scramble(i, j, salt) >> np.uint32(32 - _TURN_BITS)
    return np.take(_COSINES, turn) * dx + np.take(_SINES, turn) * dz


def fractal(x: Values, z: Values, salt: int, octaves: int = 5, gain: float = 0.5) -> Values:
    """Octaves of noise; the first has features of one unit."""
    total, weight = np.zeros(np.shape(x)), 1.0
    for octave in range(octaves):
        scale = 2.03**octave
        total = total + weight * gradient(x * scale + 17.3 * octave, z * scale, salt + octave)
        weight *= gain
    return total


def ridged(x: Values, z: Values, salt: int, octaves: int = 6) -> Values:
    """Crests and eroded valleys in [0, 1]: each octave is weak where the one before lies low."""
    total, weight, above = np.zeros(np.shape(x)), 0.5, np.ones(np.shape(x))
    for octave in range(octaves):
        scale = 2.07**octave
        crest = 1.0 - np.abs(gradient(x * scale, z * scale + 9.1 * octave, salt + 50 + octave))
        crest = np.clip(crest, 0.0, 1.0) ** 2 * above
        total = total + weight * crest
        above, weight = np.clip(crest * 1.8, 0.0, 1.0), weight * 0.5
    return total
