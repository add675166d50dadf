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

from gen3d.body import Body
from gen3d.spec import BodySpec
from motion.corpus import load_set
from motion.evaluate import QUICK, Extent, evaluate
from motion.evaluator import load_evaluator
from motion.sample import load_motion_model
from motion.scoreboard import missed, table


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--evaluator", type=Path, required=True)
    parser.add_argument("--set", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    report = evaluate(
        load_motion_model(options.model),
        load_evaluator(options.evaluator),
        Body.load().with_shape(BodySpec()).skeleton,
        training=load_set(options.set) if options.set else None,
        wordings=UNLISTED,
        extent=QUICK if options.quick else Extent(),
        on_step=lambda done, total: print(f"{done} of {total} parts", file=sys.stderr, flush=True),
    )
    print(table(report))
    if options.json:
        options.json.write_text(json.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
    short = missed(report)
    print(f"\n{'All goals are reached.' if not short else 'MISSED: ' + ', '.join(short)}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
