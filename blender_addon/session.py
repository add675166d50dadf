# SPDX-License-Identifier: GPL-3.0-or-later
"""The one job that the panel shows, and the timer that follows it.

:func:`tick` does all the work of the timer; it can be called by hand where no window drives timers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
from bpy.utils import previews

from . import commands, importing, jobs

INTERVAL_S = 0.25


@dataclass
class State:
    """What the panel shows."""

    job: jobs.Job | None = None
    notice: str = ""
    """What happened to the result: imported, or why not."""
    recent: list[commands.RecentRun] | None = None
    questions: list[jobs.Question] = field(default_factory=list[jobs.Question])
    test_lines: list[str] = field(default_factory=list[str])
    abilities: set[str] | None = None
    """``None`` until the test has asked."""
    pictures: Any = None
    picture: str = ""


STATE = State()


def open_session() -> None:
    """Start empty; runs of before are found in their folders."""
    STATE.pictures = previews.new()


def close_session() -> None:
    """Let go of the timer and of pictures; a child goes on and can be watched again."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    for question in STATE.questions:
        question.stop()
    if STATE.pictures is not None:
        previews.remove(STATE.pictures)
    STATE.__init__()


def follow(job: jobs.Job) -> None:
    """Show a job and follow it until it ends."""
    STATE.job, STATE.notice, STATE.picture = job, "", ""
    _start_timer()


def ask(questions: list[jobs.Question]) -> None:
    """Follow the test's questions: the doctor's, then what `avatar` can do."""
    STATE.questions, STATE.test_lines = questions, ["Testing …"]
    _start_timer()


def _start_timer() -> None:
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=INTERVAL_S, persistent=True)


def tick() -> float | None:
    """Look at the child once; called by the timer. Returns when to look again."""
    _hear_answers()
    job = STATE.job
    if job is not None and job.state == "running":
        job.poll()
        _show_preview(job)
        if job.state != "running":
            _end(job)
    redraw()
    busy = bool(STATE.questions) or (job is not None and job.state == "running")
    return INTERVAL_S if busy else None


def _end(job: jobs.Job) -> None:
    STATE.recent = None
    if job.state == "done":
        STATE.notice = importing.bring_in(bpy.context, job.run_dir, job.facts)


def _show_preview(job: jobs.Job) -> None:
    path = job.run_dir / job.progress.preview
    if not job.progress.preview or not path.is_file():
        return
    key = f"{path}:{path.stat().st_mtime_ns}"
    if key != STATE.picture:
        STATE.pictures.load(key, str(path), "IMAGE")
        STATE.picture = key


def _hear_answers() -> None:
    answers = [question.poll() for question in STATE.questions]
    if not answers or any(answer is None for answer in answers):
        return
    STATE.questions = []
    doctor, avatar = (answer for answer in answers if answer is not None)
    ok, lines = commands.read_doctor(doctor)
    STATE.test_lines = ["gen3d works." if ok else "gen3d does not work yet:", *lines]
    STATE.abilities = commands.abilities(avatar.text) if avatar.code == 0 else set()


def recent(folder: Path) -> list[commands.RecentRun]:
    """The newest runs; read from the disk only when something changed."""
    if STATE.recent is None:
        STATE.recent = commands.recent_runs(folder)
    return STATE.recent


def redraw() -> None:
    """Have the sidebars drawn again."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()
