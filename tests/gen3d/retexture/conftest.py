# SPDX-License-Identifier: Apache-2.0
"""Three figures of foreign rigs: one atlas (Mixamo), a material each (VRM), painted on (Unreal)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gen3d.export.gltf import write_glb
from gen3d.types import Character
from tests.consumers.foreign_rigs import (
    Regions,
    as_vrm,
    bare_man,
    dressed_man,
    edited,
    one_atlas,
    painted_on,
    with_a_clip,
    without_our_names,
)


@dataclass(frozen=True)
class Case:
    """A file, and which texels of which picture are what."""

    path: Path
    regions: Regions


@pytest.fixture(scope="session")
def dressed() -> Character:
    """A man in a shirt, trousers and shoes, with a clip."""
    return with_a_clip(dressed_man())


@pytest.fixture(scope="session")
def mixamo(dressed: Character, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """One mesh, one material, one picture; bones ``mixamorig:…``."""
    folder = tmp_path_factory.mktemp("mixamo")
    whole, regions = one_atlas(dressed, 256)
    write_glb(whole, folder / "raw.glb", naming="mixamo")
    return Case(edited(folder / "raw.glb", without_our_names, folder / "figure.glb"), regions)


@pytest.fixture(scope="session")
def vrm(dressed: Character, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A material for each part, named as VRoid names them; the extension says the bones."""
    folder = tmp_path_factory.mktemp("vrm")
    write_glb(dressed, folder / "raw.glb")
    regions = as_vrm(folder / "raw.glb", dressed, folder / "figure.vrm")
    return Case(folder / "figure.vrm", regions)


@pytest.fixture(scope="session")
def unreal(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Clothes painted on the skin itself; bones of the mannequin."""
    folder = tmp_path_factory.mktemp("unreal")
    whole, regions = painted_on(*bare_man())
    write_glb(with_a_clip(whole), folder / "raw.glb", naming="unreal")
    return Case(edited(folder / "raw.glb", without_our_names, folder / "figure.glb"), regions)


@pytest.fixture(scope="session")
def cases(mixamo: Case, vrm: Case, unreal: Case) -> dict[str, Case]:
    """All three."""
    return {"mixamo": mixamo, "vrm": vrm, "unreal": unreal}
