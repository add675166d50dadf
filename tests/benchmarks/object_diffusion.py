# SPDX-License-Identifier: Apache-2.0
"""What the project's diffusion model draws: the forty trial captions, judged and looked at.

Each caption is sampled with classifier-free guidance (DDIM of ``diffusers``) in trained wording and
in held-out wording as the reader has it, and the judge finds its caption among the forty::

    python tests/benchmarks/object_diffusion.py [--model object-diffusion] [--sheet FILE.png]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from PIL import Image
from torch import Tensor

from gen3d.foundry.trials import trials
from gen3d.guidance.diffusion import UNetDenoiser, load_diffusion
from gen3d.guidance.towers import load_tower
from gen3d.guidance.wording import canonicalise

VIEWS = ("", ", front view", ", side view", ", back view")
STEPS = 30


def main() -> None:
    """Print the table and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="object-diffusion")
    parser.add_argument("--scales", nargs="+", type=float, default=[1.0, 3.0, 6.0])
    parser.add_argument("--sheet", type=Path)
    asked = parser.parse_args()
    model, judge = load_diffusion(asked.model), load_tower("object-judge")
    texts = judge.read([trial.trained for trial in trials()])
    wordings = {
        "trained": [trial.trained for trial in trials()],
        "held-out, read": [canonicalise(trial.held_out).text for trial in trials()],
    }
    print("goal for guidance: the judge finds more than chance (0.025) in what the model draws")
    for scale in asked.scales:
        for wording, said in wordings.items():
            pictures = drawn(model, said, scale)
            scores = judge.see(pictures) @ texts.T
            hit = (scores.argmax(dim=1) == torch.arange(len(texts))).float().mean()
            print(f"scale {scale:<5} {wording:<16} R@1 {float(hit):.3f}", flush=True)
    if asked.sheet:
        _sheet(model, wordings["trained"], asked.scales[-1], asked.sheet)


@torch.no_grad()
def drawn(model: UNetDenoiser, said: list[str], scale: float) -> Tensor:
    """One picture of each text, "texts 3 height width" in [0, 1]."""
    scheduler = DDIMScheduler(
        trained_betas=_betas(model), prediction_type="epsilon", clip_sample=False
    )
    scheduler.set_timesteps(STEPS)
    side = int(model.unet.config.sample_size)
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(len(said), model.unet.config.in_channels, side, side, generator=chance)
    words, nothing = model.embed(said), model.embed([""] * len(said))
    for step in scheduler.timesteps:
        times = step.expand(len(said))
        told, untold = model.epsilon(x, times, words), model.epsilon(x, times, nothing)
        x = scheduler.step(untold + scale * (told - untold), step, x).prev_sample
    return model.decode(x).clamp(0.0, 1.0)


def _betas(model: UNetDenoiser) -> np.ndarray:
    kept = model.levels.alphas_cumprod.double().numpy()
    return 1.0 - kept / np.concatenate([[1.0], kept[:-1]])


def _sheet(model: UNetDenoiser, said: list[str], scale: float, path: Path) -> None:
    """Twelve captions, four views of each as the words ask for them."""
    rows = said[:12]
    seen = [drawn(model, [text + view for text in rows], scale) for view in VIEWS]
    tiles = torch.cat([torch.cat(list(column), dim=1) for column in seen], dim=2)
    pixels = (255.0 * tiles.permute(1, 2, 0)).round().byte().numpy()
    Image.fromarray(pixels).save(path)


if __name__ == "__main__":
    main()
