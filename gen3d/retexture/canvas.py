# SPDX-License-Identifier: Apache-2.0
"""The picture that colours a material, with what lies under each of its texels.

A slot is where a material keeps its base colour: the metallic-roughness model's, or the older
specular-glossiness extension's. ``KHR_texture_transform`` and the sampler's wrapping are followed;
a triangle that crosses the picture's edge is laid down once for every tile that it touches. Where
UVs overlap, the later triangle counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int, Int8, Int32, UInt8

from gen3d.body.surface import vertex_normals
from gen3d.connected import vertex_components
from gen3d.export.document import Document
from gen3d.export.whole import rows_of
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.retexture.figure import Figure, Piece
from gen3d.wardrobe.texels import TexelMap, rasterise, texel_metres

GLOSSINESS = "KHR_materials_pbrSpecularGlossiness"
TRANSFORM = "KHR_texture_transform"
_LARGEST_PX = 2048
_PLAIN_PX = 1024
"""Side of a picture that is made where there was none."""
_MOST_TILES = 6
_CLAMP, _MIRROR = 33071, 33648
Row = dict[str, Any]


@dataclass(frozen=True)
class Slot:
    """Where a material keeps its base colour."""

    material: int
    extension: bool
    """In the specular-glossiness extension."""

    @property
    def texture_key(self) -> str:
        """Of the entry that shows the picture."""
        return "diffuseTexture" if self.extension else "baseColorTexture"

    @property
    def factor_key(self) -> str:
        """Of what multiplies the picture."""
        return "diffuseFactor" if self.extension else "baseColorFactor"

    def table(self, content: Mapping[str, Any]) -> Row:
        """Its values in a file's JSON."""
        row = rows_of(content, "materials")[self.material]
        if self.extension:
            return cast("Row", cast("Row", row["extensions"])[GLOSSINESS])
        return cast("Row", row.get("pbrMetallicRoughness") or {})


@dataclass(frozen=True)
class Ground:
    """Places of a surface: the covered texels of a picture, or the vertices of a piece."""

    piece: Int[np.ndarray, "t"]
    """Of the figure."""
    points: Float[np.ndarray, "t 3"]
    normals: Float[np.ndarray, "t 3"]
    zone: Int8[np.ndarray, "t"]
    """Part of the body, an index into :data:`gen3d.retexture.zones.ZONES`."""
    metres: Float[np.ndarray, "t"]
    """Side of a texel on the surface."""
    island: Int32[np.ndarray, "t"]
    """Piece of the UV layout that hangs together, counted within the canvas."""
    tint: Float[np.ndarray, "t 3"]
    """What vertex colours multiply the material's colour with, linear."""


@dataclass(frozen=True)
class Canvas:
    """A material's picture and the surface that it lies on."""

    slot: Slot
    pieces: tuple[int, ...]
    """Of the figure."""
    factor: Float[np.ndarray, "4"]
    picture: int | None
    """Number of the image; none where a factor is all that there is."""
    pixels: UInt8[np.ndarray, "height width channels"]
    """As stored; one white texel for a factor."""
    texels: TexelMap | None
    """Of a square as large as the picture's longer side, at most; none: its places are vertices."""
    ground: Ground


def slot_of(content: Mapping[str, Any], material: int) -> Slot:
    """The slot of a material."""
    row = rows_of(content, "materials")[material]
    return Slot(material, GLOSSINESS in cast("Row", row.get("extensions") or {}))


def canvases(figure: Figure) -> list[Canvas]:
    """Canvases of all materials that show on the figure.

    What has no UVs, or vertex colours and no picture, is painted by the vertex, piece by piece.
    """
    groups: dict[int, list[int]] = {}
    bare: list[int] = []
    for index, piece in enumerate(figure.pieces):
        if piece.material < 0:
            continue
        if uvs_of(figure, piece) is None or by_vertex(figure, piece):
            bare.append(index)
        else:
            groups.setdefault(piece.material, []).append(index)
    laid = [_canvas(figure, material, pieces) for material, pieces in groups.items()]
    return [*laid, *(vertices_of(figure, index) for index in bare)]


def by_vertex(figure: Figure, piece: Piece) -> bool:
    """Whether a piece has vertex colours and no picture."""
    slot = slot_of(figure.content, piece.material)
    painted = slot.texture_key in slot.table(figure.content)
    return "COLOR_0" in piece.attributes and not painted


def vertices_of(figure: Figure, index: int) -> Canvas:
    """A piece whose places are its vertices."""
    piece = figure.pieces[index]
    slot = slot_of(figure.content, piece.material)
    count = len(piece.verts)
    ground = Ground(
        piece=np.full(count, index),
        points=piece.verts.astype(np.float32),
        normals=vertex_normals(piece.verts.astype(np.float32), piece.faces),
        zone=piece.zones.argmax(axis=1).astype(np.int8),
        metres=np.full(count, 0.01, np.float32),
        island=islands(piece.verts, piece.faces)[1],
        tint=colours_of(piece).astype(np.float32),
    )
    white = np.full((1, 1, 3), 255, np.uint8)
    return Canvas(slot, (index,), factor_of(figure, slot), None, white, None, ground)


def factor_of(figure: Figure, slot: Slot) -> Float[np.ndarray, "4"]:
    """What multiplies a material's picture."""
    stored = slot.table(figure.content).get(slot.factor_key)
    return np.array(stored or (1.0, 1.0, 1.0, 1.0), dtype=np.float64)


def uvs_of(figure: Figure, piece: Piece) -> Float[np.ndarray, "verts 2"] | None:
    """Texture coordinates of a piece in its material's picture; none where it has none."""
    slot = slot_of(figure.content, piece.material)
    info = cast("Row", slot.table(figure.content).get(slot.texture_key) or {})
    moved = cast("Row", cast("Row", info.get("extensions") or {}).get(TRANSFORM) or {})
    channel = moved.get("texCoord", info.get("texCoord", 0))
    uvs = piece.attributes.get(f"TEXCOORD_{channel}")
    return None if uvs is None else _moved(uvs.astype(np.float64), moved)


def _moved(uvs: np.ndarray, transform: Mapping[str, Any]) -> np.ndarray:
    """Offset, counter-clockwise rotation and scale, the scale first."""
    angle = float(transform.get("rotation", 0.0))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]])
    scale = np.array(transform.get("scale", (1.0, 1.0)), dtype=np.float64)
    return (uvs * scale) @ turn.T + np.array(transform.get("offset", (0.0, 0.0)))


def _canvas(figure: Figure, material: int, pieces: Sequence[int]) -> Canvas:
    slot = slot_of(figure.content, material)
    table = slot.table(figure.content)
    picture, wrap = picture_at(figure.document, figure.content, table.get(slot.texture_key))
    pixels = np.full((1, 1, 3), 255, np.uint8)
    size = _PLAIN_PX
    if picture is not None:
        pixels = figure.document.pictures[picture].pixels
        size = min(_LARGEST_PX, max(pixels.shape[:2]))
    sheets = [_sheet(figure, index, wrap) for index in pieces]
    starts = np.cumsum([0, *(len(sheet.uvs) for sheet in sheets)])
    faces = np.concatenate([s.faces + start for s, start in zip(sheets, starts, strict=False)])
    uvs = np.concatenate([sheet.uvs for sheet in sheets])
    values = np.concatenate([sheet.values for sheet in sheets])
    texels = rasterise(uvs, faces, size)
    owner = np.repeat(pieces, [len(sheet.faces) for sheet in sheets])[texels.owner]
    last = np.cumsum([0, *(int(sheet.island.max(initial=-1)) + 1 for sheet in sheets)])
    island = np.concatenate([s.island + start for s, start in zip(sheets, last, strict=False)])
    sampled = texels.sample(values)
    points = values[:, :3]
    corners = points[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    ground = Ground(
        piece=owner.astype(np.int32),
        points=sampled[:, :3].copy(),
        normals=(across / length)[texels.owner].astype(np.float32),
        zone=sampled[:, 6:].argmax(axis=1).astype(np.int8),
        metres=np.maximum(texel_metres(texels, points, uvs), np.float32(1e-5)),
        island=island[texels.owner].astype(np.int32),
        tint=sampled[:, 3:6].copy(),
    )
    return Canvas(slot, tuple(pieces), factor_of(figure, slot), picture, pixels, texels, ground)


def picture_at(
    document: Document, content: Mapping[str, Any], info: object
) -> tuple[int | None, tuple[int, int]]:
    """Image that a texture's entry shows, and how it wraps across and down."""
    if not isinstance(info, dict):
        return None, (10497, 10497)
    texture = rows_of(content, "textures")[int(cast("Row", info)["index"])]
    webp = cast("Row", cast("Row", texture.get("extensions") or {}).get("EXT_texture_webp") or {})
    source = int(webp.get("source", texture.get("source", -1)))
    samplers = rows_of(content, "samplers")
    sampler = samplers[texture["sampler"]] if "sampler" in texture else {}
    wrap = (int(sampler.get("wrapS", 10497)), int(sampler.get("wrapT", 10497)))
    return (source if 0 <= source < len(document.pictures) else None), wrap


@dataclass(frozen=True)
class _Sheet:
    """A piece laid into the unit square, some of its triangles several times."""

    uvs: np.ndarray
    faces: np.ndarray
    values: np.ndarray
    """Position, vertex colour, zones."""
    island: np.ndarray
    """Of each triangle."""


def _sheet(figure: Figure, index: int, wrap: tuple[int, int]) -> _Sheet:
    piece = figure.pieces[index]
    found = uvs_of(figure, piece)
    uvs = np.zeros((len(piece.verts), 2)) if found is None else found
    values = np.concatenate([piece.verts, colours_of(piece), piece.zones], axis=1)
    corners = uvs[piece.faces]
    for axis in range(2):
        if wrap[axis] == _CLAMP:
            corners[..., axis] = np.clip(corners[..., axis], 0.0, 1.0)
    low = np.floor(corners.min(axis=1) + 1e-9).astype(np.int64)
    high = np.maximum(np.ceil(corners.max(axis=1) - 1e-9).astype(np.int64) - 1, low)
    high = np.minimum(high, low + _MOST_TILES - 1)
    laid: list[np.ndarray] = []
    owners: list[np.ndarray] = []
    reach = (high - low).max(axis=0) if len(low) else np.zeros(2, dtype=np.int64)
    for right in range(int(reach[0]) + 1):
        for down in range(int(reach[1]) + 1):
            tile = low + np.array([right, down])
            here = np.flatnonzero((tile <= high).all(axis=1))
            laid.append(_in_tile(corners[here], tile[here], wrap))
            owners.append(here)
    owner = np.concatenate(owners)
    flat = np.concatenate(laid).reshape(-1, 2)
    own = islands(np.concatenate([piece.verts, uvs], axis=1), piece.faces)[0]
    return _Sheet(
        uvs=flat,
        faces=np.arange(len(flat)).reshape(-1, 3),
        values=values[piece.faces[owner]].reshape(len(flat), -1),
        island=own[owner],
    )


def islands(
    rows: Float[np.ndarray, "verts n"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[Int32[np.ndarray, "faces"], Int32[np.ndarray, "verts"]]:
    """What hangs together: the number of every triangle's and every vertex's island.

    Args:
        rows: What two vertices must share to be one: places, or places and UVs.
        faces: Triangles.
    """
    _, one = np.unique(np.round(rows, 5), axis=0, return_inverse=True)
    one = one.reshape(-1)
    of_verts = vertex_components(one[faces], int(one.max(initial=0)) + 1)[one].astype(np.int32)
    return of_verts[faces[:, 0]], of_verts


def _in_tile(corners: np.ndarray, tile: np.ndarray, wrap: tuple[int, int]) -> np.ndarray:
    moved = corners - tile[:, None]
    for axis in range(2):
        if wrap[axis] == _MIRROR:
            odd = tile[:, axis] % 2 == 1
            moved[odd, :, axis] = 1.0 - moved[odd, :, axis]
    return moved


def colours_of(piece: Piece) -> Float[np.ndarray, "verts 3"]:
    """Vertex colours of a piece, linear; white where it has none."""
    colours = piece.attributes.get("COLOR_0")
    if colours is None:
        return np.ones((len(piece.verts), 3))
    return np.clip(colours[:, :3].astype(np.float64), 0.0, 1.0)


def colours_on(canvas: Canvas) -> Float[np.ndarray, "t 3"]:
    """What is seen of a canvas at each of its places, linear."""
    linear = np.take(SRGB_TO_LINEAR, taken(canvas, canvas.pixels)[:, :3])
    return linear * canvas.factor[:3].astype(np.float32) * canvas.ground.tint


def taken(canvas: Canvas, picture: np.ndarray) -> np.ndarray:
    """A picture's values at the places of a canvas."""
    if canvas.texels is None or picture.shape[:2] == (1, 1):
        return np.broadcast_to(picture[0, 0], (len(canvas.ground.piece), picture.shape[2]))
    rows, columns = places(canvas, picture.shape[:2])
    return picture[rows, columns]


def places(canvas: Canvas, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column, in a picture of some shape, of each covered texel."""
    if canvas.texels is None:
        raise ValueError("a canvas of vertices has no picture")
    side = canvas.texels.size_px
    row, column = np.divmod(canvas.texels.texels, side)
    return (2 * row + 1) * shape[0] // (2 * side), (2 * column + 1) * shape[1] // (2 * side)
