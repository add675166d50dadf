# SPDX-License-Identifier: Apache-2.0
"""Open every GLB of a suite of runs in its consumers, and print what they say as a table.

    python -m tests.benchmarks.export_suite RUN_DIR_OR_GLB ... [--json FILE]

A run folder stands for its ``character.glb`` (and for those of the runs inside it). For each file:
the Khronos validator (0 errors, 0 warnings), real Blender (all 55 bones by name, each clip an
action, 52 face shapes, height as the file says within 2 mm when the figure wears nothing that adds
to it, soles within 5 mm of the ground, no loose vertex), and ``gen3d check``. Exit code 1 when a
file misses one of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gen3d.check import check_glb
from gen3d.check.khronos import validate
from gen3d.check.names import ARKIT
from gen3d.export.document import mapping_of
from gen3d.export.gltf_read import read_glb
from gen3d.skeleton import NAMINGS
from tests.consumers.locate import in_blender, validator

HEIGHT_MM = 2.0
SOLES_MM = 5.0
BATCH = 8
"""Files opened by one Blender process."""


@dataclass(frozen=True)
class Line:
    """What the consumers say about one file."""

    name: str
    mib: float
    errors: int
    warnings: int
    bones: int
    bones_named: bool
    actions: int
    clips: int
    shapes: int
    height_mm: float
    """Height of the figure in Blender minus the height that the file tells."""
    soles_mm: float
    loose: int
    check_failed: int
    check_warned: int

    @property
    def faults(self) -> list[str]:
        """What is not as it must be."""
        tests = {
            "validator": self.errors or self.warnings,
            "bones": not self.bones_named,
            "actions": self.actions != self.clips,
            "shapes": self.shapes != len(ARKIT),
            "height": abs(self.height_mm) > HEIGHT_MM,
            "soles": self.soles_mm > SOLES_MM,
            "loose": self.loose,
            "check": self.check_failed,
        }
        return [name for name, wrong in tests.items() if wrong]


def files_of(names: list[Path]) -> list[Path]:
    """GLB files that the arguments stand for."""
    found: list[Path] = []
    for name in names:
        found += sorted(name.rglob("character.glb")) if name.is_dir() else [name]
    return found


def line_of(path: Path, seen: dict[str, Any]) -> Line:
    """Ask the validator and our own check, and put Blender's answer beside theirs."""
    verdict = validate(path, validator())
    report = check_glb(path)
    document = read_glb(path)
    scene = (document.gltf.scenes or (None,))[0]
    facts = mapping_of(scene.extras if scene else None)
    # Without the block of a run (a file written by itself) the bare height is all that is told.
    told = mapping_of(document.gltf.asset.extras).get("height_m", facts.get("height", 0))
    names = NAMINGS[str(facts.get("naming", "vrm"))].values()
    shapes = {key for keys in seen["shape_keys"].values() for key in keys}
    return Line(
        name=f"{path.parent.name}/{path.name}",
        mib=path.stat().st_size / (1 << 20),
        errors=verdict.errors,
        warnings=verdict.warnings,
        bones=len(seen["bones"]),
        bones_named=set(seen["bones"]) == set(names),
        actions=len(seen["actions"]),
        clips=len(document.animations),
        shapes=len(shapes & set(ARKIT)),
        height_mm=1000 * (seen["high"][1] - seen["low"][1] - float(str(told))),
        soles_mm=1000 * abs(seen["low"][1]),
        loose=sum(seen["unweighted"].values()),
        check_failed=report.count("fail"),
        check_warned=report.count("warn"),
    )


def table(lines: list[Line]) -> str:
    head = (
        f"{'file':40} {'MiB':>6} {'err':>4} {'warn':>4} {'bones':>5} {'clips':>6} {'shapes':>6} "
        f"{'top mm':>7} {'soles':>6} {'loose':>5} {'check':>7}  faults"
    )
    rows = [
        f"{line.name[-40:]:40} {line.mib:6.1f} {line.errors:4} {line.warnings:4} {line.bones:5} "
        f"{line.actions:3}/{line.clips:<2} {line.shapes:6} {line.height_mm:+7.1f} "
        f"{line.soles_mm:6.2f} {line.loose:5} {line.check_failed:3}/{line.check_warned:<3}  "
        f"{', '.join(line.faults) or '-'}"
        for line in lines
    ]
    good = sum(not line.faults for line in lines)
    return "\n".join([head, *rows, f"{good} of {len(lines)} files without a fault"])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="run folders or GLB files")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args(arguments)
    files = files_of(options.runs)
    if not files:
        parser.error("no character.glb there")
    batches = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
    answers = [answer for batch in batches for answer in in_blender(batch)]
    lines = [line_of(path, seen) for path, seen in zip(files, answers, strict=True)]
    print(table(lines))
    if options.json:
        figures = [asdict(line) | {"faults": line.faults} for line in lines]
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(any(line.faults for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
