# SPDX-License-Identifier: Apache-2.0
"""Characters in other formats than GLB, brought there by the user's own Blender.

FBX is Autodesk's, without a public description of what makes a character in it; Blender reads it.
It runs as a process of its own: :mod:`gen3d.blender`.
"""

from __future__ import annotations

from pathlib import Path

from gen3d.blender import last_words, run_in_blender
from gen3d.errors import Gen3dError

FORMATS = (".fbx", ".gltf", ".dae", ".blend")
"""What Blender is asked for; GLB and VRM are read without it."""
_OTHERWISE = "or export the character as GLB yourself."
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
    target = folder / f"{path.stem}.glb"
    arguments = (str(path.resolve()), str(target.resolve()))
    done = run_in_blender(_SCRIPT, arguments, folder, path.name, _OTHERWISE)
    if done.returncode != 0 or not target.is_file():
        raise Gen3dError(
            f"Blender cannot read {path.name}: {last_words(done)}.", "Export it as GLB yourself."
        )
    return target
