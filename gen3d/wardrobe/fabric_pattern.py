# SPDX-License-Identifier: Apache-2.0
"""The thirteen patterns: what is printed on, woven into or riveted to a garment, in metres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gen3d.easing import smoothstep
from gen3d.spec import GarmentSpec
from gen3d.wardrobe.fabric_cloth import Cloth, Print, edge, hashed, repeat
from gen3d.wardrobe.noise import solid, triple


def _rgb(color: tuple[float, float, float]) -> np.ndarray:
    return np.array(color, dtype=np.float32)


def _mixed(spec: GarmentSpec, accent: np.ndarray) -> np.ndarray:
    share = accent[:, None].astype(np.float32)
    return _rgb(spec.color) * (1.0 - share) + _rgb(spec.accent) * share


def _over(color: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    amount = share[:, None].astype(np.float32)
    return color * (1.0 - amount) + other.astype(np.float32) * amount


def _printed(cloth: Cloth, color: np.ndarray) -> Print:
    nothing = np.zeros_like(cloth.u)
    return Print(color, nothing, nothing, np.ones_like(cloth.u))


def _band(x: np.ndarray, period: float, width: float, cloth: Cloth) -> np.ndarray:
    return edge(np.abs(repeat(x, period)) - width / 2.0, cloth.texel_size)


def _plain(cloth: Cloth, spec: GarmentSpec) -> Print:
    return _printed(cloth, np.tile(_rgb(spec.color), (len(cloth.u), 1)))


def _stripes(cloth: Cloth, spec: GarmentSpec) -> Print:
    return _printed(cloth, _mixed(spec, _band(cloth.v, 0.062, 0.029, cloth)))


def _vertical_stripes(cloth: Cloth, spec: GarmentSpec) -> Print:
    return _printed(cloth, _mixed(spec, _band(cloth.u, 0.045, 0.013, cloth)))


def _checks(cloth: Cloth, spec: GarmentSpec) -> Print:
    across = _band(cloth.u, 0.056, 0.028, cloth)
    along = _band(cloth.v, 0.056, 0.028, cloth)
    return _printed(cloth, _mixed(spec, (across + along) / 2.0))


def _plaid(cloth: Cloth, spec: GarmentSpec) -> Print:
    sett = 0.13
    color = np.tile(_rgb(spec.color), (len(cloth.u), 1))
    twill = 0.5 + 0.35 * np.sign(repeat(cloth.u + cloth.v, 0.004)) * cloth.resolves(0.004)
    for x, order in ((cloth.u, twill), (cloth.v, 1.0 - twill)):
        color = _over(color, _rgb(spec.color) * 0.35, order * _band(x, sett, 0.052, cloth) * 0.9)
        color = _over(color, _rgb(spec.accent), order * _band(x + 0.46 * sett, sett, 0.018, cloth))
        light = np.clip(_rgb(spec.accent) * 0.5 + 0.45, 0.0, 0.9)
        color = _over(color, light, order * _band(x + 0.25 * sett, sett, 0.0045, cloth))
    return _printed(cloth, color)


def _camouflage(cloth: Cloth, spec: GarmentSpec) -> Print:
    blobs = solid(cloth.points, 0.14, cloth.seed + 51, octaves=4, gain=0.55, channels=3)
    soft = 0.5 * cloth.texel_size / 0.05
    color = np.tile(_rgb(spec.color), (len(cloth.u), 1))
    dark = _rgb(spec.color) * 0.28 + triple(0.006, 0.005, 0.003)
    middle = 0.55 * _rgb(spec.color) + 0.45 * _rgb(spec.accent)
    for channel, (level, layer) in enumerate(
        ((0.15, middle), (0.55, _rgb(spec.accent)), (0.85, dark))
    ):
        color = _over(color, layer, smoothstep(0.0, 1.0, 0.5 + (blobs[:, channel] - level) / soft))
    return _printed(cloth, color)


def _hexagonal(cloth: Cloth, spacing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets from the centre of the nearest cell of a staggered lattice, and its hash."""
    row_height = spacing * np.sqrt(3.0) / 2.0
    row = np.round(cloth.v / row_height)
    shifted = cloth.u + (row % 2) * (spacing / 2.0)
    column = np.round(shifted / spacing)
    return shifted - column * spacing, cloth.v - row * row_height, hashed(row, column, cloth.seed)


def _polka_dots(cloth: Cloth, spec: GarmentSpec) -> Print:
    x, y, _ = _hexagonal(cloth, 0.044)
    return _printed(cloth, _mixed(spec, edge(np.hypot(x, y) - 0.0105, cloth.texel_size)))


def _stars(cloth: Cloth, spec: GarmentSpec) -> Print:
    x, y, chance = _hexagonal(cloth, 0.072)
    radius = 0.012 + 0.012 * hashed(np.round(chance * 65536), 7)
    angle = np.arctan2(x, -y) + (chance - 0.5) * 1.2
    sector = np.pi / 5.0
    folded = np.abs((angle + sector) % (2.0 * sector) - sector)
    distance = np.hypot(x, y)
    # Inside a five-pointed star: below the line from a tip to the inner corner beside it.
    tip, inner = radius, radius * 0.42
    px, py = distance * np.cos(folded), distance * np.sin(folded)
    qx, qy = inner * np.cos(sector), inner * np.sin(sector)
    side = (px - tip) * qy - py * (qx - tip)
    outline = side / np.hypot(qy, qx - tip)
    return _printed(cloth, _mixed(spec, edge(outline, cloth.texel_size)))


def _panels(cloth: Cloth, spec: GarmentSpec) -> Print:
    width, tall = 0.17, 0.21
    row = np.floor(cloth.v / tall)
    shifted = cloth.u + (row % 2) * (width / 2.0)
    column = np.floor(shifted / width)
    accent = (hashed(row, column, cloth.seed) < 0.3).astype(np.float32)
    gap_u = width / 2.0 - np.abs(shifted - (column + 0.5) * width)
    gap_v = tall / 2.0 - np.abs(cloth.v - (row + 0.5) * tall)
    gap = np.minimum(gap_u, gap_v)
    groove = smoothstep(0.0035, 0.0008, gap)
    raised = smoothstep(0.002, 0.008, gap)
    color = _mixed(spec, accent) * (1.0 - 0.6 * groove)[:, None]
    return Print(color, 9e-4 * raised, np.zeros_like(gap), np.ones_like(gap))


def _studs(cloth: Cloth, spec: GarmentSpec) -> Print:
    x, y, _ = _hexagonal(cloth, 0.042)
    distance = np.hypot(x, y)
    stud = edge(distance - 0.0052, cloth.texel_size)
    dome = np.sqrt(np.clip(1.0 - (distance / 0.0052) ** 2, 0.0, 1.0))
    ring = edge(distance - 0.0072, cloth.texel_size) - stud
    color = _over(_mixed(spec, stud), _rgb(spec.color) * 0.35, ring * 0.7)
    return Print(color, 2.4e-3 * dome, stud, np.ones_like(stud))


def _rags(cloth: Cloth, spec: GarmentSpec) -> Print:
    """Frayed edges, holes, patches sewn on, and dirt."""
    tear = solid(cloth.points, 0.05, cloth.seed + 52, octaves=4, gain=0.6, channels=3)
    frayed = cloth.hem - 0.014 - 0.017 * tear[:, 0]
    holes = 1.75 - tear[:, 1]
    thread = 0.35 + 0.65 * (np.abs(repeat(cloth.u, 0.003)) > 0.0008)
    alpha = smoothstep(0.0, 0.004, frayed) * smoothstep(0.0, 0.06, holes) * thread
    alpha = np.where((frayed > 0.006) & (holes > 0.12), 1.0, alpha)
    cell = np.stack([np.floor(cloth.u / 0.11), np.floor(cloth.v / 0.13)])
    patch = (hashed(cell[0], cell[1], cloth.seed + 3) < 0.16).astype(np.float32)
    inside = (
        np.minimum(
            0.038 - np.abs(cloth.u - (cell[0] + 0.5) * 0.11),
            0.045 - np.abs(cloth.v - (cell[1] + 0.5) * 0.13),
        )
        + 0.003 * tear[:, 2]
    )
    patch = patch * edge(-inside, cloth.texel_size)
    stitch = smoothstep(0.0018, 0.0008, np.abs(inside - 0.005)) * patch
    stitch = stitch * (repeat(cloth.u + cloth.v, 0.011) > 0.0)
    color = _over(_mixed(spec, patch), _rgb(spec.color) * 0.25, stitch)
    grime = smoothstep(-0.3, 1.8, tear[:, 2]) * 0.6 + 0.35 * smoothstep(0.09, 0.0, cloth.hem)
    dirt = triple(0.075, 0.055, 0.035)
    color = _over(color, dirt, np.clip(grime, 0.0, 0.75))
    return Print(color, 8e-4 * patch + 5e-4 * stitch, np.zeros_like(alpha), alpha)


def _flames(cloth: Cloth, spec: GarmentSpec) -> Print:
    """Tongues from the lower edge upwards, in three nested colours."""
    y = cloth.points[:, 1]
    low, high = float(y.min()), float(y.max())
    reach = 0.62 * (high - low)
    around = np.arctan2(cloth.points[:, 0], cloth.points[:, 2])
    warp = solid(cloth.points, 0.10, cloth.seed + 53, octaves=2, channels=2)
    swing = cloth.points[:, 0] + 0.06 * around + 0.011 * warp[:, 0]
    tongue = (1.0 - np.abs(np.sin(swing * (np.pi / 0.075)))) ** 1.1
    tall = 0.22 + 0.78 * tongue * (0.8 + 0.25 * warp[:, 1])
    level = (y - low) / max(reach, 1e-6)
    soft = 1.5 * cloth.texel_size / max(reach, 1e-6)
    color = np.tile(_rgb(spec.color), (len(y), 1))
    accent = _rgb(spec.accent)
    hot = np.clip(accent * 1.25 + triple(0.22, 0.16, 0.0), 0.0, 0.85)
    core = np.clip(accent * 0.6 + triple(0.42, 0.36, 0.08), 0.0, 0.85)
    for share, layer in ((1.0, accent), (0.72, hot), (0.42, core)):
        color = _over(color, layer, np.clip(0.5 + (tall * share - level) / soft, 0.0, 1.0))
    return _printed(cloth, color)


def _circuit(cloth: Cloth, spec: GarmentSpec) -> Print:
    """Traces on a square lattice: each cell continues straight, turns or ends in a pad."""
    pitch = 0.0135
    column, row = np.floor(cloth.u / pitch), np.floor(cloth.v / pitch)
    x, y = cloth.u / pitch - column - 0.5, cloth.v / pitch - row - 0.5

    def linked(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return hashed(a, b, axis, cloth.seed) < (0.55 if axis else 0.30)

    arms = (
        (linked(column, row, 0), -x, np.abs(y)),
        (linked(column + 1, row, 0), x, np.abs(y)),
        (linked(column, row, 1), -y, np.abs(x)),
        (linked(column, row + 1, 1), y, np.abs(x)),
    )
    distance = np.full(len(x), 1.0)
    count = np.zeros(len(x))
    for present, along, aside in arms:
        reach = np.where(along > 0.0, aside, np.hypot(along, aside))
        distance = np.where(present, np.minimum(distance, reach), distance)
        count += present
    distance = distance * pitch
    trace = edge(distance - 0.0011, cloth.texel_size)
    pad = np.where(count == 1, edge(np.hypot(x, y) * pitch - 0.0034, cloth.texel_size), 0.0)
    hole = np.where(count == 1, edge(np.hypot(x, y) * pitch - 0.0014, cloth.texel_size), 0.0)
    line = np.maximum(trace, pad) * (1.0 - hole)
    return Print(_mixed(spec, line), 3e-4 * line, 0.6 * line, np.ones_like(line))


PATTERNS: dict[str, Callable[[Cloth, GarmentSpec], Print]] = {
    "plain": _plain,
    "stripes": _stripes,
    "vertical_stripes": _vertical_stripes,
    "checks": _checks,
    "plaid": _plaid,
    "camouflage": _camouflage,
    "polka_dots": _polka_dots,
    "panels": _panels,
    "studs": _studs,
    "rags": _rags,
    "flames": _flames,
    "stars": _stars,
    "circuit": _circuit,
}
"""Every pattern of :data:`gen3d.spec.PATTERNS`."""
