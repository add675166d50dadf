# SPDX-License-Identifier: Apache-2.0
"""How much sky and sun a point sees, by shadow rays against one pose of the figure.

Every pose has two Embree trees: what stops light, and the see-through hair and lash cards that do
not. Ray patterns are fixed Hammersley sets turned pixel by pixel with interleaved gradient noise
(Jimenez 2014, "Next generation post processing in Call of Duty"), so the same picture has the same
bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32
from scipy.sparse import csr_matrix

from gen3d.render.raycast import Hits, Tracer, nearer, renumbered
from gen3d.render.reflectance import hammersley
from gen3d.render.skinning import influence_matrix, pose_vertices
from gen3d.render.surface import Surface
from gen3d.types import Skin

RAY_OFFSET = np.float32(6e-4)
"""Distance from a surface at which shadow rays start, metres."""

SUN_RADIUS = float(np.radians(0.2666))
"""Angular radius of the sun's disc."""


@dataclass(frozen=True)
class Pose:
    """The figure in one frame, ready for rays."""

    surface: Surface
    verts: Float32[np.ndarray, "verts 3"]
    normals: Float32[np.ndarray, "verts 3"]
    solid: Tracer
    """Faces that stop light."""
    sheer: Tracer | None
    """Faces that light passes: see-through hair and lash cards."""
    solid_faces: Int32[np.ndarray, "solid"]
    """Face of the surface behind each face of ``solid``."""
    sheer_faces: Int32[np.ndarray, "sheer"]
    low: Float32[np.ndarray, "3"]
    """Smallest corner of the bounding box."""
    high: Float32[np.ndarray, "3"]

    def nearest(
        self, origins: Float32[np.ndarray, "3 rays"], directions: Float32[np.ndarray, "3 rays"]
    ) -> Hits:
        """First hit of each ray with anything."""
        solid = self.nearest_solid(origins, directions)
        return self.with_sheer(solid, origins, directions)

    def nearest_solid(
        self, origins: Float32[np.ndarray, "3 rays"], directions: Float32[np.ndarray, "3 rays"]
    ) -> Hits:
        """First hit of each ray with what stops light."""
        return renumbered(self.solid.nearest(origins, directions), self.solid_faces)

    def with_sheer(
        self,
        solid: Hits,
        origins: Float32[np.ndarray, "3 rays"],
        directions: Float32[np.ndarray, "3 rays"],
    ) -> Hits:
        """Hits with what light passes where they are nearer than the given ones."""
        if self.sheer is None:
            return solid
        sheer = renumbered(self.sheer.nearest(origins, directions), self.sheer_faces)
        return nearer(solid, sheer)


def influences_of(surface: Surface, joint_count: int) -> csr_matrix:
    """Sparse skin weights of the packed figure."""
    skin = Skin(surface.joints.astype(np.uint16), surface.weights)
    return influence_matrix(skin, joint_count)


def pose(
    surface: Surface, influences: csr_matrix, matrices: Float32[np.ndarray, "joints 3 4"]
) -> Pose:
    """Skin the figure and build its ray-tracing trees."""
    verts, normals = pose_vertices(influences, matrices, surface.verts, surface.normals)
    solid_faces = np.flatnonzero(surface.occludes).astype(np.int32)
    sheer_faces = np.flatnonzero(~surface.occludes).astype(np.int32)
    return Pose(
        surface=surface,
        verts=verts,
        normals=normals,
        solid=Tracer(verts, surface.faces[solid_faces]),
        sheer=Tracer(verts, surface.faces[sheer_faces]) if len(sheer_faces) else None,
        solid_faces=solid_faces,
        sheer_faces=sheer_faces,
        low=verts.min(axis=0),
        high=verts.max(axis=0),
    )


def gradient_noise(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Interleaved gradient noise of pixel coordinates, in [0, 1)."""
    inner = 0.06711056 * x + 0.00583715 * y
    return np.modf(52.9829189 * np.modf(inner)[0])[0].astype(np.float32)


def frame_around(axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit columns perpendicular to unit columns.

    Duff et al. 2017, "Building an orthonormal basis, revisited".
    """
    x, y, z = axis
    sign = np.where(z >= 0.0, np.float32(1.0), np.float32(-1.0))
    a = -1.0 / (sign + z)
    b = x * y * a
    first = np.stack([1.0 + sign * x * x * a, sign * b, -sign * x])
    return first, np.stack([b, sign + y * y * a, -y])


def sky_visibility(
    tracer: Tracer,
    origins: Float32[np.ndarray, "3 rays"],
    normals: Float32[np.ndarray, "3 rays"],
    turn: Float32[np.ndarray, "rays"],
    count: int,
) -> Float32[np.ndarray, "rays"]:
    """Cosine-weighted part of the hemisphere that is free.

    Args:
        tracer: What stops light.
        origins: Points, already off their surface.
        normals: Unit axes of the hemispheres.
        turn: Per-point rotation of the pattern, 0 to 1.
        count: Rays per point.
    """
    first, second = frame_around(normals)
    radial, around = hammersley(count)
    free = np.zeros(origins.shape[1], np.float32)
    for k in range(count):
        # Malley's method: a disc point lifted to the hemisphere is cosine-distributed.
        radius = np.sqrt(np.modf(np.float32(radial[k]) + turn * np.float32(7.13))[0])
        angle = np.float32(2.0 * np.pi) * (np.float32(around[k]) + turn)
        up = np.sqrt(np.maximum(1.0 - radius * radius, 1e-4))
        across = first * (radius * np.cos(angle)) + second * (radius * np.sin(angle))
        free += ~tracer.occluded(origins, across + normals * up)
    return free / np.float32(count)


def sun_samples(
    sun: Float32[np.ndarray, "3"],
    turn: Float32[np.ndarray, "rays"],
    sample: Float32[np.ndarray, "rays"],
) -> Float32[np.ndarray, "3 rays"]:
    """Directions to points of the sun's disc: a golden-angle spiral, turned per ray."""
    first, second = frame_around(sun[:, None].astype(np.float32))
    radius = SUN_RADIUS * np.sqrt(
        np.modf(turn * np.float32(3.7) + np.float32(0.618034) * sample)[0]
    )
    angle = np.float32(2.0 * np.pi) * turn + np.float32(2.399963) * sample
    towards = sun[:, None] + first * (radius * np.cos(angle)) + second * (radius * np.sin(angle))
    return (towards / np.linalg.norm(towards, axis=0)).astype(np.float32)


def meets_box(
    low: np.ndarray, high: np.ndarray, origins: np.ndarray, direction: np.ndarray
) -> np.ndarray:
    """Whether parallel rays cross an axis-aligned box (slab test)."""
    inverse = 1.0 / np.where(np.abs(direction) < 1e-7, 1e-7, direction)
    near = np.zeros(origins.shape[1], np.float32)
    far = np.full(origins.shape[1], np.inf, np.float32)
    for axis in range(3):
        a = (low[axis] - origins[axis]) * np.float32(inverse[axis])
        b = (high[axis] - origins[axis]) * np.float32(inverse[axis])
        near = np.maximum(near, np.minimum(a, b))
        far = np.minimum(far, np.maximum(a, b))
    return near <= far
