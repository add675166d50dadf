# SPDX-License-Identifier: Apache-2.0
"""The texture's finish: base colour on the mesh itself, under guidance, close to what was baked.

The mesh that is exported is rendered, so what guidance improves is what the file shows. The change
is a bounded, coarse picture over the UVs, enlarged smoothly: it can shift tones and soften what the
field left patchy, and cannot write noise that pleases a small tower.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from gen3d.guidance.fitting import Guide, cameras, sight_of
from gen3d.loop import fit_of, train
from gen3d.progress import OnStep, silent
from gen3d.render.mesh import Surface, Texels, render_mesh
from gen3d.render.object_views import MIPS, part_surface
from gen3d.render.silhouette import edges_of
from gen3d.render.studio import random_light, to_linear
from gen3d.types import ObjectAsset, Texture

COARSE_PX = 64
"""Side of the picture of changes."""


@dataclass(frozen=True)
class FinishPlan:
    """How the texture is finished."""

    steps: int = 60
    views: int = 4
    size_px: int = 64
    strength: float = 0.08
    """Largest change of a channel, sRGB."""
    learning_rate: float = 2e-2
    smooth: float = 20.0
    drift: float = 0.3


class _Paint(nn.Module):
    """What is added to the baked colours."""

    def __init__(self) -> None:
        super().__init__()
        self.change = nn.Parameter(torch.zeros(1, 3, COARSE_PX, COARSE_PX))

    def over(
        self, baked: Float[Tensor, "height width 3"], strength: float
    ) -> Float[Tensor, "height width 3"]:
        """The baked sRGB colours, changed."""
        size = (baked.shape[0], baked.shape[1])
        grown = interpolate(torch.tanh(self.change), size, mode="bilinear", align_corners=False)
        return (baked + strength * grown[0].permute(1, 2, 0)).clamp(0.0, 1.0)


def finish_texture(
    asset: ObjectAsset,
    guides: Sequence[Guide],
    plan: FinishPlan,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
) -> ObjectAsset:
    """Finish the base colour of an object of one textured part, in the unit frame.

    Raises:
        Gen3dError: The loss stopped being a number.
    """
    (part,) = asset.parts
    texture = part.material.base_color_texture
    if texture is None or plan.steps == 0:
        return asset
    baked = torch.from_numpy(texture.pixels[..., :3].copy()).float() / 255.0
    paint = _Paint()
    still = part_surface(part)
    verts, faces = torch.from_numpy(part.mesh.verts), torch.from_numpy(part.mesh.faces)
    edges = edges_of(verts, faces)

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        views = cameras(plan.views, plan.size_px, generator)
        light = random_light(plan.views, generator)
        albedo = Texels(to_linear(paint.over(baked, plan.strength)), MIPS)
        surface: Surface = replace(still, albedo=albedo)
        shot = render_mesh(verts, faces, views, light, surface, edges=edges)
        total = plan.drift * paint.change.square().mean() + plan.smooth * _roughness(paint.change)
        for guide in guides:
            if "shaded" in guide.kinds:
                sight = sight_of(shot, views, "shaded", guide, generator)
                progress = step / plan.steps
                total = total + guide.weight(1.0) * guide.term(sight, progress, generator).loss
        return {"loss": total}

    recipe = fit_of(plan.steps, plan.learning_rate, seed)
    train(paint, loss, recipe, folder, on_step)
    with torch.no_grad():
        final = (paint.over(baked, plan.strength) * 255.0).round().to(torch.uint8).numpy()
    material = replace(part.material, base_color_texture=Texture(texture.name, final))
    return replace(asset, parts=(replace(part, material=material),))


def _roughness(change: Float[Tensor, "1 3 height width"]) -> Float[Tensor, ""]:
    """Mean square difference of neighbours."""
    down = (change[..., 1:, :] - change[..., :-1, :]).square().mean()
    return down + (change[..., 1:] - change[..., :-1]).square().mean()
