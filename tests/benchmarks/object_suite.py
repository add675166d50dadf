# SPDX-License-Identifier: Apache-2.0
"""Hold finished objects against what the project promises of every one, and print a table.

    python -m tests.benchmarks.object_suite RUN_DIR ...

A folder stands for the runs of ``gen3d object`` in it. For each: the file against the field that
was fitted, from cameras that no fit used (PSNR at least 28 dB, IoU of silhouettes at least 0.98);
one watertight piece, or the reason; at most 20,000 triangles; no overlap of UVs; the Khronos
validator (0 errors, 0 warnings); ``gen3d check``; real Blender (one mesh with a material and its
pictures, standing on the ground, as high as the run says within 2 mm). Exit code 1 when one fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d.check import check_glb
from gen3d.check.khronos import validate
from gen3d.object import FILE
from tests.consumers.locate import in_blender, validator

LEAST_PSNR_DB, LEAST_IOU, MOST_TRIANGLES = 28.0, 0.98, 20_000
STANDS_MM = 2.0
BATCH = 8
"""Files opened by one Blender process."""


@dataclass(frozen=True)
class Line:
    """What was found of one object."""

    name: str
    prompt: str
    psnr_db: float
    iou: float
    triangles: int
    one_piece: bool
    reason: str
    """Why the mesh is not one watertight piece; empty where it is or nothing was said."""
    uv_overlap: int
    validator: int
    check_failed: int
    blender: tuple[str, ...]
    """What is wrong with it in Blender."""

    @property
    def faults(self) -> list[str]:
        """What is not as it must be."""
        tests = {
            "psnr": self.psnr_db < LEAST_PSNR_DB,
            "iou": self.iou < LEAST_IOU,
            "triangles": self.triangles > MOST_TRIANGLES,
            "pieces": not self.one_piece and not self.reason,
            "uv": self.uv_overlap,
            "validator": self.validator,
            "check": self.check_failed,
        }
        return [name for name, wrong in tests.items() if wrong] + list(self.blender)


def runs_of(names: list[Path]) -> list[Path]:
    """Finished run folders that the arguments stand for."""
    return [file.parent for name in names for file in sorted(name.rglob(FILE))]


def line_of(run: Path, seen: dict[str, Any]) -> Line:
    """One run's own figures, and what validator, check and Blender say of its file."""
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    facts = manifest["facts"]
    mesh, proof = facts["mesh"], facts["preview"].values()
    verdict = validate(run / FILE, validator())
    return Line(
        name=run.name,
        prompt=str(manifest["prompt"]),
        psnr_db=min(float(entry["psnr_db"]) for entry in proof),
        iou=min(float(entry["iou"]) for entry in proof),
        triangles=int(mesh["triangles"]),
        one_piece=bool(mesh["watertight"]) and mesh["pieces"] == 1,
        reason=str(mesh["why_not_one_piece"]),
        uv_overlap=int(mesh["uv_overlap_texels"]),
        validator=verdict.errors + verdict.warnings,
        check_failed=check_glb(run / FILE).count("fail"),
        blender=tuple(_in_blender(seen, float(facts["export"]["height_m"]))),
    )


def _in_blender(seen: dict[str, Any], height_m: float) -> list[str]:
    """Names of what Blender shows otherwise than the run says."""
    high, low = seen["high"][1], seen["low"][1]
    tests = {
        "meshes": len(seen["vertices"]) != 1,
        "material": not seen["materials"],
        "pictures": not seen["images"],
        "ground": 1000 * abs(low) > STANDS_MM,
        "height": 1000 * abs(high - low - height_m) > STANDS_MM,
    }
    return [f"blender {name}" for name, wrong in tests.items() if wrong]


def table(lines: list[Line]) -> str:
    """The figures, the worst of each column, and how many are sound."""
    rows = [
        f"{line.prompt[:52]:52} {line.psnr_db:6.1f} {line.iou:7.4f} {line.triangles:6} "
        f"{'yes' if line.one_piece else 'no':>5} {line.uv_overlap:4} {line.validator:4} "
        f"{line.check_failed:5}  {', '.join(line.faults) or '-'}"
        for line in lines
    ]
    head = (
        f"{'prompt':52} {'dB':>6} {'IoU':>7} {'faces':>6} {'piece':>5} {'UV':>4} {'khr':>4} check"
    )
    sound = sum(not line.faults for line in lines)
    worst = (
        f"worst: {min(line.psnr_db for line in lines):.1f} dB (limit {LEAST_PSNR_DB:.0f}), "
        f"IoU {min(line.iou for line in lines):.4f} (limit {LEAST_IOU}), "
        f"{max(line.triangles for line in lines)} triangles (limit {MOST_TRIANGLES})"
    )
    return "\n".join([head, *rows, worst, f"{sound} of {len(lines)} objects without a fault"])


def main(arguments: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="run folders of gen3d object")
    runs = runs_of(parser.parse_args(arguments).runs)
    if not runs:
        parser.error(f"no {FILE} there")
    batches = [runs[start : start + BATCH] for start in range(0, len(runs), BATCH)]
    seen = [answer for batch in batches for answer in in_blender([run / FILE for run in batch])]
    lines = [line_of(run, facts) for run, facts in zip(runs, seen, strict=True)]
    print(table(lines))
    return int(any(line.faults for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
