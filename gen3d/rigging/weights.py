# SPDX-License-Identifier: Apache-2.0
"""Skin weights from the fitted body to whatever mesh is around it.

After "Robust Skin Weights Transfer via Weight Inpainting" (Abdrashitov et al. 2023): weights are
taken where body and mesh match by distance *and* by normal, and found elsewhere by smoothness over
the mesh. Here both are one sparse linear system for all vertices,

    min over W of  sum c |W - M|^2 mass  +  l^2 sum k_ij |W_i - W_j|^2,

with M the matched weights, k the edges' conductances and c the trust in a match: 1 on the skin,
falling with the distance, nothing where normals disagree. Smoothing reaches l / sqrt(c): about a
centimetre on a tight sleeve, a hand's width in a skirt, where both legs blend.

A sleeve beside the waist looks away from it, so arms that hang do not stick to the trunk. Pieces
smaller than a hand (buttons, buckles, eyeballs) get one set of weights each and stay rigid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix, csr_matrix, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from gen3d.body.surface import four_influences, vertex_normals
from gen3d.connected import vertex_components
from gen3d.rigging.fitted import FittedBody
from gen3d.rigging.shell import Shell
from gen3d.skeleton import JOINTS
from gen3d.types import Skin

_WELD = 2e-5
_CANDIDATES = 8
"""Points of each limb that a vertex chooses from."""
_KEPT = 6
_TURNED = 0.07
"""How many metres farther a match with opposite normal counts, halved."""
_SOFT = 0.006
"""Spread of the mean over matches, metres."""
_TRUSTED = 0.04
"""Gap at which trust in a match is a quarter, metres."""
_DOUBTFUL = 0.025
"""Two limbs that match within this are taken to match alike, metres."""
_SUNK = 0.015
"""What is hidden deeper than this in the body (a sleeve in the waist) says nothing, metres."""
_LEAST_TRUST = 1e-3
_SMOOTH = 0.012
_BESIDE, _SEEN = 0.025, 0.005
"""A vertex this near to a point of the shell, and to its plane, is part of it."""
_PLAIN = 0.6
"""A piece is seen from one side where this share more of it looks out than in, or the reverse."""
_RIGID = 0.09
"""Extent of pieces that stay rigid, metres."""
_MOST_RIGID_SHARE = 0.25
"""A mesh of nothing but crumbs is not buttons but broken, and has to bend."""
_STIFFEST = 5.0


@dataclass(frozen=True)
class _Welded:
    """The mesh with vertices at the same place made one."""

    points: Float[np.ndarray, "points 3"]
    faces: Int[np.ndarray, "faces 3"]
    of_vert: Int[np.ndarray, "verts"]
    piece: Int[np.ndarray, "points"]
    """Number of the connected piece of each point."""


def transfer(
    body: FittedBody,
    shell: Shell,
    verts: Float[np.ndarray, "verts 3"],
    faces: Int[np.ndarray, "faces 3"],
) -> Skin:
    """Weights for a mesh around a body.

    Args:
        body: Fitted into the mesh.
        shell: What is seen of the mesh from outside.
        verts: In the fit's space.
        faces: Any winding.
    """
    mesh = _welded(verts, faces)
    matched, trust = _matched(body, shell, mesh)
    solved = _smoothed(mesh, matched, trust)
    solved = _with_rigid_pieces(mesh, solved, trust)
    solved[solved < 1e-4] = 0.0
    return _spread(four_influences(solved), mesh.of_vert)


def _spread(skin: Skin, of_vert: Int[np.ndarray, "verts"]) -> Skin:
    return Skin(skin.joints[of_vert], skin.weights[of_vert])


def _welded(verts: np.ndarray, faces: np.ndarray) -> _Welded:
    places = np.round(verts / _WELD).astype(np.int64)
    _, first, of_vert = np.unique(places, axis=0, return_index=True, return_inverse=True)
    of_vert = of_vert.ravel()
    joined = of_vert[faces]
    return _Welded(verts[first], joined, of_vert, vertex_components(joined, len(first)))


def _matched(
    body: FittedBody, shell: Shell, mesh: _Welded
) -> tuple[Float[np.ndarray, "points joints"], Float[np.ndarray, "points"]]:
    """Weights by the best matches on the body, and how far they are trusted."""
    normals, seen = _outward(mesh, shell)
    distance, index = _candidates(body, mesh.points)
    cosine = np.einsum("pa,pka->pk", normals, body.normals[index])
    cost = distance + np.where(seen[:, None], _TURNED * (1.0 - cosine), 0.0)
    doubt = _doubt(body, index, cost)
    order = np.argsort(cost, axis=1, kind="stable")[:, :_KEPT]
    index, cost = (np.take_along_axis(a, order, axis=1) for a in (index, cost))
    share = np.exp(-(cost - cost[:, :1]) / _SOFT)
    share /= share.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(index)), index.shape[1])
    shape = (len(index), len(body.verts))
    blend = csr_matrix((share.ravel(), (rows, index.ravel())), shape=shape)
    gap, agree = (np.take_along_axis(a, order[:, :1], axis=1)[:, 0] for a in (distance, cosine))
    trust = 1.0 / (1.0 + (gap / _TRUSTED) ** 2) ** 2
    unseen = np.where(_depth(body, mesh.points) > _SUNK, _LEAST_TRUST, 0.3)
    trust *= np.where(seen, np.clip((agree + 0.1) / 0.6, 0.0, 1.0), unseen) * (1.0 - doubt) ** 2
    return blend @ body.weights.astype(np.float64), np.maximum(trust, _LEAST_TRUST)


def _depth(body: FittedBody, points: np.ndarray) -> Float[np.ndarray, "points"]:
    """How far under the skin points are, about; negative outside."""
    _, index = KDTree(body.verts).query(points)
    return np.einsum("pa,pa->p", body.verts[index] - points, body.normals[index])


def _doubt(
    body: FittedBody, index: Int[np.ndarray, "points many"], cost: Float[np.ndarray, "points many"]
) -> Float[np.ndarray, "points"]:
    """1 where a limb that moves otherwise would match as well: a hem between arm and waist."""
    by_limb = cost.reshape(len(cost), -1, _CANDIDATES)
    best = by_limb.argmin(axis=2)
    least = np.take_along_axis(by_limb, best[..., None], axis=2)[..., 0]
    two = np.argsort(least, axis=1, kind="stable")[:, :2]
    column = two * _CANDIDATES + np.take_along_axis(best, two, axis=1)
    first, second = (np.take_along_axis(index, column, axis=1)[:, i] for i in (0, 1))
    differ = 0.5 * np.abs(body.weights[first] - body.weights[second]).sum(axis=1)
    gap = np.diff(np.take_along_axis(least, two, axis=1), axis=1)[:, 0]
    return differ * np.exp(-((gap / _DOUBTFUL) ** 2))


def _outward(mesh: _Welded, shell: Shell) -> tuple[np.ndarray, np.ndarray]:
    """Normals turned as the shell's are, and which points are part of it."""
    normals = vertex_normals(mesh.points, mesh.faces).astype(np.float64)
    distance, index = KDTree(shell.points).query(mesh.points, k=4)
    cosine = np.einsum("pa,pka->pk", normals, shell.normals[index])
    best = np.abs(cosine).argmax(axis=1)
    index, distance = np.asarray(index), np.asarray(distance)
    rows = np.arange(len(normals))
    chosen, there = cosine[rows, best], index[rows, best]
    above = np.einsum("pa,pa->p", mesh.points - shell.points[there], shell.normals[there])
    seen = (distance[rows, best] < _BESIDE) & (np.abs(above) < _SEEN) & (np.abs(chosen) > 0.4)
    seen &= chosen * _winding(mesh, np.where(seen, np.sign(chosen), 0.0)) >= 0.0
    return normals * np.where(chosen < 0.0, -1.0, 1.0)[:, None], seen


def _winding(mesh: _Welded, signs: Float[np.ndarray, "points"]) -> Float[np.ndarray, "points"]:
    """1 or -1 where a piece's faces plainly look outwards or inwards, 0 where both are seen."""
    sums = np.bincount(mesh.piece, signs)
    counts = np.maximum(np.bincount(mesh.piece, np.abs(signs)), 1.0)
    mean = sums / counts
    return np.where(np.abs(mean) > _PLAIN, np.sign(mean), 0.0)[mesh.piece]


def _candidates(
    body: FittedBody, points: np.ndarray
) -> tuple[Float[np.ndarray, "points many"], Int[np.ndarray, "points many"]]:
    """The nearest few points of the body on each arm, each leg and the rest."""
    limb = _limbs(body)
    distances, indices = list[np.ndarray](), list[np.ndarray]()
    for number in range(int(limb.max()) + 1):
        own = np.flatnonzero(limb == number)
        distance, index = KDTree(body.verts[own]).query(points, k=_CANDIDATES)
        distances.append(distance)
        indices.append(own[index])
    return np.concatenate(distances, axis=1), np.concatenate(indices, axis=1)


def _limbs(body: FittedBody) -> Int[np.ndarray, "verts"]:
    """0 for trunk and head, then left arm, right arm, left leg, right leg."""
    of_joint = np.array([_limb(name) for name in JOINTS])
    return of_joint[body.weights.argmax(axis=1)]


def _limb(joint: str) -> int:
    side = 0 if joint.startswith("left") else 1
    if not joint.startswith(("left", "right")) or joint.endswith(("Eye", "Shoulder")):
        return 0
    return 3 + side if joint.endswith(("Leg", "Foot", "Toes")) else 1 + side


def _smoothed(
    mesh: _Welded, matched: Float[np.ndarray, "points joints"], trust: Float[np.ndarray, "points"]
) -> Float[np.ndarray, "points joints"]:
    """Solve the system of the module's head."""
    mass, laplacian = _laplacian(mesh)
    data = trust * mass
    system = (diags_array(data) + _SMOOTH**2 * laplacian).tocsc()
    solve = splu(system, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve
    result = np.zeros_like(matched)
    for joint in np.flatnonzero(matched.max(axis=0) > 1e-4):
        result[:, joint] = solve(data * matched[:, joint])
    return np.clip(result, 0.0, 1.0)


def _laplacian(mesh: _Welded) -> tuple[Float[np.ndarray, "points"], csr_matrix]:
    """Area of each point, and the graph's Laplacian with conductances like a cotangent's."""
    count = len(mesh.points)
    corners = mesh.points[mesh.faces]
    sides = np.roll(corners, -1, axis=1) - corners
    area = 0.5 * np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    # A floor, so that loose points keep what they matched.
    mass = np.bincount(mesh.faces.ravel(), np.repeat(area / 3.0, 3), minlength=count) + 1e-9
    long = np.maximum(np.einsum("fea,fea->fe", sides, sides), 1e-12)
    stiff = np.minimum(area[:, None] / (1.5 * long), _STIFFEST)
    start, end = mesh.faces, np.roll(mesh.faces, -1, axis=1)
    ends = (np.concatenate([start, end]).ravel(), np.concatenate([end, start]).ravel())
    weights = np.concatenate([stiff, stiff]).ravel()
    adjacency = coo_matrix((weights, ends), shape=(count, count)).tocsr()
    degree = np.asarray(adjacency.sum(axis=1)).ravel()
    return mass, csr_matrix(diags_array(degree) - adjacency)


def _with_rigid_pieces(
    mesh: _Welded, weights: Float[np.ndarray, "points joints"], trust: Float[np.ndarray, "points"]
) -> Float[np.ndarray, "points joints"]:
    """One set of weights for each small piece."""
    of_point, count = mesh.piece, len(mesh.points)
    number = int(of_point.max()) + 1
    low, high = np.full((number, 3), np.inf), np.full((number, 3), -np.inf)
    np.minimum.at(low, of_point, mesh.points)
    np.maximum.at(high, of_point, mesh.points)
    small = (high - low).max(axis=1) < _RIGID
    inside = small[of_point]
    if inside.mean() > _MOST_RIGID_SHARE:
        return weights
    total = np.bincount(of_point, trust, minlength=number)
    shape = (number, count)
    mean = csr_matrix((trust / total[of_point], (of_point, np.arange(count))), shape=shape)
    return np.where(inside[:, None], (mean @ weights)[of_point], weights)
