# SPDX-License-Identifier: Apache-2.0
"""From an unrigged file to a rigged one: read, stand up, look, fit, judge, weigh, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d.export.container import write_bytes
from gen3d.progress import OnStep, silent
from gen3d.rigging.fit import fit_body
from gen3d.rigging.fitted import FittedBody, fitted_body
from gen3d.rigging.judge import (
    Quality,
    quality_of,
    require_figure,
    require_fit,
    require_one,
)
from gen3d.rigging.placement import Placement, faced, place
from gen3d.rigging.shell import shell_of
from gen3d.rigging.source import Source, read_source
from gen3d.rigging.weights import transfer
from gen3d.rigging.write import Binding, rigged_bytes
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Skeleton

_STEPS = 100
_LOOKED, _FITTED, _WEIGHED = 5, 75, 95
"""Of a hundred, by the time that each takes."""


@dataclass(frozen=True)
class Rigged:
    """A figure with a rig."""

    source: Source
    placement: Placement
    body: FittedBody
    binding: Binding
    quality: Quality

    @property
    def joints_in_file(self) -> Float[np.ndarray, "joints 3"]:
        """Places of the joints in the world of the file that was read."""
        return self.placement.out_of_fit(self.body.joints)

    @property
    def notes(self) -> list[str]:
        """What the user should know: the fit's quality, and what was done to size and facing."""
        notes = [self.quality.note]
        size = self.placement.size
        if size != 1.0:
            notes.append(f"The file's unit is taken to be {size:.4g} m.")
        if not np.allclose(self.placement.upright, np.eye(3)):
            notes.append("The figure lay on its back (Z up) and was stood up.")
        return notes

    def facts(self) -> dict[str, object]:
        """What the manifest says of it."""
        low, high = (f(self.source.verts @ self.placement.upright.T, axis=0) for f in _ENDS)
        return {
            "height_m": round(float(high[1] - low[1]) * self.placement.size, 4),
            "triangles": sum(len(piece.faces) for piece in self.source.pieces),
            "unit_m": round(self.placement.size, 6),
            "fit": self.quality.facts(),
            "notes": self.notes,
        }


_ENDS = (np.min, np.max)


def rig_figure(source: Source, height: float | None = None, on_step: OnStep = silent) -> Rigged:
    """Fit a body into a figure and take its skeleton and weights.

    Args:
        source: The file.
        height: The figure's height, metres; by its own unit when not given.
        on_step: Progress.

    Raises:
        Gen3dError: The file shows no single standing person, or the body does not fit.
    """
    verts, faces = source.verts, source.faces
    shown = verts[np.unique(faces)] if len(faces) else verts
    placement = place(shown, height)
    within = placement.into_fit(verts)
    require_figure(within, faces)
    shell = shell_of(within, faces)
    require_one(shell)
    on_step(_LOOKED, _STEPS)
    fit = fit_body(shell, _part_of(on_step, _LOOKED, _FITTED))
    quality = quality_of(fit, shell)
    require_fit(quality)
    body = fitted_body(fit)
    on_step(_FITTED, _STEPS)
    skin = transfer(body, shell, within, faces)
    on_step(_WEIGHED, _STEPS)
    placement = faced(placement, body.joints[JOINTS.index("hips")], body.ahead)
    skeleton = _skeleton(placement.into_ours(body.joints))
    return Rigged(source, placement, body, Binding(skeleton, skin, placement.T_ours_file), quality)


def rig_file(
    path: Path,
    to: Path,
    *,
    height: float | None = None,
    naming: str = "vrm",
    extras: Mapping[str, object] | None = None,
    on_step: OnStep = silent,
) -> Rigged:
    """Rig a file.

    Args:
        path: GLB or glTF of one standing figure without a skin.
        to: The ``.glb`` file to write; replaced when it exists.
        height: The figure's height, metres; by its own unit when not given.
        naming: Bone names: a key of :data:`gen3d.skeleton.NAMINGS`.
        extras: JSON values for ``asset.extras``; what is known of the fit is added.
        on_step: Progress.

    Raises:
        Gen3dError: It cannot be read or rigged; the sentence says why and what to do.
    """
    rigged = rig_figure(read_source(path), height, on_step)
    told = {**(extras or {}), "rig": rigged.facts()}
    write_bytes(to, rigged_bytes(rigged.source, rigged.binding, naming=naming, extras=told))
    on_step(_STEPS, _STEPS)
    return rigged


def _skeleton(joints: Float[np.ndarray, "joints 3"]) -> Skeleton:
    places = joints.copy()
    places[JOINTS.index("root")] = 0.0
    return Skeleton(JOINTS, PARENTS, places.astype(np.float32))


def _part_of(on_step: OnStep, start: int, end: int) -> OnStep:
    """Progress of a stage as a part of the whole's."""

    def report(step: int, total: int) -> None:
        on_step(start + (end - start) * step // total, _STEPS)

    return report
