# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gen3d.errors import Gen3dError
from gen3d.events import read_events
from gen3d.progress import OnStep
from gen3d.runs import Json, Run, StageRecord, Work, check_place, digest_of

STAGES = ("first", "second")


def _writes(name: str, text: str, calls: list[str]) -> Work:
    def work(to: Path, on_step: OnStep) -> Json:
        calls.append(name)
        (to / name).write_text(text, encoding="utf-8")
        on_step(1, 1)
        return {"letters": len(text)}

    return work


def _stage(folder: Path, inputs: Json, text: str = "hello") -> tuple[StageRecord, list[str]]:
    calls: list[str] = []
    with Run(folder, STAGES) as run:
        record = run.stage("first", inputs, _writes("a.txt", text, calls))
    return record, calls


def test_a_stage_leaves_its_files_and_a_record_of_them(tmp_path: Path) -> None:
    record, _ = _stage(tmp_path / "run", {"x": 1})
    assert (tmp_path / "run" / "a.txt").read_text(encoding="utf-8") == "hello"
    on_file = json.loads((tmp_path / "run/.stages/first.json").read_text(encoding="utf-8"))
    assert on_file["outputs"] == record.outputs
    assert record.facts == {"letters": 5}
    assert record.peak_mb > 1


def test_running_again_with_the_same_inputs_does_nothing(tmp_path: Path) -> None:
    first, calls = _stage(tmp_path / "run", {"x": 1})
    assert calls == ["a.txt"]
    again, calls = _stage(tmp_path / "run", {"x": 1})
    assert calls == []
    assert again == first
    assert again.skipped


def test_other_inputs_make_the_stage_again(tmp_path: Path) -> None:
    _stage(tmp_path / "run", {"x": 1})
    _, calls = _stage(tmp_path / "run", {"x": 2}, "other")
    assert calls == ["a.txt"]
    assert (tmp_path / "run" / "a.txt").read_text(encoding="utf-8") == "other"


@pytest.mark.parametrize("damage", ["changed", "deleted"])
def test_a_result_that_is_not_what_was_written_is_made_again(tmp_path: Path, damage: str) -> None:
    _stage(tmp_path / "run", {"x": 1})
    path = tmp_path / "run" / "a.txt"
    path.unlink() if damage == "deleted" else path.write_text("hellO", encoding="utf-8")
    _, calls = _stage(tmp_path / "run", {"x": 1})
    assert calls == ["a.txt"]
    assert path.read_text(encoding="utf-8") == "hello"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "first"}', '{"strange": 1}'])
def test_a_record_that_cannot_be_read_makes_the_stage_again(tmp_path: Path, content: str) -> None:
    _stage(tmp_path / "run", {"x": 1})
    (tmp_path / "run/.stages/first.json").write_text(content, encoding="utf-8")
    _, calls = _stage(tmp_path / "run", {"x": 1})
    assert calls == ["a.txt"]


def test_a_file_that_a_stage_does_not_make_any_more_goes_away(tmp_path: Path) -> None:
    _stage(tmp_path / "run", {"x": 1})
    with Run(tmp_path / "run", STAGES) as run:
        run.stage("first", {"x": 2}, _writes("b.txt", "hello", []))
    assert not (tmp_path / "run" / "a.txt").exists()


def test_a_stage_that_fails_leaves_no_file_under_a_final_name(tmp_path: Path) -> None:
    def fail(to: Path, on_step: OnStep) -> Json:
        del on_step
        (to / "a.txt").write_text("half", encoding="utf-8")
        raise Gen3dError("no")

    with Run(tmp_path / "run", STAGES) as run, pytest.raises(Gen3dError, match="no"):
        run.stage("first", {}, fail)
    assert not (tmp_path / "run" / "a.txt").exists()
    assert not (tmp_path / "run/.stages/first.json").exists()


def test_events_tell_which_stage_ran_and_which_was_kept(tmp_path: Path) -> None:
    for _ in range(2):
        _stage(tmp_path / "run", {"x": 1})
    events = [e for e in read_events(tmp_path / "run" / "events.jsonl") if e["event"] == "stage"]
    assert [(e["name"], e["index"], e["of"], e["skipped"]) for e in events] == [
        ("first", 1, 2, False),
        ("first", 1, 2, True),
    ]


def test_the_digest_does_not_depend_on_the_order_of_keys_but_on_every_value() -> None:
    assert digest_of({"a": 1, "b": [0.1]}) == digest_of({"b": [0.1], "a": 1})
    assert digest_of({"a": 1, "b": [0.1]}) != digest_of({"a": 1, "b": [0.2]})


def test_a_second_process_is_refused_by_name_and_a_killed_one_is_forgotten(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from gen3d.runs import Run
        with Run(Path(sys.argv[1]), ("first",)):
            print("locked", flush=True)
            time.sleep(60)
    """
    folder = tmp_path / "run"
    command = [sys.executable, "-c", textwrap.dedent(script), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "locked"
        with pytest.raises(Gen3dError, match=f"process {holder.pid}"):
            Run(folder, STAGES)
        holder.kill()
    with Run(folder, STAGES):
        owner = (folder / ".stages" / "lock").read_text(encoding="utf-8")
    assert owner == str(os.getpid())


def test_a_folder_that_is_not_there_yet_a_run_and_an_empty_one_are_good_places(
    tmp_path: Path,
) -> None:
    (tmp_path / "empty").mkdir()
    _stage(tmp_path / "run", {})
    for name in ("empty", "run", "new/deeper"):
        check_place(tmp_path / name)
    assert not (tmp_path / "new").exists()


def test_bad_places_are_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    for name, reason in {
        "file": "is a file",
        "file/below": "is a file",
        "full": "not empty and is not a run",
        "link": "link to nothing",
    }.items():
        with pytest.raises(Gen3dError, match=reason) as caught:
            Run(tmp_path / name, STAGES)
        assert caught.value.hint
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_the_kernel_is_not_writable_even_for_root() -> None:
    with pytest.raises(Gen3dError):
        Run(Path("/proc/gen3d-run"), STAGES)
