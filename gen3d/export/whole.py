# SPDX-License-Identifier: Apache-2.0
"""A user's glTF file as it is: its JSON, and one block of bytes with everything inside.

GLB, or ``.gltf`` with data URIs and files in its own folder (never above it); what lies outside is
taken inside, everything else stays byte for byte. Whoever changes a user's file starts here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from pydantic import ValidationError

from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.accessors import damaged
from gen3d.export.assemble import build
from gen3d.export.container import pack, pad4, read_bytes, unpack
from gen3d.export.document import Document
from gen3d.export.resources import embedded, neighbour

_MOST_BYTES = 1 << 30
_MIMES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_SUFFIXES = (".glb", ".gltf", ".vrm")


def read_whole(path: Path, option: str) -> tuple[dict[str, Any], bytes]:
    """JSON and bytes of a file, with what lies in other files taken in.

    Args:
        path: GLB, VRM or glTF.
        option: Of the command line, that named it.

    Raises:
        Gen3dError: It is no glTF file, or damaged.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise Gen3dError(
            f"{path.name} is no glTF file.",
            f"Export the figure as GLB; {option} reads .glb and .gltf.",
        )
    return _whole(path)


def document_of(content: Mapping[str, Any], binary: bytes, name: str) -> Document:
    """Follow every reference of a whole file.

    Raises:
        Gen3dError: It is damaged, or needs what this reader does not know.
    """
    try:
        text = json.dumps(content, allow_nan=False)
        gltf = schema.Gltf.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "JSON"
        raise damaged(f"{where}: {first['msg']}") from error
    except ValueError as error:
        raise damaged("its JSON holds a number that is not finite") from error
    return build(gltf, binary, name, len(binary))


def packed(content: Mapping[str, Any], binary: bytes) -> bytes:
    """The bytes of a GLB file.

    Raises:
        Gen3dError: A number in the JSON is not finite.
    """
    try:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise damaged("its JSON holds a number that is not finite") from error
    return pack(text.encode(), binary)


def told(content: Mapping[str, Any], extras: Mapping[str, object] | None) -> dict[str, Any]:
    """The file's ``asset`` with more in its ``extras``."""
    asset = dict(cast("dict[str, Any]", content["asset"]))
    if extras:
        before = asset.get("extras")
        asset["extras"] = {**(before if isinstance(before, dict) else {}), **extras}
    return asset


def shown_nodes(document: Document) -> list[int]:
    """Nodes of the scene that is shown, in the file's order; all where there is no scene."""
    gltf = document.gltf
    if not gltf.scenes:
        return list(range(len(document.nodes)))
    number = gltf.scene if gltf.scene is not None and gltf.scene < len(gltf.scenes) else 0
    roots = set(gltf.scenes[number].nodes or ())
    shown: list[int] = []
    for index in range(len(document.nodes)):
        top = index
        while document.nodes[top].parent >= 0 and top not in roots:
            top = document.nodes[top].parent
        if top in roots:
            shown.append(index)
    return shown


def _whole(path: Path) -> tuple[dict[str, Any], bytes]:
    """JSON and bytes, with what lies in other files taken in."""
    if path.is_file() and path.stat().st_size > _MOST_BYTES:
        raise Gen3dError(f"{path.name} is larger than 1 GiB.", "Export a smaller figure.")
    data = read_bytes(path)
    text, chunk = unpack(data, path.name) if data[:4] == b"glTF" else (data, b"")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(f"its JSON cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise damaged("it is no JSON object")
    content = cast("dict[str, Any]", content)
    buffers, images = rows_of(content, "buffers"), rows_of(content, "images")
    if len(buffers) == 1 and "uri" not in buffers[0] and not any("uri" in i for i in images):
        return content, chunk
    return _gathered(path, content, chunk)


def rows_of(content: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A table of a glTF file's JSON; empty where it has none."""
    rows = content.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise damaged(f"its {key} are no list of objects")
    return cast("list[dict[str, Any]]", rows)


def _gathered(path: Path, content: dict[str, Any], chunk: bytes) -> tuple[dict[str, Any], bytes]:
    """The same file with one buffer that holds all buffers and pictures."""
    pieces: list[bytes] = []
    starts: list[int] = []
    for number, buffer in enumerate(rows_of(content, "buffers")):
        uri = buffer.get("uri")
        data = _bytes_at(path, uri) if isinstance(uri, str) else (chunk if number == 0 else b"")
        starts.append(sum(map(len, pieces)))
        pieces.append(pad4(data[: int(buffer.get("byteLength", 0))]))
    views = [dict(view) for view in rows_of(content, "bufferViews")]
    for view in views:
        number = view.get("buffer")
        if not isinstance(number, int) or not 0 <= number < len(starts):
            raise damaged(f"a buffer view names buffer {number!r}")
        view |= {"buffer": 0, "byteOffset": int(view.get("byteOffset", 0)) + starts[number]}
    images = [_inside(path, row, views, pieces) for row in rows_of(content, "images")]
    binary = b"".join(pieces)
    content = content | {"bufferViews": views, "images": images}
    content["buffers"] = [{"byteLength": len(binary)}] if binary else []
    return {key: value for key, value in content.items() if value != []}, binary


def _inside(
    path: Path, image: dict[str, Any], views: list[dict[str, Any]], pieces: list[bytes]
) -> dict[str, Any]:
    """A picture's entry with its bytes in the buffer."""
    uri = image.get("uri")
    if not isinstance(uri, str):
        return image
    data = _bytes_at(path, uri)
    mime = uri[5:].partition(";")[0] if uri.startswith("data:") else ""
    mime = mime or _MIMES.get(Path(unquote(uri)).suffix.lower(), "image/png")
    views.append({"buffer": 0, "byteOffset": sum(map(len, pieces)), "byteLength": len(data)})
    pieces.append(pad4(data))
    kept = {key: value for key, value in image.items() if key != "uri"}
    return kept | {"bufferView": len(views) - 1, "mimeType": mime}


def _bytes_at(path: Path, uri: str) -> bytes:
    if uri.startswith("data:"):
        return embedded(uri)
    wanted = neighbour(path, uri)
    if wanted.is_file() and wanted.stat().st_size > _MOST_BYTES:
        raise Gen3dError(f"{wanted.name} is larger than 1 GiB.", "Export a smaller figure.")
    return read_bytes(wanted)
