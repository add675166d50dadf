# SPDX-License-Identifier: Apache-2.0
"""Joint places in NumPy files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from motion.importers.positions import CLIMBING, HUMANML3D_NAMES, read_positions


def _walk() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.0, 1.0, (5, 22, 3)).astype(np.float32)


def test_research_files_are_taken_as_they_are(tmp_path: Path) -> None:
    joints = _walk()
    np.save(tmp_path / "a.npy", joints)
    np.savez(tmp_path / "b.npz", joints=joints, fps=np.float32(25.0))
    plain, said = read_positions(tmp_path / "a.npy"), read_positions(tmp_path / "b.npz")
    np.testing.assert_array_equal(plain.places, joints)
    np.testing.assert_array_equal(said.places, joints)
    assert (plain.fps, said.fps) == (20.0, 25.0)
    assert read_positions(tmp_path / "a.npy", fps=12.5).seconds == pytest.approx(4 / 12.5)


def test_climbing_takes_are_turned_upright_and_their_joints_chosen_by_name(tmp_path: Path) -> None:
    places = np.random.default_rng(1).uniform(-1.0, 1.0, (4, 53, 3))
    np.save(tmp_path / "c.npy", places)
    read = read_positions(tmp_path / "c.npy")
    assert len(CLIMBING) == len(set(CLIMBING)) == 53
    assert read.fps == 120.0
    for ours, theirs in (("left_wrist", "LeftHand"), ("right_foot", "RightToeBase")):
        x, y, z = places[:, CLIMBING.index(theirs)].T
        found = read.places[:, HUMANML3D_NAMES.index(ours)]
        np.testing.assert_allclose(found, np.stack([x, z, -y], axis=-1))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((5, 24, 3)),
        np.zeros((1, 22, 3)),
        np.zeros((5, 22, 2)),
        np.full((5, 22, 3), np.nan),
        np.zeros(5),
        np.array([{"a": 1}], dtype=object),
    ],
)
def test_other_arrays_are_refused_in_one_sentence(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "bad.npy", array, allow_pickle=True)
    with pytest.raises(Gen3dError, match=r"bad\.npy"):
        read_positions(tmp_path / "bad.npy")


def test_a_header_that_claims_too_much_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    np.save(tmp_path / "big.npy", _walk())
    data = (tmp_path / "big.npy").read_bytes()
    claimed = data.replace(b"(5, 22, 3), }", b"(500000000, 22, 3), }"[: len(b"(5, 22, 3), }") + 8])
    (tmp_path / "big.npy").write_bytes(claimed.replace(b" " * 8 + b"\n", b"\n", 1))
    header = data.replace(b"'shape': (", b"'shape': ((", 1)
    spoiled = {"none.npz": b"PK", "cut.npy": data[:40], "open.npy": header}
    for name, content in spoiled.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    for name in ("big.npy", *spoiled, "other.npz", "absent.npy"):
        with pytest.raises(Gen3dError, match=name.replace(".", r"\.")):
            read_positions(tmp_path / name)


def test_the_climbers_bones_keep_their_lengths(climbing_takes: Path) -> None:
    takes = [read_positions(path) for path in sorted(climbing_takes.glob("*/*.npy"))]
    assert sum(take.seconds for take in takes) == pytest.approx(107.8, abs=0.1)
    for take in takes:
        thigh = np.linalg.norm(take.places[:, 1] - take.places[:, 4], axis=-1)
        assert thigh.std() < 1e-3
        assert np.percentile(take.places[..., 1].min(axis=1), 1) > -0.05
