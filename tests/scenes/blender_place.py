# SPDX-License-Identifier: Apache-2.0
"""How far a real Blender sees from a place's origin, with its collision mesh and without it.

Run as ``python blender_place.py folder scene.glb …`` by a Python with ``bpy`` (or by Blender, after
``--``). Of each file two pictures come into the folder, ``0-with.exr`` and ``0-without.exr``, whose
``Depth.Z`` is metres.
"""

from __future__ import annotations

import sys
from math import pi
from pathlib import Path

import bpy

EYE_M = 1.6
COLLISION = "collision-colonly"


def enter(path: Path) -> None:
    """The file as Blender's own importer reads it, and a camera that sees all around."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(path))
    scene = bpy.context.scene
    lens = bpy.data.cameras.new("around")
    lens.type, lens.panorama_type, lens.clip_end = "PANO", "EQUIRECTANGULAR", 1e5
    camera = bpy.data.objects.new("around", lens)
    camera.location, camera.rotation_euler = (0.0, 0.0, EYE_M), (0.5 * pi, 0.0, 0.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.seed, scene.cycles.max_bounces = 1, 1, 0
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.render.resolution_x, scene.render.resolution_y = 256, 128
    scene.render.resolution_percentage = 100
    scene.view_layers[0].use_pass_z = True
    scene.render.image_settings.media_type = "MULTI_LAYER_IMAGE"
    scene.render.image_settings.color_depth = "32"


def look(picture: Path) -> None:
    """Write what the camera sees."""
    bpy.context.scene.render.filepath = str(picture)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    names = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    out, *files = (Path(name) for name in names)
    for number, file in enumerate(files):
        enter(file)
        look(out / f"{number}-with.exr")
        bpy.data.objects.remove(bpy.data.objects[COLLISION])
        look(out / f"{number}-without.exr")
