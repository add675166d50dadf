# SPDX-License-Identifier: Apache-2.0
"""Coconut palms: a ringed, leaning trunk, and fronds that arch, feathered with leaflets."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.foundry.solids import Solid
from scenes.place import Shape
from scenes.world.foliage import spikes, tints
from scenes.world.growth import GOLDEN, Lines, Points, across, along, grown, tubes, unit
from scenes.world.meshes import Part, assembled

_FRONDS, _LEAFLETS = 22, 34
"""Of a palm, and of each side of a frond."""
_FINE, _MIDDLE, _COARSE = 0.6, 0.15, 0.04
_TRUNK_M = 0.15


def palm(name: str, seed: int, detail: float, bark: int, foliage: int) -> Shape:
    """A leaning palm of about 8 m."""
    rng = np.random.default_rng([seed, 21])
    tall, lean, bow = rng.uniform(6.3, 9.0), rng.uniform(0.3, 1.8), rng.uniform(-0.5, 0.5)
    nodes = 57 if detail > _FINE else 13 if detail > _MIDDLE else 4
    t = np.linspace(0.0, 1.0, nodes)
    line = np.stack([lean * t**2, tall * t, bow * np.sin(np.pi * t)], 1)[None]
    line[0, 0, 1] = -0.3
    parts = [_trunk(line, t, detail, bark)]
    fronds = _fronds(line[0, -1], rng)
    age = np.arange(_FRONDS) / (_FRONDS - 1)
    if detail > _MIDDLE:
        girth = np.linspace(0.035, 0.006, 9) + 0.0 * age[:, None]
        parts.append(tubes(fronds[:, ::2], girth[:, ::2], 3, foliage, 0.7))
        parts.append(_nuts(line[0, -1], bark, rng))
    parts.append(_leaflets(fronds, age, seed, detail, foliage))
    return assembled(name, parts)


def _trunk(line: Lines, t: Float[np.ndarray, "nodes"], detail: float, bark: int) -> Part:
    """With a ring where each frond was, and a foot."""
    thick = _TRUNK_M * (1.0 - 0.35 * t) + 0.14 * np.exp(-t / 0.025) + 0.03 * np.exp((t - 1.0) / 0.03)
    ringed = np.arange(len(t)) % 2 if detail > _FINE else np.full(len(t), 0.5)
    shade = 0.62 + 0.38 * ringed
    return tubes(line, (thick * (0.95 + 0.08 * ringed))[None], 9 if detail > _FINE else 6 if detail > _MIDDLE else 3, bark, shade[None])


def _fronds(top: Float[np.ndarray, "3"], rng: np.random.Generator) -> Lines:
    """Ribs, the youngest upright, the oldest hanging."""
    age = np.arange(_FRONDS) / (_FRONDS - 1)
    out = GOLDEN * np.arange(_FRONDS) + rng.normal(0, 0.12, _FRONDS)
    rise = 1.35 - 1.75 * age + rng.normal(0, 0.1, _FRONDS)
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    lengths = rng.uniform(2.5, 3.1, _FRONDS) * (0.75 + 0.25 * np.sin(np.pi * np.minimum(age + 0.25, 1.0)))
    sag = -1.15 - 0.55 * np.cos(rise) + 0.5 * age
    return grown(np.repeat(top[None], _FRONDS, axis=0), ways, lengths, 9, (sag, 0.06), rng)


def _leaflets(
    fronds: Lines, age: Float[np.ndarray, "fronds"], seed: int, detail: float, foliage: int
) -> Part:
    """Both sides of each frond, hanging from the rib; the far ones few and broad."""
    rng = np.random.default_rng([seed, 22])
    per = _LEAFLETS if detail > _FINE else 14 if detail > _MIDDLE else 5 if detail > _COARSE else 2
    many = len(fronds)
    parent = np.repeat(np.arange(many), 2 * per)
    step = np.tile(np.arange(2 * per) // 2, many)
    hand = np.tile(np.array([-1.0, 1.0]), many * per)
    share = 0.1 + 0.9 * (step + (0.5 if per < _LEAFLETS else rng.uniform(0.2, 0.8, len(step)))) / per
    spots, ahead = along(fronds, parent, share)
    side, up = across(ahead)
    angle = 1.15 - 0.75 * share
    hang = rng.uniform(0.35, 0.75, len(step)) + 0.25 * age[parent]
    ways = np.cos(angle)[:, None] * ahead + (hand * np.sin(angle))[:, None] * side
    ways = unit(ways + 0.25 * up - hang[:, None] * np.array([0.0, 1.0, 0.0]))
    length = (0.3 + 0.55 * np.sin(np.pi * np.clip(share, 0.0, 1.0) ** 0.7)) * rng.uniform(0.9, 1.1, len(step))
    width = np.full(len(step), 0.055 * _LEAFLETS / per)
    # The old ones are yellow, the oldest brown.
    yellow = 0.1 * rng.standard_normal(len(step)) + 0.5 * np.maximum(age[parent] - 0.75, 0.0) * 4.0
    shade = (0.8 + 0.25 * share) * rng.uniform(0.85, 1.15, len(step)) * (1.15 - 0.35 * age[parent])
    outward = unit(spots - fronds[parent, 0] + np.array([0.0, 0.6, 0.0]))
    flat = np.cross(ways, ahead)
    return spikes(spots, spots + length[:, None] * ways, width, flat, foliage, tints(shade, yellow), 0.5 * outward)


def _nuts(top: Float[np.ndarray, "3"], bark: int, rng: np.random.Generator) -> Part:
    """A few, under the crown."""
    out = GOLDEN * np.arange(6) + rng.uniform(0, 1)
    spots = top + np.stack([0.2 * np.cos(out), -0.22 + rng.normal(0, 0.04, 6), 0.2 * np.sin(out)], 1)
    axis = np.linspace(-1.0, 1.0, 5)
    lines = spots[:, None] + 0.13 * axis[:, None] * np.array([0.0, 1.0, 0.0])
    wide = 0.11 * np.sqrt(np.maximum(1.0 - axis**2, 0.0)) + 0.004
    return tubes(lines, np.repeat(wide[None], 6, axis=0), 6, bark, 0.75)
