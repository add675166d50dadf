# SPDX-License-Identifier: Apache-2.0
"""Motions written as key poses: for what no captured clip shows.

A program keys the channels of :mod:`motion.anatomy` over time, on its own (a wave, a bow, sitting
down) or over a captured clip (a zombie's walk is the walk, slower, with the arms held out). Legs
always come from inverse kinematics between the pelvis and the feet. Breathing and a shift of weight
go on underneath. The data are in ``configs/motion/programs.yml``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion import anatomy, limbs
from motion.anatomy import Curves
from motion.loop import closed, repeated, straightened
from motion.performance import (
    ANKLE,
    BODY,
    FPS,
    LEG,
    REFERENCE,
    Performance,
    at_rate,
    local_rotations,
    power,
    world,
)
from motion.shoulders import share_elevation
from motion.timeline import Timeline, curves

_BREATH_SECONDS, _SWAY_SECONDS = 3.8, 5.2
_NEARLY_STRAIGHT = np.radians(8.0)
"""Twice the bend that an elbow keeps where it would just be straight."""


@dataclass(frozen=True)
class Over:
    """How a program lies over a captured clip."""

    rate: float = 1.0
    """Speed of the clip."""
    cycles: int = 1
    """How many cycles of the clip make one of the program."""
    reverse: bool = False
    """Play the clip backwards."""
    stride: float = 1.0
    """Length of its steps."""
    replaces: tuple[str, ...] = ()
    """Parts whose pose the program sets; to all other parts it adds."""
    swing: float = 1.0
    """Share of the clip's own arm swing and torso motion that stays in replaced parts."""


@dataclass(frozen=True)
class Program:
    """A motion as data."""

    name: str
    timeline: Timeline
    alive: float = 1.0
    """Strength of breathing and weight shift."""
    palms_meet: bool = False
    """The palms touch where they come closest."""
    over: Over = field(default_factory=Over)


def perform(program: Program, seed: int, clip: Performance | None = None) -> Performance:
    """Play a program.

    Args:
        program: What to do.
        seed: Decides the phases of breath and sway.
        clip: The captured motion that it lies over, if any.
    """
    rng = np.random.default_rng(seed)
    if clip is None:
        table = curves(program.timeline, FPS)
        pose = _with_life(table, program, rng)
        return share_elevation(_standing(pose, program))
    slowed = _prepared(clip, program.over)
    stretched = _stretched(program.timeline, slowed.seconds)
    return share_elevation(_over(slowed, curves(stretched, FPS), program))


def _prepared(clip: Performance, over: Over) -> Performance:
    """The clip below a program: its direction, speed and number of cycles."""
    if over.reverse:
        clip = replace(
            clip,
            rotations=clip.rotations[::-1],
            pelvis=clip.pelvis[::-1],
            fingers=clip.fingers[::-1],
        )
    clip = straightened(at_rate(clip, over.rate))
    return repeated(closed(clip), over.cycles) if clip.loop else clip


def _stretched(timeline: Timeline, seconds: float) -> Timeline:
    """The timeline played over another length of time."""
    ratio = seconds / timeline.seconds
    keys = tuple(replace(key, seconds=key.seconds * ratio) for key in timeline.keys)
    waves = tuple(
        replace(wave, start=wave.start * ratio, end=wave.end * ratio) for wave in timeline.waves
    )
    return replace(timeline, seconds=seconds, keys=keys, waves=waves)


def _with_life(
    table: dict[str, Float[np.ndarray, "frames"]], program: Program, rng: np.random.Generator
) -> Curves:
    """Add breathing and a slow shift of weight, in whole cycles so that loops close."""
    seconds = program.timeline.seconds
    time = np.linspace(0.0, 1.0, len(table["torso.bend"]))
    breath_phase, sway_phase, nod_phase = rng.uniform(0.0, 2.0 * np.pi, 3)
    breaths = max(1, round(seconds / _BREATH_SECONDS))
    sways = max(1, round(seconds / _SWAY_SECONDS))
    breath = program.alive * np.sin(2.0 * np.pi * breaths * time + breath_phase)
    sway = program.alive * np.sin(2.0 * np.pi * sways * time + sway_phase)
    drift = program.alive * np.sin(2.0 * np.pi * sways * time + nod_phase)
    added = anatomy.breathing(breath, sway)
    added |= {
        "torso.bend": added["torso.bend"] + 0.4 * drift,
        "head.bend": added["head.bend"] + 0.8 * drift,
        "head.turn": 1.6 * drift,
    }
    return {**table, **{name: table[name] + extra for name, extra in added.items()}}


def _legs(
    turned: dict[str, np.ndarray],
    pelvis: Float[np.ndarray, "frames 3"],
    ankles: dict[str, Float[np.ndarray, "frames 3"]],
    hinges: dict[str, Float[np.ndarray, "frames 3"]],
) -> None:
    """Add leg rotations that take the ankles to their places; feet are already in the table.

    ``hinges`` holds the axis of each knee in the world: a bent knee stands out along its cross
    product with the way from hip to ankle.
    """
    for side in ("left", "right"):
        leg = limbs.leg(REFERENCE, side)
        hip = _hip(side, turned["hips"], pelvis)
        upper, lower = limbs.solve(leg, hip, ankles[side], hinges[side])
        turned[f"{side}UpperLeg"], turned[f"{side}LowerLeg"] = upper, lower
        turned[f"{side}Toes"] = turned[f"{side}Foot"]


def _hip(
    side: str, hips: Float[np.ndarray, "frames 4"], pelvis: Float[np.ndarray, "frames 3"]
) -> Float[np.ndarray, "frames 3"]:
    """World position of a hip joint."""
    offset = REFERENCE.offsets[BODY.index(f"{side}UpperLeg")].astype(np.float64)
    return pelvis + transforms.rotate(hips, offset[None])


def _assembled(
    program: Program, turned: dict[str, np.ndarray], pelvis: np.ndarray, pose: Curves
) -> Performance:
    stacked = np.stack([turned[name] for name in BODY], axis=1)
    return Performance(
        name=program.name,
        fps=FPS,
        rotations=transforms.continuous(local_rotations(REFERENCE.parents, stacked)),
        pelvis=pelvis,
        fingers=anatomy.fingers(pose),
        loop=program.timeline.loop,
        grounded=True,
        palms_meet=program.palms_meet,
    )


def _standing(pose: Curves, program: Program) -> Performance:
    """The body over feet that are where the program puts them."""
    pelvis = LEG * np.stack([pose["hips.side"], pose["hips.up"], pose["hips.ahead"]], axis=-1)
    pelvis[:, 1] += LEG + ANKLE
    turned = anatomy.upper_body(pose, anatomy.trunk(pose, "hips"))
    ankles: dict[str, np.ndarray] = {}
    hinges: dict[str, np.ndarray] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        turned[f"{side}Foot"] = anatomy.foot(pose, side)
        words = [pose[f"{side}Foot.{word}"] for word in ("out", "up", "ahead")]
        place = LEG * np.stack([sign * words[0], words[1], words[2]], axis=-1)
        ankles[side] = place + np.array([sign * 0.0849, ANKLE, 0.0])
        span = ankles[side] - _hip(side, turned["hips"], pelvis)
        hinges[side] = np.cross(anatomy.knee(pose, side), span)
    _legs(turned, pelvis, ankles, hinges)
    return _assembled(program, turned, pelvis, pose)


def _over(clip: Performance, pose: Curves, program: Program) -> Performance:
    """The clip with the program's pose on top."""
    source, places = world(clip)
    over, names = program.over, {name: source[:, BODY.index(name)] for name in BODY}
    hips = transforms.multiply(names["hips"], anatomy.trunk(pose, "hips"))
    mixed = anatomy.upper_body(pose, hips)
    local = local_rotations(REFERENCE.parents, source)
    turned = {"hips": hips}
    for name in BODY[1:]:
        if not name.endswith(("Leg", "Foot", "Toes")):
            parent = turned[BODY[REFERENCE.parents[BODY.index(name)]]]
            chosen = _mixed_local(name, local[:, BODY.index(name)], mixed, over)
            turned[name] = transforms.multiply(parent, chosen)
    shorter = np.array([0.0, 0.0, 1.0 - over.stride])
    change = LEG * np.stack([pose["hips.side"], pose["hips.up"], pose["hips.ahead"]], axis=-1)
    pelvis = clip.pelvis * (1.0 - shorter) + change
    ankles: dict[str, np.ndarray] = {}
    hinges: dict[str, np.ndarray] = {}
    for side in ("left", "right"):
        foot = BODY.index(f"{side}Foot")
        lift = LEG * pose[f"{side}Foot.up"][:, None] * [0.0, 1.0, 0.0]
        lift = lift * _swinging(places[:, foot, 1])[:, None]
        ankles[side] = places[:, foot] * (1.0 - shorter) + lift
        turned[f"{side}Foot"] = source[:, foot]
        # The thigh's own axis: a nearly straight knee says nothing, or worse, about its plane.
        thigh = source[:, BODY.index(f"{side}UpperLeg")]
        hinges[side] = transforms.rotate(thigh, limbs.leg(REFERENCE, side).hinge[None])
    _legs(turned, pelvis, ankles, hinges)
    result = _assembled(program, turned, pelvis, pose)
    return replace(result, loop=clip.loop, grounded=False)


def _swinging(height: Float[np.ndarray, "frames"]) -> Float[np.ndarray, "frames"]:
    """How far a foot is off the ground, 0 to 1."""
    low, high = height.min(), height.max()
    return np.clip((height - low) / max(high - low, 1e-6), 0.0, 1.0)


def _mixed_local(
    name: str, clip: np.ndarray, program: dict[str, np.ndarray], over: Over
) -> Float[np.ndarray, "frames 4"]:
    """Local rotation of one joint from the clip's and the program's."""
    parent = BODY[REFERENCE.parents[BODY.index(name)]]
    wanted = transforms.multiply(transforms.conjugate(program[parent]), program[name])
    part = name.removeprefix("left").removeprefix("right")
    if part in ("UpperArm", "LowerArm", "Hand", "Shoulder"):
        side = name.removesuffix(part)
        if f"{side}Arm" not in over.replaces and "arms" not in over.replaces:
            return clip
        mean = transforms.normalize(_mean_rotation(clip))
        swing = power(transforms.multiply(clip, transforms.conjugate(mean)[None]), over.swing)
        mixed = transforms.multiply(swing, wanted)
        return _elbow_ahead(mixed, side) if part == "LowerArm" else mixed
    return transforms.multiply(clip, wanted)


def _elbow_ahead(lower: Float[np.ndarray, "frames 4"], side: str) -> Float[np.ndarray, "frames 4"]:
    """A forearm whose elbow never bends backwards: the clip's swing may ask for more than it has.

    The bend goes smoothly (half a hyperbola) to straight instead of beyond.
    """
    axis = limbs.arm(REFERENCE, side).hinge
    bend = 2.0 * np.arctan2(lower[:, 1:] @ axis, lower[:, 0])
    bend = (bend + np.pi) % (2.0 * np.pi) - np.pi
    kept = 0.5 * (bend + np.hypot(bend, _NEARLY_STRAIGHT))
    return transforms.multiply(transforms.from_axis_angle(axis, kept - bend), lower)


def _mean_rotation(q: Float[np.ndarray, "frames 4"]) -> Float[np.ndarray, "4"]:
    """Chordal mean: the eigenvector of the largest eigenvalue (Markley et al. 2007, eq. 12)."""
    _, vectors = np.linalg.eigh(np.einsum("fi,fj->ij", q, q))
    return vectors[:, -1]
