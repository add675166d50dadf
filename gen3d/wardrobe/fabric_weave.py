# SPDX-License-Identifier: Apache-2.0
"""The seventeen fabrics: threads, loops, grain, fur and metal, as relief and variation.

Sizes are metres on the cloth. Structure that is finer than a texel fades out instead of aliasing;
what remains of it is roughness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gen3d.easing import smoothstep
from gen3d.wardrobe.fabric_cloth import Cloth, Weave, hashed
from gen3d.wardrobe.noise import cells, solid, triple

_TURN = 2.0 * np.pi


@dataclass(frozen=True)
class FabricLook:
    """Surface of a fabric before its structure."""

    roughness: float
    metallic: float
    weave: Callable[[Cloth], Weave]
    folds: float
    """Depth of soft folds, metres."""
    seam: bool
    """Hems are turned and stitched; otherwise the rim is plain."""


def _noise(cloth: Cloth, wavelength: float, salt: int, octaves: int = 1) -> np.ndarray:
    return solid(cloth.flat, wavelength, cloth.seed + salt, octaves=octaves)[:, 0]


def _stretched(
    cloth: Cloth, along: float, across: float, salt: int, octaves: int = 1
) -> np.ndarray:
    """Noise that is ``along`` metres long in v and ``across`` metres wide in u."""
    points = cloth.flat * triple(1.0, across / along, 1.0)
    return solid(points, across, cloth.seed + salt, octaves=octaves)[:, 0]


def _plain_weave(cloth: Cloth, pitch: float, depth: float, unevenness: float) -> Weave:
    """Warp over weft, weft over warp: bumps on a checkerboard, with thick and thin threads."""
    seen = cloth.resolves(2.0 * pitch)
    warp = _stretched(cloth, 0.05, pitch * 2.5, 1)
    weft = solid(cloth.flat * triple(pitch * 2.5 / 0.05, 1.0, 1.0), pitch * 2.5, cloth.seed + 2)[
        :, 0
    ]
    phase_u, phase_v = cloth.u * (np.pi / pitch), cloth.v * (np.pi / pitch)
    bumps = 0.5 + 0.5 * np.sin(phase_u + 0.3 * warp) * np.sin(phase_v + 0.3 * weft)
    slub = unevenness * (warp + weft)
    height = depth * seen * (bumps + slub)
    mottle = _noise(cloth, 0.05, 3, octaves=4)
    shade = 1.0 + seen * 0.12 * (bumps - 0.5) + 0.35 * unevenness * slub + 0.025 * mottle
    return Weave(height, shade, 0.02 * mottle)


def _cotton(cloth: Cloth) -> Weave:
    return _plain_weave(cloth, 0.0011, 1.2e-4, 0.10)


def _linen(cloth: Cloth) -> Weave:
    return _plain_weave(cloth, 0.0018, 2.2e-4, 0.28)


def _canvas(cloth: Cloth) -> Weave:
    return _plain_weave(cloth, 0.0024, 3.5e-4, 0.12)


def _twill(cloth: Cloth) -> Weave:
    pitch = 0.0022
    seen = cloth.resolves(pitch)
    wave = np.sin(_TURN * (cloth.u + cloth.v) / pitch + 0.5 * _noise(cloth, 0.02, 4))
    streak = _stretched(cloth, 0.03, 0.0018, 5, octaves=2)
    fade = solid(cloth.points, 0.16, cloth.seed + 6, octaves=3)[:, 0]
    worn = 0.09 + 0.075 * fade + 0.05 * streak + 0.06 * seen * wave
    return Weave(
        2.0e-4 * seen * wave + 4.0e-5 * streak,
        1.0 + 0.04 * streak + 0.08 * seen * wave,
        0.03 * fade,
        np.clip(worn, 0.0, 0.5),
    )


def _wool(cloth: Cloth) -> Weave:
    fuzz = _noise(cloth, 0.0035, 7, octaves=2)
    cloud = _noise(cloth, 0.03, 8, octaves=3)
    flecks = smoothstep(1.5, 2.4, fuzz)
    return Weave(1.6e-4 * fuzz, 1.0 + 0.09 * fuzz + 0.05 * cloud + 0.3 * flecks, 0.03 * fuzz)


def _knit(cloth: Cloth) -> Weave:
    """Stocking stitch: columns of V-shaped loops."""
    width, row = 0.0062, 0.0052
    seen = cloth.resolves(row)
    column = cloth.u / width
    across = np.abs(column - np.floor(column) - 0.5) * 2.0
    phase = cloth.v / row + 0.9 * (1.0 - across)
    loop = np.abs(np.sin(np.pi * phase)) ** 0.7
    body = np.sqrt(np.clip(1.0 - (across - 0.5) ** 2 * 3.2, 0.0, 1.0))
    bumps = loop * body
    fuzz = _noise(cloth, 0.004, 9, octaves=2)
    return Weave(
        9.0e-4 * seen * bumps + 6e-5 * fuzz,
        0.94 + seen * 0.16 * (bumps - 0.45) + 0.04 * fuzz,
        0.02 * fuzz,
    )


def _leather(cloth: Cloth) -> Weave:
    near, border = cells(cloth.points, 0.0058, cloth.seed + 10)
    seen = cloth.resolves(0.0058)
    grain = smoothstep(0.0, 0.28, border) - 0.25 * near
    creases = np.abs(solid(cloth.points, 0.035, cloth.seed + 11, octaves=4)[:, 0])
    crease = smoothstep(0.10, 0.0, creases)
    scuff = solid(cloth.points, 0.09, cloth.seed + 12, octaves=4)[:, 0]
    worn = smoothstep(0.8, 2.6, scuff)
    return Weave(
        2.2e-4 * seen * grain - 2.5e-4 * crease,
        0.97 + 0.10 * seen * (grain - 0.6) - 0.10 * crease + 0.05 * scuff,
        0.10 * worn + 0.10 * crease - 0.05 * grain * seen,
        0.04 * worn,
    )


def _silk(cloth: Cloth) -> Weave:
    thread = _stretched(cloth, 0.06, 0.0016, 13)
    cloud = _noise(cloth, 0.06, 14, octaves=2)
    return Weave(1.5e-5 * thread, 1.0 + 0.03 * thread + 0.02 * cloud, 0.03 * thread)


def _velvet(cloth: Cloth) -> Weave:
    pile = _noise(cloth, 0.0028, 15, octaves=2)
    # Wide and soft: brushed in hard spots, a gown of one colour would look like a patchwork.
    brushed = solid(cloth.points, 0.09, cloth.seed + 16, octaves=2)[:, 0]
    return Weave(1.2e-4 * pile, 0.88 + 0.07 * pile + 0.06 * np.tanh(brushed), 0.05 * brushed)


def _smooth_sheet(cloth: Cloth) -> Weave:
    """Rubber: even, with a faint bloom."""
    bloom = solid(cloth.points, 0.05, cloth.seed + 17, octaves=4)[:, 0]
    return Weave(1.5e-5 * bloom, 1.0 + 0.02 * bloom, 0.05 * bloom)


def _plastic(cloth: Cloth) -> Weave:
    speck = solid(cloth.points, 0.003, cloth.seed + 18)[:, 0]
    smear = solid(cloth.points, 0.06, cloth.seed + 19, octaves=3)[:, 0]
    scratch = _scratches(cloth)
    return Weave(
        1.0e-5 * speck - 4e-5 * scratch,
        1.0 + 0.015 * smear + 0.06 * scratch,
        0.04 * smear + 0.15 * scratch,
    )


def _scratches(cloth: Cloth) -> np.ndarray:
    """Long thin lines in three directions, in patches."""
    lines = np.zeros_like(cloth.u)
    for number, angle in enumerate((0.35, 1.45, 2.6)):
        c, s = np.cos(angle), np.sin(angle)
        along, across = cloth.u * c + cloth.v * s, cloth.v * c - cloth.u * s
        points = np.stack([along * 0.06, across, np.full_like(along, 0.1 * number)], axis=1)
        field = solid(points.astype(np.float32), 0.004, cloth.seed + 20 + number)[:, 0]
        lines = np.maximum(lines, smoothstep(1.9, 2.6, field))
    patches = solid(cloth.points, 0.07, cloth.seed + 24, octaves=2)[:, 0]
    return lines * smoothstep(-0.2, 0.9, patches)


def _metal(cloth: Cloth) -> Weave:
    brushed = _stretched(cloth, 0.09, 0.0022, 25, octaves=2)
    hammered = solid(cloth.points, 0.022, cloth.seed + 26, octaves=2)[:, 0]
    stain = solid(cloth.points, 0.08, cloth.seed + 27, octaves=4)[:, 0]
    scratch = _scratches(cloth)
    grime = smoothstep(0.7, 2.4, stain)
    return Weave(
        8.0e-5 * hammered + 8e-6 * brushed - 5e-5 * scratch,
        1.0 + 0.035 * brushed + 0.12 * scratch - 0.2 * grime,
        0.04 * brushed + 0.15 * grime - 0.05 * scratch + 0.03 * stain,
    )


def _fur(cloth: Cloth) -> Weave:
    """Strands that hang down the cloth, in locks."""
    drift = solid(cloth.flat, 0.045, cloth.seed + 28, octaves=1, channels=2)
    sideways = cloth.u + 0.0035 * drift[:, 0]
    points = np.stack([sideways, cloth.v * 0.09, np.zeros_like(cloth.u)], axis=1)
    strands = solid(points.astype(np.float32), 0.0024, cloth.seed + 29, octaves=2)[:, 0]
    # Tufts overlap like tiles: light tips, dark roots of the row below, each at its own height.
    tuft = np.round(sideways / 0.016)
    level = cloth.v / 0.050 + hashed(tuft, cloth.seed) + 0.25 * drift[:, 1] + 0.15 * strands
    tip = (level - np.floor(level)) ** 1.5
    tone = 0.55 * strands + 1.1 * (tip - 0.4)
    return Weave(9.0e-4 * tone, np.clip(0.92 + 0.42 * tone, 0.25, 1.8), 0.04 * tone)


def _spandex(cloth: Cloth) -> Weave:
    pitch = 0.0024
    seen = cloth.resolves(pitch)
    knit = np.sin(_TURN * cloth.u / pitch) * np.sin(_TURN * cloth.v / (1.3 * pitch))
    sheen = solid(cloth.points, 0.07, cloth.seed + 31, octaves=2)[:, 0]
    return Weave(2.0e-5 * seen * knit, 1.0 + 0.02 * seen * knit + 0.02 * sheen, 0.02 * sheen)


def _paper(cloth: Cloth) -> Weave:
    fibres = solid(cloth.points, 0.006, cloth.seed + 32, octaves=3)[:, 0]
    _, border = cells(cloth.points, 0.085, cloth.seed + 33)
    facets = np.minimum(border, 0.35)
    return Weave(4.0e-5 * fibres + 6e-3 * facets, 1.0 + 0.03 * fibres, 0.03 * fibres)


LOOKS: dict[str, FabricLook] = {
    "cotton": FabricLook(0.86, 0.0, _cotton, 0.0030, seam=True),
    "wool": FabricLook(0.95, 0.0, _wool, 0.0024, seam=True),
    "denim": FabricLook(0.82, 0.0, _twill, 0.0026, seam=True),
    "leather": FabricLook(0.46, 0.0, _leather, 0.0018, seam=True),
    "silk": FabricLook(0.34, 0.0, _silk, 0.0034, seam=True),
    "satin": FabricLook(0.24, 0.0, _silk, 0.0034, seam=True),
    "linen": FabricLook(0.88, 0.0, _linen, 0.0036, seam=True),
    "velvet": FabricLook(0.78, 0.0, _velvet, 0.0028, seam=True),
    "rubber": FabricLook(0.38, 0.0, _smooth_sheet, 0.0006, seam=False),
    "plastic": FabricLook(0.30, 0.0, _plastic, 0.0, seam=False),
    "metal": FabricLook(0.32, 1.0, _metal, 0.0, seam=False),
    "gold": FabricLook(0.24, 1.0, _metal, 0.0, seam=False),
    "fur": FabricLook(0.92, 0.0, _fur, 0.0016, seam=False),
    "knit": FabricLook(0.94, 0.0, _knit, 0.0020, seam=False),
    "canvas": FabricLook(0.90, 0.0, _canvas, 0.0024, seam=True),
    "spandex": FabricLook(0.50, 0.0, _spandex, 0.0004, seam=True),
    "paper": FabricLook(0.80, 0.0, _paper, 0.0008, seam=False),
}
"""Every fabric of :data:`gen3d.spec.FABRICS`."""
