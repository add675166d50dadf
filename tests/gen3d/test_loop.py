# SPDX-License-Identifier: Apache-2.0
"""The training loop: where it stops does not matter, and what is no number leaves no trace."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gen3d.errors import Gen3dError
from gen3d.loop import CHECKPOINT, LOG, Loss, Plan, chance_of, rate_at, train
from gen3d.progress import OnStep, silent

PLAN = Plan(steps=8, learning_rate=0.05, seed=3, warmup=2, log_every=1)


def network() -> nn.Module:
    """Convolution and normalisation: parameters of several shapes, and buffers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2)
        )
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return model


def fits(model: nn.Module, spoilt: Callable[[int], bool] = lambda _: False) -> Loss:
    """A task with fresh data in each step; some steps see what is not a number."""

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        pictures = torch.rand(6, 3, 8, 8, generator=generator)
        wanted = torch.stack([pictures.mean((1, 2, 3)), pictures[:, 0].std((1, 2))], dim=1)
        if spoilt(step):
            pictures = pictures * math.nan
        return {"loss": (model(pictures) - wanted).square().mean()}

    return loss


def stop_at(last: int) -> OnStep:
    def on_step(step: int, total: int) -> None:
        del total
        if step == last:
            raise InterruptedError

    return on_step


def counting(steps: list[int]) -> OnStep:
    def on_step(step: int, total: int) -> None:
        del total
        steps.append(step)

    return on_step


def bits(folder: Path) -> dict[str, bytes]:
    """Every tensor of the checkpoint, bit for bit."""
    tensors = load_file(folder / CHECKPOINT)
    return {name: value.reshape(-1).numpy().tobytes() for name, value in tensors.items()}


def run(folder: Path, on_step: OnStep = silent, plan: Plan = PLAN) -> dict[str, Tensor]:
    model = network()
    return train(model, fits(model), plan, folder, on_step)


def test_a_training_makes_the_loss_small(tmp_path: Path) -> None:
    plan = Plan(steps=60, learning_rate=0.02, seed=1, warmup=5, log_every=1)
    run(tmp_path, plan=plan)
    losses = [json.loads(line)["loss"] for line in (tmp_path / LOG).read_text().splitlines()]
    assert len(losses) == plan.steps
    assert sum(losses[-5:]) < 0.1 * sum(losses[:5])


@pytest.mark.parametrize("step", [1, 3, 7])
def test_stopped_between_steps_it_goes_on_to_the_same_bytes(tmp_path: Path, step: int) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(InterruptedError):
        run(tmp_path / "parts", stop_at(step))
    parts = run(tmp_path / "parts")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert bits(tmp_path / "whole") == bits(tmp_path / "parts")
    assert (tmp_path / "whole" / LOG).read_bytes() == (tmp_path / "parts" / LOG).read_bytes()


@pytest.mark.parametrize("late", [False, True])
def test_interrupted_inside_a_step_it_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    run(tmp_path / "whole")
    model = network()
    usual = fits(model)

    def interrupted(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        figures = usual(step, generator)
        if step == 4 and not late:
            raise KeyboardInterrupt
        return figures

    def half_done(self: torch.optim.AdamW) -> None:
        """The fifth update is cut off after its first parameter."""
        first = self.param_groups[0]["params"][0]
        if self.state[first].get("step") == 4:
            first.data.add_(1.0)
            raise KeyboardInterrupt
        usual_step(self)

    usual_step = torch.optim.AdamW.step
    plan = replace(PLAN, checkpoint_s=0.0)
    if late:
        monkeypatch.setattr(torch.optim.AdamW, "step", half_done)
    with pytest.raises(KeyboardInterrupt):
        train(model, interrupted, plan, tmp_path / "parts")
    monkeypatch.undo()
    run(tmp_path / "parts")
    assert bits(tmp_path / "whole") == bits(tmp_path / "parts")


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    whole = run(tmp_path)
    before = bits(tmp_path)
    steps: list[int] = []
    again = run(tmp_path, counting(steps))
    assert steps == []
    assert bits(tmp_path) == before
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_longer_plan_goes_on_from_where_the_shorter_one_ended(tmp_path: Path) -> None:
    run(tmp_path)
    steps: list[int] = []
    run(tmp_path, counting(steps), replace(PLAN, steps=10))
    assert steps == [9, 10]


def test_another_seed_gives_another_model(tmp_path: Path) -> None:
    one = run(tmp_path / "one")
    other = run(tmp_path / "other", plan=replace(PLAN, seed=4))
    assert not torch.equal(one["0.weight"], other["0.weight"])


def test_seeds_and_steps_both_decide_what_is_drawn() -> None:
    draws = {
        float(torch.rand((), generator=chance_of(seed, step)))
        for seed in (0, 1, 2**32 - 1)
        for step in range(20)
    }
    assert len(draws) == 60
    assert torch.rand((), generator=chance_of(1, 2)) == torch.rand((), generator=chance_of(1, 2))


def test_a_step_that_is_no_number_changes_nothing_at_all(tmp_path: Path) -> None:
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    plan = replace(PLAN, steps=3)
    mean = train(model, fits(model, spoilt=lambda _: True), plan, tmp_path)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(torch.equal(before[name], value) for name, value in mean.items())


def test_three_bad_steps_are_passed_over_and_the_training_goes_on(tmp_path: Path) -> None:
    model = network()
    mean = train(model, fits(model, spoilt=lambda step: 2 <= step < 5), PLAN, tmp_path)
    assert all(torch.isfinite(value).all() for value in mean.values())
    assert not torch.equal(mean["0.weight"], network().state_dict()["0.weight"])


def test_a_fourth_bad_step_running_is_refused_and_the_checkpoint_kept(tmp_path: Path) -> None:
    plan = replace(PLAN, checkpoint_s=0.0)
    model = network()
    with pytest.raises(Gen3dError, match="step 6") as refused:
        train(model, fits(model, spoilt=lambda step: step >= 3), plan, tmp_path)
    assert "lower learning rate" in refused.value.hint
    kept = load_file(tmp_path / CHECKPOINT)
    assert all(torch.isfinite(value).all() for value in kept.values())
    assert float(kept["adam.0.step"]) == 3.0


def test_a_gradient_that_is_no_number_counts_as_one(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    before = model.weight.detach().clone()

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        del step, generator
        # The root of zero: a value of 0 and an endless slope.
        return {"loss": (model.weight * 0.0).sqrt().sum()}

    train(model, loss, replace(PLAN, steps=2), tmp_path)
    assert torch.equal(model.weight, before)


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    run(tmp_path)
    other = nn.Linear(3, 2)
    with pytest.raises(Gen3dError, match="another model"):
        train(other, lambda *_: {"loss": other.weight.sum()}, PLAN, tmp_path)


def test_moments_of_other_parameters_are_refused(tmp_path: Path) -> None:
    run(tmp_path)
    model = network()
    # Other groups of rates put the parameters into another order.
    plan = replace(PLAN, steps=9, rates={"3.": 0.1})
    other = replace(plan, rates={"0.": 0.1, "3.weight": 2.0})
    run(tmp_path / "b", plan=plan)
    with pytest.raises(Gen3dError, match="another"):
        train(model, fits(model), other, tmp_path / "b")


def test_a_truncated_checkpoint_is_refused_in_one_sentence(tmp_path: Path) -> None:
    run(tmp_path)
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Gen3dError, match="damaged") as refused:
        run(tmp_path)
    assert "\n" not in refused.value.message
    assert "Delete" in refused.value.hint


def test_safetensors_that_are_no_checkpoint_are_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / CHECKPOINT)
    with pytest.raises(Gen3dError, match="damaged"):
        run(tmp_path)


def test_a_half_written_line_of_the_log_goes_away(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError):
        run(tmp_path, stop_at(4))
    with (tmp_path / LOG).open("a", encoding="utf-8") as log:
        log.write('{"step": 4, "lo')
    run(tmp_path)
    steps = [json.loads(line)["step"] for line in (tmp_path / LOG).read_text().splitlines()]
    assert steps == list(range(PLAN.steps))


def test_the_rate_rises_in_a_line_and_falls_by_half_a_cosine() -> None:
    plan = Plan(steps=110, learning_rate=2.0, seed=0, warmup=10, final_share=0.05)
    rates = [rate_at(plan, step) for step in range(111)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert max(rates) == pytest.approx(2.0) == pytest.approx(rates[10])
    assert rates[60] == pytest.approx(2.0 * (1.0 + 0.05) / 2.0)
    assert rates[110] == pytest.approx(2.0 * 0.05)
    assert all(a > b for a, b in itertools.pairwise(rates[10:]))
    assert rate_at(plan, 500) == pytest.approx(rates[110])


def test_a_plan_without_warm_up_starts_at_the_full_rate() -> None:
    assert rate_at(Plan(steps=5, learning_rate=0.3, seed=0, warmup=0), 0) == pytest.approx(0.3)


def test_factors_of_the_rate_act_on_the_parameters_that_begin_so(tmp_path: Path) -> None:
    # Adam's first step is the learning rate itself, whatever the gradient: factors show directly.
    model = nn.ModuleDict({name: nn.Linear(1, 1, bias=False) for name in ("slow", "still", "text")})
    before = {name: value.clone() for name, value in model.state_dict().items()}
    plan = Plan(steps=1, learning_rate=0.1, seed=0, warmup=0, weight_decay=0.0)
    rated = replace(plan, rates={"slow.": 0.25, "still.": 0.0})

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        del step, generator
        return {"loss": torch.stack([p.sum() for p in model.parameters()]).sum()}

    train(model, loss, rated, tmp_path)
    moved = {k: float((before[k] - v).abs()) for k, v in model.state_dict().items()}
    assert moved["slow.weight"] == pytest.approx(0.025, rel=1e-3)
    assert moved["still.weight"] == 0.0
    assert moved["text.weight"] == pytest.approx(0.1, rel=1e-3)


def test_only_matrices_decay(tmp_path: Path) -> None:
    model = nn.Linear(2, 2)
    nn.init.ones_(model.weight)
    nn.init.ones_(model.bias)
    plan = Plan(steps=1, learning_rate=0.1, seed=0, warmup=0, weight_decay=0.5)

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        del step, generator
        return {"loss": 0.0 * (model.weight.sum() + model.bias.sum())}

    train(model, loss, plan, tmp_path)
    assert torch.allclose(model.weight, torch.full((2, 2), 1.0 - 0.1 * 0.5))
    assert torch.equal(model.bias, torch.ones(2))


def test_frozen_parameters_stay_and_the_mean_lags_behind_the_weights(tmp_path: Path) -> None:
    model = network()
    first, frozen = model[0].weight, model[3].bias  # pyright: ignore[reportIndexIssue]
    frozen.requires_grad_(requires_grad=False)
    start, kept = first.detach().clone(), frozen.clone()
    mean = train(model, fits(model), PLAN, tmp_path)
    assert torch.equal(frozen, kept)
    assert 0.0 < (mean["0.weight"] - start).norm() < (first - start).norm()


def test_the_gradient_is_clipped_to_its_largest_norm(tmp_path: Path) -> None:
    model = nn.Linear(4, 1, bias=False)
    plan = replace(PLAN, steps=1, clip=0.5)

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        del step, generator
        return {"loss": 1e3 * model.weight.sum()}

    train(model, loss, plan, tmp_path)
    # Adam's first moment after one step is a tenth of the gradient.
    moment = load_file(tmp_path / CHECKPOINT)["adam.0.exp_avg"]
    assert float(moment.norm()) == pytest.approx(0.1 * 0.5, rel=1e-3)
