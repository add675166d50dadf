# SPDX-License-Identifier: Apache-2.0
"""``gen3d check``: the technical artist's audit of a GLB file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gen3d.cli.options import Flag, named, parse
from gen3d.targets import TargetName


@dataclass(frozen=True)
class CheckOptions:
    """Audit a GLB file; the exit code is 1 when something fails."""

    file: Annotated[Path, tyro.conf.Positional, named("FILE.glb")]
    """What to audit."""
    target: Annotated[TargetName | None, named("{unity,unreal,godot,vrchat,roblox,web}")] = None
    """Hold it to the budgets and bone names of one engine or platform."""
    json: Flag = False
    """Print the report as JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(CheckOptions, "check", arguments)
    from gen3d.check import check_glb, format_table
    from gen3d.targets import find_target

    engine = find_target(options.target) if options.target else None
    report = check_glb(options.file, engine)
    print(report.to_json() if options.json else format_table(report))
    return 0 if report.ok else 1
