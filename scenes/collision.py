# SPDX-License-Identifier: Apache-2.0
"""A simple mesh of what a walking figure meets: the ground nearby, and hulls of solid things.

Trunks are prisms, rocks, buildings and furniture their convex hulls; of what one passes through or
walks on (bridges, gates, castles) each part has its own. Crowns, grass and water are nothing; floor
and walls of a room are themselves. All of it lies a few millimetres under what is seen: of two
surfaces in one place a path tracer meets either first, and goes from a transparent one past both.
"""

from __future__ import annotations

import re

import numpy as np
import trimesh
from jaxtyping import Float32, Int32
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull

from scenes.place import Copies, Place, Shape, at, placed

_REACH_M = 130.0
"""How far single things are solid."""
_GROUND = frozenset(f"ground {level}" for level in range(5))
_TREES = re.compile(r"conifer|broadleaf|palm|street tree")
_STEMMED = re.compile(r"cactus|bamboo")
_THICKET_M = 45.0
"""How far each stem is solid by itself; farther off it is a trunk in their middle."""
_SHELL = re.compile(r"floor|wall (front|back|left|right)$")
_OPEN = re.compile(
    r"landmark (bridge|stone bridge|torii|castle|fence|well|cart|windmill|log cabin)\b"
)
_ROOTED_M, _THIN_M = 0.1, 0.1
"""Depth that the foot of a stem reaches, and the radius from which a stem has six sides."""
_SMALLEST_M, _FLAT_M = 0.25, 0.01
"""Parts that are shorter than this stop nobody; half the thickness of what has none."""
_MOST_POINTS = 3600
_UNDER_M = 0.005
"""How deep under what is seen: less than half a board's thickness, more than a ray's precision."""
Verts = Float32[np.ndarray, "verts 3"]
Faces = Int32[np.ndarray, "faces 3"]


def collision_mesh(place: Place) -> tuple[Verts, Faces]:
    """Vertices and faces, in world space."""
    verts, faces, start = list[np.ndarray](), list[np.ndarray](), 0
    for copies in place.copies:
        for piece_verts, piece_faces in _solid(copies):
            verts.append(_under(piece_verts.astype(np.float64), piece_faces))
            faces.append(piece_faces + np.int32(start))
            start += len(piece_verts)
    return np.concatenate(verts).astype(np.float32), np.concatenate(faces).astype(np.int32)


def _under(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Vertices moved inwards, those in one place together, so that edges stay closed."""
    places, number = np.unique(np.round(verts, 4), axis=0, return_inverse=True)
    number = number.reshape(-1)
    outwards = trimesh.Trimesh(places, number[faces], process=False).vertex_normals
    return verts - _UNDER_M * outwards[number]


def _solid(copies: Copies) -> list[tuple[np.ndarray, np.ndarray]]:
    name = copies.shape.name
    if name.startswith("ground"):
        return [(copies.shape.verts, copies.shape.faces)] if name in _GROUND else []
    if not copies.solid:
        return []
    if _SHELL.match(name):
        soup = placed(copies)
        return [(soup.verts, soup.faces)]
    away = np.hypot(copies.positions[:, 0], copies.positions[:, 2])
    near = away < _REACH_M
    if not near.any():
        return []
    if _STEMMED.match(name):
        close = away < _THICKET_M
        return [
            *_copied(_stems(copies.shape), copies, close),
            *_copied(_trunk(), copies, near & ~close),
        ]
    if _OPEN.match(name):
        shape = _parted(copies.shape)
    else:
        shape = _trunk() if _TREES.match(name) else _hulls(copies.shape)
    return _copied(shape, copies, near)


def _copied(shape: Shape, copies: Copies, kept: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """A body in the place of each of some copies."""
    if not kept.any():
        return []
    some = at(shape, copies.positions[kept], copies.turns[kept], copies.scales[kept])
    soup = placed(some)
    return [(soup.verts, soup.faces)]


def _bare(name: str, verts: np.ndarray, faces: np.ndarray) -> Shape:
    """A shape that is nothing but its surface."""
    count = len(verts)
    flat = np.zeros((count, 3), np.float32)
    return Shape(
        name,
        verts.astype(np.float32),
        faces.astype(np.int32),
        np.zeros(len(faces), np.int32),
        flat,
        flat[:, :2],
        flat,
    )


def _trunk(
    radius: float = 0.22,
    tall: float = 3.0,
    sides: int = 6,
    middle: np.ndarray | tuple[float, float] = (0.0, 0.0),
) -> Shape:
    turn = 2.0 * np.pi * np.arange(sides) / sides
    x, z = middle[0] + radius * np.cos(turn), middle[1] + radius * np.sin(turn)
    ring = np.stack([x, 0 * turn, z], 1)
    return _hull("trunk", np.concatenate([ring, ring + np.array([0.0, tall, 0.0])]))


def _hulls(shape: Shape) -> Shape:
    """The hull of a shape; of a dock only its deck, so that one can stand between the posts."""
    points = shape.verts.astype(np.float64)
    if shape.name == "dock":
        points = points[(points[:, 1] > -0.3) & (points[:, 1] < 0.01)]
    return _hull(shape.name, points[:: max(len(points) // _MOST_POINTS, 1)])


def _parted(shape: Shape) -> Shape:
    """The hulls of the parts of a shape, each of which is connected."""
    pieces = _pieces(shape.verts, shape.faces)
    return _together(shape.name, [_hull(shape.name, p) for p in pieces if _stops(p)])


def _stems(shape: Shape) -> Shape:
    """A prism about each foot of what has some: the culms of a group, the column of a cactus."""
    rooted = shape.faces[(shape.verts[shape.faces, 1] < -_ROOTED_M).any(axis=1)]
    used, faces = np.unique(rooted, return_inverse=True)
    prisms = list[Shape]()
    for foot in _pieces(shape.verts[used], faces.reshape(-1, 3)):
        middle = foot.mean(axis=0)[[0, 2]]
        radius = float(np.hypot(*(foot[:, [0, 2]] - middle).T).max())
        prisms.append(_trunk(radius, sides=6 if radius > _THIN_M else 4, middle=middle))
    return _together(shape.name, prisms)


def _pieces(verts: np.ndarray, faces: np.ndarray) -> list[np.ndarray]:
    """The points of each connected part."""
    points, number = np.unique(np.round(verts, 3), axis=0, return_inverse=True)
    corner = number.reshape(-1)[faces]
    edges = np.concatenate([corner[:, :2], corner[:, 1:]])
    ones = np.ones(len(edges), np.int8)
    graph = coo_matrix((ones, (edges[:, 0], edges[:, 1])), (len(points), len(points)))
    count, part = connected_components(graph, directed=False)
    order = np.argsort(part, kind="stable")
    pieces = np.split(points[order], np.cumsum(np.bincount(part, minlength=count))[:-1])
    return [piece.astype(float) for piece in pieces]


def _together(name: str, hulls: list[Shape]) -> Shape:
    starts = np.cumsum([0, *(len(h.verts) for h in hulls)])
    faces = [h.faces + np.int32(start) for h, start in zip(hulls, starts, strict=False)]
    return _bare(name, np.concatenate([h.verts for h in hulls]), np.concatenate(faces))


def _stops(points: np.ndarray) -> bool:
    """Whether a part is a body, and long enough to be met."""
    size = np.ptp(points, axis=0)
    return bool(size.max() >= _SMALLEST_M and size.min() > 0.01)


def _solidified(points: np.ndarray) -> np.ndarray:
    """Points of a body: of a flat piece, such as a gable or a sail, both sides of a board."""
    normal = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][-1]
    if np.ptp(points @ normal) > _FLAT_M:
        return points
    return np.concatenate([points + _FLAT_M * normal, points - _FLAT_M * normal])


def _hull(name: str, points: np.ndarray) -> Shape:
    points = _solidified(points)
    hull = ConvexHull(points)
    used, faces = np.unique(hull.simplices, return_inverse=True)
    verts, faces = points[used], faces.reshape(-1, 3)
    a, b, c = (verts[faces[:, i]] for i in range(3))
    inside = np.einsum("ij,ij->i", np.cross(b - a, c - a), a - verts.mean(axis=0)) < 0
    return _bare(name, verts, np.where(inside[:, None], faces[:, ::-1], faces))
