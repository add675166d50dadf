# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for: the programs that consume our files, found where run.sh puts them.

A missing program fails the test that needs it: ``bash tests/run.sh`` installs all of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"


@pytest.fixture(scope="session")
def in_blender() -> Callable[..., str]:
    """Runs ``(script, *arguments)`` in Blender, or in a Python with ``bpy``; returns its output."""
    named = os.environ.get("GEN3D_BLENDER") or shutil.which("blender")
    program = Path(named) if named else TOOLS / "blender" / "bin" / "python"
    if not program.exists():
        pytest.fail(f"no Blender: {program} does not exist; bash tests/run.sh installs it")
    if program.name.startswith("python"):
        start, split = [str(program)], []
    else:
        start, split = [str(program), "-b", "--factory-startup", "--python"], ["--"]

    def run(script: Path, *arguments: str | Path) -> str:
        command = [*start, str(script), *split, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
