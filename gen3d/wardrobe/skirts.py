# SPDX-License-Identifier: Apache-2.0
"""What hangs free below the waist, from the CC0 skirt of the base mesh: skirts, gowns, coat tails.

Each half of the skirt moves with the leg below it, so a striding thigh carries the cloth in front
of it instead of piercing it; the middle is shared. Below the knee the shin takes over.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from gen3d.body import ShapedBody
from gen3d.body.data import load
from gen3d.body.surface import vertex_normals
from gen3d.easing import smoothstep
from gen3d.skeleton import JOINTS
from gen3d.wardrobe import cut
from gen3d.wardrobe.cut import Cloth
from gen3d.wardrobe.drape import Layers, Support, Worn, push_out, smoother
from gen3d.wardrobe.measure import Measures
from gen3d.wardrobe.pattern import Skirt
from gen3d.wardrobe.sew import Piece, flared_chart, metric_chart

_FOLDS = 11
"""Waves around the hem."""


@functools.cache
def skirt_cloth() -> Cloth:
    """The whole skirt, refined once."""
    return cut.subdivide(cut.from_groups(load(), ("helper-skirt",)))


def skirt_weights(points: Float[np.ndarray, "n 3"], m: Measures) -> Float[np.ndarray, "n joints"]:
    """Hips at the top, each side's thigh below, a share of the shin below the knee."""
    weights = np.zeros((len(points), len(JOINTS)))
    left = smoothstep(-0.9 * m.leg_x, 0.9 * m.leg_x, points[:, 0])
    free = smoothstep(m.hip_y + 0.06, m.hip_y - 0.10, points[:, 1])
    low = 0.8 * smoothstep(m.knee_y + 0.10, m.knee_y - 0.22, points[:, 1])
    spine = smoothstep(m.waist_y - 0.10, m.waist_y + 0.03, points[:, 1]) * 0.6
    weights[:, JOINTS.index("hips")] = (1 - free) * (1 - spine)
    weights[:, JOINTS.index("spine")] = (1 - free) * spine
    for side, share in (("left", left), ("right", 1 - left)):
        weights[:, JOINTS.index(f"{side}UpperLeg")] = free * share * (1 - low)
        weights[:, JOINTS.index(f"{side}LowerLeg")] = free * share * low
    return weights


def _hang(points: np.ndarray, skirt: Skirt, m: Measures, clearance: float) -> np.ndarray:
    """Flare and fold: both grow from nothing at the hips to their full size at the hem."""
    hem = m.waist_y + skirt.length * (m.ankle_y - m.waist_y)
    drop = np.clip((m.hip_y - points[:, 1]) / max(m.hip_y - hem, 1e-3), 0.0, 1.0)
    axis = np.array([0.0, 0.0, m.waist_z])
    out = (points - axis) * np.array([1.0, 0.0, 1.0])
    radius = np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    angle = np.arctan2(out[:, 0], out[:, 2])
    folds = skirt.pleats * np.cos(_FOLDS * angle) * drop * m.height / 1.75 * 2.0
    # The helper is narrow in depth: open it towards a circle, or knees show through when walking.
    depth = 1.0 + 0.55 * drop
    scale = 1.0 + (skirt.flare - 1.0) * drop
    # The helper ends above the ankles: what is to hang lower is drawn out.
    reach = max((m.hip_y - hem) / max(m.hip_y - float(points[:, 1].min()), 1e-3), 1.0)
    level = np.where(
        points[:, 1] < m.hip_y, m.hip_y + reach * (points[:, 1] - m.hip_y), points[:, 1]
    )
    grown = axis + out * np.stack([scale, np.ones_like(scale), scale * depth], axis=1)
    return (
        grown * np.array([1.0, 0.0, 1.0])
        + level[:, None] * np.array([0.0, 1.0, 0.0])
        + out / radius * (folds + clearance)[:, None]
    )


def _settle(points: np.ndarray, faces: np.ndarray, layers: Layers, clearance: float) -> np.ndarray:
    """Relax over the legs and keep over a skirt that is worn already."""
    support = layers.suit.support()
    average = smoother(faces, len(points))
    for _ in range(8):
        normals = vertex_normals(points, faces).astype(np.float64)
        points = push_out(points, support, clearance, normals)
        points = 0.6 * points + 0.4 * (average @ points)
    normals = vertex_normals(points, faces).astype(np.float64)
    points = push_out(points, support, clearance, normals)
    return layers.skirt.keep_over(points, 0.006) if layers.skirt else points


def _cut_skirt(
    whole: Cloth, hung: np.ndarray, skirt: Skirt, m: Measures, hem: float, top_y: float
) -> Cloth:
    cloth = cut.clip(whole, whole.of(hung)[:, 1] - hem)
    cloth = cut.clip(cloth, top_y - cloth.of(hung)[:, 1])
    at = cloth.of(hung)
    if skirt.front_gap > 0:
        widening = skirt.front_gap * (1.0 + 2.0 * (m.waist_y - at[:, 1]))
        return cut.clip(cloth, np.where(at[:, 2] > m.waist_z, np.abs(at[:, 0]) - widening, 1.0))
    return cut.clip(cloth, skirt.flap - np.abs(at[:, 0])) if skirt.flap > 0 else cloth


def make_skirt(
    skirt: Skirt, shaped: ShapedBody, layers: Layers, m: Measures, *, clearance: float, top_y: float
) -> tuple[Piece, Layers]:
    """Hang the whole skirt, then cut it from ``top_y`` down to its hem, and skin it."""
    whole = skirt_cloth()
    hung = _hang(whole.of(shaped.verts.astype(np.float64)), skirt, m, clearance)
    hung = _settle(hung, whole.faces, layers, clearance)
    hem = m.waist_y + skirt.length * (m.ankle_y - m.waist_y)
    count = whole.count
    own = Cloth(sp.csr_matrix(sp.identity(count)), whole.faces, whole.corner_uvs)
    cloth = _cut_skirt(own, hung, skirt, m, hem, top_y)
    points = cloth.of(hung)
    inside = np.zeros(count, dtype=bool)
    inside[np.unique(cloth.rows.indices)] = True
    below = layers.skirt or Worn.of(_hang_bare(shaped, whole), whole.faces)
    piece = Piece(
        points=points,
        faces=cloth.faces,
        corner_uvs=flared_chart(
            points, cloth.faces, metric_chart(points, cloth.faces, cloth.corner_uvs)
        ),
        weights=skirt_weights(points, m),
        along_arm=np.inf,
        thickness=0.003,
        morphs={},
    )
    suit = _over_skirt(layers.suit, points, cloth.faces, m)
    return piece, replace(layers, suit=suit, skirt=below.put_on(hung, inside))


def _over_skirt(suit: Worn, points: np.ndarray, faces: np.ndarray, m: Measures) -> Worn:
    """The suit as the next layer must clear it: lifted out of the skirt at the hips."""
    outside = Support.of(points, vertex_normals(points, faces).astype(np.float64))
    height, _ = outside.height_of(suit.points)
    levels = suit.points[:, 1]
    beside = (levels < points[:, 1].max() - 0.004) & (levels > m.crotch_y - 0.02 * m.height)
    lack = np.where(beside, np.clip(0.003 - height, 0.0, 0.06), 0.0)
    for _ in range(6):
        lack = np.maximum(lack, suit.average @ lack)
    return replace(suit, points=suit.points + suit.normals * lack[:, None])


def _hang_bare(shaped: ShapedBody, whole: Cloth) -> np.ndarray:
    """Where nothing is worn, the "layer below" lies far inside and never pushes."""
    at = whole.of(shaped.verts.astype(np.float64))
    return at * np.array([0.05, 1.0, 0.05])
