# SPDX-License-Identifier: Apache-2.0
"""Every phrase whose embedding ships with the vocabulary, and writing them."""

from __future__ import annotations

from pathlib import Path

from gen3d.words import (
    ancestry,
    archetypes,
    colours,
    descriptors,
    garments,
    land,
    light,
    looks,
    room,
    sentence,
)
from gen3d.words.phrases import STORE, write_store
from gen3d.words.vocabulary import directory


def vocabulary_texts() -> list[str]:
    """All texts that the readers compare with, without repeats."""
    groups = (
        ancestry.ancestry_texts(),
        archetypes.archetype_texts(),
        colours.colour_texts(),
        descriptors.anchor_texts(),
        garments.garment_texts(),
        land.land_texts(),
        light.scene_texts(),
        looks.look_texts(),
        room.room_texts(),
        [text for text, _ in sentence.role_examples()],
    )
    return list(dict.fromkeys(text for group in groups for text in group))


def rebuild(path: Path | None = None) -> int:
    """Embed the vocabulary afresh and write the store; returns the number of phrases."""
    return write_store(vocabulary_texts(), path or directory() / STORE)
