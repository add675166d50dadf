# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from gen3d.render.lighting import Light, prepare
from gen3d.render.points import Appearance, Points
from gen3d.render.reflectance import (
    albedo_table,
    ggx_density,
    hammersley,
    radical_inverse,
    smith_visibility,
)
from gen3d.render.shading import bounced, shade, specular_occlusion


def _points(normal: np.ndarray) -> Points:
    count = normal.shape[1]
    nothing = np.zeros_like(normal)
    return Points(
        position=nothing,
        shadow_origin=nothing,
        normal=normal,
        facet=normal,
        tangent=nothing,
        bitangent=nothing,
        uv=np.zeros((2, count), np.float32),
        front=np.ones(count, bool),
        part=np.zeros(count, np.int32),
        footprint=np.zeros(count, np.float32),
    )


def _look(normal: np.ndarray, base: float, metallic: float, roughness: float) -> Appearance:
    count = normal.shape[1]
    one = np.ones(count, np.float32)
    return Appearance(
        base=np.full((3, count), base, np.float32),
        alpha=one,
        metallic=one * np.float32(metallic),
        roughness=one * np.float32(roughness),
        emissive=np.zeros((3, count), np.float32),
        normal=normal,
        skin=np.zeros(count, np.float32),
    )


def _fan(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Normals up; views from straight above to nearly grazing."""
    angle = np.linspace(0.0, 1.45, count)
    normal = np.tile(np.array([[0.0], [1.0], [0.0]], np.float32), (1, count))
    directions = np.stack([np.sin(angle), -np.cos(angle), np.zeros(count)]).astype(np.float32)
    return normal, directions


def _shaded(light: Light, base: float, metallic: float, roughness: float) -> np.ndarray:
    normal, directions = _fan()
    free = np.ones(normal.shape[1], np.float32)
    look = _look(normal, base, metallic, roughness)
    return shade(_points(normal), look, directions, light, free, free).seen


@pytest.mark.parametrize("roughness", [0.1, 0.4, 0.7, 1.0])
def test_a_white_surface_vanishes_in_a_white_furnace(shapes: ModuleType, roughness: float) -> None:
    light = prepare(shapes.furnace(3.0))
    assert _shaded(light, 1.0, 0.0, roughness) == pytest.approx(3.0, rel=5e-3)
    assert _shaded(light, 1.0, 1.0, roughness) == pytest.approx(3.0, rel=5e-3)


@pytest.mark.parametrize("metallic", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("base", [0.0, 0.3, 0.9])
def test_no_surface_sends_back_more_than_it_gets(
    shapes: ModuleType, metallic: float, base: float
) -> None:
    light = prepare(shapes.furnace(1.0))
    for roughness in (0.05, 0.3, 0.6, 1.0):
        seen = _shaded(light, base, metallic, roughness)
        assert (seen <= 1.0 + 5e-3).all()
        assert (seen >= 0.0).all()


def test_rough_black_dielectric_reflects_its_few_percent(shapes: ModuleType) -> None:
    seen = _shaded(prepare(shapes.furnace(1.0)), 0.0, 0.0, 0.1)
    assert seen[:, 0] == pytest.approx(0.04, abs=0.005)
    assert (np.diff(seen[0]) > -1e-3).all(), "Fresnel: grazing views see more"


def test_the_sun_lights_a_matte_floor_by_lamberts_law(shapes: ModuleType) -> None:
    environment = shapes.sunny((0.0, 0.6, 0.8), lux=1e4)
    dark = np.zeros_like(environment.radiance)
    light = prepare(
        type(environment)(dark, dark, environment.sun_direction, np.full(3, 1e4, np.float32))
    )
    normal, directions = _fan(1)
    free = np.ones(1, np.float32)
    white = shade(
        _points(normal), _look(normal, 0.5, 0.0, 1.0), directions, light, free, free
    ).white
    assert white[:, 0] == pytest.approx(1e4 * 0.6 / np.pi, rel=1e-4)


def test_the_microfacet_density_is_normalised() -> None:
    cosine = (np.arange(20000) + 0.5) / 20000
    for alpha in (0.1, 0.3, 0.8):
        total = 2.0 * np.pi * np.mean(ggx_density(cosine, np.full_like(cosine, alpha**2)) * cosine)
        assert total == pytest.approx(1.0, rel=1e-2)


def test_masking_is_symmetric_and_vanishes_at_grazing_light() -> None:
    a, b = np.array([0.3]), np.array([0.8])
    alpha2 = np.array([0.2])
    assert smith_visibility(a, b, alpha2) == pytest.approx(smith_visibility(b, a, alpha2))
    grazing = smith_visibility(a, np.array([1e-6]), alpha2) * 1e-6
    assert grazing == pytest.approx(0.0, abs=1e-5)


def test_a_smooth_mirror_reflects_all_and_a_rough_one_loses_some() -> None:
    single = albedo_table().sum(axis=0)
    assert single[0] == pytest.approx(1.0, abs=0.02)
    assert single[-1, -1] < 0.8
    assert (single <= 1.0 + 1e-3).all()


def test_radical_inverses_are_mirrored_digits() -> None:
    assert radical_inverse(np.array([1, 2, 3, 6]), 2) == pytest.approx([0.5, 0.25, 0.75, 0.375])
    x, y = hammersley(64)
    assert np.histogram2d(x, y, 8, [[0, 1], [0, 1]])[0] == pytest.approx(1.0)


def test_occlusion_terms_are_exact_at_their_ends() -> None:
    one, none = np.ones(5, np.float32), np.zeros(5, np.float32)
    albedo = np.linspace(0, 1, 15).reshape(3, 5).astype(np.float32)
    assert bounced(one, albedo) == pytest.approx(1.0, abs=1e-2)
    assert bounced(none, albedo) == pytest.approx(0.0)
    assert specular_occlusion(one * 0.5, one, one * 0.5) == pytest.approx(1.0, abs=1e-3)
