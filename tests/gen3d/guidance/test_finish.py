# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.fields.bake import Appearance, Source, bake
from gen3d.fields.unwrap import unwrapped
from gen3d.foundry.solids import torus
from gen3d.guidance.finish import FinishPlan, finish_texture
from gen3d.guidance.fitting import Guide
from gen3d.guidance.term import Score, Sight
from gen3d.schedule import Schedule
from gen3d.types import Material, ObjectAsset, ObjectPart

PLAN = FinishPlan(steps=6, views=2, size_px=24, learning_rate=0.2, smooth=0.0, drift=0.0)


@pytest.fixture(scope="module")
def ring() -> ObjectAsset:
    source = Source(
        appearance=lambda p: Appearance(torch.full_like(p, 0.2), p[:, 0] * 0 + 0.6, p[:, 0] * 0),
        normal=lambda p: p,
    )
    solid = torus(0.6, 0.25)
    mesh, material = bake(solid, unwrapped(solid, 128), source, size_px=128, name="ring")
    return ObjectAsset("ring", (ObjectPart("ring", mesh, material),))


def redder(weight: float = 1.0) -> Guide:
    def term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        del progress, generator
        return Score(-sight.pictures[:, 0].mean())

    return Guide(term, Schedule.parse(weight))


def colours(asset: ObjectAsset) -> np.ndarray:
    texture = asset.parts[0].material.base_color_texture
    assert texture is not None
    return texture.pixels[..., :3].astype(np.float64) / 255.0


def test_the_texture_follows_the_guide_and_nothing_else_changes(
    ring: ObjectAsset, tmp_path: Path
) -> None:
    made = finish_texture(ring, [redder()], PLAN, 0, tmp_path)
    change = colours(made) - colours(ring)
    assert float(change[..., 0].max()) > 0.02
    assert float(np.abs(change[..., 1:]).max()) < 1e-9
    # The bound, and the rounding to bytes.
    assert float(np.abs(change).max()) <= PLAN.strength + 1.0 / 255.0
    assert made.parts[0].mesh is ring.parts[0].mesh
    old, new = ring.parts[0].material, made.parts[0].material
    assert replace(new, base_color_texture=old.base_color_texture) == old


def test_no_steps_no_texture_or_no_weight_leave_the_object_as_it_is(
    ring: ObjectAsset, tmp_path: Path
) -> None:
    assert finish_texture(ring, [redder()], replace(PLAN, steps=0), 0, tmp_path) is ring
    bare = replace(ring, parts=(replace(ring.parts[0], material=Material("bare")),))
    assert finish_texture(bare, [redder()], PLAN, 0, tmp_path) is bare
    idle = finish_texture(ring, [redder(0.0)], PLAN, 0, tmp_path)
    assert np.array_equal(colours(idle), colours(ring))


def test_a_guide_that_does_not_look_at_shaded_things_has_no_say(
    ring: ObjectAsset, tmp_path: Path
) -> None:
    blind = replace(redder(), kinds=("textureless",))
    assert np.array_equal(colours(finish_texture(ring, [blind], PLAN, 0, tmp_path)), colours(ring))


def test_one_seed_makes_one_texture(ring: ObjectAsset, tmp_path: Path) -> None:
    made = [finish_texture(ring, [redder()], PLAN, 5, tmp_path / name) for name in "ab"]
    assert colours(made[0]).tobytes() == colours(made[1]).tobytes()


def test_smoothness_evens_out_what_the_guide_wants_in_spots(
    ring: ObjectAsset, tmp_path: Path
) -> None:
    def roughness(smooth: float) -> float:
        plan = replace(PLAN, smooth=smooth)
        change = colours(finish_texture(ring, [redder()], plan, 0, tmp_path / str(smooth)))
        return float(np.square(np.diff(change[..., 0], axis=0)).mean())

    assert roughness(1000.0) < roughness(0.0)
