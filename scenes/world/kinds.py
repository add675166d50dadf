# SPDX-License-Identifier: Apache-2.0
"""Kinds of land in numbers: how high, how steep, how wet, what grows."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d.spec import Rgb

ALBEDO: dict[str, Rgb] = {
    "grass": (0.085, 0.125, 0.04),
    "sand": (0.44, 0.37, 0.26),
    "rock": (0.22, 0.20, 0.18),
    "snow": (0.80, 0.82, 0.85),
    "dirt": (0.16, 0.115, 0.075),
    "forest floor": (0.10, 0.085, 0.05),
    "red rock": (0.36, 0.17, 0.09),
}
"""Linear albedo of grounds."""


@dataclass(frozen=True)
class Land:
    """One kind of land."""

    ground: str = "grass"
    """A key of :data:`ALBEDO`: what covers level ground."""
    cliff: str = "rock"
    """What covers steep ground."""
    relief_m: float = 2.0
    """Height of the swells nearby."""
    far_m: float = 60.0
    """Height of what closes the view."""
    far_from_m: float = 200.0
    """Where the far heights begin to rise."""
    crested: bool = False
    """Whether far heights are mountains (else hills)."""
    shape: str = "plain"
    """``plain``, ``lake``, ``coast``, ``dunes`` or ``canyon``."""
    snow_line_m: float = 1e9
    trees: tuple[str, ...] = ()
    """Kinds of trees; see :mod:`scenes.world.shapes`."""
    trees_per_hectare: float = 0.0
    rocks_per_hectare: float = 4.0
    tufts: float = 1.0
    """Tufts of grass per square metre near the viewer."""


LANDS: dict[str, Land] = {
    "lake": Land(
        shape="lake", trees=("conifer", "broadleaf"), trees_per_hectare=120.0, far_m=110.0
    ),
    "coast": Land("sand", shape="coast", trees=("palm",), trees_per_hectare=22.0, tufts=0.0),
    "mountains": Land(
        far_m=900.0,
        far_from_m=250.0,
        crested=True,
        snow_line_m=380.0,
        trees=("conifer",),
        trees_per_hectare=45.0,
        relief_m=5.0,
        rocks_per_hectare=25.0,
    ),
    "hills": Land(relief_m=9.0, far_m=140.0, trees=("broadleaf",), trees_per_hectare=7.0),
    "meadow": Land(
        relief_m=1.5, far_m=50.0, trees=("broadleaf",), trees_per_hectare=4.0, tufts=2.5
    ),
    "forest": Land(
        "forest floor", trees=("conifer", "broadleaf"), trees_per_hectare=420.0, tufts=0.4
    ),
    "desert": Land(
        "sand", "sand", 6.0, 40.0, 300.0, shape="dunes", rocks_per_hectare=0.2, tufts=0.0
    ),
    "snow": Land(
        "snow",
        relief_m=4.0,
        far_m=450.0,
        far_from_m=300.0,
        crested=True,
        trees=("conifer",),
        trees_per_hectare=30.0,
        tufts=0.0,
    ),
    "canyon": Land(
        "dirt", "red rock", 1.5, 0.0, shape="canyon", rocks_per_hectare=30.0, tufts=0.05
    ),
}
"""Every kind by name."""
