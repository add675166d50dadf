# SPDX-License-Identifier: Apache-2.0
"""Photographs against what geometry and the studio's own shading say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from gen3d.foundry.solids import Solid, ellipsoid, joined, moved
from gen3d.foundry.thing import Finish, Thing, ThingSpec
from gen3d.render.photo import DISTANCE, FOV_DEG, prepare, random_views, take
from gen3d.render.studio import StudioLight, default_light, shade, to_srgb
from gen3d.render.views import Views, orbit, project, rays

RED = Finish("plastic", (0.6, 0.05, 0.04))
GREEN = Finish("plastic", (0.05, 0.5, 0.04))
RADIUS = 0.8


def thing(*pieces: tuple[Finish, Solid]) -> Thing:
    whole = joined(*(solid for _, solid in pieces))
    slot = [np.full(len(s.faces), i, np.int32) for i, (_, s) in enumerate(pieces)]
    spec = ThingSpec("ball", (), tuple(finish for finish, _ in pieces))
    return Thing(spec, whole.verts, whole.faces, np.concatenate(slot))


def ball() -> Thing:
    return thing((RED, ellipsoid(RADIUS, detail=64)))


def camera(azimuths_deg: list[float], elevation_deg: float = 0.0, size_px: int = 64) -> Views:
    azimuth = torch.tensor(azimuths_deg)
    same = torch.ones_like(azimuth)
    return orbit(azimuth, elevation_deg * same, DISTANCE * same, FOV_DEG * same, size_px)


def photographed(what: Thing, views: Views, light: StudioLight | None = None) -> np.ndarray:
    return take(prepare(what), views, light or default_light(len(views)))


def disc_px(radius: float, size_px: int) -> float:
    """Radius of a ball's outline: the cone from the eye that touches it."""
    half = math.asin(radius / DISTANCE)
    return 0.5 * size_px * math.tan(half) / math.tan(math.radians(FOV_DEG / 2.0))


def test_the_alpha_of_a_ball_is_the_disc_that_geometry_says() -> None:
    alpha = photographed(ball(), camera([0.0, 77.0]))[..., 3] / 255.0
    area = math.pi * disc_px(RADIUS, 64) ** 2
    assert alpha.sum((1, 2)) == pytest.approx([area, area], rel=0.01)


def test_alpha_is_one_inside_the_outline_none_outside_and_shares_of_four_on_it() -> None:
    alpha = photographed(ball(), camera([20.0]))[0, ..., 3]
    y, x = np.mgrid[:64, :64] + 0.5 - 32.0
    away = np.hypot(x, y) - disc_px(RADIUS, 64)
    assert (alpha[away < -1.0] == 255).all()
    assert (alpha[away > 1.0] == 0).all()
    assert set(np.unique(alpha)) == {0, 64, 128, 191, 255}


def test_the_middle_of_a_ball_has_the_colour_that_the_studio_gives_its_normal() -> None:
    views = camera([30.0], elevation_deg=20.0, size_px=65)
    light = default_light()
    to_eye = torch.nn.functional.normalize(views.eyes, dim=-1)[:, None]
    ones = torch.ones(1, 1)
    colour = shade(torch.tensor([[RED.colour]]), to_eye, to_eye, 0.4 * ones, 0.0 * ones, light)
    middle = photographed(ball(), views, light)[0, 32, 32, :3] / 255.0
    assert middle == pytest.approx(to_srgb(colour)[0, 0].numpy(), abs=0.012)


def test_what_is_in_front_hides_what_is_behind_from_either_side() -> None:
    red = (RED, moved(ellipsoid(0.3), z=0.5))
    green = (GREEN, moved(ellipsoid(0.3), z=-0.5))
    pictures = photographed(thing(red, green), camera([0.0, 180.0], size_px=17)).astype(int)
    front, back = pictures[:, 8, 8]
    assert front[0] > front[1] + 60
    assert back[1] > back[0] + 60


def test_a_thing_to_the_right_and_above_is_right_and_above_in_the_picture() -> None:
    place = torch.tensor([[0.4, 0.3, 0.1]])
    small = thing((RED, moved(ellipsoid(0.1), *place[0].tolist())))
    views = camera([0.0, 60.0, 200.0], elevation_deg=15.0)
    alpha = photographed(small, views)[..., 3].astype(np.float64)
    y, x = np.mgrid[:64, :64] + 0.5
    found = [((a * x).sum() / a.sum(), (a * y).sum() / a.sum()) for a in alpha]
    assert np.array(found) == pytest.approx(project(views, place)[0][:, 0].numpy(), abs=0.5)


def test_every_view_has_its_own_light() -> None:
    light = StudioLight(
        torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]), *3 * [torch.full((2, 3), 0.4)]
    )
    right, left = photographed(ball(), camera([0.0, 0.0]), light)[..., 0].astype(int)
    assert right[32, 44] > right[32, 19] + 20
    assert abs(right - left[:, ::-1]).max() <= 3


def test_straight_colour_does_not_darken_towards_the_outline() -> None:
    flat = StudioLight(torch.tensor([[0.0, 1.0, 0.0]]), torch.zeros(1, 3), *2 * [torch.ones(1, 3)])
    matt = thing((Finish("plaster", (0.5, 0.5, 0.5)), ellipsoid(RADIUS, detail=64)))
    picture = photographed(matt, camera([0.0]), flat)[0]
    edge = (picture[..., 3] > 0) & (picture[..., 3] < 255)
    assert edge.any()
    assert picture[edge][:, :3].min() > 0.8 * picture[32, 32, :3].min()


def test_nothing_in_sight_is_an_empty_picture() -> None:
    away = thing((RED, moved(ellipsoid(0.1), x=40.0)))
    assert not photographed(away, camera([0.0], size_px=8)).any()


def test_random_views_look_at_the_thing_which_fills_a_like_share_of_each() -> None:
    views = random_views(200, 64, np.random.default_rng(0))
    _, directions = rays(views)
    middle = directions[:, 31:33, 31:33].mean((1, 2))
    aim = torch.nn.functional.cosine_similarity(middle, -views.eyes)
    assert aim.min() > 0.9999
    assert views.elevation_deg.min() >= -25.0
    assert views.elevation_deg.max() <= 75.0
    turns = np.histogram(views.azimuth_deg.numpy(), bins=4, range=(0, 360))[0]
    assert turns.min() > 30
    # Half the height that is seen at the thing's distance, in units of the default camera's.
    reach = views.eyes.norm(dim=-1) * torch.tan(views.fov_y / 2.0)
    share = reach / (DISTANCE * math.tan(math.radians(FOV_DEG / 2.0)))
    assert 0.81 < share.min() < 0.9
    assert 1.1 < share.max() < 1.16
