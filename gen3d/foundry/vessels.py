# SPDX-License-Identifier: Apache-2.0
"""Families of vessels for the table and the shelf: vase, mug, teapot, bottle, jar, bowl, trophy."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_a import (
    THIN,
    Profile,
    knobs,
    point_at,
    radius_at,
    walled,
)
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    mirrored,
    moved,
    pair,
    prism,
    smooth_path,
    smooth_profile,
    torus,
    tube,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot

CERAMICS = ("ceramic", "porcelain", "clay")
METALS = ("metal", "copper", "gold", "bronze")


def ear(profile: Profile, low: float, high: float, reach: float, radius: float) -> Solid:
    """A bowed handle on the +X side of a turned body, its ends sunk into the wall."""
    start, end = point_at(profile, low, 0.4 * radius), point_at(profile, high, 0.4 * radius)
    out = max(start[0], end[0]) + reach
    span = high - low
    points: list[Vec3] = [
        start,
        (out - 0.25 * reach, low + 0.12 * span, 0.0),
        (out, low + 0.55 * span, 0.0),
        (out - 0.3 * reach, high + 0.02 * span, 0.0),
        end,
    ]
    return tube(smooth_path(points, 20), radius, 12)


def _vase(k: Knobs) -> Pieces:
    height, belly, neck = k("height", 0.75, 1.4), k("belly", 0.22, 0.44), k("neck", 0.1, 0.2)
    flare = k("rim", 0.03, 0.14)
    middle = height * k("shoulder", 0.32, 0.56)
    profile = smooth_profile(
        [
            (0.55 * belly, 0.0),
            (0.9 * belly, 0.55 * middle),
            (belly, middle),
            (neck, 0.84 * height),
            (neck + flare, height),
        ],
        16,
    )
    foot = lathe([(0.6 * belly, 0.0), (0.66 * belly, 0.02), (0.62 * belly, 0.07)], 48)
    pieces: Pieces = [
        ("body", walled(profile, THIN)),
        ("rim", moved(torus(neck + flare - 0.5 * THIN, 0.6 * THIN, 36), y=height)),
        ("base", foot),
    ]
    if k.has("handles"):
        pieces.append(("handles", pair(ear(profile, middle, 0.84 * height, 0.12, 0.04))))
    return pieces


def _mug(k: Knobs) -> Pieces:
    height, radius = k("height", 0.65, 1.15), k("width", 0.3, 0.48)
    foot = radius * k("taper", 1.0, 0.72)
    profile: Profile = [
        (foot - 0.03, 0.0),
        (foot, 0.04),
        (0.5 * (foot + radius), 0.5 * height),
        (radius, 0.98 * height),
    ]
    reach = k("handle", 0.16, 0.32)
    pieces: Pieces = [
        ("body", walled(profile, 0.055)),
        ("handle", ear(profile, 0.2 * height, 0.82 * height, reach, 0.05)),
        ("rim", moved(torus(radius - 0.028, 0.032, 36), y=height)),
    ]
    if k.has("saucer"):
        dish = [(0.5 * foot, -0.04), (foot, -0.04), (1.75 * radius, 0.07), (1.75 * radius, 0.12)]
        pieces.append(("saucer", lathe([*dish, (foot, 0.02)], 48)))
    return pieces


def _teapot(k: Knobs) -> Pieces:
    radius, height = k("width", 0.4, 0.55), k("height", 0.55, 0.95)
    mouth = 0.45 * radius
    profile = smooth_profile(
        [
            (0.55 * radius, 0.0),
            (0.92 * radius, 0.22 * height),
            (radius, 0.45 * height),
            (0.8 * radius, 0.82 * height),
            (mouth, height),
        ],
        16,
    )
    dome = k("lid", 0.08, 0.22)
    lid = smooth_profile(
        [(mouth + 0.03, height - 0.03), (mouth, height + 0.03), (0.05, height + dome)], 10
    )
    pieces: Pieces = [
        ("body", lathe(profile, 48)),
        ("lid", lathe(lid, 48)),
        ("knob", moved(ellipsoid(0.075, 0.07, detail=14), y=height + dome + 0.04)),
        ("spout", _spout(profile, height, k("spout", 0.22, 0.42))),
    ]
    handle = mirrored(ear(profile, 0.25 * height, 0.85 * height, k("handle", 0.18, 0.32), 0.05))
    return [*pieces, ("handle", handle)]


def _spout(profile: Profile, height: float, reach: float) -> Solid:
    """A tapering spout on the +X side that ends a little below the rim."""
    root = point_at(profile, 0.3 * height, 0.08)
    out = radius_at(profile, 0.45 * height)
    points: list[Vec3] = [
        root,
        (out + 0.3 * reach, 0.42 * height, 0.0),
        (out + 0.6 * reach, 0.72 * height, 0.0),
        (out + reach, 0.98 * height, 0.0),
    ]
    path = smooth_path(points, 16)
    return tube(path, np.linspace(0.14, 0.055, len(path)).tolist(), 20)


def _bottle(k: Knobs) -> Pieces:
    radius, height = k("width", 0.17, 0.3), k("height", 1.0, 1.5)
    neck = k("neck", 0.065, 0.1)
    shoulder = height * k("shoulder", 0.45, 0.66)
    curve = smooth_profile(
        [(radius, shoulder), (0.8 * radius, shoulder + 0.12), (neck, 0.86 * height)]
    )
    top: Profile = [(neck, height), (neck + 0.035, height), (neck + 0.035, height + 0.05)]
    inside: Profile = [(neck - 0.03, height + 0.05), (neck - 0.03, height - 0.05)]
    body = [(radius - 0.04, 0.0), (radius, 0.04), *curve, *top, *inside]
    pieces: Pieces = [("body", lathe(body, 40))]
    if k.has("label"):
        low, tall = 0.12, shoulder - 0.22
        pieces.append(("label", moved(cylinder(radius + 0.015, tall, 0.01, 40), y=low)))
    if k.has("stopper"):
        cork: Profile = [(neck - 0.02, height - 0.06), (neck + 0.005, height + 0.14)]
        pieces.append(("stopper", lathe([*cork, (neck - 0.02, height + 0.16)], 32)))
    return pieces


def _jar(k: Knobs) -> Pieces:
    radius, height, belly = k("width", 0.28, 0.46), k("height", 0.6, 1.1), k("belly", 0.0, 0.14)
    mouth = radius * k("mouth", 0.68, 0.95)
    profile = smooth_profile(
        [
            (0.92 * radius - 0.04, 0.0),
            (radius, 0.06),
            (radius + belly, 0.5 * height),
            (radius, 0.86 * height),
            (mouth, 0.93 * height),
            (mouth, height + 0.02),
        ],
        18,
    )
    lid = [(mouth + 0.05, height - 0.02), (mouth + 0.06, height + 0.02)]
    lid += [(mouth + 0.06, height + 0.1), (mouth + 0.03, height + 0.13)]
    pieces: Pieces = [("body", lathe(profile, 48)), ("lid", lathe(lid, 48))]
    if k.has("knob"):
        ball = ellipsoid(0.09, 0.08, detail=14)
        pieces.append(("knob", moved(ball, y=height + 0.18)))
    if k.has("label"):
        ring = moved(torus(radius + belly - 0.03, 0.06, 36), y=0.5 * height)
        pieces.append(("band", ring))
    return pieces


def _bowl(k: Knobs) -> Pieces:
    height, foot = k("depth", 0.28, 0.6), k("foot", 0.02, 0.12)
    mouth = 0.62
    belly = k("roundness", 0.68, 0.98) * mouth
    profile = smooth_profile(
        [(0.26, 0.0), (0.36, 0.06), (belly, 0.55 * height), (mouth, height)], 14
    )
    return [
        ("body", moved(walled(profile, 0.05), y=foot)),
        ("rim", moved(torus(mouth - 0.025, k("rim", 0.028, 0.05), 56), y=height + foot)),
        ("foot", lathe([(0.3, 0.0), (0.29, foot + 0.03), (0.26, foot + 0.055)], 40)),
    ]


def _trophy(k: Knobs) -> Pieces:
    bowl, mouth, stem = k("cup", 0.4, 0.62), k("width", 0.28, 0.42), k("stem", 0.12, 0.3)
    plinth = 0.2
    low = plinth + stem
    profile = smooth_profile(
        [
            (0.07, low),
            (0.75 * mouth, low + 0.3 * bowl),
            (0.9 * mouth, low + 0.7 * bowl),
            (mouth, low + bowl),
        ],
        14,
    )
    foot = [(0.17, plinth - 0.03), (0.16, plinth + 0.03)]
    neck = smooth_profile([*foot, (0.06, plinth + 0.5 * stem), (0.1, low + 0.05)], 10)
    base = cylinder(0.25, plinth, 0.02, 40)
    ear_size = k("handles", 0.14, 0.3)
    pieces: Pieces = [
        ("body", joined(walled(profile, 0.05), lathe(neck, 36))),
        ("base", base),
        ("handles", pair(ear(profile, low + 0.35 * bowl, low + 0.9 * bowl, ear_size, 0.04))),
        ("rim", moved(torus(mouth - 0.02, 0.035, 36), y=low + bowl)),
    ]
    if k.has("star"):
        pieces.append(("star", moved(_star(0.17), y=low + 0.55 * bowl, z=0.86 * mouth)))
    return pieces


def _star(radius: float) -> Solid:
    """A thick five-pointed star that faces +Z: ten sectors about a raised middle."""
    points: list[tuple[float, float]] = []
    for index in range(10):
        reach = radius if index % 2 == 0 else 0.48 * radius
        angle = np.pi / 2.0 + index * np.pi / 5.0
        points.append((reach * float(np.cos(angle)), reach * float(np.sin(angle))))
    return prism(points, 0.12, 0.02)


_HANDLE = Slot("handle", (*CERAMICS, *METALS, "wood"))

FAMILIES: tuple[Family, ...] = (
    Family(
        "vase",
        _vase,
        knobs(
            "height: squat/tall",
            "belly: slender/round",
            "neck: narrow-necked/wide-necked",
            "rim: /flared",
            "shoulder: /high-shouldered",
            "handles",
        ),
        (
            Slot("body", (*CERAMICS, "glass", "marble", "bronze")),
            Slot("rim", (*CERAMICS, "gold", "copper")),
            Slot("base", (*CERAMICS, "gold", "wood")),
            Slot("handles", (*CERAMICS, "gold")),
        ),
        (0.15, 0.6),
    ),
    Family(
        "mug",
        _mug,
        knobs(
            "height: short/tall",
            "width: slim/wide",
            "taper: straight/tapered",
            "handle: /big-handled",
            "saucer",
        ),
        (
            Slot("body", (*CERAMICS, "painted metal", "plastic")),
            Slot("handle", (*CERAMICS, "painted metal", "plastic")),
            Slot("rim", (*CERAMICS, "painted metal", "gold")),
            Slot("saucer", (*CERAMICS, "wood")),
        ),
        (0.08, 0.14),
    ),
    Family(
        "teapot",
        _teapot,
        knobs(
            "height: squat/tall",
            "width: slim/round",
            "lid: flat-lidded/domed",
            "spout: short-spouted/long-spouted",
            "handle: /big-handled",
        ),
        (
            Slot("body", (*CERAMICS, "metal", "copper", "iron")),
            Slot("lid", (*CERAMICS, "metal", "copper")),
            Slot("knob", (*CERAMICS, "gold", "wood")),
            Slot("spout", (*CERAMICS, "metal", "copper")),
            _HANDLE,
        ),
        (0.12, 0.25),
    ),
    Family(
        "bottle",
        _bottle,
        knobs(
            "height: short/tall",
            "width: slender/stout",
            "neck: thin-necked/wide-necked",
            "shoulder: /high-shouldered",
            "label",
            "stopper",
        ),
        (
            Slot("body", ("glass", "plastic", "ceramic"), ("green", "brown", "blue", "white")),
            Slot("label", ("paper",)),
            Slot("stopper", ("wood", "rubber", "plastic", "gold")),
        ),
        (0.2, 0.35),
    ),
    Family(
        "jar",
        _jar,
        knobs(
            "height: squat/tall",
            "width: slim/wide",
            "belly: straight/bulging",
            "mouth: narrow-mouthed/wide-mouthed",
            "knob",
            "label",
        ),
        (
            Slot("body", ("glass", *CERAMICS)),
            Slot("lid", ("metal", "wood", "plastic", *CERAMICS)),
            Slot("knob", ("wood", "ceramic", "metal", "gold")),
            Slot("band", ("paper", "cloth", "gold")),
        ),
        (0.1, 0.3),
    ),
    Family(
        "bowl",
        _bowl,
        knobs(
            "depth: shallow/deep", "roundness: flared/round", "foot: /footed", "rim: /thick-rimmed"
        ),
        (
            Slot("body", (*CERAMICS, "wood", "metal", "glass")),
            Slot("rim", (*CERAMICS, "wood", "gold", "metal")),
            Slot("foot", (*CERAMICS, "wood", "metal")),
        ),
        (0.06, 0.15),
    ),
    Family(
        "trophy",
        _trophy,
        knobs(
            "cup: shallow/deep",
            "width: slender/wide",
            "stem: /tall",
            "handles: /big-handled",
            "star",
        ),
        (
            Slot("body", ("gold", "metal", "bronze")),
            Slot("base", ("wood", "marble", "stone")),
            Slot("handles", ("gold", "metal", "bronze")),
            Slot("rim", ("gold", "metal", "bronze")),
            Slot("star", ("gold", "metal", "plastic")),
        ),
        (0.2, 0.5),
    ),
)
