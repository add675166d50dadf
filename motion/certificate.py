# SPDX-License-Identifier: Apache-2.0
"""What a motion on a body is worth, in figures that anybody can check, and in a word each.

Skate and contacts as in :mod:`motion.measures` and :mod:`motion.contact`; penetration is the
deepest point of the body under the ground; *float* is the highest that the lowest point of the body
is over the ground while it should stand on it. A stretch off the ground is a flight, not a float,
while the centre of mass falls as a thrown body does. Jerk is the third derivative of joint
positions. Joint limits are those of :mod:`motion.joint_limits`, self-penetration that of
:mod:`motion.capsules`.

A certificate is the same bytes for the same clip. It judges bodies, not words: whether the motion
is the one asked for is measured elsewhere. What hangs, rides, swims or flies on purpose floats.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion import measures
from motion.capsules import self_depth
from motion.contact import detect, ground_speed, runs, sole_points, still_down, toe_tips, world_of
from motion.joint_limits import excess, joint_angles
from motion.retarget import scale_of
from motion.support import centre_of_mass, clearance

Grade = Literal["clean", "fair", "poor"]

LIMITS: dict[str, tuple[float, float]] = {
    "skate_cm_s": (1.0, 3.0),
    "skate_p95_cm_s": (4.0, 12.0),
    "penetration_cm": (1.0, 3.0),
    "float_cm": (2.0, 6.0),
    "jerk_p95_m_s3": (8000.0, 20000.0),
    "jerk_peak_ratio": (5.0, 10.0),
    "limit_share": (0.02, 0.15),
    "limit_worst_deg": (10.0, 30.0),
    "self_share": (0.02, 0.15),
    "self_cm": (2.0, 5.0),
    "seam_deg": (2.0, 8.0),
    "seam_cm": (1.0, 3.0),
}
"""Greatest value that is clean, greatest that is fair."""

_WORST: tuple[Grade, ...] = ("clean", "fair", "poor")
_AIR = 0.02
"""Metres for the reference leg under which a body stands on the ground."""
_FALL = (-16.0, -4.0)
"""Vertical acceleration of the centre of mass in flight, m/s²: gravity's, as far as it is known."""
_CALM = 400.0
"""m/s³: a peak is never weighed against less, or a breath would pop in a still body."""
_HOP_SECONDS = 0.2
"""Stretches off the ground too short to tell a fall from."""
_INSIDE = 0.015
"""Metres for the reference leg that a limb must be inside the body to count."""
_OVER_LIMIT = 2.0
"""Degrees beyond a limit that count."""


@dataclass(frozen=True)
class Certificate:
    """Figures of one clip on one body."""

    seconds: float
    contact_share: float
    """Share of frames in which a sole stands."""
    airborne_share: float
    """Share of frames in flight."""
    skate_cm_s: float
    """Mean speed over the ground of feet in contact."""
    skate_p95_cm_s: float
    penetration_cm: float
    float_cm: float
    jerk_p95_m_s3: float
    jerk_peak_ratio: float
    """Worst frame over the 95th percentile of the rest: large where something pops."""
    limit_share: float
    """Share of frames in which a joint is turned too far."""
    limit_worst_deg: float
    limit_worst: str
    """The joint that is turned too far the farthest; empty if none is."""
    self_share: float
    """Share of frames in which a limb is inside the body."""
    self_cm: float
    seam_deg: float
    """Jump of a cycle's end into its beginning; 0 of what is no cycle."""
    seam_cm: float

    @property
    def grades(self) -> dict[str, Grade]:
        """A word for each figure that has limits."""
        return {name: _grade(getattr(self, name), limits) for name, limits in LIMITS.items()}

    @property
    def verdict(self) -> Grade:
        """The worst of the grades."""
        return max(self.grades.values(), key=_WORST.index)

    def to_json(self) -> dict[str, object]:
        """Figures, grades and verdict, for the manifest; rounded so that they read well."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        figures = {k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()}
        return {**figures, "grades": dict(self.grades), "verdict": self.verdict}


def _grade(value: float, limits: tuple[float, float]) -> Grade:
    clean, fair = limits
    return "clean" if value <= clean else "fair" if value <= fair else "poor"


def certify(
    clip: Clip,
    skeleton: Skeleton,
    contacts: Bool[np.ndarray, "frames 4"] | None = None,
) -> Certificate:
    """Measure a clip on its body.

    Args:
        clip: The motion; the ground is y = 0.
        skeleton: The body.
        contacts: Left heel, left ball, right heel, right ball; found when not given.
    """
    rotations, positions = world_of(clip, skeleton)
    points = sole_points(rotations, positions, skeleton)
    if contacts is None:
        contacts = still_down(detect(clip, skeleton), points, scale_of(skeleton))
    skate = _skate(points, contacts, clip.fps)
    lift, flight = _air(clip, rotations, positions, skeleton)
    jerks = _jerk(positions[:, 1:], clip.fps)
    share, worst, name = _limits(rotations, positions, skeleton)
    inside = self_depth(rotations, positions, skeleton)
    degrees, shift = _seam(clip, skeleton) if clip.loop else (0.0, 0.0)
    return Certificate(
        seconds=clip.seconds,
        contact_share=float(contacts.any(axis=1).mean()),
        airborne_share=float(flight.mean()),
        skate_cm_s=float(skate.mean()),
        skate_p95_cm_s=float(np.quantile(skate, 0.95)),
        penetration_cm=measures.penetration(rotations, positions, skeleton),
        float_cm=float(100.0 * np.where(flight, 0.0, lift).max()),
        jerk_p95_m_s3=jerks[0],
        jerk_peak_ratio=jerks[1],
        limit_share=share,
        limit_worst_deg=worst,
        limit_worst=name,
        self_share=float(np.mean(inside > _INSIDE * scale_of(skeleton))),
        self_cm=float(100.0 * inside.max()),
        seam_deg=degrees,
        seam_cm=shift,
    )


def _skate(
    points: Float[np.ndarray, "frames 4 3"], contacts: Bool[np.ndarray, "frames 4"], fps: float
) -> Float[np.ndarray, "counted"]:
    """Speeds of standing feet as in :func:`motion.measures.skate`, cm/s; one 0 when none stands."""
    if len(points) < 2:
        return np.zeros(1)
    held = contacts.copy()
    held[1:] &= contacts[:-1]
    held[:-1] &= contacts[1:]
    speed = np.where(held, ground_speed(points, fps), np.inf)
    slow = speed.reshape(-1, 2, 2).min(axis=2)
    counted = slow[np.isfinite(slow)]
    return 100.0 * counted if counted.size else np.zeros(1)


def _air(
    clip: Clip, rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton
) -> tuple[Float[np.ndarray, "frames"], Bool[np.ndarray, "frames"]]:
    """Height of the lowest point of the body over the ground, metres, and where it flies."""
    soles = sole_points(rotations, positions, skeleton)[..., 1].min(axis=1)
    tips = toe_tips(rotations, positions, skeleton)[..., 1].min(axis=1)
    joints = clearance(positions, skeleton)
    lift = np.maximum(0.0, np.minimum.reduce([soles, tips, joints]))
    # A cycle is looked at from its lowest moment, so that no flight is cut by its seam.
    start = int(lift.argmin()) if clip.loop else 0
    mass = np.roll(centre_of_mass(positions, skeleton)[:, 1], -start)
    flight = np.zeros(len(lift), dtype=bool)
    for run in runs(np.roll(lift, -start) > _AIR * scale_of(skeleton)):
        # A small body's motion is a large one's made smaller, and so is its fall.
        flight[run] = _falls(mass[run] / scale_of(skeleton), clip.fps)
    return lift, np.roll(flight, start)


def _falls(heights: Float[np.ndarray, "frames"], fps: float) -> bool:
    """Whether a stretch off the ground is a flight: short, or with gravity's acceleration."""
    if len(heights) < max(4, round(_HOP_SECONDS * fps)):
        return True
    time = np.arange(len(heights)) / fps
    acceleration = 2.0 * float(np.polyfit(time, heights, 2)[0])
    return _FALL[0] < acceleration < _FALL[1]


def _jerk(positions: Float[np.ndarray, "frames joints 3"], fps: float) -> tuple[float, float]:
    """95th percentile over joints and frames, m/s³, and the worst frame over the rest's 95th."""
    if len(positions) < 8:
        return 0.0, 1.0
    size = np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1) * fps**3
    frames = np.sqrt(np.mean(size**2, axis=1))
    # One displaced frame is in four differences, which shall not be weighed against themselves.
    apart = np.abs(np.arange(len(frames)) - int(frames.argmax())) > 3
    high = float(np.quantile(frames[apart], 0.95)) if apart.any() else 0.0
    return float(np.quantile(size, 0.95)), float(frames.max() / max(high, _CALM))


def _limits(
    rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton
) -> tuple[float, float, str]:
    """Share of frames beyond a joint's limits, the worst degrees, and whose."""
    beyond = excess(joint_angles(rotations, positions, skeleton))
    table = np.stack(list(beyond.values()), axis=1)
    worst = float(table.max())
    name = list(beyond)[int(table.max(axis=0).argmax())] if worst > _OVER_LIMIT else ""
    return float(np.mean((table > _OVER_LIMIT).any(axis=1))), worst, name


def _seam(clip: Clip, skeleton: Skeleton) -> tuple[float, float]:
    """Jump over the end of a cycle beyond the steps beside it, degrees and cm.

    Measured in the frame of the root, which carries travel and heading smoothly.
    """
    if len(clip.rotations) < 4:
        return 0.0, 0.0
    q = clip.rotations[:, 1:].astype(np.float64)
    around = np.stack([q[-2], q[-1], q[0], q[1]])
    steps = _turns(around[1:], around[:-1])
    degrees = np.degrees(np.maximum(0.0, steps[1] - np.maximum(steps[0], steps[2])).max())
    still = clip.rotations[[-2, -1, 0, 1]].astype(np.float64)
    still[:, 0] = transforms.IDENTITY
    hips = clip.hips_positions[[-2, -1, 0, 1]]
    local = transforms.clip_translations(skeleton, np.zeros_like(hips), hips)
    _, places = transforms.forward_kinematics(skeleton.parents, still, local.astype(np.float64))
    ways = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    shift = np.maximum(0.0, ways[1] - np.maximum(ways[0], ways[2])).max()
    return float(degrees), float(100.0 * shift)


def _turns(
    a: Float[np.ndarray, "steps joints 4"], b: Float[np.ndarray, "steps joints 4"]
) -> Float[np.ndarray, "steps joints"]:
    """Angles between rotations, radians."""
    return 2.0 * np.arccos(np.clip(np.abs(np.sum(a * b, axis=-1)), 0.0, 1.0))
