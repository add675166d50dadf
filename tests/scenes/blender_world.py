# SPDX-License-Identifier: Apache-2.0
"""Light a pole on a plane with an environment in a real Blender and measure shadow and floor.

Run as ``python blender_world.py sky.exr`` by a Python with ``bpy`` (or by Blender, after ``--``).
The answer is one line that begins with ``MARK``: the direction in which the shadow of the pole
points, in Blender axes, and the light on the plane, in file units.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np

MARK = "GEN3D_JSON "
SIZE_PX = 256
EXTENT = 8.0
POLE_HEIGHT, POLE_RADIUS = 2.0, 0.04


def build(sky: Path) -> None:
    """Plane, pole, the environment as World, a camera that looks straight down."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    bpy.ops.mesh.primitive_plane_add(size=100.0)
    plane = bpy.context.object
    white = bpy.data.materials.new("white")
    white.use_nodes = True
    white.node_tree.nodes.clear()
    surface = white.node_tree.nodes.new("ShaderNodeBsdfDiffuse")
    surface.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    output = white.node_tree.nodes.new("ShaderNodeOutputMaterial")
    white.node_tree.links.new(surface.outputs[0], output.inputs["Surface"])
    plane.data.materials.append(white)
    bpy.ops.mesh.primitive_cylinder_add(
        radius=POLE_RADIUS, depth=POLE_HEIGHT, location=(0.0, 0.0, POLE_HEIGHT / 2)
    )
    bpy.context.object.visible_camera = False
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    picture = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = bpy.data.images.load(str(sky))
    background = world.node_tree.nodes["Background"]
    world.node_tree.links.new(picture.outputs["Color"], background.inputs["Color"])
    lens = bpy.data.cameras.new("down")
    lens.type, lens.ortho_scale = "ORTHO", EXTENT
    camera = bpy.data.objects.new("down", lens)
    camera.location = (0.0, 0.0, 10.0)
    scene.collection.objects.link(camera)
    scene.camera = camera


def render() -> np.ndarray:
    """The plane from above, linear green: rows go along -Y, columns along +X."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.seed = 32, 1
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0
    scene.render.resolution_x = scene.render.resolution_y = SIZE_PX
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    with tempfile.TemporaryDirectory() as folder:
        scene.render.filepath = str(Path(folder) / "plane.exr")
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        pixels = np.zeros(SIZE_PX * SIZE_PX * 4, np.float32)
        image.pixels.foreach_get(pixels)
    # Blender's rows start at the bottom.
    return pixels.reshape(SIZE_PX, SIZE_PX, 4)[::-1, :, 1]


def measure(light: np.ndarray) -> dict[str, float | list[float]]:
    """Direction of the shadow by the principal axis of what is missing, and the open floor."""
    open_floor = float(np.median(light))
    where = (np.arange(SIZE_PX) + 0.5) / SIZE_PX * EXTENT - EXTENT / 2
    x, y = np.meshgrid(where, -where)
    radius = np.hypot(x, y)
    shadow = (light < 0.6 * open_floor) & (radius > 3.0 * POLE_RADIUS)
    # The middle line of a straight shadow from the origin: the mean of its unit directions.
    mean = [float(np.mean(v[shadow] / radius[shadow])) for v in (x, y)]
    return {"shadow": mean, "floor": open_floor, "length": float(radius[shadow].max())}


if __name__ == "__main__":
    names = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    for name in names:
        build(Path(name))
        print(MARK + json.dumps(measure(render())), flush=True)  # noqa: T201 - the answer
