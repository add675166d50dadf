# SPDX-License-Identifier: Apache-2.0
"""Seconds of a preview, on a dressed and moving character under its own sky.

Run ``python tests/benchmarks/render_preview.py OUT`` from the project's root: writes
``preview.png`` and ``preview.mp4`` into ``OUT`` and prints when each was ready, and the processor
seconds of all processes together.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import replace
from pathlib import Path

from gen3d.avatar import build_character
from gen3d.render.preview import write_preview
from gen3d.spec import CharacterSpec, GarmentSpec, HairSpec, SkySpec
from motion.catalogue import entry, play
from motion.finish import finish
from scenes.generate import generate

_SHEET_PICTURES = 8
_GARMENTS = ("long_sleeved_shirt", "trousers", "boots", "gloves")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    garments = tuple(GarmentSpec(kind=kind) for kind in _GARMENTS)
    spec = CharacterSpec(hair=HairSpec(style="short"), garments=garments)
    character = build_character(spec, "benchmark", 0)
    clip = finish(play(entry("clip:run"), 0), character.skeleton).clip
    environment = generate(SkySpec(sun_elevation_deg=8.0), 0)
    faces = sum(len(part.mesh.faces) for part in character.parts)
    ready: list[float] = []
    used = _processor_seconds()
    start = time.perf_counter()

    def heard(step: int, total: int) -> None:
        del step, total
        ready.append(time.perf_counter() - start)

    write_preview(replace(character, clips=(clip,)), environment, folder, heard)
    total = time.perf_counter() - start
    sheet = ready[_SHEET_PICTURES - 1]
    print(f"{faces} faces: sheet after {sheet:.1f} s, film {total - sheet:.1f} s more")
    print(f"processor time of all processes {_processor_seconds() - used:.1f} s")


def _processor_seconds() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


if __name__ == "__main__":
    main()
