# SPDX-License-Identifier: Apache-2.0
"""Craft of the water: sailing boat and submarine, their bows towards +Z."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import ball, block, disc, limb, rod, side_prism, sides, wheel
from gen3d.foundry.solids import Solid, Vec3, cylinder, hull, joined, lathe, moved, scaled, turned
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

PAINT = ("painted metal", "plastic", "painted wood", "metal")
PANES = Slot("windows", ("glass", "plastic"), ("light blue", "black", "dark grey", "white"))


def _sailing_boat(k: Knobs) -> Pieces:
    long, mast = k("length", 0.6, 0.9), k("mast", 1.1, 1.7)
    wide, belly, rim = k("width", 0.24, 0.36), k("sail", 0.0, 0.16), 0.36
    top = rim + mast
    cabin = block((0.0, 0.34, -0.3 * long), wide, 0.18, 0.5 * long)
    main = _sail([(0.0, rim + 0.24), (-0.84 * long, rim + 0.24), (0.0, top - 0.04)], belly)
    jib = _sail([(1.05 * long, rim + 0.2), (0.0, rim + 0.2), (0.0, 0.86 * top)], belly)
    boom = rod((0.0, rim + 0.22, 0.0), (0.0, rim + 0.22, -0.86 * long), 0.05, 14)
    out = k("trim", 12.0, 45.0)
    # The jib stands on the other side, so that a sail shows from everywhere.
    swing = ((main, out), (jib, -0.6 * out), (boom, out))
    swung = [moved(turned(part, "y", angle), z=0.08) for part, angle in swing]
    spar = rod((0.0, 0.2, 0.08), (0.0, top, 0.08), 0.05, 16)
    sprit = rod((0.0, rim + 0.02, 0.8 * long), (0.0, rim + 0.1, 1.15 * long), 0.045, 14)
    pieces: Pieces = [
        ("hull", joined(_boat_hull(long, wide), cabin)),
        ("sails", joined(*swung[:2])),
        ("mast", joined(spar, sprit, swung[2])),
    ]
    if k.has("flag"):
        pieces.append(("flag", block((0.0, top - 0.14, -0.06), 0.06, 0.16, 0.3, 0.01)))
    return pieces


def _boat_hull(long: float, wide: float) -> Solid:
    """A pointed bow, a blunt stern and a deck that rises to both ends."""
    section = ((1.0, 0.36, 1.0), (0.85, 0.18, 0.94), (0.35, 0.02, 0.82))
    stations: list[Vec3] = []
    for share in np.linspace(-1.0, 1.0, 13):
        t = float(share)
        breadth = wide * (1.0 - 0.75 * max(t, 0.0) ** 2.2 - 0.25 * min(t, 0.0) ** 2)
        for w, y, reach in section:
            rise = 0.1 * t * t if y > 0.3 else 0.0
            stations += [(s * breadth * w, y + rise, long * t * reach) for s in (-1.0, 1.0)]
    return hull(np.array(stations))


def _sail(corners: list[tuple[float, float]], belly: float) -> Solid:
    """A three-cornered cloth in the y-z plane, swelling to one side."""
    fine: list[tuple[float, float]] = []
    for (z0, y0), (z1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        fine += [(z0 + (z1 - z0) * i / 8, y0 + (y1 - y0) * i / 8) for i in range(8)]
    area = sum(
        z0 * y1 - z1 * y0
        for (z0, y0), (z1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True)
    )
    cloth = side_prism(fine if area > 0.0 else list(reversed(fine)), 0.07, 0.015)
    middle = np.mean(corners, axis=0)
    far = np.linalg.norm(cloth.verts[:, [2, 1]] - middle, axis=1)
    swell = belly * np.clip(1.0 - far / max(float(far.max()), 1e-9), 0.0, 1.0)
    verts = cloth.verts.copy()
    verts[:, 0] += swell
    return Solid(verts, cloth.faces)


def _submarine(k: Knobs) -> Pieces:
    fat, long, tower = k("girth", 0.28, 0.44), k("length", 0.8, 1.15), k("tower", 0.24, 0.42)
    y = fat + 0.12
    shell = moved(turned(spindle(fat, long), "x", 90.0), 0.0, y, 0.0)
    sail = scaled(cylinder(0.2, tower + 0.15, 0.05), 0.8, 1.0, 1.4)
    fin = block((0.0, y - 0.05, -0.92 * long), 1.5 * fat, 0.08, 0.24, 0.02)
    rudder = block((0.0, y - 0.62 * fat, -0.92 * long), 0.08, 1.35 * fat, 0.24, 0.02)
    deck = y + 0.85 * fat
    pipe: list[Vec3] = [
        (0.0, deck + tower, 0.1),
        (0.0, deck + tower + 0.28, 0.1),
        (0.0, deck + tower + 0.31, 0.3),
    ]
    scope = joined(limb(pipe[:2], [0.05, 0.05], 4), limb(pipe[1:], [0.055, 0.06], 4))
    count = k.count("portholes", 2, 4)
    ring = wheel((0.0, 0.0, 0.0), 0.1, 0.08, 16)
    spots = np.linspace(-0.4 * long, 0.55 * long, count)
    ports = joined(
        *(sides(ring, 0.96 * fat, y + 0.04, float(z)) for z in spots),
        disc((0.0, y + 0.02, 0.97 * long), 0.14, 0.16),
    )
    blade = turned(ball((0.0, 0.15, 0.0), 0.08, 0.16, 0.045, 8), "y", 30.0)
    screw = joined(
        *(turned(blade, "z", 90.0 * i) for i in range(4)),
        turned(cylinder(0.06, 0.2, 0.02, 18), "x", 90.0),
    )
    return [
        ("body", joined(shell, fin, rudder)),
        ("tower", joined(moved(sail, 0.0, deck - 0.15, 0.1))),
        ("portholes", ports),
        ("propeller", moved(screw, 0.0, y, -long - 0.06)),
        ("periscope", scope),
    ]


def spindle(radius: float, half: float) -> Solid:
    """A smooth spindle of revolution about +Y."""
    shares = np.linspace(-1.0, 1.0, 22)
    profile = [
        (radius * float(max(1.0 - abs(s) ** 2.6, 0.0)) ** 0.62, half * float(s)) for s in shares
    ]
    return lathe(profile, 40)


FAMILIES: tuple[Family, ...] = (
    Family(
        "sailing boat",
        _sailing_boat,
        (
            Knob("length", "short", "long"),
            Knob("width", "narrow", "wide"),
            Knob("mast", "", "tall"),
            Knob("sail"),
            Knob("trim"),
            Knob("flag"),
        ),
        (
            Slot("hull", ("painted wood", "wood", "plastic", "painted metal")),
            Slot("sails", ("cloth", "paper", "plastic")),
            Slot("mast", ("wood", "painted wood", "metal")),
            Slot("flag", ("cloth", "paper")),
        ),
        (0.15, 10.0),
    ),
    Family(
        "submarine",
        _submarine,
        (
            Knob("girth", "slender", "plump"),
            Knob("length", "short", "long"),
            Knob("tower"),
            Knob("portholes"),
        ),
        (
            Slot("body", PAINT),
            Slot("tower", PAINT),
            Slot("portholes", ("glass", "copper", "plastic"), ("light blue", "white", "black")),
            Slot("propeller", ("gold", "copper", "metal", "plastic")),
            Slot("periscope", ("metal", "copper", "plastic")),
        ),
        (0.08, 8.0),
    ),
)
