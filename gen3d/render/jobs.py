# SPDX-License-Identifier: Apache-2.0
"""A list of pictures to draw, shared among processes (:mod:`gen3d.workers`).

NumPy shades on one core, so every core gets a process of its own
(``python -m gen3d.render.jobs FOLDER``). A picture depends on nothing but its own description, so
who draws it does not change a byte. What the processes do not deliver is drawn here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from jaxtyping import Float32, UInt8
from scipy.sparse import csr_matrix

from gen3d.render.cameras import Camera
from gen3d.render.lighting import Light
from gen3d.render.picture import FILM, SHEET, render
from gen3d.render.surface import Materials, Surface
from gen3d.render.textures import TexturePool
from gen3d.render.tones import add_glare, develop
from gen3d.render.visibility import Pose, influences_of, pose
from gen3d.workers import Workers, anyone, claim, leave, working

QUALITIES = (SHEET, FILM)
_POLL_SECONDS = 0.005


@dataclass(frozen=True)
class Shot:
    """One picture: a pose, a camera, an exposure."""

    pose: int
    """Index into the job's poses."""
    camera: Camera
    exposure: float
    """Linear factor on radiance."""
    quality: int
    """Index into :data:`QUALITIES`."""


@dataclass(frozen=True)
class Job:
    """Everything that its pictures need."""

    surface: Surface
    light: Light
    matrices: Float32[np.ndarray, "poses joints 3 4"]
    shots: tuple[Shot, ...]


class Studio:
    """Draws the shots of a job in this process; keeps the last pose's trees."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._influences: csr_matrix = influences_of(job.surface, job.matrices.shape[1])
        self._posed: tuple[int, Pose] | None = None

    def pose(self, index: int) -> Pose:
        """The figure in one of the job's poses."""
        if self._posed is None or self._posed[0] != index:
            posed = pose(self._job.surface, self._influences, self._job.matrices[index])
            self._posed = (index, posed)
        return self._posed[1]

    def draw(self, shot: Shot) -> UInt8[np.ndarray, "height width 3"]:
        """One finished picture."""
        posed, quality = self.pose(shot.pose), QUALITIES[shot.quality]
        picture = render(posed, self._job.light, shot.camera, quality, shot.exposure)
        return develop(add_glare(picture, shot.exposure), shot.exposure)


def draw_all(job: Job, processes: int = 2) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    """All pictures of a job, in order, as they get ready."""
    studio = Studio(job)
    if processes < 2 or len(job.shots) < 2:
        yield from (studio.draw(shot) for shot in job.shots)
        return
    with TemporaryDirectory(prefix="gen3d-preview-") as name:
        folder = Path(name)
        save(job, folder)
        with working("gen3d.render.jobs", folder, processes) as workers:
            for index, shot in enumerate(job.shots):
                picture = _delivered(folder, index, workers)
                yield studio.draw(shot) if picture is None else picture


def _delivered(
    folder: Path, index: int, workers: Workers
) -> UInt8[np.ndarray, "height width 3"] | None:
    """Wait for a picture; none when nobody is left to draw it."""
    path = _picture_path(folder, index)
    while not path.exists():
        if not anyone(workers) and not path.exists():
            return None
        time.sleep(_POLL_SECONDS)
    picture = np.load(path)
    path.unlink()
    return picture


def _picture_path(folder: Path, index: int) -> Path:
    return folder / f"{index}.npy"


def work(folder: Path) -> None:
    """Draw unclaimed pictures until none is left or the process that asked has gone."""
    parent = os.getppid()
    job = load(folder)
    studio = Studio(job)
    for index, shot in enumerate(job.shots):
        if os.getppid() != parent:
            return
        if claim(folder, str(index)):
            picture = studio.draw(shot)
            leave(_picture_path(folder, index), lambda file, drawn=picture: np.save(file, drawn))


def save(job: Job, folder: Path) -> None:
    """Write a job as plain arrays."""
    arrays = _flatten("surface", job.surface) | _flatten("light", job.light)
    cameras = [shot.camera for shot in job.shots]
    arrays["matrices"] = job.matrices
    arrays["eyes"] = np.stack([camera.eye for camera in cameras])
    arrays["turns"] = np.stack([camera.R_camera_world for camera in cameras])
    arrays["scalars"] = np.array([(c.focal_px, c.width_px, c.height_px) for c in cameras])
    arrays["shots"] = np.array([(shot.pose, shot.exposure, shot.quality) for shot in job.shots])
    np.savez(folder / "job.npz", allow_pickle=False, **arrays)


def load(folder: Path) -> Job:
    """Read a job that :func:`save` wrote."""
    with np.load(folder / "job.npz") as file:
        arrays = {name: file[name] for name in file.files}
    shots: list[Shot] = []
    rows = zip(arrays["eyes"], arrays["turns"], arrays["scalars"], arrays["shots"], strict=True)
    for eye, turn, (focal, width, height), (index, exposure, quality) in rows:
        camera = Camera(eye, turn, float(focal), int(width), int(height))
        shots.append(Shot(int(index), camera, float(exposure), int(quality)))
    textures = TexturePool(**_section("surface.materials.textures", arrays))
    materials = Materials(**_section("surface.materials", arrays), textures=textures)
    surface = Surface(**_section("surface", arrays), materials=materials)
    light = Light(**_section("light", arrays))
    return Job(surface, light, arrays["matrices"], tuple(shots))


def _flatten(prefix: str, value: object) -> dict[str, np.ndarray]:
    """Arrays of nested dataclasses under dotted names."""
    if not is_dataclass(value):
        return {prefix: np.asarray(value)}
    flat: dict[str, np.ndarray] = {}
    for entry in fields(value):
        flat |= _flatten(f"{prefix}.{entry.name}", getattr(value, entry.name))
    return flat


def _section(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays directly under a dotted name."""
    split = {name: name.rpartition(".") for name in arrays}
    return {last: arrays[name] for name, (first, _, last) in split.items() if first == prefix}


if __name__ == "__main__":
    work(Path(sys.argv[1]))
