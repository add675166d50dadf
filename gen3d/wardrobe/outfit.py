# SPDX-License-Identifier: Apache-2.0
"""Put clothes on a person, layer by layer, and drop what they hide.

Every layer lies on the skin *and* on the layers below it, so a jacket never sinks into its shirt;
afterwards hidden skin and hidden inner cloth are culled; soles say how far the figure is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals, with_faces
from gen3d.progress import OnStep, silent
from gen3d.spec import GarmentSpec
from gen3d.types import Mesh, Part, Skeleton
from gen3d.wardrobe import cover, footwear
from gen3d.wardrobe.accessories import make_accessory
from gen3d.wardrobe.cloth import make_piece, on_skin
from gen3d.wardrobe.drape import Layers, Support, body_points, smoother
from gen3d.wardrobe.headgear import make_headgear
from gen3d.wardrobe.measure import Measures, take
from gen3d.wardrobe.pattern import PATTERNS
from gen3d.wardrobe.sew import Piece, join_pieces, sew
from gen3d.wardrobe.sketch import current
from gen3d.wardrobe.skirts import make_skirt

HEADGEAR = frozenset(
    {
        "helmet",
        "horned_helmet",
        "hat",
        "wizard_hat",
        "cap",
        "toque",
        "crown",
        "headband",
        "hood",
        "face_mask",
        "glasses",
        "sunglasses",
    },
)
"""Kinds made by :mod:`gen3d.wardrobe.headgear`."""

_LOWER = frozenset(
    {
        "trousers",
        "shorts",
        "skirt",
        "long_skirt",
        "dress",
        "gown",
        "robe",
        "bodysuit",
        "leotard",
        "loincloth",
    }
)
_UPPER = frozenset(
    {
        "t_shirt",
        "tank_top",
        "long_sleeved_shirt",
        "sweater",
        "dress",
        "gown",
        "robe",
        "bodysuit",
        "leotard",
        "hoodie",
    }
)
_ACCESSORIES = (
    "greaves",
    "bracers",
    "breastplate",
    "apron",
    "belt",
    "pauldrons",
    "backpack",
    "scarf",
)
_OUTER_LAYER = 90
_UNDER_ACCESSORIES = frozenset({"apron", "breastplate", "belt"})
"""Accessories that later ones are worn over."""
_SKIN_MARGIN_RINGS = 3
_MOST_RAISED = 0.03
"""Metres that an accessory moves at most to come out of the clothes below it."""
_CLOTH_MARGIN_RINGS = 3


@dataclass(frozen=True)
class Outfit:
    """Clothes on a person, at rest, before the lift."""

    parts: tuple[Part, ...]
    skin_kept: Bool[np.ndarray, "triangles"]
    """For each triangle of the body: is it still needed?"""
    lift: float
    """How much the soles raise the figure, metres."""


@dataclass(frozen=True)
class _Layer:
    parts: tuple[Part, ...]
    covers: bool = False
    """Hides what is under it (rags and lenses do not)."""


def layer_of(kind: str) -> int:
    """Order in which garments are put on."""
    if kind in PATTERNS:
        return PATTERNS[kind].layer
    if kind in footwear.SHOES:
        return footwear.SHOES[kind].layer
    if kind == "gloves":
        return 12
    if kind in _ACCESSORIES:
        return _OUTER_LAYER + _ACCESSORIES.index(kind)
    return _OUTER_LAYER + len(_ACCESSORIES)


def decent(garments: tuple[GarmentSpec, ...], sex: float) -> tuple[GarmentSpec, ...]:
    """Add what a figure must at least wear: something below, and above for women."""
    kinds = {g.kind for g in garments}
    added: list[GarmentSpec] = []
    if not kinds & _LOWER:
        added.append(GarmentSpec(kind="shorts", color=(0.05, 0.05, 0.06)))
    if sex > 0.5 and not kinds & _UPPER:
        added.append(GarmentSpec(kind="tank_top", color=(0.35, 0.35, 0.36)))
    return (*added, *garments)


def _title(kind: str) -> str:
    return "".join(word.title() for word in kind.split("_"))


def _cut_pattern(
    kind: str, shaped: ShapedBody, support: Support, layers: Layers, m: Measures
) -> tuple[Piece, Layers]:
    pattern = PATTERNS[kind]
    piece, suit = make_piece(pattern, shaped, support, layers.suit, m)
    layers = replace(layers, suit=suit)
    if pattern.skirt is None:
        return piece, layers
    # The skirt starts a little above the lower edge of the upper half and lies over it.
    low_edge = m.waist_y + 0.02 if pattern.brief else m.trunk(pattern.bottom) + 0.025
    skirt, layers = make_skirt(pattern.skirt, shaped, layers, m, clearance=0.003, top_y=low_edge)
    low, high = piece.corner_uvs.min(axis=(0, 1)), piece.corner_uvs.max(axis=(0, 1))
    span = skirt.corner_uvs - skirt.corner_uvs.min(axis=(0, 1))
    # Charts of both pieces sit side by side; both are in metres.
    beside = span + np.array([high[0] + 0.02 * (high[0] - low[0]), low[1]])
    below = m.waist_y if pattern.brief else m.trunk(pattern.bottom)
    seam = (below - 0.015, low_edge + 0.015)
    return join_pieces(piece, replace(skirt, corner_uvs=beside), seam), layers


def _make(
    garment: GarmentSpec,
    shaped: ShapedBody,
    support: Support,
    layers: Layers,
    m: Measures,
    seed: int,
    beard: float,
) -> tuple[_Layer, Layers]:
    kind, group = garment.kind, _title(garment.kind)
    if kind in HEADGEAR:
        made = make_headgear(shaped, garment, seed, beard)
        return _Layer(tuple(with_faces(p, p.mesh.faces) for p in made)), layers
    if kind in PATTERNS:
        piece, layers = _cut_pattern(kind, shaped, support, layers, m)
    elif kind in footwear.SHOES:
        piece, suit = footwear.make_upper(kind, shaped, support, layers.suit, m)
        layers = replace(layers, suit=suit)
    elif kind == "gloves":
        piece = footwear.make_gloves(shaped, m)
    else:
        parts = tuple(_raised(p, layers) for p in make_accessory(shaped, garment, seed))
        if kind in _UNDER_ACCESSORIES:
            layers = replace(layers, accessories=(*layers.accessories, *map(_oriented, parts)))
        return _Layer(parts), layers
    parts = [sew(piece, garment, name=group, seed=seed)]
    if kind in footwear.SHOES:
        sole = footwear.make_sole(garment, piece, shaped, m, group=group, seed=seed)
        parts += [sole] if sole else []
    return _Layer(tuple(parts), covers=garment.pattern != "rags"), layers


def _oriented(part: Part) -> tuple[np.ndarray, np.ndarray]:
    return part.mesh.verts.astype(np.float64), part.mesh.normals.astype(np.float64)


def _raised(part: Part, layers: Layers) -> Part:
    """Move an accessory out of what it is worn over."""
    if part.slot in {"cape", "backpack"}:
        return part
    source, faces = _merged(part.mesh)
    verts = np.zeros((int(source.max()) + 1, 3))
    verts[source] = part.mesh.verts
    height, away = layers.support().height_of(verts)
    sunk = np.clip(0.004 - height, 0.0, _MOST_RAISED)
    average = smoother(faces, len(verts))
    for _ in range(8):  # Neighbours come along, so that the piece moves and does not crumple.
        sunk = np.maximum(sunk, average @ sunk)
        away = average @ away
    if sunk.max() <= 0:
        return part
    lifted = verts + away * sunk[:, None]
    normals = vertex_normals(lifted, faces)[source]
    mesh = replace(part.mesh, verts=lifted[source].astype(np.float32), normals=normals)
    return replace(part, mesh=mesh)


def _merged(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Undo the splits at seams: for each vertex the number of its place, and faces on places."""
    places = np.round(mesh.verts * 1e5).astype(np.int64)
    _, source = np.unique(places, axis=0, return_inverse=True)
    source = source.ravel()
    return source, source[mesh.faces]


def _merge(parts: list[Part]) -> tuple[np.ndarray, np.ndarray]:
    starts = np.cumsum([0, *(len(p.mesh.verts) for p in parts)])
    points = np.concatenate([p.mesh.verts for p in parts])
    faces = np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts, strict=False)])
    return points, faces


def _under(part: Part, outer: list[Part]) -> Part | None:
    """An inner garment without what the outer ones hide."""
    points, faces = _merge(outer)
    mesh = part.mesh
    hidden = cover.hidden_verts(mesh.verts, mesh.normals, points, faces)
    hidden = cover.erode(hidden, mesh.faces, _CLOTH_MARGIN_RINGS)
    visible = cover.visible_faces(hidden, mesh.faces)
    return with_faces(part, mesh.faces[visible]) if visible.any() else None


def _skin_kept(shaped: ShapedBody, outer: list[Part]) -> np.ndarray:
    faces = triangulate(shaped.data.quads["body"])
    if not outer:
        return np.ones(len(faces), dtype=bool)
    normals = vertex_normals(shaped.verts, faces)[:BODY_VERTS]
    points, cover_faces = _merge(outer)
    hidden = cover.hidden_verts(shaped.verts[:BODY_VERTS], normals, points, cover_faces)
    hidden = cover.erode(hidden, faces, _SKIN_MARGIN_RINGS)
    return cover.visible_faces(hidden, faces)


def dress(
    shaped: ShapedBody,
    garments: tuple[GarmentSpec, ...],
    seed: int,
    on_step: OnStep = silent,
    beard: float = 0.0,
) -> Outfit:
    """Dress a person.

    Args:
        shaped: The person, in the T-pose.
        garments: What to wear, in any order.
        seed: Of the fabrics.
        on_step: Progress, one step a garment.
        beard: Length of the beard, which a closed helmet has no room for.
    """
    m = take(shaped)
    support = Support.of(*body_points(shaped))
    state = Layers(on_skin(shaped))
    ordered = sorted(decent(garments, shaped.spec.sex), key=lambda g: layer_of(g.kind))
    layers: list[_Layer] = []
    for number, garment in enumerate(ordered):
        layer, state = _make(garment, shaped, support, state, m, seed + number, beard)
        layers.append(layer)
        on_step(number + 1, len(ordered))
    lift = max((footwear.sole_height(g.kind, m.height) for g in ordered), default=0.0)
    if current() is not None:
        # Whatever is worn may be taken off again, so what it would hide stays.
        whole = np.ones(len(triangulate(shaped.data.quads["body"])), dtype=bool)
        return Outfit(tuple(p for layer in layers for p in layer.parts), whole, lift)
    parts: list[Part] = []
    for number, layer in enumerate(layers):
        outer = [p for later in layers[number + 1 :] if later.covers for p in later.parts]
        for part in layer.parts:
            left = _under(part, outer) if outer and layer.covers else part
            parts += [left] if left else []
    covering = [p for layer in layers if layer.covers for p in layer.parts]
    return Outfit(tuple(parts), _skin_kept(shaped, covering), lift)


def lift_part(part: Part, lift: float) -> Part:
    """Raise a part."""
    up = np.array([0.0, lift, 0.0], dtype=np.float32)
    return replace(part, mesh=replace(part.mesh, verts=part.mesh.verts + up))


def lift_skeleton(skeleton: Skeleton, lift: float) -> Skeleton:
    """Raise every joint but the root, which stays on the ground."""
    positions = skeleton.positions.copy()
    positions[1:, 1] += lift
    return replace(skeleton, positions=positions)
