# SPDX-License-Identifier: Apache-2.0
"""Does `gen3d avatar --refine` pay? Drafts against what the search makes of them, before a judge.

Forty prompts in wording, archetypes and combinations that the wardrobe's data does not list, each
with a plain caption of what anybody would expect to see. Draft and refined figure are draped alone,
seen from a ring of eight views under a light of their own, and given to the judge with the forty
captions: right is when its own caption wins (R-precision@1). Also: mean score and the share of
prompts that gained, CIEDE2000 of garments whose colour the words name from that colour, and total
variation of the pictures against the draft's. With --paint, a third row: what was found, built
whole, sculpted and painted; its row counts what is kept, beside what was found where it is not::

    python tests/benchmarks/avatar_refine.py --out runs/refined --tower A --judge B [--prompts 40]
        [--paint 100] [--diffusion C]

Results are kept one by one, so the command can be stopped and goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch.nn.functional import normalize

from gen3d.avatar import build_character
from gen3d.cli.avatar import DRAPES, LOOKS
from gen3d.concepts.mixing import described
from gen3d.figures.aim import Aim, Sitter, aim_at, seen_by, sitter_of, variation_of
from gen3d.figures.photo import Shot
from gen3d.figures.reader import Asked, read_asked
from gen3d.figures.search import KEEP, SearchPlan, improved
from gen3d.figures.sheet import write_sheet
from gen3d.figures.trials import sketched
from gen3d.guidance.towers import Tower, load_tower
from gen3d.painting.counsel import guides_of
from gen3d.painting.fit import PaintPlan
from gen3d.painting.studio import Task, paint_figure, skinned_of
from gen3d.perception import ciede2000, to_cielab
from gen3d.render.studio import random_light
from gen3d.spec import CharacterSpec
from motion.stances import stances

PROMPTS = (
    ("a matador with a scarlet cape", "a man wearing a golden jacket and a red cape"),
    ("a bouncer in a charcoal overcoat", "a muscular man wearing a dark grey coat"),
    ("a toreador's daughter in a crimson gown", "a woman wearing a red dress"),
    ("an apothecary in an olive smock", "an old man wearing a dark green apron"),
    ("a ferryman in a tattered brown cloak", "an old man wearing a brown cape"),
    ("a cosmonaut cook in an orange jumpsuit", "a man wearing an orange bodysuit and an apron"),
    ("a falconer in suede and fur", "a man wearing a brown leather vest and leather gloves"),
    ("a stunt rider all in white leather", "a man wearing a white leather jacket"),
    ("a snow queen in an ice blue gown", "a queen wearing a light blue dress and a crown"),
    ("a swamp hermit in mossy rags", "an old man wearing a dark green robe"),
    ("a figure skater in a lilac costume", "a girl wearing a light purple dress"),
    ("a chimney sweep covered in soot", "a man wearing a black jacket and a cap"),
    ("a goalkeeper in a neon green jersey", "a man wearing a light green t-shirt and gloves"),
    ("a duchess in emerald velvet", "a woman wearing a green velvet dress"),
    ("a beatnik with a black turtleneck", "a man wearing a black sweater"),
    ("a bandit chief with a mustard scarf", "a man wearing a dark yellow scarf and a hat"),
    ("a jockey in a pink and white silk shirt", "a boy wearing a pink shirt and white trousers"),
    ("a weathered orc chieftain in studded leather", "a green-skinned orc wearing leather armour"),
    ("a frost giant with an ice blue beard", "a blue-skinned giant with a light blue beard"),
    ("a bronze robot butler in a black waistcoat", "a robot wearing a black vest"),
    ("a skinny vampire in a burgundy tailcoat", "a thin vampire wearing a dark red coat"),
    ("a chubby elf in a tangerine sweater", "a fat elf wearing an orange sweater"),
    ("a ninja in canary yellow", "a ninja wearing yellow clothes"),
    ("a nun with a turquoise backpack", "a nun with a turquoise backpack"),
    ("a samurai in rose pink armour", "a samurai wearing pink armour"),
    ("a pirate captain in a violet frock coat", "a pirate wearing a purple coat"),
    ("a knight with a lime green cape", "a knight wearing a light green cape"),
    ("an astronaut in a jet black suit", "an astronaut wearing a black bodysuit"),
    ("a wizard in a peach coloured robe", "a wizard wearing a light orange robe"),
    ("a surgeon in teal scrubs", "a doctor wearing a dark turquoise shirt and trousers"),
    ("a pensioner in a beige raincoat", "an old man wearing a beige coat"),
    ("a lad in a navy hoodie and khaki shorts", "a boy wearing a dark blue hoodie and shorts"),
    ("a lady in a fuchsia cocktail dress", "a woman wearing a pink dress"),
    ("a burly bloke in a tartan shirt", "a muscular man wearing a plaid shirt"),
    ("a redhead in an ivory wedding gown", "a woman with red hair wearing a white dress"),
    ("a granny in a lavender cardigan", "an old woman wearing a light purple sweater"),
    ("a bald fellow in a maroon robe", "a bald man wearing a dark red robe"),
    ("a schoolgirl with a scarlet skirt", "a girl wearing a red skirt"),
    ("a stout man in mint green dungarees", "a fat man wearing light green trousers"),
    ("a girl in silver boots and a black cape", "a girl wearing silver boots and a black cape"),
)
VIEWS, LIGHT = 8, 91


def main() -> None:
    """Make what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=len(PROMPTS), help="spread over the forty")
    parser.add_argument("--tower", required=True)
    parser.add_argument("--judge", required=True, help="another one, which never guides")
    parser.add_argument("--looks", type=int, default=LOOKS)
    parser.add_argument("--drapes", type=int, default=DRAPES)
    parser.add_argument("--keep", type=float, default=KEEP, help="price of a change")
    parser.add_argument("--paint", type=int, default=0, help="steps of painting; 0: none")
    parser.add_argument("--diffusion", default="", help="guides the painting, too")
    parser.add_argument("--gallery", type=Path, help="also write the first twelve as a picture")
    asked = parser.parse_args()
    guide, judge = load_tower(asked.tower), load_tower(asked.judge)
    plan = SearchPlan(asked.looks, asked.drapes, asked.keep)
    captions = judge.read([plain for _, plain in PROMPTS]).cpu()
    # Every prompt once, far from the one before, so that few are like all.
    order = [(7 * k) % len(PROMPTS) for k in range(asked.prompts)]
    bench = _Bench(guide, judge, captions, plan, asked.paint, asked.diffusion)
    rows: list[dict[str, Any]] = []
    for number in order:
        path = asked.out / f"{number:02d}.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            row = _row(PROMPTS[number][0], bench, path)
            path.write_text(json.dumps(row, indent=1), encoding="utf-8")
        rows.append(json.loads(path.read_text(encoding="utf-8")))
        print(f"{number:2d} {PROMPTS[number][0]:<46} {_told(rows[-1], number)}", flush=True)
    _print_table(rows, order)
    if asked.gallery:
        _write_gallery(asked.out, order[:12], asked.gallery)


@dataclass(frozen=True)
class _Bench:
    """Who guides, who judges, and how long."""

    guide: Tower
    judge: Tower
    captions: torch.Tensor
    plan: SearchPlan
    paint: int
    diffusion: str


def _row(prompt: str, bench: _Bench, path: Path) -> dict[str, Any]:
    """A draft and what the search and the painting make of it, before the judge."""
    start = time.process_time()
    description = described(prompt, 0, None)
    draft, asked = description.character, read_asked(prompt, description)
    aim = aim_at(asked, bench.guide)
    result = improved(draft, asked, aim, bench.plan, 0, lambda *_: None)
    found = result.figure
    seconds = time.process_time() - start
    before = sketched(draft, 0)
    after = before if found == draft else sketched(found, 0)
    shown = [before, after]
    row = {
        "asked": asked.whole,
        "changes": result.state.history if found != draft else [],
        "guide": result.scores,
        "draft": _judged(before, bench.judge, bench.captions),
        "found": _judged(after, bench.judge, bench.captions),
        "variation": round(variation_of(after) / variation_of(before), 3),
        "colours": _colours(found, draft, asked.coloured, after),
        "seconds": round(seconds, 1),
    }
    if bench.paint:
        painted, more = _painted(bench, aim, asked, found, draft, path)
        row |= more
        shown.append(painted)
    write_sheet(shown, path.with_suffix(".png"), 320)
    return row


def _painted(
    bench: _Bench, aim: Aim, asked: Asked, found: CharacterSpec, draft: CharacterSpec, path: Path
) -> tuple[Sitter, dict[str, Any]]:
    """The figure built whole and painted, held against itself unpainted."""
    start = time.process_time()
    character = build_character(found, "bench", 0)
    guides = guides_of(asked, bench.guide, bench.diffusion)
    body = skinned_of(character, found.body)
    task = Task(character, body, asked, aim, guides, stances(character.skeleton))
    outcome = paint_figure(task, PaintPlan(bench.paint), 0, path.with_suffix(""))
    seconds = time.process_time() - start
    plain = sitter_of(character)
    who = sitter_of(outcome.character) if outcome.kept else plain
    return who, {
        "whole": _judged(plain, bench.judge, bench.captions),
        "painted": _judged(who, bench.judge, bench.captions),
        "paint": outcome.facts,
        "paint_variation": round(variation_of(who) / variation_of(plain), 3),
        "paint_colours": _colours(found, draft, asked.coloured, who),
        "paint_seconds": round(seconds, 1),
    }


def _judged(who: Sitter, judge: Tower, captions: torch.Tensor) -> list[float]:
    """Similarity of a figure with every caption."""
    shots = [Shot("full", 360.0 * k / VIEWS, 8.0) for k in range(VIEWS)]
    light = random_light(VIEWS, torch.Generator().manual_seed(LIGHT))
    seen = seen_by(judge, who.pictures(shots, judge.lens.size_px[0], light))
    return [round(float(v), 4) for v in captions @ normalize(seen.mean(dim=0), dim=-1)]


def _colours(
    found: CharacterSpec, draft: CharacterSpec, kinds: frozenset[str], who: Sitter
) -> dict[str, float]:
    """CIEDE2000 of the mean of each plain garment that the words colour, from that colour."""
    wanted = {g.kind: g.color for g in draft.garments if g.kind in kinds and g.pattern == "plain"}
    result: dict[str, float] = {}
    worn = {g.kind for g in found.garments}
    for kind, colour in wanted.items():
        albedo = _largest(who, kind) if kind in worn else None
        if albedo is None:
            result[kind] = 100.0
            continue
        mean = to_cielab(albedo.reshape(-1, 3).mean(axis=0))
        result[kind] = round(float(ciede2000(mean, to_cielab(np.array(colour)))), 2)
    return result


def _largest(who: Sitter, kind: str) -> np.ndarray | None:
    """The colours of a garment's part with the most faces: not of its buckles."""
    faces = np.bincount(who.posed.part, minlength=len(who.owners))
    own = [i for i, owner in enumerate(who.owners) if owner == kind and who.looks[i] is not None]
    look = who.looks[max(own, key=lambda i: faces[i])] if own else None
    return None if look is None else look.albedo


def _rank(similarities: list[float], own: int) -> int:
    return sum(value > similarities[own] for value in similarities) + 1


def _told(row: dict[str, Any], own: int) -> str:
    before, after = (_rank(row[way], own) for way in ("draft", "found"))
    gain = row["found"][own] - row["draft"][own]
    return f"rank {before:2d} → {after:2d}  score {gain:+.3f}  {', '.join(row['changes'])}"


def _print_table(rows: list[dict[str, Any]], order: list[int]) -> None:
    print(f"\n{len(rows)} prompts among {len(PROMPTS)} captions")
    painted = [(row, own) for row, own in zip(rows, order, strict=True) if "painted" in row]
    for way in ("draft", "found"):
        _print_way(way, rows, order)
    _print_gain("search", rows, order, ("draft", "found"))
    _print_held("search", rows, ("colours", "variation", "seconds"))
    if painted:
        rows, order = [row for row, _ in painted], [own for _, own in painted]
        for way in ("whole", "painted"):
            _print_way(way, rows, order)
        print(f"painting kept in {np.mean([row['paint']['kept'] for row in rows]):.2f}")
        _print_gain("painting", rows, order, ("whole", "painted"))
        _print_held("painting", rows, ("paint_colours", "paint_variation", "paint_seconds"))


def _print_way(way: str, rows: list[dict[str, Any]], order: list[int]) -> None:
    ranks = np.array([_rank(row[way], own) for row, own in zip(rows, order, strict=True)])
    scores = [row[way][own] for row, own in zip(rows, order, strict=True)]
    hit, five = (ranks == 1).mean(), (ranks <= 5).mean()
    means = f"mean rank {ranks.mean():.1f}  mean score {np.mean(scores):.3f}"
    print(f"{way:<8} R@1 {hit:.3f}  R@5 {five:.3f}  {means}")


def _print_gain(
    what: str, rows: list[dict[str, Any]], order: list[int], ways: tuple[str, str]
) -> None:
    before, after = ways
    gains = [row[after][own] - row[before][own] for row, own in zip(rows, order, strict=True)]
    better, same = (np.mean([test(g) for g in gains]) for test in (_gained, _kept))
    print(f"{what}: score gained in {better:.2f}, the same in {same:.2f} (goals: R@1 +0.1, 0.75)")


def _print_held(what: str, rows: list[dict[str, Any]], names: tuple[str, str, str]) -> None:
    colours, variation, seconds = names
    differences = [d for row in rows for d in row[colours].values()]
    if differences:
        within, worst = np.mean([d < 25.0 for d in differences]), max(differences)
        told = f"{len(differences)} named colours, within 25 {within:.2f}, worst {worst:.1f}"
        print(f"{what}: {told} (goal 0.85)")
    ratios = [row[variation] for row in rows]
    print(f"{what}: total variation ×{np.mean(ratios):.2f}, worst ×{max(ratios):.2f} (goal ×1.5)")
    print(f"{what}: {np.mean([row[seconds] for row in rows]):.0f} s of processor time each")


def _gained(gain: float) -> bool:
    return gain > 0.0


def _kept(gain: float) -> bool:
    return gain == 0.0


def _write_gallery(folder: Path, numbers: list[int], path: Path) -> None:
    """Drafts over refined, each with its words."""
    cells: list[Image.Image] = []
    for number in numbers:
        sheet = Image.open(folder / f"{number:02d}.png")
        half = sheet.width // 3
        cell = Image.new("RGB", (2 * half - 120, half + 34), "white")
        last = sheet.height // half - 1
        for column, line in enumerate((0, last)):
            front = sheet.crop((60, line * half, half - 30, (line + 1) * half))
            cell.paste(front, (column * (half - 80), 0))
        words = PROMPTS[number][0]
        ImageDraw.Draw(cell).text((8, half + 8), words, fill="black")
        cells.append(cell)
    across = min(4, len(cells))
    wide, high = cells[0].size
    whole = Image.new("RGB", (across * wide, -(-len(cells) // across) * high), "white")
    for index, cell in enumerate(cells):
        whole.paste(cell, (index % across * wide, index // across * high))
    whole.save(path, quality=82, optimize=True)


if __name__ == "__main__":
    main()
