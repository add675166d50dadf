# SPDX-License-Identifier: Apache-2.0
"""Derivatives against differences, similarities against each other, weights against themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d import transforms
from gen3d.body import Body
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.errors import Gen3dError
from gen3d.rigging.fitted import FittedBody
from gen3d.rigging.mannequin import BODY, SHAPE, USUAL, Mannequin, Stance, t_pose
from gen3d.rigging.placement import faced, place
from gen3d.rigging.shell import Shell, shell_of
from gen3d.rigging.weights import transfer
from gen3d.skeleton import JOINTS


def _stance() -> Stance:
    rng = np.random.default_rng(3)
    turns = np.concatenate([np.ones((len(BODY), 1)), 0.2 * rng.normal(size=(len(BODY), 3))], 1)
    return Stance(USUAL, 1.1, np.array([0.1, 0.9, -0.2]), transforms.normalize(turns))


def _nudged(stance: Stance, number: int, step: float) -> Stance:
    """One of the numbers of the Jacobian, changed."""
    if number < 3:
        return replace(stance, place=stance.place + step * np.eye(3)[number])
    if number == 3:
        return replace(stance, scale=stance.scale * np.exp(step))
    joint, axis = divmod(number - 4, 3)
    turns = stance.turns.copy()
    small = transforms.from_axis_angle(np.eye(3)[axis], step)
    turns[joint] = transforms.multiply(turns[joint], small)
    return replace(stance, turns=turns)


def test_derivatives_of_the_pose_are_what_differences_say() -> None:
    mannequin = Mannequin.load().thinned(20)
    rest, stance, step = mannequin.rest(USUAL), _stance(), 1e-5
    jacobian = mannequin.jacobian(rest, stance, mannequin.pose(rest, stance))
    for number in range(4 + 3 * len(BODY)):
        ends = [mannequin.pose(rest, _nudged(stance, number, s)).points for s in (step, -step)]
        slope = (ends[0] - ends[1]) / (2.0 * step)
        np.testing.assert_allclose(jacobian[:, :, number], slope, atol=1e-6)


def test_derivatives_of_the_shape_are_what_differences_of_its_linear_model_say() -> None:
    mannequin = Mannequin.load().thinned(20)
    rest, stance, step = mannequin.rest(USUAL), _stance(), 1e-4
    jacobian = mannequin.jacobian(rest, stance, mannequin.pose(rest, stance))
    for number in range(len(SHAPE)):
        change = step * np.eye(len(SHAPE))[number]
        ends = [mannequin.pose(rest.moved(USUAL + s * change), stance).points for s in (1, -1)]
        slope = (ends[0] - ends[1]) / (2.0 * step)
        np.testing.assert_allclose(jacobian[:, :, 4 + 3 * len(BODY) + number], slope, atol=1e-6)


def test_the_reduced_body_space_agrees_with_the_whole_one() -> None:
    mannequin = Mannequin.load().thinned(7)
    shape = USUAL + 0.2
    whole, _ = t_pose(mannequin.body, shape)
    rest = mannequin.rest(shape)
    other = shape.copy()
    other[3] += 0.05
    moved, _ = t_pose(mannequin.body, other)
    change = (moved - whole)[mannequin.samples] / 0.05
    np.testing.assert_allclose(rest.points_by_shape[3], change, atol=1e-4)


@pytest.mark.parametrize(
    ("tall", "unit"), [(1.7, 1.0), (0.3, 1.0), (170.0, 0.01), (1700.0, 0.001), (0.017, 100.0)]
)
def test_a_height_that_no_figure_has_in_metres_is_another_unit(tall: float, unit: float) -> None:
    box = tall * np.array([[-0.3, 0.0, -0.1], [0.3, 1.0, 0.1]])
    assert place(box).size == unit
    assert place(box, height=1.2).size == pytest.approx(1.2 / tall)


def test_all_ways_from_the_file_to_ours_agree() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3)) * [0.5, 0.2, 1.0]
    placement = faced(place(points, 1.6), np.array([0.1, 0.9, 0.2]), np.array([1.0, 0.0, 0.1]))
    assert placement.upright[1, 2] == 1.0
    within = placement.into_fit(points)
    np.testing.assert_allclose(placement.out_of_fit(within), points, atol=1e-12)
    matrix = placement.T_ours_file
    np.testing.assert_allclose(
        placement.into_ours(within), points @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-12
    )
    assert np.ptp(placement.into_ours(within)[:, 1]) == pytest.approx(1.6)


def test_a_flat_figure_is_refused() -> None:
    with pytest.raises(Gen3dError, match="flat"):
        place(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, 2.0, 0.0]]))


def test_what_is_behind_a_surface_is_not_in_the_shell() -> None:
    inner, outer = _cube(0.3), _cube(0.5)
    verts = np.concatenate([inner[0], outer[0]])
    # The outer box is inside out: normals are turned to who looks.
    faces = np.concatenate([inner[1], outer[1][:, ::-1] + 8])
    shell = shell_of(verts, faces)
    np.testing.assert_allclose(np.abs(shell.points).max(axis=1), 0.5, atol=1e-4)
    assert (np.einsum("pa,pa->p", shell.points, shell.normals) > 0.0).all()


def _cube(half: float) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    return corners, triangulate(np.array(quads))


@pytest.fixture(scope="module")
def bare() -> tuple[FittedBody, Shell]:
    """The usual body in the T-pose, fitted to itself."""
    body = Body.load()
    verts, joints = t_pose(body, USUAL)
    verts, faces = verts[:BODY_VERTS], triangulate(body.data.quads["body"])
    normals = vertex_normals(verts, faces).astype(np.float64)
    weights, ahead = body.weights[:BODY_VERTS], np.array([0.0, 0.0, 1.0])
    return FittedBody(verts, faces, normals, weights, joints, ahead), shell_of(verts, faces)


def test_the_body_gets_its_own_weights_back(bare: tuple[FittedBody, Shell]) -> None:
    body, shell = bare
    skin = transfer(body, shell, body.verts, body.faces)
    dense = np.zeros_like(body.weights)
    np.add.at(dense, (np.arange(len(dense))[:, None], skin.joints), skin.weights)
    moved = 0.5 * np.abs(dense - body.weights).sum(axis=1)
    assert moved.mean() < 0.1
    # Where a bone rules alone it still does, a smoothing length away from its ends.
    ruled = body.weights.max(axis=1) > 0.999
    assert moved[ruled].mean() < 0.05


def test_a_button_gets_one_set_of_weights_and_a_skirt_both_legs(
    bare: tuple[FittedBody, Shell],
) -> None:
    body, _ = bare
    corners, faces = _cube(0.01)
    chest = body.joints[JOINTS.index("upperChest")]
    button = corners + chest + [0.0, 0.0, 0.12]
    sheet = _sheet(body.joints[JOINTS.index("hips")])
    verts = np.concatenate([body.verts, button, sheet[0]])
    whole = np.concatenate(
        [body.faces, faces + len(body.verts), sheet[1] + len(body.verts) + len(button)]
    )
    skin = transfer(body, shell_of(verts, whole), verts, whole)
    own = slice(len(body.verts), len(body.verts) + len(button))
    assert np.ptp(skin.weights[own], axis=0).max() < 1e-6
    assert (skin.joints[own] == skin.joints[own][:1]).all()
    dense = np.zeros((len(sheet[0]), len(JOINTS)))
    hem = slice(len(body.verts) + len(button), None)
    np.add.at(dense, (np.arange(len(dense))[:, None], skin.joints[hem]), skin.weights[hem])
    middle = np.abs(sheet[0][:, 0] - body.joints[JOINTS.index("hips")][0]) < 0.011
    legs = [JOINTS.index(f"{side}UpperLeg") for side in ("left", "right")]
    low = middle & (sheet[0][:, 1] < sheet[0][:, 1].mean())
    assert dense[low][:, legs].min() > 0.15
    np.testing.assert_allclose(*dense[low][:, legs].mean(axis=0), atol=0.1)


def _sheet(hips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The front of a skirt, 40 cm wide and 40 cm long, a hand's width before the thighs."""
    columns, rows = np.meshgrid(np.linspace(-0.2, 0.2, 41), np.linspace(0.0, -0.4, 41))
    points = np.stack([columns.ravel(), rows.ravel(), np.full(41 * 41, 0.17)], axis=1)
    start = (np.arange(40)[:, None] * 41 + np.arange(40)).ravel()
    quads = np.stack([start, start + 41, start + 42, start + 1], axis=1)
    return points + hips, triangulate(quads)
