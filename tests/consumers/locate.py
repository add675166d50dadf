# SPDX-License-Identifier: Apache-2.0
"""Where the programs are that must open our files. A missing one fails the test that needs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gen3d.check.khronos import INSTALL, find_validator

SCRIPT = Path(__file__).with_name("blender_import.py")
INSTALLED = Path(__file__).parents[2] / ".tools" / "blender" / "bin" / "python"
"""Where ``tests/run.sh`` puts a Python with ``bpy``."""
MARK = "GEN3D_JSON "


def validator() -> Path:
    """Folder of the Khronos validator."""
    found = find_validator()
    assert found is not None, f"the Khronos glTF validator is missing: {INSTALL}"
    return found


def blender() -> list[str]:
    """Command line that runs a script inside Blender: the program, or a Python with ``bpy``."""
    program = os.environ.get("GEN3D_BLENDER") or shutil.which("blender") or str(INSTALLED)
    assert Path(program).exists(), (
        f"Blender is missing: {program} is not there. Set GEN3D_BLENDER to it or to a Python that "
        "has bpy; bash tests/run.sh installs one"
    )
    if Path(program).name.lower().startswith("blender"):
        return [program, "-b", "--factory-startup", "--python-exit-code", "1", "--python"]
    return [program]


def in_blender(files: Sequence[Path]) -> list[dict[str, Any]]:
    """What Blender says about each file, see :mod:`blender_import`."""
    command = [*blender(), str(SCRIPT), "--", *(str(path) for path in files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    assert len(lines) == len(files), done.stdout[-2000:]
    return [json.loads(line.removeprefix(MARK)) for line in lines]
