# SPDX-License-Identifier: Apache-2.0
"""Do words move bodies the right way? Order the pairs of ``configs/prompts/pairs.yml``.

Measures either the numbers of the specification or the mesh that the body model makes of them::

    python tests/benchmarks/words_pairs.py [--mesh] [--seed N]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from gen3d.prompt import describe
from gen3d.spec import BodySpec

PAIRS = Path(__file__).parents[2] / "configs/prompts/pairs.yml"

Measure = Callable[[BodySpec], float]


def _detail(name: str) -> Measure:
    return lambda body: body.details.get(name, 0.0)


SPEC_MEASURES: Mapping[str, Measure] = {
    "height": lambda body: body.height,
    "heaviness": lambda body: body.weight,
    "age": lambda body: body.age_years,
    "muscle": lambda body: body.muscle,
    "shoulders": _detail("measure-shoulder-dist-incr"),
    "hips": _detail("measure-hips-circ-incr"),
    "legs": _detail("upperlegs-height-incr"),
}
"""What each measure is in the specification's own numbers."""


def load_pairs() -> list[dict[str, Any]]:
    """The pairs as written."""
    return yaml.safe_load(PAIRS.read_text("utf-8"))


def ordered(
    pair: Mapping[str, Any], measures: Mapping[str, Measure], seed: int
) -> tuple[float, float]:
    """The measure of "more" and of "less"."""
    measure = measures[pair["measure"]]
    more, less = (describe(pair[side], seed).character.body for side in ("more", "less"))
    return measure(more), measure(less)


def right(pairs: list[dict[str, Any]], measures: Mapping[str, Measure], seed: int) -> list[bool]:
    """Whether each pair comes out in the right order, by a margin that is no rounding."""
    results = [ordered(pair, measures, seed) for pair in pairs]
    return [more > less + 1e-6 for more, less in results]


def mesh_measures() -> Mapping[str, Measure]:
    """The same measures taken on the body's mesh in metres, square metres and litres."""
    from words_mesh import measures

    return measures()


def main() -> None:
    """Print every pair and the share that is right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mesh", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    measures = mesh_measures() if arguments.mesh else SPEC_MEASURES
    pairs = load_pairs()
    values = [ordered(pair, measures, arguments.seed) for pair in pairs]
    for pair, (more, less) in zip(pairs, values, strict=True):
        mark = "ok   " if more > less + 1e-6 else "WRONG"
        words = f"{pair['more']} / {pair['less']}"
        print(f"{mark} {pair['measure']:10s} {more:8.3f} > {less:8.3f}  {words}")
    share = np.mean([more > less + 1e-6 for more, less in values])
    print(f"{share * len(pairs):.0f} of {len(pairs)} pairs right ({share:.1%})")


if __name__ == "__main__":
    main()
