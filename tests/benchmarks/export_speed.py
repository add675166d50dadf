# SPDX-License-Identifier: Apache-2.0
"""How long writing, reading and auditing take, and what the pieces of a file weigh.

    python -m tests.benchmarks.export_speed [CHARACTER.glb ...]

Without arguments: a made-up character of 30,000 triangles with 52 face shapes and six 1024²
pictures of noise over gradients (harder to compress than painted ones). Target: written within
3 s, audited within 3 s on a machine that does nothing else.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from gen3d.check import check_glb
from gen3d.check.names import ARKIT
from gen3d.export.gltf import glb_bytes
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.types import Character, Material, Mesh, Part, Skin, Texture
from tests.consumers.mannequin import box_humanoid

Result = TypeVar("Result")
MIB = 1 << 20


def main(names: list[str]) -> None:
    characters = {name: to_character(read_glb(Path(name))) for name in names}
    for name, character in (characters or {"made up": heavy()}).items():
        report(name, character)


def report(name: str, character: Character) -> None:
    triangles = sum(len(part.mesh.faces) for part in character.parts)
    print(f"{name}: {triangles} triangles, {len(character.parts)} parts")
    data = timed("write", lambda: glb_bytes(character))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "character.glb"
        path.write_bytes(data)
        document = timed("read", lambda: read_glb(path))
        timed("rebuild with pictures", lambda: to_character(document))
        timed("check", lambda: check_glb(path))
    print(f"  file {len(data) / MIB:.2f} MiB, of which")
    for what, change in SHARES.items():
        print(f"    {what:22} {(len(data) - len(glb_bytes(change(character)))) / MIB:.2f} MiB")
    print(f"    {'normals of morphs':22} {morph_normals_mib(character):.2f} MiB (left out)")


def timed(what: str, work: Callable[[], Result]) -> Result:
    start, busy = time.perf_counter(), time.process_time()
    result = work()
    elapsed, busy = time.perf_counter() - start, time.process_time() - busy
    print(f"  {what:24} {elapsed:5.2f} s, {busy:5.2f} s of processor")
    return result


def without_morphs(character: Character) -> Character:
    return replace(character, parts=tuple(replace(p, morphs={}) for p in character.parts))


def without_clips(character: Character) -> Character:
    return replace(character, clips=())


def without_pictures(character: Character) -> Character:
    bare = Material("bare")
    return replace(character, parts=tuple(replace(p, material=bare) for p in character.parts))


SHARES: Mapping[str, Callable[[Character], Character]] = {
    "morph targets": without_morphs,
    "clips": without_clips,
    "pictures and tangents": without_pictures,
}


def morph_normals_mib(character: Character) -> float:
    """What normal offsets would add: 14 bytes for each vertex of a face that a target moves."""
    total = 0
    for part in character.parts:
        for offsets in part.morphs.values():
            moved = np.any(np.abs(offsets) > 1e-5, axis=1)
            touched = part.mesh.faces[moved[part.mesh.faces].any(axis=1)]
            total += 14 * len(np.unique(touched))
    return total / MIB


def heavy(rows: int = 123) -> Character:
    """A bent sheet with 2 x (rows - 1)² triangles on the mannequin's skeleton."""
    u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, rows))
    uvs = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float32)
    angle = 2 * np.pi * u.ravel() * 0.98
    around = np.stack([np.sin(angle), np.zeros(rows**2), np.cos(angle)], axis=1)
    verts = around * 0.25 + np.stack([0 * angle, 1.75 * (1 - v.ravel()), 0 * angle], axis=1)
    at = (np.arange(rows - 1)[:, None] * rows + np.arange(rows - 1)).ravel()
    faces = np.concatenate(
        [np.stack([at, at + rows, at + 1], 1), np.stack([at + 1, at + rows, at + rows + 1], 1)]
    )
    rng = np.random.default_rng(0)
    weights = np.sort(rng.random((rows**2, 4), dtype=np.float32), axis=1)[:, ::-1].copy()
    skin = Skin(rng.integers(1, 55, size=(rows**2, 4)).astype(np.uint16), weights)
    mesh = Mesh(verts.astype(np.float32), faces.astype(np.int32), around.astype(np.float32), uvs)
    materials = (paint(rng, "one"), paint(rng, "two"))
    morphs = {name: bump(verts, rng) for name in ARKIT}
    base = box_humanoid()
    half = len(faces) // 2
    front, back = (
        replace(mesh, faces=mesh.faces[part]) for part in (slice(half), slice(half, None))
    )
    parts = (
        Part("front", "body", "body", front, skin, materials[0], morphs),
        Part("back", "body", "body", back, skin, materials[1], morphs),
    )
    return replace(base, parts=parts)


def bump(verts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A dent a tenth of the figure wide."""
    far = np.linalg.norm(verts - verts[rng.integers(len(verts))], axis=1)
    return (0.01 * np.clip(1 - far / 0.12, 0, None)[:, None] * rng.normal(size=3)).astype(
        np.float32
    )


def paint(rng: np.random.Generator, name: str) -> Material:
    ramp = np.linspace(60, 180, 1024)[:, None, None]

    def picture(slot: str) -> Texture:
        noise = rng.normal(scale=6.0, size=(1024, 1024, 3))
        return Texture(f"{name}_{slot}", np.clip(ramp + noise, 0, 255).astype(np.uint8))

    return Material(
        name,
        base_color_texture=picture("color"),
        metallic_roughness_texture=picture("surface"),
        normal_texture=picture("normal"),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
