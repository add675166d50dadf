# SPDX-License-Identifier: Apache-2.0
"""The copy whose pictures stay compressed on the graphics card, as files and as drawn."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from gen3d.check.khronos import validate
from gen3d.cli.main import main
from gen3d.export.container import unpack
from gen3d.export.web import VARIABLE
from tests.consumers.browser import chromium
from tests.consumers.locate import validator
from tests.consumers.pages import MODULES
from tests.consumers.three_js import look

BASIS_LZ, ZSTANDARD = 1, 2
LINEAR, SRGB = 1, 2


@pytest.fixture(scope="module")
def document(web: Path) -> dict[str, Any]:
    return json.loads(unpack((web / "character_ktx2.glb").read_bytes(), "ktx2")[0])


def picture(web: Path, document: dict[str, Any], texture: int) -> bytes:
    """The KTX2 file that a texture shows."""
    source = document["textures"][texture]["extensions"]["KHR_texture_basisu"]["source"]
    view = document["bufferViews"][document["images"][source]["bufferView"]]
    start = view.get("byteOffset", 0)
    return unpack((web / "character_ktx2.glb").read_bytes(), "ktx2")[1][
        start : start + view["byteLength"]
    ]


def test_every_level_has_a_copy_that_keeps_skin_clips_and_shapes(
    web: Path, document: dict[str, Any]
) -> None:
    assert len(list(web.glob("character*_ktx2.glb"))) == 4
    assert {"EXT_meshopt_compression", "KHR_texture_basisu"} <= set(document["extensionsRequired"])
    assert len(document["skins"][0]["joints"]) == 55
    assert {clip["name"] for clip in document["animations"]} == {"wave", "stride"}
    assert len(document["meshes"][0]["primitives"][0]["targets"]) == 52
    assert {image["mimeType"] for image in document["images"]} == {"image/ktx2"}


def test_colours_are_etc1s_in_srgb_and_normals_uastc_in_linear_with_every_mip_level(
    web: Path, document: dict[str, Any]
) -> None:
    seen: set[str] = set()
    for material in document["materials"]:
        metal = material["pbrMetallicRoughness"]
        slots = {
            "colour": (metal.get("baseColorTexture"), BASIS_LZ, SRGB),
            "surface": (metal.get("metallicRoughnessTexture"), BASIS_LZ, LINEAR),
            "normal": (material.get("normalTexture"), ZSTANDARD, LINEAR),
        }
        for name, (info, scheme, transfer) in slots.items():
            if info is None:
                continue
            seen.add(name)
            data = picture(web, document, info["index"])
            assert data[:12] == b"\xabKTX 20\xbb\r\n\x1a\n"
            wide, high = struct.unpack_from("<II", data, 20)
            levels, compressed = struct.unpack_from("<II", data, 40)
            (described,) = struct.unpack_from("<I", data, 48)
            assert wide == high
            assert levels == int(np.log2(wide)) + 1
            assert compressed == scheme, name
            # Of the basic data format descriptor: model, primaries, transfer.
            assert data[described + 14] == transfer, name
    assert seen == {"colour", "surface", "normal"}


def test_khronos_finds_no_error_but_does_not_know_the_pictures_format(web: Path) -> None:
    verdict = validate(web / "character_ktx2.glb", validator())
    assert verdict.errors == 0
    assert all("image/ktx2" in code or "IMAGE_UNRECOGNIZED" in code for code in verdict.codes)


def test_three_js_draws_it_as_it_draws_the_plain_file(web: Path, tmp_path: Path) -> None:
    shown: list[np.ndarray] = []
    with chromium() as browser:
        for name in ("character", "character_ktx2"):
            shot = tmp_path / f"{name}.png"
            seen = look(browser, web / f"{name}.glb", shot)
            assert seen.get("error") is None
            assert seen["complaints"] == []
            shown.append(np.asarray(PIL.Image.open(shot).convert("RGB")).astype(int))
    assert {mesh["texture"] for mesh in seen["meshes"]} == {"compressed"}
    figure = np.abs(shown[0] - shown[0][0, 0]).max(axis=2) > 12
    assert 0.02 < figure.mean() < 0.5
    # ETC1S is hard on cells of plain colours side by side, as these are; all in all they are alike.
    plain, packed = (pixels[figure] for pixels in shown)
    np.testing.assert_allclose(packed.mean(axis=0), plain.mean(axis=0), atol=8)
    assert np.abs(packed - plain).mean() < 16


def test_without_the_encoder_the_other_files_come_with_a_note(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "node_modules" / ".bin" / "gltf-transform"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{MODULES}/.bin/gltf-transform" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    out = tmp_path / "out"
    assert main(["export", str(run), "--target", "web", "--to", "glb", "--out", str(out)]) == 0
    assert "ktx2-encoder was not found" in capsys.readouterr().out
    assert (out / "character_web.glb").is_file()
    assert not list(out.glob("*_ktx2.glb"))
