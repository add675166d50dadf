# SPDX-License-Identifier: Apache-2.0
"""Panoramas to learn from, drawn by the project itself: skies, lands, rooms lit by plain shapes.

Skies of any hour, haze and cloud, lands of the vocabulary under such skies, and spaces with soft
walls and glowing rectangles, for the light of studios and windows. They are small (256 pixels
wide): the network's wide look is smaller still, and its pixels do not know of each other. Stored is
the light without the sun's disc, as logarithms in 16 bits, and the disc's strength beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.scenery import CloudSpec, MoonSpec, SkySpec
from gen3d.training.recipes import PictureRecipe, draw_all
from gen3d.training.shards import opened, save_shard, shard_path, shards_in
from gen3d.types import Environment
from gen3d.words.land import preset
from gen3d.words.vocabulary import table
from scenes.deliver import calm_sky
from scenes.generate import generate
from scenes.lighting import black_body
from scenes.render.jobs import render_map
from scenes.world.terrain import Map

WIDTH_PX = 256
RECIPE = PictureRecipe(shards=26, seed=41, per_shard=12)
DARKEST_CD_M2 = 1e-5
_SHARES = (0.45, 0.75)
"""Up to the first skies, up to the second lands, the rest spaces."""
_SHEETS = ("cumulus", "stratocumulus", "stratus", "altocumulus", "cirrus")
_HEAPS = frozenset({"cumulus", "stratocumulus"})


@dataclass(frozen=True)
class Panoramas:
    """A set."""

    light: Float32[np.ndarray, "count height width 3"]
    """Natural logarithm of cd/m^2, without the sun's disc."""
    sun_direction: Float32[np.ndarray, "count 3"]
    sun_lux: Float32[np.ndarray, "count 3"]
    """On a surface that faces it; 0: there is none."""


def draw_panoramas(folder: Path, jobs: int, on_step: OnStep = silent) -> None:
    """Draw the parts of the set that are not there, in several processes."""
    draw_all(RECIPE, _draw_shard, folder, jobs, on_step)


def _draw_shard(folder: Path, number: int, recipe: PictureRecipe) -> None:
    draw_shard(folder, number, recipe.seed, recipe.per_shard)


def draw_shard(folder: Path, number: int, seed: int, count: int) -> None:
    """Draw one part of a set."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [_draw(seed, number * count + i) for i in range(count)]
    environments, specs = zip(*drawn, strict=True)
    calm = [calm_sky(e) for e in environments]
    arrays = {
        "light": np.log(np.maximum(np.stack(calm), DARKEST_CD_M2)).astype(np.float16),
        "sun_direction": np.stack([e.sun_direction for e in environments]).astype(np.float32),
        "sun_lux": np.stack([e.sun_illuminance for e in environments]).astype(np.float32),
    }
    save_shard(shard_path(folder, number), arrays, list(specs))


def load_panoramas(folder: Path) -> Panoramas:
    """Every panorama of a set.

    Raises:
        Gen3dError: There is none, or a part is damaged.
    """
    parts: list[dict[str, np.ndarray]] = []
    for path in shards_in(folder, "gen3d train panoramas"):
        with opened(path) as (_, array):
            parts.append({n: array(n) for n in ("light", "sun_direction", "sun_lux")})
    if any(part["light"].shape[1:] != (WIDTH_PX // 2, WIDTH_PX, 3) for part in parts):
        raise Gen3dError(
            f"The panoramas in {folder} are of another size than {WIDTH_PX} pixels.",
            "Delete the folder; gen3d train panoramas draws it again.",
        )
    whole = {n: np.concatenate([p[n] for p in parts]) for n in parts[0]}
    return Panoramas(whole["light"].astype(np.float32), whole["sun_direction"], whole["sun_lux"])


def _draw(seed: int, index: int) -> tuple[Environment, dict[str, Any]]:
    rng = np.random.default_rng([seed, index])
    kind, of = float(rng.random()), int(rng.integers(2**31))
    if kind >= _SHARES[1]:
        return random_space(WIDTH_PX // 2, rng), {"kind": "space"}
    sky = random_sky(rng)
    facts: dict[str, Any] = {"kind": "sky", "sky": sky.model_dump(mode="json"), "seed": of}
    if kind < _SHARES[0]:
        return generate(sky, of), facts
    lands = sorted(table("lands")["lands"])
    name = lands[int(rng.integers(len(lands)))]
    view = render_map(Map(preset(name), of), generate(sky, of), threads=1)
    return view.environment, {**facts, "kind": "land", "land": name}


def random_sky(rng: np.random.Generator) -> SkySpec:
    """Mostly day, sometimes twilight or night; every haze; half of them with clouds."""
    day = rng.random() < 0.8
    elevation = rng.uniform(-2.0, 75.0) if day else rng.uniform(-30.0, 0.0)
    clouds = tuple(_cloud(rng) for _ in range(int(rng.choice(3, p=(0.5, 0.38, 0.12)))))
    moon = MoonSpec(
        elevation_deg=float(rng.uniform(5.0, 70.0)),
        azimuth_deg=float(rng.uniform(0.0, 360.0)),
        phase=float(rng.random()),
    )
    earth = rng.uniform(0.05, 0.4) * rng.uniform(0.7, 1.0, 3)
    return SkySpec(
        sun_elevation_deg=float(elevation),
        sun_azimuth_deg=float(rng.uniform(0.0, 360.0)),
        turbidity=float(np.clip(1.7 + rng.gamma(2.0, 1.2), 1.7, 10.0)),
        clouds=clouds,
        moon=moon if rng.random() < 0.5 else None,
        ground_albedo=(float(earth[0]), float(earth[1]), float(earth[2])),
        width_px=WIDTH_PX,
    )


def _cloud(rng: np.random.Generator) -> CloudSpec:
    kind = _SHEETS[int(rng.integers(len(_SHEETS)))]
    low = kind in _HEAPS or kind == "stratus"
    base = rng.uniform(500.0, 1800.0) if low else rng.uniform(3000.0, 9000.0)
    cover = rng.uniform(0.8, 1.0) if kind == "stratus" else rng.uniform(0.1, 0.9)
    return CloudSpec(
        kind=kind,
        cover=float(cover),
        base_m=float(base),
        thickness_m=float(rng.uniform(300.0, 1500.0)),
        density=float(rng.uniform(0.5, 2.0)),
    )


def random_space(height: int, rng: np.random.Generator) -> Environment:
    """Smooth walls with glowing patches: rectangles and discs, from dim panels to bare lamps."""
    directions = panorama.pixel_directions(height)
    wall = _soft(directions, rng)
    level = 10.0 ** rng.uniform(0.0, 2.3)
    radiance = level * wall
    for _ in range(int(rng.integers(1, 8))):
        shape = _patch(directions, rng)
        colour = black_body(np.array([rng.uniform(2500.0, 7500.0)]))[0]
        strength = level * 10.0 ** rng.uniform(0.3, 2.8)
        radiance += strength * shape[..., None] * np.maximum(colour, 0.0)
    return Environment(
        radiance=radiance.astype(np.float32),
        radiance_without_sun=radiance.astype(np.float32),
        sun_direction=np.array([0.0, 1.0, 0.0], np.float32),
        sun_illuminance=np.zeros(3, np.float32),
    )


def _soft(
    directions: Float[np.ndarray, "height width 3"], rng: np.random.Generator
) -> Float[np.ndarray, "height width 3"]:
    """Colours that change slowly, with some edges: floor, walls, furniture in plain blocks."""
    base = rng.uniform(0.15, 0.8, 3) ** 1.5
    shade = 1.0 + 0.5 * directions @ rng.normal(0.0, 0.5, 3)
    colour = np.maximum(shade, 0.05)[..., None] * base
    for _ in range(int(rng.integers(4, 20))):
        inside = _patch(directions, rng) > 0.5
        colour[inside] = rng.uniform(0.02, 0.9, 3) ** 1.5 * rng.uniform(0.3, 1.2)
    texture = rng.normal(0.0, 0.12, directions.shape[:2])
    return colour * np.exp(texture)[..., None]


def _patch(
    directions: Float[np.ndarray, "height width 3"], rng: np.random.Generator
) -> Float[np.ndarray, "height width"]:
    """A rectangle or a disc somewhere on the sphere, 1 inside, with an edge of some width."""
    centre = rng.normal(size=3)
    centre /= np.linalg.norm(centre)
    side = np.cross(centre, rng.normal(size=3))
    side /= np.linalg.norm(side)
    up = np.cross(centre, side)
    ahead = directions @ centre
    x, y = (directions @ axis / np.maximum(ahead, 1e-3) for axis in (side, up))
    wide, high = np.exp(rng.uniform(np.log(0.02), np.log(0.6), 2))
    away = (
        np.maximum(np.abs(x) / wide, np.abs(y) / high)
        if rng.random() < 0.7
        else np.hypot(x, y) / wide
    )
    edge = rng.uniform(0.02, 0.3)
    return np.clip((1.0 + edge - away) / (2.0 * edge), 0.0, 1.0) * (ahead > 0.05)
