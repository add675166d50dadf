# SPDX-License-Identifier: Apache-2.0
"""A run folder: who works in it, what was asked, which stages are done, and how to go on.

A stage writes its files into a scratch folder; they are then flushed and renamed into place, and
last of all a record (``.stages/NAME.json``) is written: a digest of the inputs, the SHA-256 of each
output, seconds and peak memory. A stage whose record names the same inputs, and whose outputs still
have the recorded SHA-256, is skipped; so to resume is to run again. All paths are relative.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from gen3d.atomic import explain, full_disk, no_room, publish, write_whole
from gen3d.cache import sha256_of
from gen3d.cost import Cost
from gen3d.errors import Gen3dError
from gen3d.events import EventLog, Listener
from gen3d.progress import OnStep

Json = Mapping[str, object]
Work = Callable[[Path, OnStep], Json]
"""Writes results into a folder laid out like the run's and returns facts for the manifest."""

STAGES = ".stages"
CONFIG = "config.yml"
MANIFEST = "manifest.json"
EVENTS = "events.jsonl"
LOG = "log.txt"
_NEEDED_BYTES = 100 << 20

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageRecord:
    """What is known about a finished stage."""

    name: str
    inputs: str
    """SHA-256 of the canonical JSON of everything that the results depend on."""
    outputs: dict[str, str]
    """Relative path -> SHA-256."""
    facts: dict[str, object]
    """What the manifest says about it; the same whenever the inputs are."""
    seconds: float = 0.0
    """On the clock."""
    cpu_seconds: float = 0.0
    """Of the processor, all cores and child processes together."""
    peak_mb: float = 0.0
    """Highest resident memory of the process during the stage, MiB."""
    skipped: bool = field(default=False, compare=False)


def digest_of(value: object) -> str:
    """SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_run(folder: Path) -> bool:
    """Whether a folder was made by this project."""
    return (folder / CONFIG).is_file() or (folder / STAGES).is_dir()


def check_place(folder: Path) -> None:
    """Make sure that a run can live in a folder, without touching anything.

    Raises:
        Gen3dError: It is a file, holds something else, is not writable, or the disk is full.
    """
    try:
        _check_kind(folder)
        parent = _nearest_existing(folder)
        if not os.access(parent, os.W_OK | os.X_OK) or _read_only(parent):
            raise Gen3dError(f"{parent} is not writable.", "Choose another --out.")
        if shutil.disk_usage(parent).free < _NEEDED_BYTES:
            raise full_disk(folder)
    except OSError as error:
        raise explain(error, folder) from None


def _check_kind(folder: Path) -> None:
    if folder.is_symlink() and not folder.exists():
        raise Gen3dError(f"{folder} is a link to nothing.", "Choose another --out.")
    if folder.exists() and not folder.is_dir():
        raise Gen3dError(f"{folder} is a file, not a folder.", "Choose another --out.")
    if folder.is_dir() and any(folder.iterdir()) and not is_run(folder):
        raise Gen3dError(
            f"{folder} is not empty and is not a run.",
            "Choose another --out; nothing in that folder was touched.",
        )


def _nearest_existing(folder: Path) -> Path:
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise Gen3dError(f"{place} is a file, not a folder.", "Choose another --out.")
    return place


def _read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY) if hasattr(os, "statvfs") else False


class Run:
    """A run folder that this process works in, alone.

    Args:
        folder: Made when absent.
        stages: Names of the stages, in order.
        listeners: Told every event.
    """

    def __init__(
        self, folder: Path, stages: tuple[str, ...], listeners: tuple[Listener, ...] = ()
    ) -> None:
        check_place(folder)
        self.folder = folder
        self._stages = stages
        try:
            (folder / STAGES).mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
            self.events = EventLog(folder / EVENTS, listeners)
            self._log = _start_log(folder / LOG)
        except OSError as error:
            raise explain(error, folder) from None

    def stage(self, name: str, inputs: Json, work: Work, note: str = "") -> StageRecord:
        """Do a stage, unless it is done already.

        Args:
            name: One of the run's stages.
            inputs: Everything that decides the results, as plain JSON values.
            work: Writes the results into the folder it is given.
            note: What the user should know while it works.

        Raises:
            Gen3dError: What the work raised, or no room on the disk.
        """
        wanted = digest_of(inputs)
        index = self._stages.index(name) + 1
        record = self.record(name)
        if record is not None and record.inputs == wanted and self._intact(record):
            self.events.begin_stage(name, index, len(self._stages), skipped=True)
            return record
        self.events.begin_stage(name, index, len(self._stages), note=note)
        return self._do(name, wanted, work)

    def record(self, name: str) -> StageRecord | None:
        """The record of a finished stage; ``None`` when there is none that can be read."""
        try:
            content = json.loads(
                (self.folder / STAGES / f"{name}.json").read_text(encoding="utf-8")
            )
            return StageRecord(**content, skipped=True)
        except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError, TypeError):
            return None

    def write(self, name: str, text: str) -> None:
        """Write a text file of the run, whole or not at all."""
        write_whole(self.folder / name, text)

    def _intact(self, record: StageRecord) -> bool:
        paths = {self.folder / path: digest for path, digest in record.outputs.items()}
        return all(path.is_file() and sha256_of(path) == digest for path, digest in paths.items())

    def _do(self, name: str, inputs: str, work: Work) -> StageRecord:
        scratch = self.folder / STAGES / f"{name}.tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        logger.info("stage %s starts", name)
        start = time.monotonic()
        with Cost() as cost:
            facts = self._guarded(work, scratch)
        outputs = self._publish_all(scratch)
        self._remove_outdated(name, outputs)
        seconds = round(time.monotonic() - start, 2)
        record = StageRecord(
            name, inputs, outputs, dict(facts), seconds, cost.cpu_seconds, cost.peak_mb
        )
        content = {key: value for key, value in asdict(record).items() if key != "skipped"}
        self.write(f"{STAGES}/{name}.json", json.dumps(content, indent=1, ensure_ascii=False))
        logger.info("stage %s took %.2f s, peak %.0f MiB", name, record.seconds, record.peak_mb)
        return record

    def _guarded(self, work: Work, scratch: Path) -> Json:
        try:
            return work(scratch, self.events.progress)
        except OSError as error:
            raise explain(error, self.folder) from error
        except (Gen3dError, RuntimeError, ValueError) as error:
            # Libraries that write files report a full disk as anything at all.
            if no_room(self.folder):
                raise full_disk(self.folder) from error
            raise

    def _publish_all(self, scratch: Path) -> dict[str, str]:
        made = sorted(path for path in scratch.rglob("*") if path.is_file())
        outputs: dict[str, str] = {}
        for path in made:
            relative = path.relative_to(scratch).as_posix()
            outputs[relative] = sha256_of(path)
            publish(path, self.folder / relative)
        shutil.rmtree(scratch, ignore_errors=True)
        return outputs

    def _remove_outdated(self, name: str, outputs: Mapping[str, str]) -> None:
        """Delete what the stage made when it ran before and does not make any more."""
        before = self.record(name)
        for path in before.outputs if before else ():
            if path not in outputs:
                (self.folder / path).unlink(missing_ok=True)

    def close(self) -> None:
        """Let the folder go."""
        self.events.close()
        logging.getLogger().removeHandler(self._log)
        self._log.close()
        self._lock.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _lock(folder: Path) -> IO[str]:
    """Take the folder for this process; the system frees it however the process ends."""
    stream = (folder / STAGES / "lock").open("a+", encoding="utf-8")
    try:
        _lock_file(stream)
    except OSError:
        stream.seek(0)
        owner = stream.read().strip() or "unknown"
        stream.close()
        raise Gen3dError(
            f"Another gen3d (process {owner}) is working in {folder}.",
            "Wait for it, or choose another --out.",
        ) from None
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
    return stream


if sys.platform == "win32":
    import msvcrt

    def _lock_file(stream: IO[str]) -> None:
        # A byte far behind the process id, so that others can still read who it is.
        stream.seek(1 << 20)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock_file(stream: IO[str]) -> None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


class _LogFile(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Stay silent: on a full disk the run itself says what is wrong."""


def _start_log(path: Path) -> logging.Handler:
    handler = _LogFile(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
    return handler
