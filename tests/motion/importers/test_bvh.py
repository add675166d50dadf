# SPDX-License-Identifier: Apache-2.0
"""BVH: channels, places, units, axes, and files that are not what they should be."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.contact import world_of
from motion.files import write_bvh
from motion.finish import finish
from motion.importers.bvh import from_euler, read_bvh

HIERARCHY = """HIERARCHY
ROOT Hips
{
  OFFSET 0 {hips} 0
  CHANNELS 6 Xposition Yposition Zposition {order}
  JOINT Head
  {
    OFFSET 0 {head} 0
    CHANNELS 3 {order}
    End Site
    {
      OFFSET 0 {tip} 0
    }
  }
  JOINT Left Foot
  {
    OFFSET {side} -{hips} 0
    CHANNELS 3 {order}
    End Site
    {
      OFFSET 0 0 {tip}
    }
  }
}
MOTION
Frames: {frames}
Frame Time: {seconds}
"""


def _words(order: str) -> str:
    return " ".join(f"{axis.upper()}rotation" for axis in order)


def _text(
    rows: np.ndarray, order: str = "zyx", seconds: float = 1.0 / 30.0, unit: float = 1.0
) -> str:
    numbers = {"hips": 0.9 / unit, "head": 0.6 / unit, "tip": 0.15 / unit, "side": 0.1 / unit}
    filled = HIERARCHY
    for key, value in numbers.items():
        filled = filled.replace("{" + key + "}", f"{value:.8f}")
    filled = filled.replace("{order}", _words(order)).replace("{frames}", str(len(rows)))
    filled = filled.replace("{seconds}", f"{seconds:.7f}")
    return filled + "\n".join(" ".join(f"{x:.7f}" for x in row) for row in rows) + "\n"


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "take.bvh"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def _rows(count: int, unit: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(5)
    rows = rng.uniform(-80.0, 80.0, (count, 12))
    rows[:, 3:6] *= 0.1
    rows[:, :3] = rng.uniform(-0.2, 0.2, (count, 3)) / unit + [0.0, 0.9 / unit, 0.0]
    return rows


@pytest.mark.parametrize("order", ["xyz", "xzy", "yxz", "yzx", "zxy", "zyx"])
def test_turns_in_every_order_are_those_of_scipy(put: Callable[[str], Path], order: str) -> None:
    rows = _rows(7)
    read = read_bvh(put(_text(rows, order)))
    wanted = Rotation.from_euler(order.upper(), rows[:, 6:9], degrees=True).as_quat()
    found = np.roll(read.rotations[:, 1], -1, axis=-1)
    np.testing.assert_allclose(np.abs(np.sum(wanted * found, axis=-1)), 1.0, atol=1e-9)


def test_no_turn_is_the_identity_and_one_turn_is_about_its_axis() -> None:
    np.testing.assert_array_equal(from_euler(np.zeros((2, 0)), ""), [[1, 0, 0, 0]] * 2)
    np.testing.assert_allclose(from_euler(np.array([[180.0]]), "y"), [[0, 0, 1, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "metres"),
    [("m", 1.0), ("cm", 0.01), ("mm", 0.001), ("in", 0.0254), ("cmu", 2.54 / 45)],
)
def test_the_unit_is_told_by_the_figure_and_can_be_said(
    put: Callable[[str], Path], name: str, metres: float
) -> None:
    rows = _rows(5, metres)
    path = put(_text(rows, unit=metres))
    guessed, said = read_bvh(path), read_bvh(path, unit=name)
    for read in (guessed, said, read_bvh(path, unit=metres)):
        assert np.linalg.norm(read.rig.offsets[1]) == pytest.approx(0.6, abs=1e-5)
        np.testing.assert_allclose(read.translations[:, 0], rows[:, :3] * metres, atol=1e-5)


def _axes_renamed(text: str) -> str:
    """The same motion in a file whose Y is our X, Z our Y and X our Z: its up axis is Z."""
    head, _, body = text.partition("MOTION")
    head = re.sub(r"OFFSET (\S+) (\S+) (\S+)", r"OFFSET \3 \1 \2", head)
    names = {"X": "Y", "Y": "Z", "Z": "X"}
    head = re.sub(r"\b([XYZ])(rotation|position)", lambda m: names[m[1]] + m[2], head)
    return head + "MOTION" + body


def test_a_file_with_z_up_comes_out_with_y_up(put: Callable[[str], Path]) -> None:
    rows = _rows(6)
    _, wanted = read_bvh(put(_text(rows))).world()
    raised = read_bvh(put(_axes_renamed(_text(rows))))
    _, places = raised.world()
    # The axes were turned round in a circle, so what was forward lies to the side now.
    np.testing.assert_allclose(places, wanted[..., [2, 1, 0]] * [1.0, 1.0, -1.0], atol=1e-6)
    _, told = read_bvh(put(_axes_renamed(_text(rows))), up="z").world()
    np.testing.assert_allclose(told, places, atol=1e-12)


def test_a_place_on_any_joint_replaces_its_offset(put: Callable[[str], Path]) -> None:
    rows = np.insert(_rows(3), 6, 0.55, axis=1)
    words = "CHANNELS 3 " + _words("zyx")
    text = _text(rows).replace(words, "CHANNELS 4 Yposition " + _words("zyx"), 1)
    read = read_bvh(put(text))
    np.testing.assert_allclose(read.translations[:, 1], [[0.0, 0.55, 0.0]] * 3, atol=1e-9)
    np.testing.assert_allclose(read.rig.offsets[1], [0.0, 0.6, 0.0], atol=1e-9)


def test_layout_does_not_matter(put: Callable[[str | bytes], Path]) -> None:
    text = _text(_rows(5))
    wanted = read_bvh(put(text))
    crammed = text.replace("\n", "\r\n").replace("  ", "\t").replace("End Site", "END SITE")
    crammed = crammed.replace("HIERARCHY", "\n hierarchy").replace("JOINT", "Joint")
    crammed = crammed.replace("Frames:", "Frames:\t").replace("Yrotation", "yROTATION")
    for content in (crammed, b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        read = read_bvh(put(content))
        assert read.rig.names == wanted.rig.names == ("Hips", "Head", "Left Foot")
        np.testing.assert_array_equal(read.rotations, wanted.rotations)


def test_our_own_files_give_the_joints_back(tmp_path: Path, adult: Skeleton) -> None:
    clip = finish(play(entry("clip:cartwheel"), 0), adult).clip
    write_bvh(tmp_path / "m.bvh", adult, clip)
    read = read_bvh(tmp_path / "m.bvh")
    order = [read.rig.names.index(name) for name in adult.names]
    # A clip's turns have single precision, its stretched arms little of it.
    np.testing.assert_allclose(read.world()[1][:, order], world_of(clip, adult)[1], atol=3e-4)
    assert read.fps == 30.0


def test_a_minute_of_mocap_is_read_in_two_seconds(put: Callable[[str], Path]) -> None:
    rows = np.tile(_rows(100), (45, 8))[:, :93]
    joints = "".join(
        f"JOINT bone{n}\n{{ OFFSET 0 0.01 0 CHANNELS 3 {_words('zyx')} "
        "End Site { OFFSET 0 0 0 } }\n"
        for n in range(27)
    )
    text = _text(rows).replace("  JOINT Head", joints + "  JOINT Head", 1)
    path = put(text)
    start = time.process_time()
    read = read_bvh(path)
    assert read.rotations.shape == (4500, 30, 4)
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("HIERARCHY", "HIERARCHIE"), "not a BVH"),
        (("MOTION", "NOTHING"), "not a BVH"),
        (("JOINT Head", "ROOT Other"), "two skeletons"),
        (("CHANNELS 3", "CHANNELS 2"), "CHANNELS"),
        (("Zrotation Yrotation", "Zrotation Zrotation"), "CHANNELS"),
        (("Frame Time: 0.0333333", "Frame Time: 0"), "frame time"),
        (("Frames: 4", "Pictures: 4"), "Frames"),
        (("}\nMOTION", "MOTION"), "not complete"),
        (("OFFSET 0 0.9", "OFFSET zero 0.9"), "out of place"),
        (("JOINT Head", "JIONT Head"), "out of place"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(
    put: Callable[[str], Path], change: tuple[str, str], complaint: str
) -> None:
    text = _text(_rows(4))
    assert change[0] in text
    with pytest.raises(Gen3dError, match=complaint):
        read_bvh(put(text.replace(*change, 1)))


@pytest.mark.parametrize("tail", ["1 2", "nan", "inf", "oops"])
def test_numbers_that_are_none_or_too_few_are_refused(
    put: Callable[[str], Path], tail: str
) -> None:
    with pytest.raises(Gen3dError, match=r"take\.bvh"):
        read_bvh(put(_text(_rows(4)) + tail))


def test_a_figure_of_no_size_needs_a_word_about_its_unit(put: Callable[[str], Path]) -> None:
    text = re.sub(r"OFFSET .*", "OFFSET 0 0 0", _text(_rows(3)))
    with pytest.raises(Gen3dError, match="no figure"):
        read_bvh(put(text))
    with pytest.raises(Gen3dError, match="no unit"):
        read_bvh(put(text), unit="furlong")


@pytest.mark.parametrize(("take", "seconds"), [("01_01", 22.925), ("01_03", 37.583)])
def test_the_takes_of_cmu_stand_on_the_ground_at_human_size(
    assimp_models: Path, take: str, seconds: float
) -> None:
    read = read_bvh(assimp_models / "BVH" / f"{take}.bvh")
    _, places = read.world()
    lowest = places[..., 1].min(axis=1)
    assert len(read.rig.names) == 31
    assert read.fps == 120.0
    assert read.seconds == pytest.approx(seconds, abs=0.01)
    assert 0.0 < np.percentile(lowest, 5) < 0.1
    assert 1.3 < np.median(places[..., 1].max(axis=1)) < 2.0
