# SPDX-License-Identifier: Apache-2.0
"""Key-pose programs: anatomy, timing, and what each says it does."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion import anatomy
from motion.catalogue import Entry, entries, entry, play
from motion.contact import world_of
from motion.finish import finish
from motion.performance import BODY, world
from motion.timeline import Key, Timeline, Wave, channels_of, curves

PROGRAMS = [e for e in entries() if e.program]


def _pose(**values: float) -> dict[str, np.ndarray]:
    table = {name: np.array([anatomy.rest_value(name)]) for name in anatomy.channel_names()}
    return table | {name.replace("_", "."): np.array([v]) for name, v in values.items()}


def _arm_direction(side: str, raised: float, forward: float) -> np.ndarray:
    pose = _pose(**{f"{side}Arm_raise": raised, f"{side}Arm_forward": forward})
    out = np.array([[1.0 if side == "left" else -1.0, 0.0, 0.0]])
    return transforms.rotate(anatomy.upper_arm(pose, side), out)[0]


@pytest.mark.parametrize(("side", "out"), [("left", 1.0), ("right", -1.0)])
def test_arms_hang_spread_reach_ahead_and_go_overhead(side: str, out: float) -> None:
    for raised, forward, wanted in (
        (0.0, 0.0, (0.0, -1.0, 0.0)),
        (90.0, 0.0, (out, 0.0, 0.0)),
        (90.0, 90.0, (0.0, 0.0, 1.0)),
        (180.0, 40.0, (0.0, 1.0, 0.0)),
    ):
        np.testing.assert_allclose(_arm_direction(side, raised, forward), wanted, atol=1e-9)


def test_both_sides_of_a_symmetric_pose_are_mirror_images() -> None:
    values = {"raise": 70.0, "forward": 35.0, "twist": 25.0, "bend": 60.0, "palm": 30.0}
    pose = _pose(**{f"{s}Arm_{k}": v for s in ("left", "right") for k, v in values.items()})
    mirror = np.array([1.0, 1.0, -1.0, -1.0])
    for part in (anatomy.upper_arm, lambda p, s: anatomy.forearm(p, s)[0]):
        np.testing.assert_allclose(part(pose, "right"), part(pose, "left") * mirror, atol=1e-9)


def test_a_palm_turn_is_shared_by_forearm_and_hand() -> None:
    lower, hand = anatomy.forearm(
        _pose(leftArm_palm=80.0, leftArm_bend=0.0, leftArm_wrist=0.0), "left"
    )
    for turn in (lower, hand):
        assert np.degrees(2.0 * np.arccos(turn[0, 0])) == pytest.approx(40.0, abs=1e-6)


def test_curves_pass_through_their_keys_and_never_beyond_them() -> None:
    keys = (
        Key(0.0, {"torso.bend": 0.0}),
        Key(0.5, {"torso.bend": 30.0}),
        Key(0.6, {"torso.bend": 31.0}),
    )
    curve = curves(Timeline(2.0, keys), 30.0)["torso.bend"]
    assert curve[0] == pytest.approx(0.0)
    assert curve[15] == pytest.approx(30.0)
    assert curve[-1] == pytest.approx(curve[0])
    assert curve.min() >= -1e-9
    assert curve.max() <= 31.0 + 1e-9


def test_distal_channels_arrive_late() -> None:
    keys = (
        Key(0.0, {"leftArm.raise": 0.0, "leftArm.wrist": 0.0}),
        Key(1.0, {"leftArm.raise": 1.0, "leftArm.wrist": 1.0}),
    )
    table = curves(Timeline(2.0, keys), 100.0)
    assert table["leftArm.wrist"].argmax() > table["leftArm.raise"].argmax()


def test_a_wave_over_the_whole_cycle_closes() -> None:
    wave = Wave("head.turn", 10.0, 3.0, 0.0, 2.0, 0.3)
    curve = curves(Timeline(2.0, (), (wave,)), 30.0)["head.turn"]
    assert curve[0] == pytest.approx(curve[-1], abs=1e-9)
    assert curve.max() == pytest.approx(10.0, abs=0.2)


@pytest.mark.parametrize("pose", [{"elbow": {"bend": 3}}, {"leftArm": {"bnd": 3}}, {"torso": 4}])
def test_a_word_that_does_not_exist_is_refused(pose: dict[str, object]) -> None:
    with pytest.raises(Gen3dError, match="trial"):
        channels_of(pose, "trial")


@pytest.mark.parametrize("chosen", PROGRAMS, ids=lambda e: e.name)
def test_a_program_closes_and_depends_on_its_seed_only(chosen: Entry) -> None:
    first, again = play(chosen, 3), play(chosen, 3)
    np.testing.assert_array_equal(first.rotations, again.rotations)
    np.testing.assert_allclose(np.linalg.norm(first.rotations, axis=-1), 1.0, atol=1e-9)
    if not chosen.over:
        same = np.abs(np.sum(first.rotations[0] * first.rotations[-1], axis=-1))
        assert np.degrees(2.0 * np.arccos(np.clip(same.min(), -1.0, 1.0))) < 1.0


def test_another_seed_breathes_otherwise() -> None:
    one, other = (play(entry("program:idle"), seed) for seed in (1, 2))
    assert np.abs(one.rotations - other.rotations).max() > 1e-3


def _seen(name: str, body: Skeleton) -> tuple[np.ndarray, Skeleton]:
    return world_of(finish(play(entry(name), 0), body).clip, body)[1], body


def _height(places: np.ndarray, body: Skeleton, joint: str) -> np.ndarray:
    return places[:, body.index(joint), 1]


def test_raised_and_waving_hands_are_over_the_head(body: Skeleton) -> None:
    places, _ = _seen("program:raise_arms", body)
    head = _height(places, body, "head")
    for side in ("left", "right"):
        hand = _height(places, body, f"{side}Hand")
        assert hand.max() > head.max() + 0.1 * head.max()
        assert hand.min() < 0.7 * head.min()
    places, _ = _seen("program:wave", body)
    assert _height(places, body, "rightHand").max() > _height(places, body, "neck").max()
    assert _height(places, body, "leftHand").max() < _height(places, body, "chest").min()


def test_sitting_lowers_the_pelvis_and_kneeling_puts_a_knee_down(body: Skeleton) -> None:
    rest = body.positions[body.index("hips"), 1]
    for name, low, high in (("sit_on_floor", 0.05, 0.3), ("sit_on_chair", 0.4, 0.7)):
        hips = _height(_seen(f"program:{name}", body)[0], body, "hips")
        assert low * rest < hips.min() < hips.max() < high * rest
    knee = _height(_seen("program:kneel", body)[0], body, "rightLowerLeg")
    assert knee.max() < 0.15 * rest


def test_clapping_hands_touch_on_every_body(body: Skeleton) -> None:
    places, _ = _seen("program:clap", body)
    palms = [
        0.5 * (places[:, body.index(f"{s}Hand")] + places[:, body.index(f"{s}MiddleProximal")])
        for s in ("left", "right")
    ]
    apart = palms[0][:, 0] - palms[1][:, 0]
    size = np.linalg.norm(
        np.diff(body.positions[[body.index("leftHand"), body.index("leftMiddleProximal")]], axis=0)
    )
    assert 0.1 * size < apart.min() < 0.5 * size
    assert apart.max() > 1.0 * size


def test_walks_in_a_manner_travel_and_marching_lifts_the_feet_higher(adult: Skeleton) -> None:
    plain, march = (_seen(n, adult)[0] for n in ("clip:walk", "program:march"))
    feet = [p[:, adult.index("leftFoot"), 1].max() for p in (plain, march)]
    assert feet[1] > feet[0] + 0.05
    for name, forward in (("zombie_walk", 0.5), ("sneak", 0.4), ("walk_backwards", -0.5)):
        clip = finish(play(entry(f"program:{name}"), 0), adult).clip
        assert np.sign(forward) * clip.root_positions[-1, 2] > abs(forward)


def test_a_zombie_holds_its_arms_out_and_knees_never_bend_backwards(adult: Skeleton) -> None:
    places, _ = _seen("program:zombie_walk", adult)
    for side in ("left", "right"):
        reach = places[:, adult.index(f"{side}Hand")] - places[:, adult.index(f"{side}UpperArm")]
        assert reach[:, 2].min() > 0.2


@pytest.mark.parametrize("chosen", [e for e in PROGRAMS if e.over], ids=lambda e: e.name)
def test_thighs_over_a_clip_turn_no_faster_than_the_clips_own(chosen: Entry) -> None:
    rate = chosen.program.over.rate if chosen.program else 1.0
    played, below = play(chosen, 0), play(entry(f"clip:{chosen.over}"), 0)
    legs = [BODY.index(f"{s}{b}Leg") for s in ("left", "right") for b in ("Upper", "Lower")]
    fastest, own = (_steps_deg(world(p)[0][:, legs]).max() for p in (played, below))
    assert fastest < 1.5 * max(1.0, rate) * own + 5.0


def _steps_deg(q: np.ndarray) -> np.ndarray:
    cosine = np.clip(np.abs(np.sum(q[1:] * q[:-1], axis=-1)), 0.0, 1.0)
    return np.degrees(2.0 * np.arccos(cosine))


@pytest.mark.parametrize(
    "chosen", [e for e in PROGRAMS if e.over] + PROGRAMS[::3], ids=lambda e: e.name
)
def test_knees_and_elbows_bend_only_one_way(chosen: Entry) -> None:
    performance = play(chosen, 0)
    for side, arm_axis in (("left", -1.0), ("right", 1.0)):
        knee = performance.rotations[:, BODY.index(f"{side}LowerLeg")]
        flexion = np.degrees(2.0 * np.arctan2(knee[:, 1], knee[:, 0]))
        assert flexion.min() > -2.0
        elbow = performance.rotations[:, BODY.index(f"{side}LowerArm")]
        bent = np.degrees(2.0 * np.arctan2(arm_axis * elbow[:, 2], elbow[:, 0]))
        assert bent.min() > -5.0
    assert np.isfinite(world(performance)[1]).all()
