# SPDX-License-Identifier: Apache-2.0
"""Exports of runs to every target: budgets met by each level, and how alike the levels look.

    python tests/benchmarks/export_targets.py RUN [RUN …] [--targets unity,vrchat]

For each run and target: triangles, MiB and tiers of each level, and the least overlap of its
silhouette with that of the original from eight sides, at rest and in a clip; at the end the least
of all. Goals: LOD1–3 at least 0.97, 0.94 and 0.9, Roblox's body 0.9,
and every tier that the target requires. Targets
that ask for the same levels share them. Nothing is written.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gen3d.check import check_budget
from gen3d.check.target import tiers_met
from gen3d.delivery.fit import Fitted, fitted
from gen3d.delivery.levels import triangle_count
from gen3d.delivery.likeness import Outlines, outlines, overlap
from gen3d.delivery.weight import write_within
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.targets import Level, Target, load_targets
from gen3d.types import Character

GOALS = (0.97, 0.97, 0.94, 0.9)
"""Of the nearest level (like LOD1) and of LOD1–3."""
CLOSED_GOAL = 0.9
"""Of Roblox's bodies, which lose fingers, shrugs and whatever is thinner than a voxel."""


@dataclass(frozen=True)
class Seen:
    """A level of detail, and how alike it looks."""

    fitted: Fitted
    likeness: float


def levels_seen(character: Character, target: Target, whole: Outlines) -> tuple[Seen, ...]:
    """Every level that the target asks for."""
    return tuple(Seen(item, overlap(whole, item.character)) for item in fitted(character, target))


def measure(levels: Sequence[Seen], target: Target, extras: object) -> bool:
    """Print one export's figures; whether every goal is met."""
    needed = {tier.name for tier in target.tiers if tier.required}
    good = True
    for item, likeness in ((one.fitted, one.likeness) for one in levels):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "level.glb"
            facts = extras if isinstance(extras, dict) else {}
            write_within(item, path, target, facts)
            met = tiers_met(check_budget(path, target).rows, target)
            mib = path.stat().st_size / (1 << 20)
        goal = CLOSED_GOAL if target.remade else GOALS[item.number]
        fine = likeness >= goal and needed <= set(met)
        good &= fine
        print(
            f"  {target.name:7} LOD{item.number} {triangle_count(item.character):>7,} triangles "
            f"{mib:6.2f} MiB  IoU {likeness:.3f} (goal {goal})  {', '.join(met)}"
            f"{'' if fine else '  NOT MET'}",
            flush=True,
        )
    return good


def main() -> int:
    """Measure every run for every target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--targets", default="")
    options = parser.parse_args()
    wanted = [name for name in options.targets.split(",") if name]
    targets = [t for t in load_targets().values() if not wanted or t.name in wanted]
    good = total = 0
    least: dict[tuple[str, int], float] = {}
    for run in options.runs:
        document = read_glb(run / "character.glb" if run.is_dir() else run)
        character = to_character(document)
        print(f"{run}: {triangle_count(character):,} triangles", flush=True)
        whole = outlines(character)
        made: dict[tuple[Level, ...], tuple[Seen, ...]] = {}
        for target in targets:
            if target.levels not in made:
                made[target.levels] = levels_seen(character, target, whole)
            total += 1
            good += measure(made[target.levels], target, document.gltf.asset.extras)
            for one in made[target.levels]:
                key = (target.name, one.fitted.number)
                least[key] = min(one.likeness, least.get(key, 1.0))
    for target in targets:
        alike = ", ".join(f"{least[target.name, n]:.3f}" for n in range(len(target.levels)))
        print(f"least overlap for {target.name}: {alike}")
    print(f"{good} of {total} exports meet budgets and likeness")
    return 0 if good == total else 1


if __name__ == "__main__":
    raise SystemExit(main())
