# SPDX-License-Identifier: Apache-2.0
"""A figure of any rig as the renderer can show it at rest, and the sheet of before and after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from gen3d import types
from gen3d.body.surface import vertex_normals
from gen3d.export.gltf_read import materials_of
from gen3d.render.jobs import draw_all
from gen3d.render.preview import beside, plan
from gen3d.retexture.canvas import (
    Canvas,
    by_vertex,
    colours_on,
    factor_of,
    picture_at,
    slot_of,
    uvs_of,
    vertices_of,
)
from gen3d.retexture.figure import Figure, Piece
from gen3d.retexture.zones import Z
from gen3d.rigging.look import small_pictures

BEFORE_AFTER = "before_after.png"
_PLAIN = types.Material("plain", base_color=(0.6, 0.6, 0.6, 1.0), double_sided=True)
_SHOWN = 3
"""Front, side and back: the first views of a preview."""
_LINE_PX, _LINE_GREY = 6, 24


def as_character(figure: Figure) -> types.Character:
    """The figure in its resting pose, on a skeleton that only says where its head is."""
    figure.document.decode_pictures()
    surfaces = materials_of(figure.document)
    parts = tuple(
        _part(figure, index, piece, surfaces) for index, piece in enumerate(figure.pieces)
    )
    names = ("root", "hips", "head")
    places = np.stack([np.zeros(3), _middle(figure, "hips", 0.95), _head(figure)])
    skeleton = types.Skeleton(names, (-1, 0, 1), places.astype(np.float32))
    height = max(float(part.mesh.verts[:, 1].max()) for part in parts)
    return types.Character(figure.name, skeleton, parts, (), height)


def _points(figure: Figure, zone: str) -> np.ndarray:
    found = [p.verts[p.zones.argmax(axis=1) == Z[zone]] for p in figure.pieces]
    return np.concatenate(found)


def _middle(figure: Figure, zone: str, fallback: float) -> np.ndarray:
    points = _points(figure, zone)
    return points.mean(axis=0) if len(points) else np.array([0.0, fallback, 0.0])


def _head(figure: Figure) -> np.ndarray:
    """The root of the head: a little above its lowest skin."""
    points = _points(figure, "head")
    if not len(points):
        return np.array([0.0, 1.5, 0.0])
    return np.array([points[:, 0].mean(), np.percentile(points[:, 1], 10), points[:, 2].mean()])


def _part(figure: Figure, index: int, piece: Piece, surfaces: list[types.Material]) -> types.Part:
    verts, faces = piece.verts.astype(np.float32), piece.faces
    normals = vertex_normals(verts, faces)
    material, uvs = _PLAIN, None
    if piece.material >= 0:
        material = small_pictures(_shown(figure, piece, surfaces[piece.material]))
        uvs = uvs_of(figure, piece)
        if by_vertex(figure, piece):
            sheet = vertices_of(figure, index)
            material, verts, faces, normals, uvs = _by_face(material, piece, sheet, normals)
    if uvs is None:
        uvs = np.zeros((len(verts), 2))
    count = len(verts)
    weights = np.tile(np.array([1.0, 0.0, 0.0, 0.0], np.float32), (count, 1))
    skin = types.Skin(np.zeros((count, 4), np.uint16), weights)
    mesh = types.Mesh(verts, faces, normals, uvs.astype(np.float32))
    return types.Part(f"part{index}", "figure", "figure", mesh, skin, material)


def _shown(figure: Figure, piece: Piece, material: types.Material) -> types.Material:
    """The material, with the colours of the older extension where it has them there."""
    slot = slot_of(figure.content, piece.material)
    if not slot.extension:
        return material
    entry = slot.table(figure.content).get(slot.texture_key)
    number, _ = picture_at(figure.document, figure.content, entry)
    picture = None if number is None else figure.document.pictures[number]
    texture = None if picture is None else types.Texture(picture.name, picture.pixels)
    red, green, blue = factor_of(figure, slot)[:3]
    colour = (float(red), float(green), float(blue), 1.0)
    return replace(material, base_color_texture=texture, base_color=colour, metallic=0.0)


def _by_face(
    material: types.Material, piece: Piece, sheet: Canvas, normals: np.ndarray
) -> tuple[types.Material, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Vertex colours as a picture with a texel for each triangle: the renderer has none."""
    from gen3d.wardrobe.texels import encode_srgb

    colours = encode_srgb(colours_on(sheet)[piece.faces].mean(axis=1).astype(np.float32))
    side = 1 << max(2, int(np.ceil(np.log2(np.sqrt(len(colours)) + 1))))
    picture = np.zeros((side * side, 3), np.uint8)
    picture[: len(colours)] = colours
    row, column = np.divmod(np.arange(len(colours)), side)
    uvs = np.repeat((np.stack([column, row], axis=1) + 0.5) / side, 3, axis=0)
    texture = types.Texture("vertices", picture.reshape(side, side, 3))
    flat = piece.faces.ravel()
    painted = replace(material, base_color=(1.0, 1.0, 1.0, 1.0), base_color_texture=texture)
    faces = np.arange(len(flat), dtype=np.int32).reshape(-1, 3)
    return painted, piece.verts[flat].astype(np.float32), faces, normals[flat], uvs


def write_before_after(
    before: Figure, after: Figure, environment: types.Environment, folder: Path
) -> Path:
    """Draw front, side and back of both in one light and one exposure, before above after."""
    job, _ = plan(as_character(before), environment, film=False)
    shots = job.shots[:_SHOWN]
    first = beside(list(draw_all(replace(job, shots=shots))))
    job, _ = plan(as_character(after), environment, film=False)
    rows = [first, beside(list(draw_all(replace(job, shots=shots))))]
    path = folder / BEFORE_AFTER
    Image.fromarray(_stacked(rows)).save(path, optimize=False, compress_level=6)
    return path


def _stacked(rows: list[UInt8[np.ndarray, "_ _ 3"]]) -> UInt8[np.ndarray, "h w 3"]:
    line = np.full((_LINE_PX, rows[0].shape[1], 3), _LINE_GREY, np.uint8)
    return np.concatenate([rows[0], line, rows[1]])
