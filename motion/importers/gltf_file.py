# SPDX-License-Identifier: Apache-2.0
"""The parts of a glTF 2.0 file that move: nodes, skins, animations, and the bytes behind them.

GLB, or ``.gltf`` with data URIs and files in its own folder (never above it). Meshes, materials and
pictures are not even parsed, so compressed geometry does not matter. Bounds are checked by
:mod:`gen3d.export.accessors`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from gen3d.export import schema
from gen3d.export.accessors import damaged, pick
from gen3d.export.assemble import parents_of
from gen3d.export.container import unpack
from gen3d.export.resources import embedded, neighbour
from motion.importers.reading import MOST_BYTES, bytes_of

_KEPT = ("asset", "nodes", "skins", "animations", "accessors", "bufferViews", "buffers")


@dataclass(frozen=True)
class GltfFile:
    """Parsed JSON and one block of bytes that all its buffer views lie in."""

    gltf: schema.Gltf
    binary: bytes
    parents: tuple[int, ...]
    """Parent of each node, -1 for none."""

    @property
    def nodes(self) -> tuple[schema.Node, ...]:
        """All nodes."""
        return self.gltf.nodes or ()

    @property
    def animations(self) -> tuple[schema.Animation, ...]:
        """All animations."""
        return self.gltf.animations or ()


def open_gltf(path: Path) -> GltfFile:
    """Read a ``.glb`` or ``.gltf`` file and whatever holds its bytes.

    Raises:
        Gen3dError: It is damaged, or names a file outside its folder.
    """
    data = bytes_of(path)
    glb = data[:4] == b"glTF"
    text, chunk = unpack(data, path.name) if glb else (data, b"")
    gltf = _parsed(text)
    pieces = [_buffer_bytes(path, b, chunk if i == 0 else b"") for i, b in _numbered(gltf)]
    parents = parents_of(gltf.nodes or ())
    return GltfFile(_joined(gltf, pieces), b"".join(pieces), parents)


def _parsed(text: bytes) -> schema.Gltf:
    try:
        content: object = json.loads(text)
        if not isinstance(content, dict):
            raise damaged("it is no JSON object")
        table = cast("Mapping[str, object]", content)
        return schema.Gltf.model_validate_json(
            json.dumps({k: table[k] for k in _KEPT if k in table})
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "JSON"
        raise damaged(f"{where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise damaged(f"its JSON cannot be read ({error})") from error


def _numbered(gltf: schema.Gltf) -> list[tuple[int, schema.Buffer]]:
    buffers = gltf.buffers or ()
    if sum(buffer.byte_length for buffer in buffers) > MOST_BYTES:
        raise damaged("its buffers claim too many bytes")
    return list(enumerate(buffers))


def _buffer_bytes(path: Path, buffer: schema.Buffer, chunk: bytes) -> bytes:
    """Exactly the bytes that a buffer says it has."""
    if buffer.uri is None:
        data = chunk
    elif buffer.uri.startswith("data:"):
        data = embedded(buffer.uri)
    else:
        data = bytes_of(neighbour(path, buffer.uri))
    if len(data) < buffer.byte_length:
        raise damaged(f"a buffer of {buffer.byte_length} bytes has only {len(data)}")
    return data[: buffer.byte_length]


def _joined(gltf: schema.Gltf, pieces: list[bytes]) -> schema.Gltf:
    """The same file as if all its bytes were in its first buffer."""
    if not pieces:
        return gltf
    starts = [sum(map(len, pieces[:i])) for i in range(len(pieces))]
    for view in gltf.buffer_views or ():
        if view.byte_offset + view.byte_length > len(pick(pieces, view.buffer, "buffer")):
            raise damaged("a buffer view runs past the end of its buffer")
    views = tuple(
        view.model_copy(update={"buffer": 0, "byte_offset": starts[view.buffer] + view.byte_offset})
        for view in gltf.buffer_views or ()
    )
    whole = schema.Buffer.model_validate({"byteLength": sum(map(len, pieces)) or 1})
    return gltf.model_copy(update={"buffers": (whole,), "buffer_views": views})
