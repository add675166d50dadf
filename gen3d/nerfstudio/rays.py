# SPDX-License-Identifier: Apache-2.0
"""Any bundle of rays, rendered by the renderer of whole pictures.

nerfstudio asks for rays: a training batch, a stripe of the viewer's picture, rays within a crop. A
ray is the picture of a camera with one pixel, so a bundle is rendered as so many cameras, by
:func:`gen3d.fields.volume.render_field` and nothing else: what its viewer shows is what we show.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.render.shot import Shot, normal_colour
from gen3d.render.studio import Output
from gen3d.render.views import Views

_THIN = 1e-4
"""Coverage below which there is no normal and no depth."""


def pinholes(origins: Float[Tensor, "rays 3"], directions: Float[Tensor, "rays 3"]) -> Views:
    """One camera of one pixel for each ray.

    Args:
        origins: In our world.
        directions: Of any length but zero.
    """
    backward = -normalize(directions, dim=-1)
    # The roll of a camera with one pixel is not seen: any axis that is not along the ray will do.
    steep = backward[:, 1:2].abs() > 0.9
    up = torch.where(steep, backward.new_tensor((1.0, 0.0, 0.0)), backward.new_tensor((0.0, 1, 0)))
    right = normalize(torch.linalg.cross(up, backward), dim=-1)
    above = torch.linalg.cross(backward, right)
    top = torch.stack([right, above, backward, origins], dim=-1)
    last = top.new_tensor((0.0, 0.0, 0.0, 1.0)).expand(len(top), 1, 4)
    whole = torch.cat([top, last], dim=1)
    angle = whole.new_zeros(len(whole))
    return Views(whole, angle, 1, 1, angle, angle)


def as_pictures(shot: Shot, views: Views, kind: Output) -> Shot:
    """The shot of a bundle, ordered by camera, row and column, as the shot of its cameras.

    Args:
        shot: Of one pixel a ray. For kind ``normal`` its colours do not matter: normals are
            coloured in the frame of their camera, which a single ray does not know.
        views: The cameras that the rays came from.
        kind: What the pictures should show.
    """
    size = (len(views), views.height_px, views.width_px)
    whole = Shot(
        rgb=shot.rgb.reshape(*size, 3),
        alpha=shot.alpha.reshape(size),
        normal=shot.normal.reshape(*size, 3),
        depth=shot.depth.reshape(size),
    )
    if kind != "normal":
        return whole
    alpha = whole.alpha[..., None]
    return replace(whole, rgb=alpha * normal_colour(unit_normal(whole), views))


def unit_normal(shot: Shot) -> Float[Tensor, "views height width 3"]:
    """Normals without their alpha; zero where there is nothing."""
    return shot.normal / shot.alpha.clamp(min=_THIN)[..., None]


def mean_depth(shot: Shot) -> Float[Tensor, "views height width"]:
    """Distances without their alpha; zero where there is nothing."""
    return shot.depth / shot.alpha.clamp(min=_THIN)
