# SPDX-License-Identifier: Apache-2.0
"""``gen3d create`` as a user runs it, once, and what follows from its run folder."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import yaml

from gen3d.cli.main import main
from gen3d.events import read_events
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.skeleton import JOINTS, NAMINGS
from motion.files import read_npz

QUICK = ["--width", "512", "--no-preview", "--quiet"]


@pytest.fixture(scope="module")
def jumper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("create") / "jumper"
    prompt = "a tall man in a red t-shirt and jeans jumping at noon"
    assert main(["create", prompt, "--out", str(folder), "--seed", "3", *QUICK]) == 0
    return folder


def _gltf(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    return json.loads(content[20 : 20 + length])


def _bones(folder: Path) -> set[str]:
    gltf = _gltf(folder / "character.glb")
    nodes, skin = gltf["nodes"], gltf["skins"][0]  # type: ignore[index]  # plain JSON
    return {nodes[index]["name"] for index in skin["joints"]}


def _made_again(folder: Path) -> list[str]:
    events = [e for e in read_events(folder / "events.jsonl") if e["event"] == "stage"]
    last = max(i for i, event in enumerate(events) if event["index"] == 1)
    return [str(event["name"]) for event in events[last:] if not event["skipped"]]


def test_the_run_holds_everything_under_fixed_names(jumper: Path) -> None:
    names = {path.name for path in jumper.iterdir()}
    assert names == {
        *("character.glb", "motion.bvh", "motion.npz", "check.json", ".stages"),
        *("sky.exr", "sky.hdr", "sky.jpg", "lighting.json"),
        *("config.yml", "events.jsonl", "log.txt", "manifest.json"),
    }


def test_every_asset_carries_where_it_is_from(jumper: Path) -> None:
    manifest = json.loads((jumper / "manifest.json").read_text(encoding="utf-8"))
    extras = _gltf(jumper / "character.glb")["asset"]["extras"]  # type: ignore[index]  # plain JSON
    for key in ("prompt", "seed", "versions", "models", "commercial_use", "notes", "height_m"):
        assert extras[key] == manifest[key]
    assert {"seconds", "stages", "files"} & set(extras) == set()
    assert {model["id"] for model in extras["models"]} >= {"text-encoder", "body", "motion-clips"}


def test_the_manifest_names_the_height_of_the_body_and_the_source_of_the_motion(
    jumper: Path,
) -> None:
    manifest = json.loads((jumper / "manifest.json").read_text(encoding="utf-8"))
    config = yaml.safe_load((jumper / "config.yml").read_text(encoding="utf-8"))
    asked = config["description"]["character"]["body"]["height"]
    assert abs(manifest["body_height_m"] - asked) < 0.002
    assert manifest["facts"]["motion"]["source"] in {"model:motion-diffusion", "program:jump"}
    costs = manifest["stages"]
    assert set(costs) == {"words", "avatar", "motion", "sky", "export", "check"}
    assert all(cost["cpu_seconds"] >= 0 and cost["peak_mb"] > 0 for cost in costs.values())


def test_the_check_at_the_end_is_the_check_of_the_command(
    jumper: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(jumper / "character.glb"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    on_file = json.loads((jumper / "check.json").read_text(encoding="utf-8"))
    assert said["rows"] == on_file["rows"]


def test_another_bone_naming_writes_the_file_again_and_nothing_before_it(
    jumper: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(jumper, run)
    assert _bones(run) == set(JOINTS)
    config = (run / "config.yml").read_text(encoding="utf-8")
    changed = config.replace("bones: vrm", "bones: mixamo")
    (run / "config.yml").write_text(changed, encoding="utf-8")
    assert main(["resume", str(run), "--quiet"]) == 0
    assert _made_again(run) == ["export", "check"]
    assert _bones(run) == set(NAMINGS["mixamo"].values())


def test_another_colour_leaves_motion_and_sky_alone(jumper: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(jumper, run)
    config = yaml.safe_load((run / "config.yml").read_text(encoding="utf-8"))
    config["description"]["character"]["garments"][0]["color"] = [0.0, 0.0, 0.5]
    (run / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    before = (run / "character.glb").read_bytes()
    assert main(["resume", str(run), "--quiet"]) == 0
    assert _made_again(run) == ["words", "avatar", "export", "check"]
    assert (run / "character.glb").read_bytes() != before


def test_the_motion_alone_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert main(["motion", "a woman running", "--out", str(tmp_path / name), "--quiet"]) == 0
    for file in ("motion.bvh", "motion.npz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_face_lives_in_the_file_and_beside_it(jumper: Path) -> None:
    gltf = _gltf(jumper / "character.glb")
    (animation,) = gltf["animations"]  # type: ignore[misc]  # plain JSON
    (channel,) = [c for c in animation["channels"] if c["target"]["path"] == "weights"]
    node = gltf["nodes"][channel["target"]["node"]]  # type: ignore[index]  # plain JSON
    names = gltf["meshes"][node["mesh"]]["extras"]["targetNames"]  # type: ignore[index]  # plain JSON
    (clip,) = to_character(read_glb(jumper / "character.glb")).clips
    assert {"browInnerUp", "jawOpen"} <= set(clip.face) <= set(names)
    _, whole = read_npz(jumper / "motion.npz")
    for name, curve in clip.face.items():
        np.testing.assert_allclose(curve, whole.face[name], atol=0.005)
