# SPDX-License-Identifier: Apache-2.0
"""The parts of the towers' training: targets, whitening, batches, the attack."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from gen3d.text import WIDTH
from gen3d.training.corpus import Corpus
from gen3d.training.towers import (
    ATTACK,
    EMBED,
    SHRINKAGE,
    SOFT_SHARE,
    TowerRecipe,
    Towers,
    attacked,
    grouped_batch,
    soft_targets,
    tower_loss,
    whitening,
)

SMALL = TowerRecipe("test_convnext", families_per_batch=4, things_per_family=2)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def units(count: int, seed: int = 0) -> Tensor:
    return normalize(torch.randn(count, WIDTH, generator=seeded(seed)), dim=-1)


@pytest.fixture(scope="module")
def model() -> Towers:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Towers("test_convnext", 64)


def test_soft_targets_are_distributions_that_put_most_on_the_thing_itself() -> None:
    targets = soft_targets(units(7), units(7, 1))
    assert torch.allclose(targets.sum(dim=1), torch.ones(7))
    assert (targets >= 0.0).all()
    assert (targets.diagonal() >= 1.0 - SOFT_SHARE).all()


def test_a_caption_that_is_true_of_two_things_shares_its_soft_part_between_them() -> None:
    plain = units(3)
    plain[1] = plain[0]
    targets = soft_targets(plain, plain)
    assert float(targets[0, 1]) == pytest.approx(SOFT_SHARE / 2.0, abs=1e-4)
    assert float(targets[2, 2]) == pytest.approx(1.0, abs=1e-4)


def cone(count: int = 4000) -> Tensor:
    """Features as sentences of one domain have: a common direction and uneven variances."""
    spread = torch.logspace(-1.5, -0.5, WIDTH)
    noise = torch.randn(count, WIDTH, generator=seeded(2)) * spread
    common = torch.zeros(WIDTH)
    common[5] = 1.0
    return 0.9 * common + 0.1 * noise


def test_whitening_removes_the_common_direction() -> None:
    features = cone()
    projection = whitening(features)
    mean = features.mean(dim=0)
    assert (projection @ mean).norm() < 1e-3 * mean.norm()
    seen = normalize(features @ projection.T, dim=-1)
    narrow = normalize(features, dim=-1)
    assert (narrow @ narrow.T).mean() > 0.8
    assert abs((seen @ seen.T).mean()) < 0.02


def test_whitening_equalises_variances_up_to_its_shrinkage() -> None:
    features = cone()
    before = torch.linalg.eigvalsh(torch.cov(features.T))
    after = torch.linalg.eigvalsh(torch.cov((features @ whitening(features).T).T))
    average = before.mean()
    # One direction is the removed one; each other keeps r / (r + shrinkage) of the mean variance.
    expected = average * before / (before + SHRINKAGE * average)
    assert after[0] < 1e-3 * average
    assert torch.allclose(after[10:], expected[10:], rtol=0.05)
    assert after[-1] / after[20] < 0.2 * before[-1] / before[20]


def test_a_batch_holds_several_things_of_each_of_its_families(corpus: Corpus) -> None:
    things = grouped_batch(corpus, SMALL, seeded(3))
    families = [corpus.specs[int(i)].family for i in things]
    assert len(families) == 4 * 2
    assert families[0::2] == families[1::2]
    assert len(set(families)) == 4


def test_a_batch_from_a_small_set_takes_all_its_families(corpus: Corpus) -> None:
    everything = TowerRecipe("test_convnext", families_per_batch=99, things_per_family=1)
    families = {corpus.specs[int(i)].family for i in grouped_batch(corpus, everything, seeded(4))}
    assert families == {spec.family for spec in corpus.specs}


def test_features_are_of_unit_length_on_both_sides(model: Towers) -> None:
    with torch.no_grad():
        seen = model.see(torch.rand(3, 3, 64, 64, generator=seeded(5)))
        read = model.read(units(2))
    assert seen.shape == (3, EMBED)
    assert torch.allclose(torch.cat([seen, read]).norm(dim=-1), torch.ones(5), atol=1e-5)


def test_words_start_where_they_are_or_where_they_are_whitened_to(model: Towers) -> None:
    sentences = units(4)
    assert torch.allclose(model.read(sentences), sentences, atol=1e-6)
    start = whitening(cone())
    whitened = Towers("test_convnext", 64, start)
    expected = normalize(sentences @ start.T, dim=-1)
    assert torch.allclose(whitened.read(sentences), expected, atol=1e-6)


def test_the_loss_reaches_every_trained_part_and_follows_the_generator(
    model: Towers, corpus: Corpus
) -> None:
    loss = tower_loss(model, corpus, SMALL, steps=4)
    figures, again, other = loss(0, seeded(6)), loss(0, seeded(6)), loss(0, seeded(7))
    assert torch.equal(figures["loss"], again["loss"])
    assert not torch.equal(figures["loss"], other["loss"])
    model.zero_grad()
    figures["loss"].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
    assert 0.0 <= float(figures["right"]) <= 1.0


def test_an_attack_worsens_the_match_and_stays_within_its_bound(
    model: Towers, corpus: Corpus
) -> None:
    pictures = torch.rand(8, 3, 64, 64, generator=seeded(8)) * 0.8 + 0.1
    captions = corpus.features[corpus.captions[:, 1]]

    def mismatch(shown: Tensor) -> float:
        with torch.no_grad():
            logits = 20.0 * model.see(shown) @ model.read(captions).T
        return float(cross_entropy(logits, torch.arange(8)))

    moved = attacked(model, pictures, captions, seeded(9))
    assert (moved - pictures).abs().max() <= ATTACK + 1e-6
    assert mismatch(moved) > mismatch(pictures)
    # Low frequencies: neighbouring pixels move alike.
    shift = moved - pictures
    rough = (shift[..., 1:] - shift[..., :-1]).abs().mean()
    assert rough < 0.6 * shift.abs().mean()


def test_an_attack_leaves_no_gradients_in_the_model(model: Towers) -> None:
    model.zero_grad(set_to_none=True)
    pictures = torch.rand(2, 3, 64, 64, generator=seeded(10))
    moved = attacked(model, pictures, units(2), seeded(11))
    assert not moved.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())


def test_attacks_come_only_in_the_later_part_of_a_training(corpus: Corpus) -> None:
    always = TowerRecipe("test_convnext", 4, 2, adversarial_share=1.0)
    never = TowerRecipe("test_convnext", 4, 2, adversarial_share=0.0)
    model = Towers("test_convnext", 64)
    found = {
        (step, recipe.adversarial_share): float(
            tower_loss(model, corpus, recipe, steps=10)(step, seeded(12))["contrast"]
        )
        for step in (0, 4, 5)
        for recipe in (always, never)
    }
    assert found[4, 1.0] == found[4, 0.0] == found[0, 0.0]
    assert found[5, 1.0] != found[5, 0.0]
