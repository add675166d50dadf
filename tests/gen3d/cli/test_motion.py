# SPDX-License-Identifier: Apache-2.0
"""``gen3d motion`` as a user gives it: what is there afterwards, and what a mistake says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from gen3d.check.khronos import validate
from gen3d.cli.main import main
from gen3d.events import read_events
from gen3d.export.gltf import write_glb
from gen3d.export.gltf_read import read_glb
from motion.files import read_npz
from tests.consumers.locate import validator
from tests.consumers.mannequin import box_humanoid
from tests.motion.small_files import mdm_checkpoint, model_folder

PROGRAM = ["--source", "program", "--quiet"]
MADE = ("motion.glb", "motion.bvh", "motion.npz")


def made(folder: Path, *arguments: str) -> Path:
    assert main(["motion", *arguments, "--out", str(folder)]) == 0
    return folder


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def waving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("motion") / "run"
    return made(folder, "waves", "--duration", "2", "--seed", "3", *PROGRAM)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(model_folder(tmp_path_factory.mktemp("models") / "mine"))


def test_it_leaves_its_files_a_certificate_and_a_valid_figure(waving: Path) -> None:
    assert {*MADE, "manifest.json", "config.yml"} <= {path.name for path in waving.iterdir()}
    manifest = manifest_of(waving)
    facts = manifest["facts"]["motion"]
    assert (facts["source"], facts["exact"]) == ("program:wave", True)
    assert facts["certificate"]["verdict"] == "clean"
    assert manifest["commercial_use"]["allowed"] is True
    _, clip = read_npz(waving / "motion.npz")
    assert clip.seconds == pytest.approx(2.0, abs=0.05)
    verdict = validate(waving / "motion.glb", validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes


def test_the_same_words_and_seed_give_the_same_bytes_and_a_resumed_run_keeps_them(
    waving: Path, tmp_path: Path
) -> None:
    again = made(tmp_path / "run", "waves", "--duration", "2", "--seed", "3", *PROGRAM)
    before = {name: (waving / name).read_bytes() for name in MADE}
    assert {name: (again / name).read_bytes() for name in MADE} == before
    (again / "motion.glb").unlink()
    assert main(["resume", str(again), "--quiet"]) == 0
    assert {name: (again / name).read_bytes() for name in MADE} == before
    events = [e for e in read_events(again / "events.jsonl") if e["event"] == "stage"]
    assert [(e["name"], e["skipped"]) for e in events[-3:]] == [
        ("words", True),
        ("motion", True),
        ("perform", False),
    ]


def test_a_loop_in_place_comes_round_on_the_spot(tmp_path: Path) -> None:
    run = made(tmp_path / "run", "jumps", "--loop", "--in-place", *PROGRAM)
    _, clip = read_npz(run / "motion.npz")
    assert clip.loop
    assert np.abs(clip.root_positions).max() == 0.0
    measures = manifest_of(run)["facts"]["motion"]["measures"]
    assert measures["seam_deg"] < 2.0


def test_a_path_is_walked_and_the_users_model_is_named_as_a_stranger(
    tmp_path: Path, model: str
) -> None:
    options = ["--path", "1,0 1,2 2,3", "--duration", "4", "--model", model, "--candidates", "1"]
    run = made(tmp_path / "run", "walks", *options, "--quiet")
    _, clip = read_npz(run / "motion.npz")
    np.testing.assert_allclose(clip.root_positions[0, [0, 2]], [1.0, 0.0], atol=1e-4)
    np.testing.assert_allclose(clip.root_positions[-1, [0, 2]], [2.0, 3.0], atol=0.25)
    manifest = manifest_of(run)
    assert manifest["facts"]["motion"]["source"] == "folder:mine"
    assert manifest["commercial_use"]["allowed"] is False
    (stranger,) = [m for m in manifest["models"] if m["id"] == "mine"]
    assert (stranger["licence"], len(stranger["sha256"])) == ("unknown", 64)
    assert model not in json.dumps(manifest)


def test_a_model_named_from_one_folder_is_found_when_the_run_goes_on_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.chdir(Path(model).parent)
    options = ["--duration", "1", "--source", "model", "--model", "mine", "--candidates", "1"]
    run = made(tmp_path / "run", "stands", *options, "--quiet")
    before = (run / "motion.npz").read_bytes()
    (run / "motion.npz").unlink()
    monkeypatch.chdir(tmp_path)
    assert main(["resume", str(run), "--quiet"]) == 0
    assert (run / "motion.npz").read_bytes() == before


def test_names_of_models_stay_and_paths_are_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("tower", "text-encoder"):
        (tmp_path / name).mkdir()
    folder = tmp_path / "run"
    named = ["--model", "text-encoder", "--text-encoder", "ViT-B-32:openai"]
    settings = yaml.safe_load((made(folder, "waves", *named, *PROGRAM) / "config.yml").read_text())
    assert settings["moves"]["model"] == "text-encoder"
    assert settings["moves"]["text_encoder"] == "ViT-B-32:openai"
    made(folder, "waves", "--text-encoder", "tower", *PROGRAM)
    settings = yaml.safe_load((folder / "config.yml").read_text())
    assert settings["moves"]["text_encoder"] == str(tmp_path / "tower")


def test_a_key_pose_of_an_earlier_motion_is_taken(waving: Path, tmp_path: Path, model: str) -> None:
    key = f"{waving / 'motion.bvh'}@0.5"
    options = ["--keyframe", key, "--duration", "1", "--model", model, "--candidates", "1"]
    run = made(tmp_path / "run", "stands", *options, "--quiet")
    assert manifest_of(run)["facts"]["motion"]["source"] == "folder:mine"


def test_a_character_of_the_users_performs_and_its_bones_are_written(tmp_path: Path) -> None:
    write_glb(box_humanoid(), tmp_path / "boxes.glb", naming="mixamo")
    character = ["--character", str(tmp_path / "boxes.glb"), "--duration", "1.5"]
    run = made(tmp_path / "run", "bows", *character, *PROGRAM)
    assert manifest_of(run)["facts"]["perform"]["bones"] == "mixamo"
    assert [a.name for a in read_glb(run / "motion.glb").animations] == ["bow", "wave", "stride"]
    again = [*character, "--bone-map", str(run / "bones.yml")]
    second = made(tmp_path / "again", "bows", *again, *PROGRAM)
    assert (second / "motion.npz").read_bytes() == (run / "motion.npz").read_bytes()


def test_a_checkpoints_unknown_licence_reaches_the_manifest(tmp_path: Path) -> None:
    named = mdm_checkpoint(tmp_path / "mdm")
    options = ["--model", named["model"], "--text-encoder", named["text_encoder"]]
    run = made(tmp_path / "run", "walks", "--duration", "0.5", *options, "--quiet")
    manifest = manifest_of(run)
    assert manifest["facts"]["motion"]["source"] == "checkpoint:mdm"
    assert manifest["facts"]["motion"]["licence"] == "unknown"
    assert manifest["commercial_use"]["allowed"] is False
    assert any("weights of the user's" in note for note in manifest["notes"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--duration", "0"], "duration_s"),
        (["--duration", "500"], "duration_s"),
        (["--path", "0,0"], "is not a list of points"),
        (["--path", "0,0 a,b"], "is not a list of points"),
        (["--path", "0,0 0,5000"], "path"),
        (["--path", "0,0 0,nan"], "path"),
        (["--keyframe", "pose.bvh"], "has no time"),
        (["--keyframe", "pose.bvh@soon"], "has no time"),
        (["--candidates", "0"], "candidates"),
    ],
)
def test_a_mistake_on_the_command_line_gets_one_sentence_and_touches_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["motion", "walks", *arguments]) == 1
    first, *hints = capsys.readouterr().err.splitlines()
    assert first.startswith("gen3d: ")
    assert sentence in first
    assert len(hints) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--character", "nowhere.glb"], "does not exist"),
        (["--character", "notes.txt"], "not a character file"),
        (["--model", "klingon"], "no motion model"),
        (["--path", "0,0 0,90", "--model", "MODEL"], "too far"),
        (["--path", "0,0 0,2", "--loop", "--model", "MODEL"], "walked once"),
        (["--path", "0,0 0,2", "--source", "program"], "keeps to a path"),
        (["--keyframe", "notes.txt@1", "--model", "MODEL"], "notes.txt"),
        (["--keyframe", "notes.txt@99", "--model", "MODEL"], "outside the motion"),
    ],
)
def test_a_mistake_that_shows_later_gets_one_sentence_too(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model: str,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    given = [model if word == "MODEL" else word for word in arguments]
    assert main(["motion", "walks", "--duration", "2", "--quiet", *given]) == 1
    said = capsys.readouterr().err
    assert said.splitlines()[0].startswith("gen3d: ")
    assert sentence in said.splitlines()[0]
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [["--duration", "long"], ["--source", "magic"]])
def test_wrong_options_are_usage_errors(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["motion", "walks", *arguments])
    assert ended.value.code == 2
