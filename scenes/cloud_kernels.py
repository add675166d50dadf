# SPDX-License-Identifier: Apache-2.0
"""Warp kernels of heaped clouds: their density, sunlight in them, what a line of sight sees.

A field of heaps is periodic. A map says how high the cloud stands over each place (negative where
there is none); three scales of a small cube of cellular noise push that surface out and in, which
makes knobs and overhangs. Lengths in metres, x and z over the ground, y over the base. The Earth is
round for lines of sight. Light of many scatterings, which a march cannot follow, is taken to fall
off slowly with the depth towards the sun and to be weak where there is little cloud around.

No ``from __future__ import annotations`` here: Warp reads the annotations as types.
"""

# Warp compiles these functions itself: their annotations are values, their indices, operators and
# conversions are those of Warp's language, which Python's type checkers do not know.
# pyright: basic, reportArgumentType=false, reportIndexIssue=false, reportInvalidTypeForm=false
# pyright: reportReturnType=false, reportOperatorIssue=false, reportAttributeAccessIssue=false
from typing import no_type_check

import warp as wp

_EARTH = wp.constant(6371000.0)
_REACH = wp.constant(90000.0)
"""Metres beyond which no heap is looked for."""
_SIDE = wp.constant(0.0795775)
"""One over the whole sphere."""


class FieldValues:
    """A field of heaps."""

    base: wp.float32
    """Altitude of the flat bases over the viewer."""
    depth: wp.float32
    """Greatest height of a top over the base."""
    period: wp.float32
    extinction: wp.float32
    """Of the densest parts, per metre."""
    knobs: wp.float32
    """How far knobs stand out."""
    soft: wp.float32
    """Over how many metres the outline fades."""
    shift_x: wp.float32
    shift_z: wp.float32
    """Where in the field the viewer stands."""


Field = wp.struct(FieldValues)


class LightValues:
    """What lights the heaps: illuminances, linear RGB."""

    toward: wp.vec3f
    """Direction of the sun or moon."""
    sun: wp.vec3f
    """By it, on what faces it."""
    sky: wp.vec3f
    """By the sky, from above."""
    ground: wp.vec3f
    """By the ground, from below."""


Light = wp.struct(LightValues)


@wp.func
@no_type_check
def _wrap(i: wp.int32, n: wp.int32) -> wp.int32:
    return (i % n + n) % n


@wp.func
@no_type_check
def _height(tops: wp.array2d(dtype=wp.float32), x: wp.float32, z: wp.float32) -> wp.float32:
    """The map at fractional cells, bilinear and periodic."""
    n = tops.shape[0]
    bx, bz = wp.floor(x), wp.floor(z)
    tx, tz = x - bx, z - bz
    i, j = _wrap(wp.int32(bx), n), _wrap(wp.int32(bz), n)
    i1, j1 = _wrap(i + 1, n), _wrap(j + 1, n)
    near = tops[i, j] * (1.0 - tx) + tops[i1, j] * tx
    far = tops[i, j1] * (1.0 - tx) + tops[i1, j1] * tx
    return near * (1.0 - tz) + far * tz


@wp.func
@no_type_check
def _cube(noise: wp.array3d(dtype=wp.float32), p: wp.vec3f) -> wp.float32:
    """Trilinear and periodic, ``p`` in cells."""
    n = noise.shape[0]
    bx, by, bz = wp.floor(p[0]), wp.floor(p[1]), wp.floor(p[2])
    tx, ty, tz = p[0] - bx, p[1] - by, p[2] - bz
    i, j, k = _wrap(wp.int32(bx), n), _wrap(wp.int32(by), n), _wrap(wp.int32(bz), n)
    i1, j1, k1 = _wrap(i + 1, n), _wrap(j + 1, n), _wrap(k + 1, n)
    a = noise[i, j, k] * (1.0 - tx) + noise[i1, j, k] * tx
    b = noise[i, j1, k] * (1.0 - tx) + noise[i1, j1, k] * tx
    c = noise[i, j, k1] * (1.0 - tx) + noise[i1, j, k1] * tx
    d = noise[i, j1, k1] * (1.0 - tx) + noise[i1, j1, k1] * tx
    return (a * (1.0 - ty) + b * ty) * (1.0 - tz) + (c * (1.0 - ty) + d * ty) * tz


@wp.func
@no_type_check
def _thickness(
    field: Field,
    tops: wp.array2d(dtype=wp.float32),
    noise: wp.array3d(dtype=wp.float32),
    x: wp.float32,
    y: wp.float32,
    z: wp.float32,
    grain: wp.float32,
) -> wp.vec2f:
    """Metres of cloud over a place, positive inside, and whether it is on a knob or in a crease.

    Knobs finer than ``grain`` are left out.
    """
    if y < 0.0:
        return wp.vec2f(-100.0, 0.0)
    cells = wp.float32(tops.shape[0]) / field.period
    high = _height(tops, x * cells, z * cells)
    # Knobs reach no further than twice their size: beyond, their noise need not be asked.
    reach = 2.0 * field.knobs
    if high - y < -reach:
        return wp.vec2f(high - y + 0.6 * reach, 0.0)
    if high - y > reach and y > reach:
        return wp.vec2f(high - y, 0.0)
    side = wp.float32(noise.shape[0])
    # Each cube spans a whole part of the period, so the field stays periodic.
    p = wp.vec3f(x, y, z) * (side / field.period)
    bumps = 0.46 * (_cube(noise, p * 13.0) - 0.5)
    if grain < 150.0:
        bumps = bumps + 0.33 * (_cube(noise, p * 31.0) - 0.5)
    if grain < 50.0:
        bumps = bumps + 0.21 * (_cube(noise, p * 79.0) - 0.5)
    over = high + 4.0 * field.knobs * bumps - y
    return wp.vec2f(wp.min(over, 0.9 * y + 0.8 * field.knobs * bumps + 10.0), bumps)


@wp.func
@no_type_check
def _extinction(field: Field, thickness: wp.float32) -> wp.float32:
    return field.extinction * wp.clamp(thickness / field.soft, 0.0, 1.0)


@wp.kernel(enable_backward=False)
@no_type_check
def fill(
    field: Field,
    tops: wp.array2d(dtype=wp.float32),
    noise: wp.array3d(dtype=wp.float32),
    first: wp.int32,
    cell: wp.float32,
    rise: wp.float32,
    out: wp.array3d(dtype=wp.float32),
) -> None:
    """Mean extinction in the cells of a coarse grid, four samples each."""
    i, j, k = wp.tid()
    i = i + first
    total = wp.float32(0.0)
    y = (wp.float32(k) + 0.5) * rise
    for a in range(2):
        for b in range(2):
            x = (wp.float32(i) + 0.25 + 0.5 * wp.float32(a)) * cell
            z = (wp.float32(j) + 0.25 + 0.5 * wp.float32(b)) * cell
            total = total + _extinction(field, _thickness(field, tops, noise, x, y, z, 40.0)[0])
    out[i, j, k] = 0.25 * total


@wp.func
@no_type_check
def _grid(
    grid: wp.array3d(dtype=wp.float32), x: wp.float32, y: wp.float32, z: wp.float32
) -> wp.float32:
    """A coarse grid between its cells' centres; periodic across, held above and below."""
    n, levels = grid.shape[0], grid.shape[2]
    gx, gy, gz = x - 0.5, wp.clamp(y - 0.5, 0.0, wp.float32(levels - 1) - 0.001), z - 0.5
    bx, bz = wp.floor(gx), wp.floor(gz)
    k = wp.int32(gy)
    tx, ty, tz = gx - bx, gy - wp.float32(k), gz - bz
    i, j = _wrap(wp.int32(bx), n), _wrap(wp.int32(bz), n)
    i1, j1 = _wrap(i + 1, n), _wrap(j + 1, n)
    low = (grid[i, j, k] * (1.0 - tx) + grid[i1, j, k] * tx) * (1.0 - tz) + (
        grid[i, j1, k] * (1.0 - tx) + grid[i1, j1, k] * tx
    ) * tz
    high = (grid[i, j, k + 1] * (1.0 - tx) + grid[i1, j, k + 1] * tx) * (1.0 - tz) + (
        grid[i, j1, k + 1] * (1.0 - tx) + grid[i1, j1, k + 1] * tx
    ) * tz
    return low * (1.0 - ty) + high * ty


@wp.kernel(enable_backward=False)
@no_type_check
def shade(
    toward: wp.vec3f,
    first: wp.int32,
    cell: wp.float32,
    rise: wp.float32,
    density: wp.array3d(dtype=wp.float32),
    out: wp.array3d(dtype=wp.float32),
) -> None:
    """Optical depth from each cell towards a direction, in steps that grow."""
    i, j, k = wp.tid()
    i = i + first
    top = wp.float32(density.shape[2]) * rise
    y0 = (wp.float32(k) + 0.5) * rise
    depth, gone, step = wp.float32(0.0), wp.float32(60.0), wp.float32(60.0)
    while gone < 12000.0:
        at = gone + 0.5 * step
        y = y0 + toward[1] * at
        if y < 0.0 or y > top:
            break
        x = (wp.float32(i) + 0.5) + toward[0] * at / cell
        z = (wp.float32(j) + 0.5) + toward[2] * at / cell
        depth = depth + _grid(density, x, y / rise, z) * step
        gone = gone + step
        step = step * 1.2
    out[i, j, k] = depth


@wp.func
@no_type_check
def _henyey(cosine: wp.float32, g: wp.float32) -> wp.float32:
    base = 1.0 + g * g - 2.0 * g * cosine
    return _SIDE * (1.0 - g * g) / (base * wp.sqrt(base))


@wp.func
@no_type_check
def _way(s: wp.float32, c: wp.float32, h: wp.float32) -> wp.float32:
    """Distance to an altitude over the viewer, on a round Earth."""
    return 2.0 * h / (s + wp.sqrt(s * s + 2.0 * c * c / _EARTH * h))


@wp.func
@no_type_check
def _place(field: Field, d: wp.vec3f, t: wp.float32) -> wp.vec3f:
    """Where in the field a line of sight is after a distance."""
    y = d[1] * t + 0.5 * (1.0 - d[1] * d[1]) * t * t / _EARTH - field.base
    return wp.vec3f(d[0] * t + field.shift_x, y, d[2] * t + field.shift_z)


@wp.func
@no_type_check
def _seen(
    field: Field,
    tops: wp.array2d(dtype=wp.float32),
    noise: wp.array3d(dtype=wp.float32),
    d: wp.vec3f,
    t: wp.float32,
    grain: wp.float32,
) -> wp.vec2f:
    """:func:`_thickness` at a distance along a line of sight."""
    p = _place(field, d, t)
    return _thickness(field, tops, noise, p[0], p[1], p[2], grain)


@wp.func
@no_type_check
def _edge(
    field: Field,
    tops: wp.array2d(dtype=wp.float32),
    noise: wp.array3d(dtype=wp.float32),
    d: wp.vec3f,
    before: wp.float32,
    after: wp.float32,
    grain: wp.float32,
) -> wp.float32:
    """Where a line of sight enters a cloud: the edge must not depend on the steps."""
    near, far = wp.float32(before), wp.float32(after)
    for _ in range(5):
        middle = 0.5 * (near + far)
        if _seen(field, tops, noise, d, middle, grain)[0] > 0.0:
            far = middle
        else:
            near = middle
    return far


@wp.func
@no_type_check
def _source(
    field: Field,
    lights: Light,
    cosine: wp.float32,
    depth: wp.float32,
    much: wp.float32,
    here: wp.vec2f,
    y: wp.float32,
) -> wp.vec3f:
    """Light that a place in a cloud sends towards the viewer, per optical depth."""
    forward = 0.75 * _henyey(cosine, 0.86) + 0.25 * _henyey(cosine, -0.2)
    broad = 0.7 * _henyey(cosine, 0.5) + 0.3 * _henyey(cosine, -0.2)
    direct = wp.exp(-depth)
    soft = wp.exp(-0.15 * depth)
    # An endless bank in the sun would send back nearly all light: 3 is what that needs.
    rim = 0.50 + 0.50 * (1.0 - wp.exp(-0.16 * depth))
    nook = 0.62 + 0.62 * wp.clamp(0.55 + 2.0 * here[1], 0.0, 1.0)
    many = _SIDE * 3.0 * wp.exp(-0.030 * depth) * much * rim * nook
    by_sun = forward * direct + broad * 0.9 * (soft - direct) + many
    up = wp.clamp(y / field.depth, 0.0, 1.0)
    hollow = (1.0 - 0.55 * much * (1.0 - wp.exp(-0.02 * here[0]))) * nook
    by_sky = _SIDE * 2.0 * hollow * (0.35 + 0.85 * up)
    by_ground = _SIDE * 2.0 * hollow * (0.9 - 0.6 * up)
    return lights.sun * by_sun + lights.sky * by_sky + lights.ground * by_ground


@wp.kernel(enable_backward=False)
@no_type_check
def look(  # noqa: PLR0917  # Warp takes a kernel's values by place
    field: Field,
    lights: Light,
    first: wp.int32,
    pixel: wp.float32,
    cell: wp.float32,
    rise: wp.float32,
    sines: wp.array(dtype=wp.float32),
    bearings: wp.array(dtype=wp.float32),
    tops: wp.array2d(dtype=wp.float32),
    noise: wp.array3d(dtype=wp.float32),
    shadow: wp.array3d(dtype=wp.float32),
    bulk: wp.array3d(dtype=wp.float32),
    covered: wp.array2d(dtype=wp.float32),
    shining: wp.array2d(dtype=wp.vec3f),
) -> None:
    """How much of what is behind each pixel is hidden, and the light of the clouds before it.

    ``shadow`` is the depth towards the sun, ``bulk`` the cloud around (0 none, 1 much).
    """
    row, column = wp.tid()
    row = row + first
    s = sines[row]
    c = wp.sqrt(wp.max(1.0 - s * s, 0.0))
    d = wp.vec3f(-c * wp.sin(bearings[column]), s, c * wp.cos(bearings[column]))
    t = _way(s, c, field.base)
    stop = wp.min(_way(s, c, field.base + field.depth), _REACH)
    cosine = wp.dot(d, lights.toward)
    seen, total = wp.float32(1.0), wp.vec3f(0.0, 0.0, 0.0)
    # Neighbouring rays start at different places, so that steps do not show as shells.
    t = t + 12.0 * wp.float32((row * 7919 + column * 104729) % 64) / 64.0
    before = t
    for _ in range(600):
        if t >= stop or seen < 0.004:
            break
        grain = t * pixel
        here = _seen(field, tops, noise, d, t, grain)
        if here[0] <= 0.0:
            before = t
            t = t + wp.clamp(-0.35 * here[0], 14.0 + 0.5 * grain, 220.0 + grain)
        elif t - before > 4.0 + 0.2 * grain:
            t = _edge(field, tops, noise, d, before, t, grain)
            before = t
        else:
            p = _place(field, d, t)
            sigma = _extinction(field, here[0])
            step = 18.0 + 0.10 * here[0] + 0.6 * grain
            # The coarse grid begins one step away: the near way is sampled here.
            to = p + lights.toward * 45.0
            near = _thickness(field, tops, noise, to[0], to[1], to[2], grain)
            depth = _grid(shadow, p[0] / cell, p[1] / rise, p[2] / cell)
            depth = depth + 30.0 * (sigma + _extinction(field, near[0]))
            much = _grid(bulk, p[0] / cell, p[1] / rise, p[2] / cell)
            gain = seen * (1.0 - wp.exp(-sigma * step))
            total = total + gain * _source(field, lights, cosine, depth, much, here, p[1])
            seen = seen * wp.exp(-sigma * step)
            t = t + step
            before = t
    covered[row, column] = 1.0 - seen
    shining[row, column] = total


@wp.kernel(enable_backward=False)
@no_type_check
def look_through(
    field: Field,
    directions: wp.array(dtype=wp.vec3f),
    shift: wp.array(dtype=wp.vec2f),
    tops: wp.array2d(dtype=wp.float32),
    noise: wp.array3d(dtype=wp.float32),
    depths: wp.array(dtype=wp.float32),
) -> None:
    """Optical depth along lines, each from its own place in the field."""
    ray = wp.tid()
    d = directions[ray]
    c = wp.sqrt(wp.max(1.0 - d[1] * d[1], 0.0))
    t = _way(d[1], c, field.base)
    stop = wp.min(_way(d[1], c, field.base + field.depth), _REACH)
    depth = wp.float32(0.0)
    while t < stop and depth < 60.0:
        y = d[1] * t + 0.5 * c * c * t * t / _EARTH - field.base
        x, z = d[0] * t + shift[ray][0], d[2] * t + shift[ray][1]
        thick = _thickness(field, tops, noise, x, y, z, 20.0)[0]
        step = wp.clamp(0.3 * wp.abs(thick), 20.0, 120.0)
        depth = depth + _extinction(field, thick) * step
        t = t + step
    depths[ray] = depth
