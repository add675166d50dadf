# SPDX-License-Identifier: Apache-2.0
"""What is outside a room's windows, as part of the sky around it: traced once from the eye.

The land of :mod:`scenes.room.outlook` is traced as any land is, coarsely all round and, where the
eye looks through a window, as finely as the picture; laid over the sky, it is the environment that
the room sees and is lit by. From the eye this is exact. For the light on the room's surfaces, in
mirrors and for a camera that moves, the land is as far away as the sky. The sun in the room is the
share of it that reaches the windows, on average: what stands outside dims it, without an outline.

A thread builds the land while the sky is made, and the room while the land is traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int64

from gen3d import panorama
from gen3d.spec import RoomSpec
from gen3d.types import Environment
from scenes.atmosphere import SUN_RADIUS
from scenes.lighting import without_sun
from scenes.place import Place, Portal
from scenes.render.gather import spread
from scenes.render.site import Site
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
from scenes.room.build import windows
from scenes.room.outlook import outlook
from scenes.sampling import enlarge
from scenes.spectrum import luminance
from scenes.world.lit import put_out

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


def with_outlook(
    site: Site, make_sky: Callable[[], Environment], pool: Executor, *, whole: bool = False
) -> Environment:
    """The sky of a site with the land outside laid over it; of lands, the sky.

    Args:
        site: The land or room, which is built meanwhile.
        make_sky: Called once.
        pool: Builds.
        whole: Whether the picture is fine all round: a camera that moves looks out anywhere.
    """
    room = site.what if isinstance(site.what, RoomSpec) else None
    land = pool.submit(_land, room, site.seed) if room and room.outlook else None
    building = pool.submit(getattr, site, "solid")
    sky = make_sky()
    if room and land:
        light, (place, solid) = skylight(sky), land.result()
        stage = Stage(place if _evening(light) else put_out(place), light, site.seed, solid)
        seen = sight(stage, windows(room, site.seed), len(sky.radiance), whole=whole)
        sky = laid_over(sky, seen)
    building.result()
    return sky


def _land(room: RoomSpec, seed: int) -> tuple[Place, Solid]:
    place = outlook(room, seed)
    return place, solid_of(place)


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
