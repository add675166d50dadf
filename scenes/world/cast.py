# SPDX-License-Identifier: Apache-2.0
"""Things of the object foundry at their natural size outdoors: statue, snowman."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen3d.foundry.families import families
from gen3d.foundry.finish import mean_albedo
from gen3d.foundry.sampling import sample_spec
from gen3d.foundry.solids import Solid
from gen3d.foundry.thing import Finish, ThingSpec, build
from gen3d.spec import Rgb
from scenes.world.carpentry import Part, Parts, Stuff, X, cuboid, moved
from scenes.world.dwellings import Style
from scenes.world.joinery import STONE, with_colour
from scenes.world.surfaces import ASHLAR, BEAMS, CANVAS, METAL, PAINTED, STRAW, WINDOW

_SURFACE = {
    "wood": (BEAMS, 0.9),
    "cloth": (CANVAS, 0.4),
    "stone": (ASHLAR, 4.0),
    "marble": (PAINTED, 1.0),
    "metal": (METAL, 1.0),
    "thatch": (STRAW, 0.8),
    "glass": (WINDOW, 1.0),
}


def cast(
    style: Style,
    family: str,
    tall: float,
    looks: Mapping[str, tuple[str, Rgb]],
    main: tuple[str, ...] = ("body",),
) -> Parts:
    """A thing so tall, its feet at the origin.

    Args:
        style: Its colour goes to the main slots.
        family: Of the foundry.
        tall: Height in metres.
        looks: Material and colour of slots; the others are drawn.
        main: Slots that have the said colour.
    """
    kind = families()[family]
    drawn = sample_spec(kind, style.rng)
    finishes = tuple(
        Finish(*looks[slot.name]) if slot.name in looks else chance
        for slot, chance in zip(kind.slots, drawn.finishes, strict=True)
    )
    made = build(ThingSpec(family, drawn.knobs, finishes), kind)
    low, high = made.verts.min(axis=0), made.verts.max(axis=0)
    middle = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    verts = (made.verts - middle) * (tall / (high[1] - low[1]))
    found = Parts()
    for number, (slot, finish) in enumerate(zip(kind.slots, finishes, strict=True)):
        mine = made.faces[made.slot == number]
        if not len(mine):
            continue
        used, faces = np.unique(mine, return_inverse=True)
        solid = Solid(verts[used], faces.reshape(-1, 3).astype(np.int32))
        stuff = _stuff(finish)
        if slot.name in main:
            stuff = with_colour(stuff, style.colour)
        found.append(Part(solid, stuff))
    return found


def _stuff(finish: Finish) -> Stuff:
    surface, repeat = _SURFACE.get(finish.material, (PAINTED, 1.0))
    if surface == WINDOW:
        return Stuff(surface, (1.0, 1.0, 1.0))
    red, green, blue = (float(c) for c in mean_albedo(finish))
    return Stuff(surface, (red, green, blue), repeat)


def statue(style: Style) -> Parts:
    """A figure of weathered stone on a pedestal."""
    pale = ("stone", (0.42, 0.41, 0.38))
    figure = cast(style, "plaster statue", 1.9, dict.fromkeys(_slots("plaster statue"), pale))
    foot = [
        cuboid((0.0, -0.5, 0.0), 1.3, 0.7, 1.3, STONE, X),
        cuboid((0.0, 0.2, 0.0), 1.0, 1.0, 1.0, STONE.toned(0.95), X),
    ]
    foot.append(cuboid((0.0, 1.2, 0.0), 1.16, 0.14, 1.16, STONE, X))
    return [*foot, *moved(figure, 0.0, 1.34)]


def _slots(family: str) -> list[str]:
    return [slot.name for slot in families()[family].slots]


def snowman(style: Style) -> Parts:
    """A snowman of a man's height."""
    coal, snow = ("stone", (0.02, 0.02, 0.022)), ("plaster", (0.80, 0.82, 0.85))
    looks = {"body": snow, "eyes": coal, "hat": ("cloth", (0.03, 0.03, 0.035))}
    return cast(style, "snowman", 1.75, looks, ("scarf",))
