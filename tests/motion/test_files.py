# SPDX-License-Identifier: Apache-2.0
"""BVH and NPZ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Clip, Skeleton
from motion.catalogue import entry, play
from motion.contact import world_of
from motion.files import (
    HUMANML3D,
    SMPL_PARENTS,
    euler_zxy,
    from_euler_zxy,
    joints_22,
    read_bvh,
    read_npz,
    smpl_poses,
    write_bvh,
    write_npz,
)
from motion.finish import finish
from motion.generate import with_face


@pytest.fixture(scope="module")
def clip(adult: Skeleton) -> Clip:
    return finish(play(entry("clip:cartwheel"), 0), adult).clip


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda v: sum(map(abs, v)) > 0.1))
def test_euler_angles_give_the_rotation_back(values: list[float]) -> None:
    q = transforms.normalize(np.array([values]))
    back = from_euler_zxy(euler_zxy(q))
    assert abs(float(np.sum(q * back))) == pytest.approx(1.0, abs=1e-7)


def test_euler_angles_survive_gimbal_lock() -> None:
    q = from_euler_zxy(np.array([[20.0, 90.0, 35.0], [20.0, -90.0, 35.0]]))
    same = np.abs(np.sum(from_euler_zxy(euler_zxy(q)) * q, axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-7)


def test_bvh_gives_the_joints_back(tmp_path: Path, adult: Skeleton, clip: Clip) -> None:
    write_bvh(tmp_path / "m.bvh", adult, clip)
    skeleton, read = read_bvh(tmp_path / "m.bvh")
    assert sorted(skeleton.names) == sorted(adult.names)
    order = [skeleton.index(name) for name in adult.names]
    np.testing.assert_allclose(skeleton.positions[order], adult.positions, atol=1e-6)
    _, wanted = world_of(clip, adult)
    _, found = world_of(read, skeleton)
    np.testing.assert_allclose(found[:, order], wanted, atol=2e-5)
    assert read.fps == pytest.approx(clip.fps, rel=1e-5)


def test_bvh_is_what_other_readers_expect(tmp_path: Path, adult: Skeleton, clip: Clip) -> None:
    write_bvh(tmp_path / "m.bvh", adult, clip)
    lines = (tmp_path / "m.bvh").read_text(encoding="ascii").splitlines()
    assert lines[:2] == ["HIERARCHY", "ROOT root"]
    assert sum(line.strip() == "{" for line in lines) == sum(line.strip() == "}" for line in lines)
    channels = sum(int(line.split()[1]) for line in lines if "CHANNELS" in line)
    start = lines.index("MOTION")
    assert lines[start + 1] == f"Frames: {len(clip.rotations)}"
    assert {len(line.split()) for line in lines[start + 3 :]} == {channels}
    leaves = set(range(55)) - set(adult.parents)
    assert sum("End Site" in line for line in lines) == len(leaves)


def test_npz_holds_what_is_promised_and_gives_the_clip_back(
    tmp_path: Path, adult: Skeleton, clip: Clip
) -> None:
    write_npz(tmp_path / "m.npz", adult, clip)
    with np.load(tmp_path / "m.npz", allow_pickle=False) as data:
        assert data["joints"].shape == (len(clip.rotations), 22, 3)
        assert data["contacts"].shape == (len(clip.rotations), 4)
        assert set(np.unique(data["contacts"])) == {0.0, 1.0}
        assert float(data["fps"]) == clip.fps
    skeleton, read = read_npz(tmp_path / "m.npz")
    assert skeleton.names == adult.names
    assert read.loop == clip.loop
    assert read.face == {}
    for name in ("rotations", "root_positions", "hips_positions"):
        np.testing.assert_array_equal(getattr(read, name), getattr(clip, name))


def test_joints_are_in_the_order_of_humanml3d(adult: Skeleton, clip: Clip) -> None:
    still = replace(
        clip,
        rotations=np.tile(np.array([1, 0, 0, 0], np.float32), (1, 55, 1)),
        root_positions=np.zeros((1, 3), np.float32),
        hips_positions=adult.positions[1:2],
    )
    joints = joints_22(adult, still)[0]
    assert len(set(HUMANML3D)) == 22
    # The body's left is +X; 10 and 11 are toes, 15 the head, 20 and 21 the wrists.
    assert joints[1, 0] > 0 > joints[2, 0]
    assert joints[10, 2] > joints[7, 2]
    assert joints[15, 1] == joints[:, 1].max()
    assert joints[20, 0] == joints[:, 0].max()
    assert joints[21, 0] == joints[:, 0].min()


def test_equal_clips_give_equal_bytes_and_other_clips_other_bytes(
    tmp_path: Path, adult: Skeleton, clip: Clip
) -> None:
    for write, suffix in ((write_bvh, "bvh"), (write_npz, "npz")):
        paths = [tmp_path / f"{name}.{suffix}" for name in ("a", "b", "c")]
        write(paths[0], adult, clip)
        write(paths[1], adult, replace(clip, rotations=clip.rotations.copy()))
        write(paths[2], adult, replace(clip, hips_positions=clip.hips_positions + 0.01))
        contents = [path.read_bytes() for path in paths]
        assert contents[0] == contents[1]
        assert contents[0] != contents[2]


def test_a_failed_write_leaves_nothing_and_a_damaged_file_is_refused(
    tmp_path: Path, adult: Skeleton, clip: Clip
) -> None:
    with pytest.raises(OSError, match="missing"):
        write_bvh(tmp_path / "missing" / "m.bvh", adult, clip)
    write_npz(tmp_path / "m.npz", adult, clip)
    assert [path.name for path in tmp_path.iterdir()] == ["m.npz"]
    for name, read in (("m.bvh", read_bvh), ("n.npz", read_npz)):
        (tmp_path / name).write_text("HIERARCHY nonsense", encoding="ascii")
        with pytest.raises(Gen3dError, match="not a"):
            read(tmp_path / name)


def placed_by_smpl(poses: np.ndarray, trans: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """A naive twin: SMPL's joints from its pose vector, matrix by matrix (Loper et al. 2015)."""
    placed = np.zeros((len(poses), 22, 3))
    for frame, (pose, moved) in enumerate(zip(poses.reshape(-1, 24, 3), trans, strict=True)):
        turned: list[np.ndarray] = []
        for joint, parent in enumerate(SMPL_PARENTS):
            x, y, z = pose[joint].astype(np.float64)
            spin = expm(np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]))
            if parent < 0:
                turned.append(spin)
                placed[frame, joint] = rest[joint] + moved
            else:
                turned.append(turned[parent] @ spin)
                bone = turned[parent] @ (rest[joint] - rest[parent])
                placed[frame, joint] = placed[frame, parent] + bone
    return placed


def test_smpl_poses_on_the_rest_joints_give_the_joints(tmp_path: Path, body: Skeleton) -> None:
    turning = finish(play(entry("clip:cartwheel"), 0), body).clip
    write_npz(tmp_path / "m.npz", body, turning)
    with np.load(tmp_path / "m.npz", allow_pickle=False) as data:
        poses, trans, joints = data["poses"], data["trans"], data["joints"]
    assert (poses.dtype, poses.shape, trans.shape) == (
        np.float32,
        (len(joints), 72),
        (len(joints), 3),
    )
    rest = body.positions[[body.index(name) for name in HUMANML3D]].astype(np.float64)
    frames = slice(None, None, 25)
    found = placed_by_smpl(poses[frames], trans[frames], rest)
    np.testing.assert_allclose(found, joints[frames], atol=1e-5)
    assert not poses[:, 66:].any()
    assert np.linalg.norm(poses.reshape(-1, 24, 3), axis=-1).max() <= np.pi + 1e-5


def test_standing_in_the_rest_pose_is_all_zeros_in_smpl(adult: Skeleton, clip: Clip) -> None:
    still = replace(
        clip,
        rotations=np.tile(np.array([1, 0, 0, 0], np.float32), (2, 55, 1)),
        root_positions=np.zeros((2, 3), np.float32),
        hips_positions=np.tile(adult.positions[1:2], (2, 1)),
    )
    poses, trans = smpl_poses(adult, still)
    assert not poses.any()
    np.testing.assert_allclose(trans, 0.0, atol=1e-6)
    moved = replace(still, root_positions=np.array([[0, 0, 0], [1, 0, 2]], np.float32))
    np.testing.assert_allclose(smpl_poses(adult, moved)[1][1], [1.0, 0.0, 2.0], atol=1e-6)


def test_npz_keeps_the_face_and_reads_files_without_one(
    tmp_path: Path, adult: Skeleton, clip: Clip
) -> None:
    write_npz(tmp_path / "m.npz", adult, with_face(clip, 3))
    _, read = read_npz(tmp_path / "m.npz")
    given = with_face(clip, 3).face
    assert read.face.keys() == given.keys()
    for name, curve in read.face.items():
        np.testing.assert_array_equal(curve, given[name])
    with np.load(tmp_path / "m.npz", allow_pickle=False) as data:
        old = {name: data[name] for name in data.files if not name.startswith("face")}
    np.savez(tmp_path / "old.npz", **old)
    assert read_npz(tmp_path / "old.npz")[1].face == {}
