# SPDX-License-Identifier: Apache-2.0
"""Laws of dressing: every kind can be made, layers stay apart, what is hidden goes, hems do not."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.body import Body, ShapedBody
from gen3d.body.surface import triangulate
from gen3d.skeleton import JOINTS
from gen3d.spec import GARMENT_KINDS, BodySpec, GarmentSpec
from gen3d.types import Part
from gen3d.wardrobe.cover import erode, hidden_verts
from gen3d.wardrobe.drape import Support, Worn, body_points
from gen3d.wardrobe.footwear import SHOES
from gen3d.wardrobe.outfit import decent, dress, layer_of
from gen3d.wardrobe.pattern import PATTERNS


@pytest.fixture(scope="module")
def man() -> ShapedBody:
    return Body.load().with_shape(BodySpec(height=1.8))


def worn(shaped: ShapedBody, *kinds: str) -> dict[str, Part]:
    garments = tuple(GarmentSpec(kind=kind) for kind in kinds)
    return {part.name: part for part in dress(shaped, garments, 1).parts}


def sound(part: Part) -> None:
    mesh, weights = part.mesh, part.skin.weights
    assert len(mesh.faces) > 0
    assert np.isfinite(mesh.verts).all()
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-3)
    assert mesh.uvs.min() >= 0
    assert mesh.uvs.max() <= 1
    assert np.allclose(weights.sum(axis=1), 1.0, atol=1e-5)
    assert mesh.faces.max() < len(mesh.verts)
    assert part.skin.joints.max() < len(JOINTS)
    assert all(offsets.shape == mesh.verts.shape for offsets in part.morphs.values())


@pytest.mark.parametrize("kind", GARMENT_KINDS)
def test_every_garment_kind_makes_a_sound_part(man: ShapedBody, kind: str) -> None:
    parts = [p for p in worn(man, kind).values() if p.slot == kind]
    assert parts
    for part in parts:
        sound(part)


@pytest.mark.parametrize(
    "spec",
    [
        BodySpec(height=1.1, age_years=6),
        BodySpec(weight=1.0, height=1.7),
        BodySpec(sex=1.0, height=2.0, weight=0.1),
    ],
)
def test_cloth_lies_outside_the_skin_on_every_body(spec: BodySpec) -> None:
    shaped = Body.load().with_shape(spec)
    support = Support.of(*body_points(shaped))
    for part in worn(shaped, "t_shirt", "trousers").values():
        sound(part)
        height, _ = support.height_of(part.mesh.verts.astype(np.float64))
        # The folded hems turn in towards the skin; the cloth itself does not sink.
        assert np.quantile(height, 0.05) > -0.004, part.name


def test_an_outer_layer_never_sinks_below_an_inner_one(man: ShapedBody) -> None:
    flat = Worn.of(*_suit(man))
    lifted = flat.keep_over(flat.points - 0.02 * flat.normals, 0.005)
    gap = np.einsum("nc,nc->n", lifted - flat.points, flat.normals)
    assert gap.min() >= 0.005 - 1e-6


def _suit(shaped: ShapedBody) -> tuple[np.ndarray, np.ndarray]:
    faces = triangulate(shaped.data.quads["helper-tights"])
    used, compact = np.unique(faces, return_inverse=True)
    return shaped.verts[used].astype(np.float64), compact.reshape(-1, 3)


def test_hidden_skin_is_dropped_and_bare_skin_stays(man: ShapedBody) -> None:
    outfit = dress(man, (GarmentSpec(kind="sweater"), GarmentSpec(kind="trousers")), 1)
    faces = triangulate(man.data.quads["body"])
    centre = man.verts[faces].mean(axis=1)
    head = centre[:, 1] > man.skeleton.positions[JOINTS.index("head")][1]
    hands = np.abs(centre[:, 0]) > np.abs(man.skeleton.positions[JOINTS.index("leftHand")][0])
    assert outfit.skin_kept[head | hands].all()
    belly = (np.abs(centre[:, 0]) < 0.05) & (np.abs(centre[:, 1] - 1.15) < 0.05)
    assert not outfit.skin_kept[belly].any()


def test_soles_lift_the_figure_by_their_thickness(man: ShapedBody) -> None:
    outfit = dress(man, (GarmentSpec(kind="boots"), GarmentSpec(kind="trousers")), 1)
    lowest = min(float(part.mesh.verts[:, 1].min()) for part in outfit.parts)
    assert outfit.lift == pytest.approx(-lowest, abs=1e-4)


def test_nobody_leaves_the_wardrobe_naked() -> None:
    assert {g.kind for g in decent((), 0.0)} == {"shorts"}
    assert {g.kind for g in decent((), 1.0)} == {"shorts", "tank_top"}
    dressed = (GarmentSpec(kind="dress"),)
    assert decent(dressed, 1.0) == dressed


def test_shirts_go_under_jackets_and_boots_under_skirts() -> None:
    order = sorted(("jacket", "long_skirt", "boots", "long_sleeved_shirt", "cape"), key=layer_of)
    assert order == ["long_sleeved_shirt", "boots", "long_skirt", "jacket", "cape"]
    assert not set(PATTERNS) & set(SHOES)


def test_a_gown_reaches_the_floor_and_a_dress_the_knee(man: ShapedBody) -> None:
    floor = float(man.verts[:, 1].min())
    hem = {
        kind: min(
            float(part.mesh.verts[:, 1].min())
            for part in dress(man, (GarmentSpec(kind=kind),), 1).parts
            if part.slot == kind
        )
        for kind in ("dress", "gown")
    }
    assert 0.0 < hem["gown"] - floor < 0.09
    assert hem["dress"] - floor > 0.3


def test_rags_fray_at_hems_and_not_where_bodice_and_skirt_are_sewn(man: ShapedBody) -> None:
    torn = GarmentSpec(kind="gown", pattern="rags", fabric="satin")
    (part,) = (p for p in dress(man, (torn,), 1).parts if p.slot == "gown")
    texture = part.material.base_color_texture
    assert texture is not None
    size = texture.pixels.shape[0]
    column, row = np.minimum(part.mesh.uvs * size, size - 1).astype(int).T
    hole = texture.pixels[row, column, 3] < 128
    level = part.mesh.verts[:, 1]
    waist = np.abs(level - 0.62 * man.height) < 0.03
    hem = level < level.min() + 0.015
    assert hole[hem].mean() > 0.3
    assert hole[waist].mean() < 0.1


def test_only_what_is_hidden_all_around_is_culled() -> None:
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2) * 0.01
    points = np.column_stack([grid[:, 0], np.zeros(81), grid[:, 1]])
    normals = np.tile([0.0, 1.0, 0.0], (81, 1))
    roof = np.array([[-1, 0.02, -1], [-1, 0.02, 1], [0.045, 0.02, 1], [0.045, 0.02, -1.0]])
    hidden = hidden_verts(points, normals, roof, np.array([[0, 1, 2], [0, 2, 3]]))
    assert hidden[points[:, 0] < 0.03].all()
    assert not hidden[points[:, 0] > 0.05].any()
    faces = np.array([[i, i + 9, i + 1] for i in range(70) if i % 9 < 8])
    assert erode(hidden, faces, 2).sum() < hidden.sum()


def test_the_same_outfit_has_the_same_bytes(man: ShapedBody) -> None:
    first, second = (worn(man, "hoodie")["Hoodie"] for _ in range(2))
    assert first.mesh.verts.tobytes() == second.mesh.verts.tobytes()
    picture, again = (p.material.base_color_texture for p in (first, second))
    assert picture is not None
    assert again is not None
    assert picture.pixels.tobytes() == again.pixels.tobytes()


def test_garments_move_with_the_face_only_where_they_touch_it(man: ShapedBody) -> None:
    parts = worn(man, "bodysuit", "trousers")
    assert not parts["Trousers"].morphs
    for name, offsets in parts["Bodysuit"].morphs.items():
        assert np.abs(offsets).max() < 0.05, name
