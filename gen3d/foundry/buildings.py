# SPDX-License-Identifier: Apache-2.0
"""Small buildings; the door is on the +Z side. Tall ones come from :mod:`gen3d.foundry.towers`."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import block, disc, gable, limb, rod, roof_planes, sides, spire, spread
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    around,
    cylinder,
    joined,
    lathe,
    moved,
    prism,
    torus,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot
from gen3d.foundry.towers import DOOR, PANES, ROOF, WALL, archway
from gen3d.foundry.towers import FAMILIES as TOWERS


def _pane(at: Vec3, x: float, y: float) -> Solid:
    """A window facing +Z on a sill."""
    parts = (
        block((0.0, 0.0, 0.0), x, y, 0.09, 0.01),
        block((0.0, -0.03, 0.02), x + 0.06, 0.05, 0.12, 0.01),
    )
    return moved(joined(*parts), *at)


def _house(k: Knobs) -> Pieces:
    wide, deep, tall = k("width", 0.95, 1.5), k("depth", 0.8, 1.15), k("height", 0.55, 1.05)
    pitch = k("roof", 0.4, 0.85)
    walls = block((0.0, 0.0, 0.0), wide, tall, deep, 0.02)
    attic = turned(gable((0.0, 0.0, 0.0), deep, 0.92 * pitch, wide - 0.02, 0.02), "y", 90.0)
    roof = _saddle(deep + 0.2, pitch, wide + 0.22)
    shift = 0.24 * wide if k.has("door") else 0.0
    door = joined(
        block((-shift, 0.0, deep / 2), 0.26, 0.5, 0.08, 0.01),
        block((-shift, 0.0, deep / 2 + 0.06), 0.36, 0.06, 0.16, 0.01),
    )
    columns = [0.28 * wide, -0.28 * wide] if not shift else [0.02, 0.31 * wide]
    panes = [_pane((x, 0.22, deep / 2), 0.22, 0.24) for x in columns]
    if tall > 0.82:
        panes += [_pane((x, 0.64, deep / 2), 0.2, 0.2) for x in (-0.28 * wide, 0.0, 0.28 * wide)]
    side = [
        turned(_pane((0.18 * deep * s, 0.25, wide / 2), 0.2, 0.24), "y", turn)
        for s in (-1.0, 1.0)
        for turn in (90.0, -90.0)
    ]
    back = turned(_pane((0.0, 0.25, deep / 2), 0.3, 0.24), "y", 180.0)
    pieces: Pieces = [
        ("walls", joined(walls, moved(attic, y=tall - 0.01))),
        ("roof", moved(turned(roof, "y", 90.0), y=tall - 0.06)),
        ("door", door),
        ("windows", joined(*panes, *side, back)),
    ]
    if k("chimney") > 0.35:
        stack = block((0.28 * wide, tall, -0.1), 0.18, pitch + k("chimney", 0.08, 0.32), 0.18, 0.01)
        pieces.append(("chimney", stack))
    return pieces


def _saddle(x: float, height: float, z: float) -> Solid:
    """Two thick roof planes whose ridge runs along z."""
    half, thick = x / 2.0, 0.13
    outline = [
        (half + 0.02, 0.06),
        (0.0, height + thick),
        (-half - 0.02, 0.06),
        (-half + 0.05, -0.02),
        (0.0, height - 0.02),
        (half - 0.05, -0.02),
    ]
    return roof_planes(outline, z)


def _gambrel(half: float, tall: float, rise: float, deep: float) -> tuple[Solid, Solid]:
    """Walls under a roof of two slopes on either side, and that roof."""
    profile = [
        (-half, 0.0),
        (half, 0.0),
        (half, tall),
        (0.68 * half, tall + 0.62 * rise),
        (0.0, tall + rise),
        (-0.68 * half, tall + 0.62 * rise),
        (-half, tall),
    ]
    cover = [
        (half + 0.13, tall - 0.03),
        (0.76 * half, tall + 0.64 * rise + 0.08),
        (0.0, tall + rise + 0.12),
        (-0.76 * half, tall + 0.64 * rise + 0.08),
        (-half - 0.13, tall - 0.03),
        (-half + 0.02, tall - 0.08),
        (-0.64 * half, tall + 0.58 * rise),
        (0.0, tall + rise - 0.04),
        (0.64 * half, tall + 0.58 * rise),
        (half - 0.02, tall - 0.08),
    ]
    return prism(profile, deep, 0.01), roof_planes(cover, deep + 0.16)


def _barn(k: Knobs) -> Pieces:
    wide, deep, tall = k("width", 0.9, 1.2), k("depth", 1.0, 1.6), k("height", 0.5, 0.75)
    half, rise = wide / 2, k("roof", 0.4, 0.62)
    body, cover = _gambrel(half, tall, rise, deep)
    front = deep / 2
    gate = block((0.0, 0.0, front), 0.62 * half * 1.4, 0.72 * tall, 0.08, 0.01)
    door = joined(gate, disc((0.0, tall + 0.34 * rise, front), 0.13, 0.08))
    width, height = 0.87 * half, 0.72 * tall
    x, z = 0.5 * width, front + 0.05
    bars = [
        *(rod((-s * x, 0.03, z), (s * x, height - 0.03, z), 0.045) for s in (-1.0, 1.0)),
        sides(block((0.0, 0.0, front + 0.04), 0.08, height, 0.08, 0.01), width / 2),
        block((0.0, height - 0.05, front + 0.04), width + 0.08, 0.08, 0.08, 0.01),
    ]
    pane = [
        turned(_pane((x, 0.4 * tall, half), 0.2, 0.2), "y", turn)
        for x in np.linspace(-0.3 * deep, 0.3 * deep, k.count("windows", 2, 3))
        for turn in (90.0, -90.0)
    ]
    pieces: Pieces = [
        ("walls", body),
        ("roof", cover),
        ("door", door),
        ("trim", joined(*bars, *pane)),
    ]
    if k.has("silo"):
        x, top = -half - 0.24, tall + 0.9 * rise
        tower = joined(
            cylinder(0.26, top, 0.01, 32),
            lathe([(0.28, top - 0.02), (0.22, top + 0.14), (0.02, top + 0.24)], 32),
        )
        pieces.append(("silo", moved(tower, x, 0.0, -0.15 * deep)))
    return pieces


def _church(k: Knobs) -> Pieces:
    wide, deep, tall = k("width", 0.6, 0.85), k("depth", 0.95, 1.4), k("height", 0.5, 0.75)
    steeple, pitch = k("steeple", 0.45, 0.9), 0.42
    body = joined(
        block((0.0, 0.0, 0.0), wide, tall, deep, 0.02),
        gable((0.0, tall - 0.02, 0.0), wide, pitch, deep - 0.02, 0.02),
    )
    side, z = 0.38, deep / 2 + 0.1
    high = tall + 0.48
    shaft = block((0.0, 0.0, z), side, high, side, 0.02)
    point = joined(
        spire((0.0, high - 0.01, z), 0.78 * side, steeple),
        block((0.0, high - 0.05, z), side + 0.09, 0.08, side + 0.09, 0.02),
    )
    roof = moved(_saddle(wide + 0.16, pitch, deep + 0.06), y=tall - 0.06)
    apex = high + steeple
    cross = joined(
        block((0.0, apex - 0.12, z), 0.08, 0.38, 0.08, 0.01),
        block((0.0, apex + 0.08, z), 0.25, 0.08, 0.08, 0.01),
    )
    face = z + side / 2
    door = archway(0.22, 0.38, (0.0, 0.0, face))
    count = k.count("windows", 2, 4)
    places = np.linspace(-0.36 * deep, 0.26 * deep, count)
    arch = [
        turned(archway(0.15, 0.34, (float(-s * p), 0.16, wide / 2)), "y", 90.0 * s)
        for p in places
        for s in (1.0, -1.0)
    ]
    bell = [
        turned(archway(0.14, 0.22, (0.0, high - 0.32, side / 2)), "y", a)
        for a in (0.0, 90.0, 180.0, 270.0)
    ]
    rose = disc((0.0, tall + 0.02, face), 0.08, 0.08)
    glass = joined(*arch, rose, *(moved(one, z=z) for one in bell))
    return [
        ("walls", joined(body, shaft)),
        ("roof", joined(roof, point)),
        ("door", door),
        ("windows", glass),
        ("cross", cross),
    ]


def _tent(k: Knobs) -> Pieces:
    wide, tall, deep = k("width", 0.5, 0.75), k("height", 0.75, 1.15), k("depth", 0.5, 0.8)
    if k("style") > 0.55:
        return _tipi(0.9 * wide + 0.15, 1.45 * tall, k("depth", 0.2, 0.36))
    body = prism(
        [(-wide, 0.0), (wide, 0.0), (wide, 0.05), (0.05, tall), (-0.05, tall), (-wide, 0.05)],
        2 * deep,
        0.01,
    )
    dark = prism([(-0.3 * wide, 0.0), (0.3 * wide, 0.0), (0.0, 0.78 * tall)], 2 * deep + 0.04)
    flap = prism(
        [(0.0, 0.0), (0.32 * wide, 0.0), (0.03, 0.8 * tall), (0.0, 0.8 * tall)], 0.07, 0.01
    )
    open_ = moved(turned(moved(flap, -0.16 * wide), "y", -55.0), 0.3 * wide, 0.0, deep + 0.06)
    flaps = joined(
        open_, moved(turned(moved(flap, -0.16 * wide), "y", 235.0), -0.3 * wide, 0.0, deep + 0.06)
    )
    poles = spread(
        rod((0.0, 0.0, 0.0), (0.0, tall + 0.12, 0.0), 0.05),
        [(0.0, 0.0, deep + 0.02), (0.0, 0.0, -deep - 0.02)],
    )
    ridge = rod((0.0, tall, -deep - 0.05), (0.0, tall, deep + 0.05), 0.05)
    rope = joined(
        *(
            rod((0.0, tall - 0.02, s * deep), (0.0, 0.03, s * (deep + 0.5)), 0.038, 10)
            for s in (-1.0, 1.0)
        )
    )
    pegs = joined(*(block((0.0, 0.0, s * (deep + 0.5)), 0.1, 0.12, 0.1, 0.02) for s in (-1.0, 1.0)))
    return [
        ("canvas", body),
        ("entrance", dark),
        ("flaps", flaps),
        ("poles", joined(poles, ridge, rope, pegs)),
    ]


def _tipi(radius: float, tall: float, gap: float) -> Pieces:
    cone_ = lathe([(radius, 0.0), (radius, 0.05), (0.12, tall)], 40)
    edge = [(-gap * radius, 0.0), (gap * radius, 0.0), (0.0, 0.55 * tall)]
    lean = -float(np.rad2deg(np.arctan2(radius - 0.12, tall)))
    dark = moved(turned(prism(edge, 0.1, 0.01), "x", lean), z=radius - 0.03)
    fold = prism(
        [(0.0, 0.0), (0.22 * radius, 0.0), (0.06, 0.55 * tall), (0.0, 0.55 * tall)], 0.07, 0.01
    )
    one = moved(turned(moved(fold, 0.06), "x", lean), 0.12 * radius, 0.02, radius + 0.01)
    stick = rod((-0.16, tall - 0.2, 0.0), (0.15, tall + 0.28, 0.0), 0.045)
    band = moved(torus(0.28 * radius + 0.06, 0.05, 32), y=0.76 * tall)
    return [
        ("canvas", cone_),
        ("entrance", dark),
        ("flaps", joined(one, band)),
        ("poles", around(stick, 4, 20.0)),
    ]


def _well(k: Knobs) -> Pieces:
    wide, rim, tall = k("width", 0.42, 0.58), k("rim", 0.4, 0.6), k("height", 0.75, 1.05)
    wall = 0.13
    ring = lathe(
        [(wide, 0.0), (wide, rim), (wide - wall, rim), (wide - wall, 0.16), (0.0, 0.16)], 40
    )
    lip = moved(torus(wide - 0.06, 0.09, 40), y=rim)
    x = wide - 0.04
    posts = sides(block((0.0, rim - 0.16, 0.0), 0.1, tall + 0.12, 0.1, 0.02), x)
    y = rim + 0.5 * tall
    drum = turned(moved(cylinder(0.085, 2 * x + 0.3, 0.01, 20), y=-x - 0.15), "z", 90.0)
    handle = joined(
        rod((x + 0.14, y, 0.0), (x + 0.14, y - 0.18, 0.0), 0.045),
        rod((x + 0.14, y - 0.18, 0.0), (x + 0.28, y - 0.18, 0.0), 0.045),
    )
    top = rim + tall - 0.06
    pitch = k("roof", 0.32, 0.55)
    roof = turned(_saddle(1.5 * wide + 0.1, pitch, 2 * x + 0.4), "y", 90.0)
    ends = turned(gable((0.0, 0.0, 0.0), 1.3 * wide, 0.85 * pitch, 2 * x + 0.02, 0.02), "y", 90.0)
    pieces: Pieces = [
        ("stones", joined(ring, lip)),
        ("posts", joined(posts, moved(drum, y=y), handle, moved(ends, y=top))),
        ("roof", moved(roof, y=top - 0.02)),
    ]
    if k.has("bucket"):
        drop = y - k("bucket", 0.2, 0.3)
        bucket = lathe([(0.11, 0.0), (0.15, 0.24), (0.09, 0.24), (0.07, 0.08), (0.0, 0.08)], 24)
        hoop = limb(
            [(-0.12, 0.22, 0.0), (0.0, 0.36, 0.0), (0.12, 0.22, 0.0)], [0.04, 0.04, 0.04], 8, 10
        )
        rope = rod((0.0, 0.3, 0.0), (0.0, y - drop + 0.26, 0.0), 0.04, 10)
        low = moved(joined(hoop, rope), y=drop - 0.26)
        pieces += [("bucket", moved(bucket, y=drop - 0.26)), ("rope", low)]
    return pieces


FAMILIES: tuple[Family, ...] = (
    Family(
        "house",
        _house,
        (
            Knob("width", "narrow", "wide"),
            Knob("depth"),
            Knob("height", "low", "tall"),
            Knob("roof", "", "steep-roofed"),
            Knob("door"),
            Knob("chimney"),
        ),
        (Slot("walls", WALL), ROOF, DOOR, PANES, Slot("chimney", ("brick", "stone", "plastic"))),
        (0.1, 8.0),
    ),
    Family(
        "barn",
        _barn,
        (
            Knob("width", "narrow", "wide"),
            Knob("depth", "short", "long"),
            Knob("height", "low", "tall"),
            Knob("roof"),
            Knob("windows"),
            Knob("silo"),
        ),
        (
            Slot("walls", ("painted wood", "wood", "plastic", "brick"), ("red", "brown", "white")),
            ROOF,
            DOOR,
            Slot("trim", ("painted wood", "plastic", "wood"), ("white", "cream", "dark brown")),
            Slot("silo", ("metal", "painted metal", "stone", "plastic")),
        ),
        (0.1, 9.0),
    ),
    Family(
        "church",
        _church,
        (
            Knob("width", "narrow", "wide"),
            Knob("depth", "short", "long"),
            Knob("height", "low", "tall"),
            Knob("steeple", "", "tall-steepled"),
            Knob("windows"),
        ),
        (
            Slot("walls", WALL),
            ROOF,
            DOOR,
            PANES,
            Slot("cross", ("gold", "metal", "wood", "plastic")),
        ),
        (0.12, 25.0),
    ),
    Family(
        "tent",
        _tent,
        (
            Knob("width", "narrow", "wide"),
            Knob("height", "low", "tall"),
            Knob("depth"),
            Knob("style"),
        ),
        (
            Slot("canvas", ("cloth", "leather", "plastic")),
            Slot("entrance", ("cloth", "leather"), ("black", "dark brown", "dark grey")),
            Slot("flaps", ("cloth", "leather", "plastic")),
            Slot("poles", ("wood", "bark", "metal"), ("brown", "tan", "dark brown")),
        ),
        (0.15, 3.0),
    ),
    Family(
        "well",
        _well,
        (
            Knob("width", "narrow", "wide"),
            Knob("rim", "low", ""),
            Knob("height", "", "tall"),
            Knob("roof"),
            Knob("bucket"),
        ),
        (
            Slot("stones", ("stone", "brick", "marble", "plastic")),
            Slot("posts", ("wood", "painted wood", "plastic"), ("brown", "dark brown", "tan")),
            ROOF,
            Slot("bucket", ("wood", "metal", "plastic")),
            Slot("rope", ("cloth", "leather"), ("tan", "beige", "brown")),
        ),
        (0.1, 2.5),
    ),
    *TOWERS,
)
