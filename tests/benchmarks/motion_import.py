# SPDX-License-Identifier: Apache-2.0
"""Every take that can be found, imported: how long it takes and whether it stands on the ground.

``python tests/benchmarks/motion_import.py [FILE_OR_FOLDER ...]`` prints a table of the takes of the
installed packages, or of the named files. *lowest* is the height of the lowest joint in the 5th and
50th percentile of the frames, as the file has it; *feet* the median height of heels and balls in
contact after the take was put on an adult, and their skate; *travel* the way of the pelvis over the
ground.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from gen3d.body import Body
from gen3d.errors import Gen3dError
from gen3d.spec import BodySpec
from gen3d.types import Skeleton
from motion import measures
from motion.contact import sole_points, world_of
from motion.finish import finish
from motion.importers import KINDS, performed, read_any
from motion.importers.positions import Joints
from motion.shelf_sources import in_packages


def chosen() -> list[tuple[str, Path]]:
    """Names and paths of the takes to read."""
    named = [Path(word) for word in sys.argv[1:]]
    if not named:
        found, missing = in_packages()
        for row in missing:
            print(f"missing: {row.what} ({row.get})")
        return [(candidate.id, candidate.path) for candidate in found]
    files = [p for n in named for p in (sorted(n.rglob("*")) if n.is_dir() else [n])]
    return [(path.name, path) for path in files if path.suffix.lower() in KINDS]


def line(name: str, path: Path, skeleton: Skeleton) -> tuple[str, float]:
    """One row of the table, and the seconds of the take."""
    start = time.perf_counter()
    read = read_any(path)
    read_s = time.perf_counter() - start
    start = time.perf_counter()
    performance = performed(read)
    performed_s = time.perf_counter() - start
    places = read.places if isinstance(read, Joints) else read.world()[1]
    low, middle = np.percentile(places[..., 1].min(axis=1), [5, 50])
    done = finish(performance, skeleton, loop=False)
    points = sole_points(*world_of(done.clip, skeleton), skeleton)
    feet = np.abs(points[..., 1][done.contacts])
    height = f"{100 * np.median(feet):5.1f}" if len(feet) else "    –"
    skate = measures.skate(points, done.contacts, done.clip.fps)
    way = np.linalg.norm(np.diff(performance.pelvis[:, [0, 2]], axis=0), axis=-1).sum()
    row = (
        f"{name[-46:]:46} {places.shape[1]:6d} {read.fps:5.0f} {read.seconds:6.1f} {read_s:6.2f}"
        f" {performed_s:6.2f} {100 * low:6.1f} {100 * middle:6.1f} {height} {skate:6.2f} {way:7.1f}"
    )
    return row, read.seconds


def main() -> None:
    """Print the table."""
    skeleton = Body.load().with_shape(BodySpec(height=1.75)).skeleton
    print(
        f"{'take':46} {'joints':>6} {'fps':>5} {'s':>6} {'read s':>6} {'pose s':>6} {'low 5%':>6}"
        f" {'50% cm':>6} {'feet':>5} {'cm/s':>6} {'way m':>7}"
    )
    total = 0.0
    for name, path in chosen():
        try:
            row, seconds = line(name, path, skeleton)
        except Gen3dError as error:
            print(f"{name[-46:]:46} refused: {error.message}")
            continue
        total += seconds
        print(row, flush=True)
    print(f"{total:.1f} s of motion in all")


if __name__ == "__main__":
    main()
