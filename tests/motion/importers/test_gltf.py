# SPDX-License-Identifier: Apache-2.0
"""glTF animations: sampling, bind poses, scales, bytes from anywhere allowed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.export.container import pack
from motion.importers.gltf import animation_names, read_gltf, sampled

TIMES = np.arange(6, dtype=np.float32) / 30.0
SIZES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class _File:
    """A glTF file while it is put together."""

    def __init__(self, nodes: list[dict[str, Any]]) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "nodes": nodes,
            "animations": [],
            "accessors": [],
            "bufferViews": [],
        }
        self.data = b""

    def add(self, array: np.ndarray) -> int:
        flat = np.asarray(array, np.float32).reshape(len(array), -1)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": flat.nbytes}
        self.data += flat.tobytes()
        number = len(self.json["accessors"])
        self.json["bufferViews"].append(view)
        self.json["accessors"].append(
            {
                "bufferView": number,
                "componentType": 5126,
                "count": len(flat),
                "type": SIZES[flat.shape[1]],
            }
        )
        return number

    def animate(
        self, name: str, tracks: list[tuple[int, str, np.ndarray, np.ndarray, str]]
    ) -> None:
        samplers, channels = [], []
        for node, path, times, values, kind in tracks:
            channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
            sampler = {"input": self.add(times), "output": self.add(values), "interpolation": kind}
            samplers.append(sampler)
        self.json["animations"].append({"name": name, "samplers": samplers, "channels": channels})

    def glb(self, path: Path) -> Path:
        content = self.json | {"buffers": [{"byteLength": len(self.data)}]}
        path.write_bytes(pack(json.dumps(content).encode(), self.data))
        return path

    def gltf(self, path: Path, uri: str) -> Path:
        content = self.json | {"buffers": [{"byteLength": len(self.data), "uri": uri}]}
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def _turns(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(count, 4)) + np.array([0.0, 0.0, 0.0, 2.0])
    return transforms.normalize(q).astype(np.float32)


def _chain() -> _File:
    nodes = [
        {"name": "Armature", "children": [1], "scale": [0.01, 0.01, 0.01]},
        {"name": "Hips", "children": [2, 3], "translation": [0, 100, 0]},
        {"name": "Spine", "translation": [0, 50, 0], "rotation": [0, 0, 0.6, 0.8]},
        {"name": "Body", "mesh": 0},
    ]
    file = _File(nodes)
    file.animate("idle", [(1, "rotation", TIMES, _turns(6, 1), "LINEAR")])
    path = np.array([[10.0 * t, 100.0, 0.0] for t in range(6)])
    file.animate(
        "walk",
        [
            (1, "translation", TIMES, path, "LINEAR"),
            (2, "rotation", TIMES[:1], _turns(1, 2), "STEP"),
        ],
    )
    return file


def test_animations_are_chosen_by_name_and_scales_go_into_places(tmp_path: Path) -> None:
    path = _chain().glb(tmp_path / "a.glb")
    assert animation_names(path) == ("idle", "walk")
    idle, walk = read_gltf(path), read_gltf(path, animation="walk")
    # The mesh's node is no joint.
    assert idle.rig.names == walk.rig.names == ("Armature", "Hips", "Spine")
    assert (idle.fps, len(idle.rotations)) == (30.0, 6)
    xyzw = np.roll(idle.rotations[:, 1], -1, axis=-1)
    np.testing.assert_allclose(np.abs(np.sum(xyzw * _turns(6, 1), -1)), 1.0, atol=1e-6)
    _, places = walk.world()
    np.testing.assert_allclose(places[:, 1, 0], 0.1 * np.arange(6), atol=1e-6)
    np.testing.assert_allclose(walk.rig.world()[1][2], [0.0, 1.5, 0.0], atol=1e-6)
    np.testing.assert_allclose(walk.rotations[3, 2], np.roll(_turns(1, 2)[0], 1), atol=1e-6)
    with pytest.raises(Gen3dError, match="no animation 'run'"):
        read_gltf(path, animation="run")


def test_linear_turns_are_spherical_and_cubic_ones_hermite() -> None:
    q = _turns(5, 3).astype(np.float64)
    times = np.array([0.0, 0.2, 0.5, 0.6, 1.0])
    at = np.linspace(0.0, 1.0, 41)
    found = sampled(times, q[:, None], "LINEAR", at)
    wanted = Slerp(times, Rotation.from_quat(q))(at).as_quat()
    np.testing.assert_allclose(np.abs(np.sum(found * wanted, -1)), 1.0, atol=1e-9)
    # A cubic through its own tangents gives a parabola back exactly.
    values, slopes = times**2, 2.0 * times
    each = np.stack([slopes, values, slopes], axis=1)[..., None]
    curve = sampled(times, each, "CUBICSPLINE", at)[:, 0]
    np.testing.assert_allclose(curve, at**2, atol=1e-12)
    steps = sampled(times, values[:, None, None], "STEP", np.array([-1.0, 0.1, 0.2, 0.99, 1.0, 2]))
    np.testing.assert_allclose(steps[:, 0], [0.0, 0.0, 0.04, 0.36, 1.0, 1.0])


def test_the_rest_pose_is_the_bind_pose_even_where_nodes_stand_otherwise(tmp_path: Path) -> None:
    file = _chain()
    bound = np.tile(np.eye(4), (2, 1, 1))
    bound[0, :3, 3], bound[1, :3, 3] = (0, 1.0, 0), (0, 1.4, 0)
    inverse = np.linalg.inv(bound)
    matrices = file.add(np.swapaxes(inverse, 1, 2))
    file.json["skins"] = [{"joints": [1, 2], "inverseBindMatrices": matrices}]
    file.json["nodes"][0].pop("scale")
    file.json["nodes"][1]["translation"] = [0, 1.0, 0]
    read = read_gltf(file.glb(tmp_path / "a.glb"))
    np.testing.assert_allclose(read.rig.turns[2], [1, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(read.rig.offsets[2], [0, 0.4, 0], atol=1e-6)
    np.testing.assert_allclose(read.rotations[0, 2], [0.8, 0, 0, 0.6], atol=1e-6)


def test_bytes_may_lie_in_the_text_or_beside_it_but_not_above(tmp_path: Path) -> None:
    file = _chain()
    inside = "data:application/octet-stream;base64," + base64.b64encode(file.data).decode()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a b.bin").write_bytes(file.data)
    (tmp_path / "up.bin").write_bytes(file.data)
    wanted = read_gltf(file.glb(tmp_path / "a.glb")).rotations
    for uri in (inside, "a%20b.bin"):
        read = read_gltf(file.gltf(tmp_path / "sub" / "a.gltf", uri))
        np.testing.assert_array_equal(read.rotations, wanted)
    for uri in ("../up.bin", str(tmp_path / "up.bin"), "http://example.org/up.bin"):
        with pytest.raises(Gen3dError, match="not in its folder"):
            read_gltf(file.gltf(tmp_path / "sub" / "a.gltf", uri))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda j: j["nodes"][2].update(children=[0]),
        lambda j: j["nodes"][2].update(children=[99]),
        lambda j: j["animations"][0]["channels"][0]["target"].update(node=99),
        lambda j: j["animations"][0]["channels"][0].update(sampler=9),
        lambda j: j["accessors"][1].update(count=5),
        lambda j: j["accessors"][1].update(count=1 << 40),
        lambda j: j["accessors"][0].update(byteOffset=8),
        lambda j: j["bufferViews"][1].update(byteLength=1 << 30),
        lambda j: j["bufferViews"][1].update(buffer=3),
        lambda j: j["nodes"][1].update(matrix=[0.0] * 16),
    ],
)
def test_references_that_lead_nowhere_are_refused(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    file = _chain()
    spoil(file.json)
    with pytest.raises(Gen3dError, match="damaged"):
        read_gltf(file.glb(tmp_path / "bad.glb"))


def test_times_that_do_not_rise_and_files_that_do_not_move_are_refused(tmp_path: Path) -> None:
    file = _File([{"name": "a"}])
    file.animate("x", [(0, "rotation", TIMES[::-1], _turns(6, 1), "LINEAR")])
    with pytest.raises(Gen3dError, match="do not rise"):
        read_gltf(file.glb(tmp_path / "a.glb"))
    still = _File([{"name": "a"}])
    still.add(TIMES)
    del still.json["animations"]
    with pytest.raises(Gen3dError, match="no animation"):
        read_gltf(still.glb(tmp_path / "b.glb"))
    grown = _File([{"name": "a"}])
    grown.animate("x", [(0, "scale", TIMES, np.ones((6, 3)), "LINEAR")])
    with pytest.raises(Gen3dError, match="moves no node"):
        read_gltf(grown.glb(tmp_path / "c.glb"))
