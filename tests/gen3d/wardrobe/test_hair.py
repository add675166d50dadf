# SPDX-License-Identifier: Apache-2.0
"""Laws of hair: it covers the scalp, stays out of head and face, follows every head, repeats."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.spatial import KDTree

from gen3d.body import Body, ShapedBody
from gen3d.skeleton import JOINTS
from gen3d.spec import HAIR_STYLES, BodySpec, HairSpec
from gen3d.types import Part
from gen3d.wardrobe.hair import grow_hair
from gen3d.wardrobe.hair_scalp import ear_mask, hairline, head_frame, template
from gen3d.wardrobe.hair_strands import body_collider

GROWN = tuple(style for style in HAIR_STYLES if style != "bald")
HANGING = ("long", "braids", "ponytail")
PEOPLE = {
    "man": BodySpec(sex=0.0, height=1.8),
    "child": BodySpec(age_years=7, height=1.2),
    "heavy": BodySpec(sex=0.0, age_years=75, height=1.7, weight=0.95),
}


@functools.cache
def person(name: str) -> ShapedBody:
    return Body.load().with_shape(PEOPLE[name])


@functools.cache
def hair(name: str, style: str, *, hat: bool = False) -> Part:
    (part,) = grow_hair(person(name), HairSpec(style=style), 3, hat=hat)
    return part


def height_over_skin(shaped: ShapedBody, points: np.ndarray) -> np.ndarray:
    return body_collider(shaped, 0.0, ears=False).distance(points.astype(np.float64))[0]


@pytest.mark.parametrize("style", GROWN)
def test_every_style_is_a_sound_part_within_its_budget(style: str) -> None:
    part = hair("man", style)
    count = len(part.mesh.verts)
    assert part.mesh.faces.max() < count
    assert len(part.mesh.faces) <= 15_000
    assert np.isfinite(part.mesh.verts).all()
    assert np.allclose(np.linalg.norm(part.mesh.normals, axis=1), 1.0, atol=1e-3)
    assert part.mesh.uvs.min() >= 0.0
    assert part.mesh.uvs.max() <= 1.0
    assert np.allclose(part.skin.weights.sum(axis=1), 1.0, atol=1e-5)
    assert part.material.alpha_mode in {"OPAQUE", "MASK"}
    assert not part.morphs


@pytest.mark.parametrize("name", list(PEOPLE))
@pytest.mark.parametrize("style", GROWN)
def test_hair_does_not_sink_into_the_head_or_body(name: str, style: str) -> None:
    height = height_over_skin(person(name), hair(name, style).mesh.verts)
    assert np.mean(height < -0.003) < 0.01


@pytest.mark.parametrize("name", list(PEOPLE))
@pytest.mark.parametrize("style", GROWN)
def test_the_scalp_is_covered_everywhere(name: str, style: str) -> None:
    """Over every scalp vertex well inside the hairline there is hair close to the skin."""
    shaped = person(name)
    skin = np.unique(shaped.data.quads["body"])
    scalp = skin[hairline(shaped.data)[skin] > 0.006]
    gap, _ = KDTree(hair(name, style).mesh.verts).query(shaped.verts[scalp])
    assert len(scalp) > 300
    assert gap.max() < (0.075 if style == "afro" else 0.012)


@pytest.mark.parametrize("style", GROWN)
def test_no_hair_hangs_before_the_eyes(style: str) -> None:
    shaped = person("man")
    eyes = shaped.skeleton.positions[[JOINTS.index("leftEye"), JOINTS.index("rightEye")]]
    verts = hair("man", style).mesh.verts
    before = verts[verts[:, 2] > eyes[0, 2]]
    for eye in eyes:
        assert np.linalg.norm(before[:, :2] - eye[:2], axis=1).min(initial=1.0) > 0.015


@pytest.mark.parametrize("style", ["short", "afro", "bun", "mohawk"])
def test_hair_under_a_hat_lies_flat_above_the_brim(style: str) -> None:
    shaped = person("man")
    verts = hair("man", style, hat=True).mesh.verts
    canonical = head_frame(shaped).canonical(verts.astype(np.float64))
    above = canonical[:, 1] > 0.80
    assert above.any()
    assert height_over_skin(shaped, verts[above]).max() < 0.010


def test_the_same_seed_grows_the_same_hair_and_another_seed_other_hair() -> None:
    shaped = person("man")
    again = grow_hair(shaped, HairSpec(style="bob"), 3)[0]
    other = grow_hair(shaped, HairSpec(style="bob"), 4)[0]
    assert np.array_equal(again.mesh.verts, hair("man", "bob").mesh.verts)
    first, second = (
        again.material.base_color_texture,
        hair("man", "bob").material.base_color_texture,
    )
    assert first is not None
    assert second is not None
    assert np.array_equal(first.pixels, second.pixels)
    same_size = other.mesh.verts.shape == again.mesh.verts.shape
    assert not same_size or not np.allclose(other.mesh.verts, again.mesh.verts)


@pytest.mark.parametrize("style", HANGING)
def test_long_hair_leaves_the_head_joint_towards_the_chest(style: str) -> None:
    shaped = person("man")
    part = hair("man", style)
    head = JOINTS.index("head")
    share = np.where(part.skin.joints == head, part.skin.weights, 0.0).sum(axis=1)
    chin = shaped.skeleton.positions[JOINTS.index("leftEye"), 1] - 0.06
    assert share[part.mesh.verts[:, 1] > chin].min() > 0.5
    low = part.mesh.verts[:, 1] < shaped.skeleton.positions[JOINTS.index("leftUpperArm"), 1]
    assert share[low].max(initial=0.0) < 0.05


def test_short_hair_turns_with_the_head() -> None:
    part = hair("man", "buzz")
    head = JOINTS.index("head")
    share = np.where(part.skin.joints == head, part.skin.weights, 0.0).sum(axis=1)
    assert np.median(share) > 0.99


def test_bald_is_bare() -> None:
    assert grow_hair(person("man"), HairSpec(style="bald"), 1) == ()


def test_the_colour_reaches_the_texture() -> None:
    means = []
    for color in ((0.02, 0.01, 0.01), (0.5, 0.3, 0.1)):
        (part,) = grow_hair(person("man"), HairSpec(style="buzz", color=color), 1)
        assert part.material.base_color_texture is not None
        means.append(part.material.base_color_texture.pixels[..., 0].mean())
    assert means[1] > means[0] + 60


def test_the_hairline_excludes_ears_and_face_and_is_symmetric() -> None:
    data = person("man").data
    field = hairline(data)
    points = template(data)
    assert field[ear_mask(data)].max() < 0.0
    face = (points[:, 2] > 0.12) & (points[:, 1] < 0.76) & (points[:, 1] > 0.6)
    assert field[face].max() < 0.0
    gap, twin = KDTree(points).query(points * np.array([-1.0, 1.0, 1.0]))
    near = gap < 1e-4
    assert np.allclose(field[near], field[np.asarray(twin)[near]], atol=1e-3)


def test_the_head_frame_maps_the_scalp_of_a_child_onto_the_template() -> None:
    shaped = person("child")
    frame = head_frame(shaped)
    scalp = hairline(shaped.data) > 0
    mapped = frame.canonical(shaped.verts[scalp].astype(np.float64))
    assert np.abs(mapped - template(shaped.data)[scalp]).mean() < 0.004
    assert np.allclose(frame.actual(mapped), shaped.verts[scalp], atol=1e-6)


def test_a_longer_beard_reaches_lower_and_follows_the_jaw() -> None:
    shaped = person("man")
    lows = []
    for length in (0.3, 0.6, 1.0):
        (beard,) = grow_hair(shaped, HairSpec(style="bald", beard=length), 2)
        assert beard.group == "Beard"
        assert "jawOpen" in beard.morphs
        assert beard.morphs["jawOpen"][:, 1].min() < -0.005
        lows.append(beard.mesh.verts[:, 1].min())
    assert lows[0] > lows[1] > lows[2]


def test_a_beard_leaves_the_lips_free() -> None:
    shaped = person("man")
    (beard,) = grow_hair(shaped, HairSpec(style="bald", beard=0.4), 2)
    canonical = head_frame(shaped).canonical(beard.mesh.verts.astype(np.float64))
    lips = np.hypot(canonical[:, 0] / 0.02, (canonical[:, 1] - 0.661) / 0.006) < 1.0
    assert np.mean(lips) < 0.03
