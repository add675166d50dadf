# SPDX-License-Identifier: Apache-2.0
"""A panorama of a place traced by several processes (:mod:`gen3d.workers`).

Threads would not do: the ray tracer's binding holds Python's lock. The job lies in a folder as
JSON and arrays; each worker builds the place for itself (faster than handing it over) while the
process that asked makes the sky. Then all trace parts of one pass after the other. A pass but the
last ends here with a file that the next one waits for. When workers die, what is left is traced
here.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

import numpy as np

from gen3d.progress import OnStep, silent
from gen3d.spec import LandSpec, RoomSpec
from gen3d.types import Environment
from gen3d.workers import Workers, anyone, claim, leave, working
from scenes.place import Place
from scenes.render.bounce import Boxes, Chamber, Exchange, solved
from scenes.render.indoors import Shine, shine, smoothed
from scenes.render.indoors import shader as shader_indoors
from scenes.render.trace import Skylight, Stage
from scenes.render.view import (
    Band,
    Gathered,
    Quality,
    Shader,
    View,
    band,
    bands_of,
    composed,
    gather,
    light_of,
    shader,
    skylight,
)
from scenes.room.build import furnished
from scenes.world.build import build
from scenes.world.terrain import Map

_POLL_SECONDS = 0.03
_JOB, _SKY, _EXCHANGES = "job.json", "sky.npz", 24
_ROOM, _ROOM_DRAFT = (
    Quality(paths=40, coarse_rows=448),
    Quality(paths=20, coarse_rows=448, points_a_box=4.0),
)
_DRAFT_ROWS = 512
"""Height up to which the picture of a room is a draft."""
Part = TypeVar("Part")


@dataclass(frozen=True)
class Pass:
    """Parts that need nothing of each other, and how they become the next pass's file."""

    name: str
    count: int
    make: Callable[[int], object]
    kind: type[object]
    """A dataclass of arrays."""
    after: str = _SKY
    """File that it waits for."""
    close: Callable[[list[Any]], object] | None = None
    """From all parts to what the file of the next pass holds."""


class _Job:
    """A job as it lies in its folder."""

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / _JOB).read_text(encoding="utf-8"))
        self.folder, self.seed, self.asked_by = folder, int(said["seed"]), int(said["asked_by"])
        self.land = LandSpec.model_validate(said["land"]) if "land" in said else None
        self.room = RoomSpec.model_validate(said["room"]) if "room" in said else None
        self.quality = Quality(**said["quality"])
        self.height: int = said["height"]
        self.low = self.quality.coarse_height(self.height)

    @property
    def passes(self) -> tuple[Pass, ...]:
        """What is to be done, in order."""
        rows = len(bands_of(self.low)), len(bands_of(self.height))
        if self.room is None:
            return (
                Pass("coarse", rows[0], self._gathered, Gathered, close=_lit),
                Pass("band", rows[1], self._band, Band, after="coarse.npz"),
            )
        return (
            Pass("exchange", _EXCHANGES, self._exchange, Exchange, close=self._solved),
            Pass("coarse", rows[0], self._shine, Shine, after="exchange.npz", close=smoothed),
            Pass("band", rows[1], self._band, Band, after="coarse.npz"),
        )

    @cached_property
    def place(self) -> Place:
        if self.room is not None:
            return furnished(self.room, self.seed)
        if self.land is None:
            raise RuntimeError("a job is about a land or a room")
        return build(Map(self.land, self.seed))

    @cached_property
    def stage(self) -> Stage:
        return Stage(self.place, _load(self.folder / _SKY, Skylight), self.seed)

    @cached_property
    def chamber(self) -> Chamber:
        return Chamber(self.stage, self.quality.points_a_box)

    @cached_property
    def _with_boxes(self) -> Chamber:
        self.chamber.boxes = _load(_file(self.folder, "exchange"), Boxes)
        return self.chamber

    @cached_property
    def _shader(self) -> Shader:
        path = _file(self.folder, "coarse")
        if self.room is None:
            return shader(self.stage, _load(path, _Lit).light)
        return shader_indoors(self._with_boxes, _load(path, Shine))

    def _gathered(self, number: int) -> Gathered:
        return gather(self.stage, self.low, bands_of(self.low)[number], self.quality.paths)

    def _exchange(self, number: int) -> Exchange:
        return self.chamber.exchange(number, _EXCHANGES)

    def _solved(self, parts: list[Exchange]) -> Boxes:
        return solved(self.chamber, parts)

    def _shine(self, number: int) -> Shine:
        return shine(self._with_boxes, self.low, bands_of(self.low)[number], self.quality.paths)

    def _band(self, number: int) -> Band:
        rows = bands_of(self.height)[number]
        return band(self.stage, self._shader, self.height, rows, self.quality.contrast)


@dataclass(frozen=True)
class _Lit:
    """The coarser panorama of a landscape."""

    light: np.ndarray


def _lit(parts: list[Gathered]) -> _Lit:
    return _Lit(light_of(parts))


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.npz"


def _load(path: Path, kind: type[Part]) -> Part:
    with np.load(path) as file:
        return kind(**{entry.name: file[entry.name] for entry in fields(cast("Any", kind))})


def _store(path: Path, value: object) -> None:
    arrays = {entry.name: getattr(value, entry.name) for entry in fields(cast("Any", value))}
    leave(path, lambda file: np.savez(file, **arrays))


def render_map(
    where: Map,
    sky: Environment,
    quality: Quality | None = None,
    on_step: OnStep = silent,
    processes: int = 2,
) -> View:
    """Trace a landscape under a sky; the panorama is as large as the sky's.

    Args:
        where: The land and its seed.
        sky: Light from far away, with its sun.
        quality: How much work.
        on_step: Told after each part; raising in it cancels.
        processes: How many trace at once, this one among them; the bytes are the same.
    """
    rows = sky.radiance.shape[0]
    return render_place(
        where.land, where.seed, rows, lambda: sky, quality, on_step=on_step, processes=processes
    )


def render_room(
    room: RoomSpec,
    seed: int,
    sky: Environment,
    quality: Quality | None = None,
    on_step: OnStep = silent,
    processes: int = 2,
) -> View:
    """Trace a room whose windows show a sky; arguments as of :func:`render_map`."""
    rows = sky.radiance.shape[0]
    return render_place(
        room, seed, rows, lambda: sky, quality, on_step=on_step, processes=processes
    )


def render_place(
    what: LandSpec | RoomSpec,
    seed: int,
    rows: int,
    make_sky: Callable[[], Environment],
    quality: Quality | None = None,
    *,
    on_step: OnStep = silent,
    processes: int = 2,
) -> View:
    """Trace a land or a room; its sky, as many rows high, is made while workers build the place.

    The other arguments are as of :func:`render_map`.
    """
    inside = isinstance(what, RoomSpec)
    usual = (_ROOM_DRAFT if rows <= _DRAFT_ROWS else _ROOM) if inside else Quality()
    said = {"room" if inside else "land": what.model_dump(mode="json"), "seed": seed}
    said |= {"quality": asdict(quality or usual), "height": rows, "asked_by": os.getpid()}
    with TemporaryDirectory(prefix="gen3d-place-") as name:
        folder = Path(name)
        (folder / _JOB).write_text(json.dumps(said), encoding="utf-8")
        with working("scenes.render.jobs", folder, processes - 1) as workers:
            sky = make_sky()
            _store(folder / _SKY, skylight(sky))
            return composed(_traced(_Job(folder), workers, on_step), sky)


def _traced(job: _Job, workers: Workers, on_step: OnStep) -> Iterator[Band]:
    """All passes one after the other: the bands of the last."""
    total, done = sum(one.count for one in job.passes), 0
    for one in job.passes[:-1]:
        parts = list(_told(_parts(job, one, workers), done, total, on_step))
        done += one.count
        if one.close is not None:
            _store(_file(job.folder, one.name), one.close(parts))
    yield from _told(_parts(job, job.passes[-1], workers), done, total, on_step)


def _told(parts: Iterator[Part], done: int, total: int, on_step: OnStep) -> Iterator[Part]:
    for number, part in enumerate(parts, start=done + 1):
        on_step(number, total)
        yield part


def _parts(job: _Job, one: Pass, workers: Workers) -> Iterator[Any]:
    """The parts of a pass in order, as they get ready; those that nobody took are made here."""
    mine, untaken = dict[int, Any](), 0
    for number in range(one.count):
        path = _file(job.folder, f"{one.name}-{number}")
        while number not in mine and not path.exists():
            if untaken < one.count:
                if claim(job.folder, f"{one.name}-{untaken}"):
                    mine[untaken] = one.make(untaken)
                untaken += 1
            elif anyone(workers):
                time.sleep(_POLL_SECONDS)
            else:
                mine[number] = one.make(number)
        if number in mine:
            yield mine.pop(number)
            continue
        part = _load(path, one.kind)
        path.unlink()
        yield part


def work(folder: Path) -> None:
    """Trace unclaimed parts until none is left or the process that asked has gone."""
    job = _Job(folder)
    _ = job.place
    for one in job.passes:
        while not (folder / one.after).exists():
            if os.getppid() != job.asked_by:
                return
            time.sleep(_POLL_SECONDS)
        for number in range(one.count):
            if os.getppid() != job.asked_by:
                return
            if claim(folder, f"{one.name}-{number}"):
                _store(_file(folder, f"{one.name}-{number}"), one.make(number))


if __name__ == "__main__":
    work(Path(sys.argv[1]))
