# SPDX-License-Identifier: Apache-2.0
"""Hair styles as data: layers of cards with a comb field, lengths and shapes, in canonical metres.

Canonical space (see :mod:`gen3d.wardrobe.hair_scalp`): +x the head's left, +y up, +z the face; the
skull's middle is ``CENTRE``, its top at y = 0.849, the forehead at z = 0.14, the occiput at -0.05.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gen3d.transforms import normalize
from gen3d.wardrobe.hair_cards import Rect
from gen3d.wardrobe.hair_scalp import CENTRE, CROWN
from gen3d.wardrobe.hair_strands import Comb, Growth
from gen3d.wardrobe.hair_texture import CURL, STRAIGHT, TUFT

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


def _ramp(x: np.ndarray, low: float, high: float) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def from_crown(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """Out from the whorl with a slight spiral, forward over the top, down at the sides."""
    del root, share
    away = normalize(p - CROWN)
    swirl = np.cross(np.array([0.0, 1.0, 0.0]), away)
    side = _ramp(CROWN[1] - p[:, 1], 0.02, 0.07)[:, None]
    down = np.array([0.0, -1.0, -0.15])
    return (1.0 - side) * (away + 0.25 * swirl) + side * (0.3 * away + down)


def from_side_part(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """Away from a line over the left eye: a long sweep to the right, a short one to the left."""
    del share
    part = 0.034
    right = np.where(root[:, 0] < part, 1.0, 0.0)[:, None]
    over = np.array([-1.0, 0.0, 0.30])
    left = np.array([1.0, -0.3, 0.0])
    top = right * over + (1.0 - right) * left
    return _over_the_side(p, root, top, back=0.35)


def from_middle_part(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """Away from the middle line, a little backwards, then down."""
    del share
    sign = np.where(root[:, :1] >= 0, 1.0, -1.0)
    brow = _ramp(root[:, 2], 0.06, 0.12)[:, None]
    top = sign * np.array([1.0, 0.0, 0.0]) + np.array([0.0, -0.1, -0.30]) * (1.0 + 0.6 * brow)
    return _over_the_side(p, root, top, back=0.30)


def _over_the_side(p: np.ndarray, root: np.ndarray, top: np.ndarray, back: float) -> np.ndarray:
    """Blend a direction on the top of the head into falling down; from the back, fall off the crown."""
    side = _ramp(CENTRE[1] + 0.085 - p[:, 1], 0.0, 0.06)[:, None]
    behind = _ramp(0.03 - root[:, 2], 0.0, 0.05)[:, None]
    away = normalize(p - CROWN) * np.array([1.0, 0.5, 1.0])
    sweep = (1.0 - behind) * top + behind * away
    front = _ramp(p[:, 2], 0.06, 0.11)[:, None]
    down = np.array([0.0, -1.0, 0.0]) + front * np.array([0.0, 0.0, -2.0 * back])
    return (1.0 - side) * sweep + side * down


def hanging(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """Middle part, framing the face, then down over ears and neck; locks from the temples before the shoulders."""
    direction = from_middle_part(p, root, share)
    # Hair of the forehead sweeps back until it frames the face.
    ahead = _ramp(p[:, 2], 0.070, 0.105) * _ramp(0.835 - p[:, 1], 0.0, 0.04)
    direction = direction + ahead[:, None] * np.array([0.0, 0.0, -0.8])
    under = _ramp(0.70 - p[:, 1], 0.0, 0.05)[:, None]
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


def _towards(tie: np.ndarray) -> Comb:
    def comb(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
        del root, share
        return normalize(tie - p) + np.array([0.0, 0.12, 0.0])

    return comb


to_tail = _towards(TAIL_TIE)
to_bun = _towards(BUN_TIE)


def to_braids(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """From the middle part to the tie behind each ear, over the ear's top."""
    del share
    sign = np.where(root[:, :1] >= 0, 1.0, -1.0)
    target = BRAID_TIE * np.concatenate([sign, np.ones_like(sign), np.ones_like(sign)], axis=1)
    return normalize(target - p)


def upwards(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """Straight out of the skull."""
    del share
    return normalize(root - CENTRE + np.array([0.0, 0.0, 0.0])) + 0.0 * p


def crest(p: np.ndarray, root: np.ndarray, share: float) -> np.ndarray:
    """A fan over the middle line, leaning back at its tips."""
    del p
    fan = (root - CENTRE) * np.array([0.15, 1.0, 1.0])
    return normalize(fan) + np.array([0.0, 0.15, -0.25 * share])


def _constant(metres: float) -> Lengths:
    return lambda root: np.full(len(root), metres)


def _short_lengths(root: np.ndarray) -> np.ndarray:
    """Four centimetres on top, under two at sides and nape."""
    top = _ramp(root[:, 1], 0.755, 0.825)
    nape = _ramp(0.715 - root[:, 1], 0.0, 0.025)
    return 0.019 + 0.028 * top - 0.008 * nape


def _part_lengths(root: np.ndarray) -> np.ndarray:
    top = _ramp(root[:, 1], 0.765, 0.825)
    sweep = _ramp(0.05 - root[:, 0], 0.0, 0.05)
    front = _ramp(root[:, 2], 0.03, 0.11)
    nape = _ramp(0.715 - root[:, 1], 0.0, 0.025)
    return 0.020 - 0.009 * nape + top * (0.030 + 0.040 * sweep * (0.4 + 0.6 * front))


def _to_level(level: float, extra: float = 0.0) -> Lengths:
    """As long as it takes to hang down to a canonical height."""

    def lengths(root: np.ndarray) -> np.ndarray:
        sideways = 0.075 - np.minimum(np.abs(root[:, 0]), 0.075)
        behind = np.clip(root[:, 2] + 0.06, 0.0, 0.2)
        run = np.where(root[:, 2] > 0.0, sideways, np.minimum(sideways, behind))
        return np.maximum(root[:, 1] - level, 0.02) + 0.55 * run + extra

    return lengths


def _to_tie(tie: np.ndarray) -> Lengths:
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


@dataclass(frozen=True)
class Layer:
    """Cards of one kind."""

    count: int
    width: float
    lengths: Lengths
    growth: Growth
    strips: tuple[Rect, ...]
    region: Region = everywhere
    margin: float = 0.004
    """Roots keep this far inside the hairline."""
    root_width: float = 0.75
    tip_width: float = 0.45
    arch: float = 0.16
    volume: float = 0.6
    curl: tuple[float, float] = (0.0, 0.03)
    """Radius and pitch of a corkscrew, metres."""
    spread: float = 0.10
    """Random roll of the cards, radians."""


@dataclass(frozen=True)
class Style:
    """A head of hair."""

    layers: tuple[Layer, ...]
    comb: Comb
    """Direction of the scalp's strand lines."""
    thickness: float = 0.004
    """Of the scalp cap, metres."""
    reach: int = 22
    """Half length of the scalp's strand lines, texels."""
    grain: float = 0.6
    crown: float = 0.0
    """Extra thickness of the cap far from the hairline: an afro's ball, metres."""
    covers_ears: bool = False


def _crest_roots(p: np.ndarray) -> np.ndarray:
    return ((np.abs(p[:, 0]) < 0.017) & ((p[:, 2] > 0.0) | (p[:, 1] > 0.735))).astype(float)


def _crest_lengths(root: np.ndarray) -> np.ndarray:
    """Tallest over the crown, half as long at forehead and nape."""
    return 0.045 + 0.045 * _ramp(root[:, 1], 0.74, 0.82) - 0.012 * _ramp(root[:, 2], 0.09, 0.13)


def _drawn_back(p: np.ndarray) -> np.ndarray:
    """Without the side burns, which are too short to reach a tie."""
    return ((p[:, 1] > 0.742) | (p[:, 2] < 0.025)).astype(float)


def _part_line(p: np.ndarray) -> np.ndarray:
    return ((np.abs(p[:, 0]) < 0.022) & (p[:, 2] > -0.02)).astype(float)


def _side_line(p: np.ndarray) -> np.ndarray:
    return ((np.abs(p[:, 0] - 0.034) < 0.014) & (p[:, 2] > 0.0) & (p[:, 1] > 0.79)).astype(float)


SHORT = Style(
    (
        Layer(
            210, 0.022, _short_lengths, Growth(from_crown, 5, 0.0025, 0.003), STRAIGHT[1:3], arch=0.06, volume=0.88
        ),
        Layer(
            130, 0.018, _short_lengths, Growth(from_crown, 5, 0.004, 0.006), STRAIGHT[2:4], arch=0.06, volume=0.88
        ),
    ),
    from_crown,
)

SIDE_PART = Style(
    (
        Layer(
            190, 0.024, _part_lengths, Growth(from_side_part, 6, 0.0025, 0.003), STRAIGHT[1:4], arch=0.06, volume=0.88
        ),
        Layer(
            60,
            0.026,
            _part_lengths,
            Growth(from_side_part, 7, 0.005, 0.007),
            STRAIGHT[1:3],
            region=lambda p: (p[:, 1] > 0.79).astype(float),
        ),
        Layer(16, 0.022, _part_lengths, Growth(from_side_part, 7, 0.006, 0.008), STRAIGHT[1:2], _side_line),
    ),
    from_side_part,
)

BOB = Style(
    (
        Layer(120, 0.034, _to_level(0.660), Growth(hanging, 9, 0.004, 0.008, hang=0.2), STRAIGHT[0:2]),
        Layer(70, 0.030, _to_level(0.655), Growth(hanging, 9, 0.007, 0.012, hang=0.2), STRAIGHT[1:3]),
        Layer(22, 0.030, _to_level(0.658), Growth(hanging, 9, 0.008, 0.013), STRAIGHT[0:2], _part_line),
    ),
    from_middle_part,
    covers_ears=True,
)

LONG = Style(
    (
        Layer(110, 0.036, _to_level(0.43, 0.03), Growth(hanging, 14, 0.004, 0.007, hang=0.2), STRAIGHT[0:2]),
        Layer(80, 0.032, _to_level(0.42, 0.03), Growth(hanging, 14, 0.007, 0.010, hang=0.2), STRAIGHT[1:3]),
        Layer(26, 0.032, _to_level(0.44, 0.03), Growth(hanging, 14, 0.008, 0.011), STRAIGHT[0:2], _part_line),
    ),
    from_middle_part,
    covers_ears=True,
)

_TIED = Growth(to_tail, 8, 0.002, 0.005, wander=0.03, stiff=0.2)

PONYTAIL = Style(
    (Layer(110, 0.024, _to_tie(TAIL_TIE), _TIED, STRAIGHT[0:1], _drawn_back, tip_width=0.25, margin=0.002),),
    to_tail,
)

BUN = Style(
    (
        Layer(
            110,
            0.024,
            _to_tie(BUN_TIE),
            Growth(to_bun, 8, 0.002, 0.005, wander=0.03, stiff=0.2),
            STRAIGHT[0:1],
            _drawn_back,
            tip_width=0.25,
            margin=0.002,
        ),
    ),
    to_bun,
)

BRAIDS = Style(
    (
        Layer(
            120,
            0.022,
            _to_tie(BRAID_TIE),
            Growth(to_braids, 8, 0.002, 0.005, wander=0.03, stiff=0.2),
            STRAIGHT[0:1],
            _drawn_back,
            tip_width=0.3,
            margin=0.002,
        ),
    ),
    to_braids,
)

AFRO = Style(
    (
        Layer(
            380,
            0.030,
            _constant(0.020),
            Growth(upwards, 2, -0.006, 0.0, hug=0.0, wander=0.75, stiff=0.2),
            (TUFT,),
            root_width=1.0,
            tip_width=0.9,
            arch=0.1,
            volume=0.85,
            spread=0.7,
        ),
    ),
    upwards,
    reach=1,
    grain=1.1,
    crown=0.055,
    covers_ears=True,
)

CURLY = Style(
    (
        Layer(
            150,
            0.0125,
            _to_level(0.675, 0.035),
            Growth(hanging, 13, 0.005, 0.010, hang=0.25, wander=0.30),
            (CURL,),
            curl=(0.009, 0.040),
            arch=0.0,
            volume=0.6,
            tip_width=0.6,
        ),
        Layer(
            110,
            0.0115,
            _to_level(0.69, 0.03),
            Growth(hanging, 13, 0.012, 0.016, hang=0.2, wander=0.35),
            (CURL,),
            curl=(0.010, 0.036),
            arch=0.0,
            volume=0.6,
            tip_width=0.6,
        ),
    ),
    from_crown,
    reach=5,
    grain=1.4,
    thickness=0.006,
    covers_ears=True,
)

MOHAWK = Style(
    (
        Layer(
            90,
            0.030,
            _crest_lengths,
            Growth(crest, 5, 0.001, 0.0, hug=0.0, wander=0.10, stiff=0.6),
            STRAIGHT[1:3],
            _crest_roots,
            margin=0.012,
            root_width=1.0,
            tip_width=0.35,
            volume=0.35,
            spread=0.5,
        ),
    ),
    from_crown,
    thickness=0.0015,
    reach=2,
    grain=0.7,
)

BUZZ = Style((), from_crown, thickness=0.0018, reach=2, grain=0.6)

STYLES: dict[str, Style] = {
    "buzz": BUZZ,
    "short": SHORT,
    "side_part": SIDE_PART,
    "bob": BOB,
    "long": LONG,
    "ponytail": PONYTAIL,
    "bun": BUN,
    "afro": AFRO,
    "mohawk": MOHAWK,
    "curly": CURLY,
    "braids": BRAIDS,
}
"""Everything but ``bald``."""
