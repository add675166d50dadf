# SPDX-License-Identifier: Apache-2.0
"""The container of binary FBX 7: a tree of named records with typed properties.

Layout as publicly documented (Blender Foundation, "FBX binary file format specification", 2013): a
27-byte header with the version; a record holds its end offset, the number and size of its
properties, a name, the properties and its children, closed by a record of zeros. From version 7500
on the three sizes have 64 bits. Arrays may be zlib streams; they are unpacked when asked for, up
to a limit.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen3d.errors import Gen3dError
from motion.importers.reading import bytes_of

_MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
_OLDEST, _WIDE = 7000, 7500
_DEEPEST = 64
_MOST_RECORDS = 1 << 20
_MOST_ARRAY_BYTES = 1 << 26
_SCALARS = {b"Y": "<h", b"C": "<b", b"B": "<b", b"I": "<i", b"F": "<f", b"D": "<d", b"L": "<q"}
_ARRAYS = {b"f": "<f4", b"d": "<f8", b"l": "<i8", b"i": "<i4", b"b": "<i1", b"c": "<u1"}
_HINT = "Export it again as binary FBX 7.4, or as GLB."


@dataclass(frozen=True)
class Packed:
    """An array as it lies in the file."""

    dtype: str
    length: int
    compressed: bool
    data: bytes

    def array(self) -> np.ndarray:
        """Its numbers.

        Raises:
            Gen3dError: It is larger than allowed or damaged.
        """
        size = self.length * np.dtype(self.dtype).itemsize
        if size > _MOST_ARRAY_BYTES:
            raise damaged(f"an array claims {size} bytes")
        try:
            data = (
                zlib.decompressobj().decompress(self.data, size) if self.compressed else self.data
            )
        except zlib.error as error:
            raise damaged(f"an array cannot be unpacked ({error})") from error
        if len(data) != size:
            raise damaged(f"an array of {size} bytes has {len(data)}")
        return np.frombuffer(data, self.dtype).astype(np.dtype(self.dtype).newbyteorder("="))


Property = int | float | str | bytes | Packed


@dataclass(frozen=True)
class Record:
    """A named record."""

    name: str
    properties: tuple[Property, ...]
    children: tuple[Record, ...]

    def all(self, name: str) -> Iterator[Record]:
        """Children of a name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Record | None:
        """The first child of a name."""
        return next(self.all(name), None)

    def array(self, name: str) -> np.ndarray | None:
        """Numbers of a child that holds one array."""
        child = self.first(name)
        if child is None or not child.properties or not isinstance(child.properties[0], Packed):
            return None
        return child.properties[0].array()


def damaged(what: str) -> Gen3dError:
    """The error for a file that contradicts itself."""
    return Gen3dError(f"The FBX file is damaged: {what}.", _HINT)


def open_fbx(path: Path) -> Record:
    """Read a binary FBX file as a record without a name.

    Raises:
        Gen3dError: It is ASCII, of another version, or damaged.
    """
    data = bytes_of(path)
    if not data.startswith(_MAGIC):
        if (
            data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b";")
            or b"FBXHeaderExtension" in data[:4096]
        ):
            raise Gen3dError(f"{path.name} is an ASCII FBX file; only binary ones are read.", _HINT)
        raise Gen3dError(f"{path.name} is not an FBX file.", "Check the path.")
    if len(data) < len(_MAGIC) + 4:
        raise damaged("it ends inside its header")
    version = int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 4], "little")
    if version < _OLDEST or version >= 8000:
        raise Gen3dError(f"{path.name} is FBX version {version / 1000:g}; 7 is read.", _HINT)
    return _Reader(data, wide=version >= _WIDE).whole(len(_MAGIC) + 4)


class _Reader:
    """Walks over the bytes of one file."""

    def __init__(self, data: bytes, *, wide: bool) -> None:
        self.data = data
        self.head = struct.Struct("<QQQB" if wide else "<IIIB")
        self.count = 0

    def whole(self, at: int) -> Record:
        return Record("", (), tuple(self.records(at, len(self.data), 0)))

    def records(self, at: int, end: int, depth: int) -> Iterator[Record]:
        """Records from one offset to another, or to a record of zeros."""
        if depth > _DEEPEST:
            raise damaged("its records are nested too deeply")
        while at + self.head.size <= end:
            stop, count, size, letters = self.head.unpack_from(self.data, at)
            if stop == 0:
                return
            inside = at + self.head.size + letters
            if not inside + size <= stop <= end or count > size:
                raise damaged(f"the record at byte {at} runs out of its place")
            self.count += 1
            if self.count > _MOST_RECORDS:
                raise damaged("it has too many records")
            name = self.data[inside - letters : inside].decode("latin-1")
            yield Record(
                name,
                tuple(self.properties(inside, inside + size, count)),
                tuple(self.records(inside + size, stop, depth + 1)),
            )
            at = stop

    def properties(self, at: int, end: int, count: int) -> Iterator[Property]:
        for _ in range(count):
            kind = self.data[at : at + 1]
            size, value = self.property(kind, at + 1)
            at += 1 + size
            if at > end:
                raise damaged("a property runs out of its record")
            yield value

    def property(self, kind: bytes, at: int) -> tuple[int, Property]:
        """Size in bytes and value of one property."""
        try:
            if kind in _SCALARS:
                (value,) = struct.unpack_from(_SCALARS[kind], self.data, at)
                return struct.calcsize(_SCALARS[kind]), value
            if kind in _ARRAYS:
                length, encoding, size = struct.unpack_from("<III", self.data, at)
                raw = self.data[at + 12 : at + 12 + size]
                return 12 + size, Packed(_ARRAYS[kind], length, encoding == 1, raw)
            if kind in (b"S", b"R"):
                (size,) = struct.unpack_from("<I", self.data, at)
                raw = self.data[at + 4 : at + 4 + size]
                return 4 + size, raw.decode("utf-8", "replace") if kind == b"S" else raw
        except struct.error as error:
            raise damaged("it ends inside a property") from error
        raise damaged(f"it has a property of the unknown type {kind!r}")
