# SPDX-License-Identifier: Apache-2.0
"""Seconds and peak memory of ``gen3d create``, stage by stage.

    python tests/benchmarks/create_timing.py --repeat 3

Runs the command in fresh processes and folders, prints the median of each stage's seconds and the
highest memory, and fails above the limits that the project promises: 45 s and 4 GB on two cores
after the first run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_S, LIMIT_MB = 45.0, 4096.0


def main() -> int:
    options = _options()
    walls: list[float] = []
    stages: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="gen3d-time-") as place:
        for number in range(options.repeat):
            folder = Path(place) / str(number)
            start = time.monotonic()
            command = [sys.executable, "-m", "gen3d", "create", options.prompt, "--quiet"]
            subprocess.run([*command, "--out", str(folder), *options.rest], check=True)
            walls.append(time.monotonic() - start)
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            for name, figures in manifest["stages"].items():
                stages.setdefault(name, []).append(figures)
    peak = 0.0
    for name, figures in stages.items():
        seconds = statistics.median(figure["seconds"] for figure in figures)
        cpu = statistics.median(figure["cpu_seconds"] for figure in figures)
        memory = max(figure["peak_mb"] for figure in figures)
        peak = max(peak, memory)
        print(f"{name:<8} {seconds:7.2f} s {cpu:7.2f} cpu-s {memory:8.0f} MB")
    wall = statistics.median(walls)
    print(f"{'command':<8} {wall:7.2f} s {peak:22.0f} MB")
    print(f"limits   {LIMIT_S:7.2f} s {LIMIT_MB:22.0f} MB")
    return 0 if wall <= LIMIT_S and peak <= LIMIT_MB else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompt", default="a tall skinny ninja running at sunset")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("rest", nargs="*", help="after --: options for create")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
