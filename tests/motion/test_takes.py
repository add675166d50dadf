# SPDX-License-Identifier: Apache-2.0
"""Where frames come from: programs, the library, models of the project and of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.spec import KeyPose, MotionSpec, MoveSpec
from gen3d.text import TextEncoder
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.files import write_npz
from motion.finish import finish
from motion.importers import read_performance
from motion.performance import REFERENCE, world
from motion.takes import Inquiry, Take, take
from tests.motion.small_files import mdm_checkpoint, model_folder

WALK = "walks forward"
QUICK = {"candidates": 2, "steps": 2}


def inquiry(text: str, seed: int = 0, seconds: float | None = None, **moves: object) -> Inquiry:
    spec = MotionSpec(text=text, seconds=seconds)
    return Inquiry(spec, MoveSpec.model_validate(moves), TextEncoder.load(), seed)


def same(a: Take, b: Take) -> bool:
    return np.array_equal(a.performance.rotations, b.performance.rotations)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as training writes it; its network has learnt nothing but what bodies look like."""
    return model_folder(tmp_path_factory.mktemp("models") / "mine")


def test_programs_are_exact_and_the_seed_varies_them() -> None:
    made = take(inquiry("waves with the left hand", 3, source="program"))
    assert (made.source, made.exact, made.licence) == ("program:wave", True, "Apache-2.0")
    assert same(made, take(inquiry("waves with the left hand", 3, source="program")))
    assert not same(made, take(inquiry("waves with the left hand", 4, source="program")))


def test_programs_over_captured_clips_name_the_clips_licence() -> None:
    made = take(inquiry(WALK, source="program"))
    assert made.licence == "Apache-2.0 AND Zlib"
    assert made.attribution


def test_one_thing_that_goes_on_is_cyclic_unless_it_is_counted() -> None:
    assert take(inquiry("running", source="program")).cyclic
    assert not take(inquiry("runs four metres", source="program")).cyclic
    assert not take(inquiry("walks, then sits down", source="program")).cyclic


def test_the_library_gives_its_nearest_and_says_when_that_is_not_near() -> None:
    made = take(inquiry("a cartwheel", source="library"))
    assert (made.source, made.exact, made.notes) == ("clip:cartwheel", True, ())
    assert made.licence == "Zlib"
    odd = take(inquiry("xylophonic photosynthesis", source="library"))
    assert not odd.exact
    assert "stands in" in odd.notes[0]


def test_the_library_says_that_its_lengths_are_its_own() -> None:
    made = take(inquiry("a cartwheel", seconds=9.0, source="library"))
    assert "not 9 s" in made.notes[-1]


def test_a_model_that_misses_is_told_of_or_replaced_by_a_program(model: Path) -> None:
    """Nothing that this network makes walks three metres."""
    words = "walks three metres forward"
    alone = take(inquiry(words, source="model", model=str(model), **QUICK))
    assert (alone.source, alone.exact) == ("folder:mine", False)
    assert "does not do all" in alone.notes[-1]
    helped = take(inquiry(words, model=str(model), **QUICK))
    assert helped.source.startswith("program:walk")
    assert helped.exact
    assert "a program does it" in helped.notes[-1]


def test_what_a_model_of_the_users_own_allows_is_not_known(model: Path) -> None:
    made = take(inquiry("stands still", source="model", model=str(model), **QUICK))
    assert made.licence == "unknown"


def test_a_model_is_asked_for_all_candidates_at_once_and_repeats_itself(model: Path) -> None:
    calls: list[tuple[int, int]] = []
    asked = inquiry("bows", 5, source="model", model=str(model), candidates=3, steps=4)
    listening = replace(asked, on_step=lambda step, total: calls.append((step, total)))
    made = take(listening)
    assert calls == [(n, 4) for n in (1, 2, 3, 4)]
    assert same(made, take(asked))
    assert not same(made, take(replace(asked, seed=6)))
    frames = len(made.performance.pelvis)
    assert abs((frames - 1) / made.performance.fps - asked.order.seconds) < 0.1


def test_a_path_is_kept_to_even_where_the_words_are_missed(model: Path) -> None:
    points = [[1.0, -2.0], [1.0, 0.0], [3.0, 1.0]]
    made = take(inquiry(WALK, seconds=4.0, model=str(model), path=points, **QUICK))
    assert made.source == "folder:mine"
    assert not made.cyclic
    ground = made.performance.pelvis[:, [0, 2]]
    went = np.linalg.norm(np.diff(ground, axis=0), axis=1).sum()
    assert went == pytest.approx(2.0 + np.sqrt(5.0), abs=0.4)


def test_a_key_pose_is_passed_through_at_its_time(
    model: Path, tmp_path: Path, twin: Skeleton
) -> None:
    clip = finish(play(entry("clip:cartwheel"), 0), twin).clip
    upside_down = len(clip.rotations) // 2
    pose = replace(
        clip,
        rotations=np.repeat(clip.rotations[upside_down : upside_down + 1], 2, axis=0),
        root_positions=np.zeros((2, 3), np.float32),
        hips_positions=np.repeat(clip.hips_positions[upside_down : upside_down + 1], 2, axis=0),
        loop=False,
    )
    write_npz(tmp_path / "pose.npz", twin, pose)
    key = KeyPose(file=str(tmp_path / "pose.npz"), seconds=1.0)
    made = take(inquiry("stands", seconds=2.0, model=str(model), keyframes=[key], **QUICK))
    wanted, _ = world(read_performance(tmp_path / "pose.npz"))
    found, _ = world(made.performance)
    knee = REFERENCE.index("leftLowerLeg")
    heading = transforms.rotate(found[:, knee], np.array([0.0, -1.0, 0.0]))[:, 1]
    held = transforms.rotate(wanted[0, knee], np.array([0.0, -1.0, 0.0]))[1]
    assert abs(heading[30] - held) < 0.25
    assert abs(heading[0] - held) > 0.5


def test_only_the_model_takes_paths_and_key_poses() -> None:
    for source in ("program", "library"):
        with pytest.raises(Gen3dError, match="keeps to a path"):
            take(inquiry(WALK, source=source, path=[[0, 0], [0, 2]]))
        key = KeyPose(file="nowhere.bvh", seconds=0)
        with pytest.raises(Gen3dError, match="keeps to key poses"):
            take(inquiry(WALK, source=source, keyframes=[key]))


@pytest.mark.parametrize(
    ("moves", "why"),
    [
        ({"path": [[0, 0], [0, 100]]}, "too far"),
        ({"path": [[0, 0], [0, 0]]}, "at least two points"),
        ({"keyframes": [{"file": "nowhere.bvh", "seconds": 50}]}, "outside the motion"),
        ({"keyframes": [{"file": "nowhere.bvh", "seconds": 0}]}, "nowhere.bvh"),
        ({"keyframes": [{"file": "nowhere.odd", "seconds": 0}]}, "nowhere.odd"),
    ],
)
def test_what_cannot_be_kept_to_is_a_sentence(
    model: Path, moves: dict[str, object], why: str
) -> None:
    with pytest.raises(Gen3dError, match=why):
        take(inquiry(WALK, seconds=2.0, model=str(model), **QUICK, **moves))


def test_a_model_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="no motion model"):
        take(inquiry(WALK, model="klingon"))
    with pytest.raises(Gen3dError):
        take(inquiry(WALK, model=str(tmp_path)))


def test_a_file_is_taken_for_somebodys_checkpoint(tmp_path: Path) -> None:
    moves = mdm_checkpoint(tmp_path)
    made = take(inquiry(WALK, seconds=1.0, **moves))
    assert (made.source, made.licence) == ("checkpoint:mdm", "unknown")
    assert made.attribution == "model000000050.pt"
    assert any("weights of the user's" in note for note in made.notes)
    assert abs(made.performance.seconds - 1.0) < 0.1
    with pytest.raises(Gen3dError, match="keeps to a path"):
        take(inquiry(WALK, seconds=1.0, path=[[0, 0], [0, 1]], **moves))
