# SPDX-License-Identifier: Apache-2.0
"""Wear and dirt lie where they come about, and grow with their amount."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.body import Body
from gen3d.spec import BodySpec, HairSpec, SkinSpec
from gen3d.types import Material
from gen3d.wardrobe.skin import paint_skin
from gen3d.wardrobe.soils import SOIL_LOOKS
from gen3d.wardrobe.texels import rasterise
from gen3d.wardrobe.weathering import Coat, Place, place_of, soiled, weathered
from gen3d.wear import SOILS, WearSpec

_PX, _N = 128, 33
_ROUGH = 0.5


def _sheet(points: np.ndarray) -> Place:
    """A grid of points as a surface whose picture is the grid."""
    u, v = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, _N), np.linspace(0, 1, _N)))
    corner = (np.arange(_N - 1)[:, None] * _N + np.arange(_N - 1)).ravel()
    quads = np.stack([corner, corner + _N, corner + _N + 1, corner + 1], axis=1)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)
    uvs = np.stack([u, v], axis=1).astype(np.float32)
    far = np.ones(len(points), dtype=np.float32)
    return place_of(rasterise(uvs, faces, _PX), points.astype(np.float32), far, 5)


def _grid(width: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    u, v = np.meshgrid(np.linspace(0, width, _N), np.linspace(0, width, _N))
    return u.ravel(), v.ravel()


def _standing() -> Place:
    """A square metre that looks to the front, its lower edge on the ground."""
    u, v = _grid()
    return _sheet(np.stack([u, 1.0 - v, np.zeros_like(u)], axis=1))


def _lying() -> Place:
    u, v = _grid()
    return _sheet(np.stack([u, np.full_like(u, 1.2), v], axis=1))


def _coat(place: Place, colour: float = 0.4, metal: float = 0.0) -> Coat:
    ones = np.ones(len(place.points), dtype=np.float32)
    return Coat(np.full((len(ones), 3), colour, np.float32), _ROUGH * ones, metal * ones, 0 * ones)


def _covered(place: Place, soil: str, amount: float, metal: float = 0.0) -> np.ndarray:
    """How far each texel's roughness has gone to the soil's."""
    coat = soiled(_coat(place, metal=metal), place, soil, amount)
    return (coat.rough - _ROUGH) / (SOIL_LOOKS[soil].rough - _ROUGH)


def test_every_soil_has_a_look() -> None:
    assert set(SOIL_LOOKS) == set(SOILS)


def test_slopes_and_curvature_are_those_of_the_surface() -> None:
    standing, lying = _standing(), _lying()
    np.testing.assert_allclose(standing.normals[:, 2], 1.0, atol=1e-5)
    np.testing.assert_allclose(lying.normals[:, 1], 1.0, atol=1e-5)
    u, v = _grid(0.5)
    wave = 0.03 * np.cos(2 * np.pi * u / 0.25)
    wavy = _sheet(np.stack([u, 0.5 - v, wave], axis=1))
    crest = np.cos(2 * np.pi * wavy.points[:, 0] / 0.25)
    assert wavy.bulge[crest > 0.9].min() > 0.2
    assert wavy.bulge[crest < -0.9].max() < -0.2


@pytest.mark.parametrize("soil", SOILS)
def test_more_of_it_covers_more(soil: str) -> None:
    place = _lying() if soil == "snow" else _standing()
    covers = [_covered(place, soil, a, metal=1.0).mean() for a in (0.0, 0.3, 0.6, 1.0)]
    assert covers[0] == 0.0
    assert covers[1] < covers[2] < covers[3]
    assert covers[3] > 0.35


def test_mud_comes_from_below_and_snow_from_above() -> None:
    standing, lying = _standing(), _lying()
    mud = _covered(standing, "mud", 0.7)
    assert mud[standing.points[:, 1] < 0.25].mean() > 4 * mud[standing.points[:, 1] > 0.75].mean()
    assert _covered(lying, "snow", 0.7).mean() > 4 * _covered(standing, "snow", 0.7).mean()


def test_rust_is_of_metal() -> None:
    place = _standing()
    assert _covered(place, "rust", 0.6, metal=1.0).mean() > 5 * _covered(place, "rust", 0.6).mean()
    rusty = soiled(_coat(place, metal=1.0), place, "rust", 1.0)
    assert rusty.metal.min() < 0.2


def test_what_is_new_stays_as_it_is() -> None:
    place = _standing()
    coat = _coat(place)
    same = weathered(coat, place, WearSpec(), "cotton")
    np.testing.assert_array_equal(same.color, coat.color)
    np.testing.assert_array_equal(same.height, coat.height)


def test_use_fades_cloth_and_dulls_metal() -> None:
    place = _standing()
    red = _coat(place)
    red.color[:] = (0.5, 0.02, 0.02)
    worn = weathered(red, place, WearSpec(worn=0.9), "cotton").color.mean(axis=0)
    assert (worn.max() - worn.min()) / worn.max() < 0.9
    steel = _coat(place, 0.6, metal=1.0)
    dull = weathered(steel, place, WearSpec(worn=0.9), "metal")
    assert dull.rough.mean() > _ROUGH + 0.05
    assert dull.color.mean() < 0.57
    assert dull.height.min() < -3e-4


def _skin(wear: WearSpec | None) -> Material:
    shaped = Body.load().with_shape(BodySpec())
    return paint_skin(shaped, SkinSpec(wear=wear), HairSpec(), 3, 1024)


def _pixels(material: Material) -> np.ndarray:
    assert material.base_color_texture is not None
    return material.base_color_texture.pixels[..., :3].astype(float)


def test_scars_are_few_and_soot_is_nearly_everywhere() -> None:
    plain = _pixels(_skin(None))
    scarred = np.abs(_pixels(_skin(WearSpec(worn=0.6))) - plain).max(axis=-1) > 4
    assert 0.0003 < scarred.mean() < 0.05
    sooty = _pixels(_skin(WearSpec(soil="soot", soiled=1.0)))
    assert (sooty.mean(axis=-1) < 0.7 * plain.mean(axis=-1)).mean() > 0.4
    np.testing.assert_array_equal(_pixels(_skin(WearSpec(soil="rust", soiled=1.0))), plain)
