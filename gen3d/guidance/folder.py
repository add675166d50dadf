# SPDX-License-Identifier: Apache-2.0
"""Folders of diffusion models on this machine: found by name, read whole or not at all.

Nothing here reaches for the network. Weights are safetensors only; a part whose file is truncated,
that lacks weights, or that holds values which are not numbers is refused.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from gen3d.errors import Gen3dError
from gen3d.models.cards import all_cards, is_here, resolve

INDEX = "model_index.json"
_AGAIN = "Copy or fetch the whole folder again, with its .safetensors files."


def need(name: str) -> ModuleType:
    """An optional library.

    Raises:
        Gen3dError: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Gen3dError(
            f"Score distillation of this model needs {name}.", f"Run: pip install {name}"
        ) from None


def find_folder(source: str) -> Path:
    """The folder of a diffusion model.

    Args:
        source: A path, the id of a model card, or a hub's id whose files are on this machine.

    Raises:
        Gen3dError: It is not on this machine.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    cards = all_cards()
    if source in cards:
        return resolve(source)
    named = [c for c in cards.values() if source in {*c.ids, *c.mirrors}]
    here = next((card for card in named if is_here(card)), None)
    if here is not None:
        return resolve(here.id)
    return _cached(source, named[0].id if named else None)


def _cached(source: str, card_id: str | None) -> Path:
    """A snapshot that some program has downloaded before."""
    hub = need("huggingface_hub")
    try:
        return Path(hub.snapshot_download(source, local_files_only=True))
    except (OSError, ValueError):
        fetch = f"gen3d models fetch {card_id}" if card_id else "gen3d models list"
        raise Gen3dError(
            f"The diffusion model {source!r} is no folder and not on this machine.",
            f"Give the path of a diffusers folder, or run: {fetch}",
        ) from None


def read_index(folder: Path) -> dict[str, Any]:
    """Which parts the model has, by ``model_index.json``.

    Raises:
        Gen3dError: The file is missing or no JSON object.
    """
    return read_json(folder / INDEX)


def read_json(path: Path) -> dict[str, Any]:
    """One configuration file.

    Raises:
        Gen3dError: It is missing or no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise Gen3dError(f"{path} is missing: not a diffusers folder.", _AGAIN) from None
    except ValueError as error:
        raise Gen3dError(f"{path} is not valid JSON ({error}).", _AGAIN) from None
    if not isinstance(content, Mapping):
        raise Gen3dError(f"{path} is not a JSON object.", _AGAIN)
    return dict(content)


def load_part(
    kind: Any,  # noqa: ANN401 both libraries are untyped
    folder: Path,
    name: str,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Any:  # noqa: ANN401
    """One network of a folder, frozen, with every weight present and finite.

    Args:
        kind: The class to read it with, of ``diffusers`` or ``transformers``.
        folder: The model's folder.
        name: The part's folder in it.
        device: Where it will run.
        dtype: In which precision.

    Raises:
        Gen3dError: Missing, truncated, incomplete, or not finite.
    """
    from safetensors import SafetensorError

    place = folder / name
    read_json(place / "config.json")
    try:
        with _hushed():
            network, found = kind.from_pretrained(
                str(place),
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                variant=_variant(place),
            )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Gen3dError(f"The part {name} of {folder} cannot be read: {reason}", _AGAIN) from None
    _check(network, found, place)
    with _hushed():
        return network.to(device, dtype).eval().requires_grad_(requires_grad=False)


@contextmanager
def _hushed() -> Generator[None]:
    """Without the libraries' advice to install what they would like; what is wrong is checked."""
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _variant(place: Path) -> str | None:
    """``fp16`` where only that precision is there."""
    weights = sorted(path.name for path in place.glob("*.safetensors"))
    return "fp16" if weights and all(".fp16." in name for name in weights) else None


def _check(network: torch.nn.Module, found: Mapping[str, Any], place: Path) -> None:
    missing = sorted(found.get("missing_keys") or ())
    wrong = sorted(str(key) for key in found.get("mismatched_keys") or ())
    if missing or wrong:
        first = [*missing, *wrong][0]
        raise Gen3dError(
            f"The weights in {place} do not fit its config.json: {len(missing)} missing, "
            f"{len(wrong)} of another shape (first: {first}).",
            _AGAIN,
        )
    bad = next((n for n, p in network.named_parameters() if not bool(p.isfinite().all())), None)
    if bad is not None:
        raise Gen3dError(
            f"The weights in {place} hold values that are not finite numbers (in {bad}).",
            "Its training diverged or the file is damaged; use another model.",
        )
