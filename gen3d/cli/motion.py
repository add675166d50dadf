# SPDX-License-Identifier: Apache-2.0
"""``gen3d motion``: the motion alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import Flag, parse


@dataclass(frozen=True)
class MotionOptions(MakingOptions):
    """Make motion.bvh and motion.npz, on the bare body that the text describes."""

    in_place: Flag = False
    """Keep the figure on the spot instead of travelling."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(MotionOptions, "motion", arguments)
    return start("motion", options, in_place=options.in_place or None)
