# SPDX-License-Identifier: Apache-2.0
"""Families of cutlery: spoon, fork, knife.

They stand upright, handle down, and face +Z, as in a catalogue; blades and prongs are thicker than
real ones so that a field of 128³ holds them.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_a import block, knobs, loft, stack
from gen3d.foundry.solids import Solid, cylinder, ellipsoid, joined, moved, tube, turned
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot


def _stem(low: float, high: float, narrow: float, wide: float, thick: float = 0.056) -> Solid:
    """The handle of cutlery: a flat bar, widest and rounded at its lower end."""
    rows = [
        *((low, 0.5 * wide), (low + 0.015, 0.8 * wide), (low + 0.06, wide)),
        *((0.5 * (low + high), 0.75 * wide), (high - 0.1, narrow), (high, narrow)),
    ]
    return stack([(y, max(x, 0.03), 0.5 * thick, 0.0) for y, x in rows], 16, 0.5)


def _spoon(k: Knobs) -> Pieces:
    long, wide, tall = k("length", 0.7, 1.1), k("bowl", 0.12, 0.19), k("oval", 1.15, 1.6)
    half = wide * tall
    thick = 0.05
    bowl = ellipsoid(wide, half, 0.5 * thick + 0.03, 14)
    inside = (bowl.verts[:, 0] / wide) ** 2 + (bowl.verts[:, 1] / half) ** 2
    verts = bowl.verts.copy()
    # A dish of even thickness: the middle lies behind the rim.
    verts[:, 2] -= k("depth", 0.05, 0.1) * (1.0 - np.clip(inside, 0.0, 1.0))
    head = moved(Solid(verts, bowl.faces), y=long + 0.86 * half)
    pieces: Pieces = [
        ("body", head),
        ("handle", _stem(0.0, long + 0.05, 0.033, k("grip", 0.05, 0.085))),
    ]
    return pieces


def _fork(k: Knobs) -> Pieces:
    long, wide = k("length", 0.65, 1.0), k("head", 0.13, 0.19)
    tines, prong = k.count("tines", 3, 4), k("prongs", 0.22, 0.36)
    thick = 0.05
    palm = stack(
        [
            (long - 0.04, 0.04, 0.5 * thick, 0.0),
            (long + 0.06, 0.7 * wide, 0.5 * thick, -0.02),
            (long + 0.14, wide, 0.5 * thick, -0.03),
            (long + 0.22, wide, 0.5 * thick, -0.02),
        ],
        20,
        0.4,
    )
    places = np.linspace(-wide + 0.03, wide - 0.03, tines)
    top = long + 0.2 + prong
    prongs = [
        tube(
            [(float(x), long + 0.16, -0.03), (float(x), top - 0.1, 0.0), (float(x), top, 0.03)],
            [0.029, 0.027, 0.018],
            10,
        )
        for x in places
    ]
    grip = _stem(0.0, long + 0.02, 0.035, k("grip", 0.05, 0.085))
    return [("body", joined(palm, *prongs)), ("handle", grip)]


def _knife(k: Knobs) -> Pieces:
    grip, blade, wide = k("handle", 0.38, 0.55), k("blade", 0.55, 0.95), k("width", 0.13, 0.24)
    back = 0.028
    rows: list[tuple[float, float]] = [(grip - 0.02, 0.0), (grip + 0.5 * blade, 0.0)]
    rows += [(grip + (0.5 + 0.1 * i) * blade, 0.16 * i * i / 16.0) for i in range(1, 5)]
    rings: list[list[list[float]]] = []
    for y, rise in rows:
        edge = wide * (1.0 - (rise / 0.16) ** 1.2 * k("point", 0.7, 0.92))
        outline = [(edge, 0.012), (0.0, back), (-0.015, back), (-0.015, -back), (0.0, -back)]
        rings.append([[x - 0.08, y, z] for x, z in [(edge, -0.012), *outline]])
    steel = loft(np.array(rings)[:, ::-1])
    handle = stack(
        [
            *((0.0, 0.05, 0.04, 0.0), (0.02, 0.065, 0.05, 0.0), (0.5 * grip, 0.055, 0.045, 0.0)),
            *((grip - 0.03, 0.065, 0.05, 0.0), (grip, 0.055, 0.045, 0.0)),
        ],
        32,
        0.6,
    )
    pieces: Pieces = [("body", moved(steel, 0.03)), ("handle", handle)]
    rivet = moved(turned(cylinder(0.022, 0.12, 0.0, 14), "x", 90.0), z=-0.06)
    if k.has("rivets"):
        spots = (0.25, 0.5, 0.75)
        pieces.append(("rivets", joined(*(moved(rivet, y=grip * spot) for spot in spots))))
    else:
        pieces.append(("rivets", moved(block(0.15, 0.05, 0.12, 0.02), y=grip - 0.04)))
    return pieces


FAMILIES: tuple[Family, ...] = (
    Family(
        "spoon",
        _spoon,
        knobs("length: short/long", "bowl: small/wide", "oval: round/oval", "depth", "grip"),
        (
            Slot("body", ("metal", "wood", "gold", "plastic")),
            Slot("handle", ("metal", "wood", "gold", "plastic")),
        ),
        (0.12, 0.3),
    ),
    Family(
        "fork",
        _fork,
        knobs("length: short/long", "head: narrow/wide", "tines", "prongs: /long-pronged", "grip"),
        (
            Slot("body", ("metal", "gold", "plastic")),
            Slot("handle", ("metal", "wood", "gold", "plastic")),
        ),
        (0.15, 0.25),
    ),
    Family(
        "knife",
        _knife,
        knobs(
            "handle", "blade: short/long", "width: narrow/broad", "point: blunt/pointed", "rivets"
        ),
        (
            Slot("body", ("metal",), ("silver", "grey")),
            Slot("handle", ("wood", "plastic", "bone", "rubber")),
            Slot("rivets", ("gold", "metal", "bronze")),
        ),
        (0.2, 0.4),
    ),
)
