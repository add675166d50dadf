# SPDX-License-Identifier: Apache-2.0
"""FBX characters by way of Blender."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.blender import run_in_blender
from gen3d.check.khronos import validate
from gen3d.errors import Gen3dError
from gen3d.export.gltf import write_glb
from motion.catalogue import entry, play
from motion.character_file import bones_of, read_character
from motion.character_write import write_animated
from motion.convert import as_glb
from motion.onto import as_skeleton, onto_rig
from tests.consumers.locate import INSTALLED, validator
from tests.consumers.locate import blender as located
from tests.consumers.mannequin import box_humanoid, skeleton

_TO_FBX = """
import sys
import bpy
source, target = sys.argv[-2:]
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=source)
bpy.ops.export_scene.fbx(filepath=target, add_leaf_bones=False)
"""


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Blender of the tests is the user's."""
    monkeypatch.setenv("GEN3D_BLENDER", located()[0])


@pytest.mark.usefixtures("program")
def test_an_fbx_character_moves_as_its_glb_does(tmp_path: Path) -> None:
    write_glb(box_humanoid(), tmp_path / "box.glb", naming="mixamo")
    fbx = tmp_path / "hero.fbx"
    files = [str(tmp_path / "box.glb"), str(fbx)]
    assert run_in_blender(_TO_FBX, files, tmp_path, "box.glb", "").returncode == 0
    character = read_character(as_glb(fbx, tmp_path))
    bones = bones_of(character)
    assert bones.convention == "mixamo"
    stood = as_skeleton(character.rig, bones, character.ground)
    ours = skeleton()
    np.testing.assert_allclose(stood.offsets[2:7], ours.offsets[2:7], atol=2e-3)
    recording = onto_rig(
        play(entry("program:wave"), 0), character.rig, bones, ground=character.ground
    )
    write_animated(character, recording, tmp_path / "motion.glb")
    assert validate(tmp_path / "motion.glb", validator()).errors == 0


def test_without_blender_an_fbx_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hero.fbx").write_bytes(b"Kaydara FBX Binary  ")
    monkeypatch.setenv("GEN3D_BLENDER", str(INSTALLED / "nowhere"))
    with pytest.raises(Gen3dError, match="not found") as caught:
        as_glb(tmp_path / "hero.fbx", tmp_path)
    assert "GLB" in caught.value.hint
    with pytest.raises(Gen3dError, match="no kind"):
        as_glb(tmp_path / "hero.obj", tmp_path)


@pytest.mark.usefixtures("program")
def test_what_blender_cannot_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "hero.fbx").write_bytes(b"not an fbx")
    with pytest.raises(Gen3dError, match=r"cannot read hero\.fbx"):
        as_glb(tmp_path / "hero.fbx", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["hero.fbx"]
