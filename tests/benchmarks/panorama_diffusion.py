# SPDX-License-Identifier: Apache-2.0
"""Is the sphere whole? Our sampler against plain sampling of the same model, from the same noise.

Wrap error: mean step across the 0/360 degree edge over the mean step between neighbouring columns,
in code values. Pole error: what ``gen3d check`` measures, on the decoded light (spread of the two
rows at the worse pole over that of ordinary patches). Of the model's own pixels, before anything
is enlarged::

    python -m tests.benchmarks.panorama_diffusion [--model MODEL] [--seeds 2] [--sheet FILE.png]

Fails when our sampler has a seam or a pole that ``gen3d check`` would not pass.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gen3d.guidance.diffusion import UNetDenoiser, load_diffusion
from scenes.generated.sampler import Manner, sample
from scenes.measure import pole_ratio
from scenes.tonemap import decode_srgb

TEXTS = (
    "a lake surrounded by trees at sunset",
    "snowy mountains on a clear day",
    "a desert at noon",
    "a city street at night",
    "a meadow under an overcast sky",
    "a pine forest in the morning",
    "a living room",
    "a warehouse with the lights on",
)
WRAP_GOAL, POLE_GOAL = 1.25, 3.0
OURS = Manner()
MANNERS = {
    "plain": replace(OURS, wrap=False, roll=False, poles=False),
    "turned at each step alone": replace(OURS, wrap=False, poles=False),
    "ring in every convolution alone": replace(OURS, roll=False, poles=False),
    "ring and turns": replace(OURS, poles=False),
    "ours: ring, turns, poles": OURS,
}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="panorama-diffusion")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=OURS.steps)
    parser.add_argument("--sheet", type=Path)
    asked = parser.parse_args()
    model, columns = load_diffusion(asked.model), list[list[Tensor]]()
    print(f"{len(TEXTS)} texts, {asked.seeds} seeds, {asked.steps} steps; mean (worst)")
    print(f"{'sampling':<34} {'wrap error':>16} {'pole error':>16} {'seconds':>8}")
    good = True
    for name, manner in MANNERS.items():
        begun = time.monotonic()
        drawn = _drawn(model, replace(manner, steps=asked.steps), asked.seeds)
        seconds = (time.monotonic() - begun) / len(drawn)
        wrap, pole = (np.array([measure(p) for p in drawn]) for measure in (wrap_error, pole_error))
        print(
            f"{name:<34} {wrap.mean():7.2f} ({wrap.max():5.2f}) "
            f"{pole.mean():8.2f} ({pole.max():5.2f}) {seconds:8.1f}",
            flush=True,
        )
        good = bool(wrap.mean() <= WRAP_GOAL and pole.max() <= POLE_GOAL)
        columns.append(drawn[: len(TEXTS)])
    if asked.sheet:
        _sheet([columns[0], columns[-1]], asked.sheet)
    print(f"goals of ours: wrap {WRAP_GOAL} on average, every pole {POLE_GOAL}")
    return 0 if good else 1


def _drawn(model: UNetDenoiser, manner: Manner, seeds: int) -> list[Tensor]:
    return [sample(model, text, seed, manner) for seed in range(seeds) for text in TEXTS]


def wrap_error(picture: Tensor) -> float:
    """Step across the edge over the steps between neighbours."""
    edge = (picture[..., 0] - picture[..., -1]).abs().mean()
    return float(edge / picture.diff(dim=-1).abs().mean())


def pole_error(picture: Tensor) -> float:
    """Spread at the worse pole over that of ordinary patches, in light."""
    light = decode_srgb(np.moveaxis(picture.numpy(), 0, -1))
    return pole_ratio(np.ascontiguousarray(light, np.float32) + np.float32(1e-3))


def _sheet(columns: list[list[Tensor]], path: Path) -> None:
    """Plain and ours beside each other, each turned by half so that its edge is in the middle."""
    tiles = [torch.cat([p.roll(p.shape[-1] // 2, -1) for p in column], dim=1) for column in columns]
    pixels = (255.0 * torch.cat(tiles, dim=2).permute(1, 2, 0)).round().byte().numpy()
    Image.fromarray(pixels).save(path)


if __name__ == "__main__":
    raise SystemExit(main())
