# SPDX-License-Identifier: Apache-2.0
"""Pieces of games: spinning top, tower of blocks, chess pawn, dice."""

from __future__ import annotations

from gen3d.foundry.parts_b import bead, block, gable
from gen3d.foundry.solids import (
    Solid,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    prism,
    smooth_profile,
    superellipsoid,
    torus,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot


def _spinning_top(k: Knobs) -> Pieces:
    wide, low, high = k("width", 0.45, 0.7), k("point", 0.45, 0.75), k("shoulder", 0.14, 0.4)
    profile = [(0.07, 0.08), (0.3 * wide, 0.4 * low), (wide, low), (0.72 * wide, low + 0.6 * high)]
    body = lathe([*smooth_profile([*profile, (0.14, low + high)], 22)], 48)
    stem = k("stem", 0.25, 0.5)
    handle = lathe([(0.075, 0.0), (0.075, stem - 0.1), (0.13, stem - 0.04), (0.11, stem + 0.04)])
    ring = moved(torus(0.96 * wide, 0.07, 48), y=low)
    tip = lathe([(0.02, 0.0), (0.08, 0.06), (0.1, 0.16)], 24)
    return [
        ("body", body),
        ("handle", moved(handle, y=low + high - 0.05)),
        ("ring", ring),
        ("tip", tip),
    ]


def _tower_of_blocks(k: Knobs) -> Pieces:
    count, lean = k.count("height", 3, 6), k("lean", 0.0, 0.09)
    pieces: Pieces = []
    y = 0.0
    for i in range(count):
        size = 0.62 - k("taper", 0.0, 0.05) * i
        side = lean * (1.0 if i % 2 else -1.0)
        turn = k("twist", 0.0, 35.0) * i
        cube = turned(block((0.0, 0.0, 0.0), size, 0.42, size, 0.05), "y", turn)
        slot = ("blocks", "middle blocks")[i % 2]
        pieces.append((slot, moved(cube, side, y - 0.015 * i, 0.5 * side)))
        y += 0.42
    y -= 0.015 * count
    return [*pieces, ("top block", moved(_top_block(k), y=y))]


def _top_block(k: Knobs) -> Solid:
    if k("top") < 0.33:
        return gable((0.0, 0.0, 0.0), 0.46, 0.3, 0.42)
    if k("top") < 0.66:
        return cylinder(0.2, 0.4, 0.03)
    arch = [(-0.3, 0.0), (0.3, 0.0), (0.3, 0.12), (0.2, 0.27), (0.0, 0.34), (-0.2, 0.27)]
    return prism([*arch, (-0.3, 0.12)], 0.36, 0.03)


def _chess_pawn(k: Knobs) -> Pieces:
    foot, waist, head = k("base", 0.36, 0.52), k("waist", 0.11, 0.2), k("head", 0.2, 0.3)
    tall = k("height", 0.75, 1.2)
    stem = [(0.8 * foot, 0.16), (0.55 * foot, 0.3), (waist, 0.7 * tall), (waist + 0.03, tall)]
    body = joined(lathe(smooth_profile(stem, 20), 40), moved(ellipsoid(head), y=tall + 0.8 * head))
    collar = lathe([(0.9 * head, 0.0), (1.15 * head, 0.05), (0.8 * head, 0.1)], 40)
    base = lathe(
        smooth_profile([(foot, 0.0), (foot, 0.09), (0.85 * foot, 0.16), (0.8 * foot, 0.2)], 12), 40
    )
    return [("body", body), ("base", base), ("collar", moved(collar, y=tall - 0.05))]


def _dice(k: Knobs) -> Pieces:
    round_ = k("roundness", 0.12, 0.5)
    cube = turned(superellipsoid(0.5, 0.5, 0.5, round_, round_, 24), "y", 45.0)
    cube = turned(cube, "y", -45.0)
    bulge = 0.5 + 0.02 * round_
    pip = k("pips", 0.07, 0.11)
    spots = joined(*(_face(_PIPS[n - 1], pip, bulge, n) for n in range(1, 7)))
    tilt = k("tilt", 0.0, 40.0)
    return [(name, turned(solid, "y", tilt)) for name, solid in (("body", cube), ("pips", spots))]


_FAR = 0.24
_PIPS: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0.0, 0.0),),
    ((-_FAR, _FAR), (_FAR, -_FAR)),
    ((-_FAR, _FAR), (0.0, 0.0), (_FAR, -_FAR)),
    ((-_FAR, _FAR), (_FAR, _FAR), (-_FAR, -_FAR), (_FAR, -_FAR)),
    ((-_FAR, _FAR), (_FAR, _FAR), (0.0, 0.0), (-_FAR, -_FAR), (_FAR, -_FAR)),
    ((-_FAR, _FAR), (-_FAR, 0.0), (-_FAR, -_FAR), (_FAR, _FAR), (_FAR, 0.0), (_FAR, -_FAR)),
)


def _face(pips: tuple[tuple[float, float], ...], size: float, out: float, number: int) -> Solid:
    """The pips of one side; opposite sides add up to seven."""
    flat = joined(*(bead((x, y, out - 0.015), size, size, 0.05) for x, y in pips))
    turn = {1: ("y", 0.0), 6: ("y", 180.0), 2: ("x", -90.0), 5: ("x", 90.0), 3: ("y", 90.0)}
    axis, degrees = turn.get(number, ("y", -90.0))
    return turned(flat, axis, degrees)


FAMILIES: tuple[Family, ...] = (
    Family(
        "spinning top",
        _spinning_top,
        (
            Knob("width", "slender", "wide"),
            Knob("point", "", "pointed"),
            Knob("shoulder", "flat", ""),
            Knob("stem", "", "long-stemmed"),
        ),
        (
            Slot("body", ("painted wood", "wood", "plastic", "painted metal")),
            Slot("handle", ("wood", "painted wood", "metal")),
            Slot("ring", ("painted wood", "metal", "plastic")),
            Slot("tip", ("metal", "wood")),
        ),
        (0.05, 0.15),
    ),
    Family(
        "tower of blocks",
        _tower_of_blocks,
        (
            Knob("height", "low", "tall"),
            Knob("lean", "straight", "wobbly"),
            Knob("taper"),
            Knob("twist", "", "twisted"),
            Knob("top"),
        ),
        (
            Slot("blocks", ("painted wood", "wood", "plastic", "cloth")),
            Slot("middle blocks", ("painted wood", "wood", "plastic", "cloth")),
            Slot("top block", ("painted wood", "wood", "plastic")),
        ),
        (0.15, 0.6),
    ),
    Family(
        "chess pawn",
        _chess_pawn,
        (
            Knob("base", "", "broad"),
            Knob("waist", "slender", "stout"),
            Knob("head", "", "big-headed"),
            Knob("height", "short", "tall"),
        ),
        (
            Slot("body", ("wood", "marble", "plastic", "bone", "metal", "stone")),
            Slot("base", ("wood", "marble", "plastic", "bone", "metal", "stone")),
            Slot("collar", ("wood", "marble", "gold", "metal")),
        ),
        (0.03, 0.08),
    ),
    Family(
        "dice",
        _dice,
        (Knob("roundness", "sharp-edged", "rounded"), Knob("pips"), Knob("tilt")),
        (
            Slot("body", ("plastic", "wood", "bone", "marble")),
            Slot("pips", ("plastic", "painted wood", "metal"), ("black", "white", "red")),
        ),
        (0.012, 0.03),
    ),
)
