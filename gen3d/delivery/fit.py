# SPDX-License-Identifier: Apache-2.0
"""A character as a target wants it: one figure for each of the target's levels of detail."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gen3d.delivery.atlas import atlased
from gen3d.delivery.levels import levels_of
from gen3d.delivery.r15 import r15_body
from gen3d.targets import Level, Target
from gen3d.types import Character


@dataclass(frozen=True)
class Fitted:
    """One level of detail, ready to be written."""

    number: int
    level: Level
    character: Character


def fitted(character: Character, target: Target) -> list[Fitted]:
    """The character within each level's triangles, materials and texture sizes.

    All parts become one mesh, one primitive for each material; for Roblox the body is made anew.
    Only the nearest level keeps the clips: engines play one animation on all of them.

    Raises:
        Gen3dError: The character does not suit the target.
    """
    if target.remade:
        return [
            Fitted(number, level, r15_body(character, level))
            for number, level in enumerate(target.levels)
        ]
    figures = levels_of(character, [level.triangles for level in target.levels])
    return [
        Fitted(number, level, _finished(figure, level, number))
        for number, (level, figure) in enumerate(zip(target.levels, figures, strict=True))
    ]


def _finished(figure: Character, level: Level, number: int) -> Character:
    sheeted = atlased(figure, level.texture_px, level.materials)
    parts = tuple(replace(part, group="Body") for part in sheeted.parts)
    return replace(sheeted, parts=parts, clips=figure.clips if number == 0 else ())
