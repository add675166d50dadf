# SPDX-License-Identifier: Apache-2.0
"""Fabrics and patterns on a sheet of cloth with known measures."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.spec import FABRICS, PATTERNS, GarmentSpec
from gen3d.types import Material
from gen3d.wardrobe.fabric import paint_fabric
from gen3d.wardrobe.fabric_cloth import cloth_of
from gen3d.wardrobe.fabric_pattern import PATTERNS as PAINTED
from gen3d.wardrobe.fabric_weave import LOOKS

_SIZE = 256


def _measures(metres: float) -> tuple[np.ndarray, ...]:
    """A square of cloth in the middle of its atlas (UV 0.05 to 0.95), standing upright."""
    n = 13
    u, v = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n)))
    uvs = np.stack([0.05 + 0.9 * u, 0.05 + 0.9 * v], axis=1).astype(np.float32)
    coords = (np.stack([u, v], axis=1) * metres).astype(np.float32)
    positions = (np.stack([u, 1.0 - v, np.zeros_like(u)], axis=1) * metres).astype(np.float32)
    hem = (np.minimum.reduce([u, v, 1 - u, 1 - v]) * metres).astype(np.float32)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    quads = np.stack([corner, corner + n, corner + n + 1, corner + 1], axis=1)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)
    return uvs, faces, coords, positions, hem


def _sheet(metres: float, garment: GarmentSpec, seed: int = 3, size_px: int = _SIZE) -> Material:
    return paint_fabric(garment, *_measures(metres), "sheet", seed, size_px)


def _garment(fabric: str = "cotton", pattern: str = "plain", **more: object) -> GarmentSpec:
    values = {"color": (0.05, 0.1, 0.4), "accent": (0.7, 0.7, 0.65), **more}
    return GarmentSpec.model_validate(
        {"kind": "t_shirt", "fabric": fabric, "pattern": pattern, **values}
    )


def _linear(material: Material) -> np.ndarray:
    texture = material.base_color_texture
    assert texture is not None
    return (texture.pixels[..., :3] / 255.0) ** 2.2


def _surface(material: Material) -> np.ndarray:
    texture = material.metallic_roughness_texture
    assert texture is not None
    return texture.pixels / 255.0


def _middle(picture: np.ndarray) -> np.ndarray:
    return picture[40:-40, 40:-40]


def test_every_fabric_and_pattern_of_the_spec_can_be_painted() -> None:
    assert set(LOOKS) == set(FABRICS)
    assert set(PAINTED) == set(PATTERNS)


@pytest.mark.parametrize("fabric", FABRICS)
def test_fabric_keeps_its_colour_and_has_texture(fabric: str) -> None:
    material = _sheet(0.3, _garment(fabric))
    color = _middle(_linear(material)).reshape(-1, 3)
    if fabric not in {"gold", "metal"}:
        np.testing.assert_allclose(color.mean(axis=0), (0.05, 0.1, 0.4), rtol=0.4, atol=0.06)
    normal = material.normal_texture
    assert normal is not None
    assert _middle(normal.pixels)[..., :2].std() > 0.3
    assert _middle(_surface(material))[..., 1].mean() == pytest.approx(
        LOOKS[fabric].roughness, abs=0.08
    )
    assert _middle(_surface(material))[..., 2].mean() == pytest.approx(LOOKS[fabric].metallic)


@pytest.mark.parametrize("metres", [0.3, 0.62])
def test_stripes_have_their_width_in_metres_on_small_and_large_cloth(metres: float) -> None:
    picture = _linear(_sheet(metres, _garment(pattern="stripes")))[:, _SIZE // 2, 0]
    inside = picture[int(0.12 * _SIZE) : int(0.88 * _SIZE)] > 0.3
    changes = np.count_nonzero(inside[1:] != inside[:-1])
    assert changes == pytest.approx(2 * metres * (0.76 / 0.9) / 0.062, abs=1.5)


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p not in {"plain", "rags"}])
def test_pattern_shows_both_colours(pattern: str) -> None:
    picture = _middle(_linear(_sheet(0.6, _garment(pattern=pattern)))).reshape(-1, 3)
    spread = picture @ np.array([1.0, 0.0, 0.0])
    assert np.quantile(spread, 0.995) - np.quantile(spread, 0.02) > 0.12


def test_horizontal_and_vertical_stripes_run_across_each_other() -> None:
    across = _middle(_linear(_sheet(0.5, _garment(pattern="stripes"))))[..., 0]
    upright = _middle(_linear(_sheet(0.5, _garment(pattern="vertical_stripes"))))[..., 0]
    assert across.mean(axis=1).std() > 5.0 * across.mean(axis=0).std()
    assert upright.mean(axis=0).std() > 5.0 * upright.mean(axis=1).std()


def test_rags_have_holes_at_the_hem_and_cloth_in_the_middle() -> None:
    material = _sheet(0.6, _garment("linen", "rags"))
    texture = material.base_color_texture
    assert texture is not None
    assert material.alpha_mode == "MASK"
    alpha = texture.pixels[..., 3] / 255.0
    edge = alpha[13:17, 20:-20]
    assert (edge < 0.5).mean() > 0.3
    assert (_middle(alpha) > 0.5).mean() > 0.9


def test_studs_are_metal_on_a_fabric_that_is_not() -> None:
    metal = _middle(_surface(_sheet(0.3, _garment("leather", "studs"))))[..., 2]
    assert 0.005 < (metal > 0.9).mean() < 0.15
    assert (metal < 0.1).mean() > 0.8


def test_given_roughness_and_metalness_replace_the_fabrics_own() -> None:
    surface = _middle(_surface(_sheet(0.3, _garment("wool", roughness=0.2, metallic=0.7))))
    assert surface[..., 1].mean() == pytest.approx(0.2, abs=0.05)
    assert surface[..., 2].mean() == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("fabric", ["canvas", "linen", "denim", "knit"])
def test_fine_weave_fades_out_instead_of_aliasing(fabric: str) -> None:
    near, far = (
        LOOKS[fabric].weave(cloth_of(*_measures(metres), 3, _SIZE)).height for metres in (0.1, 2.5)
    )
    assert far.std() < 0.35 * near.std()


def test_the_same_seed_paints_the_same_bytes_and_another_does_not() -> None:
    first, second, other = (
        _linear(_sheet(0.4, _garment("leather", "camouflage"), seed, 128)) for seed in (1, 1, 2)
    )
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != other.tobytes()
