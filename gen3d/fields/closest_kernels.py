# SPDX-License-Identifier: Apache-2.0
"""Warp kernels that ask a triangle mesh for its closest point; imported where they are launched.

No ``from __future__ import annotations`` here: Warp reads the annotations as types.
"""

# pyright: basic, reportAttributeAccessIssue=false, reportInvalidTypeForm=false
# Warp compiles these functions itself: their types and members are not Python's.
from typing import no_type_check

import warp as wp


@wp.kernel(enable_backward=False)
@no_type_check
def closest(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    distance: wp.array(dtype=wp.float32),
    face: wp.array(dtype=wp.int32),
    weights: wp.array(dtype=wp.vec3),
) -> None:
    """Unsigned distance, nearest face and barycentrics there."""
    i = wp.tid()
    found = wp.mesh_query_point_no_sign(mesh, points[i], 1.0e6)
    nearest = wp.mesh_eval_position(mesh, found.face, found.u, found.v)
    distance[i] = wp.length(points[i] - nearest)
    face[i] = found.face
    weights[i] = wp.vec3(found.u, found.v, 1.0 - found.u - found.v)


@wp.kernel(enable_backward=False)
@no_type_check
def signed_distance(
    mesh: wp.uint64, points: wp.array(dtype=wp.vec3), distance: wp.array(dtype=wp.float32)
) -> None:
    """Distance, negative where the generalized winding number exceeds one half."""
    i = wp.tid()
    found = wp.mesh_query_point_sign_winding_number(mesh, points[i], 1.0e6)
    nearest = wp.mesh_eval_position(mesh, found.face, found.u, found.v)
    distance[i] = found.sign * wp.length(points[i] - nearest)
