# SPDX-License-Identifier: Apache-2.0
"""Hair styles as data: layers of cards with comb field, lengths and shapes; canonical metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d.wardrobe.hair_cards import Rect
from gen3d.wardrobe.hair_combs import (
    BRAID_TIE,
    BUN_TIE,
    TAIL_TIE,
    Lengths,
    Region,
    constant,
    crest,
    crest_lengths,
    crest_roots,
    drawn_back,
    everywhere,
    from_crown,
    from_middle_part,
    from_side_part,
    hanging,
    part_lengths,
    part_line,
    short_lengths,
    side_line,
    to_braids,
    to_bun,
    to_level,
    to_tail,
    to_tie,
    upwards,
)
from gen3d.wardrobe.hair_strands import Comb, Growth
from gen3d.wardrobe.hair_texture import CURL, STRAIGHT, TUFT


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
    leash: float = np.inf
    """Strands that stray further from the head than this are left out, canonical metres."""
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


SHORT = Style(
    (
        Layer(
            210,
            0.022,
            short_lengths,
            Growth(from_crown, 5, 0.0025, 0.003),
            STRAIGHT[1:3],
            arch=0.06,
            volume=0.88,
        ),
        Layer(
            130,
            0.018,
            short_lengths,
            Growth(from_crown, 5, 0.004, 0.006),
            STRAIGHT[2:4],
            arch=0.06,
            volume=0.88,
        ),
    ),
    from_crown,
)

SIDE_PART = Style(
    (
        Layer(
            190,
            0.024,
            part_lengths,
            Growth(from_side_part, 6, 0.0025, 0.003),
            STRAIGHT[1:4],
            arch=0.06,
            volume=0.88,
        ),
        Layer(
            60,
            0.026,
            part_lengths,
            Growth(from_side_part, 7, 0.005, 0.007),
            STRAIGHT[1:3],
            region=lambda p: (p[:, 1] > 0.79).astype(float),
        ),
        Layer(
            16,
            0.022,
            part_lengths,
            Growth(from_side_part, 7, 0.006, 0.008),
            STRAIGHT[1:2],
            side_line,
        ),
    ),
    from_side_part,
)

BOB = Style(
    (
        Layer(
            120,
            0.034,
            to_level(0.660),
            Growth(hanging, 9, 0.004, 0.008, hang=0.2),
            STRAIGHT[0:2],
            leash=0.04,
        ),
        Layer(
            70,
            0.030,
            to_level(0.655),
            Growth(hanging, 9, 0.007, 0.012, hang=0.2),
            STRAIGHT[1:3],
            leash=0.04,
        ),
        Layer(
            22,
            0.030,
            to_level(0.658),
            Growth(hanging, 9, 0.008, 0.013),
            STRAIGHT[0:2],
            part_line,
            leash=0.036,
        ),
    ),
    from_middle_part,
    covers_ears=True,
)

LONG = Style(
    (
        Layer(
            110,
            0.036,
            to_level(0.43, 0.03),
            Growth(hanging, 14, 0.004, 0.007, hang=0.2),
            STRAIGHT[0:2],
            leash=0.036,
        ),
        Layer(
            80,
            0.032,
            to_level(0.42, 0.03),
            Growth(hanging, 14, 0.007, 0.010, hang=0.2),
            STRAIGHT[1:3],
            leash=0.036,
        ),
        Layer(
            26,
            0.032,
            to_level(0.44, 0.03),
            Growth(hanging, 14, 0.008, 0.011),
            STRAIGHT[0:2],
            part_line,
            leash=0.036,
        ),
    ),
    from_middle_part,
    covers_ears=True,
)

_TIED = Growth(to_tail, 8, 0.002, 0.005, wander=0.03, stiff=0.2)

PONYTAIL = Style(
    (
        Layer(
            110,
            0.024,
            to_tie(TAIL_TIE),
            _TIED,
            STRAIGHT[0:1],
            drawn_back,
            tip_width=0.25,
            margin=0.002,
        ),
    ),
    to_tail,
)

BUN = Style(
    (
        Layer(
            110,
            0.024,
            to_tie(BUN_TIE),
            Growth(to_bun, 8, 0.002, 0.005, wander=0.03, stiff=0.2),
            STRAIGHT[0:1],
            drawn_back,
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
            to_tie(BRAID_TIE),
            Growth(to_braids, 8, 0.002, 0.005, wander=0.03, stiff=0.2),
            STRAIGHT[0:1],
            drawn_back,
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
            constant(0.020),
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
            to_level(0.675, 0.035),
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
            to_level(0.69, 0.03),
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
            crest_lengths,
            Growth(crest, 5, 0.001, 0.0, hug=0.0, wander=0.10, stiff=0.6),
            STRAIGHT[1:3],
            crest_roots,
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
