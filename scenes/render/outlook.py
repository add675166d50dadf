# SPDX-License-Identifier: Apache-2.0
"""What is outside a room's windows, as part of the sky around it: traced once from the eye.

The land of :mod:`scenes.room.outlook` is traced as any land is, coarsely all round and, where the
eye looks through a window, as finely as the picture; laid over the sky, it is the environment that
the room sees and is lit by. From the eye this is exact. For the light on the room's surfaces, in
mirrors and for a camera that moves, the land is as far away as the sky. The sun in the room is the
share of it that reaches the windows, on average: what stands outside dims it, without an outline.

A job of its own in the folder of a room's: a worker builds the land while the sky is made, and
traces it while the process that asked builds the room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from gen3d import panorama
from gen3d.progress import silent
from gen3d.spec import RoomSpec
from gen3d.types import Environment
from gen3d.workers import Workers
from scenes.atmosphere import SUN_RADIUS
from scenes.lighting import without_sun
from scenes.place import Place, Portal
from scenes.render.gather import spread
from scenes.render.passes import SKY, Pass, load, made, store
from scenes.render.site import described
from scenes.render.trace import Rays, Skylight, Solid, Stage, solid_of
from scenes.render.view import (
    Shader,
    band,
    drawn,
    eye_rays,
    gather,
    in_steps,
    light_of,
    shader,
    skylight,
)
from scenes.room.build import furnished, windows
from scenes.room.outlook import outlook
from scenes.sampling import enlarge
from scenes.spectrum import luminance
from scenes.world.lit import put_out

_OPEN = "open.npz"
DRAFT_ROWS = 512
"""Height up to which the picture of a room is a draft."""
_COARSE_ROWS, _CONTRAST = (128, 256), 0.12
_LIGHT_ROWS, _PATHS = (64, 96), (3, 6)
"""Of drafts and of others."""
_EVENING = 60.0
"""Mean cd/m^2 of the sky under which people put the lights on."""
_MARGIN_PX, _EDGE_POINTS, _BAND_PIXELS = 2.0, 24, 262_144
_GRID, _DISC = 4, 4
"""Points along each side of a window, and of the sun's disc, that ask whether it shines in."""


@dataclass(frozen=True)
class Sight:
    """A land as light over the sky: all round, and the pixels seen through windows."""

    light: Float32[np.ndarray, "rows width 3"]
    sky: Float32[np.ndarray, "rows width"]
    """Share of the sky in each pixel."""
    pixel: Int64[np.ndarray, "pixels"]
    """Of the whole picture, row by row."""
    fine_light: Float32[np.ndarray, "pixels 3"]
    fine_sky: Float32[np.ndarray, "pixels"]
    sun: Float32[np.ndarray, ""]
    """Share of the sun that reaches the windows."""


class Outlook:
    """The job."""

    keep = False

    def __init__(self, folder: Path) -> None:
        said = described(folder)
        self.folder, self.asked_by, self.seed = folder, int(said["asked_by"]), int(said["seed"])
        self.whole = bool(said.get("cameras"))
        """Whether the picture is fine all round: a camera that moves looks out anywhere."""
        self.room = RoomSpec.model_validate(said["room"]) if "room" in said else None

    @property
    def passes(self) -> tuple[Pass, ...]:
        """One, where there is something to see."""
        if self.room is None or self.room.outlook is None or (self.folder / SKY).exists():
            return ()
        return (Pass("outlook", 1, self._look, Sight, after=_OPEN),)

    def prepare(self) -> None:
        """Build the land."""
        if self.passes:
            _ = self._solid

    @cached_property
    def _place(self) -> Place:
        return outlook(self._seen_from, self.seed)

    @cached_property
    def _solid(self) -> Solid:
        return solid_of(self._place)

    @property
    def _seen_from(self) -> RoomSpec:
        if self.room is None:
            raise RuntimeError("only rooms have an outlook")
        return self.room

    def _look(self, number: int) -> Sight:
        """All of it: one part, so that only one process builds the land."""
        del number
        air = load(self.folder / _OPEN, _Open)
        portals = windows(self._seen_from, self.seed)
        place = self._place if _evening(air) else put_out(self._place)
        stage = Stage(place, air, self.seed, self._solid)
        return sight(stage, portals, int(air.height), whole=self.whole)


@dataclass(frozen=True)
class _Open(Skylight):
    """What the land is lit by, and how high the picture is."""

    height: Int64[np.ndarray, ""] = field(default_factory=lambda: np.array(0))


def with_outlook(folder: Path, sky: Environment, workers: Workers) -> Environment:
    """The sky of the job in a folder with the land outside laid over it; of lands, the sky."""
    job = Outlook(folder)
    if job.room is None or not job.passes:
        return sky
    light, height = skylight(sky), np.array(len(sky.radiance))
    store(folder / _OPEN, _Open(**vars(light), height=height))
    # While a worker traces the land, this process can build the room, which it needs next.
    furnished(job.room, job.seed)
    return laid_over(sky, next(iter(made(job, workers, silent))))


def _evening(light: Skylight) -> bool:
    upper = light.dome[: len(light.dome) // 2]
    return float(luminance(upper.mean(axis=(0, 1), dtype=np.float64))) < _EVENING


def sight(stage: Stage, portals: tuple[Portal, ...], height: int, *, whole: bool) -> Sight:
    """Trace a land from the eye in a room.

    Args:
        stage: The land, in the room's axes.
        portals: The room's windows.
        height: Of the whole picture, pixels.
        whole: Fine all round, not only in windows.
    """
    fine = int(height > DRAFT_ROWS)
    low, most = min(_LIGHT_ROWS[fine], height // 2), _COARSE_ROWS[fine]
    shade = shader(stage, light_of([gather(stage, low, (0, low), _PATHS[fine])]))
    # An even fraction of the picture, so that both have their edges at the same angles.
    factor = next(f for f in range(max(height // most, 1), 0, -1) if height % f == 0)
    around = band(stage, shade, height // factor, (0, height // factor), np.inf)
    boxes = [(0, 0, 2 * height, height)] if whole else [_box(p, height) for p in portals]
    stage.reseed(6)
    parts = [part for box in boxes for part in _traced(stage, shade, height, box)]
    pixel, light, share = (np.concatenate(each) for each in zip(*parts, strict=True))
    sun = np.array(_sun_share(stage, portals), np.float32)
    return Sight(around.light, around.sky, pixel, light, share, sun)


def _box(portal: Portal, height: int) -> tuple[int, int, int, int]:
    """Pixels around a window as the eye sees it: first column and row, columns, rows."""
    t = np.linspace(0.0, 1.0, _EDGE_POINTS)
    zero, one = np.zeros_like(t), np.ones_like(t)
    edge = np.concatenate([np.stack(p, 1) for p in ((t, zero), (t, one), (zero, t), (one, t))])
    way = portal.corner + edge @ portal.edges - np.array([0.0, panorama.EYE_HEIGHT, 0.0])
    u, v = panorama.uv_of(way / np.linalg.norm(way, axis=1, keepdims=True))
    # Columns count from the first point on, so that a window may lie across the picture's seam.
    u = u[0] + (u - u[0] + 0.5) % 1.0 - 0.5
    low = np.floor(np.array([u.min() * 2, v.min()]) * height - _MARGIN_PX).astype(int)
    high = np.ceil(np.array([u.max() * 2, v.max()]) * height + _MARGIN_PX).astype(int)
    top, bottom = max(int(low[1]), 0), min(int(high[1]), height)
    return int(low[0]), top, int(high[0] - low[0]), bottom - top


def _traced(
    stage: Stage, shade: Shader, height: int, box: tuple[int, int, int, int]
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Numbers, light and share of sky of the pixels of a box, some rows at a time."""
    left, top, wide, tall = box

    def aim(column: np.ndarray, row: np.ndarray) -> tuple[Rays, Rays]:
        way = panorama.direction_of((left + column) / (2 * height), (top + row) / height)
        return eye_rays(len(column)), np.ascontiguousarray(way.T, np.float32)

    step = max(_BAND_PIXELS // wide, 1)
    for start in range(0, tall, step):
        rows = (start, min(start + step, tall))
        part = drawn(stage, shade, aim, (wide, rows), _CONTRAST)
        column = (left + np.arange(wide)) % (2 * height)
        row = top + np.arange(*rows)
        number = (row[:, None] * (2 * height) + column[None]).astype(np.int64)
        yield number.ravel(), part.light.reshape(-1, 3), part.sky.ravel()


def _sun_share(stage: Stage, portals: tuple[Portal, ...]) -> float:
    """How much of the sun that shines on the windows the land lets through."""
    if not stage.sun_light.any():
        return 1.0
    draws = np.random.default_rng([stage.seed, 79]).random((2, _GRID * _GRID * _DISC))
    grid = (np.stack(np.meshgrid(*(np.arange(_GRID) + 0.5,) * 2), -1) / _GRID).reshape(-1, 2)
    lit = total = 0.0
    for portal in portals:
        across = np.cross(*portal.edges)
        facing = -float(across @ stage.sun)
        if facing <= 0.0:
            continue
        point = np.tile(portal.corner + grid @ portal.edges, (_DISC, 1))
        start = (point - 0.02 * across / np.linalg.norm(across)).T.astype(np.float32)
        free = ~stage.tracer.occluded(start, spread(stage.sun, float(SUN_RADIUS), draws))
        lit, total = lit + facing * float(free.mean()), total + facing
    return lit / total if total else 1.0


def laid_over(sky: Environment, seen: Sight) -> Environment:
    """A sky with a land before it."""
    height, width, _ = sky.radiance.shape
    both = np.concatenate([seen.light, seen.sky[..., None]], axis=-1)
    both = enlarge(both, height // len(both), height, width)
    share = both[..., 3:]
    mixed = in_steps(both[..., :3] + sky.radiance * share)
    out = np.where(share == 1.0, sky.radiance, mixed)
    behind = sky.radiance.reshape(-1, 3)[seen.pixel]
    share = seen.fine_sky[:, None]
    mixed = in_steps(seen.fine_light + behind * share)
    out.reshape(-1, 3)[seen.pixel] = np.where(share == 1.0, behind, mixed)
    return replace(
        sky,
        radiance=out,
        radiance_without_sun=without_sun(out, sky.sun_direction),
        sun_illuminance=(sky.sun_illuminance * seen.sun).astype(np.float32),
        # In the room all points are where the viewer is, as clouds go.
        shadows=None,
    )
