# SPDX-License-Identifier: Apache-2.0
"""One action to one take: the seven ways in which a verb is performed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gen3d.errors import Gen3dError
from motion.catalogue import entry, play
from motion.heading import headings
from motion.language import gait, leap, moves, path, steps
from motion.language.body import chained, mirrored, posed, rest_curves
from motion.language.bridge import Take, begun, joined
from motion.language.layers import both_arms, mannered
from motion.language.script import Action
from motion.language.timing import spread
from motion.language.verbs import Manner, Verb, manners, verbs
from motion.loop import straightened
from motion.performance import FPS, Performance, at_rate

_LOW = ("back", "front")
_ZIG = np.radians(38.0)
_STEPPING = 0.46
"""Seconds from one footfall to the next on the spot."""


@dataclass(frozen=True)
class Taken:
    """A take and the action that it shows."""

    take: Take
    action: Action


@dataclass(frozen=True)
class _Cast:
    """An action with everything settled."""

    action: Action
    verb: Verb
    manners: tuple[Manner, ...]
    rate: float
    size: float
    seconds: float
    fixed: bool
    """The action says how long or how far, so it is not bent to the seconds."""


def _settled(action: Action, seconds: float, rng: np.random.Generator) -> _Cast:
    verb = verbs()[action.verb]
    own = tuple(manners()[name] for name in (*verb.manners, *action.manners))
    rate = action.rate * float(np.prod([one.rate for one in own])) * spread(rng, 0.07)
    size = action.size * float(np.prod([one.size for one in own])) * spread(rng, 0.06)
    fixed = bool(action.count or action.steps or action.metres)
    return _Cast(action, verb, own, rate, size, seconds, fixed)


def _side(cast: _Cast, rng: np.random.Generator) -> str:
    """Which side does it: the one asked for, or (mostly) the usual one."""
    if cast.action.side:
        return cast.action.side
    arms = [part for part in cast.action.parts if part.endswith("arm")]
    if arms and _armed(cast.verb.parts):
        return "both" if len(arms) == 2 else arms[0].removesuffix(" arm")
    if cast.action.direction in ("left", "right"):
        return cast.action.direction
    other = "left" if cast.verb.sided == "right" else "right"
    return cast.verb.sided if rng.uniform() < 0.75 else other


def act(
    action: Action,
    seconds: float,
    rng: np.random.Generator,
    held: Performance | None = None,
) -> Taken:
    """Perform one action.

    Args:
        action: What to do.
        seconds: About how long.
        rng: Decides what is open.
        held: What came before, if the action only keeps its last pose.
    """
    cast = _settled(action, seconds, rng)
    if held is not None:
        return Taken(_keeping(held, cast), action)
    take = _KINDS[cast.verb.kind](cast, rng)
    others = tuple(m for m in cast.manners if not (m.gait and cast.verb.kind == "gait"))
    return Taken(replace(take, performance=mannered(take.performance, others, rng)), action)


def gesture(
    action: Action, seconds: float, rng: np.random.Generator
) -> tuple[Performance, tuple[str, ...]]:
    """An action for the upper body only, and the parts that do it."""
    cast = _settled(action, seconds, rng)
    side = _side(cast, rng) if cast.verb.sided else ""
    performance = _KINDS[cast.verb.kind](cast, rng).performance if not cast.verb.move else None
    if performance is None:
        performance = _moved(cast, rng, side)
    parts = _parts(cast, side)
    chosen = tuple(part for part in parts if part != "legs")
    return mannered(performance, cast.manners, rng, chosen), chosen


def _parts(cast: _Cast, side: str) -> tuple[str, ...]:
    if cast.action.parts:
        return cast.action.parts
    parts = cast.verb.parts
    if not cast.verb.sided or side == cast.verb.sided:
        return parts
    if side == "both":
        return tuple({*parts, "left arm", "right arm"} if _armed(parts) else parts)
    swap = {"left arm": "right arm", "right arm": "left arm"}
    return tuple(swap.get(part, part) for part in parts)


def _armed(parts: tuple[str, ...]) -> bool:
    return any(part.endswith("arm") for part in parts)


def _moved(cast: _Cast, rng: np.random.Generator, side: str) -> Performance:
    """Key poses, as often as asked or as the time allows."""
    move = _poses(cast.verb)
    rate, count = _tempo(cast, move)
    pose = moves.drawn(move, count, rate, cast.size)
    pose = moves.alive(pose, move.alive, rng)
    if side == "both" and cast.verb.sided:
        pose = both_arms(pose, cast.verb.sided)
    performance = replace(posed(cast.verb.name, pose), palms_meet=move.palms_meet)
    turned = side in ("left", "right") and cast.verb.sided and side != cast.verb.sided
    return mirrored(performance) if turned else performance


def _poses(verb: Verb) -> moves.Move:
    if verb.move is None:
        raise Gen3dError(f"The verb {verb.name!r} has no key poses.", "Reinstall gen3d.")
    return verb.move


def _tempo(cast: _Cast, move: moves.Move) -> tuple[float, int]:
    """Speed and number of times for the seconds there are."""
    rate = cast.rate
    count = cast.action.count or move.count_for(cast.seconds * rate)
    natural = move.seconds(count) / rate
    if natural > cast.seconds or not cast.action.count:
        rate *= float(np.clip(natural / max(cast.seconds, 0.3), 0.85, 1.7))
    return rate, count


def _move(cast: _Cast, rng: np.random.Generator) -> Take:
    side = _side(cast, rng) if cast.verb.sided else ""
    performance = _moved(cast, rng, side)
    planted = cast.verb.posture != "air"
    return Take(_padded(performance, cast.seconds) if planted else performance, planted=planted)


def _padded(performance: Performance, seconds: float) -> Performance:
    """Hold the last pose for at most half a second to fill the time."""
    missing = round(seconds * FPS) - len(performance.pelvis)
    extra = int(np.clip(missing, 0, 15))
    keep = np.minimum(np.arange(len(performance.pelvis) + extra), len(performance.pelvis) - 1)
    return replace(
        performance,
        rotations=performance.rotations[keep],
        pelvis=performance.pelvis[keep],
        fingers=performance.fingers[keep],
    )


def _posture(cast: _Cast, rng: np.random.Generator) -> Take:
    """A pose that is kept alive for the time."""
    move = _poses(cast.verb)
    length = max(0.6, cast.seconds)
    pose = moves.drawn(move, max(1, int(np.ceil(length / move.timeline.seconds))), 1.0, 1.0)
    pose = {name: curve[: round(length * FPS) + 1] for name, curve in pose.items()}
    performance = posed(cast.verb.name, moves.alive(pose, move.alive, rng))
    side = _side(cast, rng) if cast.verb.sided else ""
    if side and side != cast.verb.sided:
        performance = mirrored(performance)
    return Take(performance, planted=cast.verb.posture != "air")


def _stand(cast: _Cast, rng: np.random.Generator) -> Take:
    frames = round(max(0.5, cast.seconds) * FPS) + 1
    pose = moves.alive(rest_curves(frames), 1.2, rng)
    gaze = moves.drift(frames, 1.0, rng)
    pose["head.turn"] = pose["head.turn"] + 5.0 * gaze
    return Take(posed("stand", pose))


def _keeping(held: Performance, cast: _Cast) -> Take:
    """The last pose of what came before, kept."""
    last = len(held.pelvis) - 1
    frames = round(max(0.5, cast.seconds) * FPS)
    keep = np.full(frames, last)
    still = replace(
        held, rotations=held.rotations[keep], pelvis=held.pelvis[keep], fingers=held.fingers[keep]
    )
    return Take(still, planted=False)


def _clip(cast: _Cast, rng: np.random.Generator) -> Take:
    """A captured motion, as often as asked."""
    source = straightened(replace(play(entry(cast.verb.source), 0), loop=False))
    start = source.pelvis[0] * [1.0, 0.0, 1.0]
    once = at_rate(replace(source, pelvis=source.pelvis - start, loop=False), cast.rate)
    if rng.uniform() < 0.5 and cast.verb.posture == "stand" and "as_is" not in cast.verb.numbers:
        once = mirrored(once)
    standing = cast.verb.posture == "stand"
    wanted = cast.action.count or (max(1, round(cast.seconds / once.seconds)) if standing else 1)
    take = _taken(once, standing=standing)
    chain = begun(take)
    for _ in range(min(wanted, 40) - 1):
        chain, _ = joined(chain, take)
    whole = _taken(chain.performance, standing=standing)
    if not standing:
        keep = round(cast.seconds * FPS) - len(whole.performance.pelvis)
        extra = _keeping(whole.performance, replace(cast, seconds=max(keep, 15) / FPS))
        whole = replace(whole, performance=chained([whole.performance, extra.performance]))
    return whole


def _taken(performance: Performance, *, standing: bool) -> Take:
    yaw = headings(performance.rotations[:, 0], 2.0)
    end = performance.pelvis[-1]
    return Take(performance, float(yaw[-1] - yaw[0]), (float(end[0]), float(end[2])), standing)


def _turn(cast: _Cast, rng: np.random.Generator) -> Take:
    degrees = cast.action.turn_deg or cast.verb.numbers.get("default", 180.0) * max(
        1, cast.action.count
    )
    if not cast.action.turn_deg:
        left = cast.action.direction != "right" and (
            cast.action.direction == "left" or rng.uniform() < 0.5
        )
        if cast.action.direction in ("left", "right") and "default" not in cast.verb.numbers:
            degrees = 90.0
        degrees = degrees if left else -degrees
    pace = cast.rate * cast.verb.numbers.get("rate", 1.0)
    plan = steps.turning(np.radians(degrees), _STEPPING / pace)
    return Take(steps.stepped(plan), float(np.radians(degrees)))


_WAYS = {
    "left": (1.0, 0.0),
    "right": (-1.0, 0.0),
    "forward": (0.0, 1.0),
    "backward": (0.0, -1.0),
}


def _steps(cast: _Cast, rng: np.random.Generator) -> Take:
    direction = cast.action.direction if cast.action.direction in _WAYS else ""
    if not direction:
        aside = "aside" in cast.verb.numbers
        options = ("left", "right") if aside else ("forward",)
        direction = cast.action.side if cast.action.side in options else str(rng.choice(options))
    pace = _STEPPING / cast.rate
    length = cast.verb.numbers["step"] * cast.size * (0.75 if direction == "backward" else 1.0)
    each = 2.0 * pace if direction in ("left", "right") else pace
    count = cast.action.steps or cast.action.count
    if not count and cast.action.metres:
        count = max(1, round(cast.action.metres / length))
    count = count or (max(1, round(cast.seconds / each)) if cast.seconds > 2.0 * each else 1)
    if cast.action.metres:
        length = cast.action.metres / count
    lead = direction if direction in ("left", "right") else str(rng.choice(["left", "right"]))
    x, z = _WAYS[direction]
    plan = steps.going((x, z), min(length, 0.75), min(count, 60), pace, lead)
    far = min(length, 0.75) * min(count, 60)
    return Take(steps.stepped(plan), 0.0, (x * far, z * far))


def _leap(cast: _Cast, rng: np.random.Generator) -> Take:
    numbers, size = cast.verb.numbers, cast.size
    one = ""
    alternate = "alternate" in numbers
    if "one_leg" in numbers or alternate:
        one = cast.action.side if cast.action.side in _WAYS else str(rng.choice(["left", "right"]))
    way = _WAYS.get(cast.action.direction, (0.0, 0.0))
    far = numbers.get("ahead", 0.0) or (0.32 if one else 0.6)
    if "ahead" in numbers and not cast.action.direction:
        way = (0.0, 1.0)
    height = float(np.clip(numbers["height"] * size, 0.05, 0.7))
    count = cast.action.count or cast.action.steps
    if cast.action.metres:
        count = count or max(1, round(cast.action.metres / far))
        far = cast.action.metres / count
    each = 0.75 if alternate else 1.05 if one else 1.3
    count = count or int(numbers.get("count", 0.0)) if cast.seconds <= 2.6 else count
    count = count or (max(1, round((cast.seconds - 0.5) / each)) if cast.seconds > 2.6 else 1)
    turn = np.radians(cast.action.turn_deg) / count
    far = min(far * (0.75 if cast.action.direction in ("backward", "left", "right") else 1.0), 2.0)
    plan = leap.Leap(
        count=min(count, 60),
        height=height,
        shift=(way[0] * far, way[1] * far),
        turn=float(turn),
        one_leg=one,
        alternate=alternate,
        deep=0.55 if one else float(np.clip(size, 0.7, 1.3)),
    )
    x, z, yaw = leap.end_of(plan)
    return Take(leap.leapt(plan), yaw, (x, z))


def _gait(cast: _Cast, rng: np.random.Generator) -> Take:
    """Captured steps along the way that the action describes."""
    action = cast.action
    source = next((m.gait for m in cast.manners if m.gait), "") or cast.verb.source
    if cast.verb.source != "clip:walk":
        source = cast.verb.source
    if action.direction == "backward" and source == "clip:walk":
        source = "program:walk_backwards"
    rate = cast.rate / _own_rates(cast) if source != cast.verb.source else cast.rate
    numbers = cast.verb.numbers
    rate = float(np.clip(rate * numbers.get("rate", 1.0), 0.45, 1.9))
    mirror = bool(rng.uniform() < 0.5)
    cycle = gait.cycle(source, rate, numbers.get("stride", 1.0), mirror=mirror)
    count = _steps_for(cast, cycle)
    run = gait.steps_of(cycle, int(rng.integers(0, len(cycle.falls))), count)
    factor = 1.0
    if action.metres:
        factor = action.metres / max(0.2, abs(float(run.pelvis[-1, 2])))
    elif cast.size != 1.0:
        factor = float(np.clip(cast.size, 0.8, 1.2))
    if factor != 1.0:
        run = gait.stretched(run, float(np.clip(factor, 0.55, 1.45)))
    metres = abs(float(run.pelvis[-1, 2]))
    low = "low" in cast.verb.numbers
    halt = 1.0 if low else cast.verb.numbers.get("halt", 0.72)
    route = _route(cast, metres, cycle.step, rng)
    bent, heading = gait.along(run, route, (halt, halt))
    end = bent.pelvis[-1]
    return Take(bent, heading, (float(end[0]), float(end[2])), planted=not low)


def _own_rates(cast: _Cast) -> float:
    return float(np.prod([m.rate for m in cast.manners if m.gait])) or 1.0


def _steps_for(cast: _Cast, cycle: gait.Cycle) -> int:
    action = cast.action
    if action.steps:
        return max(1, min(action.steps, 200) - 1)
    if action.metres:
        return max(1, round(min(action.metres, 150.0) / cycle.step))
    return max(2, round(cast.seconds / cycle.step_seconds))


def _route(cast: _Cast, metres: float, step: float, rng: np.random.Generator) -> np.ndarray:
    """The way over the ground, as headings; long steps turn in wide bends."""
    action = cast.action
    side = -1.0 if "right" in action.direction else 1.0
    if action.direction == "circle" and not action.side:
        side = float(rng.choice([-1.0, 1.0]))
    elif action.side in ("left", "right"):
        side = 1.0 if action.side == "left" else -1.0
    if action.direction.startswith("circle") or action.direction == "around":
        return path.circle(metres, side * max(1, action.count))
    if action.direction == "zigzag":
        return side * path.zigzag(metres, max(2.4 * step, float(rng.uniform(1.1, 1.5))), _ZIG)
    if action.turn_deg:
        return path.bend(metres, np.radians(action.turn_deg), over=max(2.2 * step, 0.7 * metres))
    if action.direction in ("left", "right"):
        return path.bend(
            metres, side * np.radians(90.0), over=max(2.2 * step, min(1.2, 0.5 * metres))
        )
    return path.straight(metres) + path.bend(metres, float(rng.normal(0.0, 0.05)), over=metres)


_KINDS: dict[str, Callable[[_Cast, np.random.Generator], Take]] = {
    "gait": _gait,
    "steps": _steps,
    "turn": _turn,
    "leap": _leap,
    "move": _move,
    "posture": _posture,
    "clip": _clip,
    "stand": _stand,
}
