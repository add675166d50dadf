# SPDX-License-Identifier: Apache-2.0
"""Words to a finished clip: the body's, with live hands and a live face, where it was sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.spec import MotionSpec, MoveSpec
from gen3d.text import TextEncoder
from gen3d.types import Clip, Skeleton
from motion.contact import world_of
from motion.generate import MotionResult, generate, with_face
from motion.idle import idle_face
from tests.motion.small_files import model_folder

PROGRAM = MoveSpec(source="program")


def made(
    skeleton: Skeleton, text: str, seed: int = 0, moves: MoveSpec = PROGRAM, **spec: object
) -> MotionResult:
    wanted = MotionSpec.model_validate({"text": text, **spec})
    return generate(wanted, skeleton, TextEncoder.load(), seed, moves)


@pytest.fixture(scope="module")
def running(adult: Skeleton) -> MotionResult:
    return made(adult, "running")


def same(a: Clip, b: Clip) -> bool:
    return np.array_equal(a.rotations, b.rotations) and all(
        np.array_equal(a.face[name], b.face[name]) for name in a.face
    )


def test_what_goes_on_and_on_is_a_cycle_without_a_seam(
    running: MotionResult, adult: Skeleton
) -> None:
    clip = running.clip
    assert clip.loop
    assert running.facts()["source"] == "program:run"
    assert running.measures["seam_deg"] < 1.0
    assert running.measures["seam_cm"] < 1.0
    steps = np.linalg.norm(np.diff(clip.root_positions[:, [0, 2]], axis=0), axis=1) * clip.fps
    assert steps.min() > 1.0
    _, places = world_of(clip, adult)
    assert places[:, [adult.index("leftToes"), adult.index("rightToes")], 1].min() > -0.01


@pytest.mark.parametrize("seconds", [2.0, 5.0])
def test_a_cycle_lasts_as_long_as_was_asked(adult: Skeleton, seconds: float) -> None:
    done = made(adult, "running", loop=True, seconds=seconds)
    assert done.clip.loop
    assert (len(done.clip.rotations) - 1) / done.clip.fps == pytest.approx(seconds, abs=0.1)
    assert done.measures["seam_deg"] < 1.0
    assert done.measures["seam_cm"] < 1.0


def test_no_cycle_where_none_is_wanted_and_none_travels_in_place(adult: Skeleton) -> None:
    assert not made(adult, "running", loop=False).clip.loop
    assert not made(adult, "running", seconds=3.0).clip.loop
    spot = made(adult, "running", in_place=True)
    assert spot.clip.loop
    assert np.abs(spot.clip.root_positions).max() == 0.0


def test_the_face_is_alive_and_the_seeds_own(running: MotionResult) -> None:
    clip = running.clip
    expected = idle_face(len(clip.rotations), 0, fps=clip.fps, loop=True).weights
    assert clip.face.keys() == expected.keys() >= {"eyeBlinkLeft", "eyeLookInRight", "jawOpen"}
    for name, curve in clip.face.items():
        assert curve.dtype == np.float32
        np.testing.assert_allclose(curve, expected[name], atol=1e-6)


def test_a_minute_blinks_as_often_as_people_do(running: MotionResult) -> None:
    clip = running.clip
    times = 1800 // len(clip.rotations) + 1
    long = Clip(
        "long",
        30.0,
        np.tile(clip.rotations, (times, 1, 1))[:1800],
        np.zeros((1800, 3), np.float32),
        np.tile(clip.hips_positions, (times, 1))[:1800],
    )
    for seed in range(5):
        shut = with_face(long, seed).face["eyeBlinkLeft"] > 0.9
        assert 8 <= int(np.sum(np.diff(shut.astype(int)) == 1)) <= 24


@pytest.mark.parametrize("seed", range(4))
def test_the_face_of_a_cycle_closes(running: MotionResult, seed: int) -> None:
    for curve in with_face(running.clip, seed).face.values():
        steps = np.abs(np.diff(curve, append=curve[:1]))
        assert steps[-1] <= steps[:-1].max() + 1e-6


def test_the_same_seed_gives_the_same_clip_and_another_seed_another(adult: Skeleton) -> None:
    first, again, other = (made(adult, "waves", seed).clip for seed in (3, 3, 4))
    assert same(first, again)
    assert not same(first, other)


def test_a_duration_is_kept(adult: Skeleton) -> None:
    assert made(adult, "waves", seconds=3.0).clip.seconds == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("size", [0.6, 1.0])
def test_a_path_lies_where_it_was_drawn_whatever_the_size_of_the_body(
    adult: Skeleton, tmp_path: Path, size: float
) -> None:
    skeleton = Skeleton(adult.names, adult.parents, (size * adult.positions).astype(np.float32))
    points = [[1.0, -2.0], [3.0, -2.0], [3.0, 1.0]]
    model = str(model_folder(tmp_path / "mine"))
    moves = MoveSpec(model=model, candidates=1, steps=2, path=points)
    clip = made(skeleton, "walks", 0, moves, seconds=5.0).clip
    ground = clip.root_positions[:, [0, 2]]
    np.testing.assert_allclose(ground[0], points[0], atol=1e-5)
    np.testing.assert_allclose(ground[-1], points[-1], atol=0.25)
    assert np.linalg.norm(ground - points[1], axis=1).min() < 0.25


def test_a_path_that_is_to_stay_or_to_come_round_contradicts_itself(adult: Skeleton) -> None:
    moves = MoveSpec(path=[[0.0, 0.0], [0.0, 2.0]])
    for spec in ({"loop": True}, {"in_place": True}):
        with pytest.raises(Gen3dError, match="walked once"):
            made(adult, "walks", 0, moves, **spec)
