# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.check import Report, Row, check_glb, format_table
from gen3d.check.khronos import VARIABLE
from gen3d.check.topology import merge
from gen3d.check.uvs import overlap_share
from gen3d.export.container import pack, unpack
from gen3d.export.gltf import write_glb
from gen3d.types import Character, Clip, Mesh, Part, Texture
from tests.consumers.mannequin import box, box_humanoid, picture, skeleton, wave

EXTRAS = {"licences": [{"name": "CC0-1.0"}]}


@pytest.fixture(autouse=True)
def _without_the_validator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))


def audit(character: Character, folder: Path) -> dict[str, Row]:
    path = folder / "audited.glb"
    write_glb(character, path, extras=EXTRAS)
    return {row.name: row for row in check_glb(path).rows}


def standing() -> Character:
    return replace(box_humanoid(), clips=(wave(),))


def changed(part: int, **what: object) -> Character:
    character = standing()
    parts = list(character.parts)
    parts[part] = replace(parts[part], **what)
    return replace(character, parts=tuple(parts))


def reshaped(part: int, change: Callable[[Mesh], Mesh]) -> Character:
    return changed(part, mesh=change(standing().parts[part].mesh))


def test_a_sound_character_passes_without_a_warning(tmp_path: Path) -> None:
    rows = audit(standing(), tmp_path)
    assert {name: row for name, row in rows.items() if row.status in ("warn", "fail")} == {}
    assert rows["triangles"].value == 636
    assert rows["bones"].value == 55
    assert rows["height"].value == 1.74


def with_clip(clip: Clip) -> Character:
    return replace(standing(), clips=(clip,))


def pulled(offset: float) -> Character:
    """Everything higher or lower, skeleton at its place."""
    parts = tuple(
        replace(p, mesh=replace(p.mesh, verts=p.mesh.verts + np.float32([0, offset, 0])))
        for p in standing().parts
    )
    return replace(standing(), parts=parts)


def turned_around() -> Character:
    character = standing()
    flip = np.array([-1, 1, -1], dtype=np.float32)
    parts = tuple(
        replace(p, mesh=replace(p.mesh, verts=p.mesh.verts * flip, normals=p.mesh.normals * flip))
        for p in character.parts
    )
    rig = replace(character.skeleton, positions=character.skeleton.positions * flip)
    return replace(character, parts=parts, skeleton=rig, clips=())


def other_skeleton(joint: str, offset: tuple[float, float, float]) -> Character:
    positions = skeleton().positions.copy()
    positions[skeleton().index(joint)] += np.array(offset, dtype=np.float32)
    return replace(standing(), skeleton=replace(skeleton(), positions=positions), clips=())


def on_joint(name: str) -> Character:
    skin = standing().parts[1].skin
    joints = skin.joints.copy()
    joints[:, 0] = skeleton().index(name)
    return changed(1, skin=replace(skin, joints=joints))


def left_arm_on_the_right_hand() -> Character:
    part = standing().parts[0]
    joints = part.skin.joints.copy()
    far = part.mesh.verts[:, 0] > 0.3
    joints[far, 0] = skeleton().index("rightHand")
    return changed(0, skin=replace(part.skin, joints=joints))


def extra_faces(mesh: Mesh, faces: np.ndarray) -> Mesh:
    return replace(mesh, faces=np.concatenate([mesh.faces, faces.astype(np.int32)]))


def material(part: int, **what: object) -> Character:
    return changed(part, material=replace(standing().parts[part].material, **what))


def skating() -> Clip:
    clip = wave("skate", loop=False)
    root = np.zeros((25, 3), np.float32)
    root[:, 2] = np.linspace(0, 1, 25)
    return replace(clip, root_positions=root)


def lifted(offset: float) -> Clip:
    return replace(wave(), hips_positions=wave().hips_positions + np.float32([0, offset, 0]))


def torn() -> Clip:
    rotations = wave().rotations.copy()
    turn = transforms.from_axis_angle(np.tile([0.0, 0, 1], (25, 1)), np.linspace(0, 1, 25))
    rotations[:, skeleton().index("leftUpperArm")] = turn
    return replace(wave(), rotations=rotations)


def speck() -> Character:
    mesh = box(np.full(3, 1.0), np.full(3, 1.0005), 0, 1)
    part = standing().parts[2]
    skin = replace(part.skin, joints=part.skin.joints[:24], weights=part.skin.weights[:24])
    extra = Part("dust", "dust", "hair", mesh, skin, part.material)
    return replace(standing(), parts=(*standing().parts, extra))


DEFECTS: dict[str, tuple[Callable[[], Character], str, str]] = {
    "in the ground": (lambda: pulled(-0.02), "distance of the soles from the ground", "fail"),
    "in the air": (lambda: pulled(0.006), "distance of the soles from the ground", "fail"),
    "too tall": (lambda: replace(standing(), height=3.0), "height", "fail"),
    "told taller than it is": (
        lambda: replace(standing(), height=1.78), "height told beyond the mesh", "warn"),
    "backwards": (turned_around, "facing", "fail"),
    "arms down": (
        lambda: other_skeleton("leftHand", (-0.1, -0.3, 0)), "arms away from the T-pose", "warn"),
    "lopsided": (
        lambda: other_skeleton("leftFoot", (0.01, 0, 0)), "joints left and right apart", "warn"),
    "head on the root": (lambda: on_joint("root"), "vertices on the root bone", "fail"),
    "bleeding": (left_arm_on_the_right_hand, "vertices on the other side's limb", "fail"),
    "inside out": (
        lambda: reshaped(1, lambda m: replace(m, faces=m.faces[:, ::-1].copy())),
        "closed components turned inside out", "fail"),
    "normals in": (
        lambda: reshaped(0, lambda m: replace(m, normals=-m.normals)),
        "faces against their normals", "fail"),
    "no area": (
        lambda: reshaped(0, lambda m: extra_faces(m, np.array([[0, 0, 1]]))),
        "degenerate faces", "warn"),
    "twice": (
        lambda: reshaped(0, lambda m: extra_faces(m, m.faces[:2])), "duplicate faces", "warn"),
    "holes": (
        lambda: reshaped(0, lambda m: replace(m, faces=m.faces[::2])), "open edges", "warn"),
    "dust": (speck, "floating specks", "warn"),
    "UVs on one heap": (
        lambda: reshaped(0, lambda m: replace(m, uvs=(m.uvs % 0.05) * 10)),
        "UV overlap, worst picture", "warn"),
    "UVs outside": (
        lambda: reshaped(0, lambda m: replace(m, uvs=m.uvs + np.float32(0.5))),
        "faces with UVs outside 0 to 1", "warn"),
    "UVs squeezed": (
        lambda: reshaped(0, lambda m: replace(m, uvs=m.uvs * np.float32([1, 0.05]))),
        "UV stretch, 95th percentile", "warn"),
    "no UVs": (
        lambda: reshaped(0, lambda m: replace(m, uvs=m.uvs * np.float32(0))),
        "faces without UV area", "fail"),
    "black": (
        lambda: material(2, base_color=(0.001, 0.001, 0.001, 1.0)),
        "darkest base colour, mean", "warn"),
    "white": (
        lambda: material(2, base_color_texture=None), "brightest base colour, mean", "warn"),
    "colour as normals": (
        lambda: material(0, normal_texture=Texture("n", picture(8))),
        "normal map texels that are no normals", "fail"),
    "one picture for both": (
        lambda: material(0, metallic_roughness_texture=Texture("again", picture(1))),
        "pictures used as colour and as data", "fail"),
    "no face shapes": (lambda: replace(standing(), parts=standing().parts[:1]),
                       "ARKit face shapes missing", "fail"),
    "dead face shapes": (
        lambda: changed(1, morphs={n: m * 0 for n, m in standing().parts[1].morphs.items()}),
        "face shapes that move nothing", "fail"),
    "skating": (lambda: with_clip(skating()), "foot slide in skate", "warn"),
    "sinking": (lambda: with_clip(lifted(-0.1)), "ground penetration in wave", "warn"),
    "hovering": (lambda: with_clip(lifted(0.2)), "usual height above ground in wave", "warn"),
    "torn loop": (lambda: with_clip(torn()), "loop seam of wave", "warn"),
    "helper left": (lambda: changed(0, name="helper-tights"), "helper geometry", "fail"),
}  # fmt: skip


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_a_defect_shows_in_its_row(defect: str, tmp_path: Path) -> None:
    make, name, status = DEFECTS[defect]
    row = audit(make(), tmp_path)[name]
    assert row.status == status, row
    assert row.hint


def edited(path: Path, change: Callable[[dict], None]) -> dict[str, Row]:
    text, binary = unpack(path.read_bytes(), path.name)
    document = json.loads(text)
    change(document)
    path.write_bytes(pack(json.dumps(document).encode(), binary))
    return {row.name: row for row in check_glb(path).rows}


def _rename_bones(document: dict) -> None:
    for node in document["nodes"]:
        if node["name"] == "leftHand":
            node["name"] = "claw"


def _move_mesh(document: dict) -> None:
    document["nodes"][-1]["translation"] = [0, 1, 0]


def _reparent(document: dict) -> None:
    by_name = {node["name"]: index for index, node in enumerate(document["nodes"])}
    document["nodes"][by_name["neck"]]["children"].remove(by_name["head"])
    document["nodes"][by_name["hips"]]["children"].append(by_name["head"])


def _no_licence(document: dict) -> None:
    document["asset"].pop("extras")


def _twins(document: dict) -> None:
    document["nodes"][-1]["name"] = document["nodes"][-2]["name"]


@pytest.mark.parametrize(
    ("change", "name", "status"),
    [
        (_rename_bones, "required bones missing", "fail"),
        (_move_mesh, "skinned meshes with a transform", "warn"),
        (_reparent, "bones under the wrong parent", "fail"),
        (_no_licence, "licence record", "warn"),
        (_twins, "nodes that share a name or have none", "warn"),
    ],
)
def test_a_defect_of_the_file_shows_in_its_row(
    change: Callable[[dict], None], name: str, status: str, tmp_path: Path
) -> None:
    path = tmp_path / "edited.glb"
    write_glb(standing(), path, extras=EXTRAS)
    assert edited(path, change)[name].status == status


@pytest.mark.parametrize("naming", ["mixamo", "unreal", "unity"])
def test_every_naming_of_ours_is_recognised(naming: str, tmp_path: Path) -> None:
    path = tmp_path / "named.glb"
    write_glb(standing(), path, naming=naming, extras=EXTRAS)
    rows = {row.name: row for row in check_glb(path).rows}
    assert rows["bone naming"].value == naming
    assert rows["required bones missing"].status == "pass"
    assert rows["bones under the wrong parent"].status == "pass"


def _make_static(document: dict) -> None:
    document.pop("skins")
    document.pop("animations")
    document["nodes"] = [{"name": "thing", "mesh": 0}]
    document["scenes"] = [{"nodes": [0]}]
    for primitive in document["meshes"][0]["primitives"]:
        primitive["attributes"].pop("JOINTS_0")
        primitive["attributes"].pop("WEIGHTS_0")


def test_a_static_object_is_asked_only_what_concerns_it(tmp_path: Path) -> None:
    path = tmp_path / "thing.glb"
    write_glb(standing(), path, extras=EXTRAS)
    rows = edited(path, _make_static)
    assert rows["distance of the lowest point from the ground"].status == "pass"
    assert "degenerate faces" in rows
    assert not {"joints per vertex", "required bones missing", "clips", "height"} & rows.keys()
    assert "ARKit face shapes missing" not in rows


def test_an_empty_scene_is_audited_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.glb"
    path.write_bytes(pack(b'{"asset":{"version":"2.0"}}', b""))
    assert check_glb(path).ok


def test_the_report_says_the_same_as_text_and_as_json(tmp_path: Path) -> None:
    path = tmp_path / "report.glb"
    write_glb(pulled(-0.02), path)
    report = check_glb(path)
    told = json.loads(report.to_json())
    assert told["ok"] is report.ok is False
    assert [row["name"] for row in told["rows"]] == [row.name for row in report.rows]
    table = format_table(report)
    assert "FAIL  distance of the soles from the ground" in table
    assert "1 failed" in table
    assert all(len(line) <= 140 for line in table.splitlines())


def test_a_missing_validator_is_said_and_fails_nothing() -> None:
    report = Report("x", (Row("Khronos validator", "skip", "not run", "0 errors", "npm install"),))
    assert report.ok
    assert "npm install" in format_table(report)


def grid(size: int) -> np.ndarray:
    """UV triangles that tile the square without gap or overlap."""
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    low = np.stack([x.ravel(), y.ravel()], axis=1)[:, None]
    pair = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]])
    return ((low[:, None] + pair[None]) / size).reshape(-1, 3, 2)


@pytest.mark.parametrize("size", [1, 3, 7, 31])
def test_triangles_side_by_side_do_not_overlap(size: int) -> None:
    assert overlap_share(grid(size)) == 0.0


def test_a_half_covered_square_overlaps_by_half() -> None:
    triangles = grid(8)
    left = triangles[triangles.mean(axis=1)[:, 0] < 0.5]
    assert overlap_share(np.concatenate([triangles, left])) == pytest.approx(50.0, abs=0.5)


def test_a_jiggled_tiling_still_does_not_overlap() -> None:
    rng = np.random.default_rng(2)
    triangles = grid(9)
    corners, which = np.unique(triangles.reshape(-1, 2), axis=0, return_inverse=True)
    inside = np.all((corners > 0) & (corners < 1), axis=1)
    corners[inside] += rng.uniform(-0.02, 0.02, size=(inside.sum(), 2))
    assert overlap_share(corners[which].reshape(-1, 3, 2)) < 0.01


def test_places_a_micrometre_apart_merge_and_a_millimetre_apart_do_not() -> None:
    verts = np.array([[0, 0, 0], [1e-6, 0, 0], [1e-3, 0, 0], [1, 1, 1]])
    a, b, c, _ = merge(verts)
    assert a == b != c
