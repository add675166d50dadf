# SPDX-License-Identifier: Apache-2.0
"""Hats: a crown lofted from the head's own section at the hat line, with a brim or a band."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.body import ShapedBody
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Part
from gen3d.wardrobe.headgear_shell import (
    HAT_LINE,
    HeadShell,
    clear_of_head,
    head_shell,
    plane_edge,
    shell_grid,
)
from gen3d.wardrobe.lathe import Surface, finish, grid, lathe, rigid, thicken, tube

_GAP = 0.010
"""Room for flattened hair between head and hat, metres."""
_UP = np.array([0.0, 1.0, 0.0])


def _shell(shaped: ShapedBody) -> HeadShell:
    return head_shell(shaped, ears=False, above=0.73)


def _ring(
    shell: HeadShell, gap: float = _GAP, columns: int = 48
) -> Float[np.ndarray, "columns1 3"]:
    """The hat line around the head, from behind over the right side to the front and back."""
    return shell_grid(shell, HAT_LINE, gap, rows=12, columns=columns)[-1]


def _rings(
    base: Float[np.ndarray, "columns1 3"], levels: list[tuple[float, float, float]], size: float
) -> Float[np.ndarray, "rows columns1 3"]:
    """Copies of a ring: (height, scale across x, scale along z) of each, metres and factors."""
    centre = base[:-1].mean(axis=0)
    rows: list[np.ndarray] = []
    for height, sx, sz in levels:
        flat = (base - centre) * np.array([sx, 1.0, sz])
        # Upper rings lose the hat line's tilt.
        flat[:, 1] *= np.clip(1.0 - height / 0.16, 0.15, 1.0)
        rows.append(centre + flat + _UP * height * size)
    return np.stack(rows)


def _brim(
    base: Float[np.ndarray, "columns1 3"], width: float, curl: float, dip: float, rows: int = 5
) -> Float[np.ndarray, "rows1 columns1 3"]:
    """A ring that widens outwards; sides curl up, front and back dip."""
    centre = base[:-1].mean(axis=0)
    out = normalize((base - centre) * np.array([1.0, 0.0, 1.0]))
    t = np.linspace(0.0, 1.0, rows + 1)[:, None]
    sideways = np.abs(out[:, 0]) ** 2
    rise = (curl * sideways - dip * (1.0 - sideways)) * t**2
    return base + out * (t * width)[..., None] + _UP * rise[..., None]


def _with_band(
    surfaces: list[Surface], base: np.ndarray, height: float, size: float
) -> list[Surface]:
    """A ribbon around the foot of the crown."""
    levels = [(height, 1.012, 1.012), (height * 0.5, 1.022, 1.022), (0.001, 1.022, 1.022)]
    return [*surfaces, *thicken(grid(_rings(base, levels, size)), 0.001)]


def make_hat(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A brimmed hat with a creased crown and a ribbon."""
    shell = _shell(shaped)
    base, size = _ring(shell), shell.size
    levels = [(0.0, 1.0, 1.0), (0.03, 0.99, 0.99), (0.06, 0.95, 0.96), (0.09, 0.89, 0.92)]
    levels += [(0.106, 0.82, 0.86), (0.113, 0.72, 0.76), (0.110, 0.50, 0.60), (0.103, 0.0, 0.0)]
    crown = _rings(base, levels, size)[::-1].copy()
    # The pinch: front sides of the crown are pressed in.
    top = np.linspace(1.0, 0.0, len(levels))[:, None]
    front = np.clip((crown[..., 2] - base[:-1, 2].mean()) / (0.09 * size), 0.0, 1.0)
    crown[..., 0] *= 1.0 - 0.30 * front * top
    crown = clear_of_head(crown, shell, _GAP)
    brim = _brim(base, 0.068 * size, 0.022 * size, 0.010 * size)
    surfaces = [*thicken(grid(crown), 0.0025), *thicken(grid(brim), 0.003)]
    hat = finish(surfaces, garment, rigid("head"), name="Hat", group="Hat", seed=seed)
    ribbon = garment.model_copy(
        update={"color": garment.accent, "pattern": "plain", "fabric": "satin"}
    )
    band = _with_band([], base, 0.026, size)
    return hat, finish(
        band, ribbon, rigid("head"), name="HatBand", group="Hat", seed=seed, size_px=256
    )


def make_wizard_hat(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A tall soft cone with a bent tip over a wide wavy brim."""
    shell = _shell(shaped)
    base, size = _ring(shell), shell.size
    rng = np.random.default_rng([seed, 5])
    t = np.linspace(0.0, 1.0, 15)
    levels = [
        (0.40 * s, (1.0 - s) ** 0.9 + 0.015 * (s < 1), (1.0 - s) ** 0.9 + 0.015 * (s < 1))
        for s in t
    ]
    cone = _rings(base, levels, size)
    lean = (t**2.2)[:, None] * np.array([0.02, -0.03, -0.13]) * size
    folds = rng.uniform(-1.0, 1.0, len(t))[:, None] * np.array([0.006, 0.0, 0.006]) * size
    angle = np.linspace(0.0, 2.0 * np.pi, cone.shape[1])
    dent = (
        1.0
        - 0.07 * np.sin(3.0 * t * 2.0 * np.pi)[:, None] * np.cos(2 * angle + 1.0)[None] * t[:, None]
    )
    middle = cone.mean(axis=1, keepdims=True)
    cone = (
        middle
        + (cone - middle) * dent[..., None]
        + lean[:, None]
        + (folds * (t > 0.1)[:, None])[:, None]
    )
    cone = clear_of_head(cone, shell, _GAP)
    brim = _brim(base, 0.115 * size, 0.012 * size, 0.018 * size, rows=7)
    wave = np.sin(5.0 * angle + rng.uniform(0, 6.28)) * 0.008 * size
    brim[..., 1] += np.linspace(0.0, 1.0, len(brim))[:, None] ** 2 * wave
    surfaces = [*thicken(grid(cone[::-1].copy()), 0.0025), *thicken(grid(brim), 0.003)]
    hat = finish(surfaces, garment, rigid("head"), name="WizardHat", group="WizardHat", seed=seed)
    ribbon = garment.model_copy(
        update={"color": garment.accent, "pattern": "plain", "fabric": "leather"}
    )
    band = _with_band([], base, 0.030, size)
    return hat, finish(
        band, ribbon, rigid("head"), name="WizardHatBand", group="WizardHat", seed=seed, size_px=256
    )


def make_cap(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A peaked cap: dome, visor and button; in soft or brimless stuffs no visor, as a beanie."""
    shell = _shell(shaped)
    size = shell.size
    dome = shell_grid(shell, HAT_LINE, _GAP, rows=12, columns=48, smooth=10)
    # Stiff front panels stand a little higher than the skull.
    lift = np.sin(np.linspace(0.0, np.pi, len(dome)))[:, None]
    out = normalize(dome - shell.centre)
    dome = dome + out * (lift * 0.006 * size)[..., None]
    soft = garment.fabric in BRIMLESS
    peak = _turned_up(dome[-1], size) if soft else thicken(_visor(dome[-1], size), 0.003)
    top = dome[0].mean(axis=0)
    button = lathe(np.array([[0.0, 0.004], [0.005, 0.003], [0.0075, 0.0]]) * size, top, columns=12)
    surfaces = [*thicken(grid(dome), 0.0025), *peak, *([] if soft else [button])]
    return (finish(surfaces, garment, rigid("head"), name="Cap", group="Cap", seed=seed),)


BRIMLESS = frozenset({"knit", "fur", "velvet", "silk", "satin", "leather", "rubber"})
"""Fabrics of caps without a peak: beanies, fur caps, berets, flying and bathing caps."""


def _turned_up(edge: Float[np.ndarray, "columns1 3"], size: float) -> list[Surface]:
    """The rolled edge of a cap without a peak."""
    return tube(edge[:-1] + _UP * 0.004 * size, 0.0055 * size, sides=8, loop=True)


def _visor(edge: Float[np.ndarray, "columns1 3"], size: float) -> Surface:
    """A curved peak from temple to temple."""
    count = len(edge) - 1
    middle = count // 2
    half = count // 5
    rim = edge[middle - half : middle + half + 1]
    s = np.linspace(-1.0, 1.0, len(rim))
    t = np.linspace(0.0, 1.0, 8)[:, None]
    reach = 0.075 * size * np.sqrt(np.clip(1.0 - s**2, 0.0, 1.0)) ** 0.8
    points = rim + (t * reach)[..., None] * np.array([0.0, 0.0, 1.0])
    points[..., 1] -= (0.016 * size + 0.030 * size * s**2) * t * reach / (0.075 * size)
    points[..., 0] *= 1.0 + 0.04 * t * (1.0 - np.abs(s))
    # Tuck the root under the dome so that no gap shows.
    points[0] -= np.array([0.0, -0.003, 0.003]) * size
    return grid(points)


def make_toque(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A chef's hat: a tall starched band and a pleated puff; in stiff stuffs a plain cylinder."""
    shell = _shell(shaped)
    base, size = _ring(shell, columns=72), shell.size
    if garment.fabric in STIFF:
        return _cylinder(shell, base, garment, seed)
    band_levels = [(0.085, 1.03, 1.03), (0.05, 1.015, 1.015), (0.0, 1.01, 1.01)]
    band = clear_of_head(_rings(base, band_levels, size), shell, _GAP)
    levels = [(0.080, 1.00, 1.00), (0.095, 1.14, 1.12), (0.125, 1.30, 1.25), (0.155, 1.33, 1.28)]
    levels += [(0.180, 1.22, 1.18), (0.195, 0.95, 0.95), (0.198, 0.6, 0.6), (0.196, 0.0, 0.0)]
    puff = _rings(base, levels, size)
    angle = np.linspace(0.0, 2.0 * np.pi, puff.shape[1])
    depth = np.array([0.0, 0.6, 1.0, 1.0, 0.8, 0.5, 0.3, 0.0])[:, None]
    middle = puff.mean(axis=1, keepdims=True)
    pleat = (
        1.0 + 0.030 * depth * np.cos(18.0 * angle)[None] + 0.03 * depth * np.cos(2.0 * angle + 0.7)
    )
    puff = middle + (puff - middle) * pleat[..., None]
    surfaces = [*thicken(grid(band), 0.002), *thicken(grid(puff[::-1].copy()), 0.002)]
    return (finish(surfaces, garment, rigid("head"), name="Toque", group="Toque", seed=seed),)


STIFF = frozenset({"fur", "wool", "leather", "velvet"})
"""Fabrics of tall hats without a puff: shakos and fezzes, and bearskins, which are rounded."""


def _cylinder(
    shell: HeadShell, base: Float[np.ndarray, "columns1 3"], garment: GarmentSpec, seed: int
) -> tuple[Part, ...]:
    """A tall hat without a brim, with a flat crown, or with a rounded one of fur."""
    levels = [(0.0, 1.02, 1.02), (0.05, 1.03, 1.03), (0.10, 1.03, 1.03), (0.135, 1.04, 1.04)]
    if garment.fabric == "fur":
        levels = [(0.0, 1.06, 1.06), (0.06, 1.14, 1.12), (0.12, 1.16, 1.12), (0.16, 1.05, 1.02)]
        levels += [(0.185, 0.80, 0.80), (0.198, 0.45, 0.45), (0.202, 0.0, 0.0)]
    else:
        levels += [(0.139, 0.99, 0.99), (0.137, 0.6, 0.6), (0.136, 0.0, 0.0)]
    sheet = clear_of_head(_rings(base, levels, shell.size), shell, _GAP)
    surfaces = thicken(grid(sheet[::-1].copy()), 0.003)
    return (finish(surfaces, garment, rigid("head"), name="Toque", group="Toque", seed=seed),)


def make_crown(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A ring with eight points, a ball on each, and a raised lower rim."""
    shell = _shell(shaped)
    size = shell.size
    line = plane_edge(0.800, 0.785)
    columns = 96
    base = shell_grid(shell, line, 0.014, rows=12, columns=columns)[-1]
    angle = np.linspace(0.0, 2.0 * np.pi, columns + 1)
    point = np.abs(np.mod(angle / (2.0 * np.pi) * 8.0, 1.0) - 0.5) * 2.0
    height = (0.026 + 0.036 * (1.0 - point) ** 1.4) * size
    centre = base[:-1].mean(axis=0)
    out = normalize((base - centre) * np.array([1.0, 0.0, 1.0]))
    t = np.linspace(1.0, 0.0, 6)[:, None]
    sheet = base + _UP * (t * height)[..., None] + out * (t**1.5 * 0.012 * size)[..., None]
    rim = [(0.009, 1.03, 1.03), (0.006, 1.05, 1.05), (0.001, 1.05, 1.05), (-0.002, 1.03, 1.03)]
    surfaces = [*thicken(grid(sheet), 0.0025), *thicken(grid(_rings(base, rim, size)), 0.002)]
    profile = (
        np.array([[0.0, 1.0], [0.7, 0.7], [1.0, 0.0], [0.7, -0.7], [0.0, -1.0]]) * 0.0055 * size
    )
    tips = np.flatnonzero(np.isclose(point[:-1], 0.0))
    surfaces += [lathe(profile, sheet[0, i] + _UP * 0.004 * size, columns=10) for i in tips]
    crown = finish(surfaces, garment, rigid("head"), name="Crown", group="Crown", seed=seed)
    return crown, _jewels(sheet, out, point, garment, size, seed)


def _jewels(
    sheet: np.ndarray,
    out: np.ndarray,
    point: np.ndarray,
    garment: GarmentSpec,
    size: float,
    seed: int,
) -> Part:
    """Stones in the accent colour under every point."""
    profile = np.array([[0.0, 0.9], [0.6, 0.75], [1.0, 0.2], [1.0, -0.3]]) * 0.006 * size
    row = 3
    stones = [
        lathe(
            profile * np.array([1.0, 0.6]), sheet[row, i] + out[i] * 0.0015, columns=8, axis=out[i]
        )
        for i in np.flatnonzero(np.isclose(point[:-1], 0.0))
    ]
    stone = garment.model_copy(
        update={"color": garment.accent, "pattern": "plain", "fabric": "plastic", "roughness": 0.08}
    )
    return finish(
        stones, stone, rigid("head"), name="CrownJewels", group="Crown", seed=seed, size_px=128
    )


def make_headband(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A band around the forehead with a knot and two tails behind."""
    shell = _shell(shaped)
    size = shell.size
    upper, lower = plane_edge(0.802, 0.775), plane_edge(0.772, 0.745)
    band = shell_grid(shell, lower, 0.012, upper=upper, rows=4, columns=48, smooth=8)
    surfaces = thicken(grid(band), 0.002)
    back = band[2, 0]
    for sign in (1.0, -1.0):
        t = np.linspace(0.0, 1.0, 8)[:, None, None]
        s = np.array([-0.5, 0.5])[None, :, None]
        spine = back + np.array([0.0, 0.0, -0.006]) * size
        tail = spine + t * np.array([0.03 * sign, -0.15, -0.02]) * size
        tail = tail + np.sin(t * 5.0) * np.array([0.004 * sign, 0.0, -0.012]) * size
        ribbon = tail + s * (0.018 + 0.012 * t) * size * np.array([1.0, 0.25 * sign, 0.2])
        surfaces += thicken(grid(ribbon, flip=True), 0.0015)
    knot = np.array([[0.0, 1.0], [0.7, 0.8], [1.0, 0.0], [0.7, -0.8], [0.0, -1.0]]) * 0.013 * size
    surfaces.append(lathe(knot, back + np.array([0.0, 0.0, -0.006]) * size, columns=12))
    return (finish(surfaces, garment, rigid("head"), name="Headband", group="Headband", seed=seed),)
