# SPDX-License-Identifier: Apache-2.0
"""Furniture of kitchens, bathrooms, offices, schools, halls and stores that the foundry lacks.

Feet at the origin, fronts along +Z, metres.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_a import hoop
from gen3d.foundry.parts_b import block, rod
from gen3d.foundry.solids import (
    Solid,
    cylinder,
    joined,
    lathe,
    moved,
    superellipsoid,
    turned,
    vessel,
)
from scenes.place import Shape
from scenes.room.fittings import painted, slab, steel, wood
from scenes.room.kit import Kit, Piece

COUNTER_M = 0.91


def counter(kit: Kit, wide: float, *, drawers: bool = False) -> Shape:
    """A base unit of a kitchen with its worktop."""
    front, top = painted(kit, kit.room.accent_color, "kitchen front"), _worktop(kit)
    dark, metal = painted(kit, (0.05, 0.05, 0.05), "plinth"), steel(kit)
    pieces: list[Piece] = [
        (slab(0.0, 0.1, -0.02, wide, 0.77, 0.55), front, 0.9),
        (slab(0.0, 0.0, -0.05, wide, 0.1, 0.47), dark),
    ]
    pieces.append((block((0.0, 0.87, 0.0), wide, 0.04, 0.62, 0.0), top))
    rows = ((0.11, 0.36), (0.37, 0.62), (0.63, 0.86)) if drawers else ((0.11, 0.86),)
    for low, high in rows:
        pieces.append((block((0.0, low, 0.262), wide - 0.006, high - low, 0.02, 0.0), front))
        y = high - 0.06
        pieces.append((rod((-0.08, y, 0.295), (0.08, y, 0.295), 0.006, 8), metal))
    return kit.shape("counter", pieces)


def _worktop(kit: Kit) -> int:
    return kit.surface("worktop", "furniture", (0.42, 0.40, 0.37), "marble", 1.2, 0.12)


def sink(kit: Kit, wide: float = 0.8) -> Shape:
    """A base unit with a basin and a tap."""
    base = counter(kit, wide)
    metal = steel(kit)
    tap = joined(
        rod((0.0, 0.91, -0.2), (0.0, 1.16, -0.2), 0.014, 12),
        rod((0.0, 1.16, -0.2), (0.0, 1.16, 0.0), 0.012, 12),
        rod((0.0, 1.16, 0.0), (0.0, 1.12, 0.0), 0.012, 12),
    )
    rim = block((0.0, 0.905, 0.02), 0.56, 0.012, 0.42, 0.0)
    bowl = block((0.0, 0.908, 0.02), 0.48, 0.0105, 0.34, 0.0)
    dark = painted(kit, (0.16, 0.16, 0.165), "basin", 0.4)
    return _merged("sink", base, kit.shape("tap", [(tap, metal), (rim, metal), (bowl, dark)]))


def stove(kit: Kit) -> Shape:
    """An oven with a hob, 0.6 m wide."""
    metal = steel(kit)
    glass = kit.surface("black glass", "furniture", (0.02, 0.02, 0.021), roughness=0.08)
    pieces: list[Piece] = [
        (slab(0.0, 0.1, -0.01, 0.596, 0.78, 0.57), metal),
        (slab(0.0, 0.0, -0.05, 0.596, 0.1, 0.47), glass),
    ]
    pieces.append((slab(0.0, 0.88, 0.0, 0.596, 0.03, 0.62), glass))
    pieces.append((slab(0.0, 0.2, 0.28, 0.5, 0.42, 0.012), glass))
    pieces.append((rod((-0.22, 0.68, 0.32), (0.22, 0.68, 0.32), 0.01, 8), metal))
    dial = turned(cylinder(0.02, 0.025, 0.004, 14), "x", 90.0)
    pieces += [(moved(dial, x, 0.79, 0.275), glass) for x in (-0.2, -0.1, 0.1, 0.2)]
    for x, z, r in (
        (-0.14, 0.12, 0.09),
        (0.14, 0.12, 0.07),
        (-0.14, -0.14, 0.07),
        (0.14, -0.14, 0.09),
    ):
        pieces.append((moved(hoop(r, r - 0.008, 0.004, 28), x, 0.909, z), metal))
    return kit.shape("stove", pieces)


def fridge(kit: Kit) -> Shape:
    """A fridge with a freezer under it."""
    white, metal = painted(kit, (0.66, 0.66, 0.65), "enamel", 0.3), steel(kit)
    pieces: list[Piece] = [(slab(0.0, 0.02, -0.01, 0.6, 1.83, 0.6), white, 0.95)]
    pieces += [
        (block((0.0, low, 0.31), 0.596, tall, 0.05, 0.012), white)
        for low, tall in ((0.04, 0.62), (0.68, 1.16))
    ]
    pieces += [
        (rod((-0.24, low, 0.36), (-0.24, low + 0.3, 0.36), 0.011, 8), metal) for low in (0.32, 0.8)
    ]
    return kit.shape("fridge", pieces)


def wall_unit(kit: Kit, wide: float, tall: float = 0.62) -> Shape:
    """A kitchen's upper cupboard; its back at z = 0, its foot at y = 0."""
    front, metal = painted(kit, kit.room.accent_color, "kitchen front"), steel(kit)
    pieces: list[Piece] = [
        (slab(0.0, 0.0, 0.165, wide, tall, 0.33), front, 0.85),
        (block((0.0, 0.002, 0.338), wide - 0.006, tall - 0.004, 0.018, 0.0), front),
    ]
    pieces.append((rod((0.3 * wide, 0.04, 0.365), (0.3 * wide, 0.18, 0.365), 0.006, 8), metal))
    return kit.shape("wall unit", pieces)


def hood(kit: Kit, top: float) -> Shape:
    """An extractor over a stove; its back at z = 0, its foot at y = 0."""
    metal = steel(kit)
    return kit.shape(
        "hood",
        [
            (block((0.0, 0.0, 0.25), 0.6, 0.09, 0.5, 0.012), metal),
            (slab(0.0, 0.09, 0.14, 0.26, top - 0.09, 0.28), metal),
        ],
    )


def bathtub(kit: Kit) -> Shape:
    """A tub of enamel with water taps, 1.7 m long."""
    white = kit.surface("enamel", "furniture", (0.72, 0.72, 0.71), roughness=0.12)
    metal = steel(kit, rough=0.1)
    shell = vessel([(0.36, 0.03), (0.41, 0.2), (0.45, 0.5), (0.475, 0.57), (0.44, 0.57)], 0.02, 48)
    tub = Solid(shell.verts * np.array([1.85, 1.0, 0.8]), shell.faces)
    tap = joined(
        rod((0.72, 0.57, 0.0), (0.72, 0.78, 0.0), 0.016, 12),
        rod((0.72, 0.78, 0.0), (0.56, 0.76, 0.0), 0.014, 12),
    )
    return kit.shape(
        "bathtub", [(tub, white), (tap, metal), (moved(cylinder(0.3, 0.05, 0.0, 30)), white)]
    )


def toilet(kit: Kit) -> Shape:
    """A bowl with its cistern."""
    white = kit.surface("enamel", "furniture", (0.72, 0.72, 0.71), roughness=0.12)
    foot = lathe([(0.11, 0.0), (0.1, 0.16), (0.17, 0.36), (0.19, 0.4)], 32)
    bowl = Solid(foot.verts * np.array([1.0, 1.0, 1.35]) + np.array([0.0, 0.0, 0.08]), foot.faces)
    lid = cylinder(0.2, 0.03, 0.012, 36)
    lid = Solid(lid.verts * np.array([1.0, 1.0, 1.3]) + np.array([0.0, 0.4, 0.08]), lid.faces)
    tank = block((0.0, 0.4, -0.26), 0.38, 0.38, 0.17, 0.03)
    return kit.shape(
        "toilet",
        [
            (bowl, white),
            (lid, white),
            (tank, white),
            (block((0.0, 0.0, -0.16), 0.2, 0.4, 0.3, 0.03), white),
        ],
    )


def washstand(kit: Kit, wide: float = 0.8) -> Shape:
    """A basin on a cupboard, with a tap."""
    white = kit.surface("enamel", "furniture", (0.72, 0.72, 0.71), roughness=0.12)
    number, metal = wood(kit, 1.2), steel(kit, rough=0.1)
    bowl = moved(vessel([(0.12, 0.0), (0.19, 0.05), (0.22, 0.12)], 0.015, 36), 0.0, 0.84, 0.02)
    tap = joined(
        rod((0.0, 0.84, -0.19), (0.0, 1.06, -0.19), 0.013, 12),
        rod((0.0, 1.06, -0.19), (0.0, 1.05, -0.05), 0.011, 12),
    )
    pieces: list[Piece] = [
        (slab(0.0, 0.3, 0.0, wide, 0.5, 0.46), number),
        (block((0.0, 0.8, 0.0), wide + 0.02, 0.04, 0.48, 0.0), white),
    ]
    pieces += [(bowl, white), (tap, metal)]
    pieces += [
        (block((s * wide / 4, 0.31, 0.232), wide / 2 - 0.01, 0.48, 0.018, 0.0), number, 1.1)
        for s in (-1, 1)
    ]
    return kit.shape("washstand", pieces)


def mirror(kit: Kit, wide: float, tall: float) -> Shape:
    """A looking glass; its back at z = 0, its middle at the origin."""
    glass = kit.surface("mirror", "thing", (0.88, 0.89, 0.88), roughness=0.05, metallic=1.0)
    edge = steel(kit)
    return kit.shape(
        "mirror",
        [
            (slab(0.0, -tall / 2 - 0.01, 0.008, wide + 0.02, tall + 0.02, 0.016), edge),
            (slab(0.0, -tall / 2, 0.011, wide, tall, 0.012), glass),
        ],
    )


def rail(kit: Kit) -> Shape:
    """A rail with a towel; the wall at z = 0, the rail at y = 0."""
    metal = steel(kit, rough=0.1)
    stuff = kit.surface("towel", "furniture", kit.room.accent_color, "carpet", 0.3, 1.0)
    bars = joined(
        rod((-0.3, 0.0, 0.06), (0.3, 0.0, 0.06), 0.01, 10),
        *(rod((x, 0.0, 0.0), (x, 0.0, 0.06), 0.01, 8) for x in (-0.3, 0.3)),
    )
    towel = block((0.0, -0.55, 0.06), 0.46, 0.57, 0.04, 0.018)
    return kit.shape("towel rail", [(bars, metal), (towel, stuff)])


def bed(kit: Kit, wide: float, long: float = 2.08) -> Shape:
    """A bed: frame, headboard against -Z, mattress, folded blanket, pillows."""
    number = wood(kit)
    linen = kit.surface("bed linen", "furniture", (0.66, 0.65, 0.62), "fabric", 0.4, 0.95)
    cover = kit.surface("blanket", "furniture", kit.room.accent_color, "fabric", 0.3, 0.95)
    half = long / 2
    pieces: list[Piece] = [(block((0.0, 0.16, 0.02), wide, 0.16, long - 0.04, 0.012), number)]
    pieces.append((block((0.0, 0.0, -half + 0.035), wide + 0.06, 1.05, 0.06, 0.03), number))
    pieces += [
        (slab(sx * (wide / 2 - 0.07), 0.0, sz * (half - 0.1), 0.07, 0.17, 0.07), number)
        for sx in (-1, 1)
        for sz in (-1, 1)
    ]
    pieces.append((block((0.0, 0.32, 0.03), wide - 0.03, 0.2, long - 0.1, 0.06), linen))
    pieces.append((block((0.0, 0.3, 0.27), wide + 0.03, 0.26, long - 0.52, 0.07), cover))
    pieces.append((block((0.0, 0.53, -0.42), wide + 0.02, 0.05, 0.3, 0.024), linen))
    for x in (-0.24 * wide, 0.24 * wide) if wide > 1.2 else (0.0,):
        pillow = superellipsoid(0.5 * min(0.44 * wide, 0.68), 0.085, 0.24, 0.55, 0.45, 16)
        pieces.append((moved(turned(pillow, "x", -14.0), x, 0.62, -half + 0.34), linen))
    return kit.shape("bed", pieces)


def _merged(name: str, *shapes: Shape) -> Shape:
    starts = np.cumsum([0, *(len(s.verts) for s in shapes)])
    faces = [s.faces + np.int32(a) for s, a in zip(shapes, starts, strict=False)]
    joined_ = {
        k: np.concatenate([getattr(s, k) for s in shapes])
        for k in ("verts", "surface", "normals", "uvs", "tint")
    }
    return Shape(name=name, faces=np.concatenate(faces).astype(np.int32), **joined_)
