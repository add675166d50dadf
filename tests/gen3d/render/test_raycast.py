# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from gen3d.render.raycast import FAR, Tracer, nearer, renumbered


def _downward(points: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    origins = np.stack([points[:, 0], np.full(len(points), height), points[:, 1]])
    directions = np.tile(np.array([[0.0], [-1.0], [0.0]]), (1, len(points)))
    return origins.astype(np.float32), directions.astype(np.float32)


def test_a_plane_is_hit_at_its_distance_with_the_right_corner_weights() -> None:
    verts = np.array([[0, 0.5, 0], [4, 0.5, 0], [0, 0.5, 4]], np.float32)
    tracer = Tracer(verts, np.array([[0, 1, 2]], np.int32))
    points = np.random.default_rng(0).dirichlet([1, 1, 1], 100) @ verts[:, [0, 2]]
    origins, directions = _downward(points, 3.0)
    hits = tracer.nearest(origins, directions)
    assert (hits.face == 0).all()
    assert hits.depth == pytest.approx(2.5, abs=1e-5)
    assert (hits.barycentrics.T @ verts)[:, [0, 2]] == pytest.approx(points, abs=1e-5)


def test_barycentrics_sum_to_one_for_hits_and_misses(shapes: ModuleType) -> None:
    mesh = shapes.sphere(1.0, (0.0, 0.0, 0.0))
    points = np.random.default_rng(1).uniform(-1.5, 1.5, (500, 2))
    hits = Tracer(mesh.verts, mesh.faces).nearest(*_downward(points, 4.0))
    assert hits.barycentrics.sum(axis=0) == pytest.approx(1.0, abs=1e-6)
    assert (hits.barycentrics >= -1e-6).all()


def test_a_fine_sphere_is_hit_where_geometry_says(shapes: ModuleType) -> None:
    mesh = shapes.sphere(1.0, (0.0, 0.0, 0.0), rows=128)
    points = np.random.default_rng(2).uniform(-1.4, 1.4, (2000, 2))
    radius = np.linalg.norm(points, axis=1)
    hits = Tracer(mesh.verts, mesh.faces).nearest(*_downward(points, 4.0))
    inside, outside = radius < 0.97, radius > 1.0
    expected = 4.0 - np.sqrt(1.0 - radius[inside] ** 2)
    assert np.abs(hits.depth[inside] - expected).max() < 2e-3
    assert (hits.face[outside] == -1).all()
    assert (hits.depth[outside] == FAR).all()


def test_occlusion_agrees_with_the_nearest_hit(shapes: ModuleType) -> None:
    mesh = shapes.sphere(1.0, (0.0, 0.0, 0.0))
    tracer = Tracer(mesh.verts, mesh.faces)
    rays = _downward(np.random.default_rng(3).uniform(-1.5, 1.5, (500, 2)), 4.0)
    assert (tracer.occluded(*rays) == (tracer.nearest(*rays).face >= 0)).all()


def test_an_empty_scene_and_no_rays_give_nothing() -> None:
    empty = Tracer(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    rays = _downward(np.zeros((3, 2)), 1.0)
    assert (empty.nearest(*rays).face == -1).all()
    assert not empty.occluded(*rays).any()
    assert empty.nearest(*_downward(np.zeros((0, 2)), 1.0)).face.shape == (0,)


def test_two_part_scenes_together_see_what_the_whole_scene_sees(shapes: ModuleType) -> None:
    mesh = shapes.sphere(1.0, (0.0, 0.0, 0.0))
    numbers = np.arange(len(mesh.faces), dtype=np.int32)
    odd, even = numbers[1::2], numbers[::2]
    rays = _downward(np.random.default_rng(4).uniform(-1.5, 1.5, (800, 2)), 4.0)
    parts = [renumbered(Tracer(mesh.verts, mesh.faces[n]).nearest(*rays), n) for n in (odd, even)]
    whole, joined = Tracer(mesh.verts, mesh.faces).nearest(*rays), nearer(*parts)
    assert joined.depth == pytest.approx(whole.depth, abs=1e-6)
    assert (joined.face == whole.face).mean() > 0.99
