# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from gen3d.render.coverage import covered_faces, measure
from gen3d.types import Material, Mesh, Part

CLOTH = Material("cloth", double_sided=True)


def _above(mesh: Mesh, height: float) -> Mesh:
    keep = mesh.verts[mesh.faces].mean(axis=1)[:, 1] > height
    return replace(mesh, faces=mesh.faces[keep])


@pytest.fixture(name="ball")
def _ball(shapes: ModuleType) -> Part:
    return shapes.part(shapes.sphere(0.5, (0.0, 1.0, 0.0), rows=48), "body")


def test_a_shell_covers_the_faces_below_it_and_not_those_at_its_hem(
    shapes: ModuleType, ball: Part
) -> None:
    shell = _above(shapes.sphere(0.51, (0.0, 1.0, 0.0), rows=48), 1.0)
    covered = covered_faces(ball, (shapes.part(shell, "t_shirt", CLOTH),))
    height = ball.mesh.verts[ball.mesh.faces].mean(axis=1)[:, 1]
    assert covered[height > 1.1].all()
    assert not covered[height < 1.02].any()


def test_a_shell_farther_than_three_centimetres_covers_nothing(
    shapes: ModuleType, ball: Part
) -> None:
    shell = shapes.sphere(0.56, (0.0, 1.0, 0.0), rows=48)
    assert not covered_faces(ball, (shapes.part(shell, "robe", CLOTH),)).any()


def test_a_closed_garment_over_skin_shows_none(shapes: ModuleType, ball: Part) -> None:
    shell = shapes.part(shapes.sphere(0.51, (0.0, 1.0, 0.0), rows=48), "t_shirt", CLOTH)
    found = measure(shapes.character(ball, shell), ball, shapes.still(1), height_px=96)
    assert found.covered_px > 1000
    assert found.skin_px == 0
    assert found.hole_px == 0


def _with_patch(ball: Part, patch: float) -> Part:
    """Skin pushed out through the cloth inside a cone around +Z."""
    axis = (ball.mesh.verts - [0.0, 1.0, 0.0])[:, 2] / 0.5
    out = ball.mesh.normals * np.where(axis > patch, np.float32(0.03), np.float32(0.0))[:, None]
    return replace(ball, mesh=replace(ball.mesh, verts=(ball.mesh.verts + out).astype(np.float32)))


def test_skin_pushed_through_cloth_is_counted_by_its_area(shapes: ModuleType, ball: Part) -> None:
    # Cloth covers the rest pose; the posed figure is simulated by comparing with pushed-out skin,
    # whose rest pose is covered by a wide second layer that the dressed figure does not wear.
    pushed = _with_patch(ball, 0.9)
    shell = shapes.part(shapes.sphere(0.51, (0.0, 1.0, 0.0), rows=48), "t_shirt", CLOTH)
    outer = shapes.part(shapes.sphere(0.54, (0.0, 1.0, 0.0), rows=48), "t_shirt", CLOTH)
    # The outer layer hangs on another joint, which the clip carries away.
    outer = replace(outer, skin=shapes.bound_to(20, len(outer.mesh.verts)))
    clip = shapes.still(1)
    joints = clip.rotations.copy()
    dressed = shapes.character(pushed, shell, outer)
    rest = measure(dressed, pushed, clip, views=1, height_px=128)
    assert rest.skin_px == 0
    joints[:, 20] = [0.0, 1.0, 0.0, 0.0]  # half a turn about x lifts it above the figure
    moved = measure(dressed, pushed, replace(clip, rotations=joints), views=1, height_px=128)
    # A cone of cosine 0.9 covers 1 - 0.81 of a disc seen along its axis.
    assert moved.skin_share == pytest.approx(0.19, abs=0.07)


def test_culled_skin_under_an_opening_is_a_hole(shapes: ModuleType, ball: Part) -> None:
    shell = shapes.sphere(0.51, (0.0, 1.0, 0.0), rows=48)
    gap = shell.verts[shell.faces].mean(axis=1)[:, 2] > 0.46
    still = shapes.part(replace(shell, faces=shell.faces[~gap]), "t_shirt", CLOTH)
    flap = replace(
        shapes.part(replace(shell, faces=shell.faces[gap]), "t_shirt", CLOTH),
        skin=shapes.bound_to(20, len(shell.verts)),
    )
    clip = shapes.still(1)
    opened = clip.rotations.copy()
    opened[:, 20] = [0.0, 1.0, 0.0, 0.0]
    culled = replace(ball, mesh=replace(ball.mesh, faces=ball.mesh.faces[:1]))
    dressed = shapes.character(culled, still, flap)
    shut = measure(dressed, ball, clip, views=1, height_px=128)
    wide = measure(dressed, ball, replace(clip, rotations=opened), views=1, height_px=128)
    assert shut.hole_share < 0.01
    assert wide.hole_share > 0.05
    assert wide.skin_px == 0
