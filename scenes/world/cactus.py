# SPDX-License-Identifier: Apache-2.0
"""Saguaros: ribbed columns of 3 to 9 m whose arms leave sideways and turn up.

A column or an arm is a line with flutes around it: pale ribs that bear the spines, green furrows
between them. The trunk of an old one is woody at its foot, and an arm is thin where it was born.
Far levels have the same outline without flutes, in the mean colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d.easing import smoothstep
from scenes.place import Shape
from scenes.world.foliage import COARSE, FINE, MIDDLE, spikes
from scenes.world.growth import GOLDEN, Points, grid, unit
from scenes.world.meshes import Part, assembled
from scenes.world.noise import fractal

_AGES = ((7.8, 0.30, 5), (6.6, 0.25, 0), (7.0, 0.27, 3), (5.8, 0.25, 1), (4.6, 0.21, 0))
"""Height, radius and arms of each variant, from a patriarch to a youth."""
_RIBS, _ARM_RIBS, _DEEP = 17, 12, 0.17
"""Of columns and of arms, and how deep furrows are, as a share of the radius."""
_FOOT_M, _WOODY_M = 0.3, 0.9
"""How far it goes into the ground, and how high it is woody."""
_AREOLE_M = 0.075
"""From one tuft of spines to the next along a rib."""
_CORK, _SPINE = np.array([0.19, 0.15, 0.105]), np.array([0.52, 0.46, 0.33])
Line = Float[np.ndarray, "nodes 3"]
Values = Float[np.ndarray, "nodes"]


@dataclass(frozen=True)
class Hues:
    """Colours of what is fluted: albedos."""

    green: Float[np.ndarray, "3"]
    furrow: Float[np.ndarray, "3"]
    rib: Float[np.ndarray, "3"]


_HUES = Hues(
    *(np.array(c) for c in ((0.105, 0.15, 0.06), (0.055, 0.088, 0.034), (0.31, 0.31, 0.19)))
)


@dataclass(frozen=True)
class Stem:
    """A fluted body: its axis, how thick, how deeply fluted and how woody it is at each node."""

    line: Line
    radii: Values
    deep: Values
    woody: Values
    ribs: int
    side: Float[np.ndarray, "3"]
    """A direction that is never along the line; the first rib is there."""


def saguaro(name: str, seed: int, detail: float, skin: int, variant: int) -> Shape:
    """A saguaro; ``variant`` is how old it is, see :data:`_AGES`."""
    rng = np.random.default_rng([seed, 31])
    tall, thick, arms = _AGES[variant % len(_AGES)]
    tall, thick = tall * rng.uniform(0.97, 1.03), thick * rng.uniform(0.94, 1.06)
    many = arms + int(rng.integers(0, 2)) if arms else 0
    stems = [_column(tall, thick, detail, rng)]
    for number in range(many):
        out = GOLDEN * number + rng.normal(0, 0.25)
        stems.append(_arm(stems[0], (tall, thick), out, detail, rng))
    parts = list[Part]()
    for number, stem in enumerate(stems):
        parts.append(fluted(stem, seed + 97 * number, detail, skin))
        if detail > FINE:
            parts.append(_spined(stem, skin, rng))
    return assembled(name, parts)


def _column(tall: float, thick: float, detail: float, rng: np.random.Generator) -> Stem:
    """The trunk: thickest over its middle, here and there drawn in by a dry year."""
    lean, bow = rng.normal(0, 0.02, 2), rng.normal(0, 0.06, 2)
    years, dry = rng.uniform(0.2, 0.85, 3) * tall, rng.uniform(0.0, 0.09, 3)
    many = 22 if detail > FINE else 10 if detail > MIDDLE else 4
    foot = [0.0, 0.08, 0.2] if detail > MIDDLE else [0.3, 0.9] if detail > COARSE else [0.9]
    body = np.linspace(foot[-1], tall - thick, many if detail > COARSE else 3)
    s = np.concatenate([[-_FOOT_M], foot, body[1:], _dome(tall, thick, detail)])
    t = np.clip(s / tall, 0.0, 1.0)
    across = lean * s[:, None] + bow * np.sin(np.pi * t)[:, None]
    line = np.stack([across[:, 0], s, across[:, 1]], 1)
    radii = thick * (0.84 + 0.24 * np.sin(np.pi * np.clip(0.12 + 0.72 * t, 0.0, 1.0)))
    for year, pinch in zip(years, dry, strict=True):
        radii *= 1.0 - pinch * np.exp(-(((s - year) / 0.16) ** 2))
    radii = radii * _domed(s, tall, thick) + 0.12 * thick * np.exp(-np.maximum(s, 0.0) / 0.09)
    high = _WOODY_M * rng.uniform(0.35, 1.0) * tall / 7.0
    woody = smoothstep(high, 0.25 * high, s)
    deep = _DEEP * (1.0 - 0.65 * woody)
    return Stem(line, radii, deep, woody, _RIBS, np.array([1.0, 0.0, 0.0]))


def _arm(
    trunk: Stem, size: tuple[float, float], out: float, detail: float, rng: np.random.Generator
) -> Stem:
    """It leaves the trunk about half way up, sideways, bends up and rises along with it."""
    tall, thick = size
    low, rise = tall * rng.uniform(0.36, 0.6), rng.uniform(-0.15, 0.4)
    stout = thick * rng.uniform(0.62, 0.78)
    away = thick + stout + rng.uniform(0.04, 0.3)
    bend = rng.uniform(0.28, 0.46)
    upright = min(rng.uniform(0.25, 0.6) * tall, rng.uniform(0.85, 1.02) * tall - low - bend)
    lean = rng.normal(0.05, 0.05)
    # Angle over the level along the way, as it is walked in small steps.
    steps = np.linspace(0.0, 1.0, 241)
    sweep = bend * (0.5 * np.pi - rise)
    length = away + sweep + upright
    gone = steps * length
    angle = rise + (0.5 * np.pi - lean - rise) * smoothstep(away - 0.1, away + sweep, gone)
    level = np.concatenate([[0.0], np.cumsum(np.cos(angle[:-1]))]) * length / 240.0
    high = low + np.concatenate([[0.0], np.cumsum(np.sin(angle[:-1]))]) * length / 240.0
    per = (4, 9, 8) if detail > FINE else (3, 5, 3) if detail > MIDDLE else (2, 3, 2)
    knots = (0.0, away - 0.1, away + sweep, length - stout)
    s = [np.linspace(a, b, n)[:-1] for a, b, n in zip(knots[:-1], knots[1:], per, strict=True)]
    s = np.concatenate([*s, knots[-1:], _dome(length, stout, detail)])
    x, y = np.interp(s, gone, level), np.interp(s, gone, high)
    born = [np.interp(low, trunk.line[:, 1], trunk.line[:, k]) for k in (0, 2)]
    line = np.stack([born[0] + x * np.cos(out), y, born[1] + x * np.sin(out)], 1)
    neck = 1.0 - 0.34 * np.exp(-(((s - thick) / 0.16) ** 2))
    radii = stout * neck * _domed(s, length, stout)
    flat = np.array([-np.sin(out), 0.0, np.cos(out)])
    return Stem(line, radii, np.full(len(s), _DEEP), np.zeros(len(s)), _ARM_RIBS, flat)


def _dome(length: float, radius: float, detail: float) -> Values:
    """Where along a body the rings of its round end are."""
    many = 5 if detail > FINE else 3 if detail > MIDDLE else 2
    return length - radius + radius * np.sin(0.5 * np.pi * np.arange(1, many + 1) / many)


def _domed(s: Values, length: float, radius: float) -> Values:
    """A body is round at its end; 1 below."""
    over = np.clip((s - (length - radius)) / radius, 0.0, 1.0)
    return np.sqrt(np.maximum(1.0 - over**2, 0.0)) + 0.02


def fluted(stem: Stem, seed: int, detail: float, surface: int, hues: Hues = _HUES) -> Part:
    """A body with its ribs: as geometry nearby, as colour farther away, else not told apart."""
    per = 4 if detail > FINE else 2
    sides = per * stem.ribs if detail > MIDDLE else 9 if detail > COARSE else 5
    turn = 2.0 * np.pi * np.arange(sides + 1) / sides
    ridge = 0.5 + 0.5 * np.cos(stem.ribs * turn) if detail > MIDDLE else np.full(sides + 1, 0.7)
    ring, verts = _rings(stem, turn, ridge)
    around = np.concatenate([verts[:, -2:-1], verts, verts[:, 1:2]], axis=1)
    normal = np.cross(around[:, 2:] - around[:, :-2], np.gradient(verts, axis=0))
    normal *= np.where((normal * ring).sum(-1) < 0, -1.0, 1.0)[..., None]
    normal[-1] = unit(stem.line[-1] - stem.line[-2])
    many = len(stem.line)
    return Part(
        surface,
        verts.reshape(-1, 3),
        grid(1, many, sides),
        unit(normal).reshape(-1, 3),
        _skin(stem, ridge, turn, seed, hues).reshape(-1, 3),
        np.zeros((many * (sides + 1), 2)),
    )


def _rings(
    stem: Stem, turn: Float[np.ndarray, "sides"], ridge: Float[np.ndarray, "sides"]
) -> tuple[Float[np.ndarray, "nodes sides 3"], Float[np.ndarray, "nodes sides 3"]]:
    """Directions out of the axis, and the points there."""
    ahead = unit(np.gradient(stem.line, axis=0))
    side = unit(stem.side - (ahead @ stem.side)[:, None] * ahead)
    other = np.cross(ahead, side)
    ring = np.cos(turn)[:, None] * side[:, None] + np.sin(turn)[:, None] * other[:, None]
    # Ribs are blunt and furrows narrow.
    wide = stem.radii[:, None] * (1.0 - stem.deep[:, None] * (1.0 - ridge) ** 1.3)
    return ring, stem.line[:, None] + wide[..., None] * ring


def _skin(
    stem: Stem,
    ridge: Float[np.ndarray, "sides"],
    turn: Float[np.ndarray, "sides"],
    seed: int,
    hues: Hues,
) -> Float[np.ndarray, "nodes sides 3"]:
    """Albedo: furrows dark, ribs pale, the foot cork, the youngest tissue at the top paler."""
    told = float(np.ptp(ridge)) > 0.0
    shown = ridge if told else 0.5 + 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False))
    pale, deep = smoothstep(0.55, 1.0, shown)[:, None], smoothstep(0.5, 0.0, shown)[:, None]
    tint = hues.green + deep * (hues.furrow - hues.green) + pale * (hues.rib - hues.green)
    tint = tint if told else np.repeat(tint.mean(axis=0)[None], len(turn), axis=0)
    high = stem.line[:, 1:2]
    mottled = 1.0 + 0.22 * fractal(high * 1.3 + 0.4 * np.cos(turn), high / 3.0 + np.sin(turn), seed)
    weathered = stem.woody[:, None, None] * (0.8 + 0.2 * ridge[:, None])
    tint = tint[None] + weathered * (_CORK - tint[None])
    crown = np.linspace(0.0, 1.0, len(stem.line)) ** 14
    tint = tint + 0.35 * crown[:, None, None] * (hues.rib - tint)
    return np.clip(tint * mottled[..., None], 0.02, 1.0)


def _spined(stem: Stem, surface: int, rng: np.random.Generator) -> Part:
    """Tufts of spines along the ribs, fewer on the cork."""
    gone = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(stem.line, axis=0), axis=1))])
    turn = 2.0 * np.pi * np.arange(stem.ribs) / stem.ribs
    ring, verts = _rings(stem, turn, np.ones(stem.ribs))
    s = np.arange(_AREOLE_M, gone[-1], _AREOLE_M)
    low = np.clip(np.searchsorted(gone, s) - 1, 0, len(gone) - 2)
    share = ((s - gone[low]) / (gone[low + 1] - gone[low]))[:, None, None]
    spots = verts[low] + share * (verts[low + 1] - verts[low])
    grown = (stem.woody[low] < 0.5)[:, None] & (spots[..., 1] > 0.05)
    return spines(spots[grown], ring[low][grown], (0.04, 3), surface, _SPINE, rng)


def spines(
    spots: Points,
    out: Points,
    size: tuple[float, int],
    surface: int,
    colour: Float[np.ndarray, "3"],
    rng: np.random.Generator,
) -> Part:
    """Tufts that spread from spots: ``size`` is the length of spines, and how many a tuft has."""
    length, per = size
    spots, out = np.repeat(spots, per, axis=0), np.repeat(out, per, axis=0)
    ways = unit(out + 0.75 * rng.standard_normal(out.shape))
    ways *= np.where((ways * out).sum(1) < 0, -1.0, 1.0)[:, None]
    reach = length * rng.uniform(0.6, 1.2, len(spots))
    flat = np.cross(ways, rng.standard_normal(out.shape))
    width = np.full(len(spots), 0.1 * length)
    tint = colour * rng.uniform(0.75, 1.15, (len(spots), 1))
    ends = spots + reach[:, None] * ways
    return spikes(spots, ends, width, flat, surface, np.clip(tint, 0.02, 1.0), out)
