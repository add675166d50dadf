# SPDX-License-Identifier: Apache-2.0
"""Cycles made of a half and its mirror image."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import transforms
from motion import clips
from motion.halves import halves_closed, is_half_mirrored
from motion.performance import BODY, world

_HALF = 12
_MIRROR = np.array([1.0, 1.0, -1.0, -1.0])


def _about_x(degrees: np.ndarray) -> np.ndarray:
    return transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(degrees))


def _cycle(gap_deg: float) -> dict[str, np.ndarray]:
    """Legs that swing; the recorded half begins ``gap_deg`` before where its image ends."""
    time = np.arange(_HALF + 1) / _HALF
    ahead = _about_x(30.0 * np.cos(np.pi * time) - gap_deg * time)
    behind = _about_x(-30.0 * np.cos(np.pi * time) - gap_deg * time)
    chest = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), 0.1 * np.cos(np.pi * time))
    return {
        "leftHip": np.concatenate([behind[:-1], ahead]),
        "rightHip": np.concatenate([ahead[:-1], behind]),
        "chest": np.concatenate([(chest * _MIRROR)[:-1], chest]),
    }


def _steps_deg(q: np.ndarray) -> np.ndarray:
    cosine = np.clip(np.abs(np.sum(q[1:] * q[:-1], axis=-1)), 0.0, 1.0)
    return np.degrees(2.0 * np.arccos(cosine))


def test_a_mirrored_half_is_known_and_a_whole_recording_is_not() -> None:
    assert is_half_mirrored(_cycle(20.0))
    other = _cycle(20.0)
    other["leftHip"] = other["leftHip"].copy()
    other["leftHip"][5] = transforms.IDENTITY
    assert not is_half_mirrored(other)
    assert not is_half_mirrored({name: q[:-1] for name, q in _cycle(20.0).items()})


def test_the_jump_is_spread_and_the_cycle_closes() -> None:
    jumping = _cycle(24.0)
    mended = halves_closed(jumping)
    assert _steps_deg(jumping["leftHip"])[_HALF - 1] > 20.0
    for name in ("leftHip", "rightHip"):
        assert _steps_deg(mended[name]).max() < 12.0
        ends = mended[name][[0, -1]]
        assert _steps_deg(ends).max() < 1e-5


def test_what_does_not_jump_stays_as_it_is_and_halves_stay_images() -> None:
    cycle = _cycle(0.0)
    for name, q in halves_closed(cycle).items():
        np.testing.assert_allclose(np.abs(np.sum(q * cycle[name], axis=-1)), 1.0, atol=1e-12)
    assert is_half_mirrored(halves_closed(_cycle(24.0)))


@pytest.mark.parametrize(("name", "fastest"), [("walk", 13.0), ("run", 23.0)])
def test_the_packaged_walk_and_run_no_longer_throw_an_arm(name: str, fastest: float) -> None:
    performance = clips.read(clips.folder() / f"humanoid3d_{name}.txt", name)
    turned, _ = world(performance)
    arm = turned[:, BODY.index("leftUpperArm")]
    assert _steps_deg(arm).max() < fastest
