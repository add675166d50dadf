# SPDX-License-Identifier: Apache-2.0
"""Things that are turned, lofted and bent instead of sewn: rings, tubes, shells with thickness.

A :class:`Surface` is a grid or patch of triangles with its own flat coordinates in metres; several
of them make one part. Normals are smooth inside a surface (seams included) and hard between
surfaces, which is how an artist marks the edges of a buckle. UVs are the flat coordinates of all
surfaces, packed on shelves into the unit square.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from gen3d.body.surface import four_influences, vertex_normals
from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Material, Mesh, Part
from gen3d.wardrobe.cut import Cloth, boundary_edges, clip
from gen3d.wardrobe.fabric import paint_fabric

Weigh = Callable[[np.ndarray], np.ndarray]
"""Points -> dense joint weights."""


@dataclass(frozen=True)
class Surface:
    """Triangles with flat coordinates."""

    points: Float[np.ndarray, "verts 3"]
    faces: Int[np.ndarray, "faces 3"]
    coords: Float[np.ndarray, "verts 2"]
    """Flat, metres: across, down."""


def rigid(joint: str) -> Weigh:
    """Everything follows one joint."""
    column = np.eye(len(JOINTS))[JOINTS.index(joint)]
    return lambda points: np.tile(column, (len(points), 1))


def grid(points: Float[np.ndarray, "rows columns 3"], *, flip: bool = False) -> Surface:
    """Triangles over a grid; flat coordinates are mean arc lengths along rows and columns.

    Counter-clockwise seen from the side where rows run down and columns run to the right.
    """
    rows, columns = points.shape[:2]
    across = np.linalg.norm(np.diff(points, axis=1), axis=-1).mean(axis=0)
    down = np.linalg.norm(np.diff(points, axis=0), axis=-1).mean(axis=1)
    u = np.concatenate([[0.0], np.cumsum(across)])
    v = np.concatenate([[0.0], np.cumsum(down)])
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], axis=2).reshape(-1, 3)
    coords = np.stack(np.broadcast_arrays(u[None, :], v[:, None]), axis=-1).reshape(-1, 2)
    surface = Surface(points.reshape(-1, 3).astype(np.float64), faces, coords)
    surface = _without_slivers(surface)
    return replace(surface, faces=surface.faces[:, ::-1]) if flip else surface


def _without_slivers(surface: Surface) -> Surface:
    """Drop triangles without area (the pole of a dome)."""
    corners = surface.points[surface.faces]
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    return replace(surface, faces=surface.faces[area > 1e-12])


def closed(points: Float[np.ndarray, "rows columns 3"]) -> Float[np.ndarray, "rows columns1 3"]:
    """Repeat the first column at the end: a ring with a UV seam."""
    return np.concatenate([points, points[:, :1]], axis=1)


def loft(rings: Float[np.ndarray, "rows columns 3"], *, flip: bool = False) -> Surface:
    """Skin over closed rings, from the top down, columns counter-clockwise seen from above."""
    return grid(closed(rings), flip=flip)


def cap_ring(ring: Float[np.ndarray, "columns 3"], *, flip: bool = False) -> Surface:
    """Flat fan over a ring (columns counter-clockwise seen from outside)."""
    centre = ring.mean(axis=0)
    count = len(ring)
    points = np.concatenate([ring, centre[None]])
    following = np.roll(np.arange(count), -1)
    faces = np.stack([np.arange(count), following, np.full(count, count)], axis=1)
    spread = points - centre
    across = normalize(spread[0])
    normal = normalize(np.cross(spread[0], spread[count // 4]))
    coords = np.stack([spread @ across, spread @ np.cross(normal, across)], axis=1)
    return Surface(points, faces[:, ::-1] if flip else faces, coords)


def outward_normals(surface: Surface) -> Float[np.ndarray, "verts 3"]:
    """Smooth normals; vertices at one place share theirs (UV seams, poles)."""
    keys = np.round(surface.points * 2e5).astype(np.int64)
    _, first, welded = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    welded = welded.ravel()
    normals = vertex_normals(surface.points[first], welded[surface.faces])
    return normals[welded].astype(np.float64)


def thicken(surface: Surface, thickness: float, *, inner: bool = True) -> list[Surface]:
    """Give a sheet an inside: the sheet, rims between, and its inner side.

    Args:
        surface: The outer side.
        thickness: Metres.
        inner: False leaves the inner side out, where the body hides it.
    """
    normals = outward_normals(surface)
    inner_points = surface.points - thickness * normals
    inside = Surface(inner_points, surface.faces[:, ::-1], surface.coords)
    return [surface, *_rims(surface, inner_points, thickness), *([inside] if inner else [])]


def _rims(surface: Surface, inner: np.ndarray, thickness: float) -> list[Surface]:
    edges = _open_edges(surface)
    if not len(edges):
        return []
    a, b = edges.T
    points = np.concatenate([surface.points[a], surface.points[b], inner[a], inner[b]])
    count = len(edges)
    i = np.arange(count)
    faces = np.concatenate(
        [
            np.stack([i + count, i, i + 2 * count], 1),
            np.stack([i + count, i + 2 * count, i + 3 * count], 1),
        ]
    )
    length = np.linalg.norm(surface.points[b] - surface.points[a], axis=1)
    # Rim quads are laid in rows of about the sheet's own width.
    start = np.cumsum(length) - length
    width = max(float(np.ptp(surface.coords[:, 0])), float(length.max()))
    row = np.floor(start / width)
    u, v = start - row * width, row * 2.0 * thickness
    coords = np.concatenate(
        [
            np.stack([u, v], 1),
            np.stack([u + length, v], 1),
            np.stack([u, v + thickness], 1),
            np.stack([u + length, v + thickness], 1),
        ]
    )
    return [Surface(points, faces, coords)]


def rim_sources(surface: Surface) -> Int[np.ndarray, "rim"]:
    """Sheet vertex behind every vertex of the rim surface that :func:`thicken` makes."""
    a, b = _open_edges(surface).T
    return np.concatenate([a, b, a, b])


def _open_edges(surface: Surface) -> np.ndarray:
    """Boundary edges that are no UV seam: welded by position they are still open."""
    keys = np.round(surface.points * 2e5).astype(np.int64)
    _, welded = np.unique(keys, axis=0, return_inverse=True)
    welded = welded.ravel()
    edges = boundary_edges(surface.faces)
    rim = boundary_edges(welded[surface.faces])
    open_pairs = {tuple(pair) for pair in rim.tolist()}
    keep = [tuple(pair) in open_pairs for pair in welded[edges].tolist()]
    return edges[np.asarray(keep, dtype=bool)] if len(edges) else edges


def tube(
    path: Float[np.ndarray, "steps 3"],
    radii: Float[np.ndarray, "steps"] | float,
    *,
    sides: int = 8,
    flatten: float = 1.0,
    up: tuple[float, float, float] = (0.0, 1.0, 0.0),
    ends: bool = True,
    loop: bool = False,
) -> list[Surface]:
    """Sweep a circle (or ellipse) along a path.

    Args:
        path: Centre line.
        radii: Radius at every step, metres.
        sides: Corners of the section.
        flatten: Height (along ``up``) over width of the section.
        up: Direction that the section's height leans to.
        ends: Close both ends.
        loop: Join the last step to the first.
    """
    path = np.asarray(path, dtype=np.float64)
    if loop:
        path = np.concatenate([path, path[:1]])
        along = normalize(np.roll(path[:-1], -1, axis=0) - np.roll(path[:-1], 1, axis=0))
        along = np.concatenate([along, along[:1]])
    else:
        along = normalize(np.gradient(path, axis=0))
    height = np.asarray(up) - along * (along @ np.asarray(up))[:, None]
    height = normalize(height)
    side = np.cross(along, height)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    radius = np.broadcast_to(np.asarray(radii, dtype=np.float64), len(path) - int(loop))
    radius = np.concatenate([radius, radius[:1]]) if loop else radius
    ring = (
        np.cos(angle)[None, :, None] * side[:, None]
        + flatten * np.sin(angle)[None, :, None] * height[:, None]
    )
    points = path[:, None] + radius[:, None, None] * ring
    surfaces = [grid(points)]
    if ends and not loop:
        surfaces += [cap_ring(points[0, :-1]), cap_ring(points[-1, :-1], flip=True)]
    return surfaces


def lathe(
    profile: Float[np.ndarray, "steps 2"],
    centre: Float[np.ndarray, "3"],
    *,
    columns: int = 24,
    axis: Float[np.ndarray, "3"] | None = None,
) -> Surface:
    """Turn a profile (radius, height), from the top down, about an axis (default up)."""
    axis = np.array([0.0, 1.0, 0.0]) if axis is None else normalize(axis)
    helper = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    x = normalize(np.cross(axis, helper))
    y = np.cross(axis, x)
    angle = np.linspace(0.0, 2.0 * np.pi, columns, endpoint=False)
    around = np.cos(angle)[:, None] * x + np.sin(angle)[:, None] * y
    rings = profile[:, None, :1] * around + profile[:, 1, None, None] * axis + centre
    return loft(rings)


def box(
    size: tuple[float, float, float],
    centre: Float[np.ndarray, "3"],
    axes: Float[np.ndarray, "3 3"],
    *,
    roundness: float = 0.3,
    steps: int = 6,
) -> list[Surface]:
    """Rounded box: a cube whose corners are pulled onto a sphere, six patches with hard UV borders.

    Args:
        size: Full lengths along the three axes, metres.
        centre: Middle.
        axes: Unit axes in rows, right-handed.
        roundness: 0 a box, 1 an ellipsoid.
        steps: Quads along an edge of a patch.
    """
    t = np.linspace(-1.0, 1.0, steps + 1)
    half = np.asarray(size) / 2.0
    patches: list[Surface] = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            cube = np.zeros((steps + 1, steps + 1, 3))
            cube[..., axis] = sign
            cube[..., u] = sign * t[None, :]
            cube[..., v] = -t[:, None]
            ball = normalize(cube)
            # A superellipsoid: between the cube and the ball through the same faces.
            power = 2.0 + 6.0 * (1.0 - roundness)
            norm = np.sum(np.abs(ball) ** power, axis=-1, keepdims=True) ** (1.0 / power)
            points = centre + (ball / norm * half) @ axes
            patches.append(grid(points))
    return patches


def clip_surface(surface: Surface, field: Float[np.ndarray, "verts"]) -> Surface:
    """Keep where ``field`` >= 0, with a smooth edge along its zero level."""
    count = len(surface.points)
    cloth = Cloth(
        sp.csr_matrix(sp.identity(count)), surface.faces, np.zeros((len(surface.faces), 3, 2))
    )
    cut = clip(cloth, field)
    return Surface(
        np.asarray(cut.rows @ surface.points), cut.faces, np.asarray(cut.rows @ surface.coords)
    )


def mirrored(surface: Surface) -> Surface:
    """The same on the other side of the body."""
    return Surface(
        surface.points * np.array([-1.0, 1.0, 1.0]), surface.faces[:, ::-1], surface.coords
    )


def _packed(surfaces: list[Surface], margin: float) -> list[np.ndarray]:
    """Place flat coordinates on shelves in the unit square, tallest first, one scale for all."""
    boxes = [s.coords - s.coords.min(axis=0) for s in surfaces]
    sizes = np.array([b.max(axis=0) for b in boxes])
    order = np.argsort(-sizes[:, 1], kind="stable")
    side = float(np.sqrt(np.sum(sizes[:, 0] * sizes[:, 1]))) + 1e-6
    side = max(side, float(sizes.max()))
    while True:
        gap = margin * side
        places, height = _shelves(sizes, order, side, gap)
        if height <= side:
            break
        side *= 1.06
    return [(b + p) / side for b, p in zip(boxes, places, strict=True)]


def _shelves(
    sizes: np.ndarray, order: np.ndarray, side: float, gap: float
) -> tuple[np.ndarray, float]:
    places = np.zeros_like(sizes)
    x = y = gap
    shelf = 0.0
    for i in order:
        if x + sizes[i, 0] + gap > side and x > gap:
            x, y, shelf = gap, y + shelf + gap, 0.0
        if sizes[i, 0] + 2 * gap > side:
            return places, np.inf
        places[i] = (x, y)
        x += sizes[i, 0] + gap
        shelf = max(shelf, sizes[i, 1])
    return places, y + shelf + gap


def _hem(surface: Surface) -> np.ndarray:
    """Distance of every vertex to the open edges, metres."""
    from gen3d.wardrobe.sew import hem_distance

    edges = _open_edges(surface)
    return hem_distance(surface.points, surface.points[edges])


def finish(
    surfaces: list[Surface],
    garment: GarmentSpec,
    weigh: Weigh,
    *,
    name: str,
    group: str,
    seed: int,
    material: Material | None = None,
    size_px: int = 512,
    keep_unused: bool = False,
) -> Part:
    """Make one part of several surfaces.

    Args:
        surfaces: What it consists of.
        garment: Its fabric and colours.
        weigh: Joint weights of points.
        name: Of the part.
        group: Of the glTF mesh.
        seed: Of the paint.
        material: A plain surface (lens, buckle) instead of the garment's fabric.
        size_px: Side of the textures.
        keep_unused: Keep vertices that no triangle uses (the caller indexes vertices).
    """
    uvs = np.concatenate(_packed(surfaces, 0.008))
    starts = np.cumsum([0, *(len(s.points) for s in surfaces[:-1])])
    points = np.concatenate([s.points for s in surfaces])
    faces = np.concatenate([s.faces + i for s, i in zip(surfaces, starts, strict=True)])
    coords = np.concatenate([s.coords for s in surfaces])
    normals = np.concatenate([outward_normals(s) for s in surfaces])
    used = np.full(len(points), keep_unused)
    used[faces] = True
    compact = np.cumsum(used) - 1
    points, uvs, coords, normals = points[used], uvs[used], coords[used], normals[used]
    faces = compact[faces].astype(np.int32)
    if material is None:
        hem = np.concatenate([_hem(s) for s in surfaces])[used]
        material = paint_fabric(
            garment,
            uvs.astype(np.float32),
            faces,
            coords.astype(np.float32),
            points.astype(np.float32),
            hem.astype(np.float32),
            name,
            seed,
            size_px,
        )
    return Part(
        name,
        group,
        garment.kind,
        Mesh(points.astype(np.float32), faces, normals.astype(np.float32), uvs.astype(np.float32)),
        four_influences(weigh(points)),
        material,
    )
