# SPDX-License-Identifier: Apache-2.0
"""Hair for one person: a scalp cap that leaves no bald spot, and layers of cards over it.

Hair is grown on the actual head, so it follows every head shape; lengths are head sizes. It follows
the head joint; what hangs below the chin blends over neck to upper chest, so that turning the head
bends it instead of shearing it. Geometry is OPAQUE or MASK, never blended: no engine has to sort.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.body import ShapedBody
from gen3d.body.surface import four_influences, vertex_normals
from gen3d.skeleton import JOINTS
from gen3d.spec import HairSpec
from gen3d.types import Material, Mesh, Part
from gen3d.wardrobe.cut import Cloth, clip
from gen3d.wardrobe.hair_cards import Geometry, cards, merge, taper
from gen3d.wardrobe.hair_scalp import EYE_LEVEL, HeadFrame, hairline, head_cloth, head_frame, template
from gen3d.wardrobe.hair_strands import Collider, Strands, body_collider, grow, scatter_roots
from gen3d.wardrobe.hair_styles import STYLES, Layer, Style
from gen3d.wardrobe.hair_texture import chart_uv, hair_material

_UNDER_HAT = 0.006
"""Height that hair may have under headgear, metres."""


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
    if hair.style == "bald":
        return ()
    style = STYLES[hair.style]
    rng = np.random.default_rng([seed, 71])
    frame = head_frame(shaped)
    cloth = clip_scalp(shaped)
    collider = body_collider(shaped, _lowest(shaped), ears=style.covers_ears)
    pieces = [scalp_cap(shaped, cloth, style, frame)]
    for layer in style.layers:
        pieces.append(card_layer(shaped, cloth, layer, frame, collider, rng))
    material = hair_material("Hair", hair.color, style.comb, style.reach, style.grain)
    return (to_part("Hair", "Hair", "hair", merge(pieces), material),)


def _lowest(shaped: ShapedBody) -> float:
    return float(shaped.skeleton.positions[JOINTS.index("spine"), 1])


def to_part(name: str, group: str, slot: str, geometry: Geometry, material: Material) -> Part:
    """Finish geometry as a part."""
    mesh = Mesh(
        geometry.verts.astype(np.float32),
        geometry.faces.astype(np.int32),
        geometry.normals.astype(np.float32),
        geometry.uvs.astype(np.float32),
    )
    return Part(name, group, slot, mesh, four_influences(geometry.weights), material)


def clip_scalp(shaped: ShapedBody) -> Cloth:
    """The scalp, cut along the hairline."""
    cloth = head_cloth(shaped.data)
    return clip(cloth, cloth.of(hairline(shaped.data)[:, None])[:, 0])


def scalp_cap(shaped: ShapedBody, cloth: Cloth, style: Style, frame: HeadFrame) -> Geometry:
    """The scalp, lifted: thin at the hairline, thicker inside."""
    verts = cloth.of(shaped.verts.astype(np.float64))
    normals = vertex_normals(verts, cloth.faces).astype(np.float64)
    field = cloth.of(hairline(shaped.data)[:, None])[:, 0]
    inside = np.clip(field / 0.012, 0.0, 1.0)
    height = 0.0012 + (style.thickness - 0.0012) * inside
    height = height + style.crown * frame.size * np.clip(field / 0.035, 0.0, 1.0) ** 0.6
    verts = verts + normals * height[:, None]
    return Geometry(
        verts,
        cloth.faces,
        vertex_normals(verts, cloth.faces).astype(np.float64),
        chart_uv(cloth.of(template(shaped.data))),
        cloth.of(shaped.weights),
    )


def card_layer(
    shaped: ShapedBody,
    cloth: Cloth,
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
    lengths = layer.lengths(frame.canonical(roots.points)) * rng.uniform(0.88, 1.1, layer.count)
    strands = grow(roots, lengths, layer.growth, frame, collider, rng)
    strands = _corkscrew(strands, layer, frame, rng)
    steps = strands.points.shape[1]
    widths = layer.width * frame.size * rng.uniform(0.8, 1.2, layer.count)
    rects = np.array([layer.strips[i] for i in rng.integers(len(layer.strips), size=layer.count)])
    flip = rng.random(layer.count) < 0.5
    rects[flip] = rects[flip][:, [2, 1, 0, 3]]
    return cards(
        strands,
        widths,
        taper(steps, layer.root_width, layer.tip_width),
        rects,
        hair_weights(shaped, strands, roots.weights, frame),
        arch=layer.arch,
        volume=layer.volume,
        roll=rng.normal(size=layer.count) * layer.spread,
    )


def _corkscrew(
    strands: Strands, layer: Layer, frame: HeadFrame, rng: np.random.Generator
) -> Strands:
    """Wind guide curves around themselves."""
    radius, pitch = layer.curl
    if radius == 0.0:
        return strands
    points, out = strands.points, strands.outward
    step = np.linalg.norm(np.diff(points, axis=1), axis=-1)
    run = np.concatenate([np.zeros((len(step), 1)), np.cumsum(step, axis=1)], axis=1)
    angle = 2.0 * np.pi * run / (pitch * frame.size)
    angle = angle * rng.choice([-1.0, 1.0], len(run))[:, None] + rng.uniform(0, 6.28, len(run))[:, None]
    along = np.gradient(points, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    side = np.cross(out, along)
    wide = radius * frame.size * np.clip(run / (0.6 * pitch), 0.0, 1.0)
    wound = np.cos(angle)[..., None] * side + np.sin(angle)[..., None] * out
    return Strands(points + wide[..., None] * (wound + 0.6 * out), 0.6 * wound + 0.8 * out)


def hair_weights(
    shaped: ShapedBody,
    strands: Strands,
    root_weights: Float[np.ndarray, "strands joints"],
    frame: HeadFrame,
) -> Float[np.ndarray, "strands steps joints"]:
    """The root's weights to the chin, then over the neck to the upper chest."""
    height = frame.canonical(strands.points)[..., 1]
    chest_at = frame.canonical(shaped.skeleton.positions[JOINTS.index("leftUpperArm")])[1]
    chin = EYE_LEVEL - 0.07
    fall = np.clip((chin - height) / (chin - chest_at), 0.0, 1.0)
    fall = fall * fall * (3.0 - 2.0 * fall)
    head, neck, chest = (JOINTS.index(j) for j in ("head", "neck", "upperChest"))
    # Long strands that start at the nape would tear from those of the crown: one rule for both.
    start = np.zeros_like(root_weights)
    start[:, head] = 1.0
    short = np.clip((height.min(axis=1) - (chin - 0.01)) / 0.02, 0.0, 1.0)[:, None]
    root = short * root_weights + (1.0 - short) * start
    weights = root[:, None] * (1.0 - fall)[..., None]
    middle = 4.0 * fall * (1.0 - fall) * 0.5
    weights = weights * (1.0 - middle / np.maximum(1.0 - fall, 1e-9) * 0.5 * (fall < 1))[..., None]
    weights[..., neck] += 0.5 * middle
    weights[..., chest] += 1.0 - weights.sum(axis=-1)
    return np.maximum(weights, 0.0)
