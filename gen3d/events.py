# SPDX-License-Identifier: Apache-2.0
"""What a run says while it works: one JSON object a line in ``events.jsonl``.

Every front end (the terminal, an add-on, a script) reads only these. Kinds and their fields:

``stage``     name, index (from 1), of, skipped, note (what to know while it works)
``progress``  step, total, eta_s (seconds, or null while unknown)
``preview``   path
``artifact``  kind, path
``done``      seconds, commercial_use, notes (what was assumed, and what stands in for what)
``error``     message, hint, cancelled

Each event also has ``t``, seconds since 1970. Paths are relative to the run folder. The file is
only ever appended to, and every line is flushed; a process that is killed may leave half a line,
which :func:`read_events` skips.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal

Kind = Literal["stage", "progress", "preview", "artifact", "done", "error"]
Event = Mapping[str, object]
Listener = Callable[[Event], None]

_SECONDS_BETWEEN_PROGRESS = 0.1


class EventLog:
    """Appends events to a file and hands each to the listeners.

    Args:
        path: ``events.jsonl`` of the run.
        listeners: Called with every event after it is on file.
    """

    def __init__(self, path: Path, listeners: tuple[Listener, ...] = ()) -> None:
        _finish_broken_line(path)
        self._stream = path.open("a", encoding="utf-8")
        self._listeners = listeners
        self._progress = _Pace()

    def emit(self, kind: Kind, /, **fields: object) -> None:
        """Write one event and tell the listeners."""
        event = {"t": round(time.time(), 3), "event": kind, **fields}
        self._stream.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._stream.flush()
        for listener in self._listeners:
            listener(event)

    def begin_stage(
        self, name: str, index: int, of: int, *, skipped: bool = False, note: str = ""
    ) -> None:
        """Say that a stage starts, or is already there."""
        self._progress = _Pace()
        self.emit("stage", name=name, index=index, of=of, skipped=skipped, note=note)

    def progress(self, step: int, total: int) -> None:
        """Say how far the stage is; at most ten times a second, and always at its end."""
        if self._progress.due(step, total):
            self.emit("progress", step=step, total=total, eta_s=self._progress.eta(step, total))

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> EventLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Pace:
    """When progress was last said, and how long the rest will take at this speed."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()

    def due(self, step: int, total: int) -> bool:
        now = time.monotonic()
        if step < total and now - self._last < _SECONDS_BETWEEN_PROGRESS:
            return False
        self._last = now
        return True

    def eta(self, step: int, total: int) -> float | None:
        if step <= 0:
            return None
        return round((time.monotonic() - self._start) / step * (total - step), 1)


def read_events(path: Path) -> list[Event]:
    """All whole events of a file, oldest first; half lines of a killed process are skipped."""
    events: list[Event] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _finish_broken_line(path: Path) -> None:
    """End a half-written last line, so that the next event starts a line of its own."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("r+b") as stream:
        stream.seek(-1, 2)
        if stream.read(1) != b"\n":
            stream.write(b"\n")
