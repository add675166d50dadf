# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from gen3d.check import Row, check_glb
from gen3d.check.khronos import validate
from gen3d.errors import Gen3dError
from gen3d.export.gltf_read import read_glb
from gen3d.export.object_gltf import object_bytes, to_object, write_object_glb
from gen3d.fields.bake import Appearance, Source, bake
from gen3d.fields.unwrap import unwrapped
from gen3d.foundry.solids import Solid, box, joined, moved, torus
from gen3d.types import Character, Mesh, ObjectAsset, ObjectPart
from tests.consumers.locate import in_blender, validator

EXTRAS = {"licences": [{"name": "CC0-1.0"}]}


def asset_of(solid: Solid, name: str = "ring") -> ObjectAsset:
    source = Source(
        appearance=lambda p: Appearance(0.5 + 0.3 * torch.sin(4 * p), 0.5 + p[:, 0], 0 * p[:, 0]),
        normal=lambda p: p,
    )
    mesh, material = bake(solid, unwrapped(solid, 128), source, size_px=128, name=name)
    return ObjectAsset(name, (ObjectPart(name, mesh, material),))


@pytest.fixture(scope="module")
def ring() -> ObjectAsset:
    return asset_of(moved(torus(0.3, 0.1), y=0.1))


@pytest.fixture(scope="module")
def ring_glb(ring: ObjectAsset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("object") / "ring.glb"
    write_object_glb(ring, path, extras=EXTRAS)
    return path


def rows_of(path: Path) -> dict[str, Row]:
    return {row.name: row for row in check_glb(path).rows}


def test_the_khronos_validator_finds_nothing_to_say(ring_glb: Path) -> None:
    verdict = validate(ring_glb, validator())
    assert (verdict.errors, verdict.warnings, verdict.infos) == (0, 0, 0), verdict.codes


def test_an_object_survives_writing_and_reading(ring: ObjectAsset, ring_glb: Path) -> None:
    again = to_object(read_glb(ring_glb))
    assert again.name == ring.name
    mine, theirs = ring.parts[0], again.parts[0]
    assert theirs.name == mine.name
    assert np.array_equal(theirs.mesh.verts, mine.mesh.verts)
    assert np.array_equal(theirs.mesh.faces, mine.mesh.faces)
    assert np.array_equal(theirs.mesh.uvs, mine.mesh.uvs)
    np.testing.assert_allclose(theirs.mesh.normals, mine.mesh.normals, atol=1e-6)
    for slot in ("base_color_texture", "metallic_roughness_texture", "normal_texture"):
        a, b = getattr(mine.material, slot), getattr(theirs.material, slot)
        assert (a.name, a.pixels.tobytes()) == (b.name, b.pixels.tobytes())


def test_trimesh_reads_the_same_triangles_and_picture(ring: ObjectAsset, ring_glb: Path) -> None:
    scene = trimesh.load(ring_glb, process=False)
    assert isinstance(scene, trimesh.Scene)
    (shape,) = scene.geometry.values()
    assert isinstance(shape, trimesh.Trimesh)
    assert np.array_equal(shape.faces, ring.parts[0].mesh.faces)
    np.testing.assert_allclose(shape.vertices, ring.parts[0].mesh.verts, atol=1e-6)
    material = ring.parts[0].material
    assert material.base_color_texture is not None
    seen = np.asarray(shape.visual.material.baseColorTexture.convert("RGB"))
    assert np.array_equal(seen, material.base_color_texture.pixels)


def test_blender_imports_it_at_its_size_with_its_pictures(
    ring: ObjectAsset, ring_glb: Path
) -> None:
    (seen,) = in_blender([ring_glb])
    points = ring.parts[0].mesh.verts
    np.testing.assert_allclose(seen["low"], points.min(axis=0), atol=1e-4)
    np.testing.assert_allclose(seen["high"], points.max(axis=0), atol=1e-4)
    assert seen["bones"] == []
    assert seen["materials"] == ["ring"]
    assert [128, 128] in seen["images"].values()


def test_a_sound_object_passes_its_audit_without_a_warning(ring_glb: Path) -> None:
    rows = rows_of(ring_glb)
    assert {row.name: row for row in rows.values() if row.status in ("warn", "fail")} == {}
    assert rows["skeleton and skin"].value == "not applicable"
    assert rows["watertight"].value == "yes"
    assert rows["separate pieces"].value == 1


def without_a_face(asset: ObjectAsset) -> ObjectAsset:
    part = asset.parts[0]
    mesh = replace(part.mesh, faces=part.mesh.faces[1:])
    return replace(asset, parts=(replace(part, mesh=mesh),))


def test_the_audit_sees_a_hole(ring: ObjectAsset, tmp_path: Path) -> None:
    write_object_glb(without_a_face(ring), tmp_path / "hole.glb")
    row = rows_of(tmp_path / "hole.glb")["watertight"]
    assert (row.value, row.status) == ("no", "warn")
    assert "3 edges" in row.hint


def test_the_audit_counts_pieces_and_triangles(tmp_path: Path) -> None:
    pair = joined(moved(box(0.2, 0.2, 0.2), x=-0.3), moved(box(0.2, 0.2, 0.2), x=0.3))
    write_object_glb(asset_of(pair, "pair"), tmp_path / "pair.glb")
    rows = rows_of(tmp_path / "pair.glb")
    assert (rows["separate pieces"].value, rows["separate pieces"].status) == (2, "warn")
    assert rows["triangles of the object"].value == len(pair.faces)


def test_a_surface_in_two_materials_is_still_one_closed_piece(
    ring: ObjectAsset, tmp_path: Path
) -> None:
    part = ring.parts[0]
    half = len(part.mesh.faces) // 2
    other = replace(part.material, name="other", roughness=0.3)
    pieces = (
        replace(part, name="a", mesh=replace(part.mesh, faces=part.mesh.faces[:half])),
        ObjectPart("b", replace(part.mesh, faces=part.mesh.faces[half:]), other),
    )
    write_object_glb(ObjectAsset("ring", pieces), tmp_path / "two.glb")
    rows = rows_of(tmp_path / "two.glb")
    assert rows["watertight"].value == "yes"
    assert rows["separate pieces"].value == 1
    document = read_glb(tmp_path / "two.glb")
    assert len(document.pictures) == 3
    assert [p.name for p in to_object(document).parts] == ["a", "b"]


def test_a_character_is_no_object_and_is_not_asked_as_one(
    mannequin: Character, mannequin_glb: Path
) -> None:
    assert mannequin.parts
    assert "watertight" not in rows_of(mannequin_glb)
    with pytest.raises(Gen3dError, match="bones"):
        to_object(read_glb(mannequin_glb))


def test_the_same_object_gives_the_same_bytes(ring: ObjectAsset) -> None:
    assert object_bytes(ring, extras=EXTRAS) == object_bytes(ring, extras=EXTRAS)


def _broken(mesh: Mesh, fault: str) -> Mesh:
    if fault == "not finite":
        return replace(mesh, verts=np.full_like(mesh.verts, np.nan))
    if fault == "no faces":
        return replace(mesh, faces=mesh.faces[:0])
    return replace(mesh, faces=mesh.faces + np.int32(10**6))


@pytest.mark.parametrize("fault", ["not finite", "no faces", "names a vertex"])
def test_a_broken_promise_is_refused(ring: ObjectAsset, fault: str) -> None:
    part = ring.parts[0]
    broken = replace(ring, parts=(replace(part, mesh=_broken(part.mesh, fault)),))
    with pytest.raises(ValueError, match=fault):
        object_bytes(broken)
    with pytest.raises(ValueError, match="no parts"):
        object_bytes(ObjectAsset("nothing", ()))
