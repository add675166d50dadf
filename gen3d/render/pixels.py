# SPDX-License-Identifier: Apache-2.0
"""Lists of single pixels of a batch of views: which there are to look at, and the rays of some.

A pixel is one number, ``(view * height + row) * width + column``. Conventions of cameras and pixels
are those of :mod:`gen3d.render.views`; whole pictures of rays come from there.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.render.views import Views, project

_NEAR = 1e-6
"""Axial depth below which a point cannot be projected."""


def pixel_rays(
    views: Views, pixel: Int64[Tensor, "pixels"]
) -> tuple[Float[Tensor, "pixels 3"], Float[Tensor, "pixels 3"]]:
    """Origins and unit directions through the centres of some pixels; differentiable."""
    like = views.T_world_camera
    line, column = pixel // views.width_px, pixel % views.width_px
    view, row = line // views.height_px, line % views.height_px
    half = torch.tan(views.fov_y / 2.0).index_select(0, view)
    # One pixel has the same size both ways.
    unit = 2.0 * half / views.height_px
    x = (column.to(like.dtype) + 0.5 - 0.5 * views.width_px) * unit
    y = (0.5 * views.height_px - 0.5 - row.to(like.dtype)) * unit
    right, above, backward = (like[:, :3, i].index_select(0, view) for i in range(3))
    directions = x[:, None] * right + y[:, None] * above - backward
    return views.eyes.index_select(0, view), normalize(directions, dim=-1)


@torch.no_grad()
def pixels_around(verts: Float[Tensor, "verts 3"], views: Views) -> Int64[Tensor, "pixels"]:
    """Pixels in the box around the vertices in each view: no other can see the mesh."""
    spots, depth = project(views, verts.to(views.T_world_camera))
    low, high = spots.amin(dim=1) - 1.0, spots.amax(dim=1) + 1.0
    # What reaches behind the camera has no such box.
    behind = (depth.amin(dim=1) < _NEAR)[:, None]
    low = torch.where(behind, -torch.inf, low)[:, None, :]
    high = torch.where(behind, torch.inf, high)[:, None, :]
    column = torch.arange(views.width_px, device=verts.device) + 0.5
    row = torch.arange(views.height_px, device=verts.device) + 0.5
    across = (column >= low[..., 0]) & (column <= high[..., 0])
    down = (row >= low[..., 1]) & (row <= high[..., 1])
    return torch.nonzero((down[:, :, None] & across[:, None, :]).reshape(-1))[:, 0]
