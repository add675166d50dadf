# SPDX-License-Identifier: Apache-2.0
"""A panorama as the six faces of a cube, in OpenGL's convention (section 3.8.10 of its 2.1 spec).

Faces are named px, nx, py, ny, pz, nz; rows run from the top of the picture. The sky is sampled at
four points a pixel; the sun, which would be missed or doubled so, is laid on top by area.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int64

from gen3d import panorama
from scenes.sampling import sample
from scenes.sun import SunDisc

FACES = ("px", "nx", "py", "ny", "pz", "nz")
_SUB = (-0.25, 0.25)


def face_directions(
    face: str, s: Float[np.ndarray, "*batch"], t: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch 3"]:
    """Directions (not unit) of places on a face, ``s`` to the right and ``t`` down, -1 to 1."""
    one = np.ones_like(s)
    parts = {
        "px": (one, -t, -s),
        "nx": (-one, -t, s),
        "py": (s, one, t),
        "ny": (s, -one, -t),
        "pz": (s, -t, one),
        "nz": (-s, -t, -one),
    }[face]
    return np.stack(parts, axis=-1)


def place_on(
    face: str, direction: Float[np.ndarray, "n 3"]
) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n"], Float[np.ndarray, "n"]]:
    """Where directions meet a face's plane, and how far they go to its side (negative: away)."""
    x, y, z = direction.T
    s, t, towards = {
        "px": (-z, -y, x),
        "nx": (z, -y, -x),
        "py": (x, z, y),
        "ny": (x, -z, -y),
        "pz": (x, -y, z),
        "nz": (-x, -y, -z),
    }[face]
    ahead = np.where(towards > 0.0, towards, np.nan)
    return s / ahead, t / ahead, towards


def face_solid_angles(side_px: int) -> Float[np.ndarray, "side side"]:
    """Exact solid angle of each pixel of a face (its corners' arctangents)."""
    edge = 2.0 * np.arange(side_px + 1) / side_px - 1.0
    x, y = np.meshgrid(edge, edge)
    corner = np.arctan2(x * y, np.sqrt(x * x + y * y + 1.0))
    return corner[1:, 1:] - corner[1:, :-1] - corner[:-1, 1:] + corner[:-1, :-1]


def cube_face(
    calm: Float32[np.ndarray, "height width 3"], face: str, side_px: int
) -> Float32[np.ndarray, "side side 3"]:
    """A face of the sky without its sun."""
    total = np.zeros((side_px, side_px, 3), np.float32)
    for dt in _SUB:
        for ds in _SUB:
            s = 2.0 * (np.arange(side_px) + 0.5 + ds) / side_px - 1.0
            t = 2.0 * (np.arange(side_px) + 0.5 + dt) / side_px - 1.0
            direction = face_directions(face, *np.meshgrid(s, t, indexing="xy"))
            direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
            total += sample(calm, *panorama.uv_of(direction))
    return total / np.float32(len(_SUB) ** 2)


def sun_on_face(
    disc: SunDisc, face: str, side_px: int
) -> tuple[Int64[np.ndarray, "pixels"], Float[np.ndarray, "pixels 3"]]:
    """Flat indices of the face's pixels that the sun touches, and the radiance it adds to each."""
    s, t, _ = place_on(face, disc.directions)
    inside = (np.abs(s) <= 1.0) & (np.abs(t) <= 1.0)
    column, row = (
        np.clip(((part[inside] + 1.0) / 2.0 * side_px).astype(np.int64), 0, side_px - 1)
        for part in (s, t)
    )
    pixels, piece = np.unique(row * side_px + column, return_inverse=True)
    light = disc.illuminance[inside]
    energy = np.stack([np.bincount(piece, c, len(pixels)) for c in light.T], axis=-1)
    return pixels, energy / face_solid_angles(side_px).ravel()[pixels, None]
