# SPDX-License-Identifier: Apache-2.0
"""``gen3d check``: the technical artist's audit of a GLB file or a panorama."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError
from gen3d.target_names import TargetName

if TYPE_CHECKING:
    from gen3d.check import Report

_PANORAMAS = {".exr", ".hdr"}


@dataclass(frozen=True)
class CheckOptions:
    """Audit a GLB file or a panorama; the exit code is 1 when something fails."""

    file: Annotated[Path, tyro.conf.Positional, named("FILE.glb|.exr|.hdr")]
    """What to audit; anyone's."""
    target: Annotated[TargetName | None, named("{unity,unreal,godot,vrchat,roblox,web}")] = None
    """Hold it to the budgets and bone names of one engine or platform."""
    repair: Annotated[tuple[Path, ...] | None, named("[OUT]")] = None
    """Mend a panorama, into OUT or into FILE.repaired.exr beside it, and audit that too; the input
    stays as it is."""
    json: Flag = False
    """Print the report as JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(CheckOptions, "check", arguments)
    if options.file.suffix.lower() in _PANORAMAS:
        return _panorama(options)
    from gen3d.check import check_glb
    from gen3d.targets import find_target

    if options.repair is not None:
        raise Gen3dError(
            f"{options.file} is not a panorama; only these can be repaired.",
            "Give an .exr or .hdr file, or leave --repair out.",
        )
    engine = find_target(options.target) if options.target else None
    return _say(check_glb(options.file, engine), options)


def _panorama(options: CheckOptions) -> int:
    from gen3d.check import Report
    from scenes.check import check_environment

    if options.target is not None:
        raise Gen3dError(
            f"{options.file} is a panorama; --target is for a GLB file.", "Leave --target out."
        )
    report = Report(str(options.file), tuple(check_environment(options.file)))
    if options.repair is None:
        return _say(report, options)
    if len(options.repair) > 1:
        raise Gen3dError("--repair takes one file.", "Name the result, or nothing.")
    from scenes.repair import repair_file

    out, done = repair_file(options.file, next(iter(options.repair), None))
    after = Report(str(out), tuple(check_environment(out)))
    if options.json:
        told = {"before": json.loads(report.to_json()), "repairs": done}
        print(json.dumps(told | {"after": json.loads(after.to_json())}, ensure_ascii=False))
        return 0 if after.ok else 1
    _say(report, options)
    print("\n".join(["", *(done or ["There was nothing to repair."]), ""]))
    return _say(after, options)


def _say(report: Report, options: CheckOptions) -> int:
    from gen3d.check import format_table

    print(report.to_json() if options.json else format_table(report))
    return 0 if report.ok else 1
