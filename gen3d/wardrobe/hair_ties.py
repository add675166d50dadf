# SPDX-License-Identifier: Apache-2.0
"""What hair is gathered into: a tail, a bun, two plaits; ropes of strands and loose cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d.body import ShapedBody
from gen3d.skeleton import JOINTS
from gen3d.transforms import normalize
from gen3d.wardrobe.hair_cards import Geometry, Rect, cards, grid_faces, taper
from gen3d.wardrobe.hair_combs import BRAID_TIE, BUN_TIE, TAIL_TIE
from gen3d.wardrobe.hair_scalp import HeadFrame
from gen3d.wardrobe.hair_strands import Collider, Growth, Roots, Strands, grow
from gen3d.wardrobe.hair_texture import ROPE, STRAIGHT

WeighPoints = Callable[[np.ndarray], np.ndarray]
"""Points -> joint weights of hair there."""
_DOWN = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True)
class Head:
    """What gathered hair needs to know."""

    shaped: ShapedBody
    frame: HeadFrame
    collider: Collider
    weigh: WeighPoints


def rope(
    path: Float[np.ndarray, "steps 3"],
    radii: Float[np.ndarray, "steps"],
    weigh: WeighPoints,
    *,
    sides: int = 8,
    rect: Rect = ROPE,
    flatten: float = 1.0,
    up: Float[np.ndarray, "steps 3"] | None = None,
) -> Geometry:
    """A tube of strands along a path, without lids: give it a radius of zero at open ends.

    Args:
        path: Centre line.
        radii: At every step, metres.
        weigh: Joint weights of points.
        sides: Corners of the section.
        rect: Part of the atlas.
        flatten: Extent along ``up`` over extent across.
        up: Direction of the section's height at every step.
    """
    along = normalize(np.gradient(path, axis=0))
    reference = np.broadcast_to(np.array([0.3, 0.2, 1.0]), path.shape) if up is None else up
    height = normalize(reference - along * np.sum(along * reference, axis=1, keepdims=True))
    side = np.cross(along, height)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    wide = np.cos(angle)[None, :, None] * side[:, None]
    tall = np.sin(angle)[None, :, None] * height[:, None]
    points = path[:, None] + radii[:, None, None] * (wide + flatten * tall)
    normals = normalize(flatten * wide + tall)
    u = rect[0] + (rect[2] - rect[0]) * np.linspace(0.06, 0.94, sides + 1)
    v = rect[1] + (rect[3] - rect[1]) * np.linspace(0.02, 0.98, len(path))
    uvs = np.stack(np.broadcast_arrays(u[None, :], v[:, None]), axis=-1)
    return Geometry(
        points.reshape(-1, 3),
        grid_faces(len(path), sides + 1, 1),
        normals.reshape(-1, 3),
        uvs.reshape(-1, 2),
        np.repeat(weigh(path), sides + 1, axis=0),
    )


def _place(head: Head, tie: np.ndarray, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Actual position of a tie, ``gap`` canonical metres off the skin, and the skin's normal."""
    point = head.frame.actual(tie)
    normal = np.zeros(3)
    for _ in range(3):
        distance, normals = head.collider.distance(point[None])
        normal = normals[0]
        point = point + (gap * head.frame.size - distance[0]) * normal
    return point, normal


def _bundle(
    place: np.ndarray, normal: np.ndarray, radius: float, count: int, rng: np.random.Generator
) -> Roots:
    """Roots in a disc around a tie."""
    angle, distance = rng.uniform(0, 2 * np.pi, count), radius * np.sqrt(rng.random(count))
    side = normalize(np.cross(normal, np.array([0.0, 1.0, 0.3])))
    other = np.cross(normal, side)
    points = place + distance[:, None] * (
        np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * other
    )
    column = np.eye(len(JOINTS))[JOINTS.index("head")]
    zeros = np.zeros((count, 3))
    return Roots(
        points,
        np.tile(normal, (count, 1)),
        np.tile(column, (count, 1)),
        zeros[:, 0] + 1.0,
        zeros.astype(np.int64),
        zeros,
    )


def _ring(
    head: Head, place: np.ndarray, normal: np.ndarray, radius: float, thick: float
) -> Geometry:
    """Hair wrapped around a tie."""
    angle = np.linspace(0.0, 2.0 * np.pi, 19)
    side = normalize(np.cross(normal, np.array([0.0, 1.0, 0.3])))
    other = np.cross(normal, side)
    path = place + radius * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * other)
    return rope(
        path, np.full(19, thick), head.weigh, up=np.tile(normal, (19, 1)), flatten=1.5, sides=6
    )


def _falling(
    normal: np.ndarray, until: float
) -> Callable[[np.ndarray, np.ndarray, float], np.ndarray]:
    def comb(p: np.ndarray, _root: np.ndarray, share: float) -> np.ndarray:
        turn = min(share / until, 1.0)
        # Under the nape the tail swings back towards the spine.
        return np.tile(
            (1.0 - turn) * (normal + np.array([0.0, 0.25, 0.0])) + turn * _DOWN, (len(p), 1)
        )

    return comb


def tail(head: Head, rng: np.random.Generator) -> list[Geometry]:
    """A ponytail: a wrapped tie, a solid core and cards around it."""
    size = head.frame.size
    place, normal = _place(head, TAIL_TIE, 0.012)
    count = 58
    roots = _bundle(place, normal, 0.010 * size, count, rng)
    growth = Growth(
        _falling(normal, 0.16),
        13,
        near=0.004,
        lift=0.0,
        hug=0.0,
        wander=0.10,
        stiff=0.55,
        clear=0.018,
    )
    lengths = rng.uniform(0.30, 0.40, count)
    strands = grow(roots, lengths, growth, head.frame, head.collider, rng)
    strands = _spindle(strands)
    rects = np.array([STRAIGHT[i] for i in rng.integers(3, size=count)])
    weights = _strand_weights(head, strands)
    body = cards(
        strands,
        rng.uniform(0.020, 0.030, count) * size,
        taper(14, 0.5, 0.5),
        rects,
        weights,
        arch=0.2,
        volume=0.5,
        roll=rng.normal(size=count) * 0.3,
    )
    core = strands.points.mean(axis=0)[:11]
    thick = np.array([0.2, 0.8, 1.0, 1.05, 1.05, 1.0, 0.9, 0.8, 0.65, 0.45, 0.0]) * 0.014 * size
    return [
        body,
        rope(core, thick, head.weigh, sides=8),
        _ring(head, place, normal, 0.0105 * size, 0.005 * size),
    ]


def _spindle(strands: Strands) -> Strands:
    """Draw a bundle together: thick below the tie, together again towards the tip."""
    points = strands.points
    middle = points.mean(axis=0)
    steps = points.shape[1]
    t = np.linspace(0.0, 1.0, steps)
    radius = 0.35 + 0.75 * np.sin(np.pi * np.clip(t * 1.15, 0, 1)) * (1.0 - 0.5 * t)
    drawn = middle + (points - middle) * radius[None, :, None]
    return Strands(drawn, normalize(drawn - middle + 0.25 * strands.outward * 0.01))


def _strand_weights(head: Head, strands: Strands) -> np.ndarray:
    count, steps = strands.points.shape[:2]
    return head.weigh(strands.points.reshape(-1, 3)).reshape(count, steps, -1)


def bun(head: Head, rng: np.random.Generator) -> list[Geometry]:
    """A rope wound into a knot, over a wrapped tie."""
    size = head.frame.size
    place, normal = _place(head, BUN_TIE, 0.004)
    side = normalize(np.cross(normal, np.array([0.0, 1.0, 0.3])))
    other = np.cross(normal, side)
    t = np.linspace(0.0, 1.0, 64)
    angle = 2.0 * np.pi * 2.6 * t + rng.uniform(0.0, 1.0)
    radius = (0.036 * np.sqrt(1.0 - t) + 0.001) * size
    height = (0.010 + 0.036 * t**0.8) * size
    path = (
        place + (np.cos(angle) * radius)[:, None] * side + (np.sin(angle) * radius)[:, None] * other
    )
    path = path + height[:, None] * normal
    thick = 0.0205 * size * np.clip(np.minimum(t / 0.08, 1.0), 0.0, 1.0) * (1.0 - 0.25 * t)
    thick[-3:] *= np.array([0.9, 0.6, 0.0])
    rope_up = np.tile(normal, (64, 1))
    knot = rope(path, thick, head.weigh, up=rope_up, sides=10)
    dome_t = np.linspace(0.0, 1.0, 6)
    dome = place + (0.052 * size * dome_t)[:, None] * normal
    core = rope(
        dome,
        0.036 * size * np.sqrt(1.0 - dome_t**2),
        head.weigh,
        up=np.tile(side, (6, 1)),
        sides=10,
    )
    return [knot, core]


def plaits(head: Head, rng: np.random.Generator) -> list[Geometry]:
    """Two braids of three strands from behind the ears over the front of the shoulders."""
    pieces: list[Geometry] = []
    for sign in (1.0, -1.0):
        pieces += _plait(head, sign, rng)
    return pieces


def _braid_comb(sign: float) -> Callable[[np.ndarray, np.ndarray, float], np.ndarray]:
    def comb(p: np.ndarray, _root: np.ndarray, share: float) -> np.ndarray:
        forward = np.clip((0.70 - p[:, 1]) / 0.05, 0.0, 1.0) * np.clip(
            (0.085 - p[:, 2]) / 0.05, 0.0, 1.0
        )
        inward = np.clip((np.abs(p[:, 0]) - 0.062) / 0.03, -0.5, 1.0) * (share > 0.3)
        ones = np.ones(len(p))
        return np.stack([-0.5 * sign * inward, -ones, 0.9 * forward], axis=1)

    return comb


def _plait(head: Head, sign: float, rng: np.random.Generator) -> list[Geometry]:
    size = head.frame.size
    mirror = np.array([sign, 1.0, 1.0])
    place, normal = _place(head, BRAID_TIE * mirror, 0.008)
    roots = _bundle(place, normal, 0.0, 1, rng)
    growth = Growth(
        _braid_comb(sign), 30, near=0.010, lift=0.0, hug=0.0, wander=0.0, stiff=0.6, clear=0.026
    )
    strand = grow(roots, np.array([0.34]), growth, head.frame, head.collider, rng)
    centre, out = _resampled(strand, 62)
    along = normalize(np.gradient(centre, axis=0))
    side = normalize(np.cross(out, along))
    out = np.cross(along, side)
    t = np.linspace(0.0, 1.0, len(centre))
    girth = (0.0125 - 0.0045 * t) * size
    phase = 2.0 * np.pi * 7.0 * t
    pieces: list[Geometry] = []
    for third in range(3):
        a = phase + 2.0 * np.pi * third / 3.0
        weave = (np.sin(a) * girth)[:, None] * side + (0.55 * np.sin(2.0 * a) * girth)[
            :, None
        ] * out
        thick = 0.78 * girth * np.where((t < 0.02) | (t > 0.985), 0.6, 1.0)
        pieces.append(rope(centre + weave, thick, head.weigh, up=out, flatten=0.85))
    end = np.array([-2, -1])
    pieces.append(_ring(head, centre[-2], along[-2], 0.006 * size, 0.0042 * size))
    pieces.append(_brush(head, centre[-1], along[end[1]], out[-1], rng))
    return pieces


def _resampled(strand: Strands, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """A smooth path with more steps."""
    points, out = strand.points[0], strand.outward[0]
    for _ in range(3):
        points[1:-1] = 0.5 * points[1:-1] + 0.25 * (points[:-2] + points[2:])
        out[1:-1] = normalize(out[1:-1] + out[:-2] + out[2:])
    t = np.linspace(0.0, len(points) - 1.0, steps)
    knots = np.arange(len(points))
    fine = np.stack([np.interp(t, knots, points[:, c]) for c in range(3)], axis=1)
    facing = np.stack([np.interp(t, knots, out[:, c]) for c in range(3)], axis=1)
    for _ in range(4):
        fine[1:-1] = 0.5 * fine[1:-1] + 0.25 * (fine[:-2] + fine[2:])
    return fine, normalize(facing)


def _brush(
    head: Head, place: np.ndarray, along: np.ndarray, out: np.ndarray, rng: np.random.Generator
) -> Geometry:
    """The loose end under a braid's tie."""
    size, count, steps = head.frame.size, 10, 5
    t = np.linspace(0.0, 1.0, steps)
    side = np.cross(along, out)
    fan = rng.uniform(-1.0, 1.0, (count, 2)) * 0.30
    aim = normalize(along + fan[:, :1] * side + fan[:, 1:] * out)
    points = (
        place
        + t[None, :, None] * aim[:, None] * rng.uniform(0.045, 0.065, count)[:, None, None] * size
    )
    outward = normalize(fan[:, :1] * side + (fan[:, 1:] + 0.2) * out)
    strands = Strands(points, np.repeat(outward[:, None], steps, axis=1))
    rects = np.array([STRAIGHT[i] for i in rng.integers(1, 4, size=count)])
    return cards(
        strands,
        np.full(count, 0.018 * size),
        taper(steps, 0.6, 0.5),
        rects,
        _strand_weights(head, strands),
        arch=0.2,
        volume=0.4,
    )
