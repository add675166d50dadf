# SPDX-License-Identifier: Apache-2.0
"""Bamboo: groups of jointed culms that bow at their tips, with drooping leaves in their upper half.

What a land has as one tree is a group of culms, since a grove has thousands of them on a hectare.
Every joint is a ridge over a band of white bloom; from the middle of the culm on it bears two
slender branches, on the other side than the joint below. A level of detail keeps culms and the area
of leaves: fewer rings, fewer and larger leaves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scenes.place import Shape
from scenes.world.foliage import COARSE, FINE, MIDDLE, blades, enlarged, fanned, tints
from scenes.world.growth import GOLDEN, Lines, Points, along, grown, slivers, tubes, unit
from scenes.world.meshes import Part, assembled, tinted

SPREAD_M = 1.3
"""How far from the middle of its group a culm stands at most."""
_STEEPEST = 0.7
"""Slope on which all of a group's culms still stand in the ground."""
_TALL_M, _THICK_M, _JOINTS = 12.7, 0.05, 31
_BARE = 0.4
"""Share of a culm below its lowest branch."""
_FOLDED = 1.28
"""Area of a leaf of two triangles over that of one as long and wide."""
_LEAVES, _LEAF_M, _SLIM, _LONGER = 6600, 0.22, 0.18, 0.43
"""Leaves of a group at full detail, their length, width as a share of it, and how much longer than
broader larger ones are; see :func:`enlarged`."""
_GREEN, _RIPE, _OLD = (
    np.array(c) for c in ((0.085, 0.155, 0.03), (0.235, 0.235, 0.055), (0.27, 0.245, 0.13))
)
_BLOOM, _RIDGE = np.array([0.40, 0.43, 0.33]), np.array([0.20, 0.17, 0.09])
_TWIG = np.array([0.17, 0.2, 0.06])
_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Culms:
    """Those of a group."""

    lines: Lines
    """Finely drawn, from the ground to the tip."""
    reach: Float[np.ndarray, "culms"]
    """Their lengths."""
    thick: Float[np.ndarray, "culms"]
    """Radii over the ground."""
    colour: Float[np.ndarray, "culms 3"]


def bamboo(name: str, seed: int, detail: float, culm: int, foliage: int) -> Shape:
    """A group of about ten culms of up to 13 m."""
    culms = _group(np.random.default_rng([seed, 41]))
    parts = [_canes(culms, detail, culm)]
    branches, girth = _branches(culms, np.random.default_rng([seed, 42]))
    if detail > FINE:
        parts.append(tinted(tubes(branches[:, ::3], girth[:, ::3], 3, culm), _TWIG))
    elif detail > MIDDLE:
        parts.append(tinted(slivers(branches, girth, culm), _TWIG))
    parts.append(_leaves(branches, seed, detail, foliage))
    return assembled(name, parts)


def _group(rng: np.random.Generator) -> Culms:
    """Culms round the one in the middle, each leaning its own way, all bowing at the tip."""
    many = int(rng.integers(9, 13))
    place = (np.arange(many) + rng.uniform(-0.3, 0.3, many)).clip(0.0) / (many - 1)
    out = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    far = SPREAD_M * np.sqrt(np.minimum(place, 1.0))
    feet = np.stack([far * np.cos(out), 0.0 * far, far * np.sin(out)], 1)
    reach = _TALL_M * rng.uniform(0.84, 1.04, many)
    way = rng.uniform(0, 2 * np.pi, many)
    lean, bow = rng.uniform(0.0, 0.05, many), rng.uniform(0.35, 1.15, many)
    t = np.linspace(0.0, 1.0, 61)
    angle = lean[:, None] + bow[:, None] * t**3.2
    step = reach[:, None] / 60.0
    level = np.cumsum(np.sin(angle), axis=1) * step - np.sin(angle[:, :1]) * step
    high = np.cumsum(np.cos(angle), axis=1) * step - np.cos(angle[:, :1]) * step
    lines = feet[:, None] + np.stack(
        [level * np.cos(way)[:, None], high, level * np.sin(way)[:, None]], -1
    )
    thick = _THICK_M * rng.uniform(0.7, 1.2, many)
    ripe = rng.uniform(0, 1, (many, 1))
    colour = _GREEN + ripe**1.5 * (_RIPE - _GREEN)
    colour = np.where(rng.uniform(0, 1, (many, 1)) < 0.12, _OLD, colour)
    return Culms(lines, reach, thick, colour * rng.uniform(0.85, 1.1, (many, 1)))


def _joints() -> Float[np.ndarray, "joints"]:
    """Where joints are, as shares of a culm: close at the foot and the tip, far between."""
    u = np.linspace(0.0, 1.0, _JOINTS)
    gaps = 0.28 + np.sin(np.pi * np.clip(u * 0.93 + 0.07, 0.0, 1.0)) ** 0.8
    return np.cumsum(gaps) / gaps.sum() * 0.985


def _canes(culms: Culms, detail: float, surface: int) -> Part:
    """Culms as tubes: joints as ridges nearby, as pale bands farther away."""
    if detail <= COARSE:
        culms = _thinned(culms)
    many, reach, joints = len(culms.reach), culms.reach[:, None], _joints()
    sides, upper = 3, np.array([0.3, 0.55, 0.75, 0.9, 1.0] if detail > COARSE else [0.5, 1.0])
    s, swell, hues = np.zeros((many, 0)), np.ones(0), np.zeros((0, 3))
    if detail > MIDDLE:
        # Among the leaves joints are not told apart.
        sides, upper = 7 if detail > FINE else 3, np.array([0.66, 0.75, 0.84, 0.93, 1.0])
        joints = joints[joints < 0.58]
        offsets, swell, hues = _FINE_RINGS if detail > FINE else _COARSE_RINGS
        s = (joints[:, None] * reach[..., None] + offsets).reshape(many, -1)
        swell, hues = np.tile(swell, len(joints)), np.tile(hues, (len(joints), 1))
    s = np.concatenate([np.zeros((many, 1)), s, upper * reach], axis=1)
    swell = np.concatenate([swell, np.ones(len(upper))])
    hues = np.concatenate([hues, np.tile([1.0, 0.1, 0.03], (len(upper), 1))])
    t = s / reach
    parent = np.repeat(np.arange(many), t.shape[1])
    spots, _ = along(culms.lines, parent, t.ravel())
    lines = spots.reshape(many, -1, 3)
    lines = np.concatenate([lines[:, :1] - _deep(culms)[:, None], lines], axis=1)
    t, swell = np.concatenate([t[:, :1], t], axis=1), np.concatenate([np.ones(2), swell])
    radii = culms.thick[:, None] * (1.0 - 0.9 * t**1.15) * swell
    part = tubes(lines, radii, sides, surface)
    hues = np.concatenate([np.tile([1.0, 0.0, 0.0], (2, 1)), hues])
    own = culms.colour[:, None] + 0.35 * t[..., None] * (_GREEN - culms.colour[:, None])
    ripe = hues[:, 1:2] * _BLOOM + hues[:, 2:] * _RIDGE
    tint = own * np.maximum(hues[:, :1] - hues[:, 1:2] - hues[:, 2:], 0.0) + ripe
    colour = np.repeat(np.clip(tint, 0.02, 1.0)[:, :, None], sides + 1, axis=2)
    return tinted(part, colour.reshape(-1, 3))


def _thinned(culms: Culms) -> Culms:
    """Every second of them, broader: what is so far away hides most of itself."""
    lines, reach, thick, colour = (
        part[::2] for part in (culms.lines, culms.reach, culms.thick, culms.colour)
    )
    return Culms(lines, reach, 1.5 * thick, colour)


_FINE_RINGS = (
    np.array([-0.08, -0.02, 0.0, 0.014]),
    np.array([1.0, 1.0, 1.11, 0.97]),
    np.array([(1, 0, 0), (1, 0.45, 0), (1, 0.05, 0.8), (0.85, 0, 0)]),
)
"""Of a joint: metres along the culm of each ring, its girth, and its colour as shares: of all, of
bloom and of the ridge."""
_COARSE_RINGS = (
    np.array([-0.05, 0.03]),
    np.array([1.03, 1.0]),
    np.array([(1, 0.4, 0.2), (0.9, 0, 0)]),
)


def _deep(culms: Culms) -> Points:
    """How far each culm goes into the ground, which may fall away under it."""
    far = np.hypot(culms.lines[:, 0, 0], culms.lines[:, 0, 2])
    return (0.15 + _STEEPEST * far)[:, None] * _UP


def _branches(
    culms: Culms, rng: np.random.Generator
) -> tuple[Lines, Float[np.ndarray, "branches nodes"]]:
    """Two at each joint of the upper part, the lower longer, all bending down at their ends."""
    joints = _joints()
    high = joints[joints > _BARE]
    many, per = len(culms.reach), len(high)
    parent = np.repeat(np.arange(many), 2 * per)
    share = np.tile(np.repeat(high, 2), many)
    spots, _ = along(culms.lines, parent, share)
    side = np.tile(np.repeat(np.arange(per), 2), many) * np.pi + culms.reach[parent] * 7.0
    out = side + np.tile([-0.45, 0.45], many * per) + rng.normal(0, 0.3, len(parent))
    rise = rng.uniform(0.35, 0.95, len(parent))
    ways = np.stack([np.cos(rise) * np.cos(out), np.sin(rise), np.cos(rise) * np.sin(out)], 1)
    above = (share - _BARE) / (1.0 - _BARE)
    # The lowest are short, as they have little light.
    length = 1.75 * (1.0 - 0.68 * above) * (0.55 + 0.45 * np.minimum(6.0 * above, 1.0))
    length *= rng.uniform(0.7, 1.15, len(parent))
    lines = grown(spots, ways, length, 7, (-1.15, 0.25), rng)
    girth = 0.0055 * length[:, None] * np.linspace(1.0, 0.25, 7)
    return lines, girth


def _leaves(branches: Lines, seed: int, detail: float, foliage: int) -> Part:
    """Narrow leaves that hang from the branches, more towards their ends."""
    rng = np.random.default_rng([seed, 43])
    count = int(_LEAVES * detail)
    order = rng.permutation(len(branches))
    room = np.cumsum(np.linalg.norm(branches[order, -1] - branches[order, 0], axis=1))
    which = order[np.searchsorted(room, (np.arange(count) + 0.5) / count * room[-1])]
    share = 1.08 - 0.85 * rng.uniform(0, 1, count) ** 1.4
    spots, ahead = along(branches, which, share)
    # They grow on short twigs around the branch.
    spots = spots + 0.1 * rng.standard_normal((count, 3)) * [1.0, 0.7, 1.0]
    headings = fanned(ahead, rng.uniform(0.2, 1.1, count), rng.uniform(0, 2 * np.pi, count))
    headings = unit(headings - rng.uniform(0.35, 1.1, (count, 1)) * _UP)
    longer, wider = enlarged(detail, _LONGER)
    wider *= 1.0 if detail > FINE else _FOLDED
    length = _LEAF_M * longer * rng.uniform(0.7, 1.25, count)
    spots = spots - 0.5 * (longer - 1.0) / longer * length[:, None] * headings
    width = _SLIM * _LEAF_M * wider * rng.uniform(0.85, 1.15, count)
    away = spots * [1.0, 0.0, 1.0]
    face = unit(_UP + 0.6 * rng.standard_normal((count, 3)) + 0.4 * unit(away))
    tint = tints(rng.uniform(0.72, 1.2, count), 0.16 * rng.standard_normal(count))
    outward = 0.5 * unit(away) + 0.5 * _UP
    return blades(
        spots, headings, (length, width), face, foliage, tint, outward, whole=detail > FINE
    )
