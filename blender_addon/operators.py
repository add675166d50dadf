# SPDX-License-Identifier: GPL-3.0-or-later
"""What the buttons do: start a child, stop it, watch an old run, import, change a body."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Object, Operator

from . import commands, importing, jobs, preferences, session

INPUT = f"{jobs.STAGES}/input.glb"
Answered = set[str]


def busy() -> bool:
    """Whether a job is at work."""
    job = session.STATE.job
    return job is not None and job.state == "running"


def lacking(context: Context, tab: str) -> str:
    """Why a tab cannot start now, as a sentence; empty when it can."""
    settings = context.scene.gen3d
    if not preferences.of(context).python:
        return "First choose the Python that has gen3d, in this add-on's preferences."
    if tab != "rig" and not settings.prompt.strip():
        return "Say in the prompt what to make."
    if tab == "motion" and _armature(context) is None:
        return "Select the armature that is to move."
    if tab in {"rig", "retexture"}:
        able = session.STATE.abilities
        if able is None:
            return "Press Test in the preferences: it asks gen3d whether it can do this."
        if tab not in able:
            return "The gen3d that is installed cannot do this; a newer one may."
        if not _meshes(context):
            return "Select the meshes."
    return ""


class GEN3D_OT_generate(Operator):
    """Start making what the tab says"""

    bl_idname, bl_label = "gen3d.generate", "Generate"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """One job at a time."""
        return not busy()

    def execute(self, context: Context) -> Answered:
        """Start the child."""
        settings = context.scene.gen3d
        if reason := lacking(context, settings.tab):
            self.report({"ERROR"}, reason)
            return {"CANCELLED"}
        title = _title(context)
        folder = commands.new_folder(preferences.output_folder(context), title)
        facts = {"tab": settings.tab, "title": title}
        if settings.tab == "motion":
            facts["target"] = _armature(context).name
        try:
            _hand_over(context, folder)
        except (OSError, RuntimeError) as error:
            self.report({"ERROR"}, f"{folder} cannot be written ({error}); choose another folder.")
            return {"CANCELLED"}
        return _start(self, jobs.Job(_argv(context, folder), folder, facts, commands.environment()))


def _start(operator: Operator, job: jobs.Job) -> Answered:
    job.start()
    session.follow(job)
    if job.state == "failed":
        operator.report({"ERROR"}, f"{job.message} {job.hint}")
        return {"CANCELLED"}
    return {"FINISHED"}


def _hand_over(context: Context, folder: Path) -> None:
    """Write the selected objects where the child reads them."""
    tab = context.scene.gen3d.tab
    if tab == "motion":
        importing.export_input(context, importing.skinned_by(_armature(context)), folder / INPUT)
    elif tab in {"rig", "retexture"}:
        importing.export_input(context, _meshes(context), folder / INPUT)


def _argv(context: Context, folder: Path) -> list[str]:
    asked, prefs = context.scene.gen3d, preferences.of(context)
    python, text = bpy.path.abspath(prefs.python), asked.prompt
    usual = {"out": folder, "seed": asked.seed, "device": prefs.device}
    plain = not asked.preview
    given = folder / INPUT
    if asked.tab == "object":
        return commands.gen3d(python, "object", text, **usual, draft=asked.draft)
    if asked.tab == "environment":
        return commands.gen3d(python, "scene", text, **usual, width=asked.width)
    if asked.tab == "motion":
        moves = {"loop": asked.loop, "in_place": asked.in_place, "duration": asked.duration or None}
        return commands.gen3d(python, "motion", text, **usual, **moves, character=given)
    if asked.tab == "rig":
        size = {"height": asked.figure_height or None, "bones": asked.bones}
        return commands.gen3d(python, "avatar", **usual, **size, rig=given, no_preview=plain)
    if asked.tab == "retexture":
        return commands.gen3d(python, "avatar", text, **usual, from_=given, no_preview=plain)
    usual |= {"bones": asked.bones, "no_preview": plain}
    if not asked.with_scene:
        return commands.gen3d(python, "avatar", text, **usual)
    return commands.gen3d(
        python, "create", text, **usual, width=asked.width, in_place=asked.in_place
    )


def _title(context: Context) -> str:
    settings = context.scene.gen3d
    if settings.tab == "rig":
        return f"rig of {_meshes(context)[0].name}"
    return " ".join(settings.prompt.split())


def _armature(context: Context) -> Object | None:
    """The selected armature, or the one that moves the selected mesh."""
    thing = context.view_layer.objects.active
    if thing is None:
        return None
    return thing if thing.type == "ARMATURE" else thing.find_armature()


def _meshes(context: Context) -> list[Object]:
    return [thing for thing in context.selected_objects if thing.type == "MESH"]


class GEN3D_OT_cancel(Operator):
    """Stop the run; it can be resumed"""

    bl_idname, bl_label = "gen3d.cancel", "Cancel"

    @classmethod
    def poll(cls, _context: Context) -> bool:
        """Only what works can be stopped."""
        return busy()

    def execute(self, _context: Context) -> Answered:
        """Ask the child to stop; the timer kills it when it does not."""
        session.STATE.job.cancel()
        return {"FINISHED"}


class _OfRun(Operator):
    bl_options = {"INTERNAL"}
    folder: StringProperty(options={"HIDDEN"})  # type: ignore[valid-type]  # Blender's way

    @classmethod
    def poll(cls, _context: Context) -> bool:
        return not busy()


class GEN3D_OT_watch(_OfRun):
    """Show a run of before, and follow it if it still works"""

    bl_idname, bl_label = "gen3d.watch", "Watch"

    def execute(self, _context: Context) -> Answered:
        """Read its folder."""
        session.follow(jobs.Job.attach(Path(self.folder)))
        return {"FINISHED"}


class GEN3D_OT_import(_OfRun):
    """Import what a run made"""

    bl_idname, bl_label = "gen3d.import_run", "Import"

    def execute(self, context: Context) -> Answered:
        """Import it again."""
        run = Path(self.folder)
        session.STATE.notice = importing.bring_in(context, run, jobs.asked_in(run))
        self.report({"INFO"}, session.STATE.notice)
        return {"FINISHED"}


class GEN3D_OT_resume(_OfRun):
    """Go on with a run that stopped, or make again what was changed in it"""

    bl_idname, bl_label = "gen3d.resume", "Resume"

    def execute(self, context: Context) -> Answered:
        """Start the child in the run's folder."""
        return resume(self, context, Path(self.folder))


def resume(operator: Operator, context: Context, run: Path) -> Answered:
    """Go on with a run."""
    python = bpy.path.abspath(preferences.of(context).python)
    if not python:
        operator.report({"ERROR"}, lacking(context, "character"))
        return {"CANCELLED"}
    facts = jobs.asked_in(run)
    argv = commands.gen3d(python, "resume", str(run))
    if not (run / "config.yml").is_file():
        # It never came so far as to write its settings: ask for the same again.
        argv = [str(part) for part in facts.get("argv", [])] or argv
    return _start(operator, jobs.Job(argv, run, facts, commands.environment()))


class GEN3D_OT_reshape(Operator):
    """Make the character again with these numbers; only what depends on them is redone"""

    bl_idname, bl_label = "gen3d.reshape", "Apply to Character"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """A run must have been imported."""
        return not busy() and bool(context.scene.gen3d.body.run)

    def execute(self, context: Context) -> Answered:
        """Write the numbers into the run's config.yml and resume it."""
        body = context.scene.gen3d.body
        run = Path(body.run)
        wanted = {name: getattr(body, name) for name in commands.BODY_RANGES}
        try:
            changed = commands.set_body_numbers(run / "config.yml", wanted)
        except OSError as error:
            self.report({"ERROR"}, f"{run} cannot be changed: {error.strerror}.")
            return {"CANCELLED"}
        if not changed:
            self.report({"INFO"}, "No slider was moved.")
            return {"CANCELLED"}
        return resume(self, context, run)


class GEN3D_OT_refresh(Operator):
    """Look for runs again"""

    bl_idname, bl_label = "gen3d.refresh", "Refresh"

    def execute(self, _context: Context) -> Answered:
        """Forget the list; drawing reads it anew."""
        session.STATE.recent = None
        return {"FINISHED"}


class GEN3D_OT_test(Operator):
    """Ask gen3d whether it works here (gen3d doctor) and what it can do"""

    bl_idname, bl_label = "gen3d.test", "Test"

    def execute(self, context: Context) -> Answered:
        """Ask without waiting; the answer appears below the button."""
        python = bpy.path.abspath(preferences.of(context).python)
        if not python:
            session.STATE.test_lines = ["Choose the Python that has gen3d first."]
            return {"CANCELLED"}
        where = Path(bpy.utils.extension_path_user(__package__, path="test", create=True))
        asks = {"doctor": ["doctor", "--json"], "avatar": ["avatar", "--help"]}
        session.ask(
            [
                jobs.Question(
                    [python, "-m", "gen3d", *words], where / f"{name}.txt", commands.environment()
                )
                for name, words in asks.items()
            ]
        )
        return {"FINISHED"}


CLASSES = (
    GEN3D_OT_generate,
    GEN3D_OT_cancel,
    GEN3D_OT_watch,
    GEN3D_OT_import,
    GEN3D_OT_resume,
    GEN3D_OT_reshape,
    GEN3D_OT_refresh,
    GEN3D_OT_test,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
