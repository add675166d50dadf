# SPDX-License-Identifier: Apache-2.0
"""Command lines read into dataclasses; the attribute docstrings are the help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import tyro

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
