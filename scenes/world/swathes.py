# SPDX-License-Identifier: Apache-2.0
"""Where herbs grow and what they do to the colour of the ground: drifts, beds, fields to their end.

What is too far off for plants of its own is a tint of the ground: so much of it as blooms hide of
it at a flat angle. Between rows the ground nearby is tilled soil. Pure functions of place and seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d.easing import smoothstep
from gen3d.scenery import HerbSpec, LandSpec
from gen3d.spec import Rgb
from scenes.world.kinds import GROUNDS
from scenes.world.noise import fractal

Values = Float[np.ndarray, "*batch"]
Strain = tuple[str, Rgb]
"""A kind of plant and the colour of its blooms."""
_WHITE, _YELLOW, _VIOLET = (0.74, 0.74, 0.70), (0.74, 0.50, 0.02), (0.20, 0.12, 0.55)
_RED, _PINK, _ORANGE = (0.62, 0.035, 0.015), (0.72, 0.22, 0.36), (0.76, 0.26, 0.02)
_MIXED = {
    "wildflower": (
        ("daisy", _WHITE),
        ("poppy", _RED),
        ("bellflower", _VIOLET),
        ("daisy", _YELLOW),
        ("bellflower", _PINK),
        ("poppy", _ORANGE),
    ),
    "tulip": tuple(("tulip", c) for c in (_RED, _YELLOW, (0.70, 0.18, 0.30), _WHITE, _ORANGE)),
    "rose bush": tuple(("rose bush", c) for c in ((0.50, 0.015, 0.03), _PINK, _WHITE)),
    "water lily": (("water lily", (0.76, 0.72, 0.70)), ("water lily", (0.74, 0.30, 0.42))),
    "mushroom": (("mushroom", (0.56, 0.03, 0.012)),),
}
_OWN: dict[str, Rgb] = {
    "daisy": _WHITE,
    "poppy": _RED,
    "bellflower": _VIOLET,
    "sunflower": (0.78, 0.46, 0.012),
    "lavender": (0.23, 0.13, 0.50),
    "wheat": (0.50, 0.34, 0.12),
    "reed": (0.11, 0.055, 0.025),
}
_FORMS = ("daisy", "poppy", "bellflower")
"""Of wildflowers that are all of one colour."""
_HIDDEN_M2 = {
    "tulip": 0.09,
    "sunflower": 0.26,
    "lavender": 1.5,
    "wheat": 0.06,
    "rose bush": 0.6,
    "reed": 0.0,
    "water lily": 0.0,
    "mushroom": 0.0,
}
"""Ground that the blooms of a plant hide at a flat angle, square metres."""
_SMALL_M2 = 0.035
ROWS_M = {"lavender": 1.7, "tulip": 1.35, "sunflower": 0.95, "wheat": 0.9}
"""How far apart rows or beds are."""
_EVENLY_M = 1.2
_ENDS_M = (280.0, 430.0)
"""Where fields end."""
_DRIFT_M, _DRIFT, _LEAST_DRIFT = 7.0, 0.7, 0.28
MEAN_DRIFT = 0.72
"""Of the density in a drift; what is asked for is the mean."""
_TILLED, _NEAR = 0.8, 0.15
"""Share of soil between rows; of a tint that is there where plants stand as well."""
_SOIL = np.array(GROUNDS["dirt"][0])
_SOILS = frozenset({"grass", "dirt"})
_GREEN = np.array([0.06, 0.10, 0.03])


@dataclass(frozen=True)
class Sown:
    """A herb of a land, and its number there."""

    spec: HerbSpec
    number: int

    @property
    def strains(self) -> tuple[Strain, ...]:
        """What grows as it: one kind and colour, or several."""
        kind, said = self.spec.kind, self.spec.color
        if said is not None:
            return tuple((form, said) for form in (_FORMS if kind == "wildflower" else (kind,)))
        return _MIXED.get(kind) or ((kind, _OWN[kind]),)

    @property
    def veil(self) -> float:
        """Share of the ground that its blooms hide from far off."""
        hidden = _HIDDEN_M2.get(self.spec.kind, _SMALL_M2)
        return float(0.88 * (1.0 - np.exp(-hidden * self.spec.per_m2)))


def sown(land: LandSpec) -> tuple[Sown, ...]:
    """The herbs of a land."""
    return tuple(Sown(spec, number) for number, spec in enumerate(land.herbs))


def row_pitch(land: LandSpec) -> float:
    """How far apart rows are: what stands in rows beside each other shares them."""
    return max((ROWS_M.get(one.kind, _EVENLY_M) for one in land.herbs if one.in_rows), default=0.0)


def drift(seed: int, one: Sown, x: Values, z: Values) -> Values:
    """How dense herbs are at points, of their densest: 1 where they were planted."""
    if one.spec.in_rows:
        return np.ones_like(x)
    noise = fractal(x / _DRIFT_M, z / _DRIFT_M, seed + 611 + 7 * one.number, 3)
    return np.clip(MEAN_DRIFT + _DRIFT * noise, _LEAST_DRIFT, 1.0)


def patchwork(seed: int, one: Sown, x: Values, z: Values) -> Values:
    """A smooth number in [0, 1) by which neighbouring patches are of one strain."""
    return (0.5 + 0.8 * fractal(x / 9.0, z / 9.0, seed + 655 + 7 * one.number, 2)) % 1.0


def tinted(
    land: LandSpec, seed: int, x: Values, z: Values, ground: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch 3"]:
    """The colour of soft ground with what grows on it.

    Args:
        land: With its herbs.
        seed: Of the map.
        x: Of points, metres.
        z: Likewise.
        ground: Its colour without herbs.
    """
    if land.ground not in _SOILS:
        return ground
    away = np.hypot(x, z)
    inside = smoothstep(
        _ENDS_M[1], _ENDS_M[0], away * (1.0 + 0.15 * fractal(x / 120.0, z / 120.0, seed + 66, 3))
    )
    herbs = sown(land)
    if any(one.spec.in_rows and one.spec.kind != "wheat" for one in herbs):
        ground = ground + (_TILLED * inside)[..., None] * (_SOIL - ground)
    for one in herbs:
        colours = np.array([colour for _, colour in one.strains])
        # Of leaves and stalks between them.
        seen = 0.82 * colours.mean(axis=0) + 0.18 * _GREEN
        near = 0.0 if one.spec.in_rows else _NEAR
        far = near + (1.0 - near) * smoothstep(8.0, 50.0, away)
        share = one.veil * far * inside * drift(seed, one, x, z)
        if one.spec.in_rows:
            share = share / sum(other.spec.in_rows for other in herbs)
        ground = ground + share[..., None] * (seen - ground)
    return ground
