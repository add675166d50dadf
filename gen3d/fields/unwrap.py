# SPDX-License-Identifier: Apache-2.0
"""Texture layouts in which every texel belongs to one triangle.

Charts are cut and packed by xatlas (least squares conformal and orthogonal charts). Where one of
its charts folds over itself, the layout is relaxed there; where that does not help, or xatlas finds
nothing, every triangle gets a place of its own: ugly, but always without overlap. What comes back
has been measured, texel by texel, at the size of the texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32, Int64
from scipy.sparse import csr_matrix

from gen3d.errors import Gen3dError
from gen3d.fields.texels import rasterised
from gen3d.foundry.solids import Solid

PADDING_PX = 4
"""Empty texels between charts, at the size that the layout is made for."""
_RELAX_STEPS = 24


@dataclass(frozen=True)
class Unwrapped:
    """A surface cut open: vertices are split along seams."""

    surface: Solid
    """The split vertices; faces in the order they came in."""
    origin: Int64[np.ndarray, "verts"]
    """Which vertex of the closed surface each one was."""
    uvs: Float32[np.ndarray, "verts 2"]
    """In [0, 1], origin top left."""
    crowded_texels: int
    """Texels that more than one triangle covers."""
    used_share: float
    """Of the picture."""
    per_triangle: bool
    """Whether the layout is the last resort."""


def unwrapped(surface: Solid, size_px: int = 1024, padding_px: int = PADDING_PX) -> Unwrapped:
    """Cut and lay out a surface for a square texture.

    Raises:
        Gen3dError: The surface has no triangles, or more than the texture has room for.
    """
    if not len(surface.faces):
        raise Gen3dError(
            "There is no surface to unwrap.", "Fit the field for longer, or start from a draft."
        )
    origin, faces, uvs = _charts(surface, size_px, padding_px)
    if not np.all(np.isfinite(uvs)) or not _covers(uvs, faces):
        return _per_triangle(surface, size_px)
    uvs = _relaxed(uvs, faces, size_px)
    found = _measured(surface, origin, faces, uvs, size_px)
    return _per_triangle(surface, size_px) if found.crowded_texels else found


def _measured(
    surface: Solid,
    origin: Int64[np.ndarray, "verts"],
    faces: Int32[np.ndarray, "faces 3"],
    uvs: Float64[np.ndarray, "verts 2"],
    size_px: int,
    *,
    per_triangle: bool = False,
) -> Unwrapped:
    layout = uvs.astype(np.float32)
    texels = rasterised(layout, faces, size_px)
    return Unwrapped(
        surface=Solid(surface.verts[origin], faces),
        origin=origin,
        uvs=layout,
        crowded_texels=texels.crowded,
        used_share=len(texels.row) / size_px**2,
        per_triangle=per_triangle,
    )


def _charts(
    surface: Solid, size_px: int, padding_px: int
) -> tuple[
    Int64[np.ndarray, "verts"], Int32[np.ndarray, "faces 3"], Float64[np.ndarray, "verts 2"]
]:
    """Run xatlas; its own picture may come out larger or not square, so it is scaled to fit."""
    import xatlas

    atlas = xatlas.Atlas()
    atlas.add_mesh(surface.verts.astype(np.float32), surface.faces.astype(np.uint32))
    cut, pack = xatlas.ChartOptions(), xatlas.PackOptions()
    cut.max_iterations = 1
    pack.resolution = size_px
    pack.bilinear = True
    # The packed picture is about a quarter larger than asked for and shrinks with its padding.
    pack.padding = padding_px + (padding_px + 1) // 2
    atlas.generate(cut, pack)
    origin, faces, uvs = atlas[0]
    scale = np.array([atlas.width, atlas.height], np.float64) / max(atlas.width, atlas.height, 1)
    return (
        np.asarray(origin, np.int64),
        np.asarray(faces, np.int64).astype(np.int32),
        np.asarray(uvs, np.float64) * scale,
    )


def _covers(uvs: Float64[np.ndarray, "verts 2"], faces: Int32[np.ndarray, "faces 3"]) -> bool:
    """Whether most triangles have some place in the picture."""
    return bool(np.mean(np.abs(_areas(uvs, faces)) > 1e-12) > 0.9)


def _areas(
    uvs: Float64[np.ndarray, "verts 2"], faces: Int32[np.ndarray, "faces 3"]
) -> Float64[np.ndarray, "faces"]:
    a, b, c = np.moveaxis(uvs[faces], 1, 0)
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def _relaxed(
    uvs: Float64[np.ndarray, "verts 2"], faces: Int32[np.ndarray, "faces 3"], size_px: int
) -> Float64[np.ndarray, "verts 2"]:
    """Unfold triangles that lie over others.

    The vertices of crowded triangles go to the mean of their neighbours (Tutte 1963: a convex
    arrangement has no folds), a ring more with every failure; outlines of charts too, since it is
    there that slivers stick out.
    """
    spread = neighbour_means(faces, len(uvs))
    held = np.zeros(len(uvs), bool)
    for _ in range(_RELAX_STEPS):
        crowded = rasterised(uvs, faces, size_px).crowded_faces
        if not len(crowded):
            break
        held[faces[crowded].ravel()] = True
        uvs = np.where(held[:, None], 0.5 * uvs + 0.5 * (spread @ uvs), uvs)
    return uvs


def neighbour_means(faces: Int32[np.ndarray, "faces 3"], count: int) -> csr_matrix:
    """A matrix that takes the mean of each vertex's neighbours."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    pairs = (np.concatenate([start, end]), np.concatenate([end, start]))
    graph = csr_matrix((np.ones(2 * len(start)), pairs), shape=(count, count))
    graph.data[:] = 1.0
    degree = np.asarray(graph.sum(axis=1)).ravel().clip(min=1.0)
    return csr_matrix(graph.multiply(1.0 / degree[:, None]))


def _per_triangle(surface: Solid, size_px: int) -> Unwrapped:
    """Two right triangles in each square of a grid, a texel apart.

    Raises:
        Gen3dError: The squares would be too small to hold any texel.
    """
    count = len(surface.faces)
    side = int(np.ceil(np.sqrt((count + 1) // 2)))
    cell = size_px / side
    if cell < 5.0:
        raise Gen3dError(
            f"{count} triangles do not fit a texture of {size_px} pixels.",
            "Choose a larger texture or fewer triangles.",
        )
    number = np.arange(count)
    square = number // 2
    corner = np.stack([square % side, square // side], axis=1) * cell
    uvs = corner[:, None] + _right_triangles(cell)[number % 2]
    return _measured(
        surface,
        surface.faces.ravel().astype(np.int64),
        np.arange(3 * count, dtype=np.int32).reshape(-1, 3),
        uvs.reshape(-1, 2) / size_px,
        size_px,
        per_triangle=True,
    )


def _right_triangles(cell: float) -> Float[np.ndarray, "2 3 2"]:
    """The lower left and the upper right half of a square, with a gap around and between."""
    low, high = 0.75, cell - 0.75
    gap = 1.5
    return np.array(
        [
            [[low, low], [low, high - gap], [high - gap, low]],
            [[high, high], [high, low + gap], [low + gap, high]],
        ]
    )
