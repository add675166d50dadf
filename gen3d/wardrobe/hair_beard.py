# SPDX-License-Identifier: Apache-2.0
"""Beards: a base cut from the jaw's skin and cards on it, all carrying the face morphs.

Every vertex of a strand moves with the skin at its root, so a beard follows a speaking mouth.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float

from gen3d.body import ShapedBody
from gen3d.body.data import BodyData
from gen3d.body.surface import vertex_normals
from gen3d.spec import Rgb
from gen3d.types import Part
from gen3d.wardrobe import cut
from gen3d.wardrobe.hair_cards import Geometry, cards, merge, taper
from gen3d.wardrobe.hair_combs import from_crown
from gen3d.wardrobe.hair_parts import to_part
from gen3d.wardrobe.hair_scalp import HeadFrame, azimuth, head_frame, template
from gen3d.wardrobe.hair_strands import Growth, Roots, body_collider, grow, scatter_roots
from gen3d.wardrobe.hair_texture import STRAIGHT, hair_material

_MOUTH = np.array([0.0, 0.6610])
"""Middle of the lips: x and height on the template, metres."""
_OUTLINE = (
    # Azimuth in degrees and height of the beard's outline, from the philtrum round to the throat.
    (0.0, 0.6795),
    (7.0, 0.6795),
    (13.0, 0.6765),
    (20.0, 0.6660),
    (26.0, 0.6560),
    (36.0, 0.6560),
    (50.0, 0.6660),
    (62.0, 0.6810),
    (68.0, 0.7030),
    (76.0, 0.7050),
    (78.0, 0.6750),
    (76.0, 0.6450),
    (62.0, 0.6200),
    (40.0, 0.6020),
    (0.0, 0.5960),
)
_RADIUS = 0.10
_PARTED = 0.55
"""How much a moustache is combed sideways, as a share of its own direction."""
_MORPH_NOISE = 1e-5


def _signed_distance(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Distance to a closed polygon, positive inside (even-odd rule)."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    edge, offset = b - a, points[:, None] - a
    along = np.clip(np.sum(offset * edge, -1) / np.maximum(np.sum(edge * edge, -1), 1e-12), 0, 1)
    gap = np.linalg.norm(offset - along[..., None] * edge, axis=-1).min(axis=1)
    rises = (a[:, 1] > points[:, None, 1]) != (b[:, 1] > points[:, None, 1])
    slope = np.where(
        np.abs(edge[:, 1]) > 1e-12, edge[:, 0] / np.where(edge[:, 1] == 0, 1, edge[:, 1]), 0.0
    )
    left = points[:, None, 0] < a[:, 0] + (points[:, None, 1] - a[:, 1]) * slope
    inside = (rises & left).sum(axis=1) % 2 == 1
    return np.where(inside, gap, -gap)


def beard_field(data: BodyData) -> Float[np.ndarray, "verts"]:
    """Distance inside the beard's outline of every base vertex, template metres."""
    points = template(data)
    degrees, heights = np.array(_OUTLINE).T
    right = np.stack([np.radians(degrees) * _RADIUS, heights], axis=1)
    polygon = np.concatenate([right, right[:0:-1] * np.array([-1.0, 1.0])])
    flat = np.stack([azimuth(points) * _RADIUS, points[:, 1]], axis=1)
    field = _signed_distance(flat, polygon)
    lips = np.hypot((points[:, 0] - _MOUTH[0]) / 0.0270, (points[:, 1] - _MOUTH[1]) / 0.0118) - 1.0
    front = points[:, 2] > 0.06
    return np.where(front, np.minimum(field, lips * 0.0118), np.minimum(field, 0.02))


def _skin(data: BodyData) -> cut.Cloth:
    """The beard's skin: the piece outside the mouth."""
    cloth = cut.from_groups(data, ("body",))
    near = cloth.of(beard_field(data)[:, None])[:, 0] > -0.02
    jaw = cloth.of(template(data))
    keep = near & (jaw[:, 2] > 0.02) & (jaw[:, 1] > 0.57)
    cloth = cut.keep_faces(cloth, np.asarray(keep[cloth.faces].all(axis=1)))
    cloth = cut.clip(cloth, cloth.of(beard_field(data)[:, None])[:, 0])
    label = cut.components(cloth)
    # The mouth's inside projects onto the beard too; it hangs on nothing once the lips are cut.
    area = np.bincount(label, weights=np.abs(cloth.of(template(data))[:, 0]))
    return cut.keep_faces(cloth, label[cloth.faces[:, 0]] == int(np.argmax(area)))


def _base(shaped: ShapedBody, cloth: cut.Cloth) -> Geometry:
    """A thin layer of strands on the skin whose alpha thins out towards the outline."""
    verts = cloth.of(shaped.verts.astype(np.float64))
    normals = vertex_normals(verts, cloth.faces).astype(np.float64)
    field = cloth.of(beard_field(shaped.data)[:, None])[:, 0]
    flat = cloth.of(template(shaped.data))
    left, top, right, bottom = STRAIGHT[1]
    u = left + (right - left) * (0.5 + 0.45 * np.sin(azimuth(flat) * 2.2))
    v = top + (bottom - top) * (0.97 - 0.55 * np.clip(field / 0.016, 0.0, 1.0))
    height = 0.0008 + 0.0012 * np.clip(field / 0.01, 0.0, 1.0)
    return Geometry(
        verts + normals * height[:, None],
        cloth.faces,
        normals,
        np.stack([u, v], axis=1),
        cloth.of(shaped.weights),
    )


def _on_lip(cloth: cut.Cloth, data: BodyData, roots: Roots) -> Bool[np.ndarray, "roots"]:
    """Roots of the moustache, told on the template: upper lips are not at one height."""
    at = np.einsum("nk,nkc->nc", roots.barycentrics, cloth.of(template(data))[roots.faces])
    return (at[:, 1] > 0.6665) & (np.abs(at[:, 0]) < 0.032) & (at[:, 2] > 0.11)


def _comb(
    p: np.ndarray, root: np.ndarray, share: float, *, moustache: Bool[np.ndarray, "roots"]
) -> np.ndarray:
    """Down and towards the chin; the moustache sideways over the lip's corners."""
    sign = np.where(root[:, 0] >= 0, 1.0, -1.0)
    ones = np.ones(len(p))
    down = np.stack(
        [-0.25 * sign * np.clip(np.abs(p[:, 0]) / 0.05, 0, 1), -ones, 0.15 * ones], axis=1
    )
    lip = np.stack([_PARTED * sign, -0.75 * ones - 0.8 * share, 0.0 * ones], axis=1)
    return np.where(moustache[:, None], lip, down)


def _lengths(root: np.ndarray, beard: float, lip: Bool[np.ndarray, "roots"]) -> np.ndarray:
    """Short on lip and cheeks, longest on the chin."""
    chin = np.clip((0.655 - root[:, 1]) / 0.03, 0.0, 1.0) * np.clip(
        (root[:, 2] - 0.07) / 0.05, 0.0, 1.0
    )
    long = np.clip((beard - 0.35) / 0.65, 0.0, 1.0)
    cheek = 0.009 + 0.010 * long
    length = cheek + chin * (0.006 + 0.115 * long**1.3)
    # A long moustache hangs over the mouth: short tufts above a dark gap would look like teeth.
    return np.where(lip, 0.013 + 0.021 * long, length)


def _root_rows(cloth: cut.Cloth, roots: Roots, repeats: int) -> sp.csr_matrix:
    """Rows over base vertices of every card vertex: those of its root."""
    count = len(roots.points)
    index = np.repeat(np.arange(count), 3)
    pick = sp.csr_matrix(
        (roots.barycentrics.ravel(), (index, roots.faces.ravel())),
        shape=(count, int(cloth.faces.max()) + 1),
    )
    repeat = sp.csr_matrix(
        (
            np.ones(count * repeats),
            (np.arange(count * repeats), np.repeat(np.arange(count), repeats)),
        )
    )
    return sp.csr_matrix(repeat @ pick @ cloth.rows)


def grow_beard(shaped: ShapedBody, beard: float, color: Rgb, seed: int) -> tuple[Part, ...]:
    """Grow a beard.

    Args:
        shaped: The person.
        beard: 0 none, 0.5 short, 1 long.
        color: Linear.
        seed: Same seed, same beard.
    """
    if beard <= 0.05:
        return ()
    rng = np.random.default_rng([seed, 72])
    frame = head_frame(shaped)
    cloth = _skin(shaped.data)
    pieces, rows = [_base(shaped, cloth)], [cloth.rows]
    if beard > 0.15:
        geometry, card_rows = _cards(shaped, cloth, beard, frame, rng)
        pieces.append(geometry)
        rows.append(card_rows)
    part = to_part(
        "Beard", "Beard", "hair", merge(pieces), hair_material("Beard", color, from_crown)
    )
    return (replace(part, morphs=_morphs(shaped, sp.csr_matrix(sp.vstack(rows)))),)


def _cards(
    shaped: ShapedBody, cloth: cut.Cloth, beard: float, frame: HeadFrame, rng: np.random.Generator
) -> tuple[Geometry, sp.csr_matrix]:
    count, steps = 280, 6
    field = beard_field(shaped.data)
    inner = cloth.of(field[:, None])[:, 0][cloth.faces].mean(axis=1) > 0.0015
    roots = scatter_roots(shaped, cloth, field, inner.astype(float), count, rng)
    canonical = frame.canonical(roots.points)
    lip = _on_lip(cloth, shaped.data, roots)
    lengths = _lengths(canonical, beard, lip) * rng.uniform(0.85, 1.15, count)
    growth = Growth(
        partial(_comb, moustache=lip),
        steps,
        near=0.0015,
        lift=0.004,
        hug=0.25,
        hang=0.0,
        wander=0.12,
        stiff=0.5,
        clear=0.0,
    )
    collider = body_collider(shaped, float(roots.points[:, 1].min()) - 0.25, ears=False)
    strands = grow(roots, lengths, growth, frame, collider, rng)
    width = np.clip(0.004 + 0.35 * lengths, 0.007, 0.016) * frame.size
    rects = np.array([STRAIGHT[i] for i in rng.integers(1, 4, size=count)])
    weights = np.repeat(roots.weights[:, None], steps + 1, axis=1)
    geometry = cards(
        strands,
        width,
        taper(steps + 1, 0.8, 0.4),
        rects,
        weights,
        arch=0.15,
        volume=0.6,
        roll=rng.normal(size=count) * 0.3,
    )
    return geometry, _root_rows(cloth, roots, 3 * (steps + 1))


def _morphs(shaped: ShapedBody, rows: sp.csr_matrix) -> dict[str, np.ndarray]:
    morphs: dict[str, np.ndarray] = {}
    for name, dense in shaped.face_morphs.items():
        offsets = np.asarray(rows @ dense)
        offsets = np.where(np.abs(offsets).max(axis=1, keepdims=True) < _MORPH_NOISE, 0.0, offsets)
        if offsets.any():
            morphs[name] = offsets.astype(np.float32)
    return morphs
