# SPDX-License-Identifier: Apache-2.0
"""Families of household things: lamp, lantern, bell, basket, clock, umbrella, picture frame.

The families of :mod:`gen3d.foundry.vessels` and :mod:`gen3d.foundry.keepsakes` are joined to
:data:`FAMILIES`.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry import keepsakes, vessels
from gen3d.foundry.parts_a import (
    THIN,
    Profile,
    arched,
    band,
    block,
    hoop,
    knobs,
    radius_at,
    strap,
    strut,
    walled,
)
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    arc,
    around,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    pair,
    prism,
    scaled,
    smooth_profile,
    torus,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot
from gen3d.foundry.vessels import CERAMICS, METALS

_FLAME = Slot("flame", ("wax",), ("orange", "yellow"))


def _basket(k: Knobs) -> Pieces:
    height, mouth = k("depth", 0.35, 0.65), k("width", 0.45, 0.62)
    foot = mouth * k("taper", 0.95, 0.66)
    profile: Profile = [(foot, 0.0), (0.5 * (foot + mouth), 0.5 * height), (mouth, height)]
    rows = k.count("weave", 4, 7)
    levels = [height * (row + 0.5) / rows for row in range(rows)]
    thick = 0.42 * height / rows
    weave = [_cane(radius_at(profile, y), y, thick) for y in levels]
    squash = k("oval", 1.0, 0.7)
    arch = k("handle", 0.35, 0.75)
    angle = np.linspace(0.0, np.pi, 20)
    path: list[Vec3] = [
        ((mouth - 0.02) * float(np.cos(a)), height - 0.08 + arch * float(np.sin(a)), 0.0)
        for a in angle
    ]
    return [
        ("body", scaled(walled(profile, 0.05, 32), 1.0, 1.0, squash)),
        ("weave", scaled(joined(*weave), 1.0, 1.0, squash)),
        ("rim", scaled(moved(torus(mouth, 0.05, 40), y=height), 1.0, 1.0, squash)),
        ("handle", strap(path, 0.12, 0.055)),
    ]


def _cane(radius: float, y: float, thick: float) -> Solid:
    """One course of cane round a basket."""
    ring = hoop(radius + 0.8 * thick, radius - 0.8 * thick - 0.04, 2.0 * thick, 32)
    return moved(ring, y=y - thick)


def _candle_holder(k: Knobs) -> Pieces:
    stem, plate = k("height", 0.2, 0.75), k("plate", 0.34, 0.5)
    tall = k("candle", 0.35, 0.75)
    profile = smooth_profile(
        [
            *((0.16, 0.03), (0.15, 0.1), (0.07, 0.15), (0.09, 0.05 + 0.5 * stem)),
            *((0.06, 0.75 * stem), (0.15, stem)),
        ],
        22,
    )
    dish: Profile = [(plate - 0.06, 0.0), (plate, 0.06), (plate, 0.1), (plate - 0.06, 0.07)]
    pieces: Pieces = [
        ("body", joined(lathe(dish, 44), lathe([*profile, (0.15, stem + 0.1)], 36))),
        ("candle", moved(cylinder(0.1, tall, 0.025), y=stem + 0.05)),
        ("flame", moved(_flame(k("flame", 0.14, 0.24)), y=stem + 0.03 + tall)),
    ]
    if k.has("handle"):
        ring = turned(torus(0.13, 0.035, 28), "x", 90.0)
        pieces.append(("handle", moved(ring, plate + 0.09, 0.1)))
    return pieces


def _flame(height: float) -> Solid:
    drop = [(0.02, 0.0), (0.055, 0.25), (0.06, 0.38), (0.04, 0.65), (0.018, 0.92), (0.008, 1.0)]
    return lathe([(r, y * height) for r, y in smooth_profile(drop, 14)], 24)


def _lantern(k: Knobs) -> Pieces:
    tall, radius = k("height", 0.5, 0.95), k("width", 0.26, 0.4)
    bars = k.count("bars", 4, 6)
    roof = k("roof", 0.14, 0.36)
    bar = strut((0.0, 0.08, radius - 0.03), (0.0, 0.14 + tall, radius - 0.03), 0.032)
    cap = [(radius + 0.06, 0.1 + tall), (radius + 0.06, 0.14 + tall), (0.08, 0.14 + tall + roof)]
    top = 0.14 + tall + roof
    pieces: Pieces = [
        ("body", joined(cylinder(radius + 0.05, 0.12, 0.03, 40), around(bar, bars, 45.0))),
        ("roof", lathe([*cap, (0.08, top + 0.05), (0.05, top + 0.08)], 40)),
        ("roof", moved(turned(torus(0.1, 0.035, 28), "x", 90.0), y=top + 0.16)),
    ]
    if k.has("glass"):
        pieces.append(("glass", moved(cylinder(radius - 0.04, tall + 0.04), y=0.1)))
    else:
        pieces.append(("candle", moved(cylinder(0.1, 0.5 * tall, 0.03), y=0.1)))
        pieces.append(("flame", moved(_flame(0.2), y=0.08 + 0.5 * tall)))
    return pieces


def _bell(k: Knobs) -> Pieces:
    height, mouth = k("height", 0.5, 0.85), k("width", 0.34, 0.52)
    waist = mouth * k("waist", 0.5, 0.72)
    outside = smooth_profile(
        [(mouth, 0.0), (0.8 * mouth, 0.16 * height), (waist, 0.62 * height), (0.12, height)], 16
    )
    inside = [(max(r - 0.06, 0.02), 0.92 * y) for r, y in reversed(outside[1:-3])]
    rod = cylinder(0.03, 0.95 * height, 0.0, 16)
    shell = lathe([*inside, (mouth - 0.06, 0.0), *outside], 40)
    pieces: Pieces = [
        ("body", shell),
        ("rim", moved(torus(mouth - 0.03, 0.045, 36), y=0.02)),
        ("clapper", joined(moved(rod, y=0.02), _ball(0.09, 0.0))),
    ]
    if k.has("handle"):
        grip: Profile = [(0.05, height - 0.03), (0.09, height + 0.2), (0.06, height + 0.42)]
        turned_grip = smooth_profile([*grip, (0.085, height + 0.48), (0.03, height + 0.54)])
        return [*pieces, ("handle", lathe(turned_grip, 32))]
    loop = moved(turned(torus(0.11, 0.04, 28), "x", 90.0), y=height + 0.1)
    return [*pieces, ("handle", loop)]


def _ball(radius: float, y: float) -> Solid:
    return moved(ellipsoid(radius, detail=14), y=y)


def _table_lamp(k: Knobs) -> Pieces:
    stem, width = k("height", 0.5, 0.85), k("base", 0.14, 0.27)
    low, top = k("shade", 0.36, 0.55), k("taper", 0.34, 0.18)
    foot: Profile = [(0.24, 0.0), (0.24, 0.03), (0.2, 0.06)]
    if k.has("round base"):
        middle = [(width, 0.3 * stem), (0.7 * width, 0.55 * stem)]
    else:
        middle = [(0.05, 0.16), (0.05, 0.5 * stem)]
    body = smooth_profile([(0.16, 0.02), (0.16, 0.08), *middle, (0.05, 0.8 * stem)])
    tall = 0.42
    start = 0.82 * stem
    wall = 1.25 * THIN
    loop = [(low - wall, start), (low, start), (top, start + tall), (top - wall, start + tall)]
    at = top + (low - top) * 1.5 * wall / tall
    cross = moved(cylinder(at - 0.3 * wall, wall, 0.0, 40), y=start + tall - 2.0 * wall)
    pole = moved(cylinder(0.04, start + tall - 0.05), y=0.02)
    return [
        ("body", joined(lathe([*foot, (0.1, 0.08)], 40), lathe(body, 40))),
        ("shade", joined(band(loop, 48), cross)),
        ("stem", joined(pole, _ball(0.05, start + tall - 0.02))),
    ]


def _umbrella(k: Knobs) -> Pieces:
    reach, dome = k("width", 0.6, 0.85), k("dome", 0.2, 0.42)
    length = k("shaft", 0.8, 1.2)
    panels = k.count("panels", 6, 10)
    outside = smooth_profile([(reach, 0.0), (0.72 * reach, 0.62 * dome), (0.02, dome)], 12)
    inside = [(0.95 * r, y - 0.06) for r, y in reversed(outside)]
    shell = _scalloped(lathe([*inside, *outside], 8 * panels), panels, reach)
    hook = [(x - 0.13, y, z) for x, y, z in arc(0.13, 0.0, -180.0, 14)]
    stick = tube([(0.0, length + dome - 0.02, 0.0), (0.0, 0.05, 0.0), *hook], 0.035, 12)
    grip = tube([(0.0, 0.16, 0.0), (0.0, 0.05, 0.0), *hook], 0.05, 14)
    return [
        ("body", moved(shell, y=length)),
        ("shaft", stick),
        ("handle", grip),
        ("tip", moved(lathe([(0.05, -0.08), (0.045, 0.02), (0.02, 0.14)], 24), y=length + dome)),
    ]


def _scalloped(shell: Solid, panels: int, reach: float) -> Solid:
    """Let the hem of a canopy hang between its ribs."""
    x, z = shell.verts[:, 0], shell.verts[:, 2]
    out = np.hypot(x, z) / reach
    sag = 0.5 - 0.5 * np.cos(np.arctan2(x, z) * panels)
    verts = shell.verts.copy()
    verts[:, 1] += 0.09 * sag * out**3
    verts[:, [0, 2]] *= (1.0 - 0.07 * sag * out**3)[:, None]
    return Solid(verts, shell.faces)


def _clock(k: Knobs) -> Pieces:
    radius, rim, depth = 0.42, k("rim", 0.06, 0.13), k("depth", 0.16, 0.3)
    case = turned(cylinder(radius + rim, depth, 0.03, 48), "x", 90.0)
    edge = turned(hoop(radius + rim, radius, 0.07, 48), "x", 90.0)
    front = depth - 0.01
    disc = moved(turned(cylinder(radius + 0.01, 0.05, 0.0, 48), "x", 90.0), z=depth - 0.035)
    body = [case, moved(edge, z=front)]
    tick = moved(block(0.045, 0.085, 0.06, 0.01), y=0.8 * radius, z=front + 0.02)
    hands = [turned(tick, "z", 30.0 * hour) for hour in range(12)]
    hands += [_hand(0.78 * radius, 360.0 * k("time"), front + 0.03)]
    hands += [_hand(0.52 * radius, 30.0 + 300.0 * k("time"), front + 0.03)]
    pieces: Pieces = [("face", disc), ("hands", joined(*hands))]
    if k.has("case"):
        house = prism(arched(1.3 * (radius + rim), 2.35 * (radius + rim)), depth, 0.03)
        low = -1.25 * (radius + rim)
        plinth = block(1.55 * (radius + rim) + 0.3, 0.14, depth + 0.14, 0.03)
        body += [moved(house, y=low, z=0.5 * depth), moved(plinth, y=low, z=0.5 * depth)]
    elif k.has("bells"):
        cap = lathe(smooth_profile([(0.2, 0.0), (0.16, 0.12), (0.05, 0.18)], 8), 32)
        bell = turned(moved(cap, y=radius + rim), "z", 32.0)
        foot = turned(strut((0.0, -radius, 0.0), (0.0, -radius - rim - 0.16, 0.0), 0.05), "z", 32.0)
        middle = moved(pair(joined(bell, foot)), z=0.5 * depth)
        pieces.append(("bells", middle))
    return [("body", joined(*body)), *pieces]


def _hand(length: float, angle_deg: float, z: float) -> Solid:
    """A clock hand from the middle outwards; 0° is upright, turning clockwise."""
    bar = moved(block(0.05, length + 0.07, 0.05, 0.01), y=-0.07, z=z)
    return turned(bar, "z", -angle_deg)


def _picture_frame(k: Knobs) -> Pieces:
    width, height = k("width", 0.6, 1.15), k("height", 0.6, 1.15)
    border, depth = k("border", 0.07, 0.17), k("depth", 0.08, 0.16)
    rail = moved(block(width, border, depth, 0.025), y=0.5 * height - border)
    post = moved(block(border, height, depth, 0.025), 0.5 * (width - border), -0.5 * height)
    picture = moved(block(width - border, height - border, 0.05, 0.005), y=-0.5 * (height - border))
    pieces: Pieces = [
        ("body", joined(pair(rail, "y"), pair(post))),
        ("picture", moved(picture, z=-0.15 * depth)),
    ]
    if k.has("mount"):
        gap = 0.3 * min(width, height)
        inner = moved(block(width - border - gap, height - border - gap, 0.05, 0.01))
        middle = moved(inner, y=-0.5 * (height - border - gap), z=-0.15 * depth + 0.03)
        pieces = [pieces[0], ("mount", pieces[1][1]), ("picture", middle)]
    if k.has("stand"):
        leg = strut((0.0, 0.15 * height, -0.03), (0.0, -0.5 * height, -0.38 * height), 0.045)
        return [(n, turned(s, "x", -10.0)) for n, s in pieces] + [("leg", turned(leg, "x", -10.0))]
    return pieces


_LOCAL: tuple[Family, ...] = (
    Family(
        "basket",
        _basket,
        knobs(
            "depth: shallow/deep",
            "width: narrow/wide",
            "taper: straight/tapered",
            "oval: round/oval",
            "weave: coarse/fine",
            "handle: /tall-handled",
        ),
        (
            Slot("body", ("thatch", "wood")),
            Slot("weave", ("thatch", "wood"), ("tan", "straw", "brown", "beige")),
            Slot("rim", ("thatch", "wood", "leather")),
            Slot("handle", ("wood", "thatch", "leather")),
        ),
        (0.25, 0.5),
    ),
    Family(
        "candle holder",
        _candle_holder,
        knobs("height: low/tall", "plate: /wide", "candle", "flame", "handle"),
        (
            Slot("body", (*METALS, "ceramic", "wood", "iron")),
            Slot("candle", ("wax",), ("white", "cream", "red", "ivory")),
            _FLAME,
            Slot("handle", METALS),
        ),
        (0.15, 0.4),
    ),
    Family(
        "lantern",
        _lantern,
        knobs(
            "height: short/tall", "width: slim/wide", "roof: flat-topped/pointed", "bars", "glass"
        ),
        (
            Slot("body", ("iron", "painted metal", "copper", "bronze", "rusty metal")),
            Slot("roof", ("iron", "painted metal", "copper", "bronze")),
            Slot("glass", ("glass",), ("yellow", "white", "orange")),
            Slot("candle", ("wax",), ("white", "cream")),
            _FLAME,
        ),
        (0.2, 0.45),
    ),
    Family(
        "bell",
        _bell,
        knobs("height: squat/tall", "width: slim/wide", "waist", "handle"),
        (
            Slot("body", ("gold", "bronze", "metal", "copper", "ceramic")),
            Slot("rim", ("gold", "bronze", "metal", "copper")),
            Slot("clapper", ("iron", "metal")),
            Slot("handle", ("wood", "iron", "bronze", "leather")),
        ),
        (0.1, 0.3),
    ),
    Family(
        "table lamp",
        _table_lamp,
        knobs("height: low/tall", "base: /stout", "shade: /wide", "taper: /tapered", "round base"),
        (
            Slot("body", (*CERAMICS, *METALS, "wood", "marble")),
            Slot("shade", ("cloth", "paper", "glass")),
            Slot("stem", METALS),
        ),
        (0.35, 0.7),
    ),
    Family(
        "umbrella",
        _umbrella,
        knobs("width: /wide", "dome: flat/domed", "shaft: short/long", "panels"),
        (
            Slot("body", ("cloth", "plastic")),
            Slot("shaft", ("metal", "wood", "painted metal")),
            Slot("handle", ("wood", "plastic", "leather", "rubber")),
            Slot("tip", ("metal", "wood", "plastic")),
        ),
        (0.8, 1.1),
    ),
    Family(
        "clock",
        _clock,
        knobs("rim: thin-rimmed/thick-rimmed", "depth: flat/deep", "time", "case", "bells"),
        (
            Slot("body", ("wood", "plastic", "metal", "gold", "painted metal", "painted wood")),
            Slot("face", ("plastic", "paper", "porcelain"), ("white", "cream", "black", "yellow")),
            Slot("hands", ("plastic", "metal", "iron"), ("black", "red", "dark grey", "brown")),
            Slot("bells", METALS),
        ),
        (0.12, 0.4),
    ),
    Family(
        "picture frame",
        _picture_frame,
        knobs(
            "width: narrow/wide", "height: low/tall", "border: /thick", "depth", "mount", "stand"
        ),
        (
            Slot("body", ("wood", "gold", "metal", "painted wood", "plastic")),
            Slot("picture", ("paper", "cloth")),
            Slot("mount", ("paper",), ("white", "cream", "black")),
            Slot("leg", ("wood", "metal")),
        ),
        (0.15, 0.9),
    ),
)

FAMILIES: tuple[Family, ...] = (*vessels.FAMILIES, *_LOCAL, *keepsakes.FAMILIES)
