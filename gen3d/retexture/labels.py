# SPDX-License-Identifier: Apache-2.0
"""What a place of a figure can be."""

from __future__ import annotations

from gen3d.retexture.names import CLOTH, SKIN, UNTOUCHED, WHOLE

LABELS = (
    *(UNTOUCHED, WHOLE, CLOTH, SKIN, "face", "hair", "beard", "brows", "lashes", "eyes", "mouth"),
    *("upper", "middle", "outer", "full", "lower", "feet", "socks", "hands", "waist", "head"),
    *("mouth_cover", "eyes_cover", "neck", "back", "pack", "apron", "armour", "shoulder_armour"),
    *("shins", "forearms"),
)
"""Surfaces of names that say little, parts of the body, places of the wardrobe."""
LABEL = {name: index for index, name in enumerate(LABELS)}
BODY = ("face", "hair", "beard", "brows", "lashes", "eyes", "mouth", SKIN, WHOLE, UNTOUCHED)
"""Labels that are no clothes."""
