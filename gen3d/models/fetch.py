# SPDX-License-Identifier: Apache-2.0
"""Published models brought onto this machine, only when asked for by name.

Files come from a folder of the user's or through the hub's own client, which knows where the hub
is. They are collected beside their place, compared with the card's hashes, or with those of an
earlier fetch, and moved there in one step: a model is whole or absent. A hash that no card knows is
recorded (trust on first use).
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.models.cards import (
    RECORD,
    Card,
    how_to_repair,
    is_here,
    models_dir,
    read_record,
    verify,
)
from gen3d.progress import OnStep, silent

_COMMAND = "pip install huggingface_hub"
_UNREACHABLE = "the hub cannot be reached"


def fetch(card: Card, source: str = "", on_step: OnStep = silent) -> Path:
    """Bring a model's files onto this machine and return their folder.

    Nothing happens when they are there and unchanged.

    Args:
        card: One with ids.
        source: A folder that holds the files, or a hub id; empty for the card's own ids.
        on_step: Told after every file.

    Raises:
        Gen3dError: No network, no such model, a file that is missing or has another hash.
    """
    if card.place != "fetched":
        raise Gen3dError(
            f"The model {card.id} is not fetched: it is part of the installation.",
            how_to_repair(card),
        )
    home = models_dir() / card.id
    known = read_record(home)
    if is_here(card) and all(v.state == "ok" for v in verify(card)):
        return home
    partial = home.with_name(f".{card.id}.part")
    partial.mkdir(parents=True, exist_ok=True)
    folder = Path(source).expanduser()
    if source and folder.exists():
        _copy(card, folder, partial, on_step)
        origin = str(folder.resolve())
    else:
        origin = _download(card, _candidates(card, source), partial, on_step)
    _publish(card, partial, home, {"from": origin, "files": _checked(card, partial, known)})
    return home


def _candidates(card: Card, source: str) -> Sequence[str]:
    """Hub ids in the order in which they are tried."""
    if not source:
        return [*card.ids, *card.mirrors]
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise Gen3dError(
            f"{source} is neither a folder that exists nor the id of a model.",
            "An id has the form owner/name.",
        )
    return [source]


def _copy(card: Card, folder: Path, partial: Path, on_step: OnStep) -> None:
    """Copy a card's files from the user's folder."""
    absent = [file.path for file in card.files if not (folder / file.path).is_file()]
    if absent:
        raise Gen3dError(
            f"{folder} lacks {absent[0]}"
            + (f" and {len(absent) - 1} more." if absent[1:] else "."),
            f"The model {card.id} consists of: {', '.join(f.path for f in card.files)}.",
        )
    for index, file in enumerate(card.files):
        (partial / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / file.path, partial / file.path)
        on_step(index + 1, len(card.files))


def _download(card: Card, ids: Sequence[str], partial: Path, on_step: OnStep) -> str:
    """Download a card's files from the first id that has all of them; returns that id."""
    reasons: list[str] = []
    for name in ids:
        reason = _try_download(card, name, partial, on_step)
        if not reason:
            return name
        reasons.append(f"{name}: {reason}")
        if reason == _UNREACHABLE:
            break
    raise Gen3dError(
        f"The model {card.id} could not be fetched ({'; '.join(reasons)}).",
        "Check the network, or copy the files here by other means and run: "
        f"gen3d models fetch {card.id} --from FOLDER",
    )


def _try_download(card: Card, name: str, partial: Path, on_step: OnStep) -> str:
    """Download from one id; returns why that failed, empty for success."""
    hub_download, expected = _hub()
    # Another id is another set of files only where the card's revision names a commit of the first.
    revision = card.revision if name == card.ids[0] and card.revision else None
    for index, file in enumerate(card.files):
        try:
            hub_download(name, file.path, revision=revision, local_dir=partial)
        except expected as error:
            return _reason(error)
        on_step(index + 1, len(card.files))
    return ""


def _hub() -> tuple[Callable[..., object], tuple[type[Exception], ...]]:
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
        from huggingface_hub.utils import logging
    except ImportError:
        raise Gen3dError(
            "Fetching from the model hub needs a package that is not installed (huggingface_hub).",
            f"Run: {_COMMAND}, or give a folder with --from.",
        ) from None
    # It would print every retry; the sentence at the end says what happened.
    logging.set_verbosity_error()
    return hf_hub_download, (HfHubHTTPError, HFValidationError, OSError, *_transport_errors())


def _transport_errors() -> tuple[type[Exception], ...]:
    """What the transport below the hub's client raises when a connection breaks off half-way.

    Which transport that is depends on the client's version; what the oldest raises is an OSError.
    """
    present = [name for name in ("httpx", "httpx2") if importlib.util.find_spec(name)]
    return tuple(importlib.import_module(name).HTTPError for name in present)


def _reason(error: Exception) -> str:
    """Why a download failed, in a few words and without addresses."""
    return {
        "RepositoryNotFoundError": "no such model there",
        "GatedRepoError": "its owner asks for a registration",
        "RemoteEntryNotFoundError": "a file is not there",
        "EntryNotFoundError": "a file is not there",
        "RevisionNotFoundError": "the revision is not there",
        "HFValidationError": "not an id",
        "OfflineModeIsEnabled": "offline mode is on",
        "LocalEntryNotFoundError": _UNREACHABLE,
        "ConnectError": _UNREACHABLE,
        "ConnectionError": _UNREACHABLE,
    }.get(type(error).__name__, type(error).__name__)


def _checked(card: Card, partial: Path, known: dict[str, str]) -> dict[str, str]:
    """Hashes of the collected files, if they are what the card or an earlier fetch says."""
    found = {file.path: sha256_of(partial / file.path) for file in card.files}
    for file in card.files:
        expected = file.sha256 or known.get(file.path, "")
        if expected and found[file.path] != expected:
            shutil.rmtree(partial)
            raise Gen3dError(
                f"{file.path} of {card.id} is not the file that was published "
                f"(sha256 {found[file.path][:12]}…, not {expected[:12]}…).",
                "Nothing was kept. If its authors changed it and you trust them, delete "
                f"{models_dir() / card.id} first; else try another source with --from.",
            )
    return found


def _publish(card: Card, partial: Path, home: Path, record: dict[str, object]) -> None:
    """Move the collected files to their place in one step."""
    kept = {Path(file.path) for file in card.files}
    for path in [p for p in partial.rglob("*") if p.is_file()]:
        if path.relative_to(partial) not in kept:
            path.unlink()
    shutil.rmtree(partial / ".cache", ignore_errors=True)
    content = {"id": card.id, "licence": card.licence, **record}
    (partial / RECORD).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if home.exists():
        shutil.rmtree(home)
    partial.replace(home)
