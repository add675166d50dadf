# SPDX-License-Identifier: Apache-2.0
"""A painted figure as a file: other pictures and factors, everything else as it was.

A picture that only painted materials show is replaced in its place, and its old bytes go; where
another material still needs it as it was, the painted material gets a copy of its own. All other
bytes of the file's data come out as they were, in their order.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from jaxtyping import Float, UInt8

from gen3d.export.buffers import VERTEX_DATA
from gen3d.export.container import pad4
from gen3d.export.images import png_of
from gen3d.export.whole import packed, rows_of, told
from gen3d.retexture.canvas import Canvas, picture_at
from gen3d.retexture.figure import Figure
from gen3d.retexture.mtoon import follow_colour, follow_texture
from gen3d.retexture.paint import Painted
from gen3d.retexture.pictures import agreed, users_of
from gen3d.retexture.spec import PaintSpec
from gen3d.retexture.surface import surface_of, surface_picture

Row = dict[str, Any]
_OWN = ("texCoord", "extensions")


def painted_bytes(
    figure: Figure,
    sheets: Sequence[Canvas],
    done: Sequence[Painted],
    paints: Sequence[PaintSpec],
    extras: Mapping[str, object],
) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of the painted file, and what could not be written.

    Args:
        figure: As it was.
        sheets: Its canvases.
        done: Those that were painted.
        paints: With what.
        extras: JSON values for ``asset.extras``.
    """
    writer = _Writer(figure)
    by_picture: dict[int, list[Painted]] = {}
    for painted in done:
        if painted.pixels is None:
            writer.plain(painted)
        elif painted.canvas.picture is None:
            writer.first_picture(painted)
        else:
            by_picture.setdefault(painted.canvas.picture, []).append(painted)
    for image, group in by_picture.items():
        writer.replace(image, group, agreed(users_of(figure.content, image), group, sheets))
    for painted in done:
        writer.surface(painted, paints)
    return writer.finished(extras), tuple(dict.fromkeys(writer.notes))


class _Writer:
    """The file while it changes."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.notes: list[str] = []
        self._content = dict(figure.content)
        for key in ("materials", "textures", "images", "bufferViews", "accessors", "meshes"):
            self._content[key] = copy.deepcopy(rows_of(figure.content, key))
        if "extensions" in self._content:
            self._content["extensions"] = copy.deepcopy(self._content["extensions"])
        self._new: list[bytes] = []
        self._at: list[int] = []
        """Views whose bytes are those of :attr:`_new`, in its order."""

    def plain(self, painted: Painted) -> None:
        """A factor, or the colours of vertices."""
        canvas = painted.canvas
        pieces = [self.figure.pieces[index] for index in canvas.pieces]
        if canvas.texels is None and "COLOR_0" in pieces[0].attributes:
            self._vertices(painted)
            return
        if painted.one < 0:
            name = self._material(canvas).get("name") or f"number {canvas.slot.material}"
            self.notes.append(f"The material {name!r} has several parts and no UVs: not painted.")
            return
        mean = (painted.colours / np.maximum(canvas.ground.tint, 0.02)).mean(axis=0)
        self._set_factor(canvas, np.clip(mean, 0.0, 1.0))

    def _vertices(self, painted: Painted) -> None:
        canvas = painted.canvas
        piece = self.figure.pieces[canvas.pieces[0]]
        row = self._content["meshes"][piece.mesh]["primitives"][piece.primitive]
        stored = piece.attributes["COLOR_0"].astype(np.float32).copy()
        factor = np.maximum(canvas.factor[:3], 0.02)
        stored[:, :3] = np.where(
            (painted.paint >= 0)[:, None],
            np.clip(painted.colours / factor, 0.0, 1.0),
            stored[:, :3],
        )
        accessor = {
            "bufferView": self._view(stored.tobytes(), {"target": VERTEX_DATA}),
            "componentType": 5126,
            "count": len(stored),
            "type": f"VEC{stored.shape[1]}",
        }
        self._content["accessors"].append(accessor)
        row["attributes"]["COLOR_0"] = len(self._content["accessors"]) - 1

    def first_picture(self, painted: Painted) -> None:
        """A picture where there was a factor alone."""
        if painted.pixels is None:
            return
        index = self._texture(painted.pixels, painted.canvas, "color", None)
        slot = painted.canvas.slot
        self._table(painted.canvas)[slot.texture_key] = {"index": index}
        self._whiten(painted.canvas)

    def replace(
        self, image: int, group: Sequence[Painted], shared: UInt8[np.ndarray, "h w c"] | None
    ) -> None:
        """Another picture for some of its users, or in its place."""
        if shared is not None:
            self._overwrite(image, shared)
        for painted in group:
            if shared is None and painted.pixels is not None:
                info = self._info(painted.canvas)
                before = int(info["index"])
                info["index"] = self._texture(painted.pixels, painted.canvas, "color", before)
                material = painted.canvas.slot.material
                follow_texture(self._content, material, before, int(info["index"]))
            self._whiten(painted.canvas)

    def surface(self, painted: Painted, paints: Sequence[PaintSpec]) -> None:
        """Roughness and metalness."""
        numbers = [n for n in np.unique(painted.paint).tolist() if n >= 0]
        asked = [n for n in numbers if surface_of(paints[n]) is not None]
        if not asked or painted.canvas.slot.extension:
            return
        table = self._table(painted.canvas)
        info = cast("Row | None", table.get("metallicRoughnessTexture"))
        only = surface_of(paints[painted.one]) if painted.one >= 0 else None
        if info is None and only is not None:
            table |= {"roughnessFactor": only.roughness, "metallicFactor": only.metallic}
        elif info is not None or painted.canvas.texels is not None:
            self._surface_picture(painted, paints, table, info)

    def _surface_picture(
        self, painted: Painted, paints: Sequence[PaintSpec], table: Row, info: Row | None
    ) -> None:
        canvas = painted.canvas
        base = cast("Row", table.get(canvas.slot.texture_key) or {})
        if painted.canvas.texels is None or (
            info is not None and any(info.get(key) != base.get(key) for key in _OWN)
        ):
            self.notes.append("A picture of roughness has UVs of its own: it stays as it was.")
            return
        factors = [float(table.get(key, 1.0)) for key in ("roughnessFactor", "metallicFactor")]
        image, _ = picture_at(self.figure.document, self.figure.content, info)
        before = None if info is None else int(info["index"])
        if image is None:
            side = canvas.texels.size_px if canvas.texels else 1
            pixels = np.full((min(side, 1024), min(side, 1024), 3), 255, np.uint8)
        else:
            pixels = self.figure.document.pictures[image].pixels
        new = surface_picture(painted, paints, pixels, factors[0], factors[1])
        if image is not None and users_of(self.figure.content, image) == {canvas.slot.material}:
            self._overwrite(image, new)
        else:
            index = self._texture(new, canvas, "surface", before)
            table["metallicRoughnessTexture"] = {**(info or base), "index": index}
        table |= {"roughnessFactor": 1.0, "metallicFactor": 1.0}

    def _material(self, canvas: Canvas) -> Row:
        return self._content["materials"][canvas.slot.material]

    def _table(self, canvas: Canvas) -> Row:
        self._material(canvas).setdefault("pbrMetallicRoughness", {})
        return canvas.slot.table(self._content)

    def _info(self, canvas: Canvas) -> Row:
        return self._table(canvas)[canvas.slot.texture_key]

    def _set_factor(self, canvas: Canvas, rgb: Float[np.ndarray, "3"]) -> None:
        alpha = float(canvas.factor[3]) if len(canvas.factor) > 3 else 1.0
        self._table(canvas)[canvas.slot.factor_key] = [round(float(c), 6) for c in rgb] + [alpha]
        follow_colour(self._content, canvas.slot.material, canvas.factor[:3], rgb)

    def _whiten(self, canvas: Canvas) -> None:
        """The factor is in the picture now."""
        if not np.allclose(canvas.factor[:3], 1.0):
            self._set_factor(canvas, np.ones(3))

    def _overwrite(self, image: int, pixels: UInt8[np.ndarray, "h w c"]) -> None:
        row = self._content["images"][image]
        row["mimeType"] = "image/png"
        users = [
            n
            for n, other in enumerate(self._content["images"])
            if other.get("bufferView") == row["bufferView"]
        ]
        if users == [image]:
            self._new.append(png_of(pixels))
            self._at.append(row["bufferView"])
        else:
            row["bufferView"] = self._view(png_of(pixels), {})
        self._plain_source(image)

    def _plain_source(self, image: int) -> None:
        """Textures that showed the picture by way of an extension show it by itself: it is PNG."""
        for texture in self._content["textures"]:
            extensions = cast("Row", texture.get("extensions") or {})
            webp = extensions.get("EXT_texture_webp")
            if webp and webp.get("source") == image:
                texture["source"] = image
                texture["extensions"] = {k: v for k, v in extensions.items() if v is not webp}
                if not texture["extensions"]:
                    del texture["extensions"]

    def _texture(
        self, pixels: UInt8[np.ndarray, "h w c"], canvas: Canvas, what: str, like: int | None
    ) -> int:
        """A new picture and a texture that shows it, sampled like another one."""
        name = self._material(canvas).get("name") or f"material{canvas.slot.material}"
        view = self._view(png_of(pixels), {})
        image = {"name": f"{name}_{what}", "mimeType": "image/png", "bufferView": view}
        self._content["images"].append(image)
        row: Row = {"source": len(self._content["images"]) - 1}
        if like is not None:
            before = self._content["textures"][like]
            row |= {key: before[key] for key in ("sampler", "name") if key in before}
        self._content["textures"].append(row)
        return len(self._content["textures"]) - 1

    def _view(self, data: bytes, more: Row) -> int:
        self._content["bufferViews"].append({"buffer": 0, "byteLength": len(data), **more})
        self._new.append(data)
        self._at.append(len(self._content["bufferViews"]) - 1)
        return len(self._content["bufferViews"]) - 1

    def finished(self, extras: Mapping[str, object]) -> bytes:
        """The whole file."""
        views = self._content["bufferViews"]
        old = len(rows_of(self.figure.content, "bufferViews"))
        binary = _without(self.figure.binary, views[:old], [n for n in self._at if n < old])
        pieces = [pad4(binary)]
        length = len(pieces[0])
        for view, data in zip(self._at, self._new, strict=True):
            views[view] |= {"byteOffset": length, "byteLength": len(data)}
            pieces.append(pad4(data))
            length += len(pieces[-1])
        buffers = rows_of(self._content, "buffers")
        first = dict(buffers[0]) if buffers else {}
        content = self._content | {"buffers": [first | {"byteLength": length}]}
        left = {name for row in self._content["textures"] for name in row.get("extensions") or {}}
        gone = {"EXT_texture_webp"} - left
        if "extensionsUsed" in content:
            content["extensionsUsed"] = [n for n in content["extensionsUsed"] if n not in gone]
        content["asset"] = told(content, extras)
        lists = ("materials", "textures", "images", "bufferViews", "accessors", "extensionsUsed")
        content = {k: v for k, v in content.items() if k not in lists or v}
        return packed(content, b"".join(pieces))


def _without(binary: bytes, views: list[Row], gone: Sequence[int]) -> bytes:
    """The bytes without those that only some views show; the other views move along.

    Whole multiples of four bytes go, so that alignment stays.
    """
    dead = np.zeros(len(binary), dtype=np.bool_)
    for index in gone:
        start = int(views[index].get("byteOffset", 0))
        dead[start : start + int(views[index]["byteLength"])] = True
    for index, view in enumerate(views):
        if index not in gone:
            start = int(view.get("byteOffset", 0))
            dead[start : start + int(view["byteLength"])] = False
    count = len(dead) // 4
    words = np.asarray(dead[: 4 * count].reshape(-1, 4).all(axis=1))
    before = np.concatenate([[0], np.cumsum(words)]) * 4
    for index, view in enumerate(views):
        start = int(view.get("byteOffset", 0))
        if index not in gone and start:
            view["byteOffset"] = start - int(before[start // 4])
    kept = np.frombuffer(binary, np.uint8)[: 4 * count].reshape(-1, 4)[~words]
    return kept.tobytes() + binary[4 * count :]
