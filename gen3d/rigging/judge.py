# SPDX-License-Identifier: Apache-2.0
"""Whether a file shows one standing person that a body fits, and if not, a sentence that says why.

Before the fit: enough triangles, upright, one figure. After it: the body is inside the surface, its
ends (head, hands, feet) are where the surface has ends, and little of the surface is far from it.
Limits were set between dressed people and the foundry's chairs, animals, statues and toys; lengths
are metres of a figure of :data:`~gen3d.rigging.fit.HEIGHT`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.ndimage import binary_dilation, label
from scipy.spatial import KDTree

from gen3d.errors import Gen3dError
from gen3d.rigging.fit import HEIGHT, Fit
from gen3d.rigging.mannequin import BODY, Mannequin
from gen3d.rigging.shell import Shell

_FEWEST = 150
_WIDEST = 1.5
"""Most extent along the ground, in heights: a T-pose with big hands has 1.1."""
_CELL = 0.04
_TALL = 0.55
"""A separate piece with this share of the height is a figure of its own."""
_OUT = 0.025
_NEAR = 0.05
_FAR = 0.12
_AGREE = 0.3
_LEAST_END = 0.9
"""People have 0.93 and more, things and animals at most 0.88, and so has a figure with so large a
head that the body went in back to front."""
_MOST_RESIDUAL = 0.02
_LEAST_EXPLAINED = 0.3
"""A cape and a hat leave 0.6."""

_POSE = "Give a standing figure in T-pose or A-pose, legs straight, feet on the ground."


@dataclass(frozen=True)
class Quality:
    """How well a body fits; what the manifest says of it."""

    residual: float
    """Median distance of visible bare or tightly dressed body from the surface, in heights."""
    outside: float
    """Share of the body that sticks out of the surface."""
    explained: float
    """Share of the surface that is near the body."""
    head: float
    """Share of the head's points that have surface beside them; likewise the others."""
    hands: float
    feet: float
    legs: float

    def facts(self) -> dict[str, float]:
        """Rounded, for files."""
        return {name: round(value, 4) for name, value in asdict(self).items()}

    @property
    def note(self) -> str:
        """A sentence for people."""
        grade = "well" if self.outside < 0.04 and min(self.hands, self.feet) > 0.7 else "fairly"
        return (
            f"The body fits {grade}: {100.0 * self.outside:.0f} % of it sticks out of the surface, "
            f"{100.0 * self.explained:.0f} % of the surface is near it."
        )


def require_figure(verts: Float[np.ndarray, "verts 3"], faces: Int[np.ndarray, "faces 3"]) -> None:
    """Refuse what cannot be one standing figure.

    Args:
        verts: In the fit's space.
        faces: All triangles.

    Raises:
        Gen3dError: It cannot.
    """
    if len(faces) < _FEWEST:
        raise Gen3dError(
            f"The figure has only {len(faces)} triangles.",
            f"At least {_FEWEST} are needed; some thousands bend well.",
        )
    extent = np.ptp(verts[np.unique(faces)], axis=0)
    if max(extent[0], extent[2]) > _WIDEST * extent[1]:
        raise Gen3dError(
            "This is no standing figure: it is much wider than tall.",
            f"{_POSE} Several people go one by one.",
        )


def require_one(shell: Shell) -> None:
    """Refuse several figures in one file.

    Raises:
        Gen3dError: There are several.
    """
    cells = np.floor(shell.points / (_CELL * HEIGHT)).astype(np.int64)
    cells -= cells.min(axis=0) - 1
    grid = np.zeros(cells.max(axis=0) + 2, dtype=bool)
    grid[tuple(cells.T)] = True
    numbers = np.zeros(grid.shape, dtype=np.int32)
    label(binary_dilation(grid), np.ones((3, 3, 3)), output=numbers)
    tall = 0
    for number in range(1, int(numbers.max()) + 1):
        rows = np.flatnonzero((numbers == number).any(axis=(0, 2)))
        tall += bool((rows[-1] - rows[0]) * _CELL > _TALL)
    if tall > 1:
        raise Gen3dError(
            f"The file shows {tall} figures.", "Put each into a file of its own and rig it there."
        )


def quality_of(fit: Fit, shell: Shell) -> Quality:
    """Measure a fit."""
    posed, mannequin = fit.posed, Mannequin.load()
    tree = KDTree(shell.points)
    distance, index = tree.query(posed.points, k=12, distance_upper_bound=0.5)
    there = np.isfinite(distance)
    index = np.where(there, index, 0)
    cosine = np.einsum("pa,pka->pk", posed.normals, shell.normals[index])
    near = np.where(there & (cosine > _AGREE), distance, np.inf).min(axis=1)
    out = np.einsum(
        "pa,pa->p", posed.points - shell.points[index[:, 0]], shell.normals[index[:, 0]]
    )
    back, _ = KDTree(posed.points).query(shell.points)
    covered = near < _NEAR
    share = {name: float(covered[_of(mannequin, parts)].mean()) for name, parts in _PARTS.items()}
    return Quality(
        residual=float(np.median(np.minimum(near, _FAR))) / HEIGHT,
        outside=float((out > _OUT).mean()),
        explained=float((back < _FAR).mean()),
        **share,
    )


_PARTS = {
    "head": ("head",),
    "hands": ("leftHand", "rightHand"),
    "feet": ("leftFoot", "rightFoot", "leftToes", "rightToes"),
    "legs": ("leftUpperLeg", "rightUpperLeg", "leftLowerLeg", "rightLowerLeg"),
}


def _of(mannequin: Mannequin, parts: tuple[str, ...]) -> np.ndarray:
    return np.isin(mannequin.part, [BODY.index(name) for name in parts])


def require_fit(quality: Quality) -> None:
    """Refuse a figure that the body does not fit.

    Raises:
        Gen3dError: It does not.
    """
    lacking = [name for name in ("hands", "feet") if getattr(quality, name) < _LEAST_END]
    if not lacking and quality.residual < _MOST_RESIDUAL and quality.explained > _LEAST_EXPLAINED:
        return
    why = f"no {' and no '.join(lacking)} where a body has them" if lacking else "the rest is far"
    raise Gen3dError(
        f"No person's body fits this figure: {why} "
        f"(off by {100.0 * quality.residual:.1f} % of the height).",
        f"{_POSE} Animals, busts, furniture and figures with a child's drawing's proportions "
        "cannot be rigged.",
    )
