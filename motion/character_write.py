# SPDX-License-Identifier: Apache-2.0
"""A motion put into a user's GLB, everything else as it was.

Writing appends: the file's binary data comes out byte for byte, followed by ours, and of its JSON
only ``animations``, ``accessors``, ``bufferViews`` and the length of the first buffer change. A
node's ``matrix`` becomes translation, rotation and scale where it is animated, as glTF 2.0 section
3.11 asks. Data of animations that were dropped stays in the file, unused.

Bones that stand as the file has them get no channel. The face's curves drive the morph targets that
have their names, in whichever spelling of left and right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Float32

from gen3d import transforms
from gen3d.export import schema
from gen3d.export.accessors import damaged
from gen3d.export.buffers import BufferBuilder
from gen3d.export.container import pack, pad4, write_bytes
from motion.character_file import CharacterFile, FaceMesh
from motion.idle import FaceTracks
from motion.naming import fold
from motion.rig import Recording

_STILL = 1e-6
"""Largest difference of a number that counts as standing still."""
_OTHER_NAMES = {
    "eyeBlinkLeft": ("Fcl_EYE_Close_L", "blinkLeft", "blinkL", "eyeCloseL", "eyesClosed", "blink"),
    "eyeBlinkRight": ("Fcl_EYE_Close_R", "blinkRight", "blinkR", "eyeCloseR"),
    "jawOpen": ("mouthOpen",),
}
"""Names of face shapes beside ARKit's own."""


@dataclass
class _Animation:
    """Samplers and channels while they are collected."""

    buffers: BufferBuilder
    fps: float
    samplers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    channels: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def add(self, node: int, path: str, values: Float32[np.ndarray, "frames width"]) -> None:
        """Keys for one property of a node; two where it stands still."""
        frames = np.arange(len(values))
        still = bool(np.all(np.abs(values - values[:1]) <= _STILL))
        keys = frames[[0, -1]] if still and len(frames) > 2 else frames
        times = (keys / self.fps).astype(np.float32)
        output = values[keys].reshape(-1) if path == "weights" else values[keys]
        sampler = schema.AnimationSampler(
            input=self.buffers.add(times, bounds=True), output=self.buffers.add(output)
        )
        self.channels.append(
            {"sampler": len(self.samplers), "target": {"node": node, "path": path}}
        )
        self.samplers.append(_json(sampler))


def write_animated(
    character: CharacterFile,
    recording: Recording,
    path: Path,
    *,
    face: FaceTracks | None = None,
    keep: bool = True,
    loop: bool = False,
    extras: Mapping[str, object] | None = None,
) -> None:
    """Write the character's file with a motion in it, completely or not at all.

    Args:
        character: As it was read (:func:`motion.character_file.read_character`).
        recording: On ``character.rig``; its name becomes the animation's.
        path: The ``.glb`` file.
        face: Curves for those morph targets that the meshes have.
        keep: Keep the file's other animations; one of the same name is replaced either way.
        loop: What to say in the animation's ``extras``.
        extras: JSON values to add to ``asset.extras``: prompt, seed, licences.

    Raises:
        Gen3dError: The place cannot be written.
        ValueError: The recording is on another rig, or its numbers are not finite.
    """
    data = animated_bytes(character, recording, face=face, keep=keep, loop=loop, extras=extras)
    write_bytes(path, data)


def animated_bytes(
    character: CharacterFile,
    recording: Recording,
    *,
    face: FaceTracks | None = None,
    keep: bool = True,
    loop: bool = False,
    extras: Mapping[str, object] | None = None,
) -> bytes:
    """The bytes of the file; see :func:`write_animated`."""
    _require_same_rig(character, recording)
    made = _Animation(BufferBuilder(), recording.fps)
    moved = _add_bones(made, character, recording)
    if face is not None:
        for mesh in character.faces:
            _add_face(made, mesh, face, len(recording.rotations))
    animation = {
        "name": recording.name,
        "channels": made.channels,
        "samplers": made.samplers,
        "extras": {"fps": recording.fps, "frames": len(recording.rotations), "loop": loop},
    }
    content = _extended(character, made.buffers, animation, keep=keep)
    content["nodes"] = _unmatrixed(character, moved)
    if extras:
        asset = dict(content["asset"])
        asset["extras"] = {**_table(asset.get("extras")), **extras}
        content["asset"] = asset
    try:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise damaged("its JSON holds a number that is not finite") from error
    return pack(text.encode(), pad4(character.binary) + made.buffers.binary())


def _require_same_rig(character: CharacterFile, recording: Recording) -> None:
    if recording.rig.names != character.rig.names:
        raise ValueError("the recording is on another rig")
    if not (np.isfinite(recording.rotations).all() and np.isfinite(recording.translations).all()):
        raise ValueError("the recording holds numbers that are not finite")


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _rows(value: object) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list) else []


def _json(value: schema.Property) -> dict[str, Any]:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _add_bones(made: _Animation, character: CharacterFile, recording: Recording) -> set[int]:
    """Channels of all bones that do not stand as the file has them; returns their nodes."""
    moved: set[int] = set()
    unit = transforms.continuous(transforms.normalize(recording.rotations))
    for joint, node in enumerate(character.nodes):
        turn, place = character.stances[joint]
        q = unit[:, joint] * np.where(unit[:1, joint, :1] < 0.0, -1.0, 1.0)
        if np.abs(q - turn * np.where(turn[0] < 0.0, -1.0, 1.0)).max() > _STILL:
            made.add(node, "rotation", np.roll(q, -1, axis=-1).astype(np.float32))
            moved.add(node)
        size = character.sizes[joint]
        p = recording.translations[:, joint] / size
        if np.abs(p - place).max() * size > _STILL:
            made.add(node, "translation", p.astype(np.float32))
            moved.add(node)
    return moved


def _add_face(made: _Animation, mesh: FaceMesh, face: FaceTracks, frames: int) -> None:
    """Weights of one mesh, where it has a target that some curve drives."""
    driven = targets_of(mesh.targets, face)
    if not driven:
        return
    values = np.tile(np.array(mesh.weights), (frames, 1))
    for target, name in driven.items():
        curve = _at(face.weights[name], face.fps, frames, made.fps)
        values[:, target] = np.maximum(values[:, target], curve)
    made.add(mesh.node, "weights", values.astype(np.float32))


def _at(
    curve: Float[np.ndarray, "keys"], fps: float, frames: int, wanted: float
) -> Float[np.ndarray, "frames"]:
    """A curve at another rate and length; its ends hold."""
    return np.interp(np.arange(frames) / wanted, np.arange(len(curve)) / fps, curve)


def targets_of(targets: tuple[str, ...], face: FaceTracks) -> dict[int, str]:
    """Which morph target shows which curve.

    Args:
        targets: Names in a mesh.
        face: The curves.
    """
    places: dict[str, int] = {}
    for index, target in enumerate(targets):
        places.setdefault(fold(target.rsplit(".", 1)[-1]), index)
    found: dict[int, str] = {}
    for name in face.weights:
        short = name.replace("Left", "_L").replace("Right", "_R")
        spelled = (name, short, *_OTHER_NAMES.get(name, ()))
        hits = [places[form] for form in map(fold, spelled) if form in places]
        if hits:
            found.setdefault(hits[0], name)
    return found


def _extended(
    character: CharacterFile, buffers: BufferBuilder, animation: dict[str, Any], *, keep: bool
) -> dict[str, Any]:
    """The file's JSON with our accessors, views and animation."""
    content = dict(character.content)
    start = len(pad4(character.binary))
    views, accessors = _rows(content.get("bufferViews")), _rows(content.get("accessors"))
    first_view, first_accessor = len(views), len(accessors)
    for view in buffers.views:
        row = _json(view)
        views.append(row | {"byteOffset": start + row.get("byteOffset", 0)})
    for accessor in buffers.accessors:
        row = _json(accessor)
        accessors.append(row | {"bufferView": first_view + row["bufferView"]})
    pieces = _rows(content.get("buffers"))
    whole = dict(pieces[0]) if pieces else {}
    whole["byteLength"] = start + len(buffers.binary())
    content["buffers"] = [whole, *pieces[1:]]
    content["bufferViews"], content["accessors"] = views, accessors
    others = [a for a in _rows(content.get("animations")) if a.get("name") != animation["name"]]
    shifted = [
        {
            key: value + first_accessor if key in ("input", "output") else value
            for key, value in sampler.items()
        }
        for sampler in animation["samplers"]
    ]
    # Programs play the first animation of a file when they open it.
    content["animations"] = [animation | {"samplers": shifted}, *(others if keep else ())]
    return content


def _unmatrixed(character: CharacterFile, moved: set[int]) -> list[Any]:
    """Nodes, of which animated ones have translation, rotation and scale instead of a matrix."""
    nodes = [dict(node) for node in character.content["nodes"]]
    for joint, node in enumerate(character.nodes):
        matrix = nodes[node].get("matrix")
        if node in moved and matrix is not None:
            turn, place = character.stances[joint]
            scale = np.linalg.norm(np.array(matrix, dtype=np.float64).reshape(4, 4)[:3, :3], axis=1)
            del nodes[node]["matrix"]
            nodes[node] |= {
                "translation": place.tolist(),
                "rotation": np.roll(turn, -1).tolist(),
                "scale": scale.tolist(),
            }
    return nodes
