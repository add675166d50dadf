# SPDX-License-Identifier: Apache-2.0
"""What a thing is: a family, its knobs in [0, 1], and a finish for each slot of its parts.

A :class:`ThingSpec` is a short, editable description (plain numbers and names) and builds the same
solids every time. Built things live in the *unit frame*: the middle of the bounding box is the
origin, the farthest vertex is :data:`REACH` away, +Y is up and +Z is the front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int32

from gen3d.foundry.solids import Solid, joined

REACH = 0.9
"""Distance of the farthest vertex from the origin in the unit frame."""

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Finish:
    """How the surface of a slot looks."""

    material: str
    """A name of :data:`gen3d.foundry.finish.MATERIALS`."""
    colour: Rgb
    """Linear albedo (for metals: reflectance)."""
    pattern: str = "plain"
    """A name of :data:`gen3d.foundry.finish.PATTERNS`."""
    second: Rgb = (0.5, 0.5, 0.5)
    """The pattern's other colour, linear."""


@dataclass(frozen=True)
class Knob:
    """One dimension of a family's form."""

    name: str
    low: str = ""
    """An adjective that fits the whole thing below about 0.2 ("squat"); empty: none."""
    high: str = ""
    """An adjective that fits above about 0.8 ("tall"); empty: none."""


@dataclass(frozen=True)
class Slot:
    """A set of pieces with one finish, and what people call it."""

    name: str
    """A noun that captions use: "rim", "handle", "wheels". The first slot is the body itself."""
    materials: tuple[str, ...]
    """What it may be made of."""
    colours: tuple[str, ...] = ()
    """Basic colour names it has in nature or by custom (a banana: yellow); empty: any."""


class Knobs:
    """The knobs of one thing, read by its builder.

    Args:
        values: Name -> value in [0, 1].
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = values

    def __call__(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """The knob's value between two bounds."""
        return low + (high - low) * self._values[name]

    def count(self, name: str, low: int, high: int) -> int:
        """The knob as a whole number from ``low`` to ``high``, both included."""
        return min(low + int(self._values[name] * (high - low + 1)), high)

    def has(self, name: str) -> bool:
        """The knob as a choice: True in the upper half."""
        return self._values[name] >= 0.5


Pieces = list[tuple[str, Solid]]
"""Slot name and solid; a slot may come several times or, for an optional part, not at all."""


@dataclass(frozen=True)
class Family:
    """A kind of thing."""

    name: str
    """Singular noun, lower case, as people say it: "vase", "toy dinosaur"."""
    build: Callable[[Knobs], Pieces]
    knobs: tuple[Knob, ...]
    slots: tuple[Slot, ...]
    height_m: tuple[float, float]
    """Real heights, metres, from small to large."""


@dataclass(frozen=True)
class ThingSpec:
    """A thing in numbers and names."""

    family: str
    knobs: tuple[float, ...]
    """One value in [0, 1] for each knob of the family, in its order."""
    finishes: tuple[Finish, ...]
    """One for each slot of the family, in its order."""


@dataclass(frozen=True)
class Thing:
    """A built thing in the unit frame, all pieces in one triangle soup."""

    spec: ThingSpec
    verts: Float64[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]
    slot: Int32[np.ndarray, "faces"]
    """Index of the finish of each face."""


def build(spec: ThingSpec, family: Family) -> Thing:
    """Build a thing.

    Args:
        spec: What to build; ``spec.family`` is ``family.name``.
        family: Its family (:data:`gen3d.foundry.families.FAMILIES`).
    """
    names = [knob.name for knob in family.knobs]
    pieces = family.build(Knobs(dict(zip(names, spec.knobs, strict=True))))
    slots = [slot.name for slot in family.slots]
    whole = joined(*(solid for _, solid in pieces))
    numbers = [np.full(len(solid.faces), slots.index(name), np.int32) for name, solid in pieces]
    return Thing(spec, _to_unit_frame(whole.verts), whole.faces, np.concatenate(numbers))


def _to_unit_frame(verts: Float64[np.ndarray, "verts 3"]) -> Float64[np.ndarray, "verts 3"]:
    centred = verts - (verts.min(axis=0) + verts.max(axis=0)) / 2.0
    return centred * (REACH / max(float(np.linalg.norm(centred, axis=1).max()), 1e-9))


def spec_from_json(value: Mapping[str, Any]) -> ThingSpec:
    """The inverse of ``dataclasses.asdict`` and JSON."""
    finishes = tuple(
        Finish(f["material"], tuple(f["colour"]), f["pattern"], tuple(f["second"]))
        for f in value["finishes"]
    )
    return ThingSpec(value["family"], tuple(value["knobs"]), finishes)
