# SPDX-License-Identifier: Apache-2.0
"""Open helmets of northern fighters: a banded bowl with a nose guard, with or without horns.

They leave mouth and beard free; heights are canonical (:mod:`gen3d.wardrobe.hair_scalp`).
"""

from __future__ import annotations

import numpy as np

from gen3d.body import ShapedBody
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Material, Part
from gen3d.wardrobe.headgear_shell import (
    HeadShell,
    azimuths,
    curve_edge,
    direction,
    head_shell,
    shell_grid,
)
from gen3d.wardrobe.lathe import Surface, finish, grid, rigid, thicken, tube

_EDGE = curve_edge(
    (0.0, 30.0, 55.0, 75.0, 95.0, 120.0, 150.0, 180.0),
    (0.764, 0.762, 0.752, 0.736, 0.722, 0.712, 0.704, 0.700),
)
"""Over the brows, down to the middle of the ears and the nape."""
_NASAL = (0.692, 0.772)
"""Canonical heights of the nose guard's lower end and of where it leaves the bowl."""
_HORN_STEPS, _HORN_LENGTH, _HORN_RADIUS = 16, 0.155, 0.022
"""Steps along a horn, its length and the radius of its root, metres on a head of usual size."""
_HORN = Material("Horn", base_color=(0.56, 0.46, 0.31, 1.0), metallic=0.0, roughness=0.45)


def make_open_helmet(
    shaped: ShapedBody, garment: GarmentSpec, seed: int, *, horns: bool
) -> tuple[Part, ...]:
    """Fit an open helmet.

    Args:
        shaped: The person, in the T-pose.
        garment: Its metal.
        seed: Of the paint.
        horns: Whether two horns stand on its sides.
    """
    shell = head_shell(shaped, ears=False, above=0.60)
    size = shell.size
    bowl = shell_grid(shell, _EDGE, 0.016 * size, rows=18, columns=64, smooth=12)
    # A keel from brow to nape, as two halves of a bowl are joined.
    keel = np.exp(-((np.sin(azimuths(64)) / 0.09) ** 2))[:, None]
    t = np.linspace(0.0, 1.0, len(bowl))[:, None, None]
    bowl = bowl + normalize(bowl - shell.centre) * (keel * 0.006 * size * np.sqrt(t))
    surfaces = [*thicken(grid(bowl), 0.003), *_bands(bowl, size), *_nose_guard(shell)]
    helmet = finish(
        surfaces, garment, rigid("head"), name="Helmet", group="Helmet", seed=seed, size_px=1024
    )
    if not horns:
        return (helmet,)
    pair = [surface for side in (-1.0, 1.0) for surface in _horn(shell, side)]
    worn = finish(
        pair,
        garment,
        rigid("head"),
        name="HelmetHorns",
        group="Helmet",
        seed=seed,
        material=_HORN,
    )
    return helmet, worn


def _bands(bowl: np.ndarray, size: float) -> list[Surface]:
    """A strong rim, and a band over the ears from side to side."""
    rim = tube(bowl[-1][:-1], 0.0055 * size, sides=8, loop=True)
    columns = bowl.shape[1] - 1
    arch = np.concatenate([bowl[::-1, columns // 4], bowl[1:, 3 * columns // 4]])
    return [*rim, *tube(arch, 0.0042 * size, sides=6)]


def _nose_guard(shell: HeadShell) -> list[Surface]:
    """A narrow plate from the rim to the tip of the nose."""
    low, top = (curve_edge((0.0, 30.0), (height, height)) for height in _NASAL)
    plate = shell_grid(
        shell,
        low,
        0.011 * shell.size,
        upper=top,
        rows=10,
        columns=8,
        span=np.radians(15.0),
        smooth=2,
    )
    s = np.linspace(-1.0, 1.0, plate.shape[1])
    ridge = (1.0 - s * s)[None, :, None] * 0.005 * shell.size
    return thicken(grid(plate + normalize(plate - shell.centre) * ridge), 0.003)


def _horn(shell: HeadShell, side: float) -> list[Surface]:
    """One horn: out of the bowl over the ear, then up and a little forward, to a point."""
    towards = direction(np.array([side * np.pi / 2.0]), np.array([np.radians(62.0)]))
    root = (shell.centre + (shell.radius(towards)[:, None] + 0.010 * shell.size) * towards)[0]
    t = np.linspace(0.0, 1.0, _HORN_STEPS)
    # A quarter of an ellipse, from along the root's direction to straight up.
    out = np.array([side, 0.15, 0.0]) * (np.sin(0.5 * np.pi * t) * 0.62)[:, None]
    up = np.array([0.0, 1.0, 0.0]) * ((1.0 - np.cos(0.5 * np.pi * t)) * 0.85)[:, None]
    ahead = np.array([0.0, 0.0, 0.22]) * (t * t)[:, None]
    path = root + (out + up + ahead) * _HORN_LENGTH * shell.size
    radii = _HORN_RADIUS * shell.size * (1.0 - t) ** 0.75 + 0.0012
    collar = tube(path[:2], 1.18 * _HORN_RADIUS * shell.size, sides=14)
    return [*tube(path, radii, sides=14, up=(0.0, 0.0, 1.0)), *collar]
