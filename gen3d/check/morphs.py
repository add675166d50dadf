# SPDX-License-Identifier: Apache-2.0
"""Whether the face can act: the 52 ARKit shapes by name, each of which moves something."""

from __future__ import annotations

import numpy as np

from gen3d.check.names import ARKIT
from gen3d.check.report import Row, Status, at_most
from gen3d.export.document import Document

_SEEN_METRES = 5e-4


def rows(document: Document) -> list[Row]:
    """Face checks of a character."""
    reach = _reach(document)
    missing = [name for name in ARKIT if name not in reach]
    dead = [name for name in ARKIT if reach.get(name, 1.0) < _SEEN_METRES]
    # Somebody else's body without a face rig is a choice; half a rig, or ours without, is a fault.
    ours = (document.gltf.asset.generator or "").startswith("gen3d")
    worst: Status = "fail" if ours or len(missing) < len(ARKIT) else "warn"
    limit = None if worst == "fail" else 0
    found = [
        at_most(
            "ARKit face shapes missing",
            len(missing),
            f"of {len(ARKIT)}",
            warn=limit,
            fail=0 if worst == "fail" else None,
            hint=f"Add {_some(missing)}.",
        )
    ]
    if len(missing) < len(ARKIT):
        found.append(
            at_most(
                "face shapes that move nothing",
                len(dead),
                warn=0,
                fail=26,
                hint=f"Sculpt {_some(dead)}, or bind them to the parts that they should move.",
            )
        )
    return found


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + rest


def _reach(document: Document) -> dict[str, float]:
    """Largest offset of any vertex by morph target name, metres."""
    reach: dict[str, float] = {}
    for mesh in document.meshes:
        for primitive in mesh.primitives:
            for name, target in zip(mesh.target_names, primitive.targets, strict=False):
                offsets = target.get("POSITION", np.zeros((1, 3)))
                farthest = float(np.linalg.norm(offsets, axis=1).max())
                reach[name] = max(reach.get(name, 0.0), farthest)
    return reach
