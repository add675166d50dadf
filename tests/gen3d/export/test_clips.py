# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from gen3d.export.buffers import BufferBuilder
from gen3d.export.clips import add_clips, unit_continuous
from tests.consumers.mannequin import skeleton, wave


@settings(deadline=None)
@given(
    nst.arrays(np.float32, (9, 3, 4), elements=st.floats(-1, 1, width=32)).filter(
        lambda q: bool(np.all(np.linalg.norm(q, axis=-1) > 0.1))
    )
)
def test_rotations_become_unit_and_never_jump_to_the_other_sign(q: np.ndarray) -> None:
    clean = unit_continuous(q)
    np.testing.assert_allclose(np.linalg.norm(clean, axis=-1), 1.0, atol=1e-6)
    assert np.all(np.sum(clean[1:] * clean[:-1], axis=-1) >= -1e-6)
    same = np.abs(np.sum(clean * q, axis=-1)) / np.linalg.norm(q, axis=-1)
    np.testing.assert_allclose(same, 1.0, atol=1e-5)


@settings(deadline=None)
@given(st.integers(1, 2000), st.sampled_from([15.0, 24.0, 29.97, 30.0, 60.0, 120.0]))
def test_key_times_strictly_increase(frames: int, fps: float) -> None:
    times = (np.arange(frames) / fps).astype(np.float32)
    assert np.all(np.diff(times) > 0)


def test_a_clip_of_one_frame_is_a_pose() -> None:
    buffers = BufferBuilder()
    (animation,) = add_clips([wave("pose", 1)], skeleton(), buffers)
    assert all(buffers.accessors[sampler.input].count == 1 for sampler in animation.samplers)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fps": 0.0}, "0.0 fps"),
        ({"rotations": np.zeros((25, 55, 4), np.float32)}, "length zero"),
        ({"root_positions": np.full((25, 3), np.nan, np.float32)}, "not finite"),
    ],
)
def test_a_clip_that_cannot_be_played_is_refused(change: dict, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        add_clips([replace(wave(), **change)], skeleton(), BufferBuilder())
