# SPDX-License-Identifier: Apache-2.0
"""Hash grid against nerfstudio's torch encoding: forward and backward of the same work.

Run ``python tests/benchmarks/grid_speed.py`` from the project's root, in an environment that also
has ``nerfstudio==1.1.5``; without it only our figures are printed. 131,072 points, 8 levels × 2
features, 16 to 512 cells a side, tables of 2¹⁹ entries; gradients reach the table. Both run in
turn in one process; the middle of several rounds counts. On a busy machine the processor time (of
all threads) is the fairer of the two ratios.
"""

from __future__ import annotations

import argparse
import statistics
import time
from importlib.util import find_spec
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import Module

from gen3d.fields.grid import HashGrid, Layout

POINTS = 131_072
LAYOUT = Layout(levels=8, base=16, finest=512, log2_size=19)


class Round(NamedTuple):
    """Seconds."""

    forward: float
    backward: float
    processor: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    points = (2.0 * torch.rand(POINTS, 3, generator=generator) - 1.0).to(arguments.device)
    grid = HashGrid(LAYOUT, generator).to(arguments.device)
    contenders: dict[str, tuple[Module, Tensor]] = {"gen3d": (grid, points)}
    if find_spec("nerfstudio") is None:
        print("nerfstudio is not installed here: its side is missing.")
    else:
        contenders["nerfstudio"] = (_peer().to(arguments.device), 0.5 * (points + 1.0))
    print(f"{POINTS} points on {arguments.device}, {torch.get_num_threads()} threads; {LAYOUT}")
    _report(_measured(contenders, arguments.rounds))


def _peer() -> Module:
    from nerfstudio.field_components.encodings import HashEncoding

    return HashEncoding(
        num_levels=LAYOUT.levels,
        min_res=LAYOUT.base,
        max_res=LAYOUT.finest,
        log2_hashmap_size=LAYOUT.log2_size,
        features_per_level=2,
        implementation="torch",
    )


def _measured(contenders: dict[str, tuple[Module, Tensor]], rounds: int) -> dict[str, list[Round]]:
    """Every round after a first one that only warms up."""
    found: dict[str, list[Round]] = {name: [] for name in contenders}
    for _ in range(rounds + 1):
        for name, (encoding, points) in contenders.items():
            encoding.zero_grad(set_to_none=True)
            found[name].append(_timed(encoding, points))
    return {name: times[1:] for name, times in found.items()}


def _timed(encoding: Module, points: Tensor) -> Round:
    busy, start = time.process_time(), _now()
    features = encoding(points)
    middle = _now()
    features.backward(torch.ones_like(features))
    return Round(middle - start, _now() - middle, time.process_time() - busy)


def _now() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def _report(found: dict[str, list[Round]]) -> None:
    middle = {
        name: [statistics.median(values) for values in zip(*rounds, strict=True)]
        for name, rounds in found.items()
    }
    for name, (forward, backward, processor) in middle.items():
        print(
            f"{name:>10}: {1e3 * forward:7.1f} ms forward, {1e3 * backward:7.1f} ms backward, "
            f"{1e3 * processor:7.1f} ms of processor time"
        )
    if "nerfstudio" in middle:
        ours, theirs = middle["gen3d"], middle["nerfstudio"]
        clock = (theirs[0] + theirs[1]) / (ours[0] + ours[1])
        print(f"     ratio: {clock:.1f}× by the clock, {theirs[2] / ours[2]:.1f}× by the processor")


if __name__ == "__main__":
    main()
