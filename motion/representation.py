# SPDX-License-Identifier: Apache-2.0
"""What our own motion model sees: a motion as numbers that lose nothing.

Each frame has :data:`WIDTH` numbers, in the blocks of :data:`SLICES`:

=============  ====  ===========================================================================
root_turn      1     speed of the heading about +Y, rad/s, over the step *to* this frame
root_velocity  2     x, z of the pelvis's velocity over that step, m/s, in the heading frame of
                     the frame *before* it
root_height    1     height of the pelvis, metres on the reference body
rotations      132   world rotation of each joint of :data:`motion.performance.BODY`, seen from
                     the heading frame, as two matrix columns (Zhou et al. 2019, "On the Continuity
                     of Rotation Representations in Neural Networks", section 3)
contacts       4     left ankle, left toe, right ankle, right toe
fingers        6     curls of thumb, index and others, left then right
=============  ====  ===========================================================================

Frames in are frames out: no step leads to the first frame, so its velocities repeat the second's
and are not read when decoding. A decoded motion starts over the origin with its heading along +Z,
so the same motion elsewhere and otherwise turned has the same features. The heading is that of
:mod:`motion.heading`, smoothed, and carried on while a body is upside down and has none. Rotations
are whole, not relative to the parent, so an error in one joint does not turn the others; velocities
are per second, so the frame rate may change. Loop flag and name are not part of it.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor
from torch.nn.functional import normalize

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Clip, Skeleton
from motion.contact import detect, floor_height, sole_points
from motion.heading import about_up, headings
from motion.performance import BODY, FPS, REFERENCE, Performance, local_rotations, world
from motion.posing_curve import Evidence, fitted, followed

_SIZES = {
    "root_turn": 1,
    "root_velocity": 2,
    "root_height": 1,
    "rotations": 6 * len(BODY),
    "contacts": 4,
    "fingers": 6,
}
WIDTH: int = sum(_SIZES.values())
"""Numbers in a frame: 146."""
_ENDS = np.cumsum(list(_SIZES.values()))
SLICES: dict[str, slice] = {
    name: slice(int(end) - size, int(end))
    for (name, size), end in zip(_SIZES.items(), _ENDS, strict=True)
}
"""Where each block lies."""
_SMOOTH_SECONDS = 0.2
"""Reach of the heading's filter to either side; steady turns pass it unchanged."""


FEET_OF = tuple(BODY.index(name) for name in ("leftFoot", "leftToes", "rightFoot", "rightToes"))
"""Joints of the four contacts, in their order."""


def _arm(side: str) -> tuple[str, ...]:
    return tuple(f"{side}{bone}" for bone in ("Shoulder", "UpperArm", "LowerArm", "Hand"))


def _legs() -> tuple[str, ...]:
    bones = ("UpperLeg", "LowerLeg", "Foot", "Toes")
    return ("hips", *(f"{side}{bone}" for side in ("left", "right") for bone in bones))


JOINTS_OF: dict[str, tuple[str, ...]] = {
    "head": ("neck", "head"),
    "torso": ("spine", "chest", "upperChest"),
    "left arm": _arm("left"),
    "right arm": _arm("right"),
    "legs": _legs(),
}
"""The five parts of a body; every joint is in one. The pelvis goes with the legs that carry it."""
GROUPS: dict[str, tuple[str, ...]] = {
    "arms": ("left arm", "right arm"),
    "upper body": ("head", "torso", "left arm", "right arm"),
    "whole body": tuple(JOINTS_OF),
}
"""Names for several parts at once."""


def part_mask(part: str) -> Bool[np.ndarray, "width"]:
    """Which numbers of a frame belong to a part of the body.

    The five masks of :data:`JOINTS_OF` cover every number once. Legs own the root's path and the
    contacts, arms their fingers.

    Args:
        part: One of :data:`JOINTS_OF` or of :data:`GROUPS`.

    Raises:
        Gen3dError: There is no such part.
    """
    if part in GROUPS:
        return np.logical_or.reduce([part_mask(each) for each in GROUPS[part]])
    if part not in JOINTS_OF:
        known = ", ".join([*JOINTS_OF, *GROUPS])
        raise Gen3dError(f"There is no body part {part!r}.", f"The parts are: {known}.")
    mask = np.zeros(WIDTH, dtype=np.bool_)
    for joint in JOINTS_OF[part]:
        start = SLICES["rotations"].start + 6 * BODY.index(joint)
        mask[start : start + 6] = True
    if part == "legs":
        for block in ("root_turn", "root_velocity", "root_height", "contacts"):
            mask[SLICES[block]] = True
    elif part.endswith("arm"):
        first = SLICES["fingers"].start + (3 if part == "right arm" else 0)
        mask[first : first + 3] = True
    return mask


def from_performance(performance: Performance) -> Float32[np.ndarray, "frames width"]:
    """A motion as features, at its own frame rate.

    Raises:
        Gen3dError: The motion has numbers that are not finite.
    """
    turned, _ = world(performance)
    if not (np.isfinite(turned).all() and np.isfinite(performance.pelvis).all()):
        raise Gen3dError(f"The motion {performance.name!r} has numbers that are not finite.")
    fps, count = performance.fps, len(turned)
    heading = heading_of(turned[:, 0], fps)
    speed = _steps(heading, fps).astype(np.float32)
    # From here on the heading is the one that decoding will find, rounding included.
    relative = _integrated(speed, fps)
    heading = heading[0] + relative
    local = transforms.multiply(about_up(-heading)[:, None], turned)
    velocity = _steps(performance.pelvis, fps)
    before = np.concatenate([heading[:1], heading[:-1]])
    seen = transforms.rotate(about_up(-before), velocity)
    blocks = [
        speed[:, None],
        seen[:, [0, 2]],
        performance.pelvis[:, 1:2],
        six_of(local).reshape(count, -1),
        _contacts(performance),
        performance.fingers.reshape(count, -1),
    ]
    return np.concatenate(blocks, axis=1).astype(np.float32)


def heading_of(hips: Float[np.ndarray, "frames 4"], fps: float) -> Float[np.ndarray, "frames"]:
    """Smooth heading of a body, radians from +Z towards +X, whatever it tumbles through.

    How certain a frame is falls with the tilt of the pelvis to nothing upside down.

    Args:
        hips: World rotations of the pelvis.
        fps: Frame rate.
    """
    certainty = (hips[:, 0] ** 2 + hips[:, 2] ** 2) ** 2
    angle = followed(headings(hips, 0.0), certainty > 0.25)
    return fitted([Evidence(angle, certainty)], (_SMOOTH_SECONDS * fps) ** 4, order=2)


def to_performance(
    features: Float[np.ndarray, "frames width"], name: str, fps: float = FPS
) -> Performance:
    """Features as a motion that starts over the origin and heads for +Z.

    Rotations are made orthonormal (Gram-Schmidt), so what a model makes need not be exact.

    Args:
        features: Frames; contacts may be anything.
        name: What to call the motion.
        fps: Frame rate.

    Raises:
        Gen3dError: They are not features of this representation.
    """
    if features.ndim != 2 or features.shape[1] != WIDTH or not len(features):
        raise Gen3dError(f"A motion has {WIDTH} numbers a frame, not shape {features.shape}.")
    if not np.isfinite(features).all():
        raise Gen3dError(f"The motion {name!r} has numbers that are not finite.")
    values = features.astype(np.float64)
    heading = _integrated(values[:, 0], fps)
    local = rotations_of_six(values[:, SLICES["rotations"]].reshape(len(values), -1, 6))
    turned = transforms.multiply(about_up(heading)[:, None], local)
    return Performance(
        name=name,
        fps=fps,
        rotations=transforms.continuous(local_rotations(REFERENCE.parents, turned)),
        pelvis=_path(values, heading, fps),
        fingers=values[:, SLICES["fingers"]].reshape(-1, 2, 3),
    )


def contacts_of(features: Float[np.ndarray, "frames width"]) -> Bool[np.ndarray, "frames 4"]:
    """The contacts that features tell of."""
    return features[:, SLICES["contacts"]] > 0.5


def slide_of(features: Float[Tensor, "frames width"], fps: float) -> float:
    """Mean speed in m/s of the feet that the motion itself says are standing; 0 where none is."""
    feet = joints_of(features[None], fps)[0, :, list(FEET_OF)]
    standing = features[1:, SLICES["contacts"]] > 0.5
    speed = feet.diff(dim=0).norm(dim=-1) * fps
    return float(speed[standing].mean()) if bool(standing.any()) else 0.0


def _steps(values: Float[np.ndarray, "frames *rest"], fps: float) -> np.ndarray:
    """Speed of each step, at the frame that it leads to; the first frame repeats the second's."""
    if len(values) == 1:
        return np.zeros_like(values)
    step = np.diff(values, axis=0) * fps
    return np.concatenate([step[:1], step], axis=0)


def _integrated(speed: Float[np.ndarray, "frames *rest"], fps: float) -> np.ndarray:
    """Inverse of :func:`_steps`, from zero."""
    step = speed.astype(np.float64) / fps
    step[0] = 0.0
    return np.cumsum(step, axis=0)


def _path(values: np.ndarray, heading: np.ndarray, fps: float) -> Float[np.ndarray, "frames 3"]:
    velocity = np.zeros((len(values), 3))
    velocity[:, [0, 2]] = values[:, SLICES["root_velocity"]]
    before = np.concatenate([heading[:1], heading[:-1]])
    path = _integrated(transforms.rotate(about_up(before), velocity), fps)
    path[:, 1] = values[:, SLICES["root_height"].start]
    return path


def six_of(q: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch 6"]:
    """First two columns of a rotation's matrix, one after the other."""
    matrix = transforms.to_matrix(q)
    return np.concatenate([matrix[..., 0], matrix[..., 1]], axis=-1)


def rotations_of_six(six: Float[np.ndarray, "*batch 6"]) -> Float[np.ndarray, "*batch 4"]:
    """Rotation of two columns, made orthonormal: Gram-Schmidt, equation 15 of Zhou et al. 2019."""
    first = transforms.normalize(six[..., :3])
    second = six[..., 3:] - np.sum(first * six[..., 3:], axis=-1, keepdims=True) * first
    second = transforms.normalize(second)
    third = np.cross(first, second)
    return transforms.from_matrix(np.stack([first, second, third], axis=-1))


def _with_root() -> Skeleton:
    """The reference body below a ``root`` on the ground, as clips have it."""
    positions = np.concatenate([np.zeros((1, 3), np.float32), REFERENCE.positions])
    parents = (-1, *(parent + 1 for parent in REFERENCE.parents))
    return Skeleton(("root", *BODY), parents, positions)


def _contacts(performance: Performance) -> Float[np.ndarray, "frames 4"]:
    """1 where heel or ball of the reference body rests on its ground."""
    skeleton, count = _with_root(), len(performance.pelvis)
    if count < 3:
        return np.ones((count, 4))
    still = np.tile(np.array(transforms.IDENTITY, np.float32), (count, 1, 1))
    clip = Clip(
        name=performance.name,
        fps=performance.fps,
        rotations=np.concatenate([still, performance.rotations.astype(np.float32)], axis=1),
        root_positions=np.zeros((count, 3), np.float32),
        hips_positions=performance.pelvis.astype(np.float32),
    )
    floor = 0.0
    if not performance.grounded:
        floor = floor_height(sole_points(*world(performance), REFERENCE), performance.fps, 1.0)
    return detect(clip, skeleton, floor).astype(np.float64)


def joints_of(
    features: Float[Tensor, "batch frames width"], fps: float = FPS
) -> Float[Tensor, "batch frames 22 3"]:
    """World positions of the joints on the reference body, in the order of ``BODY``.

    Equal to the positions of :func:`to_performance`, and differentiable.

    Args:
        features: Frames, not normalised.
        fps: Frame rate.
    """
    speed = features[..., SLICES["root_turn"].start] / fps
    moving = torch.ones_like(speed)
    moving[..., 0] = 0.0
    heading = torch.cumsum(speed * moving, dim=-1)
    velocity = features[..., SLICES["root_velocity"]] / fps * moving[..., None]
    before = torch.cat([heading[..., :1], heading[..., :-1]], dim=-1)
    path = torch.cumsum(_about_up(_raised(velocity), before), dim=-2)
    height = features[..., SLICES["root_height"]]
    pelvis = torch.cat([path[..., :1], height, path[..., 2:]], dim=-1)
    return _posed(features[..., SLICES["rotations"]], heading) + pelvis[..., None, :]


def _raised(level: Tensor) -> Tensor:
    """x, z to x, 0, z."""
    return torch.stack([level[..., 0], torch.zeros_like(level[..., 0]), level[..., 1]], dim=-1)


def _about_up(points: Tensor, angle: Tensor) -> Tensor:
    x, y, z = points.unbind(-1)
    sine, cosine = torch.sin(angle), torch.cos(angle)
    return torch.stack([cosine * x + sine * z, y, cosine * z - sine * x], dim=-1)


def matrices_of_six(six: Float[Tensor, "*batch 6"]) -> Float[Tensor, "*batch 3 3"]:
    """Torch twin of :func:`rotations_of_six`, as matrices."""
    first = normalize(six[..., :3], dim=-1)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = normalize(second, dim=-1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], dim=-1)


def _posed(six: Tensor, heading: Tensor) -> Tensor:
    """Joints around the pelvis, turned by the heading."""
    matrices = matrices_of_six(six.reshape(*six.shape[:-1], len(BODY), 6))
    offsets = torch.as_tensor(REFERENCE.offsets, dtype=six.dtype, device=six.device)
    places = [torch.zeros_like(matrices[..., 0, :, 0])]
    for joint, parent in enumerate(REFERENCE.parents[1:], start=1):
        places.append(places[parent] + matrices[..., parent, :, :] @ offsets[joint])
    return _about_up(torch.stack(places, dim=-2), heading[..., None])
