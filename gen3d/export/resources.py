# SPDX-License-Identifier: Apache-2.0
"""What a glTF file names by URI: bytes within it, or a file beside it (glTF 2.0, sec. 2.8)."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from urllib.parse import unquote

from gen3d.errors import Gen3dError
from gen3d.export.accessors import damaged


def embedded(uri: str) -> bytes:
    """The bytes of a data URI.

    Raises:
        Gen3dError: It is not base64, or damaged.
    """
    head, comma, body = uri.partition(",")
    if not comma or not head.endswith(";base64"):
        raise damaged("a data URI is not base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise damaged(f"a data URI cannot be decoded ({error})") from error


def neighbour(path: Path, uri: str) -> Path:
    """The file that a file names, which must lie in its folder.

    Raises:
        Gen3dError: It lies elsewhere.
    """
    folder, name = path.resolve().parent, unquote(uri)
    wanted = (folder / name).resolve()
    if "://" in name or not wanted.is_relative_to(folder):
        raise Gen3dError(
            f"{path.name} wants the file {name[:80]!r}, which is not in its folder.",
            "Export it as one self-contained GLB.",
        )
    return wanted
