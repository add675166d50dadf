# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from gen3d.render.cameras import Camera, look_at, project
from gen3d.render.lighting import prepare
from gen3d.render.picture import Quality, probe, render
from gen3d.render.skinning import rest_matrices
from gen3d.render.surface import pack_character
from gen3d.render.tones import add_glare, develop, grow, meter
from gen3d.render.visibility import Pose, influences_of, pose, sky_visibility
from gen3d.types import Character, Material, Texture

QUICK = Quality(16, 4, 48, 16, 0.05, 2)


def _posed(character: Character) -> Pose:
    surface = pack_character(character)
    joints = len(character.skeleton.names)
    return pose(surface, influences_of(surface, joints), rest_matrices(character.skeleton))


def _camera(distance: float = 6.0, height: float = 1.5) -> Camera:
    eye = np.array([0.0, height, distance])
    return look_at(eye, np.array([0.0, 0.5, 0.0]), 30.0, 160, 120)


def test_the_suns_shadow_lies_opposite_the_sun(shapes: ModuleType) -> None:
    ball = shapes.part(shapes.sphere(0.3, (0.0, 1.0, 0.0)), "ball")
    figure = _posed(shapes.character(ball))
    sun = np.array([0.7, 0.8, 0.3])
    camera = look_at(np.array([0.0, 4.0, 5.0]), np.zeros(3), 40.0, 200, 160)
    lit = render(figure, prepare(shapes.sunny(tuple(sun))), camera, QUICK, 1e-4)
    centre = np.array([[0.0, 1.0, 0.0]]) - sun[None] / sun[1]
    opposite = centre * [-1.0, 1.0, -1.0]
    brightness = []
    for place in (centre, opposite):
        x, y = project(camera, place)[0][0].astype(int)
        brightness.append(float(lit[y, x].mean()))
    assert brightness[0] < 0.3 * brightness[1]


def test_far_from_the_figure_the_floor_is_the_panorama(shapes: ModuleType) -> None:
    ball = shapes.part(shapes.sphere(0.2, (0.0, 0.2, 0.0)), "ball")
    light = prepare(shapes.sunny((0.0, 1.0, 0.0)))
    picture = render(_posed(shapes.character(ball)), light, _camera(), QUICK, 1e-4)
    assert picture[-3, 3] == pytest.approx(1500.0, rel=1e-3)
    assert picture[2, 3] == pytest.approx([900.0, 1300.0, 2000.0], rel=1e-3)


def test_a_white_ball_vanishes_in_a_white_furnace_without_floor_contact(
    shapes: ModuleType,
) -> None:
    material = Material("white", roughness=0.5)
    ball = shapes.part(shapes.sphere(0.4, (0.0, 30.0, 0.0), rows=64), "ball", material)
    camera = look_at(np.array([0.0, 30.0, 4.0]), np.array([0.0, 30.0, 0.0]), 20.0, 80, 80)
    picture = render(
        _posed(shapes.character(ball)), prepare(shapes.furnace(2.0)), camera, QUICK, 0.3
    )
    assert picture == pytest.approx(2.0, rel=0.01)


def test_the_same_input_gives_the_same_picture(shapes: ModuleType) -> None:
    ball = shapes.part(shapes.sphere(0.3, (0.0, 0.5, 0.0)), "body")
    light = prepare(shapes.sunny((0.5, 0.5, 0.5)))
    first, second = (
        render(_posed(shapes.character(ball)), light, _camera(), QUICK, 1e-4) for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()
    assert np.isfinite(first).all()


def test_transparent_texels_show_what_is_behind(shapes: ModuleType) -> None:
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[..., 3] = 0
    texture = Texture("clear", pixels)
    clear = Material("clear", base_color_texture=texture, alpha_mode="MASK", double_sided=True)
    red = Material("red", base_color=(0.8, 0.0, 0.0, 1.0))
    shell = shapes.part(shapes.sphere(0.5, (0.0, 1.0, 0.0)), "hair", clear)
    core = shapes.part(shapes.sphere(0.3, (0.0, 1.0, 0.0)), "ball", red)
    light = prepare(shapes.sunny((0.0, 0.7, 0.7)))
    with_shell = render(_posed(shapes.character(shell, core)), light, _camera(), QUICK, 1e-4)
    without = render(_posed(shapes.character(core)), light, _camera(), QUICK, 1e-4)
    assert np.abs(with_shell - without).mean() < 0.02 * without.mean()


def test_back_faces_of_single_sided_materials_are_invisible(shapes: ModuleType) -> None:
    mesh = shapes.sphere(0.4, (0.0, 1.0, 0.0))
    inside_out = type(mesh)(mesh.verts, mesh.faces[:, ::-1].copy(), -mesh.normals, mesh.uvs)
    camera = _camera()
    for sided, visible in ((True, True), (False, False)):
        material = Material("m", base_color=(1.0, 0.0, 0.0, 1.0), double_sided=sided)
        front = type(mesh)(
            inside_out.verts,
            inside_out.faces[mesh.verts[mesh.faces].mean(axis=1)[:, 2] > 0.05],
            inside_out.normals,
            inside_out.uvs,
        )
        figure = _posed(shapes.character(shapes.part(front, "ball", material)))
        seen, _ = probe(figure, prepare(shapes.furnace(1.0)), camera)
        assert (seen.shape[1] > 20) == visible


def test_a_point_on_a_free_ball_sees_half_of_space_and_one_in_a_box_none(
    shapes: ModuleType,
) -> None:
    ball = _posed(shapes.character(shapes.part(shapes.sphere(0.5, (0.0, 1.0, 0.0)), "ball")))
    up = np.array([[0.0], [1.0], [0.0]], np.float32)
    turn = np.zeros(1, np.float32)
    above = np.array([[0.0], [1.502], [0.0]], np.float32)
    inside = np.array([[0.0], [1.0], [0.0]], np.float32)
    assert sky_visibility(ball.solid, above, up, turn, 64)[0] == 1.0
    assert sky_visibility(ball.solid, inside, up, turn, 64)[0] == 0.0


def test_sky_visibility_between_parallel_walls_is_the_closed_form(shapes: ModuleType) -> None:
    # A floor point before an endless wall of angle 90 degrees sees half of the cosine-weighted sky.
    wall = np.array([[-500, 0, -0.001], [500, 0, -0.001], [500, 900, -0.001], [-500, 900, -0.001]])
    mesh = shapes.sphere(1.0, (0.0, 0.0, 0.0))
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    verts = wall.astype(np.float32)
    flat = type(mesh)(verts, faces, np.tile(np.float32([0, 0, 1]), (4, 1)), verts[:, :2])
    figure = _posed(shapes.character(shapes.part(flat, "wall")))
    up = np.array([[0.0], [1.0], [0.0]], np.float32)
    seen = sky_visibility(
        figure.solid, np.zeros((3, 1), np.float32), up, np.zeros(1, np.float32), 256
    )
    assert seen[0] == pytest.approx(0.5, abs=0.03)


def test_exposure_halves_when_the_light_doubles() -> None:
    seen = np.random.default_rng(0).uniform(10, 1000, (3, 500)).astype(np.float32)
    white = seen * 3
    assert meter(seen * 2, white * 2) == pytest.approx(meter(seen, white) - 1.0, abs=1e-4)


def test_black_clothes_stay_darker_than_white_ones_under_the_meter() -> None:
    white = np.full((3, 100), 1000.0, np.float32)
    shown = [
        albedo * 1000.0 * 2.0 ** meter(white * np.float32(albedo), white) for albedo in (0.03, 0.8)
    ]
    assert shown[0] < 0.2 * shown[1]


def test_the_film_curve_keeps_grey_grey_middle_grey_in_place_and_order() -> None:
    ramp = np.repeat(np.geomspace(1e-3, 100.0, 64)[None, :, None], 3, axis=2).astype(np.float32)
    shown = develop(ramp, 1.0)
    assert (shown[..., 0] == shown[..., 1]).all()
    assert (np.diff(shown[0, :, 0].astype(int)) >= 0).all()
    assert develop(np.full((1, 1, 3), 0.18, np.float32), 1.0)[0, 0, 0] == pytest.approx(118, abs=2)
    assert shown[0, -1, 0] >= 250


def test_glare_leaves_ordinary_pictures_alone_and_surrounds_the_sun() -> None:
    picture = np.full((64, 64, 3), 0.5, np.float32)
    assert add_glare(picture, 1.0) is picture
    picture[32, 32] = 1e6
    glowing = add_glare(picture, 1.0)
    assert glowing[32, 40, 0] > 0.5
    assert (glowing >= picture - 1e-6).all()


def test_enlarging_a_linear_ramp_keeps_it_linear() -> None:
    ramp = np.repeat(np.arange(8, dtype=np.float32)[None, :, None], 3, axis=2).repeat(4, axis=0)
    big = grow(ramp, 16, 32, 4)
    inner = big[8, 4:-4, 0]
    assert np.diff(inner) == pytest.approx(0.25, abs=1e-5)
