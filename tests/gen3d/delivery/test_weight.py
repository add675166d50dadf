# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d.delivery.fit import Fitted
from gen3d.delivery.weight import write_within
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.targets import Target, find_target
from gen3d.types import Texture
from tests.consumers.mannequin import box_humanoid

MIB = 1 << 20


def noise(name: str, seed: int) -> Texture:
    """A picture that no compression makes small: 0.75 MiB."""
    pixels = np.random.default_rng(seed).integers(0, 256, (512, 512, 3))
    return Texture(name, pixels.astype(np.uint8))


@pytest.fixture(scope="module")
def figure() -> Fitted:
    mannequin = box_humanoid()
    body = mannequin.parts[0]
    pictures = {
        "base_color_texture": noise("colour", 1),
        "metallic_roughness_texture": noise("surface", 2),
        "normal_texture": noise("normal", 3),
    }
    parts = (replace(body, material=replace(body.material, **pictures)),)
    return Fitted(0, find_target("web").levels[0], replace(mannequin, parts=parts))


def web(file_mib: float | None) -> Target:
    target = find_target("web")
    first = target.tiers[0]
    limits = first.limits.model_copy(update={"file_mib": file_mib})
    return target.model_copy(update={"tiers": (first.model_copy(update={"limits": limits}),)})


def sides(figure: Fitted) -> dict[str, int]:
    material = figure.character.parts[0].material
    pictures = (
        material.base_color_texture,
        material.metallic_roughness_texture,
        material.normal_texture,
    )
    return {texture.name: texture.pixels.shape[0] for texture in pictures if texture is not None}


@pytest.mark.parametrize(
    ("file_mib", "left"),
    [
        (None, {"colour": 512, "surface": 512, "normal": 512}),
        (3.0, {"colour": 512, "surface": 512, "normal": 512}),
        (1.5, {"colour": 512, "surface": 256, "normal": 256}),
        (0.9, {"colour": 256, "surface": 256, "normal": 256}),
        (0.1, {"colour": 256, "surface": 256, "normal": 256}),
    ],
)
def test_pictures_shrink_until_the_file_fits_and_colours_last(
    figure: Fitted, tmp_path: Path, file_mib: float | None, left: dict[str, int]
) -> None:
    path = tmp_path / "level.glb"
    written = write_within(figure, path, web(file_mib), {})
    assert sides(written) == left
    # What cannot be reached is left to the check that follows.
    assert file_mib in (None, 0.1) or path.stat().st_size <= file_mib * MIB
    again = to_character(read_glb(path))
    assert len(again.parts[0].mesh.faces) == len(figure.character.parts[0].mesh.faces)
    assert again.parts[0].material.base_color_texture is not None
    assert again.parts[0].material.base_color_texture.pixels.shape[0] == left["colour"]
