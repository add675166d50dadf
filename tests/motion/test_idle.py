# SPDX-License-Identifier: Apache-2.0
"""Blinks, glances, breath and fingers."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.check.names import ARKIT
from motion.catalogue import entry, play
from motion.contact import runs
from motion.idle import blinks, idle_face, wander, with_live_fingers


def test_people_blink_twelve_to_twenty_times_a_minute_for_a_tenth_of_a_second() -> None:
    rates: list[float] = []
    for seed in range(12):
        closed = blinks(120 * 200, np.random.default_rng(seed), fps=200.0)
        found = runs(closed > 0.0)
        rates.append(len(found) / 2.0)
        lengths = np.array([r.stop - r.start for r in found]) / 200.0
        assert lengths.min() > 0.085
        assert lengths.max() < 0.155
        assert min(closed[r].max() for r in found) == 1.0
        starts = np.array([r.start for r in found]) / 200.0
        assert np.diff(starts).min() > 0.9
    assert 11.0 < np.mean(rates) < 21.0
    assert min(rates) > 10.0
    assert max(rates) < 22.0


def test_every_blink_shuts_the_eyes_at_thirty_frames_a_second_too() -> None:
    closed = blinks(1800, np.random.default_rng(3))
    found = runs(closed > 0.0)
    assert len(found) >= 11
    assert min(closed[r].max() for r in found) == 1.0
    assert max(r.stop - r.start for r in found) <= 5


def test_a_face_has_names_that_meshes_have_and_weights_between_none_and_all() -> None:
    face = idle_face(300, seed=1)
    assert set(face.weights) <= set(ARKIT)
    for curve in face.weights.values():
        assert curve.shape == (300,)
        assert curve.min() >= 0.0
        assert curve.max() <= 1.0
    assert np.all(face.weights["eyeLookOutLeft"] * face.weights["eyeLookInLeft"] == 0.0)
    assert max(c.max() for n, c in face.weights.items() if "Look" in n) < 0.2


def test_the_same_seed_is_the_same_face_and_another_seed_another() -> None:
    one, same, other = idle_face(200, 5), idle_face(200, 5), idle_face(200, 6)
    assert all(np.array_equal(one.weights[n], same.weights[n]) for n in one.weights)
    assert not np.allclose(one.weights["eyeLookOutLeft"], other.weights["eyeLookOutLeft"])


@pytest.mark.parametrize("frames", [24, 90, 401])
def test_a_cycle_of_the_face_has_no_seam(frames: int) -> None:
    for seed in range(6):
        face = idle_face(frames, seed, loop=True)
        for name, curve in face.weights.items():
            if "Blink" not in name:
                steps = np.abs(np.diff(curve)).max()
                assert abs(curve[0] - curve[-1]) <= max(1.5 * steps, 0.02)


def test_wandering_is_slow_and_of_unit_size() -> None:
    noise = wander(30000, np.random.default_rng(0))
    assert 0.6 < noise.std() < 0.8
    power = np.abs(np.fft.rfft(noise)) ** 2
    tones = np.fft.rfftfreq(len(noise), 1.0 / 30.0)
    assert power[(tones > 0.05) & (tones < 0.65)].sum() / power.sum() > 0.98


def test_resting_fingers_move_and_fists_do_not() -> None:
    idle = play(entry("program:idle"), 0)
    alive = with_live_fingers(idle, seed=2)
    moved = np.abs(alive.fingers - idle.fingers)
    assert 0.005 < moved.max() < 0.12
    assert alive.fingers.min() >= 0.0
    np.testing.assert_allclose(alive.fingers[0], alive.fingers[-1], atol=0.01)
    from dataclasses import replace

    fist = replace(idle, fingers=np.ones_like(idle.fingers))
    np.testing.assert_array_equal(with_live_fingers(fist, 2).fingers, fist.fingers)
    assert np.array_equal(alive.fingers, with_live_fingers(idle, seed=2).fingers)
