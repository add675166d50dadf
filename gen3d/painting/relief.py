# SPDX-License-Identifier: Apache-2.0
"""Sculpting: every part is moved along the body's normals, by one smooth function of the place.

The direction and the freedom to move are those of the nearest skin, and the amount is a coarse
:class:`~gen3d.painting.volume.Volume`: clothes lie on the skin's outside and move with it, so
layers keep their order, hard pieces are carried and seams stay closed. Hands, feet, eyes and mouth
stay where they are; cloth far from the body is not pulled along. Offsets are in the bind pose, so
they move with the skin weights, and face shapes add to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from scipy.spatial import KDTree
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.easing import smoothstep
from gen3d.render.mesh import smooth_normals
from gen3d.types import Mesh, Part, Skeleton

REACH = 0.008
"""Farthest that anything is moved, metres."""
SUNK = 0.001
"""Height over the skin that cloth may lose, metres."""
_NEIGHBOURS = 16
_BLEND = 0.02
"""Metres over which directions are averaged."""
_FAR = (0.06, 0.2)
"""Distances from the skin between which the pull fades out, metres."""
_NEAR = 0.03
"""Height over the skin above which cloth may come nearer, metres."""
_SPARE = 0.15
"""Share of its height that cloth may lose."""
_STILL = (
    (("Hand", "Thumb", "Index", "Middle", "Ring", "Little"), (0.04, 0.11), 0.0),
    (("Foot", "Toes"), (0.1, 0.17), 0.0),
    (("Eye",), (0.06, 0.13), 0.0),
    (("head",), (0.12, 0.24), 0.35),
)
"""Joints by parts of their names, distances between which freedom grows, and freedom at them."""


@dataclass(frozen=True)
class Skinned:
    """The bare body that everything is worn on, at rest."""

    points: Float[np.ndarray, "points 3"]
    normals: Float[np.ndarray, "points 3"]
    skeleton: Skeleton

    def away(self, places: Float[np.ndarray, "verts 3"]) -> Float32[np.ndarray, "verts 3"]:
        """Where each place would be moved to by a full step: directions times freedom in [0, 1]."""
        distance, index = KDTree(self.points).query(places, k=min(_NEIGHBOURS, len(self.points)))
        weight = 1.0 / (distance**2 + _BLEND**2)
        mean = np.einsum("nk,nkc->nc", weight, self.normals[index])
        mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
        near = 1.0 - smoothstep(*_FAR, distance[:, 0])
        return (mean * (near * freedom_at(self.skeleton, places))[:, None]).astype(np.float32)


def near_joints(
    skeleton: Skeleton, names: Sequence[str], places: Float[np.ndarray, "places 3"]
) -> Float[np.ndarray, "places"]:
    """Distance to the nearest joint whose name has one of some words in it, metres."""
    joints = [i for i, n in enumerate(skeleton.names) if any(word in n for word in names)]
    if not joints:
        return np.full(len(places), np.inf)
    return KDTree(skeleton.positions[joints]).query(places)[0]


def freedom_at(
    skeleton: Skeleton, places: Float[np.ndarray, "places 3"]
) -> Float[np.ndarray, "places"]:
    """Share of the reach that places at rest have: none at hands, feet and eyes."""
    result = np.ones(len(places))
    for names, (start, end), least in _STILL:
        away = near_joints(skeleton, names, places)
        result *= least + (1.0 - least) * smoothstep(start, end, away)
    return result


def welded(parts: Sequence[Part]) -> Int64[np.ndarray, "verts"]:
    """Number of the place of each vertex; parts do not share places, seams of one part do."""
    numbers: list[np.ndarray] = []
    start = 0
    for part in parts:
        _, place = np.unique(part.mesh.verts, axis=0, return_inverse=True)
        numbers.append(place.reshape(-1) + start)
        start += int(place.max()) + 1
    return np.concatenate(numbers).astype(np.int64)


def turned_normals(
    normals: Float[Tensor, "verts 3"],
    before: Float[Tensor, "verts 3"],
    after: Float[Tensor, "verts 3"],
    faces: Int64[Tensor, "faces 3"],
    places: Int64[Tensor, "verts"],
) -> Float[Tensor, "verts 3"]:
    """Normals after a sculpting: as they were, plus the change of the smooth ones.

    Creases stay creases, and where nothing moved nothing changes.

    Args:
        normals: Unit, before.
        before: Smooth normals before, of :func:`place_normals`.
        after: Positions afterwards.
        faces: Corners.
        places: Of :func:`welded`.
    """
    return normalize(normals + place_normals(after, faces, places) - before, dim=-1, eps=1e-12)


def place_normals(
    verts: Float[Tensor, "verts 3"],
    faces: Int64[Tensor, "faces 3"],
    places: Int64[Tensor, "verts"],
) -> Float[Tensor, "verts 3"]:
    """Smooth normals, closed over seams."""
    first = verts.new_zeros(int(places.max()) + 1, 3).index_copy(0, places, verts)
    return smooth_normals(first, places[faces])[places]


def moved(part: Part, offsets: Float32[np.ndarray, "verts 3"]) -> Part:
    """A part sculpted: new positions and normals, everything else as it was."""
    if not np.any(offsets):
        return part
    mesh = part.mesh
    verts = mesh.verts + offsets
    places, faces = torch.from_numpy(welded([part])), torch.from_numpy(mesh.faces).long()
    before = place_normals(torch.from_numpy(mesh.verts), faces, places)
    after = torch.from_numpy(verts)
    turned = turned_normals(torch.from_numpy(mesh.normals), before, after, faces, places).numpy()
    still = ~np.any(np.abs(turned - mesh.normals) > 1e-7, axis=1)
    turned[still] = mesh.normals[still]
    return replace(part, mesh=Mesh(verts, mesh.faces, turned, mesh.uvs))


def sunk(
    body: Skinned,
    body_offsets: Float32[np.ndarray, "points 3"],
    verts: Float32[np.ndarray, "verts 3"],
    offsets: Float32[np.ndarray, "verts 3"],
) -> float:
    """How much height over the skin beneath it the worst vertex near it loses, metres.

    What lies high may lose a share of that.
    """
    distance, index = KDTree(body.points).query(verts, k=4)
    apart = body_offsets[index] - offsets[:, None]
    lost = np.einsum("nkc,nkc->nk", apart, body.normals[index])
    return float((lost - _SPARE * distance)[distance < _NEAR].max(initial=0.0))
