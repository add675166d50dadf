# SPDX-License-Identifier: Apache-2.0
"""From a finished training to what ships: files beside the package, hashes in the card.

For developers of the project, in a clone: the card's text (recipe, figures, limits) is written by
hand, its list of files by :func:`publish_model`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from gen3d.atomic import publish, write_whole
from gen3d.cache import sha256_of
from gen3d.config import config_dir
from gen3d.errors import Gen3dError
from gen3d.models.cards import find_card, home_of

CARDS = {
    "clip": "object-clip",
    "judge": "object-judge",
    "diffusion": "object-diffusion",
    "avatar-clip": "avatar-clip",
    "avatar-judge": "avatar-judge",
    "motion": "motion-diffusion",
    "motion-judge": "motion-judge",
    "hdr": "hdr-expansion",
    "panorama": "panorama-diffusion",
}
"""Card of each training."""


def publish_model(what: str, folder: Path) -> Path:
    """Copy a training's result to where the package keeps it, and its hashes into the card.

    Args:
        what: A key of :data:`CARDS`.
        folder: The result.

    Raises:
        Gen3dError: There is no result, or no card.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise Gen3dError(f"There is nothing in {folder}.", f"Train first: gen3d train {what}")
    place = home_of(find_card(CARDS[what]))
    if place is None:
        raise Gen3dError(f"{CARDS[what]} has no folder.", "Its card must say place: weights.")
    shutil.rmtree(place, ignore_errors=True)
    for path in files:
        temporary = place / path.relative_to(folder).with_suffix(".tmp")
        temporary.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, temporary)
        publish(temporary, place / path.relative_to(folder))
    _note_hashes(config_dir() / "models" / f"{CARDS[what]}.yml", place)
    return place


def _note_hashes(card: Path, place: Path) -> None:
    content: dict[str, Any] = yaml.safe_load(card.read_text(encoding="utf-8"))
    content["files"] = [
        {"path": path.relative_to(place).as_posix(), "sha256": sha256_of(path)}
        for path in sorted(place.rglob("*"))
        if path.is_file()
    ]
    text = yaml.safe_dump(content, sort_keys=False, width=100, allow_unicode=True)
    write_whole(card, text)
