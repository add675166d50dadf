# SPDX-License-Identifier: Apache-2.0
"""What the words fix in a thing: the looks of the parts they name, and the form they call for.

A pinned thing says exactly what was asked for and keeps everything else, so a search or a fit can
change what is open and cannot drift from what is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from gen3d.foundry.captions import present_slots
from gen3d.foundry.colours import apart, base_for, colour_of, seen
from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.sampling import finish_of
from gen3d.foundry.thing import Family, Finish, Slot, ThingSpec
from gen3d.guidance.wording import Canonical, Look

LOW, HIGH = 0.08, 0.92
"""Where a knob goes that an adjective names."""
_CUSTOMARY = 20.0
"""HyAB distance up to which a colour is one of those that are customary."""


def pinned(spec: ThingSpec, words: Canonical) -> ThingSpec:
    """The thing with everything that the words say about it.

    Args:
        spec: Of the family that the words mean, else it is returned as it is.
        words: A prompt, understood.
    """
    if spec.family != words.family:
        return spec
    family = families()[spec.family]
    finishes = [
        _pinned_finish(finish, slot, words.slots.get(slot.name))
        for finish, slot in zip(spec.finishes, family.slots, strict=True)
    ]
    # Who speaks of the whole has spoken of its parts.
    spoken = family.slots[0].name in words.slots
    whole = Finish(finishes[0].material, finishes[0].colour) if spoken else None
    finishes = [
        finish if slot.name in words.slots else _unspoken(finish, slot, whole)
        for finish, slot in zip(finishes, family.slots, strict=True)
    ]
    return replace(spec, knobs=_pinned_knobs(spec, family, words), finishes=tuple(finishes))


def held_slots(spec: ThingSpec, words: Canonical) -> tuple[int, ...]:
    """Which slots' looks the words decide, so that no guidance should repaint them."""
    if spec.family != words.family:
        return ()
    slots = families()[spec.family].slots
    # Who speaks of the whole has spoken of its parts; a cactus is green unless somebody objects.
    whole = slots[0].name in words.slots
    return tuple(i for i, s in enumerate(slots) if whole or s.name in words.slots or s.colours)


def undeniable(words: Canonical) -> list[str]:
    """Parts that the words deny and that the family cannot do without."""
    optional = switches(words.family) if words.family else {}
    return [slot for slot in words.absent if slot not in optional]


def _as_is_customary(finish: Finish, slot: Slot) -> Finish:
    """A part with customary colours in one of them: its own if it is one, else the first."""
    shown = seen(finish.colour, finish.material)
    if not slot.colours or any(apart(shown, colour_of(c)) < _CUSTOMARY for c in slot.colours):
        return finish
    return finish_of(finish.material, slot.colours[0])


def _unspoken(finish: Finish, slot: Slot, whole: Finish | None) -> Finish:
    """A part that nobody spoke of: as is customary, else like the whole where that was spoken of.

    Who says "a red car" expects black tyres and no pink bumpers.
    """
    if whole is None:
        return _as_is_customary(finish, slot)
    if slot.colours:
        return finish_of(finish.material, slot.colours[0])
    alike = _is_metal(whole.material) and any(_is_metal(m) for m in slot.materials)
    if whole.material in slot.materials or alike:
        return whole
    own = MATERIALS[finish.material].colours
    if own:
        return finish_of(finish.material, own[0])
    colour = seen(whole.colour, whole.material)
    return Finish(finish.material, base_for(colour, finish.material))


def _is_metal(material: str) -> bool:
    return MATERIALS[material].metallic > 0.5


def _pinned_finish(finish: Finish, slot: Slot, look: Look | None) -> Finish:
    if look is None:
        return finish
    material = look.material or _fitting(finish.material, slot, look)
    if look.colour is None:
        # A material that is named without a colour has its own: "a wooden box" is not green.
        own = MATERIALS[material].colours if look.material else ()
        colour = finish_of(material, own[0]).colour if own else finish.colour
    else:
        metal = _is_metal(material)
        colour = look.colour if metal else base_for(look.colour, material)
    if look.pattern == "plain":
        return Finish(material, colour)
    second = look.second or finish.second
    return Finish(material, colour, look.pattern, base_for(second, material))


def _fitting(material: str, slot: Slot, look: Look) -> str:
    """A material that can have the colour: a plain colour is no bare metal's."""
    bare = _is_metal(material) and look.material is None
    if not bare or look.colour is None:
        return material
    return next((m for m in slot.materials if not _is_metal(m)), "painted metal")


def _pinned_knobs(spec: ThingSpec, family: Family, words: Canonical) -> tuple[float, ...]:
    """Adjectives' knobs, and those that bring a part that is named or take one that must not be."""
    knobs = list(_formed_knobs(spec, family, words))
    wanted = [(slot, True) for slot in words.slots] + [(slot, False) for slot in words.absent]
    for slot, there in wanted:
        switch = switches(family.name).get(slot)
        if switch is not None:
            value = knobs[switch.knob]
            up = switch.high == there
            knobs[switch.knob] = max(value, HIGH) if up else min(value, LOW)
    return tuple(knobs)


@dataclass(frozen=True)
class Switch:
    """A knob that decides whether an optional part is there."""

    knob: int
    high: bool
    """Whether the part is there where the knob is high."""


@cache
def switches(name: str) -> dict[str, Switch]:
    """The knob of a family on which each optional part depends, the others in the middle."""
    family = families()[name]
    middle = ThingSpec(name, (0.5,) * len(family.knobs), ())
    found: dict[str, Switch] = {}
    for number in range(len(family.knobs)):
        sides = [
            set(present_slots(replace(middle, knobs=_with(middle.knobs, number, value)), family))
            for value in (LOW, HIGH)
        ]
        for slot in sorted(sides[0] ^ sides[1]):
            found.setdefault(slot, Switch(number, slot in sides[1]))
    return found


def _with(knobs: tuple[float, ...], number: int, value: float) -> tuple[float, ...]:
    return (*knobs[:number], value, *knobs[number + 1 :])


def _formed_knobs(spec: ThingSpec, family: Family, words: Canonical) -> tuple[float, ...]:
    knobs: list[float] = []
    for value, knob in zip(spec.knobs, family.knobs, strict=True):
        if knob.high and knob.high in words.forms:
            knobs.append(max(value, HIGH))
        elif knob.low and knob.low in words.forms:
            knobs.append(min(value, LOW))
        else:
            knobs.append(value)
    return tuple(knobs)
