# SPDX-License-Identifier: Apache-2.0
"""Batches of pinhole cameras as tensors, for everything that is differentiated.

A camera looks along its own −Z with +Y up (OpenGL, glTF). Pixel centres are at half integers, x to
the right, y down, the first row on top. Azimuth 0° looks at the front (the eye is on +Z), 90° has
the eye on +X; elevation is positive above. Everything stays differentiable, cameras included.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class Views:
    """Cameras that share a picture size."""

    T_world_camera: Float[Tensor, "views 4 4"]
    fov_y: Float[Tensor, "views"]
    """Vertical field of view, radians."""
    height_px: int
    width_px: int
    azimuth_deg: Float[Tensor, "views"]
    elevation_deg: Float[Tensor, "views"]

    def __len__(self) -> int:
        return len(self.fov_y)

    @property
    def eyes(self) -> Float[Tensor, "views 3"]:
        """Camera positions in the world."""
        return self.T_world_camera[:, :3, 3]


def one_view(views: Views, index: int) -> Views:
    """One camera of a batch, as a batch."""
    pick = slice(index, index + 1)
    return Views(
        views.T_world_camera[pick],
        views.fov_y[pick],
        views.height_px,
        views.width_px,
        views.azimuth_deg[pick],
        views.elevation_deg[pick],
    )


def orbit(
    azimuth_deg: Float[Tensor, "views"],
    elevation_deg: Float[Tensor, "views"],
    distance: Float[Tensor, "views"],
    fov_y_deg: Float[Tensor, "views"],
    size_px: int | tuple[int, int],
    target: Float[Tensor, "3"] | None = None,
) -> Views:
    """Cameras on a sphere about a target (default: the origin), upright, looking at it."""
    azimuth, elevation = torch.deg2rad(azimuth_deg), torch.deg2rad(elevation_deg)
    flat = torch.cos(elevation)
    backward = torch.stack(
        [torch.sin(azimuth) * flat, torch.sin(elevation), torch.cos(azimuth) * flat], dim=-1
    )
    middle = torch.zeros_like(backward[0]) if target is None else target
    eye = middle + distance[:, None] * backward
    height, width = (size_px, size_px) if isinstance(size_px, int) else size_px
    return Views(
        _facing(eye, backward), torch.deg2rad(fov_y_deg), height, width, azimuth_deg, elevation_deg
    )


def _facing(
    eye: Float[Tensor, "views 3"], backward: Float[Tensor, "views 3"]
) -> Float[Tensor, "views 4 4"]:
    up = torch.zeros_like(backward)
    up[:, 1] = 1.0
    right = normalize(torch.linalg.cross(up, backward), dim=-1)
    above = torch.linalg.cross(backward, right)
    top = torch.stack([right, above, backward, eye], dim=-1)
    bottom = torch.zeros_like(top[:, :1])
    bottom[..., 3] = 1.0
    return torch.cat([top, bottom], dim=1)


def rays(
    views: Views,
) -> tuple[Float[Tensor, "views height width 3"], Float[Tensor, "views height width 3"]]:
    """Origins and unit directions through the pixel centres."""
    like = views.T_world_camera
    half = torch.tan(views.fov_y / 2.0)[:, None, None]
    y = (0.5 - (torch.arange(views.height_px, dtype=like.dtype) + 0.5) / views.height_px) * 2.0
    x = ((torch.arange(views.width_px, dtype=like.dtype) + 0.5) / views.width_px - 0.5) * 2.0
    aspect = views.width_px / views.height_px
    rows = y.to(like.device)[None, :, None] * half
    columns = x.to(like.device)[None, None, :] * half * aspect
    local = torch.stack(torch.broadcast_tensors(columns, rows, -torch.ones_like(rows)), dim=-1)
    directions = torch.einsum("vij,vhwj->vhwi", like[:, :3, :3], local)
    origins = views.eyes[:, None, None].expand_as(directions)
    return origins, normalize(directions, dim=-1)


def project(
    views: Views, points: Float[Tensor, "points 3"]
) -> tuple[Float[Tensor, "views points 2"], Float[Tensor, "views points"]]:
    """Pixel coordinates (x right, y down) and distance along the viewing axis (positive ahead)."""
    R_world_camera = views.T_world_camera[:, :3, :3]
    local = torch.einsum("vji,vpj->vpi", R_world_camera, points[None] - views.eyes[:, None])
    depth = -local[..., 2]
    focal_px = 0.5 * views.height_px / torch.tan(views.fov_y / 2.0)
    scale = focal_px[:, None] / depth
    x = 0.5 * views.width_px + scale * local[..., 0]
    y = 0.5 * views.height_px - scale * local[..., 1]
    return torch.stack([x, y], dim=-1), depth
