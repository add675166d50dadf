# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from gen3d.render.agreement import GOAL_IOU, Agreement, agreement
from gen3d.render.shot import Shot
from gen3d.render.studio import to_linear

SIZE = 20


def square(low: int, high: int, grey: float = 0.5, views: int = 2) -> Shot:
    """A flat square of one sRGB grey."""
    alpha = torch.zeros(views, SIZE, SIZE)
    alpha[:, low:high, low:high] = 1.0
    rgb = to_linear(torch.tensor(grey)) * alpha[..., None].expand(-1, -1, -1, 3)
    return Shot(rgb, alpha, torch.zeros_like(rgb), alpha.clone())


def test_a_shot_agrees_with_itself_perfectly() -> None:
    found = agreement(square(4, 16), square(4, 16))
    assert found.iou == 1.0
    # Errors below 1e-10 are not told apart.
    assert found.psnr_db == pytest.approx(100.0)
    assert found.good


@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_a_known_error_of_colour_has_the_psnr_of_the_closed_form(error: float) -> None:
    found = agreement(square(4, 16, 0.5), square(4, 16, 0.5 + error))
    assert found.iou == 1.0
    expected = -20.0 * torch.log10(torch.tensor(error))
    assert found.psnr_db == pytest.approx(float(expected), abs=0.01)
    assert found.good == (found.psnr_db >= 28.0)


def test_a_known_shift_of_the_outline_has_the_iou_of_the_closed_form() -> None:
    small, large = square(5, 15), square(4, 16)
    found = agreement(small, large)
    assert found.iou == pytest.approx(100 / 144)
    # Only the border is wrong, by the whole grey, and only the union counts.
    mean = (144 - 100) / 144 * 0.5**2
    assert found.psnr_db == pytest.approx(-10.0 * float(torch.log10(torch.tensor(mean))), abs=0.01)


def test_the_worst_view_decides_the_outline_and_the_order_does_not_matter() -> None:
    one, other = square(4, 16), square(4, 16)
    alpha = other.alpha.clone()
    alpha[1, 4:10] = 0.0
    other = replace(other, alpha=alpha, rgb=other.rgb * alpha[..., None])
    assert agreement(one, other).iou == pytest.approx(0.5)
    assert agreement(one, other) == agreement(other, one)


def test_empty_pictures_agree_with_nothing() -> None:
    empty, full = square(0, 0), square(4, 16)
    for pair in ((empty, empty), (empty, full), (full, empty)):
        assert agreement(*pair).iou == 0.0
        assert not agreement(*pair).good


def test_both_goals_must_be_met() -> None:
    assert Agreement(30.0, GOAL_IOU).good
    assert not Agreement(27.9, 1.0).good
    assert not Agreement(60.0, GOAL_IOU - 0.001).good
