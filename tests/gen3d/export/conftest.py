# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from gen3d.export.gltf import write_glb
from gen3d.types import Character
from tests.consumers.mannequin import box_humanoid


@pytest.fixture(scope="session")
def mannequin() -> Character:
    return box_humanoid()


@pytest.fixture(scope="session")
def mannequin_glb(mannequin: Character, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mannequin") / "character.glb"
    write_glb(mannequin, path, extras={"prompt": "a box", "licences": ["CC0-1.0"], "none": None})
    return path
