# SPDX-License-Identifier: Apache-2.0
"""Install the zip in a real Blender as its user does, and press the buttons.

``drive.py ZIP PYTHON OUTPUT make|attach``; ``PYTHON`` has gen3d, ``OUTPUT`` takes the runs. Without
a window Blender runs no timers, so the function that the timer calls is called here. The answer is
one line that begins with ``MARK``.
"""

from __future__ import annotations

import errno
import importlib
import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

MARK = "GEN3D_JSON "
MODULE = "bl_ext.user_default.gen3d"
PROMPT = "a tall knight in a blue cape waving at noon"


class Layout:
    """Takes what a panel draws; a property that does not exist is an error, as in Blender."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def prop(self, data: Any, name: str, **_: object) -> None:  # noqa: ANN401  # Blender's and the add-on's own, found at run time
        getattr(data, name)
        self.seen.append(name)

    def operator(self, name: str, **_: object) -> Any:  # noqa: ANN401  # Blender's and the add-on's own, found at run time
        family, _, verb = name.partition(".")
        getattr(getattr(bpy.ops, family), verb).get_rna_type()
        self.seen.append(name)
        return type("Button", (), {})()

    def label(self, *, text: str = "", icon: str = "NONE") -> None:
        assert icon in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        self.seen.append(text)

    def progress(self, *, factor: float, text: str) -> None:
        assert 0.0 <= factor <= 1.0
        self.seen.append(text)

    def template_icon(self, icon: int, scale: float) -> None:
        # Without a window Blender gives out no icons: the number is 0 then.
        assert icon >= 0
        assert scale > 0
        self.seen.append("picture")

    def _part(self, **_: object) -> Layout:
        return self

    box = row = column = grid_flow = _part


def draw() -> list[str]:
    seen: list[str] = []
    for cls in part("panels").CLASSES:
        cls.draw(type("Shown", (), {"layout": Layout(seen)})(), bpy.context)
    return seen


def part(name: str) -> Any:  # noqa: ANN401  # Blender's and the add-on's own, found at run time
    return importlib.import_module(f"{MODULE}.{name}")


def footprint() -> dict[str, object]:
    """Everything that an enabled add-on may leave behind."""
    return {
        "types": sorted(n for n in dir(bpy.types) if "gen3d" in n.lower()),
        "handlers": {
            n: len(h)
            for n in dir(bpy.app.handlers)
            if isinstance(h := getattr(bpy.app.handlers, n), list)
        },
        "scene": sorted(bpy.types.Scene.bl_rna.properties.keys()),
        "operators": sorted(n for n in dir(bpy.ops) if n == "gen3d"),
        "subclasses": sorted(
            c.__name__
            for c in bpy.types.Panel.__subclasses__()
            if c.is_registered and "GEN3D" in c.__name__
        ),
    }


def run_until(done: Callable[[], bool], seconds: float) -> tuple[float, float]:
    """Tick as the timer does; how long the window would stand, and the processor works, at most."""
    longest, busiest, end = 0.0, 0.0, time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, session().STATE.job and session().STATE.job.last_lines
        start, worked = time.perf_counter(), time.thread_time()
        session().tick()
        if not done():
            longest = max(longest, time.perf_counter() - start)
            busiest = max(busiest, time.thread_time() - worked)
        time.sleep(0.05)
    return longest, busiest


def session() -> Any:  # noqa: ANN401  # Blender's and the add-on's own, found at run time
    return part("session")


def install(zip_file: str) -> dict[str, Any]:
    import addon_utils  # only there once bpy is

    before = footprint()
    said = bpy.ops.extensions.package_install_files(
        filepath=zip_file, repo="user_default", enable_on_install=True, overwrite=True
    )
    enabled = MODULE in bpy.context.preferences.addons
    after = []
    for _ in range(2):
        addon_utils.disable(MODULE)
        after.append(footprint() == before)
        addon_utils.enable(MODULE, default_set=True)
    return {"installed": sorted(said), "enabled": enabled, "clean": after}


WRITES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.chmod", "os.utime"}


def read_only() -> list[str]:
    """Refuse Python every write in the add-on's folder, as a read-only disk does, also to root.

    Returns:
        What was tried nevertheless, also later. Byte code is left out: Python tries, and lives
        without.
    """
    home, tried = str(Path(importlib.import_module(MODULE).__file__ or "").parent), []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            writes = bool(int(flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        else:
            path, writes = (arguments or ("",))[0], event in WRITES
        if writes and isinstance(path, str | os.PathLike) and str(path).startswith(home):
            tried.extend([str(path)] if "__pycache__" not in str(path) else [])
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    sys.addaudithook(watch)
    return tried


def set_up(python: str, output: str) -> dict[str, Any]:
    refused = ""
    try:
        bpy.ops.gen3d.generate()
    except RuntimeError as error:
        refused = str(error)
    prefs = bpy.context.preferences.addons[MODULE].preferences
    prefs.python, prefs.output = python, output
    asked = bpy.context.scene.gen3d
    asked.prompt, asked.width, asked.preview, asked.seed = PROMPT, 512, False, 3
    return {"refused": refused}


def stop_and_kill() -> dict[str, Any]:
    """Two real runs that do not come to their end."""
    seen: dict[str, Any] = {}
    for way in ("cancel", "kill"):
        bpy.ops.gen3d.generate()
        job = session().STATE.job
        run_until(lambda job=job: job.progress.index > 0 or job.state != "running", 60)
        drawn = draw()
        start = time.monotonic()
        if way == "cancel":
            bpy.ops.gen3d.cancel()
        else:
            os.kill(job._process.pid, signal.SIGKILL)
        run_until(lambda job=job: job.state != "running", 30)
        seen[way] = {
            "seconds": time.monotonic() - start,
            "state": job.state,
            "message": job.message,
            "lines": len(job.last_lines),
            "running": drawn,
            "after": draw(),
        }
    return seen


def test_button() -> dict[str, Any]:
    bpy.ops.gen3d.test()
    run_until(lambda: not session().STATE.questions, 120)
    return {"said": session().STATE.test_lines, "abilities": sorted(session().STATE.abilities)}


def make(way: str, output: Path) -> dict[str, Any]:
    if way == "make":
        bpy.ops.gen3d.generate()
    else:
        (run,) = [r for r in part("commands").recent_runs(output) if r.state == "done"]
        bpy.ops.gen3d.watch(folder=str(run.folder))
    job = session().STATE.job
    longest, busiest = run_until(lambda: job.state != "running", 300)
    return {
        "state": job.state,
        "notice": session().STATE.notice,
        "tick_s": longest,
        "tick_busy_s": busiest,
        "drawn": draw(),
    }


def reshape() -> dict[str, Any]:
    """Ten centimetres more by the slider: the same run, made again, in place of the old figure."""
    bpy.context.scene.gen3d.body.height += 0.1
    bpy.ops.gen3d.reshape()
    job = session().STATE.job
    run_until(lambda: job.state != "running", 300)
    return {"state": job.state, "notice": session().STATE.notice, **scene()}


def motion() -> dict[str, Any]:
    """A motion for the selected armature, against the file that the run wrote."""
    (rig,) = [t for t in bpy.data.objects if t.type == "ARMATURE"]
    rig.location = (1.0, 2.0, 0.0)
    bpy.context.view_layer.objects.active = rig
    rig.select_set(True)
    asked = bpy.context.scene.gen3d
    asked.tab, asked.prompt, asked.in_place = "motion", "jumps twice", True
    before = len(bpy.data.objects)
    bpy.ops.gen3d.generate()
    job = session().STATE.job
    run_until(lambda: job.state != "running", 300)
    told = {
        "state": job.state,
        "notice": session().STATE.notice,
        "message": job.message,
        "lines": job.last_lines,
        "left": len(bpy.data.objects) - before,
    }
    if job.state != "done":
        return told
    action = rig.animation_data.action
    given = part("importing").import_glb(job.run_dir / "motion.glb")
    (other,) = [t for t in given if t.type == "ARMATURE"]
    apart, moved, rest = 0.0, 0.0, None
    for share in (0.0, 0.3, 0.5, 0.8):
        bpy.context.scene.frame_set(round(action.frame_range[1] * share))
        places = {b.name: rig.matrix_world @ b.head for b in rig.pose.bones}
        rest = rest or places
        apart = max(
            apart,
            *(
                (places[b.name] - other.matrix_world @ b.head).length
                for b in other.pose.bones
                if b.name in places
            ),
        )
        moved = max(moved, *((place - rest[name]).length for name, place in places.items()))
    return {
        **told,
        "action": action.name,
        "apart": apart,
        "moved": moved,
        "bones": len(other.pose.bones),
    }


def scene() -> dict[str, Any]:
    (home,) = [c for c in bpy.data.collections if "gen3d_run" in c]
    things = list(home.objects)
    (rig,) = [t for t in things if t.type == "ARMATURE"]
    keys = {
        t.name: len(t.data.shape_keys.key_blocks) - 1
        for t in things
        if t.type == "MESH" and t.data.shape_keys
    }
    tall = max(
        (t.matrix_world @ v.co).z for t in things if t.type == "MESH" for v in t.data.vertices
    )
    return {
        "collection": home.name,
        "kinds": sorted({t.type for t in things}),
        "bones": len(rig.data.bones),
        "meshes": sorted(t.name for t in things if t.type == "MESH"),
        "keys": keys,
        "others": sorted(
            o.name for o in bpy.data.objects if o.name not in home.objects and o.type != "CAMERA"
        ),
        "action": rig.animation_data.action.name,
        "frames": bpy.context.scene.frame_end,
        "height": tall,
        "slider": bpy.context.scene.gen3d.body.height,
        "world": world(),
    }


def world() -> dict[str, Any]:
    """Where Blender finds the sun in the picture that is its World."""
    shown = bpy.context.scene.world
    (node,) = [n for n in shown.node_tree.nodes if n.bl_idname == "ShaderNodeTexEnvironment"]
    image = node.image
    width, height = image.size
    pixels = list(image.pixels)
    best = max(range(width * height), key=lambda i: pixels[4 * i + 1])
    u, v = (best % width + 0.5) / width, (best // width + 0.5) / height
    # Blender's own mapping: the centre is +X, longitude grows to the left, v = 0 is straight down.
    phi, theta = math.pi - 2 * math.pi * u, math.pi * (v - 0.5)
    turn, strength = part("importing").world_inputs(bpy.context)
    return {
        "sun": [math.cos(theta) * math.cos(phi), math.cos(theta) * math.sin(phi), math.sin(theta)],
        "strength": strength.default_value,
        "turn": list(turn.default_value),
        "space": image.colorspace_settings.name,
        "exposure": bpy.context.scene.view_settings.exposure,
    }


def main(zip_file: str, python: str, output: str, way: str) -> dict[str, Any]:
    told: dict[str, Any] = {"version": list(bpy.app.version), **install(zip_file)}
    told["tried"] = read_only()
    try:
        (Path(importlib.import_module(MODULE).__file__ or "").parent / "x").write_text("x")
    except OSError as error:
        told["watched"] = error.errno == errno.EROFS and len(told["tried"]) == 1
    told["tried"].clear()
    told |= set_up(python, output)
    told["empty"] = draw()
    if way == "make":
        told["test"] = test_button()
        told["ends"] = stop_and_kill()
    told["made"] = make(way, Path(output))
    told["scene"] = scene()
    told["more"] = reshape() if way == "make" else motion()
    return told


if __name__ == "__main__":
    print(MARK + json.dumps(main(*sys.argv[1:])), flush=True)  # noqa: T201 - the answer
