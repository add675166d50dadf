# SPDX-License-Identifier: Apache-2.0
"""A motion of ours as poses of a model that was fitted to the figure at rest.

Each joint of the model turns with ours, from the rest pose in which it lies on the figure. What
differs then, because the two bend differently, is settled frame by frame: chosen vertices of the
model are drawn to the very points of our skin on which they lay at rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64

from gen3d import transforms
from gen3d.body import rig
from gen3d.progress import OnStep, silent
from gen3d.smpl.fitting import SmplFit
from gen3d.smpl.joints import JAW
from gen3d.smpl.puppet import (
    Puppet,
    State,
    derivatives,
    pose,
    pull_back,
    subtree_weights,
    turned,
)
from gen3d.smpl.puppets import Figure
from gen3d.smpl.register import Target
from gen3d.types import Clip

_POINTS = 1200
_NEAR_M = 0.02
_STEPS = 2
_NOISE_M = 0.004
_TRUST_RAD = 0.15
"""How far a joint likely has to turn to make up for bending differently."""


@dataclass(frozen=True)
class Anchors:
    """Vertices of the model and the points of our skin that they belong to."""

    verts: Int64[np.ndarray, "anchors"]
    corners: Int64[np.ndarray, "anchors 3"]
    share: Float64[np.ndarray, "anchors 3"]


def anchors_of(fit: SmplFit, figure: Figure) -> Anchors:
    """Choose evenly among the model's vertices that lie on our skin."""
    used, compact = np.unique(figure.faces, return_inverse=True)
    faces = compact.reshape(-1, 3).astype(np.int32)
    target = Target(figure.verts[used], faces)
    found = target.nearest(pose(fit.puppet, fit.state).verts)
    good = np.flatnonzero((found.distance < _NEAR_M) & target.inside(found))
    chosen = good[:: max(len(good) // _POINTS, 1)]
    corners = used[faces[found.face[chosen]]].astype(np.int64)
    return Anchors(chosen, corners, found.barycentrics[chosen].astype(np.float64))


def follow(
    fit: SmplFit, figure: Figure, clip: Clip | None, on_step: OnStep = silent
) -> list[State]:
    """The model's state in every frame of a clip; without one, at rest.

    Args:
        fit: The model on the figure at rest.
        figure: Our figure.
        clip: Its motion.
        on_step: Progress, a step a frame.
    """
    if clip is None:
        return [fit.state]
    anchors = anchors_of(fit, figure)
    carried = subtree_weights(fit.puppet.parents, fit.puppet.weights)
    states: list[State] = []
    for frame in range(len(clip.rotations)):
        world, places = world_in(figure, clip, frame)
        start = _turned_along(fit, figure, world, places)
        skin = skin_in(figure, world, places)
        wanted = np.einsum("ac,aci->ai", anchors.share, skin[anchors.corners])
        states.append(_settled(fit.puppet, start, anchors.verts, wanted, carried))
        on_step(frame + 1, len(clip.rotations))
    return states


def world_in(
    figure: Figure, clip: Clip, frame: int
) -> tuple[Float64[np.ndarray, "joints 4"], Float64[np.ndarray, "joints 3"]]:
    """World rotations and places of our joints in a frame."""
    moves = transforms.clip_translations(
        figure.skeleton, clip.root_positions[[frame]], clip.hips_positions[[frame]]
    )
    unit = transforms.normalize(clip.rotations[frame].astype(np.float64))
    return transforms.forward_kinematics(figure.skeleton.parents, unit, moves[0].astype(np.float64))


def skin_in(
    figure: Figure,
    world: Float64[np.ndarray, "joints 4"],
    places: Float64[np.ndarray, "joints 3"],
) -> Float64[np.ndarray, "verts 3"]:
    """Our skin in a pose."""
    matrices = transforms.skin_matrices(figure.skeleton, world, places)
    return rig.skin_points(figure.verts, figure.weights, matrices)


def _turned_along(
    fit: SmplFit,
    figure: Figure,
    world: Float64[np.ndarray, "joints 4"],
    places: Float64[np.ndarray, "joints 3"],
) -> State:
    """Every joint turned as ours is, the pelvis carried by our hips."""
    puppet = fit.puppet
    rest = pose(puppet, fit.state)
    ours = [figure.names.index("head" if n == JAW else n) for n in puppet.names]
    turned_to = transforms.multiply(world[ours], rest.world)
    above = np.asarray(puppet.parents)
    frame = np.where(above[:, None] >= 0, turned_to[above], transforms.IDENTITY)
    local = transforms.multiply(transforms.conjugate(frame), turned_to)
    hips = figure.names.index("hips")
    arm = rest.places[0] - figure.skeleton.positions[hips]
    pelvis = places[hips] + transforms.rotate(world[hips], arm)
    return State(fit.state.numbers, local, pelvis - rest.rest.joints[0])


def _settled(
    puppet: Puppet,
    start: State,
    verts: Int64[np.ndarray, "anchors"],
    wanted: Float64[np.ndarray, "anchors 3"],
    carried: Float64[np.ndarray, "verts joints"],
) -> State:
    """A few Gauss-Newton steps that bring anchors to their points."""
    rows = np.repeat(verts, 3)
    axes = np.tile(np.eye(3), (len(verts), 1))
    stays = np.isinf(puppet.stiffness).repeat(3)
    trust = np.append(np.where(stays, 1e12, _TRUST_RAD**-2.0), np.full(3, 1e-6))
    share = 300.0 / (len(rows) * _NOISE_M**2)
    state = start
    for _ in range(_STEPS):
        posed = pose(puppet, state)
        slope = derivatives(puppet, posed, None, carried, rows, axes)
        gap = (wanted - posed.verts[verts]).ravel()
        home = pull_back(state.rotations, start.rotations, posed.world, puppet.parents)
        matrix = share * slope.T @ slope + np.diag(trust)
        vector = share * slope.T @ gap + trust * np.append(home.ravel(), np.zeros(3))
        step = np.linalg.solve(matrix, vector)
        state = turned(state, posed.world, step[:-3].reshape(-1, 3), puppet.parents)
        state = replace(state, shift=state.shift + step[-3:])
    return state
