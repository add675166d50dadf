# SPDX-License-Identifier: Apache-2.0
"""A landscape's panorama traced by several processes (:mod:`gen3d.workers`).

Threads would not do: the ray tracer's binding holds Python's lock. The job lies in a folder as
JSON and arrays; each worker builds the place for itself (faster than handing it over) and traces
bands. The first pass is smoothed here before the second starts. When workers die, what is left is
traced here.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from gen3d.progress import OnStep, silent
from gen3d.spec import LandSpec
from gen3d.types import Environment
from gen3d.workers import Workers, anyone, claim, leave, working
from scenes.render.trace import Skylight, Stage
from scenes.render.view import (
    Band,
    Gathered,
    Quality,
    View,
    band,
    bands_of,
    composed,
    gather,
    light_of,
    skylight,
)
from scenes.world.build import build
from scenes.world.terrain import Map

_POLL_SECONDS = 0.03
_JOB, _SKY, _COARSE = "job.json", "sky.npz", "coarse.npy"
Part = TypeVar("Part", Band, Gathered)


class _Job:
    """A job as it lies in its folder."""

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / _JOB).read_text(encoding="utf-8"))
        self.folder = folder
        self.where = Map(LandSpec.model_validate(said["land"]), said["seed"])
        self.quality = Quality(**said["quality"])
        self.height: int = said["height"]
        self.low = self.quality.coarse_height(self.height)

    @cached_property
    def stage(self) -> Stage:
        with np.load(self.folder / _SKY) as file:
            sky = Skylight(**{entry.name: file[entry.name] for entry in fields(Skylight)})
        return Stage(build(self.where), sky, self.where.seed)

    @cached_property
    def coarse(self) -> np.ndarray:
        return np.load(self.folder / _COARSE)

    def gathered(self, number: int) -> Gathered:
        return gather(self.stage, self.low, bands_of(self.low)[number], self.quality.paths)

    def band(self, number: int) -> Band:
        rows = bands_of(self.height)[number]
        return band(self.stage, self.coarse, self.height, rows, self.quality)


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
        on_step: Told after each band; raising in it cancels.
        processes: How many trace at once; the bytes are the same.
    """
    quality = quality or Quality()
    height = sky.radiance.shape[0]
    with TemporaryDirectory(prefix="gen3d-land-") as name:
        folder = Path(name)
        _save(folder, where, skylight(sky), quality, height)
        job = _Job(folder)
        first, second = len(bands_of(job.low)), len(bands_of(height))
        total = first + second
        with working("scenes.render.jobs", folder, processes) as workers:
            gathered = list[Gathered]()
            for part in _parts(job, "coarse", first, job.gathered, Gathered, workers):
                gathered.append(part)
                on_step(len(gathered), total)
            leave(folder / _COARSE, lambda file: np.save(file, light_of(gathered)))
            bands = _parts(job, "band", second, job.band, Band, workers)
            return composed(_told(bands, first, total, on_step), sky)


def _told(bands: Iterator[Band], done: int, total: int, on_step: OnStep) -> Iterator[Band]:
    for number, part in enumerate(bands, start=done + 1):
        on_step(number, total)
        yield part


def _save(folder: Path, where: Map, sky: Skylight, quality: Quality, height: int) -> None:
    said = {
        "land": where.land.model_dump(mode="json"),
        "seed": where.seed,
        "quality": asdict(quality),
        "height": height,
    }
    (folder / _JOB).write_text(json.dumps(said), encoding="utf-8")
    arrays = {entry.name: getattr(sky, entry.name) for entry in fields(sky)}
    np.savez(folder / _SKY, allow_pickle=False, **arrays)


def _parts(
    job: _Job,
    name: str,
    count: int,
    make: Callable[[int], Part],
    kind: type[Part],
    workers: Workers,
) -> Iterator[Part]:
    """The parts of a pass in order, as they get ready; made here when nobody else is left."""
    for number in range(count):
        path = job.folder / f"{name}-{number}.npz"
        while not path.exists() and anyone(workers):
            time.sleep(_POLL_SECONDS)
        if not path.exists():
            yield make(number)
            continue
        with np.load(path) as file:
            part = kind(**{entry.name: file[entry.name] for entry in fields(kind)})
        path.unlink()
        yield part


def work(folder: Path) -> None:
    """Trace unclaimed bands until none is left or the process that asked has gone."""
    parent, job = os.getppid(), _Job(folder)
    passes = (
        ("coarse", len(bands_of(job.low)), job.gathered),
        ("band", len(bands_of(job.height)), job.band),
    )
    _ = job.stage
    for name, count, make in passes:
        while name == "band" and not (folder / _COARSE).exists():
            if os.getppid() != parent:
                return
            time.sleep(_POLL_SECONDS)
        for number in range(count):
            if os.getppid() != parent:
                return
            if claim(folder, f"{name}-{number}"):
                part = make(number)
                arrays = {entry.name: getattr(part, entry.name) for entry in fields(part)}
                leave(folder / f"{name}-{number}.npz", lambda file, a=arrays: np.savez(file, **a))


if __name__ == "__main__":
    work(Path(sys.argv[1]))
