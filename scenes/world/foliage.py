# SPDX-License-Identifier: Apache-2.0
"""Leaves and needles: small double-sided facets, so that crowns let light through as real ones do.

Their normals lean to where the crown faces, since a crown is lit as a whole, and their tint varies
from leaf to leaf. A factor on a colour never exceeds 1: files of meshes have no more.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scenes.world.growth import Lines, Points, across, unit
from scenes.world.meshes import Part

Tints = Float[np.ndarray, "leaves 3"]
Sizes = Float[np.ndarray, "leaves"]
FINE, MIDDLE, COARSE = 0.6, 0.15, 0.04
"""Details above which a plant is drawn as seen from a few metres, from twenty, and from fifty."""
_OWN = 0.35
"""How much a leaf's own plane counts for the light beside the crown's face."""
MEAN_TINT = 0.8
"""Of leaves; surfaces are so much brighter than what they are to look like."""


def tints(shade: Sizes, yellow: Sizes) -> Tints:
    """Factors on a leaf's colour.

    Args:
        shade: Brightness about 1.
        yellow: How much redder and less blue than the rest, about 0.
    """
    hue = np.stack([1.0 + yellow, 1.0 + 0.25 * yellow, 1.0 - 0.6 * yellow], axis=1)
    return np.clip(MEAN_TINT * shade[:, None] * hue, 0.02, 1.0)


def blades(
    spots: Points,
    headings: Points,
    size: tuple[Sizes, Sizes],
    face: Points,
    surface: int,
    tint: Tints,
    outward: Points,
    *,
    whole: bool = True,
) -> Part:
    """Leaves that begin at spots.

    Args:
        spots: Where their stalks are.
        headings: Where their tips point, unit vectors.
        size: Lengths and widths; a leaf's area is half their product.
        face: Where their upper sides look, more or less.
        surface: Number.
        tint: Of each.
        outward: Where the crown faces there; its length says how much that counts for the light.
        whole: Two triangles, folded along the rib (else one, for what is far away).
    """
    length, width = size[0][:, None], size[1][:, None]
    side = unit(np.cross(headings, face))
    up = np.cross(side, headings)
    tip = spots + length * headings
    middle = spots + 0.42 * length * headings
    half = 0.5 * width * side
    fold = 0.16 * width * up
    if whole:
        corners = [spots, middle - half + fold, tip - 0.1 * length * up, middle + half + fold]
        order, lean = np.array([[0, 3, 2], [0, 2, 1]]), (0.0, -0.45, 0.0, 0.45)
    else:
        corners, order, lean = [spots - half, spots + half, tip], np.array([[0, 1, 2]]), (0, 0, 0)
    verts = np.stack(corners, axis=1)
    normal = up[:, None] - np.array(lean)[:, None] * side[:, None]
    # A leaf's two sides are one to the light: the side that looks out counts.
    normal *= np.where((up * outward).sum(axis=1) < 0, -1.0, 1.0)[:, None, None]
    normal = unit(_OWN * normal + outward[:, None])
    return _gathered(surface, verts, order, normal, tint)


def spikes(
    spots: Points,
    ends: Points,
    width: Sizes,
    flat: Points,
    surface: int,
    tint: Tints,
    outward: Points,
) -> Part:
    """Shoots full of needles, or blades: a triangle each, in the plane square to ``flat``."""
    ahead = ends - spots
    side = unit(np.cross(ahead, flat)) * (0.5 * width[:, None])
    verts = np.stack([spots - side, spots + side, ends], axis=1)
    up = unit(np.cross(side, ahead))
    up *= np.where((up * outward).sum(axis=1) < 0, -1.0, 1.0)[:, None]
    normal = np.repeat(unit(_OWN * up + outward)[:, None], 3, axis=1)
    return _gathered(surface, verts, np.array([[0, 1, 2]]), normal, tint)


def combs(
    ribs: Lines,
    tips: Float[np.ndarray, "ribs teeth 2 3"],
    up: Points,
    surface: int,
    tint: tuple[Float[np.ndarray, "ribs nodes 3"], Float[np.ndarray, "ribs teeth 2 3"]],
    outward: Points,
) -> Part:
    """Sprays of shoots: on both sides of each piece of a rib a triangle, which shares its corners.

    Args:
        ribs: Lines of one node more than there are teeth on a side.
        tips: Of the teeth to the right and to the left.
        up: What a spray's upper side faces, one a rib.
        surface: Number.
        tint: Of ribs and tips.
        outward: Where the crown faces, one a rib, as for :func:`blades`.
    """
    many, nodes, _ = ribs.shape
    teeth = nodes - 1
    verts = np.concatenate([ribs, tips.reshape(many, 2 * teeth, 3)], axis=1)
    colour = np.concatenate([tint[0], tint[1].reshape(many, 2 * teeth, 3)], axis=1)
    i = np.arange(teeth)
    right = np.stack([i, i + 1, nodes + 2 * i], axis=1)
    left = np.stack([i + 1, i, nodes + 2 * i + 1], axis=1)
    faces = nodes + 2 * teeth
    order = faces * np.arange(many)[:, None, None] + np.concatenate([right, left])
    up = up * np.where((up * outward).sum(axis=1) < 0, -1.0, 1.0)[:, None]
    normal = np.repeat(unit(_OWN * up + outward), faces, axis=0)
    flat = np.zeros((many * faces, 2))
    return Part(
        surface, verts.reshape(-1, 3), order.reshape(-1, 3), normal, colour.reshape(-1, 3), flat
    )


def toothed(ribs: Lines, tips: Float[np.ndarray, "ribs teeth 2 3"]) -> float:
    """Area of combs, square metres."""
    base = (ribs[:, 1:] - ribs[:, :-1])[:, :, None]
    reach = tips - ribs[:, :-1, None]
    return float(0.5 * np.linalg.norm(np.cross(base, reach), axis=-1).sum())


def _gathered(
    surface: int, verts: np.ndarray, order: np.ndarray, normal: np.ndarray, tint: Tints
) -> Part:
    many, per, _ = verts.shape
    faces = (per * np.arange(many)[:, None, None] + order).reshape(-1, 3)
    return Part(
        surface,
        verts.reshape(-1, 3),
        faces,
        normal.reshape(-1, 3),
        np.repeat(tint, per, axis=0),
        np.zeros((many * per, 2)),
    )


def fanned(direction: Points, angle: Sizes, turn: Sizes) -> Points:
    """Directions at an angle to others, turned about them."""
    side, up = across(direction)
    out = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up
    return np.cos(angle)[:, None] * direction + np.sin(angle)[:, None] * out


def enlarged(share: float, longer: float = 0.5) -> tuple[float, float]:
    """Factors on lengths and widths of the share of leaves that is left, for the same area.

    Args:
        share: How many are left.
        longer: 0.5 keeps their form; less makes the few broader.
    """
    return share**-longer, share ** (longer - 1.0)


def area(part: Part) -> float:
    """Of a part's triangles, square metres."""
    a, b, c = (part.verts[part.faces[:, k]] for k in range(3))
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())
