# SPDX-License-Identifier: Apache-2.0
"""Everything that is measured of a trained motion model, beside what it has to reach.

``python tests/benchmarks/motion_model.py --model DIR --evaluator DIR [--set DIR] [--quick]`` prints
the tables of :mod:`motion.scoreboard`: the published measures, seeds and copies, the wordings of
``motion_words.py``, control, feet on the default body, speed. ``--set`` is the folder of the
training's motions, without which copies are not looked for. ``--json FILE`` keeps the figures. The
whole takes about an hour on two cores, ``--quick`` some minutes; the exit status says whether all
goals are reached.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from motion_words import UNLISTED

from motion.recipes import measure_folders
from motion.scoreboard import missed, table, verdict


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--evaluator", type=Path, required=True)
    parser.add_argument("--set", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    report = measure_folders(
        options.model,
        options.evaluator,
        options.set,
        quick=options.quick,
        wordings=UNLISTED,
        on_step=lambda done, total: print(f"{done} of {total} parts", file=sys.stderr, flush=True),
    )
    print(table(report))
    if options.json:
        options.json.write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
    print(f"\n{verdict(report)}")
    return 1 if missed(report) else 0


if __name__ == "__main__":
    sys.exit(main())
