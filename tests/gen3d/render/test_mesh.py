# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.foundry.solids import box, ellipsoid, moved
from gen3d.render.fragments import visible
from gen3d.render.lookup import bilinear, pyramid, trilinear
from gen3d.render.mesh import PerCorner, PerVertex, Surface, Texels, render_mesh, smooth_normals
from gen3d.render.shot import Shot
from gen3d.render.studio import GREY, Output, StudioLight, default_light, shade, to_srgb
from gen3d.render.views import Views, orbit


def _views(size: int = 32, count: int = 1) -> Views:
    azimuth = 15.0 + 100.0 * torch.arange(count, dtype=torch.float64)
    even = torch.ones(count, dtype=torch.float64)
    return orbit(azimuth, 20.0 * even, 3.0 * even, 40.0 * even, size)


def _ball(detail: int = 10) -> tuple[Tensor, Tensor]:
    solid = ellipsoid(0.7, detail=detail)
    return torch.from_numpy(solid.verts), torch.from_numpy(solid.faces)


def _card() -> tuple[Tensor, Tensor, PerVertex]:
    """A square that fills the default picture, upright in front, its UVs as glTF's."""
    verts = torch.tensor([[-1.5, -1.5, 0.0], [1.5, -1.5, 0], [1.5, 1.5, 0], [-1.5, 1.5, 0]])
    uvs = torch.tensor([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    return verts.double(), torch.tensor([[0, 1, 2], [0, 2, 3]]), PerVertex(uvs)


def _front(size: int = 32) -> Views:
    one = torch.ones(1, dtype=torch.float64)
    return orbit(0.0 * one, 0.0 * one, 3.0 * one, 40.0 * one, size)


def _random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=torch.float64)


def _mixed(shot: Shot, seed: int = 5) -> Tensor:
    """One number that depends on every pixel of every buffer."""
    parts = torch.cat([shot.rgb, shot.normal, shot.alpha[..., None], shot.depth[..., None]], dim=-1)
    return (parts * (_random(*parts.shape, seed=seed) - 0.3)).sum()


def _check_slope(value: Callable[[Tensor], Tensor], at: Tensor, step: float = 1e-6) -> None:
    """Autograd against central differences, in some random directions."""
    x = at.clone().requires_grad_()
    (exact,) = torch.autograd.grad(value(x), x)
    for seed in range(3):
        along = _random(*at.shape, seed=20 + seed) - 0.5
        with torch.no_grad():
            numeric = (value(at + step * along) - value(at - step * along)) / (2.0 * step)
        assert float((exact * along).sum()) == pytest.approx(float(numeric), rel=2e-5, abs=1e-8)


def test_a_flat_colour_under_a_known_light_is_the_studios_shading() -> None:
    verts, faces, _ = _card()
    views = _front(8)
    surface = Surface(PerVertex(torch.tensor([[0.8, 0.4, 0.2]] * 4).double()), 0.45, 0.3)
    light = default_light()
    shot = render_mesh(verts, faces, views, light, surface)
    seen = visible(verts, faces, views)
    point = (seen.barycentrics[..., None] * seen.corners).sum(1)
    to_eye = torch.nn.functional.normalize(views.eyes - point, dim=-1)
    normal = torch.tensor([[0.0, 0.0, 1.0]]).double().expand_as(point)
    colour = torch.tensor([[0.8, 0.4, 0.2]]).double().expand_as(point)
    one = torch.ones(len(point)).double()
    expected = shade(
        colour[None], normal[None], to_eye[None], 0.45 * one[None], 0.3 * one[None], light
    )
    assert torch.allclose(shot.rgb.reshape(-1, 3), expected[0], atol=1e-7)
    assert torch.allclose(shot.alpha, torch.ones_like(shot.alpha))
    assert torch.allclose(shot.depth.reshape(-1), (views.eyes - point).norm(dim=-1))


def test_outputs_show_what_they_are_called() -> None:
    verts, faces = _ball(20)
    views = _views(32, 2)
    red = Surface(PerVertex(torch.tensor([[0.9, 0.1, 0.1]]).double().expand(len(verts), 3)))
    made: dict[Output, Shot] = {}
    kinds: tuple[Output, ...] = ("shaded", "albedo", "textureless", "normal")
    for kind in kinds:
        made[kind] = render_mesh(verts, faces, views, default_light(2), red, output=kind)
    solid = made["albedo"].alpha > 0.9999
    assert int(solid.sum()) > 500
    flat = made["albedo"].rgb[solid]
    assert torch.allclose(flat, torch.tensor([0.9, 0.1, 0.1]).double().expand_as(flat), atol=1e-3)
    grey = made["textureless"].rgb[solid]
    assert torch.allclose(grey, grey[:, :1].expand_as(grey), atol=1e-9)
    assert float(grey.std()) > 0.05
    plain = render_mesh(verts, faces, views, default_light(2), Surface(GREY, 1.0))
    assert torch.allclose(plain.rgb, made["textureless"].rgb)
    # On a ball about the origin the normal is the direction of the point itself.
    right = views.T_world_camera[0, :3, 0]
    seen = solid[0]
    across = (made["normal"].normal[0][seen] * right).sum(-1)
    assert torch.allclose(to_srgb(made["normal"].rgb[0][seen][:, 0]), 0.5 + 0.5 * across, atol=1e-2)


def test_normals_of_a_ball_point_outwards_and_gradients_reach_them() -> None:
    verts, faces = _ball(24)
    normals = smooth_normals(verts, faces)
    assert float((normals * verts / 0.7).sum(-1).min()) > 0.999
    x = torch.from_numpy(ellipsoid(0.5, detail=2).verts).requires_grad_()
    few = torch.from_numpy(ellipsoid(0.5, detail=2).faces)
    assert torch.autograd.gradcheck(lambda v: smooth_normals(v, few), (x,))


@pytest.mark.parametrize("kind", ["shaded", "albedo", "normal"])
def test_slopes_by_vertex_colours_roughness_and_normals_are_finite_differences(
    kind: Output,
) -> None:
    verts, faces = _ball(5)
    views, light, count = _views(20, 2), default_light(2), len(verts)

    def value(x: Tensor) -> Tensor:
        given = Surface(
            PerVertex(x[:, :3]),
            PerVertex(x[:, 3:4]),
            PerVertex(x[:, 4:5]),
            normals=PerVertex(x[:, 5:8]),
        )
        return _mixed(render_mesh(verts, faces, views, light, given, output=kind))

    start = torch.cat([0.2 + 0.6 * _random(count, 5), verts / 0.7 + 0.1 * _random(count, 3)], 1)
    _check_slope(value, start)


def test_slopes_by_corner_colours_and_by_light_are_finite_differences() -> None:
    verts, faces = _ball(5)
    views = _views(20)

    def by_corner(x: Tensor) -> Tensor:
        return _mixed(render_mesh(verts, faces, views, default_light(), Surface(PerCorner(x))))

    def by_light(x: Tensor) -> Tensor:
        light = StudioLight(torch.nn.functional.normalize(x[:1]), x[1:2], x[2:3], x[3:4])
        return _mixed(render_mesh(verts, faces, views, light, Surface(0.5)))

    _check_slope(by_corner, 0.2 + 0.6 * _random(len(faces), 3, 3))
    _check_slope(by_light, 0.2 + _random(4, 3))


def test_slopes_by_texels_uvs_and_normal_map_are_finite_differences() -> None:
    verts, faces, uvs = _card()
    views, turned = _front(24), verts.clone()
    turned[:, 2] += 0.4 * turned[:, 0] - 0.2 * turned[:, 1]

    def value(texels: Tensor, place: Tensor, bumps: Tensor) -> Tensor:
        surface = Surface(Texels(texels), 0.5, uvs=PerVertex(place), normal_map=Texels(bumps))
        return _mixed(render_mesh(turned, faces, views, default_light(), surface))

    texels, bumps = 0.2 + 0.6 * _random(7, 5, 3), 0.4 + 0.2 * _random(6, 4, 3, seed=1)
    bumps[..., 2] = 0.95
    _check_slope(lambda x: value(x, uvs.values, bumps), texels)
    _check_slope(lambda x: value(texels, x, bumps), uvs.values * 1.3 + 0.017)
    _check_slope(lambda x: value(texels, uvs.values, x), bumps)


def test_a_slanted_faces_values_are_interpolated_in_space_not_in_the_picture() -> None:
    verts = torch.tensor([[-0.5, -0.4, 1.2], [0.5, -0.4, 1.2], [0.0, 1.5, -4.0]]).double()
    shot = render_mesh(
        verts,
        torch.tensor([[0, 1, 2]]),
        _front(48),
        default_light(),
        Surface(PerVertex(0.1 * verts + 0.5)),
        output="albedo",
    )
    eye = torch.tensor([0.0, 0.0, 3.0]).double()
    seen = shot.alpha[0] > 0.9999
    y, x = torch.nonzero(seen).double().unbind(1)
    slope = math.tan(math.radians(20.0))
    local = torch.stack([(x + 0.5) / 24.0 - 1.0, 1.0 - (y + 0.5) / 24.0], dim=1) * slope
    ray = torch.cat([local, -torch.ones(len(local), 1).double()], dim=1)
    ray = ray / ray.norm(dim=1, keepdim=True)
    point = eye + shot.depth[0][seen][:, None] * ray
    inside = (shot.rgb[0][seen] - (0.1 * point + 0.5)).abs().amax(dim=1) < 1e-9
    assert float(inside.double().mean()) > 0.8


def test_the_picture_of_a_textured_card_is_the_texture() -> None:
    verts, faces, uvs = _card()
    picture = _random(16, 16, 3)
    # The camera sees the part of the card within 3 tan 20° of its middle.
    half = 3.0 * math.tan(math.radians(20.0)) / 3.0
    shown = render_mesh(
        verts,
        faces,
        _front(16),
        default_light(),
        Surface(Texels(picture), uvs=uvs),
        output="albedo",
    )
    place = 0.5 + half * ((torch.arange(16).double() + 0.5) / 8.0 - 1.0)
    row, column = torch.meshgrid(place, place, indexing="ij")
    expected = bilinear(picture, torch.stack([column.reshape(-1), row.reshape(-1)], dim=1))
    assert torch.allclose(shown.rgb.reshape(-1, 3), expected, atol=1e-6)


def test_lookup_gives_texels_at_their_centres_repeats_and_passes_gradcheck() -> None:
    texels = _random(4, 6, 2).requires_grad_()
    row, column = torch.meshgrid(torch.arange(4), torch.arange(6), indexing="ij")
    centres = torch.stack([(column + 0.5) / 6.0, (row + 0.5) / 4.0], dim=-1).reshape(-1, 2).double()
    assert torch.allclose(bilinear(texels, centres), texels.reshape(-1, 2))
    shifted = centres + torch.tensor([2.0, -3.0]).double() + 0.03
    assert torch.allclose(bilinear(texels, shifted), bilinear(texels, centres + 0.03))
    uvs = (_random(9, 2, seed=3) * 3.0 - 1.0).requires_grad_()
    assert torch.autograd.gradcheck(bilinear, (texels, uvs))


def test_mip_levels_keep_the_mean_and_follow_the_footprint() -> None:
    texels = _random(16, 16, 3)
    stack = pyramid(texels, 8)
    assert [len(level) for level in stack] == [16, 8, 4, 2, 1]
    for level in stack:
        assert torch.allclose(level.mean(dim=(0, 1)), texels.mean(dim=(0, 1)))
    uvs = _random(20, 2, seed=4)
    for size, level in ((0.3, 0), (1.0, 0), (4.0, 2), (1e6, 4)):
        footprint = torch.full((20,), size).double()
        assert torch.allclose(trilinear(stack, uvs, footprint), bilinear(stack[level], uvs))
    between = trilinear(stack, uvs, torch.full((20,), 2.0**0.5).double())
    middle = 0.5 * (bilinear(stack[0], uvs) + bilinear(stack[1], uvs))
    assert torch.allclose(between, middle)


def test_mip_levels_calm_a_distant_checkerboard() -> None:
    verts, faces, uvs = _card()
    checks = (
        torch.from_numpy(np.indices((256, 256)).sum(0) % 2).double()[..., None].expand(-1, -1, 3)
    )
    spread = [
        float(
            render_mesh(
                verts,
                faces,
                _front(24),
                default_light(),
                Surface(Texels(checks, levels), uvs=uvs),
                output="albedo",
            ).rgb.std()
        )
        for levels in (0, 8)
    ]
    assert spread[1] < 0.05
    assert spread[0] > 0.12


def test_a_normal_map_tilts_towards_u_and_towards_the_top_of_the_picture() -> None:
    verts, faces, uvs = _card()
    tilted = {"right": (0.6, 0.0, 0.8), "up": (0.0, 0.6, 0.8)}
    for name, normal in tilted.items():
        bumps = (0.5 + 0.5 * torch.tensor(normal).double()).expand(2, 2, 3)
        surface = Surface(0.5, uvs=uvs, normal_map=Texels(bumps))
        shot = render_mesh(verts, faces, _front(6), default_light(), surface)
        expected = torch.tensor(normal).double().expand_as(shot.normal)
        assert torch.allclose(shot.normal, expected, atol=1e-6), name
    mirrored = PerVertex(uvs.values * torch.tensor([-1.0, 1.0]).double())
    bumps = (0.5 + 0.5 * torch.tensor([0.6, 0.0, 0.8]).double()).expand(2, 2, 3)
    surface = Surface(0.5, uvs=mirrored, normal_map=Texels(bumps))
    shot = render_mesh(verts, faces, _front(6), default_light(), surface)
    assert float(shot.normal[..., 0].mean()) == pytest.approx(-0.6, abs=1e-6)


def test_the_back_of_a_face_is_lit_as_its_front() -> None:
    verts, faces, _ = _card()
    both = [
        render_mesh(verts, f, _front(8), default_light(), Surface(0.5)).rgb
        for f in (faces, faces.flip(1))
    ]
    assert torch.allclose(both[0], both[1])


def test_views_are_independent_and_each_has_its_light() -> None:
    solid = moved(box(0.9, 0.7, 0.5), y=-0.35)
    verts, faces = torch.from_numpy(solid.verts), torch.from_numpy(solid.faces)
    views, surface = _views(24, 3), Surface(PerVertex(_random(len(verts), 3)))
    light = StudioLight(
        torch.nn.functional.normalize(_random(3, 3, seed=6) - 0.3),
        *(_random(3, 3, seed=i) for i in (7, 8, 9)),
    )
    together = render_mesh(verts, faces, views, light, surface)
    for i in range(3):
        pick = slice(i, i + 1)
        one = Views(
            views.T_world_camera[pick],
            views.fov_y[pick],
            24,
            24,
            views.azimuth_deg[pick],
            views.elevation_deg[pick],
        )
        alone = StudioLight(
            light.direction[pick], light.key[pick], light.sky[pick], light.ground[pick]
        )
        shot = render_mesh(verts, faces, one, alone, surface)
        assert torch.allclose(shot.rgb[0], together.rgb[i], atol=1e-9)
        assert torch.allclose(shot.alpha[0], together.alpha[i], atol=1e-9)


def test_the_same_mesh_gives_the_same_bytes() -> None:
    verts, faces = _ball()
    surface = Surface(PerVertex(_random(len(verts), 3).float()))
    x = verts.float().requires_grad_()
    made: list[Tensor] = []
    for _ in range(2):
        shot = render_mesh(x, faces, _views(), default_light(), surface)
        (slope,) = torch.autograd.grad(shot.rgb.sum() + shot.alpha.sum(), x)
        made += [shot.rgb, slope]
    assert torch.equal(made[0], made[2])
    assert torch.equal(made[1], made[3])
    assert made[0].dtype == torch.float32


def test_texels_without_uvs_are_refused_and_an_empty_mesh_is_an_empty_picture() -> None:
    verts, faces = _ball()
    with pytest.raises(Gen3dError, match="no UVs"):
        render_mesh(verts, faces, _views(), default_light(), Surface(Texels(_random(4, 4, 3))))
    empty = render_mesh(verts, faces[:0], _views(), default_light(), Surface(0.5))
    assert float(empty.alpha.sum()) == 0.0
    assert float(empty.rgb.abs().sum()) == 0.0
