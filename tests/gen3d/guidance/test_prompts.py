# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen3d.errors import Gen3dError
from gen3d.guidance.prompts import Prompt, ViewPrompts, parse_prompts, side_weights
from gen3d.render.views import Views, orbit

DEGREES = st.floats(-720.0, 720.0, width=32)
ELEVATIONS = st.floats(-90.0, 90.0, width=32)


def views(azimuth: list[float], elevation: list[float]) -> Views:
    count = len(azimuth)
    return orbit(
        torch.tensor(azimuth),
        torch.tensor(elevation),
        torch.full((count,), 3.0),
        torch.full((count,), 40.0),
        8,
    )


def weights(azimuth: float, elevation: float = 0.0) -> list[float]:
    return side_weights(views([azimuth], [elevation]))[0].tolist()


def test_phrases_are_split_at_bars_and_weighted_after_the_last_colon() -> None:
    assert parse_prompts("a vase: 1.5 | a red cup:0.5|a bowl") == (
        Prompt("a vase", 1.5),
        Prompt("a red cup", 0.5),
        Prompt("a bowl", 1.0),
    )


@pytest.mark.parametrize("text", ["a clock at 12:30", "a poster: the sea", "a 16:9 screen"])
def test_a_colon_that_belongs_to_the_phrase_is_kept(text: str) -> None:
    assert parse_prompts(text) == (Prompt(text),)


@pytest.mark.parametrize("text", ["a vase: -1", "a vase: 0", "a vase: nan", ": 2"])
def test_a_weight_that_is_not_positive_or_has_no_phrase_is_refused(text: str) -> None:
    with pytest.raises(Gen3dError, match="positive weight"):
        parse_prompts(text)


def test_no_prompt_at_all_is_refused() -> None:
    with pytest.raises(Gen3dError, match="empty"):
        ViewPrompts.parse(" | ")


@pytest.mark.parametrize(
    ("azimuth", "elevation", "side"),
    [
        *((0.0, 0.0, 0), (-20.0, 20.0, 0), (360.0, 0.0, 0)),
        *((90.0, 0.0, 1), (-90.0, -30.0, 1), (270.0, 0.0, 1)),
        *((180.0, 0.0, 2), (-170.0, 10.0, 2)),
        *((0.0, 90.0, 3), (77.0, 80.0, 3)),
    ],
)
def test_the_middle_of_each_side_is_purely_that_side(
    azimuth: float, elevation: float, side: int
) -> None:
    expected = [float(side == i) for i in range(4)]
    assert weights(azimuth, elevation) == pytest.approx(expected, abs=1e-6)


def test_half_way_between_two_sides_they_share() -> None:
    assert weights(45.0) == pytest.approx([0.5, 0.5, 0.0, 0.0])
    assert weights(-135.0) == pytest.approx([0.0, 0.5, 0.5, 0.0])
    assert weights(0.0, 60.0) == pytest.approx([0.5, 0.0, 0.0, 0.5])


@given(DEGREES, ELEVATIONS)
def test_shares_are_never_negative_and_sum_to_one(azimuth: float, elevation: float) -> None:
    shares = weights(azimuth, elevation)
    assert min(shares) >= 0.0
    assert sum(shares) == pytest.approx(1.0, abs=1e-5)


@given(DEGREES, ELEVATIONS)
def test_left_and_right_are_alike_and_a_full_turn_changes_nothing(
    azimuth: float, elevation: float
) -> None:
    here = weights(azimuth, elevation)
    assert weights(-azimuth, elevation) == pytest.approx(here, abs=1e-3)
    assert weights(azimuth + 360.0, elevation) == pytest.approx(here, abs=1e-3)


def test_shares_change_smoothly_with_the_camera() -> None:
    turn = torch.linspace(-180.0, 180.0, 721)
    shares = side_weights(views(turn.tolist(), [20.0] * len(turn)))
    first = shares.diff(dim=0)
    # A blend over 30° moves by at most 1.5 / 30 a degree, and without jumps of the slope.
    assert first.abs().max() < 0.5 * 1.5 / 30.0 + 1e-3
    assert first.diff(dim=0).abs().max() < 0.25 * 6.0 / 30.0**2 + 1e-3


def test_texts_name_the_side_and_say_when_there_is_no_texture() -> None:
    prompts = ViewPrompts.parse("a blue vase")
    assert "back" in prompts.texts("a blue vase", "shaded")[2]
    assert all("untextured" in text for text in prompts.texts("a blue vase", "textureless"))
    assert not any("untextured" in text for text in prompts.texts("a blue vase", "albedo"))
    assert "untextured" in prompts.neutral("textureless")
    assert "vase" not in prompts.neutral("shaded")
