# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from gen3d.assets import load_character, load_clip, save_character, save_clip
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Character, Clip, Material, Mesh, Part, Skeleton, Skin, Texture


def _skeleton(rng: np.random.Generator) -> Skeleton:
    return Skeleton(JOINTS, PARENTS, rng.normal(size=(len(JOINTS), 3)).astype(np.float32))


def _clip(rng: np.random.Generator) -> Clip:
    rotations = rng.normal(size=(4, len(JOINTS), 4)).astype(np.float32)
    root, hips = rng.normal(size=(2, 4, 3)).astype(np.float32)
    face = {"jawOpen": rng.random(4, np.float32), "browInnerUp": rng.random(4, np.float32)}
    return Clip("walk", 29.97, rotations, root, hips, loop=True, face=face)


def _part(rng: np.random.Generator, name: str, material: Material) -> Part:
    verts, normals, smile, blink = rng.normal(size=(4, 5, 3)).astype(np.float32)
    faces = rng.integers(0, 5, size=(7, 3)).astype(np.int32)
    # A transposed view: what is stored must not depend on the memory order.
    uvs = rng.random(size=(2, 5)).astype(np.float32).T
    skin = Skin(
        rng.integers(0, 55, size=(5, 4)).astype(np.uint16),
        rng.random(size=(5, 4)).astype(np.float32),
    )
    morphs = {"smile": smile, "blink": blink}
    return Part(name, "body", "body", Mesh(verts, faces, normals, uvs), skin, material, morphs)


def _character(seed: int = 3) -> Character:
    rng = np.random.default_rng(seed)
    skin = Texture("skin", rng.integers(0, 256, size=(4, 8, 3), dtype=np.uint8))
    rough = Texture("rough", rng.integers(0, 256, size=(4, 4, 3), dtype=np.uint8))
    material = Material("skin", (1.0, 0.5, 0.25, 1.0), base_color_texture=skin)
    shared = Material("arm", base_color_texture=skin, metallic_roughness_texture=rough)
    parts = (_part(rng, "torso", material), _part(rng, "arm", shared))
    return Character("Zoë", _skeleton(rng), parts, (_clip(rng),), height=1.7300000000000002)


def _same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and all(
            _same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)
        )
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(_same(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def test_a_character_comes_back_exactly(tmp_path: Path) -> None:
    character = _character()
    save_character(character, tmp_path / "c.safetensors")
    assert _same(load_character(tmp_path / "c.safetensors"), character)


def test_different_characters_are_told_apart_by_the_comparison_above() -> None:
    assert not _same(_character(3), _character(4))


def test_a_shared_texture_is_stored_once_and_shared_again(tmp_path: Path) -> None:
    save_character(_character(), tmp_path / "c.safetensors")
    torso, arm = load_character(tmp_path / "c.safetensors").parts
    assert torso.material.base_color_texture is arm.material.base_color_texture


def test_saving_twice_and_saving_what_was_loaded_give_the_same_bytes(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{n}.safetensors" for n in "abc")
    save_character(_character(), first)
    save_character(_character(), second)
    save_character(load_character(first), third)
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()


def test_a_clip_comes_back_exactly_with_its_skeleton(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    clip, skeleton = _clip(rng), _skeleton(rng)
    save_clip(clip, skeleton, tmp_path / "m.safetensors")
    loaded = load_clip(tmp_path / "m.safetensors")
    assert _same(loaded, (clip, skeleton))


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_a_cut_file_is_an_error_with_one_sentence(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "c.safetensors"
    save_character(_character(), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(Gen3dError, match="damaged"):
        load_character(path)


def test_a_clip_is_not_taken_for_a_character(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    save_clip(_clip(rng), _skeleton(rng), tmp_path / "m.safetensors")
    with pytest.raises(Gen3dError, match="does not hold a character"):
        load_character(tmp_path / "m.safetensors")


def test_a_clip_from_before_there_were_faces_is_read_without_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    path, old = tmp_path / "m.safetensors", tmp_path / "old.safetensors"
    save_clip(replace(_clip(rng), face={}), _skeleton(rng), path)
    with safe_open(path, framework="numpy") as stream:
        header = json.loads(stream.metadata()["gen3d"])
        arrays = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118  # no mapping
    del header["clip"]["face"]
    save_file(arrays, str(old), metadata={"gen3d": json.dumps(header)})
    assert _same(load_clip(old), load_clip(path))
