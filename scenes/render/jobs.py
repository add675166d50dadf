# SPDX-License-Identifier: Apache-2.0
"""A panorama of a place traced by several threads (:mod:`scenes.render.passes`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from gen3d.progress import OnStep, silent
from gen3d.spec import LandSpec, RoomSpec
from gen3d.types import Environment
from scenes.render.indoors import Shine, shine, smoothed
from scenes.render.indoors import shader as shader_indoors
from scenes.render.outlook import DRAFT_ROWS, with_outlook
from scenes.render.passes import SKY, Pass, crew, file_of, load, made, store
from scenes.render.site import Site
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
from scenes.world.terrain import Map

_LAND, _LAND_DRAFT = Quality(), Quality(paths=8)
_ROOM, _ROOM_DRAFT = (
    Quality(paths=40, coarse_rows=448),
    Quality(paths=14, coarse_rows=448, points_a_box=2.5),
)


class _Job:
    """What is to be traced."""

    keep = False

    def __init__(self, site: Site, height: int, quality: Quality) -> None:
        self.site, self.folder, self.height, self.quality = site, site.folder, height, quality
        self.low = quality.coarse_height(height)

    @property
    def passes(self) -> tuple[Pass, ...]:
        """What is to be done, in order."""
        rows, ready = (len(bands_of(self.low)), len(bands_of(self.height))), self.site.settle
        last = Pass("band", rows[1], self._band, Band, partial(getattr, self, "_shader"))
        if not self.site.inside:
            return (Pass("coarse", rows[0], self._gathered, Gathered, ready, close=_lit), last)
        coarse = Pass("coarse", rows[0], self._shine, Shine, ready, close=smoothed)
        return (self.site.exchange, coarse, last)

    @cached_property
    def _shader(self) -> Shader:
        path = file_of(self.folder, "coarse")
        if not self.site.inside:
            return shader(self.site.stage, load(path, _Lit).light)
        return shader_indoors(self.site.chamber, load(path, Shine))

    def _gathered(self, number: int) -> Gathered:
        return gather(self.site.stage, self.low, bands_of(self.low)[number], self.quality.paths)

    def _shine(self, number: int) -> Shine:
        return shine(self.site.chamber, self.low, bands_of(self.low)[number], self.quality.paths)

    def _band(self, number: int) -> Band:
        rows = bands_of(self.height)[number]
        return band(self.site.stage, self._shader, self.height, rows, self.quality.contrast)


@dataclass(frozen=True)
class _Lit:
    """The coarser panorama of a landscape."""

    light: np.ndarray


def _lit(parts: list[Gathered]) -> _Lit:
    return _Lit(light_of(parts))


def render_map(
    where: Map,
    sky: Environment,
    quality: Quality | None = None,
    on_step: OnStep = silent,
    threads: int | None = None,
) -> View:
    """Trace a landscape under a sky; the panorama is as large as the sky's.

    Args:
        where: The land and its seed.
        sky: Light from far away, with its sun.
        quality: How much work.
        on_step: Told after each part; raising in it cancels.
        threads: How many trace at once, one a core when None; the bytes are the same.
    """
    rows = sky.radiance.shape[0]
    return render_place(
        where.land, where.seed, rows, lambda: sky, quality, on_step=on_step, threads=threads
    )


def render_room(
    room: RoomSpec,
    seed: int,
    sky: Environment,
    quality: Quality | None = None,
    on_step: OnStep = silent,
    threads: int | None = None,
) -> View:
    """Trace a room whose windows show a sky; arguments as of :func:`render_map`."""
    rows = sky.radiance.shape[0]
    return render_place(room, seed, rows, lambda: sky, quality, on_step=on_step, threads=threads)


def render_place(
    what: LandSpec | RoomSpec,
    seed: int,
    rows: int,
    make_sky: Callable[[], Environment],
    quality: Quality | None = None,
    *,
    on_step: OnStep = silent,
    threads: int | None = None,
) -> View:
    """Trace a land or a room; its sky, as many rows high, is made while the place is built.

    The other arguments are as of :func:`render_map`.
    """
    inside = isinstance(what, RoomSpec)
    full, draft = (_ROOM, _ROOM_DRAFT) if inside else (_LAND, _LAND_DRAFT)
    quality = quality or (draft if rows <= DRAFT_ROWS else full)
    with TemporaryDirectory(prefix="gen3d-place-") as name, crew(threads) as pool:
        site = Site(Path(name), what, seed, quality.points_a_box)
        sky = with_outlook(site, make_sky, pool)
        store(site.folder / SKY, skylight(sky))
        return composed(made(_Job(site, rows, quality), pool, on_step), sky)
