# SPDX-License-Identifier: Apache-2.0
"""From a fitted field to an object: surface, clean-up, UVs, baked textures, real size.

The field's own frame is the unit frame; the object stands on y = 0 and is as tall as its kind of
thing is, in metres.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.fields import bake, cleanup, surface, unwrap
from gen3d.fields.field import Field
from gen3d.fields.surface import LevelFunction
from gen3d.progress import OnStep, silent
from gen3d.types import Mesh, ObjectAsset, ObjectPart


@dataclass(frozen=True)
class MeshPlan:
    """What the mesh may cost."""

    resolution: int = 144
    triangles: int = 20_000
    texture_px: int = 1024


@dataclass(frozen=True)
class Made:
    """An object in the unit frame, and what is true of it."""

    asset: ObjectAsset
    facts: dict[str, Any]


def level_of(field: Field) -> LevelFunction:
    """The field as a function that is negative inside."""
    if field.is_distance:
        return lambda points: _value(field, points)
    level = surface.density_level(lambda points: _density(field, points))
    return lambda points: level - _density(field, points)


@torch.no_grad()
def _value(field: Field, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
    return field.geometry(points)[0]


@torch.no_grad()
def _density(field: Field, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points"]:
    return field.density(points)


def object_of(field: Field, name: str, plan: MeshPlan, on_step: OnStep = silent) -> Made:
    """Extract, clean, unwrap and bake.

    Raises:
        Gen3dError: The field has no surface.
    """
    level = level_of(field)
    on_step(0, 4)
    raw = surface.extract(level, plan.resolution, slope=1.5 if field.is_distance else None)
    on_step(1, 4)
    clean = cleanup.cleaned(raw, budget=plan.triangles, function=level)
    on_step(2, 4)
    layout = unwrap.unwrapped(clean.surface, plan.texture_px)
    on_step(3, 4)
    source = bake.Source(lambda points: _look(field, points), field.normal, level)
    mesh, material = bake.bake(
        clean.surface,
        layout,
        source,
        size_px=plan.texture_px,
        name=name,
        reach=4.0 / (plan.resolution - 1),
    )
    on_step(4, 4)
    sound = clean.soundness
    facts = {
        **{k: v for k, v in asdict(sound).items() if k != "volume"},
        "watertight": sound.watertight,
        "why_not_one_piece": sound.why,
        "dropped_pieces": clean.dropped_pieces,
        "filled_cavities": clean.filled_cavities,
        "uv_overlap_texels": layout.crowded_texels,
        "uv_used_share": round(layout.used_share, 3),
    }
    return Made(ObjectAsset(name, (ObjectPart(name, mesh, material),)), facts)


@torch.no_grad()
def _look(field: Field, points: Float[Tensor, "points 3"]) -> bake.Appearance:
    albedo, roughness, metallic = field.appearance(points)
    return bake.Appearance(albedo, roughness, metallic)


def standing(asset: ObjectAsset, height_m: float) -> ObjectAsset:
    """The object as tall as said, in metres, its middle over the origin, its foot on y = 0."""
    verts = np.concatenate([part.mesh.verts for part in asset.parts])
    low, high = verts.min(axis=0), verts.max(axis=0)
    scale = height_m / max(float(high[1] - low[1]), 1e-6)
    shift = np.array([-(low[0] + high[0]) / 2.0, -low[1], -(low[2] + high[2]) / 2.0])

    def moved(mesh: Mesh) -> Mesh:
        return replace(mesh, verts=((mesh.verts + shift) * scale).astype(np.float32))

    parts = tuple(replace(part, mesh=moved(part.mesh)) for part in asset.parts)
    return replace(asset, parts=parts)


def to_unit_frame(asset: ObjectAsset, reach: float) -> ObjectAsset:
    """An object of any size and place, its box about the origin, its farthest vertex at a reach."""
    verts = np.concatenate([part.mesh.verts for part in asset.parts])
    centre = (verts.min(axis=0) + verts.max(axis=0)) / 2.0
    scale = reach / max(float(np.linalg.norm(verts - centre, axis=1).max()), 1e-9)

    def moved(mesh: Mesh) -> Mesh:
        return replace(mesh, verts=((mesh.verts - centre) * scale).astype(np.float32))

    parts = tuple(replace(part, mesh=moved(part.mesh)) for part in asset.parts)
    return replace(asset, parts=parts)
