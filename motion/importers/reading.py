# SPDX-License-Identifier: Apache-2.0
"""Files from disk to bytes and text, with a limit on size and a sentence for every failure."""

from __future__ import annotations

import codecs
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d.atomic import explain
from gen3d.errors import Gen3dError

MOST_BYTES = 1 << 29
"""Larger files are refused: an hour of mocap as text is a quarter of this."""
MOST_VALUES = 1 << 27
"""Numbers that a motion may hold, whatever a file claims (1 GiB as float64)."""
UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, SyntaxError, IndexError, OverflowError),
    *(MemoryError, NotImplementedError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)
"""What NumPy and zipfile are known to raise on damaged arrays and archives."""
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def bytes_of(path: Path) -> bytes:
    """All bytes of a file.

    Raises:
        Gen3dError: It is not there, is a folder, or is too large.
    """
    if path.is_dir():
        raise Gen3dError(f"{path} is a folder, not a motion file.", "Name a file inside it.")
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Gen3dError(
                f"{path.name} has {size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:,.0f} are read.",
                "Cut the take into pieces.",
            )
        return path.read_bytes()
    except OSError as error:
        raise explain(error, path) from error


def text_of(path: Path) -> str:
    """Text of a file: by its byte order mark, else UTF-8, else Latin-1 (which takes any byte).

    Raises:
        Gen3dError: It cannot be read, or is no text.
    """
    data = bytes_of(path)
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        if b"\0" in data[:4096]:
            raise Gen3dError(f"{path.name} is not a text file.", "Check the path.") from None
        return data.decode("latin-1")


def numbers_of(text: str, source: str) -> Float[np.ndarray, "numbers"]:
    """Every number of a text that holds nothing else.

    Raises:
        Gen3dError: A word is no number, or a number is not finite.
    """
    words = text.split()
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError:
        odd = next(word for word in words if not _is_number(word))
        raise Gen3dError(
            f"{source} has {odd[:30]!r} where a number belongs.", "Export it again."
        ) from None
    if not np.isfinite(values).all():
        raise Gen3dError(f"{source} holds numbers that are not finite.", "Export it again.")
    return values


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
