# SPDX-License-Identifier: Apache-2.0
"""What stands over or on water: bridges of wood and of stone, a rowing boat, a sailing boat.

Bridges lead along z; their banks are at y = 0. Boats float with their waterline at y = 0 and look
to +Z.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d.foundry.solids import Solid
from scenes.world.carpentry import Part, Parts, Stuff, X, Y, Z, beam, cuboid, moved, wedge
from scenes.world.dwellings import Style
from scenes.world.fixtures import pole
from scenes.world.joinery import OAK, SNOW, STONE, boards, with_colour
from scenes.world.surfaces import BEAMS, CANVAS

_JOINT_M = 0.003
_LANDING_M = 1.2
"""How far a bridge reaches onto each bank."""


def bridge(style: Style, span_m: float = 8.0) -> Parts:
    """An arched bridge of wood with railings, on trestles where it is long."""
    long, wide = span_m + 2 * _LANDING_M, 1.9
    rise = 0.11 * min(long, 12.0)
    paint = with_colour(Stuff(BEAMS, (0.20, 0.13, 0.075), 0.9), style.colour)
    planks, found = boards((0.24, 0.17, 0.11)), Parts()

    def deck(z: float) -> float:
        return 0.12 + rise * (1.0 - (2.0 * z / long) ** 2)

    count = max(int(long / 0.17), 8)
    edges = np.linspace(-long / 2, long / 2, count + 1)
    for k, (a, b) in enumerate(itertools.pairwise(edges)):
        tone = planks.toned((1.0, 0.86, 1.12, 0.94, 1.05)[k % 5])
        points = [
            (x, deck(float(z)) + h, float(z))
            for x in (-wide / 2, wide / 2)
            for z in (a, b - 0.012)
            for h in (-0.05, 0.0)
        ]
        found.append(wedge(points, tone, X))
    segments = np.linspace(-long / 2, long / 2, max(int(long / 0.8), 8) + 1)
    for x in (-wide / 2 + 0.02, wide / 2 - 0.02):
        side = float(np.sign(x))
        for a, b in itertools.pairwise(segments):
            low, high = deck(float(a)), deck(float(b))
            for lift, thick, tall, out in (
                (-0.2, 0.14, 0.32, 0.0),
                (0.55, 0.06, 0.08, 0.06),
                (0.98, 0.12, 0.1, 0.06),
            ):
                start, end = (
                    (x + side * out, low + lift, float(a)),
                    (x + side * out, high + lift, float(b)),
                )
                found.append(beam(start, end, thick, tall, paint))
        posts = segments[:: max(len(segments) // 7, 1)]
        for z in [*posts, segments[-1]] if posts[-1] != segments[-1] else posts:
            found += _newel(x + side * 0.06, deck(float(z)), float(z), paint, style)
    for end in (-1, 1):
        found.append(cuboid((0.0, -1.2, end * (long / 2 - 0.3)), wide + 0.3, 1.27, 0.6, STONE, X))
    if span_m > 9.0:
        for z in np.linspace(-span_m / 2, span_m / 2, int(span_m / 4.0) + 2)[1:-1]:
            found += _trestle(float(z), deck(float(z)) - 0.3, wide, OAK)
    return found


def _newel(x: float, y: float, z: float, paint: Stuff, style: Style) -> Parts:
    """A post of the railing with a cap."""
    found = [cuboid((x, y - 0.4, z), 0.13, 1.55, 0.13, paint)]
    found.append(cuboid((x, y + 1.15, z), 0.18, 0.05, 0.18, paint.toned(0.7)))
    if style.snow_m:
        found.append(cuboid((x, y + 1.2, z), 0.17, 0.07, 0.17, SNOW))
    return found


def _trestle(z: float, top: float, wide: float, wood: Stuff) -> Parts:
    """A pair of piles in the water, with a cap beam and a brace."""
    found = [
        pole((s * (wide / 2 + 0.25), -4.0, z), (s * (wide / 2 - 0.1), top, z), 0.14, wood)
        for s in (-1, 1)
    ]
    found.append(beam((-wide / 2 - 0.15, top, z), (wide / 2 + 0.15, top, z), 0.2, 0.22, wood))
    found.append(
        beam(
            (-wide / 2 - 0.12, -0.3, z + 0.12),
            (wide / 2 + 0.1, top - 0.2, z + 0.12),
            0.07,
            0.14,
            wood,
        )
    )
    return found


@dataclass(frozen=True)
class _Arches:
    """Measures of a bridge of stone: equal arches between piers, under a humped way."""

    span: float
    pier: float = 1.0
    wide: float = 3.0
    spring: float = -0.6
    """Height at which arches begin."""
    foot: float = -4.0

    @property
    def count(self) -> int:
        """How many arches."""
        return max(round(self.span / 6.0), 1)

    @property
    def clear(self) -> float:
        """Width of an arch."""
        return (self.span - self.pier * (self.count - 1)) / self.count

    @property
    def long(self) -> float:
        """Of the way, with a ramp at either end."""
        return self.span + 9.0

    @property
    def centres(self) -> Float[np.ndarray, "arches"]:
        """Of the arches, along z."""
        return (np.arange(self.count) - (self.count - 1) / 2) * (self.clear + self.pier)

    def deck(self, z: float) -> float:
        """Height of the way."""
        hump = self.spring + 0.36 * self.clear + (0.55 if self.count == 1 else 0.95)
        return 0.02 + (hump - 0.02) * max(1.0 - (2 * abs(z) / self.long) ** 2, 0.0)

    def soffit(self, z: float) -> float:
        """Height of what is under the way: an arch, or the bed."""
        away = float(np.abs(self.centres - z).min()) / (self.clear / 2)
        if away >= 1.0:
            return self.foot
        return self.spring + 0.36 * self.clear * float(np.sqrt(1.0 - away * away))

    def edges(self) -> list[float]:
        """Where it is cut into strips: finer where an arch springs, and never across its foot."""
        fine = 0.5 * self.clear * (np.cos(np.linspace(np.pi, 0.0, 15)))
        knots = np.linspace(-self.long / 2, self.long / 2, 2 * int(self.long) + 1)
        arched = np.concatenate([c + fine for c in self.centres])
        apart = np.abs(knots[:, None] - arched).min(axis=1) > 10 * _JOINT_M
        every = np.concatenate([knots[apart], arched])
        return [float(z) for z in np.unique(np.round(every, 4))]


def stone_bridge(style: Style, span_m: float = 8.0) -> Parts:
    """Arches of ashlar between piers, a humped way with parapets."""
    stone, sizes, found = with_colour(STONE, style.colour), _Arches(span_m), Parts()
    for a, b in itertools.pairwise(sizes.edges()):
        found += _strip(sizes, a, b, stone)
    for c in sizes.centres:
        found += _voussoirs(float(c), sizes, stone, style)
    half, pier = sizes.wide / 2, sizes.pier / 2
    for c in (sizes.centres[:-1] + sizes.centres[1:]) / 2:
        for side in (-1.0, 1.0):
            cut = [
                (side * (half + out), y, float(c) + z)
                for y in (sizes.foot, sizes.spring + 0.45)
                for out, z in ((-0.1, -pier), (-0.1, pier), (0.7, 0.0))
            ]
            found.append(wedge(cut, stone.toned(0.9), X))
    return found


def _strip(sizes: _Arches, a: float, b: float, stone: Stuff) -> Parts:
    """A slice of a stone bridge between two z, with its parapets."""
    # Just inside the slice, where an arch's foot is on its edge; a joint keeps slices apart.
    inset, half = 1e-4 * (b - a), sizes.wide / 2
    b -= _JOINT_M
    lows = (sizes.soffit(a + inset), sizes.soffit(b - inset))
    if sizes.soffit((a + b) / 2) < sizes.spring:
        lows = (sizes.foot, sizes.foot)
    ends = ((a, lows[0]), (b, lows[1]))
    body = [(x, y, z) for x in (-half, half) for z, low in ends for y in (low, sizes.deck(z))]
    found = [wedge(body, stone, X)]
    for x in (0.16 - half, half - 0.16):
        for reach, low, high, tone in ((0.16, -0.02, 0.85, 0.95), (0.21, 0.85, 0.98, 0.8)):
            ring = [
                (x + s * reach, sizes.deck(z) + h, z)
                for s in (-1, 1)
                for z in (a, b)
                for h in (low, high)
            ]
            found.append(wedge(ring, stone.toned(tone), Z))
    return found


def _voussoirs(centre: float, sizes: _Arches, stone: Stuff, style: Style) -> Parts:
    """The ring of stones about an arch, a little proud of both faces."""
    turns, found = np.linspace(0.0, np.pi, 20), Parts()
    out = sizes.wide / 2 + 0.05
    for a, b in itertools.pairwise(turns):
        tone = stone.toned(float(style.rng.uniform(0.72, 0.9)))
        ring = [
            (
                sizes.spring + 0.36 * sizes.clear * float(np.sin(t)) * grow,
                centre + sizes.clear / 2 * float(np.cos(t)) * grow,
            )
            for t in (a, b - 0.012)
            for grow in (1.0, 1.0 + 0.75 / sizes.clear)
        ]
        for x in (-out, out):
            inner = x - 0.3 * float(np.sign(x))
            found.append(wedge([(at, y, z) for at in (x, inner) for y, z in ring], tone, X))
    return found


_ROWS, _COLUMNS = 25, 13
"""Of the grid that a skin of a hull is."""


def _skin(
    long: float, half: float, deep: float, board: float, inset: float
) -> Float[np.ndarray, "verts 3"]:
    """Points of a hull, row by row from the transom: pointed before; ``inset`` inwards.

    The other arguments are as of :func:`_hull`.
    """
    t, s = np.linspace(0.0, 1.0, _ROWS)[:, None], np.linspace(-1.0, 1.0, _COLUMNS)[None]
    aft = 0.72 + 0.28 * np.sin(t / 0.35 * np.pi / 2)
    fore = np.cos(np.clip((t - 0.35) / 0.65, 0.0, 1.0) * np.pi / 2) ** 0.75
    sheer = board + 0.34 * board * (2 * t - 0.9) ** 2
    keel = -deep * (1.0 - 0.75 * np.clip((t - 0.8) / 0.2, 0, 1) ** 2)
    keel = np.where(t > 0.93, keel + (sheer - keel) * ((t - 0.93) / 0.07) ** 2 * 0.8, keel)
    x = (half - inset) * np.where(t < 0.35, aft, fore) * np.sign(s) * np.abs(s) ** 0.8
    y = keel + inset + (sheer - keel - inset) * np.abs(s) ** 2.2
    return np.stack([x, y, (t - 0.5) * (long - 2 * inset) + 0 * s], -1).reshape(-1, 3)


def _hull(
    long: float, half: float, deep: float, board: float, stuff: Stuff, inside: Stuff
) -> Parts:
    """An open hull of two skins with gunwales and a transom.

    Args:
        long: From transom to stem.
        half: Its half-breadth.
        deep: Of the keel under the waterline.
        board: Of the gunwale over it, amidships.
        stuff: Of its outer skin.
        inside: Of the inner one.
    """
    outer, inner = (_skin(long, half, deep, board, inset) for inset in (0.0, 0.05))
    i, j = np.meshgrid(np.arange(_ROWS - 1), np.arange(_COLUMNS - 1), indexing="ij")
    c, n = (i * _COLUMNS + j).ravel(), _COLUMNS
    # Along the keel, then to the right: such squares look down and out.
    halves = [np.stack(three, 1) for three in ((c, c + n, c + n + 1), (c, c + n + 1, c + 1))]
    squares = np.concatenate(halves)[:, ::-1].astype(np.int32)
    found = [Part(Solid(outer, squares), stuff, Z), Part(Solid(inner, squares[:, ::-1]), inside, Z)]
    rows = outer.reshape(_ROWS, _COLUMNS, 3)
    for side in (0, _COLUMNS - 1):
        for a, b in itertools.pairwise(rows[:, side]):
            start, end = ((float(p[0]), float(p[1]) + 0.01, float(p[2])) for p in (a, b))
            found.append(beam(start, end, 0.07, 0.05, inside.toned(0.8)))
    transom = [(float(x), float(y), float(z) + d) for x, y, z in rows[0] for d in (-0.02, 0.03)]
    return [*found, wedge(transom, stuff, X)]


def _floor(skin: Float[np.ndarray, "verts 3"], y: float, wood: Stuff) -> Part:
    """Boards over the water in the bilge, out to the inner skin at a height."""
    points = list[tuple[float, float, float]]()
    for row in skin.reshape(_ROWS, _COLUMNS, 3)[:, _COLUMNS // 2 :]:
        if row[0, 1] < y < row[-1, 1]:
            x, z = (float(np.interp(y, row[:, 1], row[:, k])) for k in (0, 2))
            points += [(side * x, y + h, z) for side in (-1, 1) for h in (-0.03, 0.0)]
    return wedge(points, wood, Z)


def rowing_boat(style: Style) -> Parts:
    """A dinghy with thwarts and shipped oars."""
    skin = with_colour(boards((0.10, 0.17, 0.22)), style.colour)
    wood = boards((0.27, 0.18, 0.10))
    found = _hull(3.9, 0.72, 0.2, 0.42, skin, wood)
    for z, wide in ((-1.25, 1.0), (-0.1, 1.12), (1.0, 0.66)):
        found.append(cuboid((0.0, 0.2, z), wide, 0.035, 0.26, wood.toned(1.15), X))
    found.append(_floor(_skin(3.9, 0.72, 0.2, 0.42, 0.05), 0.05, wood.toned(0.85)))
    for s in (-1.0, 1.0):
        found.append(pole((s * 0.36, 0.27, -1.7), (s * 0.28, 0.27, 0.75), 0.024, wood.toned(1.3)))
        blade = [
            (s * 0.28 + x, 0.27 + y, z)
            for x, z in ((-0.03, 0.7), (0.03, 0.7), (-0.08, 1.15), (0.08, 1.15), (0.0, 1.28))
            for y in (-0.012, 0.012)
        ]
        found.append(wedge(blade, wood.toned(1.3), Z))
        found.append(pole((s * 0.7, 0.4, 0.15), (s * 0.7, 0.52, 0.15), 0.015, OAK))
    return found


def sailing_boat(style: Style) -> Parts:
    """A sloop with a decked bow, mainsail and jib."""
    skin = with_colour(boards((0.62, 0.61, 0.57)), style.colour)
    wood, cloth = boards((0.28, 0.19, 0.11)), Stuff(CANVAS, (0.70, 0.67, 0.60), 0.5)
    found = _hull(7.4, 1.2, 0.45, 0.75, skin, wood)
    found += [
        cuboid((0.0, 0.55, 0.9), 1.3, 0.5, 1.7, skin, Z),
        cuboid((0.0, 1.05, 0.9), 1.4, 0.05, 1.8, wood, Z),
    ]
    found.append(_floor(_skin(7.4, 1.2, 0.45, 0.75, 0.05), 0.16, wood))
    deck = [
        (x, 0.82 + y, z) for x, z in ((-1.0, 0.9), (1.0, 0.9), (0.0, 3.45)) for y in (-0.03, 0.02)
    ]
    found.append(wedge(deck, wood.toned(1.1), Z))
    mast = (0.0, 10.6, 0.55)
    found += [
        pole((0.0, 0.2, 0.55), mast, 0.085, wood, 0.05),
        pole((0.0, 1.75, 0.5), (0.9, 1.7, -3.3), 0.06, wood),
    ]
    for foot in ((0.0, 1.0, 3.6), (1.1, 0.8, 0.1), (-1.1, 0.8, 0.1), (0.0, 0.9, -3.6)):
        found.append(pole(mast, foot, 0.008, OAK))
    found.append(_sail((0.0, 1.85, 0.45), (0.0, 10.2, 0.5), (0.88, 1.8, -3.2), 0.5, cloth))
    found.append(_sail((0.3, 1.3, 0.6), (0.05, 8.8, 0.85), (0.0, 1.1, 3.5), 0.4, cloth.toned(0.97)))
    found.append(
        moved(
            [
                Part(
                    Solid(
                        np.array([(0, 0, 0), (0, 0.5, 0), (0.1, 0.25, -0.8)], float),
                        np.array([[0, 1, 2]], np.int32),
                    ),
                    Stuff(CANVAS, (0.4, 0.04, 0.03), 0.3),
                    Y,
                )
            ],
            0.0,
            10.4,
            0.55,
        )[0]
    )
    return found


def _sail(
    tack: tuple[float, float, float],
    head: tuple[float, float, float],
    clew: tuple[float, float, float],
    belly: float,
    cloth: Stuff,
) -> Part:
    """A triangle of cloth filled by wind from the right."""
    n = 12
    a, b, c = (np.array(p, float) for p in (tack, head, clew))
    verts, index = list[np.ndarray](), dict[tuple[int, int], int]()
    for i in range(n + 1):
        for j in range(n + 1 - i):
            u, v = i / n, j / n
            w = 1.0 - u - v
            point = w * a + u * b + v * c
            verts.append(
                point + np.array([27.0 * belly * u * v * w + 1.5 * belly * v * w, 0.0, 0.0])
            )
            index[i, j] = len(verts) - 1
    faces = list[tuple[int, int, int]]()
    for i in range(n):
        for j in range(n - i):
            faces.append((index[i, j], index[i + 1, j], index[i, j + 1]))
            if j < n - i - 1:
                faces.append((index[i + 1, j], index[i + 1, j + 1], index[i, j + 1]))
    return Part(Solid(np.array(verts), np.array(faces, np.int32)), cloth, Y)
