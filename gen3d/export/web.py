# SPDX-License-Identifier: Apache-2.0
"""A small copy of a GLB for browsers: WebP pictures and meshopt compression, by ``gltf-transform``.

That is the npm package ``@gltf-transform/cli``, run by Node.js; looked for in
``GEN3D_GLTF_TRANSFORM`` (the program), on the PATH, then in ``.tools/node_modules`` of the working
folder and of the project. Readers need ``EXT_texture_webp`` and ``EXT_meshopt_compression``:
three.js and Babylon have them, Blender has not, so the plain file is delivered too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gen3d.errors import Gen3dError

VARIABLE = "GEN3D_GLTF_TRANSFORM"
INSTALL = (
    "npm install --prefix .tools @gltf-transform/cli (needs Node.js), or name the program in "
    f"{VARIABLE}."
)
_SECONDS = 600
_OPTIONS = ("--compress", "meshopt", "--texture-compress", "webp", "--texture-size", "8192")
_LEFT_ALONE = ("flatten", "instance", "join", "palette", "prune", "resample", "simplify", "weld")
"""What `optimize` would also do, and need not: the file is as we want it."""


def find_transform() -> Path | None:
    """The program, if any."""
    named = os.environ.get(VARIABLE)
    homes = (Path.cwd(), Path(__file__).parents[2])
    local = [home / ".tools" / "node_modules" / ".bin" / "gltf-transform" for home in homes]
    on_path = shutil.which("gltf-transform")
    places = [Path(named)] if named else [*([Path(on_path)] if on_path else []), *local]
    found = [place for place in places if place.is_file()]
    return found[0] if found and shutil.which("node") else None


def write_web(glb: Path, path: Path, program: Path, folder: Path) -> None:
    """Compress a GLB.

    Args:
        glb: The plain file.
        path: What to write.
        program: See :func:`find_transform`.
        folder: Where working files may lie meanwhile.

    Raises:
        Gen3dError: The program failed.
    """
    target = folder / "web.glb"
    keep = [word for name in _LEFT_ALONE for word in (f"--{name}", "false")]
    files = [str(glb.resolve()), str(target.resolve())]
    command = [str(program.absolute()), "optimize", *files, *_OPTIONS, *keep]
    run_tool("gltf-transform", command, INSTALL)
    target.replace(path)


def run_tool(name: str, command: Sequence[str], install: str) -> None:
    """Run a program of Node.js.

    Raises:
        Gen3dError: It failed; how to install it is the advice.
    """
    try:
        subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Gen3dError(f"{name} failed: {error}", install) from error
