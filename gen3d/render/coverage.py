# SPDX-License-Identifier: Apache-2.0
"""Do the clothes hold? Pixels in which a moving figure shows what cloth should hide.

The yardstick is the *bare body*, complete and posed like the dressed figure:

- A body face is **covered** when, in the rest pose, a ray along its normal and four rays slanted by
  40 degrees around it all meet a garment within 3 cm, and the same holds for every face that shares
  a vertex with it (so faces at a hem, where cloth may rightly slide away, do not count).
- A pixel is **garment-covered** when the bare body, seen alone, shows a covered face there, and no
  hair or other part of the face is in front of it in the dressed figure.
- It **shows skin** when the first thing seen in the dressed figure is skin at that very place
  (within 2 mm along the ray).
- It is a **hole** when what is seen lies behind that place and is nothing, the inside of a garment,
  the inside of the body, or anything more than 3 cm behind: skin that was culled under cloth leaves
  such holes where cloth opens.

Cloth that sinks below the place where culled skin would be still looks like cloth, and is neither.
Back faces of single-sided materials are invisible, as in every engine. Both shares are of all
garment-covered pixels. Loose skirts and capes farther than 3 cm from the body cover nothing here,
which makes the measure stricter: they only leave the denominator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int

from gen3d.render.cameras import (
    Camera,
    frame_points,
    orbit_direction,
    pixel_rectangle,
    ray_directions,
)
from gen3d.render.raycast import Hits, Tracer
from gen3d.render.skinning import clip_matrices, pose_vertices
from gen3d.render.surface import Surface, pack
from gen3d.render.visibility import frame_around, influences_of
from gen3d.types import Character, Clip, Part, Skeleton

BODY_SLOT = "body"
NO_GARMENT = frozenset({BODY_SLOT, "eye", "lash", "brow", "mouth", "hair"})
"""Slots that are not clothes."""

_REACH = 0.03
_SLANT = np.radians(40.0)
_SAME_PLACE = 0.002
_INSIDE = 0.001
"""Rays for the rest-pose test start this far below the skin, metres."""
_SKIPPED_BACK_FACES = 4
_FOV_DEG = 24.0
_ELEVATION_DEG = 8.0


@dataclass(frozen=True)
class Coverage:
    """Counts of pixels over all frames and views."""

    covered_px: int
    skin_px: int
    hole_px: int

    @property
    def skin_share(self) -> float:
        """Part of the garment-covered pixels that shows skin."""
        return self.skin_px / max(self.covered_px, 1)

    @property
    def hole_share(self) -> float:
        """Part of the garment-covered pixels that is a hole."""
        return self.hole_px / max(self.covered_px, 1)

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            self.covered_px + other.covered_px,
            self.skin_px + other.skin_px,
            self.hole_px + other.hole_px,
        )


def covered_faces(bare: Part, garments: tuple[Part, ...]) -> Bool[np.ndarray, "faces"]:
    """Which faces of the complete body garments hide in the rest pose, hems left out."""
    if not garments:
        return np.zeros(len(bare.mesh.faces), bool)
    cloth = pack(garments)
    tracer = Tracer(cloth.verts, cloth.faces)
    corners = bare.mesh.verts[bare.mesh.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal = (normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)).T
    normal = np.ascontiguousarray(normal, np.float32)
    origins = corners.mean(axis=1).T.astype(np.float32) - normal * np.float32(_INSIDE)
    first, second = frame_around(normal)
    hidden = np.ones(len(corners), bool)
    for across in (None, first, -first, second, -second):
        ray, reach = normal, _REACH
        if across is not None:
            ray = normal * np.float32(np.cos(_SLANT)) + across * np.float32(np.sin(_SLANT))
            reach = _REACH / float(np.cos(_SLANT))
        hidden &= tracer.nearest(origins, ray.astype(np.float32)).depth < reach
    return _eroded(bare, hidden)


def _eroded(bare: Part, hidden: np.ndarray) -> np.ndarray:
    """Only faces all of whose neighbours over a vertex are hidden too (UV seams are closed)."""
    places = np.round(bare.mesh.verts * 1e5).astype(np.int64)
    _, place = np.unique(places, axis=0, return_inverse=True)
    corners = place.reshape(-1)[bare.mesh.faces]
    open_place = np.zeros(int(place.max()) + 1, bool)
    open_place[corners[~hidden]] = True
    return np.logical_not(np.any(open_place[corners], axis=1))


def measure(
    dressed: Character,
    bare: Part,
    clip: Clip,
    frames: Int[np.ndarray, "frames"] | None = None,
    views: int = 8,
    height_px: int = 256,
) -> Coverage:
    """Count garment-covered pixels that show skin or holes.

    Args:
        dressed: The figure as it is exported, hidden skin culled.
        bare: Its complete body, in the same rest pose (soles lifted alike) and skinned alike.
        clip: The motion.
        frames: Frames of the clip to look at; all when absent.
        views: Cameras around the figure.
        height_px: Height of each picture.
    """
    garments = tuple(part for part in dressed.parts if part.slot not in NO_GARMENT)
    covered = covered_faces(bare, garments)
    body, figure = pack((bare,)), pack(dressed.parts)
    slots = np.array([part.slot for part in dressed.parts])
    total = Coverage(0, 0, 0)
    for frame in range(len(clip.rotations)) if frames is None else frames:
        matrices = clip_matrices(dressed.skeleton, clip)[int(frame)]
        pair = (
            _Posed.of(body, matrices, dressed.skeleton),
            _Posed.of(figure, matrices, dressed.skeleton),
        )
        for view in range(views):
            camera = _camera(pair[0].verts, 360.0 * view / views, height_px)
            total = total + _count(pair, covered, slots, camera)
    return total


@dataclass(frozen=True)
class _Posed:
    surface: Surface
    verts: Float32[np.ndarray, "verts 3"]
    tracer: Tracer

    @staticmethod
    def of(surface: Surface, matrices: np.ndarray, skeleton: Skeleton) -> _Posed:
        influences = influences_of(surface, len(skeleton.names))
        verts, _ = pose_vertices(influences, matrices, surface.verts, surface.normals)
        return _Posed(surface, verts, Tracer(verts, surface.faces))


def _camera(points: np.ndarray, azimuth_deg: float, height_px: int) -> Camera:
    centre = 0.5 * (points.min(axis=0) + points.max(axis=0))
    direction = orbit_direction(azimuth_deg, _ELEVATION_DEG)
    return frame_points(points[::7], centre, direction, _FOV_DEG, height_px, height_px)


def _count(
    pair: tuple[_Posed, _Posed], covered: np.ndarray, slots: np.ndarray, camera: Camera
) -> Coverage:
    """One picture."""
    bare, dressed = pair
    left, top, right, bottom = pixel_rectangle(camera, bare.verts)
    x, y = np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5)
    rays = ray_directions(camera, np.stack([x.ravel(), y.ravel()], axis=1))
    origins = np.repeat(camera.eye[:, None], rays.shape[1], axis=1)
    reference = bare.tracer.nearest(origins, rays)
    chosen = np.flatnonzero((reference.face >= 0) & covered[reference.face])
    rays, depth = rays[:, chosen], reference.depth[chosen]
    seen, front = _first_visible(dressed, camera, rays)
    slot = np.where(seen.face >= 0, slots[dressed.surface.part_of_face[seen.face]], "")
    counted = ~np.isin(slot, [*NO_GARMENT - {BODY_SLOT}])
    skin = (slot == BODY_SLOT) & (np.abs(seen.depth - depth) < _SAME_PLACE)
    behind = seen.depth > depth + _SAME_PLACE
    hollow = (slot == "") | (slot == BODY_SLOT) | ~front | (seen.depth > depth + _REACH)
    hole = counted & ~skin & behind & hollow
    return Coverage(int(counted.sum()), int((skin & counted).sum()), int(hole.sum()))


def _first_visible(
    posed: _Posed, camera: Camera, rays: np.ndarray
) -> tuple[Hits, Bool[np.ndarray, "rays"]]:
    """First hit that an engine would draw, and whether it is the outside of its surface."""
    surface, count = posed.surface, rays.shape[1]
    face, depth = np.full(count, -1, np.int32), np.full(count, np.inf, np.float32)
    front = np.ones(count, bool)
    travelled = np.zeros(count, np.float32)
    active = np.arange(count)
    for _ in range(_SKIPPED_BACK_FACES):
        start = camera.eye[:, None] + rays[:, active] * travelled[active]
        hits = posed.tracer.nearest(start, rays[:, active])
        found = hits.face >= 0
        active, number, distance = active[found], hits.face[found], hits.depth[found]
        outside = _faces_viewer(posed, number, rays[:, active])
        travelled[active] += distance
        drawn = outside | surface.materials.double_sided[surface.part_of_face[number]]
        done = active[drawn]
        face[done], depth[done], front[done] = number[drawn], travelled[done], outside[drawn]
        active = active[~drawn]
        travelled[active] += np.float32(1e-4)
    weights = np.full((3, count), 1.0 / 3.0, np.float32)
    return Hits(face, weights, depth), front


def _faces_viewer(posed: _Posed, face: np.ndarray, rays: np.ndarray) -> np.ndarray:
    a, b, c = (posed.verts[posed.surface.faces[face, i]] for i in range(3))
    return np.sum(np.cross(b - a, c - a).T * rays, axis=0) < 0.0
