# SPDX-License-Identifier: Apache-2.0
"""Arrays are read without running, trusting or allocating what a file merely claims."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.smpl.archive import Archive, write_archive


def read(path: Path, name: str = "a") -> np.ndarray:
    with Archive(path) as archive:
        return archive.read(name)


def test_what_is_written_is_read_and_equal_values_are_equal_bytes(tmp_path: Path) -> None:
    values = {"a": np.arange(6.0).reshape(2, 3), "b": np.str_("male")}
    write_archive(tmp_path / "x.npz", values)
    write_archive(tmp_path / "y.npz", values)
    assert np.array_equal(read(tmp_path / "x.npz"), values["a"])
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()


@pytest.mark.parametrize("name", ["SMPL_MALE.pkl", "renamed.npz"])
def test_a_pickle_is_refused_with_the_way_to_convert_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x80\x02}q\x00U\x05betasq\x01.")
    with pytest.raises(Gen3dError, match="pickle") as caught:
        Archive(path)
    assert "np.savez" in caught.value.hint


def test_a_pickled_array_is_refused_only_when_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, a=np.ones(3), joint2num=np.array({"pelvis": 0}, dtype=object))
    assert np.array_equal(read(path), np.ones(3))
    with pytest.raises(Gen3dError, match="could run code"):
        read(path, "joint2num")


def test_a_header_that_claims_the_earth_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    header = io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (1 << 30, 3, 100)}
    np.lib.format.write_array_header_1_0(header, claim)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("a.npy", header.getvalue() + b"\0" * 64)
    with pytest.raises(Gen3dError, match="far more"):
        read(tmp_path / "x.npz")


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_one_sentence(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, a=np.random.default_rng(0).normal(size=2000))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(Gen3dError, match="not a whole NPZ"):
        read(path)


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, a=np.arange(1000.0))
    content = bytearray(path.read_bytes())
    content[4000] ^= 1
    path.write_bytes(content)
    with pytest.raises(Gen3dError, match="cut off or damaged"):
        read(path)


def test_numbers_that_are_none_and_arrays_that_are_absent_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([1.0, np.nan]))
    with pytest.raises(Gen3dError, match="a holds numbers that are not finite"):
        read(tmp_path / "x.npz")
    with pytest.raises(Gen3dError, match="has no b"):
        read(tmp_path / "x.npz", "b")
