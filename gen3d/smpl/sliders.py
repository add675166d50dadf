# SPDX-License-Identifier: Apache-2.0
"""The default body as a function of the numbers that ``config.yml`` has for it.

Numbers: sex, stature (of which height follows), weight, muscle, proportions, the breast, and every
local change that moves skin evenly on both sides; eyes, nose, ears and mouth are left out, about
which a body of the SMPL family says too little. Age and ancestry are given.
"""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float, Float64

from gen3d.body import Body, rig
from gen3d.body.data import BODY_VERTS, VERTS
from gen3d.body.phenotype import detail_names, implied_details
from gen3d.smpl.puppet import Range, Rest, Slopes
from gen3d.spec import BodySpec

PHENOTYPES = ("sex", "stature", "weight", "muscle", "proportions", "cup_size", "firmness")
_DEVIATIONS = (0.25, 0.3, 0.25, 0.25, 0.3, 0.25, 0.2)
_DETAIL_DEVIATION = 0.3
_STEP = 0.02
_LEFT_OUT = ("eye", "mouth", "bulge", "pelvis-tone", "nose-", "ear-", "cheek-", "chin-cleft")
_ASYMMETRIC = 0.2
_DECIMALS = 4
_NOTHING = 0.005
"""Local changes smaller than this are dropped from a specification."""


class Sliders:
    """Numbers to T-pose and back to a specification.

    Args:
        body: The space of people.
        like: Age and ancestry, and the likeliest sex.
    """

    def __init__(self, body: Body, like: BodySpec) -> None:
        self._body, self._like = body, like
        self.details = tuple(n for n in detail_names(body.data) if self._is_used(n))
        count = len(PHENOTYPES) + len(self.details)
        low, high = np.zeros(count), np.ones(count)
        low[len(PHENOTYPES) :] = -1.0
        mean, spread = np.zeros(count), np.full(count, _DETAIL_DEVIATION)
        mean[: len(PHENOTYPES)] = 0.5
        mean[0] = like.sex
        spread[: len(PHENOTYPES)] = _DEVIATIONS
        self.range = Range(mean, spread, low, high)

    def start(self, height: float) -> Float64[np.ndarray, "numbers"]:
        """Numbers of an average person so tall."""
        numbers = self.range.mean.copy()
        ends = []
        for stature in (0.0, 1.0):
            numbers[1] = stature
            ends.append(float(np.ptp(self._stance(numbers)[:BODY_VERTS, 1])))
        numbers[1] = np.clip((height - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)
        return numbers

    def spec(self, numbers: Float64[np.ndarray, "numbers"]) -> BodySpec:
        """The specification that says these numbers, rounded for people to read."""
        height = float(np.ptp(self._stance(numbers)[:BODY_VERTS, 1]))
        spec = self._spec(numbers)
        details = {k: round(v, _DECIMALS) for k, v in spec.details.items() if abs(v) >= _NOTHING}
        plain = {n: round(float(getattr(spec, n)), _DECIMALS) for n in PHENOTYPES if n != "stature"}
        return spec.model_copy(
            update={**plain, "height": round(height, _DECIMALS), "details": details}
        )

    def rest(self, numbers: Float64[np.ndarray, "numbers"]) -> Rest:
        """Skin and joints in the T-pose."""
        return self._t_pose(self._stance(numbers))

    def slopes(self, numbers: Float64[np.ndarray, "numbers"]) -> Slopes:
        """How both move with each number: differences, one-sided and inwards."""
        stance = self._stance(numbers)
        base = self._t_pose(stance)
        verts = np.zeros((len(numbers), BODY_VERTS, 3), np.float32)
        joints = np.zeros((len(numbers), len(base.joints), 3))
        for index in range(len(numbers)):
            step, moved = self._nudged(numbers, stance, index)
            near = self._t_pose(moved)
            verts[index] = (near.verts - base.verts) / step
            joints[index] = (near.joints - base.joints) / step
        return Slopes(verts, joints)

    def _is_used(self, name: str) -> bool:
        """Whether a local change moves the skin, and both sides alike."""
        if name.startswith(_LEFT_OUT):
            return False
        offsets = self._morph(name)[:BODY_VERTS]
        total = float(np.abs(offsets).sum())
        return total > 0 and abs(float(offsets[:, 0].sum())) < _ASYMMETRIC * total

    @functools.cache  # noqa: B019 - lives as long as one fit
    def _morph(self, name: str) -> Float64[np.ndarray, "points 3"]:
        """Half the way from a local change's one end to its other."""
        local = self._body.data.local
        positive, negative = (
            local.names[0::2],
            dict(zip(local.names[0::2], local.names[1::2], strict=True)),
        )
        offsets = np.zeros((VERTS + len(self._body.data.bone_names), 3))
        for target in (name, f"l-{name}", f"r-{name}"):
            if target in positive:
                for sign, end in ((0.5, target), (-0.5, negative[target])):
                    points, moves = local.entry(end)
                    np.add.at(offsets, points.numpy(), sign * moves.numpy())
        return offsets

    def _nudged(
        self,
        numbers: Float64[np.ndarray, "numbers"],
        stance: Float64[np.ndarray, "points 3"],
        index: int,
    ) -> tuple[float, Float64[np.ndarray, "points 3"]]:
        """The stance after one number moved a little, and by how much."""
        step = _STEP if numbers[index] < 0.5 else -_STEP
        moved = numbers.copy()
        moved[index] += step
        if index >= len(PHENOTYPES):
            name = self.details[index - len(PHENOTYPES)]
            total = implied_details(self._spec(numbers)).get(name, 0.0)
            if abs(total) < _STEP:
                # The two ends of a change are morphs of their own; between them lies the mean.
                return step, stance + step * self._morph(name)
        return step, self._stance(moved)

    def _spec(self, numbers: Float64[np.ndarray, "numbers"]) -> BodySpec:
        values = dict(zip(PHENOTYPES, map(float, numbers), strict=False))
        del values["stature"]
        changes = zip(self.details, map(float, numbers[len(PHENOTYPES) :]), strict=True)
        details = {name: value for name, value in changes if value}
        return self._like.model_copy(update={**values, "details": details})

    def _stance(self, numbers: Float[np.ndarray, "numbers"]) -> Float64[np.ndarray, "points 3"]:
        points = self._body.points(self._spec(numbers), float(numbers[1]))
        return points.numpy().astype(np.float64)

    def _t_pose(self, points: Float64[np.ndarray, "points 3"]) -> Rest:
        data = self._body.data
        positions = rig.joint_positions(data, points)
        moved, matrices = rig.repose(positions, rig.t_pose_rotations(positions))
        weights = self._body.weights[:BODY_VERTS]
        return Rest(rig.skin_points(points[:BODY_VERTS], weights, matrices), moved)
