# SPDX-License-Identifier: Apache-2.0
"""``gen3d export``: a finished character as the files of one engine, within its budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError
from gen3d.target_names import Format, TargetName

_FORMATS: tuple[Format, ...] = ("fbx", "usdz", "vrm", "obj", "glb")


@dataclass(frozen=True)
class ExportOptions:
    """Write a character for an engine: levels of detail, atlases, bone names, file formats.

    Into RUN/exports/TARGET, or beside the GLB. The exit code is 1 when the nearest level exceeds
    what the target requires.
    """

    source: Annotated[Path, tyro.conf.Positional, named("RUN_OR_GLB")]
    """A run folder, or a GLB that gen3d wrote."""
    target: Annotated[TargetName, named("{unity,unreal,godot,vrchat,roblox,web}")]
    """For whom: budgets, bone names, axes."""
    to: Annotated[str, named("fbx,usdz,vrm,obj,glb")] = ""
    """Which formats, with commas between (what the target likes best when not given)."""
    out: Annotated[Path | None, named("DIR")] = None
    """Where to write."""
    author: Annotated[str, named("NAME")] = ""
    """Who made the character, for VRM, which must name somebody."""
    avatar: Annotated[
        Literal["onlyAuthor", "onlySeparatelyLicensedPerson", "everyone"],
        named("{onlyAuthor,onlySeparatelyLicensedPerson,everyone}"),
    ] = "onlyAuthor"
    """VRM: who may perform with it (onlyAuthor when not given)."""
    commercial: Annotated[
        Literal["personalNonProfit", "personalProfit", "corporation"],
        named("{personalNonProfit,personalProfit,corporation}"),
    ] = "personalNonProfit"
    """VRM: for whose profit (personalNonProfit when not given)."""
    modification: Annotated[
        Literal["prohibited", "allowModification", "allowModificationRedistribution"],
        named("{prohibited,allowModification,allowModificationRedistribution}"),
    ] = "prohibited"
    """VRM: whether others may change it (prohibited when not given)."""
    redistribution: Flag = False
    """VRM: others may pass it on."""
    json: Flag = False
    """Print what was made as JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(ExportOptions, "export", arguments)
    wanted = _formats(options.to)
    from gen3d.delivery.files import RECORD, export
    from gen3d.export.vrm import VrmMeta
    from gen3d.targets import find_target

    target = find_target(options.target)
    formats = wanted or list(target.formats[:1])
    if "vrm" in formats and not options.author.strip():
        raise Gen3dError("A VRM file must name its author.", "Give --author NAME.")
    meta = VrmMeta(
        "",
        (options.author.strip(),),
        options.avatar,
        options.commercial,
        options.modification,
        options.redistribution,
    )
    source = options.source
    beside = source / "exports" if source.is_dir() else source.parent / f"{source.stem}_exports"
    done = export(source, target, formats, options.out or beside / target.name, meta)
    if options.json:
        print((done.folder / RECORD).read_text(encoding="utf-8"), end="")
        return 0 if done.ok else 1
    for level in done.levels:
        met = ", ".join(level.tiers) or "none of the budgets"
        print(f"{level.name:<16} {level.triangles:>7,} triangles {level.mib:>6.2f} MiB  {met}")
    for row in done.levels[0].rows:
        if row.status == "fail":
            print(f"FAIL {row.name}: {row.value}, {row.limit}. {row.hint}")
    for note in done.notes:
        print(f"Note: {note}")
    print(f"{target.axes}. {target.advice}")
    print("  ".join(str(path.relative_to(done.folder)) for path in done.files))
    print(f"in {done.folder}")
    return 0 if done.ok else 1


def _formats(text: str) -> list[Format]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in _FORMATS]
    if unknown:
        raise Gen3dError(f"{unknown[0]!r} is no format.", f"Choose of {', '.join(_FORMATS)}.")
    return [name for name in _FORMATS if name in names]
