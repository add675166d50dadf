# SPDX-License-Identifier: Apache-2.0
"""The place of a job as it lies in a folder: built and lit when first needed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gen3d.spec import LandSpec, RoomSpec
from scenes.place import Place
from scenes.render.bounce import Boxes, Chamber, Exchange, solved
from scenes.render.passes import SKY, Pass, file_of, load
from scenes.render.trace import Skylight, Solid, Stage, solid_of
from scenes.room.build import furnished
from scenes.world.build import build
from scenes.world.terrain import Map

_FILE, _EXCHANGES = "job.json", 24


def describe(what: LandSpec | RoomSpec, seed: int, folder: Path, **more: object) -> None:
    """Write down what the job is about, for :func:`described`."""
    kind = "room" if isinstance(what, RoomSpec) else "land"
    said = {kind: what.model_dump(mode="json"), "seed": seed, "asked_by": os.getpid(), **more}
    (folder / _FILE).write_text(json.dumps(said), encoding="utf-8")


def described(folder: Path) -> dict[str, Any]:
    """What :func:`describe` wrote."""
    return json.loads((folder / _FILE).read_text(encoding="utf-8"))


def built(what: LandSpec | RoomSpec, seed: int) -> Place:
    """A land or a room as geometry."""
    return furnished(what, seed) if isinstance(what, RoomSpec) else build(Map(what, seed))


def outdoors(what: LandSpec | RoomSpec) -> bool:
    """Whether there is land to be seen, on which clouds cast shadows."""
    return isinstance(what, LandSpec) or what.outlook is not None


@dataclass(frozen=True)
class Site:
    """A land or a room with its light."""

    folder: Path
    what: LandSpec | RoomSpec
    seed: int
    points_a_box: float

    @staticmethod
    def of(folder: Path, points_a_box: float) -> Site:
        """The site that a folder describes."""
        said = described(folder)
        kind = RoomSpec if "room" in said else LandSpec
        what = kind.model_validate(said["room" if "room" in said else "land"])
        return Site(folder, what, int(said["seed"]), points_a_box)

    @property
    def inside(self) -> bool:
        """Whether it is a room."""
        return isinstance(self.what, RoomSpec)

    @cached_property
    def place(self) -> Place:
        """Its geometry."""
        return built(self.what, self.seed)

    @cached_property
    def solid(self) -> Solid:
        """Its triangles: the sky is not needed yet."""
        return solid_of(self.place)

    @cached_property
    def stage(self) -> Stage:
        """The place under its sky; the sky comes first."""
        return Stage(self.place, load(self.folder / SKY, Skylight), self.seed, self.solid)

    @cached_property
    def bare_chamber(self) -> Chamber:
        """A room before the exchange of light."""
        return Chamber(self.stage, self.points_a_box)

    @cached_property
    def chamber(self) -> Chamber:
        """A room with the light of all its surfaces; the exchange comes first."""
        self.bare_chamber.boxes = load(file_of(self.folder, "exchange"), Boxes)
        return self.bare_chamber

    @property
    def exchange(self) -> Pass:
        """The pass that lights a room's surfaces."""
        return Pass("exchange", _EXCHANGES, self._exchanged, Exchange, close=self._solved)

    def _exchanged(self, number: int) -> Exchange:
        return self.bare_chamber.exchange(number, _EXCHANGES)

    def _solved(self, parts: list[Exchange]) -> Boxes:
        return solved(self.bare_chamber, parts)
