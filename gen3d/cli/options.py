# SPDX-License-Identifier: Apache-2.0
"""Command lines read into dataclasses; the attribute docstrings are the help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import tyro

from gen3d.errors import Gen3dError

OptionsT = TypeVar("OptionsT")
Flag = Annotated[bool, tyro.conf.arg(help_behavior_hint="")]
"""An option without a value: given or not."""


def named(metavar: str) -> Any:  # noqa: ANN401  # an annotation that only tyro reads
    """How an option's value is called in the help; its docstring says what the default is."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint="")


def parse(options: type[OptionsT], verb: str, arguments: Sequence[str]) -> OptionsT:
    """Read a verb's arguments; wrong ones end the process with exit code 2 and the reason.

    Args:
        options: A dataclass.
        verb: Without the program's name, for example ``create``.
        arguments: What follows the verb.
    """
    config = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes)
    return tyro.cli(options, prog=f"gen3d {verb}", args=list(arguments), config=config)


def ground_points(text: str, option: str) -> list[list[float]]:
    """Points on the ground as they are said: ``0,0 0,2 1.5,3``.

    Raises:
        Gen3dError: They are not.
    """
    try:
        points = [[float(number) for number in point.split(",")] for point in text.split()]
    except ValueError:
        points = []
    if len(points) < 2 or any(len(point) != 2 for point in points):
        raise Gen3dError(
            f"{option} {text[:40]!r} is not a list of points.",
            f'Give at least two, x,z in metres: {option} "0,0 0,2 1.5,3".',
        )
    return points
