# SPDX-License-Identifier: Apache-2.0
"""A rig in files of every layout: groups, shared and mirrored meshes, other things in the scene."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen3d.check.khronos import validate
from gen3d.check.motion import play
from gen3d.errors import Gen3dError
from gen3d.export.container import pack, unpack
from gen3d.export.gltf_read import read_glb
from gen3d.rigging.source import Source, read_source
from gen3d.rigging.write import Binding, rigged_bytes
from gen3d.types import Skin
from tests.consumers.locate import validator
from tests.consumers.mannequin import skeleton

TRIANGLE = np.array([[0, 0, 0], [0.3, 0, 0], [0, 0.5, 0.1]], np.float32)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _content(nodes: list[dict[str, Any]], roots: list[int]) -> dict[str, Any]:
    """A scene of one triangle with one picture."""
    return {
        "asset": {"version": "2.0", "extras": {"mine": 1}},
        "scene": 0,
        "scenes": [{"nodes": roots}],
        "nodes": nodes,
        "meshes": [{"name": "tri", "primitives": [{"attributes": {"POSITION": 0}, "material": 0}]}],
        "materials": [
            {"name": "red", "pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 3,
                "type": "VEC3",
                "min": TRIANGLE.min(axis=0).tolist(),
                "max": TRIANGLE.max(axis=0).tolist(),
            }
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36, "target": 34962}],
        "buffers": [{"byteLength": 36}],
    }


def _written(tmp_path: Path, content: dict[str, Any]) -> Source:
    path = tmp_path / "figure.glb"
    path.write_bytes(pack(json.dumps(content).encode(), TRIANGLE.tobytes()))
    return read_source(path)


def _bound(source: Source) -> Binding:
    """All on the hips; the file's world is half as large as ours, and turned."""
    count = len(source.verts)
    joints = np.zeros((count, 4), np.uint16)
    joints[:, 0] = 1
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1.0
    matrix = np.diag([2.0, 2.0, 2.0, 1.0])
    matrix[:3, :3] = 2.0 * np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]])
    matrix[:3, 3] = [0.1, 0.2, 0.3]
    return Binding(skeleton(), Skin(joints, weights), matrix)


def _rigged(tmp_path: Path, source: Source, naming: str = "vrm") -> Path:
    path = tmp_path / "rigged.glb"
    path.write_bytes(rigged_bytes(source, _bound(source), naming=naming, extras={"ours": 2}))
    verdict = validate(path, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    return path


LAYOUTS: dict[str, tuple[list[dict[str, Any]], list[int]]] = {
    "plain": ([{"name": "a", "mesh": 0}], [0]),
    "in groups": (
        [
            {"name": "world", "children": [1], "scale": [2, 2, 2]},
            {"name": "b", "children": [2], "translation": [0, 1, 0]},
            {"name": "c", "mesh": 0, "rotation": [0, 0, 0.6, 0.8]},
        ],
        [0],
    ),
    "shared": (
        [
            {"name": "head", "mesh": 0},
            {"name": "other", "mesh": 0, "translation": [1, 0, 0], "scale": [1, 2, 1]},
        ],
        [0, 1],
    ),
    "mirrored": ([{"name": "m", "mesh": 0, "scale": [-1, 1, 1]}], [0]),
    "with more on it": (
        [
            {"name": "body", "mesh": 0, "translation": [0, 0.5, 0], "children": [1]},
            {"name": "hat", "mesh": 0, "translation": [0, 1, 0]},
        ],
        [0],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_skin_shows_every_vertex_where_the_file_had_it(layout: str, tmp_path: Path) -> None:
    source = _written(tmp_path, _content(*LAYOUTS[layout]))
    document = read_glb(_rigged(tmp_path, source))
    matrix = _bound(source).T_ours_file
    wanted = source.verts @ matrix[:3, :3].T + matrix[:3, 3]
    shown: list[np.ndarray] = []
    for node in document.nodes:
        if node.mesh is None or node.skin is None:
            continue
        assert node.parent == -1
        np.testing.assert_array_equal(node.T_parent_node, np.eye(4))
        skin = document.skins[node.skin]
        # Every joint rests where the skin is bound, so each alone shows the same.
        pairs = zip(skin.joints, skin.T_joint_rest, strict=True)
        alone = np.stack([document.T_world_node[joint] @ bind for joint, bind in pairs])
        np.testing.assert_allclose(alone, np.tile(alone[:1], (len(alone), 1, 1)), atol=1e-6)
        whole = alone[0]
        (primitive,) = document.meshes[node.mesh].primitives
        shown.append(primitive.verts @ whole[:3, :3].T + whole[:3, 3])
    found = np.concatenate(shown)
    assert found.shape == wanted.shape
    order, expected = (np.lexsort(np.round(points, 4).T) for points in (found, wanted))
    np.testing.assert_allclose(found[order], wanted[expected], atol=1e-5)


def test_a_mirrored_mesh_keeps_its_outside(tmp_path: Path) -> None:
    source = _written(tmp_path, _content(*LAYOUTS["mirrored"]))
    document = read_glb(_rigged(tmp_path, source))
    np.testing.assert_array_equal(document.meshes[0].primitives[0].faces, [[2, 1, 0]])


def test_empty_groups_go_and_bones_keep_their_names(tmp_path: Path) -> None:
    groups = read_glb(_rigged(tmp_path, _written(tmp_path, _content(*LAYOUTS["in groups"]))))
    assert not {"world", "b"} & {node.name for node in groups.nodes}
    shared = read_glb(_rigged(tmp_path, _written(tmp_path, _content(*LAYOUTS["shared"]))))
    names = [node.name for node in shared.nodes]
    assert len(names) == len(set(names))
    assert {"head", "head_mesh", "other"} <= set(names)


def test_lights_cameras_animations_and_extras_stay(tmp_path: Path) -> None:
    nodes = [
        {"name": "spin", "children": [1, 2]},
        {"name": "a", "mesh": 0},
        {"name": "eye", "camera": 0},
    ]
    content = _content(nodes, [0])
    content["cameras"] = [{"type": "perspective", "perspective": {"yfov": 1.0, "znear": 0.1}}]
    content["accessors"] += [
        {
            "bufferView": 1,
            "componentType": 5126,
            "count": 2,
            "type": "SCALAR",
            "min": [0],
            "max": [1],
        },
        {"bufferView": 2, "componentType": 5126, "count": 2, "type": "VEC3"},
    ]
    content["bufferViews"] += [
        {"buffer": 0, "byteOffset": 36, "byteLength": 8},
        {"buffer": 0, "byteOffset": 44, "byteLength": 24},
    ]
    content["animations"] = [
        {
            "name": "slide",
            "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}],
            "samplers": [{"input": 1, "output": 2}],
        }
    ]
    extra = np.array([0, 1, 0, 0, 0, 1, 0, 0], np.float32).tobytes()
    content["buffers"] = [{"byteLength": 36 + len(extra)}]
    path = tmp_path / "figure.glb"
    path.write_bytes(pack(json.dumps(content).encode(), TRIANGLE.tobytes() + extra))
    rigged = _rigged(tmp_path, read_source(path))
    document = read_glb(rigged)
    (track,) = document.animations[0].tracks
    assert document.nodes[track.node].name == "spin"
    assert play(document, document.animations[0]).T_world_node.shape[1] == len(document.nodes)
    written = json.loads(unpack(rigged.read_bytes(), "")[0])
    assert written["cameras"] == content["cameras"]
    assert written["asset"]["extras"] == {"mine": 1, "ours": 2}


def test_a_gltf_with_its_data_beside_it_is_taken_inside(tmp_path: Path) -> None:
    content = _content([{"mesh": 0, "name": "a"}], [0])
    content["images"] = [{"uri": "my%20skin.png"}]
    content["textures"] = [{"source": 0}]
    content["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = {"index": 0}
    content["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = 1
    content["accessors"].append(
        {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"}
    )
    content["bufferViews"].append({"buffer": 1, "byteLength": 24, "target": 34962})
    uvs = base64.b64encode(np.zeros(6, np.float32).tobytes()).decode()
    content["buffers"] = [
        {"byteLength": 36, "uri": "figure.bin"},
        {"byteLength": 24, "uri": f"data:application/octet-stream;base64,{uvs}"},
    ]
    (tmp_path / "figure.bin").write_bytes(TRIANGLE.tobytes())
    (tmp_path / "my skin.png").write_bytes(PIXEL)
    (tmp_path / "figure.gltf").write_text(json.dumps(content), encoding="utf-8")
    source = read_source(tmp_path / "figure.gltf")
    np.testing.assert_array_equal(source.verts, TRIANGLE)
    document = read_glb(_rigged(tmp_path, source))
    assert document.pictures[0].data == PIXEL
    assert document.pictures[0].mime == "image/png"


def test_no_file_outside_the_folder_is_read(tmp_path: Path) -> None:
    content = _content([{"mesh": 0}], [0])
    (tmp_path / "secret.bin").write_bytes(TRIANGLE.tobytes())
    inner = tmp_path / "inner"
    inner.mkdir()
    content["buffers"] = [{"byteLength": 36, "uri": "../secret.bin"}]
    (inner / "figure.gltf").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(Gen3dError, match="not in its folder"):
        read_source(inner / "figure.gltf")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "JSON"),
        (b"[]", "no JSON object"),
        (b'{"asset": {"version": "2.0"}, "buffers": 3}', "buffers"),
        (b'{"asset": {"version": "2.0"}, "scenes": [{"nodes": [4]}]}', "node 4"),
        (b'{"asset": {"version": "2.0"}, "nodes": [{"mesh": 0}]}', "mesh 0"),
        (b'{"asset": {"version": "2.0"}}', "no geometry"),
        (b'{"asset": {"version": "2.0"}, "bufferViews": [{"buffer": "x"}]}', "buffer"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.gltf"
    path.write_bytes(content)
    with pytest.raises(Gen3dError, match=why):
        read_source(path)
