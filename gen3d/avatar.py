# SPDX-License-Identifier: Apache-2.0
"""A :class:`~gen3d.spec.CharacterSpec` becomes a rigged, clothed, textured character.

Body → clothes → hair → face → skin; every part is skinned to the one skeleton and, where it touches
the face, carries the 52 ARKit morphs.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.body import Body
from gen3d.body.surface import base_part
from gen3d.progress import OnStep, silent
from gen3d.spec import CharacterSpec, HairSpec
from gen3d.types import Character, Part
from gen3d.wardrobe.face import face_parts
from gen3d.wardrobe.hair import grow_hair
from gen3d.wardrobe.headgear import covers_hair
from gen3d.wardrobe.outfit import HEADGEAR, dress, lift_part, lift_skeleton
from gen3d.wardrobe.skin import paint_skin

_STEPS = 5


def _hair_under(spec: CharacterSpec) -> tuple[HairSpec, bool]:
    """Hair as headgear leaves it: only a beard under a closed one, flattened under a hat."""
    covered = {covers_hair(g.kind) for g in spec.garments if g.kind in HEADGEAR}
    hair = spec.hair.model_copy(update={"style": "bald"}) if "all" in covered else spec.hair
    return hair, "top" in covered


def build_character(
    spec: CharacterSpec,
    name: str,
    seed: int,
    on_step: OnStep = silent,
    residual: Float32[np.ndarray, "verts 3"] | None = None,
) -> Character:
    """Make the character that a specification describes.

    Args:
        spec: Body, skin, hair and garments as named values.
        name: Name of the character in the exported file.
        seed: Same specification and seed, same bytes.
        on_step: Progress.
        residual: What the body's numbers cannot say, metres (:meth:`gen3d.body.Body.with_shape`).

    Raises:
        Gen3dError: A body detail does not exist, or the cached body model is damaged.
    """
    shaped = Body.load().with_shape(spec.body, residual)
    on_step(1, _STEPS)
    outfit = dress(shaped, spec.garments, seed, beard=spec.hair.beard)
    on_step(2, _STEPS)
    left, flattened = _hair_under(spec)
    hair = grow_hair(shaped, left, seed, hat=flattened)
    on_step(3, _STEPS)
    face = face_parts(shaped, spec.skin, spec.hair, seed)
    material = paint_skin(shaped, spec.skin, spec.hair, seed)
    on_step(4, _STEPS)
    skin = base_part(
        shaped,
        ("body",),
        name="Skin",
        group="Body",
        slot="body",
        material=material,
        kept={"body": outfit.skin_kept},
    )
    parts: tuple[Part, ...] = (skin, *face, *hair, *outfit.parts)
    on_step(5, _STEPS)
    return Character(
        name=name,
        skeleton=lift_skeleton(shaped.skeleton, outfit.lift),
        parts=tuple(lift_part(part, outfit.lift) for part in parts),
        height=shaped.height,
    )
