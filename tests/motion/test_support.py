# SPDX-License-Identifier: Apache-2.0
"""Bodies that stand and bodies that fly."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.certificate import certify
from motion.finish import finish
from motion.retarget import scale_of
from motion.support import GRAVITY, centre_of_mass, clearance, held_up

FPS = 30.0


def _moved(body: Skeleton, height: np.ndarray) -> np.ndarray:
    """The body at rest, over the ground."""
    return body.positions.astype(np.float64) + height[:, None, None] * [0.0, 1.0, 0.0]


def _none(frames: int) -> np.ndarray:
    return np.zeros(frames, dtype=bool)


def test_the_centre_of_mass_moves_with_the_body_and_lies_in_its_middle(body: Skeleton) -> None:
    height = np.linspace(0.0, 1.0, 7)
    mass = centre_of_mass(_moved(body, height), body)
    np.testing.assert_allclose(mass[:, 1] - mass[0, 1], height, atol=1e-6)
    assert abs(mass[0, 0]) < 1e-4
    hips = body.positions[body.index("hips"), 1]
    assert 0.85 * hips < mass[0, 1] < 1.35 * hips


def test_who_falls_is_not_held_up_and_who_hangs_in_the_air_is(body: Skeleton) -> None:
    time = np.arange(20) / FPS
    flight = 3.0 * time - 0.5 * GRAVITY * time**2 + 1.0
    falls = _moved(body, scale_of(body) * flight)
    assert not held_up(falls, body, _none(20), FPS).any()
    assert held_up(_moved(body, np.full(20, 0.05)), body, _none(20), FPS).all()


def test_a_foot_in_contact_or_flesh_on_the_ground_holds_up_by_itself(body: Skeleton) -> None:
    still = _moved(body, np.full(20, 0.05))
    down = _none(20)
    down[5:9] = True
    assert (held_up(still, body, down, FPS) == ~down).all()
    seat = body.positions[body.index("hips"), 1]
    sunk = _moved(body, np.full(20, -0.9 * seat))
    assert clearance(sunk, body).max() < 0.0
    assert not held_up(sunk, body, _none(20), FPS).any()


@pytest.mark.parametrize("name", ["clip:dance", "clip:spin_kick", "clip:punch", "clip:run"])
def test_a_body_floats_only_in_flight(name: str, body: Skeleton) -> None:
    done = finish(play(entry(name), 0), body)
    certificate = certify(done.clip, body, done.contacts)
    assert certificate.float_cm < 3.0
    assert 100.0 * certificate.airborne_share < 60.0
