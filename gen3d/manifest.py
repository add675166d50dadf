# SPDX-License-Identifier: Apache-2.0
"""What a result is made of, and what one may do with it: ``manifest.json`` and ``asset.extras``.

Both are built from the stage records alone, so a run that was interrupted and resumed has the same
manifest as one that was not, apart from its times.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen3d import __version__
from gen3d.config import RunConfig, config_dir
from gen3d.models.cards import Card, provenance
from gen3d.runs import STAGES, StageRecord

if TYPE_CHECKING:
    from gen3d.types import Character

FORMAT = 1
_PACKAGES = ("gen3d", "motion", "scenes")
_VERSIONED = ("anny", "numpy", "pybullet", "scipy", "torch")
_COSTS = ("seconds", "cpu_seconds", "peak_mb")
_NO_RESULT = ("cli/", "viewer/", "prompts/", "pictures/", "__pycache__/")
"""Folders of the project on which no result depends."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 over the code and data of this project: results of other code are made again."""
    digest = hashlib.sha256()
    for root in (*map(_package_folder, _PACKAGES), config_dir()):
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            name = path.relative_to(root).as_posix()
            if not any(part in f"{name}/" for part in _NO_RESULT):
                digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of what the results' bytes may depend on."""
    found = {"gen3d": __version__, "python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def asset_extras(config: RunConfig, cards: Iterable[Card], notes: Sequence[str]) -> dict[str, Any]:
    """The block that travels inside every asset: where it is from and what one may do with it."""
    models = [provenance(card) for card in cards]
    return {
        "generator": f"gen3d {__version__}",
        "prompt": config.prompt,
        "seed": config.seed,
        "versions": versions(),
        "models": models,
        "commercial_use": commercial_use(models),
        "notes": list(notes),
    }


def of_the_users(extras: Mapping[str, Any], what: str = "figure") -> dict[str, Any]:
    """The same block for a figure of the user's own, whose licence nobody here knows."""
    own = f"The {what} is the user's own: its licence says what may be done with it."
    allowed = extras["commercial_use"]
    why = f"{allowed['why']} {own}"
    notes = [*extras["notes"], own]
    return {**extras, "commercial_use": {**allowed, "why": why}, "notes": notes}


def commercial_use(models: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Whether the result may be sold, and why."""
    against = [model for model in models if not model["commercial_use"]]
    because = against or models
    return {
        "allowed": not against,
        "why": " ".join(f"{model['id']}: {model['why']}" for model in because),
    }


def stranger(source: str, digest: str, role: str) -> dict[str, Any]:
    """The manifest's entry of a model that has no card: nothing is known of what it allows."""
    return {
        "id": Path(source).name,
        "role": role,
        "source": "a folder or file of the user's",
        "licence": "unknown",
        "commercial_use": False,
        "why": "The model has no card here, so what its licence allows is not known.",
        "remarks": [],
        "sha256": digest,
    }


def build_manifest(
    config: RunConfig, extras: Mapping[str, Any], records: Sequence[StageRecord], seconds: float
) -> dict[str, Any]:
    """Everything that is known about a run.

    Args:
        config: What was asked.
        extras: The block of :func:`asset_extras`.
        records: The finished stages, in order.
        seconds: How long this process worked on the run.
    """
    files = {path: digest for record in records for path, digest in record.outputs.items()}
    return {
        "format": FORMAT,
        "verb": config.verb,
        **extras,
        "facts": {record.name: record.facts for record in records if record.facts},
        "files": {p: d for p, d in sorted(files.items()) if not p.startswith(f"{STAGES}/")},
        "stages": {r.name: {name: getattr(r, name) for name in _COSTS} for r in records},
        "seconds": round(seconds, 2),
    }


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places or [name])))


def facts_of(character: Character) -> dict[str, Any]:
    """What a record says of a character: heights (m), triangles, parts, its skeleton's hash."""
    positions = character.skeleton.positions.tobytes()
    low = min(float(part.mesh.verts[:, 1].min()) for part in character.parts)
    high = max(float(part.mesh.verts[:, 1].max()) for part in character.parts)
    return {
        # As it stands in the file: with shoes, hair and hat; and the person alone.
        "height_m": round(high - low, 4),
        "body_height_m": round(character.height, 4),
        "triangles": sum(len(part.mesh.faces) for part in character.parts),
        "parts": [part.name for part in character.parts],
        "skeleton": hashlib.sha256(positions).hexdigest(),
    }
