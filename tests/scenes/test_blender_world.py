# SPDX-License-Identifier: Apache-2.0
"""Closed loop in a real Blender: the shadow says where the sun is, the floor how bright it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gen3d.spec import SkySpec
from scenes.files import write_environment
from scenes.generate import generate
from scenes.lighting import illuminance
from scenes.units import UNIT_CD_M2

MARK = "GEN3D_JSON "
SUNS = ((35.0, 40.0), (50.0, -110.0))


def test_blender_casts_the_shadow_that_the_words_asked_for(
    in_blender: Callable[..., str], tmp_path: Path
) -> None:
    skies, floors = [], []
    for number, (elevation, azimuth) in enumerate(SUNS):
        spec = SkySpec(sun_elevation_deg=elevation, sun_azimuth_deg=azimuth, width_px=2048)
        env = generate(spec, seed=0)
        skies.append(write_environment(env, spec, tmp_path / str(number))[0])
        floors.append(illuminance(env.radiance, np.array([0.0, 1.0, 0.0]))[1] / UNIT_CD_M2 / np.pi)
    said = in_blender(Path(__file__).with_name("blender_world.py"), *skies)
    answers = [json.loads(line.removeprefix(MARK)) for line in said.splitlines() if MARK in line]
    assert len(answers) == len(SUNS)
    for (elevation, azimuth), floor, answer in zip(SUNS, floors, answers, strict=True):
        # glTF +Z forward is Blender -Y, glTF +X is Blender +X; azimuth 90 is glTF -X.
        x, y = answer["shadow"]
        away_x, away_y = np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))
        error = np.degrees(np.arctan2(x * away_y - y * away_x, x * away_x + y * away_y))
        assert abs(error) < 0.5, (elevation, azimuth, answer)
        assert answer["length"] == pytest.approx(2.0 / np.tan(np.radians(elevation)), rel=0.05)
        assert answer["floor"] == pytest.approx(floor, rel=0.06)
