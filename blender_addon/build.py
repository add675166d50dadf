# SPDX-License-Identifier: GPL-3.0-or-later
"""Validate and build the extension, and a static repository around it, with Blender's own tool.

``python blender_addon/build.py [dist/blender]`` writes ``gen3d-VERSION.zip``, ``index.json`` and
``index.html``; put that folder on any web server, and its ``index.json`` is the address that
users add once. Blender's tool is found in ``GEN3D_BLENDER`` (a Python with ``bpy``, or a Blender),
or in ``.tools/blender``. This file is not part of the extension.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
_INSTALLED = HERE.parent / ".tools" / "blender" / "bin" / "python"


def tool() -> Path:
    """Blender's command line for extensions, which any Python runs."""
    program = Path(os.environ.get("GEN3D_BLENDER") or _INSTALLED)
    homes = (program.parent, program.parent.parent)
    found = [path for home in homes for path in sorted(home.rglob("bl_pkg/cli/blender_ext.py"))]
    if not found:
        sys.exit(f"No Blender at {program}: set GEN3D_BLENDER, or run bash tests/run.sh.")
    return found[-1]


def build(target: Path) -> Path:
    """Validate, build, list; returns the zip."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("gen3d-*.zip"):
        old.unlink()
    _call("validate", str(HERE))
    _call("build", "--source-dir", str(HERE), "--output-dir", str(target))
    (made,) = target.glob("gen3d-*.zip")
    _call("validate", str(made))
    _call("server-generate", "--repo-dir", str(target), "--html")
    return made


def _call(*arguments: str) -> None:
    subprocess.run([sys.executable, str(tool()), *arguments], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist/blender"))
