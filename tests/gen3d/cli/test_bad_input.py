# SPDX-License-Identifier: Apache-2.0
"""Whatever a user gets wrong: one sentence, a hint, an exit code, and nothing touched."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen3d.cli.main import main

SKY = "description: {sky: {width_px: 512}}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "broken.yml").write_text("prompt: [", encoding="utf-8")
    (tmp_path / "unknown.yml").write_text("sede: 3", encoding="utf-8")
    (tmp_path / "range.yml").write_text("seed: -3", encoding="utf-8")
    (tmp_path / "sky.yml").write_text(SKY, encoding="utf-8")
    return tmp_path


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([""], "The prompt is empty."),
        ([], "The prompt is empty."),
        (["x" * 100_000], "The prompt has 100,000 characters"),
        (["🥷 🏃"], "has no words in it."),
        (["?!"], "has no words in it."),
        (["a \x1b[2J ninja"], "control character U+001B."),
        (["a ninja", "--out", "file"], "file is a file, not a folder."),
        (["a ninja", "--out", "file/run"], "file is a file, not a folder."),
        (["a ninja", "--out", "full"], "full is not empty and is not a run."),
        (["a ninja", "--out", "/proc/run"], "/proc"),
        (["a ninja", "--out", "y" * 300], "name of the output folder is too long."),
        (["--config", "broken.yml"], "broken.yml is not valid YAML"),
        (["--config", "unknown.yml"], "unknown.yml has the unknown key 'sede'."),
        (["--config", "range.yml"], "range.yml: seed is '-3'"),
        (["--config", "absent.yml"], "absent.yml cannot be read"),
        (["--config", "full"], "full cannot be read"),
        (["a ninja", "--seed", "-1"], "seed is '-1'"),
        (["a ninja", "--width", "3"], "sky_width_px is '3'"),
    ],
)
def test_a_mistake_gets_one_sentence_and_touches_nothing(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    before = _contents(place)
    assert main(["create", *arguments]) == 1
    said = capsys.readouterr()
    first, *hints = said.err.splitlines()
    assert first.startswith("gen3d: ")
    assert sentence in first
    assert len(hints) == 1
    assert "Traceback" not in said.err + said.out
    assert _contents(place) == before


@pytest.mark.parametrize("arguments", [["--seed", "seven"], ["--bones", "lego"], ["--wide"]])
def test_wrong_options_are_usage_errors(place: Path, arguments: list[str]) -> None:
    before = _contents(place)
    with pytest.raises(SystemExit) as ended:
        main(["create", "a ninja", *arguments])
    assert ended.value.code == 2
    assert _contents(place) == before


def test_an_error_before_the_run_is_still_an_event_for_machines(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["create", "", "--json", "--out", str(place / "run")]) == 1
    event = json.loads(capsys.readouterr().out)
    assert (event["event"], event["message"]) == ("error", "The prompt is empty.")
    assert not (place / "run").exists()


def test_resuming_what_is_no_run_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("full", "file", "nowhere"):
        assert main(["resume", name]) == 1
        assert f"{name} is not a run" in capsys.readouterr().err
    assert not (place / "nowhere").exists()


def test_a_run_of_another_text_or_verb_is_not_overwritten(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "sky.yml").write_text(f"prompt: a dawn\n{SKY}", encoding="utf-8")
    assert main(["scene", "--config", "sky.yml", "--out", "run", "--quiet"]) == 0
    before = _contents(place)
    assert main(["scene", "a sunset", "--out", "run"]) == 1
    assert "holds a run of another text (“a dawn”)" in capsys.readouterr().err
    assert main(["create", "a dawn", "--out", "run"]) == 1
    assert "holds a run of `gen3d scene`" in capsys.readouterr().err
    assert _contents(place) == before


def test_after_words_that_mean_nothing_the_folder_takes_others(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["object", "democracy in calculus", "--draft", "--out", "run", "--quiet"]) == 1
    assert "Name the thing in other words" in capsys.readouterr().err
    assert main(["object", "a pear", "--draft", "--out", "run", "--quiet"]) == 0
    assert (place / "run" / "object.glb").is_file()
    assert main(["object", "an apple", "--draft", "--out", "run"]) == 1
    assert "holds a run of another text" in capsys.readouterr().err


def _limited(arguments: list[str], limit_bytes: int) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.run(
        [sys.executable, "-m", "gen3d", *arguments],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,  # the child has one thread
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            # Python's own bytecode would be cut short by the limit too, and break the next tests.
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )


@pytest.mark.parametrize("limit_bytes", [100, 20_000])
def test_a_disk_without_room_for_a_result_gets_one_sentence_and_no_half_file(
    place: Path, limit_bytes: int
) -> None:
    done = _limited(["scene", "--config", "sky.yml", "--out", "run", "--quiet"], limit_bytes)
    assert done.returncode == 1
    assert done.stderr.startswith("gen3d: ")
    assert "Traceback" not in done.stderr
    assert not list((place / "run").glob("sky.*"))
    assert main(["scene", "--config", "sky.yml", "--out", "run", "--quiet"]) == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root and mount to make a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_noticed_before_anything_is_written(
    place: Path, tiny_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del place
    assert main(["scene", "--config", "sky.yml", "--out", str(tiny_disk / "run")]) == 1
    assert "There is no room left" in capsys.readouterr().err
    assert list(tiny_disk.iterdir()) == []


def test_a_read_only_disk_is_not_writable_even_for_root(
    place: Path, tiny_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del place
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert main(["scene", "--config", "sky.yml", "--out", str(tiny_disk / "run")]) == 1
    assert "is not writable" in capsys.readouterr().err
