# SPDX-License-Identifier: Apache-2.0
"""Fields on the canonical head that styles are made of: where hair runs, its length, its roots.

Canonical space (see :mod:`gen3d.wardrobe.hair_scalp`): +x the head's left, +y up, +z the face; the
skull's middle is ``CENTRE``, its top at y = 0.849, the forehead at z = 0.14, the occiput at -0.05.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gen3d.transforms import normalize
from gen3d.wardrobe.hair_scalp import CENTRE, CROWN
from gen3d.wardrobe.hair_strands import Comb

Lengths = Callable[[np.ndarray], np.ndarray]
"""Canonical roots -> lengths in canonical metres."""
Region = Callable[[np.ndarray], np.ndarray]
"""Canonical positions -> density of roots (0: none)."""

TAIL_TIE = np.array([0.0, 0.800, -0.052])
"""Where a ponytail is tied, on the template's surface."""
BUN_TIE = np.array([0.0, 0.838, -0.040])
BRAID_TIE = np.array([0.062, 0.690, -0.022])
"""Left one; the right one is its mirror image."""


def everywhere(p: np.ndarray) -> np.ndarray:
    """Roots all over the scalp."""
    return np.ones(len(p))


def ramp(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def from_crown(p: np.ndarray, _root: np.ndarray, _share: float) -> np.ndarray:
    """Out from the whorl with a slight spiral, forward over the top, down at the sides."""
    away = normalize(p - CROWN)
    swirl = np.cross(np.array([0.0, 1.0, 0.0]), away)
    side = ramp(CROWN[1] - p[:, 1], 0.02, 0.07)[:, None]
    down = np.array([0.0, -1.0, -0.15])
    return (1.0 - side) * (away + 0.25 * swirl) + side * (0.3 * away + down)


def from_side_part(p: np.ndarray, root: np.ndarray, _share: float) -> np.ndarray:
    """Away from a line over the left eye: a long sweep to the right, a short one to the left."""
    part = 0.034
    right = np.where(root[:, 0] < part, 1.0, 0.0)[:, None]
    over = np.array([-1.0, 0.0, 0.30])
    left = np.array([1.0, -0.3, 0.0])
    top = right * over + (1.0 - right) * left
    return over_the_side(p, root, top, back=0.35)


def from_middle_part(p: np.ndarray, root: np.ndarray, _share: float) -> np.ndarray:
    """Away from the middle line, a little backwards, then down."""
    sign = np.where(root[:, :1] >= 0, 1.0, -1.0)
    brow = ramp(root[:, 2], 0.06, 0.12)[:, None]
    top = sign * np.array([1.0, 0.0, 0.0]) + np.array([0.0, -0.1, -0.30]) * (1.0 + 0.6 * brow)
    return over_the_side(p, root, top, back=0.30)


def over_the_side(p: np.ndarray, root: np.ndarray, top: np.ndarray, back: float) -> np.ndarray:
    """Blend a direction on top of the head into falling; from the back, off the crown."""
    side = ramp(CENTRE[1] + 0.085 - p[:, 1], 0.0, 0.06)[:, None]
    behind = ramp(0.03 - root[:, 2], 0.0, 0.05)[:, None]
    away = normalize(p - CROWN) * np.array([1.0, 0.5, 1.0])
    sweep = (1.0 - behind) * top + behind * away
    front = ramp(p[:, 2], 0.06, 0.11)[:, None]
    down = np.array([0.0, -1.0, 0.0]) + front * np.array([0.0, 0.0, -2.0 * back])
    return (1.0 - side) * sweep + side * down


def hanging(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """Middle part, framing the face, then down; locks of the temples before the shoulders."""
    direction = from_middle_part(p, root, share)
    # Hair of the forehead sweeps back until it frames the face.
    ahead = ramp(p[:, 2], 0.070, 0.105) * ramp(0.835 - p[:, 1], 0.0, 0.04)
    direction = direction + ahead[:, None] * np.array([0.0, 0.0, -0.8])
    under = ramp(0.70 - p[:, 1], 0.0, 0.05)[:, None]
    front = np.where(root[:, 2:] > 0.080, 1.0, 0.0)
    sign = np.sign(root[:, :1])
    ones = np.ones_like(sign)
    contain = -sign * np.clip((np.abs(p[:, :1]) - 0.070) / 0.02, 0.0, 2.5)
    # On a shoulder's flat top a strand must choose: before or behind.
    rear = -0.7 * np.clip((p[:, 2:] + 0.045) / 0.03, 0.0, 1.0)
    rear = rear + 0.8 * np.clip((-0.065 - p[:, 2:]) / 0.02, 0.0, 1.0)
    behind = np.concatenate([contain, -ones, rear], axis=1)
    before = np.concatenate([0.4 * contain, -ones, 0.08 * ones], axis=1)
    return (1.0 - under) * direction + under * (front * before + (1.0 - front) * behind)


def towards(tie: np.ndarray) -> Comb:
    """Straight to a tie, slightly lifted."""

    def comb(p: np.ndarray, _root: np.ndarray, _share: float) -> np.ndarray:
        return normalize(tie - p) + np.array([0.0, 0.12, 0.0])

    return comb


to_tail = towards(TAIL_TIE)
to_bun = towards(BUN_TIE)


def to_braids(p: np.ndarray, root: np.ndarray, _share: float) -> np.ndarray:
    """From the middle part to the tie behind each ear, over the ear's top."""
    sign = np.where(root[:, :1] >= 0, 1.0, -1.0)
    target = BRAID_TIE * np.concatenate([sign, np.ones_like(sign), np.ones_like(sign)], axis=1)
    return normalize(target - p)


def upwards(_p: np.ndarray, root: np.ndarray, _share: float) -> np.ndarray:
    """Straight out of the skull."""
    return normalize(root - CENTRE)


def crest(_p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """A fan over the middle line, leaning back at its tips."""
    fan = (root - CENTRE) * np.array([0.15, 1.0, 1.0])
    return normalize(fan) + np.array([0.0, 0.15, -0.25 * share])


def constant(metres: float) -> Lengths:
    """The same length everywhere."""
    return lambda root: np.full(len(root), metres)


def short_lengths(root: np.ndarray) -> np.ndarray:
    """Four centimetres on top, under two at sides and nape."""
    top = ramp(root[:, 1], 0.755, 0.825)
    nape = ramp(0.715 - root[:, 1], 0.0, 0.025)
    return 0.019 + 0.028 * top - 0.008 * nape


def part_lengths(root: np.ndarray) -> np.ndarray:
    """A long sweep on top, short sides and nape."""
    top = ramp(root[:, 1], 0.765, 0.825)
    sweep = ramp(0.05 - root[:, 0], 0.0, 0.05)
    front = ramp(root[:, 2], 0.03, 0.11)
    nape = ramp(0.715 - root[:, 1], 0.0, 0.025)
    return 0.020 - 0.009 * nape + top * (0.030 + 0.040 * sweep * (0.4 + 0.6 * front))


def to_level(level: float, extra: float = 0.0) -> Lengths:
    """As long as it takes to hang down to a canonical height."""

    def lengths(root: np.ndarray) -> np.ndarray:
        sideways = 0.075 - np.minimum(np.abs(root[:, 0]), 0.075)
        behind = np.clip(root[:, 2] + 0.06, 0.0, 0.2)
        run = np.where(root[:, 2] > 0.0, sideways, np.minimum(sideways, behind))
        return np.maximum(root[:, 1] - level, 0.02) + 0.55 * run + extra

    return lengths


def to_tie(tie: np.ndarray) -> Lengths:
    """Arc over the skull from the root to the tie."""

    def lengths(root: np.ndarray) -> np.ndarray:
        mirrored = np.where(root[:, :1] * tie[0] < 0, -1.0, 1.0)
        target = tie * np.concatenate([mirrored, np.ones((len(root), 2))], axis=1)
        a, b = normalize(root - CENTRE), normalize(target - CENTRE)
        angle = np.arccos(np.clip(np.sum(a * b, axis=1), -1.0, 1.0))
        radius = 0.5 * (
            np.linalg.norm(root - CENTRE, axis=1) + np.linalg.norm(target - CENTRE, axis=1)
        )
        return np.maximum(angle * radius, 0.012)

    return lengths


def crest_roots(p: np.ndarray) -> np.ndarray:
    """A strip from forehead to occiput."""
    return ((np.abs(p[:, 0]) < 0.017) & ((p[:, 2] > 0.0) | (p[:, 1] > 0.735))).astype(float)


def crest_lengths(root: np.ndarray) -> np.ndarray:
    """Tallest over the crown, half as long at forehead and nape."""
    return 0.045 + 0.045 * ramp(root[:, 1], 0.74, 0.82) - 0.012 * ramp(root[:, 2], 0.09, 0.13)


def drawn_back(p: np.ndarray) -> np.ndarray:
    """Without the side burns, which are too short to reach a tie."""
    return ((p[:, 1] > 0.742) | (p[:, 2] < 0.025)).astype(float)


def part_line(p: np.ndarray) -> np.ndarray:
    """Both sides of the middle line."""
    return ((np.abs(p[:, 0]) < 0.022) & (p[:, 2] > -0.02)).astype(float)


def side_line(p: np.ndarray) -> np.ndarray:
    """Both sides of the side part."""
    return ((np.abs(p[:, 0] - 0.034) < 0.014) & (p[:, 2] > 0.0) & (p[:, 1] > 0.79)).astype(float)
