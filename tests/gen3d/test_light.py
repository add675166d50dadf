# SPDX-License-Identifier: Apache-2.0
"""Words become light: time of day and weather in phrasings that stand in no list."""

from __future__ import annotations

import pytest

from gen3d.words.light import read

CLEAR = ""


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("sky, at noon", 60, 75),
        ("a sunny noon in a village", 60, 75),
        ("bright midday sun over the desert", 60, 75),
        ("the sun is high over the savanna", 60, 75),
        ("the sun is setting behind the hills", 1, 4),
        ("the sun rises over a wide valley", 1, 4),
        ("just before sunset on a beach", 1, 4),
        ("low sun over the fields", 6, 11),
        ("eventide by the sea", 6, 11),
        ("forenoon in a meadow", 22, 34),
        ("a windy day by the sea", 32, 50),
        ("dark storm clouds gathering over farmland", 32, 50),
        ("an office at night with the lights on", -35, -22),
        ("a town at 22:30", -35, -22),
        ("a lake at 6 pm", 1, 4),
        ("a street at 5:15 a.m.", -4, -1),
        ("a 16:9 view of a valley", 32, 50),
    ],
)
def test_the_sun_stands_where_the_phrase_says(text: str, low: float, high: float) -> None:
    assert low <= read(text, "", 0, text).sky.sun_elevation_deg <= high


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("partly cloudy weather", "cumulus"),
        ("mostly cloudy weather", "stratocumulus"),
        ("cloudy weather", "stratus"),
        ("a sky at noon", CLEAR),
        ("a mackerel sky at noon", "altocumulus"),
        ("no clouds, noon", CLEAR),
        ("a sky without clouds", CLEAR),
        ("not a cloud in the sky", CLEAR),
        ("low clouds over the hills", "stratocumulus"),
        ("high thin clouds over the steppe", "cirrus"),
        ("a downpour in the city", "stratus"),
        ("after the rain, evening", CLEAR),
        ("a few small clouds in a blue sky", "cumulus"),
    ],
)
def test_the_clouds_are_those_of_the_phrase(text: str, kind: str) -> None:
    clouds = read(text, "", 0, text).sky.clouds
    assert (clouds[0].kind if clouds else CLEAR) == kind


def test_a_blue_sky_is_no_sea() -> None:
    albedo = read("a blue sky over a meadow", "", 0).sky.ground_albedo
    assert albedo == read("over a meadow", "", 0).sky.ground_albedo
