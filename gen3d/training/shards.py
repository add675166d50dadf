# SPDX-License-Identifier: Apache-2.0
"""Sets of training pictures on disk: things drawn from the foundry, photographed shard by shard.

A shard is a safetensors file of pictures and cameras whose header holds the specs, so that captions
can be written anew whenever the vocabulary grows, without drawing again. Shard *n* depends on the
seed and *n* alone: an interrupted set goes on where it stopped, and two processes can share it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from gen3d.atomic import publish
from gen3d.errors import Gen3dError
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.thing import Thing, ThingSpec, build, spec_from_json
from gen3d.progress import OnStep, silent
from gen3d.render.photo import prepare, random_views, take
from gen3d.render.studio import random_light

PER_SHARD = 500
VIEWS = 4
SIZE_PX = 64
LUMPY_SHARE = 0.3
"""Share of things whose surface is disturbed, as a fitted field's is."""


@dataclass(frozen=True)
class Shard:
    """Pictures of some things."""

    specs: tuple[ThingSpec, ...]
    pictures: UInt8[np.ndarray, "things views height width 4"]
    """Straight alpha, sRGB."""
    azimuth_deg: Float32[np.ndarray, "things views"]
    elevation_deg: Float32[np.ndarray, "things views"]


def draw_set(
    folder: Path,
    shards: int,
    seed: int,
    on_step: OnStep = silent,
    *,
    part: tuple[int, int] = (0, 1),
    per_shard: int = PER_SHARD,
) -> None:
    """Draw the shards of a set that are not there yet.

    Args:
        folder: Where the shards lie.
        shards: How many the whole set has.
        seed: Of the whole set.
        on_step: Told after each shard.
        part: ``(i, n)``: this process draws every n-th shard from the i-th on.
        per_shard: Things in each shard.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first, stride = part
    mine = range(first, shards, stride)
    for done, number in enumerate(mine, start=1):
        path = shard_path(folder, number)
        if not path.exists():
            _write(path, _draw(number, seed, per_shard))
        on_step(done, len(mine))


def shard_path(folder: Path, number: int) -> Path:
    """File of one shard."""
    return folder / f"shard-{number:04d}.safetensors"


def read_set(folder: Path) -> Iterator[Shard]:
    """Every shard of a set, in order.

    Raises:
        Gen3dError: There is none, or one is damaged.
    """
    return map(_read, shards_in(folder, "gen3d train pictures"))


def shards_in(folder: Path, command: str) -> list[Path]:
    """Files of the shards of a set, in order.

    Raises:
        Gen3dError: There is none; ``command`` draws some.
    """
    paths = sorted(folder.glob("shard-*.safetensors"))
    if not paths:
        raise Gen3dError(f"There are no training pictures in {folder}.", command)
    return paths


def _draw(number: int, seed: int, count: int) -> Shard:
    start = number * count
    things = [_one(seed, index) for index in range(start, start + count)]
    specs, pictures, azimuth, elevation = zip(*things, strict=True)
    return Shard(specs, np.stack(pictures), np.stack(azimuth), np.stack(elevation))


def _one(seed: int, index: int) -> tuple[ThingSpec, np.ndarray, np.ndarray, np.ndarray]:
    spec, rng = drawn(seed, index)
    thing = build(spec, families()[spec.family])
    if rng.random() < LUMPY_SHARE:
        thing = lumpy(thing, rng)
    views = random_views(VIEWS, SIZE_PX, rng)
    light = random_light(VIEWS, torch.Generator().manual_seed(int(rng.integers(2**62))))
    pictures = take(prepare(thing), views, light)
    return spec, pictures, views.azimuth_deg.numpy(), views.elevation_deg.numpy()


def lumpy(thing: Thing, rng: np.random.Generator) -> Thing:
    """A thing whose surface waves a little: the wobble of extracted fields."""
    wave = rng.standard_normal((12, 3)) * rng.uniform(4.0, 14.0)
    phase = rng.uniform(0.0, 2.0 * np.pi, 12)
    shift = rng.standard_normal((12, 3)) * (rng.uniform(0.004, 0.016) / np.sqrt(6.0))
    return replace(thing, verts=thing.verts + np.cos(thing.verts @ wave.T + phase) @ shift)


def _write(path: Path, shard: Shard) -> None:
    arrays = {
        "pictures": shard.pictures,
        "azimuth_deg": shard.azimuth_deg,
        "elevation_deg": shard.elevation_deg,
    }
    save_shard(path, arrays, [asdict(spec) for spec in shard.specs])


def save_shard(path: Path, arrays: dict[str, np.ndarray], specs: list[dict[str, Any]]) -> None:
    """Write a shard, whole or not at all, with what its pictures show as plain JSON values."""
    # One entry: safetensors writes several in an order that differs from run to run.
    header = {"specs": json.dumps(specs)}
    temporary = path.with_suffix(".tmp")
    save_file(arrays, temporary, header)
    publish(temporary, path)


@contextmanager
def opened(path: Path) -> Generator[tuple[list[dict[str, Any]], Callable[[str], np.ndarray]]]:
    """What the pictures of a shard show, and how to get an array by name.

    Raises:
        Gen3dError: The file is damaged.
    """
    try:
        with safe_open(path, "numpy") as file:
            yield json.loads(file.metadata()["specs"]), file.get_tensor
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise Gen3dError(
            f"The training pictures {path} are damaged: {error}.",
            "Delete the file; gen3d train draws it again.",
        ) from None


def _read(path: Path) -> Shard:
    with opened(path) as (content, array):
        specs = tuple(map(spec_from_json, content))
        names = ("pictures", "azimuth_deg", "elevation_deg")
        pictures, azimuth, elevation = (array(name) for name in names)
    return Shard(specs, pictures, azimuth, elevation)
