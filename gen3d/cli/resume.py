# SPDX-License-Identifier: Apache-2.0
"""``gen3d resume``: finish a run that was interrupted, or make again what an edit changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gen3d.cli.making import carry_out, reporting
from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError


@dataclass(frozen=True)
class ResumeOptions:
    """Go on with a run: what is done and unchanged is kept, the rest is made."""

    run: Annotated[Path, tyro.conf.Positional, named("DIR")]
    """Run folder."""
    quiet: Flag = False
    """Print nothing but errors."""
    json: Flag = False
    """Print the events of the run, one JSON object a line."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(ResumeOptions, "resume", arguments)
    from gen3d.config import load_config
    from gen3d.runs import CONFIG

    with reporting(quiet=options.quiet, json=options.json) as listeners:
        if not (options.run / CONFIG).is_file():
            raise Gen3dError(
                f"{options.run} is not a run: it has no {CONFIG}.",
                "Start one with `gen3d create`.",
            )
        return carry_out(load_config(options.run / CONFIG), options.run, listeners)
