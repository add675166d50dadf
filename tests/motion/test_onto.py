# SPDX-License-Identifier: Apache-2.0
"""Our motion on other people's rigs: limbs, feet, root, helper bones."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import transforms
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.contact import sole_points, world_of
from motion.finish import finish
from motion.mapping import BoneMap, map_bones
from motion.onto import as_skeleton, onto_rig
from motion.performance import BODY
from motion.rig import Recording, Rig
from motion.stand import stand
from tests.motion.conftest import Build
from tests.motion.foreign import NAMED, foreign, from_world

SEEDED = [("Mixamo", 0, 0.0), ("Unreal", 1, 50.0), ("Rigify", 2, 40.0), ("CMU", None, 0.0)]


def places_of(recording: Recording, bone_map: BoneMap) -> dict[str, np.ndarray]:
    _, placed = recording.world()
    return {name: placed[:, joint] for name, joint in bone_map.indices(recording.rig).items()}


@pytest.mark.parametrize(("naming", "seed", "arms_deg"), SEEDED)
def test_a_rig_stood_up_is_the_body_that_it_was_made_from(
    naming: str, seed: int | None, arms_deg: float, body: Skeleton
) -> None:
    rig = foreign(body, NAMED[naming][1], seed=seed, arms_deg=arms_deg, yaw_deg=30.0)
    bone_map = map_bones(rig)
    stood = as_skeleton(rig, bone_map)
    hip = body.positions[[body.index("leftUpperLeg"), body.index("rightUpperLeg")]].mean(axis=0)
    for name in BODY:
        wanted = body.positions[body.index(name)] - hip * [1.0, 0.0, 1.0]
        np.testing.assert_allclose(stood.positions[stood.index(name)], wanted, atol=2e-5)


@pytest.mark.parametrize(("naming", "seed", "arms_deg"), SEEDED)
def test_the_rigs_joints_land_where_those_of_the_finished_clip_do(
    naming: str, seed: int | None, arms_deg: float, build: Build
) -> None:
    rig = foreign(build(1.1, 0.5, 0.06), NAMED[naming][1], seed=seed, arms_deg=arms_deg)
    bone_map = map_bones(rig)
    performance = play(entry("program:wave"), seed=0)
    got = places_of(onto_rig(performance, rig, bone_map), bone_map)
    skeleton = as_skeleton(rig, bone_map)
    _, wanted = world_of(finish(performance, skeleton).clip, skeleton)
    origin = stand(rig, bone_map).origin
    for name in BODY:
        ours = wanted[:, skeleton.index(name)] + origin
        np.testing.assert_allclose(got[name], ours, atol=1e-4)


def test_a_figure_that_faces_elsewhere_goes_where_it_faces(adult: Skeleton) -> None:
    rig = foreign(adult, NAMED["VRoid"][1], seed=8, yaw_deg=180.0)
    bone_map = map_bones(rig)
    hips = places_of(onto_rig(play(entry("clip:walk"), 0), rig, bone_map), bone_map)["hips"]
    assert hips[-1, 2] - hips[0, 2] < -0.5


def test_travel_is_on_the_root_bone_where_there_is_one_and_else_on_the_hips(
    adult: Skeleton,
) -> None:
    walk = play(entry("clip:walk"), 0)
    for naming, carrier in (("Unreal", "root"), ("Mixamo", "mixamorig:Hips")):
        rig = foreign(adult, NAMED[naming][1], seed=1)
        recording = onto_rig(walk, rig, map_bones(rig))
        moved = np.ptp(recording.translations, axis=0).max(axis=1)
        travelling = {rig.names[j] for j in np.flatnonzero(moved > 0.5)}
        assert travelling == {carrier}
        keyed = {rig.names[j] for j in np.flatnonzero(moved > 1e-9)}
        assert keyed <= {carrier, "pelvis"}


def test_bones_that_we_do_not_know_stay_as_they_rest(adult: Skeleton) -> None:
    rig, _ = _with_helpers(foreign(adult, NAMED["Unreal"][1], seed=6), {"tail": ("pelvis", 0.4)})
    recording = onto_rig(play(entry("clip:walk"), 0), rig, map_bones(rig))
    tail = rig.names.index("tail")
    assert np.abs(recording.rotations[:, tail] - rig.turns[tail]).max() < 1e-12
    assert np.abs(recording.translations[:, tail] - rig.offsets[tail]).max() < 1e-12


def _with_helpers(rig: Rig, helpers: dict[str, tuple[str, float]]) -> tuple[Rig, dict[str, int]]:
    """Leaves below named bones, at a share of the way to the bone's first child."""
    turns, places = rig.world()
    names, parents = list(rig.names), list(rig.parents)
    at, turned = list(places), list(turns)
    for name, (owner, share) in helpers.items():
        parent = names.index(owner)
        child = next(j for j, p in enumerate(rig.parents) if p == parent)
        names.append(name)
        parents.append(parent)
        at.append(places[parent] + share * (places[child] - places[parent]))
        turned.append(turns[parent])
    made = from_world(names, parents, np.array(at), np.array(turned))
    return made, {name: names.index(name) for name in helpers}


def test_twist_bones_share_the_turn_of_the_hand(adult: Skeleton) -> None:
    rig, at = _with_helpers(
        foreign(adult, NAMED["Unreal"][1], seed=7),
        {"lowerarm_twist_01_l": ("lowerarm_l", 0.5), "lowerarm_twist_02_l": ("lowerarm_l", 1.0)},
    )
    bone_map = map_bones(rig)
    assert bone_map.twists == {"leftLowerArm": tuple(at)}
    recording = onto_rig(play(entry("program:wave"), 0), rig, bone_map)
    turned, _ = recording.world()
    stood = stand(rig, bone_map)

    def beyond(joint: int) -> np.ndarray:
        return transforms.multiply(turned[:, joint], transforms.conjugate(stood.turns[joint]))

    joints = bone_map.indices(rig)
    inner, outer = beyond(joints["leftLowerArm"]), beyond(joints["leftHand"])
    angles = [_twist(inner, beyond(j)) for j in at.values()]
    whole = _twist(inner, outer)
    assert np.abs(whole).max() > 0.05
    np.testing.assert_allclose(angles[0], 0.5 * whole, atol=1e-6)
    np.testing.assert_allclose(angles[1], whole, atol=1e-6)


def _twist(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Turn about the arm (X in the T-pose), radians."""
    local = transforms.multiply(transforms.conjugate(inner), outer)
    return 2.0 * np.arctan(local[:, 1] / local[:, 0])


def test_thighs_below_the_spine_still_hang_on_the_hips(adult: Skeleton) -> None:
    rig = foreign(adult, NAMED["German Biped"][1], seed=9)
    turns, places = rig.world()
    parents = list(rig.parents)
    for thigh in ("Bip01 L Oberschenkel", "Bip01 R Oberschenkel"):
        parents[rig.names.index(thigh)] = rig.names.index("Bip01 Wirbels_ule")
    for clavicle in ("Bip01 L Schl_sselbein", "Bip01 R Schl_sselbein"):
        parents[rig.names.index(clavicle)] = rig.names.index("Bip01 Hals")
    rig = from_world(list(rig.names), parents, places, turns)
    bone_map = map_bones(rig)
    performance = play(entry("clip:cartwheel"), 0)
    got = places_of(onto_rig(performance, rig, bone_map), bone_map)
    skeleton = as_skeleton(rig, bone_map)
    _, wanted = world_of(finish(performance, skeleton).clip, skeleton)
    for name in BODY:
        np.testing.assert_allclose(got[name], wanted[:, skeleton.index(name)], atol=2e-3)


@pytest.mark.parametrize(
    "dropped",
    [
        ("upperChest",),
        ("chest", "upperChest"),
        ("neck",),
        ("leftShoulder", "rightShoulder"),
        ("leftToes", "rightToes"),
    ],
)
def test_rigs_that_lack_joints_move_as_the_skeleton_that_stands_for_them(
    dropped: tuple[str, ...], adult: Skeleton
) -> None:
    names = {o: n for o, n in NAMED["Mixamo"][1].items() if o not in dropped}
    rig = foreign(adult, names, seed=11, arms_deg=45.0)
    bone_map = map_bones(rig)
    assert set(dropped) == set(bone_map.missing)
    performance = play(entry("clip:walk"), 0)
    got = places_of(onto_rig(performance, rig, bone_map), bone_map)
    skeleton = as_skeleton(rig, bone_map)
    _, wanted = world_of(finish(performance, skeleton).clip, skeleton)
    # Legs near their full length make a tenth of a millimetre of single precision.
    for name in bone_map.bones:
        np.testing.assert_allclose(got[name], wanted[:, skeleton.index(name)], atol=2e-4)


def test_feet_of_a_foreign_rig_stand_still_on_the_ground(build: Build) -> None:
    rig = foreign(build(1.1, 0.5, 0.06), NAMED["Rigify"][1], seed=12, arms_deg=50.0)
    bone_map = map_bones(rig)
    skeleton = as_skeleton(rig, bone_map)
    performance = play(entry("clip:walk"), 0)
    contacts = finish(performance, skeleton).contacts
    recording = onto_rig(performance, rig, bone_map)
    turned, placed = recording.world()
    stood = stand(rig, bone_map)
    ours = transforms.multiply(turned, transforms.conjugate(stood.turns)[None])
    full = np.tile(transforms.IDENTITY, (len(turned), 55, 1))
    at = np.zeros((len(turned), 55, 3))
    for name, joint in stood.joints.items():
        full[:, skeleton.index(name)], at[:, skeleton.index(name)] = (
            ours[:, joint],
            placed[:, joint],
        )
    points = sole_points(full, at, skeleton)
    assert contacts.any(axis=1).mean() > 0.5
    assert np.abs(points[..., 1][contacts]).max() < 0.01
