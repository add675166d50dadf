# SPDX-License-Identifier: Apache-2.0
"""Open GLB, FBX and USD files in a real Blender and say what is there, as one line of JSON a file.

Run by a Python that has ``bpy``, or by the Blender program::

    python tests/consumers/blender_import.py a.glb b.glb
    blender -b --factory-startup --python tests/consumers/blender_import.py -- a.glb b.glb

Each line of the answer begins with ``MARK``, since Blender writes lines of its own. Lengths are
metres in glTF axes (+Y up), read back from Blender's evaluated scene at rest.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
from bpy.types import Action, Object

MARK = "GEN3D_JSON "


def main(arguments: list[str]) -> None:
    for name in arguments:
        print(MARK + json.dumps(describe(Path(name))), flush=True)  # noqa: T201 - the answer


def describe(path: Path) -> dict[str, object]:
    """Import one file into an empty scene and list what came."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    open_file(path)
    armatures = [o for o in bpy.data.objects if o.type == "ARMATURE"]
    meshes = [o for o in bpy.data.objects if o.type == "MESH"]
    for armature in armatures:
        armature.data.pose_position = "REST"
    bpy.context.view_layer.update()
    points = [point for o in meshes for point in points_of(o)]
    return {
        "file": str(path),
        "bones": [bone.name for a in armatures for bone in a.data.bones],
        "parents": {b.name: b.parent.name for a in armatures for b in a.data.bones if b.parent},
        "actions": {a.name: [float(edge) for edge in a.frame_range] for a in bpy.data.actions},
        "shape_keys": {o.name: keys_of(o) for o in meshes},
        "materials": sorted(m.name for m in bpy.data.materials),
        "images": {i.name: list(i.size) for i in bpy.data.images},
        "low": [min(axis) for axis in zip(*points, strict=True)],
        "high": [max(axis) for axis in zip(*points, strict=True)],
        "vertices": {o.name: len(o.data.vertices) for o in meshes},
        "unweighted": {o.name: unweighted(o) for o in meshes},
        "posed": {a.name: posed(armatures, meshes, a) for a in bpy.data.actions if moves_bones(a)},
    }


def open_file(path: Path) -> None:
    if path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path), automatic_bone_orientation=False)
    elif path.suffix.startswith(".usd"):
        bpy.ops.wm.usd_import(filepath=str(path))
    else:
        # A .vrm is a GLB with more in it, which Blender leaves alone.
        bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True)


def keys_of(thing: Object) -> list[str]:
    """Names of the shape keys without the basis."""
    keys = thing.data.shape_keys
    return [key.name for key in keys.key_blocks[1:]] if keys else []


def points_of(thing: Object) -> list[tuple[float, float, float]]:
    """Vertices as posed now, in glTF axes: Blender's Z is up, its -Y is forward."""
    evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    world = [evaluated.matrix_world @ v.co for v in evaluated.data.vertices]
    return [(p.x, p.z, -p.y) for p in world]


def unweighted(thing: Object) -> int:
    """Vertices that no bone holds."""
    return sum(1 for v in thing.data.vertices if sum(g.weight for g in v.groups) < 1e-3)


def moves_bones(action: Action) -> bool:
    """Whether it is for an object: FBX and USD keep the face's curves in actions of their own."""
    return all(slot.target_id_type == "OBJECT" for slot in list(getattr(action, "slots", []))[:1])


def posed(armatures: list[Object], meshes: list[Object], action: Action) -> dict[str, object]:
    """Bounds of all vertices three quarters into an action."""
    for armature in armatures:
        armature.data.pose_position = "POSE"
        armature.animation_data_create()
        armature.animation_data.action = action
        if len(getattr(action, "slots", [])):
            armature.animation_data.action_slot = action.slots[0]
    start, end = action.frame_range
    frame = round(start + 0.75 * (end - start))
    bpy.context.scene.frame_set(frame)
    points = [point for o in meshes for point in points_of(o)]
    for armature in armatures:
        armature.data.pose_position = "REST"
    bpy.context.view_layer.update()
    render = bpy.context.scene.render
    return {
        "seconds": frame * render.fps_base / render.fps,
        "low": [min(axis) for axis in zip(*points, strict=True)],
        "high": [max(axis) for axis in zip(*points, strict=True)],
    }


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:])
