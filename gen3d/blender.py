# SPDX-License-Identifier: Apache-2.0
"""The user's own Blender, run as a process for what only it reads or writes.

Found as ``GEN3D_BLENDER`` (the program, or a Python that has ``bpy``), or ``blender`` on the PATH.
It runs without window, start-up files or scripts of the user's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gen3d.errors import Gen3dError

_SECONDS = 300


def blender(hint: str) -> list[str]:
    """Command that runs a Python file in Blender, up to that file's name.

    Args:
        hint: What to do without one, after "Install Blender, or name it in GEN3D_BLENDER".

    Raises:
        Gen3dError: There is no Blender.
    """
    named = os.environ.get("GEN3D_BLENDER")
    found = shutil.which(named or "blender")
    if found is None:
        raise Gen3dError(f"Blender was not found{f' at {named}' if named else ''}.", _advice(hint))
    if Path(found).name.lower().startswith("python"):
        return [found, "-I"]
    return [found, "-b", "--factory-startup", "--python-exit-code", "1", "--python"]


def run_in_blender(
    script: str, arguments: Sequence[str], folder: Path, subject: str, hint: str
) -> subprocess.CompletedProcess[str]:
    """Run a script in Blender; whether it did what it should is for the caller to see.

    Args:
        script: Python source; its arguments are the last of ``sys.argv``.
        arguments: Those arguments.
        folder: Where the script lies meanwhile.
        subject: The file that it is about, for messages.
        hint: See :func:`blender`.

    Raises:
        Gen3dError: There is no Blender, or it does not end.
    """
    command = blender(hint)
    path = folder / ".in_blender.py"
    path.write_text(script, encoding="utf-8")
    split = [] if command[-1] == "-I" else ["--"]
    whole = [*command, str(path), *split, *arguments]
    try:
        return subprocess.run(whole, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Gen3dError(
            f"Blender did not finish with {subject}: {error}.", _advice(hint)
        ) from error
    finally:
        path.unlink()


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """The last line that Blender wrote, shortened."""
    said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
    return said[-1][:200]


def _advice(hint: str) -> str:
    return f"Install Blender, or name it in GEN3D_BLENDER; {hint}"
