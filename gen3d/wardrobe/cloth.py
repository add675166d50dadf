# SPDX-License-Identifier: Apache-2.0
"""Garments cut from the CC0 tights of the base mesh: shirts, trousers, leotards, upper halves.

The tights are refined once (Loop), draped whole over the body and the layers below, and only then
cut along level sets in the T-pose, where every hem is a plane or a cone: no hem is ever frayed by
draping.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float

from gen3d.body import ShapedBody
from gen3d.body.data import load
from gen3d.wardrobe import cut
from gen3d.wardrobe.cut import Cloth
from gen3d.wardrobe.drape import Support, Worn, drape, transferred_weights
from gen3d.wardrobe.measure import Measures
from gen3d.wardrobe.pattern import Pattern
from gen3d.wardrobe.sew import Piece, base_morphs, metric_chart

_REFERENCE_HEIGHT = 1.75


@functools.cache
def tights() -> Cloth:
    """The whole suit, refined once."""
    return cut.subdivide(cut.from_groups(load(), ("helper-tights",)))


def _neckline(pattern: Pattern, p: np.ndarray, m: Measures) -> np.ndarray:
    """Positive where cloth remains below the neckline; metres."""
    k = m.height / _REFERENCE_HEIGHT
    x, y, z = p[:, 0], p[:, 1], p[:, 2] - m.neck_z
    if pattern.neckline == "high":
        return m.neck_y + 0.045 * k - y - 0.15 * z
    if pattern.neckline == "collar":
        return m.neck_y + 0.020 * k - y - 0.45 * z
    ellipse = {
        # Half-width, drop in front, drop behind (metres) of the neck opening.
        "crew": (0.085, 0.050, 0.000),
        "scoop": (0.105, 0.125, 0.060),
        "v": (0.080, 0.200, 0.010),
    }
    if pattern.neckline == "strapless":
        return m.shoulder_y - 0.11 * k - y
    half, drop, back = ellipse[pattern.neckline]
    base = m.neck_y + 0.005 * k
    drop_here = np.where(z > 0.01 * k, drop, back) * k
    across = np.clip(np.abs(x) / (half * k), 0.0, 1.0)
    curve = 1.0 - across if pattern.neckline == "v" else np.sqrt(1.0 - across**2)
    return base - drop_here * curve - y


def _brief(p: np.ndarray, m: Measures) -> np.ndarray:
    """Positive above a high-cut leg line."""
    k = m.height / _REFERENCE_HEIGHT
    rise = (m.waist_y - m.crotch_y) * 0.62
    aside = np.clip(np.abs(p[:, 0]) / (1.75 * m.leg_x), 0.0, 1.0)
    return p[:, 1] - (m.crotch_y - 0.03 * k + rise * aside**1.3)


def cut_piece(
    cloth: Cloth, draped: Float[np.ndarray, "verts 3"], pattern: Pattern, m: Measures
) -> Cloth:
    """Cut one pattern from the draped suit: hems are planes and cones where the cloth hangs."""

    def cut_by(piece: Cloth, field: Callable[[np.ndarray], np.ndarray]) -> Cloth:
        return cut.clip(piece, field(piece.of(draped)))

    if pattern.upper:
        limit = m.sleeve(pattern.sleeves)
        cloth = cut_by(cloth, lambda p: limit - np.abs(p[:, 0]))
        cloth = cut_by(cloth, lambda p: _neckline(pattern, p, m))
    else:
        rise = 0.006 if pattern.skirt is None else 0.012
        cloth = cut_by(cloth, lambda p: m.waist_y + rise - p[:, 1])
    if pattern.brief:
        cloth = cut_by(cloth, lambda p: _brief(p, m))
    elif pattern.legs is not None:
        level = m.leg(pattern.legs)
        # Trouser legs end around the ankle: the cut rises over the instep.
        instep = m.ankle_z + 0.035 * m.height / _REFERENCE_HEIGHT
        cloth = cut_by(cloth, lambda p: p[:, 1] - level - 0.7 * np.maximum(p[:, 2] - instep, 0.0))
    else:
        cloth = cut_by(cloth, lambda p: p[:, 1] - m.trunk(pattern.bottom))
    if pattern.front_gap > 0:
        gap = pattern.front_gap
        cloth = cut_by(cloth, lambda p: np.where(p[:, 2] > m.neck_z, np.abs(p[:, 0]) - gap, 1.0))
    return cloth


def _slack(pattern: Pattern, p: np.ndarray, m: Measures) -> np.ndarray:
    """Metres of slack at each vertex: trunk, sleeves (growing to the cuff) and legs."""
    k = m.height / _REFERENCE_HEIGHT
    arm = np.clip((np.abs(p[:, 0]) - m.shoulder_x * 0.8) / (0.3 * m.shoulder_x), 0.0, 1.0)
    leg = np.clip((m.hip_y - p[:, 1]) / (0.12 * m.height), 0.0, 1.0)
    trunk = pattern.slack * (1 - arm) * (1 - leg)
    return k * (trunk + pattern.sleeve_slack * arm + pattern.leg_slack * leg)


def on_skin(shaped: ShapedBody) -> Worn:
    """The bare suit on a person."""
    suit = tights()
    return Worn.of(suit.of(shaped.verts.astype(np.float64)), suit.faces)


def cut_from(
    draped: Float[np.ndarray, "suit 3"], cutter: Callable[[Cloth], Cloth]
) -> tuple[Cloth, Float[np.ndarray, "verts 3"], Bool[np.ndarray, "suit"]]:
    """Cut a draped suit: the piece, where it hangs, and which vertices of the suit it uses.

    Args:
        draped: The suit as the garment hangs.
        cutter: From the whole suit (rows on suit vertices) to the piece.
    """
    suit = tights()
    count = suit.count
    piece = cutter(Cloth(sp.csr_matrix(sp.identity(count)), suit.faces, suit.corner_uvs))
    inside = np.zeros(count, dtype=bool)
    inside[np.unique(piece.rows.indices)] = True
    cloth = Cloth(sp.csr_matrix(piece.rows @ suit.rows), piece.faces, piece.corner_uvs)
    return cloth, piece.of(draped), inside


def make_piece(
    pattern: Pattern, shaped: ShapedBody, support: Support, worn: Worn, m: Measures
) -> tuple[Piece, Worn]:
    """Drape the whole suit with this garment's slack, then cut the garment from it."""
    suit = tights()
    bare = suit.of(shaped.verts.astype(np.float64))
    draped = drape(
        bare,
        support,
        worn,
        clearance=pattern.clearance,
        slack=_slack(pattern, bare, m),
        rounds=pattern.rounds,
    )

    def cutter(whole: Cloth) -> Cloth:
        piece = cut_piece(whole, draped, pattern, m)
        if not pattern.upper or pattern.sleeves <= 0:
            return piece
        # The armhole seam: cloth coordinates turn there, so no triangle may lie across it.
        return cut.score(piece, np.abs(piece.of(draped)[:, 0]) - m.shoulder_x)

    cloth, points, inside = cut_from(draped, cutter)
    piece = Piece(
        points=points,
        faces=cloth.faces,
        corner_uvs=metric_chart(points, cloth.faces, cloth.corner_uvs),
        weights=transferred_weights(cloth, shaped, 2 if pattern.slack <= 0.0 else 6),
        along_arm=m.shoulder_x,
        thickness=pattern.thickness,
        morphs=base_morphs(shaped, cloth.rows),
    )
    return piece, worn.put_on(draped, inside)
