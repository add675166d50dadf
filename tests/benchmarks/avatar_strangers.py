# SPDX-License-Identifier: Apache-2.0
"""What do people wear whom the vocabulary does not name? ``configs/prompts/strangers.yml``.

Prints for each prompt which figure stands in, the garments with their colours, and what was noted;
draws every one from the front and from behind on a contact sheet, for people to judge::

    python -m tests.benchmarks.avatar_strangers --out runs/strangers [--held-out] [--seed 7]
        [--words-only] [--prompt "a fishmonger" ...]
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import yaml
from PIL import Image, ImageDraw

from gen3d.figures.sheet import write_sheet
from gen3d.figures.trials import sketched
from gen3d.foundry.colours import plain_name
from gen3d.prompt import describe
from gen3d.spec import Description, GarmentSpec
from gen3d.words import archetypes
from gen3d.words.vocabulary import words_of

STRANGERS = Path(__file__).parents[2] / "configs/prompts/strangers.yml"
SIZE_PX, ACROSS = 260, 6


def main() -> None:
    """Print the table and draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true", help="the half that nobody looks at")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--words-only", action="store_true", help="no pictures")
    parser.add_argument("--prompt", action="append", help="instead of the list's")
    asked = parser.parse_args()
    lists = yaml.safe_load(STRANGERS.read_text("utf-8"))
    prompts: list[str] = asked.prompt or lists["held_out" if asked.held_out else "looked_at"]
    asked.out.mkdir(parents=True, exist_ok=True)
    cells: list[Image.Image] = []
    for prompt in prompts:
        found = describe(prompt, asked.seed)
        told = _told(prompt, found)
        print(told, flush=True)
        if not asked.words_only:
            cells.append(_cell(prompt, found, asked.seed, asked.out))
    if cells:
        _tiled(cells).save(asked.out / "sheet.jpg", quality=88)


def _told(prompt: str, found: Description) -> str:
    """Who stands in, and the clothes."""
    match = archetypes.find(found.who)
    near = f"{match.similarity:.2f}" if match else "nobody"
    listed = " LISTED" if _listed(prompt) else ""
    lines = [f"{prompt}\n    {found.character.archetype} ({near}){listed}"]
    lines += [f"    {', '.join(_garment(g) for g in found.character.garments)}"]
    lines += [f"    - {note}" for note in found.notes if "No " not in note]
    return "\n".join(lines)


def _listed(prompt: str) -> bool:
    """Whether the vocabulary names the figure by a phrase of its own."""
    skipped = words_of("grammar", "determiners")
    words = [w for w in re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", prompt.lower()) if w not in skipped]
    spans = archetypes.named(" ".join(words))
    return any(span not in archetypes.GENERIC for span in spans)


def _garment(garment: GarmentSpec) -> str:
    pattern = "" if garment.pattern == "plain" else f"{garment.pattern} "
    hue = plain_name(garment.color)
    return f"{hue} {pattern}{garment.fabric} {garment.kind}".replace("_", " ")


def _cell(prompt: str, found: Description, seed: int, folder: Path) -> Image.Image:
    """One figure from before and behind, with its words."""
    path = folder / f"{re.sub(r'[^a-z]+', '-', prompt.lower()).strip('-')}.png"
    write_sheet([sketched(found.character, seed)], path, SIZE_PX)
    row, edge = Image.open(path), SIZE_PX // 5
    cell = Image.new("RGB", (2 * (SIZE_PX - 2 * edge), SIZE_PX + 30), "white")
    for column in (0, 1):
        left = column * SIZE_PX + edge
        front = row.crop((left, 0, left + SIZE_PX - 2 * edge, SIZE_PX))
        cell.paste(front, (column * front.width, 0))
    pen = ImageDraw.Draw(cell)
    pen.text((4, SIZE_PX + 2), prompt, fill="black")
    pen.text((4, SIZE_PX + 15), found.character.archetype, fill="gray")
    return cell


def _tiled(cells: Sequence[Image.Image]) -> Image.Image:
    across = min(ACROSS, len(cells))
    wide, high = cells[0].size
    sheet = Image.new("RGB", (across * wide, -(-len(cells) // across) * high), "white")
    for index, cell in enumerate(cells):
        sheet.paste(cell, (index % across * wide, index // across * high))
    return sheet


if __name__ == "__main__":
    main()
