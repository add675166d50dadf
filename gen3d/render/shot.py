# SPDX-License-Identifier: Apache-2.0
"""What a differentiable render of a mesh or a field hands on, and how it becomes a picture.

A :class:`Shot` holds linear light premultiplied by coverage. A *picture*, what guidance looks at,
is sRGB in [0, 1] over a background. The compositing is done in display space: the straight colour
(radiance / alpha) is encoded first and then mixed with the sRGB background by alpha, which is what
an image editor does with a PNG of straight alpha, so renders and cut-out training pictures agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.render.studio import to_linear, to_srgb
from gen3d.render.views import Views

_THIN = 1e-4
"""Coverage below which the straight colour fades to black: there it has no weight in a picture."""


@dataclass(frozen=True)
class Shot:
    """Buffers of one render, channels last, differentiable."""

    rgb: Float[Tensor, "views height width 3"]
    """Linear radiance times alpha; for ``normal`` output :func:`normal_colour` times alpha."""
    alpha: Float[Tensor, "views height width"]
    """Coverage in [0, 1]."""
    normal: Float[Tensor, "views height width 3"]
    """Unit normal in the world times alpha."""
    depth: Float[Tensor, "views height width"]
    """Distance from the eye along the unit ray, times alpha."""


def picture(
    shot: Shot, background: Float[Tensor, "views 3"] | Float[Tensor, "views height width 3"]
) -> Float[Tensor, "views 3 height width"]:
    """Encode a shot for display and lay it over a background.

    ``alpha * srgb(rgb / alpha) + (1 - alpha) * background``: the gradients stay bounded as alpha
    goes to zero, where the picture is the background.

    Args:
        shot: What was rendered.
        background: sRGB in [0, 1], one colour or one picture for each view.
    """
    alpha = shot.alpha[..., None]
    straight = to_srgb(shot.rgb / alpha.clamp(min=_THIN))
    behind = background.to(shot.rgb)
    behind = behind[:, None, None] if behind.dim() == 2 else behind
    return torch.movedim(alpha * straight + (1.0 - alpha) * behind, -1, 1)


def normal_colour(
    normal: Float[Tensor, "views *pixels 3"], views: Views
) -> Float[Tensor, "views *pixels 3"]:
    """Colour of a unit world normal in the ``normal`` output, linear.

    Encoded for display it is ``(n + 1) / 2`` in the camera's frame (x right, y up, z to the eye):
    the usual normal map, the same for whatever faces the camera from every side.
    """
    R_world_camera = views.T_world_camera[:, :3, :3].to(normal)
    local = torch.einsum("vpi,vij->vpj", normal.flatten(1, -2), R_world_camera)
    return to_linear(0.5 + 0.5 * local).reshape(normal.shape)


def random_background(
    views: int, height_px: int, width_px: int, generator: torch.Generator
) -> Float[Tensor, "views height width 3"]:
    """A background of its own for each view: plain, gradient, blurred checker or noise.

    What is behind a thing must not carry information (Hong et al. 2022, AvatarCLIP, §3.3): an
    optimiser that cannot know the background cannot hide holes or paint with it. sRGB in [0, 1],
    made on the CPU.
    """
    kinds = torch.randint(len(_KINDS), (views,), generator=generator).tolist()
    return torch.stack([_KINDS[kind](height_px, width_px, generator) for kind in kinds])


def _colours(count: int, generator: torch.Generator) -> Float[Tensor, "count 3"]:
    """Random colours, one of four of them black or white: the ends are rare otherwise."""
    colours = torch.rand(count, 3, generator=generator)
    draw = torch.rand(count, 1, generator=generator)
    return torch.where(draw < 0.125, 0.0, torch.where(draw > 0.875, 1.0, colours))


def _plain(height: int, width: int, generator: torch.Generator) -> Tensor:
    return _colours(1, generator).expand(height, width, 3).contiguous()


def _gradient(height: int, width: int, generator: torch.Generator) -> Tensor:
    """Bilinear between four corner colours."""
    corners = _colours(4, generator).reshape(2, 2, 3)
    down, across = torch.linspace(0.0, 1.0, height), torch.linspace(0.0, 1.0, width)
    edges = torch.lerp(corners[:1], corners[1:], down[:, None, None])
    return torch.lerp(edges[:, :1], edges[:, 1:], across[None, :, None])


def _checker(height: int, width: int, generator: torch.Generator) -> Tensor:
    """Two colours in squares of random size, place and softness."""
    first, second = _colours(2, generator)
    waves, soft, x0, y0 = torch.rand(4, generator=generator).tolist()
    rate = (2.0 + 6.0 * waves) * torch.pi / max(height, width)
    across = torch.sin(rate * torch.arange(width) + 2.0 * torch.pi * x0)
    down = torch.sin(rate * torch.arange(height) + 2.0 * torch.pi * y0)
    share = 0.5 + 0.5 * torch.tanh((1.0 + 7.0 * soft) * down[:, None] * across[None, :])
    return torch.lerp(first, second, share[..., None])


def _noise(height: int, width: int, generator: torch.Generator) -> Tensor:
    """Independent noise in every pixel around one colour."""
    grain = torch.randn(height, width, 3, generator=generator)
    strength = 0.1 + 0.3 * torch.rand(1, generator=generator)
    return (_colours(1, generator) + strength * grain).clamp(0.0, 1.0)


_KINDS = (_plain, _gradient, _checker, _noise)


def halved(shot: Shot) -> Shot:
    """A shot of half the size, each pixel the mean of four: antialiasing for what has none.

    All buffers are premultiplied by coverage, so their plain means are right.
    """

    def mean(values: Float[Tensor, "views height width *channels"]) -> Tensor:
        rows = (values[:, 0::2] + values[:, 1::2]) / 2.0
        return (rows[:, :, 0::2] + rows[:, :, 1::2]) / 2.0

    return Shot(mean(shot.rgb), mean(shot.alpha), mean(shot.normal), mean(shot.depth))
