# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.export.tangents import vertex_tangents
from gen3d.fields.bake import Appearance, Source, _along, bake, mesh_normals
from gen3d.fields.cleanup import cleaned
from gen3d.fields.surface import extract
from gen3d.fields.texels import Texels, rasterised
from gen3d.fields.unwrap import unwrapped
from gen3d.foundry.solids import Solid, ellipsoid
from gen3d.render.studio import to_srgb
from gen3d.transforms import normalize
from gen3d.types import Material, Mesh

SIZE = 256


def bumpy(points: Tensor) -> Tensor:
    """A ball of radius 0.6 with bumps of a fiftieth of a unit."""
    x, y, z = (12.0 * points).unbind(dim=1)
    return points.norm(dim=1) - 0.6 - 0.02 * torch.sin(x) * torch.sin(y) * torch.sin(z)


def bumpy_normal(points: Tensor) -> Tensor:
    x, y, z = (12.0 * points).unbind(dim=1)
    s, c = torch.sin, torch.cos
    bumps = torch.stack([c(x) * s(y) * s(z), s(x) * c(y) * s(z), s(x) * s(y) * c(z)], dim=1)
    return points / points.norm(dim=1, keepdim=True) - 0.02 * 12.0 * bumps


def colourful(points: Tensor) -> Appearance:
    albedo = 0.5 + 0.4 * torch.sin(points * torch.tensor([3.0, 4.0, 5.0]))
    return Appearance(albedo, 0.3 + 0.2 * points[:, 0], 0.5 + 0.5 * points[:, 1])


@pytest.fixture(scope="module")
def detailed() -> Solid:
    return extract(bumpy, 96)


@pytest.fixture(scope="module")
def light(detailed: Solid) -> Solid:
    return cleaned(detailed, budget=1500, function=bumpy).surface


@pytest.fixture(scope="module")
def baked(light: Solid) -> tuple[Mesh, Material]:
    source = Source(colourful, bumpy_normal, bumpy)
    return bake(light, unwrapped(light, SIZE), source, size_px=SIZE, reach=0.05)


def places(mesh: Mesh, texels: Texels) -> np.ndarray:
    corners = mesh.verts[mesh.faces[texels.face]].astype(np.float64)
    return np.einsum("tc,tcx->tx", texels.barycentrics, corners)


def upward(mesh: Mesh, texels: Texels) -> np.ndarray:
    corners = mesh.normals[mesh.faces[texels.face]].astype(np.float64)
    return normalize(np.einsum("tc,tcx->tx", texels.barycentrics, corners))


def picture(material: Material, slot: str) -> np.ndarray:
    texture = getattr(material, slot)
    assert texture is not None
    return texture.pixels


def test_colours_equal_the_field_where_the_texels_normal_meets_its_surface(
    baked: tuple[Mesh, Material],
) -> None:
    mesh, material = baked
    texels = rasterised(mesh.uvs, mesh.faces, SIZE)
    where = _along(places(mesh, texels), upward(mesh, texels), bumpy, 0.05)
    assert float(bumpy(where).abs().quantile(0.99)) < 1e-3
    wanted = to_srgb(colourful(where).albedo).numpy() * 255.0
    found = picture(material, "base_color_texture")[texels.row, texels.column]
    assert np.abs(found - wanted).max() <= 0.51


def test_roughness_is_green_and_metalness_blue(baked: tuple[Mesh, Material]) -> None:
    mesh, material = baked
    texels = rasterised(mesh.uvs, mesh.faces, SIZE)
    at = places(mesh, texels)
    found = picture(material, "metallic_roughness_texture")[texels.row, texels.column] / 255.0
    assert np.all(found[:, 0] == 1.0)
    assert np.abs(found[:, 1] - (0.3 + 0.2 * at[:, 0])).max() < 0.02
    assert np.abs(found[:, 2] - (0.5 + 0.5 * at[:, 1])).max() < 0.04
    assert (material.metallic, material.roughness) == (1.0, 1.0)


def read_normals(mesh: Mesh, material: Material, texels: Texels) -> np.ndarray:
    """What a renderer makes of the file: glTF 2.0, section 3.9.3, with the exporter's tangents."""
    tangents = vertex_tangents(mesh.verts, mesh.faces, mesh.normals, mesh.uvs)
    corners = tangents[mesh.faces[texels.face]].astype(np.float64)
    mixed = np.einsum("tc,tcx->tx", texels.barycentrics, corners)
    normal, tangent = upward(mesh, texels), normalize(mixed[:, :3])
    bitangent = np.cross(normal, tangent) * np.sign(mixed[:, 3:])
    bytes_ = picture(material, "normal_texture")[texels.row, texels.column]
    x, y, z = np.moveaxis(bytes_ / 127.5 - 1.0, 1, 0)
    return normalize(x[:, None] * tangent + y[:, None] * bitangent + z[:, None] * normal)


def angles_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    cosine = np.sum(normalize(a) * normalize(b), axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def test_the_normal_map_read_as_gltf_says_gives_the_fields_normals(
    baked: tuple[Mesh, Material],
) -> None:
    mesh, material = baked
    texels = rasterised(mesh.uvs, mesh.faces, SIZE)
    where = _along(places(mesh, texels), upward(mesh, texels), bumpy, 0.05)
    wanted = bumpy_normal(where).numpy().astype(np.float64)
    error = angles_deg(read_normals(mesh, material, texels), wanted)
    without = angles_deg(upward(mesh, texels), wanted)
    assert np.median(error) < 0.6
    assert np.percentile(error, 99) < 2.0
    assert np.median(without) > 2.0 * np.percentile(error, 90)


def test_normals_of_a_detailed_mesh_serve_as_well_as_the_fields(
    light: Solid, detailed: Solid
) -> None:
    source = Source(colourful, mesh_normals(detailed))
    mesh, material = bake(light, unwrapped(light, SIZE), source, size_px=SIZE)
    texels = rasterised(mesh.uvs, mesh.faces, SIZE)
    wanted = bumpy_normal(torch.from_numpy(places(mesh, texels)).float()).numpy()
    error = angles_deg(read_normals(mesh, material, texels), wanted.astype(np.float64))
    assert np.median(error) < 3.0


def bilinear(pixels: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    x, y = uvs.T.astype(np.float64) * SIZE - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    total = np.zeros((len(uvs), 3))
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = np.abs(1 - row - (y - top)) * np.abs(1 - column - (x - left))
        at = pixels[(top + row).clip(0, SIZE - 1), (left + column).clip(0, SIZE - 1)]
        total += share[:, None] * at
    return total


def test_both_sides_of_a_seam_show_the_same_colour_under_bilinear_filtering(
    light: Solid, baked: tuple[Mesh, Material]
) -> None:
    mesh, material = baked
    origin = unwrapped(light, SIZE).origin
    shown = bilinear(picture(material, "base_color_texture"), mesh.uvs)
    order = np.argsort(origin, kind="stable")
    twins = origin[order][1:] == origin[order][:-1]
    difference = np.abs(shown[order][1:] - shown[order][:-1])[twins]
    assert twins.sum() > 100
    assert np.percentile(difference, 99) < 3.0
    assert difference.max() < 8.0


def test_a_mesh_beside_the_surface_is_read_on_the_surface_but_never_beyond_reach() -> None:
    directions = normalize(np.random.default_rng(0).standard_normal((500, 3)))

    def steep(points: Tensor) -> Tensor:
        return 3.0 * ((points * points).sum(dim=1) - 0.36)

    found = _along(0.57 * directions, directions, steep, 0.05)
    assert np.allclose(found.norm(dim=1).numpy(), 0.6, atol=1e-3)
    short = _along(0.57 * directions, directions, steep, 0.01)
    assert float((short - torch.from_numpy(0.57 * directions).float()).norm(dim=1).max()) < 0.0101


def test_without_normals_there_is_no_normal_map_and_every_texel_is_filled() -> None:
    ball = ellipsoid(0.5, detail=12)
    white = Source(lambda p: Appearance(torch.ones(len(p), 3), p[:, 0] * 0, p[:, 0] * 0))
    mesh, material = bake(ball, unwrapped(ball, 128), white, size_px=128)
    assert material.normal_texture is None
    assert np.all(picture(material, "base_color_texture") == 255)
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-5)


def test_the_same_field_gives_the_same_bytes(light: Solid, baked: tuple[Mesh, Material]) -> None:
    source = Source(colourful, bumpy_normal, bumpy)
    _, again = bake(light, unwrapped(light, SIZE), source, size_px=SIZE, reach=0.05)
    for slot in ("base_color_texture", "normal_texture", "metallic_roughness_texture"):
        assert picture(again, slot).tobytes() == picture(baked[1], slot).tobytes()
