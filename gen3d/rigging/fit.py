# SPDX-License-Identifier: Apache-2.0
"""The body fitted inside a figure: pose, shape, size and place by damped Gauss-Newton steps.

Every step pairs points of the body with points of the figure's shell, both ways, by distance and by
agreement of normals, and solves for a small change of all numbers at once. Being *outside* the
shell costs much; being *inside* costs little and at most so much (Geman-McClure), since clothes,
hair and hats only ever add. So a skirt does not pull the legs apart, while bare hands, faces and
feet lock in. Priors hold what is not seen: usual proportions, limbs that bend as limbs do.

The start is tried for four facings and several heights of the arms on a thinned figure, and the
best few are finished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from gen3d import transforms
from gen3d.progress import OnStep, silent
from gen3d.rigging.mannequin import (
    BODY,
    LEAST,
    MOST,
    SPREAD,
    USUAL,
    Mannequin,
    Posed,
    Rest,
    Stance,
    part_of,
)
from gen3d.rigging.shell import Shell

HEIGHT = 1.75
"""Figures are fitted at this height, metres, so that lengths below mean something."""
_FACINGS_DEG = (0.0, 90.0, 180.0, 270.0)
_ARMS_DEG = (8.0, 45.0, 72.0)
_COARSE_POINTS, _FINE_POINTS = 1200, 4500
_THIN = 2
"""Share of the body's points that finds the way, inverted."""
_KEPT_STARTS = 3
_EVIDENCE = 400.0
"""How many independent points the data count as, against the priors."""
_MOST_TURN, _MOST_SHAPE = 0.25, 0.3
_SOLE, _STANDS = 0.02, 0.02
"""Height of bare soles over the ground, in shoes or without, and its spread."""
_AGREE = 0.1
"""Least cosine of the normals of a pair."""

_SIGMAS_DEG: dict[str, tuple[float, float, float]] = {
    "hips": (20.0, 60.0, 15.0),
    "spine": (7.0, 4.0, 4.0),
    "chest": (7.0, 4.0, 4.0),
    "upperChest": (6.0, 4.0, 4.0),
    "neck": (10.0, 14.0, 8.0),
    "head": (10.0, 18.0, 8.0),
    "Shoulder": (4.0, 8.0, 8.0),
    "UpperArm": (15.0, 30.0, 35.0),
    "LowerArm": (15.0, 30.0, 8.0),
    "Hand": (15.0, 12.0, 15.0),
    "UpperLeg": (14.0, 10.0, 10.0),
    "LowerLeg": (14.0, 4.0, 3.0),
    "Foot": (10.0, 10.0, 6.0),
    "Toes": (6.0, 2.0, 2.0),
}
"""Spread of each joint's turn about its own X, Y and Z, from the start."""
_HEED = {"Hand": 3.0, "Foot": 2.5, "Toes": 2.5, "head": 1.2}
"""How much more the points of some parts count: small ends fix whole limbs."""


_SIGMAS = np.radians([_SIGMAS_DEG[part_of(name)] for name in BODY])
_HEEDS = np.array([_HEED.get(part_of(name), 1.0) for name in BODY])


@dataclass(frozen=True)
class Rates:
    """How strict one round of steps is; lengths in metres at :data:`HEIGHT`."""

    steps: int
    reach: float
    """Pairs farther apart do not count."""
    give: float
    """Gap between body and surface at which its pull begins to fade."""
    tight: float
    """How far out of the surface counts as one."""
    tangent: float
    """Share of the pull along the surface, which widens the basin."""
    shape: bool = True


_COARSE = (
    Rates(6, 0.50, 0.20, 0.03, 0.30, shape=False),
    Rates(6, 0.30, 0.10, 0.02, 0.15, shape=False),
    Rates(6, 0.20, 0.07, 0.02, 0.10),
)
_FINE = (
    Rates(8, 0.35, 0.12, 0.02, 0.20),
    Rates(8, 0.25, 0.08, 0.015, 0.10),
    Rates(10, 0.15, 0.05, 0.010, 0.05),
    Rates(8, 0.10, 0.03, 0.008, 0.02),
    Rates(7, 0.10, 0.03, 0.008, 0.02),
)


@dataclass(frozen=True)
class Fit:
    """A body in a figure."""

    stance: Stance
    rest: Rest
    posed: Posed
    score: float
    """Robust mean distance both ways: lower is better."""
    facing_deg: float
    """Of the start that led here."""


@dataclass(frozen=True)
class _Pairs:
    """Points of the body, where they should be, and along which normal that is measured."""

    body: Int[np.ndarray, "pairs"]
    target: Float[np.ndarray, "pairs 3"]
    normal: Float[np.ndarray, "pairs 3"]
    gap: Float[np.ndarray, "pairs"]
    """How far the surface is outside of the body; negative: the body sticks out."""
    weight: Float[np.ndarray, "pairs"]


def fit_body(shell: Shell, on_step: OnStep = silent) -> Fit:
    """Fit the default body into a figure that is :data:`HEIGHT` tall and stands on y = 0.

    Args:
        shell: The figure's outer surface, +Y up.
        on_step: Progress.
    """
    mannequin = Mannequin.load()
    coarse, fine = _some(shell, _COARSE_POINTS), _some(shell, _FINE_POINTS)
    light = mannequin.thinned(_THIN)
    usual = light.rest(USUAL)
    starts = [(facing, down) for facing in _FACINGS_DEG for down in _ARMS_DEG]
    total = len(starts) + _KEPT_STARTS
    tried: list[Fit] = []
    for number, (facing, down) in enumerate(starts):
        stance = _start(usual, shell, facing, down)
        tried.append(_solved(light, usual, stance, coarse, _COARSE, facing))
        on_step(number + 1, total)
    finished: list[Fit] = []
    for number, fit in enumerate(_promising(tried)):
        rest = mannequin.rest(fit.stance.shape)
        finished.append(_solved(mannequin, rest, fit.stance, fine, _FINE, fit.facing_deg))
        on_step(len(starts) + number + 1, total)
    return min(finished, key=lambda fit: fit.score)


def _promising(tried: list[Fit]) -> list[Fit]:
    """The best of the two best facings, which only details tell apart, and the next best."""
    ranked = sorted(tried, key=lambda fit: fit.score)
    facings = list(dict.fromkeys(fit.facing_deg for fit in ranked))[:2]
    first = [next(fit for fit in ranked if fit.facing_deg == facing) for facing in facings]
    others = [fit for fit in ranked if all(fit is not one for one in first)]
    return [*first, *others][:_KEPT_STARTS]


def _some(shell: Shell, count: int) -> Shell:
    """About evenly thinned."""
    if len(shell.points) <= count:
        return shell
    chosen = np.random.default_rng(0).permutation(len(shell.points))[:count]
    return Shell(shell.points[chosen], shell.normals[chosen])


def _start(rest: Rest, shell: Shell, facing_deg: float, arms_deg: float) -> Stance:
    """Upright, arms lowered, as tall as the figure, under its middle."""
    turns = np.tile(transforms.IDENTITY, (len(BODY), 1))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        turn = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), sign * np.radians(arms_deg))
        turns[BODY.index(f"{side}UpperArm")] = turn
    up = np.array([0.0, 1.0, 0.0])
    turns[0] = transforms.from_axis_angle(up, np.radians(facing_deg))
    low, high = float(rest.points[:, 1].min()), float(rest.points[:, 1].max())
    scale = HEIGHT / (high - low)
    middle = np.median(shell.points, axis=0)
    place = np.array([middle[0], scale * (rest.joints[0, 1] - low), middle[2]])
    return Stance(rest.shape.copy(), scale, place, turns)


def _solved(
    mannequin: Mannequin,
    rest: Rest,
    stance: Stance,
    shell: Shell,
    rounds: tuple[Rates, ...],
    facing_deg: float,
) -> Fit:
    tree = KDTree(shell.points)
    first = stance
    for rates in rounds:
        if np.abs(stance.shape - rest.shape).max() > 0.0:
            rest = mannequin.rest(stance.shape)
        base = rest
        for _ in range(rates.steps):
            rest = base.moved(stance.shape)
            posed = mannequin.pose(rest, stance)
            pairs = _paired(mannequin, posed, shell, tree, rates)
            stance = _stepped(mannequin, rest, stance, posed, pairs, rates, first)
    rest = mannequin.rest(stance.shape, derivatives=False)
    posed = mannequin.pose(rest, stance)
    return Fit(stance, rest, posed, _score(posed, shell, tree), facing_deg)


def _best(
    tree: KDTree, points: np.ndarray, normals: np.ndarray, others: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Of the nearest few the one that agrees best, and whether it counts.

    Args:
        tree: Of the other surface's points.
        points: That look for partners.
        normals: Theirs.
        others: Normals of the other surface.
        reach: Farthest partner.
    """
    distance, index = tree.query(points, k=6, distance_upper_bound=reach)
    there = np.isfinite(distance)
    index = np.where(there, index, 0)
    cosine = np.einsum("pa,pka->pk", normals, others[index])
    cost = np.where(there & (cosine > _AGREE), distance + 0.05 * (1.0 - cosine), np.inf)
    choice = cost.argmin(axis=1)
    rows = np.arange(len(points))
    return index[rows, choice], np.isfinite(cost[rows, choice])


def _paired(mannequin: Mannequin, posed: Posed, shell: Shell, tree: KDTree, rates: Rates) -> _Pairs:
    """Pairs from both sides, weighted."""
    heed = _HEEDS[mannequin.part]
    there, ok = _best(tree, posed.points, posed.normals, shell.normals, rates.reach)
    own = np.flatnonzero(ok)
    there = there[own]
    gap_a = np.einsum("pa,pa->p", shell.points[there] - posed.points[own], shell.normals[there])
    back = KDTree(posed.points)
    here, ok = _best(back, shell.points, shell.normals, posed.normals, rates.reach)
    seen = np.flatnonzero(ok)
    here = here[seen]
    gap_b = np.einsum("pa,pa->p", shell.points[seen] - posed.points[here], posed.normals[here])
    weight_a = _weight(gap_a, rates) * heed[own] / len(posed.points)
    weight_b = _weight(gap_b, rates) * heed[here] / len(shell.points)
    return _Pairs(
        np.concatenate([own, here]),
        np.concatenate([shell.points[there], shell.points[seen]]),
        np.concatenate([shell.normals[there], posed.normals[here]]),
        np.concatenate([gap_a, gap_b]),
        np.concatenate([weight_a, weight_b]) * _EVIDENCE,
    )


def _weight(gap: Float[np.ndarray, "pairs"], rates: Rates) -> Float[np.ndarray, "pairs"]:
    """Weight of a squared gap: strict outside, fading inside (Geman and McClure 1987)."""
    inside = 1.0 / (rates.give**2 * (1.0 + (gap / rates.give) ** 2) ** 2)
    limit = 6.0 * rates.tight
    outside = 1.0 / (rates.tight**2 * (1.0 + (gap / limit) ** 2) ** 2)
    return np.where(gap < 0.0, outside, inside)


def _stepped(
    mannequin: Mannequin,
    rest: Rest,
    stance: Stance,
    posed: Posed,
    pairs: _Pairs,
    rates: Rates,
    first: Stance,
) -> Stance:
    """One damped Gauss-Newton step on all numbers."""
    whole = mannequin.jacobian(rest, stance, posed)
    along = np.matmul(pairs.normal[:, None], whole[pairs.body])[:, 0]
    rows = [along * np.sqrt(pairs.weight)[:, None]]
    slope = along.T @ (pairs.weight * pairs.gap)
    if rates.tangent:
        weight = rates.tangent * np.minimum(pairs.weight, np.median(pairs.weight))
        offset = weight[:, None] * (pairs.target - posed.points[pairs.body])
        # Pairs of one point of the body share its derivatives.
        own, pulls = (
            np.stack([np.bincount(pairs.body, x, len(whole)) for x in columns])
            for columns in ([weight], offset.T)
        )
        flat = whole.reshape(-1, whole.shape[2])
        rows.append(flat * np.sqrt(np.repeat(own[0], 3))[:, None])
        slope += flat.T @ pulls.T.ravel()
    stacked = np.concatenate(rows)
    hessian = stacked.T @ stacked
    held, pull = _priors(stance, first)
    hessian += np.diag(held)
    slope += pull
    for sole in _soles(mannequin, posed):
        row = whole[sole, 1] / _STANDS
        hessian += np.outer(row, row)
        slope += row * (_SOLE - posed.points[sole, 1]) / _STANDS
    hessian += np.diag(0.02 * np.diag(hessian) + 1e-6)
    free = len(slope) if rates.shape else len(slope) - len(USUAL)
    step = np.zeros(len(slope))
    step[:free] = np.linalg.solve(hessian[:free, :free], slope[:free])
    return _changed(stance, step)


def _soles(mannequin: Mannequin, posed: Posed) -> list[int]:
    """Lowest point of each foot."""
    found: list[int] = []
    for side in ("left", "right"):
        parts = [BODY.index(f"{side}{part}") for part in ("Foot", "Toes")]
        own = np.flatnonzero(np.isin(mannequin.part, parts))
        found.append(int(own[posed.points[own, 1].argmin()]))
    return found


def _priors(stance: Stance, first: Stance) -> tuple[np.ndarray, np.ndarray]:
    """Diagonal and right-hand side of what pulls towards usual poses and shapes."""
    since = _logarithm(transforms.multiply(transforms.conjugate(first.turns), stance.turns))
    held_turns, held_shape = 1.0 / _SIGMAS**2, 1.0 / SPREAD**2
    held = np.concatenate([np.full(4, 1e-3), held_turns.ravel(), held_shape])
    pull_turns = -held_turns * since
    pull_shape = -held_shape * (stance.shape - USUAL)
    return held, np.concatenate([np.zeros(4), pull_turns.ravel(), pull_shape])


def _logarithm(turns: Float[np.ndarray, "turns 4"]) -> Float[np.ndarray, "turns 3"]:
    """Axis times angle."""
    turns = turns * np.where(turns[:, :1] < 0.0, -1.0, 1.0)
    size = np.linalg.norm(turns[:, 1:], axis=1, keepdims=True)
    angle = 2.0 * np.arctan2(size, turns[:, :1])
    return turns[:, 1:] * np.where(size > 1e-9, angle / np.maximum(size, 1e-9), 2.0)


def _changed(stance: Stance, step: np.ndarray) -> Stance:
    """Apply a step, cut to what the linear model can be trusted with."""
    count = 3 * len(BODY)
    turn = step[4 : 4 + count].reshape(-1, 3)
    size = np.linalg.norm(turn, axis=1, keepdims=True)
    turn = turn * np.minimum(1.0, _MOST_TURN / np.maximum(size, 1e-12))
    size = np.linalg.norm(turn, axis=1)
    small = transforms.from_axis_angle(transforms.normalize(turn), size)
    change = np.clip(step[4 + count :], -_MOST_SHAPE, _MOST_SHAPE)
    return replace(
        stance,
        place=stance.place + np.clip(step[:3], -0.2, 0.2),
        scale=stance.scale * float(np.exp(np.clip(step[3], -0.1, 0.1))),
        turns=transforms.normalize(transforms.multiply(stance.turns, small)),
        shape=np.clip(stance.shape + change, LEAST, MOST),
    )


def _score(posed: Posed, shell: Shell, tree: KDTree) -> float:
    """Robust mean of how far body and surface are apart, both ways, metres."""
    _, near = tree.query(posed.points)
    out = np.einsum("pa,pa->p", posed.points - shell.points[near], shell.normals[near])
    far, here = KDTree(posed.points).query(shell.points)
    cosine = np.einsum("pa,pa->p", posed.normals[here], shell.normals)
    gap = np.minimum(far + 0.03 * (1.0 - cosine), 0.15)
    sticking = np.clip(out, 0.0, 0.15)
    return float(gap.mean() + 2.0 * sticking.mean())
