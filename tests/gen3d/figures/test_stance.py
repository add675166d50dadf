# SPDX-License-Identifier: Apache-2.0
"""Stances turn joints about world axes, and rest is rest."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.body import Body
from gen3d.figures.stance import STANCES, stance_matrices
from gen3d.spec import BodySpec
from gen3d.types import Skeleton


@pytest.fixture(scope="module")
def skeleton() -> Skeleton:
    return Body.load().with_shape(BodySpec()).skeleton


def at(skeleton: Skeleton, matrices: np.ndarray, name: str) -> np.ndarray:
    joint = skeleton.index(name)
    return matrices[joint, :, :3] @ skeleton.positions[joint] + matrices[joint, :, 3]


def test_at_rest_nothing_moves(skeleton: Skeleton) -> None:
    still = np.eye(3, 4)[None].repeat(len(skeleton.names), axis=0)
    assert np.allclose(stance_matrices(skeleton, STANCES["rest"]), still, atol=1e-6)


@pytest.mark.parametrize("side", ["left", "right"])
def test_relaxed_arms_hang(skeleton: Skeleton, side: str) -> None:
    matrices = stance_matrices(skeleton, STANCES["relaxed"])
    hand, shoulder = (at(skeleton, matrices, f"{side}{n}") for n in ("Hand", "UpperArm"))
    assert hand[1] < shoulder[1] - 0.35


def test_the_waving_hand_is_above_its_shoulder(skeleton: Skeleton) -> None:
    matrices = stance_matrices(skeleton, STANCES["wave"])
    assert at(skeleton, matrices, "rightHand")[1] > at(skeleton, matrices, "rightUpperArm")[1] + 0.2


def test_shaken_stances_differ_a_little_and_repeat(skeleton: Skeleton) -> None:
    def shaken(seed: int) -> np.ndarray:
        return stance_matrices(skeleton, STANCES["open"], np.random.default_rng(seed))

    assert np.array_equal(shaken(1), shaken(1))
    assert not np.allclose(shaken(1), shaken(2), atol=1e-3)
    assert np.abs(shaken(1) - shaken(2)).max() < 1.0
