# SPDX-License-Identifier: Apache-2.0
"""Joint names of other programs, read by table and by word: ``configs/motion/bone_names.yml``.

Names are compared folded: without case, accents, spaces and punctuation, without a namespace before
``:`` or ``|``. What a table proposes is only that; :mod:`motion.mapping` checks it on the rig.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from gen3d.config import config_dir

FINGERS: dict[str, tuple[str, str, str]] = {
    "Thumb": ("Metacarpal", "Proximal", "Distal"),
    **dict.fromkeys(("Index", "Middle", "Ring", "Little"), ("Proximal", "Intermediate", "Distal")),
}
"""Our three joints of each finger, from the wrist outwards."""
SIDES = ("left", "right")
_SERIAL = re.compile(r"[_.]\d{1,4}$")
"""Numbers that viewers and Blender append to every name."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\dA-Z_]+|\d+")


@dataclass(frozen=True)
class Convention:
    """One program's names."""

    name: str
    strip: re.Pattern[str]
    bones: Mapping[str, frozenset[str]]
    """Our name to the folded names that mean it."""


@dataclass(frozen=True)
class Reading:
    """What names say: ours to the index of theirs."""

    convention: str
    bones: dict[str, int]


def fold(name: str) -> str:
    """A name without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum())


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    path = config_dir() / "motion" / "bone_names.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _alternatives(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@lru_cache(maxsize=1)
def conventions() -> tuple[Convention, ...]:
    """Every naming that the project knows by heart."""
    rows: dict[str, dict[str, Any]] = _table()["conventions"]
    return tuple(_convention(name, row) for name, row in rows.items())


def _convention(name: str, row: dict[str, Any]) -> Convention:
    bones = {ours: frozenset(map(fold, _alternatives(v))) for ours, v in row["centre"].items()}
    for number, side in enumerate(SIDES):
        spelled = [pair[number] for pair in row["sides"]]
        limbs: dict[str, list[str]] = {k: _alternatives(v) for k, v in row["side"].items()}
        for finger, chain in row["fingers"].items():
            parts = zip(FINGERS[finger], chain, strict=True)
            limbs |= {finger + part: _alternatives(v) for part, v in parts}
        for ours, patterns in limbs.items():
            forms = {fold(p.replace("{s}", s)) for p in patterns for s in spelled}
            bones[side + ours] = frozenset(forms)
    strip = "|".join(f"(?:{prefix})" for prefix in row["strip"]) or "(?!)"
    return Convention(name, re.compile(strip, re.IGNORECASE), bones)


def local_name(name: str) -> str:
    """A name without its namespace."""
    return re.split(r"[:|]", name)[-1] or name


def _variants(names: Sequence[str]) -> Iterator[list[str]]:
    """The names as they are, of the deforming bones alone, and without appended numbers."""
    # A Rigify rig repeats each bone as a control, a mechanism and a deforming bone.
    deforming = [name if local_name(name).startswith("DEF-") else "" for name in names]
    for base in (deforming, list(names)):
        if any(base):
            yield base
            yield [_SERIAL.sub("", name) for name in base]


def by_table(names: Sequence[str]) -> Reading:
    """The convention that explains most names.

    Args:
        names: Of a rig's joints.
    """
    best = Reading("", {})
    for names_now in _variants(names):
        for convention in conventions():
            found = _matches(convention, names_now)
            if len(found) > len(best.bones):
                best = Reading(convention.name, found)
    return best


def _matches(convention: Convention, names: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        for form in (name, local_name(name)):
            folded = fold(convention.strip.sub("", form, count=1))
            if folded:
                places.setdefault(folded, index)
    found: dict[str, int] = {}
    for ours, forms in convention.bones.items():
        hits = [places[form] for form in forms if form in places]
        if hits and (index := min(hits)) not in found.values():
            found[ours] = index
    return found


def side_of(name: str) -> tuple[str, str]:
    """Side that a name tells (``left``, ``right`` or none) and the rest of it, folded."""
    words = [w.casefold() for w in _WORDS.findall(local_name(name))]
    for pair in _table()["generic"]["sides"]:
        for side, spelled in zip(SIDES, pair, strict=True):
            if spelled in words:
                rest = [w for i, w in enumerate(words) if i != words.index(spelled)]
                return side, fold("".join(rest))
    joined = fold(local_name(name))
    for side, spelled in zip(SIDES, ("left", "right"), strict=True):
        if joined.startswith(spelled) or joined.endswith(spelled):
            return side, joined.removeprefix(spelled).removesuffix(spelled)
    return "", joined


def by_words(names: Sequence[str]) -> Reading:
    """What the words in names of no known convention say."""
    rows: dict[str, Any] = _table()["generic"]
    sided: dict[str, dict[int, str]] = {"": {}, "left": {}, "right": {}}
    for index, name in enumerate(names):
        side, rest = side_of(name)
        sided[side][index] = rest
    bones = _worded(rows["centre"], sided[""], "")
    for side in SIDES:
        bones |= _worded(rows["side"], sided[side], side)
        bones |= _worded_fingers(rows["fingers"], sided[side], side)
    return Reading("words", bones)


def _worded(rows: Mapping[str, list[str]], rest: Mapping[int, str], side: str) -> dict[str, int]:
    """Each joint's first word that some unused name consists of."""
    found: dict[str, int] = {}
    for ours, words in rows.items():
        for word in words:
            free = [i for i in rest if i not in found.values()]
            hits = [i for i in free if re.sub(r"\d+$", "", rest[i]).endswith(word)]
            if hits:
                # The shortest name is the joint itself, not its helper; then the first in the rig.
                found[side + ours] = min(hits, key=lambda i: (len(rest[i]), i))
                break
    return found


def _worded_fingers(
    rows: Mapping[str, list[str]], rest: Mapping[int, str], side: str
) -> dict[str, int]:
    found: dict[str, int] = {}
    for finger, words in rows.items():
        hits = [
            i
            for i, text in rest.items()
            if any(word in text for word in words) and not text.endswith(("end", "tip", "nub"))
        ]
        for part, index in zip(FINGERS[finger], sorted(hits)[:3], strict=False):
            found[side + finger + part] = index
    return found
