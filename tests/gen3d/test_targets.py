# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gen3d.check import check_glb
from gen3d.check.target import tiers_met
from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from gen3d.export.gltf import write_glb
from gen3d.skeleton import JOINTS
from gen3d.targets import find_target, load_targets
from gen3d.types import Character, Skeleton
from tests.consumers.mannequin import box_humanoid


def written(character: Character, folder: Path, naming: str = "unity") -> Path:
    path = folder / "figure.glb"
    write_glb(character, path, naming=naming)
    return path


def test_every_target_is_there_with_budgets_bones_and_files_that_fit_them() -> None:
    targets = load_targets()
    assert set(targets) == {"unity", "unreal", "godot", "vrchat", "roblox", "web"}
    for target in targets.values():
        assert set(target.required) <= set(JOINTS)
        assert any(tier.required for tier in target.tiers)
        assert target.levels
        assert target.formats
        shrinking = [level.triangles for level in target.levels]
        assert shrinking == sorted(shrinking, reverse=True)
        needed = [t.limits.triangles for t in target.tiers if t.required and t.limits.triangles]
        assert shrinking[0] <= min(needed)


def test_an_unknown_target_is_named_with_those_that_exist() -> None:
    with pytest.raises(Gen3dError) as caught:
        find_target("lumberyard")
    assert "lumberyard" in caught.value.message
    assert "vrchat" in caught.value.hint


def test_a_small_figure_meets_every_vrchat_tier_that_counts_its_meshes(tmp_path: Path) -> None:
    target = find_target("vrchat")
    path = written(replace(box_humanoid(), clips=()), tmp_path)
    report = check_glb(path, target)
    rows = {row.name: row for row in report.rows}
    assert rows["PC Good: triangles"].value == 636
    assert rows["PC Excellent: skinned meshes"].status == "warn"
    assert rows["mobile Good: material slots"].status == "warn"
    assert "2 materials" in rows["mobile Good: material slots"].hint
    assert tiers_met(report.rows, target) == ("PC Good", "mobile Poor")
    assert "triangles" not in rows


def test_a_missing_bone_and_foreign_names_are_told(tmp_path: Path) -> None:
    character = box_humanoid()
    names = tuple("stump" if name == "leftShoulder" else name for name in JOINTS)
    rig = Skeleton(names, character.skeleton.parents, character.skeleton.positions)
    path = written(replace(character, skeleton=rig), tmp_path, "unreal")
    rows = {row.name: row for row in check_glb(path, find_target("godot")).rows}
    assert rows["bones that godot requires"].status == "fail"
    assert "leftShoulder" in rows["bones that godot requires"].hint
    assert rows["bone names"].status == "warn"
    assert rows["bone names"].value == "unreal"


def test_the_verb_names_targets_that_there_are(tmp_path: Path) -> None:
    path = written(box_humanoid(), tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path), "--target", "lumberyard"])
    assert ended.value.code == 2
