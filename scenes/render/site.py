# SPDX-License-Identifier: Apache-2.0
"""The place of a job as it lies in a folder: built and lit when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gen3d.spec import LandSpec, RoomSpec
from scenes.place import Place
from scenes.render.bounce import Boxes, Chamber, Exchange, solved
from scenes.render.passes import SKY, Pass, file_of, load
from scenes.render.trace import Skylight, Solid, Stage, solid_of
from scenes.room.build import furnished
from scenes.world.build import build
from scenes.world.terrain import Map

_EXCHANGES = 24


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
    """Where its light is, and of rooms the exchange of it."""
    what: LandSpec | RoomSpec
    seed: int
    points_a_box: float

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
        return Pass(
            "exchange", _EXCHANGES, self._exchanged, Exchange, self._spread, close=self._solved
        )

    def _spread(self) -> None:
        _ = self.bare_chamber.own

    def settle(self) -> None:
        """Make what all rays share, before several threads ask for it; the exchange comes first."""
        _ = self.stage
        if self.inside:
            self.chamber.settle()

    def _exchanged(self, number: int) -> Exchange:
        return self.bare_chamber.exchange(number, _EXCHANGES)

    def _solved(self, parts: list[Exchange]) -> Boxes:
        return solved(self.bare_chamber, parts)
