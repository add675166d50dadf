# SPDX-License-Identifier: Apache-2.0
"""How much skin shows through clothes over whole motions.

Run ``python tests/benchmarks/cloth_coverage.py`` from the project's root: a table over outfits and
motions (all frames of walk, run, jump and dance, 8 views), shares of garment-covered pixels as
:mod:`gen3d.render.coverage` defines them. ``--every 5`` looks at every fifth frame. Exit code 1
when more than 0.5 % of all garment-covered pixels show skin.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from gen3d.avatar import build_character
from gen3d.body import Body
from gen3d.body.surface import base_part
from gen3d.render.coverage import Coverage, measure
from gen3d.spec import BodySpec, CharacterSpec, GarmentKind, GarmentSpec
from gen3d.types import Character, Material, Part
from gen3d.wardrobe.outfit import lift_part
from motion.catalogue import entry, play
from motion.finish import finish
from motion.retarget import arm_clearance

MOTIONS = ("clip:walk", "clip:run", "clip:jump", "clip:dance")
LIMIT = 0.005
_BODIES = {
    "slim": BodySpec(weight=0.25, muscle=0.5, height=1.82),
    "heavy": BodySpec(weight=0.95, muscle=0.5, height=1.75),
    "woman": BodySpec(sex=1.0, weight=0.5, height=1.66),
}
_OUTFITS: dict[str, tuple[GarmentKind, ...]] = {
    "street": ("t_shirt", "trousers", "shoes"),
    "cold": ("long_sleeved_shirt", "jacket", "trousers", "boots", "gloves"),
    "tight": ("bodysuit", "boots"),
}


def _bare_like(character: Character, spec: CharacterSpec) -> Part:
    """The complete body where the dressed figure stands."""
    shaped = Body.load().with_shape(spec.body)
    part = base_part(
        shaped, ("body",), name="Bare", group="Bare", slot="body", material=Material("bare")
    )
    lift = float((character.skeleton.positions - shaped.skeleton.positions)[1, 1])
    return lift_part(part, lift)


def _outfit(body: str, outfit: str, every: int) -> Coverage:
    garments = tuple(GarmentSpec(kind=kind) for kind in _OUTFITS[outfit])
    spec = CharacterSpec(body=_BODIES[body], garments=garments)
    character = build_character(spec, f"{body}-{outfit}", 0)
    bare = _bare_like(character, spec)
    total = Coverage(0, 0, 0)
    verts = np.concatenate([part.mesh.verts for part in character.parts])
    clearance = arm_clearance(character.skeleton, verts)
    for name in MOTIONS:
        performance = play(entry(name), 0)
        clip = finish(performance, character.skeleton, in_place=True, arm_clearance=clearance).clip
        frames = np.arange(0, len(clip.rotations), every)
        found = measure(character, bare, clip, frames)
        print(f"{body:6} {outfit:7} {name:10} {_row(found)}")
        total = total + found
    return total


def _row(found: Coverage) -> str:
    shares = f"skin {100 * found.skin_share:6.3f} %   holes {100 * found.hole_share:6.3f} %"
    return f"{found.covered_px:9d} px   {shares}"


def main() -> int:
    """Measure and print; 0 when clothes hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="look at every n-th frame")
    parser.add_argument("--body", choices=_BODIES, action="append")
    parser.add_argument("--outfit", choices=_OUTFITS, action="append")
    options = parser.parse_args()
    start, total = time.perf_counter(), Coverage(0, 0, 0)
    for body in options.body or _BODIES:
        for outfit in options.outfit or _OUTFITS:
            total = total + _outfit(body, outfit, options.every)
    print(f"all                       {_row(total)}   {time.perf_counter() - start:.0f} s")
    return 0 if total.skin_share <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
