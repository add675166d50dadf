# SPDX-License-Identifier: Apache-2.0
"""The eye picture: where what is, and of which colour."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.spec import SkinSpec
from gen3d.types import Material
from gen3d.wardrobe.eyes import EDGE_ANGLE, IRIS_ANGLE, glow, paint_eye

_SIZE = 256


def _ring(material: Material, low: float, high: float) -> np.ndarray:
    """Linear colours between two radii, in iris radii."""
    texture = material.base_color_texture
    assert texture is not None
    axis = (np.arange(_SIZE) + 0.5) / _SIZE * 2.0 - 1.0
    radius = np.hypot(*np.meshgrid(axis, axis)) * (EDGE_ANGLE / IRIS_ANGLE)
    return (texture.pixels[(radius > low) & (radius < high)] / 255.0) ** 2.2


def test_pupil_is_black_and_the_white_is_bright_and_nearly_grey() -> None:
    eye = paint_eye(SkinSpec(), 1, _SIZE)
    assert _ring(eye, 0.0, 0.25).max() < 0.02
    white = _ring(eye, 1.2, 1.8).mean(axis=0)
    assert white.min() > 0.4
    assert white.max() / white.min() < 1.3


@pytest.mark.parametrize("color", [(0.08, 0.2, 0.4), (0.1, 0.25, 0.08), (0.1, 0.05, 0.02)])
def test_the_iris_has_the_asked_hue(color: tuple[float, float, float]) -> None:
    iris = _ring(paint_eye(SkinSpec(eye_color=color), 1, _SIZE), 0.55, 0.85).mean(axis=0)
    assert np.argmax(iris) == np.argmax(color)
    assert 0.4 < iris.max() / max(color) < 2.0


def test_a_dark_ring_lies_between_iris_and_white() -> None:
    eye = paint_eye(SkinSpec(eye_color=(0.2, 0.35, 0.45)), 1, _SIZE)
    rim = _ring(eye, 0.93, 1.0).mean()
    assert rim < _ring(eye, 0.5, 0.8).mean()
    assert rim < 0.5 * _ring(eye, 1.3, 1.6).mean()


def test_fibres_vary_around_the_iris_and_the_eye_is_wet() -> None:
    eye = paint_eye(SkinSpec(), 1, _SIZE)
    iris = _ring(eye, 0.5, 0.8).mean(axis=1)
    assert iris.std() > 0.15 * iris.mean()
    surface = eye.metallic_roughness_texture
    assert surface is not None
    assert surface.pixels[_SIZE // 2, _SIZE // 2, 1] < 0.12 * 255


def test_glow_follows_the_eye_colour_and_strength() -> None:
    red = glow(SkinSpec(eye_color=(0.5, 0.05, 0.0), eye_glow=3.0))
    assert red == pytest.approx((3.0, 0.3, 0.0))
    assert glow(SkinSpec()) == (0.0, 0.0, 0.0)
