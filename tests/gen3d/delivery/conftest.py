# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from gen3d.cli.main import main
from gen3d.export.gltf import write_glb
from gen3d.export.web import find_transform
from tests.consumers.locate import blender
from tests.consumers.mannequin import box_humanoid


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with a small character."""
    folder = tmp_path_factory.mktemp("run with spaces")
    extras = {"prompt": "a box with a face", "licences": ["CC0-1.0"]}
    write_glb(box_humanoid(), folder / "character.glb", extras=extras)
    return folder


@pytest.fixture(scope="session")
def exported(run: Path) -> Path:
    """That character with everything for Unreal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEN3D_BLENDER", blender()[0])
        wanted = ["--target", "unreal", "--to", "fbx,usdz,vrm,obj,glb", "--author", "A. Author"]
        assert main(["export", str(run), *wanted]) == 0
    return run / "exports" / "unreal"


@pytest.fixture(scope="session")
def web(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That character for browsers, with every compressed copy."""
    assert find_transform() is not None, "gltf-transform is missing: bash tests/run.sh installs it"
    out = tmp_path_factory.mktemp("web") / "with spaces"
    assert main(["export", str(run), "--target", "web", "--to", "glb", "--out", str(out)]) == 0
    return out
