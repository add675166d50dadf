# SPDX-License-Identifier: Apache-2.0
"""Words to a clip on a character: take the frames from somewhere, finish them on the body.

:mod:`motion.takes` decides where frames come from; everything after it is the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.spec import MotionSpec, MoveSpec
from gen3d.types import Clip, Skeleton
from motion.certificate import certify
from motion.cycle import cycle_of
from motion.finish import Finished, finish
from motion.held import laid
from motion.idle import idle_face, with_live_fingers
from motion.library import Encoder
from motion.loop import closed, repeated, straightened
from motion.performance import Performance, at_rate
from motion.retarget import scale_of
from motion.takes import Inquiry, Take, take

_HURRY = 1.5
"""Most by which a cycle is played faster or slower to meet a length."""


@dataclass(frozen=True)
class MotionResult:
    """A clip, and where it comes from."""

    clip: Clip
    take: Take
    """The frames as they were before they had a body."""
    measures: dict[str, float]
    """See :mod:`motion.measures`."""
    certificate: dict[str, object]
    """See :mod:`motion.certificate`."""

    def facts(self) -> dict[str, object]:
        """What the manifest says of it."""
        made = self.take
        return {
            "source": made.source,
            "exact": made.exact,
            "similarity": round(made.similarity, 3),
            "licence": made.licence,
            "attribution": made.attribution,
            "notes": list(made.notes),
            "measures": dict(self.measures),
            "certificate": dict(self.certificate),
        }


def generate(
    spec: MotionSpec,
    skeleton: Skeleton,
    encoder: Encoder,
    seed: int,
    moves: MoveSpec | None = None,
    on_step: OnStep = silent,
    *,
    arm_clearance: float = 0.0,
) -> MotionResult:
    """Make the motion that the words ask for, on a body.

    Args:
        spec: Words, in place or travelling, loop or not, how long.
        skeleton: The character's.
        encoder: Sentence encoder with unit rows.
        seed: Varies what the words leave open; the same seed gives the same clip.
        moves: Where the frames come from, and by what means.
        on_step: Told after each call of a model.
        arm_clearance: Angle at which hanging arms pass the body, radians
            (:func:`motion.retarget.arm_clearance`).

    Raises:
        Gen3dError: What is asked for contradicts itself or cannot be made.
    """
    moves = moves or MoveSpec()
    if moves.path and (spec.loop or spec.in_place):
        raise Gen3dError(
            "A path is walked once: it can be no loop and not be walked on the spot.",
            "Leave out --path, or --loop and --in-place.",
        )
    inquiry = Inquiry(spec, _on_reference(moves, skeleton), encoder, seed, on_step)
    if spec.loop and inquiry.cyclic:
        # Its best cycle, of any length, is repeated until it lasts as long as was asked.
        inquiry = replace(inquiry, spec=spec.model_copy(update={"seconds": None}))
    made = take(inquiry)
    done = finished(made, spec, skeleton, seed, arm_clearance)
    if moves.path:
        done = replace(done, clip=laid(done.clip, moves.path))
    certificate = certify(done.clip, skeleton, done.contacts).to_json()
    return MotionResult(done.clip, made, done.measures, certificate)


def _on_reference(moves: MoveSpec, skeleton: Skeleton) -> MoveSpec:
    """A path as long for the body of a performance as it is for this one."""
    size = scale_of(skeleton)
    path = [[number / size for number in point] for point in moves.path]
    return moves.model_copy(update={"path": path})


def finished(
    made: Take, spec: MotionSpec, skeleton: Skeleton, seed: int, arm_clearance: float = 0.0
) -> Finished:
    """A take on a body, its hands and face alive."""
    performance, loop = made.performance, spec.loop
    if loop is None and made.cyclic and spec.seconds is None:
        loop = True
    if loop and made.cyclic and not performance.loop:
        # Without a stretch that repeats, the end is led back to the beginning.
        performance = cycle_of(performance) or performance
    if loop and performance.loop and spec.seconds is not None:
        performance = _lasting(performance, spec.seconds)
    done = finish(
        with_live_fingers(performance, seed),
        skeleton,
        in_place=spec.in_place,
        loop=loop,
        arm_clearance=arm_clearance,
    )
    return replace(done, clip=with_face(done.clip, seed))


def _lasting(cycle: Performance, seconds: float) -> Performance:
    """So many cycles in a row as come nearest to a length, played so that they meet it."""
    once = closed(straightened(cycle))
    count = max(1, round(seconds / once.seconds))
    rate = float(np.clip(count * once.seconds / seconds, 1.0 / _HURRY, _HURRY))
    return at_rate(repeated(once, count), rate)


def with_face(clip: Clip, seed: int) -> Clip:
    """A clip whose face blinks, looks about and breathes; a cycle's closes with it.

    Args:
        clip: Any motion.
        seed: The same seed gives the same face.
    """
    tracks = idle_face(len(clip.rotations), seed, fps=clip.fps, loop=clip.loop)
    curves = {name: curve.astype(np.float32) for name, curve in tracks.weights.items()}
    return replace(clip, face=curves)
