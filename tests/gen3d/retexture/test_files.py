# SPDX-License-Identifier: Apache-2.0
"""Ways in which files keep colours, on a figure of boxes; and files that cannot be painted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gen3d.cli.bones import nodes_of_bones
from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from gen3d.export.accessors import pick
from gen3d.export.container import pack, unpack
from gen3d.export.document import Document
from gen3d.export.gltf import write_glb
from gen3d.export.gltf_read import read_glb
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.retexture.canvas import GLOSSINESS, TRANSFORM
from gen3d.retexture.job import repaint, write_repainted
from gen3d.retexture.spec import PaintSpec
from tests.consumers.foreign_rigs import Row, without_our_names
from tests.consumers.mannequin import box_humanoid

RED = (0.6, 0.02, 0.02)
PAINTS = (PaintSpec(what="hair", color=RED),)


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A figure of boxes without telling names."""
    path = tmp_path_factory.mktemp("boxes") / "raw.glb"
    write_glb(box_humanoid(), path, naming="mixamo")
    return path


def _changed(path: Path, to: Path, change: Callable[[Row, bytes], bytes]) -> Path:
    text, binary = unpack(path.read_bytes(), path.name)
    content: Row = json.loads(text)
    without_our_names(content)
    binary = change(content, binary)
    content["buffers"][0]["byteLength"] = len(binary)
    to.write_bytes(pack(json.dumps(content).encode(), binary))
    return to


def _hair(content: Row) -> Row:
    """The first material becomes hair."""
    row = content["materials"][0]
    row["name"] = "Hair"
    return row


def _painted(path: Path, folder: Path, paints: tuple[PaintSpec, ...] = PAINTS) -> Document:
    made = repaint(path, paints, nodes_of_bones, folder)
    write_repainted(made, paints, folder / "painted.glb", {})
    return read_glb(folder / "painted.glb")


def _row(document: Document, folder: Path, material: int = 0) -> Row:
    text = unpack((folder / "painted.glb").read_bytes(), "painted.glb")[0]
    del document
    return json.loads(text)["materials"][material]


def _is_red(linear: np.ndarray) -> bool:
    return bool(linear[0] > 3.0 * max(linear[1], linear[2]))


def _picture_mean(document: Document, row: Row) -> np.ndarray:
    info = row["pbrMetallicRoughness"]["baseColorTexture"]
    number = pick(document.gltf.textures, info["index"], "texture").source
    pixels = document.pictures[number or 0].pixels[..., :3]
    return SRGB_TO_LINEAR[pixels].reshape(-1, 3).mean(axis=0)


def test_a_factor_alone_changes_as_a_factor(boxes: Path, tmp_path: Path) -> None:
    def plain(content: Row, binary: bytes) -> bytes:
        row = _hair(content)
        row["pbrMetallicRoughness"] = {"baseColorFactor": [0.2, 0.3, 0.4, 0.5]}
        return binary

    after = _painted(_changed(boxes, tmp_path / "f.glb", plain), tmp_path)
    table = _row(after, tmp_path)["pbrMetallicRoughness"]
    assert "baseColorTexture" not in table
    assert table["baseColorFactor"][3] == 0.5
    np.testing.assert_allclose(table["baseColorFactor"][:3], RED, atol=0.01)


def test_a_dark_factor_over_a_picture_goes_into_the_picture(boxes: Path, tmp_path: Path) -> None:
    def dark(content: Row, binary: bytes) -> bytes:
        _hair(content)["pbrMetallicRoughness"]["baseColorFactor"] = [0.05, 0.05, 0.05, 1.0]
        return binary

    after = _painted(_changed(boxes, tmp_path / "f.glb", dark), tmp_path)
    row = _row(after, tmp_path)
    assert row["pbrMetallicRoughness"]["baseColorFactor"] == [1.0, 1.0, 1.0, 1.0]
    assert _is_red(_picture_mean(after, row))


def test_a_fabric_changes_roughness_and_metalness(boxes: Path, tmp_path: Path) -> None:
    def plain(content: Row, binary: bytes) -> bytes:
        _hair(content)["pbrMetallicRoughness"] = {"baseColorFactor": [0.2, 0.3, 0.4, 1.0]}
        return binary

    path = _changed(boxes, tmp_path / "f.glb", plain)
    paints = (PaintSpec(what="hair", color=RED, fabric="metal"),)
    table = _row(_painted(path, tmp_path, paints), tmp_path)["pbrMetallicRoughness"]
    assert table["metallicFactor"] == 1.0
    assert table["roughnessFactor"] < 0.5


def test_vertex_colours_are_painted_where_they_are_all_that_there_is(
    boxes: Path, tmp_path: Path
) -> None:
    def coloured(content: Row, binary: bytes) -> bytes:
        row = _hair(content)
        row["pbrMetallicRoughness"] = {}
        for mesh in content["meshes"]:
            for primitive in mesh["primitives"]:
                if primitive["material"] == 0:
                    count = content["accessors"][primitive["attributes"]["POSITION"]]["count"]
                    data = np.tile(np.array([60, 120, 200, 255], np.uint8), (count, 1)).tobytes()
                    content["bufferViews"].append(
                        {"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)}
                    )
                    content["accessors"].append(
                        {
                            "bufferView": len(content["bufferViews"]) - 1,
                            "componentType": 5121,
                            "normalized": True,
                            "count": count,
                            "type": "VEC4",
                        }
                    )
                    primitive["attributes"]["COLOR_0"] = len(content["accessors"]) - 1
                    binary += data
        return binary

    after = _painted(_changed(boxes, tmp_path / "f.glb", coloured), tmp_path)
    colours = [
        primitive.attributes["COLOR_0"]
        for mesh in after.meshes
        for primitive in mesh.primitives
        if "COLOR_0" in primitive.attributes
    ]
    assert colours
    assert all(_is_red(row[:, :3].mean(axis=0)) for row in colours)
    assert all((row[:, 3] == 1.0).all() for row in colours)


def test_a_picture_that_another_material_needs_stays_for_that_one(
    boxes: Path, tmp_path: Path
) -> None:
    def shared(content: Row, binary: bytes) -> bytes:
        row = _hair(content)
        info = row["pbrMetallicRoughness"]["baseColorTexture"]
        content["materials"][1]["name"] = "Teeth"
        content["materials"][1]["pbrMetallicRoughness"] = {"baseColorTexture": dict(info)}
        return binary

    path = _changed(boxes, tmp_path / "f.glb", shared)
    before, after = read_glb(path), _painted(path, tmp_path)
    first, second = (_row(after, tmp_path, n) for n in (0, 1))
    indices = [row["pbrMetallicRoughness"]["baseColorTexture"]["index"] for row in (first, second)]
    assert indices[0] != indices[1]
    assert _is_red(_picture_mean(after, first))
    np.testing.assert_array_equal(_picture_mean(after, second), _picture_mean(before, second))


def test_a_texture_transform_is_followed_and_kept(boxes: Path, tmp_path: Path) -> None:
    transform = {"offset": [0.25, 0.5], "rotation": 0.3, "scale": [0.5, 0.5]}

    def moved(content: Row, binary: bytes) -> bytes:
        row = _hair(content)
        info = row["pbrMetallicRoughness"]["baseColorTexture"]
        info["extensions"] = {TRANSFORM: transform}
        content["extensionsUsed"] = [*content.get("extensionsUsed", []), TRANSFORM]
        return binary

    path = _changed(boxes, tmp_path / "f.glb", moved)
    before, after = read_glb(path), _painted(path, tmp_path)
    row = _row(after, tmp_path)
    info = row["pbrMetallicRoughness"]["baseColorTexture"]
    assert info["extensions"] == {TRANSFORM: transform}
    number = pick(after.gltf.textures, info["index"], "texture").source or 0
    same = (after.pictures[number].pixels == before.pictures[number].pixels).all(axis=-1)
    # Half the scale covers a part of the picture: the rest keeps its bytes.
    assert 0.02 < 1.0 - same.mean() < 0.8


def test_the_older_glossiness_extension_is_painted_too(boxes: Path, tmp_path: Path) -> None:
    def older(content: Row, binary: bytes) -> bytes:
        row = _hair(content)
        info = row.pop("pbrMetallicRoughness")["baseColorTexture"]
        row["extensions"] = {GLOSSINESS: {"diffuseTexture": info}}
        content["extensionsUsed"] = [*content.get("extensionsUsed", []), GLOSSINESS]
        return binary

    after = _painted(_changed(boxes, tmp_path / "f.glb", older), tmp_path)
    row = _row(after, tmp_path)
    info = row["extensions"][GLOSSINESS]["diffuseTexture"]
    wrapped: Row = {"pbrMetallicRoughness": {"baseColorTexture": info}}
    assert _is_red(_picture_mean(after, wrapped))


def test_toon_shades_follow_the_colour(boxes: Path, tmp_path: Path) -> None:
    def toon(content: Row, binary: bytes) -> bytes:
        row = _hair(content)
        row["pbrMetallicRoughness"] = {"baseColorFactor": [0.2, 0.4, 0.4, 1.0]}
        row["extensions"] = {"VRMC_materials_mtoon": {"shadeColorFactor": [0.1, 0.2, 0.2]}}
        return binary

    after = _painted(_changed(boxes, tmp_path / "f.glb", toon), tmp_path)
    shade = _row(after, tmp_path)["extensions"]["VRMC_materials_mtoon"]["shadeColorFactor"]
    np.testing.assert_allclose(shade, np.array(RED) / 2.0, atol=0.02)


def test_a_gltf_with_its_data_beside_it_is_taken_in(boxes: Path, tmp_path: Path) -> None:
    text, binary = unpack(boxes.read_bytes(), boxes.name)
    content: Row = json.loads(text)
    content["buffers"][0]["uri"] = "figure.bin"
    (tmp_path / "figure.bin").write_bytes(binary)
    (tmp_path / "figure.gltf").write_text(json.dumps(content))
    paints = (PaintSpec(what="skin", color=(0.02, 0.3, 0.05)),)
    after = _painted(tmp_path / "figure.gltf", tmp_path, paints)
    assert len(after.meshes) == len(read_glb(boxes).meshes)


def _refusal(path: Path, folder: Path) -> str:
    with pytest.raises(Gen3dError) as caught:
        repaint(path, PAINTS, nodes_of_bones, folder)
    return f"{caught.value.message} {caught.value.hint}"


def test_compressed_files_are_refused(boxes: Path, tmp_path: Path) -> None:
    for name in ("KHR_draco_mesh_compression", "EXT_meshopt_compression"):

        def compressed(content: Row, binary: bytes, name: str = name) -> bytes:
            content["extensionsUsed"] = [name]
            return binary

        told = _refusal(_changed(boxes, tmp_path / "f.glb", compressed), tmp_path)
        assert name in told
        assert "without compression" in told


def test_a_figure_without_a_rig_is_sent_to_the_rigger(boxes: Path, tmp_path: Path) -> None:
    def bare(content: Row, binary: bytes) -> bytes:
        content.pop("skins")
        content.pop("animations", None)
        for node in content["nodes"]:
            node.pop("skin", None)
        return binary

    assert "--rig" in _refusal(_changed(boxes, tmp_path / "f.glb", bare), tmp_path)


def test_a_figure_without_uvs_is_told_to_be_unwrapped(boxes: Path, tmp_path: Path) -> None:
    def flat(content: Row, binary: bytes) -> bytes:
        for mesh in content["meshes"]:
            for primitive in mesh["primitives"]:
                primitive["attributes"].pop("TEXCOORD_0", None)
        return binary

    assert "no UVs" in _refusal(_changed(boxes, tmp_path / "f.glb", flat), tmp_path)


@pytest.mark.parametrize(
    ("text", "more", "word"),
    [
        ("walking home", [], "nothing that can be painted"),
        ("a red coat", ["--bones", "unreal"], "--bones"),
        ("a red coat", ["--rig", "x.glb"], "--rig"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    boxes: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    more: list[str],
    word: str,
) -> None:
    arguments = ["--from", str(boxes), "--out", str(tmp_path / "run"), "--quiet", *more]
    assert main(["avatar", text, *arguments]) == 1
    assert word in capsys.readouterr().err
