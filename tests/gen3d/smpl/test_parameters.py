# SPDX-License-Identifier: Apache-2.0
"""People in NPZ files: every usual spelling means the same, and nonsense is said to be so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.smpl.joints import NAMES, Kind
from gen3d.smpl.parameters import (
    Parameters,
    gender_in,
    joints_in,
    read_parameters,
    write_parameters,
)

DRAW = np.random.default_rng(0)


def person(kind: Kind, frames: int = 3) -> Parameters:
    return Parameters(
        betas=DRAW.normal(size=10).astype(np.float32),
        expression=np.zeros(10 if kind == "smplx" else 0, np.float32),
        poses=DRAW.normal(size=(frames, len(NAMES[kind]), 3)).astype(np.float32),
        trans=DRAW.normal(size=(frames, 3)).astype(np.float32),
        gender="female",
        fps=24.0,
    )


@pytest.mark.parametrize("kind", ["smpl", "smplh", "smplx"])
def test_what_is_written_is_read(tmp_path: Path, kind: Kind) -> None:
    there = person(kind)
    write_parameters(tmp_path / "x.npz", kind, there)
    back = read_parameters(tmp_path / "x.npz", kind)
    for name in ("betas", "expression", "poses", "trans"):
        assert np.array_equal(getattr(back, name), getattr(there, name)), name
    assert (back.gender, back.fps) == ("female", 24.0)
    assert joints_in(tmp_path / "x.npz") == len(NAMES[kind])


@pytest.mark.parametrize("kind", ["smpl", "smplh", "smplx"])
def test_the_parts_say_the_same_as_the_whole(tmp_path: Path, kind: Kind) -> None:
    there = person(kind)
    write_parameters(tmp_path / "x.npz", kind, there)
    with np.load(tmp_path / "x.npz") as stored:
        parts = {name: stored[name] for name in stored if name not in {"poses", "trans"}}
    np.savez(tmp_path / "y.npz", **parts)
    back = read_parameters(tmp_path / "y.npz", kind)
    assert np.array_equal(back.poses, there.poses)
    assert np.array_equal(back.trans, there.trans)


def test_hands_go_between_smplh_and_smplx_and_smpl_takes_the_body(tmp_path: Path) -> None:
    there = person("smplh")
    write_parameters(tmp_path / "x.npz", "smplh", there)
    wide = read_parameters(tmp_path / "x.npz", "smplx").poses
    assert np.array_equal(wide[:, 25:], there.poses[:, 22:])
    assert not wide[:, 22:25].any()
    narrow = read_parameters(tmp_path / "x.npz", "smpl").poses
    assert np.array_equal(narrow[:, :22], there.poses[:, :22])
    assert not narrow[:, 22:].any()


def test_betas_alone_are_a_person_at_rest(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", betas=np.ones((1, 10)))
    back = read_parameters(tmp_path / "x.npz", "smpl")
    assert back.betas.shape == (10,)
    assert not back.poses.any()
    assert back.poses.shape == (1, 24, 3)


@pytest.mark.parametrize(
    ("gender", "said"),
    [("male", "male"), (b"FEMALE", "female"), ("robot", ""), (np.array({}, dtype=object), "")],
)
def test_gender_is_read_as_text_or_bytes_and_never_unpickled(
    tmp_path: Path, gender: object, said: str
) -> None:
    np.savez(tmp_path / "x.npz", betas=np.zeros(10), gender=np.asarray(gender))
    assert gender_in(tmp_path / "x.npz") == said


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"poses": np.zeros(72)}, "has no betas"),
        ({"betas": np.full(10, 40.0)}, "beyond every person"),
        ({"betas": np.zeros(301)}, "301 betas"),
        ({"betas": np.zeros(10), "left_hand_pose": np.zeros(6)}, "left_hand_pose"),
        ({"betas": np.zeros(10), "poses": np.zeros((4, 71))}, "poses has the shape"),
        (
            {"betas": np.zeros(10), "poses": np.zeros((4, 72)), "trans": np.zeros((3, 3))},
            "4 poses and 3 translations",
        ),
        ({"betas": np.array(["tall"])}, "betas holds no numbers"),
    ],
)
def test_nonsense_is_one_sentence(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str
) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(Gen3dError, match=message):
        read_parameters(tmp_path / "x.npz", "smplh")
