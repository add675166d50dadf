# SPDX-License-Identifier: Apache-2.0
"""What painted skin must be: the asked tone, red where blood shows, dark where hair grows."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from gen3d.body.body import Body, ShapedBody
from gen3d.spec import HAIR_STYLES, BodySpec, HairSpec, SkinSpec
from gen3d.types import Material
from gen3d.wardrobe.skin import paint_skin
from gen3d.wardrobe.skin_regions import atlas, atlas_texels, mask

_SIZE = 512
_PALE = SkinSpec(tone=(0.6, 0.4, 0.3))


@functools.cache
def _person(age_years: float = 30.0) -> ShapedBody:
    return Body.load().with_shape(BodySpec(age_years=age_years))


@functools.cache
def _painted(
    skin: SkinSpec = _PALE, style: str = "bald", beard: float = 0.0, age_years: float = 30.0
) -> Material:
    hair = HairSpec(style=style, color=(0.02, 0.015, 0.01), beard=beard)
    return paint_skin(_person(age_years), skin, hair, 7, _SIZE)


def _linear(material: Material) -> np.ndarray:
    texture = material.base_color_texture
    assert texture is not None
    x = texture.pixels / 255.0
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def _mean_where(material: Material, field: str, level: float = 0.6) -> np.ndarray:
    texels = atlas_texels(_SIZE)
    values = texels.sample(atlas().fields[field][:, None])[:, 0]
    chosen = values > level * values.max()
    return texels.gather(_linear(material))[chosen].mean(axis=0)


def _redness(color: np.ndarray) -> float:
    return float(color[0] / color[1])


@pytest.mark.parametrize("tone", [(0.7, 0.5, 0.4), (0.3, 0.17, 0.11), (0.08, 0.04, 0.025)])
def test_the_face_has_the_asked_tone(tone: tuple[float, float, float]) -> None:
    face = _mean_where(_painted(SkinSpec(tone=tone, weathering=0.0)), "cheeks", 0.5)
    np.testing.assert_allclose(face, tone, rtol=0.25)


@pytest.mark.parametrize("place", ["nose", "knuckles", "knees"])
def test_blood_shows_at_nose_knuckles_and_knees(place: str) -> None:
    material = _painted()
    assert _redness(_mean_where(material, place)) > 1.03 * _redness(
        _mean_where(material, "torso", 0.95)
    )


def test_lips_are_redder_and_smoother_than_the_face() -> None:
    material = _painted()
    lips = mask("lips", _SIZE) > 0.8
    lip_color = _linear(material)[lips].mean(axis=0)
    assert _redness(lip_color) > 1.15 * _redness(_mean_where(material, "cheeks"))
    surface = material.metallic_roughness_texture
    assert surface is not None
    rough = surface.pixels[..., 1] / 255.0
    half = mask("lips", _SIZE // 2) > 0.8
    assert rough[half].mean() < rough.mean() - 0.05


def test_palms_of_dark_skin_are_lighter_than_the_backs_of_the_hands() -> None:
    material = _painted(SkinSpec(tone=(0.10, 0.05, 0.03), weathering=0.0))
    assert _mean_where(material, "palm").mean() > 1.3 * _mean_where(material, "knuckles").mean()


@pytest.mark.parametrize("style", [s for s in HAIR_STYLES if s != "bald"])
def test_every_hair_style_darkens_the_scalp(style: str) -> None:
    bare, grown = (_mean_where(_painted(style=s), "scalp", 0.95).mean() for s in ("bald", style))
    assert grown < 0.75 * bare


def test_stubble_and_beards_darken_the_chin_only() -> None:
    clean = _painted()
    rough = _painted(_PALE.model_copy(update={"stubble": 1.0}))
    assert _mean_where(rough, "beard", 0.9).mean() < 0.75 * _mean_where(clean, "beard", 0.9).mean()
    np.testing.assert_allclose(_mean_where(rough, "knees"), _mean_where(clean, "knees"), atol=0.01)


def test_age_deepens_the_lines_of_the_forehead() -> None:
    def relief(age_years: float) -> float:
        normal = _painted(age_years=age_years).normal_texture
        assert normal is not None
        texels = atlas_texels(_SIZE // 2)
        chosen = texels.sample(atlas().fields["forehead"][:, None])[:, 0] > 0.5
        return float(texels.gather(normal.pixels[..., :2].astype(float))[chosen].std())

    assert relief(75.0) > 1.5 * relief(20.0)


def test_albedo_is_physically_plausible_and_metal_only_when_asked() -> None:
    for material in (_painted(), _painted(SkinSpec(tone=(0.26, 0.3, 0.2), weathering=1.0))):
        assert _linear(material).min() > 0.015
        assert _linear(material).max() < 0.86
        assert material.metallic == 0.0
    robot = _painted(SkinSpec(tone=(0.6, 0.6, 0.6), metallic=1.0, roughness=0.3))
    surface = robot.metallic_roughness_texture
    assert surface is not None
    assert surface.pixels[..., 2].mean() > 180


def test_the_same_seed_paints_the_same_bytes_and_another_does_not() -> None:
    first, second = (
        paint_skin(_person(), _PALE, HairSpec(), seed, 256).base_color_texture for seed in (3, 3)
    )
    other = paint_skin(_person(), _PALE, HairSpec(), 4, 256).base_color_texture
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.pixels.tobytes() != other.pixels.tobytes()
    assert first.pixels.shape == (256, 256, 3)
