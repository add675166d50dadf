# SPDX-License-Identifier: Apache-2.0
"""The tailor's table: for each body-hugging garment, where it is cut and how it hangs.

Shares run along a limb: sleeves 0 at the shoulder joint to 1 at the wrist, legs 0 at the crotch to
1 at the ankle, trunk 0 at the waist to 1 at the crotch. Lengths are metres for a 1.75 m body and
scale with height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Neckline = Literal["high", "crew", "collar", "scoop", "v", "strapless"]


@dataclass(frozen=True)
class Skirt:
    """The part that hangs free below the waist."""

    length: float
    """Share of the way from the waist (0) to the ankle (1)."""
    flare: float = 1.0
    """Width at the hem against the helper's own (about a shoulder and a half)."""
    front_gap: float = 0.0
    """Half-width of an opening down the front, metres."""
    flap: float = 0.0
    """Half-width of the front and back flaps that it is cut to, metres; 0 keeps it whole."""
    pleats: float = 0.004
    """Amplitude of the folds at the hem, metres."""


@dataclass(frozen=True)
class Pattern:
    """How one garment is cut from the tights of the base mesh."""

    layer: int
    """Lower layers are put on first."""
    upper: bool = True
    """Covers the trunk above the waist."""
    sleeves: float = 0.0
    legs: float | None = None
    """None: ends on the trunk at ``bottom``."""
    bottom: float = 0.6
    neckline: Neckline = "crew"
    clearance: float = 0.005
    slack: float = 0.008
    sleeve_slack: float = 0.010
    leg_slack: float = 0.010
    rounds: int = 8
    front_gap: float = 0.0
    brief: bool = False
    """Legs are cut high, as a leotard's."""
    skirt: Skirt | None = None
    thickness: float = 0.003


PATTERNS: dict[str, Pattern] = {
    "bodysuit": Pattern(
        0,
        sleeves=0.97,
        legs=0.99,
        neckline="high",
        clearance=0.003,
        slack=0.0,
        sleeve_slack=0.0,
        leg_slack=0.0,
        rounds=2,
        thickness=0.002,
    ),
    "leotard": Pattern(
        0,
        sleeves=-0.06,
        neckline="scoop",
        clearance=0.003,
        slack=0.0,
        brief=True,
        rounds=2,
        thickness=0.002,
    ),
    "loincloth": Pattern(
        20,
        upper=False,
        brief=True,
        clearance=0.006,
        slack=0.002,
        skirt=Skirt(0.36, flare=0.8, pleats=0.006, flap=0.085),
        thickness=0.003,
    ),
    "tank_top": Pattern(
        10, sleeves=-0.06, neckline="scoop", bottom=0.62, clearance=0.004, slack=0.006
    ),
    "long_sleeved_shirt": Pattern(
        10,
        sleeves=0.97,
        neckline="collar",
        bottom=0.62,
        clearance=0.004,
        slack=0.010,
        sleeve_slack=0.012,
    ),
    "trousers": Pattern(
        20, upper=False, legs=1.02, clearance=0.005, slack=0.002, leg_slack=0.014, rounds=10
    ),
    "shorts": Pattern(20, upper=False, legs=0.36, clearance=0.005, slack=0.004, leg_slack=0.018),
    "skirt": Pattern(
        30, upper=False, bottom=0.30, clearance=0.006, slack=0.0, skirt=Skirt(0.42, flare=0.75)
    ),
    "long_skirt": Pattern(
        30, upper=False, bottom=0.30, clearance=0.006, slack=0.0, skirt=Skirt(0.93, flare=1.0)
    ),
    "dress": Pattern(
        30,
        sleeves=0.12,
        neckline="scoop",
        bottom=0.25,
        clearance=0.005,
        slack=0.004,
        skirt=Skirt(0.52, flare=0.9),
    ),
    "gown": Pattern(
        30,
        sleeves=0.08,
        neckline="scoop",
        bottom=0.25,
        clearance=0.005,
        slack=0.003,
        skirt=Skirt(1.04, flare=1.2, pleats=0.012),
    ),
    "t_shirt": Pattern(
        40, sleeves=0.30, bottom=0.72, clearance=0.004, slack=0.010, sleeve_slack=0.018
    ),
    "sweater": Pattern(
        40,
        sleeves=0.98,
        bottom=0.78,
        clearance=0.005,
        slack=0.014,
        sleeve_slack=0.016,
        rounds=12,
        thickness=0.005,
    ),
    "hoodie": Pattern(
        50,
        sleeves=0.99,
        neckline="collar",
        bottom=0.85,
        clearance=0.006,
        slack=0.018,
        sleeve_slack=0.022,
        rounds=12,
        thickness=0.006,
    ),
    "vest": Pattern(
        50,
        sleeves=-0.04,
        neckline="v",
        bottom=0.62,
        clearance=0.005,
        slack=0.008,
        front_gap=0.012,
        thickness=0.004,
    ),
    "jacket": Pattern(
        60,
        sleeves=0.98,
        neckline="collar",
        bottom=0.80,
        clearance=0.006,
        slack=0.016,
        sleeve_slack=0.016,
        front_gap=0.030,
        thickness=0.006,
    ),
    "coat": Pattern(
        60,
        sleeves=0.99,
        neckline="collar",
        bottom=0.22,
        clearance=0.007,
        slack=0.016,
        sleeve_slack=0.020,
        front_gap=0.020,
        thickness=0.006,
        skirt=Skirt(0.62, flare=0.85, front_gap=0.020),
    ),
    "robe": Pattern(
        60,
        sleeves=0.97,
        neckline="v",
        bottom=0.22,
        clearance=0.007,
        slack=0.020,
        sleeve_slack=0.045,
        rounds=12,
        thickness=0.005,
        skirt=Skirt(0.97, flare=1.05),
    ),
}
"""Garments cut from the tights and the skirt of the base mesh."""
