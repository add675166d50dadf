# SPDX-License-Identifier: Apache-2.0
"""Laws of headgear: it sits outside the head, follows the right joints, fits every head."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from gen3d.body import Body, ShapedBody
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS
from gen3d.spec import BodySpec, GarmentSpec
from gen3d.types import Part
from gen3d.wardrobe.headgear import covers_hair, make_headgear
from gen3d.wardrobe.headgear_shell import head_points, head_shell
from gen3d.wardrobe.outfit import HEADGEAR

KINDS = sorted(HEADGEAR)
HELMETS = (("metal", 0.5), ("plastic", 0.8), ("canvas", 0.1))


@functools.cache
def person(height: float = 1.8, age: float = 28.0) -> ShapedBody:
    return Body.load().with_shape(BodySpec(height=height, age_years=age))


@functools.cache
def worn(kind: str, fabric: str = "cotton", grey: float = 0.4) -> tuple[Part, ...]:
    garment = GarmentSpec(kind=kind, fabric=fabric, color=(grey, grey, grey))
    return make_headgear(person(), garment, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made_of_sound_parts(kind: str) -> None:
    for part in worn(kind):
        assert part.slot == kind
        assert part.mesh.faces.max() < len(part.mesh.verts)
        assert np.isfinite(part.mesh.verts).all()
        assert np.allclose(part.skin.weights.sum(axis=1), 1.0, atol=1e-5)
        assert part.mesh.uvs.min() >= 0.0
        assert part.mesh.uvs.max() <= 1.0


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"hood", "face_mask"}))
def test_rigid_headgear_follows_the_head_alone(kind: str) -> None:
    head = JOINTS.index("head")
    for part in worn(kind):
        assert np.all(part.skin.joints[:, 0] == head)
        assert np.all(part.skin.weights[:, 0] == 1.0)


@pytest.mark.parametrize("kind", ["hat", "wizard_hat", "cap", "toque", "crown"])
def test_hats_leave_room_for_flat_hair(kind: str) -> None:
    """Every outer vertex is outside the head's hull by at least half a centimetre."""
    shell = head_shell(person(), ears=False, above=0.73)
    offset = worn(kind)[0].mesh.verts.astype(np.float64) - shell.centre
    distance = np.linalg.norm(offset, axis=1)
    gap = distance - shell.radius(offset / distance[:, None])
    assert gap.min() > 0.005


@pytest.mark.parametrize(("fabric", "grey"), HELMETS)
def test_helmets_enclose_the_crown_of_the_head(fabric: str, grey: float) -> None:
    shaped = person()
    parts = worn("helmet", fabric, grey)
    top = shaped.verts[: len(head_points(shaped))][head_points(shaped)][:, 1].max()
    assert max(p.mesh.verts[:, 1].max() for p in parts) > top + 0.01


def test_the_hull_contains_the_head_and_touches_it() -> None:
    shaped = person()
    shell = head_shell(shaped, ears=True, above=0.0)
    points = shaped.verts[: len(head_points(shaped))][head_points(shaped)].astype(np.float64)
    offset = points - shell.centre
    distance = np.linalg.norm(offset, axis=1)
    gap = shell.radius(offset / distance[:, None]) - distance
    assert gap.min() > -1e-6
    assert gap.min() < 1e-6


def test_a_face_mask_moves_with_the_mouth_and_hides_it() -> None:
    shaped = person()
    mask = worn("face_mask")[0]
    assert mask.morphs["jawOpen"][:, 1].min() < -0.005
    # Straight in front of the lips there is cloth.
    lip = np.argmax(np.abs(shaped.face_morphs["mouthPucker"]).sum(axis=1))
    point = shaped.verts[lip]
    near = np.hypot(*(mask.mesh.verts[:, :2] - point[:2]).T) < 0.012
    assert mask.mesh.verts[near, 2].max() > point[2]


def test_a_medical_mask_has_ear_loops() -> None:
    parts = worn("face_mask", "paper")
    assert len(parts) == 2
    ears = 0.07
    assert np.abs(parts[1].mesh.verts[:, 0]).max() > ears


def test_a_hood_blends_from_head_to_neck() -> None:
    (hood,) = worn("hood")
    head = JOINTS.index("head")
    share = np.where(hood.skin.joints == head, hood.skin.weights, 0.0).sum(axis=1)
    high = hood.mesh.verts[:, 1] > person().skeleton.positions[JOINTS.index("leftEye"), 1]
    assert share[high].min() > 0.99
    assert share[hood.mesh.verts[:, 1].argmin()] < 0.5


def test_glasses_sit_before_the_eyes_and_sunglasses_are_dark() -> None:
    eye = person().skeleton.positions[JOINTS.index("leftEye")]
    for kind, mode in (("glasses", "BLEND"), ("sunglasses", "OPAQUE")):
        _, lenses = worn(kind)
        near = np.hypot(*(lenses.mesh.verts[:, :2] - eye[:2]).T) < 0.01
        assert near.any()
        assert lenses.mesh.verts[near, 2].min() > eye[2] + 0.01
        assert lenses.material.alpha_mode == mode


def test_headgear_scales_with_the_head() -> None:
    garment = GarmentSpec(kind="cap")
    (small,) = make_headgear(person(1.1, 6.0), garment, 5)
    (large,) = worn("cap")
    assert np.ptp(small.mesh.verts[:, 0]) < 0.97 * np.ptp(large.mesh.verts[:, 0])


def test_what_covers_hair_is_told() -> None:
    assert covers_hair("helmet") == "all"
    assert covers_hair("cap") == "top"
    assert covers_hair("glasses") == "none"


def test_a_shoe_is_no_headgear() -> None:
    with pytest.raises(Gen3dError, match="not worn on the head"):
        make_headgear(person(), GarmentSpec(kind="shoes"), 1)
