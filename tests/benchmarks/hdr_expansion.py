# SPDX-License-Identifier: Apache-2.0
"""Does our inverse tone mapping beat the classic operators? On held-out renders and on real HDRIs::

    npm install --prefix .tools @pmndrs/assets
    python -m tests.benchmarks.hdr_expansion [--model DIR] [--renders 24] \
        [--hdris .tools/node_modules/@pmndrs/assets/hdri]

Every panorama is photographed by three imagined cameras (a plain one at the exposure of a pleasant
picture, two at random), in eight bits; each operator gives the light back and is compared with the
truth (:mod:`scenes.expansion.metrics`). Means over all pictures, the sun's error over those in
which there is one. The HDRIs are CC0, were never trained on, and are only measured with. Exit code
1 where ours is not the best of a column.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from gen3d.progress import silent
from scenes.expansion.camera import Camera, photograph, random_camera
from scenes.expansion.classic import OPERATORS
from scenes.expansion.corpus import RECIPE, draw_shard, load_panoramas
from scenes.expansion.expand import expand, load_expander
from scenes.expansion.metrics import Nearness, compare
from scenes.expansion.network import CLIPPED, Expander
from scenes.files import read_image
from scenes.lighting import picture_exposure
from scenes.measure import source
from scenes.sampling import reduced
from scenes.sun import paint_disc

SEED, WIDEST_PX = 43, 1024
OURS = "ours"
COLUMNS = ("log-RMSE", "PU21 dB", "light, stops", "sun, stops")
BETTER_HIGH = (False, True, False, False)
Picture = tuple[np.ndarray, np.ndarray | None]
"""Light and the direction of its sun."""


def renders(count: int) -> Iterator[Picture]:
    """Panoramas of the training's kind, drawn from a seed that it does not have."""
    with TemporaryDirectory() as name:
        for number in range(-(-count // RECIPE.per_shard)):
            draw_shard(Path(name), number, SEED, RECIPE.per_shard)
        drawn = load_panoramas(Path(name))
    for light, direction, lux in list(
        zip(drawn.light, drawn.sun_direction, drawn.sun_lux, strict=True)
    )[:count]:
        pixels = np.exp(light)
        if lux.any():
            paint_disc(pixels, direction, lux)
        yield pixels, direction.astype(np.float64) if lux.any() else None


def hdris(folder: Path) -> Iterator[Picture]:
    """The HDRIs of a folder: EXR and HDR files, or modules that hold one in base64."""
    for path in sorted(folder.iterdir()):
        if path.suffix in {".exr", ".hdr"}:
            yield _real(read_image(path))
        elif path.name.endswith(".exr.js"):
            found = re.search(r"base64,([A-Za-z0-9+/=]+)", path.read_text(encoding="utf-8"))
            if found is None:
                continue
            with TemporaryDirectory() as name:
                file = Path(name) / path.stem
                file.write_bytes(base64.b64decode(found[1]))
                yield _real(read_image(file))


def _real(pixels: np.ndarray) -> Picture:
    pixels = np.maximum(np.nan_to_num(pixels, posinf=65504.0), 0.0)
    if pixels.shape[1] > WIDEST_PX:
        pixels = reduced(pixels, pixels.shape[1] // WIDEST_PX)
    sun = source(pixels)
    return pixels, sun.direction if sun.is_sun else None


def measure(pictures: Iterator[Picture], model: Expander) -> dict[str, np.ndarray]:
    """Means of the four errors for each operator."""
    rows: dict[str, list[Nearness]] = {name: [] for name in (*OPERATORS, OURS)}
    for number, (light, sun) in enumerate(pictures):
        rng = np.random.default_rng([SEED, number])
        usual = 2.0 ** picture_exposure(light)
        cameras = [Camera(usual), *(random_camera(usual, rng) for _ in range(2))]
        for camera in cameras:
            picture = photograph(light, camera)
            true = light * np.float32(camera.exposure)
            clipped = picture.max(axis=-1) >= 255.0 * CLIPPED
            made = {name: operator(picture) for name, operator in OPERATORS.items()}
            found = expand(picture, model=model, on_step=silent)
            made[OURS] = found.environment.radiance / np.float32(found.unit_cd_m2)
            for name, pixels in made.items():
                rows[name].append(compare(pixels, true, clipped, sun))
    return {name: _means(each) for name, each in rows.items()}


def _means(rows: list[Nearness]) -> np.ndarray:
    table = np.array([astuple(replace(r, sun=np.nan if r.sun is None else r.sun)) for r in rows])
    return np.nanmean(table, axis=0)


def table(name: str, found: dict[str, np.ndarray]) -> tuple[str, bool]:
    """The rows, and whether ours is the best everywhere."""
    lines = [f"{name:14}" + "".join(f"{column:>14}" for column in COLUMNS)]
    lines += [f"{who:14}" + "".join(f"{x:14.3f}" for x in row) for who, row in found.items()]
    others = np.stack([row for who, row in found.items() if who != OURS])
    best = [
        bool(mine > column.max() if high else mine < column.min())
        for mine, column, high in zip(found[OURS], others.T, BETTER_HIGH, strict=True)
    ]
    lines.append(f"{'ours is best':14}" + "".join(f"{'yes' if b else 'NO':>14}" for b in best))
    return "\n".join(lines), all(best)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, help="a folder that gen3d train hdr wrote")
    parser.add_argument("--renders", type=int, default=24)
    parser.add_argument("--hdris", type=Path)
    asked = parser.parse_args()
    model = load_expander(asked.model)
    sets = {"renders": renders(asked.renders)} if asked.renders else {}
    sets |= {"HDRIs": hdris(asked.hdris)} if asked.hdris else {}
    good = True
    for name, pictures in sets.items():
        text, best = table(name, measure(pictures, model))
        print(text, flush=True)
        good &= best
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
