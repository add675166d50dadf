# SPDX-License-Identifier: Apache-2.0
"""Wear and dirt on a painted surface, put where they come about.

What stands out is rubbed, hollows and hems gather dirt, mud splashes up from the ground, dust and
snow lie on what looks up. Masks are of places, slopes and curvature of the surface itself, broken
up by noise in space, so they cross seams and are the same at any size of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, Int

from gen3d.body.surface import vertex_normals
from gen3d.easing import smoothstep
from gen3d.wardrobe.fabric_cloth import hashed
from gen3d.wardrobe.noise import cells, solid, triple
from gen3d.wardrobe.soils import SOIL_LOOKS, SoilLook
from gen3d.wardrobe.texels import TexelMap
from gen3d.wear import WearSpec

_UNDYED = triple(0.60, 0.57, 0.50)
_LUMA = triple(0.2126, 0.7152, 0.0722)
_BENT = 14.0
"""Curvature above the garment's usual, per metre, that counts as standing out."""
_SPLASH_M = 0.75
"""How high mud and wet sand come."""
_EDGE_M = 0.02
_TONES = 2
LEATHERS = frozenset({"leather", "rubber", "plastic"})
"""Fabrics that scuff; others fade."""


@dataclass(frozen=True)
class Place:
    """Where each texel is, and how the surface lies there."""

    points: Float32[np.ndarray, "t 3"]
    """Rest positions, metres; the ground is at 0."""
    normals: Float32[np.ndarray, "t 3"]
    bulge: Float32[np.ndarray, "t"]
    """-1 hollow to 1 standing out."""
    edge: Float32[np.ndarray, "t"]
    """Metres to the nearest edge of the cloth."""
    seed: int

    @property
    def hollow(self) -> Float32[np.ndarray, "t"]:
        """0 to 1: how far the surface lies back."""
        return np.clip(-self.bulge, 0.0, 1.0)

    @property
    def rim(self) -> Float32[np.ndarray, "t"]:
        """1 at an edge, 0 from a little away."""
        return smoothstep(_EDGE_M, 0.0, self.edge)


@dataclass(frozen=True)
class Coat:
    """What is painted on the texels."""

    color: Float[np.ndarray, "t 3"]
    """Linear."""
    rough: Float[np.ndarray, "t"]
    metal: Float[np.ndarray, "t"]
    height: Float[np.ndarray, "t"]
    """Metres."""

    def towards(self, other: Coat, share: Float[np.ndarray, "t"]) -> Coat:
        """Between this and another, which has a share of each texel."""
        return Coat(
            self.color + (other.color - self.color) * share[:, None],
            self.rough + (other.rough - self.rough) * share,
            self.metal + (other.metal - self.metal) * share,
            self.height + (other.height - self.height) * share,
        )


def place_of(
    texels: TexelMap,
    positions: Float[np.ndarray, "verts 3"],
    edge: Float[np.ndarray, "verts"],
    seed: int,
) -> Place:
    """Find slopes and curvature of a mesh, texel by texel.

    Args:
        texels: Its atlas.
        positions: Rest positions of its vertices, metres; those at one place count as one.
        edge: Distance to the nearest edge of the cloth, metres.
        seed: Of the noise.
    """
    _, first, same = np.unique(
        np.round(positions, 5), axis=0, return_index=True, return_inverse=True
    )
    verts, faces = positions[first], same.ravel()[texels.faces]
    normals = vertex_normals(verts, faces)
    bulge = _bulge(verts, faces, normals)
    columns = np.concatenate([verts, normals, bulge[:, None]], axis=1)[same.ravel()]
    values = texels.sample(np.concatenate([columns, edge[:, None]], axis=1))
    unit = values[:, 3:6] / np.maximum(np.linalg.norm(values[:, 3:6], axis=1), 1e-6)[:, None]
    return Place(values[:, :3], unit, values[:, 6], values[:, 7], seed)


def _bulge(
    verts: Float[np.ndarray, "verts 3"],
    faces: Int[np.ndarray, "faces 3"],
    normals: Float[np.ndarray, "verts 3"],
) -> Float32[np.ndarray, "verts"]:
    """Curvature along the edges (how normals turn, per metre), smoothed, above the usual."""
    a, b = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).T
    step = (verts[b] - verts[a]).astype(np.float64)
    turn = ((normals[b] - normals[a]) * step).sum(axis=1)
    bent = turn / np.maximum((step**2).sum(axis=1), 1e-8)
    ends, count = np.concatenate([a, b]), len(verts)
    met = np.maximum(np.bincount(ends, minlength=count), 1)
    value = np.bincount(ends, np.concatenate([bent, bent]), count) / met
    for _ in range(3):
        around = np.bincount(ends, np.concatenate([value[b], value[a]]), count) / met
        value = 0.5 * (value + around)
    return np.tanh((value - np.median(value)) / _BENT).astype(np.float32)


def weathered(coat: Coat, place: Place, wear: WearSpec, fabric: str) -> Coat:
    """A garment's surface after use and weather.

    Args:
        coat: As new.
        place: Where its texels are.
        wear: What has happened to it.
        fabric: Of what it is made.
    """
    if wear.worn > 0.0:
        bare = float(np.median(coat.metal)) > 0.5
        used = _metal if bare else _leather if fabric in LEATHERS else _cloth
        coat = used(coat, place, wear.worn)
    return soiled(coat, place, wear.soil, wear.soiled)


def soiled(coat: Coat, place: Place, soil: str, amount: float) -> Coat:
    """A surface with something on it.

    Args:
        coat: Without.
        place: Where its texels are.
        soil: What, one of :data:`~gen3d.wardrobe.soils.SOIL_LOOKS`.
        amount: 0.3 traces, 0.6 patches, 1 nearly all over.
    """
    look = SOIL_LOOKS[soil]
    if amount <= 0.0:
        return coat
    if look.on_metal:
        amount = amount * (0.25 + 0.75 * float(np.median(coat.metal)))
    share = _share(place, look, amount)
    grain = solid(place.points, 0.004, place.seed + 75, octaves=2)[:, 0]
    tint = _tint(place, look) * (1.0 + 0.10 * grain[:, None])
    thick = np.float32(1e-3 * look.thick_mm) * share * (0.75 + 0.25 * grain)
    same = np.ones_like(coat.rough)
    layer = Coat(tint, look.rough * same, 0.0 * same, coat.height)
    laid = coat.towards(layer, look.cover * share)
    return replace(laid, height=laid.height + thick)


def _share(place: Place, look: SoilLook, amount: float) -> Float32[np.ndarray, "t"]:
    """Where it lies: as far as the place invites it and the amount goes, in ragged patches."""
    hollow = np.clip(place.hollow + 0.6 * place.rim, 0.0, 1.0)
    invites = (
        look.low * np.clip(1.0 - place.points[:, 1] / _SPLASH_M, 0.0, 1.0)
        + look.up * np.clip(place.normals[:, 1], 0.0, 1.0)
        + look.front * np.clip(place.normals[:, 2], 0.0, 1.0)
        + look.hollow * hollow
        + look.everywhere
    )
    patchy = solid(place.points, look.patch, place.seed + 71, octaves=5, gain=0.6)[:, 0]
    wide = solid(place.points, 4.0 * look.patch, place.seed + 74, octaves=2)[:, 0]
    level = invites + 0.22 * patchy + 0.26 * wide + 1.15 * (amount - 1.0)
    share = smoothstep(-0.4 * look.soft, 0.12 + 0.6 * look.soft, level)
    if look.spots:
        share = np.maximum(share, _spots(place, look.spots, level + 0.35))
    return np.clip(share, 0.0, 1.0).astype(np.float32)


def _spots(place: Place, size: float, level: np.ndarray) -> np.ndarray:
    """Splashes of two sizes, denser where there is more."""
    found = np.zeros(len(level), dtype=np.float32)
    for number, scale in enumerate((1.0, 0.4)):
        distance, _ = cells(place.points, size * scale, place.seed + 72 + number)
        ragged = 0.07 * solid(place.points, 0.3 * size * scale, place.seed + 76)[:, 0]
        radius = 0.30 * np.clip(0.4 + level, 0.0, 1.0)
        found = np.maximum(found, smoothstep(0.0, -0.06, distance + ragged - radius))
    return found * smoothstep(-0.25, 0.15, level)


def _tint(place: Place, look: SoilLook) -> Float32[np.ndarray, "t 3"]:
    """Its colour: two run into each other, of more each splash has its own."""
    colours = np.array(look.colours, np.float32)
    if len(colours) <= _TONES:
        share = smoothstep(-1.0, 1.0, solid(place.points, 0.05, place.seed + 77)[:, :1])
        return colours[0] * (1.0 - share) + colours[-1] * share
    bent = place.points + 0.012 * solid(place.points, 0.04, place.seed + 77, channels=3)
    x, y, z = np.floor(bent / (2.0 * look.spots)).T.astype(np.int64)
    drawn = hashed(x, y, z, place.seed)
    return colours[np.minimum((drawn * len(colours)).astype(np.int64), len(colours) - 1)]


def _rubbed(place: Place, amount: float) -> Float32[np.ndarray, "t"]:
    """What stands out, and edges, in patches."""
    patchy = solid(place.points, 0.06, place.seed + 78, octaves=4)[:, 0]
    level = 0.9 * np.clip(place.bulge, -0.3, 1.0) + 0.7 * place.rim + 0.35 * patchy
    return smoothstep(0.95 - 0.9 * amount, 1.7 - 0.9 * amount, level).astype(np.float32)


def _cloth(coat: Coat, place: Place, amount: float) -> Coat:
    """Faded, most where it is rubbed; creased; grey in its folds."""
    rub = _rubbed(place, amount)
    grey = (coat.color @ _LUMA)[:, None]
    color = coat.color + 0.3 * amount * (1.05 * grey - coat.color)
    fade = (0.55 * amount * rub)[:, None]
    color = color * (1.0 - fade) + (0.5 * color + 0.5 * _UNDYED) * fade
    stain = solid(place.points, 0.09, place.seed + 79, octaves=4)[:, 0]
    dark = amount * (0.3 * place.hollow + 0.22 * smoothstep(0.3, 1.6, stain))
    crease = solid(place.points * triple(1.0, 0.6, 1.0), 0.035, place.seed + 80, octaves=2)[:, 0]
    sharp = np.exp(-((crease / 0.4) ** 2))
    return replace(
        coat,
        color=(color * (1.0 - dark[:, None])).astype(np.float32),
        rough=np.clip(coat.rough + 0.08 * amount, 0.04, 1.0),
        height=coat.height + np.float32(5e-4 * amount) * sharp,
    )


def _leather(coat: Coat, place: Place, amount: float) -> Coat:
    """Paler and rough where it is scuffed, polished where rubbed, cracked where it bends."""
    rub = _rubbed(place, amount)
    scratchy = solid(place.points * triple(1.0, 0.35, 1.0), 0.011, place.seed + 81, octaves=3)[:, 0]
    scuff = amount * rub * smoothstep(0.1, 1.1, scratchy)
    _, border = cells(place.points, 0.0075, place.seed + 82)
    dry = solid(place.points, 0.05, place.seed + 83, octaves=2)[:, 0]
    crack = amount * smoothstep(0.10, 0.02, border) * smoothstep(0.1, 1.2, dry + rub)
    pale = 1.5 * coat.color + 0.05
    color = coat.color * (1.0 - 0.65 * scuff[:, None]) + pale * (0.65 * scuff)[:, None]
    color = color * (1.0 - amount * (0.25 * place.hollow)[:, None]) * (1.0 - 0.5 * crack[:, None])
    rough = coat.rough + 0.25 * scuff - 0.12 * amount * rub * (1.0 - scuff)
    return replace(
        coat,
        color=color.astype(np.float32),
        rough=np.clip(rough, 0.15, 1.0),
        height=coat.height - 1.2e-4 * crack + 1e-4 * scuff * scratchy,
    )


def _metal(coat: Coat, place: Place, amount: float) -> Coat:
    """Scratches every way, a few dents, and what is not touched goes dull and dark."""
    rub = _rubbed(place, amount)
    scratch = np.zeros_like(coat.rough)
    ways = ((0.07, 1.0, 1.0), (1.0, 0.09, 1.0), (0.5, 0.12, 0.5))
    for number, way in enumerate(ways):
        line = solid(place.points * triple(*way), 0.006, place.seed + 84 + number)[:, 0]
        here = solid(place.points, 0.04, place.seed + 90 + number)[:, 0]
        scratch = np.maximum(
            scratch, smoothstep(0.07, 0.02, np.abs(line)) * smoothstep(0.2, 1.2, here)
        )
    scratch = amount * scratch
    distance, _ = cells(place.points, 0.075, place.seed + 87)
    dent = amount * smoothstep(0.33, 0.05, distance)
    cloud = solid(place.points, 0.05, place.seed + 88, octaves=4)[:, 0]
    dull = amount * np.clip(0.35 + 0.3 * cloud + 0.4 * place.hollow - 0.5 * rub, 0.0, 1.0)
    tarnished = coat.color * triple(0.52, 0.47, 0.40)
    color = coat.color * (1.0 - dull[:, None]) + tarnished * dull[:, None]
    color = color * (1.0 + 0.25 * scratch[:, None])
    return replace(
        coat,
        color=np.clip(color, 0.0, 1.0).astype(np.float32),
        rough=np.clip(coat.rough + 0.3 * dull + 0.15 * scratch, 0.05, 1.0),
        height=coat.height - 9e-4 * dent - 4e-5 * scratch,
    )
