# SPDX-License-Identifier: Apache-2.0
"""Make a small rig with random rolls and keys in Blender, export it, and say where its bones are.

``python blender_rig.py FOLDER`` writes ``rig.fbx``, ``rig.glb`` and ``rig.json``: the place of
every bone's head at some frames, in Blender's axes (+Z up, metres).
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import bpy
from mathutils import Quaternion

BONES = {
    "Hips": ("", (0, 0, 1), (0, 0, 1.1)),
    "Spine": ("Hips", (0, 0, 1.1), (0, 0.05, 1.5)),
    "Head": ("Spine", (0, 0.05, 1.5), (0, 0, 1.8)),
    "Leg.L": ("Hips", (0.1, 0, 1), (0.12, 0, 0.5)),
    "Foot.L": ("Leg.L", (0.12, 0, 0.5), (0.12, -0.1, 0.05)),
    "Leg.R": ("Hips", (-0.1, 0, 1), (-0.12, 0, 0.5)),
    "Foot.R": ("Leg.R", (-0.12, 0, 0.5), (-0.12, -0.1, 0.05)),
}
KEYED, SEEN = (1, 11, 21, 31), (1, 6, 15, 31)


def main(folder: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 30, KEYED[0], KEYED[-1]
    chance = random.Random(3)  # noqa: S311 - a pose, not a secret
    figure = build(chance)
    animate(figure, chance)
    bpy.ops.export_scene.fbx(filepath=str(folder / "rig.fbx"), add_leaf_bones=False)
    bpy.ops.export_scene.gltf(filepath=str(folder / "rig.glb"))
    places: dict[int, dict[str, list[float]]] = {}
    for frame in SEEN:
        scene.frame_set(frame)
        places[frame] = {b.name: list(figure.matrix_world @ b.head) for b in figure.pose.bones}
    (folder / "rig.json").write_text(json.dumps(places), encoding="ascii")


def build(chance: random.Random) -> bpy.types.Object:
    armature = bpy.data.armatures.new("Rig")
    figure = bpy.data.objects.new("Rig", armature)
    bpy.context.scene.collection.objects.link(figure)
    bpy.context.view_layer.objects.active = figure
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (parent, head, tail) in BONES.items():
        bone = armature.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, chance.uniform(-2, 2)
        bone.parent = armature.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return figure


def animate(figure: bpy.types.Object, chance: random.Random) -> None:
    for frame in KEYED:
        for bone in figure.pose.bones:
            turn = Quaternion((1.0, *(chance.uniform(-0.6, 0.6) for _ in range(3)))).normalized()
            bone.rotation_mode, bone.rotation_quaternion = "QUATERNION", turn
            bone.keyframe_insert("rotation_quaternion", frame=frame)
        hips = figure.pose.bones["Hips"]
        hips.location = [chance.uniform(-1, 1) for _ in range(3)]
        hips.keyframe_insert("location", frame=frame)


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
