# SPDX-License-Identifier: Apache-2.0
"""A description in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.figures.captions import canonical, plain_garment, seen_garments, with_articles
from gen3d.figures.sampling import draw_cast
from gen3d.words.pieces import phrases_of


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a knight", ["a knight"]),
        ("an elf wearing a red cape and boots", ["an elf", "a red cape", "boots"]),
        ("a rider all in white leather", ["a rider", "white leather"]),
        ("a man in black and white trousers", ["a man", "black and white trousers"]),
        ("a picture of a lady with a hat, and gloves", ["a lady", "a hat", "gloves"]),
        ("head and shoulders of a man", ["a man"]),
        ("a bandit dressed all in navy", ["a bandit", "navy"]),
        ("", [""]),
        (" with ", ["with"]),
    ],
)
def test_pieces_of_sentences(text: str, pieces: list[str]) -> None:
    assert phrases_of(text) == pieces


def test_every_garment_of_a_plain_form_is_one_piece() -> None:
    for index in range(12):
        spec = draw_cast(77, index)[0].base
        pieces = phrases_of(canonical(spec))
        told = {with_articles(plain_garment(g)) for g in seen_garments(spec, "full")}
        clothes = [piece for piece in pieces if piece in told]
        assert len(clothes) == min(len(told), 5), (pieces, told)


def test_no_text_breaks_it() -> None:
    rng = np.random.default_rng(5)
    words = ["and", "with", "in", "all", ",", "a", "red", "of", "picture", "wearing", "hat", ";"]
    for _ in range(300):
        text = " ".join(rng.choice(words, int(rng.integers(0, 9))))
        assert phrases_of(text)
