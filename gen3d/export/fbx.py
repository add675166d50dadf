# SPDX-License-Identifier: Apache-2.0
"""FBX files, written by the user's Blender from GLB files of ours.

Centimetres with a unit factor of 1 (what Unity and Unreal expect: no object is scaled), +Y up, no
leaf bones, every clip as a take, pictures inside the file. FBX materials know base colour and
normal; roughness and metalness of a packed picture are lost on the way: they are delivered beside.

A clip's frames are baked at its own rate. What goes beyond bones, weights, morphs and clips has no
place in the format as Blender writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gen3d.blender import last_words, run_in_blender
from gen3d.errors import Gen3dError

HINT = "or leave fbx out of --to."
_SCRIPT = """
import json, sys
import bpy

for job in json.loads(open(sys.argv[-1], encoding="utf-8").read()):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    # A Blender unit is a centimetre: the importer scales to it, and the file needs no factor.
    scene.unit_settings.scale_length = 0.01
    scene.render.fps, scene.render.fps_base = job["fps"]
    bpy.ops.import_scene.gltf(filepath=job["glb"], disable_bone_shape=True)
    # The importer may put an empty beside an animated mesh, which takes the mesh's name.
    for thing in [thing for thing in bpy.data.objects if thing.type == "EMPTY"]:
        bpy.data.objects.remove(thing)
    for thing in bpy.data.objects:
        thing.name = "Armature" if thing.type == "ARMATURE" else thing.data.name
    ends = [action.frame_range[1] for action in bpy.data.actions]
    scene.frame_start, scene.frame_end = 0, int(max(ends, default=1))
    bpy.ops.export_scene.fbx(
        filepath=job["fbx"],
        object_types={"ARMATURE", "MESH"},
        axis_up="Y",
        axis_forward="-Z",
        add_leaf_bones=False,
        bake_anim=bool(bpy.data.actions),
        bake_anim_use_all_actions=True,
        bake_anim_use_nla_strips=False,
        bake_anim_force_startend_keying=True,
        bake_anim_simplify_factor=0.0,
        mesh_smooth_type="OFF",
        use_mesh_modifiers=False,
        path_mode="COPY",
        embed_textures=True,
    )
"""


@dataclass(frozen=True)
class FbxJob:
    """One file to make of another."""

    glb: Path
    fbx: Path
    fps: float


def write_fbx(jobs: Sequence[FbxJob], folder: Path) -> None:
    """Convert GLB files, all in one run of Blender.

    Args:
        jobs: What to make of what.
        folder: Where working files may lie meanwhile.

    Raises:
        Gen3dError: There is no Blender, or it failed.
    """
    listed = folder / ".fbx.json"
    listed.write_text(json.dumps([_described(job) for job in jobs]), encoding="utf-8")
    names = ", ".join(job.fbx.name for job in jobs)
    try:
        done = run_in_blender(_SCRIPT, [str(listed.resolve())], folder, names, HINT)
    finally:
        listed.unlink()
    if done.returncode != 0 or not all(job.fbx.is_file() for job in jobs):
        raise Gen3dError(
            f"Blender did not write {names}: {last_words(done)}.", f"Update it, {HINT}"
        )


def _described(job: FbxJob) -> dict[str, object]:
    """Blender's rate is a whole number over a base."""
    whole = max(round(job.fps), 1)
    paths = {"glb": str(job.glb.resolve()), "fbx": str(job.fbx.resolve())}
    return {**paths, "fps": [whole, whole / job.fps]}
