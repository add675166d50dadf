# SPDX-License-Identifier: Apache-2.0
"""The add-on's jobs with real children, without Blender."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blender_addon import commands, jobs
from gen3d.config import RunConfig, dump_config, load_config
from gen3d.runs import Run
from gen3d.spec import Description

FAKE = str(Path(__file__).with_name("fake_gen3d.py"))
ROOT = Path(__file__).resolve().parents[2]


def started(way: str, folder: Path) -> jobs.Job:
    job = jobs.Job([sys.executable, FAKE, way], folder, {"title": "a test", "tab": "character"})
    job.start()
    return job


def until(job: jobs.Job, ready: Path | None = None, seconds: float = 20.0) -> list[jobs.Event]:
    """Polls as the timer does, until the job has ended or a file is there."""
    events: list[jobs.Event] = []
    end = time.monotonic() + seconds
    while job.state == "running" and not (ready and ready.exists()):
        assert time.monotonic() < end, f"still running: {events}"
        events += job.poll()
        time.sleep(0.02)
    return events


def test_a_run_that_goes_well_is_told_event_by_event(tmp_path: Path) -> None:
    job = started("normal", tmp_path / "run")
    kinds = [event["event"] for event in until(job)]
    assert kinds == ["stage", "progress", "preview", "preview", "artifact", "done"]
    assert job.state == "done"
    assert job.progress.preview == "preview.png"
    assert job.progress.artifacts == {"character.glb": "character"}
    assert job.progress.fraction == 1.0


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    job = started("half", tmp_path)
    end = time.monotonic() + 20
    while b'"step": 3' not in _bytes(tmp_path / "events.jsonl"):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert [event["event"] for event in job.poll()] == ["stage", "progress"]
    assert job.progress.step == 1
    assert job.progress.note == "a note"
    assert job.progress.fraction == pytest.approx(0.125)
    (tmp_path / "go").touch()
    assert [event.get("step") for event in until(job)][:1] == [3]


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def test_cancel_ends_a_child_that_listens(tmp_path: Path) -> None:
    job = started("waits", tmp_path)
    until(job, tmp_path / "ready")
    start = time.monotonic()
    job.cancel()
    assert job.cancelling
    until(job)
    assert time.monotonic() - start < 5.0
    assert job.state == "cancelled"


def test_cancel_kills_a_child_that_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "KILL_AFTER_S", 0.5)
    job = started("stubborn", tmp_path)
    until(job, tmp_path / "ready")
    job.cancel()
    until(job)
    assert job.state == "cancelled"


def test_a_killed_child_is_an_error_with_its_last_lines(tmp_path: Path) -> None:
    job = started("waits", tmp_path)
    until(job, tmp_path / "ready")
    os.kill(int((tmp_path / "ready").read_text(encoding="ascii")), signal.SIGKILL)
    until(job)
    assert job.state == "failed"
    assert "signal 9" in job.message
    assert job.last_lines == ["printed waits"]
    assert "Resume" in job.hint


def test_a_child_that_dies_is_quoted_with_twenty_lines(tmp_path: Path) -> None:
    job = started("dies", tmp_path)
    until(job)
    assert job.state == "failed"
    assert job.last_lines[-1] == "line 29"
    assert len(job.last_lines) == 20


def test_a_silent_death_is_an_error_even_with_code_0(tmp_path: Path) -> None:
    job = started("silent", tmp_path)
    until(job)
    assert job.state == "failed"
    assert "without making a run" in job.message


def test_an_error_event_is_shown_as_it_is(tmp_path: Path) -> None:
    job = started("error", tmp_path)
    until(job)
    assert (job.state, job.message, job.hint) == ("failed", "The prompt is odd.", "Say another.")


def test_a_child_that_never_says_anything_can_be_seen_and_cancelled(tmp_path: Path) -> None:
    job = started("never", tmp_path)
    job.heard -= 100.0
    assert job.poll() == []
    assert job.silent_s > jobs.QUIET_S
    job.cancel()
    until(job)
    assert job.state == "cancelled"


@pytest.mark.parametrize("kind", ["missing", "folder", "text"])
def test_a_wrong_python_is_a_sentence(kind: str, tmp_path: Path) -> None:
    program = tmp_path / kind
    if kind == "folder":
        program.mkdir()
    elif kind == "text":
        program.write_text("hello", encoding="utf-8")
    job = jobs.Job([str(program), "-m", "gen3d"], tmp_path / "run")
    job.start()
    assert job.state == "failed"
    assert "cannot be started" in job.message
    assert "preferences" in job.hint


def test_a_python_without_gen3d_is_a_sentence(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-S", "-m", "gen3d", "create", "x"]
    job = jobs.Job(argv, tmp_path / "run")
    job.start()
    until(job)
    assert job.message == f"{sys.executable} has no gen3d."
    assert "Test" in job.hint


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    job = jobs.Job([sys.executable, FAKE, "normal"], tmp_path / "file" / "run")
    job.start()
    assert job.state == "failed"
    assert "cannot be written" in job.message


def test_blanks_other_scripts_and_250_characters_are_no_trouble(tmp_path: Path) -> None:
    folder = tmp_path / "mit Leerzeichen" / "日本語 ünï"
    folder /= "x" * max(1, 250 - len(str(folder)))
    assert len(str(folder)) >= 250
    job = started("normal", folder)
    until(job)
    assert job.state == "done"


def test_after_a_restart_a_finished_run_and_a_dead_one_are_told_apart(tmp_path: Path) -> None:
    until(started("normal", tmp_path / "good"))
    again = jobs.Job.attach(tmp_path / "good")
    until(again)
    assert again.state == "done"
    assert again.facts["title"] == "a test"
    until(started("dies", tmp_path / "bad"))
    dead = jobs.Job.attach(tmp_path / "bad")
    dead.started -= 100.0
    dead.poll()
    assert dead.state == "failed"
    assert "not working there" in dead.message
    assert dead.last_lines


def test_after_a_restart_a_run_at_work_is_followed_and_can_be_stopped(tmp_path: Path) -> None:
    # The lock of a real run, held by another process that knows only gen3d.
    code = (
        "import sys, time; from pathlib import Path; from gen3d.runs import Run\n"
        "with Run(Path(sys.argv[1]), ('words',)) as run:\n"
        "    run.events.begin_stage('words', 1, 1); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "r")], cwd=ROOT)
    try:
        end = time.monotonic() + 20
        while not _bytes(tmp_path / "r" / "events.jsonl"):
            assert time.monotonic() < end
            time.sleep(0.05)
        job = jobs.Job.attach(tmp_path / "r")
        assert [event["event"] for event in job.poll()] == ["stage"]
        assert job.state == "running"
        assert commands.recent_runs(tmp_path)[0].state == "running"
        job.cancel()
        until_gone = time.monotonic() + 5
        while job.state == "running" and time.monotonic() < until_gone:
            other.poll()
            job.poll()
            time.sleep(0.05)
        assert job.state == "cancelled"
    finally:
        other.kill()
        other.wait()


def test_the_lock_is_not_taken_from_a_run_by_looking(tmp_path: Path) -> None:
    with Run(tmp_path, ("words",)):
        assert jobs.is_locked(tmp_path)
    assert not jobs.is_locked(tmp_path)
    with Run(tmp_path, ("words",)):
        assert jobs.is_locked(tmp_path)


def test_old_and_foreign_folders_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "config.yml").write_text("prompt: 'an old knight'\n", encoding="utf-8")
    (tmp_path / "old" / "events.jsonl").write_text(
        '{"event": "hologram"}\n[1]\nnonsense\n{"event": "done", "seconds": 3}\n', encoding="utf-8"
    )
    (tmp_path / "none").mkdir()
    (run,) = commands.recent_runs(tmp_path)
    assert (run.title, run.state) == ("an old knight", "done")
    job = jobs.Job.attach(tmp_path / "old")
    until(job)
    assert job.state == "done"
    foreign = jobs.Job.attach(tmp_path / "none")
    assert foreign.state == "failed"
    assert "holds no run" in foreign.message
    assert commands.recent_runs(tmp_path / "nowhere") == []


def test_sliders_change_their_numbers_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    before = RunConfig(prompt="someone", description=Description())
    path.write_text(dump_config(before, "run"), encoding="utf-8")
    numbers = commands.body_numbers(path)
    assert set(numbers) == set(commands.BODY_RANGES)
    assert numbers["height"] == 1.75
    assert commands.set_body_numbers(path, {**numbers, "height": 1.9}) == ["height"]
    after = load_config(path)
    assert after.description is not None
    assert after.description.character.body.height == 1.9
    body = after.description.character.body.model_copy(update={"height": 1.75})
    character = after.description.character.model_copy(update={"body": body})
    assert (
        after.model_copy(
            update={"description": after.description.model_copy(update={"character": character})}
        )
        == before
    )
    assert commands.set_body_numbers(path, {"height": 1.9}) == []


def test_a_text_that_begins_with_a_dash_stays_a_text() -> None:
    argv = commands.gen3d("py", "create", "-5 degrees", seed=3, loop=True, width=None, from_="x")
    assert argv == [
        *("py", "-m", "gen3d", "create", " -5 degrees", "--seed", "3", "--loop"),
        *("--from", "x", "--quiet"),
    ]


def test_what_the_doctor_and_the_help_say_is_understood(tmp_path: Path) -> None:
    wrong = jobs.Answer(1, "/x/python: No module named gen3d\n")
    assert commands.read_doctor(wrong)[0] is False
    assert "no gen3d" in commands.read_doctor(wrong)[1][0]
    assert "cannot be started" in commands.read_doctor(jobs.Answer(None, "No such file"))[1][0]
    assert commands.abilities("  --rig FILE\n --no-preview") == {"rig"}
    assert commands.abilities("  --rig FILE\n --from FILE") == {"rig", "retexture"}
    environment = {**commands.environment(), "PYTHONPATH": str(ROOT)}
    asked = jobs.Question(
        [sys.executable, "-m", "gen3d", "avatar", "--help"], tmp_path / "help.txt", environment
    )
    end = time.monotonic() + 30
    while (answer := asked.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert answer.code == 0
    assert commands.abilities(answer.text) == {"rig", "retexture"}
