# SPDX-License-Identifier: Apache-2.0
"""Warp kernels that ask all lamps of a land for each point: a loop, where arrays would be huge.

No ``from __future__ import annotations`` here: Warp reads the annotations as types.
"""

# Warp compiles these functions itself: their annotations are values, their indices and operators
# are those of Warp's language, which Python's type checkers do not know.
# pyright: basic, reportArgumentType=false, reportIndexIssue=false, reportInvalidTypeForm=false
# pyright: reportOperatorIssue=false, reportAttributeAccessIssue=false
from typing import no_type_check

import numpy as np
import warp as wp
from jaxtyping import Float32, Int32

from gen3d.warp_start import start_warp

start_warp()
MOST = 4
"""How many lamps :func:`strongest` finds for each point."""
_NEAREST = wp.constant(0.09)
"""Square of the metres closer than which a lamp is no point."""


@wp.func
@no_type_check
def _reaching(
    point: wp.vec3f, normal: wp.vec3f, lamp: wp.vec3f, facing: wp.vec3f, candela: wp.float32
) -> wp.float32:
    """Illuminance in lux from one lamp."""
    way = lamp - point
    here = wp.dot(way, normal)
    # Half of the lamps are behind the surface.
    if here <= 0.0:
        return 0.0
    square = wp.max(wp.dot(way, way), _NEAREST)
    ahead = wp.sqrt(square)
    if wp.dot(facing, facing) > 0.5:
        ahead = wp.max(-wp.dot(way, facing), 0.0)
    return candela * here * ahead / (square * square)


@wp.kernel(enable_backward=False)
@no_type_check
def _strongest(
    points: wp.array(dtype=wp.vec3f),
    normals: wp.array(dtype=wp.vec3f),
    lamps: wp.array(dtype=wp.vec3f),
    facing: wp.array(dtype=wp.vec3f),
    candela: wp.array(dtype=wp.float32),
    best: wp.array2d(dtype=wp.int32),
    lux: wp.array2d(dtype=wp.float32),
) -> None:
    """Insertion into a short list, one point a thread."""
    i = wp.tid()
    for k in range(lamps.shape[0]):
        given = _reaching(points[i], normals[i], lamps[k], facing[k], candela[k])
        place = wp.int32(lux.shape[1])
        while place > 0 and given > lux[i, place - 1]:
            if place < lux.shape[1]:
                lux[i, place] = lux[i, place - 1]
                best[i, place] = best[i, place - 1]
            place = place - 1
        if place < lux.shape[1]:
            lux[i, place] = given
            best[i, place] = k


@wp.kernel(enable_backward=False)
@no_type_check
def _drawn(
    points: wp.array(dtype=wp.vec3f),
    normals: wp.array(dtype=wp.vec3f),
    lamps: wp.array(dtype=wp.vec3f),
    facing: wp.array(dtype=wp.vec3f),
    candela: wp.array(dtype=wp.float32),
    draws: wp.array(dtype=wp.float32),
    chosen: wp.array(dtype=wp.int32),
    lux: wp.array(dtype=wp.float32),
) -> None:
    """Each lamp takes the place of those before by its share of the sum so far (a reservoir)."""
    i = wp.tid()
    draw = draws[i]
    whole = wp.float32(0.0)
    last = wp.int32(0)
    for k in range(lamps.shape[0]):
        given = _reaching(points[i], normals[i], lamps[k], facing[k], candela[k])
        if given > 0.0:
            whole = whole + given
            share = given / whole
            # What is left of the draw is as even as it was.
            if draw < share:
                last = k
                draw = draw / share
            else:
                draw = (draw - share) / (1.0 - share)
    chosen[i] = last
    lux[i] = whole


Lamps = tuple[
    Float32[np.ndarray, "lamps 3"], Float32[np.ndarray, "lamps 3"], Float32[np.ndarray, "lamps"]
]
"""Places, directions of flat ones (else 0), and candela."""


def strongest(
    points: Float32[np.ndarray, "rays 3"], normals: Float32[np.ndarray, "rays 3"], lamps: Lamps
) -> tuple[Int32[np.ndarray, "rays most"], Float32[np.ndarray, "rays most"]]:
    """The lamps that would give each point most, and how many lux, the most first."""
    best = np.zeros((len(points), MOST), np.int32)
    lux = np.zeros((len(points), MOST), np.float32)
    given = _given(points, normals, lamps)
    wp.launch(_strongest, len(points), [*given, *map(_shared, (best, lux))], device="cpu")
    return best, lux


def drawn(
    points: Float32[np.ndarray, "rays 3"],
    normals: Float32[np.ndarray, "rays 3"],
    lamps: Lamps,
    draws: Float32[np.ndarray, "rays"],
) -> tuple[Int32[np.ndarray, "rays"], Float32[np.ndarray, "rays"]]:
    """A lamp of each point, as often as it would light it; and what all together would give."""
    chosen, lux = np.zeros(len(points), np.int32), np.zeros(len(points), np.float32)
    given = _given(points, normals, lamps)
    more = [_shared(draws), _shared(chosen), _shared(lux)]
    wp.launch(_drawn, len(points), [*given, *more], device="cpu")
    return chosen, lux


def _given(points: np.ndarray, normals: np.ndarray, lamps: Lamps) -> list[wp.array]:
    place, facing, candela = lamps
    vectors = (_shared(v, wp.vec3f) for v in (points, normals, place, facing))
    return [*vectors, _shared(candela)]


def _shared(values: np.ndarray, dtype: type | None = None) -> wp.array:
    kind = dtype or wp.dtype_from_numpy(values.dtype)
    return wp.array(np.ascontiguousarray(values), dtype=kind, copy=False, device="cpu")
