# SPDX-License-Identifier: Apache-2.0
"""Where takes may lie: installed packages that ``configs/motion/sources.yml`` names, and folders.

Packages are found without importing them. A folder of the user's brings no record of its licence
but the files LICENSE or LICENCE in it or above its takes; without one nothing is known to be
allowed beyond private use.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from gen3d.errors import Gen3dError
from motion.catalogue import configs, entries
from motion.importers.anything import KINDS
from motion.shelf_windows import Window

_MOST_FILES = 4000
_MOST_CHARACTERS = 4000
"""Of a licence text that is recorded."""
_LICENCE_FILES = ("LICENSE", "LICENCE", "LICENSE.txt", "LICENCE.txt", "LICENSE.md", "COPYING")


@dataclass(frozen=True)
class Licence:
    """What one may do with a take."""

    id: str
    """SPDX identifier, or ``LicenseRef-…``."""
    text: str
    """What the source says."""
    attribution: str
    commercial_use: bool


@dataclass(frozen=True)
class Candidate:
    """A file that may become an item of the shelf."""

    id: str
    path: Path
    sha256: str
    """What it must be; empty for the user's own."""
    package: str
    version: str
    licence: Licence
    skeleton: str = ""
    captions: tuple[str, ...] = ()
    level: bool = True
    """All of it on one floor."""
    described: tuple[Window, ...] = ()


@dataclass(frozen=True)
class Missing:
    """A source that is not on this machine."""

    source: str
    what: str
    get: str
    """How to get it."""


class _Row(BaseModel):
    """Base of all: no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Span(_Row):
    start: float
    end: float
    captions: tuple[str, ...]


class _Take(_Row):
    sha256: str
    captions: tuple[str, ...] = ()
    windows: tuple[_Span, ...] = ()
    skeleton: str = ""
    level: bool = True
    licence: str = ""
    text: str = ""
    attribution: str = ""


class _Source(_Row):
    title: str
    get: str
    package: str
    module: str = ""
    """A Python module, whose folder is meant."""
    folders: tuple[str, ...] = ()
    """Else: places to look."""
    under: str = ""
    licence: str
    text: str
    attribution: str
    takes: dict[str, _Take]


@lru_cache(maxsize=1)
def _sources() -> dict[str, _Source]:
    path = configs() / "sources.yml"
    try:
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {name: _Source.model_validate(row) for name, row in content["sources"].items()}
    except (OSError, yaml.YAMLError, ValidationError, KeyError, TypeError) as error:
        raise Gen3dError(f"{path.name} cannot be read ({error}).", "Reinstall gen3d.") from error


def source_names() -> tuple[str, ...]:
    """The packages that may hold takes."""
    return tuple(_sources())


def in_packages(without: Collection[str] = ()) -> tuple[list[Candidate], tuple[Missing, ...]]:
    """Takes of installed packages, and the packages that are not installed.

    Args:
        without: Sources to leave out.

    Raises:
        Gen3dError: A source to leave out does not exist.
    """
    for name in without:
        if name not in _sources():
            raise Gen3dError(
                f"There is no source of motion {name!r}.", f"There are: {', '.join(_sources())}."
            )
    found: list[Candidate] = []
    missing: list[Missing] = []
    for name, source in _sources().items():
        if name in without:
            continue
        folder = _place(source)
        if folder is None:
            missing.append(Missing(name, source.title, source.get))
        else:
            found += _candidates(name, source, folder)
    return found, tuple(missing)


def _place(source: _Source) -> Path | None:
    """The folder of a source's takes on this machine."""
    if source.module:
        spec = importlib.util.find_spec(source.module)
        roots = list(spec.submodule_search_locations or ()) if spec else []
    else:
        roots = list(source.folders)
    places = [Path(root) / source.under for root in roots]
    return next((place for place in places if place.is_dir()), None)


def _candidates(name: str, source: _Source, folder: Path) -> list[Candidate]:
    version = _version(source)
    known = {entry.file: entry.captions for entry in entries() if entry.file}
    return [
        Candidate(
            id=f"{name}/{file}",
            path=folder / file,
            sha256=take.sha256,
            package=source.package,
            version=version,
            licence=Licence(
                id=take.licence or source.licence,
                text=take.text or source.text,
                attribution=take.attribution or source.attribution,
                commercial_use=True,
            ),
            skeleton=take.skeleton,
            level=take.level,
            captions=take.captions or known.get(file, ()),
            described=tuple(Window(w.start, w.end, w.captions) for w in take.windows),
        )
        for file, take in source.takes.items()
        if (folder / file).is_file()
    ]


def _version(source: _Source) -> str:
    """Of the installed package; empty when nobody says."""
    if source.module:
        try:
            return importlib.metadata.version(source.package)
        except importlib.metadata.PackageNotFoundError:
            return ""
    program = shutil.which("dpkg-query")
    if program is None:
        return ""
    asked = [program, "-W", "-f=${Version}", source.package]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def in_folder(folder: Path) -> list[Candidate]:
    """Motion files of a user's folder, in the order of their paths; links are not followed.

    Raises:
        Gen3dError: It is not there, or holds too many files.
    """
    if not folder.is_dir():
        raise Gen3dError(f"{folder} is not a folder.", "Name a folder of motion files.")
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in KINDS)
    paths = [p for p in paths if p.is_file() and not p.is_symlink() and not _is_note(p)]
    if len(paths) > _MOST_FILES:
        raise Gen3dError(
            f"{folder} holds {len(paths):,} motion files; at most {_MOST_FILES:,} are taken.",
            "Name a smaller folder.",
        )
    return [
        Candidate(
            id=f"{folder.name}/{path.relative_to(folder).as_posix()}",
            path=path,
            sha256="",
            package="",
            version="",
            licence=_own_licence(path, folder),
        )
        for path in paths
    ]


def _is_note(path: Path) -> bool:
    """Whether a text file is no DeepMimic motion but somebody's note."""
    if path.suffix.lower() not in (".txt", ".json"):
        return False
    with path.open("rb") as stream:
        return b'"Frames"' not in stream.read(_MOST_CHARACTERS)


def _own_licence(path: Path, folder: Path) -> Licence:
    """The nearest licence file at or above a take, up to the folder that the user named."""
    above = [parent for parent in path.parents if parent.is_relative_to(folder)]
    for place in above:
        for name in _LICENCE_FILES:
            if (place / name).is_file():
                text = (place / name).read_text(encoding="utf-8", errors="replace")
                return Licence("LicenseRef-file", text[:_MOST_CHARACTERS], "", commercial_use=False)
    return Licence("LicenseRef-unknown", "Nothing is recorded.", "", commercial_use=False)
