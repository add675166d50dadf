# SPDX-License-Identifier: Apache-2.0
"""From a file's world to ours: up, size, ground, facing.

glTF says +Y up and metres; tools do not always. A figure that is flat along Y and tall along Z lies
on its back: it is taken to be Z up. A height that no figure has in metres is read as another power
of ten. The fit works on a copy that is :data:`~gen3d.rigging.fit.HEIGHT` tall.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.rigging.fit import HEIGHT

_FLAT = 0.6
"""A figure with less depth along Y than this share of its extent along Z lies."""
_PLAUSIBLE = (0.2, 4.0)
"""Heights in metres that are left as they are: dolls to giants."""
_UNITS = (0.01, 0.001, 100.0, 1000.0, 0.1, 10.0)
_SNAP = np.radians(12.0)
"""A facing this near to an axis is taken to be along it."""


@dataclass(frozen=True)
class Placement:
    """Similarities from the file's world: to the fit's space, and to ours."""

    upright: Float[np.ndarray, "3 3"]
    """Rotation that makes +Y up."""
    origin: Float[np.ndarray, "3"]
    """Point of the upright world that comes to the fit's origin."""
    to_fit: float
    """Scale of the fit's space."""
    size: float
    """Scale to metres; 1 where the file's own size is kept."""
    facing: Float[np.ndarray, "3 3"]
    """Turn about +Y from the fit's space to ours."""
    hips: Float[np.ndarray, "3"]
    """Point of the fit's space, on the ground, that comes to our origin."""

    def into_fit(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """From the file's world to the fit's space."""
        return self.to_fit * (points @ self.upright.T - self.origin)

    def out_of_fit(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """Back to the file's world."""
        return (points / self.to_fit + self.origin) @ self.upright

    def into_ours(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """From the fit's space to ours, metres."""
        return (self.size / self.to_fit) * (points - self.hips) @ self.facing.T

    @property
    def T_ours_file(self) -> Float[np.ndarray, "4 4"]:  # noqa: N802 - frames in the name
        """The whole way."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.size * self.facing @ self.upright
        shift = self.origin + self.hips / self.to_fit
        matrix[:3, 3] = -self.size * self.facing @ shift
        return matrix


def place(verts: Float[np.ndarray, "verts 3"], height: float | None = None) -> Placement:
    """Find up, ground and size.

    Args:
        verts: Of all triangles, file's world.
        height: What the user says that the figure's height is, metres.

    Raises:
        Gen3dError: The figure has no extent.
    """
    extent = np.ptp(verts, axis=0)
    if not extent.max() > 0.0 or extent.min() < 1e-3 * extent.max():
        raise Gen3dError("The figure is flat: it has no volume.", "Give a solid figure.")
    z_up = extent[1] < _FLAT * extent[2] and extent[2] > 0.8 * extent[0]
    upright = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]) if z_up else np.eye(3)
    stood = verts @ upright.T
    low, high = stood.min(axis=0), stood.max(axis=0)
    tall = float(high[1] - low[1])
    centre = 0.5 * (low + high)
    return Placement(
        upright=upright,
        origin=np.array([centre[0], low[1], centre[2]]),
        to_fit=HEIGHT / tall,
        size=_unit(tall) if height is None else height / tall,
        facing=np.eye(3),
        hips=np.zeros(3),
    )


def _unit(tall: float) -> float:
    """Metres of a unit of the file, by how tall the figure is in it."""
    low, high = _PLAUSIBLE
    if low <= tall <= high:
        return 1.0
    fitting = [unit for unit in _UNITS if 0.5 <= tall * unit <= 2.5]
    return fitting[0] if fitting else HEIGHT / tall


def faced(
    placement: Placement,
    hips: Float[np.ndarray, "3"],
    ahead: Float[np.ndarray, "3"],
) -> Placement:
    """Turn to +Z and put the hips over the origin.

    Args:
        placement: So far.
        hips: Place of the hips in the fit's space.
        ahead: Where the figure looks there.
    """
    heading = float(np.arctan2(ahead[0], ahead[2]))
    quarter = 0.5 * np.pi * round(heading / (0.5 * np.pi))
    heading = quarter if abs(heading - quarter) < _SNAP else heading
    turn = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), -heading)
    matrix = transforms.to_matrix(turn)
    # Quarter turns leave no dust in the matrix.
    matrix = np.where(np.abs(matrix - np.round(matrix)) < 1e-12, np.round(matrix), matrix)
    return replace(placement, facing=matrix, hips=np.array([hips[0], 0.0, hips[2]]))
