# SPDX-License-Identifier: Apache-2.0
"""The reader says in plain words what a prompt says, and nothing that it does not."""

from __future__ import annotations

import pytest

from gen3d.figures.reader import plain_form


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
