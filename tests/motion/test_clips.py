# SPDX-License-Identifier: Apache-2.0
"""The DeepMimic clips, read from the installed package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion import clips
from motion.catalogue import entries
from motion.performance import BODY, FPS, THIGH, world

FILES = sorted({entry.file for entry in entries() if entry.file})


def _still(count: int = 3) -> np.ndarray:
    """Frames of a figure that stands with its arms hanging: all rotations the identity."""
    frames = np.zeros((count, 44))
    frames[:, 0] = 0.1
    frames[:, 2] = 0.9
    for start in (4, 8, 12, 16, 21, 25, 30, 35, 39):
        frames[:, start] = 1.0
    return frames


def _place(frames: np.ndarray, joint: str) -> np.ndarray:
    performance = clips.from_frames(frames, "test", loop=False)
    return world(performance)[1][0, BODY.index(joint)] - performance.pelvis[0]


def _about(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    return transforms.from_axis_angle(np.array(axis), np.radians(degrees))


def test_all_twenty_humanoid_clips_of_the_package_are_in_the_library() -> None:
    found = [*clips.folder().glob("humanoid3d_*.txt"), *clips.folder().glob("walker/*.txt")]
    here = sorted(path.relative_to(clips.folder()).as_posix() for path in found)
    assert here == FILES
    assert len(FILES) == 20


@pytest.mark.parametrize("file", FILES)
def test_a_clip_is_uniform_unit_and_continuous(file: str) -> None:
    performance = clips.read(clips.folder() / file, "clip")
    q = performance.rotations
    np.testing.assert_allclose(np.linalg.norm(q, axis=-1), 1.0, atol=1e-9)
    assert (np.sum(q[1:] * q[:-1], axis=-1) > 0.0).all()
    raw = json.loads((clips.folder() / file).read_text(encoding="utf-8"))
    seconds = sum(frame[0] for frame in raw["Frames"][:-1])
    assert performance.fps == FPS
    assert performance.seconds == pytest.approx(seconds, abs=0.5 / FPS + 1e-6)
    assert performance.loop == (raw["Loop"] == "wrap")


def test_walking_has_the_ankles_and_hips_where_a_person_has_them() -> None:
    performance = clips.read(clips.folder() / "humanoid3d_walk.txt", "walk")
    _, places = world(performance)
    lowest = places[:, [BODY.index("leftFoot"), BODY.index("rightFoot")], 1].min()
    assert 0.03 < lowest < 0.06
    assert np.median(performance.pelvis[:, 1]) == pytest.approx(0.85, abs=0.03)
    travel = performance.pelvis[-1] - performance.pelvis[0]
    assert travel[2] == pytest.approx(1.24, abs=0.02)
    assert abs(travel[0]) < 0.05


def test_a_still_figure_hangs_its_arms_and_stands_on_straight_legs() -> None:
    hand, shoulder = _place(_still(), "leftHand"), _place(_still(), "leftUpperArm")
    np.testing.assert_allclose(hand - shoulder, [0.0, -0.2748 - 0.2589, 0.0], atol=1e-6)
    assert shoulder[0] == pytest.approx(0.1831, abs=0.01)
    np.testing.assert_allclose(_place(_still(), "rightFoot"), [-0.0849, -0.8314, 0.0], atol=1e-6)


def test_a_bent_knee_takes_the_foot_back_and_a_bent_elbow_the_hand_forward() -> None:
    frames = _still()
    frames[:, 20], frames[:, 29] = np.radians(-90.0), np.radians(90.0)
    foot, elbow = _place(frames, "rightFoot"), _place(frames, "rightLowerArm")
    np.testing.assert_allclose(foot, [-0.0849, -THIGH, -0.4099], atol=1e-6)
    np.testing.assert_allclose(_place(frames, "rightHand") - elbow, [0, 0, 0.2589], atol=1e-6)


def test_the_right_hip_raised_about_source_z_swings_the_right_leg_forward() -> None:
    frames = _still()
    frames[:, 16:20] = _about((0.0, 0.0, 1.0), 90.0)
    np.testing.assert_allclose(_place(frames, "rightFoot"), [-0.0849, 0.0, 0.8314], atol=1e-6)
    np.testing.assert_allclose(_place(frames, "leftFoot"), [0.0849, -0.8314, 0.0], atol=1e-6)


def test_the_chest_turn_is_shared_by_the_spine_and_reaches_the_head() -> None:
    frames = _still()
    frames[:, 8:12] = _about((0.0, 1.0, 0.0), 60.0)
    turned, _ = world(clips.from_frames(frames, "test", loop=False))
    angle = np.degrees(2.0 * np.arccos(np.abs(turned[0, :, 0])))
    for joint, degrees in (("spine", 20.0), ("chest", 40.0), ("upperChest", 60.0), ("head", 60.0)):
        assert angle[BODY.index(joint)] == pytest.approx(degrees, abs=1e-6)


def test_forward_in_the_source_is_forward_here_and_its_right_is_our_right() -> None:
    frames = _still()
    frames[:, 1] = [0.0, 1.0, 2.0]
    frames[:, 3] = [0.0, 0.1, 0.2]
    moved = clips.from_frames(frames, "test", loop=False).pelvis
    np.testing.assert_allclose(moved[-1] - moved[0], [-0.2, 0.0, 2.0], atol=1e-9)


def test_frames_may_last_differently_long() -> None:
    frames = _still()
    frames[:, 0], frames[:, 1] = [0.3, 0.1, 0.0], [0.0, 3.0, 4.0]
    performance = clips.from_frames(frames, "test", loop=False)
    times = np.linspace(0.0, 0.4, len(performance.pelvis))
    # Both halves move at 10 m/s, so the path is a straight line in time.
    np.testing.assert_allclose(performance.pelvis[:, 2], 10.0 * times, atol=0.05)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"Frames": [[1, 2]]}', '{"Frames": 3}'])
def test_a_damaged_clip_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Gen3dError, match=r"bad\.txt"):
        clips.read(path, "bad")
