# SPDX-License-Identifier: Apache-2.0
"""Hair, beard and the features of the face, by where they lie on the head and their colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from gen3d.retexture.labels import LABEL

if TYPE_CHECKING:
    from gen3d.retexture.regions import Places

_SHADE = np.array([0.6, 1.0, 1.0])
_LIKE = 0.13
"""Difference of a lock from the hair's usual colour."""
_COLLAR = -0.55
"""Half heads under the eyes, where a collar may begin."""
_EYE_LEVEL = 0.48
"""Of the head's height, where no bone says it."""


@dataclass(frozen=True)
class Head:
    """Where places are on the head."""

    up: Float[np.ndarray, "t"]
    """Half heads above the eyes."""
    own: Bool[np.ndarray, "t"]
    """On the head at all."""
    face: Bool[np.ndarray, "t"]
    """In front, from the chin to the brows."""
    cheeks: Bool[np.ndarray, "t"]
    crown: Bool[np.ndarray, "t"]
    """Top and back."""

    @staticmethod
    def of(places: Places, known: Bool[np.ndarray, "t"], eyes: Float[np.ndarray, "n 3"]) -> Head:
        """Measure the head.

        Args:
            places: All places.
            known: Those that may be head.
            eyes: Where the eyes are, if known.
        """
        own = known & places.within("head", "eyes")
        some = places.points[places.some(own)]
        if not len(some):
            none = np.zeros(len(known), dtype=bool)
            return Head(np.zeros(len(known)), none, none, none, none)
        low, high = np.percentile(some, 1, axis=0), np.percentile(some, 99, axis=0)
        size = np.maximum(high - low, 1e-6)
        at = (places.points - low) / size
        level = (float(eyes[:, 1].mean()) - low[1]) / size[1] if len(eyes) else _EYE_LEVEL
        aside = np.abs(at[:, 0] - 0.5) / 0.5
        up = (at[:, 1] - level) / 0.5
        front = own & (places.normals[:, 2] > 0.1) & (at[:, 2] > 0.45) & (aside < 0.8)
        face = front & (up > -0.95) & (up < 0.32)
        cheeks = face & (aside < 0.6) & (up > -0.6) & (up < 0.05)
        crown = own & ((up > 0.55) | (at[:, 2] < 0.4)) & (up > -0.5)
        return Head(up, own, face, cheeks, crown)


def label_head(
    places: Places,
    bare: Bool[np.ndarray, "t"],
    skin: Bool[np.ndarray, "t"],
    head: Head,
    result: Int[np.ndarray, "t"],
) -> None:
    """Label what is no skin on the head.

    Args:
        places: All places.
        bare: Those without skin.
        skin: Those of skin.
        head: Where they are on it.
        result: Labels, changed in place.
    """
    hair = places.mode(bare & head.crown)
    own = bare & places.within("head")
    if hair is None:
        return
    like = np.linalg.norm((places.lab - hair) * _SHADE, axis=1) < _LIKE
    whole = places.shares(skin) < 0.05 * np.maximum(places.shares(head.own), 1e-12)
    total = np.maximum(places.shares(own), 1e-12)
    outside = places.shares(own & ~head.face) / total
    alike = places.shares(own & like) / total
    low = places.shares(own & head.face & (head.up < -0.3)) / total
    # Islands without skin are one thing: hair, brows, a beard, or teeth and eyes.
    locks = whole & ((outside > 0.6) & (alike > 0.3) | (outside > 0.9) | (alike > 0.8))
    hairy = own & locks[places.island]
    result[hairy] = LABEL["hair"]
    result[hairy & ((low > 0.5) & (alike > 0.3))[places.island]] = LABEL["beard"]
    small = (outside < 0.3) & (alike > 0.5) & (low < 0.3)
    result[hairy & small[places.island]] = LABEL["brows"]
    mixed = own & ~whole[places.island]
    collar = head.up < _COLLAR
    result[mixed & ~head.face & (like | ~collar)] = LABEL["hair"]
    result[mixed & collar & ~like] = LABEL["upper"]
    result[mixed & head.face & like & (head.up > 0.2)] = LABEL["hair"]
    result[mixed & head.face & like & (head.up < -0.55)] = LABEL["beard"]
    # Locks that hang down to the shoulders.
    result[bare & places.within("neck") & like & locks[places.island]] = LABEL["hair"]
