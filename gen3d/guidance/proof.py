# SPDX-License-Identifier: Apache-2.0
"""Preview = export: the file on disk, looked at from cameras that no fit has used.

Two comparisons, because two things can go wrong: the mesh against the field that was fitted (was
the surface extracted and baked faithfully?) and the file against the mesh that was painted (is what
was written what was made?). Pictures for the user come from the file alone.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from gen3d.fields.asset import to_unit_frame
from gen3d.fields.field import Field
from gen3d.guidance.candidates import shown
from gen3d.guidance.looking import around
from gen3d.progress import OnStep, silent
from gen3d.render.agreement import Agreement, agreement
from gen3d.render.object_views import Prepared, load_object, prepared, sheet, show_object, turntable
from gen3d.render.shot import Shot, halved
from gen3d.render.studio import StudioLight, default_light
from gen3d.runs import Json

HELD_OUT_DEG = (7.0, 68.0, 131.0, 193.0, 254.0, 317.0)
COMPARED_PX = 128
SHEET_PX, FILM_PX, FRAMES, FPS = 480, 320, 40, 16


def write_pictures(glb: Path, folder: Path, on_step: OnStep = silent, *, film: bool = True) -> None:
    """Write ``preview.png`` (four sides) and ``preview.mp4`` (one turn) of an object file.

    Args:
        glb: The file.
        folder: Where to write.
        on_step: Told after each frame.
        film: Whether the turn is wanted.
    """
    thing = prepared(to_unit_frame(load_object(glb), 0.9))
    light = _flattering()
    Image.fromarray(sheet(thing, light, SHEET_PX)).save(folder / "preview.png")
    if film:
        _film(thing, light, folder / "preview.mp4", on_step)


def _film(thing: Prepared, light: StudioLight, path: Path, on_step: OnStep) -> None:
    from imageio_ffmpeg import write_frames

    writer = write_frames(str(path), (FILM_PX, FILM_PX), fps=FPS, quality=8)
    writer.send(None)
    for done, frame in enumerate(turntable(thing, light, FRAMES, FILM_PX), start=1):
        writer.send(frame.tobytes())
        on_step(done, FRAMES)
    writer.close()


def _flattering() -> StudioLight:
    """The studio's light with a little more contrast."""
    soft = default_light()
    return StudioLight(soft.direction, 1.25 * soft.key, 0.95 * soft.sky, 0.8 * soft.ground)


def compare_with_file(field: Field, painted: Path, glb: Path, *, views: int = 4) -> Json:
    """Figures of both comparisons, from some of the held-out cameras."""
    cameras = around(HELD_OUT_DEG[:views], 22.0, 2 * COMPARED_PX)
    light = default_light(views)
    original = load_object(painted)
    made = show_object(prepared(original), cameras, light)
    # The file stands on the ground in metres; brought back, it must be what was painted.
    before = show_object(prepared(to_unit_frame(original, 0.9)), cameras, light)
    after = show_object(prepared(to_unit_frame(load_object(glb), 0.9)), cameras, light)
    return {
        "mesh_against_field": _figures(faithfulness(shown(field, cameras), made)),
        "file_against_mesh": _figures(agreement(before, after)),
    }


def faithfulness(fitted: Shot, made: Shot) -> Agreement:
    """How well a mesh shows the field that it was cut from.

    A field is seen by one ray through each pixel's centre, a mesh with antialiased contours. So the
    silhouettes are compared as they are, half coverage being what the centre's ray sees, and the
    colours after both were halved in size, which antialiases both.
    """
    return Agreement(agreement(halved(fitted), halved(made)).psnr_db, agreement(fitted, made).iou)


def _figures(found: Agreement) -> Json:
    return {"psnr_db": round(found.psnr_db, 2), "iou": round(found.iou, 4), "good": found.good}
