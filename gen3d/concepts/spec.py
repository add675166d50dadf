# SPDX-License-Identifier: Apache-2.0
"""What is said beside the prompt, as named values of ``config.yml``."""

from __future__ import annotations

from typing import Literal

from gen3d.spec import CharacterSpec, Spec

Part = Literal["face", "shape", "outfit"]
PARTS: tuple[Part, ...] = ("face", "shape", "outfit")


class ConceptSpec(Spec):
    """Concepts that stand in for parts of the prompt's figure."""

    face: str = ""
    """Whose skin, hair, eyes and features it has."""
    outfit: str = ""
    """What it wears."""
    style: str = ""
    """Mood, palette and fabric of everything."""
    without: str = ""
    """What it must not be or have, phrases separated by commas."""
    keep: tuple[Part, ...] = ()
    """Parts whose numbers are those of :attr:`kept`."""
    kept: CharacterSpec | None = None
    """The figure that the folder held when --keep was given."""
