# SPDX-License-Identifier: Apache-2.0
"""The one place where our world and nerfstudio's meet.

Ours: +Y up, +Z front. nerfstudio's: +Z up, and the front of a thing on −Y, as in Blender. Both are
right-handed, both cameras look along their own −Z with +Y up, and lengths are the same; so one
rotation about X is all. ``nerf`` in a name means nerfstudio's world, ``world`` means ours.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_R_NERF_WORLD = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))


def to_nerf(p_world: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """Points or directions of our world in nerfstudio's."""
    return p_world @ p_world.new_tensor(_R_NERF_WORLD).T


def from_nerf(p_nerf: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3"]:
    """Points or directions of nerfstudio's world in ours."""
    return p_nerf @ p_nerf.new_tensor(_R_NERF_WORLD)


def poses_to_nerf(T_world_camera: Float[Tensor, "*n 4 4"]) -> Float[Tensor, "*n 3 4"]:
    """Camera poses in nerfstudio's world, in its form without the last row."""
    return T_world_camera.new_tensor(_R_NERF_WORLD) @ T_world_camera[..., :3, :]


def poses_from_nerf(T_nerf_camera: Float[Tensor, "*n 3 4"]) -> Float[Tensor, "*n 4 4"]:
    """Camera poses in our world."""
    top = T_nerf_camera.new_tensor(_R_NERF_WORLD).T @ T_nerf_camera
    last = T_nerf_camera.new_tensor((0.0, 0.0, 0.0, 1.0)).expand_as(top[..., :1, :])
    return torch.cat([top, last], dim=-2)
