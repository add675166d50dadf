# SPDX-License-Identifier: Apache-2.0
"""``gen3d check``: the technical artist's audit of a GLB file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gen3d.cli.options import Flag, named, parse

_MARKS = {"pass": "[green]pass[/]", "warn": "[yellow]warn[/]", "fail": "[red]FAIL[/]"}


@dataclass(frozen=True)
class CheckOptions:
    """Audit a GLB file; the exit code is 1 when something fails."""

    file: Annotated[Path, tyro.conf.Positional, named("FILE.glb")]
    """What to audit."""
    json: Flag = False
    """Print the report as JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    from gen3d.check import check_glb

    options = parse(CheckOptions, "check", arguments)
    report = check_glb(options.file)
    if options.json:
        print(report.to_json())
    else:
        _show(report.rows)
    return 0 if report.ok else 1


def _show(rows: Sequence[object]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "check", "value", "limit", "what to do", box=None)
    for row in rows:
        cells = (str(getattr(row, name)) for name in ("name", "value", "limit"))
        status = str(getattr(row, "status", ""))
        hint = "" if status == "pass" else str(getattr(row, "hint", ""))
        table.add_row(_MARKS[status], *cells, hint)
    Console(highlight=False).print(table)
