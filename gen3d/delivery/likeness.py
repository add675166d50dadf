# SPDX-License-Identifier: Apache-2.0
"""How alike two figures look from afar: overlap of their silhouettes from all around.

Both are posed alike and traced against the same cameras; the cards of hair, brows and lashes count
whole, whatever their pictures cut out of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from gen3d.render.cameras import Camera, frame_points, orbit_direction, ray_directions
from gen3d.render.raycast import Tracer
from gen3d.render.skinning import clip_matrices, pose_vertices, rest_matrices
from gen3d.render.surface import pack_character
from gen3d.render.visibility import influences_of
from gen3d.types import Character

_FOV_DEG = 30.0
_ELEVATION_DEG = 8.0


@dataclass(frozen=True)
class Outlines:
    """A figure's silhouettes, at rest and in the middle of a clip, with what they were seen by."""

    poses: tuple[np.ndarray, ...]
    cameras: tuple[tuple[Camera, ...], ...]
    """Of each pose, all around."""
    masks: tuple[tuple[np.ndarray, ...], ...]
    hips: Float32[np.ndarray, "3"]
    """Where they are at rest."""


def outlines(character: Character, *, views: int = 8, height_px: int = 320) -> Outlines:
    """Trace a figure that others are to be like."""
    poses = _poses(character)
    cameras: list[tuple[Camera, ...]] = []
    masks: list[tuple[np.ndarray, ...]] = []
    for pose in poses:
        points, tracer = _posed(character, pose)
        around = tuple(_camera(points, 360.0 * view / views, height_px) for view in range(views))
        cameras.append(around)
        masks.append(tuple(_outline(tracer, camera) for camera in around))
    hips = character.skeleton.positions[character.skeleton.index("hips")]
    return Outlines(tuple(poses), tuple(cameras), tuple(masks), hips)


def _poses(character: Character) -> list[np.ndarray]:
    """At rest, and in the middle of the first clip where there is one."""
    poses = [rest_matrices(character.skeleton)]
    if character.clips:
        matrices = clip_matrices(character.skeleton, character.clips[0])
        poses.append(matrices[len(matrices) // 2])
    return poses


def overlap(first: Outlines, second: Character) -> float:
    """Least intersection over union of a figure's silhouettes with those of another.

    The other takes the same poses, by its own clip where its bones are others. It may stand
    elsewhere: hips are laid over hips at rest.
    """
    found = 1.0
    same = len(first.poses[0]) == len(second.skeleton.names)
    poses = first.poses if same else tuple(_poses(second))
    away = first.hips - second.skeleton.positions[second.skeleton.index("hips")]
    for pose, cameras, masks in zip(poses, first.cameras, first.masks, strict=True):
        # The root carries the difference along.
        tracer = _posed(second, pose, pose[0, :, :3] @ away)[1]
        for camera, a in zip(cameras, masks, strict=True):
            b = _outline(tracer, camera)
            found = min(found, float((a & b).sum()) / max(int((a | b).sum()), 1))
    return found


def _posed(
    character: Character, pose: np.ndarray, shift: np.ndarray | float = 0.0
) -> tuple[Float32[np.ndarray, "verts 3"], Tracer]:
    surface = pack_character(character)
    influences = influences_of(surface, len(character.skeleton.names))
    verts, _ = pose_vertices(influences, pose, surface.verts, surface.normals)
    moved = (verts + shift).astype(np.float32)
    return moved, Tracer(moved, surface.faces)


def _camera(points: Float[np.ndarray, "points 3"], azimuth_deg: float, height_px: int) -> Camera:
    centre = 0.5 * (points.min(axis=0) + points.max(axis=0))
    towards = orbit_direction(azimuth_deg, _ELEVATION_DEG)
    return frame_points(points[::7], centre, towards, _FOV_DEG, height_px, height_px)


def _outline(tracer: Tracer, camera: Camera) -> Bool[np.ndarray, "pixels"]:
    """Whether each pixel shows the figure."""
    y, x = np.mgrid[0 : camera.height_px, 0 : camera.width_px] + 0.5
    rays = ray_directions(camera, np.stack([x.ravel(), y.ravel()], axis=1))
    origins = np.repeat(camera.eye[:, None], rays.shape[1], axis=1)
    return tracer.occluded(origins, rays)
