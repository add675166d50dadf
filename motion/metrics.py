# SPDX-License-Identifier: Apache-2.0
"""The published measures of text-to-motion, on features of texts and motions.

Definitions as in Guo et al. 2022 ("Generating Diverse and Natural 3D Human Motions from Text",
section 6) and Heusel et al. 2017 (arXiv 1706.08500, eq. 6): R-precision in pools of exactly 32,
Fréchet distance, mean distance of matched pairs (MM-Dist), Diversity over 300 random pairs,
MultiModality over 10 pairs of samples of each text. A figure is the mean of replications, with a
95 % interval of ``1.96 s / sqrt(n)``. Features come from :mod:`motion.evaluator`; figures of
different evaluators or pool sizes cannot be compared.

The last part is no published measure: how near a sample is to what the model was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Int

from gen3d.errors import Gen3dError

POOL = 32
PAIRS = 300
REPEAT_PAIRS = 10

Features = Float[np.ndarray, "items width"]
Motions = Float[np.ndarray, "motions width"]
"""As many rows as texts, which is checked with a sentence."""


def r_precision(
    texts: Features, motions: Motions, chance: np.random.Generator, pool: int = POOL
) -> tuple[float, float, float]:
    """Share of texts whose own motion is among the nearest 1, 2, 3 of their pool.

    Args:
        texts: Features of the texts; row i belongs to row i of the motions.
        motions: Features of the motions.
        chance: Deals the pools; what does not fill one is left out.
        pool: Motions that a text is compared with, its own included.

    Raises:
        Gen3dError: There are fewer pairs than a pool holds.
    """
    _paired(texts, motions)
    if len(texts) < pool:
        raise Gen3dError(
            f"R-precision needs at least {pool} pairs, not {len(texts)}.", "Measure more samples."
        )
    dealt = chance.permutation(len(texts))[: len(texts) // pool * pool].reshape(-1, pool)
    ranks = np.concatenate([_ranks(texts[rows], motions[rows]) for rows in dealt])
    top = [float(np.mean(ranks < k)) for k in (1, 2, 3)]
    return top[0], top[1], top[2]


def _ranks(texts: Features, motions: Features) -> Int[np.ndarray, "items"]:
    """How many motions are nearer to each text than its own; ties count against it by half."""
    apart = distances(texts, motions)
    own = np.diagonal(apart)[:, None]
    nearer = np.sum(apart < own, axis=1)
    level = np.sum(apart == own, axis=1) - 1
    return nearer + (level + 1) // 2


def distances(a: Float[np.ndarray, "a width"], b: Float[np.ndarray, "b width"]) -> np.ndarray:
    """Euclidean distances of all rows of ``a`` to all rows of ``b``."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1)[None] - 2.0 * (a @ b.T)
    return np.sqrt(np.maximum(squares, 0.0))


def matching_distance(texts: Features, motions: Motions) -> float:
    """Mean distance of texts to their own motions (MM-Dist)."""
    _paired(texts, motions)
    return float(np.linalg.norm(texts.astype(np.float64) - motions, axis=1).mean())


def frechet(a: Float[np.ndarray, "a width"], b: Float[np.ndarray, "b width"]) -> float:
    """Fréchet distance of the normal distributions of two sets: ``|m-n|² + tr(A + B - 2 √(AB))``.

    The trace of the root is that of ``√(√A B √A)``, which is symmetric and positive: no complex
    roots and no matrix that has to be invertible, however few rows there are.
    """
    if min(len(a), len(b)) < 2:
        raise Gen3dError("A Fréchet distance needs two sets of at least two motions.", "")
    (mean_a, cov_a), (mean_b, cov_b) = (_moments(rows) for rows in (a, b))
    root = _root(cov_a)
    shared = np.linalg.eigvalsh(root @ cov_b @ root)
    cross = 2.0 * np.sqrt(np.maximum(shared, 0.0)).sum()
    between = float(np.sum((mean_a - mean_b) ** 2))
    return max(0.0, between + float(np.trace(cov_a) + np.trace(cov_b) - cross))


def _moments(rows: Features) -> tuple[np.ndarray, np.ndarray]:
    rows = rows.astype(np.float64)
    return rows.mean(axis=0), np.atleast_2d(np.cov(rows, rowvar=False))


def _root(matrix: Float[np.ndarray, "width width"]) -> Float[np.ndarray, "width width"]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def diversity(motions: Features, chance: np.random.Generator, pairs: int = PAIRS) -> float:
    """Mean distance of random pairs: two draws without repetition, row by row.

    Where there are fewer motions than pairs, as many pairs as motions are drawn.
    """
    count = min(pairs, len(motions))
    first = motions[chance.choice(len(motions), count, replace=False)].astype(np.float64)
    second = motions[chance.choice(len(motions), count, replace=False)]
    return float(np.linalg.norm(first - second, axis=1).mean())


def multimodality(
    samples: Float[np.ndarray, "texts repeats width"],
    chance: np.random.Generator,
    pairs: int = REPEAT_PAIRS,
) -> float:
    """Mean distance of random pairs of samples of the same text."""
    repeats = samples.shape[1]
    if repeats < 2:
        raise Gen3dError("MultiModality needs at least two samples of each text.", "")
    count = min(pairs, repeats)
    first, second = (chance.choice(repeats, count, replace=False) for _ in range(2))
    apart = samples[:, first].astype(np.float64) - samples[:, second]
    return float(np.linalg.norm(apart, axis=-1).mean())


@dataclass(frozen=True)
class Figure:
    """A mean over replications and half its 95 % interval."""

    mean: float
    interval: float


@dataclass(frozen=True)
class Scores:
    """The published table's row."""

    r_precision_1: Figure
    r_precision_2: Figure
    r_precision_3: Figure
    fid: Figure
    mm_dist: Figure
    diversity: Figure
    multimodality: Figure | None
    samples: int
    replications: int

    def to_json(self) -> dict[str, object]:
        """Plain numbers for a report."""
        return asdict(self)


def figure(values: Sequence[float]) -> Figure:
    """Mean and ``1.96 s / sqrt(n)``; no interval of one replication."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Figure(float(np.mean(values)), 1.96 * spread / float(np.sqrt(len(values))))


def score(
    texts: Float[np.ndarray, "replications items width"],
    motions: Float[np.ndarray, "replications items width"],
    real: Float[np.ndarray, "real width"],
    seed: int,
    repeated: Float[np.ndarray, "texts repeats width"] | None = None,
) -> Scores:
    """All measures of a model.

    Args:
        texts: Features of the texts in the order of their motions, for every replication.
        motions: Features of what was generated for them.
        real: Features of the test set's motions.
        seed: Deals pools and pairs.
        repeated: Many samples of some texts, for MultiModality.
    """
    deals = [np.random.default_rng([seed, i]) for i in range(len(motions))]
    both = list(zip(texts, motions, deals, strict=True))
    top = [r_precision(t, m, chance) for t, m, chance in both]
    many = [multimodality(repeated, chance) for chance in deals] if repeated is not None else None
    return Scores(
        *(figure([row[k] for row in top]) for k in range(3)),
        fid=figure([frechet(m, real) for m in motions]),
        mm_dist=figure([matching_distance(t, m) for t, m, _ in both]),
        diversity=figure([diversity(m, chance) for _, m, chance in both]),
        multimodality=figure(many) if many is not None else None,
        samples=motions.shape[1],
        replications=len(motions),
    )


@dataclass(frozen=True)
class Nearest:
    """The training motion that a sample is most like."""

    index: int
    offset: int
    """Frame of it at which the sample begins."""
    distance: float
    """Root mean square difference of the normalised features over the common frames."""


def nearest(
    sample: Float[np.ndarray, "frames width"],
    training: Sequence[Float[np.ndarray, "_ width"]],
    slide: int = 5,
) -> Nearest:
    """Find the training motion nearest to a sample, wherever in it the sample begins.

    A distance much below that of two training motions of the same caption is a copy.

    Args:
        sample: Normalised features.
        training: Normalised features of each training motion.
        slide: Frames between the offsets that are tried.

    Raises:
        Gen3dError: There is nothing to compare with.
    """
    best: Nearest | None = None
    for index, motion in enumerate(training):
        frames = min(len(sample), len(motion))
        mine = sample[:frames].astype(np.float64)
        for offset in range(0, len(motion) - frames + 1, slide):
            apart = float(np.sqrt(np.mean((motion[offset : offset + frames] - mine) ** 2)))
            if best is None or apart < best.distance:
                best = Nearest(index, offset, apart)
    if best is None:
        raise Gen3dError("There is no training motion to compare with.", "")
    return best


def nearest_distances(
    samples: Features, training: Float[np.ndarray, "training width"], block: int = 1024
) -> Float[np.ndarray, "items"]:
    """Distance of each sample's feature to the nearest of a training set's."""
    found = np.full(len(samples), np.inf)
    for start in range(0, len(training), block):
        apart = distances(samples, training[start : start + block])
        found = np.minimum(found, apart.min(axis=1))
    return found


def _paired(texts: Features, motions: Motions) -> None:
    if texts.shape != motions.shape:
        raise Gen3dError(
            f"Features of texts {texts.shape} and of motions {motions.shape} are not pairs.",
            "Give one row a pair, of the same evaluator.",
        )
