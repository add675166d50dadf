# SPDX-License-Identifier: Apache-2.0
"""Three rigs of different naming, painted by the command: what changes, and what may not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen3d.check.khronos import validate
from gen3d.cli.main import main
from gen3d.config import load_config
from gen3d.export.container import unpack
from gen3d.export.gltf_read import read_glb
from gen3d.perception import ciede2000, to_cielab
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.words.vocabulary import colour
from tests.consumers.locate import validator
from tests.gen3d.retexture.conftest import Case

TEXT = "a goblin with turquoise skin in a crimson jacket and white trousers"
WANTED = {"skin": "turquoise", "upper": "crimson", "lower": "white"}
RIGS = ("mixamo", "vrm", "unreal")


@dataclass(frozen=True)
class Painted:
    """A case, and the run that painted it."""

    case: Case
    run: Path

    @property
    def file(self) -> Path:
        return self.run / "character.glb"


@pytest.fixture(scope="module")
def painted(cases: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Painted]:
    found: dict[str, Painted] = {}
    for name, case in cases.items():
        run = tmp_path_factory.mktemp(name) / "run"
        arguments = ["--from", str(case.path), "--out", str(run), "--no-preview", "--quiet"]
        assert main(["avatar", TEXT, *arguments]) == 0
        found[name] = Painted(case, run)
    return found


def _json(path: Path) -> dict[str, Any]:
    return json.loads(unpack(path.read_bytes(), path.name)[0])


def _pictures(path: Path) -> dict[str, np.ndarray]:
    return {picture.name: picture.pixels for picture in read_glb(path).pictures}


@pytest.mark.parametrize("rig", RIGS)
def test_geometry_uvs_weights_bones_and_clips_are_re_read_the_same(
    painted: dict[str, Painted], rig: str
) -> None:
    before, after = (read_glb(p) for p in (painted[rig].case.path, painted[rig].file))
    assert len(after.nodes) == len(before.nodes)
    np.testing.assert_array_equal(after.T_world_node, before.T_world_node)
    for old, new in zip(before.meshes, after.meshes, strict=True):
        assert (new.name, new.target_names) == (old.name, old.target_names)
        for one, other in zip(old.primitives, new.primitives, strict=True):
            assert other.material == one.material
            assert set(other.attributes) == set(one.attributes)
            for name in one.attributes:
                np.testing.assert_array_equal(other.attributes[name], one.attributes[name])
            np.testing.assert_array_equal(other.faces, one.faces)
    for old, new in zip(before.skins, after.skins, strict=True):
        assert new.joints == old.joints
        np.testing.assert_array_equal(new.T_joint_rest, old.T_joint_rest)
    assert len(before.animations) == 1
    for old, new in zip(before.animations, after.animations, strict=True):
        for one, other in zip(old.tracks, new.tracks, strict=True):
            assert (other.node, other.path) == (one.node, one.path)
            np.testing.assert_array_equal(other.values, one.values)
    a, b = _json(painted[rig].case.path), _json(painted[rig].file)
    for key in ("nodes", "meshes", "skins", "animations", "accessors", "scenes", "extensions"):
        assert b.get(key) == a.get(key)


@pytest.mark.parametrize("rig", RIGS)
def test_what_is_named_has_the_named_colour_and_no_more_variation_than_before(
    painted: dict[str, Painted], rig: str
) -> None:
    before, after = (_pictures(p) for p in (painted[rig].case.path, painted[rig].file))
    for picture, regions in painted[rig].case.regions.items():
        for place, mask in regions.items():
            if place not in WANTED:
                continue
            inner = mask & np.roll(mask, 1, axis=1)
            seen = SRGB_TO_LINEAR[after[picture][..., :3]]
            target = to_cielab(np.array(colour(WANTED[place])))
            assert ciede2000(to_cielab(seen[mask].mean(axis=0)), target) < 25.0
            assert _variation(after[picture], inner) < 1.5 * _variation(before[picture], inner)


def _variation(pixels: np.ndarray, where: np.ndarray) -> float:
    lab = to_cielab(SRGB_TO_LINEAR[pixels[..., :3]])
    return float(np.linalg.norm(lab - np.roll(lab, 1, axis=1), axis=-1)[where].mean())


@pytest.mark.parametrize("rig", RIGS)
def test_what_is_not_named_keeps_its_bytes(painted: dict[str, Painted], rig: str) -> None:
    before, after = (_pictures(p) for p in (painted[rig].case.path, painted[rig].file))
    seen = 0
    for picture, regions in painted[rig].case.regions.items():
        for place in ("feet", "hair"):
            if place in regions:
                same = (before[picture] == after[picture]).all(axis=-1)[regions[place]]
                assert same.mean() > 0.97
                seen += 1
    assert seen
    kept = [key for key in before if key not in painted[rig].case.regions]
    assert all(np.array_equal(before[key], after[key]) for key in kept)


def test_clothes_painted_on_skin_are_told_apart_where_they_are(
    painted: dict[str, Painted],
) -> None:
    case = painted["unreal"]
    before, after = (_pictures(p) for p in (case.case.path, case.file))
    changed = (before["images.000"] != after["images.000"]).any(axis=-1)
    regions = case.case.regions["images.000"]
    for place in ("upper", "lower"):
        assert changed[regions[place]].mean() > 0.97
    assert changed[regions["skin"]].mean() > 0.9


@pytest.mark.parametrize("rig", RIGS)
def test_the_validator_finds_nothing_that_was_not_there(
    painted: dict[str, Painted], rig: str
) -> None:
    before, after = (
        validate(path, validator()) for path in (painted[rig].case.path, painted[rig].file)
    )
    assert after.errors <= before.errors
    assert after.warnings <= before.warnings


@pytest.mark.parametrize("rig", RIGS)
def test_the_run_tells_what_it_did_and_is_not_made_twice(
    painted: dict[str, Painted], rig: str
) -> None:
    run = painted[rig].run
    manifest = json.loads((run / "manifest.json").read_text())
    assert {row["what"] for row in manifest["paints"]} == {"skin", "jacket", "trousers"}
    assert all(row["delta_e"] < 25.0 for row in manifest["paints"])
    assert (run / "check.json").is_file()
    stamp = painted[rig].file.stat().st_mtime_ns
    assert main(["resume", str(run), "--quiet"]) == 0
    assert painted[rig].file.stat().st_mtime_ns == stamp


def test_the_same_words_and_seed_give_the_same_bytes(
    painted: dict[str, Painted], tmp_path: Path
) -> None:
    case = painted["unreal"]
    arguments = ["--from", str(case.case.path), "--out", str(tmp_path), "--no-preview", "--quiet"]
    assert main(["avatar", TEXT, *arguments]) == 0
    assert (tmp_path / "character.glb").read_bytes() == case.file.read_bytes()


def test_an_edited_paint_wins_over_the_words(painted: dict[str, Painted], tmp_path: Path) -> None:
    config = load_config(painted["unreal"].run / "config.yml")
    assert config.retexture is not None
    assert config.retexture.paints is not None
    text = (painted["unreal"].run / "config.yml").read_text()
    path = tmp_path / "config.yml"
    path.write_text(
        text.replace(str(list(config.retexture.paints[1].color or ())), "[0.0, 0.0, 0.8]")
    )
    run = tmp_path / "run"
    assert main(["avatar", "--config", str(path), "--out", str(run), "--quiet"]) == 0
    mask = painted["unreal"].case.regions["images.000"]["lower"]
    mean = _pictures(run / "character.glb")["images.000"][mask].mean(axis=0)
    assert mean[2] > 2.0 * max(mean[0], mean[1])


def test_the_preview_shows_before_and_after(unreal: Case, tmp_path: Path) -> None:
    arguments = ["--from", str(unreal.path), "--out", str(tmp_path), "--quiet"]
    assert main(["avatar", "a bright green shirt", *arguments]) == 0
    import PIL.Image

    sheet = np.asarray(PIL.Image.open(tmp_path / "before_after.png")).astype(int)
    assert (tmp_path / "preview.png").is_file()
    half = sheet.shape[0] // 2
    greener = sheet[half:, :, 1] - sheet[half:, :, [0, 2]].max(axis=-1) > 40
    before = sheet[:half, :, 1] - sheet[:half, :, [0, 2]].max(axis=-1) > 40
    assert greener.mean() > before.mean() + 0.01
