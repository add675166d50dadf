# SPDX-License-Identifier: Apache-2.0
"""Spruces and firs: whorls of boughs that hang and rise again, flat sprays of shoots on them.

A shoot with its needles is a narrow triangle; near by it bears smaller ones. Far away a few broad
ones of the same area stand round a core that no light comes through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d.spec import Rgb
from scenes.place import Shape
from scenes.world.broadleaf import flared
from scenes.world.foliage import COARSE, FINE, MIDDLE, combs, spikes, tints, toothed
from scenes.world.growth import GOLDEN, Lines, Points, across, along, grown, slivers, tubes, unit
from scenes.world.meshes import Part, assembled

_SHOOTS, _TEETH, _FAR = 18, 3, 4500
"""Shoots of a bough, pairs of smaller ones on each; triangles of a far tree for a detail of one."""
_DENSE = 0.42
"""Square metres of needles for a bough's length squared."""
_UP = np.array([0.0, 1.0, 0.0])
_CLEAR_M = 0.06
"""How far over the ground the lowest needles are."""


@dataclass(frozen=True)
class Boughs:
    """All boughs of a tree."""

    lines: Lines
    lengths: Float[np.ndarray, "boughs"]
    share: Float[np.ndarray, "boughs"]
    """Of the tree's height where they begin."""


def conifer(
    name: str,
    seed: int,
    detail: float,
    bark: int,
    needles: int,
    snow: Rgb | None = None,
    clear: float = 0.1,
) -> Shape:
    """A spruce of about 14 m.

    Args:
        name: Of the shape.
        seed: Of the tree; it is the same in every detail.
        detail: Share of the shoots.
        bark: Surface number.
        needles: Surface number.
        snow: Where snow lies on it, the factor on the surface's colour that needles have then.
        clear: Share of the height up to which it has no boughs: much where trees stand close,
            and its boughs are short there.
    """
    rng = np.random.default_rng([seed, 11])
    tall, reach = rng.uniform(12.0, 16.0), rng.uniform(2.5, 3.3)
    bend = np.cumsum(rng.normal(0, 0.012, (10, 2)), axis=0) * np.linspace(0, 1, 10)[:, None]
    level = np.linspace(0.0, tall, 10)
    trunk = np.stack([bend[:, 0], level, bend[:, 1]], axis=1)[None]
    boughs = _boughs(trunk, reach * (1.05 - 0.5 * clear), clear, rng)
    thick = (0.2 * (1.0 - np.linspace(0, 1, 10)) ** 0.8 + 0.012)[None]
    parts = [_stem(trunk, thick, detail, bark)]
    if detail > MIDDLE:
        girth = np.linspace(1.0, 0.25, 5) * (0.006 + 0.008 * boughs.lengths[:, None])
        if detail > FINE:
            parts.append(tubes(boughs.lines[:, ::2], girth[:, ::2], 3, bark, 0.6))
        else:
            parts.append(slivers(boughs.lines, girth, bark, 0.6))
    parts.append(_core(trunk, boughs, detail, needles, seed))
    parts.append(_sprays(boughs, seed, detail, needles, snow))
    return assembled(name, parts)


def _stem(trunk: Lines, thick: np.ndarray, detail: float, bark: int) -> Part:
    if detail > MIDDLE:
        return flared(trunk, thick, 9 if detail > FINE else 6, bark, 0.55)
    ends = [0, 3, 9] if detail > COARSE else [0, 9]
    return tubes(trunk[:, ends], thick[:, ends], 5 if detail > COARSE else 3, bark)


def _boughs(trunk: Lines, reach: float, clear: float, rng: np.random.Generator) -> Boughs:
    """Whorls up to the top, closer and shorter the higher."""
    bare = clear * rng.uniform(0.75, 1.3)
    count = round(27 * (1.0 - bare))
    place = np.linspace(0.0, 1.0, count) ** 0.92
    per = rng.integers(5, 8, count)
    share = np.repeat(bare + (0.985 - bare) * place, per) + rng.uniform(-0.012, 0.012, per.sum())
    place = np.repeat(place, per)
    number = np.concatenate([np.arange(k) / k for k in per])
    out = 2 * np.pi * number + np.repeat(GOLDEN * np.arange(count), per)
    out += rng.normal(0, 0.2, len(share))
    sided = 1.0 + 0.12 * np.cos(out - rng.uniform(0, 6.3)) + 0.1 * np.cos(2 * out + 9.0 * place)
    lengths = reach * sided * (1.03 - place) ** 0.78 * rng.uniform(0.72, 1.15, len(share))
    lengths *= np.minimum(1.0, 0.75 + 2.5 * place)
    rise = -0.35 + 1.25 * place**1.6 + rng.normal(0, 0.1, len(share))
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    spots, _ = along(trunk, np.zeros(len(share), int), share)
    lines = grown(spots, ways, lengths, 5, (0.45 * (1.0 - place), 0.16), rng)
    # A bough's own weight takes its middle down.
    sag = 0.1 * (1.0 - place[:, None]) * np.sin(np.pi * np.linspace(0, 1, 5))
    lines[..., 1] = np.maximum(lines[..., 1] - sag * lengths[:, None], _CLEAR_M)
    return Boughs(lines, lengths, share)


def _sprays(boughs: Boughs, seed: int, detail: float, needles: int, snow: Rgb | None) -> Part:
    """All shoots with their needles, in the form that a level of detail has."""
    rng = np.random.default_rng([seed, 12])
    own = float(rng.normal(0, 0.05))
    if detail > FINE:
        ribs, tips, up, share = _on_shoots(boughs, rng)
    elif detail > COARSE:
        ribs, tips, up, share = _on_boughs(boughs, 7 if detail > MIDDLE else 2, rng)
        if detail <= MIDDLE:
            keep = rng.permutation(len(ribs))[: int(0.62 * len(ribs))]
            ribs, tips, up, share = (x[keep] for x in (ribs, tips, up, share))
    else:
        return _far(boughs, detail, needles, (own, snow), rng)
    # As much of it in each level.
    middle = 0.5 * (ribs[:, :-1] + ribs[:, 1:])[:, :, None]
    tips = middle + (tips - middle) * (_area(boughs, detail) / toothed(ribs, tips))
    tips[..., 1] = np.maximum(tips[..., 1], _CLEAR_M)
    outward, rise = _outward(boughs, ribs[:, -1]), tips[..., 1] - middle[..., 1]
    lit = _tint(share[:, None, None] + 0.0 * rise, own, rng, snow, rise)
    dim = _tint(0.4 * share[:, None] + 0.0 * ribs[..., 0], own, rng, snow, None)
    return combs(ribs, tips, up, needles, (dim, lit), outward)


def _on_boughs(
    boughs: Boughs, teeth: int, rng: np.random.Generator
) -> tuple[Lines, np.ndarray, Points, np.ndarray]:
    """A tooth for every shoot or several, on the boughs themselves."""
    many = len(boughs.lines)
    place = np.linspace(0.06, 1.0, teeth + 1)
    parent = np.repeat(np.arange(many), teeth + 1)
    ribs, _ = along(boughs.lines, parent, np.tile(place, many))
    ribs = ribs.reshape(many, teeth + 1, 3)
    share = np.tile(0.5 * (place[1:] + place[:-1]), many)
    spots, ahead = along(boughs.lines, np.repeat(np.arange(many), teeth), share)
    side, up = across(ahead)
    hands = list[np.ndarray]()
    for hand in (1.0, -1.0):
        ways, length = _shoot(ahead, side, up, hand, share, np.repeat(boughs.lengths, teeth), rng)
        hands.append((spots + length[:, None] * ways).reshape(many, teeth, 3))
    above = up.reshape(many, teeth, 3)[:, teeth // 2]
    return ribs, np.stack(hands, axis=2), above, 0.45 + 0.0 * boughs.lengths


def _on_shoots(
    boughs: Boughs, rng: np.random.Generator
) -> tuple[Lines, np.ndarray, Points, np.ndarray]:
    """Teeth on every shoot."""
    many, teeth = len(boughs.lines), _TEETH
    parent = np.repeat(np.arange(many), _SHOOTS)
    number = np.tile(np.arange(_SHOOTS), many)
    share = (number + rng.uniform(0.0, 1.0, len(number))) / _SHOOTS * 0.93 + 0.07
    spots, ahead = along(boughs.lines, parent, share)
    side, up = across(ahead)
    hand = np.where(number % 2, 1.0, -1.0)
    ways, length = _shoot(ahead, side, up, hand, share, boughs.lengths[parent], rng)
    place = np.linspace(0.0, 1.0, teeth + 1)[:, None]
    ribs = spots[:, None] + length[:, None, None] * (place * ways[:, None] - 0.12 * place**2 * _UP)
    above = unit(up + 0.35 * rng.standard_normal(up.shape))
    level = unit(np.cross(ways, above))
    middle = 0.5 * (ribs[:, 1:] + ribs[:, :-1])
    size = length[:, None] * (0.5 - 0.25 * place[1:, 0])
    size *= rng.uniform(0.75, 1.25, size.shape)
    ahead, aside = 0.75 * ways[:, None], 0.66 * level[:, None]
    hands = [middle + size[..., None] * (ahead + hand * aside) for hand in (1.0, -1.0)]
    return ribs, np.stack(hands, axis=2), above, share


def _shoot(
    ahead: Points,
    side: Points,
    up: Points,
    hand: float | np.ndarray,
    share: np.ndarray,
    reach: np.ndarray,
    rng: np.random.Generator,
) -> tuple[Points, np.ndarray]:
    """Where shoots point, and their lengths: longest a third of the way along the bough."""
    count = len(share)
    angle = 1.05 - 0.55 * share + rng.normal(0, 0.12, count)
    ways = np.cos(angle)[:, None] * ahead + (hand * np.sin(angle))[:, None] * side
    ways = unit(ways + rng.normal(0, 0.18, count)[:, None] * up - 0.28 * _UP)
    profile = np.maximum(1.02 - share, 0.0) ** 0.7 * np.minimum(1.0, 0.35 + 1.6 * share)
    length = 0.12 + 0.42 * reach * profile
    return ways, length * rng.uniform(0.75, 1.25, count)


def _area(boughs: Boughs, detail: float) -> float:
    """Of all needles, square metres: they fill some of what boughs span; a far core is for some."""
    whole = float(_DENSE * (boughs.lengths**2 + 0.3 * boughs.lengths).sum())
    return whole if detail > MIDDLE else 0.88 * whole


def _outward(boughs: Boughs, spots: Points) -> Points:
    """Away from the trunk, and a little up."""
    away = spots - boughs.lines[:, 0].mean(axis=0)
    away[:, 1] = 0.0
    return unit(away) + 0.35 * _UP


def _far(
    boughs: Boughs,
    detail: float,
    needles: int,
    look: tuple[float, Rgb | None],
    rng: np.random.Generator,
) -> Part:
    """A few broad triangles where shoots are."""
    count = int(_FAR * detail)
    room = np.cumsum(boughs.lengths)
    parent = np.searchsorted(room, (np.arange(count) + 0.5) / count * room[-1])
    share = rng.uniform(0.1, 0.6, count)
    spots, ahead = along(boughs.lines, parent, share)
    side, up = across(ahead)
    ways = unit(ahead + rng.uniform(-0.7, 0.7, count)[:, None] * side - 0.25 * _UP)
    length = (1.1 - 0.6 * share) * boughs.lengths[parent] + 0.25
    width = 2.0 * _area(boughs, detail) / float((length**2).sum()) * length
    tint = _tint(0.3 + share, look[0], rng, look[1], length * ways[:, 1])
    outward = _outward(boughs, spots)
    ends = spots + length[:, None] * ways
    ends[:, 1] = np.maximum(ends[:, 1], _CLEAR_M)
    flat = up + 0.6 * rng.standard_normal(up.shape)
    return spikes(spots, ends, width, flat, needles, tint, outward)


def _tint(
    share: np.ndarray,
    own: float,
    rng: np.random.Generator,
    snow: Rgb | None,
    rise: np.ndarray | None,
) -> np.ndarray:
    """Darker towards the trunk, fresh at the tips; white on top where snow lies.

    Args:
        share: Of the way out.
        own: What the tree has more of yellow than others.
        rng: Of their differences.
        snow: As for :func:`conifer`.
        rise: Metres that a tip is above the bough; None where snow does not stay.
    """
    flat, count = share.ravel(), share.size
    shade = (0.62 + 0.45 * flat) * rng.uniform(0.85, 1.15, count)
    green = tints(shade, own + 0.12 * flat + 0.06 * rng.standard_normal(count))
    if snow is not None:
        green *= np.array(snow)
        free = 0.6 if rise is None else 0.42 + np.clip(-1.2 * rise.ravel(), -0.25, 0.5)
        white = rng.uniform(0.86, 1.0, (count, 1)) * np.ones(3)
        green = np.where((rng.uniform(0, 1, count) < free)[:, None], green, white)
    return green.reshape(*share.shape, 3)


def _core(trunk: Lines, boughs: Boughs, detail: float, needles: int, seed: int) -> Part:
    """What is dark and dense round the trunk: dead twigs, or far away what stands for them."""
    rng = np.random.default_rng([seed, 14])
    if detail > MIDDLE:
        return _dead(boughs, detail, needles, rng)
    # Tiers, as whorls are: each ring that stands out is over one that does not.
    sides, rings = (5, 6) if detail > COARSE else (3, 4)
    tier, inner = np.divmod(np.arange(rings), 2)
    climb = (tier + 0.45 * inner) / (rings / 2 - 0.55)
    low = float(boughs.share.min()) + 0.03
    line, _ = along(trunk, np.zeros(rings, int), low + (0.97 - low) * climb)
    reach = float(np.percentile(boughs.lengths, 90))
    wide = reach * np.where(inner, 0.28, 0.5) * (1.02 - climb) ** 0.8
    ragged = wide[:, None] * rng.uniform(0.5, 1.2, (rings, sides + 1))
    ragged[:, -1] = ragged[:, 0]
    return tubes(line[None], ragged[None], sides, needles, 0.4)


def _dead(boughs: Boughs, detail: float, needles: int, rng: np.random.Generator) -> Part:
    count, slender = (220, 0.3) if detail > FINE else (90, 0.6)
    which = rng.integers(0, len(boughs.lines), count)
    spots, ahead = along(boughs.lines, which, rng.uniform(0.0, 0.3, count))
    ways = unit(ahead + 0.8 * rng.standard_normal((count, 3)) - 0.3 * _UP)
    length = rng.uniform(0.2, 0.42, count) * boughs.lengths[which]
    tint = 0.22 * np.array([1.25, 1.0, 0.9]) + np.zeros((count, 3))
    ends = spots + length[:, None] * ways
    ends[:, 1] = np.maximum(ends[:, 1], _CLEAR_M)
    flat = rng.standard_normal((count, 3))
    return spikes(spots, ends, slender * length, flat, needles, tint, np.zeros((count, 3)))
