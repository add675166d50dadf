# SPDX-License-Identifier: Apache-2.0
"""A style over a whole figure: its palette, fabrics and patterns, and the state that it is in.

``configs/vocabulary/styles.yml`` holds moods by meaning ("post-apocalyptic" is near "wasteland");
colours, fabrics and patterns that the words name themselves are taken as said: colours become the
palette of the garments, the darkest for the largest.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gen3d.perception import from_oklab, to_oklab
from gen3d.spec import CharacterSpec, GarmentSpec, Rgb
from gen3d.wardrobe.fabric_weave import LOOKS
from gen3d.words.colours import read_at
from gen3d.words.garments import slot as place_of_kind
from gen3d.words.garments import surface_at
from gen3d.words.outfit import MAIN_SLOTS
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import BRIGHTEST, DARKEST, colour, table

_FOUND = 0.5
"""Similarity of a phrase from which it is taken for a style."""
Row = dict[str, Any]


def styled(figure: CharacterSpec, text: str) -> tuple[CharacterSpec, list[str]]:
    """A figure in a style, and a note where its words say nothing."""
    rows, rest = _exact(text.lower())
    palette, fabric, pattern = _named(re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", rest))
    if not (rows or palette or fabric or pattern):
        rows = _by_meaning(rest)
    if not (rows or palette or fabric or pattern):
        return figure, [f"“{text}” is no known style, palette or fabric: nothing changed."]
    garments = [_dyed(g, palette, n) for n, g in enumerate(figure.garments)]
    for row in rows:
        garments = [_in_style(garment, row) for garment in garments]
        figure = _weathered(figure, row)
    garments = [_made_of(garment, fabric, pattern) for garment in garments]
    return figure.model_copy(update={"garments": tuple(garments)}), []


def style_texts() -> list[str]:
    """Every text that reading a style compares with."""
    return [phrase for row in table("styles").values() for phrase in row["phrases"]]


def _exact(text: str) -> tuple[list[Row], str]:
    """Styles that stand in the words, the longest phrases first, and what is left of the words."""
    found: list[Row] = []
    pairs = [(phrase, row) for row in table("styles").values() for phrase in row["phrases"]]
    for phrase, row in sorted(pairs, key=lambda pair: -len(pair[0])):
        pattern = rf"(?<![\w-]){re.escape(phrase)}(?![\w-])"
        if re.search(pattern, text):
            text = re.sub(pattern, ",", text)
            found += [] if row in found else [row]
    return found, text


def _by_meaning(text: str) -> list[Row]:
    """The nearest style of each phrase, where one is near."""
    phrases = [part.strip() for part in re.split(r",| and ", text) if part.strip()]
    if not phrases:
        return []
    owners = [row for row in table("styles").values() for _ in row["phrases"]]
    scores = embed(phrases).astype(np.float64) @ embed(style_texts()).astype(np.float64).T
    best = [(int(row.argmax()), float(row.max())) for row in scores]
    return [owners[index] for index, score in best if score >= _FOUND]


def _named(words: list[str]) -> tuple[list[Rgb], str, str]:
    """Colours, a fabric and a pattern that words name."""
    palette: list[Rgb] = []
    surface = {"fabric": "", "pattern": ""}
    i = 0
    while i < len(words):
        found, tint = surface_at(words, i), read_at(words, i)
        if found:
            surface[found[0]] = found[1]
            i += found[2]
        elif tint:
            palette.append(tint[0])
            i += tint[1]
        else:
            i += 1
    return palette, surface["fabric"], surface["pattern"]


def _dyed(garment: GarmentSpec, palette: list[Rgb], number: int) -> GarmentSpec:
    if not palette:
        return garment
    main = place_of_kind(garment.kind) in MAIN_SLOTS
    color = palette[0] if main and len(palette) == 1 else palette[number % len(palette)]
    accent = palette[(number + 1) % len(palette)] if len(palette) > 1 else garment.accent
    return garment.model_copy(update={"color": color, "accent": accent})


def _in_style(garment: GarmentSpec, row: Row) -> GarmentSpec:
    changes: dict[str, object] = {
        key: _shifted(getattr(garment, key), row) for key in ("color", "accent")
    }
    if "rough" in row:
        base = (
            garment.roughness if garment.roughness is not None else LOOKS[garment.fabric].roughness
        )
        changes["roughness"] = round(min(max(base + float(row["rough"]), 0.05), 1.0), 3)
    if "wear" in row:
        changes["wear"] = row["wear"] or None
    styled_ = GarmentSpec.model_validate(garment.model_dump() | changes)
    return _made_of(styled_, str(row.get("fabric", "")), str(row.get("pattern", "")))


def _made_of(garment: GarmentSpec, fabric: str, pattern: str) -> GarmentSpec:
    """Fabric and pattern of the main garments; metal stays metal, a print stays a print."""
    if place_of_kind(garment.kind) not in MAIN_SLOTS:
        return garment
    changes: dict[str, object] = {}
    if fabric and garment.fabric not in {"metal", "gold"}:
        changes["fabric"] = fabric
    if pattern and garment.pattern == "plain":
        changes["pattern"] = pattern
    return GarmentSpec.model_validate(garment.model_dump() | changes)


def _shifted(value: Rgb, row: Row) -> Rgb:
    """A colour moved as a style moves it, in OKLab."""
    lab = to_oklab(np.array(value, dtype=np.float64)[None])[0]
    mix = row.get("mix")
    if mix is not None:
        other = to_oklab(np.array(colour(mix["colour"]))[None])[0]
        # Only the hue goes over: what is light stays light.
        lab[1:] += float(mix["share"]) * (other[1:] - lab[1:])
        lab[0] += 0.4 * float(mix["share"]) * (other[0] - lab[0])
    lab[0] = np.clip(lab[0] + float(row.get("light", 0.0)), 0.12, 0.97)
    lab[1:] *= float(row.get("chroma", 1.0))
    lab[2] += float(row.get("warm", 0.0))
    red, green, blue = (
        round(float(c), 4) for c in np.clip(from_oklab(lab[None])[0], DARKEST, BRIGHTEST)
    )
    return red, green, blue


def _weathered(figure: CharacterSpec, row: Row) -> CharacterSpec:
    if "weathering" not in row:
        return figure
    level = min(max(figure.skin.weathering + float(row["weathering"]), 0.0), 1.0)
    return figure.model_copy(update={"skin": figure.skin.model_copy(update={"weathering": level})})
