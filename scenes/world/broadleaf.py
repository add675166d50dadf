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
from scenes.world.foliage import COARSE, FINE, MIDDLE, blades, enlarged, fanned, tints
from scenes.world.growth import (
    GOLDEN,
    Buds,
    Lines,
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
_LEAVES, _LEAF_M, _BROAD = 9600, 0.185, 0.72
"""Leaves of a whole tree at full detail, their length, and their width as a share of it."""
_BARE, _BUSHY = 0.6, 0.35
"""Share of leaves below which one sees all the twigs, and of a tree's leaves that a bush has."""


@dataclass(frozen=True)
class Wood:
    """All branches of a tree, an order each."""

    lines: tuple[Lines, ...]
    radii: tuple[Float[np.ndarray, "_ _"], ...]
    middle: Float[np.ndarray, "3"]
    """Of the crown."""
    reach: Float[np.ndarray, "3"]
    """Half its size."""


def broadleaf(
    name: str, seed: int, detail: float, bark: int, foliage: int, leafy: float = 1.0
) -> Shape:
    """A tree of about 10 m; ``leafy`` is the share of its leaves that is there."""
    wood = _tree(np.random.default_rng([seed, 1]))
    parts = [_trunk(wood, detail, bark), *_branches(wood, detail, bark, bare=leafy < _BARE)]
    return assembled(name, parts + _crown(wood, seed, detail, foliage, leafy))


def bush(name: str, seed: int, detail: float, bark: int, foliage: int, leafy: float = 1.0) -> Shape:
    """A bush of about 6 m: for small scales, so its leaves are few and large."""
    wood = _shrub(np.random.default_rng([seed, 2]))
    parts = _branches(wood, 0.5 * detail, bark, bare=leafy < _BARE)
    return assembled(name, parts + _crown(wood, seed, _BUSHY * detail, foliage, leafy))


def _tree(rng: np.random.Generator) -> Wood:
    """A trunk that gives way to boughs; how soon, how steep and how wide, each has its own."""
    tall, reach, fork = rng.uniform(8.8, 11.0), rng.uniform(3.1, 4.2), rng.uniform(0.36, 0.48)
    steep, upright = rng.uniform(0.3, 0.6), rng.uniform(0.58, 0.72)
    foot, lean = np.zeros((1, 3)), unit(np.array([[*rng.normal(0, 0.04, 2), 1.0]]))[:, [0, 2, 1]]
    trunk = grown(foot, lean, np.array([upright * tall]), 12, (0.1, 0.16), rng)
    many = int(rng.integers(10, 14))
    place = np.linspace(0.0, 1.0, many) ** 1.1
    buds = budded(trunk, fork + (0.98 - fork) * place, (0.1, 0.2), rng)
    out = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    rise = np.maximum(steep + (1.25 - steep) * place + rng.normal(0, 0.12, many), 0.25)
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    one_sided = 1.0 + 0.2 * np.cos(out - rng.uniform(0, 2 * np.pi))
    lengths = reach * one_sided * rng.uniform(0.85, 1.15, many) * (1.1 - 0.5 * place**1.5)
    boughs = grown(buds.spots, ways, lengths, 7, (0.55 - 0.45 * place, 0.3), rng)
    return _branched(trunk, buds, boughs, (0.2, 9, 8), rng)


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
    return _branched(trunk, buds, stems, (0.07, 10, 5), rng)


def _branched(
    trunk: Lines, buds: Buds, boughs: Lines, per: tuple[float, int, int], rng: np.random.Generator
) -> Wood:
    """The two orders that boughs bear, from a share of their length on, and what all ask below."""
    reach = np.linalg.norm(np.diff(boughs, axis=1), axis=-1).sum(axis=1)
    second = budded(boughs, np.linspace(per[0], 1.0, per[1]) ** 0.85, (0.55, 1.05), rng)
    lengths = reach[second.parent] * (0.72 - 0.4 * second.share)
    lengths *= rng.uniform(0.75, 1.25, len(lengths))
    branches = grown(second.spots, second.headings + 0.25 * _UP, lengths, 3, (0.35, 0.45), rng)
    third = budded(branches, np.linspace(0.25, 1.0, per[2]), (0.4, 1.0), rng)
    sizes = lengths[third.parent] * (0.62 - 0.25 * third.share)
    sizes = np.maximum(sizes * rng.uniform(0.7, 1.3, len(sizes)), 0.22)
    twigs = grown(third.spots, third.headings + 0.2 * _UP, sizes, 3, (0.15, 0.4), rng)
    thin = np.full((len(twigs), 3), _TWIG_M) * np.array([1.0, 0.75, 0.4])
    slim = thickness(len(branches), 3, _TWIG_M, third, np.full(len(third.share), _TWIG_M))
    stout = thickness(len(boughs), 7, 0.6 * _TWIG_M, second, slim[:, 0])
    stem = thickness(1, trunk.shape[1], _TWIG_M, buds, stout[:, 0])
    low, high = twigs[:, -1].min(axis=0), twigs[:, -1].max(axis=0)
    lines, radii = (trunk, boughs, branches, twigs), (stem, stout, slim, thin)
    return Wood(lines, radii, (low + high) / 2, (high - low) / 2)


def _trunk(wood: Wood, detail: float, bark: int) -> Part:
    line, thick = wood.lines[0], wood.radii[0]
    if detail > MIDDLE:
        return flared(line, thick, 9 if detail > FINE else 7, bark)
    nodes = [0, line.shape[1] // 2, -1] if detail > COARSE else [0, -1]
    return tubes(line[:, nodes], thick[:, nodes], 5 if detail > COARSE else 3, bark)


def _branches(wood: Wood, detail: float, bark: int, *, bare: bool) -> list[Part]:
    """As much of the wood over the trunk as is seen: of a bare tree all, of others less inside."""
    _, boughs, branches, twigs = wood.lines
    _, stout, slim, thin = wood.radii
    shade = 0.8 if bare else 0.7
    if detail > FINE:
        drawn = tubes(twigs, thin, 3, bark, shade) if bare else slivers(twigs, thin, bark, shade)
        return [tubes(boughs, stout, 6, bark, 0.95), tubes(branches, slim, 3, bark, 0.9), drawn]
    if detail > COARSE:
        step, sides = (2, 4) if detail > MIDDLE else (3, 3)
        parts = [tubes(boughs[:, ::step], stout[:, ::step], sides, bark, 0.95)]
        if bare or detail > MIDDLE:
            parts.append(slivers(branches, slim, bark, 0.9))
        if bare:
            # What can hardly be told apart is drawn by fewer and broader ones.
            few = 1 if detail > MIDDLE else 2
            parts.append(slivers(twigs[::few], few * thin[::few], bark, shade))
        return parts
    parts = [slivers(boughs, stout, bark, 0.9)]
    if bare:
        parts.append(slivers(branches[::2], 2.0 * slim[::2] + 4.0 * _TWIG_M, bark, shade))
    return parts


def flared(trunk: Lines, radii: np.ndarray, sides: int, bark: int, top: float = 0.9) -> Part:
    """A trunk that spreads into roots, which go into the ground; ``top`` shades its end."""
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
    # Large leaves stand for a clump about the spot, and the crown keeps its size.
    spots = spots - 0.5 * (longer - 1.0) / longer * length[:, None] * headings
    width = _BROAD * _LEAF_M * wider * rng.uniform(0.85, 1.15, count)
    face = _UP + 0.5 * rng.standard_normal((count, 3)) + 0.5 * unit(away)
    depth = np.clip(np.linalg.norm(away, axis=1), 0.0, 1.0)
    shade = (0.7 + 0.35 * depth) * rng.uniform(0.8, 1.2, count)
    own = np.random.default_rng([seed, 4]).normal(0, 0.08)
    tint = tints(shade, own + 0.12 * rng.standard_normal(count))
    outward = unit(away * np.array([1.0, 0.5, 1.0])) + 0.3 * _UP
    size, whole = (length, width), detail > COARSE
    return [blades(spots, headings, size, unit(face), foliage, tint, outward, whole=whole)]
