# SPDX-License-Identifier: Apache-2.0
"""What each soil looks like, and where on a surface it gathers."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d.strict import Rgb


@dataclass(frozen=True)
class SoilLook:
    """One kind of soil. Weights of places add up; 1 invites it wherever there is much of it."""

    colours: tuple[Rgb, ...]
    """Linear; several lie side by side."""
    patch: float
    """Size of its patches, metres."""
    cover: float
    """Most of the colour beneath that it hides."""
    rough: float
    thick_mm: float = 0.0
    """How far it stands out."""
    spots: float = 0.0
    """Spacing of its splashes, metres; 0: none."""
    low: float = 0.0
    """Near the ground, from where it splashes."""
    up: float = 0.0
    """On what looks up."""
    hollow: float = 0.0
    """In hollows and along edges."""
    front: float = 0.0
    everywhere: float = 0.0
    soft: float = 0.3
    """How gradually it sets in: powders smear, mud and paint have edges."""
    on_skin: float = 1.0
    """How much of it stays on skin: snow melts."""
    on_metal: bool = False
    """Whether it is metal that catches it."""


_PAINTS = (
    (0.024, 0.122, 0.462),
    (0.584, 0.030, 0.025),
    (0.745, 0.434, 0.014),
    (0.028, 0.275, 0.076),
    (0.815, 0.776, 0.687),
)
SOIL_LOOKS = {
    "dirt": SoilLook(
        ((0.047, 0.031, 0.018),),
        0.07,
        0.6,
        0.9,
        0.1,
        low=0.45,
        hollow=0.5,
        everywhere=0.3,
        soft=0.9,
    ),
    "mud": SoilLook(
        ((0.068, 0.037, 0.019),), 0.06, 0.95, 0.75, 0.7, 0.035, low=1.1, up=0.1, hollow=0.1
    ),
    "dust": SoilLook(
        ((0.366, 0.287, 0.195),),
        0.11,
        0.6,
        0.95,
        0.05,
        low=0.35,
        up=0.55,
        hollow=0.35,
        everywhere=0.15,
        soft=1.0,
    ),
    "sand": SoilLook(
        ((0.539, 0.392, 0.188),),
        0.06,
        0.75,
        0.95,
        0.2,
        0.012,
        low=0.7,
        up=0.4,
        hollow=0.3,
        soft=0.5,
    ),
    "soot": SoilLook(
        ((0.007, 0.006, 0.005),),
        0.055,
        0.9,
        0.95,
        up=0.2,
        hollow=0.3,
        front=0.25,
        everywhere=0.45,
        soft=0.9,
    ),
    "oil": SoilLook(
        ((0.007, 0.006, 0.004),),
        0.045,
        0.85,
        0.28,
        spots=0.03,
        hollow=0.2,
        front=0.55,
        everywhere=0.15,
        soft=0.2,
    ),
    "blood": SoilLook(((0.107, 0.002, 0.002),), 0.05, 0.92, 0.35, 0.05, spots=0.03, front=0.4),
    "moss": SoilLook(
        ((0.074, 0.107, 0.016), (0.114, 0.147, 0.023)),
        0.06,
        0.95,
        1.0,
        1.6,
        0.014,
        low=0.2,
        up=0.75,
        hollow=0.25,
        everywhere=0.2,
        soft=0.35,
    ),
    "rust": SoilLook(
        ((0.195, 0.036, 0.007), (0.112, 0.023, 0.006)),
        0.035,
        0.92,
        0.95,
        0.25,
        0.012,
        low=0.15,
        hollow=0.35,
        everywhere=0.5,
        on_skin=0.0,
        on_metal=True,
        soft=0.45,
    ),
    "snow": SoilLook(
        ((0.807, 0.855, 0.905),),
        0.05,
        0.97,
        0.85,
        3.0,
        0.01,
        low=0.25,
        up=1.15,
        on_skin=0.4,
        soft=0.4,
    ),
    "flour": SoilLook(
        ((0.791, 0.753, 0.672),),
        0.06,
        0.75,
        0.95,
        0.05,
        0.02,
        up=0.3,
        front=0.55,
        everywhere=0.1,
        soft=0.8,
    ),
    "paint": SoilLook(_PAINTS, 0.05, 0.97, 0.45, 0.2, 0.028, front=0.35, everywhere=0.1),
}
"""By the names of :data:`gen3d.wear.SOILS`."""
