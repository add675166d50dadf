# SPDX-License-Identifier: Apache-2.0
"""From a canonical level to a rigged mesh: surface, weights, face shapes, UVs, baked pictures.

Weights and face shapes are those of the nearest place of the dressed figure. Where clothes that
move apart were filled to one solid, neighbours may differ too much: whatever some stance would tear
takes the mean of its surroundings until none does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int, Int64
from scipy import ndimage
from torch import Tensor

from gen3d.body.surface import four_influences
from gen3d.canonical.solid import THICK, Level, Worn
from gen3d.delivery.painted import Onlooker, Seen
from gen3d.errors import Gen3dError
from gen3d.fields import bake
from gen3d.fields.box import Box
from gen3d.fields.cleanup import Cleaned, cleaned, survey, unpinched, without_specks
from gen3d.fields.closest import Nearest, picked
from gen3d.fields.surface import marched
from gen3d.fields.unwrap import neighbour_means, unwrapped
from gen3d.foundry.solids import Solid
from gen3d.progress import OnStep, silent
from gen3d.render.skinning import influence_matrix
from gen3d.render.surface import pack_character
from gen3d.types import Character, Part, Skin

STEPS = 4
_SPECK = 0.002
"""Volume of the smallest piece that stays, share of the largest one's."""
_DRAWN = 0.8
"""Share of the way back onto sheets, off which their thickness had kept the surface."""
_BLURS = (0.7, 1.2)
"""Blurs of the level, voxels, until the reduced surface closes: many small handles do not."""
_TORN, _LONG = 2.5, 0.012
"""An edge that grows by this factor, and to this length in metres, is torn."""
_CALMED = 60
_UNBENT = 0.995
"""Cosine between normals before and after guidance that counts as the same direction."""
_FACE_NOISE = 1e-5
SLOT = "figure"

Outward = Callable[[Float[Tensor, "n 3"]], Float[Tensor, "n"]]
"""How far the surface was moved outwards near places at rest, metres."""
Tint = Callable[[bake.Appearance, np.ndarray, Float[Tensor, "n 3"]], bake.Appearance]
"""Changes what is seen: the look, the part's number, the places at rest."""


@dataclass(frozen=True)
class FigurePlan:
    """What the mesh may cost."""

    triangles: int = 50_000
    texture_px: int = 2048


@dataclass(frozen=True)
class Change:
    """What guidance made of the figure."""

    reach: float
    """Farthest that the surface was moved, metres."""
    outward: Outward
    tint: Tint


@dataclass(frozen=True)
class Extracted:
    """A figure of one closed mesh."""

    character: Character
    facts: dict[str, object]


def surface_of(level: Level, worn: Worn, budget: int, change: Change | None = None) -> Cleaned:
    """The closed surface of a level, reduced, drawn back onto thin sheets.

    Raises:
        Gen3dError: There is no surface.
    """
    box, values = level.box, level.values
    if change is not None:
        values = values.copy()
        near = np.argwhere(np.abs(values) < change.reach + 2.0 * box.step)
        values[tuple(near.T)] -= _blocks(change.outward, box.points(near))
    if not values.min() < 0.0 < values.max():
        raise Gen3dError("The field has no surface left.", "Refine with fewer steps.")
    found = [_reduced(values, box, budget)]
    for blur in _BLURS:
        if found[-1].soundness.watertight:
            break
        found.append(_reduced(ndimage.gaussian_filter(values, blur), box, budget))
    best = min(found, key=lambda one: one.soundness.open_edges + one.soundness.crowded_edges)
    return replace(best, surface=_drawn_back(best.surface, worn, box.step, change))


def _reduced(values: Float32[np.ndarray, "x y z"], box: Box, budget: int) -> Cleaned:
    found = marched(values, box.step)
    raw = Solid(box.low + box.step * found.verts, found.faces)
    reduced = cleaned(raw, budget=budget, smallest_share=_SPECK)
    # Handles too small for the budget end as pinches and flaps.
    parted = without_specks(unpinched(_without_flaps(reduced.surface)), _SPECK)[0]
    return replace(reduced, surface=parted, soundness=survey(parted))


def _without_flaps(surface: Solid) -> Solid:
    """Without pairs of triangles that lie back to back on the same three vertices."""
    _, number, uses = np.unique(
        np.sort(surface.faces, axis=1), axis=0, return_inverse=True, return_counts=True
    )
    return picked(surface, np.flatnonzero(uses[number.reshape(-1)] == 1))


@torch.no_grad()
def _blocks(outward: Outward, points: Float64[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n"]:
    pieces = torch.from_numpy(points.astype(np.float32)).split(1 << 17)
    return torch.cat([outward(piece) for piece in pieces]).numpy()


def _drawn_back(solid: Solid, worn: Worn, step: float, change: Change | None) -> Solid:
    """Vertices that stand a sheet's thickness off it go most of the way back."""
    if worn.sheets is None:
        return solid
    base = solid if change is None else _unmoved(solid, change)
    outward = base.verts - worn.places(base.verts)
    off = np.linalg.norm(outward, axis=1)
    thick = THICK * step
    # As near to a sheet as it is to anything: not the skin beside it.
    own = np.abs(worn.sheets.nearest(base.verts).distance - off) < 1e-4
    back = np.where(own & (off < 1.6 * thick), _DRAWN * np.minimum(off, thick), 0.0)
    return Solid(solid.verts - outward * (back / np.maximum(off, 1e-9))[:, None], solid.faces)


def _unmoved(solid: Solid, change: Change) -> Solid:
    """Where vertices lay before guidance moved them, along their normals."""
    normals = bake.area_normals(solid.verts, solid.faces)
    return Solid(solid.verts - normals * _blocks(change.outward, solid.verts)[:, None], solid.faces)


def extracted(
    level: Level,
    worn: Worn,
    source: Character,
    plan: FigurePlan,
    stances: Sequence[Float32[np.ndarray, "joints 3 4"]],
    change: Change | None = None,
    on_step: OnStep = silent,
) -> Extracted:
    """A rigged character of one closed, textured mesh.

    Args:
        level: Of :func:`gen3d.canonical.solid.level_of`.
        worn: The figure that it is of.
        source: The same, as it is seen.
        plan: What it may cost.
        stances: Skinning matrices in which nothing may tear.
        change: What guidance made of it.
        on_step: Told after each of :data:`STEPS`.
    """
    found = surface_of(level, worn, plan.triangles, change)
    closed = found.surface
    base = closed if change is None else _unmoved(closed, change)
    nearest = worn.nearest(base.verts)
    on_step(1, STEPS)
    weights, torn = calmed(_held(worn, nearest), closed, stances)
    skin = four_influences(weights)
    on_step(2, STEPS)
    layout = unwrapped(closed, plan.texture_px)
    on_step(3, STEPS)
    eye = Onlooker(base, pack_character(source))
    look = bake.Source(lambda points: _look(eye, points, change))
    mesh, material = bake.bake(
        closed,
        layout,
        look,
        size_px=plan.texture_px,
        name=source.name,
        normals=_normals(eye, closed, base)[layout.origin],
    )
    on_step(4, STEPS)
    part = Part(
        name=source.name,
        group=worn.parts[0].group,
        slot=SLOT,
        mesh=mesh,
        skin=Skin(skin.joints[layout.origin], skin.weights[layout.origin]),
        material=material,
        morphs=_morphs(worn, nearest, layout.origin),
    )
    sound = found.soundness
    facts: dict[str, object] = {
        **{k: v for k, v in asdict(sound).items() if k != "volume"},
        "watertight": sound.watertight,
        "torn_edges": torn,
        "joined_limbs": joined_limbs(closed, skin, source.skeleton.parents),
        "dropped_pieces": found.dropped_pieces,
        "uv_overlap_texels": layout.crowded_texels,
    }
    return Extracted(replace(source, parts=(part,)), facts)


def _normals(eye: Onlooker, closed: Solid, base: Solid) -> Float32[np.ndarray, "verts 3"]:
    """The figure's own where the surface was not bent: few triangles shade unevenly."""
    own = bake.area_normals(closed.verts, closed.faces)
    before = bake.area_normals(base.verts, base.faces)
    bent = np.sum(own * before, axis=1, keepdims=True) < _UNBENT
    return np.where(bent, own, eye.normals(base.verts, own)).astype(np.float32)


@torch.no_grad()
def _look(eye: Onlooker, points: Float[Tensor, "n 3"], change: Change | None) -> bake.Appearance:
    if change is None:
        return eye.seen(points).look
    moved = change.outward(points)[:, None] * eye.outward(points)
    base = points - moved
    seen: Seen = eye.seen(base)
    return change.tint(seen.look, seen.part, base)


def held_by(
    worn: Worn, verts: Float64[np.ndarray, "verts 3"]
) -> Float64[np.ndarray, "verts joints"]:
    """Skin weights of the nearest place of the figure, for every joint."""
    return _held(worn, worn.nearest(verts))


def _held(worn: Worn, nearest: Nearest) -> Float64[np.ndarray, "verts joints"]:
    surface = worn.surface
    skin = Skin(surface.joints.astype(np.uint16), surface.weights)
    whole = influence_matrix(skin, len(worn.skeleton.names)).toarray()
    return nearest.mixed(whole.astype(np.float64), worn.held)


def calmed(
    weights: Float64[np.ndarray, "verts joints"],
    closed: Solid,
    stances: Sequence[Float32[np.ndarray, "joints 3 4"]],
) -> tuple[Float64[np.ndarray, "verts joints"], int]:
    """Weights under which no stance tears an edge, as far as that goes, and how many still do."""
    edges = edges_of(closed.faces)
    around = neighbour_means(closed.faces, len(closed.verts))
    length = np.linalg.norm(closed.verts[edges[:, 0]] - closed.verts[edges[:, 1]], axis=1)
    torn = np.zeros(len(edges), bool)
    for _ in range(_CALMED):
        torn = _torn(weights, closed.verts, edges, length, stances)
        if not torn.any():
            break
        bad = np.zeros(len(weights), bool)
        bad[edges[torn].ravel()] = True
        # With a ring around it, or one step would only hand the tear on.
        bad |= np.asarray(around @ bad).ravel() > 0.0
        weights = np.where(bad[:, None], 0.5 * weights + 0.5 * (around @ weights), weights)
    return weights, int(torn.sum())


def _torn(
    weights: Float64[np.ndarray, "verts joints"],
    verts: Float64[np.ndarray, "verts 3"],
    edges: Int64[np.ndarray, "edges 2"],
    length: Float64[np.ndarray, "edges"],
    stances: Sequence[Float32[np.ndarray, "joints 3 4"]],
) -> Bool[np.ndarray, "edges"]:
    torn = np.zeros(len(edges), bool)
    for matrices in stances:
        posed, _ = carried(weights, verts, matrices)
        torn |= is_torn(length, np.linalg.norm(posed[edges[:, 0]] - posed[edges[:, 1]], axis=1))
    return torn


def carried(
    weights: Float64[np.ndarray, "verts joints"],
    verts: Float64[np.ndarray, "verts 3"],
    matrices: Float32[np.ndarray, "joints 3 4"],
) -> tuple[Float64[np.ndarray, "verts 3"], Float64[np.ndarray, "verts 3 4"]]:
    """Where skinning matrices carry vertices, and the blended matrix of each."""
    blended = (weights @ matrices.reshape(-1, 12).astype(np.float64)).reshape(-1, 3, 4)
    return np.einsum("vij,vj->vi", blended[:, :, :3], verts) + blended[:, :, 3], blended


def is_torn(
    before: Float[np.ndarray, "edges"], after: Float[np.ndarray, "edges"]
) -> Bool[np.ndarray, "edges"]:
    """Which edges have grown so far that it shows, lengths in metres."""
    return after > np.maximum(_TORN * before, _LONG)


def joined_limbs(closed: Solid, skin: Skin, parents: Sequence[int]) -> int:
    """Edges between vertices whose bones are more than three joints apart in the tree.

    A finger that has grown onto its neighbour, or an arm onto the trunk, has many.
    """
    owner = np.take_along_axis(
        skin.joints.astype(np.int64), skin.weights.argmax(axis=1)[:, None], axis=1
    )[:, 0]
    apart = _tree_distances(parents)
    edges = edges_of(closed.faces)
    return int((apart[owner[edges[:, 0]], owner[edges[:, 1]]] > 3).sum())


def _tree_distances(parents: Sequence[int]) -> Int64[np.ndarray, "joints joints"]:
    chains: list[list[int]] = []
    for joint, parent in enumerate(parents):
        chains.append([joint, *(chains[parent] if parent >= 0 else [])])
    count = len(parents)
    found = np.zeros((count, count), np.int64)
    for a in range(count):
        for b in range(count):
            shared = len(set(chains[a]) & set(chains[b]))
            found[a, b] = len(chains[a]) + len(chains[b]) - 2 * shared
    return found


def edges_of(faces: Int[np.ndarray, "faces 3"]) -> Int64[np.ndarray, "edges 2"]:
    """Every edge once."""
    corners = faces.astype(np.int64)
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _morphs(
    worn: Worn, nearest: Nearest, origin: Int64[np.ndarray, "split"]
) -> dict[str, Float32[np.ndarray, "split 3"]]:
    """Face shapes of the nearest places."""
    names = list(dict.fromkeys(name for part in worn.parts for name in part.morphs))
    found: dict[str, np.ndarray] = {}
    for name in names:
        still = [np.zeros((len(p.mesh.verts), 3), np.float32) for p in worn.parts]
        own = [p.morphs.get(name, zero) for p, zero in zip(worn.parts, still, strict=True)]
        offsets = nearest.mixed(np.concatenate(own), worn.held)[origin]
        offsets[np.abs(offsets).max(axis=1) < _FACE_NOISE] = 0.0
        found[name] = offsets.astype(np.float32)
    return found
