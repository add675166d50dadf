# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.fields.cleanup import cleaned, decimated, smoothed, survey, without_specks
from gen3d.fields.needles import without_needles
from gen3d.fields.surface import extract
from gen3d.foundry.solids import Solid, ellipsoid, joined, moved, torus, volume


def turned_inside_out(solid: Solid) -> Solid:
    return Solid(solid.verts, np.ascontiguousarray(solid.faces[:, ::-1]))


def test_a_ball_and_a_floating_speck_become_one_ball() -> None:
    found = cleaned(joined(ellipsoid(0.6), moved(ellipsoid(0.1), x=0.8)))
    assert found.soundness.pieces == 1
    assert found.dropped_pieces == 1
    assert found.dropped_volume == pytest.approx((0.1 / 0.6) ** 3, rel=0.02)
    assert found.soundness.why == ""
    assert volume(found.surface) == pytest.approx(volume(ellipsoid(0.6)), rel=1e-6)


def test_two_balls_of_a_size_stay_and_the_report_says_so() -> None:
    pair = joined(moved(ellipsoid(0.3), x=-0.5), moved(ellipsoid(0.3), x=0.5))
    found = cleaned(pair)
    assert found.soundness.pieces == 2
    assert found.soundness.watertight
    assert "2 separate pieces" in found.soundness.why


def test_a_hollow_that_nobody_sees_is_filled() -> None:
    hollow = joined(ellipsoid(0.6), turned_inside_out(ellipsoid(0.4)))
    kept, specks, hollows, lost = without_specks(hollow, 0.05)
    assert (specks, hollows, lost) == (0, 1, 0.0)
    assert volume(kept) == pytest.approx(volume(ellipsoid(0.6)))


def test_what_encloses_nothing_is_refused() -> None:
    with pytest.raises(Gen3dError, match="no volume"):
        cleaned(turned_inside_out(ellipsoid(0.5)))


def test_a_missing_triangle_is_three_open_edges() -> None:
    ball = ellipsoid(0.5)
    found = survey(Solid(ball.verts, ball.faces[1:]))
    assert not found.watertight
    assert found.open_edges == 3
    assert found.genus is None
    assert "3 edges are open" in found.why


def test_a_triangle_wound_against_its_neighbours_is_found() -> None:
    ball = ellipsoid(0.5)
    faces = ball.faces.copy()
    faces[100] = faces[100, ::-1]
    found = survey(Solid(ball.verts, faces))
    assert found.crowded_edges == 3
    assert not found.watertight


def test_handles_are_counted_over_all_pieces() -> None:
    rings = joined(torus(0.3, 0.1), moved(torus(0.3, 0.1), y=0.6))
    assert survey(rings).genus == 2
    assert survey(joined(rings, moved(ellipsoid(0.2), y=-0.6))).genus == 2


def test_two_balls_that_share_one_vertex_are_pinched_there() -> None:
    ball = ellipsoid(0.4)
    pair = joined(ball, moved(ball, y=0.8))
    # Poles come last, the lower one first.
    top, bottom = len(ball.verts) - 1, 2 * len(ball.verts) - 2
    faces = np.where(pair.faces == bottom, top, pair.faces).astype(np.int32)
    found = survey(Solid(pair.verts, faces))
    assert found.pinched_verts == 1
    assert found.watertight
    assert found.genus == 0


@pytest.mark.parametrize("budget", [500, 3000])
def test_decimation_meets_the_budget_and_keeps_a_ring_a_closed_ring(budget: int) -> None:
    def ring(points: torch.Tensor) -> torch.Tensor:
        around = points[:, [0, 2]].norm(dim=1) - 0.6
        return torch.stack([around, points[:, 1]], dim=1).norm(dim=1) - 0.2

    found = cleaned(extract(ring, 64), budget=budget, function=ring)
    assert found.soundness.triangles <= budget
    assert found.within_budget
    assert found.soundness.watertight
    assert found.soundness.genus == 1
    assert float(ring(torch.from_numpy(found.surface.verts)).abs().max()) < 1e-3
    assert found.soundness.volume == pytest.approx(2 * np.pi**2 * 0.6 * 0.04, rel=35.0 / budget)


def test_a_mesh_within_its_budget_is_not_touched() -> None:
    ball = ellipsoid(0.5)
    assert decimated(ball, len(ball.faces)) is ball


def test_smoothing_takes_noise_away_and_leaves_the_volume() -> None:
    ball = ellipsoid(0.5, detail=32)
    noise = np.random.default_rng(0).normal(0.0, 0.004, ball.verts.shape)
    rough = Solid(ball.verts + noise, ball.faces)
    smooth = smoothed(rough, 10)

    def bumps(solid: Solid) -> float:
        return float(np.linalg.norm(solid.verts, axis=1).std())

    assert bumps(smooth) < 0.5 * bumps(rough)
    assert volume(smooth) == pytest.approx(volume(ball), rel=0.01)


def test_needles_are_collapsed_and_nothing_else_changes() -> None:
    ball = ellipsoid(0.5)
    verts = ball.verts.copy()
    start, end = ball.faces[300, 0], ball.faces[300, 1]
    verts[end] = verts[start] + 1e-5
    found = without_needles(Solid(verts, ball.faces))
    assert len(found.faces) == len(ball.faces) - 2
    assert survey(found).watertight
    assert survey(found).genus == 0
    assert volume(found) == pytest.approx(volume(Solid(verts, ball.faces)), abs=1e-6)


def test_a_mesh_without_needles_comes_back_as_it_was() -> None:
    ball = ellipsoid(0.5)
    assert without_needles(ball) is ball
