# SPDX-License-Identifier: Apache-2.0
"""Hashes of the user's files that a run is made from: another file makes another result."""

from __future__ import annotations

from pathlib import Path

from gen3d.cache import sha256_of
from gen3d.models.cards import all_cards, folder_digest
from gen3d.runs import Json
from gen3d.spec import MoveSpec


def motion_files(moves: MoveSpec) -> Json:
    """Hashes of the files that a motion is made from, so that another file makes another motion."""
    named = {
        "character": moves.character,
        "bone_map": moves.bone_map,
        "model": moves.model,
        "text_encoder": moves.text_encoder,
        "statistics": moves.statistics,
        "database": moves.database,
        "library": moves.library,
    }
    files = {role: digest_of(name) for role, name in named.items() if name}
    return {"files": files, "keyframes": [digest_of(key.file) for key in moves.keyframes]}


def digest_of(name: str) -> str:
    """Hash of a file, or of all in a folder; empty for what is neither, such as a card's id."""
    path = Path(name)
    if name in all_cards() or not path.exists():
        return ""
    return sha256_of(path) if path.is_file() else folder_digest(path, "**/*")
