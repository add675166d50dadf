# SPDX-License-Identifier: Apache-2.0
"""Families of tools and arms: hammer, axe, screwdriver, wrench, shovel, broom, bucket, anvil.

Long tools stand upright in the x-y plane and face +Z, as in a catalogue, head up (shovel and broom
as they stand in use); edges are blunter than real ones so that a field of 128³ holds them. Sword
and shield are in :mod:`gen3d.foundry.arms`.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry import arms
from gen3d.foundry.parts_a import (
    Profile,
    block,
    hoop,
    knobs,
    loft,
    stack,
    strap,
    strut,
    walled,
)
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    arc,
    cylinder,
    joined,
    lathe,
    moved,
    pair,
    scaled,
    smooth_path,
    smooth_profile,
    torus,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot

STEEL = ("metal", "iron", "rusty metal", "painted metal")
HANDLES = ("wood", "plastic", "rubber", "painted wood")


def _grip(low: float, high: float, radius: float) -> Solid:
    """An oval wooden handle, a little swollen below the middle and at its end."""
    span = high - low
    rows = ((0.0, 1.05), (0.03, 1.25), (0.12, 1.15), (0.3, 1.2), (0.6, 0.95), (1.0, 1.0))
    return stack([(low + t * span, 0.85 * r * radius, 1.1 * r * radius, 0.0) for t, r in rows], 24)


def _hammer(k: Knobs) -> Pieces:
    length, radius, size = k("length", 0.8, 1.2), k("handle", 0.045, 0.065), k("head", 0.85, 1.3)
    top = length
    middle = moved(block(0.2 * size, 0.2 * size, 0.17 * size, 0.03), y=top - 0.1 * size)
    neck = strut((-0.08 * size, top, 0.0), (-0.24 * size, top, 0.0), 0.06 * size, sides=24)
    face = turned(cylinder(0.1 * size, 0.12 * size, 0.02, 28), "z", 90.0)
    head = [middle, neck, moved(face, -0.22 * size, top)]
    if k.has("claw"):
        head.append(_claw(size, top))
    else:
        wedge = stack(
            [(0.0, 0.08, 0.075, 0.0), (0.12, 0.07, 0.08, 0.0), (0.27, 0.025, 0.085, 0.0)], 20, 0.4
        )
        rows = turned(wedge, "z", -90.0)
        head.append(moved(Solid(rows.verts * size, rows.faces), 0.06 * size, top))
    pieces: Pieces = [
        ("body", joined(*head)),
        ("handle", _grip(0.0, top + 0.02, radius)),
    ]
    if k.has("sleeve"):
        rows = ((0.0, 1.5), (0.04, 1.7), (0.2, 1.5), (0.38, 1.6), (0.4, 1.4))
        sleeve = [(-0.015 + t * length, 0.85 * r * radius, r * radius, 0.0) for t, r in rows]
        pieces.append(("grip", stack(sleeve, 24)))
    return pieces


def _claw(size: float, y: float) -> Solid:
    """Two bent prongs on the +X side of a hammer's head."""
    bend = smooth_profile([(0.06, 0.02), (0.17, 0.03), (0.28, -0.02), (0.36, -0.12)], 10)
    path = [(x * size, y + dy * size, 0.0) for x, dy in bend]
    thick = np.linspace(0.11, 0.05, 10) * size
    prong = strap(path, 0.065 * size, thick.tolist())
    # Each prong leans outwards, so that the nail slot opens towards the tips.
    lean = (prong.verts[:, :1] / size - 0.06) * 0.16 * size + 0.028 * size
    shifted = Solid(prong.verts + lean * np.array([0.0, 0.0, 1.0]), prong.faces)
    return pair(shifted, "z")


def _axe(k: Knobs) -> Pieces:
    length, reach, edge = k("length", 0.85, 1.3), k("blade", 0.24, 0.4), k("edge", 0.24, 0.48)
    top = length - 0.12
    blade = _axe_blade(reach, edge, top)
    bow = k("curve", 0.0, 0.12)
    path = smooth_path(
        [(0.0, 0.0, 0.0), (bow, 0.3 * length, 0.0), (0.0, 0.75 * length, 0.0), (0.0, length, 0.0)]
    )
    along = np.linspace(0.0, 1.0, len(path))
    swell = np.interp(along, [0.0, 0.08, 0.3, 1.0], [0.12, 0.1, 0.08, 0.09])
    handle = strap(path, (0.8 * swell).tolist(), swell.tolist())
    eye = moved(block(0.17, 0.22, 0.13, 0.025), y=top - 0.11)
    head = [eye, blade]
    if k.has("double"):
        other = Solid(blade.verts * np.array([-1.0, 1.0, 1.0]), blade.faces[:, ::-1].copy())
        head.append(other)
    else:
        head.append(moved(block(0.12, 0.16, 0.11, 0.02), -0.1, top - 0.08))
    pieces: Pieces = [("body", joined(*head)), ("handle", handle)]
    if k.has("binding"):
        rings = [moved(block(0.125, 0.06, 0.11, 0.02), y=top - 0.28 - 0.09 * i) for i in range(2)]
        pieces.append(("binding", joined(*rings)))
    return pieces


def _axe_blade(reach: float, edge: float, y: float) -> Solid:
    """A wedge on the +X side that fans out to a bowed cutting edge."""
    along, up = np.linspace(0.0, 1.0, 9), np.linspace(-1.0, 1.0, 7)
    half, thick = 0.085 + (0.5 * edge - 0.085) * along**1.6, 0.06 - 0.038 * along
    front = np.stack(
        np.broadcast_arrays(along[:, None], half[:, None] * up, thick[:, None]), axis=-1
    )
    back = front[:, ::-1] * np.array([1.0, 1.0, -1.0])
    flat = loft(np.concatenate([front, back], axis=1)[:, ::-1])
    t, high = flat.verts[:, 0], flat.verts[:, 1]
    bow = 0.09 * t**2 * (1.0 - (high / np.interp(t, along, half)) ** 2)
    verts = np.stack([0.04 + reach * t + bow, y + high - 0.03 * t, flat.verts[:, 2]], axis=1)
    return Solid(verts, flat.faces)


def _screwdriver(k: Knobs) -> Pieces:
    grip, shaft, radius = k("handle", 0.42, 0.6), k("shaft", 0.42, 0.85), k("width", 0.1, 0.15)
    curve = smooth_profile(
        [
            *((0.6 * radius, shaft), (0.85 * radius, shaft + 0.08), (radius, shaft + 0.4 * grip)),
            *((radius, shaft + 0.85 * grip), (0.6 * radius, shaft + grip)),
        ],
        14,
    )
    solid = lathe(curve, 48)
    angle = np.arctan2(solid.verts[:, 0], solid.verts[:, 2])
    flute = 1.0 - 0.07 * (0.5 + 0.5 * np.cos(angle * 8.0))
    grooved = Solid(solid.verts * np.stack([flute, np.ones_like(flute), flute], 1), solid.faces)
    flat = ((0.0, 0.055, 0.024), (0.07, 0.065, 0.026), (0.17, 0.036, 0.036))
    blade = stack([(*row, 0.0) for row in flat], 20)
    if k.has("cross tip"):
        blade = lathe([(0.018, 0.0), (0.045, 0.1), (0.036, 0.17)], 20)
    collar = moved(cylinder(0.75 * radius, 0.07, 0.015, 36), y=shaft - 0.03)
    pieces: Pieces = [
        ("body", grooved),
        ("shaft", joined(blade, moved(cylinder(0.036, shaft - 0.05, 0.0, 24), y=0.15))),
        ("collar", collar),
    ]
    if k.has("cap"):
        cap = [(0.8 * radius, -0.04), (0.75 * radius, 0.02), (0.3 * radius, 0.045)]
        pieces.append(("cap", moved(lathe(cap, 36), y=shaft + grip)))
    return [(name, turned(piece, "z", 180.0)) for name, piece in pieces]


def _wrench(k: Knobs) -> Pieces:
    length, size, thick = k("length", 0.75, 1.2), k("jaw", 0.13, 0.2), k("thickness", 0.07, 0.12)
    wide = k("width", 0.085, 0.13)
    bar = block(wide, length + 0.06, 0.8 * thick, 0.02)
    jaw = strap(arc(size, 120.0, 420.0, 22), thick, 0.62 * size)
    # The mouth opens upwards, a little to one side, as on a real spanner.
    top = moved(turned(jaw, "z", -15.0), y=length + 0.9 * size)
    if k.has("ring"):
        ring = turned(hoop(0.98 * size, 0.55 * size, thick, 36), "x", 90.0)
        low = moved(ring, y=-0.55 * size, z=-0.5 * thick)
    else:
        low = moved(turned(jaw, "z", 165.0), y=-0.8 * size)
    pieces: Pieces = [("body", joined(bar, top, low))]
    if k.has("grip"):
        sleeve = block(wide + 0.04, 0.55 * length, thick + 0.025, 0.03)
        pieces.append(("grip", moved(sleeve, y=0.24 * length)))
    return pieces


def _shovel(k: Knobs) -> Pieces:
    length, wide, tall = k("length", 0.6, 0.95), k("width", 0.2, 0.3), k("blade", 0.42, 0.6)
    point = k("point", 0.75, 0.2)
    half = 0.034
    rows = ((0.0, point * 0.8), (0.06, point), (0.35, 0.5 + 0.5 * point), (0.6, 1.0), (1.0, 0.95))
    flat = stack([(t * tall, max(w * wide, 0.04), half, 0.0) for t, w in rows], 40, 0.35)
    dish = (flat.verts[:, 0] / wide) ** 2 * 0.09
    blade = Solid(flat.verts + dish[:, None] * np.array([0.0, 0.0, 1.0]), flat.faces)
    top = tall + length
    socket = lathe([(0.06, tall - 0.14), (0.055, tall + 0.1), (0.045, tall + 0.22)], 24)
    pieces: Pieces = [
        ("body", joined(blade, socket)),
        ("shaft", strut((0.0, tall - 0.02, 0.0), (0.0, top, 0.0), 0.038, sides=20)),
    ]
    if k.has("handle"):
        bow = ((0.0, -0.03), (0.12, 0.06), (0.14, 0.17))
        yoke: list[Vec3] = [(x, top + y, 0.0) for x, y in bow]
        bar = strut((-0.16, top + 0.17, 0.0), (0.16, top + 0.17, 0.0), 0.038, sides=16)
        pieces.append(("handle", joined(pair(tube(smooth_path(yoke, 8), 0.034, 12)), bar)))
    else:
        knob = [(0.04, -0.04), (0.06, 0.0), (0.06, 0.05), (0.03, 0.08)]
        pieces.append(("handle", moved(lathe(knob, 24), y=top)))
    return pieces


def _broom(k: Knobs) -> Pieces:
    length, wide, tall = k("length", 0.75, 1.15), k("width", 0.2, 0.36), k("bristles", 0.3, 0.46)
    stick = strut((0.0, tall - 0.08, 0.0), (0.0, tall + length, 0.0), 0.036, sides=20)
    end = lathe([(0.036, 0.0), (0.05, 0.03), (0.045, 0.07), (0.02, 0.09)], 20)
    knob = moved(end, y=tall + length - 0.02)
    if k.has("round"):
        shape = [(0.0, wide), (0.1 * tall, 0.98 * wide), (0.6 * tall, 0.66 * wide), (tall, 0.08)]
        brush = stack([(y, r, 0.72 * r, 0.0) for y, r in shape], 44)
        ring = moved(torus(0.58 * wide, 0.03, 28), y=0.68 * tall)
        tie = Solid(ring.verts * np.array([1.0, 1.0, 0.74]), ring.faces)
        cap = moved(lathe([(0.11, -0.06), (0.07, 0.06), (0.05, 0.1)], 24), y=tall)
        ties: Pieces = [("band", joined(tie, cap))]
    else:
        shape = [(0.0, 1.1 * wide), (0.05, 1.1 * wide), (0.75 * tall, wide)]
        brush = stack([(y, x, 0.09, 0.0) for y, x in shape], 44, 0.45)
        head = moved(block(2.05 * wide, 0.14, 0.22, 0.04), y=0.72 * tall)
        socket = lathe([(0.07, 0.72 * tall + 0.1), (0.05, tall + 0.1)], 20)
        ties = [("band", joined(head, socket))]
    # Grooves part the bundle into strands.
    angle = np.arctan2(brush.verts[:, 0], brush.verts[:, 2] * 2.0)
    groove = 1.0 - 0.1 * (np.round(angle * 44.0 / (2.0 * np.pi)) % 2)
    even = np.ones_like(groove)
    strands = Solid(brush.verts * np.stack([even, even, groove], 1), brush.faces)
    return [("body", strands), ("stick", joined(stick, knob)), *ties]


def _bucket(k: Knobs) -> Pieces:
    height, mouth = k("height", 0.55, 0.85), k("width", 0.36, 0.48)
    foot = mouth * k("taper", 0.95, 0.68)
    profile: Profile = [(foot, 0.0), (0.5 * (foot + mouth), 0.5 * height), (mouth, height)]
    arch = k("handle", 0.2, 0.5)
    bow: list[Vec3] = [
        ((mouth + 0.04) * x, 0.9 * height + arch * y, 0.0) for x, y, _ in arc(1.0, 0.0, 180.0, 22)
    ]
    lug = moved(block(0.09, 0.16, 0.12, 0.02), mouth + 0.015, 0.82 * height)
    grip = tube(bow[8:14], 0.05, 14)
    pieces: Pieces = [
        ("body", walled(profile, 0.05, 44)),
        ("rim", moved(torus(mouth - 0.015, 0.04, 40), y=height)),
        ("handle", joined(tube(bow, 0.032, 12), pair(lug))),
        ("grip", grip),
    ]
    if k.has("bands"):
        low, high = 0.15 * height, 0.62 * height
        sizes = [(y, foot + (mouth - foot) * y / height) for y in (low, high)]
        rings = [moved(hoop(r + 0.03, r - 0.02, 0.085, 40), y=y) for y, r in sizes]
        pieces.append(("bands", joined(*rings)))
    return pieces


def _anvil(k: Knobs) -> Pieces:
    base, height, waist = k("base", 0.24, 0.34), k("height", 0.42, 0.62), k("waist", 0.1, 0.17)
    face, horn = k("face", 0.3, 0.42), k("horn", 0.3, 0.5)
    body = stack(
        [
            *((0.0, base, 0.21, 0.0), (0.1, base, 0.21, 0.0), (0.14, 0.85 * base, 0.17, 0.0)),
            *((0.3 * height, waist + 0.03, 0.11, 0.0), (0.5 * height, waist, 0.1, 0.0)),
            *((0.66 * height, waist + 0.06, 0.12, 0.0), (0.78 * height, face, 0.16, 0.0)),
            *((height - 0.02, face, 0.16, 0.0), (height, face - 0.02, 0.14, 0.0)),
        ],
        40,
        0.3,
    )
    spike = [(0.13, 0.0), (0.115, 0.4 * horn), (0.07, 0.8 * horn), (0.03, horn)]
    cone = turned(lathe(spike, 32), "z", -90.0)
    tip = moved(scaled(cone, 1.0, 0.85, 1.0), face - 0.05, height - 0.115)
    lift = k("rise", 0.0, 0.06)
    rise = np.clip(tip.verts[:, :1] - face, 0.0, None) * np.array([0.0, lift / horn, 0.0])
    bend = Solid(tip.verts + rise, tip.faces)
    heel = moved(block(0.24, 0.14, 0.26, 0.02), -face - 0.02, height - 0.14)
    pieces: Pieces = [("body", joined(body, heel)), ("horn", bend)]
    if k.has("stump"):
        log = smooth_profile([(0.46, -0.5), (0.4, -0.3), (0.38, -0.03), (0.36, 0.02)], 8)
        pieces.append(("stump", lathe(log, 40)))
    return pieces


_LOCAL: tuple[Family, ...] = (
    Family(
        "hammer",
        _hammer,
        knobs("length: short/long", "handle: thin-handled/thick-handled", "head: small/heavy")
        + knobs("claw", "sleeve"),
        (
            Slot("body", STEEL),
            Slot("handle", HANDLES),
            Slot("grip", ("rubber", "leather", "plastic")),
        ),
        (0.25, 0.4),
    ),
    Family(
        "axe",
        _axe,
        knobs("length: short/long", "blade: /broad", "edge", "curve: straight/curved")
        + knobs("double: /double-headed", "binding"),
        (
            Slot("body", STEEL),
            Slot("handle", HANDLES),
            Slot("binding", ("leather", "cloth", "gold")),
        ),
        (0.35, 0.9),
    ),
    Family(
        "screwdriver",
        _screwdriver,
        knobs("handle", "shaft: short/long", "width: slim/thick", "cross tip", "cap"),
        (
            Slot("body", ("plastic", "rubber", "wood")),
            Slot("shaft", ("metal",)),
            Slot("collar", ("metal", "plastic", "rubber", "gold")),
            Slot("cap", ("plastic", "rubber", "metal")),
        ),
        (0.15, 0.3),
    ),
    Family(
        "wrench",
        _wrench,
        knobs("length: short/long", "jaw: /wide-jawed", "thickness: flat/thick", "width: slim/")
        + knobs("ring", "grip"),
        (Slot("body", (*STEEL, "gold")), Slot("grip", ("rubber", "plastic", "leather"))),
        (0.15, 0.35),
    ),
    Family(
        "shovel",
        _shovel,
        knobs("length: short/long", "width: narrow/wide", "blade", "point: blunt/pointed")
        + knobs("handle"),
        (Slot("body", STEEL), Slot("shaft", HANDLES), Slot("handle", HANDLES)),
        (0.9, 1.4),
    ),
    Family(
        "broom",
        _broom,
        knobs("length: short/long", "width: narrow/wide", "bristles: /long-bristled", "round"),
        (
            Slot("body", ("thatch", "plastic")),
            Slot("stick", HANDLES),
            Slot("band", ("wood", "plastic", "leather", "cloth", "painted wood")),
        ),
        (1.1, 1.5),
    ),
    Family(
        "bucket",
        _bucket,
        knobs("height: low/tall", "width: slim/wide", "taper: straight/tapered", "handle", "bands"),
        (
            Slot("body", ("wood", "plastic", *STEEL)),
            Slot("rim", ("wood", "plastic", *STEEL)),
            Slot("handle", ("metal", "iron")),
            Slot("grip", ("wood", "plastic", "rubber")),
            Slot("bands", ("iron", "metal", "painted metal", "copper")),
        ),
        (0.25, 0.4),
    ),
    Family(
        "anvil",
        _anvil,
        knobs("height: low/tall", "base: /wide", "waist: narrow-waisted/stout", "face")
        + knobs("horn: /long-horned", "rise", "stump"),
        (
            Slot("body", ("iron", "metal", "rusty metal")),
            Slot("horn", ("iron", "metal", "rusty metal", "gold")),
            Slot("stump", ("bark", "wood", "stone")),
        ),
        (0.25, 0.7),
    ),
)

FAMILIES: tuple[Family, ...] = (*_LOCAL, *arms.FAMILIES)
