# SPDX-License-Identifier: Apache-2.0
"""From hair geometry to a part of the character, and flattening it under a hat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d.body.surface import four_influences
from gen3d.types import Material, Mesh, Part
from gen3d.wardrobe.hair_cards import Geometry
from gen3d.wardrobe.hair_scalp import HeadFrame
from gen3d.wardrobe.hair_strands import Collider

_UNDER_HAT = 0.005
"""Height that hair may have under headgear, metres."""
_LOOSENED = 0.035
"""Canonical metres below the brim over which hair gets its height back."""


def to_part(name: str, group: str, slot: str, geometry: Geometry, material: Material) -> Part:
    """Finish geometry as a part."""
    mesh = Mesh(
        geometry.verts.astype(np.float32),
        geometry.faces.astype(np.int32),
        geometry.normals.astype(np.float32),
        geometry.uvs.astype(np.float32),
    )
    return Part(name, group, slot, mesh, four_influences(geometry.weights), material)


def under_hat(geometry: Geometry, frame: HeadFrame, skull: Collider) -> Geometry:
    """Press hair to the skull above the brim line, and let it widen gradually below.

    Args:
        geometry: Hair at rest.
        frame: Of the head.
        skull: The skin without the auricles.
    """
    canonical = frame.canonical(geometry.verts)
    # The hat line of :mod:`gen3d.wardrobe.headgear_shell`: a plane that falls to the back.
    line = 0.742 + (0.036 / 0.19) * (canonical[:, 2] + 0.05)
    below = np.clip((line - canonical[:, 1]) / _LOOSENED, 0.0, 1.0)
    limit = (_UNDER_HAT + 0.03 * below**1.5) * frame.size
    verts = geometry.verts
    for first in (True, False, False):
        height, normal = skull.distance(verts)
        # Layers keep their order: what was higher stays a little higher.
        soft = limit * (1.0 - np.exp(-np.maximum(height, 0.0) / limit))
        wanted = soft if first else np.minimum(height, limit)
        pressed = np.where((below < 1.0) & (height > 0.0), wanted, height)
        verts = verts + (pressed - height)[:, None] * normal
    return replace(geometry, verts=verts)
