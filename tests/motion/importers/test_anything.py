# SPDX-License-Identifier: Apache-2.0
"""One door for every kind of file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion import clips
from motion.catalogue import entry, play
from motion.files import joints_22, write_bvh, write_npz
from motion.finish import finish
from motion.importers import performed, read_any, read_motion, read_performance
from motion.importers.positions import Joints
from motion.performance import BODY, world


def test_deepmimic_comes_as_a_rig_and_unchanged_as_a_performance() -> None:
    path = clips.folder() / "humanoid3d_walk.txt"
    wanted = clips.read(path, path.stem)
    recording, performance = read_motion(path), read_performance(path)
    np.testing.assert_array_equal(performance.rotations, wanted.rotations)
    np.testing.assert_allclose(recording.world()[1], world(wanted)[1], atol=1e-6)
    assert recording.rig.names == BODY
    assert performance.loop


def test_our_own_npz_and_bvh_give_the_same_joints_back(tmp_path: Path, adult: Skeleton) -> None:
    clip = finish(play(entry("clip:kick"), 0), adult).clip
    write_npz(tmp_path / "m.npz", adult, clip)
    write_bvh(tmp_path / "m.bvh", adult, clip)
    npz, bvh = read_motion(tmp_path / "m.npz"), read_motion(tmp_path / "m.bvh")
    for read in (npz, bvh):
        order = [read.rig.names.index(name) for name in adult.names]
        _, places = read.world()
        for name, joint in (("leftHand", 20), ("rightFoot", 8), ("head", 15)):
            found = places[:, order][:, adult.index(name)]
            np.testing.assert_allclose(found, joints_22(adult, clip)[:, joint], atol=1e-4)


def test_places_of_joints_are_posed_and_stay_where_they_were(
    tmp_path: Path, twin: Skeleton
) -> None:
    clip = finish(play(entry("clip:walk"), 0), twin, loop=False).clip
    joints = joints_22(twin, clip)
    np.save(tmp_path / "j.npy", joints)
    read = read_any(tmp_path / "j.npy")
    assert isinstance(read, Joints)
    recording = read_motion(tmp_path / "j.npy")
    assert recording.fps == 20.0
    _, places = recording.world()
    for name, joint in (("leftFoot", 7), ("rightHand", 21)):
        away = np.linalg.norm(places[:, BODY.index(name)] - joints[:, joint], axis=-1)
        assert away.max() < 0.06
    assert performed(read).fps == 30.0


@pytest.mark.parametrize("name", ["m.exe", "m", "m.pkl", "m.pt"])
def test_kinds_that_are_not_known_are_refused_with_those_that_are(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(Gen3dError, match="no kind of motion") as caught:
        read_any(tmp_path / name)
    assert ".bvh" in caught.value.hint


@pytest.mark.parametrize(
    "suffix", [".bvh", ".fbx", ".glb", ".gltf", ".ase", ".csm", ".npy", ".npz", ".json"]
)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"HIERARCHY", "ü".encode("latin-1")])
def test_rubbish_and_absence_end_in_one_sentence(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    path = tmp_path / f"m{suffix}"
    with pytest.raises(Gen3dError):
        read_any(path)
    path.write_bytes(content)
    with pytest.raises(Gen3dError):
        read_any(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(Gen3dError):
        read_any(path)
