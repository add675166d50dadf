# SPDX-License-Identifier: Apache-2.0
"""What Debian's Godot (3.2, without a screen) makes of a GLB when a project holds it.

``--export-pack`` runs the editor's importer on everything in the project; then a script loads what
it made.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.consumers.locate import MARK

SCRIPT = Path(__file__).with_name("godot_tell.gd")
_PROJECT = 'config_version=4\n[application]\nconfig/name="figure"\n'
_PRESETS = """[preset.0]
name="pack"
platform="Linux/X11"
runnable=true
export_filter="all_resources"
[preset.0.options]
texture_format/s3tc=true
binary_format/64_bits=true
"""


def look(path: Path, folder: Path) -> dict[str, Any]:
    """Import a file into a new project in an empty folder; what is there then."""
    shutil.copyfile(path, folder / "character.glb")
    (folder / "project.godot").write_text(_PROJECT)
    (folder / "export_presets.cfg").write_text(_PRESETS)
    imported = _run(folder, "--export-pack", "pack", str(folder / "figure.pck"))
    assert list((folder / ".import").glob("character.glb-*.scn")), imported[-2000:]
    shutil.copyfile(SCRIPT, folder / SCRIPT.name)
    said = _run(folder, "--script", SCRIPT.name)
    lines = [line for line in said.splitlines() if line.startswith(MARK)]
    assert len(lines) == 1, said[-2000:]
    return json.loads(lines[0].removeprefix(MARK))


def _run(folder: Path, *arguments: str) -> str:
    program = shutil.which("godot3-server")
    assert program, "no Godot: apt-get install godot3-server, or bash tests/run.sh as root"
    # It keeps caches and settings of its own, which are not the user's; folders with a dot are not
    # searched for things to import.
    places = {f"XDG_{kind}_HOME": str(folder / ".own") for kind in ("CACHE", "CONFIG", "DATA")}
    (folder / ".own").mkdir(exist_ok=True)
    done = subprocess.run(
        [program, "--path", str(folder), *arguments],
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
