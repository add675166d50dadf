# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences: which Python has gen3d, where runs go, the device, and a test of all that."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from . import session

DEVICES = (
    ("auto", "Automatic", "The best that is there"),
    ("cpu", "Processor", "Works everywhere"),
    ("cuda", "NVIDIA GPU", "CUDA"),
    ("mps", "Apple GPU", "Metal"),
)


class GEN3D_Preferences(bpy.types.AddonPreferences):
    """Shown by Blender in Preferences > Add-ons > gen3d."""

    bl_idname = __package__

    python: StringProperty(  # type: ignore[valid-type]  # Blender's properties are annotations
        name="Python with gen3d",
        description="The program 'python' of the environment that gen3d was installed into",
        subtype="FILE_PATH",
    )
    output: StringProperty(  # type: ignore[valid-type]
        name="Output folder",
        description="Where runs are kept; a folder of the extension's own when empty",
        subtype="DIR_PATH",
    )
    device: EnumProperty(name="Device", items=DEVICES, default="auto")  # type: ignore[valid-type]

    def draw(self, _context: bpy.types.Context) -> None:
        """Lay the settings out."""
        for name in ("python", "output", "device"):
            self.layout.prop(self, name)
        self.layout.operator("gen3d.test")
        for line in session.STATE.test_lines:
            self.layout.label(text=line)


def of(context: bpy.types.Context) -> GEN3D_Preferences:
    """The preferences of this extension."""
    return context.preferences.addons[__package__].preferences


def output_folder(context: bpy.types.Context) -> Path:
    """Where runs go. The add-on's own folder may be read-only, so it is never there."""
    named = of(context).output
    if named:
        return Path(bpy.path.abspath(named))
    return Path(bpy.utils.extension_path_user(__package__, path="runs", create=True))


def register() -> None:
    """Make the class known."""
    bpy.utils.register_class(GEN3D_Preferences)


def unregister() -> None:
    """Forget it."""
    bpy.utils.unregister_class(GEN3D_Preferences)
