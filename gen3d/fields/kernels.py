# SPDX-License-Identifier: Apache-2.0
"""Warp kernels of the multiresolution hash grid and of the march through an occupancy grid.

One source for CPU and CUDA; Warp compiles it at first use (2–3 s, then cached on disk). Features
come two a level, so that an entry is one ``vec2f``. The kernels work on one level (``encode`` and
its gradients) or one ray a thread. Method of the grid: Müller et al. 2022, "Instant Neural
Graphics Primitives", §3 and eq. 4.

No ``from __future__ import annotations`` here: Warp reads the annotations as types.
"""

# Warp compiles these functions itself: their annotations are values, their indices, operators and
# conversions are those of Warp's language, which Python's type checkers do not know.
# pyright: basic, reportArgumentType=false, reportIndexIssue=false, reportInvalidTypeForm=false
# pyright: reportReturnType=false, reportOperatorIssue=false
from typing import no_type_check

import warp as wp

_PRIME_Y = wp.constant(wp.uint32(2654435761))
_PRIME_Z = wp.constant(wp.uint32(805459861))


_Corners = wp.types.vector(length=8, dtype=wp.int32)
_Weights = wp.types.vector(length=8, dtype=wp.float32)


@wp.func
@no_type_check
def _entries(
    x: wp.int32, y: wp.int32, z: wp.int32, start: wp.int32, size: wp.int32, side: wp.int32
) -> _Corners:
    """Where the corners of a cell lie: dense where the level fits, hashed otherwise (eq. 4).

    Corner ``i`` is the upper one along x, y, z where bits 0, 1, 2 of ``i`` are set.
    """
    if side > 0:
        low = start + x + side * (y + side * z)
        high = low + side * side
        return _Corners(
            low, low + 1, low + side, low + side + 1,
            high, high + 1, high + side, high + side + 1,
        )  # fmt: skip
    mask, one = wp.uint32(size - 1), wp.uint32(1)
    x0, y0, z0 = wp.uint32(x), wp.uint32(y) * _PRIME_Y, wp.uint32(z) * _PRIME_Z
    x1, y1, z1 = x0 + one, y0 + _PRIME_Y, z0 + _PRIME_Z
    return _Corners(
        start + wp.int32((x0 ^ y0 ^ z0) & mask), start + wp.int32((x1 ^ y0 ^ z0) & mask),
        start + wp.int32((x0 ^ y1 ^ z0) & mask), start + wp.int32((x1 ^ y1 ^ z0) & mask),
        start + wp.int32((x0 ^ y0 ^ z1) & mask), start + wp.int32((x1 ^ y0 ^ z1) & mask),
        start + wp.int32((x0 ^ y1 ^ z1) & mask), start + wp.int32((x1 ^ y1 ^ z1) & mask),
    )  # fmt: skip


@wp.func
@no_type_check
def _trilinear(at: wp.vec3f, x: wp.int32, y: wp.int32, z: wp.int32) -> _Weights:
    """Weights of the corners of a cell, in their order."""
    x1, y1, z1 = at[0] - wp.float32(x), at[1] - wp.float32(y), at[2] - wp.float32(z)
    x0, y0, z0 = 1.0 - x1, 1.0 - y1, 1.0 - z1
    return _Weights(
        x0 * y0 * z0, x1 * y0 * z0, x0 * y1 * z0, x1 * y1 * z0,
        x0 * y0 * z1, x1 * y0 * z1, x0 * y1 * z1, x1 * y1 * z1,
    )  # fmt: skip


@wp.func
@no_type_check
def _weight(fraction: wp.float32, corner: wp.int32) -> wp.float32:
    """Linear weight along an axis of the lower (0) or the upper (1) corner."""
    if corner == 1:
        return fraction
    return 1.0 - fraction


@wp.func
@no_type_check
def _cell(value: wp.float32, resolution: wp.int32) -> wp.int32:
    """Index of the cell along an axis; the last one also holds its far face."""
    return wp.clamp(wp.int32(wp.floor(value)), 0, resolution - 1)


@wp.func
@no_type_check
def _scaled(point: wp.vec3f, resolution: wp.int32) -> wp.vec3f:
    """From [-1, 1]³ to cells, clamped to the cube."""
    scale = wp.float32(resolution)
    return wp.vec3f(
        wp.clamp(0.5 * (point[0] + 1.0), 0.0, 1.0) * scale,
        wp.clamp(0.5 * (point[1] + 1.0), 0.0, 1.0) * scale,
        wp.clamp(0.5 * (point[2] + 1.0), 0.0, 1.0) * scale,
    )


@wp.kernel(enable_backward=False)
@no_type_check
def encode(
    points: wp.array(dtype=wp.vec3f),
    table: wp.array(dtype=wp.vec2f),
    levels: wp.array(dtype=wp.int32, ndim=2),
    gains: wp.array(dtype=wp.float32),
    level_count: wp.int32,
    count: wp.int32,
    block: wp.int32,
    out: wp.array(dtype=wp.vec2f, ndim=2),
) -> None:
    """Trilinear features of all levels at a block of points, times the levels' gains."""
    first = wp.tid() * block
    last = wp.min(first + block, count)
    for level in range(level_count):
        start, size = levels[level, 0], levels[level, 1]
        resolution, side = levels[level, 2], levels[level, 3]
        gain = gains[level]
        for index in range(first, last):
            total = wp.vec2f(0.0, 0.0)
            if gain != 0.0:
                at = _scaled(points[index], resolution)
                x, y, z = (
                    _cell(at[0], resolution),
                    _cell(at[1], resolution),
                    _cell(at[2], resolution),
                )
                entries = _entries(x, y, z, start, size, side)
                weights = _trilinear(at, x, y, z)
                for i in range(8):
                    total += weights[i] * table[entries[i]]
            out[index, level] = gain * total


@wp.kernel(enable_backward=False)
@no_type_check
def scatter(
    points: wp.array(dtype=wp.vec3f),
    upstream: wp.array(dtype=wp.vec2f, ndim=2),
    levels: wp.array(dtype=wp.int32, ndim=2),
    gains: wp.array(dtype=wp.float32),
    level: wp.int32,
    count: wp.int32,
    block: wp.int32,
    grad_table: wp.array(dtype=wp.vec2f),
) -> None:
    """Gradient of one level's entries (its part of ``grad_table`` is added to)."""
    first = wp.tid() * block
    start, size = levels[level, 0], levels[level, 1]
    resolution, side = levels[level, 2], levels[level, 3]
    gain = gains[level]
    for index in range(first, wp.min(first + block, count)):
        at = _scaled(points[index], resolution)
        x, y, z = _cell(at[0], resolution), _cell(at[1], resolution), _cell(at[2], resolution)
        entries = _entries(x, y, z, start, size, side)
        weights = _trilinear(at, x, y, z)
        up = gain * upstream[index, level]
        for i in range(8):
            wp.atomic_add(grad_table, entries[i], weights[i] * up)


@wp.kernel(enable_backward=False)
@no_type_check
def slope(
    points: wp.array(dtype=wp.vec3f),
    table: wp.array(dtype=wp.vec2f),
    upstream: wp.array(dtype=wp.vec2f, ndim=2),
    levels: wp.array(dtype=wp.int32, ndim=2),
    gains: wp.array(dtype=wp.float32),
    level_count: wp.int32,
    grad_points: wp.array(dtype=wp.vec3f),
) -> None:
    """Gradient of the points, over all levels; zero outside the cube (coordinates clamp there)."""
    index = wp.tid()
    point = points[index]
    total = wp.vec3f(0.0, 0.0, 0.0)
    for level in range(level_count):
        start, size = levels[level, 0], levels[level, 1]
        resolution, side = levels[level, 2], levels[level, 3]
        at = _scaled(point, resolution)
        x, y, z = _cell(at[0], resolution), _cell(at[1], resolution), _cell(at[2], resolution)
        entries = _entries(x, y, z, start, size, side)
        fraction = at - wp.vec3f(wp.float32(x), wp.float32(y), wp.float32(z))
        up = gains[level] * upstream[index, level]
        part = wp.vec3f(0.0, 0.0, 0.0)
        for i in range(8):
            cx, cy, cz = i & 1, (i >> 1) & 1, i >> 2
            wx, wy, wz = (
                _weight(fraction[0], cx),
                _weight(fraction[1], cy),
                _weight(fraction[2], cz),
            )
            value = wp.dot(up, table[entries[i]])
            part += value * wp.vec3f(
                wp.float32(2 * cx - 1) * wy * wz,
                wp.float32(2 * cy - 1) * wx * wz,
                wp.float32(2 * cz - 1) * wx * wy,
            )
        total += 0.5 * wp.float32(resolution) * part
    for axis in range(3):
        if wp.abs(point[axis]) > 1.0:
            total[axis] = 0.0
    grad_points[index] = total


@wp.kernel(enable_backward=False)
@no_type_check
def march(
    origins: wp.array(dtype=wp.vec3f),
    directions: wp.array(dtype=wp.vec3f),
    starts: wp.array(dtype=wp.float32),
    counts: wp.array(dtype=wp.int32),
    step: wp.float32,
    occupied: wp.array(dtype=wp.uint8),
    resolution: wp.int32,
    out: wp.array(dtype=wp.uint8, ndim=2),
) -> None:
    """Mark the steps of each ray whose middle lies in an occupied cell of [-1, 1]³."""
    ray = wp.tid()
    scale = 0.5 * wp.float32(resolution)
    for i in range(counts[ray]):
        t = starts[ray] + (wp.float32(i) + 0.5) * step
        at = scale * (origins[ray] + t * directions[ray] + wp.vec3f(1.0, 1.0, 1.0))
        x, y, z = _cell(at[0], resolution), _cell(at[1], resolution), _cell(at[2], resolution)
        out[ray, i] = occupied[x + resolution * (y + resolution * z)]
