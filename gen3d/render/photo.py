# SPDX-License-Identifier: Apache-2.0
"""Photographs of foundry things: Embree finds what is seen, the studio light shades it.

The same cameras, the same light and the same shading as when a field or mesh is fitted
(:mod:`gen3d.render.studio`), so that a tower meets at fitting time what it was trained on. Pixels
are four rays; alpha is the share of them that hit, and the colour is that of the hits (straight
alpha, sRGB), so a training can put any background behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float64, Int32, UInt8
from torch import Tensor

from gen3d.foundry.creases import corner_normals
from gen3d.foundry.finish import MATERIALS, albedo
from gen3d.foundry.thing import Finish, Thing
from gen3d.render.raycast import Tracer
from gen3d.render.studio import StudioLight, lit_alike, shade, to_srgb
from gen3d.render.views import Views, orbit, rays

SAMPLES = 2
"""Rays along each side of a pixel."""
DISTANCE, FOV_DEG = 3.0, 40.0
"""The camera that fitting uses; training scatters about it."""


@dataclass(frozen=True)
class Seen:
    """A thing ready to be looked at from many sides."""

    finishes: tuple[Finish, ...]
    faces: Int32[np.ndarray, "faces 3"]
    slot: Int32[np.ndarray, "faces"]
    verts: Float64[np.ndarray, "verts 3"]
    normals: Float64[np.ndarray, "faces 3 3"]
    tracer: Tracer


def prepare(thing: Thing) -> Seen:
    """Build the tree and the normals once for all views."""
    tracer = Tracer(thing.verts.astype(np.float32), thing.faces)
    normals = corner_normals(thing.verts, thing.faces)
    return Seen(thing.spec.finishes, thing.faces, thing.slot, thing.verts, normals, tracer)


def random_views(count: int, size_px: int, rng: np.random.Generator) -> Views:
    """Cameras all round, mostly a little above; distance and lens scatter about the default."""
    azimuth = rng.uniform(0.0, 360.0, count)
    elevation = np.clip(rng.normal(18.0, 18.0, count), -25.0, 75.0)
    fov = rng.uniform(34.0, 46.0, count)
    # Keep the thing's size in the picture within a fifth whatever the lens is.
    distance = DISTANCE * np.tan(np.deg2rad(FOV_DEG / 2)) / np.tan(np.deg2rad(fov / 2))
    distance *= rng.uniform(0.82, 1.15, count)
    values = [torch.tensor(v, dtype=torch.float32) for v in (azimuth, elevation, distance, fov)]
    return orbit(values[0], values[1], values[2], values[3], size_px)


def take(seen: Seen, views: Views, light: StudioLight) -> UInt8[np.ndarray, "views height width 4"]:
    """Photograph a thing: straight-alpha sRGB and coverage."""
    size = {"height_px": views.height_px * SAMPLES, "width_px": views.width_px * SAMPLES}
    fine = replace(views, **size)
    origins, directions = rays(fine)
    pictures = [
        _one(
            seen,
            origins[i].reshape(-1, 3),
            directions[i].reshape(-1, 3),
            lit_alike(light, torch.tensor([i])),
        )
        for i in range(len(views))
    ]
    whole = torch.stack(pictures).reshape(len(views), fine.height_px, fine.width_px, 4)
    return reduced(whole).numpy()


def _one(seen: Seen, origins: Tensor, directions: Tensor, light: StudioLight) -> Tensor:
    """Encoded colour (sRGB), and hit or miss (1 or 0), of one view's rays."""
    hits = seen.tracer.nearest(origins.numpy().T, directions.numpy().T)
    found = np.flatnonzero(hits.face >= 0)
    result = torch.zeros(len(origins), 4)
    if not len(found):
        return result
    face, weights = hits.face[found], hits.barycentrics[:, found].T.astype(np.float64)
    points = np.einsum("rc,rcx->rx", weights, seen.verts[seen.faces[face]])
    normal = np.einsum("rc,rcx->rx", weights, seen.normals[face])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    colour, roughness, metallic = _surface(seen, seen.slot[face], points)
    radiance = shade(
        _tensor(colour)[None],
        _tensor(normal)[None],
        -directions[found][None],
        _tensor(roughness)[None],
        _tensor(metallic)[None],
        light,
    )[0]
    result[found, :3] = to_srgb(radiance)
    result[found, 3] = 1.0
    return result


def _surface(
    seen: Seen, slot: Int32[np.ndarray, "points"], points: Float64[np.ndarray, "points 3"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    colour = np.zeros_like(points)
    roughness, metallic = np.ones(len(points)), np.zeros(len(points))
    for index in np.unique(slot):
        finish, mine = seen.finishes[index], slot == index
        colour[mine] = albedo(finish, points[mine])
        roughness[mine] = MATERIALS[finish.material].roughness
        metallic[mine] = MATERIALS[finish.material].metallic
    return colour, roughness, metallic


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def reduced(fine: Tensor) -> Tensor:
    """Average the rays of each pixel; colours by the rays that hit."""
    views, height, width, _ = fine.shape
    shape = (views, height // SAMPLES, SAMPLES, width // SAMPLES, SAMPLES, 4)
    mean = fine.reshape(shape).mean(dim=(2, 4))
    alpha = mean[..., 3:]
    colour = torch.where(alpha > 0.0, mean[..., :3] / alpha.clamp(min=1e-6), 0.0)
    return (torch.cat([colour, alpha], dim=-1) * 255.0).round().to(torch.uint8)
