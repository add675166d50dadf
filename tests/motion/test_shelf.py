# SPDX-License-Identifier: Apache-2.0
"""The library of captured motion: what is on it, and what is not and why."""

from __future__ import annotations

import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d import transforms
from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.clips import folder
from motion.files import write_bvh
from motion.finish import finish
from motion.performance import Performance, relaxed_fingers, world
from motion.provenance import require_free
from motion.shelf import build_shelf, manifest, performance_of, pieces, shelf_dir
from motion.shelf_sources import in_packages, source_names
from motion.shelf_windows import FASTEST, LONGEST, Window, cut, windows_of

OTHERS = tuple(name for name in source_names() if name != "pybullet")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))


def _still(seconds: float) -> Performance:
    frames = round(30 * seconds) + 1
    q = np.tile(np.array([1.0, 0, 0, 0]), (frames, 22, 1))
    path = np.tile(np.array([0.0, 0.9, 0.0]), (frames, 1))
    return Performance("m", 30.0, q, path, relaxed_fingers(frames))


def _busy(seconds: float, pauses: tuple[float, ...]) -> Performance:
    """Swings its arms, but for moments of rest."""
    base = _still(seconds)
    t = np.arange(len(base.pelvis)) / 30.0
    effort = np.prod([1.0 - np.exp(-(((t - p) / 0.2) ** 2)) for p in pauses], axis=0)
    angle = np.cumsum(effort) / 30.0 * 3.0
    q = base.rotations.copy()
    q[:, 14] = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), angle)
    return replace(base, rotations=q)


def test_long_takes_are_cut_where_nothing_moves() -> None:
    windows = windows_of(_busy(20.0, (5.2, 10.4, 14.7)))
    assert [w.start for w in windows[1:]] == pytest.approx([5.2, 10.4, 14.7], abs=0.1)
    assert windows[0].start == 0.0
    assert windows[-1].end == pytest.approx(20.0)
    assert all(a.end == b.start for a, b in itertools.pairwise(windows))


@pytest.mark.parametrize("seconds", [0.5, 1.5, 7.9, 8.1, 13.0, 45.3, 120.0])
def test_no_window_is_longer_than_allowed_and_nothing_is_lost(seconds: float) -> None:
    windows = windows_of(_busy(seconds, (0.3, 6.0, 11.0)))
    assert all(0.0 < w.seconds <= LONGEST + 1e-9 for w in windows)
    assert sum(w.seconds for w in windows) == pytest.approx(round(30 * seconds) / 30, abs=1e-6)


def test_moments_that_no_person_can_do_are_left_out() -> None:
    take = _still(12.0)
    path = take.pelvis.copy()
    path[180:, 0] += 1.01 * FASTEST / 30.0
    windows = windows_of(replace(take, pelvis=path))
    assert len(windows) == 2
    assert windows[0].end < 6.0 < windows[1].start
    assert windows[1].start - windows[0].end < 0.6
    path[180:, 0] -= 0.02 * FASTEST / 30.0
    assert sum(w.seconds for w in windows_of(replace(take, pelvis=path))) == pytest.approx(12.0)


def test_described_spans_stay_whole_and_the_rest_is_cut_around_them() -> None:
    told = Window(3.0, 12.0, ("bowing",))
    windows = windows_of(_still(20.0), (told,))
    assert told in windows
    assert {w.captions for w in windows if w != told} == {()}
    assert max(w.end for w in windows if w.end < 12.0) <= 3.0
    assert sum(w.seconds for w in windows) > 19.8


def test_a_piece_begins_over_the_origin_and_moves_as_the_take_did() -> None:
    take = play(entry("clip:crawl"), 0)
    piece = cut(take, Window(1.0, 2.0))
    assert piece.seconds == pytest.approx(1.0)
    assert not piece.loop
    np.testing.assert_allclose(piece.pelvis[0, [0, 2]], 0.0)
    _, whole = world(take)
    _, part = world(piece)
    away = np.ptp(whole[30:61] - part, axis=0)
    np.testing.assert_allclose(away, 0.0, atol=1e-9)


def test_the_clips_of_pybullet_are_on_the_shelf_with_their_licence() -> None:
    shelf = build_shelf(without=OTHERS)
    assert len(shelf.items) == 20
    assert shelf.seconds == pytest.approx(39.9, abs=0.5)
    assert shelf.excluded == shelf.missing == ()
    walk = next(item for item in shelf.items if item.id.endswith("humanoid3d_walk.txt"))
    assert (walk.package, walk.kind, walk.licence.id) == ("pybullet", "deepmimic", "Zlib")
    assert walk.licence.commercial_use
    assert "CMU" in walk.licence.attribution
    assert "walking" in walk.captions
    assert walk.version
    wanted = play(replace(entry("clip:walk"), posture={}), 0)
    np.testing.assert_allclose(performance_of(walk).rotations, wanted.rotations, atol=1e-6)
    assert len(list(pieces(shelf))) == 20


def test_the_second_time_comes_from_the_cache_and_says_the_same() -> None:
    first = build_shelf(without=OTHERS)
    record = (shelf_dir() / "shelf.json").read_bytes()
    kept = {path: path.stat().st_ino for path in shelf_dir().glob("*.safetensors")}
    second = build_shelf(without=OTHERS)
    assert second == first
    assert {path: path.stat().st_ino for path in shelf_dir().glob("*.safetensors")} == kept
    assert len(kept) == 20
    assert (shelf_dir() / "shelf.json").read_bytes() == record
    read = json.loads(record)
    assert read["commercial_use"] is True
    assert len(read["items"]) == 20
    assert str(folder()) not in record.decode()
    assert read == json.loads(json.dumps(manifest(second)))


def test_a_damaged_cache_is_read_again() -> None:
    item = build_shelf(without=OTHERS).items[0]
    wanted = performance_of(item).rotations
    for path in shelf_dir().glob("*.safetensors"):
        path.write_bytes(b"rubbish")
    np.testing.assert_array_equal(performance_of(item).rotations, wanted)


def test_packages_that_are_not_there_are_listed_with_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "pybullet_data", raising=False)
    monkeypatch.setattr(sys, "path", [])
    found, missing = in_packages(("assimp-testmodels",))
    assert found == []
    assert [row.source for row in missing] == ["pybullet", "holosoma-retargeting"]
    assert [row.get for row in missing] == [
        "pip install pybullet",
        "pip install --no-deps holosoma-retargeting",
    ]
    with pytest.raises(Gen3dError, match="no source"):
        in_packages(("pybulet",))


def test_a_file_that_is_not_the_one_that_was_looked_at_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "pybullet_data" / "data" / "motions"
    place.mkdir(parents=True)
    walk = (folder() / "humanoid3d_walk.txt").read_bytes()
    (place / "humanoid3d_walk.txt").write_bytes(walk)
    (place / "humanoid3d_run.txt").write_bytes(walk)
    (tmp_path / "pybullet_data" / "__init__.py").write_text("", encoding="ascii")
    monkeypatch.delitem(sys.modules, "pybullet_data", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    shelf = build_shelf(without=OTHERS)
    assert [item.id for item in shelf.items] == ["pybullet/humanoid3d_walk.txt"]
    (row,) = shelf.excluded
    assert row.id == "pybullet/humanoid3d_run.txt"
    assert "licence" in row.why


def test_the_users_own_folder_joins_without_its_traps(tmp_path: Path, adult: Skeleton) -> None:
    library = tmp_path / "mine"
    (library / "a").mkdir(parents=True)
    clip = finish(play(entry("clip:kick"), 0), adult).clip
    write_bvh(library / "a" / "kick.bvh", adult, clip)
    text = (library / "a" / "kick.bvh").read_text(encoding="ascii")
    for name in adult.names:
        text = text.replace(f"JOINT {name}\n", f"JOINT mixamorig:{name}\n")
    (library / "mixamo.bvh").write_text(text, encoding="ascii")
    np.savez(library / "amass.npz", poses=np.zeros((9, 156)), betas=np.zeros(16))
    (library / "notes.txt").write_text("bought in a shop", encoding="ascii")
    (library / "broken.bvh").write_text("HIERARCHY", encoding="ascii")
    (library / "a" / "LICENSE").write_text("do as you like", encoding="ascii")
    shelf = build_shelf(library, without=source_names())
    (item,) = shelf.items
    assert item.id == "mine/a/kick.bvh"
    assert item.licence.text == "do as you like"
    assert not item.licence.commercial_use
    assert manifest(shelf)["commercial_use"] is False
    assert item.skeleton.startswith("vrm")
    why = {row.id: row.why for row in shelf.excluded}
    assert set(why) == {"mine/mixamo.bvh", "mine/amass.npz", "mine/broken.bvh"}
    assert "Mixamo" in why["mine/mixamo.bvh"]
    assert "SMPL" in why["mine/amass.npz"]
    with pytest.raises(Gen3dError, match="not a folder"):
        build_shelf(tmp_path / "absent", without=source_names())


@pytest.mark.usefixtures("assimp_models")
def test_the_takes_of_debian_are_those_whose_licences_were_read() -> None:
    others = tuple(name for name in source_names() if name != "assimp-testmodels")
    found, missing = in_packages(others)
    assert missing == ()
    assert len(found) == 4
    for candidate in found:
        assert sha256_of(candidate.path) == candidate.sha256
        assert require_free(candidate.path, "shelf") is None
        assert candidate.licence.text
        assert candidate.captions
        assert "boxing" not in candidate.id.lower()
    jumps = found[0]
    assert (jumps.licence.id, jumps.level) == ("LicenseRef-CMU-mocap", True)
    assert "NSF EIA-0196217" in jumps.licence.attribution
    assert all(window.captions and window.seconds <= LONGEST for window in jumps.described)
