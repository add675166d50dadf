# SPDX-License-Identifier: Apache-2.0
"""Whole object runs through the command line, guided by tiny random models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from gen3d.check import check_glb
from gen3d.cli.main import main
from gen3d.config import load_config
from gen3d.events import Event, read_events
from gen3d.object import DRAFTED, GUIDED, make_object
from gen3d.render.object_views import load_object
from tests.gen3d.guidance.tiny import write_diffusion, write_tower

PROMPT = "a blue ceramic vase with a golden rim"
SMALL = {
    "steps": 3,
    "texture_steps": 2,
    "search_rounds": 1,
    "resolution": 48,
    "triangles": 2000,
    "texture_px": 128,
    "views": 2,
    "size_px": 32,
}
RESULTS = {"object.glb", "check.json"}
PICTURES = {"draft.png", "found.png", "live.png", "preview.png", "preview.mp4"}
ALWAYS = {"config.yml", "events.jsonl", "log.txt", "manifest.json", ".stages"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_tower(folder / "tower")
    write_tower(folder / "broken", factor=float("nan"))
    write_diffusion(folder / "diffusion")
    return folder


def write_config(path: Path, models: Path, *, preview: bool = False, **thing: object) -> Path:
    places = {name: str(models / name) for name in ("tower", "diffusion")}
    content = {"thing": {**SMALL, **places, **thing}, "output": {"preview": preview}}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def run(config: Path, out: Path, *options: str, text: str = PROMPT) -> int:
    return main(["object", text, "--config", str(config), "--out", str(out), "--quiet", *options])


@pytest.fixture(scope="module")
def vase(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("object")
    config = write_config(folder / "small.yml", models, preview=True)
    assert run(config, folder / "vase") == 0
    return folder / "vase"


@pytest.fixture
def copy(vase: Path, tmp_path: Path) -> Path:
    """A copy of the finished run: runs can be moved."""
    shutil.copytree(vase, tmp_path / "copy")
    return tmp_path / "copy"


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def last_session(folder: Path) -> list[Event]:
    events = read_events(folder / "events.jsonl")
    first = max(i for i, e in enumerate(events) if e["event"] == "stage" and e["index"] == 1)
    return events[first:]


def made_again(folder: Path) -> list[str]:
    stages = [e for e in last_session(folder) if e["event"] == "stage"]
    return [str(e["name"]) for e in stages if not e["skipped"]]


def glb(folder: Path) -> bytes:
    return (folder / "object.glb").read_bytes()


def test_a_run_leaves_its_files_under_fixed_names(vase: Path) -> None:
    assert {path.name for path in vase.iterdir()} == ALWAYS | RESULTS | PICTURES
    assert not [path for path in (vase / ".stages").iterdir() if path.suffix == ".tmp"]


def test_the_object_stands_at_its_size_and_passes_its_check(vase: Path) -> None:
    report = check_glb(vase / "object.glb")
    assert report.ok, [row for row in report.rows if row.status == "fail"]
    (part,) = load_object(vase / "object.glb").parts
    assert part.mesh.verts[:, 1].min() == pytest.approx(0.0, abs=1e-5)
    facts = manifest_of(vase)["facts"]
    assert part.mesh.verts[:, 1].max() == pytest.approx(facts["export"]["height_m"], rel=1e-4)
    assert len(part.mesh.faces) <= SMALL["triangles"]
    assert facts["mesh"]["watertight"] or facts["mesh"]["why_not_one_piece"]


def test_the_manifest_tells_where_everything_is_from(vase: Path) -> None:
    manifest = manifest_of(vase)
    assert (manifest["verb"], manifest["prompt"], manifest["seed"]) == ("object", PROMPT, 0)
    assert manifest["facts"]["words"]["family"] == "vase"
    assert set(manifest["files"]) == (RESULTS | PICTURES) - {"live.png"}
    used = {model["id"]: model for model in manifest["models"]}
    assert set(used) == {"text-encoder", "dictionary", "tower", "diffusion"}
    # Nobody knows what the licence of a folder of the user's allows.
    assert manifest["commercial_use"]["allowed"] is False
    assert used["tower"]["licence"] == "unknown"
    assert len(used["tower"]["sha256"]) == len(used["diffusion"]["sha256"]) == 64


def test_the_file_is_what_was_painted(vase: Path) -> None:
    found = manifest_of(vase)["facts"]["preview"]
    assert found["file_against_mesh"]["psnr_db"] > 40.0
    assert found["file_against_mesh"]["iou"] > 0.99
    assert set(found) == {"file_against_mesh", "mesh_against_field"}


def test_no_result_names_the_folder_that_it_was_made_in(vase: Path, models: Path) -> None:
    for name in ("manifest.json", "events.jsonl", "check.json"):
        text = (vase / name).read_text(encoding="utf-8")
        assert str(vase.parent) not in text, name
        assert str(models) not in text, name
    assert str(models).encode() not in glb(vase)


def test_pictures_come_before_the_fit_during_it_and_after_it(vase: Path) -> None:
    events = read_events(vase / "events.jsonl")
    stage, shown = "", list[tuple[str, str]]()
    for event in events:
        if event["event"] == "stage":
            stage = str(event["name"])
        if event["event"] == "preview":
            shown.append((stage, str(event["path"])))
    assert [e["name"] for e in events if e["event"] == "stage"] == list(GUIDED)
    assert shown[:3] == [("draft", "draft.png"), ("search", "found.png"), ("field", "live.png")]
    assert {path for place, path in shown if place == "preview"} == {"preview.png", "preview.mp4"}
    assert events[-1]["event"] == "done"


def test_the_pictures_show_a_thing_on_a_ground(vase: Path) -> None:
    for name in ("draft.png", "found.png", "live.png", "preview.png"):
        pixels = np.asarray(Image.open(vase / name).convert("RGB")).astype(int)
        assert pixels.reshape(-1, 3).std(axis=0).max() > 8.0, name


def test_a_finished_run_is_kept_as_it_is_live_picture_and_all(copy: Path) -> None:
    before = glb(copy)
    assert main(["resume", str(copy), "--quiet"]) == 0
    assert made_again(copy) == []
    assert glb(copy) == before


def test_an_edited_budget_makes_again_the_mesh_and_what_follows(copy: Path, vase: Path) -> None:
    config = yaml.safe_load((copy / "config.yml").read_text(encoding="utf-8"))
    config["thing"]["triangles"] = 600
    config["output"]["preview"] = False
    (copy / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert main(["resume", str(copy), "--quiet"]) == 0
    assert made_again(copy) == ["mesh", "texture", "export", "check", "preview"]
    (part,) = load_object(copy / "object.glb").parts
    assert len(part.mesh.faces) <= 600
    assert glb(copy) != glb(vase)
    # The pictures of the old mesh are gone with it.
    assert not (copy / "preview.png").exists()


@pytest.mark.parametrize(
    "cut",
    [
        lambda event, stage: stage == "field" and event["event"] == "progress",
        lambda event, stage: stage == "texture" and event["event"] == "progress",
    ],
    ids=["in the fit", "in the finish"],
)
def test_a_run_that_is_cancelled_and_resumed_has_the_bytes_of_an_undisturbed_one(
    vase: Path, tmp_path: Path, cut: Callable[[Event, str], bool]
) -> None:
    stage = [""]

    def listen(event: Event) -> None:
        if event["event"] == "stage":
            stage[0] = str(event["name"])
        if cut(event, stage[0]):
            raise KeyboardInterrupt

    config = load_config(vase / "config.yml")
    config = config.model_copy(
        update={"output": config.output.model_copy(update={"preview": False})}
    )
    with pytest.raises(KeyboardInterrupt):
        make_object(config, tmp_path / "run", (listen,))
    assert not (tmp_path / "run" / "object.glb").exists()
    assert main(["resume", str(tmp_path / "run"), "--quiet"]) == 0
    assert made_again(tmp_path / "run")[0] == stage[0]
    assert glb(tmp_path / "run") == glb(vase)


def test_a_draft_is_made_without_any_guidance(models: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "small.yml", models, diffusion="/nowhere")
    assert run(config, tmp_path / "draft", "--draft") == 0
    events = read_events(tmp_path / "draft" / "events.jsonl")
    assert [e["name"] for e in events if e["event"] == "stage"] == list(DRAFTED)
    assert check_glb(tmp_path / "draft" / "object.glb").ok
    manifest = manifest_of(tmp_path / "draft")
    assert {model["id"] for model in manifest["models"]} == {"text-encoder", "dictionary", "tower"}
    found = manifest["facts"]["preview"]["mesh_against_field"]
    assert found["iou"] > 0.9


def test_the_best_of_two_densities_without_a_tower(models: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "small.yml", models, tower="", size_px=32, texture_steps=0)
    options = ("--best-of", "2", "--representation", "density")
    assert run(config, tmp_path / "run", *options) == 0
    facts = manifest_of(tmp_path / "run")["facts"]["field"]
    assert [one["seed"] for one in facts["candidates"]] == [0, 1]
    assert check_glb(tmp_path / "run" / "object.glb").ok


def test_a_ball_needs_no_family(models: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "small.yml", models, diffusion="", texture_steps=0)
    text = "quantum chromodynamics"
    assert run(config, tmp_path / "run", "--start", "ball", text=text) == 0
    assert check_glb(tmp_path / "run" / "object.glb").ok
    manifest = manifest_of(tmp_path / "run")
    assert manifest["facts"]["words"]["family"] is None
    assert set(manifest["facts"]["field"]) >= {"score", "repetition", "problems"}
    assert not (tmp_path / "run" / "draft.png").exists()


@pytest.mark.parametrize(
    ("thing", "options", "text", "sentence", "hint"),
    [
        ({}, [], "quantum chromodynamics", "Nothing in the foundry is like", "--start ball"),
        ({}, ["--tower", "nowhere/at-all"], PROMPT, "nowhere/at-all", ""),
        ({}, ["--diffusion", "nowhere/at-all"], PROMPT, "not on this machine", "gen3d models"),
        ({}, ["--texture-px", "300"], PROMPT, "thing.texture_px is '300'", ""),
        ({}, ["--steps", "-1"], PROMPT, "thing.steps is '-1'", ""),
        ({"tower": "", "diffusion": ""}, [], PROMPT, "nothing to guide the fit", "--draft"),
        ({}, ["--draft", "--start", "ball"], PROMPT, "cannot start from a ball", ""),
        ({"trianglez": 3}, [], PROMPT, "unknown key 'thing.trianglez'", "'triangles'"),
        ({"clip": [0.5, 1.0]}, [], PROMPT, "is not a schedule", "knots"),
        ({"distillation": {"skale": 2}}, [], PROMPT, "no setting 'skale'", "'scale'"),
        ({"tower": "{models}/broken"}, [], PROMPT, "not finite numbers", ""),
    ],
)
def test_a_mistake_gets_one_sentence_and_a_hint(
    models: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    thing: dict[str, Any],
    options: list[str],
    text: str,
    sentence: str,
    hint: str,
) -> None:
    named = {k: v.format(models=models) if k == "tower" else v for k, v in thing.items()}
    config = write_config(tmp_path / "small.yml", models, **named)
    assert run(config, tmp_path / "run", *options, text=text) == 1
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("gen3d: ")
    assert sentence in first
    assert len(rest) == 1
    assert hint in rest[0]
    assert not (tmp_path / "run" / "object.glb").exists()
