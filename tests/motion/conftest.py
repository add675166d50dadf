# SPDX-License-Identifier: Apache-2.0
"""Three crafted bodies and an encoder whose geometry is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Skeleton
from motion.performance import BODY, REFERENCE

Build = Callable[[float, float, float], Skeleton]


def _centre(height: float, hip: float) -> dict[str, tuple[float, float, float]]:
    trunk = 0.81 * height - hip
    return {
        "root": (0.0, 0.0, 0.0),
        "hips": (0.0, hip + 0.03 * height, 0.005),
        "spine": (0.0, hip + 0.2 * trunk, 0.012),
        "chest": (0.0, hip + 0.42 * trunk, 0.0),
        "upperChest": (0.0, hip + 0.66 * trunk, -0.02),
        "neck": (0.0, 0.85 * height, 0.0),
        "head": (0.0, 0.88 * height, 0.01),
        "leftEye": (0.02 * height, 0.93 * height, 0.06),
        "rightEye": (-0.02 * height, 0.93 * height, 0.06),
    }


def _arm(height: float, sign: float) -> dict[str, tuple[float, float, float]]:
    level = 0.79 * height
    along = {"UpperArm": 0.108, "LowerArm": 0.262, "Hand": 0.41}
    table = {"Shoulder": (sign * 0.036 * height, 0.81 * height, 0.0)}
    table |= {name: (sign * x * height, level, 0.01) for name, x in along.items()}
    for row, finger in enumerate(("Index", "Middle", "Ring", "Little")):
        side = (1.5 - row) * 0.012 * height
        for bone, x in (("Proximal", 0.472), ("Intermediate", 0.492), ("Distal", 0.507)):
            table[finger + bone] = (sign * x * height, level, 0.01 + side)
    for bone, x, z in (
        ("Metacarpal", 0.433, 0.02),
        ("Proximal", 0.448, 0.034),
        ("Distal", 0.461, 0.042),
    ):
        table[f"Thumb{bone}"] = (sign * x * height, level - 0.01 * height, z * height)
    return table


def _leg(height: float, hip: float, width: float, sign: float) -> dict[str, tuple[float, ...]]:
    ankle = 0.044 * height
    return {
        "UpperLeg": (sign * width, hip, 0.0),
        "LowerLeg": (sign * 1.25 * width, 0.51 * (hip + ankle), 0.015),
        "Foot": (sign * 1.55 * width, ankle, 0.0),
        "Toes": (sign * 1.6 * width, 0.018 * height, 0.088 * height),
    }


def _build(height: float, legs: float, width: float) -> Skeleton:
    """A body of a height, with hips at a share of it, and half the hip width in metres."""
    places: dict[str, tuple[float, ...]] = dict(_centre(height, legs * height))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        limb = _arm(height, sign) | _leg(height, legs * height, width, sign)
        places |= {side + name: place for name, place in limb.items()}
    positions = np.array([places[name] for name in JOINTS], dtype=np.float32)
    return Skeleton(JOINTS, PARENTS, positions)


@pytest.fixture(scope="session")
def build() -> Build:
    return _build


@pytest.fixture(params=[(1.1, 0.5, 0.06), (1.8, 0.52, 0.12), (2.1, 0.54, 0.11)])
def body(request: pytest.FixtureRequest) -> Skeleton:
    """A child, a heavy adult and a very tall one."""
    return _build(*request.param)


@pytest.fixture(scope="session")
def adult() -> Skeleton:
    return _build(1.75, 0.52, 0.1)


@pytest.fixture(scope="session")
def twin() -> Skeleton:
    """A full skeleton whose 22 body joints stand as those of the reference body."""
    base = _build(1.7, 0.5, 0.0849)
    positions = base.positions.copy()
    for name in BODY:
        positions[JOINTS.index(name)] = REFERENCE.positions[BODY.index(name)]
    return Skeleton(JOINTS, PARENTS, positions)


class Words:
    """Texts as bags of their words: equal texts have cosine 1, texts without a common word 0."""

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.calls += 1
        rows = np.zeros((len(texts), 4096), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[sum(ord(c) * 31**i for i, c in enumerate(word)) % 4096] += 1.0
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def words(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Words:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path))
    return Words()
