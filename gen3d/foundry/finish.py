# SPDX-License-Identifier: Apache-2.0
"""Materials and patterns: the look of a finish at any point of a thing.

Everything is a function of the position in the unit frame, so a finish needs no UVs: the same
function colours training renders, drafts and the bake. Roughness and metalness are the material's.
Noise is a sum of random plane waves (spectral synthesis), seeded by the material's name, so that
one finish looks the same everywhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.foundry.thing import Finish, Rgb

Points = Float64[np.ndarray, "points 3"]
Values = Float64[np.ndarray, "points"]


@dataclass(frozen=True)
class Material:
    """Physical constants of a material and how its own grain varies the colour."""

    metallic: float
    roughness: float
    grain: str = ""
    """A name of ``_GRAINS``; empty: even."""
    strength: float = 0.0
    """How far the grain darkens, 0 to 1."""
    colours: tuple[str, ...] = ()
    """Basic colour names it is usually seen in; empty: any."""


MATERIALS: dict[str, Material] = {
    "ceramic": Material(0.0, 0.3),
    "porcelain": Material(0.0, 0.15, colours=("white", "cream", "blue", "pink")),
    "clay": Material(0.0, 0.9, "speckle", 0.2, ("terracotta", "brown", "orange", "grey")),
    "plaster": Material(0.0, 0.95, "cloud", 0.08, ("white", "cream", "grey")),
    "glass": Material(0.0, 0.05),
    "plastic": Material(0.0, 0.4),
    "rubber": Material(0.0, 0.85),
    "wood": Material(0.0, 0.65, "wood", 0.45, ("brown", "tan", "dark brown", "beige", "orange")),
    "painted wood": Material(0.0, 0.5, "wood", 0.12),
    "metal": Material(1.0, 0.35, "brushed", 0.1, ("silver", "grey", "dark grey")),
    "gold": Material(1.0, 0.25, colours=("gold",)),
    "copper": Material(1.0, 0.3, colours=("copper",)),
    "bronze": Material(1.0, 0.45, "cloud", 0.2, ("bronze",)),
    "iron": Material(1.0, 0.65, "speckle", 0.25, ("dark grey", "black")),
    "painted metal": Material(0.0, 0.3),
    "rusty metal": Material(0.2, 0.85, "rust", 0.7, ("rust", "brown")),
    "stone": Material(0.0, 0.9, "speckle", 0.3, ("grey", "dark grey", "beige", "tan")),
    "marble": Material(0.0, 0.2, "marble", 0.5, ("white", "grey", "green", "pink", "black")),
    "leather": Material(0.0, 0.6, "cloud", 0.2, ("brown", "black", "tan", "dark brown", "red")),
    "cloth": Material(0.0, 0.95, "weave", 0.15),
    "fur": Material(0.0, 1.0, "fur", 0.35),
    "paper": Material(0.0, 0.9, "cloud", 0.04),
    "wax": Material(0.0, 0.45),
    "leaf": Material(0.0, 0.6, "cloud", 0.25, ("green", "dark green", "light green", "olive")),
    "bark": Material(0.0, 0.95, "wood", 0.6, ("brown", "dark brown", "grey")),
    "fruit": Material(0.0, 0.4, "cloud", 0.15),
    "bread": Material(0.0, 0.85, "cloud", 0.35, ("tan", "brown", "beige")),
    "icing": Material(0.0, 0.35),
    "brick": Material(0.0, 0.9, "brick", 0.45, ("brick red", "orange", "grey", "white")),
    "thatch": Material(0.0, 1.0, "straw", 0.5, ("tan", "straw", "brown")),
    "bone": Material(0.0, 0.5, "cloud", 0.12, ("ivory", "cream", "white")),
}
"""Every material by the adjective or noun that captions use for it."""


def albedo(finish: Finish, points: Points) -> Float64[np.ndarray, "points 3"]:
    """Linear base colour of a finish at points of the unit frame."""
    material = MATERIALS[finish.material]
    share = PATTERNS[finish.pattern](points)[:, None]
    colour = (1.0 - share) * np.array(finish.colour) + share * np.array(finish.second)
    if not material.grain:
        return colour
    dark = material.strength * _GRAINS[material.grain](points)
    return np.clip(colour * (1.0 - dark[:, None]), 0.0, 1.0)


def mean_albedo(finish: Finish) -> Rgb:
    """About the average colour of a finish over a thing."""
    cube = np.random.default_rng(0).uniform(-0.6, 0.6, (512, 3))
    red, green, blue = albedo(finish, cube).mean(axis=0)
    return float(red), float(green), float(blue)


def _smooth(edge: Values, width: float) -> Values:
    """0 below, 1 above, a soft step of some width between."""
    t = np.clip(edge / width + 0.5, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _plain(points: Points) -> Values:
    return np.zeros(len(points))


def _stripes(points: Points) -> Values:
    return _smooth(np.sin(points[:, 1] * 22.0), 0.5)


def _vertical_stripes(points: Points) -> Values:
    angle = np.arctan2(points[:, 0], points[:, 2])
    return _smooth(np.sin(angle * 10.0), 0.5)


def _checks(points: Points) -> Values:
    angle = np.arctan2(points[:, 0], points[:, 2])
    return _smooth(np.sin(angle * 8.0) * np.sin(points[:, 1] * 16.0), 0.25)


def _dots(points: Points) -> Values:
    """Spots around body-centred cubic lattice points: evenly spread from every side."""
    cell = points * 3.4
    nearest = np.minimum(_to_lattice(cell), _to_lattice(cell + 0.5))
    return _smooth(0.34 - nearest, 0.1)


def _to_lattice(cell: Points) -> Values:
    return np.linalg.norm(cell - np.round(cell), axis=1)


def _fade(points: Points) -> Values:
    return _smooth(points[:, 1], 1.2)


def _band(points: Points) -> Values:
    """One broad band round the middle."""
    return _smooth(0.16 - np.abs(points[:, 1]), 0.05)


def _patches(points: Points) -> Values:
    return _smooth(_noise("patches", 5.5)(points) - 0.35, 0.25)


PATTERNS: dict[str, Callable[[Points], Values]] = {
    "plain": _plain,
    "striped": _stripes,
    "vertically striped": _vertical_stripes,
    "checked": _checks,
    "dotted": _dots,
    "two-tone": _fade,
    "banded": _band,
    "patchy": _patches,
}
"""Share of the second colour at points, by the adjective that captions use."""


@lru_cache(maxsize=64)
def _noise(name: str, frequency: float, waves: int = 24) -> Callable[[Points], Values]:
    """Smooth noise of unit variance: random plane waves of about one frequency (rad/unit)."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    direction = rng.standard_normal((waves, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    wave = direction * (frequency * rng.uniform(0.6, 1.4, (waves, 1)))
    phase = rng.uniform(0.0, 2.0 * np.pi, waves)

    def value(points: Points) -> Values:
        return np.sqrt(2.0 / waves) * np.cos(points @ wave.T + phase).sum(axis=1)

    return value


def _cloud(points: Points) -> Values:
    return np.clip(0.5 + 0.5 * _noise("cloud", 7.0)(points), 0.0, 1.0)


def _speckle(points: Points) -> Values:
    return np.clip(0.5 + 0.6 * _noise("speckle", 55.0, 48)(points), 0.0, 1.0)


def _wood(points: Points) -> Values:
    """Rings about a tilted axis, disturbed along it."""
    tilt = points[:, 0] + 0.25 * points[:, 1]
    ring = np.hypot(tilt - 1.7, points[:, 2] + 0.9) * 38.0
    warp = 1.4 * _noise("wood", 3.0)(points * np.array([1.0, 0.35, 1.0]))
    fine = 0.2 * _noise("fibre", 60.0)(points * np.array([1.0, 0.12, 1.0]))
    return np.clip(0.5 + 0.4 * np.sin(ring + warp) + fine, 0.0, 1.0)


def _brushed(points: Points) -> Values:
    return np.clip(0.5 + 0.5 * _noise("brushed", 70.0)(points * np.array([0.1, 1, 0.1])), 0, 1)


def _rust(points: Points) -> Values:
    return _smooth(_noise("rust", 9.0)(points) + 0.5 * _noise("rust2", 30.0)(points), 0.9)


def _marble(points: Points) -> Values:
    vein = np.abs(np.sin(points @ np.array([4.0, 6.0, 3.0]) + 1.6 * _noise("vein", 4.0)(points)))
    return np.clip(1.0 - 5.0 * vein, 0.0, 1.0)


def _weave(points: Points) -> Values:
    thread = np.sin(points * 90.0)
    return 0.5 + 0.5 * thread[:, 1] * np.where(thread[:, 0] * thread[:, 2] >= 0.0, 1.0, -1.0)


def _fur(points: Points) -> Values:
    return np.clip(0.5 + 0.6 * _noise("fur", 45.0, 40)(points * np.array([1.0, 0.5, 1.0])), 0, 1)


def _brick(points: Points) -> Values:
    """Mortar lines of a running bond, on whichever pair of sides the point belongs to."""
    row = points[:, 1] * 9.0
    along = (points[:, 0] + points[:, 2]) * 4.5 + 0.5 * (np.floor(row) % 2.0)
    line = np.minimum(np.abs(row - np.round(row)) * 0.5, np.abs(along - np.round(along)))
    return _smooth(0.07 - line, 0.05)


def _straw(points: Points) -> Values:
    stretched = points * np.array([1.0, 0.15, 1.0])
    return np.clip(0.5 + 0.6 * _noise("straw", 50.0, 40)(stretched), 0.0, 1.0)


_GRAINS: dict[str, Callable[[Points], Values]] = {
    "cloud": _cloud,
    "speckle": _speckle,
    "wood": _wood,
    "brushed": _brushed,
    "rust": _rust,
    "marble": _marble,
    "weave": _weave,
    "fur": _fur,
    "brick": _brick,
    "straw": _straw,
}
