# SPDX-License-Identifier: Apache-2.0
"""A character of the user's performs: read, stood up, written, its bones corrected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from gen3d.check.khronos import validate
from gen3d.check.motion import play as played
from gen3d.errors import Gen3dError
from gen3d.export.gltf import write_glb
from gen3d.export.gltf_read import read_glb
from gen3d.types import Clip
from motion.cast import Cast, cast, write_bones, write_performance
from motion.catalogue import entry, play
from motion.contact import world_of
from motion.finish import finish
from motion.generate import with_face
from tests.consumers.locate import validator
from tests.consumers.mannequin import box_humanoid, wave


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cast") / "boxes.glb"
    write_glb(box_humanoid(), path, naming="mixamo")
    return path


@pytest.fixture(scope="module")
def part(file: Path) -> Cast:
    return cast(file, None, file.parent / "scratch")


@pytest.fixture(scope="module")
def clip(part: Cast) -> Clip:
    return with_face(finish(play(entry("clip:kick"), 0), part.skeleton).clip, 3)


@pytest.fixture(scope="module")
def performed(part: Cast, clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("performed") / "motion.glb"
    write_performance(part, clip, path, {"prompt": "a kick"})
    return path


def test_its_bones_are_found_and_told(part: Cast) -> None:
    facts = part.facts()
    assert (facts["character"], facts["bones"]) == ("boxes", "mixamo")
    assert facts["confidence"] == pytest.approx(1.0, abs=0.05)
    rest = box_humanoid().skeleton
    assert part.skeleton.names == rest.names
    np.testing.assert_allclose(
        part.skeleton.positions[part.skeleton.index("leftFoot")],
        rest.positions[rest.index("leftFoot")],
        atol=0.02,
    )


def test_its_joints_go_where_the_finished_ones_do(part: Cast, clip: Clip, performed: Path) -> None:
    document = read_glb(performed)
    (animation,) = [a for a in document.animations if a.name == clip.name]
    seen = played(document, animation).T_world_node[..., :3, 3]
    _, wanted = world_of(clip, part.skeleton)
    frames = min(len(seen), len(wanted))
    nodes = {node.name: index for index, node in enumerate(document.nodes)}
    for name in ("leftFoot", "rightHand", "head", "hips"):
        found = seen[:frames, nodes[part.bones.bones[name]]]
        np.testing.assert_allclose(found, wanted[:frames, part.skeleton.index(name)], atol=0.01)


def test_its_face_shows_the_clips_own(clip: Clip, performed: Path) -> None:
    document = read_glb(performed)
    (animation,) = [a for a in document.animations if a.name == clip.name]
    (track,) = [t for t in animation.tracks if t.path == "weights"]
    mesh = document.nodes[track.node].mesh
    assert mesh is not None
    names = document.meshes[mesh].target_names
    at = np.arange(len(clip.rotations)) / clip.fps
    for name in ("eyeBlinkLeft", "jawOpen", "eyeLookUpLeft"):
        shown = np.interp(at, track.times, track.values[:, names.index(name)])
        np.testing.assert_allclose(shown, clip.face[name], atol=0.005)


def test_the_file_stays_valid_and_keeps_what_it_had(clip: Clip, performed: Path) -> None:
    verdict = validate(performed, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    document = read_glb(performed)
    assert {a.name for a in document.animations} == {wave().name, "stride", clip.name}


def test_the_bones_can_be_corrected_and_given_again(part: Cast, file: Path, tmp_path: Path) -> None:
    write_bones(part, tmp_path / "bones.yml")
    content = yaml.safe_load((tmp_path / "bones.yml").read_text(encoding="utf-8"))
    assert cast(file, tmp_path / "bones.yml", tmp_path).bones.bones == part.bones.bones
    left, right = (content["bones"][f"{side}Hand"] for side in ("left", "right"))
    content["bones"] |= {"leftHand": right, "rightHand": left}
    for name in [n for n in content["bones"] if any(f in n for f in ("Thumb", "Index", "Middle"))]:
        del content["bones"][name]
    del content["bones"]["leftToes"]
    content["bones"] |= {"leftHand": left, "rightHand": right}
    (tmp_path / "mine.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    corrected = cast(file, tmp_path / "mine.yml", tmp_path)
    assert "leftToes" not in corrected.bones.bones
    assert corrected.bones.bones["leftHand"] == left
    assert corrected.skeleton.names == part.skeleton.names


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("bones: {leftHand: no_such_bone}", "no_such_bone"),
        ("bones: {leftPaw: Hips}", "leftPaw"),
        ("bones: [", "YAML"),
        ("", "no bone map"),
    ],
)
def test_a_map_that_does_not_fit_is_a_sentence(
    file: Path, tmp_path: Path, content: str, why: str
) -> None:
    (tmp_path / "map.yml").write_text(content, encoding="utf-8")
    with pytest.raises(Gen3dError, match=why):
        cast(file, tmp_path / "map.yml", tmp_path)


def test_what_is_no_character_is_a_sentence(file: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "cut.glb").write_bytes(file.read_bytes()[:5000])
    for name, why in (
        ("nowhere.glb", "does not exist"),
        ("notes.txt", "not a character file"),
        ("cut.glb", "cut|damaged|end"),
    ):
        with pytest.raises(Gen3dError, match=why):
            cast(tmp_path / name, None, tmp_path)
    with pytest.raises(Gen3dError, match=r"nowhere\.yml"):
        cast(file, tmp_path / "nowhere.yml", tmp_path)
