# SPDX-License-Identifier: Apache-2.0
"""A job of several passes, whose parts several threads make.

Threads do, and share one place: ray tracer and NumPy let go of Python's lock for nearly all of
their time. A part depends on nothing but its number, so who makes it does not change a byte. A pass
but the last ends with a file that the next one begins with. Parts that are kept need not be made
again when the job is.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import numpy as np

from gen3d.progress import OnStep
from gen3d.workers import leave

SKY = "sky.npz"
"""What the light of a job is in."""
_MOST_THREADS = 8
"""Beyond it they wait for Python's lock."""
Part = TypeVar("Part")


@dataclass(frozen=True)
class Pass:
    """Parts that need nothing of each other, and how they become the next pass's file."""

    name: str
    count: int
    make: Callable[[int], object]
    kind: type[object]
    """A dataclass of arrays."""
    ready: Callable[[], object] | None = None
    """Makes what all parts share, once and before them."""
    close: Callable[[list[Any]], object] | None = None
    """From all parts to what the file of the next pass holds."""


@runtime_checkable
class Job(Protocol):
    """What is to be made."""

    folder: Path
    keep: bool
    """Whether parts stay on file once they are used."""

    @property
    def passes(self) -> tuple[Pass, ...]:
        """What is to be done, in order."""
        ...


@contextmanager
def crew(threads: int | None) -> Generator[Executor]:
    """Threads for a job; what they have not begun when it ends is not done.

    Args:
        threads: How many; one a core when None.
    """
    pool = ThreadPoolExecutor(threads or min(os.cpu_count() or 1, _MOST_THREADS))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


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


def made(job: Job, pool: Executor, on_step: OnStep) -> Iterator[Any]:
    """Do all passes one after the other; the parts of the last."""
    passes = job.passes
    total, done = sum(one.count for one in passes), 0
    for one in passes[:-1]:
        if not file_of(job.folder, one.name).exists():
            parts = list(_told(_parts(job, one, pool), done, total, on_step))
            if one.close is not None:
                store(file_of(job.folder, one.name), one.close(parts))
        done += one.count
    yield from _told(_parts(job, passes[-1], pool), done, total, on_step)


def _told(parts: Iterator[Part], done: int, total: int, on_step: OnStep) -> Iterator[Part]:
    for number, part in enumerate(parts, start=done + 1):
        on_step(number, total)
        yield part


def _parts(job: Job, one: Pass, pool: Executor) -> Iterator[Any]:
    """The parts of a pass in order, as they get ready."""
    if one.ready is not None:
        one.ready()
    ahead = deque(pool.submit(_part, job, one, number) for number in range(one.count))
    while ahead:
        yield ahead.popleft().result()


def _part(job: Job, one: Pass, number: int) -> object:
    path = file_of(job.folder, f"{one.name}-{number}")
    if job.keep and path.exists():
        return load(path, one.kind)
    part = one.make(number)
    if job.keep:
        store(path, part)
    return part
