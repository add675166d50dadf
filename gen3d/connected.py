# SPDX-License-Identifier: Apache-2.0
"""What of a mesh hangs together."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Int32
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def vertex_components(faces: Int[np.ndarray, "faces 3"], count: int) -> Int32[np.ndarray, "verts"]:
    """Number of the connected component of each vertex; a vertex without faces is one by itself.

    Args:
        faces: Triangles; vertices that stand in one place must be one to hang together.
        count: How many vertices there are.
    """
    pairs = faces[:, [[0, 1], [1, 2]]].reshape(-1, 2)
    graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(count, count))
    return connected_components(graph, directed=False)[1]
