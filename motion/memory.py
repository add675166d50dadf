# SPDX-License-Identifier: Apache-2.0
"""What the motion model is reminded of: every verb of the language, and takes of the user's own.

The library's part is made from the motion programs when a model is trained, and kept in the cache
under a name that changes with the data it is made from. It ships inside the model's folder, as the
model learnt it; the user's own takes join it when a motion is made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from gen3d.cache import cache_dir
from gen3d.config import config_dir
from gen3d.progress import OnStep, silent
from gen3d.text import TextEncoder
from motion import recall
from motion.corpus import SHORTEST, seen_by_model
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.language.verbs import verbs
from motion.order import plain
from motion.recall import Database
from motion.shelf import Item, Shelf, pieces

_SIDES = ("left", "right")


def library(on_step: OnStep = silent, names: Sequence[str] = ()) -> Database:
    """Each verb once, and on either side where it has sides; features as they are.

    Args:
        on_step: Told after each motion, when they have to be made.
        names: Of the verbs; all by default.
    """
    path = cache_dir() / "motion" / f"memory-{_digest(names)[:16]}.safetensors"
    if path.is_file():
        return recall.load(path)
    scripts = [script for verb in names or verbs() for script in _scripts(verb)]
    examples: list[recall.Example] = []
    for done, script in enumerate(scripts, start=1):
        features = seen_by_model(performed(script, 0).performance).float().numpy()
        if len(features) >= SHORTEST:
            text = plain(script.actions)
            vector = TextEncoder.load().embed([text])[0]
            examples.append(recall.Example(text, vector, features))
        on_step(done, len(scripts))
    made = recall.build(examples)
    path.parent.mkdir(parents=True, exist_ok=True)
    recall.save(made, path)
    return made


def _scripts(name: str) -> list[Script]:
    sided = verbs()[name].sided
    return [Script((Action(name, side=side),)) for side in (_SIDES if sided else ("",))]


def _digest(names: Sequence[str]) -> str:
    """Of everything that the library's motions are made from."""
    digest = hashlib.sha256(" ".join(names).encode())
    sources = [*sorted((config_dir() / "motion").glob("*.yml"))]
    sources += sorted(Path(__file__).parent.rglob("*.py"))
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def shelved(shelf: Shelf) -> Database | None:
    """The takes of a shelf that words can find; None where there are none.

    Packages' takes have captions; a user's own are called what their files are called.
    """
    encoder = TextEncoder.load()
    examples = [
        recall.Example(text, encoder.embed([text])[0], seen_by_model(performance).float().numpy())
        for item, window, performance in pieces(shelf)
        for text in (window.captions or item.captions or _named(item))[:1]
    ]
    return recall.build(examples) if examples else None


def _named(item: Item) -> tuple[str, ...]:
    """The words in the name of a user's own file, "Kick_left 02.bvh": "kick left"."""
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", item.path.stem))
    return (" ".join(words).lower(),) if words and not item.package else ()
