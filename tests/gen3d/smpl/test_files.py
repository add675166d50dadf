# SPDX-License-Identifier: Apache-2.0
"""Model files: the three kinds are told apart, and whatever does not fit is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.smpl.files import find_model, load_model
from gen3d.smpl.joints import NAMES, PARENTS, Kind
from tests.consumers.smpl_model import model_arrays, write_smpl

VERTS = 300


@pytest.mark.parametrize("kind", ["smpl", "smplh", "smplx"])
def test_each_kind_is_known_by_its_joints(tmp_path: Path, kind: Kind) -> None:
    model = load_model(write_smpl(tmp_path / "x.npz", kind, VERTS))
    assert model.kind == kind
    assert model.shape_directions.shape[2] == 10
    assert model.expression_directions.shape[2] == (10 if kind == "smplx" else 0)
    assert model.weights.shape[1] == len(NAMES[kind]) == len(PARENTS[kind])


@pytest.mark.parametrize("kind", ["smpl", "smplh", "smplx"])
def test_parents_come_before_their_children_and_names_are_used_once(kind: Kind) -> None:
    assert all(parent < joint for joint, parent in enumerate(PARENTS[kind]))
    assert len(set(NAMES[kind])) == len(NAMES[kind])


def test_smplx_of_four_hundred_directions_has_three_hundred_shapes(tmp_path: Path) -> None:
    arrays = dict(model_arrays("smplx", VERTS))
    count = len(arrays["v_template"])
    arrays["shapedirs"] = np.zeros((count, 3, 400), np.float32)
    np.savez(tmp_path / "x.npz", **arrays)
    model = load_model(tmp_path / "x.npz")
    assert model.shape_directions.shape[2] == 300
    assert model.expression_directions.shape[2] == 100


def test_what_else_a_published_file_holds_is_left_alone(tmp_path: Path) -> None:
    pickled = {"joint2num": np.array({"pelvis": 0}, dtype=object)}
    np.savez(tmp_path / "x.npz", **model_arrays("smplx", VERTS), **pickled)
    assert load_model(tmp_path / "x.npz").kind == "smplx"


DAMAGE = {
    "weights": (lambda a: a[:, :-1], "weights has the shape"),
    "J_regressor": (lambda a: a[:20], "it has 20 joints"),
    "posedirs": (lambda a: a[..., :9], "posedirs has the shape"),
    "f": (lambda a: a + 10_000, "name vertices that do not exist"),
    "kintree_table": (lambda a: a[:, ::-1], "do not hang together"),
    "v_template": (lambda a: a * 100.0, "m tall"),
    "shapedirs": (lambda a: a * np.nan, "not finite"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_does_not_fit_is_named(tmp_path: Path, name: str) -> None:
    arrays = dict(model_arrays("smpl", VERTS))
    change, message = DAMAGE[name]
    arrays[name] = change(arrays[name])
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(Gen3dError, match=message) as caught:
        load_model(tmp_path / "x.npz")
    assert "\n" not in caught.value.message


def test_weights_that_are_no_shares_are_refused(tmp_path: Path) -> None:
    arrays = dict(model_arrays("smpl", VERTS))
    arrays["weights"] = arrays["weights"] * 2.0
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(Gen3dError, match="sum to one"):
        load_model(tmp_path / "x.npz")


def test_a_sparse_regressor_stored_as_an_object_is_refused(tmp_path: Path) -> None:
    arrays = dict(model_arrays("smpl", VERTS))
    arrays["J_regressor"] = np.array({"data": 1}, dtype=object)
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(Gen3dError, match="J_regressor is a pickled object"):
        load_model(tmp_path / "x.npz")


def test_a_folder_gives_the_file_that_is_wanted(tmp_path: Path) -> None:
    for name in ("smplx/SMPLX_MALE.npz", "smplx/SMPLX_NEUTRAL.npz", "smplh/female/model.npz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find_model(tmp_path, "smplx").name == "SMPLX_NEUTRAL.npz"
    assert find_model(tmp_path, "smplx", "male").name == "SMPLX_MALE.npz"
    assert find_model(tmp_path, "smplh").parent.name == "female"
    with pytest.raises(Gen3dError, match="no model files that are male SMPL-H"):
        find_model(tmp_path, "smplh", "male")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Gen3dError, match="no model file"):
        find_model(tmp_path / "empty")
