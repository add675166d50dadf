# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or absent, and the operating system's complaints as sentences.

A result is written beside its place, flushed to the disk, and then renamed, so that a process which
is killed at any moment never leaves half a file under a final name.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from gen3d.errors import Gen3dError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
_NEARLY_NOTHING_BYTES = 1 << 20


def flush_to_disk(path: Path) -> None:
    """Force a finished file's bytes to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(temporary: Path, final: Path) -> None:
    """Move a finished file to its final name, replacing what is there."""
    flush_to_disk(temporary)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(final)


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that it is there completely or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    publish(temporary, path)


def no_room(folder: Path) -> bool:
    """Whether the disk that holds ``folder`` has (nearly) no free byte."""
    return shutil.disk_usage(folder).free < _NEARLY_NOTHING_BYTES


def explain(error: OSError, path: Path) -> Gen3dError:
    """Turn an operating system error met at ``path`` into a sentence and a hint."""
    where = error.filename or path
    if error.errno in _NO_ROOM:
        return full_disk(path)
    if error.errno in _NOT_WRITABLE:
        return Gen3dError(
            f"{where} is not writable.", "Choose another --out, or change its rights."
        )
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return Gen3dError(f"{where} is a file, not a folder.", "Choose another --out.")
    if error.errno == errno.ENAMETOOLONG:
        return Gen3dError("The name of the output folder is too long.", "Choose a shorter --out.")
    if error.errno == errno.ENOENT:
        return Gen3dError(f"{where} does not exist.", "Check the path.")
    return Gen3dError(f"{where} cannot be used: {error.strerror or error}.", "Check the path.")


def full_disk(path: Path) -> Gen3dError:
    """The error for a disk, quota or file size limit that is used up."""
    return Gen3dError(
        f"There is no room left for {path}.",
        "Free some space (a run needs about 300 MB) and run the same command again: it continues.",
    )
