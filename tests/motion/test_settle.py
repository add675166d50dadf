# SPDX-License-Identifier: Apache-2.0
"""A figure that is down rests on its flesh; a standing one is left alone."""

from __future__ import annotations

import numpy as np

from gen3d import transforms
from gen3d.body import Body, ShapedBody
from gen3d.body.surface import base_part
from gen3d.skeleton import JOINTS
from gen3d.spec import BodySpec
from gen3d.types import Clip, Material, Part
from motion.settle import settle


def still(hips_y: float, frames: int = 40) -> Clip:
    rest = np.tile(transforms.IDENTITY, (frames, len(JOINTS), 1)).astype(np.float32)
    zeros = np.zeros((frames, 3), dtype=np.float32)
    hips = np.tile(np.float32([0.0, hips_y, 0.0]), (frames, 1))
    return Clip("still", 30.0, rest, zeros, hips)


def skin_of(shaped: ShapedBody) -> Part:
    material = Material("skin")
    return base_part(shaped, ("body",), name="Skin", group="Body", slot="body", material=material)


def test_a_sunken_figure_rises_until_its_lowest_point_is_on_the_ground() -> None:
    shaped = Body.load().with_shape(BodySpec(weight=1.0))
    standing = float(shaped.skeleton.positions[JOINTS.index("hips")][1])
    clip = still(0.3 * standing)
    settled = settle(clip, shaped.skeleton, [skin_of(shaped)])
    rise = settled.hips_positions[:, 1] - clip.hips_positions[:, 1]
    # Straight legs: the soles are where the ground was before the figure sank.
    assert np.allclose(rise, 0.7 * standing - 0.01, atol=0.01)


def test_a_standing_figure_is_left_alone() -> None:
    shaped = Body.load().with_shape(BodySpec())
    clip = still(float(shaped.skeleton.positions[JOINTS.index("hips")][1]) - 0.02)
    same = settle(clip, shaped.skeleton, [skin_of(shaped)])
    assert same is clip
