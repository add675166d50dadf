# SPDX-License-Identifier: Apache-2.0
"""Volume rendering of fields, and their pictures under the studio's light.

Quadrature of the emission–absorption integral over the intervals of
:mod:`gen3d.fields.sampling`: weight = transmittance before · (1 − e^(−optical depth)) (Max 1995;
NeRF eq. 3), so the weights of a ray are not negative and sum to 1 − e^(−its whole depth) < 1.

Shading is deferred: normal, albedo and material are composited first, then shaded once a pixel, by
the function that shades meshes. That is cheap, and it means the same picture as of the mesh that
the field becomes: shading each sample and compositing radiance would blur highlights that the mesh
shows, and guidance would tune what is not exported.

The distances of the samples are not differentiated; gradients reach the field through its values at
them, and the cameras through the points.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.fields import regularizers
from gen3d.fields.field import Field, Renderable
from gen3d.fields.occupancy import Occupancy
from gen3d.fields.regularizers import Regularizers
from gen3d.fields.sampling import Intervals, intervals
from gen3d.render.shot import Shot, normal_colour
from gen3d.render.studio import GREY, Output, StudioLight, shade
from gen3d.render.views import Views, rays

_SEEN = 2e-3
"""Weight below which a sample's look does not matter to an 8-bit picture."""
_FIRM = 1e-6


@dataclass(frozen=True)
class _Surface:
    """What the rays that meet something see, composited but not lit.

    Attributes are means; they are not yet multiplied by alpha.
    """

    ray: Int64[Tensor, "rays"]
    alpha: Float[Tensor, "rays"]
    depth: Float[Tensor, "rays"]
    """Times alpha."""
    normal: Float[Tensor, "rays 3"]
    albedo: Float[Tensor, "rays 3"]
    roughness: Float[Tensor, "rays"]
    metallic: Float[Tensor, "rays"]


@dataclass(frozen=True)
class _Samples:
    """The samples that are seen, in a flat list."""

    rank: Int64[Tensor, "n"]
    """Index among the rays that meet something."""
    points: Float[Tensor, "n 3"]
    directions: Float[Tensor, "n 3"]
    weight: Float[Tensor, "n"]
    gradient: Float[Tensor, "n 3"]
    normal: Float[Tensor, "n 3"]


def render_field(
    field: Renderable,
    views: Views,
    light: StudioLight,
    *,
    occupancy: Occupancy,
    generator: torch.Generator,
    output: Output = "shaded",
    samples: int = 12,
    regularized: bool = True,
) -> tuple[Shot, Regularizers]:
    """Render a field.

    Args:
        field: What to render.
        views: Cameras outside or inside the cube.
        light: One setting for each view, or one for all.
        occupancy: A survey of the field (:func:`gen3d.fields.occupancy.survey`), not too old.
        generator: On the CPU; shifts the samples. Same seed, same bytes on CPU.
        output: What to show.
        samples: Intervals on each ray; 12 do for the thin surface of an SDF, fog wants 32 to 64.
        regularized: Compute the regularizers of a hash-grid field; else they are zero.

    Returns:
        Linear buffers, and the regularizers of this batch.
    """
    origins, directions = (value.reshape(-1, 3) for value in rays(views))
    found = intervals(field, origins.detach(), directions.detach(), occupancy, samples, generator)
    weights = _weights(field, found, origins[found.ray], directions[found.ray])
    seen = _seen(field, found, weights, origins, directions)
    surface = _composited(field, found, weights, seen)
    shot = _shot(surface, views, light, directions, output)
    return shot, _regularizers(field, shot, seen, generator, wanted=regularized)


def quadrature(depths: Float[Tensor, "rays intervals"]) -> Float[Tensor, "rays intervals"]:
    """Weights of intervals from their optical depths."""
    passed = torch.cumsum(depths, -1) - depths
    return torch.exp(-passed) * -torch.expm1(-depths)


def _weights(
    field: Renderable, found: Intervals, origins: Tensor, directions: Tensor
) -> Float[Tensor, "rays intervals"]:
    points = origins[:, None] + found.edges[..., None] * directions[:, None]
    values = field.geometry(points.reshape(-1, 3))[0].reshape(found.edges.shape)
    return quadrature(field.optical_depth(values[:, :-1], values[:, 1:], found.lengths))


def _seen(
    field: Renderable, found: Intervals, weights: Tensor, origins: Tensor, directions: Tensor
) -> _Samples:
    rank, index = torch.nonzero(weights.detach() > _SEEN, as_tuple=True)
    ray = found.ray[rank]
    points = origins[ray] + found.middles[rank, index][:, None] * directions[ray]
    gradient = field.gradient(points)
    outward = gradient if field.is_distance else -gradient
    weight, normal = weights[rank, index], normalize(outward, dim=-1, eps=_FIRM)
    return _Samples(rank, points, directions[ray], weight, gradient, normal)


def _composited(field: Renderable, found: Intervals, weights: Tensor, seen: _Samples) -> _Surface:
    """Weighted means of the attributes over each ray's seen samples."""
    albedo, roughness, metallic = field.appearance(seen.points)
    columns = [albedo, roughness[:, None], metallic[:, None], seen.normal]
    values = torch.cat([*columns, torch.ones_like(roughness[:, None])], dim=1)
    sums = values.new_zeros(len(found.ray), values.shape[1])
    sums = sums.index_add(0, seen.rank, seen.weight[:, None] * values)
    means = sums / sums[:, -1:].clamp(min=_FIRM)
    return _Surface(
        ray=found.ray,
        alpha=weights.sum(-1),
        depth=(weights * found.middles).sum(-1),
        normal=normalize(sums[:, 5:8], dim=-1, eps=_FIRM),
        albedo=means[:, :3],
        roughness=means[:, 3],
        metallic=means[:, 4],
    )


def _shot(
    surface: _Surface, views: Views, light: StudioLight, directions: Tensor, output: Output
) -> Shot:
    """Light the surface once a pixel and put the rays in their places."""
    colour = _colour(surface, views, light, directions[surface.ray], output)
    alpha = surface.alpha[:, None]
    columns = [alpha * colour, alpha, alpha * surface.normal, surface.depth[:, None]]
    values = torch.cat(columns, dim=1)
    whole = values.new_zeros(len(directions), values.shape[1])
    whole = whole.index_copy(0, surface.ray, values)
    whole = whole.reshape(len(views), views.height_px, views.width_px, -1)
    return Shot(
        rgb=whole[..., :3], alpha=whole[..., 3], normal=whole[..., 4:7], depth=whole[..., 7]
    )


def _colour(
    surface: _Surface, views: Views, light: StudioLight, directions: Tensor, output: Output
) -> Float[Tensor, "rays 3"]:
    """Linear radiance of each ray's surface."""
    if output == "albedo":
        return surface.albedo
    if output == "normal":
        return _normal_colours(surface, views)
    view = surface.ray // (views.height_px * views.width_px)
    direction, key, sky, ground = (
        value.to(surface.alpha).expand(len(views), 3)[view]
        for value in (light.direction, light.key, light.sky, light.ground)
    )
    lit = StudioLight(direction, key, sky, ground)
    if output == "textureless":
        grey = torch.full_like(surface.albedo, GREY)
        dull, none = torch.ones_like(surface.alpha), torch.zeros_like(surface.alpha)
        return shade(grey, surface.normal, -directions, dull, none, lit)
    return shade(
        surface.albedo, surface.normal, -directions, surface.roughness, surface.metallic, lit
    )


def _normal_colours(surface: _Surface, views: Views) -> Float[Tensor, "rays 3"]:
    pixels = views.height_px * views.width_px
    whole = surface.normal.new_zeros(len(views) * pixels, 3)
    whole = whole.index_copy(0, surface.ray, surface.normal)
    return normal_colour(whole.reshape(len(views), pixels, 3), views).reshape(-1, 3)[surface.ray]


def _regularizers(
    field: Renderable, shot: Shot, seen: _Samples, generator: torch.Generator, *, wanted: bool
) -> Regularizers:
    none = shot.alpha.new_zeros(())
    if not wanted or not isinstance(field, Field):
        return Regularizers(none, none, none, none, none, none)
    smoothness, drift = regularizers.residuals(field, seen.points.detach(), generator)
    return Regularizers(
        eikonal=regularizers.eikonal(seen.gradient) if field.is_distance else none,
        orientation=regularizers.orientation(seen.normal, seen.directions, seen.weight),
        opacity=regularizers.opacity(shot.alpha),
        entropy=regularizers.entropy(shot.alpha),
        smoothness=smoothness,
        drift=drift,
    )
