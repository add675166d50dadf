# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import jaxtyping
import numpy as np
import pytest

from gen3d.panorama import pixel_directions, uv_of
from gen3d.types import Mesh


def test_a_wrong_shape_in_a_call_is_caught_by_the_annotations() -> None:
    with pytest.raises(jaxtyping.TypeCheckError, match="uv_of"):
        uv_of(np.zeros((5, 4)))


def test_a_wrong_shape_in_a_value_is_caught_by_the_annotations() -> None:
    corners = np.zeros((3, 3), dtype=np.float32)
    with pytest.raises(jaxtyping.TypeCheckError, match="Mesh"):
        Mesh(corners, np.zeros((1, 4), dtype=np.int32), corners, corners[:, :2])


def test_a_right_shape_passes() -> None:
    assert pixel_directions(4).shape == (4, 8, 3)
