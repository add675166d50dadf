# SPDX-License-Identifier: Apache-2.0
"""``gen3d models``: which models and data sets there are, whether their files are whole, and more.

``list`` and ``verify`` need no network; ``fetch`` is the only place where this project uses one.
"""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError
from gen3d.progress import silent

if TYPE_CHECKING:
    from gen3d.models.cards import Card, Verdict


@dataclass(frozen=True)
class ModelsOptions:
    """List models and data sets with their licences, verify their files, or fetch one by name."""

    what: Annotated[Literal["list", "verify", "fetch"], tyro.conf.Positional] = "list"
    """list shows the cards; verify compares files with the published hashes; fetch brings one."""
    id: Annotated[str, tyro.conf.Positional, named("ID")] = ""
    """The card to verify or to fetch; verify alone checks all that are here."""
    source: Annotated[str, tyro.conf.arg(name="from", metavar="FOLDER|OWNER/NAME")] = ""
    """fetch: a folder that holds the files, or another id on the model hub."""
    json: Flag = False
    """Print JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(ModelsOptions, "models", arguments)
    from gen3d.models.cards import all_cards, find_card, is_here, load_cards, verify

    if options.what == "fetch":
        return _fetch(options)
    if options.id:
        chosen = [find_card(options.id)]
    elif options.what == "list":
        chosen = list(all_cards().values())
    else:
        # What can be fetched and was not is not a fault.
        own = load_cards()
        chosen = [card for card in all_cards().values() if card.id in own or is_here(card)]
    if options.what == "list":
        return _list(chosen, as_json=options.json)
    return _verify([v for card in chosen for v in verify(card)], as_json=options.json)


def _list(cards: list[Card], *, as_json: bool) -> int:
    from gen3d.models.cards import is_here

    if as_json:
        rows = [{**card.model_dump(mode="json"), "here": is_here(card)} for card in cards]
        print(json_module.dumps(rows, indent=2))
        return 0
    for card in cards:
        here = "" if is_here(card) else "   (not on this machine)"
        print(f"{card.id}: {card.title}, {card.role}{here}")
        _print_terms(card)
        if card.without:
            print(f"    Without it: {card.without}")
    return 0


def _print_terms(card: Card) -> None:
    """Licence, territory, size and origin."""
    sale = "commercial use allowed" if card.commercial_use else "NO commercial use"
    print(f"    {card.licence} ({card.territory}); {sale}. {card.why}")
    for remark in card.remarks:
        print(f"    {remark}")
    size = f", {card.size_mb:,.0f} MB" if card.size_mb else ""
    print(f"    from {card.source}{size}")


def _verify(verdicts: list[Verdict], *, as_json: bool) -> int:
    from gen3d.models.cards import how_to_repair

    if as_json:
        rows = [{"id": v.card.id, "path": v.path, "state": v.state} for v in verdicts]
        print(json_module.dumps(rows, indent=2))
    else:
        for v in verdicts:
            print(f"{v.state:<10} {v.card.id}: {v.path}")
        for card in {v.card.id: v.card for v in verdicts if v.state != "ok"}.values():
            print(f"           {how_to_repair(card)}")
    return 0 if all(v.state == "ok" for v in verdicts) else 1


def _fetch(options: ModelsOptions) -> int:
    from gen3d.models.cards import find_card
    from gen3d.models.fetch import fetch

    if not options.id:
        raise Gen3dError("Say which model to fetch.", "`gen3d models list` shows their ids.")
    card = find_card(options.id)
    # The terms come first, so that one can still stop.
    print(f"{card.id}: {card.title}", file=sys.stderr if options.json else sys.stdout)
    if not options.json:
        _print_terms(card)
    unknown = [file.path for file in card.files if not file.sha256]
    folder = fetch(card, options.source, silent if options.json else _told)
    if options.json:
        print(json_module.dumps({"id": card.id, "folder": str(folder)}))
        return 0
    if unknown:
        print(
            f"No hash of {len(unknown)} files was published with the card: those of this "
            "fetch are recorded, and others will be refused."
        )
    print(f"{card.id} lies in {folder}")
    return 0


def _told(step: int, total: int) -> None:
    print(f"    {step} of {total} files", flush=True)
