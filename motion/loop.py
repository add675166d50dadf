# SPDX-License-Identifier: Apache-2.0
"""Cycles without a seam.

The end of a cycle is its beginning, carried on over the ground by a rigid move (a turn about +Y and
a shift). The pose gap that is left between the two is spread over the whole cycle, half backwards
from the end and half forwards from the beginning, so no moment is bent by much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from gen3d.types import Clip
from motion.heading import about_up, headings
from motion.performance import Performance, power

_JOIN_SECONDS = 0.45
_EASE = 4.0
"""Frames on either side of a seam over which speeds are made to agree."""
_KINK_DEG = 2.5
"""Change of a joint's turn from one frame to the next that is worth easing."""


@dataclass(frozen=True)
class Travel:
    """The move over the ground from one cycle to the next: turn about the origin, then shift."""

    turn: float
    shift: Float[np.ndarray, "3"]

    def apply(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
        """Carry points one cycle on."""
        return transforms.rotate(about_up(self.turn), points) + self.shift

    def undo(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
        """Carry points one cycle back."""
        return transforms.rotate(about_up(-self.turn), points - self.shift)


def travel_of(
    rotations: Float[np.ndarray, "frames 4"], positions: Float[np.ndarray, "frames 3"]
) -> Travel:
    """The move from the first to the last frame, from the hips' rotations and positions."""
    ends = headings(np.stack([rotations[0], rotations[-1]]), 0.0)
    turn = float((ends[1] - ends[0] + np.pi) % (2.0 * np.pi) - np.pi)
    shift = positions[-1] - transforms.rotate(about_up(turn), positions[0])
    return Travel(turn, shift * [1.0, 0.0, 1.0])


def straightened(performance: Performance) -> Performance:
    """Face and go along +Z; take the net turn out of a straight cycle."""
    frames = np.arange(len(performance.pelvis))
    yaw = headings(performance.rotations[:, 0], 0.2 * performance.fps)
    turn = np.full(len(frames), -yaw[0])
    if performance.loop and performance.straight:
        net = (yaw[-1] - yaw[0] + np.pi) % (2.0 * np.pi) - np.pi
        turn = -yaw[0] - net * frames / frames[-1]
        turn -= (yaw + turn).mean() if np.ptp(yaw + turn) < np.pi / 2.0 else 0.0
    start = performance.pelvis[0] * [1.0, 0.0, 1.0]
    steps = transforms.rotate(about_up(turn[1:]), np.diff(performance.pelvis, axis=0))
    path = np.concatenate([[performance.pelvis[0] - start], steps]).cumsum(axis=0)
    aside = _bearing(path) if performance.loop else 0.0
    rotations = performance.rotations.copy()
    rotations[:, 0] = transforms.multiply(about_up(turn - aside), rotations[:, 0])
    return replace(
        performance, rotations=rotations, pelvis=transforms.rotate(about_up(-aside), path)
    )


def _bearing(path: Float[np.ndarray, "frames 3"]) -> float:
    """Angle of a forward travel off +Z; 0 for going on the spot, sideways or backwards."""
    x, _, z = path[-1] - path[0]
    bearing = float(np.arctan2(x, z))
    return bearing if np.hypot(x, z) > 0.4 and abs(bearing) < np.radians(30.0) else 0.0


def closed(performance: Performance) -> Performance:
    """Make the last frame the first one, carried on by the cycle's travel."""
    q, pelvis = performance.rotations, performance.pelvis
    travel = travel_of(q[:, 0], pelvis)
    if performance.straight:
        travel = Travel(0.0, (pelvis[-1] - pelvis[0]) * [1.0, 0.0, 1.0])
    aim = q[0].copy()
    aim[0] = transforms.multiply(about_up(travel.turn), q[0, 0])
    gap = transforms.multiply(transforms.conjugate(q[-1]), aim)
    share = np.linspace(-0.5, 0.5, len(q))
    bridged = transforms.multiply(q, power(gap[None], share[:, None]))
    drop = travel.apply(pelvis[0]) - pelvis[-1]
    fingers = performance.fingers + share[:, None, None] * (
        performance.fingers[0] - performance.fingers[-1]
    )
    closed_up = replace(
        performance,
        rotations=transforms.continuous(bridged),
        pelvis=pelvis + share[:, None] * drop,
        fingers=fingers,
        loop=True,
    )
    return _eased(closed_up, travel)


def _eased(performance: Performance, travel: Travel) -> Performance:
    """Let the speeds agree on both sides of a closed seam, where a recording's do not."""
    q, p = performance.rotations[:-1], performance.pelvis[:-1]
    around, ahead = _three(q, p, travel)
    count = len(q)
    last, first = around[2 * count - 2 : 2 * count], around[2 * count : 2 * count + 2]
    kink = float(np.degrees(_angles(_step(*last), _step(*first)).max()))
    if count < 3 * _EASE or kink < _KINK_DEG:
        return performance
    smooth_q = transforms.normalize(gaussian_filter1d(around, _EASE / 2.0, axis=0))
    smooth_p = gaussian_filter1d(ahead, _EASE / 2.0, axis=0)
    from_seam = np.abs((np.arange(3 * count) + count // 2) % count - count // 2)
    weight = np.exp(-((from_seam / _EASE) ** 2))
    eased_q = transforms.slerp(around, smooth_q, weight[:, None])
    eased_p = ahead + weight[:, None] * (smooth_p - ahead)
    kept = slice(count, 2 * count + 1)
    return replace(
        performance, rotations=transforms.continuous(eased_q[kept]), pelvis=eased_p[kept]
    )


def _three(
    q: np.ndarray, p: np.ndarray, travel: Travel
) -> tuple[Float[np.ndarray, "frames joints 4"], Float[np.ndarray, "frames 3"]]:
    """The cycle before, this one and the one after; joint 0 is turned by the travel."""
    before, after = q.copy(), q.copy()
    before[:, 0] = transforms.multiply(about_up(-travel.turn), q[:, 0])
    after[:, 0] = transforms.multiply(about_up(travel.turn), q[:, 0])
    rotations = transforms.continuous(np.concatenate([before, q, after]))
    return rotations, np.concatenate([travel.undo(p), p, travel.apply(p)])


def _step(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return transforms.multiply(transforms.conjugate(a), b)


def _angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 2.0 * np.arccos(np.clip(np.abs(np.sum(a * b, axis=-1)), 0.0, 1.0))


def joined(performance: Performance) -> Performance:
    """Make a cycle of a motion that ends elsewhere: move from its end back into its beginning."""
    count = round(_JOIN_SECONDS * performance.fps)
    t = np.arange(1, count + 1) / count
    ease = t**3 * (10.0 - 15.0 * t + 6.0 * t**2)
    q, pelvis, fingers = performance.rotations, performance.pelvis, performance.fingers
    aim = q[0].copy()
    turn = travel_of(q[:, 0], pelvis).turn
    aim[0] = transforms.multiply(about_up(turn), q[0, 0])
    ahead = pelvis[-1] * [1, 0, 1] + pelvis[0] * [0, 1, 0]
    return replace(
        performance,
        rotations=np.concatenate([q, transforms.slerp(q[-1][None], aim[None], ease[:, None])]),
        pelvis=np.concatenate([pelvis, pelvis[-1] + ease[:, None] * (ahead - pelvis[-1])]),
        fingers=np.concatenate(
            [fingers, fingers[-1] + ease[:, None, None] * (fingers[0] - fingers[-1])]
        ),
        loop=True,
    )


def repeated(performance: Performance, count: int) -> Performance:
    """Several cycles in a row; the cycle must be closed."""
    if count < 2:
        return performance
    travel = travel_of(performance.rotations[:, 0], performance.pelvis)
    rotations, pelvis = [performance.rotations], [performance.pelvis]
    for _ in range(count - 1):
        turned = rotations[-1].copy()
        turned[:, 0] = transforms.multiply(about_up(travel.turn), turned[:, 0])
        rotations.append(turned)
        pelvis.append(travel.apply(pelvis[-1]))
    tails = [
        (q[1:], p[1:], performance.fingers[1:]) for q, p in zip(rotations, pelvis, strict=True)
    ]
    firsts = (rotations[0][:1], pelvis[0][:1], performance.fingers[:1])
    q, p, f = (
        np.concatenate([first, *(tail[i] for tail in tails)]) for i, first in enumerate(firsts)
    )
    return replace(performance, rotations=transforms.continuous(q), pelvis=p, fingers=f)


def tiled(clip: Clip, travel: Travel) -> Clip:
    """Three cycles in a row, without end frame, around the given one.

    Args:
        clip: Root at rest, one cycle with its end frame.
        travel: The move of a cycle, in this clip's world.
    """
    q, p = clip.rotations[:-1, 1:].astype(np.float64), clip.hips_positions[:-1].astype(np.float64)
    turned, positions = _three(q, p, travel)
    root = np.tile(transforms.IDENTITY, (len(turned), 1, 1))
    rotations = np.concatenate([root, turned], axis=1)
    return replace(
        clip,
        rotations=rotations.astype(np.float32),
        root_positions=np.zeros_like(positions, dtype=np.float32),
        hips_positions=positions.astype(np.float32),
    )
