# SPDX-License-Identifier: Apache-2.0
"""Laws of accessories and lathe: outside the body, on the right joints, watertight shells."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from gen3d.body import Body, ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS
from gen3d.spec import BodySpec, GarmentSpec
from gen3d.types import Part
from gen3d.wardrobe.accessories import make_accessory
from gen3d.wardrobe.accessories_fit import collider, figure, section
from gen3d.wardrobe.lathe import box, clip_surface, grid, lathe, outward_normals, thicken, tube

KINDS = (
    "apron", "backpack", "belt", "bracers", "breastplate", "cape", "greaves", "pauldrons", "scarf",
)  # fmt: skip
PEOPLE = {
    "man": BodySpec(sex=0.0, height=1.8),
    "woman": BodySpec(sex=1.0, height=1.65),
    "child": BodySpec(age_years=7, height=1.2),
    "heavy": BodySpec(sex=0.0, age_years=70, height=1.7, weight=0.95),
}


@functools.cache
def person(name: str) -> ShapedBody:
    return Body.load().with_shape(PEOPLE[name])


@functools.cache
def worn(name: str, kind: str) -> tuple[Part, ...]:
    # Paper is the fabric that is painted fastest.
    return make_accessory(person(name), GarmentSpec(kind=kind, fabric="paper"), 5)


def share(part: Part, joints: tuple[str, ...]) -> np.ndarray:
    wanted = np.isin(part.skin.joints, [JOINTS.index(j) for j in joints])
    return np.where(wanted, part.skin.weights, 0.0).sum(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made_of_sound_parts(kind: str) -> None:
    for part in worn("man", kind):
        assert part.slot == kind
        assert part.mesh.faces.max() < len(part.mesh.verts)
        assert np.isfinite(part.mesh.verts).all()
        assert np.allclose(part.skin.weights.sum(axis=1), 1.0, atol=1e-5)
        assert part.mesh.uvs.min() >= 0.0
        assert part.mesh.uvs.max() <= 1.0


@pytest.mark.parametrize("name", list(PEOPLE))
@pytest.mark.parametrize("kind", ["belt", "cape", "breastplate", "apron", "scarf"])
def test_nothing_sinks_into_the_body(name: str, kind: str) -> None:
    fig = figure(person(name))
    obstacle = collider(
        fig, np.isin(np.arange(BODY_VERTS), np.unique(fig.shaped.data.quads["body"]))
    )
    for part in worn(name, kind):
        height, _ = obstacle.distance(part.mesh.verts.astype(np.float64))
        assert np.mean(height < -0.004) < 0.02, (kind, np.mean(height < -0.004))


def test_armour_of_each_side_follows_that_side() -> None:
    for kind, joint in (("bracers", "LowerArm"), ("greaves", "LowerLeg")):
        left, right = worn("man", kind)
        assert share(left, (f"left{joint}",)).min() == 1.0
        assert share(right, (f"right{joint}",)).min() == 1.0
        assert left.mesh.verts[:, 0].mean() > 0 > right.mesh.verts[:, 0].mean()


def test_pairs_mirror_each_other_and_face_outwards() -> None:
    for kind in ("bracers", "greaves", "pauldrons"):
        left, right = worn("man", kind)
        assert np.allclose(left.mesh.verts * np.array([-1, 1, 1]), right.mesh.verts, atol=1e-6)
        assert np.allclose(left.mesh.normals * np.array([-1, 1, 1]), right.mesh.normals, atol=1e-3)


def test_a_belt_goes_around_the_waist() -> None:
    belt = worn("man", "belt")[0]
    assert share(belt, ("hips", "spine")).min() > 0.9
    around = np.arctan2(belt.mesh.verts[:, 0], belt.mesh.verts[:, 2] - belt.mesh.verts[:, 2].mean())
    assert np.histogram(around, bins=24, range=(-np.pi, np.pi))[0].min() > 0


def test_a_cape_hangs_behind_the_body_to_the_calves() -> None:
    shaped = person("man")
    cape = worn("man", "cape")[0].mesh.verts
    knee = shaped.skeleton.positions[JOINTS.index("leftLowerLeg"), 1]
    assert cape[:, 1].min() < knee
    below = cape[cape[:, 1] < shaped.skeleton.positions[JOINTS.index("spine"), 1]]
    assert below[:, 2].max() < 0.0


def test_the_lower_cape_follows_hips_and_legs_and_the_collar_the_chest() -> None:
    cape = worn("man", "cape")[0]
    shaped = person("man")
    hip = shaped.skeleton.positions[JOINTS.index("leftUpperLeg"), 1]
    legs = ("hips", "leftUpperLeg", "rightUpperLeg", "leftLowerLeg", "rightLowerLeg")
    assert share(cape, legs)[cape.mesh.verts[:, 1] < hip - 0.05].min() > 0.9
    top = cape.mesh.verts[:, 1] > shaped.skeleton.positions[JOINTS.index("leftUpperArm"), 1] + 0.02
    assert share(cape, ("upperChest", "chest", "leftShoulder", "rightShoulder"))[top].min() > 0.9


def test_a_backpack_is_behind_and_rigid() -> None:
    pack = worn("man", "backpack")[0]
    assert pack.mesh.verts[:, 2].max() < person("man").verts[:BODY_VERTS, 2].mean()
    assert np.allclose(pack.skin.weights, pack.skin.weights[0])


def test_the_same_seed_makes_the_same_cape() -> None:
    again = make_accessory(person("man"), GarmentSpec(kind="cape", fabric="paper"), 5)
    assert np.array_equal(again[0].mesh.verts, worn("man", "cape")[0].mesh.verts)


def test_a_hat_is_no_accessory() -> None:
    with pytest.raises(Gen3dError, match="no accessory"):
        make_accessory(person("man"), GarmentSpec(kind="hat"), 1)


def test_the_section_of_a_square_is_the_square() -> None:
    corners = np.array([[x, y, 0.0] for x in (-1.0, 1.0) for y in (-1.0, 1.0)])
    axes = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    radii = section(corners, np.zeros(3), axes, np.array([0.0, np.pi / 4, np.pi / 2]))
    assert np.allclose(radii, [1.0, np.sqrt(2.0), 1.0])


def test_a_turned_profile_is_a_surface_of_revolution_that_faces_outwards() -> None:
    profile = np.array([[0.0, 1.0], [1.0, 0.5], [1.0, -0.5], [0.0, -1.0]])
    surface = lathe(profile, np.array([2.0, 3.0, 4.0]), columns=16)
    centred = surface.points - np.array([2.0, 3.0, 4.0])
    radius = np.hypot(centred[:, 0], centred[:, 2])
    assert np.allclose(np.unique(np.round(radius, 6)), [0.0, 1.0])
    assert (np.sum(outward_normals(surface) * centred, axis=1) > 0).all()


def test_tubes_and_boxes_face_outwards() -> None:
    path = np.stack([np.linspace(0, 1, 9), np.zeros(9), np.zeros(9)], axis=1)
    for surface in (*tube(path, 0.1), *box((1.0, 0.5, 0.4), path[4], np.eye(3))):
        away = surface.points - path[4] * np.array([1.0, 0.0, 0.0])
        inwards = np.sum(outward_normals(surface) * away, axis=1) < -1e-6
        assert not inwards.any()


def test_a_thickened_sheet_is_watertight() -> None:
    u, v = np.meshgrid(np.linspace(0, 1, 6), np.linspace(0, 1, 5))
    surfaces = thicken(grid(np.stack([u, -v, 0.1 * u * v], axis=-1)), 0.02)
    points = np.concatenate([s.points for s in surfaces])
    starts = np.cumsum([0, *(len(s.points) for s in surfaces[:-1])])
    faces = np.concatenate([s.faces + i for s, i in zip(surfaces, starts, strict=True)])
    _, welded = np.unique(np.round(points, 7), axis=0, return_inverse=True)
    faces = welded.ravel()[faces]
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()


def test_clipping_a_sheet_at_a_level_leaves_a_straight_edge() -> None:
    u, v = np.meshgrid(np.linspace(0, 1, 7), np.linspace(0, 1, 7))
    sheet = grid(np.stack([u, -v, 0.0 * u], axis=-1))
    cut = clip_surface(sheet, sheet.points[:, 0] - 0.43)
    assert cut.points[:, 0].min() == pytest.approx(0.43, abs=0.005)
    assert np.allclose(cut.coords[:, 0], cut.points[:, 0], atol=1e-9)
