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
    ancestry = torch.where(
        total > 0, ancestry / total.clamp(min=1e-9), torch.full_like(ancestry, 1 / 3)
    )
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


_FAT = {
    "head-fat-incr": 0.9,
    "cheek-volume-incr": 0.7,
    "neck-double-incr": 1.0,
    "measure-neck-circ-incr": 0.7,
    "neck-scale-horiz-incr": 0.4,
    "upperarm-fat-incr": 1.0,
    "lowerarm-fat-incr": 0.8,
    "upperleg-fat-incr": 0.9,
    "lowerleg-fat-incr": 0.8,
    "measure-thigh-circ-incr": 0.5,
    "measure-waist-circ-incr": 1.1,
    "measure-underbust-circ-incr": 0.5,
    "measure-hips-circ-incr": 0.7,
    "stomach-tone-incr": -0.6,
    "torso-scale-depth-incr": 0.6,
    "torso-scale-horiz-incr": 0.5,
    "hip-scale-depth-incr": 0.4,
    "hip-scale-horiz-incr": 0.4,
    "buttocks-volume-incr": 0.5,
}
"""Local changes of full fat: the weight axis of MakeHuman ends at stout, these go on to obese."""

_BELLY = {"stomach-pregnant-incr": 0.75}
"""The belly of full fat, by itself: it depends on sex."""

_LEAN = {
    "head-fat-incr": -0.6,
    "cheek-volume-incr": -0.7,
    "cheek-bones-incr": 0.4,
    "upperarm-fat-incr": -0.6,
    "lowerarm-fat-incr": -0.5,
    "upperleg-fat-incr": -0.6,
    "lowerleg-fat-incr": -0.4,
    "measure-waist-circ-incr": -0.5,
    "measure-hips-circ-incr": -0.4,
    "torso-scale-depth-incr": -0.3,
    "measure-neck-circ-incr": -0.3,
}
"""Local changes of no fat at all."""

_MUSCULAR = {
    "torso-muscle-pectoral-incr": 0.6,
    "torso-muscle-dorsi-incr": 0.7,
    "torso-vshape-incr": 0.5,
    "upperarm-muscle-incr": 0.8,
    "upperarm-shoulder-muscle-incr": 0.8,
    "lowerarm-muscle-incr": 0.6,
    "upperleg-muscle-incr": 0.6,
    "lowerleg-muscle-incr": 0.6,
    "measure-neck-circ-incr": 0.5,
    "measure-shoulder-dist-incr": 0.4,
}
"""Local changes of a body builder, on top of the muscle axis."""


def implied_details(spec: BodySpec) -> dict[str, float]:
    """Local changes that follow from fat and muscle, with those of the specification added."""
    fat, lean = max(spec.weight - 0.5, 0.0) * 2.0, max(0.5 - spec.weight, 0.0) * 2.0
    brawn = max(spec.muscle - 0.5, 0.0) * 2.0
    details: dict[str, float] = {}
    # Women carry less of it on the belly, more on the hips.
    belly = {name: value * (1.0 - 0.5 * spec.sex) for name, value in _BELLY.items()}
    for table, share in (
        (_FAT, fat),
        (belly, fat),
        (_LEAN, lean),
        (_MUSCULAR, brawn),
        (spec.details, 1.0),
    ):
        for name, value in table.items():
            details[name] = details.get(name, 0.0) + share * value
    return details


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
