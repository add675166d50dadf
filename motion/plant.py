# SPDX-License-Identifier: Apache-2.0
"""Feet that stand: each contact becomes one footprint that the foot rolls over and never leaves.

During a contact the foot has a fixed ball and a fixed heel on y = 0. While its toes are up it turns
about the heel, while its heel is up about the ball, with the toes flat; between contacts the change
fades out and the next one in. Legs follow by two-bone inverse kinematics, the pelvis sinks where a
leg would be too short. Works on clips whose root rests at the origin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion import limbs
from motion.contact import Sole, either, runs, sole, world_of
from motion.heading import about_up
from motion.performance import local_rotations, power
from motion.retarget import leg_length, scale_of
from motion.support import held_up

_LEVEL = np.radians(7.0)
"""Pitch that counts as a flat foot."""
_TOES_UP, _HEEL_UP = np.radians(30.0), np.radians(62.0)
_PIVOT = np.radians(25.0)
"""A foot that turns by more during one contact pivots on its ball."""
_FADE_SECONDS = 0.3
_EXTENDED = 0.992
"""Share of its length to which a standing leg stretches: a straighter knee would snap."""
_TOE_BEND = np.radians(60.0)
_STEP = 0.09
"""Height from which a foot that holds the body up is lowered, metres on the reference leg."""
_STANDING = 0.005
_ROUNDS = 4


@dataclass(frozen=True)
class _Track:
    """Where an ankle goes and how its foot is turned."""

    ankle: Float[np.ndarray, "frames 3"]
    turn: Float[np.ndarray, "frames 4"]


def _yaw_and_pitch(turn: np.ndarray, shape: Sole) -> tuple[np.ndarray, np.ndarray]:
    """Compass direction of a foot and elevation of its toes, radians."""
    ahead = transforms.rotate(turn, shape.forward[None])
    return (
        np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2])),
        np.arcsin(np.clip(ahead[:, 1], -1.0, 1.0)),
    )


def _soft(pitch: np.ndarray) -> np.ndarray:
    """Flatten small pitches smoothly, limit large ones."""
    beyond = pitch * (1.0 - np.exp(-((pitch / _LEVEL) ** 2)))
    return np.clip(beyond, -_HEEL_UP, _TOES_UP)


def _foot_turn(yaw: np.ndarray, pitch: np.ndarray, shape: Sole) -> np.ndarray:
    """World rotation of a foot that looks along ``yaw`` with its toes raised by ``pitch``."""
    rest = np.arctan2(shape.forward[0], shape.forward[2])
    left = np.cross([0.0, 1.0, 0.0], shape.forward)
    return transforms.multiply(about_up(yaw - rest), transforms.from_axis_angle(left, -pitch))


def _footprint(
    track: _Track, shape: Sole, span: slice, ball_down: np.ndarray, fps: float
) -> _Track:
    """The foot during one contact: fixed ball and heel, the source's roll."""
    turn = track.turn[span]
    yaw, pitch = _yaw_and_pitch(turn, shape)
    level = 1.0 / (0.05 + np.abs(pitch))
    middle = float(np.average(yaw, weights=level))
    if np.ptp(np.append(yaw[np.abs(pitch) < 2 * _LEVEL], middle)) > _PIVOT:
        yaw = gaussian_filter1d(yaw, 0.1 * fps, mode="nearest")
        pitch = np.minimum(pitch, 0.0)
    else:
        yaw = np.full_like(yaw, middle)
    ball = track.ankle[span] + transforms.rotate(turn, shape.ball[None])
    weights = np.where(ball_down, 1.0, 1e-3)
    spot = np.average(ball, axis=0, weights=weights) * [1.0, 0.0, 1.0]
    pitch = _soft(pitch)
    rolled = _foot_turn(yaw, pitch, shape)
    flat = _foot_turn(yaw, np.zeros_like(pitch), shape)
    heel = spot + transforms.rotate(flat, (shape.heel - shape.ball)[None])
    on_ball = spot - transforms.rotate(rolled, shape.ball[None])
    on_heel = heel - transforms.rotate(rolled, shape.heel[None])
    return _Track(np.where(pitch[:, None] > 0.0, on_heel, on_ball), rolled)


def _ease(t: np.ndarray) -> np.ndarray:
    """Smootherstep: 0 to 1 with no speed and no acceleration at the ends."""
    t = np.clip(t, 0.0, 1.0)
    return t**3 * (10.0 - 15.0 * t + 6.0 * t**2)


def _with_footprints(
    track: _Track, shape: Sole, contact: Bool[np.ndarray, "frames 2"], fps: float
) -> _Track:
    """Replace contacts by footprints and fade the change in and out around them."""
    moved, turned = np.zeros_like(track.ankle), np.zeros_like(track.turn)
    turned[:, 0] = 1.0
    down = either(contact)
    spans = runs(down)
    for span in spans:
        print_ = _footprint(track, shape, span, contact[span, 1], fps)
        moved[span] = print_.ankle - track.ankle[span]
        inverse = transforms.conjugate(track.turn[span])
        turned[span] = transforms.multiply(print_.turn, inverse)
    for gap in runs(~down):
        length = gap.stop - gap.start
        fade = min(length, round(_FADE_SECONDS * fps)) + 1
        step = np.arange(1, length + 1)
        if gap.start > 0:
            weight = 1.0 - _ease(step / fade)
            moved[gap] += weight[:, None] * moved[gap.start - 1]
            turned[gap] = transforms.multiply(turned[gap], power(turned[gap.start - 1], weight))
        if gap.stop < len(down):
            weight = 1.0 - _ease(step[::-1] / fade)
            moved[gap] += weight[:, None] * moved[gap.stop]
            turned[gap] = transforms.multiply(turned[gap], power(turned[gap.stop], weight))
    return _Track(track.ankle + moved, transforms.multiply(turned, track.turn))


def _kept_above(track: _Track, shape: Sole, down: Bool[np.ndarray, "frames"]) -> _Track:
    """Raise a swinging foot of which a point would dip into the ground."""
    for _ in range(_ROUNDS):
        # A raised foot bends its toes less, so their tips come lower: again.
        depth = np.maximum(0.0, -_lowest(track, shape, down))
        lift = np.maximum(depth, gaussian_filter1d(maximum_filter1d(depth, 3), 1.5))
        track = _raised(track, np.where(down, depth, lift))
    return track


def _lowest(
    track: _Track, shape: Sole, down: Bool[np.ndarray, "frames"]
) -> Float[np.ndarray, "frames"]:
    """Height of the lowest of heel, ball and toe tip, metres."""
    bend = _toe_bend(track, shape, down)
    points = [transforms.rotate(track.turn, p[None])[:, 1] for p in (shape.heel, shape.ball)]
    toes = transforms.multiply(track.turn, _bent(shape, bend))
    joint = transforms.rotate(track.turn, shape.toe_joint[None])[:, 1]
    tip = joint + transforms.rotate(toes, shape.tip[None])[:, 1]
    return track.ankle[:, 1] + np.minimum.reduce([*points, tip])


def _raised(track: _Track, lift: Float[np.ndarray, "frames"]) -> _Track:
    return _Track(track.ankle + lift[:, None] * [0.0, 1.0, 0.0], track.turn)


def _stood_on(
    tracks: dict[str, _Track],
    shapes: dict[str, Sole],
    downs: dict[str, Bool[np.ndarray, "frames"]],
    held: Bool[np.ndarray, "frames"],
    most: float,
) -> dict[str, _Track]:
    """Lower the lower foot to the ground where the body stands on it without a contact.

    Args:
        tracks: Of both feet.
        shapes: Their soles.
        downs: Their contacts.
        held: The body is held up though no foot is in contact.
        most: From how high a foot is lowered, metres.
    """
    heights = {side: _lowest(t, shapes[side], downs[side]) for side, t in tracks.items()}
    least = np.minimum.reduce(list(heights.values()))
    lowered: dict[str, _Track] = {}
    for side, track in tracks.items():
        height = np.maximum(0.0, heights[side])
        mine = held & (heights[side] <= least) & (height < most)
        drop = np.where(mine, height, 0.0)
        smooth = gaussian_filter1d(maximum_filter1d(drop, 5), 1.2)
        lowered[side] = _raised(track, -np.minimum(np.maximum(smooth, drop), height))
    return lowered


def _sinking(
    start: np.ndarray, ankle: np.ndarray, reach: float, down: np.ndarray
) -> Float[np.ndarray, "frames"]:
    """How far a hip has to sink for its leg to reach the footprint, metres."""
    span = ankle - start
    level = np.minimum(np.hypot(span[:, 0], span[:, 2]), 0.98 * reach)
    height = np.sqrt(reach**2 - level**2)
    return np.where(down, np.maximum(0.0, -span[:, 1] - height), 0.0)


def _envelope(values: np.ndarray, fps: float) -> np.ndarray:
    """Smooth curve over the peaks of another."""
    width = 2 * round(0.1 * fps) + 1
    return gaussian_filter1d(maximum_filter1d(values, width), 0.07 * fps)


def _toe_bend(
    track: _Track, shape: Sole, down: Bool[np.ndarray, "frames"]
) -> Float[np.ndarray, "frames"]:
    """Angle by which the toes bend up at the ball, radians."""
    _, pitch = _yaw_and_pitch(track.turn, shape)
    wanted = np.where(down, np.clip(-pitch, 0.0, _TOE_BEND), 0.0)
    smooth = gaussian_filter1d(wanted, 1.2)
    joint = track.ankle[:, 1] + transforms.rotate(track.turn, shape.toe_joint[None])[:, 1]
    along, under = float(np.dot(shape.tip, shape.forward)), float(-shape.tip[1])
    radius, rest = float(np.hypot(along, under)), float(np.arctan2(under, along))
    lowest = np.arcsin(np.clip(joint / radius, -1.0, 1.0))
    # The tip hangs below the toe joint by radius * sin(rest - pitch - bend): not below the ground.
    needed = np.clip(rest - pitch - lowest, 0.0, _TOE_BEND)
    # A foot that points further down lies on its instep, and its toes with it.
    return np.maximum(smooth, needed * _ease((pitch + np.radians(85.0)) / np.radians(35.0)))


def _bent(shape: Sole, bend: np.ndarray) -> Float[np.ndarray, "frames 4"]:
    """Rotation of the toes in the frame of the foot."""
    return transforms.from_axis_angle(np.cross([0.0, 1.0, 0.0], shape.forward), -bend)


def planted(clip: Clip, skeleton: Skeleton, contacts: Bool[np.ndarray, "frames 4"]) -> Clip:
    """Put the feet on their footprints and the legs under the pelvis.

    Args:
        clip: Root at rest; ground at y = 0.
        skeleton: The body.
        contacts: Left heel, left ball, right heel, right ball.
    """
    turns, places = world_of(clip, skeleton)
    sides = ("left", "right")
    shapes = {side: sole(skeleton, side) for side in sides}
    downs = {s: either(contacts[:, 2 * i : 2 * i + 2]) for i, s in enumerate(sides)}
    tracks: dict[str, _Track] = {}
    for number, side in enumerate(sides):
        shape, contact = shapes[side], contacts[:, 2 * number : 2 * number + 2]
        source = _Track(places[:, shape.foot], turns[:, shape.foot])
        footed = _with_footprints(source, shape, contact, clip.fps)
        tracks[side] = _kept_above(footed, shape, downs[side])
    held = held_up(places, skeleton, downs["left"] | downs["right"], clip.fps)
    tracks = _stood_on(tracks, shapes, downs, held, _STEP * scale_of(skeleton))
    sink = np.zeros(len(places))
    for side, track in tracks.items():
        leg = limbs.leg(skeleton, side)
        standing = downs[side] | (held & (_lowest(track, shapes[side], downs[side]) < _STANDING))
        hip = places[:, leg.joints[0]]
        sink = np.maximum(sink, _sinking(hip, track.ankle, _EXTENDED * leg.reach, standing))
    sink = np.minimum(_envelope(sink, clip.fps), 0.25 * leg_length(skeleton))
    hips = clip.hips_positions.astype(np.float64)
    hips[:, 1] -= sink
    places[..., 1] -= sink[:, None]
    for side in sides:
        _set_leg(turns, places, skeleton, side, tracks[side], downs[side])
    rotations = local_rotations(skeleton.parents, turns)
    return replace(
        clip,
        rotations=transforms.continuous(rotations).astype(np.float32),
        hips_positions=hips.astype(np.float32),
    )


def _set_leg(
    turns: np.ndarray,
    places: np.ndarray,
    skeleton: Skeleton,
    side: str,
    track: _Track,
    down: np.ndarray,
) -> None:
    """Solve one leg in place on world rotations that the caller owns."""
    leg, shape = limbs.leg(skeleton, side), sole(skeleton, side)
    hip, knee, foot = leg.joints
    hinge = transforms.rotate(turns[:, hip], leg.hinge[None])
    turns[:, hip], turns[:, knee] = limbs.solve(leg, places[:, hip], track.ankle, hinge)
    turns[:, foot] = track.turn
    bend = _toe_bend(track, shape, down)
    turns[:, shape.toes] = transforms.multiply(track.turn, _bent(shape, bend))
