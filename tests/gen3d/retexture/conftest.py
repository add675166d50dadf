# SPDX-License-Identifier: Apache-2.0
"""Three figures of foreign rigs: one atlas (Mixamo), a material each (VRM), painted on (Unreal)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from gen3d.body import Body
from gen3d.body.surface import base_part
from gen3d.export.gltf import write_glb
from gen3d.spec import BodySpec, GarmentSpec
from gen3d.types import Character, Material, Part, Texture
from gen3d.wardrobe.outfit import dress
from tests.consumers.foreign_rigs import (
    Regions,
    as_vrm,
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
def bare() -> tuple[Character, Part]:
    """A man's skeleton and his skin."""
    shaped = Body.load().with_shape(BodySpec(height=1.8))
    skin = base_part(shaped, ("body",), name="Skin", group="Body", slot="body", material=_skin())
    return Character("man", shaped.skeleton, (), (), shaped.height), skin


def _skin() -> Material:
    noise = np.random.default_rng(1).integers(-4, 5, (256, 256, 1))
    pixels = (np.array([205, 160, 132]) + noise).astype(np.uint8)
    return Material("skin", base_color_texture=Texture("skin", pixels))


@pytest.fixture(scope="session")
def dressed(bare: tuple[Character, Part]) -> Character:
    """The same man in a shirt, trousers and shoes, with a clip."""
    shaped = Body.load().with_shape(BodySpec(height=1.8))
    kinds = (
        GarmentSpec(kind="long_sleeved_shirt", color=(0.6, 0.55, 0.2)),
        GarmentSpec(kind="trousers", color=(0.05, 0.06, 0.15)),
        GarmentSpec(kind="shoes", color=(0.15, 0.06, 0.02)),
    )
    outfit = dress(shaped, kinds, 0)
    kept = {"body": outfit.skin_kept}
    skin = base_part(
        shaped, ("body",), name="Skin", group="Body", slot="body", material=_skin(), kept=kept
    )
    parts = [replace(part, material=small(part.material)) for part in (skin, *outfit.parts)]
    whole = Character("man", shaped.skeleton, tuple(parts), (), shaped.height)
    return with_a_clip(whole)


def small(material: Material, side: int = 256) -> Material:
    """The same with small pictures."""
    slots = ("base_color_texture", "metallic_roughness_texture", "normal_texture")
    found = {slot: getattr(material, slot) for slot in slots}
    changes = {
        slot: Texture(t.name, np.asarray(PIL.Image.fromarray(t.pixels).resize((side, side))))
        for slot, t in found.items()
        if t is not None
    }
    return replace(material, **changes)


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
def unreal(bare: tuple[Character, Part], tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Clothes painted on the skin itself; bones of the mannequin."""
    folder = tmp_path_factory.mktemp("unreal")
    whole, regions = painted_on(*bare)
    write_glb(with_a_clip(whole), folder / "raw.glb", naming="unreal")
    return Case(edited(folder / "raw.glb", without_our_names, folder / "figure.glb"), regions)


@pytest.fixture(scope="session")
def cases(mixamo: Case, vrm: Case, unreal: Case) -> dict[str, Case]:
    """All three."""
    return {"mixamo": mixamo, "vrm": vrm, "unreal": unreal}
