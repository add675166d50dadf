# SPDX-License-Identifier: Apache-2.0
"""The numbered list of things: any number, in any order, is always the same thing."""

from __future__ import annotations

from gen3d.foundry.draws import drawn, list_digest
from gen3d.foundry.families import families


def test_a_number_is_the_same_thing_whenever_it_is_drawn() -> None:
    forwards = [drawn(5, number)[0] for number in range(6)]
    backwards = [drawn(5, number)[0] for number in reversed(range(6))]
    assert forwards == backwards[::-1]


def test_the_generator_that_comes_with_a_thing_is_the_same_too() -> None:
    assert drawn(5, 3)[1].random() == drawn(5, 3)[1].random()
    assert drawn(5, 3)[1].random() != drawn(5, 4)[1].random()


def test_families_take_turns() -> None:
    names = list(families())
    count = len(names)
    assert [drawn(1, number)[0].family for number in range(count)] == names
    assert drawn(1, count + 2)[0].family == names[2]


def test_seeds_and_rounds_give_other_things_of_a_family() -> None:
    count = len(families())
    things = {drawn(seed, number)[0] for seed in (1, 2) for number in (4, 4 + count)}
    assert len({thing.family for thing in things}) == 1
    assert len(things) == 4


def test_the_digest_names_the_list() -> None:
    assert list_digest(1) == list_digest(1)
    assert list_digest(1) != list_digest(2)
