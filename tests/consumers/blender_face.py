# SPDX-License-Identifier: Apache-2.0
"""Open a GLB in a real Blender and say how far a shape key is on at some moments of its clip.

``blender_face.py FILE.glb NAME SECONDS…``, run like :mod:`blender_import`. The answer is one line:
a list of ``weight``, the value of the shape key, and ``moved``, the longest way of any vertex of
its mesh from where it is at rest, metres.
"""

from __future__ import annotations

import json
import sys

import bpy
from bpy.types import Object

MARK = "GEN3D_JSON "


def main(arguments: list[str]) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=arguments[0], disable_bone_shape=True)
    for armature in (o for o in bpy.data.objects if o.type == "ARMATURE"):
        armature.data.pose_position = "REST"
    faces = [o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys]
    said = [seen(faces[0], arguments[1], float(seconds)) for seconds in arguments[2:]]
    print(MARK + json.dumps(said), flush=True)  # noqa: T201 - the answer


def seen(face: Object, name: str, seconds: float) -> dict[str, float]:
    render = bpy.context.scene.render
    frame = seconds * render.fps / render.fps_base
    bpy.context.scene.frame_set(int(frame), subframe=frame % 1.0)
    posed = face.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices
    rest = face.data.shape_keys.key_blocks[0].data
    moved = max((p.co - r.co).length for p, r in zip(posed, rest, strict=True))
    return {"weight": face.data.shape_keys.key_blocks[name].value, "moved": moved}


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :])
