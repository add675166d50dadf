# SPDX-License-Identifier: Apache-2.0
"""A performance from channels, moved over the ground, mirrored, and with its feet put in place.

The verbs of the language meet here: all make performances on the reference body, and all legs come
from two-bone inverse kinematics between pelvis and ankles.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion import anatomy, limbs
from motion.anatomy import Curves
from motion.heading import about_up
from motion.performance import (
    ANKLE,
    BODY,
    FPS,
    LEG,
    REFERENCE,
    Performance,
    local_rotations,
    world,
)
from motion.shoulders import share_elevation

SIDES: tuple[tuple[str, float], ...] = (("left", 1.0), ("right", -1.0))
"""Side and the sign of its X axis."""
HIP = float(REFERENCE.positions[BODY.index("leftUpperLeg"), 0])
"""Half the distance between the hip joints, metres."""
_SWAP = tuple(
    BODY.index(
        name.replace("left", "right", 1)
        if name.startswith("left")
        else name.replace("right", "left", 1)
    )
    for name in BODY
)

Feet = dict[str, tuple[Float[np.ndarray, "frames 3"], Float[np.ndarray, "frames 4"]]]
"""Side to ankle positions and world rotations of the foot."""


def rest_curves(frames: int) -> dict[str, Float[np.ndarray, "frames"]]:
    """Every channel of a person who stands at ease."""
    return {name: np.full(frames, anatomy.rest_value(name)) for name in anatomy.channel_names()}


def posed(name: str, pose: Curves) -> Performance:
    """The body that channels describe, around the origin, facing +Z."""
    pelvis = LEG * np.stack([pose["hips.side"], pose["hips.up"], pose["hips.ahead"]], axis=-1)
    pelvis[:, 1] += LEG + ANKLE
    turned = anatomy.upper_body(pose, anatomy.trunk(pose, "hips"))
    for side, sign in SIDES:
        turned[f"{side}Foot"] = turned[f"{side}Toes"] = anatomy.foot(pose, side)
        out, up, ahead = (pose[f"{side}Foot.{word}"] for word in ("out", "up", "ahead"))
        ankle = LEG * np.stack([sign * out, up, ahead], axis=-1) + [sign * HIP, ANKLE, 0.0]
        hip = pelvis + transforms.rotate(turned["hips"], np.array([[sign * HIP, 0.0, 0.0]]))
        hinge = np.cross(anatomy.knee(pose, side), ankle - hip)
        upper, lower = limbs.solve(limbs.leg(REFERENCE, side), hip, ankle, hinge)
        turned[f"{side}UpperLeg"], turned[f"{side}LowerLeg"] = upper, lower
    stacked = np.stack([turned[joint] for joint in BODY], axis=1)
    local = local_rotations(REFERENCE.parents, stacked)
    raw = Performance(
        name,
        FPS,
        transforms.continuous(local),
        pelvis,
        np.clip(anatomy.fingers(pose), 0.0, 1.0),
        grounded=True,
    )
    return share_elevation(raw)


def moved(
    performance: Performance,
    yaw: Float[np.ndarray, "*#frames"] | float,
    shift: Float[np.ndarray, "*#frames 3"],
) -> Performance:
    """Turn about +Y at the origin, then shift; by one value or by one for each frame."""
    turn = about_up(np.broadcast_to(np.asarray(yaw, np.float64), (len(performance.pelvis),)))
    rotations = performance.rotations.copy()
    rotations[:, 0] = transforms.multiply(turn, rotations[:, 0])
    return replace(
        performance,
        rotations=transforms.continuous(rotations),
        pelvis=transforms.rotate(turn, performance.pelvis) + shift,
    )


def mirrored(performance: Performance) -> Performance:
    """Left and right exchanged."""
    flip = np.array([1.0, 1.0, -1.0, -1.0])
    return replace(
        performance,
        rotations=performance.rotations[:, list(_SWAP)] * flip,
        pelvis=performance.pelvis * [-1.0, 1.0, 1.0],
        fingers=performance.fingers[:, ::-1],
    )


def feet_of(performance: Performance) -> Feet:
    """Where the ankles are and how the feet are turned."""
    turned, places = world(performance)
    joints = {side: BODY.index(f"{side}Foot") for side, _ in SIDES}
    return {side: (places[:, joint], turned[:, joint]) for side, joint in joints.items()}


def knees_of(performance: Performance) -> dict[str, Float[np.ndarray, "frames 3"]]:
    """Where the knees are."""
    _, places = world(performance)
    return {side: places[:, BODY.index(f"{side}LowerLeg")] for side, _ in SIDES}


def with_feet(
    performance: Performance,
    feet: Feet,
    knees: dict[str, Float[np.ndarray, "frames 3"]] | None = None,
) -> Performance:
    """Legs that take the feet elsewhere; knees keep the side to which they point.

    Args:
        performance: What the body does.
        feet: Where they shall be.
        knees: Where the knees would best be; as the thighs have them when absent.
    """
    turned, places = world(performance)
    local = performance.rotations.copy()
    for side, _ in SIDES:
        leg = limbs.leg(REFERENCE, side)
        hip, knee, foot = leg.joints
        ankle, sole = feet[side]
        hinge = transforms.rotate(turned[:, hip], leg.hinge[None])
        if knees is not None:
            span = ankle - places[:, hip]
            out = knees[side] - 0.5 * (ankle + places[:, hip])
            # A straight leg says nothing about its knee: the thigh's own axis has a small say.
            hinge = np.cross(out, span) + 0.01 * hinge
        upper, lower = limbs.solve(leg, places[:, hip], ankle, hinge)
        above = transforms.conjugate(turned[:, 0])
        local[:, hip] = transforms.multiply(above, upper)
        local[:, knee] = transforms.multiply(transforms.conjugate(upper), lower)
        local[:, foot] = transforms.multiply(transforms.conjugate(lower), sole)
    return replace(performance, rotations=transforms.continuous(local))


def ease(t: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    """Smootherstep: 0 to 1 with neither speed nor acceleration at its ends."""
    t = np.clip(t, 0.0, 1.0)
    return t**3 * (10.0 - 15.0 * t + 6.0 * t**2)


def cut(performance: Performance, start: int, stop: int) -> Performance:
    """Frames ``start`` up to, not including, ``stop``."""
    return replace(
        performance,
        rotations=performance.rotations[start:stop],
        pelvis=performance.pelvis[start:stop],
        fingers=performance.fingers[start:stop],
        loop=False,
    )


def chained(parts: list[Performance]) -> Performance:
    """Performances one after the other, as they lie."""
    return replace(
        parts[0],
        rotations=transforms.continuous(np.concatenate([p.rotations for p in parts])),
        pelvis=np.concatenate([p.pelvis for p in parts]),
        fingers=np.concatenate([p.fingers for p in parts]),
        loop=False,
    )
