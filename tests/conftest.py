# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for: the programs that consume our files, found where run.sh puts them.

A missing program fails the test that needs it: ``bash tests/run.sh`` installs all of them.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
DEBIAN_MODELS = Path("/usr/share/assimp/models")


@pytest.fixture(scope="session")
def assimp_models() -> Path:
    """Folder of Debian's assimp-testmodels, in which four captured takes are."""
    if not DEBIAN_MODELS.is_dir():
        pytest.fail(f"no takes in {DEBIAN_MODELS}: apt-get install assimp-testmodels")
    return DEBIAN_MODELS


@pytest.fixture(scope="session")
def climbing_takes() -> Path:
    """Folder of the five takes of the package holosoma-retargeting."""
    spec = importlib.util.find_spec("holosoma_retargeting")
    if spec is None or not spec.submodule_search_locations:
        pytest.fail("no package holosoma-retargeting; bash tests/run.sh installs it")
    return Path(next(iter(spec.submodule_search_locations))) / "demo_data" / "climb"


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
