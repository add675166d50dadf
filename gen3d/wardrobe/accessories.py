# SPDX-License-Identifier: Apache-2.0
"""Accessories: belts, scarves, capes, packs and armour, fitted to the actual body.

They are made for the bare body with room for ordinary clothes; :mod:`gen3d.wardrobe.outfit` lifts
them over thicker ones. Armour plates follow one or two joints, soft pieces blend along the body.
"""

from __future__ import annotations

from collections.abc import Callable

from gen3d.body import ShapedBody
from gen3d.errors import Gen3dError
from gen3d.spec import GarmentSpec
from gen3d.types import Part
from gen3d.wardrobe.accessories_armour import (
    make_bracers,
    make_breastplate,
    make_greaves,
    make_pauldrons,
)
from gen3d.wardrobe.accessories_carry import make_apron, make_backpack, make_belt
from gen3d.wardrobe.accessories_drape import make_cape, make_scarf
from gen3d.wardrobe.accessories_fit import Figure, figure

_MAKERS: dict[str, Callable[[Figure, GarmentSpec, int], tuple[Part, ...]]] = {
    "belt": make_belt,
    "scarf": make_scarf,
    "cape": make_cape,
    "backpack": make_backpack,
    "pauldrons": make_pauldrons,
    "bracers": make_bracers,
    "greaves": make_greaves,
    "breastplate": make_breastplate,
    "apron": make_apron,
}


def make_accessory(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Fit an accessory to a person.

    Args:
        shaped: The person, in the T-pose.
        garment: Kind, fabric and colours.
        seed: Of folds and paint.

    Raises:
        Gen3dError: The kind is no accessory.
    """
    if garment.kind not in _MAKERS:
        raise Gen3dError(
            f"{garment.kind!r} is no accessory.",
            f"Accessories are: {', '.join(sorted(_MAKERS))}.",
        )
    return _MAKERS[garment.kind](figure(shaped), garment, seed)
