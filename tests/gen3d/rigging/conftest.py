# SPDX-License-Identifier: Apache-2.0
"""One dressed figure that lost its rig, and got another one through the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gen3d.body import Body
from gen3d.body.surface import base_part
from gen3d.cli.main import main
from gen3d.rigging import Rigged, rig_file
from gen3d.spec import BodySpec, GarmentSpec
from gen3d.types import Character, Material, Texture
from gen3d.wardrobe.outfit import dress
from tests.consumers.mannequin import picture
from tests.consumers.unrigged import Stance, Unrigged, arms, unrigged, write_unrigged

CENTIMETRES = 100.0


@dataclass(frozen=True)
class Case:
    """A figure before and after."""

    figure: Unrigged
    before: Path
    after: Path
    run: Path


@pytest.fixture(scope="session")
def dressed() -> Character:
    """A slim tall woman in two garments, in our T-pose."""
    shaped = Body.load().with_shape(BodySpec(sex=1.0, height=1.8, weight=0.3))
    kinds = (GarmentSpec(kind="long_sleeved_shirt"), GarmentSpec(kind="skirt"))
    skin = base_part(shaped, ("body",), name="Skin", group="Body", slot="body", material=_painted())
    parts = (skin, *dress(shaped, kinds, 0).parts)
    return Character("woman", shaped.skeleton, parts, (), shaped.height)


def _painted() -> Material:
    return Material("skin", base_color_texture=Texture("skin", picture(5)))


@pytest.fixture(scope="session")
def case(dressed: Character, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """In centimetres, A-pose, facing +X; rigged by the command."""
    folder = tmp_path_factory.mktemp("rig")
    figure = unrigged(dressed, Stance(arms(45.0), size=CENTIMETRES, facing_deg=90.0))
    before, run = folder / "woman.glb", folder / "run"
    write_unrigged(figure, before)
    arguments = ["--rig", str(before), "--bones", "mixamo", "--no-preview", "--quiet"]
    assert main(["avatar", *arguments, "--out", str(run)]) == 0
    return Case(figure, before, run / "character.glb", run)


@pytest.fixture(scope="session")
def again(case: Case, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rigged, Path]:
    """The same figure rigged a second time, by the function."""
    path = tmp_path_factory.mktemp("again") / "character.glb"
    return rig_file(case.before, path, naming="mixamo"), path
