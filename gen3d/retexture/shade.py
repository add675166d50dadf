# SPDX-License-Identifier: Apache-2.0
"""A surface's colours moved to another mean, its folds, seams and shading kept, in OKLab.

Light on a surface scales its colour, and OKLab scales with it: a fold that is a tenth darker on
white cloth is made a tenth darker on black. Contrast is never raised, so that what was quiet stays
quiet, and the total variation afterwards (mean difference of neighbours, CIELAB) is at most what
:data:`MOST_VARIATION` allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from gen3d.perception import from_oklab, to_cielab, to_oklab
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.wardrobe.texels import encode_srgb

MOST_VARIATION = 1.4
"""Times the variation that was there."""
_SOFT = 0.22
"""Lightness beyond which detail (a print, a logo) is held back."""
_DARKEST, _LIGHTEST = 0.03, 0.995
_ROUNDS = 3
_LEAST_GAIN = 0.05

Lab = Float[np.ndarray, "n 3"]


@dataclass(frozen=True)
class Move:
    """From one mean to another."""

    old: Float[np.ndarray, "3"]
    new: Float[np.ndarray, "3"]
    """Aimed at so that the mean comes out as it was asked for."""
    gain: float
    """Of differences of lightness."""
    tint: float
    """Share of differences of hue that is kept."""
    relief: float = 1.0
    """Share of the weave that is drawn."""


def moved(linear: Lab, aims: Lab, move: Move) -> Lab:
    """Colours after a move.

    Args:
        linear: Before.
        aims: What a pattern or weave adds to the mean at each place, OKLab.
        move: Where to.
    """
    away = to_oklab(linear) - move.old
    light = _SOFT * np.tanh(away[:, 0] * move.gain / _SOFT)
    goal = move.relief * aims + move.new
    lifted = np.clip(goal[:, 0] + light, _DARKEST, _LIGHTEST)
    scale = lifted / np.maximum(goal[:, 0], 0.05)
    hue = goal[:, 1:] * scale[:, None] + move.tint * move.gain * away[:, 1:]
    return np.clip(from_oklab(np.concatenate([lifted[:, None], hue], axis=1)), 0.0, 1.0)


def fitted(
    linear: Lab,
    aims: Lab,
    target: Float[np.ndarray, "3"],
    neighbours: Int[np.ndarray, "pairs 2"],
    tint: float,
) -> Move:
    """The move whose mean is the target and whose variation is allowed.

    Args:
        linear: Colours before.
        aims: As for :func:`moved`.
        target: Mean to reach, OKLab.
        neighbours: Pairs of places that touch; none: variation is not looked at.
        tint: Share of differences of hue that is kept.
    """
    old = to_oklab(linear).mean(axis=0)
    gain = min(1.0, float(target[0]) / max(float(old[0]), 0.05))
    relief = 1.0
    before = variation(linear, neighbours)
    while True:
        move = _centred(linear, aims, target, Move(old, target, gain, tint, relief))
        after = variation(_stored(moved(linear, aims, move)), neighbours)
        if after <= MOST_VARIATION * before + 1e-6 or gain < _LEAST_GAIN:
            return move
        # A weave gives way before folds do.
        relief *= 0.6
        gain *= 1.0 if relief > _LEAST_GAIN else 0.8


def _stored(linear: Lab) -> Lab:
    """As eight bits hold it: on quiet surfaces rounding is a noise of its own."""
    return SRGB_TO_LINEAR[encode_srgb(linear)]


def _centred(linear: Lab, aims: Lab, target: Float[np.ndarray, "3"], move: Move) -> Move:
    """Aim so that clipping and curves do not move the mean."""
    for _ in range(_ROUNDS):
        mean = to_oklab(moved(linear, aims, move)).mean(axis=0)
        move = replace(move, new=move.new + (target - mean))
    return move


def variation(linear: Lab, neighbours: Int[np.ndarray, "pairs 2"]) -> float:
    """Mean difference of places that touch, CIELAB."""
    if not len(neighbours):
        return 0.0
    lab = to_cielab(linear)
    return float(np.linalg.norm(lab[neighbours[:, 0]] - lab[neighbours[:, 1]], axis=1).mean())
