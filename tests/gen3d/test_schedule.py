# SPDX-License-Identifier: Apache-2.0
"""Schedules as data: their shapes, their laws, and what is refused."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d.errors import Gen3dError
from gen3d.schedule import EASES, Ease, Schedule

PROGRESS = st.floats(0.0, 1.0)
VALUES = st.floats(-1e6, 1e6)
KNOTS = st.lists(st.tuples(PROGRESS, VALUES), min_size=1, max_size=6, unique_by=lambda k: k[0]).map(
    sorted
)


@settings(deadline=None)
@given(VALUES, PROGRESS)
def test_a_number_is_the_same_at_every_progress(value: float, progress: float) -> None:
    assert Schedule.parse(value)(progress) == value


@settings(deadline=None)
@given(KNOTS, st.sampled_from(sorted(EASES)))
def test_it_passes_through_its_knots(knots: list[tuple[float, float]], ease: Ease) -> None:
    schedule = Schedule.parse([*knots, ease])
    assert [schedule(at) for at, _ in knots] == [value for _, value in knots]


@settings(deadline=None)
@given(KNOTS, st.sampled_from(sorted(EASES)), PROGRESS)
def test_it_never_leaves_the_range_of_its_knots(
    knots: list[tuple[float, float]], ease: Ease, progress: float
) -> None:
    values = [value for _, value in knots]
    slack = 1e-9 * max(abs(v) for v in [*values, 1.0])
    assert min(values) - slack <= Schedule.parse([*knots, ease])(progress) <= max(values) + slack


def test_four_numbers_are_two_knots() -> None:
    assert Schedule.parse([0.2, 1.0, 0.6, 3.0]) == Schedule.parse([[0.2, 1.0], [0.6, 3.0]])
    schedule = Schedule.parse([0.2, 1.0, 0.6, 3.0])
    assert [schedule(p) for p in (0.0, 0.2, 0.6, 1.0)] == [1.0, 1.0, 3.0, 3.0]
    assert schedule(0.3) == pytest.approx(1.5)


@pytest.mark.parametrize("ease", sorted(EASES))
def test_every_easing_rises_from_zero_to_one(ease: Ease) -> None:
    values = [Schedule.parse([0, 0, 1, 1, ease])(i / 50) for i in range(51)]
    assert values[0] == 0.0
    assert values[-1] == pytest.approx(1.0)
    assert all(a < b for a, b in itertools.pairwise(values))


def test_easings_have_their_closed_forms() -> None:
    assert Schedule.parse([0, 0, 1, 1, "sqrt"])(0.25) == pytest.approx(0.5)
    assert Schedule.parse([0, 0, 1, 1, "cosine"])(0.25) == pytest.approx((1 - 0.5**0.5) / 2)


def test_two_knots_at_one_progress_are_a_jump() -> None:
    schedule = Schedule.parse([[0, 1], [0.5, 1], [0.5, 7], [1, 7]])
    assert (schedule(0.499), schedule(0.5)) == (1.0, 7.0)


def test_outside_of_the_fit_the_ends_hold() -> None:
    schedule = Schedule.parse([0.0, 2.0, 1.0, 4.0])
    assert (schedule(-0.5), schedule(1.5)) == (2.0, 4.0)


def test_a_schedule_is_a_schedule() -> None:
    schedule = Schedule.parse([0, 1, 1, 2])
    assert Schedule.parse(schedule) is schedule


@pytest.mark.parametrize(
    "value",
    [
        *("fast", None, True, float("nan"), float("inf"), {}),
        *([], ["cosine"], [1, 2, 3], [0, 1, 1, "2"], [0, 1, 1, 2, "bouncy"], [[0, 1, 2]]),
        *([[0.5, 1], [0.2, 2]], [0.9, 1.0, 0.1, 2.0], [[0, 1], [1.5, 2]], [[-0.1, 1]], [[0, None]]),
        [0, 500, 1000, 2000],
    ],
)
def test_other_shapes_are_refused_with_the_shapes_there_are(value: object) -> None:
    with pytest.raises(Gen3dError, match="is not a schedule") as caught:
        Schedule.parse(value)
    assert "start_progress" in caught.value.hint
