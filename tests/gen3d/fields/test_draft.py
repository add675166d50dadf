# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch

from gen3d.fields.closest import Tree, Union, components
from gen3d.fields.draft import draft_prior
from gen3d.fields.prior import Prior, grid_points, read_grid, sample
from gen3d.foundry import finish as looks
from gen3d.foundry.solids import Solid, box, ellipsoid, joined, moved
from gen3d.foundry.thing import Finish, Thing, ThingSpec

RED, WOOD = Finish("ceramic", (0.6, 0.05, 0.05), "striped"), Finish("wood", (0.3, 0.2, 0.1))
LOW = ((-0.3, 0.0, 0.0), (0.6, 0.8, 0.7))
HIGH = ((0.2, 0.1, 0.05), (0.8, 0.3, 0.4))


def brick(place: tuple[float, float, float], size: tuple[float, float, float]) -> Solid:
    x, y, z = place
    return moved(box(*size, bevel=1e-4), x, y - size[1] / 2.0, z)


def overlapping() -> Thing:
    solids = [brick(*LOW), brick(*HIGH)]
    whole = joined(*solids)
    slot = np.repeat(np.arange(2, dtype=np.int32), [len(s.faces) for s in solids])
    return Thing(ThingSpec("bricks", (), (RED, WOOD)), whole.verts, whole.faces, slot)


def to_brick(
    points: torch.Tensor, place: tuple[float, float, float], size: tuple[float, float, float]
) -> torch.Tensor:
    """Closed form: distance to an axis-aligned box."""
    away = (points - torch.tensor(place)).abs() - torch.tensor(size) / 2.0
    return away.clamp_min(0.0).norm(dim=-1) + away.amax(dim=-1).clamp_max(0.0)


@pytest.fixture(scope="module")
def prior() -> Prior:
    return draft_prior(overlapping(), 64)


def test_the_distance_of_overlapping_solids_is_the_least_of_theirs(prior: Prior) -> None:
    points = grid_points(64)
    wanted = torch.minimum(to_brick(points, *LOW), to_brick(points, *HIGH))
    near = wanted.abs() < 2.0 / 63
    assert float((prior.sdf[0] - wanted)[near].abs().max()) < 5e-4
    assert torch.equal((prior.sdf[0] < 0)[wanted.abs() > 5e-4], (wanted < 0)[wanted.abs() > 5e-4])


def test_the_far_field_is_within_a_coarse_voxel_of_the_truth(prior: Prior) -> None:
    points = grid_points(64)
    wanted = torch.minimum(to_brick(points, *LOW), to_brick(points, *HIGH))
    assert float((prior.sdf[0] - wanted).abs().max()) < 0.05


def test_slot_weights_sum_to_one_and_the_slot_that_is_deepest_owns(prior: Prior) -> None:
    assert torch.allclose(prior.slots.sum(dim=0), torch.ones(64, 64, 64), atol=1e-5)
    points = torch.tensor([[-0.6, 0.0, 0.0], [0.6, 0.1, 0.05]])
    weights = read_grid(prior.slots, points)
    assert float(weights[0, 0]) > 0.99
    assert float(weights[1, 1]) > 0.99


def test_albedo_near_the_surface_is_that_of_the_slots_finish(prior: Prior) -> None:
    points = grid_points(64).reshape(-1, 3)
    near = (prior.sdf.flatten().abs() < 0.03) & (prior.slots[0].flatten() > 0.999)
    wanted = looks.albedo(RED, points[near].numpy().astype(np.float64))
    assert int(near.sum()) > 1000
    assert np.abs(prior.albedo.flatten(1).T[near].numpy() - wanted).max() < 2e-3


def test_gloss_mixes_the_materials_by_slot_weight(prior: Prior) -> None:
    assert prior.gloss is not None
    rough = [looks.MATERIALS[f.material].roughness for f in (RED, WOOD)]
    wanted = prior.slots[0] * rough[0] + prior.slots[1] * rough[1]
    assert torch.allclose(prior.gloss[0], wanted, atol=1e-5)


def test_the_same_thing_gives_the_same_bytes(prior: Prior) -> None:
    again = draft_prior(overlapping(), 64)
    assert torch.equal(again.sdf, prior.sdf)
    assert torch.equal(again.albedo, prior.albedo)


def test_a_slot_without_solids_owns_nothing() -> None:
    thing = overlapping()
    spec = ThingSpec("bricks", (), (RED, WOOD, RED))
    found = draft_prior(Thing(spec, thing.verts, thing.faces, thing.slot), 24)
    assert float(found.slots[2].max()) < 1e-6


def test_reading_a_grid_is_exact_for_linear_functions_and_takes_points_as_xyz() -> None:
    slope = torch.tensor([0.3, -0.7, 1.1])
    values = (grid_points(9) @ slope)[None]
    points = torch.rand(50, 3, generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0
    ones = torch.ones(1, 9, 9, 9)
    prior = Prior(values, ones, values.expand(3, -1, -1, -1))
    assert torch.allclose(sample(prior, points).sdf, points @ slope, atol=1e-6)
    assert sample(prior, points).gloss is None


def test_a_solid_turned_inside_a_union_keeps_the_sign_everywhere() -> None:
    balls = joined(ellipsoid(0.5), moved(ellipsoid(0.5), x=0.3), moved(ellipsoid(0.2), x=0.1))
    points = np.random.default_rng(3).uniform(-1.0, 1.0, (4000, 3))
    centres = np.array([[0.0, 0, 0], [0.3, 0, 0], [0.1, 0, 0]])
    away = np.linalg.norm(points[:, None] - centres, axis=2) - np.array([0.5, 0.5, 0.2])
    wanted = away.min(axis=1)
    found = Union(balls).signed(points)
    sure = np.abs(wanted) > 0.01
    assert np.array_equal(found[sure] < 0, wanted[sure] < 0)
    assert np.abs(found - wanted).max() < 0.01


def test_the_nearest_point_of_a_mesh_is_where_its_barycentrics_say() -> None:
    ball = ellipsoid(0.5)
    points = np.random.default_rng(4).uniform(-1.0, 1.0, (200, 3))
    found = Tree(ball).nearest(points)
    place = np.einsum("pc,pcx->px", found.barycentrics, ball.verts[ball.faces[found.face]])
    assert np.allclose(np.linalg.norm(points - place, axis=1), found.distance, atol=1e-5)


def test_components_take_a_soup_apart_and_lose_nothing() -> None:
    parts = components(joined(ellipsoid(0.2), moved(box(0.2, 0.2, 0.2), y=0.5)))
    assert [len(part.faces) for part in parts] == [
        len(ellipsoid(0.2).faces),
        len(box(0.2, 0.2, 0.2).faces),
    ]
