# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.thing import ThingSpec
from gen3d.guidance.search import Evolution, evolve

VASE = drawn(1, list(families()).index("vase"))[0]
WANTED = 0.7


def nearness(spec: ThingSpec) -> float:
    """A hill with its top where every knob is WANTED."""
    return -float(np.square(np.array(spec.knobs) - WANTED).sum())


def same(spec: ThingSpec) -> ThingSpec:
    return spec


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_search_climbs_a_known_hill(seed: int) -> None:
    start = replace(VASE, knobs=tuple(0.1 for _ in VASE.knobs))
    plan = Evolution(rounds=12, children=30, parents=6)
    best = evolve([start], nearness, same, plan, np.random.default_rng(seed))
    # From a distance of 0.6 a knob to less than a tenth of a knob on average.
    assert nearness(best[0].spec) > -len(VASE.knobs) * 0.1**2
    assert nearness(start) == pytest.approx(-len(VASE.knobs) * 0.6**2)


def test_what_is_found_is_never_worse_than_the_start_and_comes_best_first() -> None:
    plan = Evolution(rounds=2, children=5, parents=3)
    best = evolve([VASE], nearness, same, plan, np.random.default_rng(0))
    scores = [ranked.score for ranked in best]
    assert scores == sorted(scores, reverse=True)
    assert len(best) == plan.parents
    assert scores[0] >= nearness(VASE)
    assert all(nearness(ranked.spec) == ranked.score for ranked in best)


def test_what_is_pinned_is_pinned_in_every_candidate() -> None:
    seen: list[ThingSpec] = []

    def judge(spec: ThingSpec) -> float:
        seen.append(spec)
        return nearness(spec)

    def pin(spec: ThingSpec) -> ThingSpec:
        return replace(spec, knobs=(0.25, *spec.knobs[1:]))

    plan = Evolution(rounds=3, children=7)
    evolve([VASE], judge, pin, plan, np.random.default_rng(0))
    assert len(seen) == 1 + 3 * 7
    assert {spec.knobs[0] for spec in seen} == {0.25}
    assert len({spec.knobs[1] for spec in seen}) > 7


def test_progress_counts_every_candidate_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    plan = Evolution(rounds=2, children=3)
    evolve(
        [VASE, VASE],
        nearness,
        same,
        plan,
        np.random.default_rng(0),
        lambda step, total: told.append((step, total)),
    )
    assert told == [(number, 8) for number in range(1, 9)]


def test_no_rounds_leave_the_start_and_one_seed_finds_one_thing() -> None:
    none = evolve([VASE], nearness, same, Evolution(rounds=0), np.random.default_rng(0))
    assert [ranked.spec for ranked in none] == [VASE]
    plan = Evolution(rounds=2, children=4)
    first, again = (evolve([VASE], nearness, same, plan, np.random.default_rng(3)) for _ in "ab")
    assert first == again
    assert first != evolve([VASE], nearness, same, plan, np.random.default_rng(4))


def test_things_of_several_families_are_searched_side_by_side() -> None:
    chair = drawn(1, list(families()).index("chair"))[0]
    plan = Evolution(rounds=2, children=12, parents=8)
    best = evolve([VASE, chair], lambda s: float(s.knobs[0]), same, plan, np.random.default_rng(0))
    assert {ranked.spec.family for ranked in best} <= {"vase", "chair"}
    for ranked in best:
        assert len(ranked.spec.knobs) == len(families()[ranked.spec.family].knobs)
        assert all(0.0 <= knob <= 1.0 for knob in ranked.spec.knobs)
