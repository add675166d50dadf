# SPDX-License-Identifier: Apache-2.0
"""A model finds itself again: shape, pose and place, from another topology and from an A-pose."""

from __future__ import annotations

import numpy as np

from gen3d.smpl.fitting import aimed, gap_between
from gen3d.smpl.model import SmplModel, to_rotations
from gen3d.smpl.puppet import State, pose
from gen3d.smpl.puppets import SmplPuppet
from gen3d.smpl.register import ROUNDS, Target, register


def lowered_arms(model: SmplModel, degrees: float) -> np.ndarray:
    vectors = np.zeros((len(model.names), 3))
    vectors[model.names.index("leftUpperArm"), 2] = -np.deg2rad(degrees)
    vectors[model.names.index("rightUpperArm"), 2] = np.deg2rad(degrees)
    return to_rotations(vectors)


def test_a_model_meets_its_own_surface_in_another_shape_and_an_a_pose(model: SmplModel) -> None:
    puppet = SmplPuppet(model, 10)
    betas = np.array([1.0, -0.5, 0.7, 0.2, -0.4, 0.3, 0.5, -0.6, 0.2, 0.4])
    there = pose(puppet, State(betas, lowered_arms(model, 40.0), np.array([0.3, 1.0, -0.2])))
    target = Target(there.verts, model.faces)
    joints = dict(zip(model.names, there.places, strict=True))
    state = register(puppet, target, aimed(puppet, np.zeros(10), joints), ROUNDS)
    assert gap_between(pose(puppet, state).verts, target).mean < 1e-3
    assert np.abs(state.numbers - betas).max() < 0.3


def test_the_same_surfaces_give_the_same_bytes(model: SmplModel) -> None:
    puppet = SmplPuppet(model, 10)
    target = Target(model.shaped(np.ones(10) * 0.5), model.faces)
    joints = dict(zip(model.names, model.joints_of(model.template), strict=True))
    start = aimed(puppet, np.zeros(10), joints)
    first, second = (register(puppet, target, start, ROUNDS[:5]) for _ in range(2))
    assert first.numbers.tobytes() == second.numbers.tobytes()
    assert first.rotations.tobytes() == second.rotations.tobytes()


def test_holes_attract_nothing() -> None:
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0), [0.0]), -1).reshape(-1, 3)
    corner = np.array([i + 5 * j for j in range(4) for i in range(4)])
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + 6], 1),
            np.stack([corner, corner + 6, corner + 5], 1),
        ]
    )
    target = Target(grid, faces)
    found = target.nearest(np.array([[2.1, 1.95, 0.5], [9.0, 2.0, 0.0]]))
    assert target.inside(found).tolist() == [True, False]
