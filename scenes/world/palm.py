# SPDX-License-Identifier: Apache-2.0
"""Coconut palms: a ringed, leaning trunk, and fronds that arch, feathered with leaflets."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scenes.place import Shape
from scenes.world.foliage import COARSE, FINE, MIDDLE, combs, spikes, tints, toothed
from scenes.world.growth import GOLDEN, Lines, Points, across, along, grown, tubes, unit
from scenes.world.meshes import Part, assembled, together

_FRONDS, _LEAFLETS = 22, 34
"""Of a palm, and of each side of a frond."""
_TRUNK_M, _LEAFLET_M = 0.15, 0.055
_RIBS = 1.17
"""Area of fronds over that of their leaflets."""
_UP = np.array([0.0, 1.0, 0.0])


def palm(name: str, seed: int, detail: float, bark: int, foliage: int) -> Shape:
    """A leaning palm of about 8 m."""
    rng = np.random.default_rng([seed, 21])
    tall, lean, bow = rng.uniform(5.4, 7.6), rng.uniform(0.3, 1.8), rng.uniform(-0.5, 0.5)
    nodes = 57 if detail > FINE else 13 if detail > MIDDLE else 4
    t = np.linspace(0.0, 1.0, nodes)
    line = np.stack([lean * t**2, tall * t, bow * np.sin(np.pi * t)], 1)[None]
    line[0, 0, 1] = -0.3
    parts = [_trunk(line, t, detail, bark)]
    fronds = _fronds(line[0, -1], rng)
    age = np.arange(_FRONDS) / (_FRONDS - 1)
    if detail > MIDDLE:
        girth = np.linspace(0.035, 0.006, 9) + 0.0 * age[:, None]
        parts.append(tubes(fronds[:, ::2], girth[:, ::2], 3, foliage, 0.7))
        parts.append(_nuts(line[0, -1], bark, rng))
    parts.append(_leaflets(fronds, age, seed, detail, foliage))
    return assembled(name, parts)


def _trunk(line: Lines, t: Float[np.ndarray, "nodes"], detail: float, bark: int) -> Part:
    """With a ring where each frond was, and a foot."""
    thick = (
        _TRUNK_M * (1.0 - 0.35 * t) + 0.14 * np.exp(-t / 0.025) + 0.03 * np.exp((t - 1.0) / 0.03)
    )
    ringed = np.arange(len(t)) % 2 if detail > FINE else np.full(len(t), 0.5)
    shade = 0.62 + 0.38 * ringed
    return tubes(
        line,
        (thick * (0.95 + 0.08 * ringed))[None],
        9 if detail > FINE else 6 if detail > MIDDLE else 3,
        bark,
        shade[None],
    )


def _fronds(top: Float[np.ndarray, "3"], rng: np.random.Generator) -> Lines:
    """Ribs, the youngest upright, the oldest hanging."""
    age = np.arange(_FRONDS) / (_FRONDS - 1)
    out = GOLDEN * np.arange(_FRONDS) + rng.normal(0, 0.12, _FRONDS)
    rise = 1.35 - 1.75 * age + rng.normal(0, 0.1, _FRONDS)
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    lengths = rng.uniform(2.5, 3.1, _FRONDS) * (
        0.75 + 0.25 * np.sin(np.pi * np.minimum(age + 0.25, 1.0))
    )
    sag = -1.15 - 0.55 * np.cos(rise) + 0.5 * age
    return grown(np.repeat(top[None], _FRONDS, axis=0), ways, lengths, 9, (sag, 0.06), rng)


def _leaflets(
    fronds: Lines, age: Float[np.ndarray, "fronds"], seed: int, detail: float, foliage: int
) -> Part:
    """Both sides of each frond, hanging from the rib; far away a few broad ones in one piece."""
    rng = np.random.default_rng([seed, 22])
    many, near = len(fronds), detail > MIDDLE
    per = _LEAFLETS if detail > FINE else 15 if near else 6 if detail > COARSE else 2
    parent, step = np.repeat(np.arange(many), per), np.tile(np.arange(per), many)
    loose = rng.uniform(0.2, 0.8, (2, many * per)) if near else np.full((2, many * per), 0.5)
    sides, total = list[Part](), 0.0
    tips, tints_ = list[np.ndarray](), list[np.ndarray]()
    for hand, place in zip((1.0, -1.0), loose, strict=True):
        share = 0.1 + 0.9 * (step + place) / per
        spots, ahead = along(fronds, parent, share)
        ways, length = _leaflet(ahead, share, age[parent], hand, rng)
        ends, tint = spots + length[:, None] * ways, _tint(share, age[parent], rng)
        if near:
            width = np.full(len(share), _LEAFLET_M * _LEAFLETS / per)
            out = unit(spots - fronds[parent, 0]) + 0.4 * _UP
            flat = np.cross(ways, ahead)
            sides.append(spikes(spots, ends, width, flat, foliage, tint, out))
        else:
            total += 0.5 * _LEAFLET_M * _LEAFLETS / per * float(length.sum())
            tips.append(ends.reshape(many, per, 3))
            tints_.append(tint.reshape(many, per, 3))
    if near:
        return together(sides)
    place = np.linspace(0.1, 1.0, per + 1)
    ribs, _ = along(fronds, np.repeat(np.arange(many), per + 1), np.tile(place, many))
    ribs, ends = ribs.reshape(many, per + 1, 3), np.stack(tips, axis=2)
    middle = 0.5 * (ribs[:, 1:] + ribs[:, :-1])[:, :, None]
    ends = middle + (ends - middle) * _RIBS * total / toothed(ribs, ends)
    _, up = across(unit(fronds[:, -1] - fronds[:, 0]))
    out = unit(ribs[:, per // 2] - fronds[:, 0]) + 0.4 * _UP
    tint = np.stack(tints_, axis=2)
    return combs(ribs, ends, up, foliage, (np.repeat(tint[:, :1, 0], per + 1, axis=1), tint), out)


def _leaflet(
    ahead: Points,
    share: Float[np.ndarray, "leaflets"],
    age: Float[np.ndarray, "leaflets"],
    hand: float,
    rng: np.random.Generator,
) -> tuple[Points, Float[np.ndarray, "leaflets"]]:
    """Where leaflets point, and their lengths."""
    side, up = across(ahead)
    angle = (1.15 - 0.75 * share)[:, None]
    hang = rng.uniform(0.35, 0.75, len(share)) + 0.25 * age
    ways = np.cos(angle) * ahead + hand * np.sin(angle) * side
    ways = unit(ways + 0.25 * up - hang[:, None] * _UP)
    length = 0.3 + 0.55 * np.sin(np.pi * np.clip(share, 0.0, 1.0) ** 0.7)
    return ways, length * rng.uniform(0.9, 1.1, len(share))


def _tint(
    share: Float[np.ndarray, "leaflets"],
    age: Float[np.ndarray, "leaflets"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "leaflets 3"]:
    """The old ones are yellow, the oldest brown."""
    yellow = 0.1 * rng.standard_normal(len(share)) + 2.0 * np.maximum(age - 0.75, 0.0)
    shade = (0.8 + 0.25 * share) * rng.uniform(0.85, 1.15, len(share)) * (1.15 - 0.35 * age)
    return tints(shade, yellow)


def _nuts(top: Float[np.ndarray, "3"], bark: int, rng: np.random.Generator) -> Part:
    """A few, under the crown."""
    out = GOLDEN * np.arange(6) + rng.uniform(0, 1)
    spots = top + np.stack(
        [0.2 * np.cos(out), -0.22 + rng.normal(0, 0.04, 6), 0.2 * np.sin(out)], 1
    )
    axis = np.linspace(-1.0, 1.0, 5)
    lines = spots[:, None] + 0.13 * axis[:, None] * np.array([0.0, 1.0, 0.0])
    wide = 0.11 * np.sqrt(np.maximum(1.0 - axis**2, 0.0)) + 0.004
    return tubes(lines, np.repeat(wide[None], 6, axis=0), 6, bark, 0.75)
