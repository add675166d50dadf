# SPDX-License-Identifier: Apache-2.0
"""The live display of a run on a terminal; it knows nothing but the events."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import cast

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.text import Text

from gen3d.events import Event

_NAME_WIDTH = 8


class Display:
    """Shows one line for the stage at work and leaves one line for each that is done."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        columns: tuple[ProgressColumn, ...] = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}"),
        )
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task = self._progress.add_task("starting", total=None, note="")
        self._stage: Event | None = None
        self._paths: list[str] = []

    def show(self, event: Event) -> None:
        """Show one event."""
        shows = {
            "stage": self._show_stage,
            "progress": self._show_progress,
            "artifact": self._keep_path,
            "preview": self._keep_path,
            "done": self._show_done,
            "error": self._end_stage,
        }
        shows[str(event["event"])](event)

    def _show_stage(self, event: Event) -> None:
        self._end_stage(event)
        title = f"{event['index']}/{event['of']} {event['name']:<{_NAME_WIDTH}}"
        if event["skipped"]:
            self._print(f"  {title} kept", style="dim")
            return
        self._stage = event
        if event["note"]:
            self._print(f"  {title} {event['note']}")
        self._progress.reset(self._task, total=None, description=title, note=event["note"])

    def _show_progress(self, event: Event) -> None:
        eta = event["eta_s"]
        note = "" if eta is None else f"{eta} s left"
        total, done = float(str(event["total"])), float(str(event["step"]))
        self._progress.update(self._task, total=total, completed=done, note=note)

    def _end_stage(self, event: Event) -> None:
        """Leave a line for the stage that was at work until now."""
        began, self._stage = self._stage, None
        if began is None or event["event"] == "error":
            return
        seconds = float(str(event["t"])) - float(str(began["t"]))
        title = f"{began['index']}/{began['of']} {began['name']:<{_NAME_WIDTH}}"
        self._print(f"✓ {title} {seconds:5.1f} s")

    def _keep_path(self, event: Event) -> None:
        self._paths.append(str(event["path"]))

    def _show_done(self, event: Event) -> None:
        self._end_stage(event)
        for note in cast("Sequence[str]", event["notes"]):
            self._print(f"Note: {note}", style="dim")
        sale = "allowed" if event["commercial_use"] else "NOT allowed (see manifest.json)"
        self._print(f"Done in {event['seconds']} s; commercial use: {sale}.")
        self._print("  ".join(self._paths))

    def _print(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style))

    def __enter__(self) -> Display:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
