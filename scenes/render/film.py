# SPDX-License-Identifier: Apache-2.0
"""Frames of a camera that moves through a place.

As a panorama is made (:mod:`scenes.render.view`), but for each frame: light of the sky and of other
surfaces on a coarser picture, cleaned along surfaces; then the frame itself. Noise that is left in
the coarser pictures would crawl: each takes the light of its neighbours in time as well, where they
see the same surface. Frames are files until the film is written, so a film that was stopped goes
on where it was. Nothing in the place moves, water neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from jaxtyping import Float16, Float32, UInt8
from scipy.ndimage import gaussian_filter1d

from gen3d.progress import OnStep
from gen3d.render.lighting import lookup
from gen3d.spec import LandSpec, RoomSpec
from gen3d.types import Environment
from scenes.lighting import adaptation, stops_indoors, stops_outdoors
from scenes.render.camera import Camera
from scenes.render.gather import Known, along_surfaces
from scenes.render.indoors import LOST, Shine, calmed, radiance_indoors
from scenes.render.outlook import with_outlook
from scenes.render.passes import SKY, Pass, crew, file_of, load, made, store
from scenes.render.site import Site
from scenes.render.trace import Colours, Hit, Rays, picked, radiance
from scenes.render.view import Quality, Shader, ambient, drawn, middles, skylight
from scenes.spectrum import luminance
from scenes.tonemap import to_bytes

_QUALITY = Quality(paths=12, contrast=0.16, points_a_box=6.0)
_COARSE, _REACH = 4, 3
"""How many times smaller the coarser picture is; frames before and after that lend it light."""
_OWN_SHARE = 0.5
"""How far a frame's exposure follows its own light rather than the mean of all."""
_BACKDROP = "backdrop.npz"
_DARKEST = 2.0**-24


@dataclass(frozen=True)
class Backdrop:
    """The sky behind the place, sun and all."""

    radiance: Float32[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Glimpse:
    """The light in a frame's coarser picture."""

    light: Float32[np.ndarray, "height width 3"]
    points: Float32[np.ndarray, "height width 3"]
    normals: Float32[np.ndarray, "height width 3"]
    depth: Float32[np.ndarray, "height width"]


@dataclass(frozen=True)
class Mean:
    """Colour of the light in all glimpses together, lux."""

    light: Float32[np.ndarray, "3"]


@dataclass(frozen=True)
class Frame:
    """A picture, as stops over 1 cd/m^2."""

    stops: Float16[np.ndarray, "height width 3"]

    @property
    def radiance(self) -> Float32[np.ndarray, "height width 3"]:
        """The picture, cd/m^2."""
        return np.exp2(self.stops.astype(np.float32))


class _Job:
    """What is to be filmed."""

    keep = True

    def __init__(self, site: Site, cameras: list[Camera]) -> None:
        self.site, self.folder, self.cameras = site, site.folder, cameras
        self._near = lru_cache(2 * _REACH + 2)(self._glimpse_on_file)

    @property
    def passes(self) -> tuple[Pass, ...]:
        """What is to be done, in order."""
        count, ready = len(self.cameras), self.site.settle
        glimpses = Pass("glimpse", count, self._glimpse, Glimpse, ready, close=_mean)
        frames = Pass("frame", count, self._frame, Frame, ready)
        first = (self.site.exchange,) if self.site.inside else ()
        return (*first, glimpses, frames)

    def _glimpse(self, number: int) -> Glimpse:
        stage, camera = self.site.stage, self.cameras[number].smaller(_COARSE)
        stage.reseed(4, number)
        shape = (camera.height_px, camera.width_px)
        start, ways = camera.aim(*middles(camera.width_px, (0, camera.height_px)))
        hit = stage.hit(start, ways)
        seen = np.flatnonzero(hit.seen)
        near = picked(hit, seen)
        if self.site.inside:
            halves = self.site.chamber.received(near, _QUALITY.paths)
        else:
            halves = tuple(ambient(stage, near, _QUALITY.paths // 2) for _ in range(2))
        planes = np.zeros((2, len(hit.depth), 3), np.float32)
        planes[:, seen] = halves
        depth = np.where(hit.seen, hit.depth, 0.0).astype(np.float32).reshape(shape)
        normals = (hit.normal.T * hit.seen[:, None]).astype(np.float32).reshape(*shape, 3)
        points = np.where(hit.seen[:, None], hit.point.T, 0.0).astype(np.float32)
        points = points.reshape(*shape, 3)
        raw = Shine(planes[0].reshape(*shape, 3), planes[1].reshape(*shape, 3), depth, normals)
        return Glimpse(calmed([raw], points, wrap=False).light, points, normals, depth)

    def _glimpse_on_file(self, number: int) -> Glimpse:
        return load(file_of(self.folder, f"glimpse-{number}"), Glimpse)

    def _steady(self, number: int) -> Glimpse:
        """A glimpse with the light of those before and after it."""
        own = self._near(number)
        shape = own.depth.shape
        point, normal = own.points.reshape(-1, 3).T, own.normals.reshape(-1, 3).T
        depth = np.maximum(own.depth.ravel(), 1e-3)
        total, weights = np.zeros((len(depth), 3), np.float32), np.zeros(len(depth), np.float32)
        first, last = max(number - _REACH, 0), min(number + _REACH, len(self.cameras) - 1)
        for other in range(first, last + 1):
            camera, there = self.cameras[other].smaller(_COARSE), self._near(other)
            column, row, here = camera.seen(point)
            known = Known(there.light, there.points, there.normals)
            light, weight = along_surfaces(known, (column, row), point, normal, depth)
            weight = weight * here
            total += light * here[:, None]
            weights += weight
        mixed = total / np.maximum(weights, 1e-6)[:, None]
        mixed = np.where(weights[:, None] > LOST, mixed, own.light.reshape(-1, 3))
        return Glimpse(mixed.reshape(*shape, 3), own.points, own.normals, own.depth)

    def _frame(self, number: int) -> Frame:
        stage, camera = self.site.stage, self.cameras[number]
        stage.reseed(5, number)
        light_on = partial(self._light_on, camera, self._steady(number))
        shade: Shader = partial(radiance, stage, light_on)
        if self.site.inside:
            shade = partial(radiance_indoors, self.site.chamber, light_on)
        size = (camera.width_px, (0, camera.height_px))
        seen = drawn(stage, shade, camera.aim, size, _QUALITY.contrast)
        _, ways = camera.aim(*middles(*size))
        behind = lookup(load(self.folder / _BACKDROP, Backdrop).radiance, ways).T
        picture = seen.light + seen.sky[..., None] * behind.reshape(seen.light.shape)
        return Frame(np.log2(np.maximum(picture, _DARKEST)).astype(np.float16))

    def _light_on(self, camera: Camera, steady: Glimpse, hit: Hit, way: Rays) -> Colours:
        """Light between the pixels of the coarser picture, from those on the same surface."""
        del way
        column, row, _ = camera.seen(hit.point)
        place = (column / camera.width_px, row / camera.height_px)
        height, width = steady.depth.shape
        at = (place[0] * width, place[1] * height)
        known = Known(steady.light, steady.points, steady.normals)
        total, weights = along_surfaces(known, at, hit.point, hit.normal, hit.depth)
        total /= np.maximum(weights, 1e-6)[:, None]
        lost = np.flatnonzero(weights < LOST)
        if len(lost):
            total[lost] = self._instead(steady, picked(hit, lost), (at[0][lost], at[1][lost]))
        return total

    def _instead(self, steady: Glimpse, hit: Hit, at: tuple[np.ndarray, np.ndarray]) -> Colours:
        """Light of points that the coarser picture missed: of their box, or of what is near."""
        height, width = steady.depth.shape
        row = np.clip(at[1].astype(np.int64), 0, height - 1)
        column = np.clip(at[0].astype(np.int64), 0, width - 1)
        usual = steady.light[steady.depth > 0].mean(axis=0) if steady.depth.any() else 0.0
        around = np.where(steady.depth[row, column][:, None] > 0, steady.light[row, column], usual)
        if not self.site.inside:
            return around
        boxed = self.site.chamber.box(hit.point, hit.normal) >= 0
        return np.where(boxed[:, None], self.site.chamber.light_at(hit), around)


def _mean(parts: list[Glimpse]) -> Mean:
    lights = [part.light[part.depth > 0] for part in parts]
    return Mean(np.concatenate(lights).mean(axis=0) if any(map(len, lights)) else np.ones(3, "f4"))


@dataclass(frozen=True)
class Film:
    """All frames of a flight, on file."""

    files: tuple[Path, ...]
    light: Float32[np.ndarray, "3"]
    """In the place, lux."""
    inside: bool

    def frames(self) -> Iterator[Frame]:
        """One after the other, as often as they are asked for."""
        return (load(file, Frame) for file in self.files)


def graded(film: Film) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    """The frames as pictures: one exposure for all, which gives way to each a little."""
    gain = (adaptation(film.light.astype(np.float64)) if film.inside else np.ones(3)).astype("f4")
    # Windows in a picture of a room say little of what is in it.
    level = np.median if film.inside else np.mean
    grey = (np.maximum(luminance(frame.radiance), 1e-5) for frame in film.frames())
    means = np.array([float(level(np.log2(picture))) for picture in grey])
    usual = float(means.mean())
    own = usual + _OWN_SHARE * (gaussian_filter1d(means, 6.0, mode="nearest") - usual)
    stops = stops_indoors if film.inside else stops_outdoors
    for mean, frame in zip(own, film.frames(), strict=True):
        yield to_bytes(frame.radiance * gain, stops(float(mean)))


def render_film(
    what: LandSpec | RoomSpec,
    seed: int,
    cameras: list[Camera],
    make_sky: Callable[[], Environment],
    folder: Path,
    on_step: OnStep,
    threads: int | None = None,
) -> Film:
    """Trace all frames of a flight; what the folder holds of them already is kept.

    Args:
        what: The land or room.
        seed: Of it.
        cameras: One a frame.
        make_sky: Called unless the folder holds the sky.
        folder: Of this film alone.
        on_step: Told after each part; raising in it cancels.
        threads: How many trace at once, one a core when None; the bytes are the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob("*.part"):
        leftover.unlink()
    site = Site(folder, what, seed, _QUALITY.points_a_box)
    with crew(threads) as pool:
        if not (folder / SKY).exists():
            sky = with_outlook(site, make_sky, pool, whole=True)
            store(folder / _BACKDROP, Backdrop(sky.radiance))
            store(folder / SKY, skylight(sky))
        for _ in made(_Job(site, cameras), pool, on_step):
            pass
    files = tuple(file_of(folder, f"frame-{number}") for number in range(len(cameras)))
    light = load(file_of(folder, "glimpse"), Mean).light
    return Film(files, light, isinstance(what, RoomSpec))
