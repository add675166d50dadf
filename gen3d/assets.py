# SPDX-License-Identifier: Apache-2.0
"""Characters and clips as files between stages: lossless, and the same bytes every time.

One safetensors file: the arrays under numbered names, everything else as JSON in the one metadata
entry ``gen3d`` (one, because the order of several is not fixed). A texture that several materials
share is stored once and shared again after loading. Nothing in such a file can run code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from gen3d.errors import Gen3dError
from gen3d.types import Character, Clip, Material, Mesh, Part, Skeleton, Skin, Texture

_FORMAT = 1
_COLOURS = ("base_color", "emissive")
_TEXTURE_SLOTS = ("base_color_texture", "metallic_roughness_texture", "normal_texture")


def save_character(character: Character, path: Path) -> None:
    """Write a character with its parts, textures and clips."""
    store = _Writer()
    header = {
        "name": character.name,
        "height": character.height,
        "skeleton": store.skeleton(character.skeleton),
        "parts": [store.part(part) for part in character.parts],
        "clips": [store.clip(clip) for clip in character.clips],
        "textures": [{"name": t.name, "pixels": store.array(t.pixels)} for t in store.textures],
    }
    store.save(path, "character", header)


def load_character(path: Path) -> Character:
    """Read what :func:`save_character` wrote.

    Raises:
        Gen3dError: The file is damaged or holds something else.
    """
    store = _Reader(path, "character")
    header = store.header
    textures = [Texture(t["name"], store.array(t["pixels"])) for t in header["textures"]]
    return Character(
        name=header["name"],
        skeleton=store.skeleton(header["skeleton"]),
        parts=tuple(store.part(part, textures) for part in header["parts"]),
        clips=tuple(store.clip(clip) for clip in header["clips"]),
        height=header["height"],
    )


def save_clip(clip: Clip, skeleton: Skeleton, path: Path) -> None:
    """Write a motion and the skeleton that it is for."""
    store = _Writer()
    store.save(path, "clip", {"skeleton": store.skeleton(skeleton), "clip": store.clip(clip)})


def load_clip(path: Path) -> tuple[Clip, Skeleton]:
    """Read what :func:`save_clip` wrote.

    Raises:
        Gen3dError: The file is damaged or holds something else.
    """
    store = _Reader(path, "clip")
    return store.clip(store.header["clip"]), store.skeleton(store.header["skeleton"])


class _Writer:
    """Turns values into JSON that refers to arrays by number."""

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        self.textures: list[Texture] = []

    def array(self, values: np.ndarray) -> str:
        name = f"{len(self._arrays):06d}"
        self._arrays[name] = np.ascontiguousarray(values)
        return name

    def skeleton(self, skeleton: Skeleton) -> dict[str, object]:
        return {
            "names": skeleton.names,
            "parents": skeleton.parents,
            "positions": self.array(skeleton.positions),
        }

    def clip(self, clip: Clip) -> dict[str, object]:
        values = {f.name: getattr(clip, f.name) for f in fields(clip)}
        face = [[name, self.array(curve)] for name, curve in values.pop("face").items()]
        plain = {k: self.array(v) if isinstance(v, np.ndarray) else v for k, v in values.items()}
        return {**plain, "face": face}

    def part(self, part: Part) -> dict[str, object]:
        return {
            "name": part.name,
            "group": part.group,
            "slot": part.slot,
            "mesh": {f.name: self.array(getattr(part.mesh, f.name)) for f in fields(Mesh)},
            "skin": {f.name: self.array(getattr(part.skin, f.name)) for f in fields(Skin)},
            "material": self._material(part.material),
            "morphs": [[name, self.array(offsets)] for name, offsets in part.morphs.items()],
        }

    def _material(self, material: Material) -> dict[str, object]:
        values = {f.name: getattr(material, f.name) for f in fields(material)}
        return {k: self._texture(v) if isinstance(v, Texture) else v for k, v in values.items()}

    def _texture(self, texture: Texture) -> int:
        for index, known in enumerate(self.textures):
            if known is texture:
                return index
        self.textures.append(texture)
        return len(self.textures) - 1

    def save(self, path: Path, kind: str, header: Mapping[str, object]) -> None:
        text = json.dumps({"format": _FORMAT, "kind": kind, **header}, ensure_ascii=False)
        save_file(self._arrays, str(path), metadata={"gen3d": text})


class _Reader:
    """The way back."""

    def __init__(self, path: Path, kind: str) -> None:
        try:
            with safe_open(str(path), framework="numpy") as stream:
                self.header: dict[str, Any] = json.loads((stream.metadata() or {})["gen3d"])
                self._arrays = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118  # no mapping
        except (SafetensorError, KeyError, json.JSONDecodeError) as error:
            raise Gen3dError(f"{path} is damaged: {error}.", "Delete it and run again.") from None
        if (self.header.get("format"), self.header.get("kind")) != (_FORMAT, kind):
            raise Gen3dError(f"{path} does not hold a {kind}.", "Delete it and run again.")

    def array(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def skeleton(self, header: dict[str, Any]) -> Skeleton:
        positions = self.array(header["positions"])
        return Skeleton(tuple(header["names"]), tuple(header["parents"]), positions)

    def clip(self, header: dict[str, Any]) -> Clip:
        arrays = ("rotations", "root_positions", "hips_positions")
        values: dict[str, Any] = {
            key: self.array(value) if key in arrays else value for key, value in header.items()
        }
        face = {name: self.array(curve) for name, curve in values.pop("face", ())}
        return Clip(**values, face=face)

    def part(self, header: dict[str, Any], textures: list[Texture]) -> Part:
        return Part(
            name=header["name"],
            group=header["group"],
            slot=header["slot"],
            mesh=Mesh(**{key: self.array(name) for key, name in header["mesh"].items()}),
            skin=Skin(**{key: self.array(name) for key, name in header["skin"].items()}),
            material=self._material(header["material"], textures),
            morphs={name: self.array(offsets) for name, offsets in header["morphs"]},
        )

    def _material(self, header: dict[str, Any], textures: list[Texture]) -> Material:
        values: dict[str, Any] = dict(header)
        for colour in _COLOURS:
            values[colour] = tuple(values[colour])
        for slot in _TEXTURE_SLOTS:
            if values[slot] is not None:
                values[slot] = textures[values[slot]]
        return Material(**values)
