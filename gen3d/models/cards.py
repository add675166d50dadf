# SPDX-License-Identifier: Apache-2.0
"""Model cards: which models and data sets there are, where their files lie, and what one may do.

A card is a YAML file in ``configs/models``. Its hashes are of what was published: :func:`verify`
compares the files on this machine with them. A folder's hash is the SHA-256 over the sorted lines
``<sha256 of the file>  <path>`` of the files that match its pattern.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from gen3d.cache import sha256_of
from gen3d.config import config_dir
from gen3d.errors import Gen3dError

State = Literal["ok", "missing", "different"]


class CardFile(BaseModel):
    """A file, or the files of a folder, that belong to a model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    """Inside the installed module, or inside ``configs`` where the card names no module."""
    pattern: str = ""
    """For a folder: which files in it, for example ``**/*.txt``."""
    sha256: str


class Card(BaseModel):
    """What is known about a model or a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    role: str
    """What the project uses it for."""
    source: str
    """Where it comes from, in words."""
    package: str = ""
    """The distribution that brings it."""
    module: str = ""
    """The importable name of that distribution, whose folder holds the files."""
    licence: str
    commercial_use: bool
    why: str
    """Why commercial use is allowed, or not."""
    remarks: tuple[str, ...] = ()
    """Provenance and acknowledgements to pass on."""
    files: tuple[CardFile, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether one file or folder of a card is the published one."""

    card: Card
    path: str
    state: State


@lru_cache(maxsize=1)
def load_cards() -> dict[str, Card]:
    """Every card, by id, in order of the ids.

    Raises:
        Gen3dError: A card is not valid.
    """
    cards: dict[str, Card] = {}
    for path in sorted((config_dir() / "models").glob("*.yml")):
        try:
            card = Card.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise Gen3dError(f"The model card {path} is not valid.", str(error)) from None
        cards[card.id] = card
    return cards


def home_of(card: Card) -> Path | None:
    """The folder that the paths of a card start from; ``None`` when its package is absent."""
    if not card.module:
        return config_dir()
    spec = importlib.util.find_spec(card.module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def verify(card: Card) -> list[Verdict]:
    """Compare each file of a card with its published hash."""
    home = home_of(card)
    return [Verdict(card, file.path, _state(home, file)) for file in card.files]


def provenance(card: Card) -> dict[str, Any]:
    """The part of a card that goes into a manifest and into every asset made with it."""
    digest = hashlib.sha256("".join(file.sha256 for file in card.files).encode()).hexdigest()
    return {
        "id": card.id,
        "role": card.role,
        "source": card.source,
        "licence": card.licence,
        "commercial_use": card.commercial_use,
        "why": card.why,
        "remarks": list(card.remarks),
        "sha256": card.files[0].sha256 if len(card.files) == 1 else digest,
    }


def folder_digest(folder: Path, pattern: str) -> str:
    """SHA-256 of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.glob(pattern) if p.is_file()):
        digest.update(f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def _state(home: Path | None, file: CardFile) -> State:
    path = home / file.path if home else None
    if path is None or not path.exists():
        return "missing"
    actual = folder_digest(path, file.pattern) if file.pattern else sha256_of(path)
    return "ok" if actual == file.sha256 else "different"
