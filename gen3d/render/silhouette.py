# SPDX-License-Identifier: Apache-2.0
"""Coverage at silhouettes: exact edge crossings blend the pixels on either side of a contour.

In the spirit of the antialiasing of Laine et al. 2020 ("Modular primitives for high-performance
differentiable rendering", §3.4), but starting from the mesh's contour edges instead of the visible
triangles, so that triangles smaller than a pixel lose nothing:

1. A *contour edge* of a view is one all of whose faces lie on one side of the plane through the eye
   and the edge: an open border, or a fold between a face seen from the front and one from behind.
2. A steep edge is cut with the rows of pixel centres, a flat one with the columns. The crossing
   lies between two neighbouring centres, at a distance ``d`` in (0, 1) from the inner one.
3. When the inner pixel is nearer than the outer one and the edge is not hidden, the outer pixel
   takes the share ``d - 1/2`` of the inner one's colour, or, when negative, the inner one takes
   ``1/2 - d`` of the outer one's.

The area under the contour is thereby integrated by the midpoint rule, row by row, and the crossing
is a smooth function of the vertices and the camera: this is where shapes get their gradient. What
falls between neighbouring pixel centres altogether is not seen; faces that pass through each other
have no contour there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, Int64
from torch import Tensor

from gen3d.render.fragments import Fragments
from gen3d.render.views import Views

_SLACK = 1.0 + 1e-4
"""How much nearer than an edge a surface may be without hiding it: rounding, things in contact."""
_NEAR = 1e-6
"""Axial depth of the nearest point that can be projected."""
_MIX = -0x61C8864680B583EB
"""2^64 over the golden ratio, as a signed number (Knuth's multiplicative hashing)."""


@dataclass(frozen=True)
class Edges:
    """The edges of a mesh, each once, with the faces that share them."""

    ends: Int64[Tensor, "edges 2"]
    """Vertices, the smaller index first."""
    number: Int64[Tensor, "sides"]
    """Edge of each side of each face (three sides to a face, in the order of the faces)."""
    forward: Bool[Tensor, "sides"]
    """Whether the side runs from the edge's first end to its second."""


@dataclass(frozen=True)
class Crossings:
    """Contour edges cut with pixel rows or columns: one blend each."""

    target: Int64[Tensor, "crossings"]
    """Flat index of the pixel that takes."""
    source: Int64[Tensor, "crossings"]
    """Flat index of the neighbour that it takes from."""
    share: Float[Tensor, "crossings"]
    """How much, in [0, 1/2]; differentiable."""


@dataclass(frozen=True)
class _Contours:
    """Contour edges, each in the view that sees it as one."""

    view: Int64[Tensor, "contours"]
    spots: Float[Tensor, "contours 2 2"]
    """Both ends in pixel coordinates, differentiable."""
    depth: Float[Tensor, "contours 2"]
    """Axial depth of both ends."""
    side: Float[Tensor, "contours"]
    """As :func:`contour` says."""


@dataclass(frozen=True)
class _Cuts:
    """Crossings before it is known which of them are seen."""

    inner: Int64[Tensor, "cuts"]
    outer: Int64[Tensor, "cuts"]
    pair: Int64[Tensor, "cuts"]
    """Number of the pixel pair and direction: cuts with the same one compete."""
    reach: Float[Tensor, "cuts"]
    """Distance from the inner centre in pixels, differentiable."""
    distance: Float[Tensor, "cuts"]
    """Distance of the edge from the eye."""


@torch.no_grad()
def edges_of(verts: Float[Tensor, "verts 3"], faces: Int[Tensor, "faces 3"]) -> Edges:
    """Find the edges of a mesh; once is enough while its faces stay the same.

    Vertices in exactly the same place count as one (the first), so the seams of an unwrapped mesh
    are no borders.
    """
    start = _welded(verts)[faces.long()]
    end = start[:, [1, 2, 0]].reshape(-1)
    start = start.reshape(-1)
    low, high = torch.minimum(start, end), torch.maximum(start, end)
    keys, number = torch.unique(low * len(verts) + high, return_inverse=True)
    ends = torch.stack([keys // len(verts), keys % len(verts)], dim=1)
    return Edges(ends, number, start < end)


def _welded(verts: Tensor) -> Int64[Tensor, "verts"]:
    """The first vertex that has the same position, for each."""
    # Adding zero turns the negative zero into the positive one; the mix of bits is injective but
    # for odds of about one in 2^64 a pair.
    bits = (verts.detach().double() + 0.0).view(torch.int64)
    mixed = ((bits[:, 0] * _MIX) ^ (bits[:, 1] >> 7)) * _MIX + (bits[:, 1] * _MIX)
    keys = (mixed ^ (mixed >> 29)) * _MIX + bits[:, 2]
    _, place = torch.unique(keys, return_inverse=True)
    index = torch.arange(len(verts), device=verts.device)
    first = torch.full_like(index, len(verts)).scatter_reduce(0, place, index, "amin")
    return first[place]


@torch.no_grad()
def contour(
    verts: Float[Tensor, "verts 3"], faces: Int[Tensor, "faces 3"], edges: Edges, views: Views
) -> Float[Tensor, "views edges"]:
    """Which edges are contours: +1 or -1 for the side on which their faces lie, 0 for the others.

    Positive when a face lies to the left of the edge from its first to its second end, seen from
    the eye.
    """
    a, b, c = verts[faces.long()].unbind(1)
    normal = torch.linalg.cross(b - a, c - a)
    # Facing is det(a - eye, b - eye, c - eye) up to sign; positive seen counter-clockwise.
    facing = views.eyes.to(verts) @ normal.T - (a * normal).sum(-1)
    sign = facing.sign().repeat_interleave(3, dim=1)
    sign = torch.where(edges.forward, sign, -sign)
    blank = verts.new_zeros(len(views), len(edges.ends))
    total = blank.index_add(1, edges.number, sign)
    faced = blank.index_add(1, edges.number, sign.abs())
    return torch.where((total.abs() == faced) & (faced > 0), total.sign(), 0.0)


def crossings(
    verts: Float[Tensor, "verts 3"],
    faces: Int[Tensor, "faces 3"],
    views: Views,
    fragments: Fragments,
    edges: Edges | None = None,
) -> Crossings:
    """Where visible contours pass between pixel centres."""
    edges = edges_of(verts, faces) if edges is None else edges
    side = contour(verts, faces, edges, views)
    view, edge = torch.nonzero(side, as_tuple=True)
    ends = verts.index_select(0, edges.ends[edge].reshape(-1)).reshape(-1, 2, 3)
    spots, depth = _projected(views, view, ends)
    span, ahead = (spots[:, 1] - spots[:, 0]).detach().abs(), (depth > _NEAR).all(dim=1)
    flat = span[:, 0] > span[:, 1]
    chosen = _Contours(view, spots, depth.detach(), side[view, edge])
    rows = _cut(views, _picked(chosen, ahead & ~flat), column=False)
    columns = _cut(views, _picked(chosen, ahead & flat), column=True)
    cuts = _Cuts(*(torch.cat(both) for both in zip(_parts(rows), _parts(columns), strict=True)))
    return _blends(cuts, _winners(cuts, fragments))


def blended(
    values: Float[Tensor, "hits channels"], fragments: Fragments, at: Crossings
) -> Float[Tensor, "views height width channels"]:
    """Pictures of the fragments' values, every pixel mixed with its neighbours beyond a contour.

    A pixel keeps what its neighbours leave; when they would take more than all of it (holes and
    corners of a pixel's size), their shares are scaled to one. Pixels that see nothing are zero.
    """
    slot = fragments.slot
    rows = torch.cat([values, values.new_zeros(1, values.shape[1])])
    target, source = (slot.index_select(0, pixel) for pixel in (at.target, at.source))
    taken = at.share.new_zeros(fragments.pixel_count).index_add(0, at.target, at.share)
    share = at.share / taken.index_select(0, at.target).clamp(min=1.0)
    gain = share[:, None] * (rows.index_select(0, source) - rows.index_select(0, target))
    pixel = torch.cat([fragments.pixel, at.target])
    flat = values.new_zeros(fragments.pixel_count, values.shape[1])
    whole = flat.index_add(0, pixel, torch.cat([values, gain]))
    return whole.reshape(*fragments.shape, values.shape[1])


def _projected(views: Views, view: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Pixel coordinates and axial depths of points, each pair in its own view."""
    R_world_camera = views.T_world_camera[:, :3, :3].to(points).index_select(0, view)
    offset = points - views.eyes.to(points).index_select(0, view)[:, None]
    local = torch.bmm(offset, R_world_camera)
    depth = -local[..., 2]
    focal_px = 0.5 * views.height_px / torch.tan(views.fov_y.to(points) / 2.0)
    scale = focal_px.index_select(0, view)[:, None] / depth.clamp(min=_NEAR)
    x = 0.5 * views.width_px + scale * local[..., 0]
    y = 0.5 * views.height_px - scale * local[..., 1]
    return torch.stack([x, y], dim=-1), depth


def _cut(views: Views, contours: _Contours, *, column: bool) -> _Cuts:
    """Cut edges with the rows of pixel centres (or the columns)."""
    height, width = views.height_px, views.width_px
    lines, limit, stride = (width, height, width) if column else (height, width, 1)
    along, across = (0, 1) if column else (1, 0)
    edge, line = _lines(contours.spots[..., along].detach(), lines)
    first, second = contours.spots.index_select(0, edge).unbind(1)
    step = second - first
    share = (line + 0.5 - first[:, along]) / step[:, along]
    place = first[:, across] + share * step[:, across] - 0.5
    low = torch.floor(place.detach()).long()
    # Faces lie to the left of an edge whose side is +1; y runs down in the picture.
    turn = -contours.side[edge] if column else contours.side[edge]
    after = step[:, along].detach() * turn > 0.0
    view = contours.view[edge]
    pixel = view * (height * width) + (line + low * width if column else line * width + low)
    inner, outer = torch.where(after, stride, 0), torch.where(after, 0, stride)
    reach = torch.where(after, low + 1.0 - place, place - low)
    nearness = 1.0 / contours.depth[edge]
    spot = torch.lerp(first, second, share[:, None]).detach()
    axial = 1.0 / torch.lerp(nearness[:, 0], nearness[:, 1], share.detach())
    distance = axial * _slant(views, view, spot)
    kept = torch.nonzero((low >= 0) & (low < limit - 1))[:, 0]
    # Cuts compete within one pair of pixels; axis and direction are part of the pair's number.
    pair = 4 * pixel + 2 * int(column) + after.long()
    cuts = _Cuts(pixel + inner, pixel + outer, pair, reach, distance)
    return _Cuts(*(part[kept] for part in _parts(cuts)))


def _lines(span: Float[Tensor, "edges 2"], lines: int) -> tuple[Tensor, Tensor]:
    """Every centre line between the ends of each edge (half open, so that none is met twice)."""
    start = torch.ceil(span.amin(dim=1) - 0.5).clamp(0, lines).long()
    stop = torch.ceil(span.amax(dim=1) - 0.5).clamp(0, lines).long()
    count = stop - start
    edge = torch.repeat_interleave(count)
    before = torch.cumsum(count, 0) - count
    line = torch.arange(len(edge), device=span.device) - before[edge] + start[edge]
    return edge, line


def _slant(views: Views, view: Tensor, spot: Float[Tensor, "cuts 2"]) -> Float[Tensor, "cuts"]:
    """Distance along the ray through a place of the picture for each unit of axial depth."""
    focal_px = 0.5 * views.height_px / torch.tan(views.fov_y.detach().to(spot)[view] / 2.0)
    x, y = (spot - spot.new_tensor([0.5 * views.width_px, 0.5 * views.height_px])).unbind(1)
    return torch.sqrt(1.0 + (x * x + y * y) / (focal_px * focal_px))


@torch.no_grad()
def _winners(cuts: _Cuts, fragments: Fragments) -> Int64[Tensor, "winners"]:
    """Cuts that are seen; of several between the same two pixels the outermost."""
    depth = torch.cat([fragments.depth.detach(), fragments.depth.new_full((1,), torch.inf)])
    slot = fragments.slot
    inner, outer = (depth[slot.index_select(0, pixel)] for pixel in (cuts.inner, cuts.outer))
    seen = torch.nonzero((inner < outer) & (cuts.distance <= outer * _SLACK))[:, 0]
    order = seen[torch.argsort(cuts.reach.detach()[seen], descending=True, stable=True)]
    order = order[torch.argsort(cuts.pair[order], stable=True)]
    pair = cuts.pair[order]
    leads = torch.ones_like(pair, dtype=torch.bool)
    leads[1:] = pair[1:] != pair[:-1]
    return order[leads]


def _blends(cuts: _Cuts, used: Int64[Tensor, "crossings"]) -> Crossings:
    inner, outer = cuts.inner[used], cuts.outer[used]
    beyond = cuts.reach.index_select(0, used) - 0.5
    outward = beyond.detach() > 0.0
    target, source = torch.where(outward, outer, inner), torch.where(outward, inner, outer)
    return Crossings(target, source, beyond.abs())


def _picked(contours: _Contours, mask: Tensor) -> _Contours:
    use = torch.nonzero(mask)[:, 0]
    return _Contours(
        contours.view[use], contours.spots[use], contours.depth[use], contours.side[use]
    )


def _parts(cuts: _Cuts) -> tuple[Tensor, ...]:
    return cuts.inner, cuts.outer, cuts.pair, cuts.reach, cuts.distance
