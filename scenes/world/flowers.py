# SPDX-License-Identifier: Apache-2.0
"""Flowers of meadows, fields and gardens, one plant each, at four details.

Every maker takes a source of chance, a detail (:mod:`scenes.world.petals`) and the colour of the
blooms, and returns the parts of a plant whose foot is at the origin. Sizes are those of the real
ones: an ox-eye daisy is 6 cm across, a corn poppy 9 cm, a sunflower a good half of a man's height
and more; a sunflower looks to +Z.
"""

from __future__ import annotations

import numpy as np

from scenes.world.growth import GOLDEN, unit
from scenes.world.meshes import Part
from scenes.world.petals import (
    UP,
    Colour,
    Vector,
    corolla,
    dome,
    leaning,
    leaves,
    part,
    spindles,
    stem,
    tufted,
    ways,
)
from scenes.world.surfaces import HERBAGE, PETAL

GREEN = np.array([0.055, 0.115, 0.028])
_SAGE, _GREY_GREEN = np.array([0.10, 0.14, 0.085]), np.array([0.085, 0.15, 0.075])
_YOLK, _SOOT = np.array([0.72, 0.42, 0.02]), np.array([0.02, 0.016, 0.022])
_SEEDS = (np.array([0.055, 0.032, 0.014]), np.array([0.15, 0.075, 0.02]))
"""A sunflower's disc, at its middle and at its rim."""
_LARGER = (1.0, 1.0, 1.25, 1.8)
"""How much larger blooms are drawn with less detail: there are fewer then."""


def _axis(rng: np.random.Generator, lean: float) -> Vector:
    off = rng.normal(0.0, lean, 2)
    return unit(np.array([off[0], 1.0, off[1]]))


def _speck(
    top: Vector, radius: float, high: float, colour: Colour, rng: np.random.Generator
) -> Part:
    """A bloom from afar."""
    tint = np.asarray(colour)[None] * rng.uniform(0.85, 1.05)
    return tufted(top[None], np.array([radius]), np.array([high]), tint, rng)


def _foliage(
    rng: np.random.Generator,
    count: int,
    size: tuple[float, float],
    detail: int,
    tint: Colour = GREEN,
) -> Part:
    """A rosette of leaves about the foot."""
    many = max(count >> (2 * detail), 2)
    turn = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    spots = np.stack([0 * turn, rng.uniform(0.0, 0.6, many) * size[0], 0 * turn], axis=1)
    wide = size[1] * (count / many) ** 0.35
    return leaves(
        spots, ways(turn, rng.uniform(0.7, 1.3, many)), (size[0], wide), tint, rng, 1 + detail
    )


def daisy(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A ray flower: a ring of narrow petals about a yellow button."""
    line = leaning(0 * UP, rng.uniform(0.26, 0.46), rng)
    top, axis, size = line[-1], _axis(rng, 0.3), rng.uniform(0.027, 0.036) * _LARGER[detail]
    if detail >= 2:
        return [_speck(top, size, 0.55 * size, colour, rng)]
    count, wide = ((15, 0.42), (7, 0.9))[detail]
    pale = 0.25 * _YOLK + 0.75 * np.asarray(colour)
    rays = corolla(
        top, axis, count, (size, wide * size), 0.12, (pale, colour), rng, 1 + detail, -0.06
    )
    middle = dome(
        top + 0.002 * axis, axis, 0.3 * size, 0.14 * size, (_YOLK, 0.7 * _YOLK), (7, 4)[detail]
    )
    plant = [rays, middle, stem(line, 0.0016, GREEN, detail)]
    return [*plant, _foliage(rng, 6, (0.1, 0.02), detail)]


def poppy(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """Four broad petals as thin as paper, dark at their base, on a hairy stalk; a bud beside."""
    line = leaning(0 * UP, rng.uniform(0.34, 0.62), rng)
    top, axis, size = line[-1], _axis(rng, 0.35), rng.uniform(0.038, 0.05) * _LARGER[detail]
    if detail >= 2:
        return [_speck(top, 0.95 * size, 0.75 * size, colour, rng)]
    base = 0.25 * np.asarray(colour) + 0.75 * _SOOT
    lift = rng.uniform(0.35, 0.85)
    inner = (base, colour) if detail == 0 else (0.55 * np.asarray(colour), colour)
    petals = corolla(top, axis, 4, (size, 1.35 * size), lift, inner, rng, detail, 0.18)
    plant = [petals, stem(line, 0.0017, GREEN, detail)]
    if detail == 0:
        plant.append(dome(top, axis, 0.22 * size, 0.3 * size, (_SAGE, _SOOT), 6))
        plant += _nodding_bud(rng, colour)
    return [*plant, _foliage(rng, 8, (0.12, 0.02), detail, 1.2 * GREEN)]


def _nodding_bud(rng: np.random.Generator, colour: Colour) -> list[Part]:
    line = leaning(0 * UP, rng.uniform(0.25, 0.4), rng)
    hook = line[-1] + np.array([0.012, -0.012, 0.0])
    tint = 0.75 * _SAGE + 0.25 * np.asarray(colour)
    bud = spindles(line[-1:], hook[None] - 0.018 * UP, 0.007, tint[None], rng, 4)
    return [stem(line, 0.0013, GREEN, 1), bud]


def bellflower(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A spike hung with bells, larger below: bluebells, lupins, foxgloves."""
    line = leaning(0 * UP, rng.uniform(0.32, 0.6), rng, 4)
    long = rng.uniform(0.13, 0.22)
    ahead = unit(line[-1] - line[-2])
    start = line[-1] - 0.75 * long * ahead
    if detail >= 2:
        wide = 0.026 * _LARGER[detail]
        return [_speck(start, wide, 0.85 * long, colour, rng)]
    many = (20, 7)[detail]
    share, turn = np.linspace(0.0, 1.0, many), GOLDEN * np.arange(many)
    spots = start + (share * long)[:, None] * ahead
    size = (0.026 - 0.014 * share) * (1.0, 1.5)[detail]
    ends = spots + size[:, None] * ways(turn, -0.25 + 0.7 * share)
    shade = np.asarray(colour) * rng.uniform(0.8, 1.08, many)[:, None]
    bells = spindles(spots, ends, (0.0075, 0.013)[detail], shade, rng, (4, 3)[detail], belly=0.72)
    plant = [bells, stem(line, 0.0019, GREEN, detail)]
    return [*plant, _foliage(rng, 7, (0.16, 0.018), detail)]


def _cup(
    base: Vector, high: float, wide: float, colours: tuple[Colour, Colour], sides: int, rings: int
) -> Part:
    """A closed egg of petals, open at the top, with a ragged rim."""
    share = np.linspace(0.0, 1.0, rings)
    radius = wide * np.interp(share, [0.0, 0.4, 1.0], [0.35, 1.0, 0.72])
    turn = 2 * np.pi * np.arange(sides) / sides
    out = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], axis=1)
    ragged = 1.0 + 0.16 * np.where(np.arange(sides) % 2, 1.0, -1.0) * share[-1]
    tall = high * share[:, None] * np.where(share[:, None] > 0.99, ragged, 1.0)
    verts = base + radius[:, None, None] * out + tall[..., None] * UP
    normal = np.broadcast_to(out + 0.25 * UP, verts.shape)
    foot, lip = np.asarray(colours[0]), np.asarray(colours[1])
    flame = np.where(np.arange(sides) % 2, 1.0, 0.82)[None, :, None]
    tint = (foot + share[:, None, None] ** 0.5 * (lip - foot)) * flame
    i = np.arange(sides)
    j = (i + 1) % sides
    faces = [
        np.concatenate([np.stack([a + i, b + j, a + j], 1), np.stack([a + i, b + i, b + j], 1)])
        for a, b in ((k * sides, (k + 1) * sides) for k in range(rings - 1))
    ]
    return part(PETAL, verts, np.concatenate(faces), normal, tint)


def tulip(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """An egg of six petals on a straight stalk between broad grey-green leaves."""
    line = leaning(0 * UP, rng.uniform(0.34, 0.45), rng)
    line[:, [0, 2]] *= 0.5
    top, size = line[-1], rng.uniform(0.9, 1.12) * _LARGER[detail] ** 0.5
    if detail >= 2:
        bloom = _speck(top, 0.033 * size, 0.075 * size, colour, rng)
        blade = part(
            HERBAGE,
            np.array([[-0.05, 0.0, 0.0], [0.05, 0.0, 0.02], top]),
            np.array([[0, 1, 2]]),
            UP + np.array([0.0, 0.0, 0.4]),
            0.8 * _GREY_GREEN,
        )
        return [bloom, blade] if detail == 2 else [bloom]
    pale = 0.7 * np.asarray(colour) + 0.3 * _GREY_GREEN
    cup = _cup(top, 0.066 * size, 0.029 * size, (pale, colour), (12, 4)[detail], (4, 3)[detail])
    count = (4, 3)[detail]
    turn = rng.uniform(0, 2 * np.pi) + 2.4 * np.arange(count)
    foot = np.zeros((count, 3))
    green = leaves(foot, ways(turn, 1.15), (0.26, 0.055), _GREY_GREEN, rng, detail, 0.22)
    return [cup, stem(line, 0.0035, 1.2 * GREEN, detail, 4), green]


def sunflower(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A head of a hand and a half across, on a stout stalk with broad leaves."""
    tall, size = rng.uniform(1.32, 1.72), rng.uniform(0.9, 1.15)
    line = leaning(0 * UP, tall, rng, 5)
    line[:, [0, 2]] *= 0.35
    axis = unit(np.array([rng.normal(0.0, 0.2), rng.uniform(-0.1, 0.4), 1.0]))
    neck = line[-1] + np.array([0.0, -0.015, 0.05])
    if detail >= 2:
        return _far_sunflower(rng, detail, line, neck, axis, size, colour)
    head = _sunflower_head(rng, detail, neck, axis, size, colour)
    many = (13, 7)[detail]
    share = np.linspace(0.22, 0.93, many)
    spots = np.stack([np.interp(share, np.linspace(0, 1, 5), line[:, k]) for k in range(3)], axis=1)
    turn = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    broad = (0.27, 0.2) if detail == 0 else (0.32, 0.26)
    green = leaves(spots, ways(turn, 0.35), broad, 1.15 * GREEN, rng, detail, 0.5)
    return [*head, stem(np.vstack([line, neck]), 0.014, 1.2 * GREEN, detail, 5), green]


def _sunflower_head(
    rng: np.random.Generator, detail: int, neck: Vector, axis: Vector, size: float, colour: Colour
) -> list[Part]:
    centre = neck + 0.03 * axis
    deep = 0.8 * np.asarray(colour) * np.array([1.0, 0.75, 0.6])
    rays = [
        corolla(
            centre + 0.6 * k * 0.01 * axis,
            axis,
            (21, 11)[detail],
            (0.155 * size, (0.04, 0.075)[detail] * size),
            0.1 + 0.22 * k,
            (deep, colour),
            rng,
            detail if detail == 0 else 2,
            0.1 - 0.25 * k,
        )
        for k in range(2 - detail)
    ]
    disc = dome(
        centre + 0.012 * axis, axis, 0.078 * size, 0.022, _SEEDS, (14, 6)[detail], rings=2 - detail
    )
    back = dome(centre, -axis, 0.085 * size, 0.045, (1.2 * GREEN, GREEN), (9, 5)[detail], HERBAGE)
    return [*rays, disc, back]


def _far_sunflower(
    rng: np.random.Generator,
    detail: int,
    line: np.ndarray,
    neck: Vector,
    axis: Vector,
    size: float,
    colour: Colour,
) -> list[Part]:
    """A disc with a brown middle over a few leaves."""
    radius = 0.135 * size * _LARGER[detail] ** 0.7
    sides = (6, 4)[detail - 2]
    head = dome(neck + 0.02 * axis, axis, radius, 0.03, (0.6 * np.asarray(colour), colour), sides)
    eye = dome(neck + 0.055 * axis, axis, 0.5 * radius, 0.01, _SEEDS, 4)
    back = dome(neck, -axis, 0.8 * radius, 0.03, (1.1 * GREEN, GREEN), 3, HERBAGE)
    many = (6, 4)[detail - 2]
    turn = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    share = np.linspace(0.3, 0.92, many)
    spots = share[:, None] * line[-1]
    broad = (0.36, 0.42) if detail == 2 else (0.5, 0.6)
    green = leaves(spots, ways(turn, 0.3), broad, GREEN, rng, 2, 0.4)
    return [head, eye, back, green] if detail == 2 else [head, green]


def lavender(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A rounded bush of grey-green leaves, and spikes on long stalks that spread all round."""
    many = (210, 78, 24, 9)[detail]
    size = rng.uniform(0.9, 1.12)
    turn = GOLDEN * np.arange(many) + rng.uniform(0, 2 * np.pi)
    flat = np.sqrt((np.arange(many) + 0.5) / many)
    rise = np.arccos(np.clip(0.97 * flat, 0.0, 1.0)) + rng.normal(0.0, 0.07, many)
    way = ways(turn + rng.normal(0, 0.12, many), rise)
    reach = size * rng.uniform(0.46, 0.66, many) * (0.86 + 0.14 * np.sin(rise))
    foot = 0.3 * reach[:, None] * way
    tips = reach[:, None] * way + 0.04 * UP
    long = size * rng.uniform(0.085, 0.15, many)
    starts = tips - long[:, None] * unit(way + 0.9 * UP)
    radius = (0.0105, 0.019, 0.036, 0.07)[detail] * size
    shade = np.asarray(colour) * rng.uniform(0.6, 1.12, many)[:, None]
    if detail >= 2:
        starts = tips - (1.5 + 0.8 * (detail - 2)) * long[:, None] * UP
    spikes = spindles(starts, tips, radius, shade, rng, (4, 2, 2, 2)[detail], belly=0.5)
    # Between the spikes one sees more spikes, and the leaves only low down.
    within = 0.2 * _SAGE + 0.16 * np.asarray(colour)
    mound = dome(
        0.0 * UP, UP, 0.29 * size, 0.3 * size, (within, 0.3 * _SAGE), (9, 7, 5, 4)[detail],
        HERBAGE, 2 if detail < 2 else 1,
    )  # fmt: skip
    if detail >= 2:
        return [spikes, mound]
    stalks = _stalks(foot, starts, (0.0018, 0.0034)[detail], 1.1 * _SAGE)
    blades = (90, 24)[detail]
    turn = GOLDEN * np.arange(blades)
    low = leaves(
        0.24 * size * ways(turn, rng.uniform(0.1, 1.2, blades)), ways(turn, rng.uniform(
            0.5, 1.3, blades)), (0.17, 0.013 * (1 + detail)), _SAGE, rng, 1, 0.15,
    )  # fmt: skip
    return [spikes, mound, stalks, low]


def _stalks(feet: np.ndarray, ends: np.ndarray, radius: float, tint: Colour) -> Part:
    """Thin stalks, a triangle each, turned by turns so that from anywhere some are seen flat."""
    count = len(feet)
    turn = GOLDEN * np.arange(count)
    wide = radius * ways(turn, 0.0)
    verts = np.stack([feet - wide, feet + wide, ends], axis=1)
    return part(HERBAGE, verts, np.arange(3 * count), UP, tint)


def rose_bush(rng: np.random.Generator, detail: int, colour: Colour) -> list[Part]:
    """A bush as high as a hip, with blooms of three rings of petals all over its outside."""
    many, blooms = ((520, 26), (170, 24), (50, 16), (22, 9))[detail]
    turn = rng.uniform(0, 2 * np.pi, many)
    way = ways(turn, np.arcsin(rng.uniform(-0.35, 1.0, many)))
    reach = np.array([0.46, 0.42, 0.46]) * rng.uniform(0.45, 1.0, (many, 1)) ** 0.5
    middle = 0.5 * UP
    head = unit(way + 0.6 * rng.standard_normal((many, 3)))
    size = (
        (0.062, 0.045)
        if detail == 0
        else (0.062 * (520 / many) ** 0.5, 0.045 * (520 / many) ** 0.5)
    )
    green = leaves(middle + reach * way, head, size, 0.85 * GREEN, rng, min(1 + detail, 2), 0.15)
    wood = ways(2.4 * np.arange(5), 1.1)
    canes = _stalks(np.zeros((5, 3)), 0.6 * wood, 0.012, (0.09, 0.07, 0.03))
    out = ways(GOLDEN * np.arange(blooms) + rng.uniform(0, 6.28), rng.uniform(0.0, 1.35, blooms))
    spots = middle + np.array([0.47, 0.45, 0.47]) * out
    if detail >= 1:
        tint = np.asarray(colour) * rng.uniform(0.8, 1.05, blooms)[:, None]
        wide = np.full(blooms, (0.048, 0.055, 0.08)[detail - 1])
        heads = tufted(spots, wide, 0.75 * wide, tint, rng, dark=0.6)
        return [green, canes, heads]
    dark = 0.6 * np.asarray(colour)
    rings = ((6, 0.05, 0.25), (5, 0.042, 0.75), (4, 0.03, 1.15))
    heads = [
        corolla(s, unit(o + 0.5 * UP), n, (long, 1.1 * long), lift, (dark, colour), rng, 1, 0.1)
        for s, o in zip(spots, out, strict=True)
        for n, long, lift in rings
    ]
    return [green, canes, *heads]
