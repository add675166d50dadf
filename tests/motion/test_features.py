# SPDX-License-Identifier: Apache-2.0
"""Vectors of HumanML3D and KIT-ML, both ways."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion import features, features_norm
from motion.catalogue import entries, entry, play
from motion.features import HUMANML, KIT, Layout
from motion.files import HUMANML3D
from motion.performance import BODY, FPS, world

LAYOUTS = [HUMANML, KIT]
# Standard deviations of the published Std.npy: one number a block (facts of the data set).
STDS = {
    "root_turn": 0.012826,
    "root_velocity": 0.016927,
    "root_height": 0.153766,
    "places": 0.122244,
    "rotations": 0.299692,
    "velocities": 0.019470,
    "contacts": 0.355933,
}
BIASED = ("root_turn", "root_velocity", "root_height", "contacts")


def _library(identifier: str) -> np.ndarray:
    _, places = world(play(entry(identifier), 0))
    joints = places[:, [BODY.index(name) for name in HUMANML3D]]
    return features.at_rate(joints, FPS, HUMANML)


def _rest(layout: Layout) -> np.ndarray:
    """A figure of a layout along its raw directions, narrower in the hips than in the shoulders."""
    places = np.zeros((layout.joints, 3))
    for chain in layout.chains:
        for parent, child in pairwise(chain):
            length = 0.1 if child in layout.face[:2] else 0.2
            places[child] = places[parent] + length * layout.rest_directions[child]
    # KIT's raw directions name its right side +x; a person who faces +Z has it at -x.
    flip = -1.0 if places[layout.face[0], 0] > 0 else 1.0
    return places * [flip, 1.0, 1.0] + np.array([0.0, 0.9, 0.0])


def _turning(layout: Layout, headings: np.ndarray, path: np.ndarray) -> np.ndarray:
    turn = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), headings)
    return transforms.rotate(turn[:, None], _rest(layout)[None]) + path[:, None]


def _walk(layout: Layout, seed: int, frames: int = 90) -> np.ndarray:
    """A random walk with trembling joints that turns by several half turns."""
    rng = np.random.default_rng(seed)
    headings = np.cumsum(rng.normal(0.0, 0.15, frames)) + np.linspace(0.0, 3.0 * np.pi, frames)
    path = np.cumsum(rng.normal(0.0, 0.03, (frames, 3)), axis=0) * [1.0, 0.1, 1.0]
    return _turning(layout, headings, path) + rng.normal(0.0, 0.02, (frames, layout.joints, 3))


def _stats(layout: Layout, bias: float = 1.0) -> np.ndarray:
    std = np.zeros(layout.width)
    for name, part in layout.slices.items():
        metric = name in ("root_velocity", "root_height", "places", "velocities")
        std[part] = STDS[name] / (bias if name in BIASED else 1.0)
        std[part] /= layout.unit if metric else 1.0
    return std


def test_the_layouts_are_the_published_ones() -> None:
    ends = {name: (part.start, part.stop) for name, part in HUMANML.slices.items()}
    assert HUMANML.width == 263
    assert ends == {
        "root_turn": (0, 1),
        "root_velocity": (1, 3),
        "root_height": (3, 4),
        "places": (4, 67),
        "rotations": (67, 193),
        "velocities": (193, 259),
        "contacts": (259, 263),
    }
    assert KIT.width == 251
    assert [part.stop for part in KIT.slices.values()] == [1, 3, 4, 64, 184, 247, 251]
    assert (HUMANML.joints, HUMANML.fps, KIT.joints, KIT.fps) == (22, 20.0, 21, 12.5)


def test_our_joint_names_are_in_the_order_of_the_layouts_chains() -> None:
    named = [[HUMANML3D[joint] for joint in chain] for chain in HUMANML.chains]
    assert named[0] == ["hips", "rightUpperLeg", "rightLowerLeg", "rightFoot", "rightToes"]
    assert named[4] == ["upperChest", "leftShoulder", "leftUpperArm", "leftLowerArm", "leftHand"]
    assert [HUMANML3D[joint] for joint in HUMANML.feet][:2] == ["leftFoot", "leftToes"]


def test_every_clip_of_the_library_comes_back_and_some_programs() -> None:
    captured = [each for each in entries() if each.file]
    written = [each for each in entries() if not each.file]
    for each in [*captured, *written[::8]]:
        joints = _library(each.id)
        vectors = features.encode(joints, HUMANML)
        back = features.decode(vectors, HUMANML, features.start_of(joints, HUMANML))
        assert len(vectors) == len(joints) - 1
        assert np.abs(back - joints[:-1]).max() <= 1e-5, each.id


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("seed", range(4))
def test_random_walks_come_back_through_half_turns(layout: Layout, seed: int) -> None:
    joints = _walk(layout, seed)
    vectors = features.encode(joints, layout)
    back = features.decode(vectors, layout, features.start_of(joints, layout))
    assert np.abs(back - joints[:-1]).max() <= 1e-5


def _naive(vectors: np.ndarray, layout: Layout) -> list[list[list[float]]]:
    """The published recovery, number by number: half angles, quaternion sandwiches, sums."""

    def times(a: list[float], b: list[float]) -> list[float]:
        return [
            a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
            a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
            a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
            a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
        ]

    angle, x, z = 0.0, 0.0, 0.0
    found: list[list[list[float]]] = []
    for t, row in enumerate(vectors.tolist()):
        if t > 0:
            angle += vectors[t - 1, 0]
        q = [np.cos(angle), 0.0, np.sin(angle), 0.0]
        inverse = [q[0], 0.0, -q[2], 0.0]
        if t > 0:
            step = [0.0, float(vectors[t - 1, 1]), 0.0, float(vectors[t - 1, 2])]
            moved = times(times(inverse, step), q)
            x, z = x + moved[1], z + moved[3]
        frame = [[x, row[3], z]]
        for joint in range(layout.joints - 1):
            local = [0.0, *row[4 + 3 * joint : 7 + 3 * joint]]
            place = times(times(inverse, local), q)
            frame.append([place[1] + x, place[2], place[3] + z])
        found.append(frame)
    return found


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_foreign_vector_is_decoded_as_the_published_formula_does(layout: Layout) -> None:
    vectors = np.random.default_rng(3).normal(0.0, 0.3, (20, layout.width))
    ours = features.decode(vectors, layout)
    np.testing.assert_allclose(ours, np.array(_naive(vectors, layout)) * layout.unit, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_vectors_do_not_know_where_a_motion_is_and_where_it_faces(layout: Layout) -> None:
    joints = _walk(layout, 7)
    turn = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), 2.0)
    elsewhere = transforms.rotate(turn[None, None], joints) + np.array([3.0, 0.0, -5.0])
    ours, theirs = features.encode(joints, layout), features.encode(elsewhere, layout)
    np.testing.assert_allclose(ours, theirs, atol=2e-5 / layout.unit)


def test_prepared_joints_face_front_on_the_floor_over_the_origin() -> None:
    joints = features.canonical(_walk(HUMANML, 1) + np.array([1.0, 2.0, 3.0]), HUMANML)
    assert joints[..., 1].min() == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(joints[0, 0, [0, 2]], 0.0, atol=1e-12)
    assert features.initial_turn(joints, HUMANML) == pytest.approx(0.0, abs=1e-9)
    right_hip, left_hip = joints[0, 2], joints[0, 1]
    assert left_hip[0] > right_hip[0]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_steady_turn_is_half_its_angle_with_the_sign_of_turning_back(layout: Layout) -> None:
    headings = 0.04 * np.arange(260)
    # On a circle to the left, forwards: heading h moves along (sin h, cos h).
    step = 0.02 * np.stack([np.sin(headings), np.zeros(260), np.cos(headings)], axis=1)
    path = np.concatenate([np.zeros((1, 3)), np.cumsum(step, axis=0)[:-1]])
    vectors = features.encode(_turning(layout, headings, path), layout)[100:160]
    np.testing.assert_allclose(vectors[:, 0], -0.02, atol=1e-6)
    np.testing.assert_allclose(
        vectors[:, 1:3] * layout.unit,
        np.tile([0.02 * np.sin(-0.04), 0.02 * np.cos(0.04)], (60, 1)),
        atol=1e-6,
    )


def test_a_foot_is_in_contact_below_the_published_step() -> None:
    joints = np.tile(_rest(HUMANML), (3, 1, 1))
    limit = np.sqrt(HUMANML.contact)
    joints[1:, 7, 0] += 0.99 * limit
    joints[1:, 8, 1] += 1.01 * limit
    contacts = features.encode(joints, HUMANML)[:, HUMANML.slices["contacts"]]
    assert contacts.tolist() == [[1, 1, 0, 1], [1, 1, 1, 1]]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_rotation_block_turns_raw_directions_along_each_chain(layout: Layout) -> None:
    joints = _walk(layout, 5, frames=6)
    turn = features.turns_to_front(joints, layout)
    six = features.chain_6d(joints, turn, layout).reshape(6, -1, 6)
    for chain in layout.chains:
        angle = turn[2]
        cosine, sine = np.cos(angle), np.sin(angle)
        whole = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
        for parent, child in pairwise(chain):
            a, b = six[2, child - 1, :3], six[2, child - 1, 3:]
            whole = whole @ np.stack([a, b, np.cross(a, b)], axis=1)
            bone = joints[2, child] - joints[2, parent]
            ours = whole @ layout.rest_directions[child]
            np.testing.assert_allclose(ours, bone / np.linalg.norm(bone), atol=1e-9)


def test_a_uniform_skeleton_keeps_directions_and_has_the_lengths() -> None:
    joints = _walk(HUMANML, 2, frames=10)
    scaled = features.uniform(joints, HUMANML)
    for joint, parent in enumerate(HUMANML.parents[1:], start=1):
        before, after = joints[:, joint] - joints[:, parent], scaled[:, joint] - scaled[:, parent]
        np.testing.assert_allclose(np.linalg.norm(after, axis=1), HUMANML.lengths[joint])
        np.testing.assert_allclose(np.cross(before, after), 0.0, atol=1e-12)
    leg = [np.linalg.norm(joints[0, a] - joints[0, b]) for a, b in ((2, 5), (5, 8))]
    ratio = (HUMANML.lengths[5] + HUMANML.lengths[8]) / sum(leg)
    np.testing.assert_allclose(scaled[:, 0], joints[:, 0] * ratio)
    with pytest.raises(Gen3dError, match="21 bone lengths"):
        features.uniform(_walk(KIT, 0), KIT)


def test_resampling_keeps_straight_paths_straight() -> None:
    path = np.linspace(0.0, 2.9, 88)[:, None] * [0.0, 0.0, 1.0]
    joints = _turning(HUMANML, np.zeros(88), path)
    slower = features.at_rate(joints, 30.0, HUMANML)
    assert len(slower) == 59
    np.testing.assert_allclose(slower[:, 0, 2], np.arange(59) / 20.0, atol=1e-9)


@pytest.mark.parametrize(
    "joints",
    [np.zeros((1, 22, 3)), np.zeros((5, 21, 3)), np.full((5, 22, 3), np.nan)],
    ids=["one frame", "joints", "nan"],
)
def test_what_is_not_a_clip_is_refused(joints: np.ndarray) -> None:
    with pytest.raises(Gen3dError):
        features.encode(joints, HUMANML)


@pytest.mark.parametrize("width", [251, 262])
def test_vectors_of_another_layout_are_refused(width: int) -> None:
    with pytest.raises(Gen3dError, match="263 numbers"):
        features.decode(np.zeros((4, width)), HUMANML)
    with pytest.raises(Gen3dError, match="finite"):
        features.decode(np.full((4, 263), np.inf), HUMANML)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize(("convention", "bias"), features_norm.CONVENTIONS.items())
def test_conventions_are_told_apart(layout: Layout, convention: str, bias: float) -> None:
    mean = np.random.default_rng(0).normal(size=layout.width)
    found = features_norm.normalization(mean, _stats(layout, bias), layout)
    assert found.convention == convention
    # Another data set: everything a little different, the convention the same.
    other = features_norm.normalization(mean, 1.3 * _stats(layout, bias), layout)
    assert other.convention == convention
    values = np.random.default_rng(1).normal(size=(7, layout.width))
    back = found.denormalize(found.normalize(values))
    np.testing.assert_allclose(back, values, atol=1e-5)


def _broken(kind: str) -> np.ndarray:
    std = _stats(HUMANML)
    changes = {"zero": (100, 0.0), "negative": (3, -1.0), "nan": (5, np.nan), "uneven": (80, 0.5)}
    if kind in changes:
        std[changes[kind][0]] = changes[kind][1]
    return {"bias 2": _stats(HUMANML, 2.2), "width": std[:-1], "whole": np.ones(263, int)}.get(
        kind, std
    )


@pytest.mark.parametrize("kind", ["zero", "negative", "nan", "uneven", "bias 2", "width", "whole"])
def test_other_statistics_are_refused(kind: str) -> None:
    with pytest.raises(Gen3dError):
        features_norm.normalization(np.zeros(263), _broken(kind), HUMANML)


def test_statistics_are_read_from_files(tmp_path: Path) -> None:
    mean, std = tmp_path / "mean.npy", tmp_path / "std.npy"
    np.save(mean, np.zeros(263, np.float32))
    np.save(std, _stats(HUMANML, 25.0).astype(np.float32))
    assert features_norm.read(mean, std, HUMANML).convention == "feat_bias 25"


def test_poisoned_and_damaged_files_are_refused(tmp_path: Path) -> None:
    std, bad = tmp_path / "std.npy", tmp_path / "bad.npy"
    np.save(std, _stats(HUMANML))
    np.save(bad, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(Gen3dError, match=r"bad\.npy"):
        features_norm.read(bad, std, HUMANML)
    for content in (b"", b"not numpy", b"\x93NUMPY\x01\x00"):
        bad.write_bytes(content)
        with pytest.raises(Gen3dError, match=r"bad\.npy"):
            features_norm.read(bad, std, HUMANML)
    np.save(bad, np.zeros(100_000))
    with pytest.raises(Gen3dError, match="too large"):
        features_norm.read(bad, std, HUMANML)
    with pytest.raises(Gen3dError, match=r"absent\.npy"):
        features_norm.read(tmp_path / "absent.npy", std, HUMANML)
