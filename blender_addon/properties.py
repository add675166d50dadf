# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel asks for, kept in the scene and saved with it."""

from __future__ import annotations

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .commands import BODY_RANGES

TABS = (
    (
        "character",
        "Character",
        "A sentence to a rigged, clothed, animated character",
        "ARMATURE_DATA",
        0,
    ),
    ("object", "Object", "A thing, from words", "MESH_MONKEY", 1),
    ("motion", "Motion", "A motion for the selected armature", "ACTION", 2),
    ("environment", "Environment", "A sky that becomes the World", "WORLD", 3),
    ("retexture", "Re-texture", "New surfaces for what is selected", "TEXTURE", 4),
    ("rig", "Rig", "A skeleton and weights for the selected figure", "BONE_DATA", 5),
)
BONES = tuple(
    (n, n.upper() if n == "vrm" else n.title(), "") for n in ("vrm", "mixamo", "unreal", "unity")
)


class GEN3D_Body(bpy.types.PropertyGroup):
    """The numbers of a body; one for each row of ``BODY_RANGES``."""

    run: StringProperty()  # type: ignore[valid-type]  # Blender's properties are annotations


for _name, (_low, _high) in BODY_RANGES.items():
    GEN3D_Body.__annotations__[_name] = FloatProperty(
        name=_name.replace("_", " ").capitalize(), min=_low, max=_high, precision=3
    )


class GEN3D_Settings(bpy.types.PropertyGroup):
    """What is asked for."""

    tab: EnumProperty(name="What", items=TABS)  # type: ignore[valid-type]
    prompt: StringProperty(  # type: ignore[valid-type]
        name="Prompt", default="a tall skinny ninja running at sunset"
    )
    seed: IntProperty(name="Seed", min=0, max=2**31 - 1)  # type: ignore[valid-type]
    bones: EnumProperty(name="Bone names", items=BONES)  # type: ignore[valid-type]
    with_scene: BoolProperty(  # type: ignore[valid-type]
        name="With motion and sky", default=True, description="Off: the character alone, in T-pose"
    )
    preview: BoolProperty(name="Preview picture", default=True)  # type: ignore[valid-type]
    in_place: BoolProperty(name="In place", description="Stay on the spot")  # type: ignore[valid-type]
    loop: BoolProperty(name="Loop", description="A cycle without a seam")  # type: ignore[valid-type]
    duration: FloatProperty(  # type: ignore[valid-type]
        name="Seconds", min=0.0, max=120.0, description="0: as long as what is said takes"
    )
    draft: BoolProperty(  # type: ignore[valid-type]
        name="Draft", description="In seconds: retrieval and words, without guidance"
    )
    width: IntProperty(  # type: ignore[valid-type]
        name="Sky width", default=4096, min=256, max=16384, subtype="PIXEL"
    )
    exposure: BoolProperty(  # type: ignore[valid-type]
        name="Set exposure",
        default=True,
        description="Skies are in absolute units: set the scene's exposure to suit",
    )
    figure_height: FloatProperty(  # type: ignore[valid-type]
        name="Height", min=0.0, max=100.0, unit="LENGTH", description="0: as the mesh is"
    )
    body: PointerProperty(type=GEN3D_Body)  # type: ignore[valid-type]


def register() -> None:
    """Make the classes known, and give every scene its settings."""
    bpy.utils.register_class(GEN3D_Body)
    bpy.utils.register_class(GEN3D_Settings)
    bpy.types.Scene.gen3d = PointerProperty(type=GEN3D_Settings)


def unregister() -> None:
    """Forget them."""
    del bpy.types.Scene.gen3d
    bpy.utils.unregister_class(GEN3D_Settings)
    bpy.utils.unregister_class(GEN3D_Body)
