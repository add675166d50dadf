# SPDX-License-Identifier: Apache-2.0
"""How a model wants its pictures: size, filter, mean and spread; applied differentiably.

The same as open_clip's evaluation transform (resize, centre crop or pad, normalise), without its
rounding to bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate, pad

from gen3d.errors import Gen3dError

Resize = Literal["shortest", "longest", "squash"]
Filter = Literal["bicubic", "bilinear"]

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
"""Channel statistics of CLIP's training pictures (Radford et al. 2021, released code)."""


@dataclass(frozen=True)
class Lens:
    """What open_clip calls ``preprocess_cfg``."""

    size_px: tuple[int, int]
    """Height and width."""
    mean: tuple[float, ...] = CLIP_MEAN
    std: tuple[float, ...] = CLIP_STD
    interpolation: Filter = "bicubic"
    resize_mode: Resize = "shortest"
    fill: float = 0.0
    """Value in [0, 1] of what ``longest`` pads with."""

    @staticmethod
    def parse(config: Mapping[str, Any], size: int | tuple[int, int] | list[int]) -> Lens:
        """Read a ``preprocess_cfg``.

        Args:
            config: May lack any key.
            size: The size in pixels that the image tower was built for.

        Raises:
            Gen3dError: An unknown way to resize or to filter, or three numbers that are not.
        """
        height, width = (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))
        mode, kernel = config.get("resize_mode"), config.get("interpolation")
        return Lens(
            (height, width),
            _triple(config.get("mean"), CLIP_MEAN),
            _triple(config.get("std"), CLIP_STD),
            _one_of(kernel, {"bicubic": "bicubic", "random": "bicubic", "bilinear": "bilinear"}),
            _one_of(mode, {"shortest": "shortest", "longest": "longest", "squash": "squash"}),
            float(config.get("fill_color") or 0) / 255.0,
        )

    def __call__(
        self, pictures: Float[Tensor, "views 3 height width"]
    ) -> Float[Tensor, "views 3 model_height model_width"]:
        """Resize and normalise pictures in [0, 1]."""
        fitted = self._fit(pictures)
        mean, std = (torch.tensor(v).to(fitted)[:, None, None] for v in (self.mean, self.std))
        return (fitted - mean) / std

    def _fit(self, pictures: Tensor) -> Tensor:
        height, width = pictures.shape[-2:]
        ratios = (self.size_px[0] / height, self.size_px[1] / width)
        if ratios == (1.0, 1.0):
            return pictures
        if self.resize_mode == "squash":
            return self._resized(pictures, self.size_px)
        scale = max(ratios) if self.resize_mode == "shortest" else min(ratios)
        size = (round(height * scale), round(width * scale))
        return _centred(self._resized(pictures, size), self.size_px, self.fill)

    def _resized(self, pictures: Tensor, size_px: tuple[int, int]) -> Tensor:
        if tuple(pictures.shape[-2:]) == size_px:
            return pictures
        return interpolate(
            pictures, size_px, mode=self.interpolation, align_corners=False, antialias=True
        )


def _centred(pictures: Tensor, size_px: tuple[int, int], fill: float) -> Tensor:
    """Crop or pad on both sides to a size."""
    down, across = (want - have for want, have in zip(size_px, pictures.shape[-2:], strict=True))
    top, left = _before(down), _before(across)
    return pad(pictures, (left, across - left, top, down - top), value=fill)


def _before(margin: int) -> int:
    """The first side's part of a margin; odd ones are split as torchvision and open_clip do."""
    return margin // 2 if margin >= 0 else -round(-margin / 2)


def _triple(values: Any, default: tuple[float, ...]) -> tuple[float, ...]:  # noqa: ANN401  # JSON
    if values is None:
        return default
    numbers = [values] * 3 if isinstance(values, int | float) else list(values)
    if len(numbers) != 3 or not all(isinstance(v, int | float) for v in numbers):
        raise Gen3dError(
            f"{values!r} is not a mean or spread of three channels.",
            "Correct preprocess_cfg in open_clip_config.json.",
        )
    return tuple(float(v) for v in numbers)


def _one_of(value: Any, known: Mapping[str, Any]) -> Any:  # noqa: ANN401  # JSON in, literal out
    if value is None:
        return next(iter(known.values()))
    if value not in known:
        raise Gen3dError(
            f"preprocess_cfg says {value!r}, which is none of {', '.join(known)}.",
            "Correct open_clip_config.json.",
        )
    return known[value]
