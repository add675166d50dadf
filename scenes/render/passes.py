# SPDX-License-Identifier: Apache-2.0
"""A job of several passes, made by several processes (:mod:`gen3d.workers`).

Threads would not do: the ray tracer's binding holds Python's lock. The job lies in a folder as
JSON and arrays; each worker builds the place for itself (faster than handing it over) while the
process that asked makes the sky. Then all trace parts of one pass after the other. A pass but the
last ends with a file that the next one waits for. When workers die, what is left is made by the
process that asked. Parts that are kept need not be made again when the job is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import numpy as np

from gen3d.progress import OnStep
from gen3d.workers import Workers, anyone, claim, leave

SKY = "sky.npz"
"""What every first pass waits for."""
_POLL_SECONDS = 0.03
Part = TypeVar("Part")


@dataclass(frozen=True)
class Pass:
    """Parts that need nothing of each other, and how they become the next pass's file."""

    name: str
    count: int
    make: Callable[[int], object]
    kind: type[object]
    """A dataclass of arrays."""
    after: str = SKY
    """File that it waits for."""
    close: Callable[[list[Any]], object] | None = None
    """From all parts to what the file of the next pass holds."""


@runtime_checkable
class Job(Protocol):
    """What is to be made."""

    folder: Path
    asked_by: int
    """Process without which nobody wants it."""
    keep: bool
    """Whether parts stay on file once they are used."""

    @property
    def passes(self) -> tuple[Pass, ...]:
        """What is to be done, in order."""
        ...

    def prepare(self) -> None:
        """Do what a worker can before there is a sky."""
        ...


def file_of(folder: Path, name: str) -> Path:
    """Where a part, or the end of a pass, is."""
    return folder / f"{name}.npz"


def load(path: Path, kind: type[Part]) -> Part:
    """Read a dataclass of arrays."""
    with np.load(path) as file:
        return kind(**{entry.name: file[entry.name] for entry in fields(cast("Any", kind))})


def store(path: Path, value: object) -> None:
    """Write a dataclass of arrays, whole or not at all."""
    arrays = {entry.name: getattr(value, entry.name) for entry in fields(cast("Any", value))}
    leave(path, lambda file: np.savez(file, **arrays))


def made(job: Job, workers: Workers, on_step: OnStep) -> Iterator[Any]:
    """Do all passes one after the other; the parts of the last."""
    total, done = sum(one.count for one in job.passes), 0
    for one in job.passes[:-1]:
        if not file_of(job.folder, one.name).exists():
            parts = list(_told(_parts(job, one, workers), done, total, on_step))
            if one.close is not None:
                store(file_of(job.folder, one.name), one.close(parts))
        done += one.count
    yield from _told(_parts(job, job.passes[-1], workers), done, total, on_step)


def _told(parts: Iterator[Part], done: int, total: int, on_step: OnStep) -> Iterator[Part]:
    for number, part in enumerate(parts, start=done + 1):
        on_step(number, total)
        yield part


def _parts(job: Job, one: Pass, workers: Workers) -> Iterator[Any]:
    """The parts of a pass in order, as they get ready; those that nobody took are made here."""
    mine, untaken = dict[int, Any](), 0
    for number in range(one.count):
        path = file_of(job.folder, f"{one.name}-{number}")
        while number not in mine and not path.exists():
            if untaken < one.count:
                part = _taken(job, one, untaken)
                mine |= {} if part is None else {untaken: part}
                untaken += 1
            elif anyone(workers):
                time.sleep(_POLL_SECONDS)
            else:
                mine[number] = one.make(number)
        if number in mine:
            yield mine.pop(number)
            continue
        part = load(path, one.kind)
        if not job.keep:
            path.unlink()
        yield part


def _taken(job: Job, one: Pass, number: int) -> object | None:
    """A part that nobody has taken yet, made; none when it is somebody's or there already."""
    path = file_of(job.folder, f"{one.name}-{number}")
    if not claim(job.folder, f"{one.name}-{number}") or path.exists():
        return None
    part = one.make(number)
    if job.keep:
        store(path, part)
    return part


def work(job: Job) -> None:
    """Make unclaimed parts until none is left or the process that asked has gone."""
    job.prepare()
    for one in job.passes:
        while not (job.folder / one.after).exists():
            if os.getppid() != job.asked_by:
                return
            time.sleep(_POLL_SECONDS)
        for number in range(one.count):
            if os.getppid() != job.asked_by:
                return
            part = _taken(job, one, number)
            if part is not None and not job.keep:
                store(file_of(job.folder, f"{one.name}-{number}"), part)
