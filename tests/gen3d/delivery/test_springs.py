# SPDX-License-Identifier: Apache-2.0
"""Capes and long hair get chains of bones; three-vrm swings them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen3d.check.khronos import validate
from gen3d.export.springs import SEGMENTS, Swinging, swinging
from gen3d.export.vrm import VrmMeta, vrm_bytes
from gen3d.types import Character, Material, Mesh, Part, Skin
from tests.consumers.browser import chromium
from tests.consumers.locate import validator
from tests.consumers.mannequin import HEIGHT, box_humanoid
from tests.consumers.three_vrm import look
from tests.consumers.vrm_schema import complaints, extensions_of


def hanging(slot: str, bone: str, radius: float, top: float, bottom: float) -> Part:
    """A sheet around the back of a bone's axis, straight down."""
    angle, height = np.meshgrid(
        np.radians(np.linspace(-110, 110, 23)), np.linspace(top, bottom, 30)
    )
    verts = np.stack([radius * np.sin(angle), height, -radius * np.cos(angle)], axis=-1)
    normals = np.stack([np.sin(angle), 0 * angle, -np.cos(angle)], axis=-1)
    uvs = np.stack([(angle / 4 + 0.5), (top - height) / (top - bottom)], axis=-1)
    corner = (np.arange(29)[:, None] * 23 + np.arange(22)).ravel()
    quad = corner[:, None] + [0, 23, 24, 1]
    faces = np.concatenate([quad[:, [0, 2, 1]], quad[:, [0, 3, 2]]])
    mesh = Mesh(
        verts.reshape(-1, 3).astype(np.float32),
        faces.astype(np.int32),
        normals.reshape(-1, 3).astype(np.float32),
        uvs.reshape(-1, 2).astype(np.float32),
    )
    joints = np.zeros((len(mesh.verts), 4), np.uint16)
    joints[:, 0] = box_humanoid().skeleton.index(bone)
    weights = np.zeros((len(mesh.verts), 4), np.float32)
    weights[:, 0] = 1.0
    material = Material(slot, double_sided=True)
    return Part(slot.title(), slot.title(), slot, mesh, Skin(joints, weights), material)


def dressed(*worn: Part) -> Character:
    figure = box_humanoid()
    return replace(figure, parts=(*figure.parts, *worn))


CAPE = hanging("cape", "upperChest", 0.2, 1.45, 0.4)
HAIR = hanging("hair", "head", 0.12, 1.7, 1.2)


@pytest.fixture(scope="module")
def worn() -> Swinging:
    character = dressed(CAPE, HAIR)
    return swinging(character, character)


@pytest.fixture(scope="module")
def vrm(worn: Swinging, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("springs") / "caped.vrm"
    path.write_bytes(vrm_bytes(worn, VrmMeta("caped", ("A. Author",))))
    return path


def test_chains_run_down_the_middle_of_what_hangs(worn: Swinging) -> None:
    assert {chain.slot for chain in worn.chains} == {"cape", "hair"}
    for chain in worn.chains:
        sheet = CAPE if chain.slot == "cape" else HAIR
        assert len(chain.joints) == SEGMENTS + 1
        assert np.all(np.diff(chain.joints[:, 1]) < -0.05)
        assert chain.joints[-1, 1] == pytest.approx(sheet.mesh.verts[:, 1].min(), abs=0.05)
        gaps = np.linalg.norm(chain.joints[:, None] - sheet.mesh.verts, axis=2).min(axis=1)
        assert gaps.max() < 0.05
        names = worn.character.skeleton.names
        anchor = worn.character.skeleton.parents[names.index(chain.bones[0])]
        assert names[anchor] == {"cape": "upperChest", "hair": "head"}[chain.slot]
    azimuths = [chain.azimuth_deg for chain in worn.chains if chain.slot == "cape"]
    assert azimuths == sorted(azimuths)
    assert azimuths == [-angle for angle in reversed(azimuths)]


def test_the_top_stays_held_and_the_hem_follows_the_last_bones(worn: Swinging) -> None:
    skeleton = worn.character.skeleton
    for sheet in (CAPE, HAIR):
        part = next(part for part in worn.character.parts if part.slot == sheet.slot)
        dense = np.zeros((len(part.mesh.verts), len(skeleton.names)))
        for slot in range(4):
            rows = np.arange(len(dense))
            dense[rows, part.skin.joints[:, slot]] += part.skin.weights[:, slot]
        np.testing.assert_allclose(dense.sum(axis=1), 1.0, atol=1e-6)
        heights = part.mesh.verts[:, 1]
        first = [skeleton.index(c.bones[0]) for c in worn.chains if c.slot == sheet.slot]
        last = [at + SEGMENTS - 1 for at in first]
        top, hem = heights > heights.max() - 0.02, heights < heights.min() + 0.02
        anchor = int(sheet.skin.joints[0, 0])
        assert dense[top, anchor].min() > 0.999
        assert dense[hem][:, last].sum(axis=1).min() > 0.95
        # From row to row, little changes hands: nothing tears.
        grid = dense.reshape(30, 23, -1)
        assert np.abs(np.diff(grid, axis=0)).sum(axis=2).max() < 0.7
        assert np.abs(np.diff(grid, axis=1)).sum(axis=2).max() < 0.7


def test_what_does_not_hang_keeps_its_skin_and_merged_parts_are_told_apart(
    worn: Swinging,
) -> None:
    before = dressed(CAPE, HAIR)
    for old, new in zip(before.parts, worn.character.parts, strict=True):
        if old.slot not in {"cape", "hair"}:
            np.testing.assert_array_equal(old.skin.joints, new.skin.joints)
    # As atlases leave it: the same vertices, no word of what they were.
    merged = replace(before, parts=tuple(replace(p, slot="", name="x") for p in before.parts))
    again = swinging(merged, before)
    for one, other in zip(worn.character.parts, again.character.parts, strict=True):
        np.testing.assert_array_equal(one.skin.joints, other.skin.joints)
        np.testing.assert_array_equal(one.skin.weights, other.skin.weights)


@pytest.mark.parametrize("worn_too", [(), (hanging("hair", "head", 0.12, 1.7, 1.5),)])
def test_without_a_cape_or_long_hair_nothing_changes(worn_too: tuple[Part, ...]) -> None:
    character = dressed(*worn_too)
    assert swinging(character, character) == Swinging(character)


def test_colliders_surround_the_body_and_touch_no_chain_at_rest(worn: Swinging) -> None:
    rig = worn.character.skeleton
    assert {"head", "hips", "leftUpperLeg"} <= {one.bone for one in worn.colliders}
    for one in worn.colliders:
        start = rig.positions[rig.index(one.bone)] + one.offset
        ends = np.linspace(start, start + (0 if one.tail is None else one.tail), 50)
        mine = [chain.joints[1:] for chain in worn.chains if chain.slot == one.slot]
        far = np.linalg.norm(np.concatenate(mine)[:, None] - ends, axis=2).min()
        assert 0.01 < one.radius < far


def test_the_file_keeps_to_both_schemas_and_to_gltf(vrm: Path, worn: Swinging) -> None:
    extensions = extensions_of(vrm)
    assert complaints("VRMC_vrm", extensions["VRMC_vrm"]) == []
    springs = extensions["VRMC_springBone"]
    assert complaints("VRMC_springBone", springs) == []
    assert len(springs["springs"]) == len(worn.chains)
    springs["springs"][0]["joints"][0]["dragForce"] = 2
    assert any("dragForce" in said for said in complaints("VRMC_springBone", springs))
    verdict = validate(vrm, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes


def test_three_vrm_swings_them_and_they_come_to_rest(vrm: Path, worn: Swinging) -> None:
    with chromium() as browser:
        seen: dict[str, Any] = look(browser, vrm)
    assert seen.get("error") is None
    assert seen["complaints"] == []
    swung = seen["swung"]
    assert swung["chains"] == len(worn.chains)
    assert swung["still"] < 0.03
    assert 0.05 < swung["most"] < 0.5 * HEIGHT
    assert swung["after"] < 0.03
    assert swung["stretched"] < 1e-6
