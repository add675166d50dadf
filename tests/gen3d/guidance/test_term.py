# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.guidance.term import Score, Sight, mix, only, split
from gen3d.render.views import orbit
from gen3d.schedule import Schedule

VIEWS = orbit(torch.zeros(2), torch.zeros(2), torch.full((2,), 3.0), torch.full((2,), 40.0), 8)


def sight() -> Sight:
    return Sight(torch.full((2, 3, 8, 8), 0.5, requires_grad=True), VIEWS)


def mean_term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
    del progress, generator
    return Score(sight.pictures.mean(), {"mean": float(sight.pictures.mean().detach())})


def square_term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
    del progress, generator
    return Score((sight.pictures**2).mean(), {"mean": 7.0})


def noisy_term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
    del progress
    noise = torch.rand(sight.pictures.shape, generator=generator)
    return Score((sight.pictures * noise).mean(), {"draw": float(noise[0, 0, 0, 0])})


def test_a_mix_is_the_weighted_sum_and_its_gradient_too() -> None:
    seen = sight()
    mixed = mix([(mean_term, Schedule.parse(2.0)), (square_term, Schedule.parse(3.0))])
    score = mixed(seen, 0.0, torch.Generator())
    score.loss.backward()
    assert score.loss.item() == pytest.approx(2.0 * 0.5 + 3.0 * 0.25)
    gradient = (2.0 + 3.0 * 2.0 * 0.5) / seen.pictures.numel()
    assert seen.pictures.grad is not None
    assert torch.allclose(seen.pictures.grad, torch.full_like(seen.pictures, gradient))


def test_weights_follow_their_schedules() -> None:
    mixed = mix([(mean_term, Schedule.parse([0.0, 1.0, 1.0, 3.0]))])
    losses = [mixed(sight(), p, torch.Generator()).loss.item() for p in (0.0, 0.5, 1.0)]
    assert losses == pytest.approx([0.5, 1.0, 1.5])


def test_a_weight_of_zero_does_not_call_its_term_but_the_result_can_be_differentiated() -> None:
    def never(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        raise AssertionError((sight, progress, generator))

    seen = sight()
    score = mix([(never, Schedule.parse(0.0))])(seen, 0.5, torch.Generator())
    score.loss.backward()
    assert score.loss.item() == 0.0
    assert seen.pictures.grad is not None
    assert not seen.pictures.grad.any()


def test_what_a_term_draws_does_not_depend_on_the_weight_of_the_one_before_it() -> None:
    def draw(first: float) -> float:
        terms = [(noisy_term, Schedule.parse(first)), (noisy_term, Schedule.parse(1.0))]
        figures = mix(terms)(sight(), 0.0, torch.Generator().manual_seed(3)).figures
        return list(figures.values())[-1]

    assert draw(0.0) == draw(1.0) == draw(5.0)


def test_figures_of_one_name_are_told_apart() -> None:
    mixed = mix([(mean_term, Schedule.parse(1.0)), (square_term, Schedule.parse(1.0))])
    assert mixed(sight(), 0.0, torch.Generator()).figures == {"mean": 0.5, "mean 2": 7.0}


def test_a_loss_that_is_not_a_number_is_an_error_that_names_the_term() -> None:
    def broken(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        del progress, generator
        return Score(sight.pictures.sum() * float("nan"))

    mixed = mix([(mean_term, Schedule.parse(1.0)), (broken, Schedule.parse(1.0))])
    with pytest.raises(Gen3dError, match="term 2 gave a loss of nan"):
        mixed(sight(), 0.0, torch.Generator())


def test_a_term_can_be_limited_to_some_outputs() -> None:
    limited = only(mean_term, ["normal"])
    plain = sight()
    assert limited(plain, 0.0, torch.Generator()).loss.item() == 0.0
    normal = Sight(plain.pictures, VIEWS, "normal")
    assert limited(normal, 0.0, torch.Generator()).loss.item() == 0.5


def test_a_split_generator_is_another_stream_and_repeats_with_the_seed() -> None:
    first, second = torch.Generator().manual_seed(1), torch.Generator().manual_seed(1)
    draws = [torch.rand(4, generator=split(first)) for _ in range(2)]
    assert not torch.equal(draws[0], draws[1])
    assert torch.equal(draws[0], torch.rand(4, generator=split(second)))
