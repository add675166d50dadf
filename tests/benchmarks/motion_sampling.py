# SPDX-License-Identifier: Apache-2.0
"""How long six seconds of motion take to sample, by sampler and by control.

``python tests/benchmarks/motion_sampling.py [FOLDER] [--threads N]`` takes the denoiser of a folder
or, without one, the default network with random weights (the time is the same). 120 frames at 20
fps, one motion, guided words (two branches in a batch). The 1000 ancestral steps are timed over
:data:`MEASURED` of them and scaled. Wall time is what counts on a free machine; the processor's own
time is printed beside it because it stays comparable on a busy one (with one thread).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from motion.condition import Condition
from motion.control import intervals, parts
from motion.coupling import coupled
from motion.denoiser import Denoiser, DenoiserConfig, load_denoiser
from motion.diffusion import ddim, ddpm, dpm_solver_pp, draw, generators
from motion.guidance import conditioned, rows, together
from motion.noise import Denoise, grid
from motion.stitch import stitched

FRAMES = 120
TOKENS = 32
SCALE = 2.5
STEPS = 20
MEASURED = 40
"""Ancestral steps that are timed."""


def clock(work: Callable[[], object], times: int = 3) -> tuple[float, float]:
    """Best wall time and best processor time, seconds."""
    work()
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def words(config: DenoiserConfig, seed: int) -> Condition:
    """States of a sentence of twelve tokens."""
    states = torch.randn(
        1, TOKENS, config.text_width, generator=torch.Generator().manual_seed(seed)
    )
    return Condition(states, torch.arange(TOKENS)[None] < 12)


def row(name: str, spent: tuple[float, float], calls: int, base: float) -> None:
    """One line: seconds, calls of the network, milliseconds a call, and how many times faster."""
    wall, cpu = spent
    print(
        f"{name:44} {wall:8.2f} {cpu:8.2f} {calls:6d} {1000 * wall / calls:9.1f} {base / cpu:8.1f}"
    )


def figures(model: Denoiser) -> None:
    """Time the samplers, then the controls."""
    config = model.config
    schedule = config.noise_schedule()
    noise = draw(generators([0]), FRAMES, config.features)
    prompt = conditioned(model, words(config, 1), SCALE)
    times = grid(schedule, min(1000, len(schedule)))
    part = ddpm_part(prompt, model, noise, times)
    scale = len(times) / MEASURED
    ancestral = (part[0] * scale, part[1] * scale)
    base = ancestral[1]
    row(f"ancestral, {len(times)} steps (scaled from {MEASURED})", ancestral, len(times), base)
    for steps in (50, STEPS):
        spent = clock(lambda n=steps: ddim(prompt, schedule, noise, n))
        row(f"DDIM, {steps} steps", spent, steps, base)
    for steps in (STEPS, 10):
        spent = clock(lambda n=steps: dpm_solver_pp(prompt, schedule, noise, n))
        row(f"DPM-Solver++ 2M, {steps} steps", spent, steps, base)
    for name, denoise, frames, count in controls(model):
        long = draw(generators([0] * count), frames, config.features)
        spent = clock(lambda d=denoise, x=long: dpm_solver_pp(d, schedule, x, STEPS), 2)
        row(f"  {name}", spent, STEPS, base)


def ddpm_part(
    prompt: Denoise, model: Denoiser, noise: Tensor, times: list[float]
) -> tuple[float, float]:
    """The first ancestral steps of the whole."""
    schedule, chance = model.config.noise_schedule(), generators([0])
    return clock(lambda: ddpm(prompt, schedule, noise, times[:MEASURED], chance), 2)


def controls(model: Denoiser) -> list[tuple[str, Denoise, int, int]]:
    """Denoisers under control, with the frames and the rows they make."""
    config, schedule = model.config, model.config.noise_schedule()
    a, b = words(config, 1), words(config, 2)
    half = torch.zeros(2, config.features)
    half[0, : config.features // 2] = 1.0
    half[1, config.features // 2 :] = 1.0
    single = [conditioned(model, c, SCALE) for c in (a, b)]
    wide = replace(a, words=a.words.expand(4, -1, -1), words_seen=a.words_seen.expand(4, -1))
    spans = [(0, 60), (60, 120)]
    return [
        ("two parts", parts(together(model, [a, b], SCALE), half, schedule), FRAMES, 1),
        ("two parts, coupled", coupled(rows(model, [a, b], SCALE), half), FRAMES, 2),
        ("two times, 20 frames faded", intervals(single, spans, schedule, overlap=20), FRAMES, 1),
        ("four windows, 18 s", stitched(conditioned(model, wide, SCALE), FRAMES, 40), 360, 1),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--attention", choices=("full", "efficient"), default="full")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    if options.folder is not None:
        model = load_denoiser(options.folder)
    else:
        model = Denoiser(DenoiserConfig(features=150, attention=options.attention)).eval()
        model.requires_grad_(requires_grad=False)
    count = sum(p.numel() for p in model.parameters())
    print(f"{count / 1e6:.2f} M parameters, {model.config.attention}, {options.threads} threads")
    print(f"{'':44} {'wall s':>8} {'cpu s':>8} {'calls':>6} {'ms/call':>9} {'× cpu':>8}")
    figures(model)


if __name__ == "__main__":
    main()
