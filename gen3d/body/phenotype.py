# SPDX-License-Identifier: Apache-2.0
"""From named numbers (sex, age, weight …) to weights of the body's morphs.

The MakeHuman space is multilinear: each phenotype morph stands for one combination of variations
(``female``, ``old``, ``maxweight`` …) and its weight is the product of the interpolation weights of
those variations (MakeHuman "macro details"; Anny, arXiv 2511.03589, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.body.data import BodyData
from gen3d.spec import BodySpec

_AGE_YEARS = (0.0, 1.0, 10.5, 25.0, 90.0)
"""Apparent years of newborn, baby, child, young and old."""


def _hat_weights(value: Float[Tensor, ""], anchors: Sequence[float]) -> Float[Tensor, "anchors"]:
    """Linear interpolation weights of ``value`` among increasing anchors; clamped at both ends."""
    points = value.new_tensor(anchors)
    value = torch.minimum(torch.maximum(value, points[0]), points[-1])
    high = int(torch.searchsorted(points, value.detach()).clamp(1, len(points) - 1))
    t = (value - points[high - 1]) / (points[high] - points[high - 1])
    weights = [t.new_zeros(())] * len(points)
    weights[high - 1], weights[high] = 1.0 - t, t
    return torch.stack(weights)


def variation_weights(values: dict[str, Float[Tensor, ""]]) -> Float[Tensor, "variations"]:
    """Weight of each of the 26 variations, in the order of the phenotype mask's columns."""
    ancestry = torch.stack([values["african"], values["asian"], values["caucasian"]])
    total = ancestry.sum()
    ancestry = torch.where(total > 0, ancestry / total.clamp(min=1e-9), torch.full_like(ancestry, 1 / 3))
    thirds, halves = (0.0, 0.5, 1.0), (0.0, 1.0)
    return torch.cat(
        [
            ancestry,
            _hat_weights(values["sex"], halves),
            _hat_weights(values["age_years"], _AGE_YEARS),
            _hat_weights(values["muscle"], thirds),
            _hat_weights(values["weight"], thirds),
            # Stature is linear and may leave the range: the caller solves it for metres.
            torch.stack([1.0 - values["stature"], values["stature"]]),
            # MakeHuman's second variation is the uncommon one.
            _hat_weights(1.0 - values["proportions"], halves),
            _hat_weights(values["cup_size"], thirds),
            _hat_weights(values["firmness"], thirds),
        ],
    )


def basis_weights(data: BodyData, values: dict[str, Float[Tensor, ""]]) -> Float[Tensor, "basis"]:
    """Weights of the compact phenotype basis; differentiable in every value."""
    mask = data.phenotype_mask
    products = torch.prod(variation_weights(values) * mask + (1.0 - mask), dim=-1)
    return products @ data.projection


def values_of(spec: BodySpec) -> dict[str, Float[Tensor, ""]]:
    """The scalar fields of a specification as tensors (height apart: it is solved for)."""
    skipped = {"height", "details"}
    return {k: torch.tensor(float(v)) for k, v in spec.model_dump().items() if k not in skipped}


def detail_weights(data: BodyData, details: dict[str, float]) -> dict[str, float]:
    """Weights of local morphs by full target name; a name without side moves both sides.

    Raises:
        ValueError: A name that is no local change of the body.
    """
    positive, negative = data.local.names[0::2], data.local.names[1::2]
    opposite = dict(zip(positive, negative, strict=True))
    weights: dict[str, float] = {}
    for name, value in details.items():
        targets = [t for t in (name, f"l-{name}", f"r-{name}") if t in opposite]
        if not targets:
            raise ValueError(name)
        for target in targets:
            weights[target if value >= 0 else opposite[target]] = abs(float(value))
    return weights


def detail_names(data: BodyData) -> tuple[str, ...]:
    """Every accepted key of :attr:`gen3d.spec.BodySpec.details`, sides merged."""
    merged = (n[2:] if n.startswith(("l-", "r-")) else n for n in data.local.names[0::2])
    return tuple(dict.fromkeys(merged))
