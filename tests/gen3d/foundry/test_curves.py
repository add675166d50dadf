# SPDX-License-Identifier: Apache-2.0
"""Curves are those that SciPy has."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, PchipInterpolator

from gen3d.foundry.curves import monotone, spline


@pytest.mark.parametrize("count", [2, 3, 4, 9])
def test_curves_equal_scipys(count: int) -> None:
    rng = np.random.default_rng(count)
    knots = np.cumsum(rng.uniform(0.1, 1.0, count))
    values = rng.normal(size=(count, 3))
    values[:, 2] = np.sort(np.round(values[:, 2]))
    at = np.linspace(knots[0], knots[-1], 41)
    np.testing.assert_allclose(
        monotone(knots, values, at), PchipInterpolator(knots, values)(at), atol=1e-12
    )
    np.testing.assert_allclose(spline(knots, values, at), CubicSpline(knots, values)(at), atol=1e-9)
