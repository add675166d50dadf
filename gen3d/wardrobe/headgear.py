# SPDX-License-Identifier: Apache-2.0
"""Headgear: hats, helmets, hoods, masks and glasses fitted to the actual head.

Everything rigid follows the head joint; hoods blend into neck and shoulders; the face mask is a
linear map of the skin below it and carries the face morphs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from gen3d.body import ShapedBody
from gen3d.errors import Gen3dError
from gen3d.spec import GarmentSpec
from gen3d.types import Part
from gen3d.wardrobe.headgear_face import make_face_mask, make_glasses
from gen3d.wardrobe.headgear_hats import (
    make_cap,
    make_crown,
    make_hat,
    make_headband,
    make_toque,
    make_wizard_hat,
)
from gen3d.wardrobe.headgear_helmets import METALS, make_helmet, make_hood
from gen3d.wardrobe.headgear_open import make_open_helmet

Covers = Literal["all", "top", "none"]

_MAKERS: dict[str, Callable[[ShapedBody, GarmentSpec, int], tuple[Part, ...]]] = {
    "helmet": make_helmet,
    "horned_helmet": partial(make_open_helmet, horns=True),
    "hat": make_hat,
    "wizard_hat": make_wizard_hat,
    "cap": make_cap,
    "toque": make_toque,
    "crown": make_crown,
    "headband": make_headband,
    "hood": make_hood,
    "face_mask": make_face_mask,
    "glasses": make_glasses,
    "sunglasses": make_glasses,
}
_COVERS: dict[str, Covers] = {
    "helmet": "all",
    "horned_helmet": "top",
    "hood": "all",
    "hat": "top",
    "wizard_hat": "top",
    "cap": "top",
    "toque": "top",
    "headband": "top",
}


def covers_hair(kind: str) -> Covers:
    """How much of the hair a kind of headgear hides.

    ``all``: no hair is needed; ``top``: hair has to be flat above the brim; ``none``: any hair.
    """
    return _COVERS.get(kind, "none")


LONG_BEARD = 0.45
"""Length of a beard from which a metal helmet is an open one: it would come through a visor."""


def make_headgear(
    shaped: ShapedBody, garment: GarmentSpec, seed: int, beard: float = 0.0
) -> tuple[Part, ...]:
    """Fit a piece of headgear to a person.

    Args:
        shaped: The person, in the T-pose.
        garment: Kind, fabric and colours.
        seed: Of the paint.
        beard: Length of the wearer's beard, 0 to 1.

    Raises:
        Gen3dError: The kind is no headgear.
    """
    if garment.kind not in _MAKERS:
        raise Gen3dError(
            f"{garment.kind!r} is not worn on the head.",
            f"Headgear is one of: {', '.join(sorted(_MAKERS))}.",
        )
    if garment.kind == "helmet" and garment.fabric in METALS and beard > LONG_BEARD:
        return make_open_helmet(shaped, garment, seed, horns=False)
    return _MAKERS[garment.kind](shaped, garment, seed)
