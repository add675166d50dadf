# SPDX-License-Identifier: Apache-2.0
"""Whether the skin holds: influences, sums, loose vertices, the wrong joint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen3d.check.pieces import Humanoid, Piece, share
from gen3d.check.report import Row, at_most

_NEAR_MIDDLE_METRES = 0.03
_BLEED = 0.1
"""Weight of the other side's limb from which a vertex is dragged visibly."""
_LIMB = ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")


def rows(pieces: Sequence[Piece], humanoid: Humanoid | None) -> list[Row]:
    """Skin checks of the skinned pieces."""
    bound = [piece for piece in pieces if piece.binding is not None]
    if not bound:
        return []
    sums = {piece.name: _sums(piece) for piece in bound}
    loose = {name: int(np.count_nonzero(total < 1e-3)) for name, total in sums.items()}
    worst = max(float(np.abs(total - 1.0).max()) for total in sums.values())
    most = max(piece.binding.largest_count for piece in bound if piece.binding)
    found = [
        at_most(
            "joints per vertex",
            most,
            fail=4,
            hint="Engines read four: drop the smallest weights and renormalise.",
        ),
        at_most(
            "weight sum off one",
            worst,
            fail=1e-4,
            hint="Renormalise the weights.",
        ),
        at_most(
            "vertices without weight",
            sum(loose.values()),
            fail=0,
            hint=f"Bind the vertices of {', '.join(n for n, k in loose.items() if k)}.",
        ),
    ]
    return found + (_humanoid_rows(bound, humanoid) if humanoid else [])


def _sums(piece: Piece) -> np.ndarray:
    binding = piece.binding
    return np.zeros(0) if binding is None else np.asarray(binding.influences.sum(axis=1)).ravel()


def _weight_on(piece: Piece, nodes: Sequence[int]) -> np.ndarray:
    """Total weight of each vertex on some nodes."""
    if piece.binding is None:
        return np.zeros(len(piece.verts))
    return np.asarray(piece.binding.influences.tocsc()[:, list(nodes)].sum(axis=1)).ravel()


def _humanoid_rows(bound: Sequence[Piece], humanoid: Humanoid) -> list[Row]:
    bleed = sum(_bleeding(piece, humanoid) for piece in bound)
    count = sum(len(piece.verts) for piece in bound)
    found = [
        at_most(
            "vertices on the other side's limb",
            share(bleed, count),
            "%",
            warn=0.5,
            fail=20,
            hint="Clean the weights between left and right: limbs drag the other side along.",
        )
    ]
    if "root" in humanoid.node_of:
        root = [humanoid.node_of["root"]]
        held = sum(int(np.count_nonzero(_weight_on(piece, root) > 1e-3)) for piece in bound)
        found.append(
            at_most(
                "vertices on the root bone",
                held,
                fail=0,
                hint="Bind them to the hips: the root stays on the ground.",
            )
        )
    return found


def _bleeding(piece: Piece, humanoid: Humanoid) -> int:
    total = 0
    for side, sign in (("left", 1.0), ("right", -1.0)):
        nodes = [humanoid.node_of[f"{side}{b}"] for b in _LIMB if f"{side}{b}" in humanoid.node_of]
        across = piece.verts[:, 0] * sign < -_NEAR_MIDDLE_METRES
        total += int(np.count_nonzero(across & (_weight_on(piece, nodes) > _BLEED)))
    return total
