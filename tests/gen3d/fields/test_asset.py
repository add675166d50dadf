# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.fields.asset import MeshPlan, level_of, object_of, standing, to_unit_frame
from gen3d.fields.density import DensityField
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.sdf import BALL, SdfField
from gen3d.types import Material, Mesh, ObjectAsset, ObjectPart

SMALL = Layout(levels=2, base=8, finest=16)


def ball(kind: type[Field] = SdfField) -> Field:
    field = kind(FieldShape(SMALL, SMALL, 8), torch.Generator().manual_seed(0))
    field.anneal(reach=0.0)
    return field


def asset_of(verts: np.ndarray, pieces: int = 1) -> ObjectAsset:
    parts: list[ObjectPart] = []
    for piece in np.array_split(verts.astype(np.float32), pieces):
        count = len(piece)
        faces = np.zeros((1, 3), np.int32)
        plain = Mesh(
            piece, faces, np.zeros((count, 3), np.float32), np.zeros((count, 2), np.float32)
        )
        parts.append(ObjectPart("piece", plain, Material("plain")))
    return ObjectAsset("thing", tuple(parts))


def all_verts(asset: ObjectAsset) -> np.ndarray:
    return np.concatenate([part.mesh.verts for part in asset.parts])


@pytest.fixture(params=range(4))
def cloud(request: pytest.FixtureRequest) -> np.ndarray:
    rng = np.random.default_rng(request.param)
    return rng.normal(size=(40, 3)) * rng.uniform(0.1, 3.0, 3) + rng.normal(size=3)


@pytest.mark.parametrize("height_m", [0.02, 0.3, 12.0])
def test_an_object_stands_on_the_ground_at_its_height_over_the_origin(
    cloud: np.ndarray, height_m: float
) -> None:
    before = asset_of(cloud, 3)
    verts = all_verts(standing(before, height_m))
    low, high = verts.min(axis=0), verts.max(axis=0)
    assert low[1] == pytest.approx(0.0, abs=1e-6)
    assert high[1] == pytest.approx(height_m, rel=1e-5)
    assert (low + high)[[0, 2]] == pytest.approx([0.0, 0.0], abs=1e-4 * height_m + 1e-5)
    # Nothing is stretched: all distances have one ratio.
    ratio = np.linalg.norm(np.diff(verts, axis=0), axis=1) / np.linalg.norm(
        np.diff(all_verts(before), axis=0), axis=1
    )
    assert ratio == pytest.approx(ratio[0], rel=1e-3)


def test_the_unit_frame_undoes_size_and_place(cloud: np.ndarray) -> None:
    framed = to_unit_frame(asset_of(cloud, 2), 0.9)
    verts = all_verts(framed)
    assert np.linalg.norm(verts, axis=1).max() == pytest.approx(0.9, rel=1e-5)
    assert verts.min(axis=0) + verts.max(axis=0) == pytest.approx([0.0] * 3, abs=1e-5)
    back = all_verts(to_unit_frame(standing(framed, 1.7), 0.9))
    assert np.abs(back - verts).max() < 1e-5


@pytest.mark.parametrize("kind", [SdfField, DensityField])
def test_the_level_of_a_field_is_negative_inside_and_nowhere_else(kind: type[Field]) -> None:
    level = level_of(ball(kind))
    radii = torch.tensor([0.0, 0.2, 0.3, 0.8, 0.95])
    points = torch.zeros(5, 3)
    points[:, 1] = radii
    assert (level(points) < 0.0).tolist() == [True, True, True, False, False]


def test_a_ball_becomes_one_round_closed_textured_piece_within_its_budget() -> None:
    told: list[tuple[int, int]] = []
    made = object_of(
        ball(), "ball", MeshPlan(40, 800, 128), lambda step, total: told.append((step, total))
    )
    (part,) = made.asset.parts
    assert made.facts["watertight"]
    assert made.facts["why_not_one_piece"] == ""
    assert len(part.mesh.faces) <= 800
    radii = np.linalg.norm(part.mesh.verts, axis=1)
    assert np.abs(radii - BALL).max() < 0.02
    texture = part.material.base_color_texture
    assert texture is not None
    assert texture.pixels.shape[:2] == (128, 128)
    assert made.facts["uv_overlap_texels"] == 0
    assert told == [(step, 4) for step in range(5)]


def test_a_field_without_a_surface_makes_no_silent_blank() -> None:
    class Nothing(SdfField):
        def base(self, points: torch.Tensor) -> torch.Tensor:
            return points.norm(dim=-1) + 1.0

    empty = Nothing(FieldShape(SMALL, SMALL, 8), torch.Generator().manual_seed(0))
    empty.anneal(reach=0.0)
    with pytest.raises(Gen3dError):
        object_of(empty, "nothing", MeshPlan(32, 500, 128))
