# SPDX-License-Identifier: Apache-2.0
"""Laws of the body: metres are metres, words' numbers move geometry, every stage is well formed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gen3d import transforms
from gen3d.body import Body
from gen3d.body.data import BODY_VERTS
from gen3d.body.phenotype import variation_weights
from gen3d.body.surface import four_influences, triangulate
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.spec import BodySpec


@pytest.fixture(scope="module")
def body() -> Body:
    return Body.load()


def volume(body: Body, spec: BodySpec) -> float:
    shaped = body.with_shape(spec)
    a, b, c = shaped.verts[triangulate(shaped.data.quads["body"])].transpose(1, 0, 2)
    return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6.0)


@pytest.mark.parametrize(
    "spec",
    [
        BodySpec(height=1.75),
        BodySpec(sex=1, height=1.5, age_years=80),
        BodySpec(age_years=6, height=1.15),
        BodySpec(height=2.4, muscle=1, weight=0.8),
        BodySpec(height=0.8, age_years=2),
    ],
)
def test_a_body_has_exactly_the_height_asked_and_stands_on_the_ground(
    body: Body, spec: BodySpec
) -> None:
    shaped = body.with_shape(spec)
    skin = shaped.verts[:BODY_VERTS]
    assert np.ptp(skin[:, 1]) == pytest.approx(spec.height, abs=1e-4)
    assert skin[:, 1].min() == pytest.approx(0.0, abs=1e-5)


def test_the_rest_pose_is_a_t_pose_with_arms_along_x_and_palms_down(body: Body) -> None:
    shaped = body.with_shape(BodySpec())
    at = dict(zip(JOINTS, shaped.skeleton.positions, strict=True))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = at[f"{side}Hand"] - at[f"{side}UpperArm"]
        assert np.allclose(arm / np.linalg.norm(arm), [sign, 0, 0], atol=1e-5)
        across = at[f"{side}IndexProximal"] - at[f"{side}LittleProximal"]
        assert across[2] > 0.9 * np.linalg.norm(across[1:])
    assert at["leftEye"][2] > at["head"][2]


def test_the_skeleton_is_symmetric(body: Body) -> None:
    positions = body.with_shape(BodySpec(sex=1)).skeleton.positions
    left = [i for i, name in enumerate(JOINTS) if name.startswith("left")]
    right = [JOINTS.index(JOINTS[i].replace("left", "right")) for i in left]
    assert np.allclose(positions[left] * [-1, 1, 1], positions[right], atol=1e-6)


def test_more_weight_muscle_and_height_each_make_more_body(body: Body) -> None:
    plain = volume(body, BodySpec())
    assert volume(body, BodySpec(weight=0.9)) > 1.2 * plain
    assert volume(body, BodySpec(weight=0.1)) < 0.9 * plain
    assert volume(body, BodySpec(muscle=1.0)) > 1.02 * plain
    assert volume(body, BodySpec(height=1.95)) > 1.1 * plain


def test_interpolation_weights_of_every_axis_sum_to_one() -> None:
    for age in (0.0, 1.0, 7.0, 30.0, 99.0):
        spec = BodySpec(age_years=max(age, 1.0), african=0, asian=0, caucasian=0)
        values = {k: torch.tensor(float(v)) for k, v in spec.model_dump().items() if k != "details"}
        weights = variation_weights(values | {"stature": torch.tensor(0.3)})
        for start, end in ((0, 3), (3, 5), (5, 10), (10, 13), (13, 16), (16, 18), (18, 20)):
            assert float(weights[start:end].sum()) == pytest.approx(1.0, abs=1e-5)


def test_weights_sum_to_one_and_four_influences_keep_almost_all(body: Body) -> None:
    shaped = body.with_shape(BodySpec())
    assert np.allclose(shaped.weights.sum(axis=1), 1.0, atol=1e-5)
    skin = four_influences(shaped.weights)
    assert np.allclose(skin.weights.sum(axis=1), 1.0, atol=1e-6)
    kept = np.take_along_axis(shaped.weights, skin.joints.astype(np.int64), axis=1)
    assert (kept * (skin.weights > 0)).sum(axis=1).min() > 0.8


def test_the_identity_pose_is_the_rest_pose_and_a_turned_root_turns_everything(body: Body) -> None:
    shaped = body.with_shape(BodySpec())
    rest = np.tile(transforms.IDENTITY, (len(PARENTS), 1))
    assert np.allclose(shaped.with_pose(rest).verts, shaped.verts, atol=1e-5)
    turn = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), 0.7)
    rest[0] = turn
    expected = transforms.rotate(np.broadcast_to(turn, (len(shaped.verts), 4)), shaped.verts)
    assert np.allclose(shaped.with_pose(rest).verts, expected, atol=1e-4)


def test_there_are_52_face_shapes_that_move_the_head_only(body: Body) -> None:
    shaped = body.with_shape(BodySpec())
    assert len(shaped.face_morphs) == 52
    chin = shaped.skeleton.positions[JOINTS.index("neck")][1]
    for name, offsets in shaped.face_morphs.items():
        moved = np.abs(offsets[:BODY_VERTS]).max(axis=1) > 1e-4
        assert shaped.verts[:BODY_VERTS][moved][:, 1].min(initial=np.inf) > chin - 0.06, name
    jaw = shaped.face_morphs["jawOpen"][:BODY_VERTS]
    assert jaw[:, 1].min() < -0.01


def test_a_detail_moves_both_sides_and_an_unknown_one_names_its_neighbour(body: Body) -> None:
    wide = body.with_shape(BodySpec(details={"measure-shoulder-dist-incr": 1.0}))
    plain = body.with_shape(BodySpec())
    index = JOINTS.index("leftUpperArm")
    assert wide.skeleton.positions[index, 0] > plain.skeleton.positions[index, 0] + 0.005
    with pytest.raises(Gen3dError) as caught:
        body.with_shape(BodySpec(details={"measure-shoulder-dist-inc": 1.0}))
    assert "measure-shoulder-dist-incr" in caught.value.hint


def test_the_same_numbers_give_the_same_bytes(body: Body) -> None:
    spec = BodySpec(sex=0.4, age_years=44, weight=0.7)
    assert body.with_shape(spec).verts.tobytes() == body.with_shape(spec).verts.tobytes()
