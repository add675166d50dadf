# SPDX-License-Identifier: Apache-2.0
"""The GLB container: a 12-byte header, a JSON chunk, a binary chunk (glTF 2.0, section 4).

Little-endian throughout; chunks are padded to 4 bytes, JSON with spaces and binary with zeros.
"""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

from gen3d.atomic import explain, publish
from gen3d.errors import Gen3dError

_MAGIC = b"glTF"
_JSON = 0x4E4F534A
_BINARY = 0x004E4942
_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<II")
_HINT = "The file is damaged or is no GLB: make it again or fetch it again."


def pad4(data: bytes, fill: bytes = b"\0") -> bytes:
    """Lengthen to a multiple of four bytes."""
    return data + fill * (-len(data) % 4)


def pack(json_text: bytes, binary: bytes) -> bytes:
    """Join the two halves into one GLB file's bytes."""
    chunks = [(_JSON, pad4(json_text, b" "))]
    if binary:
        chunks.append((_BINARY, pad4(binary)))
    body = b"".join(_CHUNK.pack(len(data), kind) + data for kind, data in chunks)
    return _HEADER.pack(_MAGIC, 2, _HEADER.size + len(body)) + body


def unpack(data: bytes, name: str) -> tuple[bytes, bytes]:
    """Split a GLB file's bytes into JSON text and binary chunk (empty when there is none).

    Args:
        data: The whole file.
        name: File name for error messages.

    Raises:
        Gen3dError: The header or a chunk is not what the specification asks for.
    """
    if len(data) < _HEADER.size or data[:4] != _MAGIC:
        raise Gen3dError(f"{name} is not a GLB file: it does not begin with 'glTF'.", _HINT)
    _, version, length = _HEADER.unpack_from(data)
    if version != 2:
        raise Gen3dError(f"{name} is glTF version {version}; only 2 is supported.", _HINT)
    if length != len(data):
        raise Gen3dError(f"{name} says it has {length} bytes but has {len(data)}.", _HINT)
    chunks = _chunks(data, name)
    if not chunks or chunks[0][0] != _JSON:
        raise Gen3dError(f"{name} has no JSON chunk in first place.", _HINT)
    binary = chunks[1][1] if len(chunks) > 1 and chunks[1][0] == _BINARY else b""
    return chunks[0][1], binary


def _chunks(data: bytes, name: str) -> list[tuple[int, bytes]]:
    chunks: list[tuple[int, bytes]] = []
    at = _HEADER.size
    while at < len(data):
        if at + _CHUNK.size > len(data):
            raise Gen3dError(f"{name} ends inside a chunk header.", _HINT)
        length, kind = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if at + length > len(data):
            raise Gen3dError(f"{name} has a chunk that runs past the end of the file.", _HINT)
        chunks.append((kind, data[at : at + length]))
        at += length
    return chunks


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises:
        Gen3dError: It is not there or cannot be read.
    """
    if path.is_dir():
        raise Gen3dError(f"{path} is a folder, not a GLB file.", "Name the .glb file inside it.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise explain(error, path) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that it is there completely or not at all.

    Raises:
        Gen3dError: The disk is full or the place cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        publish(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise explain(error, path) from error
