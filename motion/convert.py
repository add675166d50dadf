# SPDX-License-Identifier: Apache-2.0
"""Characters in other formats than GLB, brought there by the user's own Blender.

FBX is Autodesk's, without a public description of what makes a character in it; Blender reads it.
It runs as a process of its own, without window, start-up files or scripts of the user's. Found as
``GEN3D_BLENDER`` (the program, or a Python that has ``bpy``), or ``blender`` on the PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from gen3d.errors import Gen3dError

FORMATS = (".fbx", ".gltf", ".dae", ".blend")
"""What Blender is asked for; GLB and VRM are read without it."""
_SECONDS = 300
_INSTALL = "Install Blender, or name it in GEN3D_BLENDER; or export the character as GLB yourself."
_SCRIPT = """
import sys
import bpy
source, target = sys.argv[-2:]
kind = source.rsplit(".", 1)[-1].lower()
bpy.ops.wm.read_factory_settings(use_empty=True)
if kind == "fbx":
    bpy.ops.import_scene.fbx(filepath=source, automatic_bone_orientation=False)
elif kind == "gltf":
    bpy.ops.import_scene.gltf(filepath=source)
elif kind == "dae":
    bpy.ops.wm.collada_import(filepath=source)
else:
    bpy.ops.wm.open_mainfile(filepath=source, load_ui=False, use_scripts=False)
bpy.ops.export_scene.gltf(
    filepath=target, export_format="GLB", export_yup=True, export_apply=False,
    export_morph=True, export_skins=True, export_animations=True,
    export_rest_position_armature=True,
)
"""


def blender() -> list[str]:
    """Command that runs a Python file in Blender, up to that file's name.

    Raises:
        Gen3dError: There is no Blender.
    """
    named = os.environ.get("GEN3D_BLENDER")
    found = shutil.which(named or "blender")
    if found is None:
        raise Gen3dError(f"Blender was not found{f' at {named}' if named else ''}.", _INSTALL)
    if Path(found).name.lower().startswith("python"):
        return [found, "-I"]
    return [found, "-b", "--factory-startup", "--python-exit-code", "1", "--python"]


def as_glb(path: Path, folder: Path) -> Path:
    """Convert a character to GLB.

    Args:
        path: The user's file: one of :data:`FORMATS`.
        folder: Where the GLB goes, under the same name.

    Raises:
        Gen3dError: There is no Blender, or it cannot read the file.
    """
    if path.suffix.lower() not in FORMATS:
        known = ", ".join((".glb", ".vrm", *FORMATS))
        raise Gen3dError(f"{path.name} is no kind of character file known here.", f"Use {known}.")
    if not path.is_file():
        raise Gen3dError(f"{path} does not exist.", "Check the path.")
    command = blender()
    script, target = folder / ".convert.py", folder / f"{path.stem}.glb"
    script.write_text(_SCRIPT, encoding="utf-8")
    split = [] if command[-1] == "-I" else ["--"]
    whole = [*command, str(script), *split, str(path.resolve()), str(target.resolve())]
    try:
        done = subprocess.run(whole, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Gen3dError(f"Blender did not finish with {path.name}: {error}.", _INSTALL) from error
    finally:
        script.unlink()
    if done.returncode != 0 or not target.is_file():
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise Gen3dError(
            f"Blender cannot read {path.name}: {said[-1][:200]}.", "Export it as GLB yourself."
        )
    return target
