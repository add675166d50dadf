# SPDX-License-Identifier: Apache-2.0
"""Where hair grows: hairline, ears, a flat chart of the scalp, and a frame that every head shares.

The base mesh has one topology for everybody, so the hairline is drawn once, on the template head,
as a signed distance per base vertex; it follows every body shape from there. Positions that styles
talk about are *canonical*: template metres, reached from an actual head by the scale and offset per
axis that fit its scalp vertices best. A child's canonical head is an adult's.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.interpolate import PchipInterpolator
from scipy.spatial import KDTree

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS, VERTS, BodyData
from gen3d.wardrobe.cut import Cloth, from_groups, keep_faces

CENTRE = np.array([0.0, 0.748, 0.045])
"""Middle of the skull on the template, metres."""
EYE_LEVEL = 0.728
"""Height of the eyes on the template, metres."""
CROWN = np.array([0.0, 0.848, 0.012])
"""The whorl from which hair turns outwards, on the template."""
_RADIUS = 0.078
"""Mean radius of the skull: turns azimuth into arc length."""
_EAR_MARGIN = 0.005
_HAIRLINE = (
    # Azimuth from the front in degrees, height over the eyes in metres (female/male average).
    (0.0, 0.064),
    (15.0, 0.066),
    (30.0, 0.065),
    (40.0, 0.059),
    (48.0, 0.046),
    (55.0, 0.027),
    (60.0, 0.010),
    (65.0, -0.010),
    (71.0, -0.024),
    (78.0, -0.030),
    (92.0, -0.032),
    (105.0, -0.032),
    (118.0, -0.044),
    (135.0, -0.055),
    (155.0, -0.061),
    (180.0, -0.062),
)


def ear_mask(data: BodyData) -> Bool[np.ndarray, "verts"]:
    """Base vertices of both auricles: what the base mesh's own ear-angle change moves."""
    mask = np.zeros(VERTS, dtype=bool)
    for side in "lr":
        points, offsets = data.local.entry(f"{side}-ear-wing-incr")
        moved = offsets.norm(dim=1).numpy()
        mask[points.numpy()[moved > 0.05 * moved.max()]] = True
    mask[BODY_VERTS:] = False
    return mask


def template(data: BodyData) -> Float[np.ndarray, "verts 3"]:
    """Base vertices of the template, metres."""
    return data.template.numpy()[:VERTS].astype(np.float64)


def azimuth(points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n"]:
    """Angle about the skull's vertical axis, 0 in front, positive to the left, radians."""
    centred = points - CENTRE
    return np.arctan2(centred[:, 0], centred[:, 2])


def _line_distance(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of 2D points to a polyline."""
    start, step = line[:-1], np.diff(line, axis=0)
    offset = points[:, None] - start
    along = np.sum(offset * step, axis=-1) / np.sum(step * step, axis=-1)
    offset -= np.clip(along, 0.0, 1.0)[..., None] * step
    return np.linalg.norm(offset, axis=-1).min(axis=1)


def _height_over_hairline(points: np.ndarray) -> np.ndarray:
    """Signed distance to the hairline on the cylinder (azimuth * radius, height)."""
    degrees, heights = np.array(_HAIRLINE).T
    curve = PchipInterpolator(np.radians(degrees) * _RADIUS, heights + EYE_LEVEL)
    along = np.linspace(0.0, np.pi * _RADIUS, 90)
    line = np.stack([along, curve(along)], axis=1)
    flat = np.stack([np.abs(azimuth(points)) * _RADIUS, points[:, 1]], axis=1)
    sign = np.where(flat[:, 1] >= curve(np.minimum(flat[:, 0], along[-1])), 1.0, -1.0)
    return sign * _line_distance(flat, line)


def _distance_from_ears(points: np.ndarray, ears: np.ndarray) -> np.ndarray:
    """Distance outside the auricles, negative on them."""
    outside, _ = KDTree(points[ears]).query(points)
    inside, _ = KDTree(points[~ears]).query(points)
    return np.where(ears, -inside, outside)


@functools.cache
def _hairline_cached(_key: int) -> np.ndarray:
    from gen3d.body.data import load

    data = load()
    points = template(data)
    field = _height_over_hairline(points)
    ears = _distance_from_ears(points[:BODY_VERTS], ear_mask(data)[:BODY_VERTS]) - _EAR_MARGIN
    field[:BODY_VERTS] = np.minimum(field[:BODY_VERTS], ears)
    # The inside of the mouth and the eye sockets lie behind the hairline's cylinder.
    return np.maximum(field, -0.1)


def hairline(data: BodyData) -> Float[np.ndarray, "verts"]:
    """Distance above the hairline of every base vertex, template metres; negative is bare skin."""
    return _hairline_cached(id(data))


def chart(points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 2"]:
    """Flatten the scalp about its top (azimuthal equidistant), metres: +x left, +y front."""
    centred = points - CENTRE
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    polar = np.arccos(np.clip(unit[:, 1], -1.0, 1.0)) * _RADIUS
    return polar[:, None] * np.stack([np.sin(azimuth(points)), np.cos(azimuth(points))], axis=1)


def head_cloth(data: BodyData, above: float = -0.02) -> Cloth:
    """Body faces from ``above`` (metres over the hairline) to the top of the head."""
    cloth = from_groups(data, ("body",))
    near = cloth.of(hairline(data)[:, None])[:, 0] > above
    return keep_faces(cloth, np.asarray(near[cloth.faces].all(axis=1)))


@dataclass(frozen=True)
class HeadFrame:
    """Scale and offset per axis between an actual head and the canonical one."""

    scales: Float[np.ndarray, "3"]
    """Actual metres per canonical metre."""
    offset: Float[np.ndarray, "3"]

    @property
    def size(self) -> float:
        """Actual over canonical head size."""
        return float(self.scales.mean())

    def canonical(self, points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """Actual to canonical positions."""
        return (points - self.offset) / self.scales

    def actual(self, points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """Canonical to actual positions."""
        return points * self.scales + self.offset


def head_frame(shaped: ShapedBody) -> HeadFrame:
    """Fit the scalp of this person to the template's, axis by axis (least squares)."""
    scalp = np.flatnonzero(hairline(shaped.data)[:BODY_VERTS] > 0)
    model, real = template(shaped.data)[scalp], shaped.verts[scalp].astype(np.float64)
    spread = model - model.mean(axis=0)
    scales = np.sum(spread * (real - real.mean(axis=0)), axis=0) / np.sum(spread**2, axis=0)
    return HeadFrame(scales, real.mean(axis=0) - scales * model.mean(axis=0))
