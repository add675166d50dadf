# SPDX-License-Identifier: Apache-2.0
"""The published measures against closed forms and naive twins."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from gen3d.errors import Gen3dError
from motion.metrics import (
    Figure,
    distances,
    diversity,
    figure,
    frechet,
    matching_distance,
    multimodality,
    nearest,
    nearest_distances,
    r_precision,
    score,
)


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(1)


def _with_moments(rows: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Rows moved and turned so that their sample moments are exactly these."""
    centred = rows - rows.mean(axis=0)
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(centred, rowvar=False)))
    return centred @ whiten.T @ np.linalg.cholesky(cov).T + mean


def test_the_frechet_distance_of_known_gaussians_is_the_formulas(
    chance: np.random.Generator,
) -> None:
    a, b = (chance.normal(size=(4, 4)) for _ in range(2))
    cov_a, cov_b = a @ a.T + np.eye(4), b @ b.T + 0.1 * np.eye(4)
    mean_a, mean_b = chance.normal(size=(2, 4))
    first = _with_moments(chance.normal(size=(100, 4)), mean_a, cov_a)
    second = _with_moments(chance.normal(size=(70, 4)), mean_b, cov_b)
    wanted = np.sum((mean_a - mean_b) ** 2) + np.trace(
        cov_a + cov_b - 2.0 * np.real(sqrtm(cov_a @ cov_b))
    )
    assert frechet(first, second) == pytest.approx(wanted, rel=1e-9)
    assert frechet(second, first) == pytest.approx(wanted, rel=1e-9)


def test_commuting_covariances_differ_by_their_roots(chance: np.random.Generator) -> None:
    rows = chance.normal(size=(50, 3))
    spread = np.array([1.0, 4.0, 9.0])
    first = _with_moments(rows, np.zeros(3), np.diag(spread))
    second = _with_moments(rows, np.array([3.0, 0.0, 0.0]), 4.0 * np.diag(spread))
    assert frechet(first, second) == pytest.approx(9.0 + np.sum(spread))


def test_a_set_is_at_no_distance_from_itself_even_with_fewer_rows_than_columns(
    chance: np.random.Generator,
) -> None:
    rows = chance.normal(size=(20, 64))
    assert frechet(rows, rows) == pytest.approx(0.0, abs=1e-6)
    assert frechet(rows, rows[::-1]) == pytest.approx(0.0, abs=1e-6)


def test_matched_pairs_are_always_found_and_permuted_ones_by_chance(
    chance: np.random.Generator,
) -> None:
    motions = chance.normal(size=(3200, 16))
    texts = motions + 0.01 * chance.normal(size=motions.shape)
    assert r_precision(texts, motions, chance) == (1.0, 1.0, 1.0)
    shuffled = r_precision(texts, chance.permutation(motions), chance)
    # Binomial: three standard deviations of 3200 draws.
    for k, found in enumerate(shuffled, start=1):
        share = k / 32
        assert abs(found - share) < 3.0 * np.sqrt(share * (1.0 - share) / 3200)


def test_precision_agrees_with_a_naive_count(chance: np.random.Generator) -> None:
    texts, motions = chance.normal(size=(2, 64, 3))
    texts = motions + 0.8 * texts
    dealt = np.random.default_rng(7).permutation(64).reshape(2, 32)
    hits = np.zeros(3)
    for rows in dealt:
        for i in rows:
            order = sorted(rows, key=lambda j: float(np.sum((texts[i] - motions[j]) ** 2)))
            hits += [order.index(i) < k for k in (1, 2, 3)]
    found = r_precision(texts, motions, np.random.default_rng(7))
    np.testing.assert_allclose(found, hits / 64)


def test_an_evaluator_that_says_the_same_of_everything_is_not_rewarded(
    chance: np.random.Generator,
) -> None:
    same = np.ones((320, 8))
    assert r_precision(same, same, chance) == (0.0, 0.0, 0.0)


def test_too_few_or_unpaired_features_are_refused(chance: np.random.Generator) -> None:
    with pytest.raises(Gen3dError, match="at least 32"):
        r_precision(np.zeros((31, 2)), np.ones((31, 2)), chance)
    with pytest.raises(Gen3dError, match="not pairs"):
        matching_distance(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(Gen3dError, match="two"):
        multimodality(np.zeros((3, 1, 2)), chance)


def test_distances_are_those_of_numpy(chance: np.random.Generator) -> None:
    a, b = chance.normal(size=(5, 7)), chance.normal(size=(6, 7))
    np.testing.assert_allclose(distances(a, b), np.linalg.norm(a[:, None] - b[None], axis=-1))


def test_matching_distance_of_a_constant_shift_is_its_length() -> None:
    rows = np.arange(12.0).reshape(4, 3)
    assert matching_distance(rows, rows + np.array([3.0, 4.0, 0.0])) == pytest.approx(5.0)


def test_diversity_of_gaussians_is_the_mean_of_a_chi_distribution(
    chance: np.random.Generator,
) -> None:
    motions = chance.normal(size=(4000, 2))
    # The difference of two has variance 2 an axis: a Rayleigh mean of sqrt(pi).
    values = [diversity(motions, chance) for _ in range(30)]
    assert np.mean(values) == pytest.approx(np.sqrt(np.pi), rel=0.03)


def test_multimodality_is_nothing_for_equal_samples_and_grows_with_their_spread(
    chance: np.random.Generator,
) -> None:
    base = np.repeat(chance.normal(size=(50, 1, 2)), 30, axis=1)
    assert multimodality(base, chance) == 0.0
    loose = base + chance.normal(size=base.shape)
    found = np.mean([multimodality(loose, chance, pairs=30) for _ in range(20)])
    # One pair in thirty is a sample with itself.
    assert found == pytest.approx(np.sqrt(np.pi) * 29 / 30, rel=0.05)


def test_a_figure_is_mean_and_interval() -> None:
    assert figure([2.0]) == Figure(2.0, 0.0)
    assert figure([1.0, 3.0]).interval == pytest.approx(1.96 * np.sqrt(2.0) / np.sqrt(2.0))


def test_real_motions_score_as_real_and_the_same_seed_gives_the_same_scores(
    chance: np.random.Generator,
) -> None:
    motions = chance.normal(size=(3, 96, 8))
    repeated = chance.normal(size=(4, 6, 8))
    first, again = (
        score(motions, motions, motions[0], 3, repeated=repeated).to_json() for _ in range(2)
    )
    assert first == again
    assert first["r_precision_1"] == {"mean": 1.0, "interval": 0.0}
    assert first["mm_dist"] == {"mean": 0.0, "interval": 0.0}
    alone = score(motions[:1], motions[:1], motions[0], 3)
    assert alone.fid.mean == pytest.approx(0.0, abs=1e-8)
    assert alone.multimodality is None


def test_a_copy_is_found_where_it_lies(chance: np.random.Generator) -> None:
    training = [chance.normal(size=(n, 5)) for n in (40, 60, 30)]
    found = nearest(training[1][15:55] + 0.01, training)
    assert (found.index, found.offset) == (1, 15)
    assert found.distance == pytest.approx(0.01)
    fresh = nearest(chance.normal(size=(40, 5)), training)
    assert fresh.distance > 1.0
    with pytest.raises(Gen3dError, match="no training motion"):
        nearest(training[0], [])


def test_nearest_distances_are_the_least_of_all(chance: np.random.Generator) -> None:
    samples, training = chance.normal(size=(6, 4)), chance.normal(size=(50, 4))
    wanted = distances(samples, training).min(axis=1)
    np.testing.assert_allclose(nearest_distances(samples, training, block=7), wanted)
