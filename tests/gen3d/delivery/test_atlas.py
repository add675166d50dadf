# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d.delivery.atlas import _along_z, _Cell, _filled, atlased
from gen3d.errors import Gen3dError
from gen3d.types import Character, Material, Part, Texture
from tests.consumers.mannequin import box_humanoid


def plain(material: Material) -> Character:
    """The mannequin with one part in another material, and without glow."""
    made = box_humanoid()
    parts = [replace(p, material=replace(p.material, emissive=(0.0, 0.0, 0.0))) for p in made.parts]
    parts[1] = replace(parts[1], material=material)
    return replace(made, parts=tuple(parts))


def shown(part: Part, slot: str = "base_color_texture") -> np.ndarray:
    """Texels under the middle of each face."""
    texture = getattr(part.material, slot)
    middle = part.mesh.uvs[part.mesh.faces].mean(axis=1)
    height, width = texture.pixels.shape[:2]
    column = np.clip((middle[:, 0] * width).astype(int), 0, width - 1)
    row = np.clip((middle[:, 1] * height).astype(int), 0, height - 1)
    return texture.pixels[row, column]


def test_one_material_for_each_kind_and_its_colours_stay_where_they_were() -> None:
    red = Material(
        "red", base_color_texture=Texture("red", np.full((64, 64, 3), [180, 20, 30], np.uint8))
    )
    character = plain(red)
    sheeted = atlased(character, 512, 5)
    modes = {part.material.alpha_mode: part for part in sheeted.parts}
    assert set(modes) == {"OPAQUE", "MASK"}
    assert len({id(part.material) for part in sheeted.parts}) == 2
    before = np.concatenate([shown(part)[:, :3] for part in character.parts[:2]])
    after = shown(modes["OPAQUE"])
    assert np.abs(before.astype(int) - after).mean() < 4.0
    assert modes["OPAQUE"].morphs.keys() == character.parts[1].morphs.keys()
    faces = sum(len(part.mesh.faces) for part in character.parts)
    assert sum(len(part.mesh.faces) for part in sheeted.parts) == faces


def test_factors_are_multiplied_in_with_light_not_with_bytes() -> None:
    half = Material("half", base_color=(0.5, 0.5, 0.5, 1.0), metallic=0.25, roughness=0.5)
    sheeted = atlased(plain(half), 512, 5)
    opaque = next(part for part in sheeted.parts if part.material.alpha_mode == "OPAQUE")
    head = len(box_humanoid().parts[1].mesh.faces)
    # Linear 0.5 is shown as 188 of 255.
    assert np.abs(shown(opaque)[-head:].astype(int) - 188).max() <= 1
    finish = shown(opaque, "metallic_roughness_texture")[-head:]
    np.testing.assert_array_equal(finish, np.tile([255, 128, 64], (head, 1)))
    flat = shown(opaque, "normal_texture")[-head:]
    np.testing.assert_array_equal(flat, np.tile([128, 128, 255], (head, 1)))


def test_with_one_material_everything_is_cut_out_at_one_threshold() -> None:
    cut = np.full((64, 64, 4), 200, np.uint8)
    cut[..., 3] = 70
    leaf = Material(
        "leaf", base_color_texture=Texture("leaf", cut), alpha_mode="MASK", alpha_cutoff=0.25
    )
    sheeted = atlased(plain(leaf), 256, 1)
    assert [part.material.alpha_mode for part in sheeted.parts] == ["MASK"]
    alpha = shown(sheeted.parts[0])[:, 3]
    count = [len(part.mesh.faces) for part in box_humanoid().parts]
    assert (alpha[: count[0]] == 255).all()
    # 70 of 255 lies above a threshold of a quarter, and must above a half.
    assert (alpha[count[0] : count[0] + count[1]] == 140).all()


def test_what_glows_keeps_a_material_of_its_own() -> None:
    character = box_humanoid()
    glowing = Material("glow", emissive=(0.0, 1.0, 0.0))
    parts = (replace(character.parts[0], material=glowing), *character.parts[1:])
    sheeted = atlased(replace(character, parts=parts), 256, 5)
    lit = [part.material.emissive for part in sheeted.parts if any(part.material.emissive)]
    assert (0.0, 1.0, 0.0) in lit
    assert len(sheeted.parts) == 3


def test_repeated_pictures_are_refused_with_the_part_that_has_them() -> None:
    character = box_humanoid()
    mesh = replace(character.parts[0].mesh, uvs=character.parts[0].mesh.uvs * 3)
    parts = (replace(character.parts[0], mesh=mesh), *character.parts[1:])
    with pytest.raises(Gen3dError, match="'body'"):
        atlased(replace(character, parts=parts), 256, 5)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(4, 11), st.floats(1e-6, 10)), min_size=1, max_size=40),
    st.integers(8, 11),
)
def test_cells_fill_the_sheet_without_overlap(cells: list[tuple[int, float]], power: int) -> None:
    side = 1 << power
    own = [1 << bits for bits, _ in cells]
    sides = _filled([min(o, side) for o in own], own, [area for _, area in cells], side)
    used = np.zeros((side, side), dtype=int)
    corner = 0
    for size in sorted(sides, reverse=True):
        left, top = _along_z(corner)
        cell = _Cell(left, top, size)
        assert cell.left + size <= side
        assert cell.top + size <= side
        used[cell.top : cell.top + size, cell.left : cell.left + size] += 1
        corner += size * size
    assert used.max() == 1
    assert all(size <= o for size, o in zip(sides, own, strict=True))
