# SPDX-License-Identifier: Apache-2.0
"""Fit the default body to a person of the SMPL family, and a model of the family to our body.

Both are the same registration of surfaces; they differ in what moves. Joints, which the two define
differently by centimetres, only say where to begin: limbs are aimed along them, so that a model at
rest in an A-pose is met as well as one in a T-pose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Float64

from gen3d import transforms
from gen3d.body import Body, ShapedBody
from gen3d.progress import OnStep, silent
from gen3d.smpl.model import SmplModel, offsets_of
from gen3d.smpl.puppet import Puppet, State, finger_labels, pose
from gen3d.smpl.puppets import Figure, HousePuppet, SmplPuppet
from gen3d.smpl.register import ROUNDS, Round, Target, register
from gen3d.smpl.residual import residual_of
from gen3d.spec import BodySpec

_FINGERS = ("Index", "Middle", "Ring", "Little")
_AIMED = (
    *(("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("Hand", "MiddleProximal")),
    *(("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot")),
    *((f"{finger}Proximal", f"{finger}Intermediate") for finger in _FINGERS),
    *((f"{finger}Intermediate", f"{finger}Distal") for finger in _FINGERS),
    *(("ThumbMetacarpal", "ThumbProximal"), ("ThumbProximal", "ThumbDistal")),
)
_WORTH_AIMING_DEG = 6.0
_SEXES = {"male": 0.0, "female": 1.0}
_POSE_ONLY = (Round(0.05, shape=False),) * 3
_BY_JOINTS = (Round(0.0, fresh=False),) * 6
"""Nothing is as near as that: only joints count."""
_SMPL_ROUNDS = (*ROUNDS, *(Round(0.03, fresh=False),) * 7)
"""A model's rounds cost little, and its shape directions move the whole body at once."""


@dataclass(frozen=True)
class Gap:
    """How far two surfaces are apart, metres."""

    mean: float
    greatest: float

    def __str__(self) -> str:
        return f"{1e3 * self.mean:.2f} mm mean, {1e3 * self.greatest:.1f} mm at most"


@dataclass(frozen=True)
class BodyFit:
    """The default body in the shape of somebody else."""

    spec: BodySpec
    """Numbers to edit."""
    residual: Float32[np.ndarray, "verts 3"]
    """What they cannot say: added to the T-pose, metres."""
    by_numbers: Gap
    """How far their surface is from the numbers' body."""
    gap: Gap
    """The same with the residual."""
    state: State
    """The pose in which the body, standing on the ground at first, lies on the model at rest."""


@dataclass(frozen=True)
class SmplFit:
    """A model in the shape and rest pose of a figure of ours."""

    puppet: SmplPuppet
    state: State


def fit_body(
    body: Body,
    model: SmplModel,
    betas: Float[np.ndarray, "betas"],
    expression: Float[np.ndarray, "expressions"] | None = None,
    gender: str = "",
    on_step: OnStep = silent,
) -> BodyFit:
    """Give the default body the shape of a person.

    Args:
        body: The default body.
        model: The user's model.
        betas: Of the person.
        expression: Of its face, where the model has one.
        gender: Which sex is likely; the model's when not given.
        on_step: Progress.
    """
    verts = model.shaped(betas, expression)
    joints = dict(zip(model.names, model.joints_of(verts), strict=True))
    target = Target(verts, model.faces, finger_labels(model.names, model.weights))
    puppet = HousePuppet(body, BodySpec(sex=_SEXES.get(gender or model.gender, 0.5)))
    numbers = puppet.sliders.start(float(np.ptp(target.verts[:, 1])))
    steps, total = _counted(on_step, len(ROUNDS) + 2)
    state = register(puppet, target, aimed(puppet, numbers, joints), ROUNDS, steps)
    spec = puppet.sliders.spec(state.numbers)
    shaped = body.with_shape(spec)
    state = _on_its_feet(shaped, puppet, state)
    state = register(Figure.of(shaped), target, state, _POSE_ONLY)
    plain = _gap_of(shaped, state, target)
    on_step(total - 1, total)
    residual = residual_of(shaped, state, target)
    fitted = body.with_shape(spec, residual)
    raised = fitted.skeleton.positions[1, 1] - shaped.skeleton.positions[1, 1]
    state = replace(state, shift=state.shift - np.array([0.0, raised, 0.0]))
    on_step(total, total)
    gap = _gap_of(fitted, state, target)
    return BodyFit(spec, residual, plain, gap, state)


def fit_smpl(
    figure: Figure,
    model: SmplModel,
    betas: int,
    on_step: OnStep = silent,
    *,
    whole: bool = True,
) -> SmplFit:
    """Give a model the shape and the T-pose of a figure of ours.

    Args:
        figure: The figure.
        model: The user's model.
        betas: How many numbers of shape to use; as many as it has at most.
        on_step: Progress.
        whole: Whether all of its skin is there; where it is not, its joints have a say.
    """
    labels = finger_labels(figure.names, figure.weights)
    target = Target(figure.verts, figure.faces, labels)
    puppet = SmplPuppet(model, min(betas, model.shape_directions.shape[2]))
    start = aimed(puppet, puppet.range.mean.copy(), figure.joints)
    steps, _ = _counted(on_step, len(_SMPL_ROUNDS))
    start = register(puppet, target, start, _BY_JOINTS, joints=figure.joints)
    joints = None if whole else figure.joints
    state = register(puppet, target, start, _SMPL_ROUNDS, steps, joints)
    return SmplFit(puppet, state)


def gap_between(verts: Float[np.ndarray, "verts 3"], target: Target) -> Gap:
    """From some vertices to a surface."""
    distance = target.nearest(verts).distance.astype(np.float64)
    return Gap(float(distance.mean()), float(distance.max()))


def aimed(
    puppet: Puppet,
    numbers: Float64[np.ndarray, "numbers"],
    joints: Mapping[str, Float[np.ndarray, "3"]],
) -> State:
    """Where to begin: hips on hips, arms and legs along the other's.

    Args:
        puppet: What will move.
        numbers: Its shape.
        joints: The other's joints by house name.
    """
    still = np.tile(transforms.IDENTITY, (len(puppet.parents), 1))
    rest = puppet.rest(numbers, still).joints
    world = still.copy()
    for joint, parent in enumerate(puppet.parents):
        if parent >= 0:
            world[joint] = world[parent]
        aim = _aim(puppet, rest, joints, joint)
        if aim is not None:
            world[joint] = transforms.multiply(
                transforms.between(transforms.rotate(world[joint], aim[0]), aim[1]), world[joint]
            )
    above = np.asarray(puppet.parents)
    frame = np.where(above[:, None] >= 0, world[above], transforms.IDENTITY)
    rotations = transforms.multiply(transforms.conjugate(frame), world)
    _, places = transforms.forward_kinematics(
        puppet.parents, rotations, offsets_of(puppet.parents, rest)
    )
    hips = puppet.names.index("hips")
    return State(numbers, rotations, joints["hips"] - places[hips])


def _aim(
    puppet: Puppet,
    rest: Float64[np.ndarray, "joints 3"],
    joints: Mapping[str, Float[np.ndarray, "3"]],
    joint: int,
) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]] | None:
    """Direction of a limb at rest and the other's, where they differ enough to say so."""
    name = puppet.names[joint]
    for side in ("left", "right"):
        for start, end in _AIMED:
            tip = f"{side}{end}"
            if name == f"{side}{start}" and tip in puppet.names and tip in joints:
                ours = transforms.normalize(rest[puppet.names.index(tip)] - rest[joint])
                theirs = transforms.normalize(np.asarray(joints[tip] - joints[name], np.float64))
                if np.degrees(np.arccos(np.clip(ours @ theirs, -1, 1))) > _WORTH_AIMING_DEG:
                    return ours, theirs
    return None


def _on_its_feet(shaped: ShapedBody, puppet: HousePuppet, state: State) -> State:
    """The same pose for the body that stands on the ground."""
    hips = puppet.names.index("hips")
    before = puppet.rest(state.numbers, state.rotations).joints[hips]
    lift = before - shaped.skeleton.positions[hips]
    return State(np.zeros(0), state.rotations, state.shift + lift)


def _gap_of(shaped: ShapedBody, state: State, target: Target) -> Gap:
    """How far a target's vertices are from our skin in a pose."""
    figure = Figure.of(shaped)
    skin = Target(pose(figure, state).verts, figure.faces)
    return gap_between(target.verts, skin)


def _counted(on_step: OnStep, total: int) -> tuple[Callable[[], None], int]:
    """A callable for each step done, and how many there are."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        on_step(done, total)

    return step, total
