# SPDX-License-Identifier: Apache-2.0
"""Arrays out of an NPZ file that nobody vouches for.

Names, shapes and types are read from the array headers before any memory is taken; nothing is ever
unpickled. Only the arrays that are asked for are read, so that a file may hold others (SMPL-X's
``joint2num`` is a pickled dictionary) without harm.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from gen3d.atomic import publish
from gen3d.errors import Gen3dError

MOST_BYTES = 1 << 28
"""Of one array; the greatest of a model, SMPL-X's pose directions in doubles, has half of it."""
_MOST_HEADER_BYTES = 10_000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CONVERT = (
    "Convert it once, on a machine where you trust it and chumpy is installed: "
    "python -c \"import pickle, numpy as np; d = pickle.load(open('MODEL.pkl', 'rb'), "
    "encoding='latin1'); np.savez('MODEL.npz', **{k: np.asarray(d[k].todense() if "
    "hasattr(d[k], 'todense') else d[k]) for k in ('v_template', 'shapedirs', 'posedirs', "
    "'J_regressor', 'weights', 'kintree_table', 'f')})\""
)


@dataclass(frozen=True)
class Header:
    """What an array is, before it is read."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


class Archive:
    """An NPZ file, opened for reading; use it in a ``with`` statement.

    Args:
        path: The file.

    Raises:
        Gen3dError: It cannot be read, or is no NPZ file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _refuse_pickle(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError):
            raise self.damaged("it is not a whole NPZ file") from None
        self._members = {info.filename: info for info in self._zip.infolist()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._members

    def damaged(
        self, why: str, hint: str = "Get the file again from where it is from."
    ) -> Gen3dError:
        """The error that says what is wrong with this file."""
        return Gen3dError(f"{self.path.name} cannot be used: {why}.", hint)

    def header(self, name: str) -> Header:
        """Shape and type of an array.

        Raises:
            Gen3dError: It is absent, damaged, or would have to be unpickled.
        """
        with self._open(name) as stream:
            return self._header(name, stream)

    def read(self, name: str) -> np.ndarray:
        """An array of numbers or text.

        Raises:
            Gen3dError: It is absent, damaged, too large, not finite, or would have to be unpickled.
        """
        with self._open(name) as stream:
            header = self._header(name, stream)
        if int(np.prod(header.shape, dtype=np.float64)) * header.dtype.itemsize > MOST_BYTES:
            raise self.damaged(f"{name} has the shape {header.shape}, far more than any such file")
        try:
            with self._open(name) as stream:
                values = np.lib.format.read_array(stream, allow_pickle=False)
        except (ValueError, EOFError, OSError, zlib.error, zipfile.BadZipFile):
            raise self.damaged(f"{name} is cut off or damaged") from None
        if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
            raise self.damaged(f"{name} holds numbers that are not finite")
        return values

    def _open(self, name: str) -> zipfile.ZipExtFile:
        if name not in self:
            raise self.damaged(f"it has no {name}", "Give a file in the published layout.")
        try:
            return cast("zipfile.ZipExtFile", self._zip.open(self._members[f"{name}.npy"]))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
            raise self.damaged(f"{name} is cut off, damaged or encrypted") from None

    def _header(self, name: str, stream: zipfile.ZipExtFile) -> Header:
        try:
            version = np.lib.format.read_magic(stream)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            shape, _, dtype = read(stream, max_header_size=_MOST_HEADER_BYTES)
        except (ValueError, KeyError, EOFError, OSError, zlib.error, zipfile.BadZipFile):
            raise self.damaged(f"{name} is cut off or damaged") from None
        if dtype.hasobject:
            raise self.damaged(
                f"{name} is a pickled object, which could run code",
                f"Store it as a plain array. {_CONVERT}",
            )
        return Header(shape, dtype)


def _refuse_pickle(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            start = stream.read(2)
    except OSError as error:
        raise Gen3dError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from None
    if path.suffix.lower() in {".pkl", ".pickle"} or start[:1] == b"\x80":
        raise Gen3dError(
            f"{path.name} is a pickle, which can run code when it is opened, so it is refused.",
            _CONVERT,
        )


def write_archive(path: Path, arrays: Mapping[str, np.ndarray | np.generic]) -> None:
    """Write an NPZ file, whole or not at all, the same bytes for the same arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            # A zip entry carries a time of day; a fixed one keeps equal values equal bytes.
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(buffer.getvalue())
    publish(temporary, path)
