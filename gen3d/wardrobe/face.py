# SPDX-License-Identifier: Apache-2.0
"""Eyes, lashes, brows, teeth and tongue of one person, moving with all 52 face shapes.

Every piece is a linear map of vertices of the base mesh, so it follows each body and each
expression: lashes, teeth and tongue are helper geometry with new UVs, brows are body faces lifted
off the skin, and the eyeball is a fine sphere with a cornea, carried by the coarse one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from gen3d.body.body import ShapedBody
from gen3d.body.data import load
from gen3d.body.surface import (
    base_part,
    four_influences,
    triangulate,
    vertex_normals,
    with_faces,
)
from gen3d.skeleton import JOINTS
from gen3d.spec import HairSpec, SkinSpec
from gen3d.types import Material, Mesh, Part, Skin
from gen3d.wardrobe import eyes, skin_strokes
from gen3d.wardrobe.skin_regions import canonical_head, eye_frame

_GROUP = "Body"
_RINGS, _SEGMENTS = 12, 28
_CORNEA = 0.032
"""Height of the cornea over the eyeball, as a share of its radius; lids still close over it."""
_GAZE_OUT, _GAZE_DOWN = np.radians(2.5), np.radians(5.0)
"""A relaxed eye looks outwards by its angle kappa, and down to where the lids are centred."""
_TEETH_BACK = 0.06
"""Teeth are set back by this share of half the eyes' distance: closed lips hide them."""
_BROW_LIFT = 4.5e-4
"""Metres between skin and brow, on an adult."""


@dataclass(frozen=True)
class _Rows:
    """A piece cut from the base mesh: linear rows of base vertices, faces, and UVs."""

    sources: Int[np.ndarray, "verts k"]
    shares: Float[np.ndarray, "verts k"]
    faces: Int32[np.ndarray, "faces 3"]
    uvs: Float32[np.ndarray, "verts 2"]

    def apply(self, base: Float[np.ndarray, "base channels"]) -> Float[np.ndarray, "v channels"]:
        return np.einsum("vk,vkc->vc", self.shares, base[self.sources])


def _part(
    shaped: ShapedBody, rows: _Rows, name: str, slot: str, material: Material, skin: Skin
) -> Part:
    verts = rows.apply(shaped.verts).astype(np.float32)
    return Part(
        name=name,
        group=_GROUP,
        slot=slot,
        mesh=Mesh(verts, rows.faces, vertex_normals(verts, rows.faces), rows.uvs),
        skin=skin,
        material=material,
        morphs={
            key: rows.apply(dense).astype(np.float32) for key, dense in shaped.face_morphs.items()
        },
    )


def _merged(pieces: list[_Rows]) -> _Rows:
    """Several pieces as one; rows are padded with zero shares to the widest."""
    widest = max(piece.sources.shape[1] for piece in pieces)
    start, faces = 0, list[np.ndarray]()
    for piece in pieces:
        faces.append(piece.faces + start)
        start += len(piece.uvs)

    def padded(values: np.ndarray) -> np.ndarray:
        return np.pad(values, [(0, 0), (0, widest - values.shape[1])])

    return _Rows(
        np.concatenate([padded(piece.sources) for piece in pieces]),
        np.concatenate([padded(piece.shares) for piece in pieces]),
        np.concatenate(faces).astype(np.int32),
        np.concatenate([piece.uvs for piece in pieces]),
    )


def _sphere() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit eyeball that looks along +Z, with cornea: points, triangles, UVs (pole at ½, ½)."""
    # Rings crowd around the limbus, where the outline of the cornea bends.
    share = np.linspace(0.0, 1.0, _RINGS + 1)[1:]
    polar = eyes.EDGE_ANGLE * (0.45 * share + 0.55 * share**2.2)
    azimuth = np.arange(_SEGMENTS) * (2.0 * np.pi / _SEGMENTS)
    theta, phi = (a.ravel() for a in np.meshgrid(polar, azimuth, indexing="ij"))
    bulge = np.clip(1.0 - (theta / (1.15 * eyes.IRIS_ANGLE)) ** 2, 0.0, None) ** 1.5
    radius = 1.0 + _CORNEA * bulge
    direction = np.stack(
        [np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1
    )
    points = np.concatenate([[[0.0, 0.0, 1.0 + _CORNEA]], direction * radius[:, None]])
    spread = (theta / eyes.EDGE_ANGLE * 0.5)[:, None]
    uvs = 0.5 + spread * np.stack([np.cos(phi), -np.sin(phi)], axis=1)
    return points, _sphere_faces(), np.concatenate([[[0.5, 0.5]], uvs])


def _sphere_faces() -> np.ndarray:
    ring = 1 + np.arange(_SEGMENTS)
    following = 1 + (np.arange(_SEGMENTS) + 1) % _SEGMENTS
    faces = [np.stack([np.zeros_like(ring), ring, following], axis=1)]
    for r in range(_RINGS - 1):
        a, b = ring + r * _SEGMENTS, following + r * _SEGMENTS
        c, d = a + _SEGMENTS, b + _SEGMENTS
        faces += [np.stack([a, c, d], axis=1), np.stack([a, d, b], axis=1)]
    return np.concatenate(faces)


def _turn(side: float) -> np.ndarray:
    """Rotation from +Z to the relaxed gaze of one eye."""
    out, down = side * _GAZE_OUT, _GAZE_DOWN
    yaw = np.array([[np.cos(out), 0, np.sin(out)], [0, 1, 0], [-np.sin(out), 0, np.cos(out)]])
    pitch = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    return yaw @ pitch


def _eye_rows(shaped: ShapedBody, side: str) -> _Rows:
    """The fine eyeball as affine rows of the person's coarse one, which shapes stretch and turn.

    The stretch is kept, the turn is not: whatever the shape of the face, the eyes look ahead.
    """
    source = np.unique(shaped.data.quads[f"helper-{side[0]}-eye"])
    template = shaped.data.template.numpy()[source].astype(np.float64)
    coarse = shaped.verts[source].astype(np.float64)
    template -= template.mean(axis=0)
    centre = coarse.mean(axis=0)
    linear = np.linalg.lstsq(template, coarse - centre, rcond=None)[0].T
    left, scales, _ = np.linalg.svd(linear)
    stretch = left @ np.diag(scales) @ left.T
    radius = np.linalg.norm(template, axis=1).mean()
    points, faces, uvs = _sphere()
    turn = _turn(1.0 if side == "left" else -1.0)
    fine = centre + radius * points @ (stretch @ turn).T
    shares = _homogeneous(fine) @ np.linalg.pinv(_homogeneous(coarse))
    sources = np.tile(source, (len(fine), 1))
    return _Rows(sources, shares, faces.astype(np.int32), uvs.astype(np.float32))


def _homogeneous(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points, np.ones((len(points), 1))], axis=1)


def _eye_parts(shaped: ShapedBody, skin: SkinSpec, seed: int) -> list[Part]:
    material = eyes.paint_eye(skin, seed)
    parts = list[Part]()
    for side in ("left", "right"):
        rows = _eye_rows(shaped, side)
        bound = np.zeros((len(rows.uvs), len(JOINTS)), dtype=np.float32)
        bound[:, JOINTS.index(f"{side}Eye")] = 1.0
        whole = _part(shaped, rows, f"{side}_eye", "eye", material, four_influences(bound))
        parts += _lit(whole, skin) if skin.eye_glow > 0.0 else [whole]
    return parts


def _lit(eye: Part, skin: SkinSpec) -> list[Part]:
    """Split an eye into the white and a glowing iris."""
    radius = np.linalg.norm(eye.mesh.uvs - 0.5, axis=1) * 2.0 * eyes.EDGE_ANGLE
    inside = (radius[eye.mesh.faces] < 1.12 * eyes.IRIS_ANGLE).all(axis=1)
    iris = replace(
        with_faces(eye, eye.mesh.faces[inside]),
        name=f"{eye.name}_iris",
        material=replace(eye.material, name="eye_glow", emissive=eyes.glow(skin)),
    )
    return [with_faces(eye, eye.mesh.faces[~inside]), iris]


def _hops(edges: dict[int, set[int]], start: int) -> dict[int, int]:
    """Edge distance of every vertex of a patch from one of them."""
    seen, front = {start: 0}, [start]
    while front:
        reached = [n for v in front for n in edges[v] if n not in seen]
        for vertex in reached:
            seen.setdefault(vertex, seen[front[0]] + 1)
        front = list(dict.fromkeys(reached))
    return seen


def _grid(quads: Int[np.ndarray, "quads 4"]) -> Int[np.ndarray, "rows columns"]:
    """Vertices of a rectangular patch of quads in their grid, fewer rows than columns."""
    edges: dict[int, set[int]] = {}
    for quad in quads.tolist():
        for a, b in zip(quad, quad[1:] + quad[:1], strict=True):
            edges.setdefault(a, set()).add(b)
            edges.setdefault(b, set()).add(a)
    corners = sorted(v for v, near in edges.items() if len(near) == 2)
    first = _hops(edges, corners[0])
    across, along, _ = sorted(corners[1:], key=lambda corner: (first[corner], corner))
    rows, columns = first[across] + 1, first[along] + 1
    other = _hops(edges, along)
    grid = np.zeros((rows, columns), dtype=np.int64)
    for vertex in edges:
        row = (first[vertex] + other[vertex] - (columns - 1)) // 2
        grid[row, first[vertex] - row] = vertex
    return grid


def _outward(faces: np.ndarray, group: str) -> np.ndarray:
    """Take the winding of the base mesh: flip the grid's triangles when they disagree."""
    first = faces[0].tolist()
    for quad in load().quads[group].tolist():
        if set(first) <= set(quad):
            order = [quad.index(v) for v in first]
            turned = (order[1] - order[0]) % 4 + (order[2] - order[1]) % 4 > 3
            return faces[:, ::-1] if turned else faces
    return faces


def _grid_rows(group: str, *, root: Float[np.ndarray, "3"], v_range: tuple[float, float]) -> _Rows:
    """A helper strip with u along it by arc length and v across it.

    Args:
        group: Face group of the base mesh.
        root: Row 0 is the long side that is nearer to this point of the template.
        v_range: v of the first and the last row.
    """
    template = load().template.numpy()
    grid = _grid(load().quads[group])
    distance = np.linalg.norm(template[grid] - root, axis=-1).mean(axis=1)
    if distance[0] > distance[-1]:
        grid = grid[::-1]
    if abs(template[grid[0, 0], 0]) > abs(template[grid[0, -1], 0]) + 1e-4:
        grid = grid[:, ::-1]
    middle = template[grid[len(grid) // 2]]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1))])
    u = np.broadcast_to(length / length[-1], grid.shape)
    v = np.broadcast_to(np.linspace(*v_range, len(grid))[:, None], grid.shape)
    index = np.arange(grid.size).reshape(grid.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    quads = np.stack([a, b, c, d], axis=-1).reshape(-1, 4)
    flat = grid.ravel()
    turned = _outward(flat[quads[:1, :3]], group)[0, 0] != flat[quads[0, 0]]
    faces = triangulate(quads[:, ::-1] if turned else quads)
    uvs = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float32)
    return _Rows(flat[:, None], np.ones((flat.size, 1)), faces, uvs)


def _eye_centre(side: str) -> np.ndarray:
    points = load().template.numpy()[np.unique(load().quads[f"helper-{side}-eye"])]
    return points.mean(axis=0)


@functools.cache
def _lash_rows() -> _Rows:
    pieces = list[_Rows]()
    for side in ("l", "r"):
        centre = _eye_centre(side)
        # Half a texel is kept free at the border between the two halves of the picture.
        for number, v_range in ((2, (0.002, 0.498)), (1, (0.502, 0.998))):
            group = f"helper-{side}-eyelashes-{number}"
            pieces.append(_grid_rows(group, root=centre, v_range=v_range))
    return _merged(pieces)


@functools.cache
def _teeth_rows() -> _Rows:
    template = load().template.numpy()
    pieces = list[_Rows]()
    for group in ("helper-upper-teeth", "helper-lower-teeth"):
        points = template[np.unique(load().quads[group])]
        sign = 1.0 if "upper" in group else -1.0
        gum = points.mean(axis=0) + np.array([0.0, sign, 0.5])
        pieces.append(_grid_rows(group, root=gum, v_range=(0.0, 1.0)))
    return _merged(pieces)


@functools.cache
def _brow_rows() -> _Rows:
    """Body faces under :data:`gen3d.wardrobe.skin_strokes.BROW_BOX`, both sides."""
    head = canonical_head()
    left, right, bottom, top = skin_strokes.BROW_BOX
    x, y = np.abs(head[:, 0]), head[:, 1]
    u, v = (x - left) / (right - left), (top - y) / (top - bottom)
    inside = (u > 0.0) & (u < 1.0) & (v > 0.0) & (v < 1.0) & (head[:, 2] > -0.9)
    quads = load().quads["body"]
    quads = quads[inside[quads].all(axis=1)]
    source, inverse = np.unique(quads, return_inverse=True)
    uvs = np.stack([u[source], v[source]], axis=1).astype(np.float32)
    faces = triangulate(inverse.reshape(-1, 4))
    return _Rows(source[:, None], np.ones((len(source), 1)), faces, uvs)


def _lifted(part: Part, shaped: ShapedBody, source: np.ndarray) -> Part:
    """Move a patch of skin off the skin, along the body's own smooth normals."""
    normals = vertex_normals(shaped.verts, triangulate(load().quads["body"]))[source]
    lift = np.float32(_BROW_LIFT * shaped.height / 1.75)
    mesh = replace(part.mesh, verts=part.mesh.verts + normals * lift, normals=normals)
    return replace(part, mesh=mesh)


def _brow_part(shaped: ShapedBody, skin: SkinSpec, hair: HairSpec, seed: int) -> Part:
    rows = _brow_rows()
    source = rows.sources[:, 0]
    material = skin_strokes.paint_brow(shaped.spec, skin, hair, seed)
    bound = four_influences(shaped.weights[source])
    return _lifted(_part(shaped, rows, "brows", "brow", material, bound), shaped, source)


def _mouth_parts(shaped: ShapedBody, skin: SkinSpec, seed: int) -> list[Part]:
    teeth = _teeth_rows()
    material = skin_strokes.paint_teeth(skin, shaped.spec.age_years, seed)
    bound = four_influences(shaped.weights[teeth.sources[:, 0]])
    arches = _part(shaped, teeth, "teeth", "mouth", material, bound)
    back = np.array([0.0, 0.0, -_TEETH_BACK * eye_frame(shaped)[1]], dtype=np.float32)
    arches = replace(arches, mesh=replace(arches.mesh, verts=arches.mesh.verts + back))
    tongue = base_part(
        shaped,
        ("helper-tongue",),
        name="tongue",
        group=_GROUP,
        slot="mouth",
        material=skin_strokes.paint_tongue(skin, seed),
    )
    uvs = tongue.mesh.uvs
    low, high = uvs.min(axis=0), uvs.max(axis=0)
    tongue = replace(tongue, mesh=replace(tongue.mesh, uvs=(uvs - low) / (high - low)))
    return [arches, tongue]


def face_parts(shaped: ShapedBody, skin: SkinSpec, hair: HairSpec, seed: int) -> tuple[Part, ...]:
    """Make the parts of the face that are not skin.

    Args:
        shaped: The person.
        skin: Eye colour and glow, weathering, brow colour; metal skins get no brows and lashes.
        hair: Colour of the brows when the skin has none of its own.
        seed: Same seed, same bytes.
    """
    parts = _eye_parts(shaped, skin, seed) + _mouth_parts(shaped, skin, seed)
    if skin.metallic <= 0.5:
        lashes = _lash_rows()
        bound = four_influences(shaped.weights[lashes.sources[:, 0]])
        material = skin_strokes.paint_lashes(shaped.spec, seed)
        parts.append(_part(shaped, lashes, "lashes", "lash", material, bound))
        parts.append(_brow_part(shaped, skin, hair, seed))
    return tuple(parts)
