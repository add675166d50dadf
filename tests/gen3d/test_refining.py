# SPDX-License-Identifier: Apache-2.0
"""``gen3d avatar --refine --best-of`` as a user runs it, guided by tiny random models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import save_file

from gen3d.canonical.mesh import STEPS, FigurePlan
from gen3d.canonical.studio import FieldPlan
from gen3d.check import check_glb
from gen3d.cli import avatar
from gen3d.cli.main import main
from gen3d.config import load_config
from gen3d.create import make
from gen3d.errors import Gen3dError
from gen3d.events import Event, read_events
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.figures.models import model_digests
from gen3d.spec import RefineSpec
from tests.gen3d.guidance.tiny import VISION, write_diffusion, write_tower

PROMPT = "a bald boy in a red t-shirt"
TEXT = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
REFINE = {"looks": 6, "drapes": 0, "best_of": 2}
SEARCHED = 6
"""Candidates of the search; no other stage has as many steps."""
PAINTED = 3
"""Steps of the painting; no other stage has as many."""


def write_published(folder: Path) -> Path:
    """A model of open_clip, with a text tower of its own, as hubs publish them."""
    folder.mkdir(parents=True)
    build: Any = open_clip.CLIP
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        made = build(16, VISION, TEXT)
    config = {"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT}
    content = json.dumps({"model_cfg": config, "preprocess_cfg": {}})
    (folder / "open_clip_config.json").write_text(content, encoding="utf-8")
    weights = {name: value.contiguous().clone() for name, value in made.state_dict().items()}
    save_file(weights, str(folder / "open_clip_model.safetensors"))
    return folder


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings that make little of everything."""
    folder = tmp_path_factory.mktemp("settings")
    towers = {
        "tower": str(write_published(folder / "published")),
        "judge": str(write_tower(folder / "own")),
    }
    content = {"refine": {**REFINE, **towers}, "output": {"preview": False}}
    path = folder / "small.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture(scope="module", autouse=True)
def every_step_is_told() -> Iterator[None]:
    """Progress is rationed by the clock: on a fast machine the step that a test stops at is not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gen3d.events._SECONDS_BETWEEN_PROGRESS", 0.0)
        yield


@pytest.fixture(scope="module")
def refined(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refined") / "run"
    options = ["--config", str(settings), "--out", str(folder), "--seed", "5", "--quiet"]
    assert main(["avatar", PROMPT, *options]) == 0
    return folder


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def made_again(folder: Path) -> list[str]:
    stages = [e for e in read_events(folder / "events.jsonl") if e["event"] == "stage"]
    first = max(i for i, event in enumerate(stages) if event["index"] == 1)
    return [str(e["name"]) for e in stages[first:] if not e["skipped"]]


def test_the_run_holds_the_draft_the_choice_and_the_result(refined: Path) -> None:
    names = {path.name for path in refined.iterdir()}
    pictures = {"draft.png", "best_of.png", "before_after.png"}
    files = {"draft.glb", "character.glb", "check.json", "manifest.json", "config.yml"}
    assert names == pictures | files | {"events.jsonl", "log.txt", ".stages"}
    assert check_glb(refined / "character.glb").ok
    assert Image.open(refined / "before_after.png").size == (960, 640)
    assert Image.open(refined / "best_of.png").size == (600, 400)
    assert not [path for path in (refined / ".stages").iterdir() if path.is_dir()]


def test_what_was_found_is_numbers_of_the_settings(refined: Path) -> None:
    config, manifest = load_config(refined / "config.yml"), manifest_of(refined)
    assert config.refine is not None
    assert config.refine.found is not None
    found = config.refine.found
    assert found.seed == manifest["facts"]["choose"]["seed"]
    assert set(manifest["facts"]["choose"]["scores"]) == {"5", "6"}
    shirt = next(g for g in found.character.garments if g.kind == "t_shirt")
    assert config.description is not None
    said = next(g for g in config.description.character.garments if g.kind == "t_shirt")
    assert shirt.color == said.color
    strangers = {model["id"] for model in manifest["models"] if model["licence"] == "unknown"}
    assert strangers == {"published", "own"}
    assert manifest["commercial_use"]["allowed"] is False


def test_pictures_come_before_and_after_the_search(refined: Path) -> None:
    events = read_events(refined / "events.jsonl")
    shown = [e["path"] for e in events if e["event"] == "preview"]
    assert shown[:2] == ["draft.png", "best_of.png"]
    assert shown[-1] == "before_after.png"
    told = [e for e in events if e["event"] == "progress" and e["total"] == SEARCHED]
    assert told[-1]["step"] == SEARCHED
    assert all(e["eta_s"] is not None for e in told)


def test_stopped_in_the_search_and_resumed_it_finds_the_same(refined: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(refined, run)
    (run / ".stages/search.json").unlink()

    def stop(event: Event) -> None:
        if event["event"] == "progress" and event["total"] == SEARCHED and event["step"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(load_config(run / "config.yml"), run, (stop,))
    assert (run / "draft.glb").is_file(), "a usable file at any time"
    assert main(["resume", str(run), "--quiet"]) == 0
    assert made_again(run) == ["search"], "what was found is the same, so nothing follows"
    told = [e for e in read_events(run / "events.jsonl") if e["event"] == "progress"]
    first = [e["step"] for e in told if e["total"] == SEARCHED].count(1)
    assert first == 2, "the first candidate was not looked at again"


def test_it_is_painted_stopped_and_painted_on(refined: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(refined, run)
    content = yaml.safe_load((run / "config.yml").read_text(encoding="utf-8"))
    diffusion = str(write_diffusion(tmp_path / "diffusion"))
    content["refine"] |= {"paint_steps": PAINTED, "paint_keep": -1.0, "diffusion": diffusion}
    (run / "config.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (run / ".stages/search.json").unlink()

    def stop(event: Event) -> None:
        if event["event"] == "progress" and event["total"] == PAINTED and event["step"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(load_config(run / "config.yml"), run, (stop,))
    assert (run / "draft.glb").is_file(), "a usable file at any time"
    assert main(["resume", str(run), "--quiet"]) == 0
    assert made_again(run) == ["paint", "export", "check"]
    told = [e for e in read_events(run / "events.jsonl") if e["event"] == "progress"]
    steps = [e["step"] for e in told if e["total"] == PAINTED]
    assert steps == [1, 2, 3], "no step was done twice"
    assert Image.open(run / "painted.png").size == (960, 960)
    assert (run / ".stages/paint.safetensors").is_file()
    manifest = manifest_of(run)
    sketch = manifest["facts"]["sketch"]["scores"]
    assert set(sketch) == {"draft", "sketch"}
    facts = manifest["facts"]["paint"]
    assert facts["variation"] <= 1.5
    assert {m["id"] for m in manifest["models"]} >= {"published", "diffusion"}
    unpainted = to_character(read_glb(refined / "character.glb"))
    painted = to_character(read_glb(run / "character.glb"))
    assert check_glb(run / "character.glb").ok
    assert facts["kept"]
    assert "left so" not in " ".join(manifest["notes"])
    moved = 0.0
    for before, after in zip(unpainted.parts, painted.parts, strict=True):
        assert np.array_equal(before.mesh.faces, after.mesh.faces)
        assert np.array_equal(before.mesh.uvs, after.mesh.uvs)
        assert np.array_equal(before.skin.joints, after.skin.joints)
        assert np.array_equal(before.skin.weights, after.skin.weights)
        moved = max(moved, float(np.abs(before.mesh.verts - after.mesh.verts).max()))
    assert 0.0 < moved < 0.009
    pictures = [
        [part.material.base_color_texture for part in character.parts]
        for character in (unpainted, painted)
    ]
    changed = {
        part.slot
        for part, a, b in zip(painted.parts, *pictures, strict=True)
        if a is not None and b is not None and not np.array_equal(a.pixels, b.pixels)
    }
    assert changed & {"shorts", "t_shirt", "shoes"}, "three steps show on what words left open"
    assert not changed & {"eye", "mouth", "lash", "brow"}


def test_it_becomes_a_field_and_one_mesh(
    refined: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gen3d.canonical.solid.STEP_M", 0.014)
    small = partial(FieldPlan, mesh=FigurePlan(4000, 256))
    monkeypatch.setattr("gen3d.canonical.run.FieldPlan", small)
    monkeypatch.setattr("gen3d.canonical.studio._FIT_TRIANGLES", 3000)
    monkeypatch.setattr("gen3d.canonical.field.STOOD", ("relaxed",))
    monkeypatch.setattr("gen3d.canonical.field._STANCES", 1)
    run = tmp_path / "run"
    shutil.copytree(refined, run)
    content = yaml.safe_load((run / "config.yml").read_text(encoding="utf-8"))
    content["refine"] |= {"representation": "field", "paint_steps": PAINTED, "paint_keep": -10.0}
    (run / "config.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert main(["resume", str(run), "--quiet"]) == 0
    assert made_again(run) == ["field", "export", "check"]
    told = [e for e in read_events(run / "events.jsonl") if e["event"] == "progress"]
    total = 2 + STEPS + PAINTED + STEPS
    assert [e["step"] for e in told if e["total"] == total] == list(range(1, total + 1))
    assert Image.open(run / "field.png").size == (960, 960)
    layered = to_character(read_glb(refined / "character.glb"))
    whole = to_character(read_glb(run / "character.glb"))
    assert len(whole.parts) == 1
    assert whole.skeleton.names == layered.skeleton.names
    assert np.allclose(whole.skeleton.positions, layered.skeleton.positions)
    assert manifest_of(run)["facts"]["field"]["mesh"]["watertight"]
    assert check_glb(run / "character.glb").ok


def test_an_edited_number_wins_over_the_search(refined: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(refined, run)
    content = yaml.safe_load((run / "config.yml").read_text(encoding="utf-8"))
    content["refine"]["found"]["character"]["body"]["height"] = 1.21
    (run / "config.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert main(["resume", str(run), "--quiet"]) == 0
    assert made_again(run) == ["refine", "export", "check"]
    assert abs(manifest_of(run)["body_height_m"] - 1.21) < 0.002


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--refine", "--rig", "x.glb"], "--refine goes on from a figure made from words"),
        (["--best-of", "2", "--from", "x.glb"], "--best-of goes on from a figure made from words"),
        (["--tower", "object-clip"], "Nothing asks the tower object-clip"),
        (["--refine", "--smpl", "x.npz", "--smpl-model", "y.npz"], "--smpl fixes it"),
        (["--tower", "object-clip", "--diffusion", "x"], "Nothing asks"),
        (["--best-of", "2", "--tower", "object-clip", "--diffusion", "x"], "Nothing asks x"),
        (["--best-of", "0", "--tower", "object-clip"], "best_of is '0'"),
    ],
)
def test_what_cannot_be_is_said(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["avatar", "a boy", "--out", str(tmp_path / "run"), *options]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_the_packages_own_towers_look_unless_others_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, object]] = []

    def start(*given: object, **_: object) -> int:
        blocks = given[2]
        assert isinstance(blocks, dict)
        asked.append(blocks["refine"])
        return 0

    monkeypatch.setattr(avatar, "start", start)
    for options in (["--refine"], ["--best-of", "2"], ["--best-of", "2", "--tower", "object-clip"]):
        assert main(["avatar", "a boy", *options]) == 0
    named = [(given["tower"], given["judge"]) for given in asked]
    assert named == [("avatar-clip", None), (None, "avatar-judge"), ("object-clip", None)]
    assert len(model_digests(RefineSpec(tower="avatar-clip", looks=1), ["search"])["tower"]) == 64
    with pytest.raises(Gen3dError, match="its tower is ''"):
        model_digests(RefineSpec(looks=1), ["search"])


def test_a_tower_that_is_not_there_is_named_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["avatar", "a boy", "--out", str(out), "--refine", "--tower", "no-such-tower"]) == 1
    assert "no-such-tower" in capsys.readouterr().err
    assert not out.exists()
