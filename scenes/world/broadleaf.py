# SPDX-License-Identifier: Apache-2.0
"""Broadleaved trees and bushes: three orders of branches, leaves on the twigs of the last.

A level of detail keeps the tree and its leaves' area: fewer, larger leaves on the same twigs, and
less of the wood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scenes.place import Shape
from scenes.world.foliage import blades, enlarged, fanned, tints
from scenes.world.growth import (
    GOLDEN,
    Buds,
    Lines,
    Points,
    along,
    budded,
    grown,
    slivers,
    thickness,
    tubes,
    unit,
)
from scenes.world.meshes import Part, assembled

_TWIG_M = 0.008
_UP = np.array([0.0, 1.0, 0.0])
_CROWDED = 1.5
"""Power of a twig's length with which its leaves grow."""
_LEAVES, _LEAF_M, _BROAD = 7200, 0.22, 0.7
"""Leaves of a whole tree at full detail, their length, and their width as a share of it."""
_FINE, _MIDDLE, _COARSE = 0.6, 0.15, 0.04
"""Shares of leaves down to which a tree has twigs with sides, boughs with sides, and boughs."""


@dataclass(frozen=True)
class Wood:
    """All branches of a tree, an order each."""

    lines: tuple[Lines, ...]
    radii: tuple[Float[np.ndarray, "branches nodes"], ...]
    middle: Float[np.ndarray, "3"]
    """Of the crown."""
    reach: Float[np.ndarray, "3"]
    """Half its size."""


def broadleaf(
    name: str, seed: int, detail: float, bark: int, foliage: int, leafy: float = 1.0
) -> Shape:
    """A tree of about 10 m; ``leafy`` is the share of its leaves that is there."""
    wood = _tree(np.random.default_rng([seed, 1]))
    parts = _timber(wood, detail, bark, bare=leafy < _FINE)
    parts += _crown(wood, seed, detail, foliage, leafy)
    return assembled(name, parts)


def bush(name: str, seed: int, detail: float, bark: int, foliage: int, leafy: float = 1.0) -> Shape:
    """A bush of about 6 m: for small scales, so its leaves are as large as those of four trees."""
    wood = _shrub(np.random.default_rng([seed, 2]))
    parts = _timber(wood, 0.5 * detail, bark, bare=leafy < _FINE)
    parts += _crown(wood, seed, 0.35 * detail, foliage, leafy)
    return assembled(name, parts)


def _tree(rng: np.random.Generator) -> Wood:
    """A trunk that gives way to boughs; how soon, how steep and how wide differ from tree to tree."""
    tall, reach, fork = rng.uniform(8.8, 11.0), rng.uniform(3.1, 4.2), rng.uniform(0.36, 0.48)
    steep, upright = rng.uniform(0.3, 0.6), rng.uniform(0.58, 0.72)
    foot, lean = np.zeros((1, 3)), unit(np.array([[*rng.normal(0, 0.04, 2), 1.0]]))[:, [0, 2, 1]]
    trunk = grown(foot, lean, np.array([upright * tall]), 12, (0.1, 0.16), rng)
    many = int(rng.integers(10, 14))
    place = np.linspace(0.0, 1.0, many) ** 1.1
    buds = budded(trunk, fork + (0.98 - fork) * place, (0.1, 0.2), rng)
    out = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    rise = steep + (1.25 - steep) * place + rng.normal(0, 0.12, many)
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    one_sided = 1.0 + 0.2 * np.cos(out - rng.uniform(0, 2 * np.pi))
    lengths = reach * one_sided * rng.uniform(0.85, 1.15, many) * (1.1 - 0.5 * place**1.5)
    boughs = grown(buds.spots, ways, lengths, 7, (0.45 - 0.35 * place, 0.32), rng)
    return _branched(trunk, buds, boughs, (9, 8), rng)


def _shrub(rng: np.random.Generator) -> Wood:
    """Stems from the ground, the outer ones more aslant."""
    many, tall = int(rng.integers(11, 15)), rng.uniform(4.6, 6.2)
    trunk = np.array([[[0.0, 0.0, 0.0], [0.0, 0.12, 0.0], [0.0, 0.25, 0.0]]])
    place = np.linspace(0.05, 0.95, many)
    out = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    rise = 1.45 - 1.0 * np.sqrt(place) + rng.normal(0, 0.08, many)
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    spots = 0.3 * np.stack([np.cos(out), 0 * out, np.sin(out)], 1) * np.sqrt(place)[:, None]
    buds = Buds(spots, ways, np.zeros(many, int), 0.5 + 0 * place)
    lengths = tall * (0.95 - 0.3 * place) * rng.uniform(0.8, 1.1, many)
    stems = grown(spots, ways, lengths, 7, (0.25, 0.45), rng)
    return _branched(trunk, buds, stems, (9, 5), rng)


def _branched(
    trunk: Lines, buds: Buds, boughs: Lines, per: tuple[int, int], rng: np.random.Generator
) -> Wood:
    """The two orders that boughs bear, and what they all ask of the wood below."""
    reach = np.linalg.norm(np.diff(boughs, axis=1), axis=-1).sum(axis=1)
    second = budded(boughs, np.linspace(0.2, 1.0, per[0]) ** 0.85, (0.55, 1.05), rng)
    lengths = reach[second.parent] * (0.72 - 0.4 * second.share) * rng.uniform(0.75, 1.25, len(second.share))
    branches = grown(second.spots, second.headings + 0.25 * _UP, lengths, 3, (0.35, 0.45), rng)
    third = budded(branches, np.linspace(0.25, 1.0, per[1]), (0.4, 1.0), rng)
    sizes = lengths[third.parent] * (0.62 - 0.25 * third.share) * rng.uniform(0.7, 1.3, len(third.share))
    twigs = grown(third.spots, third.headings + 0.2 * _UP, np.maximum(sizes, 0.22), 3, (0.15, 0.4), rng)
    thin = np.full((len(twigs), 3), _TWIG_M) * np.array([1.0, 0.75, 0.4])
    slim = thickness(len(branches), 3, _TWIG_M, third, np.full(len(third.share), _TWIG_M))
    stout = thickness(len(boughs), 7, 0.6 * _TWIG_M, second, slim[:, 0])
    stem = thickness(1, trunk.shape[1], _TWIG_M, buds, stout[:, 0])
    low, high = twigs[:, -1].min(axis=0), twigs[:, -1].max(axis=0)
    return Wood((trunk, boughs, branches, twigs), (stem, stout, slim, thin), (low + high) / 2, (high - low) / 2)


def _timber(wood: Wood, detail: float, bark: int, *, bare: bool) -> list[Part]:
    """As much of the wood as is seen."""
    trunk, boughs, branches, twigs = wood.lines
    stem, stout, slim, thin = wood.radii
    shade = 0.8 if bare else 0.7
    if detail > _FINE:
        parts = [flared(trunk, stem, 9, bark), tubes(boughs, stout, 6, bark, 0.95)]
        parts.append(tubes(branches, slim, 3, bark, 0.9))
        return [*parts, tubes(twigs, thin, 3, bark, shade) if bare else slivers(twigs, thin, bark, shade)]
    if detail > _MIDDLE:
        parts = [flared(trunk, stem, 7, bark), tubes(boughs[:, ::2], stout[:, ::2], 4, bark, 0.95)]
        return [*parts, slivers(branches, slim, bark, 0.9), *([slivers(twigs, thin, bark, shade)] if bare else [])]
    ends = [0, trunk.shape[1] // 2, -1] if detail > _COARSE else [0, -1]
    sides = 5 if detail > _COARSE else 3
    parts = [tubes(trunk[:, ends], stem[:, ends], sides, bark)]
    if detail > _COARSE:
        parts.append(tubes(boughs[:, ::3], stout[:, ::3], 3, bark, 0.95))
        return [*parts, *([slivers(branches, slim, bark), slivers(twigs, thin, bark, shade)] if bare else [])]
    parts.append(slivers(boughs, stout, bark, 0.9))
    if bare:
        # What cannot be told apart any more is drawn by fewer and broader ones.
        few, wide = branches[::2], 2.0 * slim[::2] + 4.0 * _TWIG_M
        parts.append(slivers(few, wide, bark, shade))
    return parts


def flared(trunk: Lines, radii: np.ndarray, sides: int, bark: int, top: float = 0.9) -> Part:
    """A trunk that spreads into its roots, which go into the ground; ``top`` is the shade of its end."""
    tall = np.array([-0.3, 0.0, 0.08, 0.2, 0.45, 0.9])
    upper = trunk[0, trunk[0, :, 1] > 1.2]
    spots, _ = along(trunk, np.zeros(len(tall), int), tall / trunk[0, -1, 1])
    spots[:, 1] = tall
    line = np.concatenate([spots, upper])[None]
    thick = np.interp(line[0, :, 1], trunk[0, :, 1], radii[0])
    flare = np.exp(-np.maximum(line[0, :, 1], 0.0) / 0.28)
    turn = 2 * np.pi * np.arange(sides + 1) / sides
    lobes = 1.0 + 0.3 * np.cos(3.0 * turn) + 0.15 * np.cos(2.0 * turn + 1.0)
    wide = thick[:, None] * (1.0 + flare[:, None] * (0.85 * lobes))
    shade = 1.0 + (top - 1.0) * np.clip((line[..., 1] - 1.0) / 2.5, 0.0, 1.0)
    return tubes(line, wide[None], sides, bark, shade)


def _crown(wood: Wood, seed: int, detail: float, foliage: int, leafy: float) -> list[Part]:
    """Leaves on twigs."""
    rng = np.random.default_rng([seed, 3])
    count = int(_LEAVES * detail * leafy)
    if not count:
        return []
    twigs = wood.lines[-1]
    # Whatever their number, twigs have their share of them.
    order = rng.permutation(len(twigs))
    room = np.cumsum(np.linalg.norm(twigs[order, -1] - twigs[order, 0], axis=1) ** _CROWDED)
    which = order[np.searchsorted(room, (np.arange(count) + 0.5) / count * room[-1])]
    share = rng.uniform(0.15, 1.05, count)
    spots, ahead = along(twigs, which, share)
    turn = rng.uniform(0, 2 * np.pi, count)
    headings = fanned(ahead, rng.uniform(0.5, 1.3, count), turn)
    away = (spots - wood.middle) / wood.reach
    headings = unit(headings + 0.5 * unit(away) - np.array([0.0, 0.35, 0.0]))
    longer, wider = enlarged(detail)
    length = _LEAF_M * longer * rng.uniform(0.7, 1.3, count)
    width = _BROAD * _LEAF_M * wider * rng.uniform(0.85, 1.15, count)
    face = _UP + 0.5 * rng.standard_normal((count, 3)) + 0.5 * unit(away)
    depth = np.clip(np.linalg.norm(away, axis=1), 0.0, 1.0)
    shade = (0.7 + 0.35 * depth) * rng.uniform(0.8, 1.2, count)
    own = np.random.default_rng([seed, 4]).normal(0, 0.08)
    tint = tints(shade, own + 0.12 * rng.standard_normal(count))
    outward = unit(away * np.array([1.0, 0.5, 1.0])) + 0.3 * _UP
    return [blades(spots, headings, (length, width), unit(face), foliage, tint, outward, whole=detail > _COARSE)]
