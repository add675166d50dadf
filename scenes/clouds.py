# SPDX-License-Identifier: Apache-2.0
"""Clouds over a clear sky: what they hide, the light that they send, what they leave of the sun.

Heaps are marched through (:mod:`scenes.cloud_heaps`), sheets are looked up
(:mod:`scenes.cloud_sheets`). The air before a cloud dims it and adds its share of the clear sky's
light, less what clouds keep from it. Layers are laid from the highest down; each is lit by what
those above let through on average. Pictures wider than 2048 get their clouds at that width,
enlarged. Not modelled: rain, rainbows, halos, light shafts. Shadows on the ground are
:mod:`scenes.cloud_shadows`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Float, Float32

from gen3d.scenery import CloudSpec
from scenes.atmosphere import Air, columns
from scenes.cloud_heaps import see_heaps
from scenes.cloud_light import Weather, way_to
from scenes.cloud_shadows import Through
from scenes.cloud_shapes import HEAPED
from scenes.cloud_sheets import see_sheet
from scenes.sampling import enlarge
from scenes.sky import EYE_ALTITUDE, rgb_share

WIDEST = 2048


@dataclass(frozen=True)
class Overlay:
    """Clouds as an operation on a picture: ``picture * keep + add``."""

    keep: Float32[np.ndarray, "rows width 3"]
    add: Float32[np.ndarray, "rows width 3"]
    behind: Float32[np.ndarray, "rows width"]
    """Share of what is beyond the air, stars above all, that is seen."""
    shaded: float
    """Factor on the light of the air under the clouds."""
    sun: float
    """Share of the lamp's disc that comes through unscattered."""
    through: Through
    """The same at places around the viewer."""


def lay_clouds(
    clouds: tuple[CloudSpec, ...],
    seed: int,
    air: Air,
    weather: Weather,
    elevation: Float[np.ndarray, "rows"],
    bearing: Float[np.ndarray, "width"],
    end: Float[np.ndarray, "rows 3"],
) -> Overlay:
    """Draw clouds over the upper rows of a panorama.

    Args:
        clouds: Layers in any order.
        seed: Same seed, same clouds.
        air: Between the viewer and the clouds.
        weather: Light on them.
        elevation: Of the rows, radians.
        bearing: Of the columns: clockwise from +Z, radians.
        end: Transmittance of the air to the end of each row's lines.
    """
    factor = max(len(bearing) // WIDEST, 1)
    rows = elevation[: len(elevation) // factor * factor].reshape(-1, factor).mean(axis=1)
    turns = bearing.reshape(-1, factor).mean(axis=1)
    far = end[: len(rows) * factor].reshape(-1, factor, 3).mean(axis=1)
    keep = np.ones((len(rows), len(turns), 3), np.float32)
    add = np.zeros_like(keep)
    behind = np.ones(keep.shape[:2], np.float32)
    sun, layers = 1.0, list[Through]()
    for number, layer in enumerate(sorted(clouds, key=lambda layer: -layer.base_m)):
        draw = see_heaps if layer.kind in HEAPED else see_sheet
        seen = draw(layer, seed + number, air, weather, rows, turns)
        weather = replace(weather, kept=weather.kept * seen.passes)
        sun *= seen.sun
        layers.append(seen.through)
        through = _front(air, rows, seen.altitude)
        # The share of the clear sky's light that the air before the cloud sends.
        front = np.clip((1.0 - through) / np.maximum(1.0 - far, 1e-4), 0.0, 1.0) * weather.kept
        mask = 1.0 - seen.hidden[..., None] * (1.0 - front[:, None].astype(np.float32))
        hide = 1.0 - seen.hidden[..., None]
        # What lies higher is hidden, and so is its share of the light before it.
        add = add * hide + seen.shine * through[:, None].astype(np.float32)
        keep = np.minimum(keep, mask) if number else mask
        behind *= 1.0 - seen.hidden
    size = (factor, len(elevation), len(bearing))
    return Overlay(
        keep=enlarge(keep, *size),
        add=enlarge(add, *size),
        behind=enlarge(behind[..., None], *size)[..., 0],
        shaded=weather.kept,
        sun=sun,
        through=partial(_through_all, layers),
    )


def _through_all(
    layers: list[Through], x: np.ndarray, z: np.ndarray, cell: float
) -> Float[np.ndarray, "places"]:
    return np.prod([through(x, z, cell) for through in layers], axis=0)


def _front(
    air: Air, elevation: Float[np.ndarray, "rows"], altitude: float
) -> Float[np.ndarray, "rows 3"]:
    """Transmittance of the air before a layer."""
    sine = np.sin(elevation)
    distance = way_to(sine, altitude) * 1e-3
    depth = columns(np.full(len(sine), EYE_ALTITUDE), sine, distance, steps=40) @ air.dimming
    return rgb_share(np.exp(-depth))
