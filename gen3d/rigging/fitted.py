# SPDX-License-Identifier: Apache-2.0
"""The whole body as it was fitted: all skin, all 55 joints, all weights, in the fit's space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32

from gen3d.body import rig
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.rigging.fit import Fit
from gen3d.rigging.mannequin import (
    BODY,
    BODY_PARENTS,
    Mannequin,
    nearest_body_joint,
    t_pose,
)
from gen3d.skeleton import JOINTS


@dataclass(frozen=True)
class FittedBody:
    """A bare body inside a figure."""

    verts: Float[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]
    normals: Float[np.ndarray, "verts 3"]
    weights: Float32[np.ndarray, "verts joints"]
    """Dense, over :data:`gen3d.skeleton.JOINTS`."""
    joints: Float[np.ndarray, "joints 3"]
    """Places of all joints; the root's is meaningless."""
    ahead: Float[np.ndarray, "3"]
    """Where the hips face, level and unit."""


def fitted_body(fit: Fit) -> FittedBody:
    """Stand the whole body where its samples were fitted."""
    body, stance = Mannequin.load().body, fit.stance
    whole, rest = t_pose(body, stance.shape)
    carrier = [nearest_body_joint(joint) for joint in range(len(JOINTS))]
    fitted = [JOINTS.index(name) for name in BODY]
    turns = stance.scale * fit.posed.world[carrier]
    places = _stood_places(rest[fitted], fit)[carrier]
    places = places + np.einsum("jab,jb->ja", turns, rest - rest[fitted][carrier])
    shift = places - np.einsum("jab,jb->ja", turns, rest)
    matrices = np.concatenate([turns, shift[..., None]], axis=-1)
    verts = rig.skin_points(whole[:BODY_VERTS], body.weights[:BODY_VERTS], matrices)
    faces = triangulate(body.data.quads["body"])
    level = fit.posed.world[0][:, 2] * np.array([1.0, 0.0, 1.0])
    return FittedBody(
        verts=verts,
        faces=faces,
        normals=vertex_normals(verts, faces).astype(np.float64),
        weights=body.weights[:BODY_VERTS],
        joints=places,
        ahead=level / max(float(np.linalg.norm(level)), 1e-9),
    )


def _stood_places(rest: Float[np.ndarray, "body 3"], fit: Fit) -> Float[np.ndarray, "body 3"]:
    """Places of the fitted joints for the exact body, whose last linear model it differs from."""
    places = np.repeat(fit.stance.place[None], len(BODY), axis=0)
    for joint in range(1, len(BODY)):
        parent = BODY_PARENTS[joint]
        bone = fit.stance.scale * fit.posed.world[parent] @ (rest[joint] - rest[parent])
        places[joint] = places[parent] + bone
    return places
