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
        ("a harbour in the small hours", -35, -22),
        ("three in the morning", -35, -22),
        ("half past three in the afternoon", 32, 50),
        ("eleven o'clock at night", -35, -22),
        ("seven o'clock in the morning", 22, 34),
        ("the sun has just gone down", -6, -2),
        ("midnight sun over the tundra", 6, 11),
        ("a deep gorge", 32, 50),
        ("a small island in the ocean", 32, 50),
        ("sun peeking through the clouds", 32, 50),
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
        ("a leaden sky over the moor", "stratus"),
        ("neither sun nor wind", "stratus"),
        ("it is not raining", CLEAR),
        ("after the storm", CLEAR),
        ("a lake, cloudy, no rain", "stratus"),
        ("mare's tails at noon", "cirrus"),
        ("a pink sky at sundown", CLEAR),
    ],
)
def test_the_clouds_are_those_of_the_phrase(text: str, kind: str) -> None:
    clouds = read(text, "", 0, text).sky.clouds
    assert (clouds[0].kind if clouds else CLEAR) == kind


@pytest.mark.parametrize(
    "text", ["dark storm clouds", "an approaching storm", "threatening clouds over a village"]
)
def test_a_storm_is_a_lid_that_holds_far_more_water_than_an_overcast_sky(text: str) -> None:
    (storm,), (dull,) = (read(words, "", 0).sky.clouds for words in (text, "an overcast sky"))
    assert storm.cover == 1.0
    assert storm.density >= 3.0 * dull.density


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("a full moon", 0.5),
        ("a crescent moon over a lake", 0.1),
        ("half moon above the hills", 0.25),
    ],
)
def test_a_named_moon_makes_night_and_stands_as_far_from_the_sun_as_it_says(
    text: str, phase: float
) -> None:
    found = read(text, "", 3, text)
    sky = found.sky
    assert sky.sun_elevation_deg < -18
    assert sky.moon is not None
    assert sky.moon.phase == phase
    apart = (sky.sun_azimuth_deg - sky.moon.azimuth_deg) % 360.0
    assert apart == pytest.approx(360.0 * phase, abs=0.2)
    assert not [note for note in found.notes if "moon" in note]


def test_a_moonless_night_has_no_moon_and_a_moon_at_dusk_leaves_it_dusk() -> None:
    assert read("a moonless night on a hill", "", 0).sky.moon is None
    dusk = read("a full moon at dusk", "", 0).sky
    assert dusk.moon is not None
    assert -6 <= dusk.sun_elevation_deg <= -2


def test_a_blue_sky_is_no_sea() -> None:
    albedo = read("a blue sky over a meadow", "", 0).sky.ground_albedo
    assert albedo == read("over a meadow", "", 0).sky.ground_albedo
