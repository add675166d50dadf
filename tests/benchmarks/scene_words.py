# SPDX-License-Identifier: Apache-2.0
"""Are prompts of places read as a stranger means them? Only read, nothing is rendered::

    python -m tests.benchmarks.scene_words

``configs/prompts/readings.yml`` holds landforms, rooms and skies in everyday wordings, and what the
numbers of each must say. Prints a row for each, with its notes, and fails when fewer than nine in
ten hold.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import yaml

from gen3d.config import config_dir
from gen3d.prompt import describe
from gen3d.spec import Description

GOAL = 0.9
NONE = "none"
_ABSENT_NOTES = ("No time of day", "No place was named", "The words do not say which moon")
Row = dict[str, Any]


def main() -> int:
    options = _options()
    rows = yaml.safe_load((config_dir() / "prompts" / "readings.yml").read_text("utf-8"))
    held, total = 0, 0
    for kind in options.only or rows:
        good = 0
        for row in rows[kind]:
            read = describe(row["text"], options.seed, of_place=True)
            wrong = [name for name, fits in judge(row, read).items() if not fits]
            good += not wrong
            if wrong or not options.brief:
                print(f"{'holds' if not wrong else 'NOT: ' + ', '.join(wrong)}: {told(row, read)}")
        print(f"{kind}: {good} of {len(rows[kind])} hold", flush=True)
        held, total = held + good, total + len(rows[kind])
    print(f"{held} of {total} hold everything (goal {GOAL:.0%})")
    return 0 if held >= GOAL * total else 1


def judge(row: Row, read: Description) -> dict[str, bool]:
    """Each thing that the numbers must say, and whether they do."""
    return {name: _fits(name, wanted, read) for name, wanted in row.items() if name != "text"}


def _fits(name: str, wanted: Any, read: Description) -> bool:  # noqa: ANN401  # what the file says
    value = _value(name, read)
    if name == "note":
        return wanted.lower() in value.lower() if wanted else not value
    if isinstance(wanted, list) and len(wanted) == 2 and not isinstance(value, tuple):
        return value is not None and wanted[0] <= value <= wanted[1]
    return list(value) == wanted if isinstance(value, tuple) else value == wanted


def _value(name: str, read: Description) -> Any:  # noqa: ANN401  # a number, word or tuple
    """What a key of the file stands for."""
    sky, place = read.sky, read.land
    lowest = min(sky.clouds, key=lambda layer: layer.base_m, default=None)
    simple = {
        "land": place.name if place else NONE,
        "room": read.room.kind if read.room else NONE,
        "things": tuple(one.kind for one in place.landmarks) if place else (),
        "herbs": tuple(one.kind for one in place.herbs) if place else (),
        "rows": any(one.in_rows for one in place.herbs) if place else False,
        "floor_m": read.room.width_m if read.room else None,
        "sun": sky.sun_elevation_deg,
        "turbidity": sky.turbidity,
        "clouds": lowest.kind if lowest else "",
        "dark": any(layer.density > 1.0 for layer in sky.clouds),
        "moon": sky.moon.phase if sky.moon else False,
        "note": " ".join(n for n in read.notes if not n.startswith(_ABSENT_NOTES)),
    }
    if name == "ground_color":
        return "warm" if place and place.grass_color[0] > 1.2 * place.grass_color[1] else "green"
    return simple[name] if name in simple else getattr(place, name, None)


def told(row: Row, read: Description) -> str:
    """The reading in one line."""
    sky, land = read.sky, read.land
    clouds = ", ".join(f"{c.kind} {c.cover:g}×{c.density:g}" for c in sky.clouds) or "clear"
    moon = f", moon {sky.moon.phase:g}" if sky.moon else ""
    place = f"{read.room.name} ({read.room.kind})" if read.room else "sky alone"
    if land is not None and read.room is None:
        place = f"{land.name} ({land.shape}, water {land.water}, {land.buildings} built)"
    notes = [note for note in read.notes if not note.startswith(_ABSENT_NOTES)]
    light = f"sun {sky.sun_elevation_deg:.0f}°{moon}, {clouds}, haze {sky.turbidity:g}"
    return f"{row['text']!r}: {place}; {light}" + "".join(f"\n    {note}" for note in notes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="*", choices=("lands", "rooms", "skies", "unseen"))
    parser.add_argument("--brief", action="store_true", help="only what does not hold")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
