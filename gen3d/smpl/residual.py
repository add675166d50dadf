# SPDX-License-Identifier: Apache-2.0
"""What sliders cannot say: a smooth displacement of the default body onto a surface.

For every vertex a displacement in the T-pose, as near to its pairs as the smoothness of the field
allows (minimum of Σ w |r − d|² + λ |L r|², L the graph Laplacian); where the target has nothing to
say (inner mouth, eye sockets) it is what smoothness makes of its neighbours. Eyes, teeth, lashes
and the geometry that garments and hair are cut from follow the skin beside them.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Float64, Int
from scipy.sparse import coo_matrix, csr_matrix, diags, identity
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS, VERTS
from gen3d.body.surface import vertex_normals
from gen3d.smpl.puppet import Posed, State, finger_labels, pose
from gen3d.smpl.puppets import Figure
from gen3d.smpl.register import Pairs, Target, pair

_SMOOTHNESS = 4.0
_SCALE_M = 0.016
"""Distance at which a pair counts a quarter."""
_REACH_M = 0.05
_ROUNDS = 5
_NEIGHBOURS = 12
_RIGID = ("helper-l-eye", "helper-r-eye")


def residual_of(shaped: ShapedBody, state: State, target: Target) -> Float32[np.ndarray, "verts 3"]:
    """The displacement of every vertex of the base mesh in the T-pose, metres.

    Args:
        shaped: The person so far.
        state: The pose in which it lies on the target.
        target: The surface.
    """
    puppet = Figure.of(shaped)
    posed = pose(puppet, state)
    roughness = _roughness(puppet.faces)
    labels = finger_labels(puppet.names, puppet.weights)
    moved = np.zeros((BODY_VERTS, 3))
    for _ in range(_ROUNDS):
        verts = posed.verts + np.einsum("vab,vb->va", posed.turns, moved)
        normals = vertex_normals(verts, puppet.faces)
        pairs = pair(verts, normals, target, _REACH_M, labels)
        moved += _smooth(_in_rest(posed, verts, pairs), moved, roughness)
    return _with_helpers(shaped, moved)


def _in_rest(
    posed: Posed, verts: Float64[np.ndarray, "verts 3"], pairs: Pairs
) -> tuple[Float64[np.ndarray, "verts"], Float64[np.ndarray, "verts 3"]]:
    """Weight and mean displacement of each vertex, in the T-pose."""
    gap = pairs.places - verts[pairs.verts]
    along = np.einsum("ia,ia->i", gap, pairs.normals)[:, None] * pairs.normals
    doubt = (_SCALE_M**2 / (_SCALE_M**2 + (gap**2).sum(axis=1))) ** 2
    weight = np.zeros(BODY_VERTS)
    total = np.zeros((BODY_VERTS, 3))
    np.add.at(weight, pairs.verts, doubt)
    np.add.at(total, pairs.verts, along * doubt[:, None])
    mean = total / np.maximum(weight, 1e-9)[:, None]
    # Turns of skinning are averages of rotations: nearly orthogonal, so transposed is inverted.
    return weight, np.einsum("vab,va->vb", posed.turns, mean)


def _smooth(
    wanted: tuple[Float64[np.ndarray, "verts"], Float64[np.ndarray, "verts 3"]],
    moved: Float64[np.ndarray, "verts 3"],
    roughness: csr_matrix,
) -> Float64[np.ndarray, "verts 3"]:
    """The step that makes the whole displacement smooth and near to what is wanted."""
    weight, mean = wanted
    matrix = (diags(weight + 1e-4) + _SMOOTHNESS * roughness).tocsc()
    right = weight[:, None] * mean - _SMOOTHNESS * (roughness @ moved)
    return splu(matrix).solve(np.asarray(right))


def _roughness(faces: Int[np.ndarray, "faces 3"]) -> csr_matrix:
    """The square of the graph Laplacian, each vertex against the mean of its neighbours."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    shape = (BODY_VERTS, BODY_VERTS)
    near = coo_matrix((np.ones(len(both)), both.T), shape=shape).tocsr()
    near.data[:] = 1.0
    degree = np.maximum(np.asarray(near.sum(axis=1)).ravel(), 1.0)
    laplacian = identity(BODY_VERTS) - diags(1.0 / degree) @ near
    return (laplacian.T @ laplacian).tocsr()


def _with_helpers(
    shaped: ShapedBody, moved: Float[np.ndarray, "body_verts 3"]
) -> Float32[np.ndarray, "verts 3"]:
    """Everything that is not skin goes with the skin nearest to it; eyeballs stay round."""
    skin, others = shaped.verts[:BODY_VERTS], shaped.verts[BODY_VERTS:]
    distance, nearest = KDTree(skin).query(others, k=_NEIGHBOURS)
    share = 1.0 / (distance**2 + 1e-5)
    share /= share.sum(axis=1, keepdims=True)
    whole = np.zeros((VERTS, 3))
    whole[:BODY_VERTS] = moved
    whole[BODY_VERTS:] = np.einsum("vk,vka->va", share, moved[nearest])
    for group in _RIGID:
        eye = np.unique(shaped.data.quads[group])
        whole[eye] = whole[eye].mean(axis=0)
    return whole.astype(np.float32)
