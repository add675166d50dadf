# SPDX-License-Identifier: Apache-2.0
"""A copy of a GLB for browsers whose pictures stay compressed on the graphics card: KTX2, meshopt.

Basis Universal's encoder (npm ``ktx2-encoder``, WebAssembly) and glTF-Transform's library write it,
by ``ktx2.mjs`` in Node.js. Pictures take a fourth to an eighth of the graphics memory that WebP,
unpacked, takes there; readers need ``KHR_texture_basisu`` and ``EXT_meshopt_compression``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from gen3d.export.web import run_tool

INSTALL = "npm install --prefix .tools @gltf-transform/cli ktx2-encoder (needs Node.js)."
NEEDED = (
    "@gltf-transform/core",
    "@gltf-transform/extensions",
    "@gltf-transform/functions",
    "ktx2-encoder",
    "meshoptimizer",
    "sharp",
)
_SCRIPT = Path(__file__).with_name("ktx2.mjs")


def find_encoder(program: Path) -> Path | None:
    """The ``node_modules`` folder of ``gltf-transform``, when it holds the encoder too."""
    around = [folder for folder in program.resolve().parents if folder.name == "node_modules"]
    for folder in around:
        if all((folder / name).is_dir() for name in NEEDED):
            return folder
    return None


def write_ktx2(glb: Path, path: Path, modules: Path, folder: Path) -> None:
    """Compress a GLB.

    Args:
        glb: The plain file.
        path: What to write.
        modules: See :func:`find_encoder`.
        folder: Where working files may lie meanwhile.

    Raises:
        Gen3dError: The encoder failed.
    """
    # Node looks for packages beside the script that names them.
    script, beside, target = folder / _SCRIPT.name, folder / "node_modules", folder / "ktx2.glb"
    if not script.exists():
        shutil.copyfile(_SCRIPT, script)
        beside.symlink_to(modules.absolute(), target_is_directory=True)
    run_tool("ktx2-encoder", ["node", str(script), str(glb.absolute()), str(target)], INSTALL)
    target.replace(path)
