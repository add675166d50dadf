# SPDX-License-Identifier: Apache-2.0
"""``gen3d doctor``: what works on this machine, and what each missing thing would be for."""

from __future__ import annotations

import json as json_module
import os
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from gen3d.cli.options import Flag, parse
from gen3d.errors import Gen3dError

_NEEDED_MB = 300


@dataclass(frozen=True)
class DoctorOptions:
    """Look at everything that the project uses; the exit code is 1 when a needed thing is wrong."""

    json: Flag = False
    """Print JSON."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    needed: bool
    """Whether `gen3d create` fails without it."""
    found: str
    purpose: str
    """What it is for: what does not work without it."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(DoctorOptions, "doctor", arguments)
    findings = examine()
    if options.json:
        print(json_module.dumps([asdict(f) for f in findings], indent=2))
    else:
        _show(findings)
    return 0 if all(f.ok for f in findings if f.needed) else 1


def examine() -> list[Finding]:
    """Look at everything; nothing is built, fetched or changed."""
    looks: tuple[Callable[[], list[Finding]], ...] = (
        _python,
        _torch,
        _models,
        _body_cache,
        _libraries,
        _blender,
        _validator,
        _disk,
    )
    return [finding for look in looks for finding in look()]


def _python() -> list[Finding]:
    return [Finding("python", ok=True, needed=True, found=platform.python_version(), purpose="")]


def _torch() -> list[Finding]:
    purpose = "words and body"
    try:
        import torch
    except ImportError as error:
        return [Finding("torch", ok=False, needed=True, found=str(error), purpose=purpose)]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    found = f"{torch.__version__}, device {device}, {torch.get_num_threads()} threads"
    return [Finding("torch", ok=True, needed=True, found=found, purpose=purpose)]


def _models() -> list[Finding]:
    from gen3d.models.cards import load_cards, verify

    findings: list[Finding] = []
    for card in load_cards().values():
        wrong = [f"{v.path} is {v.state}" for v in verify(card) if v.state != "ok"]
        found = "; ".join(wrong) or "files are the published ones"
        # What the project trained itself serves objects only: characters do without it.
        needed = card.place != "weights"
        findings.append(Finding(card.id, not wrong, needed=needed, found=found, purpose=card.role))
    return findings


def _body_cache() -> list[Finding]:
    purpose = "saves a minute of each run; built by the first"
    try:
        from gen3d.body.data import data_path
        from gen3d.cache import verify

        path = data_path()
        if not path.exists():
            return [Finding("body cache", True, False, f"not built yet ({path})", purpose)]
        verify(path)
    except (Gen3dError, ImportError, PackageNotFoundError) as error:
        return [Finding("body cache", ok=False, needed=True, found=str(error), purpose=purpose)]
    found = f"{path}, {path.stat().st_size >> 20} MB, hash right"
    return [Finding("body cache", ok=True, needed=False, found=found, purpose=purpose)]


def _libraries() -> list[Finding]:
    return [
        _library("embreex", "embreex", "what hides what: garments and previews"),
        _library("OpenImageIO", "openimageio", "sky.exr and sky.hdr"),
        _library("open_clip", "open_clip_torch", "towers that guide objects"),
        _library("diffusers", "diffusers", "score distillation"),
        _library("xatlas", "xatlas", "texture layouts of objects"),
        _ffmpeg(),
    ]


def _library(module: str, package: str, purpose: str) -> Finding:
    try:
        found = version(package) if find_spec(module) else f"missing: pip install {package}"
        return Finding(package, find_spec(module) is not None, True, found, purpose)
    except PackageNotFoundError:
        return Finding(package, False, True, f"missing: pip install {package}", purpose)


def _ffmpeg() -> Finding:
    purpose = "preview.mp4"
    try:
        import imageio_ffmpeg

        found = imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        return Finding("ffmpeg", ok=False, needed=True, found=str(error), purpose=purpose)
    return Finding("ffmpeg", ok=True, needed=True, found=found, purpose=purpose)


def _blender() -> list[Finding]:
    purpose = "only for FBX files, for opening results in it, and for the tests"
    named = os.environ.get("GEN3D_BLENDER")
    command = named or shutil.which("blender")
    if command and (Path(command).is_file() or shutil.which(command)):
        return [Finding("blender", ok=True, needed=False, found=command, purpose=purpose)]
    if named:
        found = f"GEN3D_BLENDER names {named}, which does not exist"
    elif find_spec("bpy"):
        return [Finding("blender", True, False, f"Python module bpy {version('bpy')}", purpose)]
    else:
        found = "missing: put blender on PATH or set GEN3D_BLENDER"
    return [Finding("blender", ok=False, needed=False, found=found, purpose=purpose)]


def _validator() -> list[Finding]:
    purpose = "only for the tests: the Khronos proof of character.glb"
    places = [Path(".tools/node_modules"), Path("node_modules")]
    home = next((p for p in places if (p / "gltf-validator").is_dir()), None)
    ok = home is not None and shutil.which("node") is not None
    found = str(home) if ok else "missing: install Node, then npm install gltf-validator"
    return [Finding("gltf-validator", ok=ok, needed=False, found=found, purpose=purpose)]


def _disk() -> list[Finding]:
    from gen3d.cache import cache_dir

    findings: list[Finding] = []
    for name, folder in (("free here", Path.cwd()), ("free in cache", cache_dir())):
        while not folder.exists():
            folder = folder.parent  # noqa: PLW2901  # walks up to what exists
        free_mb = shutil.disk_usage(folder).free >> 20
        found = f"{free_mb:,} MB at {folder}"
        purpose = f"a run needs about {_NEEDED_MB} MB"
        findings.append(Finding(name, free_mb >= _NEEDED_MB, True, found, purpose))
    return findings


def _show(findings: Sequence[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "what", "found", "for", box=None)
    for f in findings:
        mark = "[green]ok[/]" if f.ok else "[red]WRONG[/]" if f.needed else "[yellow]missing[/]"
        table.add_row(mark, f.name, f.found, f.purpose)
    Console(highlight=False).print(table)
