# SPDX-License-Identifier: Apache-2.0
"""Our world (+Y up, +Z front) and nerfstudio's (+Z up, front on −Y)."""

from __future__ import annotations

import torch

from gen3d.nerfstudio.axes import from_nerf, poses_from_nerf, poses_to_nerf, to_nerf
from gen3d.render.views import orbit

EYE = torch.eye(3)
POINTS = torch.randn(5, 7, 3, generator=torch.Generator().manual_seed(0))
VIEWS = orbit(
    torch.tensor([0.0, 90.0, 200.0]),
    torch.tensor([10.0, -5.0, 60.0]),
    torch.full((3,), 3.0),
    torch.full((3,), 40.0),
    16,
)


def test_up_stays_up_the_front_is_on_minus_y_and_right_stays_right() -> None:
    right, up, front = to_nerf(EYE)
    assert right.tolist() == [1.0, 0.0, 0.0]
    assert up.tolist() == [0.0, 0.0, 1.0]
    assert front.tolist() == [0.0, -1.0, 0.0]


def test_the_way_there_and_back_changes_nothing() -> None:
    assert torch.equal(from_nerf(to_nerf(POINTS)), POINTS)
    assert torch.equal(poses_from_nerf(poses_to_nerf(VIEWS.T_world_camera)), VIEWS.T_world_camera)


def test_it_is_a_rotation_so_nothing_is_mirrored() -> None:
    axes = to_nerf(EYE)
    assert torch.equal(axes @ axes.T, EYE)
    assert torch.linalg.det(axes).item() == 1.0


def test_a_camera_keeps_its_own_axes_and_sees_the_same_from_the_same_side() -> None:
    moved = poses_to_nerf(VIEWS.T_world_camera)
    local = torch.tensor([0.3, -0.2, -1.0])
    seen = (VIEWS.T_world_camera[:, :3, :3] @ local) * 2.0 + VIEWS.eyes
    seen_in_nerf = (moved[:, :, :3] @ local) * 2.0 + moved[:, :, 3]
    assert torch.allclose(to_nerf(seen), seen_in_nerf, atol=1e-6)
    # The camera at azimuth 0 looks at the front, from −Y, and stands above the ground plane.
    assert moved[0, 1, 3] < -2.9
    assert moved[0, 2, 3] > 0.5
