# SPDX-License-Identifier: Apache-2.0
"""Units and axes of files that do not say them."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.importers import units
from motion.importers.deepmimic import on_reference
from motion.performance import REFERENCE, Performance, relaxed_fingers


@pytest.mark.parametrize("height", [1.2, 1.35, 1.7, 2.1])
@pytest.mark.parametrize("name", list(units.UNITS))
def test_children_and_giants_are_told_in_every_unit(name: str, height: float) -> None:
    # Joints end below the crown: a figure's extent is nine tenths of its height.
    assert units.unit_of(0.9 * height / units.UNITS[name], "x") == name


@pytest.mark.parametrize("size", [0.0, -1.0, np.nan, np.inf, 1e-6, 1e9])
def test_a_size_that_is_no_persons_is_refused(size: float) -> None:
    with pytest.raises(Gen3dError, match=r"take"):
        units.unit_of(size, "take")


def _recording() -> Performance:
    rng = np.random.default_rng(2)
    q = transforms.normalize(rng.normal(size=(9, 22, 4)) * 0.15 + [1.0, 0.0, 0.0, 0.0])
    path = rng.normal(size=(9, 3)) * 0.1 + [0.0, 0.9, 0.0]
    return Performance("m", 30.0, q, path, relaxed_fingers(9))


@pytest.mark.parametrize("up", ["x", "y", "z"])
def test_a_turn_of_the_roots_turns_every_place_and_no_joint(up: units.Up) -> None:
    recording = on_reference(_recording())
    turned = units.in_house(recording, 0.01, up)
    _, before = recording.world()
    _, after = turned.world()
    np.testing.assert_allclose(
        np.linalg.norm(after[:, 1:] - after[:, :1], axis=-1),
        0.01 * np.linalg.norm(before[:, 1:] - before[:, :1], axis=-1),
        atol=1e-9,
    )
    np.testing.assert_allclose(after[..., 1], 0.01 * before[..., "xyz".index(up)], atol=1e-9)
    np.testing.assert_array_equal(turned.rotations[:, 1:], recording.rotations[:, 1:])


def test_up_is_where_the_head_is_and_y_where_nobody_knows() -> None:
    recording = on_reference(_recording())
    _, rest = recording.rig.world()
    _, places = recording.world()
    names = REFERENCE.names
    assert units.up_of(names, rest, places) == "y"
    swap = [0, 2, 1]
    assert units.up_of(names, rest[..., swap], places[..., swap]) == "z"
    assert units.up_of(("a",) * 22, rest[..., swap], places[..., swap]) == "y"
    # Somebody who lies throughout: the rest pose decides.
    lying = places.copy()
    lying[..., [1, 2]] = places[..., [2, 1]] * np.where(np.arange(9) % 2, 1.0, -1.0)[:, None, None]
    assert units.up_of(names, rest, lying) == "y"
