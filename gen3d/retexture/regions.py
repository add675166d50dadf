# SPDX-License-Identifier: Apache-2.0
"""Skin, hair and clothes told apart on a surface that has everything on it.

Skin is what has the colour of the face and the hands. What is no skin goes by the part of the body
that it lies on; a piece of the UV layout that hangs together (an island) is one thing, unless it
reaches over chest and thighs and has another colour there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from gen3d.perception import to_oklab
from gen3d.retexture.canvas import Canvas, colours_on
from gen3d.retexture.head import Head, label_head
from gen3d.retexture.labels import LABEL
from gen3d.retexture.names import CLOTH, SKIN
from gen3d.retexture.zones import ZONES, Z

_REACH = np.array([0.20, 0.042, 0.042])
"""How far shading and blush move skin's colour in OKLab."""
_OFF = np.array([0.10, 0.030, 0.030])
"""How far the middle colour of a zone's skin may lie from the face's."""
_APART = 0.07
"""Two garments' colours differ by more in OKLab."""
SHADE = np.array([0.6, 1.0, 1.0])
"""Lightness counts less than hue when colours are compared."""
_SAMPLES = 30_000
_NO_SKIN, _ALL_SKIN = 0.12, 0.9
"""Shares of an island from which what is left is a speck."""
_BELT = 0.09
"""Metres: what lies around the waist and is no higher is a belt."""


@dataclass(frozen=True)
class Places:
    """All places of some canvases, one after the other."""

    points: Float[np.ndarray, "t 3"]
    normals: Float[np.ndarray, "t 3"]
    zone: Int[np.ndarray, "t"]
    lab: Float[np.ndarray, "t 3"]
    area: Float[np.ndarray, "t"]
    island: Int[np.ndarray, "t"]

    def within(self, *zones: str) -> Bool[np.ndarray, "t"]:
        """Where the surface is one of some parts of the body."""
        return np.isin(self.zone, [Z[name] for name in zones])

    def some(self, where: Bool[np.ndarray, "t"]) -> Int[np.ndarray, "n"]:
        """Places spread evenly over the surface of others, however dense their texels are."""
        found = np.flatnonzero(where)
        total = np.cumsum(self.area[found])
        if not len(found) or total[-1] <= 0.0:
            return found[:0]
        steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES * total[-1]
        return found[np.minimum(np.searchsorted(total, steps), len(found) - 1)]

    def mode(self, where: Bool[np.ndarray, "t"]) -> np.ndarray | None:
        """The colour that most of a surface has: the middle of the densest neighbourhood."""
        found = self.some(where)
        if len(found) < 8:
            return None
        lab = self.lab[found].astype(np.float64)
        cells, counts = np.unique(np.round(lab / 0.05).astype(int), axis=0, return_counts=True)
        centre = cells[counts.argmax()] * 0.05
        for _ in range(8):
            near = np.linalg.norm((lab - centre) * SHADE, axis=1) < 0.07
            if not near.any():
                break
            centre = np.median(lab[near], axis=0)
        return centre

    def shares(self, where: Bool[np.ndarray, "t"]) -> Float[np.ndarray, "islands"]:
        """Area of each island that some places have."""
        count = int(self.island.max(initial=0)) + 1
        return np.bincount(self.island[where], self.area[where], count).astype(np.float64)

    def means(self, where: Bool[np.ndarray, "t"]) -> Float[np.ndarray, "islands 3"]:
        """Mean colour of each island's places among some; far off where it has none."""
        island, area = self.island[where], self.area[where]
        total = self.shares(where)
        sums = [np.bincount(island, area * self.lab[where, i], len(total)) for i in range(3)]
        mean = np.stack(sums, axis=1) / np.maximum(total, 1e-12)[:, None]
        return np.where((total > 0.0)[:, None], mean, 9.0)


def places_of(sheets: Sequence[Canvas]) -> Places:
    """The places of some canvases."""
    grounds = [sheet.ground for sheet in sheets]
    starts = np.cumsum([0, *(int(g.island.max(initial=-1)) + 1 for g in grounds)])
    return Places(
        points=np.concatenate([ground.points for ground in grounds]),
        normals=np.concatenate([ground.normals for ground in grounds]),
        zone=np.concatenate([ground.zone for ground in grounds]),
        lab=np.concatenate([to_oklab(colours_on(sheet)).astype(np.float32) for sheet in sheets]),
        area=np.concatenate([ground.metres.astype(np.float64) ** 2 for ground in grounds]),
        island=np.concatenate([g.island + s for g, s in zip(grounds, starts, strict=False)]),
    )


def told_apart(
    places: Places,
    labels: Int[np.ndarray, "t"],
    free: Bool[np.ndarray, "t"],
    eyes: Float[np.ndarray, "eyes 3"],
) -> Int[np.ndarray, "t"]:
    """Labels of places whose names say nothing.

    Args:
        places: All of them, and those that names call skin.
        labels: As far as names give them.
        free: Those that have none yet.
        eyes: Places of the eyes, where they are known.
    """
    named = labels == LABEL[SKIN]
    head = Head.of(places, free | named, eyes)
    skin = _skin(places, free & (labels != LABEL[CLOTH]), named, head)
    dressed = free & ~skin
    result = _by_zone(places, free)
    _garments(places, dressed, result)
    _feet(places, dressed, result)
    label_head(places, dressed, skin, head, result)
    result[skin] = LABEL[SKIN]
    return result


def _by_zone(places: Places, free: np.ndarray) -> Int[np.ndarray, "t"]:
    result = np.full(len(free), LABEL["untouched"], dtype=np.int8)
    for label, zones in (
        ("upper", ("torso", "arms", "neck")),
        ("lower", ("hips", "thighs", "shins")),
        ("hands", ("hands",)),
        ("feet", ("feet",)),
        ("face", ("head",)),
        ("eyes", ("eyes",)),
    ):
        result[free & places.within(*zones)] = LABEL[label]
    return result


def _skin(places: Places, free: np.ndarray, named: np.ndarray, head: Head) -> Bool[np.ndarray, "t"]:
    """Places of bare skin among those that may be."""
    face = places.mode(head.cheeks & (free | named))
    hands = places.mode(places.within("hands") & (free | named))
    colour = _skin_colour(face, hands)
    if colour is None:
        return np.zeros(len(free), dtype=bool)
    like = np.asarray(free & (np.linalg.norm((places.lab - colour) / _REACH, axis=1) < 1.5))
    like &= ~places.within("eyes", "none")
    for zone, name in enumerate(ZONES):
        own = like & (places.zone == zone)
        if own.any() and name != "head":
            off = np.abs(np.median(places.lab[places.some(own)], axis=0) - colour) / _OFF
            like[own] &= bool((off < 1.0).all())
    off = np.abs(places.means(like) - colour) / _OFF
    like &= (off < 1.0).all(axis=1)[places.island]
    share = places.shares(like) / np.maximum(places.shares(free), 1e-12)
    own = share[places.island]
    like &= own > _NO_SKIN
    return like | (free & (own > _ALL_SKIN) & ~head.face & ~places.within("eyes"))


def _skin_colour(face: np.ndarray | None, hands: np.ndarray | None) -> np.ndarray | None:
    """The face's colour where the hands agree or it is a person's; else the hands'."""
    if face is not None and hands is not None and np.linalg.norm((face - hands) * SHADE) < 0.1:
        return face
    return next((c for c in (face, hands) if c is not None and _is_human(c)), None)


def _is_human(lab: np.ndarray) -> bool:
    hue, chroma = np.degrees(np.arctan2(lab[2], lab[1])), float(np.hypot(lab[1], lab[2]))
    return bool(15.0 < hue < 95.0 and 0.025 < chroma < 0.18 and lab[0] > 0.2)


def nearer(lab: np.ndarray, one: np.ndarray, other: np.ndarray) -> Bool[np.ndarray, "t"]:
    """Where a colour is nearer to the second of two."""
    first, second = (np.linalg.norm((lab - colour) * SHADE, axis=1) for colour in (one, other))
    return second < first


def _differ(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return False
    return bool(np.linalg.norm((one - other) * SHADE) > _APART)


def _garments(places: Places, dressed: np.ndarray, result: np.ndarray) -> None:
    """Each island of the clothes is one garment; what reaches over both halves may be two."""
    trunk, arms = (places.shares(dressed & places.within(z)) for z in ("torso", "arms"))
    low = places.shares(dressed & places.within("hips", "thighs", "shins"))
    high = trunk + arms
    total = np.maximum(high + low, 1e-12)
    clothes = dressed & places.within("torso", "arms", "neck", "hips", "thighs", "shins")
    sleeved = (arms > 0.08 * total) & (high > 0.3 * total)
    upper = (sleeved | (high >= low))[places.island]
    result[clothes & (total > 1e-11)[places.island]] = LABEL["lower"]
    result[clothes & upper & (total > 1e-11)[places.island]] = LABEL["upper"]
    both = np.minimum(high, low) > 0.15 * total
    for island in np.flatnonzero(both):
        _waist(places, clothes & (places.island == island), result)
    _belts(places, clothes, result)


def _waist(places: Places, own: np.ndarray, result: np.ndarray) -> None:
    """The border of a shirt and trousers painted on one island is where the colour changes."""
    torso = own & places.within("torso")
    if not torso.any():
        return
    middle = np.median(places.points[places.some(torso), 1])
    chest = places.mode(torso & (places.points[:, 1] > middle))
    thighs = places.mode(own & places.within("thighs", "shins"))
    if chest is None or thighs is None or not _differ(chest, thighs):
        return
    result[own & places.within("torso", "arms", "neck")] = LABEL["upper"]
    result[own & places.within("hips", "thighs", "shins")] = LABEL["lower"]
    below = nearer(places.lab, chest, thighs)
    border = own & (places.within("hips", "thighs") | (torso & (places.points[:, 1] < middle)))
    result[border & below] = LABEL["lower"]
    result[border & ~below] = LABEL["upper"]


def _belts(places: Places, clothes: np.ndarray, result: np.ndarray) -> None:
    where = np.flatnonzero(clothes)
    count = int(places.island.max(initial=0)) + 1
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, places.island[where], places.points[where, 1])
    np.maximum.at(high, places.island[where], places.points[where, 1])
    middle = places.shares(clothes & places.within("hips", "torso"))
    thin = (high - low < _BELT) & (middle > 0.9 * places.shares(clothes)) & (middle > 0.0)
    result[clothes & thin[places.island]] = LABEL["waist"]


def _feet(places: Places, dressed: np.ndarray, result: np.ndarray) -> None:
    """Shoes go up the leg as far as their island does, or their colour on an island with more."""
    feet, shins, thighs = (
        places.shares(dressed & places.within(zone)) for zone in ("feet", "shins", "thighs")
    )
    legs = dressed & places.within("shins", "feet")
    total = np.maximum(feet + shins + thighs, 1e-12)
    shoes = feet > 0.5 * total
    shoe = places.mode(legs & shoes[places.island])
    leg = places.mode(dressed & places.within("thighs"))
    means = places.means(legs)
    like_leg = np.zeros(len(total), dtype=bool)
    if leg is not None:
        like_leg = np.linalg.norm((means - leg) * SHADE, axis=1) < _APART
    if shoe is not None and leg is not None:
        like_leg &= nearer(means, shoe, leg)
    result[legs & ((thighs > 0.0) | like_leg)[places.island]] = LABEL["lower"]
    # What ends below the knee: shoes and boots, and stockings where shoes have another colour.
    below = (thighs < 0.02 * total) & ~like_leg & (feet + shins > 0.0)
    result[legs & below[places.island]] = LABEL["feet"]
    if shoe is not None:
        other = np.linalg.norm((means - shoe) * SHADE, axis=1) > 1.5 * _APART
        socks = below & ~shoes & other & (feet + shins < 0.6 * (feet[shoes].sum()))
        result[legs & socks[places.island]] = LABEL["socks"]
    for island in np.flatnonzero((thighs > 0.0) & (feet > 0.05 * (shins + thighs))):
        own = dressed & (places.island == island)
        shoe, leg = (places.mode(own & places.within(zone)) for zone in ("feet", "thighs"))
        if shoe is not None and leg is not None and _differ(shoe, leg):
            shod = own & places.within("shins", "feet") & ~nearer(places.lab, shoe, leg)
            result[own & places.within("shins", "feet")] = LABEL["lower"]
            result[shod] = LABEL["feet"]
