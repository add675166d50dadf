# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path

import huggingface_hub.constants
import pytest

from gen3d.cli.main import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEN3D_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "models"


def tower_files(folder: Path, content: str = "weights") -> Path:
    folder.mkdir()
    (folder / "open_clip_config.json").write_text("{}", encoding="utf-8")
    (folder / "open_clip_model.safetensors").write_text(content, encoding="utf-8")
    return folder


def test_the_list_shows_terms_size_and_what_works_without(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "list"]) == 0
    shown = capsys.readouterr().out
    for words in ("RAIL-M (worldwide)", "605 MB", "not on this machine", "Without it:"):
        assert words in shown
    assert main(["models", "list", "text-encoder"]) == 0
    assert "RAIL" not in capsys.readouterr().out


def test_what_was_never_fetched_is_no_fault_but_is_missing_when_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "verify"]) == 0
    assert "openclip" not in capsys.readouterr().out
    assert main(["models", "verify", "openclip-vit-b-32"]) == 1
    assert "gen3d models fetch openclip-vit-b-32" in capsys.readouterr().out


def test_a_fetch_shows_the_terms_first_and_verify_then_watches_the_files(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tower_files(tmp_path / "mine")
    assert main(["models", "fetch", "openclip-vit-b-32", "--from", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert shown.index("MIT (worldwide)") < shown.index("2 of 2 files")
    assert "recorded" in shown
    assert main(["models", "verify", "--json"]) == 0
    rows = [r for r in json.loads(capsys.readouterr().out) if r["id"] == "openclip-vit-b-32"]
    assert [row["state"] for row in rows] == ["ok", "ok"]
    (home / "openclip-vit-b-32" / "open_clip_config.json").write_text("[]", encoding="utf-8")
    assert main(["models", "verify"]) == 1
    assert "different  openclip-vit-b-32: open_clip_config.json" in capsys.readouterr().out


def test_a_second_fetch_of_other_content_is_refused(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, other = tower_files(tmp_path / "a"), tower_files(tmp_path / "b", "other weights")
    assert main(["models", "fetch", "openclip-vit-b-32", "--from", str(first)]) == 0
    (home / "openclip-vit-b-32" / "open_clip_model.safetensors").unlink()
    assert main(["models", "fetch", "openclip-vit-b-32", "--from", str(other)]) == 1
    assert "Nothing was kept" in capsys.readouterr().err


def test_without_a_network_there_is_a_sentence_and_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "fetch", "stable-diffusion-1-5"]) == 1
    error = capsys.readouterr().err
    assert "the hub cannot be reached" in error
    assert "--from FOLDER" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fetch"], "Say which model"),
        (["fetch", "openclip"], "no model card 'openclip'"),
        (["fetch", "body"], "part of the installation"),
        (["verify", "bodi"], "Did you mean 'body'?"),
    ],
)
def test_a_wrong_name_is_told_with_what_to_do(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *arguments]) == 1
    assert words in capsys.readouterr().err
