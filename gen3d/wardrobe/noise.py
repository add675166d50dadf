# SPDX-License-Identifier: Apache-2.0
"""Seeded noise in space, for surfaces that must not show where their texture was cut.

One tileable volume of band-limited noise and one of cell distances are made once per process and
sampled at positions in metres, so a pattern runs on across UV seams and keeps its real size.
Each sample is an independent trilinear look-up: the result does not depend on threads.
"""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float, Float32
from scipy.spatial import KDTree

from gen3d.wardrobe.noise_kernels import add_look_up

_SIDE = 64
_WAVELENGTH_VOXELS = 6.0
"""Dominant wavelength of the noise volume."""
_CELLS = 8
"""Feature points of the cell volume along each axis."""
_CHANNELS = 4


def _rotation(seed: int) -> np.ndarray:
    """A seeded rotation, so that octaves and repetitions do not line up."""
    matrix = np.random.default_rng(seed).normal(size=(3, 3))
    q, _ = np.linalg.qr(matrix)
    return q


@functools.cache
def _smooth_volume() -> Float32[np.ndarray, "channels side side side"]:
    rng = np.random.default_rng(20240117)
    white = rng.normal(size=(_CHANNELS, _SIDE, _SIDE, _SIDE))
    axes = np.fft.fftfreq(_SIDE)
    frequency = np.sqrt(axes[:, None, None] ** 2 + axes[:, None] ** 2 + axes**2)
    # A ring in frequency: neither drift (low end) nor aliasing of the trilinear look-up (high end).
    ratio = np.maximum(frequency, 1e-6) * _WAVELENGTH_VOXELS
    band = np.exp(-0.5 * (np.log2(ratio) / 0.45) ** 2)
    noise = np.fft.ifftn(np.fft.fftn(white, axes=(1, 2, 3)) * band, axes=(1, 2, 3)).real
    noise /= noise.std(axis=(1, 2, 3), keepdims=True)
    return _wrapped(noise)


@functools.cache
def _cell_volume() -> Float32[np.ndarray, "2 side side side"]:
    """Distances to the nearest and second nearest feature point, in mean spacings."""
    rng = np.random.default_rng(20240118)
    lattice = np.stack(np.meshgrid(*[np.arange(_CELLS)] * 3, indexing="ij"), axis=-1)
    features = (lattice.reshape(-1, 3) + rng.random((_CELLS**3, 3)) * 0.85) % _CELLS
    voxels = np.stack(np.meshgrid(*[np.arange(_SIDE)] * 3, indexing="ij"), axis=-1)
    tree = KDTree(features, boxsize=_CELLS)
    distances, _ = tree.query(voxels.reshape(-1, 3) * (_CELLS / _SIDE), k=2)
    return _wrapped(distances.T.reshape(2, _SIDE, _SIDE, _SIDE))


def _wrapped(volume: np.ndarray) -> np.ndarray:
    padded = np.pad(volume, [(0, 0), (0, 1), (0, 1), (0, 1)], mode="wrap")
    return np.ascontiguousarray(padded, np.float32)


def solid(
    points: Float[np.ndarray, "n 3"],
    wavelength: float,
    seed: int,
    *,
    octaves: int = 1,
    gain: float = 0.5,
    channels: int = 1,
) -> Float32[np.ndarray, "n channels"]:
    """Smooth noise of mean 0 and standard deviation near 1, in up to four independent channels.

    Args:
        points: Positions, metres.
        wavelength: Size of the largest features, metres.
        seed: Same seed, same field.
        octaves: Each adds features half as large.
        gain: Amplitude of an octave relative to the one before.
        channels: How many independent fields.
    """
    total = np.zeros((len(points), channels), dtype=np.float32)
    at = np.ascontiguousarray(points, np.float32)
    period = wavelength * _SIDE / _WAVELENGTH_VOXELS
    power = 0.0
    for octave in range(octaves):
        shift = np.random.default_rng([seed, octave]).random(3)
        amplitude = gain**octave
        turn = _rotation(seed + octave) / period
        add_look_up(_smooth_volume(), at, turn, shift, amplitude, total)
        power += amplitude**2
        period /= 2.0
    return total / np.float32(np.sqrt(power))


def cells(
    points: Float[np.ndarray, "n 3"], spacing: float, seed: int
) -> tuple[Float32[np.ndarray, "n"], Float32[np.ndarray, "n"]]:
    """Distance to the nearest feature point, and to the border between cells (Worley 1996).

    Args:
        points: Positions, metres.
        spacing: Mean distance of the feature points, metres.
        seed: Same seed, same cells.

    Returns:
        Both in units of ``spacing``: about 0 to 0.9, and 0 (on the border) upwards.
    """
    shift = np.random.default_rng([seed, 77]).random(3)
    distances = np.zeros((len(points), 2), dtype=np.float32)
    at, turn = np.ascontiguousarray(points, np.float32), _rotation(seed) / (spacing * _CELLS)
    add_look_up(_cell_volume(), at, turn, shift, 1.0, distances)
    return distances[:, 0], distances[:, 1] - distances[:, 0]


def triple(x: float, y: float, z: float) -> Float32[np.ndarray, "3"]:
    """Three numbers as a vector or a colour in the precision that pictures are painted in."""
    return np.array([x, y, z], dtype=np.float32)
