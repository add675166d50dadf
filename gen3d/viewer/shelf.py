# SPDX-License-Identifier: Apache-2.0
"""What the viewer may show: runs by name, the state of each, and the files of theirs it may read.

A shelf is made of one run, of a folder of runs, of a folder of models, or of one model file. A file
is readable when it is a result by its ending, has no hidden part in its path, and lies inside the
run with all links followed; of a folder that is no run, only models and panoramas are. Nothing here
writes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gen3d.errors import Gen3dError
from gen3d.events import Event, read_events
from gen3d.runs import EVENTS, MANIFEST, STAGES, is_run

Json = dict[str, object]
"""An object of JSON."""

MODELS = (".glb", ".vrm")
PANORAMAS = (".hdr", ".exr")
RESULTS = {
    ".glb": "model/gltf-binary",
    ".vrm": "model/gltf-binary",
    ".exr": "image/x-exr",
    ".hdr": "image/vnd.radiance",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".json": "application/json",
}
"""Endings of the files that the page may read, and their types."""
AUDIT = "check.json"
_DEEPEST = 3
_MOST_FILES = 500


@dataclass(frozen=True)
class Entry:
    """A run, or another folder with models in it."""

    folder: Path
    only: str = ""
    """When not empty, the one file that is shown."""

    @property
    def name(self) -> str:
        """What the list calls it."""
        return self.only or self.folder.resolve().name


def shelf_of(place: Path) -> list[Entry]:
    """Everything that can be shown at a place; the newest run first.

    Raises:
        Gen3dError: There is nothing.
    """
    if place.is_file():
        if place.suffix.lower() not in MODELS:
            raise Gen3dError(f"{place} is no model.", "Name a run folder, a .glb or a .vrm file.")
        return [Entry(place.parent, place.name)]
    if not place.is_dir():
        raise Gen3dError(f"{place} does not exist.", "Name the --out folder of a run.")
    if is_run(place):
        return [Entry(place)]
    runs = [child for child in sorted(place.iterdir()) if child.is_dir() and is_run(child)]
    if runs:
        return [Entry(run) for run in sorted(runs, key=_changed, reverse=True)]
    if any(path.suffix.lower() in MODELS for path in place.iterdir()):
        return [Entry(place)]
    raise Gen3dError(
        f"{place} holds no run and no model.", 'Make one: gen3d create "…" --out runs/first'
    )


def _changed(run: Path) -> float:
    log = run / EVENTS
    return (log if log.exists() else run).stat().st_mtime


def readable(entry: Entry, relative: str) -> Path | None:
    """The file behind a path of the page, or ``None`` where the page has no business."""
    parts = relative.split("/")
    if any(part in {"", ".", ".."} or part.startswith(".") or "\\" in part for part in parts):
        return None
    kinds = RESULTS if is_run(entry.folder) else (*MODELS, *PANORAMAS)
    if "\0" in relative or Path(relative).suffix.lower() not in kinds:
        return None
    if entry.only and relative != entry.only:
        return None
    path, root = (entry.folder / relative).resolve(), entry.folder.resolve()
    return path if path.is_relative_to(root) and path.is_file() else None


def files_of(entry: Entry) -> list[Json]:
    """Relative path, size and time of change of every result, by name."""
    found: list[Json] = []
    for folder, folders, names in os.walk(entry.folder):
        here = Path(folder).relative_to(entry.folder)
        deep = len(here.parts) >= _DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = readable(entry, (here / name).as_posix())
            if path is not None and len(found) < _MOST_FILES:
                seen = path.stat()
                found.append(
                    {
                        "path": (here / name).as_posix(),
                        "bytes": seen.st_size,
                        "changed": round(seen.st_mtime, 3),
                    }
                )
    return found


def describe(entry: Entry) -> Json:
    """What the page says about a run: its words, how far it is, and what there is to load."""
    manifest = {} if entry.only else _read(entry.folder / MANIFEST)
    log = entry.folder / EVENTS
    events = read_events(log) if log.is_file() and not entry.only else []
    alive = not entry.only and _worked_on(entry.folder)
    return {
        "name": entry.name,
        "folder": str(entry.folder),
        "verb": manifest.get("verb"),
        "prompt": str(manifest.get("prompt") or _asked(entry)),
        "seed": manifest.get("seed"),
        "commercial_use": manifest.get("commercial_use"),
        "models": manifest.get("models") or [],
        "notes": manifest.get("notes") or [],
        "check": None if entry.only else _read(entry.folder / AUDIT) or None,
        "progress": progress_of(events, alive=alive),
        "files": files_of(entry),
    }


def _asked(entry: Entry) -> str:
    """The prompt of a run that has no manifest yet."""
    from gen3d.runs import CONFIG

    path = entry.folder / CONFIG
    if entry.only or not path.is_file():
        return ""
    import yaml

    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return ""
    return str(content.get("prompt") or "") if isinstance(content, dict) else ""


def _read(path: Path) -> Json:
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}


def progress_of(events: Sequence[Event], *, alive: bool) -> Json:
    """Where a run is, from its events.

    Args:
        events: Oldest first.
        alive: Whether a process still works in the folder.

    Returns:
        ``state`` (``done``, ``working``, ``stopped``, ``failed``, ``cancelled``), the present stage
        with its number, steps and time left, the newest preview, and the error if there was one.
    """
    told: Json = {"state": "working" if events or alive else "done"}
    for event in events:
        kind = event.get("event")
        if kind == "stage":
            told |= {key: event.get(key) for key in ("name", "index", "of", "note")}
            told |= {"state": "working", "step": 0, "total": 0, "eta_s": None}
            told.pop("message", None)
        elif kind == "progress":
            told |= {key: event.get(key) for key in ("step", "total", "eta_s")}
        elif kind == "preview":
            told["preview"] = event.get("path")
        elif kind == "done":
            told |= {"state": "done", "seconds": event.get("seconds")}
        elif kind == "error":
            told["state"] = "cancelled" if event.get("cancelled") else "failed"
            told |= {"message": event.get("message"), "hint": event.get("hint")}
    if told["state"] == "working" and not alive:
        told["state"] = "stopped"
    return told


def _worked_on(folder: Path) -> bool:
    """Whether the process that the run's lock names is there."""
    try:
        owner = int((folder / STAGES / "lock").read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        return False
    if sys.platform == "win32":
        # There, signal 0 would end the process.
        return True
    try:
        os.kill(owner, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
