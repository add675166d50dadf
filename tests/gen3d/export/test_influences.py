# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from gen3d.export.influences import joint_attribute, tidy
from gen3d.types import Skin


def dense(skin: Skin, count: int) -> np.ndarray:
    table = np.zeros((len(skin.joints), count))
    rows = np.repeat(np.arange(len(table)), 4)
    np.add.at(table, (rows, skin.joints.ravel()), skin.weights.ravel().astype(np.float64))
    return table


@st.composite
def skins(draw: st.DrawFn) -> Skin:
    count = draw(st.integers(1, 20))
    joints = draw(nst.arrays(np.uint16, (count, 4), elements=st.integers(0, 5)))
    weights = draw(nst.arrays(np.float32, (count, 4), elements=st.floats(0, 1, width=32)))
    weights[:, 0] += np.float32(0.01)
    return Skin(joints, weights)


@settings(deadline=None)
@given(skins())
def test_what_the_validator_asks_for_holds_and_the_meaning_stays(skin: Skin) -> None:
    clean = tidy(skin, 6)
    used = clean.weights > 0
    total = clean.weights.astype(np.float64).sum(axis=1)
    assert np.all(np.abs(total - 1.0) <= 2e-7 * used.sum(axis=1))
    assert not clean.joints[~used].any()
    for joints, mask in zip(clean.joints, used, strict=True):
        assert len(set(joints[mask].tolist())) == mask.sum()
    assert np.all(np.diff(clean.weights, axis=1) <= 1e-6)
    wanted = dense(skin, 6)
    wanted /= wanted.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(dense(clean, 6), wanted, atol=1e-6)


@settings(deadline=None)
@given(skins())
def test_tidying_twice_changes_nothing(skin: Skin) -> None:
    once = tidy(skin, 6)
    twice = tidy(once, 6)
    np.testing.assert_array_equal(twice.joints, once.joints)
    np.testing.assert_allclose(twice.weights, once.weights, atol=1e-7)


@pytest.mark.parametrize(
    ("weights", "joints", "why"),
    [
        ([0, 0, 0, 0], [1, 0, 0, 0], "no skin weight"),
        ([1, -0.5, 0, 0], [1, 2, 0, 0], "negative"),
        ([np.nan, 1, 0, 0], [1, 2, 0, 0], "not finite"),
        ([1, 0, 0, 0], [9, 0, 0, 0], "joint 9 of 6"),
    ],
)
def test_a_skin_that_cannot_be_meant_is_refused(
    weights: list[float], joints: list[int], why: str
) -> None:
    skin = Skin(np.array([joints], np.uint16), np.array([weights], np.float32))
    with pytest.raises(ValueError, match=why):
        tidy(skin, 6)


def test_joint_numbers_take_one_byte_while_they_fit() -> None:
    joints = np.array([[255, 0, 0, 0]], np.uint16)
    assert joint_attribute(joints, 256).dtype == np.uint8
    assert joint_attribute(joints, 257).dtype == np.uint16
