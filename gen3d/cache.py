# SPDX-License-Identifier: Apache-2.0
"""Where derived, rebuildable files live, and how they are written and trusted.

Every cached file has a ``.sha256`` beside it; a file that does not match is refused, never used.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from gen3d.errors import Gen3dError

_CHUNK_BYTES = 1 << 22


def cache_dir() -> Path:
    """``$GEN3D_CACHE``, or ``gen3d`` under ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    named = os.environ.get("GEN3D_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen3d"


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _digest_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def seal(temporary: Path, path: Path) -> None:
    """Move a finished file into place, its hash first: never a bare file."""
    _digest_path(path).write_text(sha256_of(temporary) + "\n", encoding="ascii")
    temporary.replace(path)


def temporary_in(folder: Path, suffix: str) -> Path:
    """Make a uniquely named empty file in ``folder`` for writing a result that is not yet whole."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=suffix, dir=folder)
    os.close(handle)
    return Path(name)


def verify(path: Path) -> None:
    """Check a cached file against the hash beside it.

    Raises:
        Gen3dError: The hash is missing or does not match.
    """
    digest = _digest_path(path)
    expected = digest.read_text(encoding="ascii").strip() if digest.exists() else "missing"
    actual = sha256_of(path)
    if actual != expected:
        message = (
            f"The cached file {path} is damaged (sha256 {actual[:12]}…, not {expected[:12]}…)."
        )
        raise Gen3dError(message, f"Delete {path} and run again: it is rebuilt in a minute.")
