# SPDX-License-Identifier: Apache-2.0
"""A dressed figure as a field: one solid, limbs apart, posed, grown, rigged like its template."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from gen3d.avatar import build_character
from gen3d.body.surface import four_influences
from gen3d.canonical.field import INWARDS_M, REACH_M, FieldModel, field_of
from gen3d.canonical.mesh import (
    FigurePlan,
    calmed,
    extracted,
    held_by,
    joined_limbs,
    surface_of,
)
from gen3d.canonical.solid import Level, Worn, level_of, worn_of
from gen3d.fields.closest import Tree
from gen3d.foundry.solids import Solid, volume
from gen3d.painting.canvas import Paint, canvases_of
from gen3d.painting.fit import seen_from
from gen3d.prompt import describe
from gen3d.render.skinning import influence_matrix, pose_vertices
from gen3d.render.studio import default_light
from gen3d.types import Character
from gen3d.wardrobe.sketch import sketching
from motion.stances import stances

SMALL = FigurePlan(6000, 256)


@dataclass(frozen=True)
class Figure:
    character: Character
    worn: Worn
    level: Level
    library: list[np.ndarray]


def figure_of(prompt: str, *, dressed: bool, step: float) -> Figure:
    spec = describe(prompt, 5).character
    with sketching():
        character = build_character(spec, "figure", 5)
    if not dressed:
        parts = worn_of(character, spec.body).parts
        own = tuple(part for part in parts if part.slot in {"body", "eye", "mouth"})
        character = replace(character, parts=own)
    worn = replace(worn_of(character, spec.body), step=step)
    library = list(stances(character.skeleton)[::2])
    return Figure(character, worn, level_of(worn, REACH_M), library)


@pytest.fixture(scope="module")
def bare() -> Figure:
    return figure_of("a bald woman", dressed=False, step=0.007)


@pytest.fixture(scope="module")
def dressed() -> Figure:
    return figure_of("a bald man in a red t-shirt and a long skirt", dressed=True, step=0.01)


def test_a_bare_body_is_one_closed_piece_whose_limbs_stay_apart(bare: Figure) -> None:
    found = surface_of(bare.level, bare.worn, 20_000)
    assert found.soundness.watertight
    assert found.soundness.pieces == 1
    assert found.soundness.genus == 0
    body = bare.worn.bare
    assert found.soundness.volume == pytest.approx(volume(body), rel=0.03)
    made = extracted(bare.level, bare.worn, bare.character, SMALL, bare.library)
    assert made.facts["joined_limbs"] == 0
    assert made.facts["watertight"]


def test_weights_carry_it_as_the_body_is_carried(bare: Figure) -> None:
    closed = surface_of(bare.level, bare.worn, 20_000).surface
    weights, _ = calmed(held_by(bare.worn, closed.verts), closed, bare.library)
    skin = bare.worn.parts[0]
    carried = influence_matrix(skin.skin, len(bare.character.skeleton.names))
    for matrices in bare.library:
        true, _ = pose_vertices(carried, matrices, skin.mesh.verts, skin.mesh.normals)
        blended = (weights @ matrices.reshape(-1, 12)).reshape(-1, 3, 4)
        posed = np.einsum("vij,vj->vi", blended[:, :, :3], closed.verts) + blended[:, :, 3]
        away = Tree(Solid(true.astype(np.float64), skin.mesh.faces)).nearest(posed).distance
        assert away.mean() < 0.002


def test_what_air_cannot_come_to_is_solid_and_what_it_can_is_not(dressed: Figure) -> None:
    worn, level = dressed.worn, dressed.level
    assert worn.sheets is not None
    index = np.argwhere(level.values < 0.0)
    inside = level.box.points(index)
    away = worn.distance(inside)
    # Between shirt and skin is more than the thickness of both ...
    assert (away > 0.5 * worn.step).sum() > 100
    # ... and under the wide skirt, between the legs, there is air.
    knee = worn.skeleton.positions[worn.skeleton.index("leftLowerLeg")]
    between = np.array([[0.0, knee[1], knee[2]]])
    assert level.values[tuple(level.box.index(between)[0])] > 0.0


@pytest.fixture(scope="module")
def model(bare: Figure) -> FieldModel:
    paint = Paint(bare.character, canvases_of(bare.character, [], hair=False))
    closed = surface_of(bare.level, bare.worn, 6000).surface
    library = bare.library[:1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gen3d.canonical.field.STOOD", ("relaxed",))
        return field_of(bare.character, bare.worn, bare.level, closed, paint, library)


def test_the_way_back_from_a_stance_leads_to_the_place_at_rest(
    bare: Figure, model: FieldModel
) -> None:
    closed = surface_of(bare.level, bare.worn, 6000).surface
    weights = held_by(bare.worn, closed.verts)
    matrices = bare.library[0]
    blended = (weights @ matrices.reshape(-1, 12)).reshape(-1, 3, 4)
    posed = np.einsum("vij,vj->vi", blended[:, :, :3], closed.verts) + blended[:, :, 3]
    field = model.field
    field.stand(len(model.poses) - 1, 1.0)
    stance = field.stance
    points = (torch.from_numpy(posed).float() - stance.middle) / stance.scale
    distance = field.geometry(points)[0].detach().abs() * stance.scale
    assert float(distance.median()) < 0.004
    back = stance.posed.read(torch.from_numpy(posed).float())[:, 1:].numpy()
    assert np.median(np.linalg.norm(back - closed.verts, axis=1)) < 0.012


def test_pictures_are_of_the_figure_and_gradients_reach_the_paint(model: FieldModel) -> None:
    paint, pose = model.field.paint, model.poses[0]
    views = seen_from(pose, 2, 48, torch.Generator().manual_seed(0), faces=None)
    shot = model.render(paint, pose, views, default_light(2))
    cover = float((shot.alpha > 0.5).float().mean())
    assert 0.03 < cover < 0.5
    (shot.rgb.sum() + shot.alpha.sum()).backward()
    reached = paint.relief.tone.grad
    assert reached is not None
    assert float(reached.abs().sum()) > 0.0
    again = model.render(paint, pose, views, default_light(2))
    assert torch.equal(shot.rgb, again.rgb)


def test_what_is_grown_stays_one_figure_with_its_hands_and_limbs_apart(
    bare: Figure, model: FieldModel
) -> None:
    plain = surface_of(bare.level, bare.worn, 6000)
    paint = model.field.paint
    with torch.no_grad():
        for parameter in paint.relief.parameters():
            parameter.fill_(3.0)
    try:
        change = model.change()
        grown = surface_of(bare.level, bare.worn, 6000, change)
        assert grown.soundness.volume > 1.2 * plain.soundness.volume
        skeleton = bare.character.skeleton
        hand = skeleton.positions[skeleton.index("leftMiddleProximal")]
        for surface in (plain.surface, grown.surface):
            near = np.linalg.norm(surface.verts - hand, axis=1) < 0.03
            moved = change.outward(torch.from_numpy(surface.verts[near]).float())
            assert float(moved.detach().abs().max()) < 1e-3
        made = extracted(bare.level, bare.worn, bare.character, SMALL, bare.library, change)
        assert made.facts["joined_limbs"] == 0
        with torch.no_grad():
            for parameter in paint.relief.parameters():
                parameter.neg_()
        shrunk = model.change().outward(torch.from_numpy(plain.surface.verts).float())
        assert -INWARDS_M <= float(shrunk.detach().min()) < 0.0
    finally:
        with torch.no_grad():
            for parameter in paint.relief.parameters():
                parameter.zero_()


def test_the_mesh_has_the_rig_and_face_of_the_figure_and_the_same_bytes_again(
    dressed: Figure,
) -> None:
    made = [
        extracted(dressed.level, dressed.worn, dressed.character, SMALL, dressed.library)
        for _ in range(2)
    ]
    (part,) = made[0].character.parts
    (again,) = made[1].character.parts
    assert np.array_equal(part.mesh.verts, again.mesh.verts)
    first, second = (p.material.base_color_texture for p in (part, again))
    assert first is not None
    assert second is not None
    assert np.array_equal(first.pixels, second.pixels)
    assert made[0].character.skeleton == dressed.character.skeleton
    assert np.allclose(part.skin.weights.sum(axis=1), 1.0, atol=1e-6)
    face = next(p for p in dressed.character.parts if p.slot == "body").morphs
    assert set(part.morphs) == set(face)
    assert np.abs(part.morphs["jawOpen"]).max() == pytest.approx(
        np.abs(face["jawOpen"]).max(), rel=0.3
    )
    # The shirt is red where one looks at it.
    chest = dressed.character.skeleton.positions[dressed.character.skeleton.index("upperChest")]
    front = chest + np.array([0.0, 0.0, 0.15])
    nearest = np.linalg.norm(part.mesh.verts - front, axis=1).argmin()
    size = first.pixels.shape[0]
    column, row = (part.mesh.uvs[nearest] * size).astype(int)
    red, green, blue = first.pixels[row, column].astype(int)
    assert red > green + 40
    assert red > blue + 40


def test_limbs_that_touch_are_told(bare: Figure) -> None:
    closed = surface_of(bare.level, bare.worn, 6000).surface
    skin = four_influences(held_by(bare.worn, closed.verts))
    parents = bare.character.skeleton.parents
    assert joined_limbs(closed, skin, parents) == 0
    # A triangle from hand to hand joins what lies far apart in the tree.
    left, right = closed.verts[:, 0].argmax(), closed.verts[:, 0].argmin()
    faces = np.concatenate([closed.faces, np.array([[left, right, left - 1]], np.int32)])
    assert joined_limbs(Solid(closed.verts, faces), skin, parents) > 0
