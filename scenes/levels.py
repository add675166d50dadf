# SPDX-License-Identifier: Apache-2.0
"""All that stands many times in a land, each copy in every level of detail: for engines.

``scene.glb`` has one level for each copy, by its distance from where the character stands: that is
right for a picture, and programs that know nothing of levels show it as it is. An engine whose
player walks about wants them all. They are in a file of their own, ``scene_lod.glb``, by
``MSFT_lod``, since Blender puts the coarser nodes into the scene beside the finest. The ground
keeps its rings.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from scenes.place import Copies, Place, Shape
from scenes.world.build import build
from scenes.world.lit import lit_shape
from scenes.world.plants import rock_levels, tree_levels
from scenes.world.surfaces import surfaces
from scenes.world.terrain import Map
from scenes.world.town import building_levels
from scenes.world.undergrowth import low_levels

_COVERAGE = {3: (0.25, 0.06, 0.0), 4: (0.5, 0.25, 0.1, 0.0)}
"""Share of the picture's height from which each level is shown, by their number."""
_TREE = re.compile(r"(conifer|broadleaf|palm|cactus|bamboo) (\d) LOD\d")
_LOW = re.compile(r"(prickly pear|barrel cactus) (\d) LOD\d")
_ROCK, _BUILDING = re.compile(r"rock (\d)"), re.compile(r"building (\d+) (\d)")


def coverage(many: int) -> list[float]:
    """Share of the picture's height from which each of some levels is shown."""
    return [*_COVERAGE[many]]


def levelled(where: Map) -> tuple[Place, dict[str, tuple[Shape, ...]]]:
    """A land whose copies are of the finest level, and the coarser ones by the finest's name."""
    place, coarser = build(where), dict[str, tuple[Shape, ...]]()
    kept, groups = list[Copies](), dict[str, tuple[tuple[Shape, ...], list[Copies]]]()
    for copies in place.copies:
        levels = _levels(where, copies.shape.name)
        if where.land.lit:
            levels = tuple(lit_shape(s, len(surfaces(where.land)), where.seed) for s in levels)
        if levels:
            groups.setdefault(levels[0].name, (levels, []))[1].append(copies)
        else:
            kept.append(copies)
    for name, (levels, many) in groups.items():
        coarser[name] = levels[1:]
        positions, turns, scales = (
            np.concatenate([getattr(copies, part) for copies in many])
            for part in ("positions", "turns", "scales")
        )
        kept.append(Copies(levels[0], positions, turns, scales, many[0].solid))
    return replace(place, copies=tuple(kept)), coarser


def _levels(where: Map, name: str) -> tuple[Shape, ...]:
    """The levels of a shape; none where it has no others."""
    tree, low, rock, building = (p.fullmatch(name) for p in (_TREE, _LOW, _ROCK, _BUILDING))
    if tree:
        return tree_levels(where, tree[1], int(tree[2]))
    if low:
        return low_levels(where, low[1], int(low[2]))
    if rock:
        return rock_levels(where, int(rock[1]))
    return building_levels(where, int(building[1]), int(building[2])) if building else ()
