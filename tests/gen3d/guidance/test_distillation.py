# SPDX-License-Identifier: Apache-2.0
"""Parts of score distillation: steps, weights, negatives, words, clipping, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.guidance.distillation import clip, distillation_term, draw_gradient, surrogate
from gen3d.guidance.interval import stops
from gen3d.guidance.noise import NoiseLevels, draw_steps, to_clean, weight
from gen3d.guidance.perpneg import Seen, guide, perpendicular, rescale
from gen3d.guidance.prompts import ViewPrompts
from gen3d.guidance.recipe import Distillation
from gen3d.guidance.term import Sight
from gen3d.guidance.words import Reader, Spoken, Words, janus_strengths
from gen3d.render.views import Views, orbit
from gen3d.schedule import Schedule

LEVELS = NoiseLevels((1.0 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)).cumprod(0))


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def ring(*azimuths: float, elevation: float = 0.0) -> Views:
    angles = torch.tensor(azimuths)
    flat = torch.zeros_like(angles)
    return orbit(angles, flat + elevation, flat + 3.0, flat + 40.0, 4)


@dataclass(frozen=True)
class Listener:
    """Sees as noise the number that each text stands for, and remembers what it heard."""

    meanings: dict[str, float]
    heard: list[str] = field(default_factory=list[str])
    levels: NoiseLevels = LEVELS

    def encode(self, pictures: Tensor) -> Tensor:
        return pictures

    def decode(self, latents: Tensor) -> Tensor:
        return latents

    def embed(self, texts: Sequence[str]) -> Tensor:
        self.heard.extend(texts)
        values = [self.meanings.get(text, 0.0) for text in texts]
        return torch.tensor(values, dtype=torch.float64)[:, None, None]

    def epsilon(self, noisy: Tensor, step: Tensor, words: Tensor) -> Tensor:
        del step
        return words[:, :, :, None] * torch.ones_like(noisy)


@dataclass(frozen=True)
class Says:
    texts: tuple[tuple[str, float], ...] = (("thing", 1.0),)

    def for_view(self, azimuth_deg: float, elevation_deg: float) -> Sequence[tuple[str, float]]:
        del azimuth_deg, elevation_deg
        return self.texts


@dataclass(frozen=True)
class Sided:
    def for_view(self, azimuth_deg: float, elevation_deg: float) -> Sequence[tuple[str, float]]:
        del elevation_deg
        turned = abs((azimuth_deg + 180.0) % 360.0 - 180.0)
        return [("front" if turned < 45.0 else "side" if turned < 135.0 else "back", 1.0)]


def test_steps_are_uniform_between_their_bounds() -> None:
    generator = torch.Generator().manual_seed(0)
    steps = torch.cat([draw_steps(LEVELS, 8, (0.1, 0.3), generator) for _ in range(2_000)])
    assert (int(steps.min()), int(steps.max())) == (100, 300)
    counts = torch.bincount(steps - 100, minlength=201).double()
    # 16,000 draws over 201 steps: the statistic has mean 200 and deviation 20.
    assert ((counts - 16_000 / 201).square() / (16_000 / 201)).sum() < 280.0


def test_steps_of_a_batch_are_spread_so_their_mean_varies_less() -> None:
    generator = torch.Generator().manual_seed(1)
    means = torch.stack(
        [draw_steps(LEVELS, 8, (0.0, 1.0), generator).double().mean() for _ in range(500)]
    )
    independent = 1000.0 / 12.0**0.5 / 8.0**0.5
    assert means.mean() == pytest.approx(499.5, abs=3.0)
    # Stratified: each of 8 parts varies by an eighth as much.
    assert means.std() == pytest.approx(independent / 8.0, rel=0.15)


def test_equal_bounds_give_that_step() -> None:
    assert draw_steps(LEVELS, 3, (0.5, 0.5), torch.Generator()).tolist() == [500] * 3


def test_weights_have_their_closed_forms() -> None:
    step = torch.tensor([0, 400, 999])
    alpha = LEVELS.alphas_cumprod[step]
    expected = {
        "variance": 1 - alpha,
        "uniform": torch.ones(3, dtype=torch.float64),
        "fantasia3d": alpha.sqrt() * (1 - alpha),
        "reconstruction": ((1 - alpha) / alpha).sqrt(),
    }
    for name, value in expected.items():
        found = weight(LEVELS, name, step)  # type: ignore[arg-type]
        assert torch.allclose(found[:, 0, 0, 0], value)


def test_reconstruction_weight_gives_the_picture_minus_the_clean_guess() -> None:
    clean, noise, seen = drawn(3, 5, 4, 2, 2)
    step = torch.tensor([10, 300, 600, 900, 990])
    noisy = LEVELS.signal(step) * clean + LEVELS.sigma(step) * noise
    residual = weight(LEVELS, "reconstruction", step) * (seen - noise)
    assert torch.allclose(residual, clean - to_clean(LEVELS, seen, noisy, step), atol=1e-9)


def test_without_negatives_guidance_is_classifier_free() -> None:
    neutral, positive = drawn(2, 3, 4, 2, 2)
    seen = Seen(neutral, positive, neutral[:, None][:, :0])
    for scale in (0.0, 1.0, 7.5):
        expected = neutral + scale * (positive - neutral)
        assert torch.allclose(guide(seen, torch.zeros((3, 0)), scale), expected)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_negatives_push_at_right_angles_to_the_positive(seed: int) -> None:
    neutral, positive = drawn(2, 3, 4, 2, 2, seed=seed)
    negatives = drawn(3, 2, 4, 2, 2, seed=seed + 1)
    strengths = drawn(3, 2, seed=seed + 2).abs()
    plain = guide(Seen(neutral, positive, negatives[:, :0]), strengths[:, :0], 5.0)
    change = guide(Seen(neutral, positive, negatives), strengths, 5.0) - plain
    toward = positive - neutral
    cosines = torch.cosine_similarity(change.flatten(1), toward.flatten(1))
    assert cosines.abs().max() < 1e-12
    # And away from the negative: against its own perpendicular part.
    one = guide(Seen(neutral, positive, negatives[:, :1]), strengths[:, :1], 5.0) - plain
    away = perpendicular(negatives[:, :1] - neutral[:, None], toward)[:, 0]
    assert torch.allclose(one, -5.0 * strengths[:, :1, None, None] * away)


def test_a_negative_that_says_the_same_as_the_positive_does_nothing() -> None:
    neutral, positive = drawn(2, 3, 4, 2, 2)
    same = (neutral + 2.0 * (positive - neutral))[:, None]
    plain = guide(Seen(neutral, positive, same[:, :0]), torch.ones((3, 0)), 7.5)
    assert torch.allclose(guide(Seen(neutral, positive, same), torch.ones((3, 1)), 7.5), plain)


def test_a_positive_that_says_nothing_leaves_the_negatives_whole() -> None:
    vectors = drawn(2, 1, 4, 2, 2)
    assert torch.equal(perpendicular(vectors, torch.zeros_like(vectors[:, 0])), vectors)


def test_rescaling_gives_the_clean_guess_the_contrast_of_the_conditional_one() -> None:
    neutral, positive, noisy = drawn(3, 5, 4, 8, 8)
    step = torch.tensor([50, 300, 600, 900, 990])
    guided = neutral + 10.0 * (positive - neutral)
    wanted = to_clean(LEVELS, positive, noisy, step)
    before = to_clean(LEVELS, guided, noisy, step)
    after = to_clean(LEVELS, rescale(LEVELS, guided, positive, noisy, step, 1.0), noisy, step)

    def contrast(pictures: Tensor) -> Tensor:
        return pictures.var(dim=(2, 3)).mean(dim=1).sqrt()

    assert (contrast(before) > 2.0 * contrast(wanted)).all()
    assert torch.allclose(contrast(after), contrast(wanted))
    assert torch.allclose(after.mean(dim=(2, 3)), before.mean(dim=(2, 3)))
    assert rescale(LEVELS, guided, positive, noisy, step, 0.0) is guided


def test_rescaling_a_flat_guess_changes_nothing() -> None:
    step, flat = torch.tensor([500]), torch.zeros((1, 3, 4, 4), dtype=torch.float64)
    assert torch.equal(rescale(LEVELS, flat, flat, flat, step, 1.0), flat)


def test_the_loss_has_the_given_gradient_over_the_number_of_values() -> None:
    latents, gradient = drawn(2, 2, 3, 4, 4)
    latents = latents.requires_grad_()
    surrogate(latents, gradient).backward()
    assert latents.grad is not None
    assert torch.allclose(latents.grad, gradient / latents.numel(), atol=1e-15)


def test_clipping_bounds_each_view_and_keeps_directions() -> None:
    gradient = drawn(3, 4, 8, 8) * torch.tensor([0.1, 1.0, 10.0])[:, None, None, None]
    bounded = clip(gradient, 0.5)
    size = bounded.square().mean(dim=(1, 2, 3)).sqrt()
    assert torch.equal(bounded[0], gradient[0])
    assert torch.allclose(size[1:], torch.full((2,), 0.5, dtype=torch.float64))
    assert torch.cosine_similarity(bounded.flatten(1), gradient.flatten(1)).min() > 1 - 1e-12
    assert torch.equal(clip(gradient, float("inf")), gradient)


@pytest.mark.parametrize("step", [[1], [49, 51], [999, 400, 20], [640]])
def test_stops_rise_from_nothing_to_the_step_in_strides(step: list[int]) -> None:
    route = stops(torch.tensor(step), 50, 200)
    assert (route[0] == 0).all()
    assert route[-1].tolist() == step
    assert route[-2].tolist() == [max(each - 50, 0) for each in step]
    ways = route[:-1].diff(dim=0)
    assert int(ways.min()) >= 0
    assert int(ways.max()) <= 201


def test_view_negatives_are_continuous_and_mirror_left_and_right() -> None:
    strengths = [janus_strengths(float(turn), 0.0) for turn in range(-180, 181)]
    for side in ("front", "side"):
        values = torch.tensor([each[side] for each in strengths])
        assert values.diff().abs().max() < 0.03
        assert torch.allclose(values, values.flip(0))
        assert values.min() >= 0.0


def test_view_negatives_never_push_a_view_from_itself() -> None:
    assert janus_strengths(0.0, 0.0)["front"] < 1e-3
    assert janus_strengths(90.0, 0.0)["side"] < 1e-3
    assert janus_strengths(180.0, 0.0)["front"] > janus_strengths(90.0, 0.0)["front"] > 1.0
    assert janus_strengths(180.0, 80.0) == {"front": 0.0, "side": 0.0}


def test_words_blend_by_weight_and_each_text_is_read_once() -> None:
    model = Listener({"a": 1.0, "b": 3.0})
    reader = Reader(model, Says((("a", 3.0), ("b", 1.0))))
    words = reader.words(ring(0.0, 120.0))
    reader.words(ring(40.0))
    assert words.positive.flatten().tolist() == pytest.approx([1.5, 1.5])
    assert words.strengths.shape == (2, 0)
    assert sorted(model.heard) == ["", "a", "b"]


def test_weights_below_zero_are_negatives() -> None:
    words = Reader(Listener({"x": 2.0}), Says((("a", 1.0), ("x", -0.25)))).words(ring(0.0))
    assert words.negatives.flatten().tolist() == [2.0]
    assert words.strengths.tolist() == [[0.25]]


def test_from_behind_the_front_is_a_negative_and_from_the_front_it_is_not() -> None:
    model = Listener({"front": 5.0, "side": 7.0, "back": 9.0})
    words = Reader(model, Sided(), janus=1.0).words(ring(0.0, 180.0))
    by_text = {
        int(value): words.strengths[:, i] for i, value in enumerate(words.negatives[0, :, 0, 0])
    }
    assert by_text[5][0] < 1e-3
    assert by_text[5][1] > 1.0
    assert words.positive.flatten().tolist() == [5.0, 9.0]
    assert Reader(model, Sided()).words(ring(0.0, 180.0)).negatives.shape[1] == 0


def test_the_projects_view_prompts_are_understood() -> None:
    prompts = ViewPrompts.parse("a vase", "a chair: 0.5")
    front, back = Spoken(prompts).for_view(0.0, 0.0), Spoken(prompts).for_view(180.0, 0.0)
    assert front == [("a vase, front view", 1.0), ("a chair", -0.5)]
    assert back[0] == ("a vase, back view", 1.0)
    words = Reader(Listener({"a vase, back view": 4.0}), prompts).words(ring(180.0))
    assert words.positive.item() == 4.0
    assert words.strengths.tolist() == [[0.5]]


def test_kinds_of_pictures_have_their_own_words() -> None:
    model = Listener({})
    recipe = Distillation(templates={"normal": "normal map of {}"})
    term = distillation_term(model, Says(), recipe)
    pictures = torch.rand((1, 3, 4, 4), dtype=torch.float64)
    term(Sight(pictures, ring(0.0), "normal"), 0.0, torch.Generator())
    assert "normal map of thing" in model.heard
    assert "thing" not in model.heard
    term(Sight(pictures, ring(0.0), "shaded"), 0.0, torch.Generator())
    assert "thing" in model.heard


def test_a_negative_prompt_takes_the_place_of_the_unconditional_text() -> None:
    model = Listener({"ugly": 2.0, "thing": 5.0})
    words = Reader(model, Says(), neutral="ugly").words(ring(0.0))
    assert (words.neutral.item(), words.positive.item()) == (2.0, 5.0)


def test_a_prompt_that_wants_nothing_is_refused() -> None:
    with pytest.raises(Gen3dError, match="wants nothing at azimuth 30°"):
        Reader(Listener({}), Says((("a", -1.0),))).words(ring(30.0))


def test_a_lost_step_is_left_out_and_several_in_a_row_are_an_error() -> None:
    model = Listener({"thing": 1.0, "": 0.0})
    term = distillation_term(model, Says(), Distillation(patience=3))
    pictures = torch.rand((2, 3, 4, 4), dtype=torch.float64, requires_grad=True)
    sight, generator = Sight(pictures, ring(0.0, 90.0)), torch.Generator()
    model.meanings["thing"] = float("nan")
    broken = distillation_term(model, Says(), Distillation(patience=3))
    score = broken(sight, 0.0, generator)
    score.loss.backward()
    assert score.figures == {"sds/lost": 1.0}
    assert pictures.grad is not None
    assert (pictures.grad == 0.0).all()
    broken(sight, 0.0, generator)
    with pytest.raises(Gen3dError, match="no finite gradient 3 times in a row"):
        broken(sight, 0.0, generator)
    model.meanings["thing"] = 1.0
    assert "sds/gradient" in term(sight, 0.0, generator).figures


@dataclass(frozen=True)
class Flaky(Listener):
    """Gives no number on every second call."""

    calls: list[int] = field(default_factory=list[int])

    def epsilon(self, noisy: Tensor, step: Tensor, words: Tensor) -> Tensor:
        self.calls.append(1)
        seen = super().epsilon(noisy, step, words)
        return seen if len(self.calls) % 2 else seen * float("nan")


def test_lost_steps_with_good_ones_between_are_borne() -> None:
    term = distillation_term(Flaky({}), Says(), Distillation(patience=2))
    sight = Sight(torch.rand((1, 3, 4, 4), dtype=torch.float64), ring(0.0))
    lost = [term(sight, 0.0, torch.Generator()).figures.get("sds/lost", 0.0) for _ in range(8)]
    assert lost == [0.0, 1.0] * 4


def test_less_noise_at_most_than_at_least_is_refused() -> None:
    recipe = Distillation(t_min=Schedule.parse(0.6), t_max=Schedule.parse([0, 0.9, 1, 0.5]))
    term = distillation_term(Listener({}), Says(), recipe)
    sight = Sight(torch.rand((1, 3, 4, 4), dtype=torch.float64), ring(0.0))
    term(sight, 0.0, torch.Generator())
    with pytest.raises(Gen3dError, match=r"from 0\.6 to 0\.5"):
        term(sight, 1.0, torch.Generator())


def test_the_noise_follows_its_schedule() -> None:
    recipe = Distillation(t_min=Schedule.parse(0.0), t_max=Schedule.parse([0, 1.0, 1, 0.2]))
    pictures = torch.zeros((64, 3, 2, 2), dtype=torch.float64)
    blank = torch.zeros((64, 1, 1), dtype=torch.float64)
    words = Words(blank, blank, blank[:, None][:, :0], torch.zeros((64, 0)))
    model = Listener({})
    loud, soft = (
        draw_gradient(model, pictures, words, recipe, progress, torch.Generator()).step
        for progress in (0.0, 1.0)
    )
    assert int(loud.max()) > 950
    assert 150 < int(soft.max()) <= 200


def test_recipes_are_read_from_plain_data() -> None:
    data = {"method": "interval", "scale": 7.5, "t_max": [0, 0.9, 1, 0.4], "janus": 1, "clip": 2.0}
    recipe = Distillation.parse(data)
    assert recipe == replace(
        Distillation(),
        method="interval",
        scale=Schedule.parse(7.5),
        t_max=Schedule.parse([0, 0.9, 1, 0.4]),
        janus=1.0,
        clip=2.0,
    )
    assert Distillation.parse({}) == Distillation()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"scal": 3}, "no setting 'scal'"),
        ({"method": "vsd"}, "'vsd' is not one of sds, interval"),
        ({"t_max": "late"}, "not a schedule"),
        ({"patience": 0.5}, "patience of score distillation is 0.5"),
        ({"clip": -1.0}, "clip of score distillation is -1.0"),
        ({"templates": {"shiny": "{}"}}, "kinds of pictures"),
        ({"templates": {"normal": "no place"}}, "kinds of pictures"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(data: dict[str, object], complaint: str) -> None:
    with pytest.raises(Gen3dError, match=complaint):
        Distillation.parse(data)
