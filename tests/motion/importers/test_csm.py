# SPDX-License-Identifier: Apache-2.0
"""Optical markers: joints inside a crafted body, gaps, and markers that come off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from motion.importers.csm import joints_of, read_csm
from motion.importers.positions import HUMANML3D_NAMES

FPS = 60.0
CENTRE = {
    "LFHD": (0.07, 1.68, 0.08),
    "RFHD": (-0.07, 1.68, 0.08),
    "LBHD": (0.07, 1.7, -0.09),
    "RBHD": (-0.07, 1.7, -0.09),
    "C7": (0.0, 1.45, -0.08),
    "CLAV": (0.0, 1.4, 0.08),
    "T10": (0.0, 1.2, -0.1),
    "STRN": (0.0, 1.22, 0.1),
}
LEFT = {
    "FWT": (0.13, 1.0, 0.1),
    "BWT": (0.06, 1.02, -0.1),
    "SHO": (0.18, 1.46, 0.0),
    "ELB": (0.25, 1.15, 0.0),
    "WRA": (0.2, 0.9, 0.06),
    "WRB": (0.2, 0.9, 0.0),
    "KNE": (0.16, 0.5, 0.02),
    "ANK": (0.14, 0.1, -0.02),
    "HEL": (0.1, 0.05, -0.08),
    "TOE": (0.08, 0.05, 0.15),
    "MT5": (0.14, 0.04, 0.1),
}


def _markers() -> dict[str, np.ndarray]:
    table = {name: np.array(place) for name, place in CENTRE.items()}
    for name, (x, y, z) in LEFT.items():
        table["L" + name] = np.array([x, y, z])
        table["R" + name] = np.array([-x, y, z])
    return table


def _text(frames: np.ndarray, names: list[str], order: str = "$Order") -> str:
    rows = "\n".join(
        f"{number + 1}  "
        + " ".join(
            "DROPOUT DROPOUT DROPOUT" if np.isnan(p[0]) else " ".join(f"{x:.5f}" for x in p)
            for p in frame
        )
        for number, frame in enumerate(frames)
    )
    return (
        f"$Filename a.csm\n$Actor Nobody\n\n$Comments\nNone\n\n$FirstFrame 1\n$Rate {FPS}\n\n"
        f"{order}\n{' '.join(names)} \n\n$Points\n{rows}\n"
    )


def _walk(frames: int = 90) -> tuple[np.ndarray, list[str]]:
    """A stiff figure carried about and turned, +Z up, millimetres."""
    table = _markers()
    names = list(table)
    body = np.stack([table[name] for name in names])
    t = np.linspace(0.0, 1.0, frames)[:, None]
    angle = 2.0 * t
    x = body[:, 0] * np.cos(angle) + body[:, 2] * np.sin(angle) + t
    z = body[:, 2] * np.cos(angle) - body[:, 0] * np.sin(angle) + 0.5 * t
    y = np.broadcast_to(body[:, 1], x.shape)
    return 1000.0 * np.stack([x, -z, y], axis=-1), names


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    path = tmp_path / "walk.csm"
    path.write_text(_text(*_walk()), encoding="ascii")
    return path


def test_a_stiff_body_keeps_its_bones_and_its_sides(walk: Path) -> None:
    read = read_csm(walk)
    assert read.places.shape == (90, 22, 3)
    assert read.fps == FPS
    lengths = np.linalg.norm(read.places[:, 1:] - read.places[:, :1], axis=-1)
    np.testing.assert_allclose(lengths, np.repeat(lengths[:1], 90, axis=0), atol=1e-3)
    first = dict(zip(HUMANML3D_NAMES, read.places[0], strict=True))
    for name in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist", "foot"):
        left, right = first[f"left_{name}"], first[f"right_{name}"]
        assert left[0] > 0 > right[0]
        np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-6)
    assert first["left_foot"][2] > first["left_ankle"][2]
    assert first["head"][1] > first["neck"][1] > first["spine3"][1] > first["pelvis"][1]


def test_joints_lie_inside_of_their_markers(walk: Path) -> None:
    first = dict(zip(HUMANML3D_NAMES, read_csm(walk).places[0], strict=True))
    for joint, marker, inwards in (("knee", "KNE", 0.062), ("ankle", "ANK", 0.045)):
        assert LEFT[marker][0] - first[f"left_{joint}"][0] == pytest.approx(inwards, abs=2e-3)
    # Bell, Brand and Pedersen: of 0.26 m between the front markers.
    assert first["left_hip"][0] == pytest.approx(0.36 * 0.26, abs=1e-6)
    assert first["left_hip"][2] == pytest.approx(0.1 - 0.19 * 0.26, abs=0.02)


def test_a_bent_knee_lies_on_its_own_hinge_and_not_on_the_pelvis_axis() -> None:
    table = {k: np.repeat(v[None], 40, axis=0) for k, v in _sites().items()}
    axis = np.array([np.cos(0.5), 0.0, -np.sin(0.5)])
    hip = joints_of(table, FPS)[0, 1]
    forward = np.cross(axis, [0.0, 1.0, 0.0])
    knee = hip + 0.3 * forward - [0.0, 0.3, 0.0]
    ankle = knee - 0.35 * forward - [0.0, 0.1, 0.0]
    table["left_knee"] = np.repeat((knee + 0.062 * axis)[None], 40, axis=0)
    table["left_ankle"] = np.repeat((ankle + 0.045 * axis)[None], 40, axis=0)
    found = joints_of(table, FPS)[20, HUMANML3D_NAMES.index("left_knee")]
    np.testing.assert_allclose(found, knee, atol=0.012)


def _sites() -> dict[str, np.ndarray]:
    table, found = _markers(), {}
    found["head"] = np.mean([table[n] for n in ("LFHD", "RFHD", "LBHD", "RBHD")], axis=0)
    for site, marker in (
        ("neck_back", "C7"),
        ("neck_front", "CLAV"),
        ("chest_back", "T10"),
        ("chest_front", "STRN"),
    ):
        found[site] = table[marker]
    for side, letter in (("left", "L"), ("right", "R")):
        for site, marker in (
            ("waist_front", "FWT"),
            ("waist_back", "BWT"),
            ("shoulder", "SHO"),
            ("elbow", "ELB"),
            ("wrist", "WRA"),
            ("knee", "KNE"),
            ("ankle", "ANK"),
            ("heel", "HEL"),
            ("inner_toe", "TOE"),
            ("outer_toe", "MT5"),
        ):
            found[f"{side}_{site}"] = table[letter + marker]
    return found


def test_gaps_are_bridged_along_time(tmp_path: Path, walk: Path) -> None:
    frames, names = _walk()
    frames[20:24, names.index("LKNE")] = np.nan
    frames[:3, names.index("C7")] = np.nan
    path = tmp_path / "gaps.csm"
    path.write_text(_text(frames, names), encoding="ascii")
    whole, bridged = read_csm(walk).places, read_csm(path).places
    np.testing.assert_allclose(bridged[3:], whole[3:], atol=0.01)


def test_an_ankle_marker_that_has_come_off_is_put_back(tmp_path: Path, walk: Path) -> None:
    frames, names = _walk()
    frames[30:60, names.index("RANK")] += [0.0, 0.0, 180.0]
    path = tmp_path / "off.csm"
    path.write_text(_text(frames, names), encoding="ascii")
    np.testing.assert_allclose(read_csm(path).places, read_csm(walk).places, atol=2e-3)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("$Rate", "$Pace"), "not a CSM"),
        (("$Points", "$Dots"), "not a CSM"),
        (("LSHO", "XSHO"), "no marker LSHO"),
        (("RFHD", "LFHD"), "twice"),
        (("RMT5 \n", "RMT5 EXTRA\n"), "no frames"),
        (("$Rate 60.0", "$Rate 0"), "no frames"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(
    tmp_path: Path, change: tuple[str, str], complaint: str
) -> None:
    text = _text(*_walk(5))
    assert change[0] in text
    path = tmp_path / "bad.csm"
    path.write_text(text.replace(*change, 1), encoding="ascii")
    with pytest.raises(Gen3dError, match=complaint):
        read_csm(path)


def test_the_fencers_bones_keep_their_lengths(assimp_models: Path) -> None:
    read = read_csm(assimp_models / "CSM" / "ThomasFechten.csm")
    assert read.seconds == pytest.approx(20.3, abs=0.05)
    place = {name: read.places[:, i] for i, name in enumerate(HUMANML3D_NAMES)}
    for side in ("left", "right"):
        for above, below in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow")):
            bone = np.linalg.norm(place[f"{side}_{above}"] - place[f"{side}_{below}"], axis=-1)
            assert bone.std() < 0.025, (side, above)
            assert 0.2 < bone.mean() < 0.5
