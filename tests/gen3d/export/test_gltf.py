# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.check.khronos import validate
from gen3d.errors import Gen3dError
from gen3d.export.gltf import glb_bytes, write_glb
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.skeleton import NAMINGS
from gen3d.types import Character, Part, Texture
from tests.consumers.locate import in_blender, validator
from tests.consumers.mannequin import box_humanoid, picture, wave


def with_part(character: Character, number: int, part: Part) -> Character:
    parts = list(character.parts)
    parts[number] = part
    return replace(character, parts=tuple(parts))


@pytest.mark.parametrize("naming", sorted(NAMINGS))
def test_the_khronos_validator_finds_nothing_to_say(
    naming: str, mannequin: Character, tmp_path: Path
) -> None:
    path = tmp_path / "character.glb"
    write_glb(mannequin, path, naming=naming, extras={"seed": 7})
    verdict = validate(path, validator())
    assert (verdict.errors, verdict.warnings, verdict.infos) == (0, 0, 0), verdict.codes


def test_the_validator_sees_a_broken_file_so_its_silence_means_something(
    mannequin_glb: Path, tmp_path: Path
) -> None:
    data = bytearray(mannequin_glb.read_bytes())
    # The last accessor's bytes are keys of a clip: make the binary chunk's floats huge in between.
    start = 20 + struct.unpack_from("<I", data, 12)[0] + 8
    data[start : start + 40_000] = b"\x7f" * 40_000
    broken = tmp_path / "broken.glb"
    broken.write_bytes(data)
    assert validate(broken, validator()).errors > 0


def test_a_character_survives_writing_and_reading(
    mannequin: Character, mannequin_glb: Path
) -> None:
    again = to_character(read_glb(mannequin_glb))
    assert (again.name, again.height) == (mannequin.name, mannequin.height)
    assert again.skeleton.names == mannequin.skeleton.names
    assert again.skeleton.parents == mannequin.skeleton.parents
    np.testing.assert_allclose(again.skeleton.positions, mannequin.skeleton.positions, atol=1e-6)
    assert len(again.parts) == len(mannequin.parts)
    for mine, theirs in zip(again.parts, mannequin.parts, strict=True):
        assert_same_part(mine, theirs)
    assert len(again.clips) == len(mannequin.clips)
    for mine, theirs in zip(again.clips, mannequin.clips, strict=True):
        assert (mine.name, mine.fps, mine.loop) == (theirs.name, theirs.fps, theirs.loop)
        angle = np.abs(np.sum(mine.rotations * theirs.rotations, axis=-1))
        np.testing.assert_allclose(angle, 1.0, atol=1e-6)
        np.testing.assert_allclose(mine.root_positions, theirs.root_positions, atol=1e-6)
        np.testing.assert_allclose(mine.hips_positions, theirs.hips_positions, atol=1e-6)


def assert_same_part(mine: Part, theirs: Part) -> None:
    assert (mine.name, mine.group, mine.slot) == (theirs.name, theirs.group, theirs.slot)
    np.testing.assert_array_equal(mine.mesh.verts, theirs.mesh.verts)
    np.testing.assert_array_equal(mine.mesh.faces, theirs.mesh.faces)
    np.testing.assert_array_equal(mine.mesh.uvs, theirs.mesh.uvs)
    np.testing.assert_allclose(mine.mesh.normals, theirs.mesh.normals, atol=1e-6)
    np.testing.assert_array_equal(dense(mine), dense(theirs))
    assert list(mine.morphs) == list(theirs.morphs)
    for name, offsets in mine.morphs.items():
        np.testing.assert_array_equal(offsets, theirs.morphs[name])
    slots = ("base_color_texture", "metallic_roughness_texture", "normal_texture")
    for slot in slots:
        ours, given = getattr(mine.material, slot), getattr(theirs.material, slot)
        assert (ours is None) == (given is None)
        if ours is not None:
            assert ours.name == given.name
            np.testing.assert_array_equal(ours.pixels, given.pixels)
    bare = dict.fromkeys(slots)
    assert replace(mine.material, **bare) == replace(theirs.material, **bare)


def dense(part: Part) -> np.ndarray:
    weights = np.zeros((len(part.skin.joints), 55))
    for slot in range(4):
        np.add.at(
            weights,
            (np.arange(len(weights)), part.skin.joints[:, slot]),
            part.skin.weights[:, slot],
        )
    return np.round(weights, 6)


def test_the_same_character_gives_the_same_bytes() -> None:
    assert glb_bytes(box_humanoid(), extras={"a": 1}) == glb_bytes(box_humanoid(), extras={"a": 1})


def test_blender_opens_it_as_it_was_meant(mannequin: Character, mannequin_glb: Path) -> None:
    (seen,) = in_blender([mannequin_glb])
    rig = mannequin.skeleton
    assert sorted(seen["bones"]) == sorted(rig.names)
    assert seen["parents"] == {
        name: rig.names[parent]
        for name, parent in zip(rig.names, rig.parents, strict=True)
        if parent >= 0
    }
    assert seen["actions"].keys() == {"wave", "stride"}
    assert seen["shape_keys"]["face"] == list(mannequin.parts[1].morphs)
    assert seen["materials"] == ["skin", "teeth"]
    assert sum(seen["unweighted"].values()) == 0
    assert abs(seen["high"][1] - seen["low"][1] - mannequin.height) < 0.002
    assert abs(seen["low"][1]) < 0.005


def test_blender_poses_the_skin_where_our_own_skinning_puts_it(
    mannequin: Character, mannequin_glb: Path
) -> None:
    (seen,) = in_blender([mannequin_glb])
    for clip in mannequin.clips:
        at = seen["posed"][clip.name]
        ours = posed_bounds(mannequin, clip.name, at["seconds"])
        np.testing.assert_allclose([at["low"], at["high"]], ours, atol=5e-4)


def posed_bounds(character: Character, name: str, seconds: float) -> np.ndarray:
    clip = next(clip for clip in character.clips if clip.name == name)
    frame = min(seconds * clip.fps, len(clip.rotations) - 1.0)
    first = int(frame)
    last, t = min(first + 1, len(clip.rotations) - 1), frame - first
    local = transforms.clip_translations(
        character.skeleton, clip.root_positions, clip.hips_positions
    )
    rotations, positions = transforms.forward_kinematics(
        character.skeleton.parents,
        transforms.slerp(clip.rotations[first], clip.rotations[last], t),
        (1 - t) * local[first] + t * local[last],
    )
    matrices = transforms.skin_matrices(character.skeleton, rotations, positions)
    points = []
    for part in character.parts:
        blend = np.einsum("vk,vkij->vij", part.skin.weights, matrices[part.skin.joints])
        points.append(np.einsum("vij,vj->vi", blend[..., :3], part.mesh.verts) + blend[..., 3])
    joined = np.concatenate(points)
    return np.stack([joined.min(axis=0), joined.max(axis=0)])


def test_a_texture_that_two_materials_share_is_stored_once(mannequin: Character) -> None:
    shared = Texture("shared", picture(9))
    parts = tuple(
        replace(part, material=replace(part.material, name=part.name, base_color_texture=shared))
        for part in mannequin.parts
    )
    document = json_of(glb_bytes(replace(mannequin, parts=parts)))
    assert [image["name"] for image in document["images"]].count("shared") == 1
    assert len(document["materials"]) == 3


def test_equal_pictures_under_two_names_are_stored_once(mannequin: Character) -> None:
    first, second = (Texture(name, picture(9)) for name in ("first", "second"))
    parts = tuple(
        replace(part, material=replace(part.material, name=part.name, base_color_texture=texture))
        for part, texture in zip(mannequin.parts, (first, second, first), strict=True)
    )
    images = [
        image["name"] for image in json_of(glb_bytes(replace(mannequin, parts=parts)))["images"]
    ]
    assert "first" in images
    assert "second" not in images


def json_of(data: bytes) -> dict:
    return json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])


def test_a_part_without_a_target_of_its_group_does_not_move_with_it(
    mannequin: Character, tmp_path: Path
) -> None:
    still = with_part(mannequin, 2, replace(mannequin.parts[2], morphs={}))
    path = tmp_path / "still.glb"
    write_glb(still, path)
    teeth = to_character(read_glb(path)).parts[2]
    assert len(teeth.morphs) == 52
    assert not any(offsets.any() for offsets in teeth.morphs.values())
    assert validate(path, validator()).errors == 0


def test_morph_targets_that_touch_little_take_little_room(mannequin: Character) -> None:
    document = json_of(glb_bytes(mannequin))
    targets = {t["POSITION"] for t in document["meshes"][1]["primitives"][0]["targets"]}
    accessors = [document["accessors"][index] for index in targets]
    assert all(accessor["sparse"]["count"] == 1 for accessor in accessors)
    # Zeros that all of them share: Godot up to 4.0 takes none for the file's first view.
    (base,) = {accessor["bufferView"] for accessor in accessors}
    assert document["bufferViews"][base]["byteLength"] == 12 * accessors[0]["count"]


def test_a_group_called_like_a_bone_steps_aside(mannequin: Character, tmp_path: Path) -> None:
    path = tmp_path / "clash.glb"
    write_glb(with_part(mannequin, 0, replace(mannequin.parts[0], group="head")), path)
    names = [node.name for node in read_glb(path).nodes]
    assert len(set(names)) == len(names)
    assert to_character(read_glb(path)).parts[0].group == "head"


def test_channels_that_never_leave_rest_are_left_out(mannequin: Character) -> None:
    document = json_of(glb_bytes(replace(mannequin, clips=(wave(),))))
    channels = document["animations"][0]["channels"]
    names = {document["nodes"][channel["target"]["node"]]["name"] for channel in channels}
    assert names == {"rightUpperArm", "hips"}


def test_a_joint_that_moves_in_one_clip_is_held_in_the_other(mannequin: Character) -> None:
    document = json_of(glb_bytes(mannequin))
    moved = [
        {(channel["target"]["node"], channel["target"]["path"]) for channel in clip["channels"]}
        for clip in document["animations"]
    ]
    assert moved[0] == moved[1]


def test_a_character_without_clips_or_morphs_is_valid_too(
    mannequin: Character, tmp_path: Path
) -> None:
    path = tmp_path / "plain.glb"
    write_glb(replace(mannequin, clips=(), parts=mannequin.parts[:1]), path)
    verdict = validate(path, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes


def test_numbers_that_are_not_finite_are_refused_by_name(mannequin: Character) -> None:
    mesh = mannequin.parts[0].mesh
    verts = mesh.verts.copy()
    verts[3, 1] = np.nan
    broken = with_part(mannequin, 0, replace(mannequin.parts[0], mesh=replace(mesh, verts=verts)))
    with pytest.raises(ValueError, match="body"):
        glb_bytes(broken)


def test_two_clips_of_one_name_are_refused(mannequin: Character) -> None:
    with pytest.raises(ValueError, match="same name"):
        glb_bytes(replace(mannequin, clips=(wave(), wave())))


def test_an_unknown_naming_is_a_sentence(mannequin: Character) -> None:
    with pytest.raises(Gen3dError, match="klingon"):
        glb_bytes(mannequin, naming="klingon")


def test_a_place_that_cannot_be_written_is_a_sentence_and_leaves_nothing(
    mannequin: Character, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Gen3dError):
        write_glb(mannequin, tmp_path / "file" / "character.glb")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_is_there_is_replaced_whole(mannequin: Character, tmp_path: Path) -> None:
    path = tmp_path / "character.glb"
    path.write_bytes(b"old")
    write_glb(mannequin, path)
    assert path.read_bytes() == glb_bytes(mannequin)
    assert [p.name for p in tmp_path.iterdir()] == ["character.glb"]
