# SPDX-License-Identifier: Apache-2.0
"""Hair for one person: a scalp cap that leaves no bald spot, and layers of cards over it.

Hair is grown on the actual head, so it follows every head shape; lengths are head sizes. It follows
the head joint; what hangs below the chin blends over neck to upper chest, so that turning the head
bends it instead of shearing it. Geometry is OPAQUE or MASK, never blended: no engine has to sort.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from gen3d.body import ShapedBody
from gen3d.body.surface import vertex_normals
from gen3d.skeleton import JOINTS
from gen3d.spec import HairSpec
from gen3d.transforms import normalize
from gen3d.types import Part
from gen3d.wardrobe.cut import Cloth, clip
from gen3d.wardrobe.hair_beard import grow_beard
from gen3d.wardrobe.hair_cards import Geometry, cards, merge, taper
from gen3d.wardrobe.hair_parts import to_part, under_hat
from gen3d.wardrobe.hair_scalp import (
    EYE_LEVEL,
    HeadFrame,
    hairline,
    head_cloth,
    head_frame,
    template,
)
from gen3d.wardrobe.hair_strands import Collider, Strands, body_collider, grow, scatter_roots
from gen3d.wardrobe.hair_styles import STYLES, Layer, Style
from gen3d.wardrobe.hair_texture import chart_uv, hair_material
from gen3d.wardrobe.hair_ties import Head, bun, plaits, tail

_GATHERED = {"ponytail": tail, "bun": bun, "braids": plaits}
_WIDEST = 0.118
"""Half width of a head of hanging hair, canonical metres."""
_CHIN = EYE_LEVEL - 0.07
"""Canonical height under which hair may rest on the body."""


def grow_hair(
    shaped: ShapedBody, hair: HairSpec, seed: int, *, hat: bool = False
) -> tuple[Part, ...]:
    """Grow the hair of a specification on a head.

    Args:
        shaped: The person.
        hair: Style and colour.
        seed: Same seed, same hair.
        hat: Flatten the hair over the brim line, so that headgear fits over it.
    """
    beard = grow_beard(shaped, hair.beard, hair.color, seed)
    if hair.style == "bald":
        return beard
    style = STYLES[hair.style]
    rng = np.random.default_rng([seed, 71])
    frame = head_frame(shaped)
    cloth = clip_scalp(shaped)
    collider = body_collider(shaped, _lowest(shaped), ears=style.covers_ears)
    pieces = [scalp_cap(shaped, cloth, style, frame)]
    pieces += [
        card_layer(shaped, cloth, style, layer, frame, collider, rng) for layer in style.layers
    ]
    if hair.style in _GATHERED:
        head = Head(shaped, frame, collider, lambda points: fall_weights(shaped, points, frame))
        pieces += _GATHERED[hair.style](head, rng)
    material = hair_material("Hair", hair.color, style.comb, style.reach, style.grain)
    geometry = merge(pieces)
    if hat:
        geometry = under_hat(geometry, frame, body_collider(shaped, _lowest(shaped), ears=False))
    return (to_part("Hair", "Hair", "hair", geometry, material), *beard)


def _lowest(shaped: ShapedBody) -> float:
    return float(shaped.skeleton.positions[JOINTS.index("spine"), 1])


def clip_scalp(shaped: ShapedBody) -> Cloth:
    """The scalp, cut along the hairline."""
    cloth = head_cloth(shaped.data)
    return clip(cloth, cloth.of(hairline(shaped.data)[:, None])[:, 0])


def scalp_cap(shaped: ShapedBody, cloth: Cloth, style: Style, frame: HeadFrame) -> Geometry:
    """The scalp, lifted: thin at the hairline, thicker inside."""
    verts = cloth.of(shaped.verts.astype(np.float64))
    normals = vertex_normals(verts, cloth.faces).astype(np.float64)
    field = cloth.of(hairline(shaped.data)[:, None])[:, 0]
    verts = verts + cap_offset(style, frame, normals, field)
    return Geometry(
        verts,
        cloth.faces,
        vertex_normals(verts, cloth.faces).astype(np.float64),
        chart_uv(cloth.of(template(shaped.data))),
        cloth.of(shaped.weights),
    )


def cap_offset(
    style: Style, frame: HeadFrame, normals: Float[np.ndarray, "n 3"], field: Float[np.ndarray, "n"]
) -> Float[np.ndarray, "n 3"]:
    """From the skin to the cap's surface, where ``field`` metres lie to the hairline."""
    height = 0.0012 + (style.thickness - 0.0012) * np.clip(field / 0.012, 0.0, 1.0)
    ball = style.crown * frame.size * np.sin(0.5 * np.pi * np.clip(field / 0.060, 0.0, 1.0)) ** 0.8
    # A ball of hair rises over the forehead instead of jutting out of it.
    upwards = normalize(normals + np.array([0.0, 0.45, 0.0]))
    return normals * height[:, None] + upwards * ball[:, None]


def card_layer(
    shaped: ShapedBody,
    cloth: Cloth,
    style: Style,
    layer: Layer,
    frame: HeadFrame,
    collider: Collider,
    rng: np.random.Generator,
) -> Geometry:
    """Grow one layer of cards."""
    centres = cloth.of(template(shaped.data))[cloth.faces].mean(axis=1)
    field = hairline(shaped.data)
    deep = cloth.of(field[:, None])[:, 0][cloth.faces].mean(axis=1) > layer.margin
    density = layer.region(centres) * deep
    roots = scatter_roots(shaped, cloth, field, density, layer.count, rng)
    if style.crown:
        lift = cap_offset(style, frame, roots.normals, roots.fields)
        roots = replace(roots, points=roots.points + lift)
    lengths = layer.lengths(frame.canonical(roots.points)) * rng.uniform(0.88, 1.1, layer.count)
    strands = grow(roots, lengths, layer.growth, frame, collider, rng)
    strands = _corkscrew(strands, layer, frame, rng)
    # A card is never much wider than it is long: short hair would look like scales.
    slim = np.clip(lengths / (2.0 * layer.width), 0.45, 1.0)
    widths = layer.width * frame.size * rng.uniform(0.8, 1.2, layer.count) * slim
    rects = np.array([layer.strips[i] for i in rng.integers(len(layer.strips), size=layer.count)])
    flip = rng.random(layer.count) < 0.5
    rects[flip] = rects[flip][:, [2, 1, 0, 3]]
    roll = rng.normal(size=layer.count) * layer.spread
    clear = ~_over_the_face(frame.canonical(strands.points))
    clear &= _on_leash(strands, layer.leash, frame, collider)
    kept = Strands(strands.points[clear], strands.outward[clear])
    return cards(
        kept,
        widths[clear],
        taper(kept.points.shape[1], layer.root_width, layer.tip_width),
        rects[clear],
        hair_weights(shaped, kept, roots.weights[clear], frame),
        arch=layer.arch,
        volume=layer.volume,
        roll=roll[clear],
    )


def _on_leash(
    strands: Strands, leash: float, frame: HeadFrame, collider: Collider
) -> Bool[np.ndarray, "strands"]:
    """Strands that stay near the head as long as they are beside it."""
    count, steps = strands.points.shape[:2]
    if not np.isfinite(leash):
        return np.ones(count, dtype=bool)
    height, _ = collider.distance(strands.points.reshape(-1, 3))
    canonical = frame.canonical(strands.points)
    strays = (height.reshape(count, steps) > leash * frame.size) & (canonical[..., 1] > _CHIN)
    # In the T-pose shoulders are wide tables: what would lie along the arm is left out too.
    strays |= np.abs(canonical[..., 0]) > _WIDEST
    return np.asarray(~strays.any(axis=1))


def _over_the_face(canonical: Float[np.ndarray, "strands steps 3"]) -> Bool[np.ndarray, "strands"]:
    """Strands that hang before brows, eyes or mouth: a few do, by chance, and none should."""
    x, y, z = np.moveaxis(canonical, -1, 0)
    before = (np.abs(x) < 0.056) & (y < EYE_LEVEL + 0.028) & (z > 0.095)
    return np.asarray(before.any(axis=1))


def _corkscrew(
    strands: Strands, layer: Layer, frame: HeadFrame, rng: np.random.Generator
) -> Strands:
    """Wind guide curves around themselves."""
    radius, pitch = layer.curl
    if radius == 0.0:
        return strands
    points, out = _finer(strands.points), _finer(strands.outward)
    step = np.linalg.norm(np.diff(points, axis=1), axis=-1)
    run = np.concatenate([np.zeros((len(step), 1)), np.cumsum(step, axis=1)], axis=1)
    angle = 2.0 * np.pi * run / (pitch * frame.size)
    angle = (
        angle * rng.choice([-1.0, 1.0], len(run))[:, None] + rng.uniform(0, 6.28, len(run))[:, None]
    )
    along = np.gradient(points, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    side = np.cross(out, along)
    wide = radius * frame.size * np.clip(run / (0.6 * pitch), 0.0, 1.0)
    wound = np.cos(angle)[..., None] * side + np.sin(angle)[..., None] * out
    return Strands(points + wide[..., None] * (wound + 0.6 * out), 0.25 * wound + out)


def _finer(curves: Float[np.ndarray, "strands steps 3"]) -> Float[np.ndarray, "strands fine 3"]:
    """Twice as many steps (midpoints of a Catmull-Rom spline)."""
    padded = np.concatenate([curves[:, :1], curves, curves[:, -1:]], axis=1)
    middle = 0.5625 * (curves[:, :-1] + curves[:, 1:]) - 0.0625 * (padded[:, :-3] + padded[:, 3:])
    count, steps = curves.shape[:2]
    fine = np.zeros((count, 2 * steps - 1, 3))
    fine[:, ::2], fine[:, 1::2] = curves, middle
    return fine


def fall_weights(
    shaped: ShapedBody, points: Float[np.ndarray, "n 3"], frame: HeadFrame
) -> Float[np.ndarray, "n joints"]:
    """Head down to the chin, then over the neck to the upper chest."""
    height = frame.canonical(points)[:, 1]
    chest_at = float(frame.canonical(shaped.skeleton.positions[JOINTS.index("leftUpperArm")])[1])
    fall = np.clip((_CHIN - height) / (_CHIN - chest_at), 0.0, 1.0)
    fall = fall * fall * (3.0 - 2.0 * fall)
    weights = np.zeros((len(points), len(JOINTS)))
    between = 2.0 * fall * (1.0 - fall)
    weights[:, JOINTS.index("head")] = (1.0 - fall) ** 2
    weights[:, JOINTS.index("neck")] = between
    weights[:, JOINTS.index("upperChest")] = fall**2
    return weights


def hair_weights(
    shaped: ShapedBody,
    strands: Strands,
    root_weights: Float[np.ndarray, "strands joints"],
    frame: HeadFrame,
) -> Float[np.ndarray, "strands steps joints"]:
    """Short strands follow the skin at their root; long ones hang (:func:`fall_weights`)."""
    count, steps = strands.points.shape[:2]
    hanging = fall_weights(shaped, strands.points.reshape(-1, 3), frame).reshape(count, steps, -1)
    lowest = frame.canonical(strands.points)[..., 1].min(axis=1)
    short = np.clip((lowest - (_CHIN - 0.02)) / 0.02, 0.0, 1.0)[:, None, None]
    return short * root_weights[:, None] + (1.0 - short) * hanging
