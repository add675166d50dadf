# SPDX-License-Identifier: Apache-2.0
"""ASE: what a small scene says, against a walk through it by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d.errors import Gen3dError
from motion.importers.ase import read_ase

TICKS_PER_FRAME, FPS, LAST = 160, 30, 10
UP = np.array([0.0, 0.0, 40.0])


def _node(
    name: str, parent: str, world: np.ndarray, place: np.ndarray, tracks: str, kind: str
) -> str:
    above = f'\t*NODE_PARENT "{parent}"\n' if parent else ""
    rows = "".join(
        f"\t\t*TM_ROW{i} {' '.join(f'{x:.7f}' for x in row)}\n"
        for i, row in enumerate([*world.T, place])
    )
    return (
        f'*{kind} {{\n\t*NODE_NAME "{name}"\n{above}\t*NODE_TM {{\n\t\t*NODE_NAME "{name}"\n'
        f'{rows}\t}}\n\t*TM_ANIMATION {{\n\t\t*NODE_NAME "{name}"\n{tracks}\t}}\n}}\n'
    )


def _keys(steps: list[Rotation]) -> str:
    lines = ""
    for frame, step in enumerate(steps):
        turn = step.as_rotvec()
        angle = float(np.linalg.norm(turn))
        axis = turn / angle if angle > 0 else np.array([1.0, 0.0, 0.0])
        # Max counts angles clockwise.
        numbers = " ".join(f"{x:.7f}" for x in (*axis, -angle))
        lines += f"\t\t\t*CONTROL_ROT_SAMPLE {frame * TICKS_PER_FRAME}\t{numbers}\n"
    return f"\t\t*CONTROL_ROT_TRACK {{\n{lines}\t\t}}\n"


def _scene(*nodes: str) -> str:
    return (
        '*3DSMAX_ASCIIEXPORT\t200\n*SCENE {\n\t*SCENE_FILENAME "a.max"\n'
        f"\t*SCENE_FIRSTFRAME 0\n\t*SCENE_LASTFRAME {LAST}\n\t*SCENE_FRAMESPEED {FPS}\n"
        f"\t*SCENE_TICKSPERFRAME {TICKS_PER_FRAME}\n}}\n" + "".join(nodes)
    )


@pytest.fixture
def scene() -> tuple[str, list[Rotation], list[Rotation], np.ndarray]:
    """A hip and a foot with rest turns of their own; their turns over time; the foot's place."""
    rng = np.random.default_rng(1)
    hip = [Rotation.random(random_state=1)]
    leg = [Rotation.random(random_state=2)]
    hip_keys, leg_keys = [hip[0]], [leg[0]]
    for _ in range(LAST):
        for track, keys in ((hip, hip_keys), (leg, leg_keys)):
            step = Rotation.from_rotvec(rng.uniform(-0.5, 0.5, 3))
            keys.append(step)
            track.append(step * track[-1])
    place = np.array([3.0, -20.0, 30.0])
    top = _node("Bip01", "", hip[0].as_matrix(), UP, _keys(hip_keys), "GEOMOBJECT")
    world = hip[0] * leg[0]
    foot = hip[0].apply(place) + UP
    low = _node("Bip01 L Zeh", "Bip01", world.as_matrix(), foot, _keys(leg_keys), "HELPEROBJECT")
    return _scene(top, low), hip, leg, place


def test_keys_turn_on_from_the_key_before_clockwise(
    tmp_path: Path, scene: tuple[str, list[Rotation], list[Rotation], np.ndarray]
) -> None:
    text, hip, leg, place = scene
    path = tmp_path / "m.ase"
    path.write_text(text, encoding="latin-1")
    read = read_ase(path, unit="in")
    turned, placed = read.world()
    to_y = Rotation.from_euler("x", -90, degrees=True)
    assert read.fps == FPS
    assert read.rig.names == ("Bip01", "Bip01 L Zeh")
    for frame, (h, g) in enumerate(zip(hip, leg, strict=True)):
        wanted = (to_y * h * g).as_quat()
        found = np.roll(turned[frame, 1], -1)
        assert abs(float(wanted @ found)) == pytest.approx(1.0, abs=1e-6)
        foot = to_y.apply(h.apply(place) + UP) * 0.0254
        np.testing.assert_allclose(placed[frame, 1], foot, atol=1e-5)


def test_the_first_frame_is_the_rest_pose_when_the_first_key_is(
    tmp_path: Path, scene: tuple[str, list[Rotation], list[Rotation], np.ndarray]
) -> None:
    path = tmp_path / "m.ase"
    path.write_bytes(scene[0].replace("\n", "\r\n").encode("utf-16"))
    read = read_ase(path, unit="in")
    np.testing.assert_allclose(read.rig.world()[1], read.world()[1][0], atol=1e-5)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("*3DSMAX_ASCIIEXPORT", "*3DSMAX_BINARY"), "not an ASE"),
        (("CONTROL_ROT_SAMPLE", "CONTROL_ROT_SUMPLE"), ""),
        (('*NODE_PARENT "Bip01"', '*NODE_PARENT "Nobody"'), "damaged"),
        (('*NODE_NAME "Bip01 L Zeh"', '*NODE_NAME "Bip01"'), "damaged"),
        (('*NODE_NAME "Bip01"', '*NODE_NAME ""'), "damaged"),
        (('*NODE_PARENT "Bip01"', '*NODE_PARENT "Bip01 L Zeh"'), "damaged"),
        (("*SCENE_FRAMESPEED 30", "*SCENE_FRAMESPEED 0"), "damaged"),
        (("*SCENE_LASTFRAME 10", "*SCENE_LASTFRAME 1e15"), "seconds"),
        (("*TM_ROW3", "*TM_RAW3"), "damaged"),
        (("*CONTROL_ROT_SAMPLE 160\t", "*CONTROL_ROT_SAMPLE 160\tnan "), "damaged"),
    ],
)
def test_a_damaged_scene_is_refused_in_one_sentence(
    tmp_path: Path,
    scene: tuple[str, list[Rotation], list[Rotation], np.ndarray],
    change: tuple[str, str],
    complaint: str,
) -> None:
    path = tmp_path / "m.ase"
    assert change[0] in scene[0]
    count = -1 if "SUMPLE" in change[1] else 1
    path.write_text(scene[0].replace(*change, count), encoding="latin-1")
    with pytest.raises(Gen3dError, match=complaint or "no animation"):
        read_ase(path, unit="in")


def test_the_range_of_motion_ends_as_it_began_with_its_feet_on_the_ground(
    assimp_models: Path,
) -> None:
    read = read_ase(assimp_models / "ASE" / "MotionCaptureROM.ase")
    _, places = read.world()
    assert read.seconds == pytest.approx(45.27, abs=0.01)
    hips = places[:, read.rig.names.index("Bip01 Becken")]
    beyond = places - hips[:, None]
    assert np.linalg.norm(beyond[-1] - beyond[0], axis=-1).max() < 0.2
    assert np.percentile(places[..., 1].min(axis=1), 1) > 0.0
    assert np.percentile(places[..., 1].min(axis=1), 90) < 0.1
