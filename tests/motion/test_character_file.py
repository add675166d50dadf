# SPDX-License-Identifier: Apache-2.0
"""Users' rigged files: read, animated, written, opened again by other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen3d import transforms
from gen3d.check.khronos import validate
from gen3d.errors import Gen3dError
from gen3d.export.buffers import INDEX_DATA, VERTEX_DATA, BufferBuilder
from gen3d.export.container import pack, unpack
from gen3d.export.document import Document
from gen3d.export.gltf import write_glb
from gen3d.export.gltf_read import read_glb
from gen3d.export.schema import Property
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.character_file import CharacterFile, bones_of, read_character
from motion.character_write import animated_bytes, targets_of, write_animated
from motion.idle import idle_face
from motion.onto import onto_rig
from motion.rig import Recording, Rig
from tests.consumers.locate import in_blender, validator
from tests.consumers.mannequin import box_humanoid
from tests.motion.foreign import NAMED, foreign

CM = 0.01
LYING = transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.pi / 2.0)


def _matrix(turn: np.ndarray, place: np.ndarray, size: float = 1.0) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = transforms.to_matrix(turn) * size
    matrix[:3, 3] = place
    return matrix


def exported(rig: Rig, path: Path, *, matrices: bool = False, vrm: bool = False) -> Path:
    """A file such as Blender and its kin write: centimetres, Z up, under a scaled armature node."""
    armature = _matrix(LYING, np.zeros(3), CM)
    turns, places = rig.world()
    world = [_matrix(t, p) for t, p in zip(turns, places, strict=True)]
    nodes: list[dict[str, Any]] = []
    inside = [np.linalg.inv(armature) @ w for w in world]
    inside = [_matrix(transforms.from_matrix(m[:3, :3] * CM), m[:3, 3]) for m in inside]
    for joint, parent in enumerate(rig.parents):
        local = (np.linalg.inv(inside[parent]) if parent >= 0 else np.eye(4)) @ inside[joint]
        node: dict[str, Any] = {"name": rig.names[joint]}
        if matrices:
            node["matrix"] = local.T.reshape(-1).tolist()
        else:
            node["translation"] = local[:3, 3].tolist()
            node["rotation"] = np.roll(transforms.from_matrix(local[:3, :3]), -1).tolist()
        below = [j for j, p in enumerate(rig.parents) if p == joint]
        nodes.append(node | ({"children": below} if below else {}))
    buffers = BufferBuilder()
    mesh, skin = _skinned(inside, buffers)
    roots = [j for j, p in enumerate(rig.parents) if p < 0]
    count = len(nodes)
    nodes += [
        {
            "name": "Armature",
            "rotation": np.roll(LYING, -1).tolist(),
            "scale": [CM, CM, CM],
            "children": roots,
        },
        {"name": "Body", "mesh": 0, "skin": 0},
    ]
    content: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "somebody's", "extras": {"mine": 1}},
        "scene": 0,
        "scenes": [{"nodes": [count, count + 1]}],
        "nodes": nodes,
        "meshes": [mesh],
        "skins": [skin],
        "accessors": [_dumped(a) for a in buffers.accessors],
        "bufferViews": [_dumped(v) for v in buffers.views],
        "buffers": [{"byteLength": len(buffers.binary())}],
    }
    if vrm:
        human = {"leftFoot": {"node": rig.names.index("b")}, "jaw": {"node": 3}}
        content["extensions"] = {"VRMC_vrm": {"humanoid": {"humanBones": human}}}
    path.write_bytes(pack(json.dumps(content).encode(), buffers.binary()))
    return path


def _dumped(value: Property) -> dict[str, Any]:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _skinned(inside: list[np.ndarray], buffers: BufferBuilder) -> tuple[dict[str, Any], Any]:
    """A tetrahedron on every bone, in the armature's space, with two morph targets."""
    corner = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0], [0, 0, 3]], dtype=np.float64)
    verts = np.concatenate([m[:3, 3] + corner for m in inside]).astype(np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    indices = np.concatenate([faces + 4 * i for i in range(len(inside))]).reshape(-1)
    joints = np.zeros((len(verts), 4), np.uint8)
    joints[:, 0] = np.repeat(np.arange(len(inside)), 4)
    weights = np.zeros((len(verts), 4), np.float32)
    weights[:, 0] = 1.0
    primitive = {
        "attributes": {
            "POSITION": buffers.add(verts, VERTEX_DATA, bounds=True),
            "JOINTS_0": buffers.add(joints, VERTEX_DATA),
            "WEIGHTS_0": buffers.add(weights, VERTEX_DATA),
        },
        "indices": buffers.add(indices.astype(np.uint16), INDEX_DATA),
        "targets": [
            {"POSITION": buffers.add(np.full_like(verts, step), VERTEX_DATA, bounds=True)}
            for step in (0.1, 0.2)
        ],
    }
    mesh = {"primitives": [primitive], "extras": {"targetNames": ["blink_L", "eyeBlink_R"]}}
    inverse = np.stack([np.linalg.inv(m).T for m in inside]).astype(np.float32)
    skin = {"joints": list(range(len(inside))), "inverseBindMatrices": buffers.add(inverse)}
    return mesh, skin


@pytest.fixture(scope="module")
def rig() -> Rig:
    from tests.motion.conftest import _build

    return foreign(_build(1.75, 0.52, 0.1), NAMED["Mixamo"][1], seed=2, arms_deg=45.0)


@pytest.fixture(scope="module")
def user_file(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(rig, tmp_path_factory.mktemp("user") / "hero.glb")


def animated(character: CharacterFile, motion: str = "program:wave") -> Recording:
    bones = bones_of(character)
    return onto_rig(play(entry(motion), 0), character.rig, bones, ground=character.ground)


def test_a_figure_in_centimetres_lying_under_an_armature_is_read_in_metres_and_upright(
    rig: Rig, user_file: Path
) -> None:
    character = read_character(user_file)
    turned, placed = character.rig.world()
    wanted_turns, wanted = rig.world()
    at = [character.rig.names.index(name) for name in rig.names]
    np.testing.assert_allclose(placed[at], wanted, atol=1e-5)
    same = np.abs(np.sum(turned[at] * wanted_turns, axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-6)
    assert bones_of(character).convention == "mixamo"
    assert character.ground is not None
    assert abs(character.ground - (wanted[:, 1].min() - 0.03)) < 0.05


def test_what_was_in_the_file_stays_byte_for_byte(user_file: Path) -> None:
    character = read_character(user_file)
    before_text, before = unpack(user_file.read_bytes(), "before")
    text, after = unpack(animated_bytes(character, animated(character)), "after")
    assert after.startswith(before)
    old, new = json.loads(before_text), json.loads(text)
    for key in ("meshes", "skins", "scenes", "scene", "asset", "nodes"):
        assert new[key] == old[key]
    for key in ("accessors", "bufferViews"):
        assert new[key][: len(old[key])] == old[key]


@pytest.mark.parametrize("matrices", [False, True])
def test_the_joints_of_the_written_file_move_as_the_recording(
    rig: Rig, tmp_path: Path, *, matrices: bool
) -> None:
    character = read_character(exported(rig, tmp_path / "hero.glb", matrices=matrices))
    recording = animated(character, "clip:walk")
    write_animated(character, recording, tmp_path / "out.glb")
    _, wanted = recording.world()
    document = read_glb(tmp_path / "out.glb")
    for frame in (0, 11, len(wanted) - 1):
        world = _posed(document, frame, len(wanted))
        for name in rig.names:
            node = next(i for i, n in enumerate(document.nodes) if n.name == name)
            place = wanted[frame, recording.rig.names.index(name)]
            np.testing.assert_allclose(world[node][:3, 3], place, atol=1e-5)


def _posed(document: Document, frame: int, frames: int) -> dict[int, np.ndarray]:
    """World matrices of all nodes at a key, by the glTF specification alone."""
    local = {i: node.T_parent_node.copy() for i, node in enumerate(document.nodes)}
    for track in document.animations[0].tracks:
        key = track.values[frame if len(track.values) == frames else 0].astype(np.float64)
        matrix = local[track.node]
        if track.path == "translation":
            matrix[:3, 3] = key
        elif track.path == "rotation":
            size = np.linalg.norm(matrix[:3, :3], axis=0)
            matrix[:3, :3] = transforms.to_matrix(np.roll(key, 1)) * size
    world: dict[int, np.ndarray] = {}
    for node in document.parents_first:
        above = document.nodes[node].parent
        world[node] = (world[above] if above >= 0 else np.eye(4)) @ local[node]
    return world


def test_another_animation_is_kept_or_not_and_one_of_the_same_name_replaced(
    user_file: Path, tmp_path: Path
) -> None:
    character = read_character(user_file)
    wave, walk = animated(character), animated(character, "clip:walk")
    write_animated(character, wave, tmp_path / "one.glb")
    one = read_character(tmp_path / "one.glb")
    both = json.loads(unpack(animated_bytes(one, walk), "x")[0])
    assert [a["name"] for a in both["animations"]] == [walk.name, wave.name]
    alone = json.loads(unpack(animated_bytes(one, walk, keep=False), "x")[0])
    assert [a["name"] for a in alone["animations"]] == [walk.name]
    again = json.loads(unpack(animated_bytes(one, wave), "x")[0])
    assert [a["name"] for a in again["animations"]] == [wave.name]


def test_the_face_drives_the_targets_that_the_mesh_has(user_file: Path, tmp_path: Path) -> None:
    character = read_character(user_file)
    recording = animated(character)
    face = idle_face(len(recording.rotations), seed=4)
    assert targets_of(("blink_L", "eyeBlink_R"), face) == {0: "eyeBlinkLeft", 1: "eyeBlinkRight"}
    write_animated(character, recording, tmp_path / "face.glb", face=face)
    document = read_glb(tmp_path / "face.glb")
    tracks = [t for t in document.animations[0].tracks if t.path == "weights"]
    assert len(tracks) == 1
    np.testing.assert_allclose(tracks[0].values[:, 1], face.weights["eyeBlinkRight"], atol=1e-6)


def test_the_khronos_validator_and_blender_take_the_written_files(
    rig: Rig, user_file: Path, tmp_path: Path
) -> None:
    ours = tmp_path / "ours.glb"
    write_glb(box_humanoid(), ours, naming="unreal")
    paths: list[Path] = []
    for number, source in enumerate(
        (user_file, exported(rig, tmp_path / "matrices.glb", matrices=True), ours)
    ):
        character = read_character(source)
        recording = animated(character, "clip:walk")
        face = idle_face(len(recording.rotations), seed=1)
        paths.append(tmp_path / f"out{number}.glb")
        write_animated(character, recording, paths[-1], face=face, extras={"seed": 1})
        verdict = validate(paths[-1], validator())
        assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    for source, seen in zip(paths, in_blender(paths), strict=True):
        assert any("walk" in name for name in seen["actions"]), source
        assert len(seen["bones"]) >= 52
        posed = next(p for n, p in seen["posed"].items() if "walk" in n)
        # Still a person of 1.75 m a few steps on: neither lying nor a hundred times too large.
        assert 1.2 < posed["high"][1] - posed["low"][1] < 2.1
        assert abs(posed["low"][1]) < 0.1


def test_a_vrm_file_is_believed_as_far_as_it_goes_together(rig: Rig, tmp_path: Path) -> None:
    names = tuple("b" if n == "mixamorig:LeftFoot" else n for n in rig.names)
    renamed = Rig(names, rig.parents, rig.offsets, rig.turns)
    character = read_character(exported(renamed, tmp_path / "a.glb", vrm=True))
    assert character.stated == {"leftFoot": "b"}
    # One bone makes no map: the rest is found by shape, which knows the foot all the same.
    assert bones_of(character).bones["leftFoot"] == "b"


def test_a_file_without_a_figure_or_with_a_torn_one_is_a_sentence(
    user_file: Path, tmp_path: Path
) -> None:
    text, binary = unpack(user_file.read_bytes(), "x")
    content = json.loads(text)

    def refused(change: dict[str, Any], words: str) -> None:
        path = tmp_path / "odd.glb"
        path.write_bytes(pack(json.dumps(content | change).encode(), binary))
        with pytest.raises(Gen3dError, match=words):
            read_character(path)

    refused({"skins": []}, "no skinned figure|damaged")
    nodes = json.loads(json.dumps(content["nodes"]))
    nodes[0]["scale"] = [1.0, 2.0, 1.0]
    refused({"nodes": nodes}, "scaled unevenly")
    skins = [content["skins"][0] | {"joints": [9999]}]
    refused({"skins": skins}, "damaged")
    (tmp_path / "cut.glb").write_bytes(user_file.read_bytes()[:200])
    with pytest.raises(Gen3dError):
        read_character(tmp_path / "cut.glb")


def test_the_same_motion_gives_the_same_bytes(user_file: Path) -> None:
    first, second = read_character(user_file), read_character(user_file)
    assert animated_bytes(first, animated(first)) == animated_bytes(second, animated(second))


def test_a_recording_of_another_rig_is_not_written(user_file: Path, adult: Skeleton) -> None:
    character = read_character(user_file)
    other = foreign(adult, NAMED["Unreal"][1])
    still = Recording("x", 30.0, other, other.turns[None], other.offsets[None])
    with pytest.raises(ValueError, match="another rig"):
        animated_bytes(character, still)


def _damaged(value: object, chance: np.random.Generator) -> object:
    """A copy of a JSON value with one thing in it that does not belong there."""
    if isinstance(value, dict | list) and value and chance.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[chance.integers(len(keys))]
        copy: Any = value.copy()
        copy[key] = _damaged(copy[key], chance)
        return copy
    odd: list[object] = [None, -1, 10**9, 1e300, "x", [], {}, True, 0, [1, 2, 3]]
    return odd[chance.integers(len(odd))]


def test_odd_values_anywhere_are_a_sentence_or_harmless(user_file: Path, tmp_path: Path) -> None:
    text, binary = unpack(user_file.read_bytes(), "x")
    content, chance = json.loads(text), np.random.default_rng(7)
    outcomes: set[str] = set()
    for _ in range(60):
        (tmp_path / "odd.glb").write_bytes(
            pack(json.dumps(_damaged(content, chance)).encode(), binary)
        )
        try:
            bones_of(read_character(tmp_path / "odd.glb"))
            outcomes.add("read")
        except Gen3dError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
