# SPDX-License-Identifier: Apache-2.0
"""``gen3d models``: which models and data sets are used, and whether their files are whole."""

from __future__ import annotations

import json as json_module
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from gen3d.cli.options import Flag, parse

if TYPE_CHECKING:
    from gen3d.models.cards import Card, Verdict


@dataclass(frozen=True)
class ModelsOptions:
    """List the models and data sets with their licences, or verify their files."""

    what: Annotated[Literal["list", "verify"], tyro.conf.Positional] = "list"
    """list shows the cards; verify compares the files with the published hashes."""
    json: Flag = False
    """Print JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    from gen3d.models.cards import load_cards, verify

    options = parse(ModelsOptions, "models", arguments)
    cards = list(load_cards().values())
    if options.what == "list":
        return _list(cards, as_json=options.json)
    return _verify([verdict for card in cards for verdict in verify(card)], as_json=options.json)


def _list(cards: list[Card], *, as_json: bool) -> int:
    if as_json:
        print(json_module.dumps([card.model_dump(mode="json") for card in cards], indent=2))
        return 0
    for card in cards:
        sale = "commercial use allowed" if card.commercial_use else "NO commercial use"
        print(f"{card.id}: {card.title}, {card.role}")
        print(f"    {card.licence}; {sale}. {card.why}")
        print(f"    from {card.source}")
    return 0


def _verify(verdicts: list[Verdict], *, as_json: bool) -> int:
    if as_json:
        rows = [{"id": v.card.id, "path": v.path, "state": v.state} for v in verdicts]
        print(json_module.dumps(rows, indent=2))
    else:
        for v in verdicts:
            print(f"{v.state:<9} {v.card.id}: {v.path}")
            if v.state != "ok" and v.card.package:
                print(f"          pip install --force-reinstall {v.card.package}")
    return 0 if all(v.state == "ok" for v in verdicts) else 1
