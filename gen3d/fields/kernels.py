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


@wp.func
@no_type_check
def _entry(x: wp.int32, y: wp.int32, z: wp.int32, side: wp.int32, size: wp.int32) -> wp.int32:
    """Index of a grid corner in its level: dense where the level fits, hashed otherwise (eq. 4)."""
    if side > 0:
        return x + side * (y + side * z)
    mixed = wp.uint32(x) ^ (wp.uint32(y) * _PRIME_Y) ^ (wp.uint32(z) * _PRIME_Z)
    return wp.int32(mixed & wp.uint32(size - 1))


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
    level: wp.int32,
    out: wp.array(dtype=wp.vec2f, ndim=2),
) -> None:
    """Trilinear features of one level at every point, times the level's gain."""
    index = wp.tid()
    start, size = levels[level, 0], levels[level, 1]
    resolution, side = levels[level, 2], levels[level, 3]
    at = _scaled(points[index], resolution)
    x, y, z = _cell(at[0], resolution), _cell(at[1], resolution), _cell(at[2], resolution)
    fx, fy, fz = at[0] - wp.float32(x), at[1] - wp.float32(y), at[2] - wp.float32(z)
    total = wp.vec2f(0.0, 0.0)
    for i in range(8):
        cx, cy, cz = i & 1, (i >> 1) & 1, i >> 2
        weight = _weight(fx, cx) * _weight(fy, cy) * _weight(fz, cz)
        total += weight * table[start + _entry(x + cx, y + cy, z + cz, side, size)]
    out[index, level] = gains[level] * total


@wp.kernel(enable_backward=False)
@no_type_check
def scatter(
    points: wp.array(dtype=wp.vec3f),
    upstream: wp.array(dtype=wp.vec2f, ndim=2),
    levels: wp.array(dtype=wp.int32, ndim=2),
    gains: wp.array(dtype=wp.float32),
    level: wp.int32,
    grad_table: wp.array(dtype=wp.vec2f),
) -> None:
    """Gradient of one level's entries (its part of ``grad_table`` is added to)."""
    index = wp.tid()
    start, size = levels[level, 0], levels[level, 1]
    resolution, side = levels[level, 2], levels[level, 3]
    at = _scaled(points[index], resolution)
    x, y, z = _cell(at[0], resolution), _cell(at[1], resolution), _cell(at[2], resolution)
    fx, fy, fz = at[0] - wp.float32(x), at[1] - wp.float32(y), at[2] - wp.float32(z)
    up = gains[level] * upstream[index, level]
    for i in range(8):
        cx, cy, cz = i & 1, (i >> 1) & 1, i >> 2
        weight = _weight(fx, cx) * _weight(fy, cy) * _weight(fz, cz)
        entry = start + _entry(x + cx, y + cy, z + cz, side, size)
        wp.atomic_add(grad_table, entry, weight * up)


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
        fx, fy, fz = at[0] - wp.float32(x), at[1] - wp.float32(y), at[2] - wp.float32(z)
        up = gains[level] * upstream[index, level]
        part = wp.vec3f(0.0, 0.0, 0.0)
        for i in range(8):
            cx, cy, cz = i & 1, (i >> 1) & 1, i >> 2
            wx, wy, wz = _weight(fx, cx), _weight(fy, cy), _weight(fz, cz)
            value = wp.dot(up, table[start + _entry(x + cx, y + cy, z + cz, side, size)])
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
