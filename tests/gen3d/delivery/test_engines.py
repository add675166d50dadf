# SPDX-License-Identifier: Apache-2.0
"""The GLB where games run: in three.js in a browser, and in Godot's importer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from gen3d.check.names import ARKIT
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.render.skinning import clip_matrices
from gen3d.skeleton import JOINTS, NAMINGS, PARENTS
from gen3d.types import Character
from tests.consumers import godot, three_js
from tests.consumers.browser import chromium
from tests.consumers.mannequin import HEIGHT, box_humanoid

# Of a clip, as both consumers look at it: a whole frame at 24 and at 30 a second.
MOMENT = 5 / 6


def bounds(figure: Character, clip: int, share: float) -> dict[str, np.ndarray]:
    """Where our own arithmetic puts a clip's figure."""
    matrices = clip_matrices(figure.skeleton, figure.clips[clip])
    moves = matrices[round(share * (len(matrices) - 1))]
    points: list[np.ndarray] = []
    for part in figure.parts:
        blended = np.einsum("vk,vkij->vij", part.skin.weights, moves[part.skin.joints])
        points.append(np.einsum("vij,vj->vi", blended[..., :3], part.mesh.verts) + blended[..., 3])
    every = np.concatenate(points)
    return {"low": every.min(axis=0), "high": every.max(axis=0)}


@pytest.fixture(scope="module")
def figure(exported: Path) -> Character:
    return to_character(read_glb(exported / "character.glb"))


@pytest.fixture(scope="module")
def drawn(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    picture = tmp_path_factory.mktemp("three") / "figure.png"
    with chromium() as browser:
        return {**three_js.look(browser, exported / "character.glb", picture), "picture": picture}


@pytest.fixture(scope="module")
def imported(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return godot.look(exported / "character.glb", tmp_path_factory.mktemp("godot"))


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What one of the engines found."""
    return request.getfixturevalue(request.param)


BOTH = pytest.mark.parametrize("seen", ["drawn", "imported"], indirect=True)


@BOTH
def test_the_figure_stands_upright_on_the_ground_at_its_height(seen: dict[str, Any]) -> None:
    low, high = np.array(seen["rest"]["low"]), np.array(seen["rest"]["high"])
    assert high[1] == pytest.approx(HEIGHT, rel=0.01)
    assert low[1] == pytest.approx(0.0, abs=0.002)
    # Arms along X, and no part of it as deep as it is wide or high.
    assert high[0] - low[0] == pytest.approx(HEIGHT, rel=0.1)
    assert high[2] - low[2] < 0.3


@BOTH
def test_clips_move_it_as_our_own_arithmetic_does(seen: dict[str, Any], figure: Character) -> None:
    assert set(seen["posed"]) == {"wave", "stride"}
    for number, clip in enumerate(figure.clips):
        wanted = bounds(figure, number, MOMENT)
        for edge in ("low", "high"):
            np.testing.assert_allclose(seen["posed"][clip.name][edge], wanted[edge], atol=0.03)
        assert np.abs(np.array(seen["rest"]["high"]) - wanted["high"]).max() > 0.04


def test_three_js_finds_one_skin_of_every_bone_and_every_face_shape(drawn: dict[str, Any]) -> None:
    assert drawn.get("error") is None
    assert drawn["complaints"] == []
    assert drawn["seconds"] == pytest.approx({"wave": 1.0, "stride": 1.0})
    assert sum(mesh["triangles"] for mesh in drawn["meshes"]) == faces_of(box_humanoid())
    for mesh in drawn["meshes"]:
        assert mesh["skinned"]
        assert set(mesh["bones"]) == set(NAMINGS["unreal"].values())
        assert set(mesh["shapes"]) == set(ARKIT)
        assert mesh["texture_px"] >= 64
    furthest = {name: max(m["shapes"][name] for m in drawn["meshes"]) for name in ARKIT}
    assert all(0.003 < far < 0.006 for far in furthest.values()), furthest


def test_three_js_draws_it_upright_and_textured(drawn: dict[str, Any]) -> None:
    pixels = np.asarray(PIL.Image.open(drawn["picture"]).convert("RGB")).astype(int)
    figure = np.abs(pixels - pixels[0, 0]).max(axis=2) > 12
    assert 0.02 < figure.mean() < 0.5
    rows, columns = np.nonzero(figure)
    assert np.ptp(rows) > 0.6 * len(pixels)
    # In T-pose the arms, above the middle, make the widest row.
    widths = figure.sum(axis=1)
    assert (widths.argmax() - rows.min()) / np.ptp(rows) < 0.35
    assert widths.max() > 0.5 * np.ptp(columns)
    # Its cells have a colour each.
    assert len(np.unique(pixels[figure] // 32, axis=0)) > 12


def test_godot_finds_the_bones_as_it_spells_them_in_their_places(imported: dict[str, Any]) -> None:
    spelt = {joint: underscored(NAMINGS["unreal"][joint]) for joint in JOINTS}
    tree = {
        spelt[joint]: spelt[JOINTS[parent]] if parent >= 0 else ""
        for joint, parent in zip(JOINTS, PARENTS, strict=True)
    }
    assert imported["bones"] == tree
    places = box_humanoid().skeleton.positions
    for joint, place in zip(JOINTS, places, strict=True):
        np.testing.assert_allclose(imported["places"][spelt[joint]], place, atol=1e-5)


def test_godot_finds_every_face_shape_and_what_it_moves(imported: dict[str, Any]) -> None:
    (mesh,) = imported["meshes"].values()
    assert set(mesh["shapes"]) == set(ARKIT)
    assert sum(one["triangles"] for one in mesh["surfaces"]) == faces_of(box_humanoid())
    assert all(one["texture_px"] >= 64 for one in mesh["surfaces"])
    assert any(one["normal_map"] for one in mesh["surfaces"])
    moves = np.max([one["shapes_move"] for one in mesh["surfaces"]], axis=0)
    assert np.all((moves > 0.003) & (moves < 0.006)), moves


def faces_of(figure: Character) -> int:
    return sum(len(part.mesh.faces) for part in figure.parts)


def underscored(name: str) -> str:
    """As Godot 3 writes names of bones: ``leftEye`` as ``left_eye``, ``neck_01`` as ``neck_1``."""
    return re.sub(r"_0(?=\d)", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())
