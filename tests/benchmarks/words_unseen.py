# SPDX-License-Identifier: Apache-2.0
"""How well are sentences that nobody prepared for understood? ``configs/prompts/unseen.yml``.

python tests/benchmarks/words_unseen.py
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from gen3d.prompt import describe
from gen3d.words.sentence import ROLES
from gen3d.words.vocabulary import words_of

UNSEEN = Path(__file__).parents[2] / "configs/prompts/unseen.yml"


def content(text: str) -> tuple[str, ...]:
    """Words that matter, in order: no articles, prepositions, commas."""
    skipped = words_of("grammar", "determiners") | words_of("grammar", "prepositions") | {"with"}
    return tuple(
        w for w in re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", text.lower()) if w not in skipped
    )


def judge(entry: dict[str, Any], seed: int = 7) -> dict[str, bool]:
    """Which parts of one prompt are understood as written down."""
    found = describe(entry["text"], seed)
    results = {
        role: content(getattr(found, role)) in {content(t) for t in entry.get(role, "").split("|")}
        for role in ROLES
    }
    results["archetype"] = found.character.archetype in entry["archetype"]
    return results


def main() -> None:
    """Print what went wrong, then the shares."""
    entries = yaml.safe_load(UNSEEN.read_text("utf-8"))
    right: Counter[str] = Counter()
    for entry in entries:
        results = judge(entry)
        right.update(key for key, good in results.items() if good)
        found = describe(entry["text"], 7)
        for key in (key for key, good in results.items() if not good):
            got = found.character.archetype if key == "archetype" else getattr(found, key)
            print(f"{entry['text']!r}\n    {key}: wanted {entry.get(key, '')!r}, got {got!r}")
    for key in (*ROLES, "archetype"):
        print(f"{key:10s} {right[key]:3d} of {len(entries)}")
    print(f"all        {sum(right.values()):3d} of {len(entries) * 6}")


if __name__ == "__main__":
    main()
