# SPDX-License-Identifier: Apache-2.0
"""Neighbours and children of things are things of the same family, near where they started."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.foundry.colours import SELF_COLOURED, metal_of
from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS, PATTERNS
from gen3d.foundry.sampling import sample_spec
from gen3d.foundry.thing import Finish, Slot, ThingSpec, build
from gen3d.foundry.variation import FRESH_SHARE, crossed, varied

NAMES = tuple(families())[::9]


def _fits(finish: Finish, slot: Slot) -> bool:
    highest = 1.0 if MATERIALS[finish.material].metallic > 0.5 else 0.85
    colours = (finish.colour,) if finish.pattern == "plain" else (finish.colour, finish.second)
    return (
        finish.material in slot.materials
        and finish.pattern in PATTERNS
        and all(0.02 <= c <= highest for colour in colours for c in colour)
        and (finish.material not in SELF_COLOURED or finish.colour == metal_of(finish.material))
    )


def _is_valid(spec: ThingSpec) -> bool:
    family = families()[spec.family]
    return (
        len(spec.knobs) == len(family.knobs)
        and all(0.0 <= knob <= 1.0 for knob in spec.knobs)
        and all(_fits(f, s) for f, s in zip(spec.finishes, family.slots, strict=True))
    )


@pytest.mark.parametrize("name", NAMES)
def test_after_many_generations_a_thing_is_still_one_of_its_family(name: str) -> None:
    family, rng = families()[name], np.random.default_rng(1)
    spec = sample_spec(family, rng)
    for _ in range(30):
        spec = varied(spec, family, 0.3, rng)
        assert spec.family == name
        assert _is_valid(spec)
    assert np.isfinite(build(spec, family).verts).all()


def test_gold_stays_gold() -> None:
    family = next(f for f in families().values() if "gold" in f.slots[0].materials)
    gold = tuple(Finish("gold", metal_of("gold")) for _ in family.slots)
    start = ThingSpec(family.name, tuple(0.5 for _ in family.knobs), gold)
    rng = np.random.default_rng(2)
    found = [varied(start, family, 0.5, rng).finishes[0] for _ in range(40)]
    still = [finish for finish in found if finish.material == "gold"]
    assert len(still) > 30
    assert {finish.colour for finish in still} == {metal_of("gold")}


def test_without_strength_only_fresh_finishes_differ() -> None:
    family, rng = families()["vase"], np.random.default_rng(3)
    start = sample_spec(family, rng)
    found = [varied(start, family, 0.0, rng) for _ in range(300)]
    assert {spec.knobs for spec in found} == {start.knobs}
    changed = np.mean([spec.finishes[0] != start.finishes[0] for spec in found])
    assert 0.5 * FRESH_SHARE < changed < 1.5 * FRESH_SHARE


def test_knobs_move_by_the_strength() -> None:
    family, rng = families()["vase"], np.random.default_rng(4)
    start = ThingSpec("vase", tuple(0.5 for _ in family.knobs), sample_spec(family, rng).finishes)
    moved = np.array([varied(start, family, 0.05, rng).knobs for _ in range(300)]) - 0.5
    assert moved.std() == pytest.approx(0.05, rel=0.1)
    assert abs(moved.mean()) < 0.01


def test_the_same_chance_gives_the_same_neighbour_and_the_start_is_untouched() -> None:
    family = families()["chair"]
    start = sample_spec(family, np.random.default_rng(5))
    one = varied(start, family, 0.2, np.random.default_rng(6))
    assert one == varied(start, family, 0.2, np.random.default_rng(6))
    assert one != start == sample_spec(family, np.random.default_rng(5))


def test_a_child_has_every_knob_and_finish_from_one_of_its_parents() -> None:
    family, rng = families()["chair"], np.random.default_rng(7)
    first, second = sample_spec(family, rng), sample_spec(family, rng)
    children = [crossed(first, second, rng) for _ in range(60)]
    for child in children:
        assert _is_valid(child)
        for one, a, b in zip(child.knobs, first.knobs, second.knobs, strict=True):
            assert one in {a, b}
        for one, a, b in zip(child.finishes, first.finishes, second.finishes, strict=True):
            assert one in {a, b}
    shares = np.mean(
        [[k == a for k, a in zip(c.knobs, first.knobs, strict=True)] for c in children]
    )
    assert 0.4 < shares < 0.6


def test_a_thing_crossed_with_itself_is_itself() -> None:
    spec = sample_spec(families()["vase"], np.random.default_rng(8))
    assert crossed(spec, spec, np.random.default_rng(9)) == spec
