# SPDX-License-Identifier: Apache-2.0
"""The best of several drafts of the same words, by a judge that looks from all round.

A draft's score is the judge's, from places and in light of their own, less what speaks against
there being one figure from all sides (:mod:`gen3d.guidance.consistency`). Results are kept one by
one in a folder, so choosing can be stopped and goes on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from gen3d.atomic import write_whole
from gen3d.figures.aim import Sitter, aim_at, held_out_score, ring_of
from gen3d.figures.body import looks_of, put_on
from gen3d.figures.photo import pose
from gen3d.figures.reader import Asked
from gen3d.figures.sheet import write_sheet
from gen3d.guidance.towers import Tower
from gen3d.progress import OnStep, silent
from gen3d.runs import Json
from gen3d.spec import CharacterSpec, FoundSpec


def best_of(
    cast: Sequence[tuple[FoundSpec, Asked]],
    judge: Tower,
    place: Path,
    sheet: Path,
    on_step: OnStep = silent,
) -> tuple[FoundSpec, Json]:
    """Judge drafts and keep the best.

    Args:
        cast: Each draft, and what the words demand of it.
        judge: Who looks.
        place: Folder for what is known already.
        sheet: Where the pictures of all are written, the best on top.
        on_step: Told after each draft.

    Returns:
        The best, and every draft's score by seed.
    """
    place.mkdir(parents=True, exist_ok=True)
    scores: list[float] = []
    for number, (one, asked) in enumerate(cast):
        known = place / f"{one.seed}.json"
        if not known.exists():
            who = sketched(one.character, one.seed)
            write_sheet([who], place / f"{one.seed}.png", 200)
            write_whole(known, json.dumps(_judged(who, asked, judge)))
        scores.append(float(json.loads(known.read_text(encoding="utf-8"))))
        on_step(number + 1, len(cast))
    order = sorted(range(len(cast)), key=lambda index: -scores[index])
    rows = [np.asarray(Image.open(place / f"{cast[i][0].seed}.png")) for i in order]
    Image.fromarray(np.concatenate(rows)).save(sheet, format="PNG")
    facts = {str(cast[i][0].seed): scores[i] for i in order}
    return cast[order[0]][0], {"seed": cast[order[0]][0].seed, "scores": facts}


def sketched(spec: CharacterSpec, seed: int) -> Sitter:
    """A character, draped and painted small, to be looked at."""
    bald = spec.hair.style == "bald"
    styles = () if bald else (spec.hair.style,)
    wearer = put_on(spec.body, spec.skin, styles, spec.hair.beard, spec.garments, seed)
    posed = pose(wearer.parts, wearer.skeleton)
    return Sitter(posed, tuple(looks_of(wearer, spec)), wearer.owners)


def _judged(who: Sitter, asked: Asked, judge: Tower) -> float:
    aim = aim_at(asked, judge)
    ring = ring_of(aim, who)
    flaws = max(ring.repetition, 0.0) + 0.5 * len(ring.problems)
    return round(held_out_score(aim, who) - flaws, 4)
