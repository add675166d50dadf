# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import importlib.util

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.foundry.solids import ellipsoid, joined, moved, torus
from gen3d.render.backends import clip_positions, pytorch3d_positions
from gen3d.render.fragments import NONE, Backend, intersect, visible
from gen3d.render.pixels import pixel_rays, pixels_around
from gen3d.render.views import Views, orbit, project, rays


def _views(size: int | tuple[int, int] = 40, dtype: torch.dtype = torch.float64) -> Views:
    values = ([15.0, 130.0], [25.0, -20.0], [3.0, 2.6], [40.0, 50.0])
    a, e, d, f = (torch.tensor(value, dtype=dtype) for value in values)
    return orbit(a, e, d, f, size)


def _lump() -> tuple[Tensor, Tensor]:
    solid = joined(ellipsoid(0.5, 0.7, 0.4, detail=12), moved(torus(0.6, 0.15), y=0.2))
    return torch.from_numpy(solid.verts), torch.from_numpy(solid.faces)


def test_weights_and_depth_give_the_point_that_the_pixel_looks_at() -> None:
    verts, faces = _lump()
    views = _views((30, 44))
    seen = visible(verts, faces, views)
    origins, directions = (value.reshape(-1, 3)[seen.pixel] for value in rays(views))
    on_ray = origins + seen.depth[:, None] * directions
    on_face = (seen.barycentrics[..., None] * seen.corners).sum(1)
    assert len(seen.pixel) > 300
    assert torch.allclose(on_ray, on_face, atol=1e-5)
    assert torch.allclose(seen.barycentrics.sum(-1), torch.ones(len(seen.pixel)).double())
    assert torch.equal(seen.corners, verts[faces.long()[seen.face]])


def test_nothing_stands_before_what_is_seen() -> None:
    verts, faces = _lump()
    views = _views(12)
    seen = visible(verts, faces, views)
    origins, directions = (value.reshape(-1, 3) for value in rays(views))
    corners = verts[faces.long()]
    nearest = []
    for origin, direction in zip(origins, directions, strict=True):
        count = len(corners)
        weights, depth = intersect(corners, origin.expand(count, 3), direction.expand(count, 3))
        point = (weights[..., None] * corners).sum(1)
        # Where the ray misses the triangle, the held weights are not those of a point on it.
        gap = (point - origin - depth[:, None] * direction).norm(dim=-1)
        met = depth[(gap < 1e-9) & (weights >= 0.0).all(-1) & (depth > 0.0)]
        nearest.append(float(met.min()) if len(met) else torch.inf)
    expected = torch.tensor(nearest, dtype=torch.float64)
    found = seen.picture(seen.depth, torch.inf).reshape(-1)
    assert torch.allclose(found, expected, atol=1e-6)


def test_pictures_of_fragments_hold_their_values_and_blanks() -> None:
    verts, faces = _lump()
    seen = visible(verts, faces, _views(20))
    picture, face = seen.picture(seen.depth, -5.0), seen.face_picture()
    assert picture.shape == face.shape == (2, 20, 20)
    assert torch.equal(face >= 0, picture > 0.0)
    assert bool((picture[face == NONE] == -5.0).all())
    assert torch.equal(seen.slot.reshape(face.shape) == len(seen.pixel), face == NONE)
    assert torch.equal(face.reshape(-1)[seen.pixel], seen.face)


def test_warp_sees_what_embree_sees() -> None:
    verts, faces = _lump()
    views = _views(48)
    first, second = (visible(verts, faces, views, backend) for backend in ("embree", "warp"))
    same = first.face_picture() == second.face_picture()
    # Rays that meet an edge may be given to either of its faces.
    assert float(same.float().mean()) > 0.998
    both = [seen.picture(seen.depth) for seen in (first, second)]
    assert float((both[0] - both[1]).abs().quantile(0.998)) < 1e-5


@pytest.mark.parametrize("backend", ["pytorch3d", "nvdiffrast"])
def test_optional_rasterisers_see_what_embree_sees_or_say_how_to_get_them(
    backend: Backend,
) -> None:
    verts, faces = _lump()
    views = _views(48)
    if importlib.util.find_spec(backend) is None:
        with pytest.raises(Gen3dError) as caught:
            visible(verts, faces, views, backend)
        assert backend in caught.value.hint
        return
    device = "cuda" if backend == "nvdiffrast" else "cpu"
    found = visible(verts.to(device), faces.to(device), views, backend).face_picture().cpu()
    same = found == visible(verts, faces, views).face_picture()
    assert float(same.float().mean()) > 0.995


def test_rasterisers_coordinates_are_those_of_the_pixels() -> None:
    verts = _lump()[0].float()
    for size in ((30, 44), (44, 30), (32, 32)):
        views = _views(size, torch.float32)
        pixel, depth = project(views, verts)
        short = min(size)
        ndc = pytorch3d_positions(verts, views)
        middle = torch.tensor([size[1], size[0]]) / 2.0
        assert torch.allclose(middle - ndc[..., :2] * short / 2.0, pixel, atol=1e-3)
        assert torch.allclose(ndc[..., 2], depth, atol=1e-5)
        clip = clip_positions(verts, views)
        flat = clip[..., :3] / clip[..., 3:]
        assert torch.allclose((flat[..., 0] + 1.0) * size[1] / 2.0, pixel[..., 0], atol=1e-3)
        assert torch.allclose((1.0 - flat[..., 1]) * size[0] / 2.0, pixel[..., 1], atol=1e-3)
        assert float(flat[..., 2].abs().max()) <= 1.0
        order = depth[0].argsort()
        assert bool((flat[0, order, 2].diff() >= -1e-6).all())


def test_rays_of_single_pixels_are_those_of_the_whole_picture() -> None:
    views = _views((18, 27))
    origins, directions = (value.reshape(-1, 3) for value in rays(views))
    pixel = torch.arange(0, len(origins), 7)
    some_origins, some_directions = pixel_rays(views, pixel)
    assert torch.allclose(some_origins, origins[pixel])
    assert torch.allclose(some_directions, directions[pixel], atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(st.floats(-3.5, 3.5), st.floats(-1.0, 1.0))
def test_the_box_around_a_mesh_leaves_nothing_out(x: float, z: float) -> None:
    verts, faces = _lump()
    views = _views(16)
    place = verts + torch.tensor([x, 0.0, 3.0 * z], dtype=torch.float64)
    seen = visible(place, faces, views)
    everywhere = rays(views)
    from gen3d.render.raycast import Tracer

    tracer = Tracer(place.float().numpy(), faces.numpy())
    columns = [value.reshape(-1, 3).float().numpy().T for value in everywhere]
    whole = torch.from_numpy(tracer.nearest(columns[0], columns[1]).face)
    assert torch.equal((whole >= 0).nonzero()[:, 0], seen.pixel)
    assert set(seen.pixel.tolist()) <= set(pixels_around(place, views).tolist())


def test_an_empty_mesh_and_one_out_of_sight_are_not_seen() -> None:
    verts, faces = _lump()
    views = _views(8)
    assert len(visible(verts, faces[:0], views).face) == 0
    assert len(visible(verts + 50.0, faces, views).face) == 0


def test_bad_meshes_and_back_ends_are_refused_with_a_reason() -> None:
    verts, faces = _lump()
    views = _views(8)
    broken = verts.clone()
    broken[3, 1] = torch.nan
    with pytest.raises(Gen3dError, match="finite"):
        visible(broken, faces, views)
    with pytest.raises(Gen3dError, match="outside"):
        visible(verts[:-1], faces, views)


def test_faces_without_area_are_survived() -> None:
    verts = torch.tensor([[0.0, 0, 0], [0.5, 0, 0], [0.25, 0, 0], [0, 0.5, 0]]).double()
    verts.requires_grad_()
    faces = torch.tensor([[0, 1, 2], [0, 1, 3], [1, 1, 1]])
    seen = visible(verts, faces, _views(24))
    seen.depth.sum().backward()
    assert len(seen.face) > 0
    assert verts.grad is not None
    assert bool(torch.isfinite(verts.grad).all())


def test_depth_and_weights_pass_gradcheck() -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.randn(6, 3, 3, generator=generator, dtype=torch.float64)
    weights = torch.tensor([0.3, 0.5, 0.2], dtype=torch.float64)
    origins = torch.randn(6, 3, generator=generator, dtype=torch.float64) + 4.0
    directions = torch.nn.functional.normalize((weights[:, None] * corners).sum(1) - origins)
    inputs = tuple(value.requires_grad_() for value in (corners, origins, directions))
    assert torch.autograd.gradcheck(intersect, inputs)
