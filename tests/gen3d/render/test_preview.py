# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from gen3d.errors import Gen3dError
from gen3d.render.jobs import Job, draw_all, load, save
from gen3d.render.preview import plan, write_film, write_preview
from gen3d.render.staging import FILM_FPS, FILM_FRAMES, FILM_SIZE_PX, film_schedule, moments
from gen3d.types import Character


@pytest.fixture(name="figure")
def _figure(shapes: ModuleType) -> Character:
    head = shapes.part(shapes.sphere(0.15, (0.0, 1.6, 0.0)), "body")
    trunk = shapes.part(shapes.sphere(0.35, (0.0, 0.8, 0.0)), "t_shirt")
    return shapes.character(head, trunk, clips=(shapes.still(12),))


def test_the_sheet_has_four_rest_views_and_four_moments_from_cameras_that_follow(
    shapes: ModuleType, figure: Character
) -> None:
    clip = figure.clips[0]
    far = clip.root_positions + np.float32([40.0, 0.0, 0.0])
    travelling = replace(figure, clips=(replace(clip, root_positions=far),))
    job, staging = plan(travelling, shapes.sunny((0.5, 0.7, 0.4)))
    assert [view.pose for view in staging.sheet[:4]] == [0, 0, 0, 0]
    assert [view.pose for view in staging.sheet[4:]] == [1 + int(i) for i in moments(clip)]
    assert all(abs(view.camera.eye[0] - 40.0) < 15.0 for view in staging.sheet[4:])
    assert len(job.shots) == 8 + FILM_FRAMES


def test_a_job_survives_the_trip_to_another_process(
    shapes: ModuleType, figure: Character, tmp_path: Path
) -> None:
    job, _ = plan(figure, shapes.sunny((0.5, 0.7, 0.4)))
    small = Job(job.surface, job.light, job.matrices, job.shots[1:2])
    save(small, tmp_path)
    again = load(tmp_path)
    assert again.shots[0].exposure == small.shots[0].exposure
    alone, restored = next(draw_all(small, 1)), next(draw_all(again, 1))
    assert alone.tobytes() == restored.tobytes()


def test_two_processes_draw_what_one_draws(shapes: ModuleType, figure: Character) -> None:
    job, _ = plan(figure, shapes.sunny((0.5, 0.7, 0.4)))
    few = Job(job.surface, job.light, job.matrices, (job.shots[1], job.shots[40]))
    alone, shared = list(draw_all(few, 1)), list(draw_all(few, 2))
    assert [a.tobytes() for a in alone] == [b.tobytes() for b in shared]


def test_the_exposure_of_the_film_returns_to_its_start(
    shapes: ModuleType, figure: Character
) -> None:
    job, _ = plan(figure, shapes.sunny((0.5, 0.1, -0.8)))
    stops = np.log2([shot.exposure for shot in job.shots[8:]])
    assert np.abs(np.diff([*stops, stops[0]])).max() < 0.25


def test_loops_repeat_and_other_clips_are_held_at_their_ends(shapes: ModuleType) -> None:
    clip = shapes.still(30)
    looped = film_schedule(replace(clip, loop=True))
    assert set(np.diff(looped) % 30) <= {1, 2}
    held = film_schedule(clip)
    assert (np.diff(held) >= 0).all()
    assert held[0] == 0
    assert held[-1] == 29


def test_preview_files_are_written_and_progress_is_told(
    shapes: ModuleType, figure: Character, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gen3d.render.staging.FILM_FRAMES", 8)
    steps: list[tuple[int, int]] = []

    def heard(step: int, total: int) -> None:
        steps.append((step, total))

    environment = shapes.sunny((0.5, 0.7, 0.4))
    sheet, film = write_preview(figure, environment, tmp_path, heard)
    assert steps == [(i, 16) for i in range(1, 17)]
    picture = np.asarray(Image.open(sheet))
    assert picture.shape[1] == 1920
    assert picture.std() > 10
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(film))
    assert frames == 8
    assert seconds == pytest.approx(8 / FILM_FPS, abs=0.05)


def test_equal_frames_give_equal_films(tmp_path: Path) -> None:
    frames = [np.full((FILM_SIZE_PX[1], FILM_SIZE_PX[0], 3), i, np.uint8) for i in (10, 200)]
    for name in ("a.mp4", "b.mp4"):
        write_film(frames, tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_character_without_faces_is_refused(shapes: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="no faces"):
        write_preview(shapes.character(), shapes.furnace(1.0), tmp_path)


def test_numbers_that_are_not_finite_are_refused_by_name(
    shapes: ModuleType, figure: Character, tmp_path: Path
) -> None:
    part = figure.parts[0]
    weights = part.skin.weights.copy()
    weights[3] = np.nan
    broken = replace(part, skin=replace(part.skin, weights=weights))
    with pytest.raises(Gen3dError, match="body"):
        write_preview(shapes.character(broken), shapes.furnace(1.0), tmp_path)
