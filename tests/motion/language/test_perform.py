# SPDX-License-Identifier: Apache-2.0
"""Scripts become performances that show what they say."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from motion.asked import figures, joints_of, judged
from motion.contact import detect, sole_points, world_of
from motion.language.footing import STAGE, as_clip
from motion.language.parse import parse
from motion.language.perform import MOST_SECONDS, Performed, perform, performed
from motion.language.script import Action, Script
from motion.measures import penetration, skate
from motion.performance import BODY, Performance


def _play(text: str, seed: int = 0, seconds: float | None = None) -> Performance:
    return perform(parse(text).script, seed, seconds)


def _figures(text: str, seed: int = 0) -> dict[str, float]:
    return figures(joints_of(_play(text, seed)), 30.0)


def test_the_same_script_and_seed_give_the_same_bytes_and_another_seed_differs() -> None:
    one, two, other = (_play("walks, then waves", seed) for seed in (4, 4, 5))
    assert one.rotations.tobytes() == two.rotations.tobytes()
    assert one.pelvis.tobytes() == two.pelvis.tobytes()
    frames = min(len(one.pelvis), len(other.pelvis))
    assert np.abs(one.rotations[:frames] - other.rotations[:frames]).max() > 0.01


@pytest.mark.parametrize(
    "action",
    [
        Action("walk", direction="forward"),
        Action("walk", direction="backward"),
        Action("walk", direction="circle"),
        Action("walk", direction="zigzag"),
        Action("walk", direction="left"),
        Action("walk", metres=4.0),
        Action("run", metres=6.0),
        Action("jog", direction="right"),
        Action("crawl"),
        Action("step", direction="right", steps=3),
        Action("sidestep", direction="left", steps=2),
        Action("turn", turn_deg=90.0),
        Action("turn", turn_deg=-180.0),
        Action("spin"),
        Action("jump", count=3),
        Action("hop", count=2, side="left"),
        Action("skip"),
        Action("skip", metres=4.0),
        Action("back_away"),
        Action("push_up"),
        Action("sit_up"),
        Action("squat", count=2),
        Action("bow", count=2),
        Action("kick", side="left"),
        Action("punch", side="right"),
        Action("clap", count=4),
        Action("wave", side="left", count=3),
        Action("raise_arms"),
        Action("sit"),
        Action("sit_on_floor"),
        Action("kneel"),
        Action("lie_down"),
        Action("backflip"),
        Action("roll"),
    ],
    ids=lambda a: f"{a.verb} {a.direction or a.side} {a.count or ''}".strip(),
)
def test_a_performance_passes_the_checks_of_its_own_action(action: Action) -> None:
    verdict = judged(action, joints_of(perform(Script((action,)), 2)), 30.0)
    assert verdict.wanted
    assert verdict.passed, verdict.wrong


def test_gestures_lie_over_walking_without_changing_the_way() -> None:
    walk = Action("walk", seconds=4.0, direction="forward")
    done = performed(Script((walk, Action("wave", side="right", together=True))), 1)
    found = figures(joints_of(done.performance), 30.0)
    assert found["way_m"] > 1.5
    assert found["right_over_shoulder"] > 0.1
    assert found["left_over_shoulder"] < 0.0


def test_who_sat_down_claps_seated() -> None:
    joints = joints_of(_play("sits down, then claps four times"))
    tail = joints[-45:]
    assert tail[:, 0, 1].max() < 0.68
    assert figures(joints, 30.0)["claps"] == 4


def test_explicit_parts_use_only_those_parts() -> None:
    left = figures(joints_of(_play("legs: walk @0-4s | left arm: wave")), 30.0)
    assert left["left_over_shoulder"] > 0.05 > left["right_over_shoulder"]


def test_times_are_kept() -> None:
    done = performed(parse("walk @0-3s -> sit @3-6s").script, 0)
    assert done.performance.seconds == pytest.approx(6.0, abs=0.7)
    assert done.intervals[1][0] == pytest.approx(3.0, abs=0.7)


@pytest.mark.parametrize("seconds", [2.0, 5.0, 9.5])
def test_any_length_can_be_asked_for_to_the_frame(seconds: float) -> None:
    assert _play("walks, then bows", 0, seconds).seconds == pytest.approx(seconds, abs=0.02)


def test_manners_change_speed_and_posture() -> None:
    slow, fast = (_figures(f"walks {how} for 4 seconds") for how in ("slowly", "quickly"))
    assert fast["speed"] > 1.4 * slow["speed"]
    assert _figures("stands sadly")["head_low"] < _figures("stands")["head_low"] - 0.005


def test_feet_stand_and_nothing_sinks() -> None:
    for text in ("walks in a circle, then turns left by 90 degrees", "steps back, then bows"):
        clip = as_clip(_play(text, 3))
        rotations, positions = world_of(clip, STAGE)
        contacts = detect(clip, STAGE)
        points = sole_points(rotations, positions, STAGE)
        assert skate(points, contacts, clip.fps) < 2.0
        assert penetration(rotations, positions, STAGE) < 1.5


def test_nothing_pops_where_actions_meet() -> None:
    for text in ("walks, then sits, then waves", "jumps, then kneels", "turns around, then runs"):
        joints = joints_of(_play(text, 6))
        bend = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1) * 900.0
        assert bend.max() < 300.0, text


def test_knees_bend_only_one_way() -> None:
    done = _play("runs in a circle, then kicks, then sits")
    for side in ("left", "right"):
        knee = done.rotations[:, BODY.index(f"{side}LowerLeg")]
        assert np.degrees(2.0 * np.arctan2(knee[:, 1], knee[:, 0])).min() > -6.0


@pytest.mark.parametrize(
    "script",
    [
        Script(()),
        Script((Action("teleport"),)),
        Script((Action("walk", start=0.0, seconds=MOST_SECONDS + 1.0),)),
    ],
)
def test_impossible_scripts_are_refused(script: Script) -> None:
    with pytest.raises(Gen3dError):
        perform(script, 0)


def test_intervals_follow_the_script() -> None:
    done: Performed = performed(parse("walks, then bows, then waves").script, 0)
    starts = [start for start, _ in done.intervals]
    assert starts == sorted(starts)
    assert all(0.0 <= a < b <= done.performance.seconds + 0.1 for a, b in done.intervals)


def test_who_lies_gets_up_on_hands_and_feet_before_walking_on() -> None:
    done = performed(parse("lies down, then gets up, then walks forward").script, 0)
    joints = joints_of(done.performance)
    lowest = int(joints[:, 0, 1].argmin())
    assert joints[lowest, 0, 1] < 0.25
    (_, lain), (rising, risen), (walking, _) = done.intervals
    assert lain <= rising < risen - 2.0 < walking
    assert joints[round(risen * 30.0) - 1, 0, 1] > 0.75


def test_the_same_action_twice_happens_twice() -> None:
    bow = Action("bow")
    (_, first), (second, _) = performed(Script((bow, bow)), 0).intervals
    assert first <= second
