# SPDX-License-Identifier: Apache-2.0
"""Seconds and peak memory of ``gen3d scene``, for a sky, several lands and rooms::

    python tests/benchmarks/scene_timing.py --width 4096

Runs the command in fresh processes and folders. Peak memory is that of the run and of what it
starts together, at worst. The limits are those that the project promises: a land at 4096 pixels in
90 s, a room in 120 s, at 1024 in 10 s, a sky in 10 s, 4 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEXTS = {
    "sky": "a clear sky in the afternoon",
    "desert": "sand dunes at noon",
    "lake": "a dock on a lake surrounded by trees",
    "town": "a city street in the morning",
    "forest": "a dense forest in the afternoon",
    "living room": "a living room in the afternoon",
    "library": "a large library at night",
}
LIMIT_MB = 4096.0
_LIMITS_S = {512: 10.0, 1024: 10.0, 2048: 45.0, 4096: 90.0}
_SKY_LIMIT_S = 10.0
_ROOMS, _FULL_PX, _ROOM_LIMIT_S = ("living room", "library"), 4096, 120.0


def main() -> int:
    options = _options()
    good = True
    with tempfile.TemporaryDirectory(prefix="gen3d-time-") as place:
        for name in options.lands or TEXTS:
            folder = Path(place) / name
            command = [sys.executable, "-m", "gen3d", "scene", TEXTS[name], "--quiet"]
            start = time.monotonic()
            with subprocess.Popen(
                [*command, "--out", str(folder), "--width", str(options.width)]
            ) as run:
                peak = _watched(run)
            wall = time.monotonic() - start
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            stages = manifest["stages"]
            busy = sum(figure["cpu_seconds"] for figure in stages.values())
            each = ", ".join(f"{k} {v['seconds']:.1f}" for k, v in stages.items())
            print(f"{name:<8} {wall:6.1f} s ({each}) {busy:6.1f} cpu-s {peak:6.0f} MB", flush=True)
            limit = _SKY_LIMIT_S if name == "sky" else _LIMITS_S.get(options.width, 1e9)
            if name in _ROOMS and options.width == _FULL_PX:
                limit = _ROOM_LIMIT_S
            good = good and wall <= limit and peak <= LIMIT_MB
    return 0 if good else 1


def _watched(run: subprocess.Popen[bytes]) -> float:
    """Highest memory of a process and its children together until it ends, MiB."""
    peak = 0.0
    while run.poll() is None:
        peak = max(peak, sum(_proportional_mb(pid) for pid in _family(run.pid)))
        time.sleep(0.2)
    return peak


def _family(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return [pid]
    return [pid, *(one for child in listed for one in _family(int(child)))]


def _proportional_mb(pid: int) -> float:
    """Resident memory; what processes share counts once between them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024.0 for line in lines if line.startswith("Pss:")), 0.0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--lands", nargs="*", choices=list(TEXTS))
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
