# SPDX-License-Identifier: Apache-2.0
"""Performances on other bodies."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.contact import world_of
from motion.performance import BODY, REFERENCE, Performance, world
from motion.retarget import arm_clearance, retarget, scale_of

BONES = [(n, BODY[p]) for n, p in zip(BODY, REFERENCE.parents, strict=True) if p >= 0]
LIMBS = [pair for pair in BONES if pair[0].endswith(("LowerArm", "Hand", "LowerLeg", "Foot"))]


def _directions(names: tuple[str, ...], places: np.ndarray) -> np.ndarray:
    ends = [places[:, names.index(a)] - places[:, names.index(b)] for a, b in LIMBS]
    bones = np.stack(ends, axis=1)
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


@pytest.fixture(params=["clip:walk", "clip:cartwheel", "program:wave"])
def performance(request: pytest.FixtureRequest) -> Performance:
    return play(entry(request.param), seed=0)


def test_a_body_of_the_reference_proportions_gets_the_same_joints(
    performance: Performance, twin: Skeleton
) -> None:
    clip = retarget(performance, twin)
    _, places = world_of(clip, twin)
    _, wanted = world(performance)
    ours = places[:, [twin.index(name) for name in BODY]]
    np.testing.assert_allclose(ours, wanted, atol=2e-6)


def test_arms_point_where_the_performers_arms_point(
    performance: Performance, body: Skeleton
) -> None:
    _, places = world_of(retarget(performance, body), body)
    _, wanted = world(performance)
    ours, theirs = _directions(body.names, places), _directions(BODY, wanted)
    cosine = np.sum(ours * theirs, axis=-1)
    arms = [i for i, (name, _) in enumerate(LIMBS) if name.endswith(("LowerArm", "Hand"))]
    assert np.degrees(np.arccos(np.clip(cosine[:, arms].min(), -1, 1))) < 0.1
    # Legs keep half of the body's own spread, and nothing else.
    assert np.degrees(np.arccos(np.clip(cosine.min(), -1, 1))) < 7.0


def test_travel_scales_with_the_legs(body: Skeleton) -> None:
    walk = play(entry("clip:walk"), seed=0)
    clip = retarget(walk, body)
    ours = clip.hips_positions[-1] - clip.hips_positions[0]
    theirs = walk.pelvis[-1] - walk.pelvis[0]
    assert ours[2] == pytest.approx(theirs[2] * scale_of(body), abs=0.02)


def test_clearance_swings_only_hanging_arms_and_only_outwards(adult: Skeleton) -> None:
    idle = play(entry("program:idle"), seed=0)
    wave = play(entry("program:raise_arms"), seed=0)
    hand = adult.index("leftHand")
    apart: list[float] = []
    for performance, frame in ((idle, 0), (wave, 60)):
        plain = world_of(retarget(performance, adult), adult)[1][frame, hand]
        wide = world_of(retarget(performance, adult, np.radians(25.0)), adult)[1][frame, hand]
        apart.append(float(wide[0] - plain[0]))
    assert apart[0] > 0.1
    assert abs(apart[1]) < 1e-3


def test_a_wide_torso_asks_for_clearance_and_a_narrow_one_for_none(adult: Skeleton) -> None:
    level = adult.positions[adult.index("leftUpperArm")]
    ring = np.linspace(0.0, 2.0 * np.pi, 64)
    heights = np.linspace(0.3, level[1], 20)
    grid = np.array([(np.cos(a), h, np.sin(a)) for a in ring for h in heights], np.float32)
    narrow = (grid * [0.5 * level[0], 1.0, 0.1]).astype(np.float32)
    wide = (grid * [level[0] + 0.2, 1.0, 0.2]).astype(np.float32)
    assert arm_clearance(adult, narrow) == 0.0
    assert np.degrees(arm_clearance(adult, wide)) > 15.0


def test_fingers_curl_towards_the_palm_that_looks_down_in_the_t_pose(adult: Skeleton) -> None:
    wave = play(entry("program:cheer"), seed=0)
    clip = retarget(wave, adult)
    for side in ("left", "right"):
        rest = adult.positions[adult.index(f"{side}IndexDistal")]
        q = clip.rotations[0].astype(np.float64)
        q[: adult.index(f"{side}Hand") + 1] = [1.0, 0.0, 0.0, 0.0]
        from gen3d import transforms

        _, places = transforms.forward_kinematics(adult.parents, q, adult.offsets.astype(float))
        assert places[adult.index(f"{side}IndexDistal"), 1] < rest[1] - 0.01
