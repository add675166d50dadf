# SPDX-License-Identifier: Apache-2.0
"""ReMoDiffuse's database of motions: one NPZ of captions' features and normalised motions.

Arrays: ``text_features`` (N, 512), ``m_lengths`` (N,), ``motions`` (N, frames, width) and
``clip_seq_features`` (N, 77, 512), gigabytes together. Only the first two are read whole; of the
others, just the rows that a text needs. Captions (Python objects in the published file) are not.

An entry's score is ``cos(text, caption) exp(-0.1 |l - l_e| / max(l, l_e))`` (Zhang et al. 2023,
arXiv 2304.01116, section 3.2, with lengths l in frames); the two best serve.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from jaxtyping import Float, Float32, Int64

from gen3d import transforms
from gen3d.errors import Gen3dError

TOP = 2
_LAMBDA = 0.1
_MOST_ENTRIES = 1_000_000
_ROW_BYTES = 1 << 24


@dataclass(frozen=True)
class Database:
    """What is kept in memory of a database."""

    path: Path
    texts: Float32[np.ndarray, "entries features"]
    """Unit rows."""
    lengths: Int64[np.ndarray, "entries"]

    def best(self, text: Float[np.ndarray, "features"], frames: int, count: int = TOP) -> list[int]:
        """Entries for a text and a length, the best first; of equals the earlier."""
        cosines = self.texts @ transforms.normalize(text.astype(np.float64))
        apart = np.abs(self.lengths - frames) / np.maximum(self.lengths, frames)
        score = cosines * np.exp(-_LAMBDA * apart)
        return [int(i) for i in np.argsort(-score, kind="stable")[:count]]

    def rows(self, name: str, entries: Sequence[int]) -> Float32[np.ndarray, "entries *rest"]:
        """Some rows of one of the large arrays."""
        with _opened(self.path) as archive:
            return _rows(archive, self.path, name, entries)


def load_database(path: Path) -> Database:
    """Open a database.

    Raises:
        Gen3dError: It is missing, damaged, or of another layout.
    """
    with _opened(path) as archive:
        texts = _whole(archive, path, "text_features", 2).astype(np.float32)
        lengths = _whole(archive, path, "m_lengths", 1).astype(np.int64)
        for name in ("motions", "clip_seq_features"):
            shape, _ = _header(archive, path, name)
            if len(shape) != 3 or shape[0] != len(texts):
                raise _damaged(path, f"{name} has the shape {shape}")
    if len(lengths) != len(texts) or not len(texts) or lengths.min() < 1:
        raise _damaged(path, "captions and lengths do not agree")
    if not np.isfinite(texts).all():
        raise _damaged(path, "it holds values that are not finite")
    return Database(path, transforms.normalize(texts), lengths)


def find_database(checkpoint: Path) -> Path:
    """The database beside a checkpoint.

    Raises:
        Gen3dError: There is none, or more than one.
    """
    found = sorted(checkpoint.parent.glob("*.npz"))
    if len(found) != 1:
        raise Gen3dError(
            f"ReMoDiffuse looks motions up, but {checkpoint.parent} holds {len(found)} databases.",
            "Put its one database there (t2m_text_train.npz), or give --database.",
        )
    return found[0]


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise _damaged(path, str(error)) from None


def _header(archive: zipfile.ZipFile, path: Path, name: str) -> tuple[tuple[int, ...], np.dtype]:
    try:
        with archive.open(f"{name}.npy") as file:
            return _described(file, path, name)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise _damaged(path, f"{name}: {error}") from None


def _described(
    file: IO[bytes] | zipfile.ZipExtFile, path: Path, name: str
) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and kind of the array whose bytes follow."""
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"format {version}")
    shape, fortran, dtype = read(file)
    if fortran or dtype.kind not in "fiu" or any(side < 0 for side in shape):
        raise _damaged(path, f"{name} is not a plain array of numbers")
    return tuple(int(side) for side in shape), dtype


def _whole(archive: zipfile.ZipFile, path: Path, name: str, axes: int) -> np.ndarray:
    shape, _ = _header(archive, path, name)
    if len(shape) != axes or shape[0] > _MOST_ENTRIES or shape[-1] > max(4096, shape[0]):
        raise _damaged(path, f"{name} has the shape {shape}")
    return _rows(archive, path, name, range(shape[0]))


def _rows(archive: zipfile.ZipFile, path: Path, name: str, entries: Sequence[int]) -> np.ndarray:
    """Rows of an array in the archive; what lies between them is skipped, not kept."""
    shape, _ = _header(archive, path, name)
    try:
        with archive.open(f"{name}.npy") as file:
            _, dtype = _described(file, path, name)
            start, size = file.tell(), dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
            if size > _ROW_BYTES:
                raise _damaged(path, f"a row of {name} has {size} bytes")
            found: dict[int, bytes] = {}
            for entry in sorted(set(entries)):
                file.seek(start + entry * size)
                found[entry] = file.read(size)
    except (OSError, EOFError, zipfile.BadZipFile, ValueError) as error:
        raise _damaged(path, f"{name}: {error}") from None
    if any(len(row) != size for row in found.values()):
        raise _damaged(path, f"{name} is cut off")
    rows = np.frombuffer(b"".join(found[entry] for entry in entries), dtype)
    return rows.reshape(len(entries), *shape[1:])


def _damaged(path: Path, reason: str) -> Gen3dError:
    return Gen3dError(
        f"{path} is not a ReMoDiffuse database: {reason}.",
        "Copy t2m_text_train.npz (or the KIT one) again from its source.",
    )
