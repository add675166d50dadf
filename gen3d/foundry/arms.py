# SPDX-License-Identifier: Apache-2.0
"""Families of arms: sword (upright, point up, in the x-y plane) and shield (facing +Z)."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_a import block, hoop, knobs, loft, stack, strap
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    around,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    prism,
    smooth_path,
    torus,
    turned,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot

BLADES = ("metal", "iron", "bronze", "gold")


def _blade(low: float, length: float, half: float, point: float, curve: float) -> Solid:
    """A straight or bowed blade of lens section with a raised ridge, tip up."""
    rings: list[np.ndarray] = []
    for t in (0.0, 0.25, 0.5, 0.7, 0.8, 0.88, 0.94, 0.98, 1.0):
        near = max((t - (1.0 - point)) / point, 0.0)
        wide = max(half * (1.0 - 0.12 * t) * (1.0 - near**1.7), 0.018)
        ridge = 0.04 * (1.0 - 0.45 * near)
        edge = 0.014
        bow = curve * t * t
        outline = [(-wide, -edge), (-wide, edge), (0.0, ridge), (wide, edge), (wide, -edge)]
        outline.append((0.0, -ridge))
        rings.append(np.array([[x + bow, low + t * length, z] for x, z in outline]))
    return loft(np.stack(rings))


def _sword(k: Knobs) -> Pieces:
    grip, length = k("grip", 0.24, 0.4), k("blade", 0.8, 1.3)
    half, guard = k("width", 0.06, 0.12), k("guard", 0.17, 0.32)
    droop = 0.3 * guard - 0.05
    curve = 0.18 if k.has("curved") else 0.0
    blade = _blade(grip - 0.03, length, half, k("point", 0.12, 0.4), curve)
    bend: list[Vec3] = [(-guard, grip + droop, 0.0), (0.0, grip, 0.0), (guard, grip + droop, 0.0)]
    cross = strap(smooth_path(bend, 13), 0.1, 0.07)
    rows = ((0.0, 0.044), (0.25, 0.052), (0.5, 0.046), (0.75, 0.052), (1.0, 0.046))
    hold = stack([(0.02 + t * grip, 1.1 * r, r, 0.0) for t, r in rows], 24)
    rings = [moved(torus(0.05, 0.018, 20), y=grip * f) for f in (0.3, 0.5, 0.7)]
    pieces: Pieces = [
        ("body", blade),
        ("guard", joined(cross, moved(block(0.16, 0.1, 0.13, 0.03), y=grip - 0.05))),
        ("grip", joined(hold, *rings)),
        ("pommel", moved(ellipsoid(0.08, 0.075, 0.065, 14), y=-0.02)),
    ]
    if k.has("jewel"):
        gem = moved(ellipsoid(0.05, 0.05, 0.05, 10), y=grip, z=0.06)
        pieces.append(("jewel", gem))
    return pieces


def _heater(width: float, height: float, steps: int = 9) -> list[tuple[float, float]]:
    """Outline of a knight's shield, anticlockwise: flat top, flanks that bow in to a point."""
    t = np.linspace(0.0, 1.0, steps)
    x = 0.5 * width * (1.0 - t**2.4)
    y = 0.5 * height - 0.28 * height - 0.72 * height * t
    right = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    left = [(-a, b) for a, b in right[:-1]]
    top = [(0.5 * width, 0.5 * height), (0.0, 0.53 * height), (-0.5 * width, 0.5 * height)]
    # From the upper left corner down to the point and up again on the right.
    return [*left, *right[::-1], *top]


def _bowed(solid: Solid, depth: float, half: float) -> Solid:
    """Bend a shield about its upright axis, the middle towards the front."""
    bow = depth * (1.0 - (solid.verts[:, :1] / half) ** 2)
    return Solid(solid.verts + bow * np.array([0.0, 0.0, 1.0]), solid.faces)


def _shield(k: Knobs) -> Pieces:
    return _round_shield(k) if k.has("round") else _knight_shield(k)


def _round_shield(k: Knobs) -> Pieces:
    radius, dome, thick = k("width", 0.5, 0.75), k("dome", 0.06, 0.24), 0.07
    curve = [(radius * float(np.cos(a)), dome * float(np.sin(a))) for a in np.linspace(0.0, 1.5, 9)]
    shell = lathe([*((r, y - thick) for r, y in reversed(curve[1:])), *curve], 48)
    # A lathe goes up along the outside: the hollow back comes first, from the axis to the rim.
    edge = moved(hoop(radius + 0.035, radius - 0.06, 0.11, 48), y=-0.07)
    knob = [(0.2, -0.06), (0.19, 0.02), (0.12, 0.1), (0.04, 0.14)]
    boss = moved(lathe(knob, 36), y=dome)
    pieces: Pieces = [("body", shell), ("rim", edge), ("boss", boss)]
    if k.has("studs"):
        stud = moved(ellipsoid(0.05, 0.05, detail=8), y=0.62 * dome, z=0.72 * radius)
        pieces.append(("studs", around(stud, 8, 22.5)))
    if k.has("cross"):
        pieces.append(("emblem", _ribs(radius, dome)))
    return [(name, turned(piece, "x", 90.0)) for name, piece in pieces]


def _ribs(radius: float, dome: float) -> Solid:
    """Four straps from the middle to the rim, lying on a dome whose axis is +Y."""
    angles = np.linspace(1.35, 0.1, 8)
    path: list[Vec3] = [
        (0.0, dome * float(np.sin(a)) + 0.005, radius * float(np.cos(a))) for a in angles
    ]
    return around(strap(path, 0.14, 0.06, (1.0, 0.0, 0.0)), 4)


def _knight_shield(k: Knobs) -> Pieces:
    width, height = k("width", 0.75, 1.05), k("height", 1.0, 1.35)
    depth, half = k("dome", 0.04, 0.2), 0.5 * width
    inner = 1.0 - k("rim", 0.1, 0.2)
    edge = prism(_heater(width, height), 0.09, 0.015)
    field = prism([(x * inner, y * inner) for x, y in _heater(width, height)], 0.14, 0.012)
    pieces: Pieces = [("rim", edge), ("body", field)]
    if k.has("cross"):
        rows = moved(block(0.13, 0.86 * height, 0.19, 0.012), y=-0.44 * height)
        bar = joined(
            *(
                moved(block(0.3 * width, 0.13, 0.19, 0.012), x, 0.12 * height)
                for x in (-0.27 * width, 0.0, 0.27 * width)
            )
        )
        pieces.append(("emblem", joined(rows, bar)))
    else:
        disc = turned(cylinder(0.26 * width, 0.2, 0.02, 36), "x", 90.0)
        pieces.append(("boss", moved(disc, y=0.08 * height, z=-0.1)))
    if k.has("studs"):
        dot = ellipsoid(0.045, 0.045, 0.05, 8)
        spots = [(0.42, 0.42), (-0.42, 0.42), (0.42, -0.02), (-0.42, -0.02), (0.0, -0.42)]
        dots = [moved(dot, x * width, y * height, 0.05) for x, y in spots]
        pieces.append(("studs", joined(*dots)))
    return [(name, _bowed(piece, depth, half)) for name, piece in pieces]


FAMILIES: tuple[Family, ...] = (
    Family(
        "sword",
        _sword,
        knobs("blade: short/long", "width: slender/broad", "grip", "guard: /wide-guarded")
        + knobs("point: blunt/pointed", "curved: straight/curved", "jewel"),
        (
            Slot("body", BLADES),
            Slot("guard", ("gold", "metal", "bronze", "iron")),
            Slot("grip", ("leather", "wood", "cloth")),
            Slot("pommel", ("gold", "metal", "bronze", "iron")),
            Slot("jewel", ("glass",)),
        ),
        (0.6, 1.2),
    ),
    Family(
        "shield",
        _shield,
        knobs("width: narrow/wide", "height: /tall", "dome: flat/domed", "rim: /thick-rimmed")
        + knobs("round: /round", "cross", "studs"),
        (
            Slot("body", ("wood", "painted wood", "metal", "painted metal", "leather")),
            Slot("rim", ("metal", "iron", "gold", "bronze", "leather")),
            Slot("boss", ("metal", "iron", "gold", "bronze")),
            Slot("emblem", ("painted metal", "gold", "painted wood", "metal")),
            Slot("studs", ("metal", "gold", "iron", "bronze")),
        ),
        (0.6, 1.1),
    ),
)
