# SPDX-License-Identifier: Apache-2.0
"""From a name to the files of an image-and-text model on this machine; nothing is downloaded."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.models.cards import all_cards, is_here, resolve
from gen3d.models.files import SUFFIXES, find_weights

CONFIG = "open_clip_config.json"
_SAFE = "open_clip_model.safetensors"
_PLAIN = "open_clip_pytorch_model.bin"


@dataclass(frozen=True)
class Blueprint:
    """What a model is made of."""

    name: str
    model: dict[str, Any]
    """open_clip's ``model_cfg``."""
    weights: Path
    folder: Path
    """Where its tokenizer lies, if it has one of its own."""
    preprocess: dict[str, Any] = field(default_factory=dict[str, Any])


def find_blueprint(source: str) -> Blueprint:
    """Find a model by path, card id, or architecture and tag or checkpoint.

    Raises:
        Gen3dError: It is not on this machine, or is not a model.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return _of_folder(path, source)
    if path.is_file() or (path.suffix in SUFFIXES and ":" not in source):
        return _beside_config(path, source)
    cards = all_cards()
    if source in cards:
        return _of_folder(resolve(source), source)
    architecture, colon, which = source.partition(":")
    if not colon:
        raise _unknown(source, [*cards, *_architectures()])
    if Path(which).expanduser().suffix in SUFFIXES:
        weights = Path(which).expanduser()
        return Blueprint(source, _built_in(architecture), weights, weights.parent)
    return _of_tag(architecture, which)


def _of_folder(folder: Path, name: str) -> Blueprint:
    config = folder / CONFIG
    if not config.is_file():
        raise Gen3dError(
            f"{folder} holds no {CONFIG}.", f"Name the architecture: ViT-B-32:{folder}/<file>."
        )
    model, preprocess = _read_config(config)
    return Blueprint(name, model, find_weights(folder), folder, preprocess)


def _beside_config(path: Path, name: str) -> Blueprint:
    config = path.parent / CONFIG
    if not path.is_file():
        raise Gen3dError(f"The checkpoint {path} does not exist.", "Check the path.")
    if not config.is_file():
        raise Gen3dError(
            f"Nothing says which architecture {path} has: there is no {CONFIG} beside it.",
            f"Name it: ViT-B-32:{path}",
        )
    model, preprocess = _read_config(config)
    return Blueprint(name, model, path, path.parent, preprocess)


def _read_config(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise Gen3dError(f"{path} is not valid JSON ({error}).", "Fetch it again.") from None
    model = content.get("model_cfg", content) if isinstance(content, dict) else None
    needed = {"embed_dim", "vision_cfg", "text_cfg"}
    if not isinstance(model, dict) or not needed <= model.keys():
        raise Gen3dError(f"{path} is not a configuration of open_clip.", "Fetch it again.")
    return dict(model), dict(content.get("preprocess_cfg") or {})


def _architectures() -> list[str]:
    import open_clip

    return list(open_clip.list_models())


def _built_in(architecture: str) -> dict[str, Any]:
    """The configuration of one of open_clip's architectures."""
    import open_clip

    known = _architectures()
    if architecture not in known:
        raise _unknown(architecture, known)
    config: dict[str, Any] | None = open_clip.get_model_config(architecture)
    return dict(config or {})


def _of_tag(architecture: str, tag: str) -> Blueprint:
    import open_clip

    name = f"{architecture}:{tag}"
    for card in all_cards().values():
        if card.published_as == name and is_here(card):
            return _of_folder(resolve(card.id), name)
    config = _built_in(architecture)
    about: dict[str, Any] = dict(open_clip.get_pretrained_cfg(architecture, tag))
    if not about:
        raise _unknown(tag, open_clip.list_pretrained_tags_by_model(architecture))
    weights = _cached(about)
    if weights is None:
        raise Gen3dError(f"The weights of {name} are not on this machine.", _how_to_get(name))
    # Whether QuickGELU was used belongs to the weights, not to the architecture.
    config["quick_gelu"] = bool(about.get("quick_gelu", False))
    return Blueprint(name, config, weights, weights.parent, about)


def _how_to_get(name: str) -> str:
    ids = [card.id for card in all_cards().values() if card.published_as == name]
    if ids:
        return f"Run: gen3d models fetch {ids[0]}"
    return "Download its checkpoint yourself and give ARCHITECTURE:path/to/file.safetensors."


def _cached(about: dict[str, Any]) -> Path | None:
    """A published checkpoint that some program has downloaded before."""
    repository, _, name = str(about.get("hf_hub", "")).rpartition("/")
    names = [_SAFE, _PLAIN] if not name else [str(Path(name).with_suffix(".safetensors")), name]
    if repository:
        from huggingface_hub import try_to_load_from_cache

        hits = (try_to_load_from_cache(repository, each) for each in names)
        found = next((Path(hit) for hit in hits if isinstance(hit, str)), None)
        if found is not None:
            return found
    return _downloaded(str(about.get("url", "")))


def _downloaded(address: str) -> Path | None:
    """open_clip's own folder of downloads; a file there is used if its hash is as its name says."""
    *_, folder, name = ["", "", *address.split("/")]
    path = Path.home() / ".cache" / "clip" / name
    if not name or not path.is_file():
        return None
    stated = {folder, path.stem.rpartition("-")[2]}
    actual = sha256_of(path)
    return path if any(len(s) >= 8 and actual.startswith(s) for s in stated) else None


def _unknown(value: str, known: Iterable[str]) -> Gen3dError:
    near = difflib.get_close_matches(value, list(known), n=1, cutoff=0.0)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return Gen3dError(
        f"{value!r} is no model card, no path and no architecture or tag of open_clip.",
        f"{hint}`gen3d models list` shows the cards.",
    )
