# SPDX-License-Identifier: Apache-2.0
"""Where the cameras of a preview stand, and which poses they see.

The sheet's first row shows the rest pose (front, its left side, back, face), the second four
moments of the motion, or four more sides of a figure that has none. Cameras follow the root, so a
figure that travels stays in the picture. Where there is a choice, the camera goes to the sun's
side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int
from scipy.sparse import csr_matrix

from gen3d.render.cameras import Camera, at_distance, frame_points, orbit_direction
from gen3d.render.skinning import clip_matrices, pose_vertices, rest_matrices
from gen3d.render.surface import Surface
from gen3d.render.visibility import influences_of
from gen3d.transforms import clip_translations, forward_kinematics
from gen3d.types import Character, Clip

ROW_HEIGHTS_PX = (620, 520)
VIEW_WIDTHS_PX = (620, 300, 620, 380)
MOMENT_WIDTH_PX = 480
FILM_SIZE_PX = (432, 576)
FILM_FPS = 24
FILM_FRAMES = 72
_FOV_DEG = 24.0
_FACE_FOV_DEG = 18.0
_ELEVATION_DEG = 4.0
_FILM_ELEVATION_DEG = 7.0
_MOMENT_AZIMUTH_DEG = 38.0
_BACKLIT_AZIMUTH_DEG = 64.0
"""Farther round when the sun stands behind the figure: its edge light models the body then."""
_FACE_AZIMUTH_DEG = 24.0
_SAMPLED_VERTS = 2500
_METERED = 8


@dataclass(frozen=True)
class View:
    """A pose and a camera that looks at it."""

    pose: int
    camera: Camera


@dataclass(frozen=True)
class Staging:
    """All poses and views of a preview."""

    matrices: Float32[np.ndarray, "poses joints 3 4"]
    """Skinning matrices; pose 0 is the rest pose."""
    sheet: tuple[View, ...]
    """Four of the first row, four of the second."""
    film: tuple[View, ...]
    around: tuple[View, ...]
    """The film's first pose from places spread over the orbit, for the light meter."""


@dataclass(frozen=True)
class _Figure:
    """A figure's poses, and a few of its vertices to frame it by."""

    matrices: Float32[np.ndarray, "poses joints 3 4"]
    roots: Float32[np.ndarray, "poses 3"]
    """What cameras follow: the place on the floor below the hips in each pose."""
    verts: Float32[np.ndarray, "verts 3"]
    influences: csr_matrix

    def points(self, pose: int) -> Float32[np.ndarray, "verts 3"]:
        """Posed vertices relative to what cameras follow."""
        posed, _ = pose_vertices(self.influences, self.matrices[pose], self.verts, self.verts)
        return posed - self.roots[pose]


def stage(character: Character, surface: Surface, sun: Float[np.ndarray, "3"]) -> Staging:
    """Choose poses and cameras for a character.

    Args:
        character: Whom to show; its first clip is the motion.
        surface: The same, packed.
        sun: Unit vector towards the sun.
    """
    clip = character.clips[0] if character.clips else None
    figure = _figure(character, surface, clip)
    side = 1.0 if sun[0] >= 0.0 else -1.0
    azimuth = side * (_MOMENT_AZIMUTH_DEG if sun[2] > -0.3 else _BACKLIT_AZIMUTH_DEG)
    sheet = (*_rest_views(character, figure, side), *_moments(figure, clip, azimuth))
    film = _film_views(figure, clip, azimuth)
    first = figure.roots[film[0].pose]
    around = tuple(
        View(film[0].pose, _moved(view.camera, first - figure.roots[view.pose]))
        for view in film[:: FILM_FRAMES // _METERED]
    )
    return Staging(figure.matrices, sheet, film, around)


def _figure(character: Character, surface: Surface, clip: Clip | None) -> _Figure:
    matrices = rest_matrices(character.skeleton)[None]
    roots = np.zeros((1, 3), np.float32)
    if clip is not None:
        matrices = np.concatenate([matrices, clip_matrices(character.skeleton, clip)])
        roots = np.concatenate([roots, _ground_path(character, clip)])
    step = max(1, len(surface.verts) // _SAMPLED_VERTS)
    influences = influences_of(surface, len(character.skeleton.names))
    sampled = csr_matrix(influences[::step])
    return _Figure(matrices, roots, surface.verts[::step], sampled)


def _ground_path(character: Character, clip: Clip) -> Float32[np.ndarray, "frames 3"]:
    """Where the hips are above the floor, smoothed over a second so that cameras do not sway."""
    skeleton = character.skeleton
    local = clip_translations(skeleton, clip.root_positions, clip.hips_positions)
    _, positions = forward_kinematics(skeleton.parents[:2], clip.rotations[:, :2], local[:, :2])
    path = positions[:, 1] * np.array([1.0, 0.0, 1.0])
    half = min(round(0.5 * clip.fps), len(path) - 1)
    # Odd reflection keeps the speed of a walk up to its ends.
    before = 2.0 * path[:1] - path[half:0:-1]
    after = 2.0 * path[-1:] - path[-2 : -half - 2 : -1]
    total = np.cumsum(np.concatenate([np.zeros((1, 3)), before, path, after]), axis=0)
    window = 2 * half + 1
    return ((total[window:] - total[:-window]) / window).astype(np.float32)


def _rest_views(character: Character, figure: _Figure, side: float) -> list[View]:
    """Front, its left, back at one scale, and the face."""
    points = figure.points(0)
    centre = _middle(points)
    height = ROW_HEIGHTS_PX[0]
    cameras: list[Camera] = []
    for azimuth, width in zip((0.0, 90.0, 180.0), VIEW_WIDTHS_PX[:3], strict=True):
        direction = orbit_direction(azimuth, _ELEVATION_DEG)
        cameras.append(frame_points(points, centre, direction, _FOV_DEG, width, height))
    distance = max(float(np.linalg.norm(camera.eye - centre)) for camera in cameras)
    cameras = [at_distance(camera, centre, distance) for camera in cameras]
    face = _face_camera(character, side * _FACE_AZIMUTH_DEG, VIEW_WIDTHS_PX[3], height)
    return [View(0, camera) for camera in (*cameras, face)]


def _middle(points: np.ndarray) -> np.ndarray:
    return 0.5 * (points.min(axis=0) + points.max(axis=0))


def _face_camera(character: Character, azimuth_deg: float, width: int, height: int) -> Camera:
    """Head and shoulders, framed by the skull so that hats and hair do not move the camera."""
    skeleton = character.skeleton
    head = skeleton.positions[skeleton.index("head")].astype(np.float64)
    crown = max(character.height, float(head[1]) + 0.1)
    size = (crown - head[1]) * 1.15
    centre = head + np.array([0.0, 0.4 * size, 0.3 * size])
    box = np.array([[x, y, 0.0] for x in (-0.6, 0.6) for y in (-0.85, 0.85)]) * size
    direction = orbit_direction(azimuth_deg, _ELEVATION_DEG)
    # The frame faces the camera, so that its size does not depend on the azimuth.
    turn = np.radians(azimuth_deg)
    right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
    corners = centre + box[:, :1] * right + box[:, 1:2] * np.array([0.0, 1.0, 0.0])
    return frame_points(corners, centre, direction, _FACE_FOV_DEG, width, height, margin=0.0)


def moments(clip: Clip) -> Int[np.ndarray, "4"]:
    """Four frames spread over a clip, away from its ends."""
    return np.round((np.arange(4) + 0.5) / 4.0 * (len(clip.rotations) - 1)).astype(np.int64)


def _moments(figure: _Figure, clip: Clip | None, azimuth_deg: float) -> list[View]:
    """Four moments from one camera, or four diagonal views of a figure without motion."""
    if clip is None:
        poses, azimuths = np.zeros(4, np.int64), (45.0, 135.0, 225.0, 315.0)
    else:
        poses, azimuths = 1 + moments(clip), (azimuth_deg,) * 4
    points = np.concatenate([figure.points(int(pose)) for pose in poses])
    centre, height = _middle(points), ROW_HEIGHTS_PX[1]
    cameras = [
        frame_points(
            points, centre, orbit_direction(a, _ELEVATION_DEG), _FOV_DEG, MOMENT_WIDTH_PX, height
        )
        for a in azimuths
    ]
    distance = max(float(np.linalg.norm(camera.eye - centre)) for camera in cameras)
    views: list[View] = []
    for pose, camera in zip(poses, cameras, strict=True):
        root = figure.roots[pose]
        placed = at_distance(camera, centre, distance)
        views.append(View(int(pose), _moved(placed, root)))
    return views


def _moved(camera: Camera, offset: np.ndarray) -> Camera:
    return replace(camera, eye=(camera.eye + offset).astype(np.float32))


def film_schedule(clip: Clip) -> Int[np.ndarray, "frames"]:
    """Clip frame of each film frame: loops repeat; others play once, held at both ends."""
    count = len(clip.rotations)
    time = np.arange(FILM_FRAMES) / FILM_FPS
    if clip.loop:
        return np.round(time * clip.fps).astype(np.int64) % count
    slack = FILM_FRAMES / FILM_FPS - clip.seconds
    frames = np.round((time - 0.5 * slack) * clip.fps).astype(np.int64)
    return np.clip(frames, 0, count - 1)


def _film_views(figure: _Figure, clip: Clip | None, azimuth_deg: float) -> tuple[View, ...]:
    """One turn around the figure while it moves."""
    poses = np.zeros(FILM_FRAMES, np.int64) if clip is None else 1 + film_schedule(clip)
    points = np.concatenate([figure.points(int(pose)) for pose in np.unique(poses)[::4]])
    centre = _middle(points)
    width, height = FILM_SIZE_PX
    turn = azimuth_deg + np.copysign(360.0, azimuth_deg) * np.arange(FILM_FRAMES) / FILM_FRAMES
    cameras = [
        frame_points(
            points[:: 1 + len(points) // 20000],
            centre,
            orbit_direction(float(a), _FILM_ELEVATION_DEG),
            _FOV_DEG,
            width,
            height,
        )
        for a in turn
    ]
    distance = max(float(np.linalg.norm(camera.eye - centre)) for camera in cameras)
    return tuple(
        View(int(pose), _moved(at_distance(camera, centre, distance), figure.roots[pose]))
        for pose, camera in zip(poses, cameras, strict=True)
    )
