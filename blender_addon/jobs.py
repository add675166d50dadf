# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of ``gen3d`` as a child process, watched through its folder; nothing here knows Blender.

The child appends events to ``events.jsonl``, one JSON object a line. :meth:`Job.poll` reads what is
new since the last call, by byte offset and whole lines only, and looks whether the child lives. It
never waits, so a timer can call it. What the child prints goes to ``.stages/addon.log``; a child
that ends without ``done`` or ``error`` is a failure that carries its last lines.

A job is its folder: ``.stages/addon.json`` says what was asked, and :meth:`Job.attach` goes on
watching after a restart. Whether somebody works in the folder is asked of the lock that ``gen3d``
holds there, since process ids are used again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

Event = Mapping[str, object]
State = Literal["running", "done", "failed", "cancelled"]

STAGES, EVENTS, LOG = ".stages", "events.jsonl", "log.txt"
OUTPUT, ASKED, LOCK = f"{STAGES}/addon.log", f"{STAGES}/addon.json", f"{STAGES}/lock"
LAST_LINES = 20
KILL_AFTER_S = 5.0
QUIET_S = 90.0
"""A child that says nothing for so long is worth a remark; the first run is silent for a minute."""
_STARTING_S = 30.0
"""So long may a child take to its first lock when somebody else than we started it."""
_TAIL_BYTES = 65536


@dataclass
class Progress:
    """What the events so far say."""

    stage: str = ""
    index: int = 0
    of: int = 0
    note: str = ""
    step: int = 0
    total: int = 0
    eta_s: float | None = None
    eta_at: float = 0.0
    preview: str = ""
    artifacts: dict[str, str] = field(default_factory=dict[str, str])
    """Relative path -> kind."""

    @property
    def fraction(self) -> float:
        """Share of the run that is done, 0 to 1, as if all stages took the same time."""
        inside = self.step / self.total if self.total else 0.0
        return min((max(self.index - 1, 0) + inside) / self.of, 1.0) if self.of else 0.0

    def seconds_left(self, now: float) -> float | None:
        """Of the stage at work, counted down since it was said."""
        return None if self.eta_s is None else max(self.eta_s - (now - self.eta_at), 0.0)


class Job:
    """One run, started by us or found in a folder.

    Args:
        argv: Program and arguments; empty for a run that is only watched.
        run_dir: Its folder; made when absent.
        facts: What to remember beside it, plain JSON values.
        environment: Of the child; this process's own when not given.
    """

    def __init__(
        self,
        argv: Sequence[str],
        run_dir: Path,
        facts: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.argv = list(argv)
        self.run_dir = run_dir
        self.facts = dict(facts or {})
        self.state: State = "running"
        self.message = self.hint = ""
        self.last_lines: list[str] = []
        self.progress = Progress()
        self.started = self.heard = time.time()
        self._environment = dict(os.environ if environment is None else environment)
        self._offset = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled_at: float | None = None
        self._saw_end = False

    def start(self) -> None:
        """Start the child; when that is impossible the job has failed, with a sentence."""
        try:
            (self.run_dir / STAGES).mkdir(parents=True, exist_ok=True)
            self._offset = _size(self.run_dir / EVENTS)
            asked = {**self.facts, "argv": self.argv, "started": self.started}
            (self.run_dir / ASKED).write_text(json.dumps(asked, indent=1), encoding="utf-8")
            output = (self.run_dir / OUTPUT).open("wb")
        except OSError as error:
            self._fail(
                f"The folder {self.run_dir} cannot be written: {error.strerror}.",
                "Choose another output folder in the add-on's preferences.",
            )
            return
        with output:
            self._launch(output)

    def _launch(self, output: IO[bytes]) -> None:
        try:
            self._process = subprocess.Popen(
                self.argv,
                cwd=self.run_dir,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            self._fail(
                f"{self.argv[0]} cannot be started: {why}.",
                "In the add-on's preferences, choose the Python that gen3d was installed into.",
            )

    @classmethod
    def attach(cls, run_dir: Path) -> Job:
        """Watch a run that is there already: finished, dead, or still at work."""
        facts = asked_in(run_dir)
        argv = [str(part) for part in _list(facts.get("argv"))]
        job = cls(argv, run_dir, facts)
        job.started = job.heard = _number(facts.get("started"), 0.0)
        if not is_run(run_dir):
            job._fail(f"{run_dir} holds no run of gen3d.", "Choose another folder.")
        return job

    def poll(self) -> list[Event]:
        """Events since the last call; also decides whether the job has ended, and how."""
        if self.state != "running":
            return []
        # Life is looked at first: what a child wrote before it died is then surely read below.
        alive = self._alive()
        events = self._read_new()
        for event in events:
            self._note(event)
        if events:
            self.heard = time.time()
        if alive:
            self._kill_when_due()
        else:
            self._conclude()
        return events

    def cancel(self) -> None:
        """Ask the child to stop; :meth:`poll` kills it when it has not after five seconds."""
        if self.state == "running" and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._send(signal.SIGTERM)

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self.state == "running" and self._cancelled_at is not None

    @property
    def silent_s(self) -> float:
        """How long nothing was heard of it."""
        return time.time() - self.heard

    def _alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        if is_locked(self.run_dir):
            return True
        return not self._saw_end and time.time() - self.started < _STARTING_S

    def _read_new(self) -> list[Event]:
        try:
            with (self.run_dir / EVENTS).open("rb") as stream:
                stream.seek(self._offset)
                block = stream.read()
        except OSError:
            return []
        whole = block.rfind(b"\n") + 1
        self._offset += whole
        return [e for line in block[:whole].splitlines() if (e := event_of(line)) is not None]

    def _note(self, event: Event) -> None:
        kind, now = event.get("event"), self.progress
        self._saw_end = kind in {"done", "error"}
        if kind == "stage":
            now.stage, now.note = str(event.get("name", "")), str(event.get("note", ""))
            now.index, now.of = int(_number(event.get("index"))), int(_number(event.get("of")))
            now.step = now.total = 0
            now.eta_s, self.message, self.hint = None, "", ""
        elif kind == "progress":
            now.step, now.total = int(_number(event.get("step"))), int(_number(event.get("total")))
            eta = event.get("eta_s")
            now.eta_s = None if eta is None else _number(eta)
            now.eta_at = _number(event.get("t"), time.time())
        elif kind == "preview":
            # The last picture counts; a film cannot be shown in a panel.
            path = str(event.get("path", ""))
            now.preview = path if path.endswith((".png", ".jpg")) else now.preview
        elif kind == "artifact":
            now.artifacts[str(event.get("path", ""))] = str(event.get("kind", ""))
        elif kind == "error":
            self.message, self.hint = str(event.get("message", "")), str(event.get("hint", ""))
            if event.get("cancelled"):
                self._cancelled_at = self._cancelled_at or time.monotonic()
        elif kind == "done":
            self.message = self.hint = ""
            now.index, now.step, now.total = now.of, 1, 1

    def _conclude(self) -> None:
        """The child is gone: what has become of the run?"""
        code = self._process.returncode if self._process is not None else None
        if self._saw_end and not self.message and code in {0, None}:
            self.state = "done"
        elif self._cancelled_at is not None:
            self.state = "cancelled"
            self.message = "Cancelled."
            self.hint = "Resume goes on from where it stopped."
        elif self.message:
            self._fail(self.message, self.hint)
        else:
            self._fail(*_explain(code, self.argv, _output(self.run_dir)))

    def _kill_when_due(self) -> None:
        asked = self._cancelled_at
        if asked is not None and time.monotonic() - asked >= KILL_AFTER_S:
            self._send(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _send(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            return
        if not is_locked(self.run_dir):
            return
        owner = _owner(self.run_dir)
        if owner > 0:
            try:
                os.kill(owner, number)
            except OSError:
                self.message = f"Process {owner} cannot be stopped from here."

    def _fail(self, message: str, hint: str) -> None:
        self.state, self.message, self.hint = "failed", message, hint
        self.last_lines = last_lines(self.run_dir)


def _explain(code: int | None, argv: Sequence[str], output: str) -> tuple[str, str]:
    """A sentence and a hint for a child that ended without a word of its own."""
    program = argv[0] if argv else "gen3d"
    if "No module named gen3d" in output:
        return (
            f"{program} has no gen3d.",
            "In the preferences, choose the Python that gen3d was installed into, then press Test.",
        )
    if said := [line for line in output.splitlines() if line.startswith("gen3d: ")]:
        return said[-1].removeprefix("gen3d: "), "The lines below say more."
    if "SyntaxError" in output or "requires Python" in output:
        return f"{program} is too old for gen3d.", "Choose a Python of 3.11 or newer."
    if code == 2:
        return (
            "This gen3d does not know an option that the add-on used.",
            "Update gen3d and the add-on to the same version.",
        )
    if code is not None and code < 0:
        memory = " The system kills what takes too much memory." if code == -9 else ""
        return (
            f"gen3d was killed by signal {-code} before it was done.",
            f"Resume goes on from the last finished stage.{memory}",
        )
    if code == 0:
        return f"{program} ended without making a run.", "Is it the Python that has gen3d?"
    if code is None:
        return "gen3d is not working there any more.", "Resume goes on from the last stage."
    return f"gen3d ended with code {code} without saying why.", "The lines below may."


def is_run(folder: Path) -> bool:
    """Whether a folder is a run of gen3d, finished or not."""
    return any((folder / name).is_file() for name in ("config.yml", EVENTS, ASKED))


def asked_in(folder: Path) -> dict[str, object]:
    """What this add-on asked for in a folder; empty for runs of the command line."""
    try:
        content = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def last_lines(folder: Path) -> list[str]:
    """The end of the log and of what the child printed, at most twenty lines."""
    lines: list[str] = []
    for name in (LOG, OUTPUT):
        lines += [line for line in tail(folder / name).splitlines() if line.strip()]
    return lines[-LAST_LINES:]


if sys.platform == "win32":
    import msvcrt

    def _try_lock(stream: IO[str]) -> None:
        stream.seek(1 << 20)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        stream.seek(1 << 20)
        msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(stream: IO[str]) -> None:
        # Shared: two who look do not take each other for a run.
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)


def is_locked(folder: Path) -> bool:
    """Whether a gen3d is at work in a folder."""
    try:
        with (folder / LOCK).open("r+", encoding="utf-8") as stream:
            try:
                _try_lock(stream)
            except OSError:
                return True
    except OSError:
        return False
    return False


@dataclass(frozen=True)
class Answer:
    """What a question to the command came back with."""

    code: int | None
    """``None`` when it could not be started."""
    text: str


class Question:
    """A short command whose printed answer is wanted, asked without waiting.

    Args:
        argv: Program and arguments.
        output: File for what it prints.
        environment: Of the child.
    """

    def __init__(self, argv: Sequence[str], output: Path, environment: Mapping[str, str]) -> None:
        self._output = output
        self._failure = ""
        self._process: subprocess.Popen[bytes] | None = None
        try:
            with output.open("wb") as stream:
                self._process = subprocess.Popen(
                    list(argv),
                    env=dict(environment),
                    cwd=output.parent,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                )
        except (OSError, ValueError) as error:
            self._failure = getattr(error, "strerror", None) or str(error)

    def poll(self) -> Answer | None:
        """The answer, once it is there."""
        if self._process is None:
            return Answer(None, self._failure)
        code = self._process.poll()
        return None if code is None else Answer(code, tail(self._output))

    def stop(self) -> None:
        """Give up."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def event_of(line: bytes | str) -> Event | None:
    """The event that a line holds; ``None`` for a line that is not whole, or is something else."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def tail(path: Path) -> str:
    """The last 64 KiB of a text file; empty when it cannot be read."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(_size(path) - _TAIL_BYTES, 0))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _output(folder: Path) -> str:
    return tail(folder / OUTPUT)


def _owner(folder: Path) -> int:
    try:
        return int((folder / LOCK).read_text(encoding="utf-8").strip("\0 \n") or 0)
    except (OSError, ValueError):
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _number(value: object, default: float = 0.0) -> float:
    return float(value) if isinstance(value, int | float) else default


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
