# SPDX-License-Identifier: Apache-2.0
"""Parts of the face: where they sit, and that they move with the face."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from gen3d.body.body import Body, ShapedBody
from gen3d.spec import BodySpec, HairSpec, SkinSpec
from gen3d.types import Part
from gen3d.wardrobe.face import face_parts
from gen3d.wardrobe.skin_regions import eye_frame

_PEOPLE = {
    "man": BodySpec(height=1.82),
    "woman": BodySpec(sex=1.0, height=1.63, asian=1.0, african=0.0, caucasian=0.0),
    "child": BodySpec(age_years=6, height=1.15),
    "giant": BodySpec(height=2.5, weight=0.9, african=1.0, asian=0.0, caucasian=0.0),
}


@functools.cache
def _person(name: str) -> ShapedBody:
    return Body.load().with_shape(_PEOPLE[name])


@functools.cache
def _parts(name: str) -> dict[str, Part]:
    return {p.name: p for p in face_parts(_person(name), SkinSpec(), HairSpec(), 5)}


@pytest.mark.parametrize("name", _PEOPLE)
def test_all_parts_join_the_body_with_all_morphs_and_whole_weights(name: str) -> None:
    parts = _parts(name)
    assert {p.slot for p in parts.values()} == {"eye", "mouth", "lash", "brow"}
    for part in parts.values():
        assert part.group == "Body"
        assert set(part.morphs) == set(_person(name).face_morphs)
        np.testing.assert_allclose(part.skin.weights.sum(axis=1), 1.0, atol=1e-5)
        assert part.mesh.uvs.min() >= 0.0
        assert part.mesh.uvs.max() <= 1.0
        assert np.isfinite(part.mesh.verts).all()


@pytest.mark.parametrize("name", _PEOPLE)
def test_eyes_face_forward_on_their_joints_and_inside_the_coarse_eyeball(name: str) -> None:
    person = _person(name)
    _, unit = eye_frame(person)
    for side in ("left", "right"):
        eye = _parts(name)[f"{side}_eye"]
        centre = person.skeleton.positions[person.skeleton.index(f"{side}Eye")]
        pole = eye.mesh.verts[0] - centre
        assert pole[2] > 0.45 * unit
        assert np.hypot(pole[0], pole[1]) < 0.12 * pole[2]
        outward = eye.mesh.verts - centre
        assert (np.sum(outward * eye.mesh.normals, axis=1) > 0).all()
        radius = np.linalg.norm(outward, axis=1)
        assert radius.max() < 1.12 * radius.min()


def test_left_and_right_mirror_each_other() -> None:
    parts = _parts("man")
    left, right = parts["left_eye"].mesh.verts, parts["right_eye"].mesh.verts
    np.testing.assert_allclose(left[0] * [-1, 1, 1], right[0], atol=2e-4)
    brows = parts["brows"].mesh.verts
    assert brows[:, 0].max() == pytest.approx(-brows[:, 0].min(), abs=2e-4)


@pytest.mark.parametrize(
    ("part", "morph"),
    [
        ("brows", "browInnerUp"),
        ("brows", "browOuterUpLeft"),
        ("left_eye", "eyeLookUpLeft"),
        ("teeth", "jawOpen"),
        ("tongue", "tongueOut"),
        ("lashes", "eyeBlinkRight"),
    ],
)
def test_pieces_move_with_their_expressions(part: str, morph: str) -> None:
    offsets = _parts("man")[part].morphs[morph]
    assert np.linalg.norm(offsets, axis=1).max() > 1.5e-3


def test_looking_up_turns_the_pupil_up_and_leaves_the_other_eye() -> None:
    parts = _parts("man")
    assert parts["left_eye"].morphs["eyeLookUpLeft"][0, 1] > 1e-3
    assert not parts["right_eye"].morphs["eyeLookUpLeft"].any()


@pytest.mark.parametrize("name", _PEOPLE)
def test_brows_lie_above_the_eyes_just_off_the_skin(name: str) -> None:
    person, brows = _person(name), _parts(name)["brows"]
    origin, unit = eye_frame(person)
    alpha = brows.material.base_color_texture
    assert alpha is not None
    uv = np.minimum((brows.mesh.uvs * [512, 256]).astype(int), [511, 255])
    hairy = alpha.pixels[uv[:, 1], uv[:, 0], 3] > 60
    heights = (brows.mesh.verts[hairy, 1] - origin[1]) / unit
    assert hairy.sum() >= 6
    assert 0.1 < heights.min() < heights.max() < 1.1
    gap = np.linalg.norm(brows.mesh.verts[:, None] - person.verts[None, :13380], axis=2).min(axis=1)
    assert 0.5e-4 < gap.min() <= gap.max() < 1.2e-3


@pytest.mark.parametrize("name", _PEOPLE)
def test_closed_lips_hide_the_teeth(name: str) -> None:
    person, teeth = _person(name), _parts(name)["teeth"]
    origin, unit = eye_frame(person)
    head = (person.verts[:13380] - origin) / unit
    lips = head[(np.abs(head[:, 0]) < 0.5) & (head[:, 1] > -3.0) & (head[:, 1] < -1.9)]
    front = (teeth.mesh.verts[:, 2].max() - origin[2]) / unit
    assert front < lips[:, 2].max() - 0.1


def test_triangles_of_the_eyeball_face_outwards_and_metal_has_no_hair() -> None:
    eye = _parts("man")["left_eye"].mesh
    corners = eye.verts[eye.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.sum(normal * (corners.mean(axis=1) - eye.verts.mean(axis=0)), axis=1) > 0).all()
    robot = face_parts(_person("man"), SkinSpec(metallic=1.0), HairSpec(), 5)
    assert {p.slot for p in robot} == {"eye", "mouth"}


def test_glowing_eyes_light_the_iris_only() -> None:
    skin = SkinSpec(eye_glow=2.0, eye_color=(0.6, 0.0, 0.0))
    parts = {p.name: p for p in face_parts(_person("man"), skin, HairSpec(), 5)}
    assert parts["left_eye"].material.emissive == (0.0, 0.0, 0.0)
    assert parts["left_eye_iris"].material.emissive[0] == pytest.approx(2.0)
    whole = _parts("man")["left_eye"].mesh.faces
    split = len(parts["left_eye"].mesh.faces) + len(parts["left_eye_iris"].mesh.faces)
    assert split == len(whole)
