# SPDX-License-Identifier: Apache-2.0
"""Derivatives are what small differences say, and steps lead where derivatives point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.smpl.model import SmplModel, to_rotations
from gen3d.smpl.puppet import (
    State,
    derivatives,
    joint_derivatives,
    pose,
    pull_back,
    subtree_weights,
    turned,
)
from gen3d.smpl.puppets import SmplPuppet

STEP = 1e-5


@pytest.fixture
def rigid(model: SmplModel) -> SmplPuppet:
    """Each vertex on one joint, no corrections: there the derivatives are exact."""
    weights = np.zeros_like(model.weights)
    weights[np.arange(len(weights)), model.weights.argmax(axis=1)] = 1.0
    still = np.zeros_like(model.pose_directions)
    return SmplPuppet(replace(model, weights=weights, pose_directions=still), 10)


@pytest.fixture
def state(model: SmplModel) -> State:
    draw = np.random.default_rng(2)
    rotations = to_rotations(draw.normal(size=(len(model.names), 3)) * 0.4)
    return State(draw.normal(size=10), rotations, draw.normal(size=3))


def nudged(puppet: SmplPuppet, state: State, column: int) -> State:
    """The state a small step along one column."""
    if column < 10:
        return replace(state, numbers=state.numbers + STEP * np.eye(10)[column])
    joint, axis = divmod(column - 10, 3)
    if joint == len(puppet.parents):
        return replace(state, shift=state.shift + STEP * np.eye(3)[axis])
    steps = np.zeros((len(puppet.parents), 3))
    steps[joint, axis] = STEP
    return turned(state, pose(puppet, state).world, steps, puppet.parents)


@pytest.mark.parametrize("column", [0, 7, 10, 14, 60, 66, 70, 120, 166, 168])
def test_vertices_and_joints_move_as_their_derivatives_say(
    rigid: SmplPuppet, state: State, column: int
) -> None:
    draw = np.random.default_rng(3)
    chosen = draw.integers(0, len(rigid.model.template), 200)
    directions = draw.normal(size=(200, 3))
    posed, slopes = pose(rigid, state), rigid.slopes(state.numbers)
    carried = subtree_weights(rigid.parents, rigid.weights)
    rows = derivatives(rigid, posed, slopes, carried, chosen, directions)
    moved = pose(rigid, nudged(rigid, state, column))
    measured = np.einsum("ia,ia->i", (moved.verts - posed.verts)[chosen], directions) / STEP
    assert np.allclose(rows[:, column], measured, atol=1e-4)
    joints = np.arange(len(rigid.parents))
    rows = joint_derivatives(rigid, posed, slopes, joints)
    measured = ((moved.places - posed.places) / STEP).ravel()
    assert np.allclose(rows[:, column], measured, atol=1e-4)


def test_what_was_turned_away_is_pulled_back(rigid: SmplPuppet, state: State) -> None:
    steps = np.zeros((len(rigid.parents), 3))
    steps[17] = [0.01, -0.02, 0.015]
    away = turned(state, pose(rigid, state).world, steps, rigid.parents)
    world = pose(rigid, away).world
    home = pull_back(away.rotations, state.rotations, world, rigid.parents)
    assert np.allclose(home, -steps, atol=1e-6)
