# SPDX-License-Identifier: Apache-2.0
"""Binary FBX: Blender's own export against Blender, and small files written here byte by byte."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d.errors import Gen3dError
from motion.importers.fbx import animation_names, read_fbx
from motion.importers.fbx_scene import TICKS, Curve
from motion.importers.gltf import read_gltf

Value = int | float | str | np.ndarray
Tree = tuple[str, list[Value], list["Tree"]]
MAKER = Path(__file__).with_name("blender_rig.py")


def _property(value: Value) -> bytes:
    if isinstance(value, str):
        return b"S" + struct.pack("<I", len(value.encode())) + value.encode()
    if isinstance(value, int):
        return b"L" + struct.pack("<q", value)
    if isinstance(value, float):
        return b"D" + struct.pack("<d", value)
    kind = {"float32": b"f", "float64": b"d", "int64": b"l", "int32": b"i"}[value.dtype.name]
    packed = zlib.compress(value.tobytes())
    return kind + struct.pack("<III", len(value), 1, len(packed)) + packed


def _record(tree: Tree, at: int) -> bytes:
    name, values, children = tree
    properties = b"".join(map(_property, values))
    head = 13 + len(name) + len(properties)
    body = b""
    for child in children:
        body += _record(child, at + head + len(body))
    body += b"\0" * 13 if children else b""
    sizes = struct.pack("<III", at + head + len(body), len(values), len(properties))
    return sizes + bytes([len(name)]) + name.encode() + properties + body


def _file(trees: list[Tree], version: int = 7400) -> bytes:
    data = b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", version)
    for tree in trees:
        data += _record(tree, len(data))
    return data + b"\0" * 13


def _block(values: dict[str, tuple[float, ...]]) -> Tree:
    return ("Properties70", [], [("P", [k, "", "", "", *v], []) for k, v in values.items()])


def _model(number: int, name: str, values: dict[str, tuple[float, ...]]) -> Tree:
    return ("Model", [number, f"{name}\0\1Model", "LimbNode"], [_block(values)])


def _curve(
    number: int, seconds: np.ndarray, values: np.ndarray, flags: int, slopes: np.ndarray
) -> Tree:
    data = np.zeros((len(seconds), 4), np.float32)
    data[:, :2] = slopes
    children: list[Tree] = [
        ("KeyTime", [np.round(seconds * TICKS).astype(np.int64)], []),
        ("KeyValueFloat", [values.astype(np.float32)], []),
        ("KeyAttrFlags", [np.full(len(seconds), flags, np.int32)], []),
        ("KeyAttrDataFloat", [data.ravel()], []),
        ("KeyAttrRefCount", [np.ones(len(seconds), np.int32)], []),
    ]
    return ("AnimationCurve", [number, "\0\1AnimCurve", ""], children)


HIPS = {
    "Lcl Translation": (0.0, 100.0, 0.0),
    "RotationActive": (1.0,),
    "RotationOrder": (4.0,),
    "PreRotation": (20.0, -30.0, 40.0),
    "PostRotation": (5.0, 15.0, -25.0),
    "Lcl Rotation": (10.0, 20.0, 30.0),
}
HEAD = {
    "Lcl Translation": (3.0, 60.0, 1.0),
    "RotationPivot": (0.0, 4.0, 2.0),
    "RotationOffset": (1.0, 0.0, 0.0),
}
TIMES = np.arange(11) / 30.0
ANGLES = np.linspace(0.0, 80.0, 11)


def _scene() -> list[Tree]:
    slopes = np.zeros((11, 2))
    objects: list[Tree] = [
        _model(1, "Hips", HIPS),
        _model(2, "Head", HEAD),
        ("AnimationStack", [10, "Walk\0\1AnimStack", ""], []),
        ("AnimationLayer", [11, "Base\0\1AnimLayer", ""], []),
        ("AnimationCurveNode", [12, "R\0\1AnimCurveNode", ""], []),
        ("AnimationCurveNode", [14, "R\0\1AnimCurveNode", ""], []),
        _curve(13, TIMES, ANGLES, 0x4, slopes),
        _curve(15, TIMES, -ANGLES, 0x4, slopes),
    ]
    links: list[list[Value]] = [
        ["OO", 1, 0],
        ["OO", 2, 1],
        ["OO", 11, 10],
        ["OO", 12, 11],
        ["OO", 14, 11],
        ["OP", 12, 1, "Lcl Rotation"],
        ["OP", 13, 12, "d|X"],
        ["OP", 14, 2, "Lcl Rotation"],
        ["OP", 15, 14, "d|Z"],
    ]
    return [
        (
            "GlobalSettings",
            [],
            [_block({"UpAxis": (1.0,), "UnitScaleFactor": (1.0,), "TimeMode": (6.0,)})],
        ),
        ("Objects", [], objects),
        ("Connections", [], [("C", link, []) for link in links]),
    ]


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _turn(order: str, *angles: float) -> Rotation:
    return Rotation.from_euler(order, angles, degrees=True)


def test_turns_pivots_and_orders_follow_the_published_formula(tmp_path: Path) -> None:
    read = read_fbx(_write(tmp_path / "a.fbx", _file(_scene())))
    assert animation_names(tmp_path / "a.fbx") == ("Walk",)
    assert (read.fps, read.rig.names, read.rig.parents) == (30.0, ("Hips", "Head"), (-1, 0))
    before, after = _turn("ZYX", 40, -30, 20), _turn("ZYX", -25, 15, 5)
    pivot = np.array([0.0, 4.0, 2.0])
    for frame, angle in enumerate(ANGLES):
        # Order 4 is ZXY: Z turns first, so Y is outermost.
        hips = before * _turn("YXZ", 20.0, angle, 30.0) * after.inv()
        head = _turn("Z", -angle)
        for joint, wanted in enumerate((hips, head)):
            found = np.roll(read.rotations[frame, joint], -1)
            assert abs(float(found @ wanted.as_quat())) == pytest.approx(1.0, abs=1e-6)
        place = np.array([4.0, 60.0, 1.0]) + pivot - head.apply(pivot)
        np.testing.assert_allclose(read.translations[frame, 1], 0.01 * place, atol=1e-6)


def test_cubic_and_constant_segments_follow_their_slopes() -> None:
    times, values = np.array([0.0, 1.0, 3.0]), np.array([2.0, 5.0, -1.0])
    at = np.linspace(-1.0, 4.0, 101)
    slopes = np.array([[1.0, -2.0], [0.5, 3.0], [0.0, 0.0]])
    found = Curve(times, values, np.full(3, 0x8), slopes).at(at)
    for k in (0, 1):
        step = times[k + 1] - times[k]
        inside = (at >= times[k]) & (at <= times[k + 1])
        t = (at[inside] - times[k]) / step
        basis = np.stack(
            [2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2]
        )
        ends = np.array([values[k], step * slopes[k, 0], values[k + 1], step * slopes[k, 1]])
        np.testing.assert_allclose(found[inside], ends @ basis, atol=1e-12)
    np.testing.assert_array_equal(found[at < 0.0], 2.0)
    held = Curve(times, values, np.full(3, 0x2), slopes).at(np.array([0.0, 0.99, 1.0, 2.9, 3.0]))
    np.testing.assert_array_equal(held, [2.0, 2.0, 5.0, 5.0, -1.0])


def test_fbx_and_glb_of_blender_put_every_bone_where_blender_has_it(
    tmp_path: Path, in_blender: Callable[..., str]
) -> None:
    in_blender(MAKER, tmp_path)
    wanted = json.loads((tmp_path / "rig.json").read_text(encoding="ascii"))
    for read in (read_fbx(tmp_path / "rig.fbx"), read_gltf(tmp_path / "rig.glb")):
        _, places = read.world()
        assert read.fps == 30.0
        for frame, bones in wanted.items():
            for name, (x, y, z) in bones.items():
                found = places[int(frame) - 1, read.rig.names.index(name)]
                np.testing.assert_allclose(found, [x, z, -y], atol=1e-5)


def test_ascii_other_versions_and_other_files_are_refused(tmp_path: Path) -> None:
    ascii_file = _write(tmp_path / "a.fbx", b"; FBX 7.3.0 project file\nFBXHeaderExtension:  {\n")
    with pytest.raises(Gen3dError, match="ASCII"):
        read_fbx(ascii_file)
    with pytest.raises(Gen3dError, match=r"version 6\.1"):
        read_fbx(_write(tmp_path / "b.fbx", _file(_scene(), 6100)))
    with pytest.raises(Gen3dError, match="not an FBX"):
        read_fbx(_write(tmp_path / "c.fbx", b"hello"))
    still = [_scene()[0], ("Objects", [], [_model(1, "Hips", HIPS)])]
    with pytest.raises(Gen3dError, match="no animation"):
        read_fbx(_write(tmp_path / "d.fbx", _file(still)))
    with pytest.raises(Gen3dError, match="has no animation 'Run'"):
        read_fbx(_write(tmp_path / "e.fbx", _file(_scene())), animation="Run")


def test_every_cut_and_many_flips_of_bytes_end_in_one_sentence_or_a_motion(tmp_path: Path) -> None:
    whole = _file(_scene())
    rng = np.random.default_rng(4)
    damaged = [whole[:n] for n in range(0, len(whole), 151)]
    for _ in range(60):
        data = bytearray(whole)
        data[int(rng.integers(27, len(data)))] = int(rng.integers(256))
        damaged.append(bytes(data))
    refused = 0
    for data in damaged:
        try:
            read_fbx(_write(tmp_path / "x.fbx", data))
        except Gen3dError:
            refused += 1
    assert refused > len(whole) // 151 - 2


def test_an_array_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    data = _file(_scene())
    packed = zlib.compress(np.round(TIMES * TICKS).astype(np.int64).tobytes())
    at = data.index(packed) - 12
    claims = struct.pack("<I", 1 << 30)
    with pytest.raises(Gen3dError, match="claims"):
        read_fbx(_write(tmp_path / "x.fbx", data[:at] + claims + data[at + 4 :]))
