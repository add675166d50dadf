# SPDX-License-Identifier: GPL-3.0-or-later
"""Results into the scene: a named collection for each run, actions onto armatures, the World.

New objects are found by set difference. glTF's importer turns the axes (+Y up, facing +Z) into
Blender's (+Z up, facing -Y); a panorama needs no turn: its centre is Blender's +X and the sun of
``lighting.json`` stands at ``direction_blender`` when the mapping is at rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import bpy
from bpy.types import Action, Collection, Context, Object

from . import commands

RUN_KEY = "gen3d_run"
"""Custom property of collections and worlds: the folder that they came from."""


def bring_in(context: Context, run: Path, facts: Mapping[str, object]) -> str:
    """Import what a run made; the sentence says what came, or why nothing did."""
    title = str(facts.get("title") or run.name)
    said: list[str] = []
    try:
        _object_mode(context)
        if facts.get("tab") == "motion":
            said.append(_onto_target(run / "motion.glb", str(facts.get("target", "")), title))
        else:
            said += [
                _model(context, run, run / n, title)
                for n in ("character.glb", "object.glb")
                if (run / n).is_file()
            ]
        if (run / "sky.exr").is_file():
            said.append(set_world(context, run, title))
    except (RuntimeError, OSError, ValueError) as error:
        said.append(f"The result is in {run}, but importing failed: {error}")
    return " ".join(said) or f"{run} holds nothing to import."


def import_glb(path: Path) -> list[Object]:
    """Import a file and return the objects that came with it."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True, bone_heuristic="BLENDER")
    return [thing for thing in bpy.data.objects if thing not in before]


def _model(context: Context, run: Path, path: Path, title: str) -> str:
    old = [c for c in bpy.data.collections if c.get(RUN_KEY) == str(run)]
    for collection in old:
        _remove(collection)
    things = _without_stand_ins(import_glb(path))
    home = bpy.data.collections.new(title[:60])
    home[RUN_KEY] = str(run)
    home.color_tag = "COLOR_05"
    context.scene.collection.children.link(home)
    _move(things, home)
    _show_whole_action(context, things)
    load_body(context, run)
    return f"Imported {len(things)} objects into the collection “{home.name}”."


def _without_stand_ins(things: list[Object]) -> list[Object]:
    """Meshes with morphs come beside an empty that took their name; give the name back."""
    parents = {thing.parent for thing in things}
    empties = [t for t in things if t.type == "EMPTY" and t not in parents]
    names = {thing.name for thing in empties}
    for empty in empties:
        bpy.data.objects.remove(empty)
    kept = [thing for thing in things if thing not in empties]
    for thing in kept:
        stem = thing.name.rpartition(".")[0]
        if stem in names:
            thing.name = stem
    return kept


def _move(things: Iterable[Object], home: Collection) -> None:
    for thing in things:
        for collection in list(thing.users_collection):
            collection.objects.unlink(thing)
        home.objects.link(thing)


def _remove(collection: Collection) -> None:
    for thing in list(collection.all_objects):
        bpy.data.objects.remove(thing)
    bpy.data.collections.remove(collection)


def _show_whole_action(context: Context, things: Iterable[Object]) -> None:
    actions = [a for t in things if t.animation_data and (a := t.animation_data.action)]
    ends = [action.frame_range[1] for action in actions]
    if ends:
        context.scene.frame_start = 0
        context.scene.frame_end = round(max(ends))


def load_body(context: Context, run: Path) -> bool:
    """Set the sliders to the numbers of a run; whether it has any."""
    numbers = commands.body_numbers(run / "config.yml")
    body = context.scene.gen3d.body
    body.run = str(run) if numbers else ""
    for name, value in numbers.items():
        setattr(body, name, value)
    return bool(numbers)


def _onto_target(path: Path, target: str, title: str) -> str:
    """Give the armature that was exported the action that came back on its bones."""
    armature = bpy.data.objects.get(target)
    if armature is None or armature.type != "ARMATURE":
        return f"The armature “{target}” is gone; the motion is in {path}."
    actions = set(bpy.data.actions)
    things = import_glb(path)
    sources = [t for t in things if t.type == "ARMATURE" and t.animation_data]
    action = next((s.animation_data.action for s in sources if s.animation_data.action), None)
    for thing in things:
        bpy.data.objects.remove(thing)
    for other in [a for a in bpy.data.actions if a not in actions and a != action]:
        bpy.data.actions.remove(other)
    if action is None:
        return f"{path.name} holds no motion."
    action.name = title[:60]
    action.use_fake_user = True
    assign(armature, action)
    bpy.context.scene.frame_end = max(round(action.frame_range[1]), 1)
    return f"“{armature.name}” performs the action “{action.name}”."


def assign(armature: Object, action: Action) -> None:
    """Make an action the armature's own, with its slot for objects where actions have slots."""
    data = armature.animation_data or armature.animation_data_create()
    data.action = action
    slots = [s for s in getattr(action, "slots", ()) if s.target_id_type == "OBJECT"]
    if slots:
        data.action_slot = slots[0]


def set_world(context: Context, run: Path, title: str) -> str:
    """Make the run's sky the World, in its own units, and suit the exposure when asked."""
    world = bpy.data.worlds.new(f"{title[:50]} sky")
    world[RUN_KEY] = str(run)
    world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    makes = (
        "ShaderNodeTexCoord",
        "ShaderNodeMapping",
        "ShaderNodeTexEnvironment",
        "ShaderNodeBackground",
        "ShaderNodeOutputWorld",
    )
    where, turn, picture, light, out = (tree.nodes.new(kind) for kind in makes)
    for place, node in enumerate((where, turn, picture, light, out)):
        node.location = (place * 260.0 - 700.0, 0.0)
    picture.image = bpy.data.images.load(str(run / "sky.exr"), check_existing=False)
    picture.image.colorspace_settings.name = "Linear Rec.709"
    tree.links.new(where.outputs["Generated"], turn.inputs["Vector"])
    tree.links.new(turn.outputs["Vector"], picture.inputs["Vector"])
    tree.links.new(picture.outputs["Color"], light.inputs["Color"])
    tree.links.new(light.outputs["Background"], out.inputs["Surface"])
    light.inputs["Strength"].default_value = 1.0
    context.scene.world = world
    stops = _exposure(run / "lighting.json")
    if context.scene.gen3d.exposure and stops is not None:
        context.scene.view_settings.exposure = stops
    return f"The World is “{world.name}”."


def _exposure(path: Path) -> float | None:
    try:
        return float(
            json.loads(path.read_text(encoding="utf-8"))["total"]["picture_exposure_stops"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def world_inputs(context: Context) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket] | None:
    """Rotation and strength of a World of ours, to be shown in the panel."""
    world = context.scene.world
    if world is None or RUN_KEY not in world or world.node_tree is None:
        return None
    nodes = {node.bl_idname: node for node in world.node_tree.nodes}
    turn, light = nodes.get("ShaderNodeMapping"), nodes.get("ShaderNodeBackground")
    if turn is None or light is None:
        return None
    return turn.inputs["Rotation"], light.inputs["Strength"]


def export_input(context: Context, things: list[Object], path: Path) -> None:
    """Write some objects, and only these, at rest, as the GLB that a child reads."""
    _object_mode(context)
    selected, active = list(context.selected_objects), context.view_layer.objects.active
    armatures = [t for t in things if t.type == "ARMATURE"]
    poses = [a.data.pose_position for a in armatures]
    try:
        bpy.ops.object.select_all(action="DESELECT")
        for thing in things:
            thing.select_set(True)
        for armature in armatures:
            armature.data.pose_position = "REST"
        path.parent.mkdir(parents=True, exist_ok=True)
        bpy.ops.export_scene.gltf(
            filepath=str(path), export_format="GLB", use_selection=True, export_animations=False
        )
    finally:
        for armature, pose in zip(armatures, poses, strict=True):
            armature.data.pose_position = pose
        bpy.ops.object.select_all(action="DESELECT")
        for thing in selected:
            thing.select_set(True)
        context.view_layer.objects.active = active


def skinned_by(armature: Object) -> list[Object]:
    """The armature and the visible meshes that it moves."""

    def moved(thing: Object) -> bool:
        return any(m.type == "ARMATURE" and m.object == armature for m in thing.modifiers)

    scene = bpy.context.view_layer.objects
    return [armature, *(t for t in scene if t.type == "MESH" and t.visible_get() and moved(t))]


def _object_mode(context: Context) -> None:
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
