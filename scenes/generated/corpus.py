# SPDX-License-Identifier: Apache-2.0
"""Pictures of places to learn from: skies, lands and rooms of the vocabulary, drawn by the project.

Each part of the set has some lights, and under each the bare sky, lands and a room: a sky costs
about as much as a land, so it is made once. Pictures are eight-bit sRGB panoramas as ``sky.jpg``
would show them; what they show is beside them, so that captions can be written anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.scenery import CloudSpec, MoonSpec, SkySpec
from gen3d.training.recipes import PictureRecipe, draw_all
from gen3d.training.shards import opened, save_shard, shard_path, shards_in
from gen3d.types import Environment
from gen3d.words import land as lands
from gen3d.words import room as rooms
from gen3d.words.vocabulary import table
from scenes.generate import generate
from scenes.generated.captions import Place, random_land, random_light, random_room, sentence
from scenes.lighting import adapted, picture_exposure, room_exposure
from scenes.render.jobs import render_map, render_room
from scenes.render.view import Quality
from scenes.tonemap import to_bytes
from scenes.world.terrain import Map

WIDTH_PX = 256
RECIPE = PictureRecipe(shards=12, seed=61, per_shard=4)
"""``per_shard`` counts lights."""
LANDS = 3
_SEASON_FROM_DEG = 15.0
"""Sun heights above this differ with the season."""
_QUALITY = Quality(paths=8, coarse_rows=32)
"""Small pictures hide what little noise this leaves."""


@dataclass(frozen=True)
class Pictures:
    """A set."""

    pixels: UInt8[np.ndarray, "count height width 3"]
    places: tuple[Place, ...]


def draw_places(folder: Path, jobs: int, on_step: OnStep = silent) -> None:
    """Draw the parts of the set that are not there, in several processes."""
    draw_all(RECIPE, _draw_shard, folder, jobs, on_step)


def _draw_shard(folder: Path, number: int, recipe: PictureRecipe) -> None:
    draw_shard(folder, number, recipe.seed, recipe.per_shard)


def draw_shard(folder: Path, number: int, seed: int, count: int) -> None:
    """Draw one part of a set: ``count`` lights and what lies under them."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [one for i in range(count) for one in _draw(seed, number * count + i)]
    pixels, places = zip(*drawn, strict=True)
    arrays = {"pixels": np.stack(pixels)}
    save_shard(shard_path(folder, number), arrays, [asdict(place) for place in places])


def load_places(folder: Path) -> Pictures:
    """Every picture of a set.

    Raises:
        Gen3dError: There is none, or a part is damaged.
    """
    pixels, places = list[np.ndarray](), list[Place]()
    for path in shards_in(folder, "gen3d train places"):
        with opened(path) as (said, array):
            pixels.append(array("pixels"))
            places += [Place(**one) for one in said]
    if any(part.shape[1:] != (WIDTH_PX // 2, WIDTH_PX, 3) for part in pixels):
        raise Gen3dError(
            f"The panoramas in {folder} are of another size than {WIDTH_PX} pixels.",
            "Delete the folder; gen3d train places draws it again.",
        )
    return Pictures(np.concatenate(pixels), tuple(places))


def _draw(seed: int, index: int) -> Iterator[tuple[np.ndarray, Place]]:
    """A light and all that is drawn under it."""
    rng = np.random.default_rng([seed, index])
    light = random_light(rng)
    of = int(rng.integers(2**31))
    sky = sky_of(light, rng)
    around = generate(sky, of)
    yield _picture(around, inside=False), light
    for _ in range(LANDS):
        place = random_land(light, rng)
        found = lands.read(sentence(place)).land
        if found is not None:
            view = render_map(Map(found, of), around, _QUALITY, threads=1)
            yield _picture(view.environment, inside=False), place
    place = random_room(light, rng)
    inside = rooms.read(sentence(place), sky, of, of_place=True).room
    if inside is not None:
        view = render_room(inside, of, around, _QUALITY, threads=1)
        yield _picture(view.environment, inside=True), place


def sky_of(light: Place, rng: np.random.Generator) -> SkySpec:
    """What the vocabulary says of a time and a weather, the sun on any side."""
    scenes = table("scenes")
    time = scenes["times"][light.time]
    weather = scenes["weather"].get(light.weather or "clear")
    elevation, azimuth = rng.uniform(*time["elevation"]), rng.uniform(0.0, 360.0)
    if light.season and elevation > _SEASON_FROM_DEG:
        elevation = max(elevation + scenes["seasons"][light.season]["shift"], 12.0)
    moon = MoonSpec(
        elevation_deg=float(rng.uniform(20.0, 60.0)),
        azimuth_deg=float(azimuth) - 180.0,
        phase=float(rng.uniform(0.2, 0.8)),
    )
    return SkySpec(
        sun_elevation_deg=float(elevation),
        sun_azimuth_deg=float(azimuth),
        moon=moon if time.get("night") else None,
        clouds=tuple(CloudSpec(**layer) for layer in weather.get("clouds", ())),
        turbidity=float(weather["turbidity"]),
        width_px=WIDTH_PX,
    )


def _picture(light: Environment, *, inside: bool) -> UInt8[np.ndarray, "height width 3"]:
    """As ``sky.jpg`` shows it."""
    exposure = (room_exposure if inside else picture_exposure)(light.radiance_without_sun)
    return to_bytes(adapted(light.radiance) if inside else light.radiance, exposure)
