# SPDX-License-Identifier: Apache-2.0
"""A pinhole camera: rays of its pixels, and where points of the world are in its picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scenes.render.trace import Rays


@dataclass(frozen=True)
class Camera:
    """Where it stands, how it looks, and its picture."""

    position: tuple[float, float, float]
    yaw: float
    """Of its forward direction about +Y, radians; 0 is +Z, a quarter turn +X."""
    pitch: float
    """Upwards, radians."""
    width_px: int
    height_px: int
    half_view: float
    """Tangent of half the horizontal angle of view."""

    def smaller(self, factor: int) -> Camera:
        """The same view on fewer pixels."""
        sizes = (max(-(-size // factor), 2) for size in (self.width_px, self.height_px))
        width, height = sizes
        return replace(self, width_px=width, height_px=height)

    @property
    def axes(self) -> Float[np.ndarray, "3 3"]:
        """Unit vectors to the right of the picture, up, and forward, as rows."""
        sine, cosine, rise = np.sin(self.yaw), np.cos(self.yaw), np.sin(self.pitch)
        level = np.cos(self.pitch)
        right = np.array([-cosine, 0.0, sine])
        forward = np.array([sine * level, rise, cosine * level])
        return np.stack([right, np.cross(right, forward), forward])

    def aim(self, column: np.ndarray, row: np.ndarray) -> tuple[Rays, Rays]:
        """Start and direction of rays through points of the picture, in pixels."""
        scale = self.half_view / (self.width_px / 2.0)
        x = (column - self.width_px / 2.0) * scale
        y = (self.height_px / 2.0 - row) * scale
        way = self.axes.T @ np.stack([x, y, np.ones_like(x)])
        way /= np.linalg.norm(way, axis=0)
        start = np.tile(np.array(self.position, np.float32)[:, None], (1, len(x)))
        return start, np.ascontiguousarray(way, np.float32)

    def seen(self, point: Rays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Column and row, in pixels, of points, and which are in the picture."""
        x, y, ahead = self.axes @ (point - np.array(self.position)[:, None])
        scale = self.half_view / (self.width_px / 2.0) * np.maximum(ahead, 1e-6)
        column, row = self.width_px / 2.0 + x / scale, self.height_px / 2.0 - y / scale
        here = (ahead > 0.05) & (column >= 0) & (column < self.width_px)
        return column, row, here & (row >= 0) & (row < self.height_px)
