# SPDX-License-Identifier: Apache-2.0
"""How large a file's unit is and which of its axes points up, told by the figure itself.

Motion files rarely say either. A standing person measures about 1.6 m between the joints that are
furthest apart, so of the units in use (metre, inch, the 45/2.54 units per metre of the CMU data as
converted by cgspeed, centimetre, millimetre) the one is taken that makes the figure nearest to
that; neighbours differ at least by the factor 2.2 (figures under 1.2 m may be taken for
twice as large ones). Up is where heads are seen from feet. Callers
who know better say so.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.rig import Recording, walked

Up = Literal["x", "y", "z"]
"""The axis of the file that points away from the ground."""

UNITS: dict[str, float] = {
    "m": 1.0,
    "in": 0.0254,
    "cmu": 2.54 / 45.0,
    "cm": 0.01,
    "mm": 0.001,
}
"""Metres in a unit. ``cmu``: 45 units are 2.54 m (facts of the cgspeed conversion)."""

_STATURE = 1.6
"""Largest distance between two joints of a standing adult, metres."""
_PERSON = (0.5, 3.2)
"""What a figure may measure for its unit to be believed, metres."""
_SAMPLES = 48
_HEAD = re.compile(r"head|kopf|neck|hals|skull|cabeza|tete", re.IGNORECASE)
_FOOT = re.compile(r"foot|feet|toe|ankle|fu(ss|ß|_)|zeh", re.IGNORECASE)
_STANDS = 0.6
"""Share of the head's direction along one axis from which that axis is up."""

# Turns that take a file's up axis to +Y and keep it right-handed.
TO_Y: dict[str, np.ndarray] = {
    "x": np.array([np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)]),
    "y": np.array(transforms.IDENTITY),
    "z": np.array([np.sqrt(0.5), -np.sqrt(0.5), 0.0, 0.0]),
}


def extent(places: Float[np.ndarray, "frames joints 3"]) -> float:
    """How far a figure stretches: joint to joint at most, in the 80th percentile of its frames."""
    chosen = places[np.linspace(0, len(places) - 1, min(_SAMPLES, len(places))).astype(int)]
    apart = np.linalg.norm(chosen[:, :, None] - chosen[:, None], axis=-1)
    return float(np.percentile(apart.max(axis=(1, 2)), 80.0))


def unit_of(size: float, source: str) -> str:
    """Name of the unit in which a figure of a size (in file units) is nearest to a person's.

    Raises:
        Gen3dError: No unit makes it one.
    """
    if not (np.isfinite(size) and size > 0.0):
        raise Gen3dError(f"{source} holds no figure: all its joints are in one place.", _HINT)
    error = {name: abs(np.log(size * metres / _STATURE)) for name, metres in UNITS.items()}
    best = min(error, key=lambda name: error[name])
    if not _PERSON[0] < size * UNITS[best] < _PERSON[1]:
        raise Gen3dError(
            f"{source} holds a figure of {size:.3g} units, which is a person in no unit.", _HINT
        )
    return best


_HINT = f"Say its unit: one of {', '.join(UNITS)}, or metres in a unit as a number."


def metres_of(unit: str | float | None, size: float, source: str) -> float:
    """Metres in a unit that is named, given as a number, or told by the figure's size.

    Raises:
        Gen3dError: An unknown name, or a number that is no length.
    """
    if unit is None:
        return UNITS[unit_of(size, source)]
    metres = UNITS.get(unit) if isinstance(unit, str) else float(unit)
    if metres is None or not (np.isfinite(metres) and metres > 0.0):
        raise Gen3dError(f"{unit!r} is no unit of length.", _HINT)
    return metres


def up_of(
    names: tuple[str, ...],
    rest: Float[np.ndarray, "joints 3"],
    places: Float[np.ndarray, "frames joints 3"],
) -> Up:
    """Which axis is up: where heads are from feet in motion, else at rest, else +Y.

    Args:
        names: Of the joints.
        rest: World places at rest.
        places: World places in motion.
    """
    heads = [j for j, name in enumerate(names) if _HEAD.search(name)]
    feet = [j for j, name in enumerate(names) if _FOOT.search(name)]
    if not heads or not feet:
        return "y"
    for seen in (places, rest[None]):
        risen = transforms.normalize(seen[:, heads].mean(axis=1) - seen[:, feet].mean(axis=1))
        mean = np.abs(risen.mean(axis=0))
        axis: Up = ("x", "y", "z")[int(np.argmax(mean))]
        if mean.max() > _STANDS and axis != "x":
            return axis
    return "y"


def in_house(recording: Recording, metres: float, up: Up) -> Recording:
    """The same in metres with +Y up: lengths are scaled and roots turned, joints turn as before."""
    turn, roots = TO_Y[up], [j for j, p in enumerate(recording.rig.parents) if p < 0]
    rig = recording.rig
    turns, offsets = rig.turns.astype(np.float64), rig.offsets.astype(np.float64) * metres
    rotations = recording.rotations.astype(np.float64)
    translations = recording.translations.astype(np.float64) * metres
    for root in roots:
        turns[root] = transforms.multiply(turn, turns[root])
        offsets[root] = transforms.rotate(turn, offsets[root])
        rotations[:, root] = transforms.multiply(turn[None], rotations[:, root])
        translations[:, root] = transforms.rotate(turn[None], translations[:, root])
    return replace(
        recording,
        rig=replace(rig, turns=turns, offsets=offsets),
        rotations=rotations,
        translations=translations,
    )


def judged(
    recording: Recording,
    *,
    unit: str | float | None = None,
    up: Up | None = None,
    tips: Float[np.ndarray, "joints 3"] | None = None,
) -> Recording:
    """Bring a recording in file units and axes to metres and +Y up.

    Args:
        recording: As the file has it.
        unit: Name or metres of the file's unit; None to judge by the figure.
        up: The file's up axis; None to judge by the figure.
        tips: Ends of childless bones in their joints' frames, file units, for the size.

    Raises:
        Gen3dError: The unit cannot be told.
    """
    chosen = np.linspace(0, len(recording.rotations) - 1, _SAMPLES).astype(int)
    turned, places = walked(
        recording.rig.parents, recording.rotations[chosen], recording.translations[chosen]
    )
    _, rest = recording.rig.world()
    if tips is not None:
        ends = places + transforms.rotate(turned, np.broadcast_to(tips, places.shape))
        sized = np.concatenate([places, ends], axis=1)
    else:
        sized = places
    metres = metres_of(unit, extent(sized), recording.name)
    return in_house(recording, metres, up or up_of(recording.rig.names, rest, places))
