# SPDX-License-Identifier: Apache-2.0
"""Skeletons and motions as other people's files hold them: any names, any rest pose, any number.

Importers make a :class:`Recording`; :mod:`motion.mapping` says which of its joints is which of
ours. Everything here is in metres, right-handed, +Y up; importers convert units and axes by a turn
and a scale of the roots, never by touching how joints turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d import transforms


@dataclass(frozen=True)
class Rig:
    """Joints in topological order, each with its place and turn in its parent at rest."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    """-1 for a joint without one; there may be several."""
    offsets: Float[np.ndarray, "joints 3"]
    """Rest translation in the parent's frame."""
    turns: Float[np.ndarray, "joints 4"]
    """Rest rotation in the parent's frame, wxyz; the identity throughout in BVH files."""

    def world(self) -> tuple[Float[np.ndarray, "joints 4"], Float[np.ndarray, "joints 3"]]:
        """World rotations and places at rest."""
        turned, placed = walked(self.parents, self.turns[None], self.offsets[None])
        return turned[0], placed[0]


@dataclass(frozen=True)
class Recording:
    """A motion on a rig of its own."""

    name: str
    fps: float
    rig: Rig
    rotations: Float[np.ndarray, "frames joints 4"]
    """In the parent's frame, wxyz, whole: at rest they equal ``rig.turns``."""
    translations: Float[np.ndarray, "frames joints 3"]
    """In the parent's frame; at rest they equal ``rig.offsets``."""

    @property
    def seconds(self) -> float:
        """Length from the first frame to the last."""
        return (len(self.rotations) - 1) / self.fps

    def world(
        self,
    ) -> tuple[Float[np.ndarray, "frames joints 4"], Float[np.ndarray, "frames joints 3"]]:
        """World rotations and places of every frame."""
        return walked(self.rig.parents, self.rotations, self.translations)


def walked(
    parents: tuple[int, ...],
    rotations: Float[np.ndarray, "frames joints 4"],
    translations: Float[np.ndarray, "frames joints 3"],
) -> tuple[Float[np.ndarray, "frames joints 4"], Float[np.ndarray, "frames joints 3"]]:
    """Forward kinematics: local rotations and translations to world ones."""
    turned, placed = rotations.astype(np.float64), translations.astype(np.float64)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            placed[:, joint] = placed[:, parent] + transforms.rotate(
                turned[:, parent], placed[:, joint]
            )
            turned[:, joint] = transforms.multiply(turned[:, parent], turned[:, joint])
    return turned, placed
