# SPDX-License-Identifier: Apache-2.0
"""Measures of a body's mesh: what a tape and a water tank would say.

Lengths in metres, volume in litres. Girths are the length of the convex hull of a slice, as a tape
spans hollows. Landmarks come from the skeleton, so they follow every shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from scipy.spatial import ConvexHull

from gen3d.body import Body, ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.spec import BodySpec

Points = Float32[np.ndarray, "points 3"]
SLICE_M = 0.012
"""Half thickness of a slice of vertices."""
TORSO = ("hips", "spine", "chest", "upperChest")


@lru_cache(maxsize=256)
def _shaped(key: str) -> ShapedBody:
    return _body().with_shape(BodySpec.model_validate_json(key))


@lru_cache(maxsize=1)
def _body() -> Body:
    return Body.load()


def shaped(spec: BodySpec) -> ShapedBody:
    """The body of a specification, built once."""
    return _shaped(spec.model_dump_json())


def _of(body: ShapedBody, joints: tuple[str, ...]) -> Points:
    """Skin vertices that follow the named joints more than any other."""
    owners = np.asarray(body.weights)[:BODY_VERTS].argmax(axis=1)
    names = [body.skeleton.index(j) for j in joints if j in body.skeleton.names]
    return body.verts[:BODY_VERTS][np.isin(owners, names)]


def _joint(body: ShapedBody, name: str) -> Float32[np.ndarray, "3"]:
    return body.skeleton.positions[body.skeleton.index(name)]


def _hull_length(flat: Float32[np.ndarray, "points 2"]) -> float:
    """Perimeter of the convex hull of points in a plane."""
    return float(ConvexHull(flat).area)


def torso_girth(body: ShapedBody, height: float) -> float:
    """Tape length around the trunk at a height."""
    points = _of(body, (*TORSO, "leftUpperLeg", "rightUpperLeg"))
    slice_ = points[np.abs(points[:, 1] - height) < SLICE_M * 1.5]
    return _hull_length(slice_[:, (0, 2)])


def waist(body: ShapedBody) -> float:
    """Largest girth of the belly, between hips and ribs."""
    low, high = _joint(body, "hips")[1], _joint(body, "chest")[1]
    return max(torso_girth(body, h) for h in np.linspace(low + 0.3 * (high - low), high, 6))


def hips(body: ShapedBody) -> float:
    """Largest girth of the seat."""
    low, high = _joint(body, "leftUpperLeg")[1], _joint(body, "hips")[1]
    return max(torso_girth(body, h) for h in np.linspace(low - 0.3 * (high - low), high, 6))


def volume(body: ShapedBody) -> float:
    """Litres: the trunk's and limbs' slices by their hulls (overlap of parts ignored)."""
    total = 0.0
    owners = np.asarray(body.weights)[:BODY_VERTS].argmax(axis=1)
    for joint in np.unique(owners):
        points = body.verts[:BODY_VERTS][owners == joint]
        total += float(ConvexHull(points).volume) if len(points) > 3 else 0.0
    return total * 1000.0


def upper_arm(body: ShapedBody) -> float:
    """Tape length around the left upper arm half way down."""
    shoulder, elbow = _joint(body, "leftUpperArm"), _joint(body, "leftLowerArm")
    axis = (elbow - shoulder) / np.linalg.norm(elbow - shoulder)
    points = _of(body, ("leftUpperArm",)) - shoulder
    middle = 0.5 * float(np.linalg.norm(elbow - shoulder))
    near = points[np.abs(points @ axis - middle) < SLICE_M * 1.5]
    side = np.cross(axis, [0.0, 0.0, 1.0])
    return _hull_length(np.stack([near @ side, near[:, 2]], axis=1))


def shoulder_breadth(body: ShapedBody) -> float:
    """Width of the trunk at the shoulders, in the T-pose: joint to joint plus the deltoid."""
    left, right = _joint(body, "leftUpperArm"), _joint(body, "rightUpperArm")
    return float(np.linalg.norm(left - right))


def leg_share(body: ShapedBody) -> float:
    """Hip joint height as a share of the stature."""
    return float(_joint(body, "leftUpperLeg")[1] / body.height)


def relative_muscle(body: ShapedBody) -> float:
    """Arm girth for the waist: fat fills both, muscle the arm."""
    return upper_arm(body) / waist(body) ** 0.5 / body.height**0.5


def measures() -> Mapping[str, Callable[[BodySpec], float]]:
    """Measures by the names of ``configs/prompts/pairs.yml``; age has none on a mesh."""
    on_mesh: dict[str, Callable[[ShapedBody], float]] = {
        "height": lambda body: float(np.ptp(body.verts[:BODY_VERTS, 1])),
        "heaviness": lambda body: volume(body) / body.height**2,
        "muscle": relative_muscle,
        "shoulders": lambda body: shoulder_breadth(body) / body.height,
        "hips": lambda body: hips(body) / body.height,
        "legs": leg_share,
    }
    found = {name: _on_spec(measure) for name, measure in on_mesh.items()}
    return {**found, "age": lambda spec: spec.age_years}


def _on_spec(measure: Callable[[ShapedBody], float]) -> Callable[[BodySpec], float]:
    return lambda spec: measure(shaped(spec))
