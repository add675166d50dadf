# SPDX-License-Identifier: Apache-2.0
"""The mannequin of motions without a character."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gen3d.check.khronos import validate
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.figure import figure_of, write_figure
from motion.finish import finish
from tests.consumers.locate import validator


def test_every_bone_has_a_closed_piece_whose_faces_look_outwards(body: Skeleton) -> None:
    figure = figure_of(body)
    mesh, skin = figure.parts[0].mesh, figure.parts[0].skin
    a, b, c = (mesh.verts[mesh.faces[:, i]].astype(np.float64) for i in range(3))
    pieces = skin.joints[mesh.faces[:, 0], 0]
    for joint in np.unique(pieces):
        mine = pieces == joint
        volume = np.einsum("fi,fi->f", a[mine], np.cross(b[mine], c[mine])).sum() / 6.0
        assert volume > 0.0
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    middle = mesh.normals[mesh.faces].mean(axis=1)
    assert (np.sum(normal * middle, axis=1) > 0.0).mean() > 0.99
    assert {body.names[j] for j in np.unique(skin.joints)} >= {"head", "leftHand", "rightFoot"}
    assert 0.8 < figure.height / (body.positions[body.index("head"), 1] * 1.12) < 1.2


def test_a_motion_without_a_character_is_a_file_that_validates(
    adult: Skeleton, tmp_path: Path
) -> None:
    clip = finish(play(entry("program:wave"), 0), adult).clip
    write_figure(tmp_path / "motion.glb", adult, clip, extras={"seed": 0})
    verdict = validate(tmp_path / "motion.glb", validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    again = to_character(read_glb(tmp_path / "motion.glb"))
    assert again.clips[0].name == clip.name
    np.testing.assert_allclose(again.clips[0].hips_positions, clip.hips_positions, atol=1e-5)
