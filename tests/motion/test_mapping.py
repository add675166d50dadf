# SPDX-License-Identifier: Apache-2.0
"""Bones found on rigs of every naming, and of none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion.mapping import BoneMap, load_map, map_bones, save_map
from motion.naming import by_table, conventions
from motion.performance import BODY
from motion.rig import Rig
from tests.motion.foreign import NAMED, foreign, from_world, nameless

MIXAMO = NAMED["Mixamo"][1]
CENTRES = ("spine", "chest", "upperChest")


@pytest.mark.parametrize("naming", list(NAMED))
def test_a_rig_of_a_known_naming_is_mapped_bone_by_bone(naming: str, adult: Skeleton) -> None:
    convention, names = NAMED[naming]
    found = map_bones(foreign(adult, names, seed=3, arms_deg=40.0))
    assert found.convention == convention
    assert found.confidence == 1.0
    assert found.notes == ()
    assert dict(found.bones) == names


@pytest.mark.parametrize("arms_deg", [0.0, 45.0, 85.0])
@pytest.mark.parametrize("yaw_deg", [0.0, 90.0, 180.0])
def test_a_rig_without_names_is_mapped_by_its_shape(
    arms_deg: float, yaw_deg: float, adult: Skeleton
) -> None:
    names = NAMED["VRM"][1]
    rig = foreign(adult, names, seed=5, arms_deg=arms_deg, yaw_deg=yaw_deg)
    found = map_bones(nameless(rig))
    assert found.convention == "shape"
    assert found.confidence < 0.7
    wanted = {ours: rig.names.index(theirs) for ours, theirs in names.items()}
    got = found.indices(nameless(rig))
    assert {n: got.get(n) for n in BODY} == {n: wanted[n] for n in BODY}
    fingers = [n for n in wanted if n.endswith(("Proximal", "Distal", "Metacarpal"))]
    assert {n: got.get(n) for n in fingers} == {n: wanted[n] for n in fingers}


def test_words_of_no_known_program_are_understood(adult: Skeleton) -> None:
    centre = dict(
        zip(
            (*CENTRES, "hips", "neck", "head"),
            ("torsoA", "torsoB", "torsoC", "Pelvis", "theNeck", "Skull"),
            strict=True,
        )
    )
    parts = {
        "UpperArm": "bicep",
        "LowerArm": "elbow",
        "Hand": "palm",
        "UpperLeg": "femur",
        "LowerLeg": "knee",
        "Foot": "ankle",
        "Toes": "toe",
        "Shoulder": "collarbone",
    }
    names = centre | {
        side + part: f"{word}_{side[:1].upper()}"
        for side in ("left", "right")
        for part, word in parts.items()
    }
    found = map_bones(foreign(adult, names, seed=1))
    assert found.convention == "words"
    assert dict(found.bones) == {ours: names[ours] for ours in found.bones}
    assert set(BODY) <= set(found.bones)


def test_a_trunk_of_many_joints_keeps_its_ends_and_names_the_rest(adult: Skeleton) -> None:
    rig = _with_longer_spine(foreign(adult, MIXAMO, seed=2))
    found = map_bones(rig)
    assert found.bones["spine"] == "mixamorig:Spine"
    assert found.bones["upperChest"] == "mixamorig:Spine2"
    assert found.between is not None
    assert found.between["upperChest"] == ("extra",)


def _with_longer_spine(rig: Rig) -> Rig:
    """One more joint halfway between Spine1 and Spine2."""
    turns, places = rig.world()
    names, parents = list(rig.names), list(rig.parents)
    low, high = names.index("mixamorig:Spine1"), names.index("mixamorig:Spine2")
    names.insert(high, "extra")
    parents = [p + (p >= high) for p in parents]
    parents.insert(high, low)
    parents[high + 1] = high
    middle = 0.5 * (places[low] + places[high])
    return from_world(
        names, parents, np.insert(places, high, middle, 0), np.insert(turns, high, turns[low], 0)
    )


def test_swapped_sides_are_kept_but_told(adult: Skeleton) -> None:
    swap = {"left": "right", "right": "left"}
    names = {
        swap.get(side, "") + ours.removeprefix(side): theirs
        for ours, theirs in MIXAMO.items()
        for side in [
            "left" if ours.startswith("left") else "right" if ours.startswith("right") else ""
        ]
    }
    found = map_bones(foreign(adult, {k: v for k, v in names.items() if k}))
    assert found.confidence < 1.0
    assert any("other way round" in note for note in found.notes)


def test_what_is_no_biped_is_refused_and_says_what_is_missing(adult: Skeleton) -> None:
    armless = {o: n for o, n in MIXAMO.items() if not o.endswith("LowerArm")}
    with pytest.raises(Gen3dError, match="leftLowerArm"):
        map_bones(foreign(adult, armless))
    chain = from_world(
        [f"tail{i}" for i in range(9)],
        list(range(-1, 8)),
        np.arange(27.0).reshape(9, 3) * 0.1,
        np.tile([1.0, 0, 0, 0], (9, 1)),
    )
    with pytest.raises(Gen3dError, match="no biped"):
        map_bones(chain)


def test_a_map_survives_its_file(tmp_path: Path, adult: Skeleton) -> None:
    rig = foreign(adult, NAMED["MMD"][1], seed=4)
    found = map_bones(rig)
    save_map(tmp_path / "map.yml", found)
    again = load_map(tmp_path / "map.yml", rig)
    assert again.bones == found.bones
    assert again.between == found.between


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bones": {"leftHnad": "mixamorig:Hips"}}, "leftHand"),
        ({"bones": {"hips": "mixamorig:Hip"}}, "mixamorig:Hips"),
        ({"bnoes": {}}, "bones"),
        ({"bones": {"hips": "mixamorig:Hips"}}, ""),
        ({"bones": []}, ""),
        ([], ""),
    ],
)
def test_a_wrong_map_is_refused_with_the_nearest_name(
    change: object, sentence: str, tmp_path: Path, adult: Skeleton
) -> None:
    path = tmp_path / "map.yml"
    path.write_text(yaml.safe_dump(change), encoding="utf-8")
    with pytest.raises(Gen3dError) as caught:
        load_map(path, foreign(adult, MIXAMO))
    assert sentence in caught.value.hint


def test_a_bone_is_not_named_twice(tmp_path: Path, adult: Skeleton) -> None:
    rig = foreign(adult, MIXAMO)
    bones = dict(map_bones(rig).bones)
    bones["neck"] = bones["head"]
    save_map(tmp_path / "map.yml", BoneMap(bones, "file", 1.0))
    with pytest.raises(Gen3dError, match="twice"):
        load_map(tmp_path / "map.yml", rig)


def test_every_convention_explains_its_own_names_best() -> None:
    for convention in conventions():
        names = [min(forms) for forms in convention.bones.values()]
        assert len(by_table(names).bones) >= len(set(names)) - 1
