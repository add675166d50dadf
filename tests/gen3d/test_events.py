# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

from gen3d.events import Event, EventLog, read_events


def test_every_event_is_on_file_before_a_listener_hears_it(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    seen: list[int] = []

    def listen(event: Event) -> None:
        del event
        seen.append(len(read_events(path)))

    with EventLog(path, (listen,)) as events:
        events.begin_stage("avatar", 1, 2, skipped=False)
        events.emit("artifact", kind="character", path="character.glb")
    assert seen == [1, 2]


def test_events_are_appended_and_a_half_line_of_a_killed_process_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path) as events:
        events.emit("stage", name="a", index=1, of=1, skipped=False)
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"t": 1.0, "event": "prog')
    with EventLog(path) as events:
        events.emit("done", seconds=1.0)
    assert [event["event"] for event in read_events(path)] == ["stage", "done"]


def test_progress_is_rare_but_its_last_step_is_always_said(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path) as events:
        for step in range(1, 1001):
            events.progress(step, 1000)
    said = read_events(path)
    assert len(said) < 20
    assert (said[-1]["step"], said[-1]["eta_s"]) == (1000, 0.0)
