# SPDX-License-Identifier: Apache-2.0
"""The reader says in plain words what a prompt says, and nothing that it does not."""

from __future__ import annotations

import pytest

from gen3d.concepts.mixing import described
from gen3d.concepts.spec import ConceptSpec
from gen3d.figures.reader import Asked, edited, plain_form, read_asked


def asked_of(prompt: str) -> Asked:
    return read_asked(prompt, described(prompt, 0, None))


@pytest.mark.parametrize(
    ("prompt", "plain"),
    [
        ("a petite grandmother in a crimson coat", "a grandmother wearing a red coat"),
        ("an astronaut", "an astronaut"),
        (
            "a corpulent pirate with a long white beard",
            "a fat pirate with long white hair and a long white beard",
        ),
        (
            "a girl in jeans and a yellow t-shirt, without a hat",
            "a girl wearing a yellow t-shirt and dark blue denim trousers",
        ),
    ],
)
def test_any_wording_becomes_plain(prompt: str, plain: str) -> None:
    assert plain_form(prompt) == plain


def test_a_portrait_has_no_trousers() -> None:
    assert (
        plain_form("a girl in jeans and a yellow t-shirt", "near")
        == "a girl wearing a yellow t-shirt"
    )


def test_a_loose_colour_is_of_the_main_clothes() -> None:
    text = plain_form("a nurse dressed in green")
    assert text == "a nurse wearing a green t-shirt and green trousers"


def test_what_the_words_say_holds_and_the_rest_is_open() -> None:
    asked = asked_of("a fat knight in a red cape with a long white beard, without a helmet")
    assert asked.coloured == {"cape"}
    assert "cape" in asked.named
    assert asked.named.isdisjoint({"greaves", "boots"})
    assert "head" in asked.bare
    assert asked.hair
    assert asked.body == {"weight"}
    assert not asked.stranger


def test_whom_the_wardrobe_does_not_know_keeps_the_own_name() -> None:
    asked = asked_of("a matador with a scarlet cape")
    assert asked.whole == "a matador wearing a red cape"
    assert asked.stranger
    assert not asked_of("a matador all in red").stranger


def test_an_outfit_of_its_own_holds_whole_and_so_does_a_face() -> None:
    concept = ConceptSpec(outfit="a blue suit", face="an orc")
    description = described("a wizard", 0, concept)
    asked = read_asked("a wizard", description, concept)
    kinds = {garment.kind for garment in description.character.garments}
    assert asked.coloured == asked.stuffed == asked.named == kinds
    assert "back" in asked.bare
    assert asked.hair


def test_numbers_that_the_user_changed_hold() -> None:
    description = described("a knight", 0, None)
    asked = read_asked("a knight", description)
    figure = description.character
    body = figure.body.model_copy(update={"muscle": 0.9})
    boots = next(g for g in figure.garments if g.kind == "boots")
    green = boots.model_copy(update={"color": (0.0, 0.5, 0.0)})
    worn = tuple(green if g is boots else g for g in figure.garments if g.kind != "cape")
    given = figure.model_copy(update={"body": body, "garments": worn})
    held = edited(asked, "a knight", given, 0)
    assert held.coloured - asked.coloured == {"boots"}
    assert "muscle" in held.body
    assert ("back" in held.bare) == any(g.kind == "cape" for g in figure.garments)
    assert held.whole == asked.whole
