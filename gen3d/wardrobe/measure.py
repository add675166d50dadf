# SPDX-License-Identifier: Apache-2.0
"""Where the tailor puts the tape: levels and lengths of one person in the T-pose, metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS


@dataclass(frozen=True)
class Measures:
    """Heights (y), half-breadths (x) and depths (z) that garments are cut at."""

    height: float
    neck_y: float
    neck_z: float
    shoulder_x: float
    shoulder_y: float
    elbow_x: float
    wrist_x: float
    waist_y: float
    hip_y: float
    """The hip joints."""
    crotch_y: float
    knee_y: float
    ankle_y: float
    ankle_z: float
    waist_z: float
    """Depth of the body's axis at the waist."""
    leg_x: float
    """Half the distance between the hip joints."""

    def sleeve(self, share: float) -> float:
        """X of a point between shoulder (0) and wrist (1)."""
        return self.shoulder_x + share * (self.wrist_x - self.shoulder_x)

    def leg(self, share: float) -> float:
        """Y of a point between crotch (0) and ankle (1)."""
        return self.crotch_y + share * (self.ankle_y - self.crotch_y)

    def trunk(self, share: float) -> float:
        """Y of a point between waist (0) and crotch (1)."""
        return self.waist_y + share * (self.crotch_y - self.waist_y)


def _crotch_height(shaped: ShapedBody, hip_y: float) -> float:
    """Lowest point of the trunk on the mid plane."""
    tights = np.unique(shaped.data.quads["helper-tights"])
    verts = shaped.verts[tights]
    middle = verts[(np.abs(verts[:, 0]) < 0.004 * shaped.height) & (verts[:, 1] < hip_y + 0.05)]
    return float(middle[:, 1].min())


def take(shaped: ShapedBody) -> Measures:
    """Measure a person."""
    at = dict(zip(shaped.skeleton.names, shaped.skeleton.positions, strict=True))
    skirt = np.unique(shaped.data.quads["helper-skirt"])
    top = shaped.verts[skirt]
    waist_y = float(np.quantile(top[:, 1], 0.985))
    body = shaped.verts[:BODY_VERTS]
    near = body[
        (np.abs(body[:, 1] - waist_y) < 0.02) & (np.abs(body[:, 0]) < at["leftUpperArm"][0])
    ]
    return Measures(
        height=shaped.height,
        neck_y=float(at["neck"][1]),
        neck_z=float(at["neck"][2]),
        shoulder_x=float(at["leftUpperArm"][0]),
        shoulder_y=float(at["leftUpperArm"][1]),
        elbow_x=float(at["leftLowerArm"][0]),
        wrist_x=float(at["leftHand"][0]),
        waist_y=waist_y,
        hip_y=float(at["leftUpperLeg"][1]),
        crotch_y=_crotch_height(shaped, float(at["leftUpperLeg"][1])),
        knee_y=float(at["leftLowerLeg"][1]),
        ankle_y=float(at["leftFoot"][1]),
        ankle_z=float(at["leftFoot"][2]),
        waist_z=float((near[:, 2].min() + near[:, 2].max()) / 2),
        leg_x=float(at["leftUpperLeg"][0]),
    )
