# SPDX-License-Identifier: Apache-2.0
"""The cached body model is refused when it is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gen3d.body import data
from gen3d.cache import verify
from gen3d.errors import Gen3dError


def test_a_damaged_cache_is_refused_with_a_way_out(tmp_path: Path) -> None:
    data.load()
    source = data.data_path()
    copy = tmp_path / source.name
    shutil.copy(source, copy)
    shutil.copy(f"{source}.sha256", f"{copy}.sha256")
    verify(copy)
    with copy.open("r+b") as stream:
        stream.seek(copy.stat().st_size // 2)
        byte = stream.read(1)
        stream.seek(-1, 1)
        stream.write(bytes([byte[0] ^ 1]))
    with pytest.raises(Gen3dError) as caught:
        verify(copy)
    assert "damaged" in caught.value.message
    assert "Delete" in caught.value.hint


def test_a_cache_without_its_hash_is_refused(tmp_path: Path) -> None:
    bare = tmp_path / "body.safetensors"
    bare.write_bytes(b"anything")
    with pytest.raises(Gen3dError, match="damaged"):
        verify(bare)
