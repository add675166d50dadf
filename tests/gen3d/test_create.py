# SPDX-License-Identifier: Apache-2.0
"""Whole runs, as a user makes them: what is there afterwards, and how they survive."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from gen3d.cli.main import main
from gen3d.events import read_events
from gen3d.inputs import motion_files
from gen3d.spec import MoveSpec

COMMAND = [sys.executable, "-m", "gen3d"]
SKY = ["--kind", "sky", "--width", "512", "--quiet"]
RESULTS = ("sky.exr", "sky.hdr", "sky.jpg", "lighting.json")


def _bytes(folder: Path, names: tuple[str, ...] = RESULTS) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def _manifest(folder: Path) -> dict[str, object]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {key: value for key, value in manifest.items() if key not in {"seconds", "stages"}}


def _stages(folder: Path) -> list[tuple[str, bool]]:
    """Name of each stage of the last session in a folder, and whether it was kept."""
    events = [e for e in read_events(folder / "events.jsonl") if e["event"] == "stage"]
    last = max(i for i, event in enumerate(events) if event["index"] == 1)
    return [(str(event["name"]), bool(event["skipped"])) for event in events[last:]]


@pytest.fixture(scope="module")
def sunset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scene") / "sunset"
    assert main(["scene", "a field at sunset", "--out", str(folder), *SKY]) == 0
    return folder


@pytest.fixture
def run(sunset: Path, tmp_path: Path) -> Path:
    """A copy of a finished run that a test may change: runs can be moved."""
    shutil.copytree(sunset, tmp_path / "moved")
    return tmp_path / "moved"


def _edit(folder: Path, **sky: float) -> None:
    config = yaml.safe_load((folder / "config.yml").read_text(encoding="utf-8"))
    config["description"]["sky"] |= sky
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")


def test_a_run_leaves_its_files_under_fixed_names(sunset: Path) -> None:
    names = {path.name for path in sunset.iterdir()}
    fixed = {"config.yml", "events.jsonl", "log.txt", "manifest.json", ".stages"}
    assert names == {*fixed, *RESULTS}


def test_the_manifest_says_what_was_asked_and_what_one_may_do(sunset: Path) -> None:
    manifest = _manifest(sunset)
    assert (manifest["prompt"], manifest["seed"]) == ("a field at sunset", 0)
    assert manifest["commercial_use"]["allowed"] is True  # type: ignore[index]  # plain JSON
    assert {model["id"] for model in manifest["models"]} == {"text-encoder", "dictionary"}  # type: ignore[index,attr-defined]  # plain JSON
    assert set(manifest["files"]) == set(RESULTS)  # type: ignore[call-overload]  # plain JSON


def test_no_file_of_a_run_names_the_folder_that_it_was_made_in(sunset: Path) -> None:
    for name in ("config.yml", "manifest.json", "events.jsonl", "lighting.json"):
        assert str(sunset.parent) not in (sunset / name).read_text(encoding="utf-8")


def test_the_same_words_and_seed_give_the_same_bytes(sunset: Path, tmp_path: Path) -> None:
    assert main(["scene", "a field at sunset", "--out", str(tmp_path / "run"), *SKY]) == 0
    assert _bytes(tmp_path / "run") == _bytes(sunset)
    assert _manifest(tmp_path / "run") == _manifest(sunset)


def test_resuming_a_finished_run_keeps_everything(run: Path) -> None:
    before = _bytes(run)
    assert main(["resume", str(run), "--quiet"]) == 0
    assert _stages(run) == [("words", True), ("sky", True)]
    assert _bytes(run) == before


def test_an_edited_value_makes_again_what_depends_on_it(run: Path) -> None:
    before = _bytes(run)
    _edit(run, sun_elevation_deg=50.0)
    assert main(["resume", str(run), "--quiet"]) == 0
    assert _stages(run) == [("words", False), ("sky", False)]
    assert _bytes(run)["sky.exr"] != before["sky.exr"]
    assert any("config.yml" in note for note in _manifest(run)["notes"])  # type: ignore[attr-defined]  # plain JSON
    lighting = json.loads((run / "lighting.json").read_text(encoding="utf-8"))
    assert "50.0" in json.dumps(lighting)


def test_an_edited_value_that_the_results_do_not_use_makes_nothing_but_the_words_again(
    run: Path,
) -> None:
    config = yaml.safe_load((run / "config.yml").read_text(encoding="utf-8"))
    config["description"]["character"]["body"]["height"] = 2.0
    (run / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert main(["resume", str(run), "--quiet"]) == 0
    assert _stages(run) == [("words", False), ("sky", True)]


def test_an_edited_prompt_is_read_afresh(run: Path) -> None:
    path = run / "config.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("a field at sunset", "a field at noon"), encoding="utf-8")
    elevation = yaml.safe_load(text)["description"]["sky"]["sun_elevation_deg"]
    assert main(["resume", str(run), "--quiet"]) == 0
    after = yaml.safe_load(path.read_text(encoding="utf-8"))["description"]["sky"]
    assert after["sun_elevation_deg"] > elevation + 20


def test_values_edited_by_hand_win_over_the_prompt(run: Path) -> None:
    _edit(run, sun_elevation_deg=50.0)
    path = run / "config.yml"
    text = path.read_text(encoding="utf-8").replace("a field at sunset", "a field at dawn")
    path.write_text(text, encoding="utf-8")
    assert main(["resume", str(run), "--quiet"]) == 0
    after = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert after["description"]["sky"]["sun_elevation_deg"] == 50.0


def test_comments_in_a_config_survive(run: Path) -> None:
    path = run / "config.yml"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert main(["resume", str(run), "--quiet"]) == 0
    assert path.read_text(encoding="utf-8").endswith("# mine\n")


def test_a_config_of_one_run_makes_another_with_the_same_bytes(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert main(["scene", "--config", str(run / "config.yml"), "--out", str(copy), "--quiet"]) == 0
    assert _bytes(copy) == _bytes(run)


def test_a_place_becomes_a_land_with_its_geometry(tmp_path: Path) -> None:
    text = "the surface of mars at noon"
    said = ["--width", "256", "--quiet"]
    assert main(["scene", text, "--out", str(tmp_path / "run"), *said]) == 0
    names = (*RESULTS, "depth.exr", "normals.exr", "mask.png", "labels.png", "scene.glb")
    assert set(_manifest(tmp_path / "run")["files"]) == set(names)  # type: ignore[call-overload]  # plain JSON
    before = _bytes(tmp_path / "run", names)
    config = tmp_path / "run" / "config.yml"
    land = yaml.safe_load(config.read_text(encoding="utf-8"))["description"]["land"]
    assert land["name"] == "mars"
    config.write_text(
        config.read_text(encoding="utf-8").replace(
            "rocks_per_hectare: 70.0", "rocks_per_hectare: 10.0"
        ),
        encoding="utf-8",
    )
    assert main(["resume", str(tmp_path / "run"), "--quiet"]) == 0
    assert _stages(tmp_path / "run") == [("words", False), ("sky", False), ("world", False)]
    after = _bytes(tmp_path / "run", names)
    assert after["scene.glb"] != before["scene.glb"]
    assert after["depth.exr"] != before["depth.exr"]


def test_the_events_on_the_terminal_are_those_on_file(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = len(read_events(run / "events.jsonl"))
    assert main(["resume", str(run), "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said == read_events(run / "events.jsonl")[known:]
    assert [event["event"] for event in said][-1] == "done"
    kinds = {event["path"]: event["kind"] for event in said if event["event"] == "artifact"}
    assert kinds == {**dict.fromkeys(RESULTS, "environment"), "manifest.json": "manifest"}


def _start(folder: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, "scene", "a field at sunset", "--out", str(folder), *SKY]
    return subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore Ctrl-C and would hand that down to the run.
        preexec_fn=_hear_interrupts,  # noqa: PLW1509  # the child has one thread
    )


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, "the run ended too early"
        time.sleep(0.01)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_cancelling_ends_with_130_and_the_command_to_go_on(
    tmp_path: Path, sunset: Path, name: signal.Signals
) -> None:
    folder = tmp_path / "run"
    with _start(folder) as process:
        _wait_for(folder / ".stages" / "sky.tmp", process)
        process.send_signal(name)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"gen3d resume {folder}" in said
    assert "Traceback" not in said
    last = read_events(folder / "events.jsonl")[-1]
    assert (last["event"], last["cancelled"]) == ("error", True)
    assert main(["resume", str(folder), "--quiet"]) == 0
    assert _bytes(folder) == _bytes(sunset)


@pytest.mark.parametrize("waits_for", ["config.yml", ".stages/words.json", ".stages/sky.tmp"])
def test_a_killed_run_that_is_resumed_has_the_bytes_of_an_undisturbed_one(
    tmp_path: Path, sunset: Path, waits_for: str
) -> None:
    folder = tmp_path / "run"
    with _start(folder) as process:
        _wait_for(folder / waits_for, process)
        os.kill(process.pid, signal.SIGKILL)
    assert main(["resume", str(folder), "--quiet"]) == 0
    assert _bytes(folder) == _bytes(sunset)
    assert _manifest(folder) == _manifest(sunset)


def test_any_file_of_a_users_motion_model_makes_another_motion(tmp_path: Path) -> None:
    moves = MoveSpec(model=str(tmp_path))
    found = [motion_files(moves)]
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    for name, content in (("config.json", "1"), ("parts/deep/a", "1"), ("parts/deep/a", "2")):
        (tmp_path / name).write_text(content, encoding="ascii")
        found.append(motion_files(moves))
    assert len({str(files) for files in found}) == len(found)
    assert motion_files(moves) == found[-1]
    assert motion_files(MoveSpec(model="text-encoder"))["files"] == {"model": ""}


@pytest.mark.parametrize("role", ["text_encoder", "statistics", "database", "library", "character"])
def test_another_file_beside_the_model_makes_another_motion(role: str, tmp_path: Path) -> None:
    file = tmp_path / "a"
    moves = MoveSpec.model_validate({role: str(file)})
    found = list[str]()
    for content in ("1", "2"):
        file.write_text(content, encoding="ascii")
        found.append(str(motion_files(moves)))
    assert found[0] != found[1]
