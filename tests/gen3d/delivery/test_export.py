# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gen3d.cli.main import main
from gen3d.export.container import unpack
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.export.web import VARIABLE


def test_the_record_names_levels_budgets_notes_and_every_file(exported: Path) -> None:
    record = json.loads((exported / "export.json").read_text(encoding="utf-8"))
    assert [level["file"] for level in record["levels"]] == [
        "character",
        "character_lod1",
        "character_lod2",
        "character_lod3",
    ]
    assert all("Unreal" in level["tiers"] for level in record["levels"])
    assert record["made_of"]["prompt"] == "a box with a face"
    there = {p.relative_to(exported).as_posix() for p in exported.rglob("*") if p.is_file()}
    assert set(record["files"]) == there - {"export.json"}
    assert {"character.fbx", "character_lod3.fbx", "character.usdz", "character.vrm"} <= there
    assert any("nothing swings" in note for note in record["notes"])
    assert "centimetres" in record["axes"]


def test_levels_share_the_skeleton_and_only_the_first_has_clips(exported: Path) -> None:
    first, last = (
        to_character(read_glb(exported / name)) for name in ("character.glb", "character_lod3.glb")
    )
    assert first.skeleton.names == last.skeleton.names
    assert [clip.name for clip in first.clips] == ["wave", "stride"]
    assert last.clips == ()
    side = max(part.material.base_color_texture.pixels.shape[0] for part in last.parts)
    assert side == 256


def test_a_web_export_has_small_copies_that_keep_skin_clips_and_shapes(web: Path) -> None:
    plain, small = web / "character.glb", web / "character_web.glb"
    assert small.stat().st_size < plain.stat().st_size
    document = json.loads(unpack(small.read_bytes(), "small")[0])
    assert {"EXT_meshopt_compression", "EXT_texture_webp"} <= set(document["extensionsRequired"])
    assert len(document["skins"][0]["joints"]) == 55
    assert {clip["name"] for clip in document["animations"]} == {"wave", "stride"}
    assert len(document["meshes"][0]["primitives"][0]["targets"]) == 52
    assert {image["mimeType"] for image in document["images"]} == {"image/webp"}


def test_without_gltf_transform_the_plain_files_come_with_a_note(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    assert main(["export", str(run / "character.glb"), "--target", "web", "--to", "glb"]) == 0
    assert "gltf-transform was not found" in capsys.readouterr().out
    made = run / "character_exports"
    assert (made / "web" / "character.glb").is_file()
    assert not (made / "web" / "character_web.glb").exists()
    shutil.rmtree(made)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["--target", "unity", "--to", "stl"], "'stl' is no format"),
        (["--target", "unity", "--to", "vrm"], "must name its author"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_with_advice(
    run: Path, capsys: pytest.CaptureFixture[str], wanted: list[str], said: str
) -> None:
    assert main(["export", str(run), *wanted]) == 1
    assert said in capsys.readouterr().err


def test_a_folder_without_a_character_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path), "--target", "unity", "--to", "glb"]) == 1
    assert "holds no character.glb" in capsys.readouterr().err


def test_without_blender_an_fbx_export_leaves_nothing_behind(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GEN3D_BLENDER", str(tmp_path / "nowhere"))
    out = tmp_path / "out"
    command = ["export", str(run), "--target", "unity", "--to", "glb,fbx", "--out", str(out)]
    assert main(command) == 1
    assert "Install Blender" in capsys.readouterr().err
    assert not out.exists()
