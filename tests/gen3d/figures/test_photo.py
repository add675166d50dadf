# SPDX-License-Identifier: Apache-2.0
"""Photographs of parts: what is in front hides, what is cut out or absent does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.figures.photo import Look, Posed, Shot, look_of, photograph, tinted
from gen3d.types import Material, Texture

SIDE_PX = 16


def plain(red: float, green: float, blue: float) -> Look:
    albedo = np.full((1, 1, 3), (red, green, blue), np.float32)
    return Look(albedo, None, 0.5, 1.0, 0.0)


def boards() -> Posed:
    """Two upright squares, part 0 half a metre in front of part 1."""
    square = np.array([[-1, 0, 0], [1, 0, 0], [1, 2, 0], [-1, 2, 0]], np.float32)
    verts = np.concatenate([square + np.array([0, 0, 0.5], np.float32), square])
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    uvs = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    return Posed(
        verts=verts,
        normals=np.tile(np.array([0, 0, 1], np.float32), (8, 1)),
        uvs=np.tile(uvs, (2, 1)),
        faces=np.concatenate([faces, faces + 4]),
        part=np.array([0, 0, 1, 1], np.int32),
        head=np.array([0, 1.8, 0], np.float32),
        chest=np.array([0, 1.4, 0], np.float32),
        low=verts.min(axis=0),
        high=verts.max(axis=0),
    )


def middle(looks: list[Look | None]) -> np.ndarray:
    (picture,) = photograph(boards(), looks, [Shot("full", 0.0, 0.0)], SIDE_PX)
    return picture[SIDE_PX // 2, SIDE_PX // 2]


RED, BLUE = plain(0.8, 0.02, 0.02), plain(0.02, 0.02, 0.8)


def test_the_nearer_part_is_seen() -> None:
    red, _, blue, alpha = middle([RED, BLUE])
    assert alpha == 255
    assert red > 2 * blue


def test_a_part_that_is_not_worn_hides_nothing() -> None:
    red, _, blue, _ = middle([None, BLUE])
    assert blue > 2 * red


def test_rays_pass_where_a_part_is_cut_out() -> None:
    hole = replace(RED, alpha=np.zeros((1, 1), np.float32))
    red, _, blue, alpha = middle([hole, BLUE])
    assert alpha == 255
    assert blue > 2 * red


def test_outside_of_the_figure_a_picture_is_empty() -> None:
    (picture,) = photograph(boards(), [RED, BLUE], [Shot("full", 0.0, 0.0, 2.0)], SIDE_PX)
    assert picture[0, 0, 3] == 0
    assert 0.15 < (picture[..., 3] > 127).mean() < 0.6


def test_a_look_is_the_mean_of_its_texture_and_takes_a_tint() -> None:
    pixels = np.zeros((256, 256, 3), np.uint8)
    pixels[:, ::2] = 255
    look = look_of(Material("m", base_color_texture=Texture("t", pixels)), side_px=16)
    assert look.albedo.shape == (16, 16, 3)
    assert look.albedo == pytest.approx(0.2140, abs=1e-3)
    assert tinted(look, (2.0, 1.0, 0.0)).albedo[0, 0] == pytest.approx(
        [0.428, 0.214, 0.0], abs=2e-3
    )


def test_a_clear_lens_lets_rays_pass() -> None:
    glass = Material("lens", base_color=(1.0, 1.0, 1.0, 0.1), alpha_mode="BLEND")
    red, _, blue, _ = middle([look_of(glass), BLUE])
    assert blue > 2 * red
