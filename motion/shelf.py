# SPDX-License-Identifier: Apache-2.0
"""The library of captured motion on disk: what there is, where it is from, under which licence.

``configs/motion/sources.yml`` names the takes in packages whose licences were read, each with its
SHA-256: a file that differs is not the file that was looked at and stays out. A package that is not
installed is listed with how to get it. The user's own folder joins with whatever licence lies
beside its files. What :mod:`motion.provenance` knows not to be free is left out, with the reason.

Takes are read once; their performances are kept in the cache, keyed by the file's hash and by this
project's own motion code, and ``shelf.json`` beside them records everything else.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from gen3d.atomic import write_whole
from gen3d.cache import cache_dir, seal, sha256_of, temporary_in, verify
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from motion import clips
from motion.catalogue import configs
from motion.importers import performed, read_any
from motion.importers.anything import kind_of
from motion.importers.positions import Joints
from motion.mapping import map_bones
from motion.performance import Performance
from motion.provenance import require_free
from motion.shelf_sources import Candidate, Licence, Missing, in_folder, in_packages
from motion.shelf_windows import Window, cut, windows_of

MANIFEST = "shelf.json"


@dataclass(frozen=True)
class Item:
    """A take that may be used."""

    id: str
    """Source and path, ``assimp-testmodels/BVH/01_01.bvh``."""
    path: Path
    sha256: str
    package: str
    version: str
    licence: Licence
    kind: str
    """Of file: ``bvh``, ``ase``…"""
    skeleton: str
    """What the take is on."""
    fps: float
    """Of the recording."""
    seconds: float
    captions: tuple[str, ...]
    """What the take shows as a whole."""
    level: bool
    """All of it on one floor; otherwise on things that are not in the file."""
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Excluded:
    """A file that was found but not taken in."""

    id: str
    why: str


@dataclass(frozen=True)
class Shelf:
    """All that is there, and what is not and why."""

    items: tuple[Item, ...]
    missing: tuple[Missing, ...]
    excluded: tuple[Excluded, ...]

    @property
    def seconds(self) -> float:
        """Length of all takes."""
        return sum(item.seconds for item in self.items)


def build_shelf(
    library: Path | None = None, *, without: Collection[str] = (), on_step: OnStep = silent
) -> Shelf:
    """Find, check, read and record every take.

    Args:
        library: The user's own folder of motions.
        without: Sources to leave out, by the names in ``sources.yml``.
        on_step: Told after each take.

    Raises:
        Gen3dError: The user's folder is not there.
    """
    candidates, missing = in_packages(without)
    if library is not None:
        candidates += in_folder(library)
    items: list[Item] = []
    excluded: list[Excluded] = []
    for number, candidate in enumerate(candidates):
        try:
            items.append(_item(candidate))
        except Gen3dError as error:
            excluded.append(Excluded(candidate.id, error.message))
        on_step(number + 1, len(candidates))
    shelf = Shelf(tuple(items), missing, tuple(excluded))
    _record(shelf)
    return shelf


def performance_of(item: Item) -> Performance:
    """The whole take at 30 frames a second, from the cache or read again."""
    return _read(item.path, item.sha256, item.id)[0]


def pieces(shelf: Shelf) -> Iterator[tuple[Item, Window, Performance]]:
    """Every window of every take as a performance of its own."""
    for item in shelf.items:
        whole = performance_of(item)
        for window in item.windows:
            yield item, window, cut(whole, window)


def manifest(shelf: Shelf) -> dict[str, object]:
    """Everything known about the shelf, for a JSON file; no path of this machine is in it."""
    items: list[dict[str, object]] = []
    for item in shelf.items:
        row = dataclasses.asdict(replace(item, path=Path()))
        del row["path"]
        items.append(row)
    return {
        "seconds": round(shelf.seconds, 3),
        "commercial_use": all(item.licence.commercial_use for item in shelf.items),
        "items": items,
        "missing": [dataclasses.asdict(row) for row in shelf.missing],
        "excluded": [dataclasses.asdict(row) for row in shelf.excluded],
    }


def shelf_dir() -> Path:
    """Where performances and the record are kept."""
    return cache_dir() / "motion" / "shelf"


def _record(shelf: Shelf) -> None:
    text = json.dumps(manifest(shelf), indent=1, ensure_ascii=False) + "\n"
    try:
        shelf_dir().mkdir(parents=True, exist_ok=True)
        write_whole(shelf_dir() / MANIFEST, text)
    except OSError:
        return  # A cache that cannot be written is no reason not to move.


def _item(candidate: Candidate) -> Item:
    """Check and read one take.

    Raises:
        Gen3dError: It is another file than expected, is not free, or cannot be read.
    """
    path, digest = candidate.path, sha256_of(candidate.path)
    if candidate.sha256 and digest != candidate.sha256:
        raise Gen3dError(f"{path.name} is not the file whose licence was read (its hash differs).")
    require_free(path, "shelf")
    performance, facts = _read(path, digest, candidate.id)
    return Item(
        id=candidate.id,
        path=path,
        sha256=digest,
        package=candidate.package,
        version=candidate.version,
        licence=candidate.licence,
        kind=kind_of(path),
        skeleton=candidate.skeleton or facts["skeleton"],
        fps=round(float(facts["fps"]), 4),
        seconds=round(float(facts["seconds"]), 4),
        captions=candidate.captions,
        level=candidate.level,
        windows=tuple(_rounded(w) for w in windows_of(performance, candidate.described)),
    )


def _rounded(window: Window) -> Window:
    return replace(window, start=round(window.start, 4), end=round(window.end, 4))


@lru_cache(maxsize=1)
def _code() -> str:
    """Hash of everything that decides what a file becomes."""
    folder = Path(__file__).resolve().parent
    sources = [*sorted(folder.rglob("*.py")), configs() / "bone_names.yml"]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path, digest: str, name: str) -> tuple[Performance, dict[str, str]]:
    """A take and its facts, from the cache if it is there and whole."""
    key = hashlib.sha256(f"{digest} {_code()}".encode()).hexdigest()[:32]
    kept = shelf_dir() / f"{key}.safetensors"
    try:
        verify(kept)
        return _loaded(kept, name)
    except (OSError, ValueError, KeyError, SafetensorError, Gen3dError):
        # Absent or damaged: it is read again in a second or two.
        performance, facts = _imported(path)
    named = replace(performance, name=name)
    _keep(kept, named, facts)
    return named, facts


def _imported(path: Path) -> tuple[Performance, dict[str, str]]:
    """Read a take from its own file.

    Raises:
        Gen3dError: It is not free, or cannot be read.
    """
    if kind_of(path) == "deepmimic":
        performance = clips.read(path, path.stem)
        facts = (performance.fps, performance.seconds, "DeepMimic humanoid")
    else:
        taken = read_any(path)
        if isinstance(taken, Joints):
            skeleton = f"{taken.places.shape[1]} places"
        else:
            require_free(path, "shelf", taken)
            skeleton = f"{map_bones(taken.rig).convention}, {len(taken.rig.names)} joints"
        performance = performed(taken)
        facts = (taken.fps, taken.seconds, skeleton)
    return performance, dict(zip(("fps", "seconds", "skeleton"), map(str, facts), strict=True))


_FIELDS = ("rotations", "pelvis", "fingers")


def _keep(kept: Path, performance: Performance, facts: dict[str, str]) -> None:
    tensors = {name: np.asarray(getattr(performance, name), np.float64) for name in _FIELDS}
    notes = {**facts, "loop": str(int(performance.loop)), "rate": str(performance.fps)}
    try:
        temporary = temporary_in(kept.parent, ".safetensors")
        save_file(tensors, temporary, notes)
        seal(temporary, kept)
    except OSError:
        return  # A cache that cannot be written is no reason not to move.


def _loaded(kept: Path, name: str) -> tuple[Performance, dict[str, str]]:
    with safe_open(kept, "np") as stream:
        facts: dict[str, str] = dict(stream.metadata() or {})
    tensors = load_file(kept)
    performance = Performance(
        name=name,
        fps=float(facts.pop("rate")),
        loop=bool(int(facts.pop("loop"))),
        rotations=tensors["rotations"],
        pelvis=tensors["pelvis"],
        fingers=tensors["fingers"],
    )
    return performance, facts
