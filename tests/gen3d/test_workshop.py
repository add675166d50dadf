# SPDX-License-Identifier: Apache-2.0
"""What every pipeline shares: stages with common inputs, announcements, errors, the end."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gen3d.config import RunConfig
from gen3d.errors import Gen3dError
from gen3d.events import Event, read_events
from gen3d.models.cards import load_cards
from gen3d.progress import OnStep
from gen3d.runs import Json, Run
from gen3d.workshop import Workshop, cards_of, check_device, work_in

STAGES = ("shape", "export", "check")
CONFIG = RunConfig(verb="object", prompt="a vase", seed=3)
EXTRAS = {"commercial_use": {"allowed": True, "why": "all of it is ours"}}


def writes(*names: str) -> Callable[[Path, OnStep], Json]:
    def work(to: Path, on_step: OnStep) -> Json:
        on_step(1, 1)
        for name in names:
            (to / name).write_text(name, encoding="utf-8")
        return {"files": len(names)}

    return work


def told(folder: Path, kind: str) -> list[Event]:
    return [event for event in read_events(folder / "events.jsonl") if event["event"] == kind]


def test_results_and_previews_are_announced_and_other_files_are_not(tmp_path: Path) -> None:
    def work(workshop: Workshop) -> None:
        workshop.stage("shape", {}, writes("preview.png", "object.glb", "notes.txt"))

    work_in(tmp_path / "run", STAGES, (), work)
    assert [event["path"] for event in told(tmp_path / "run", "preview")] == ["preview.png"]
    artifacts = [(e["kind"], e["path"]) for e in told(tmp_path / "run", "artifact")]
    assert artifacts == [("object", "object.glb")]


def test_a_stage_is_made_again_exactly_when_what_it_reads_is_other(tmp_path: Path) -> None:
    def sitting(text: str, size: int) -> list[bool]:
        skipped: list[bool] = []

        def work(workshop: Workshop) -> None:
            first = workshop.stage("shape", {"size": size}, writes(text))
            inputs = {"made": workshop.made_by("shape", "never")}
            skipped.extend([first.skipped, workshop.stage("export", inputs, writes("b")).skipped])

        work_in(tmp_path / "run", STAGES, (), work)
        return skipped

    assert sitting("a", 1) == [False, False]
    assert sitting("a", 1) == [True, True]
    # The first stage is made again but makes the same files: what reads them stays.
    assert sitting("a", 2) == [False, True]
    assert sitting("c", 3) == [False, False]


def test_other_code_makes_every_stage_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Run(tmp_path / "run", STAGES) as run:
        assert not Workshop(run).stage("shape", {}, writes("a")).skipped
        assert Workshop(run).stage("shape", {}, writes("a")).skipped
        monkeypatch.setattr("gen3d.workshop.code_digest", lambda: "edited")
        assert not Workshop(run).stage("shape", {}, writes("a")).skipped


def test_the_end_is_a_manifest_and_an_event_that_says_what_is_allowed(tmp_path: Path) -> None:
    def work(workshop: Workshop) -> None:
        workshop.stage("shape", {}, writes("object.glb"))
        workshop.finish(CONFIG, EXTRAS, "object.glb")

    work_in(tmp_path / "run", STAGES, (), work)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["files"]) == ["object.glb"]
    assert manifest["facts"] == {"shape": {"files": 1}}
    assert [event["commercial_use"] for event in told(tmp_path / "run", "done")] == [True]
    assert told(tmp_path / "run", "error") == []


def test_a_file_that_fails_its_check_is_named_and_is_not_done(tmp_path: Path) -> None:
    def work(workshop: Workshop) -> None:
        workshop.stage("export", {}, writes("object.glb"))
        workshop.check("object.glb")
        workshop.finish(CONFIG, EXTRAS, "object.glb")

    with pytest.raises(Gen3dError, match=r"object\.glb"):
        work_in(tmp_path / "run", STAGES, (), work)
    assert told(tmp_path / "run", "done") == []
    assert len(told(tmp_path / "run", "error")) == 1


def test_listeners_hear_what_is_on_file(tmp_path: Path) -> None:
    heard: list[Event] = []
    work_in(
        tmp_path / "run",
        STAGES,
        (heard.append,),
        lambda workshop: workshop.stage("shape", {}, writes("a")) and None,
    )
    assert heard == list(read_events(tmp_path / "run" / "events.jsonl"))


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (Gen3dError("No such thing.", "Name another."), "No such thing.", "Name another."),
        (OSError(errno.ENOSPC, "full"), "no room left", "Free some space"),
        (PermissionError(errno.EACCES, "no"), "not writable", "--out"),
        (MemoryError(), "not enough memory", "GB"),
        (ZeroDivisionError("one / zero"), "a defect of gen3d: ZeroDivisionError", "log.txt"),
    ],
)
def test_whatever_goes_wrong_is_a_sentence_and_the_last_event(
    tmp_path: Path, error: Exception, message: str, hint: str
) -> None:
    def work(workshop: Workshop) -> None:
        del workshop
        raise error

    with pytest.raises(Gen3dError) as refused:
        work_in(tmp_path / "run", STAGES, (), work)
    assert message in refused.value.message
    assert hint in refused.value.hint
    last = list(read_events(tmp_path / "run" / "events.jsonl"))[-1]
    assert (last["event"], last["message"]) == ("error", refused.value.message)
    assert last["cancelled"] is False


def test_an_unexpected_error_leaves_its_details_in_the_log(tmp_path: Path) -> None:
    def work(workshop: Workshop) -> None:
        workshop.made_by(*("a", "b"))
        raise LookupError("the needle")

    with pytest.raises(Gen3dError):
        work_in(tmp_path / "run", STAGES, (), work)
    log = (tmp_path / "run" / "log.txt").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "the needle" in log


def test_cancelled_says_how_to_go_on_and_frees_the_folder(tmp_path: Path) -> None:
    def work(workshop: Workshop) -> None:
        del workshop
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            work_in(tmp_path / "run", STAGES, (), work)
    last = told(tmp_path / "run", "error")[-1]
    assert last["cancelled"] is True
    assert last["hint"] == f"gen3d resume {tmp_path / 'run'}"


def test_a_reader_that_left_is_not_told_of_it(tmp_path: Path) -> None:
    def work(workshop: Workshop) -> None:
        del workshop
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        work_in(tmp_path / "run", STAGES, (), work)
    assert told(tmp_path / "run", "error") == []


def test_cards_come_once_each_in_the_order_they_are_named() -> None:
    one, other = list(load_cards())[:2]
    assert [card.id for card in cards_of([other, one, other])] == [other, one]


def test_devices_that_are_there_pass_and_others_are_refused() -> None:
    check_device("cpu")
    check_device("auto")
    if not torch.cuda.is_available():
        with pytest.raises(Gen3dError, match="no cuda device") as refused:
            check_device("cuda")
        assert "--device cpu" in refused.value.hint
