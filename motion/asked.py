# SPDX-License-Identifier: Apache-2.0
"""Does a motion show what was asked for? Measured on joints, whoever made the motion.

Figures are taken from 22 joint positions in HumanML3D's order (metres, +Y up), scaled to the
reference leg, and compared with what an :class:`~motion.language.script.Action` says: direction and
length of travel, turn, height of the pelvis, wrist over head, and the number of repetitions, which
are the peaks of the one signal that repeats.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from motion.files import HUMANML3D
from motion.language.script import Action
from motion.language.verbs import verbs
from motion.order import Order, Span
from motion.performance import BODY, LEG, Performance, world

Joints = Float[np.ndarray, "frames 22 3"]
JOINT = {name: number for number, name in enumerate(HUMANML3D)}
"""Where each joint stands in HumanML3D's order."""
_INF = float("inf")
_STANDING = 0.86
"""Height of a standing pelvis on the reference leg, metres."""


@dataclass(frozen=True)
class Verdict:
    """How a motion compares with what was asked."""

    wanted: dict[str, tuple[float, float]]
    found: dict[str, float]

    @property
    def passed(self) -> bool:
        """Every figure lies in its range."""
        return all(lo <= self.found[name] <= hi for name, (lo, hi) in self.wanted.items())

    @property
    def wrong(self) -> str:
        """The figures that do not, as text."""
        return "; ".join(
            f"{name} {self.found[name]:.2f} not in {lo:g}..{hi:g}"
            for name, (lo, hi) in self.wanted.items()
            if not lo <= self.found[name] <= hi
        )


def joints_of(performance: Performance) -> Joints:
    """Joint positions of a performance in HumanML3D's order."""
    _, places = world(performance)
    return places[:, [BODY.index(name) for name in HUMANML3D]]


def figures(joints: Joints, fps: float) -> dict[str, float]:
    """Everything that is measured of a motion."""
    placed = _normal(joints)
    return _ways(placed, fps) | _heights(placed, fps) | _hands(placed, fps) | _counts(placed, fps)


def _normal(joints: Joints) -> Joints:
    """Scaled to the reference leg, ground at 0, first pelvis over the origin, facing +Z."""
    leg = [
        np.linalg.norm(np.diff(joints[:, [JOINT[f"{s}{b}"] for b in _LEG]], axis=1), axis=-1).sum(1)
        for s in ("left", "right")
    ]
    scaled = joints.astype(np.float64) * (LEG / float(np.mean(leg)))
    scaled = scaled - [
        scaled[0, 0, 0],
        np.quantile(scaled[..., 1].min(axis=1), 0.1),
        scaled[0, 0, 2],
    ]
    yaw = float(facing(scaled)[0])
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])
    return scaled @ turn.T


_LEG = ("UpperLeg", "LowerLeg", "Foot")


def facing(joints: Joints) -> Float[np.ndarray, "frames"]:
    """Heading of the hips, radians from +Z towards +X, unwrapped."""
    across = joints[:, JOINT["leftUpperLeg"]] - joints[:, JOINT["rightUpperLeg"]]
    return np.unwrap(np.arctan2(-across[:, 2], across[:, 0]))


def _ways(p: Joints, fps: float) -> dict[str, float]:
    """Travel of the pelvis in the first frame's directions."""
    root = gaussian_filter1d(p[:, 0], 0.15 * fps, axis=0, mode="nearest")
    step = np.diff(root[:, [0, 2]], axis=0)
    turned = float(np.degrees(facing(p)[-1] - facing(p)[0]))
    length = float(np.linalg.norm(step, axis=1).sum())
    seconds = (len(p) - 1) / fps
    yaw = facing(p)[1:]
    ahead = step[:, 0] * np.sin(yaw) + step[:, 1] * np.cos(yaw)
    aside = step[:, 0] * np.cos(yaw) - step[:, 1] * np.sin(yaw)
    speed = np.linalg.norm(step, axis=1) * fps
    bearing = np.unwrap(np.arctan2(step[:, 0], step[:, 1]))[speed > 0.3]
    around = float(np.degrees(np.ptp(bearing))) if len(bearing) > 5 else 0.0
    return {
        "travel_m": float(np.linalg.norm(root[-1, [0, 2]] - root[0, [0, 2]])),
        "ahead_m": float(root[-1, 2] - root[0, 2]),
        "left_m": float(root[-1, 0] - root[0, 0]),
        "way_m": length,
        "face_ahead": float(ahead.sum() / max(length, 0.1)),
        "face_left": float(aside.sum() / max(length, 0.1)),
        "speed": float(np.quantile(speed, 0.8)) if seconds > 0.0 else 0.0,
        "turned_deg": turned,
        "turned_abs_deg": abs(turned),
        "around_deg": around,
        "bends": float(_peaks(np.degrees(_lateral(root)), 0.25 * fps, 4.0)),
    }


def _lateral(root: np.ndarray) -> np.ndarray:
    """How far a way swings from the straight line between its ends, as an angle-like signal."""
    span = root[-1, [0, 2]] - root[0, [0, 2]]
    along = span / max(float(np.linalg.norm(span)), 1e-6)
    off = root[:, [0, 2]] - root[0, [0, 2]]
    return off[:, 0] * along[1] - off[:, 1] * along[0]


def _heights(p: Joints, fps: float) -> dict[str, float]:
    root, head = p[:, 0, 1], p[:, JOINT["head"], 1]
    ankles = p[:, [JOINT["leftFoot"], JOINT["rightFoot"]], 1]
    tail = slice(-max(1, round(0.2 * fps)), None)
    knees = p[:, [JOINT["leftLowerLeg"], JOINT["rightLowerLeg"]], 1]
    up = p[:, JOINT["neck"]] - p[:, 0]
    upright = up[:, 1] / np.maximum(np.linalg.norm(up, axis=1), 1e-6)
    return {
        "root_low": float(root.min()),
        "root_high": float(root.max()),
        "root_median": float(np.median(root)),
        "root_end": float(np.median(root[tail])),
        "root_drop": float(np.quantile(root, 0.9) - root.min()),
        "head_low": float(head.min()),
        "head_end": float(np.median(head[tail])),
        "foot_high": float(ankles.max()),
        "foot_difference": float(np.abs(ankles[:, 0] - ankles[:, 1]).max()),
        "left_foot_lead": float((ankles[:, 0] - ankles[:, 1]).max()),
        "right_foot_lead": float((ankles[:, 1] - ankles[:, 0]).max()),
        "knee_low": float(knees.min()),
        "upright_low": float(upright.min()),
        "upright_median": float(np.median(upright)),
    }


def _hands(p: Joints, fps: float) -> dict[str, float]:
    found: dict[str, float] = {}
    head, chest = p[:, JOINT["head"]], p[:, JOINT["upperChest"]]
    wrists = {side: p[:, JOINT[f"{side}Hand"]] for side in ("left", "right")}
    forward = np.stack([np.sin(facing(p)), np.zeros(len(p)), np.cos(facing(p))], axis=-1)
    for side, wrist in wrists.items():
        shoulder = p[:, JOINT[f"{side}UpperArm"]]
        found[f"{side}_over_head"] = float((wrist[:, 1] - head[:, 1]).max())
        found[f"{side}_over_shoulder"] = float((wrist[:, 1] - shoulder[:, 1]).max())
        found[f"{side}_reach"] = float(((wrist - shoulder) * forward).sum(axis=1).max())
        found[f"{side}_to_head"] = float(np.linalg.norm(wrist - head, axis=1).min())
        speed = np.linalg.norm(np.gradient(wrist - chest, axis=0), axis=1) * fps
        found[f"{side}_hand_speed"] = float(np.quantile(speed, 0.98))
    for kind in ("over_head", "over_shoulder", "reach", "hand_speed"):
        pair = [found[f"{side}_{kind}"] for side in wrists]
        found[f"any_{kind}"], found[f"both_{kind}"] = max(pair), min(pair)
    found["any_to_head"] = min(found["left_to_head"], found["right_to_head"])
    found["palms"] = float(np.linalg.norm(wrists["left"] - wrists["right"], axis=1).min())
    return found


def _peaks(signal: Float[np.ndarray, "frames"], distance: float, prominence: float) -> int:
    """Peaks of a signal that stand out."""
    smooth = gaussian_filter1d(signal, 1.2, mode="nearest")
    return len(find_peaks(smooth, distance=max(1.0, distance), prominence=prominence)[0])


def _counts(p: Joints, fps: float) -> dict[str, float]:
    """Repetitions, each of one signal."""
    root, chest = p[:, 0, 1], p[:, JOINT["upperChest"]]
    lowest = p[:, [JOINT[f"{s}{b}"] for s in ("left", "right") for b in ("Foot", "Toes")], 1].min(1)
    ankles = {s: p[:, JOINT[f"{s}Foot"], 1] for s in ("left", "right")}
    left, right = (p[:, JOINT[f"{s}Hand"]] for s in ("left", "right"))
    nose = p[:, JOINT["head"]] - p[:, JOINT["neck"]]
    yaw = facing(p)
    across = np.stack([np.cos(yaw), np.zeros_like(yaw), -np.sin(yaw)], axis=-1)
    ahead = np.stack([np.sin(yaw), np.zeros_like(yaw), np.cos(yaw)], axis=-1)
    up = p[:, JOINT["neck"]] - p[:, 0]
    table = {
        "jumps": _peaks(np.minimum(lowest, 0.5), 0.2 * fps, 0.045),
        "dips": _peaks(-root, 0.4 * fps, 0.15),
        "bows": _peaks((up * ahead).sum(1), 0.5 * fps, 0.12),
        "claps": _peaks(-np.linalg.norm(left - right, axis=1), 0.12 * fps, 0.05),
        "kicks": _peaks(np.abs(ankles["left"] - ankles["right"]), 0.4 * fps, 0.25),
        "nods": _peaks((nose * ahead).sum(1), 0.2 * fps, 0.0035),
        "steps": _peaks(ankles["left"], 0.2 * fps, 0.03) + _peaks(ankles["right"], 0.2 * fps, 0.03),
    }
    for side, hand in (("left", left), ("right", right)):
        table[f"{side}_swings"] = _swings(p, side, across, fps)
        table[f"{side}_thrusts"] = _peaks(((hand - chest) * ahead).sum(1), 0.3 * fps, 0.18)
    found = {name: float(value) for name, value in table.items()}
    for kind in ("swings", "thrusts"):
        found[f"any_{kind}"] = max(found[f"left_{kind}"], found[f"right_{kind}"])
    return found


def _swings(p: Joints, side: str, across: Float[np.ndarray, "frames 3"], fps: float) -> int:
    """How often a raised forearm swings from side to side."""
    hand, elbow = p[:, JOINT[f"{side}Hand"]], p[:, JOINT[f"{side}LowerArm"]]
    up = hand[:, 1] > elbow[:, 1] + 0.1
    if not up.any():
        return 0
    sideways = ((hand - elbow) * across).sum(1)[up]
    return _peaks(sideways, 0.15 * fps, 0.04)


_MORE = _INF
_VERBS: dict[str, dict[str, tuple[float, float]]] = {
    "walk": {"way_m": (0.6, _MORE), "speed": (0.35, 2.1), "root_median": (0.72, 0.98)},
    "back_away": {"way_m": (0.4, _MORE), "root_median": (0.72, 0.98)},
    "run": {"way_m": (1.5, _MORE), "speed": (1.9, _MORE)},
    "jog": {"way_m": (1.0, _MORE), "speed": (1.2, 4.5)},
    "sneak": {"way_m": (0.4, _MORE), "speed": (0.2, 1.3), "root_median": (0.55, 0.84)},
    "march": {"way_m": (0.5, _MORE), "speed": (0.3, 1.8), "foot_high": (0.2, _MORE)},
    "limp": {"way_m": (0.3, _MORE), "speed": (0.15, 1.2)},
    "stagger": {"way_m": (0.3, _MORE), "speed": (0.15, 1.6)},
    "zombie_walk": {"way_m": (0.3, _MORE), "both_reach": (0.3, _MORE)},
    "crawl": {"way_m": (0.2, _MORE), "root_median": (0.0, 0.6), "upright_median": (-0.6, 0.7)},
    "jump": {"jumps": (1.0, _MORE), "root_high": (0.98, _MORE)},
    "hop": {"jumps": (1.0, _MORE), "foot_difference": (0.08, _MORE)},
    "skip": {"jumps": (2.0, _MORE), "foot_difference": (0.08, _MORE), "way_m": (0.6, _MORE)},
    "sit": {"root_end": (0.3, 0.68), "upright_low": (0.5, 1.0)},
    "sit_on_floor": {"root_end": (0.0, 0.35), "upright_low": (0.4, 1.0)},
    "crouch": {"root_low": (0.2, 0.62)},
    "kneel": {"knee_low": (0.0, 0.16), "root_end": (0.3, 0.68)},
    "lie_down": {"root_end": (0.0, 0.3), "head_end": (0.0, 0.45)},
    "fall": {"root_low": (0.0, 0.4), "head_low": (0.0, 0.6)},
    "squat": {"dips": (1.0, _MORE), "root_low": (0.2, 0.66)},
    "bow": {"bows": (1.0, _MORE), "upright_low": (-1.0, 0.82), "root_low": (0.7, 0.95)},
    "kick": {"kicks": (1.0, _MORE), "foot_high": (0.35, _MORE)},
    "punch": {
        "any_thrusts": (1.0, _MORE),
        "any_reach": (0.38, _MORE),
        "any_hand_speed": (1.3, _MORE),
    },
    "throw": {"any_over_shoulder": (0.0, _MORE), "any_hand_speed": (2.2, _MORE)},
    "wave": {"any_swings": (2.0, _MORE), "any_over_shoulder": (0.08, _MORE)},
    "raise_arms": {"both_over_head": (0.08, _MORE)},
    "raise_hand": {"any_over_head": (0.08, _MORE)},
    "clap": {"claps": (2.0, _MORE), "palms": (0.0, 0.3)},
    "point": {"any_reach": (0.38, _MORE), "any_over_shoulder": (-0.3, 0.4)},
    "backflip": {"root_high": (0.98, _MORE), "upright_low": (-1.0, -0.3)},
    "cartwheel": {"upright_low": (-1.0, -0.3), "root_high": (0.0, 1.2)},
    "roll": {"upright_low": (-1.0, 0.0), "root_low": (0.0, 0.5)},
    "nod": {"nods": (1.0, _MORE)},
    "shake_head": {},
    "look_around": {},
    "salute": {"any_to_head": (0.0, 0.3)},
    "spin": {"turned_abs_deg": (250.0, _MORE)},
    "turn": {"turned_abs_deg": (40.0, _MORE)},
    "dance": {"any_hand_speed": (0.8, _MORE), "steps": (2.0, _MORE)},
    "drink": {"any_to_head": (0.0, 0.3)},
    "stretch": {"any_over_head": (0.1, _MORE)},
    "sidestep": {"way_m": (0.2, _MORE)},
    "step": {"way_m": (0.15, _MORE)},
    "push_up": {"root_median": (0.0, 0.6), "root_low": (0.0, 0.33), "upright_median": (-0.6, 0.7)},
    "sit_up": {"root_median": (0.0, 0.35), "upright_low": (-0.6, 0.5)},
}
_COUNTED = {
    "jump": "jumps", "hop": "jumps", "squat": "dips", "bow": "bows", "kick": "kicks",
    "clap": "claps", "nod": "nods",
}  # fmt: skip
_GOING = (
    "walk",
    "back_away",
    "run",
    "jog",
    "sneak",
    "march",
    "limp",
    "stagger",
    "crawl",
    "step",
    "sidestep",
)


def checkable(verb: str) -> bool:
    """Whether there is something to measure about a verb."""
    return bool(_VERBS.get(verb))


def wanted(action: Action) -> dict[str, tuple[float, float]]:
    """Ranges that the figures of an action lie in."""
    table = dict(_VERBS.get(action.verb, {}))
    if action.count and action.verb in _COUNTED:
        table[_COUNTED[action.verb]] = (float(action.count), float(action.count))
    if action.count and action.verb == "wave":
        table["any_swings"] = (action.count - 1.0, action.count + 1.0)
    if action.verb in _GOING:
        table |= _way(action)
    if action.verb in ("turn", "spin") and action.turn_deg:
        table["turned_deg"] = (action.turn_deg - 20.0, action.turn_deg + 20.0)
    if verbs()[action.verb].sided and action.side in ("left", "right"):
        table |= _sided(action)
    return table


def _sided(action: Action) -> dict[str, tuple[float, float]]:
    """The side that was asked for does it."""
    table = dict(_VERBS.get(action.verb, {}))
    named = {name: span for name, span in table.items() if name.startswith("any_")}
    sided = {name.replace("any", action.side, 1): span for name, span in named.items()}
    if action.verb == "kick":
        sided[f"{action.side}_foot_lead"] = (0.25, _INF)
    return sided


def _way(action: Action) -> dict[str, tuple[float, float]]:
    """Direction and length of travel."""
    table: dict[str, tuple[float, float]] = {}
    if action.metres:
        table["way_m"] = (0.75 * action.metres, 1.3 * action.metres + 0.3)
    direction = action.direction
    if direction.startswith("circle") or direction == "around":
        table |= {"turned_abs_deg": (270.0, _INF), "travel_m": (0.0, 1.2)}
    elif direction == "zigzag":
        table["bends"] = (1.0, _INF)
    elif direction == "backward":
        table |= {"ahead_m": (-_INF, -0.2), "face_ahead": (-1.2, -0.6)}
    elif direction in ("left", "right"):
        table["left_m"] = (0.15, _INF) if direction == "left" else (-_INF, -0.15)
    elif direction == "forward":
        table |= {"ahead_m": (0.2, _INF), "face_ahead": (0.6, 1.2)}
    return table


def judged(action: Action, joints: Joints, fps: float) -> Verdict:
    """Compare a motion with what was asked.

    Args:
        action: What was asked for.
        joints: Where the joints are, metres.
        fps: Frames a second.
    """
    found, asked = figures(joints, fps), wanted(action)
    return Verdict(asked, {name: found[name] for name in asked})


def done_share(order: Order, performance: Performance) -> float:
    """Share of an order's measurable actions that are done in their own spans; 1 where none is."""
    passed: list[bool] = []
    for span, joints in spans_of(order, performance):
        known = [action for action in span.actions if checkable(action.verb)]
        passed += [judged(action, joints, performance.fps).passed for action in known]
    return float(np.mean(passed)) if passed else 1.0


def spans_of(order: Order, performance: Performance) -> list[tuple[Span, Joints]]:
    """Each span that is not over before it begins, with a motion's joints in it."""
    found: list[tuple[Span, np.ndarray]] = []
    joints = joints_of(performance)
    for span in order.spans:
        first, last = (round(t * performance.fps) for t in (span.start, span.stop))
        last = min(last, len(performance.pelvis) - 1)
        if last - first >= 2:
            found.append((span, joints[first : last + 1]))
    return found
