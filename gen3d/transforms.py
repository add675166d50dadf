# SPDX-License-Identifier: Apache-2.0
"""Rotations and forward kinematics on NumPy arrays.

Quaternions are wxyz, unit; matrices act on column vectors; every function takes leading batch axes,
which broadcast.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from gen3d.types import Skeleton

Quaternion = Float[np.ndarray, "*#batch 4"]
Vector = Float[np.ndarray, "*#batch 3"]
Matrix3 = Float[np.ndarray, "*batch 3 3"]

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


def normalize(v: np.ndarray, eps: float = 1e-12) -> np.ndarray:
    """Scale the last axis to unit length (zero stays zero)."""
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), eps)


def multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    """Hamilton product: rotate by ``b``, then by ``a``."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def conjugate(q: Quaternion) -> Quaternion:
    """Inverse of a unit quaternion."""
    return q * np.array([1.0, -1.0, -1.0, -1.0], dtype=q.dtype)


def _cross(a: Vector, b: Vector) -> Vector:
    """NumPy's own cross product, which takes four times as long for one vector."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    first = ay * bz - az * by
    product = np.zeros((*first.shape, 3), first.dtype)
    product[..., 0] = first
    product[..., 1] = az * bx - ax * bz
    product[..., 2] = ax * by - ay * bx
    return product


def rotate(q: Quaternion, v: Vector) -> Vector:
    """Rotate vectors: ``q v q*``."""
    w, u = q[..., :1], q[..., 1:]
    t = 2.0 * _cross(u, v)
    return v + w * t + _cross(u, t)


def from_axis_angle(axis: Vector, angle: Float[np.ndarray, "*#batch"] | float) -> Quaternion:
    """Rotation by ``angle`` radians about a unit axis."""
    half = np.asarray(angle, dtype=np.float64)[..., None] / 2.0
    axis = np.asarray(axis, dtype=np.float64)
    half, axis = np.broadcast_arrays(half, axis)
    return np.concatenate([np.cos(half[..., :1]), np.sin(half) * axis], axis=-1)


def between(a: Vector, b: Vector) -> Quaternion:
    """Shortest rotation that takes unit vector ``a`` to unit vector ``b``."""
    w = 1.0 + np.sum(a * b, axis=-1, keepdims=True)
    xyz = _cross(a, b)
    # Opposite vectors: any axis perpendicular to a, half a turn.
    helper = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    opposite = np.concatenate([np.zeros_like(w), normalize(_cross(a, helper))], axis=-1)
    return normalize(np.where(w < 1e-8, opposite, np.concatenate([w, xyz], axis=-1)))


def to_matrix(q: Quaternion) -> Matrix3:
    """Rotation matrix of a unit quaternion."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_matrix(m: Matrix3) -> Quaternion:
    """Unit quaternion (w >= 0) of a rotation matrix; Shepperd's method on all four branches."""
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    candidates = np.stack(
        [
            np.stack([1 + xx + yy + zz, a, b, c], axis=-1),
            np.stack([a, 1 + xx - yy - zz, d, e], axis=-1),
            np.stack([b, d, 1 - xx + yy - zz, f], axis=-1),
            np.stack([c, e, f, 1 - xx - yy + zz], axis=-1),
        ],
        axis=-2,
    )
    best = np.argmax(np.stack([xx + yy + zz, xx, yy, zz], axis=-1), axis=-1)
    q = normalize(np.take_along_axis(candidates, best[..., None, None], axis=-2)[..., 0, :])
    return q * np.where(q[..., :1] < 0, -1.0, 1.0)


def slerp(a: Quaternion, b: Quaternion, t: Float[np.ndarray, "*#batch"] | float) -> Quaternion:
    """Shortest-arc spherical interpolation, ``t`` in [0, 1]."""
    t = np.asarray(t, dtype=np.float64)[..., None]
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    wa = np.where(near, 1.0 - t, np.sin((1.0 - t) * angle) / safe)
    wb = np.where(near, t, np.sin(t * angle) / safe)
    return normalize(wa * a + wb * b)


def continuous(q: Float[np.ndarray, "frames *batch 4"]) -> Float[np.ndarray, "frames *batch 4"]:
    """Flip signs so that each quaternion is in the half-space of the one before it in time."""
    dots = np.sum(q[1:] * q[:-1], axis=-1, keepdims=True)
    signs = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    return np.concatenate([q[:1], q[1:] * signs], axis=0).astype(q.dtype)


def forward_kinematics(
    parents: Sequence[int],
    local_rotations: Float[np.ndarray, "*batch joints 4"],
    local_translations: Float[np.ndarray, "*batch joints 3"],
) -> tuple[Float[np.ndarray, "*batch joints 4"], Float[np.ndarray, "*batch joints 3"]]:
    """World rotations and positions of every joint; parents come before children."""
    rotations: list[np.ndarray] = []
    positions: list[np.ndarray] = []
    for joint, parent in enumerate(parents):
        q, t = local_rotations[..., joint, :], local_translations[..., joint, :]
        if parent < 0:
            rotations.append(q)
            positions.append(t)
        else:
            rotations.append(multiply(rotations[parent], q))
            positions.append(positions[parent] + rotate(rotations[parent], t))
    return np.stack(rotations, axis=-2), np.stack(positions, axis=-2)


def clip_translations(
    skeleton: Skeleton,
    root_positions: Float[np.ndarray, "frames 3"],
    hips_positions: Float[np.ndarray, "frames 3"],
) -> Float[np.ndarray, "frames joints 3"]:
    """Local translation of every joint for every frame of a clip."""
    local = np.tile(skeleton.offsets[None], (len(root_positions), 1, 1))
    local[:, skeleton.index("root")] = root_positions
    local[:, skeleton.index("hips")] = hips_positions
    return local


def skin_matrices(
    skeleton: Skeleton,
    world_rotations: Float[np.ndarray, "*batch joints 4"],
    world_positions: Float[np.ndarray, "*batch joints 3"],
) -> Float[np.ndarray, "*batch joints 3 4"]:
    """``T_world_joint @ inverse(T_world_rest)`` as 3x4; rest rotations are the identity."""
    r = to_matrix(world_rotations)
    t = world_positions - np.einsum("...ij,...j->...i", r, skeleton.positions)
    return np.concatenate([r, t[..., None]], axis=-1)
