# SPDX-License-Identifier: Apache-2.0
"""Contacts of runners, through tremor, and on bodies of any height."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from gen3d import transforms
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.clean import smoothed
from motion.contact import detect, sole_points, still_down, world_of
from motion.finish import finish
from motion.performance import Performance


def _trembling(performance: Performance) -> Performance:
    """0.02 rad on every joint and 1 cm on the pelvis, over three frames."""
    rng = np.random.default_rng(5)
    frames = len(performance.pelvis)
    noise = np.sqrt(3.0) * uniform_filter1d(rng.normal(size=(frames, 23, 3)), 3, axis=0)
    angle = 0.02 * np.linalg.norm(noise[:, 1:], axis=-1)
    turn = transforms.from_axis_angle(transforms.normalize(noise[:, 1:]), angle)
    return replace(
        performance,
        rotations=transforms.multiply(performance.rotations, turn),
        pelvis=performance.pelvis + 0.01 * noise[:, 0],
        grounded=False,
    )


@pytest.mark.parametrize("name", ["clip:run", "clip:walk", "program:jog"])
def test_a_tremor_takes_few_contacts_away_and_lets_no_foot_slide(name: str, body: Skeleton) -> None:
    clean = play(entry(name), 0)
    shaken = finish(smoothed(_trembling(clean)), body)
    known = finish(clean, body).contacts.any(axis=1)
    assert shaken.contacts.any(axis=1).mean() > 0.7 * known.mean()
    assert shaken.measures["skate_cm_s"] < 1.0
    assert shaken.measures["penetration_cm"] < 0.5


def test_a_finished_clip_shows_the_contacts_it_was_given(adult: Skeleton) -> None:
    done = finish(play(entry("clip:walk"), 0), adult, loop=False)
    found = detect(done.clip, adult).reshape(-1, 2, 2).any(axis=2)
    told = done.contacts.reshape(-1, 2, 2).any(axis=2)
    assert (found & ~told).mean() < 0.05


def test_a_point_in_contact_is_within_a_centimetre_of_the_ground_on_any_body(
    body: Skeleton,
) -> None:
    done = finish(play(entry("program:sneak"), 0), body)
    height = sole_points(*world_of(done.clip, body), body)[..., 1]
    assert done.contacts.any()
    assert np.abs(height[done.contacts]).max() < 0.01
    flags = np.ones((1, 4), dtype=bool)
    points = np.zeros((1, 4, 3))
    points[..., 1] = [0.0, 0.0105, 0.02, 0.009]
    assert still_down(flags, points, 1.4).tolist() == [[True, False, False, True]]
