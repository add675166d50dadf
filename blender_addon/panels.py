# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar (View3D > Sidebar > gen3d): it shows, and does nothing else."""

from __future__ import annotations

import textwrap
import time

import bpy
from bpy.types import Context, Panel, UILayout

from . import commands, importing, jobs, operators, preferences, session

_OPTIONS = {
    "character": ("with_scene", "bones", "width", "in_place", "preview"),
    "object": ("draft",),
    "motion": ("duration", "loop", "in_place"),
    "environment": ("width", "exposure"),
    "retexture": ("preview",),
    "rig": ("figure_height", "bones", "preview"),
}
_LINE = 46


class _Sidebar(Panel):
    bl_space_type, bl_region_type, bl_category = "VIEW_3D", "UI", "gen3d"


class GEN3D_PT_make(_Sidebar):
    """Prompt, options, buttons, progress."""

    bl_idname, bl_label = "GEN3D_PT_make", "Generate"

    def draw(self, context: Context) -> None:
        """Lay it out."""
        layout, asked = self.layout, context.scene.gen3d
        layout.grid_flow(columns=3, even_columns=True).prop(asked, "tab", expand=True)
        if asked.tab != "rig":
            layout.prop(asked, "prompt", text="")
        layout.prop(asked, "seed")
        for name in _OPTIONS[asked.tab]:
            layout.prop(asked, name)
        if asked.tab == "environment":
            _draw_world(layout, context)
        if not operators.busy() and (reason := operators.lacking(context, asked.tab)):
            say(layout, reason, "INFO")
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator("gen3d.generate")
        row.operator("gen3d.cancel", text="", icon="CANCEL")
        if session.STATE.job is not None:
            _draw_job(layout, session.STATE.job)
        if session.STATE.notice:
            say(layout, session.STATE.notice, "CHECKMARK")
        _draw_picture(layout)


def _draw_world(layout: UILayout, context: Context) -> None:
    inputs = importing.world_inputs(context)
    if inputs is not None:
        turn, strength = inputs
        layout.prop(turn, "default_value", index=2, text="Turn of the sky")
        layout.prop(strength, "default_value", text="Strength")


def _draw_job(layout: UILayout, job: jobs.Job) -> None:
    box = layout.box()
    now = job.progress
    if job.state == "running":
        what = "Stopping …" if job.cancelling else now.stage or "Starting …"
        count = f"{now.index}/{now.of} " if now.of else ""
        box.progress(factor=now.fraction, text=f"{count}{what}")
        left = now.seconds_left(time.time())
        if left is not None:
            box.label(text=f"about {left:.0f} s left in this stage", icon="TIME")
        if now.note:
            say(box, now.note, "INFO")
        if job.silent_s > jobs.QUIET_S:
            say(box, f"Nothing was heard for {job.silent_s:.0f} s; it is still alive.", "QUESTION")
    elif job.state == "done":
        box.label(text="Done.", icon="CHECKMARK")
    else:
        box.alert = job.state == "failed"
        say(box, job.message, "ERROR" if job.state == "failed" else "CANCEL")
        say(box, job.hint, "RIGHTARROW")
        box.operator("gen3d.resume").folder = str(job.run_dir)
        for line in job.last_lines if job.state == "failed" else ():
            box.label(text=line[:120])


def _draw_picture(layout: UILayout) -> None:
    state = session.STATE
    if state.pictures is not None and state.picture in state.pictures:
        layout.template_icon(state.pictures[state.picture].icon_id, scale=10.0)


def say(layout: UILayout, text: str, icon: str) -> None:
    """A sentence over as many lines as it takes."""
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, _LINE)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1")


class GEN3D_PT_body(_Sidebar):
    """Sliders of the imported body, and the face shapes of the selected mesh."""

    bl_idname, bl_label = "GEN3D_PT_body", "Body and Face"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """Lay it out."""
        body = context.scene.gen3d.body
        if not body.run:
            say(self.layout, "Generate or import a character first.", "INFO")
        else:
            for name in commands.BODY_RANGES:
                self.layout.prop(body, name, slider=True)
            self.layout.operator("gen3d.reshape", icon="FILE_REFRESH")
        thing = context.object
        keys = getattr(thing.data, "shape_keys", None) if thing else None
        if keys is not None:
            self.layout.label(text=f"Face shapes of {thing.name}", icon="SHAPEKEY_DATA")
            column = self.layout.column(align=True)
            for key in keys.key_blocks[1:]:
                column.prop(key, "value", text=key.name, slider=True)


class GEN3D_PT_recent(_Sidebar):
    """Runs that are in the output folder."""

    bl_idname, bl_label = "GEN3D_PT_recent", "Recent Runs"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """Lay it out."""
        self.layout.operator("gen3d.refresh", icon="FILE_REFRESH")
        for run in session.recent(preferences.output_folder(context)):
            box = self.layout.box()
            box.label(text=f"{run.title[:_LINE]} ({run.state})")
            row = box.row(align=True)
            row.operator("gen3d.watch").folder = str(run.folder)
            if run.results:
                row.operator("gen3d.import_run").folder = str(run.folder)
            if run.state in {"failed", "cancelled", "stopped"}:
                row.operator("gen3d.resume").folder = str(run.folder)


CLASSES = (GEN3D_PT_make, GEN3D_PT_body, GEN3D_PT_recent)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
