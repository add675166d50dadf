# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest

from gen3d.cli.main import VERBS, main

COMMAND = [sys.executable, "-m", "gen3d"]


def _seconds(arguments: list[str]) -> float:
    """Processor time of the command: what it would take a person with nothing else running."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in VERBS)])
def test_help_comes_in_half_a_second(arguments: list[str]) -> None:
    # Five tries: other work on the machine can only make it slower.
    assert any(_seconds(arguments) <= 0.5 for _ in range(5))


def test_help_lists_every_verb_and_every_verb_has_its_own_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    listing = capsys.readouterr().out
    for verb in VERBS:
        assert f"  {verb} " in listing
        with pytest.raises(SystemExit) as ended:
            main([verb, "--help"])
        assert ended.value.code == 0
        assert f"gen3d {verb}" in capsys.readouterr().out


def test_wrong_usage_ends_with_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["crate"]) == 2
    assert "'create'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["create", "a ninja", "--sed", "7"])
    assert ended.value.code == 2


def test_models_are_listed_with_their_licences(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    cards = {card["id"]: card for card in json.loads(capsys.readouterr().out)}
    assert "Apache-2.0" in cards["text-encoder"]["licence"]
    assert main(["models"]) == 0
    assert "commercial use allowed" in capsys.readouterr().out


def test_models_verify_succeeds_on_a_whole_installation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "verify", "--json"]) == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)} == {"ok"}


def test_the_doctor_finds_everything_that_create_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    findings = {f["name"]: f for f in json.loads(capsys.readouterr().out)}
    needed = {"python", "torch", "text-encoder", "body", "embreex", "openimageio", "ffmpeg"}
    assert all(findings[name]["ok"] for name in needed)
    assert {"blender", "gltf-validator", "free here"} <= set(findings)


def test_the_doctor_says_when_blender_is_named_but_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEN3D_BLENDER", "/nowhere/blender")
    main(["doctor", "--json"])
    findings = {f["name"]: f for f in json.loads(capsys.readouterr().out)}
    assert not findings["blender"]["ok"]
    assert "/nowhere/blender" in findings["blender"]["found"]


def test_a_reader_that_leaves_early_causes_no_traceback() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "models", "list", "--json"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert "Traceback" not in done.stderr
