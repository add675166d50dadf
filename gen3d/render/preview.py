# SPDX-License-Identifier: Apache-2.0
"""The preview of a character under its own sky: ``preview.png`` and ``preview.mp4``.

The sheet shows front, left side, back and face in the rest pose, then four moments of the motion;
the film goes once around the figure while it moves. The light is the environment's and nothing
else: dark evenings are helped by exposure, never by lamps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.render.cameras import shrunk
from gen3d.render.dome import Hung
from gen3d.render.jobs import QUALITIES, Job, Shot, Studio, draw_all
from gen3d.render.lighting import prepare
from gen3d.render.picture import FILM, SHEET, probe
from gen3d.render.staging import FILM_FPS, FILM_SIZE_PX, Staging, View, stage
from gen3d.render.surface import pack_character
from gen3d.render.tones import meter
from gen3d.types import Character, Environment

SHEET_NAME = "preview.png"
FILM_NAME = "preview.mp4"
_METER_SHRINK = 8
_OWN_SHARE = 0.4
"""How far a picture's exposure follows its own light rather than the mean of all."""
_GUTTER_PX = 4
_GUTTER_GREY = 24


def write_preview(
    character: Character,
    environment: Environment,
    folder: Path,
    on_step: OnStep = silent,
    hung: Hung | None = None,
    *,
    film: bool = True,
) -> list[Path]:
    """Draw a character under its sky.

    Args:
        character: Whom to show; its first clip is the motion.
        environment: The only light, and the background.
        folder: Where the two files go.
        on_step: Told after each picture; raising in it cancels.
        hung: Where the background of a land or a room hangs; absent under a sky.
        film: Whether to draw the film too.

    Returns:
        Paths of the contact sheet and the film.

    Raises:
        Gen3dError: The character has nothing to draw, or holds numbers that are not finite.
    """
    _refuse_damage(character)
    job, staging = plan(character, environment, hung, film=film)
    pictures = _counted(draw_all(job), len(job.shots), on_step)
    sheet = [next(pictures) for _ in staging.sheet]
    sheet_path, film_path = folder / SHEET_NAME, folder / FILM_NAME
    Image.fromarray(contact_sheet(sheet)).save(sheet_path, optimize=False, compress_level=6)
    if not film:
        return [sheet_path]
    write_film(pictures, film_path)
    return [sheet_path, film_path]


def _refuse_damage(character: Character) -> None:
    if not any(len(part.mesh.faces) for part in character.parts):
        raise Gen3dError("The character has no faces to draw.", "Check the stages before this one.")
    for part in character.parts:
        numbers = (part.mesh.verts, part.mesh.normals, part.mesh.uvs, part.skin.weights)
        if not all(np.isfinite(array).all() for array in numbers):
            raise Gen3dError(
                f"Part {part.name!r} holds numbers that are not finite.",
                "Run again with another seed or garment, and report this prompt.",
            )


def _counted(
    pictures: Iterable[np.ndarray], total: int, on_step: OnStep
) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    for step, picture in enumerate(pictures, start=1):
        on_step(step, total)
        yield picture


def plan(
    character: Character, environment: Environment, hung: Hung | None = None, *, film: bool = True
) -> tuple[Job, Staging]:
    """Poses, cameras and exposures of all pictures: the sheet's, then the film's."""
    surface, light = pack_character(character), prepare(environment, hung)
    staging = stage(character, surface, environment.sun_direction)
    job = Job(surface, light, staging.matrices, ())
    studio = Studio(job)
    sheet = _smoothed(_metered(studio, job, staging.sheet))
    shots = _shots(staging.sheet, sheet, QUALITIES.index(SHEET))
    if film:
        exposures = _smoothed(_film_exposures(studio, job, staging))
        shots += _shots(staging.film, exposures, QUALITIES.index(FILM))
    return Job(surface, light, staging.matrices, tuple(shots)), staging


def _shots(views: tuple[View, ...], stops: np.ndarray, quality: int) -> list[Shot]:
    exposures = [float(2.0**stop) for stop in stops]
    return [Shot(v.pose, v.camera, e, quality) for v, e in zip(views, exposures, strict=True)]


def _metered(studio: Studio, job: Job, views: tuple[View, ...]) -> Float[np.ndarray, "views"]:
    """Exposure that each view asks for, in stops."""
    stops = [
        meter(*probe(studio.pose(view.pose), job.light, shrunk(view.camera, _METER_SHRINK)))
        for view in views
    ]
    return np.array(stops)


def _film_exposures(studio: Studio, job: Job, staging: Staging) -> Float[np.ndarray, "views"]:
    """Exposure along the orbit: measured at a few places, smooth and periodic between."""
    stops = _metered(studio, job, staging.around)
    position = np.arange(len(staging.film)) * (len(stops) / len(staging.film))
    return np.interp(position, np.arange(len(stops) + 1), [*stops, stops[0]])


def _smoothed(stops: np.ndarray) -> np.ndarray:
    """Exposures pulled towards their mean: a picture against the light may look like it."""
    return stops.mean() + _OWN_SHARE * (stops - stops.mean())


def contact_sheet(
    pictures: list[UInt8[np.ndarray, "_ _ 3"]],
) -> UInt8[np.ndarray, "height width 3"]:
    """Two rows of four pictures with thin lines between them."""
    rows = [beside(pictures[:4]), beside(pictures[4:])]
    line = np.full((_GUTTER_PX, rows[0].shape[1], 3), _GUTTER_GREY, np.uint8)
    return np.concatenate([rows[0], line, rows[1]])


def beside(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures of one height in a row, with thin lines between them."""
    for picture in pictures[1:]:
        picture[:, :_GUTTER_PX] = _GUTTER_GREY
    return np.concatenate(pictures, axis=1)


def write_film(
    frames: Iterable[UInt8[np.ndarray, "height width 3"]],
    path: Path,
    size_px: tuple[int, int] = FILM_SIZE_PX,
    fps: int = FILM_FPS,
) -> None:
    """Encode H.264 that every player opens; no dates inside, so equal frames give equal files.

    Args:
        frames: Pictures of the film's size.
        path: The ``.mp4`` file.
        size_px: Width and height, even.
        fps: Frames a second.
    """
    writer = imageio_ffmpeg.write_frames(
        str(path),
        size_px,
        fps=fps,
        codec="libx264",
        pix_fmt_out="yuv420p",
        macro_block_size=2,
        output_params=[
            *("-preset", "veryfast", "-crf", "19", "-threads", "1", "-tune", "animation"),
            *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"),
            *("-movflags", "+faststart", "-colorspace", "bt709"),
        ],
    )
    writer.send(None)
    try:
        for frame in frames:
            writer.send(np.ascontiguousarray(frame))
    finally:
        writer.close()
