# SPDX-License-Identifier: Apache-2.0
"""What somebody is covered in: soot, mud or flour lies on the clothes and a little on the skin."""

from __future__ import annotations

import re

import numpy as np

from gen3d.spec import CharacterSpec, GarmentSpec, Rgb
from gen3d.words.vocabulary import colour, table

ON_CLOTHES, ON_SKIN = 0.65, 0.3
"""Share of the stain's colour; what is thickest on cloth is rubbed off of faces."""
WEATHERED = 0.6
_COVERED = re.compile(
    r"\b(?:covered|caked|smeared|spattered|splattered|dusted|stained|drenched|blackened|coated)"
    r" (?:all over )?(?:in|with|by) ([\w\- ]+)"
)


def stain_of(text: str) -> Rgb | None:
    """Colour of what the words say that somebody is covered in."""
    stains: dict[str, str] = table("fabrics")["stains"]
    found = _COVERED.search(text)
    if found is None:
        return None
    return next((colour(stains[word]) for word in found[1].split()[:3] if word in stains), None)


def stained(figure: CharacterSpec, text: str) -> CharacterSpec:
    """The figure as dirty as the words say."""
    stain = stain_of(text)
    if stain is None:
        return figure
    skin = figure.skin.model_copy(
        update={
            "tone": _mixed(figure.skin.tone, stain, ON_SKIN),
            "weathering": max(figure.skin.weathering, WEATHERED),
        }
    )
    garments = tuple(_stained(garment, stain) for garment in figure.garments)
    return figure.model_copy(update={"skin": skin, "garments": garments})


def _stained(garment: GarmentSpec, stain: Rgb) -> GarmentSpec:
    color, accent = (_mixed(c, stain, ON_CLOTHES) for c in (garment.color, garment.accent))
    return garment.model_copy(update={"color": color, "accent": accent})


def _mixed(own: Rgb, stain: Rgb, share: float) -> Rgb:
    """Between two colours, evenly in the logarithm of light as layers of dirt darken."""
    logs = (1.0 - share) * np.log(own) + share * np.log(stain)
    red, green, blue = (round(float(c), 4) for c in np.exp(logs))
    return red, green, blue
