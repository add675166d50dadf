# SPDX-License-Identifier: Apache-2.0
"""The VRM file in the library that browsers show VRM files with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from gen3d.check.names import ARKIT
from gen3d.export.vrm import PRESETS
from gen3d.skeleton import JOINTS
from tests.consumers.browser import chromium
from tests.consumers.mannequin import HEIGHT
from tests.consumers.pages import MODULES
from tests.consumers.three_vrm import look


@pytest.fixture(scope="module")
def seen(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    library = MODULES / "@pixiv" / "three-vrm"
    assert library.is_dir(), "three-vrm is missing: bash tests/run.sh installs it"
    picture = tmp_path_factory.mktemp("vrm") / "figure.png"
    with chromium() as browser:
        return {**look(browser, exported / "character.vrm", picture), "picture": picture}


def test_three_vrm_loads_it_without_a_complaint(seen: dict[str, Any]) -> None:
    assert seen.get("error") is None
    assert seen["complaints"] == []
    assert seen["meta"]["metaVersion"] == "1"
    assert seen["meta"]["authors"] == ["A. Author"]


def test_three_vrm_finds_every_bone_expression_and_gaze(seen: dict[str, Any]) -> None:
    assert set(seen["bones"]) == set(JOINTS) - {"root"}
    assert set(seen["expressions"]) == {*PRESETS, *ARKIT}
    assert seen["gaze"] == "bone"
    assert seen["first_person"] == ["auto"]


def test_three_vrm_blinks_smiles_and_lowers_an_arm(seen: dict[str, Any]) -> None:
    assert seen["blink"] == ["eyeBlinkLeft", "eyeBlinkRight"]
    assert {"mouthSmileLeft", "cheekSquintRight"} <= set(seen["happy"])
    assert seen["rest"]["head"][1] == pytest.approx(1.54, abs=1e-3)
    assert seen["rest"]["hand"] == pytest.approx([0.69, 1.42, 0.0], abs=1e-3)
    assert seen["lowered"][1] < seen["rest"]["hand"][1] - 0.3
    assert seen["high"] == pytest.approx(HEIGHT, rel=0.01)


def test_three_vrm_draws_the_figure(seen: dict[str, Any]) -> None:
    pixels = np.asarray(PIL.Image.open(seen["picture"]).convert("RGB")).astype(int)
    figure = np.abs(pixels - pixels[0, 0]).max(axis=2) > 12
    assert 0.02 < figure.mean() < 0.5
    rows = np.flatnonzero(figure.any(axis=1))
    assert rows[-1] - rows[0] > 0.6 * len(pixels)
