# SPDX-License-Identifier: Apache-2.0
"""Other people's motion as ours: there and back, missing joints, odd rest poses."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion.adopt import performance_of, performance_of_clip
from motion.catalogue import entry, play
from motion.finish import finish
from motion.mapping import map_bones
from motion.onto import as_skeleton, clip_onto, onto_rig
from motion.performance import BODY, Performance, world
from motion.retarget import retarget
from motion.rig import Recording
from motion.stand import stand
from tests.motion.conftest import Build
from tests.motion.foreign import NAMED, foreign

SEEDED = [("Mixamo", 0, 0.0), ("Unreal", 1, 50.0), ("Rigify", 2, 85.0), ("SMPL", None, 30.0)]


@pytest.fixture(params=["clip:cartwheel", "program:wave"])
def performance(request: pytest.FixtureRequest) -> Performance:
    return play(entry(request.param), seed=0)


def test_a_clip_of_ours_comes_back_as_the_performance_that_it_was_made_from(
    performance: Performance, body: Skeleton
) -> None:
    back = performance_of_clip(retarget(performance, body), body)
    np.testing.assert_allclose(world(back)[1], world(performance)[1], atol=1e-4)
    np.testing.assert_allclose(back.fingers, performance.fingers, atol=1e-4)


@pytest.mark.parametrize(("naming", "seed", "arms_deg"), SEEDED)
def test_a_motion_on_a_foreign_rig_comes_back_with_the_same_joints(
    naming: str, seed: int | None, arms_deg: float, build: Build
) -> None:
    performance, body = play(entry("clip:walk"), 0), build(1.1, 0.5, 0.06)
    rig = foreign(body, NAMED[naming][1], seed=seed, arms_deg=arms_deg)
    bone_map = map_bones(rig)
    skeleton = as_skeleton(rig, bone_map)
    clip = finish(performance, skeleton, loop=False).clip
    recording = onto_rig(performance, rig, bone_map, loop=False)
    there = world(performance_of_clip(clip, skeleton))[1]
    back = world(performance_of(recording, bone_map))[1]
    back[..., [0, 2]] += (there - back)[:1, :1, [0, 2]]
    assert np.linalg.norm(back - there, axis=-1).max() < 0.002


def _plain(performance: Performance, body: Skeleton, naming: str, **rest: float) -> Recording:
    """A raw retarget carried to a rig, without any clean-up."""
    rig = foreign(body, NAMED[naming][1], seed=3, **rest)
    bone_map = map_bones(rig)
    stood = stand(rig, bone_map)
    return clip_onto(retarget(performance, stood.skeleton), stood, bone_map)


@pytest.mark.parametrize(("arms_deg", "legs_deg"), [(0.0, 25.0), (45.0, 0.0), (88.0, 5.0)])
def test_the_rest_pose_of_the_rig_does_not_matter(
    arms_deg: float, legs_deg: float, performance: Performance, adult: Skeleton
) -> None:
    recording = _plain(performance, adult, "Mixamo", arms_deg=arms_deg, legs_deg=legs_deg)
    back = performance_of(recording, map_bones(recording.rig))
    there, here = world(performance)[1], world(back)[1]
    assert np.linalg.norm(here - there, axis=-1).max() < 0.01


def test_where_the_rig_looks_and_how_large_it_is_do_not_matter(
    build: Build,
) -> None:
    performance, body = play(entry("clip:cartwheel"), 0), build(2.1, 0.54, 0.11)
    recording = _plain(performance, body, "Unreal", yaw_deg=0.0)
    turned = _plain(performance, body, "Unreal", yaw_deg=90.0)
    first, second = (world(performance_of(r, map_bones(r.rig)))[1] for r in (recording, turned))
    quarter = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.pi / 2.0)
    expected = transforms.rotate(quarter, first)
    expected[..., [0, 2]] += (second - expected)[:1, :1, [0, 2]]
    np.testing.assert_allclose(second, expected, atol=1e-6)


def test_other_frame_rates_become_thirty(adult: Skeleton) -> None:
    performance = play(entry("clip:walk"), 0)
    recording = _plain(performance, adult, "Mixamo")
    fast = Recording("fast", 60.0, recording.rig, recording.rotations, recording.translations)
    back = performance_of(fast, map_bones(recording.rig))
    assert back.fps == 30.0
    assert back.seconds == pytest.approx(fast.seconds, abs=0.02)


@pytest.mark.parametrize(
    "dropped",
    [
        ("neck",),
        ("leftShoulder", "rightShoulder"),
        ("leftToes", "rightToes"),
        ("upperChest",),
        ("chest", "upperChest"),
    ],
)
def test_joints_that_a_rig_lacks_are_filled_in(dropped: tuple[str, ...], adult: Skeleton) -> None:
    performance = play(entry("program:wave"), 0)
    names = {o: n for o, n in NAMED["Mixamo"][1].items() if o not in dropped}
    rig = foreign(adult, names, seed=5, arms_deg=40.0)
    bone_map = map_bones(rig)
    recording = onto_rig(performance, rig, bone_map, loop=False)
    back = performance_of(recording, bone_map)
    there, here = world(performance)[1], world(back)[1]
    hands = [BODY.index(f"{side}{end}") for side in ("left", "right") for end in ("Hand", "Foot")]
    frames = min(len(there), len(here))
    apart = here[:frames, hands] - there[:frames, hands]
    apart -= apart[:1].mean(axis=1, keepdims=True) * [1.0, 0.0, 1.0]
    assert np.linalg.norm(apart, axis=-1).max() < 0.09
    assert np.isfinite(back.rotations).all()


def test_a_still_picture_is_no_motion(adult: Skeleton) -> None:
    rig = foreign(adult, NAMED["Mixamo"][1])
    still = Recording("still", 30.0, rig, rig.turns[None], rig.offsets[None])
    with pytest.raises(Gen3dError, match="1 frames"):
        performance_of(still, map_bones(rig))
    broken = Recording(
        "broken", 30.0, rig, np.full((2, len(rig.names), 4), np.nan), rig.offsets[None].repeat(2, 0)
    )
    with pytest.raises(Gen3dError, match="finite"):
        performance_of(broken, map_bones(rig))
