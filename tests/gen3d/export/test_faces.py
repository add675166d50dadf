# SPDX-License-Identifier: Apache-2.0
"""Faces in clips: keys that say enough, channels that engines play, curves that come back."""

from __future__ import annotations

import json
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from gen3d.check.khronos import validate
from gen3d.errors import Gen3dError
from gen3d.export.buffers import BufferBuilder
from gen3d.export.clips import add_clips
from gen3d.export.faces import CLOSE, FaceNode, curves_of, key_frames, weights_of
from gen3d.export.gltf import glb_bytes, write_glb
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.types import Character, Clip
from tests.consumers.locate import MARK, SCRIPT, blender, validator
from tests.consumers.mannequin import skeleton, stride, wave

FRAMES = 180
FACE_SCRIPT = SCRIPT.with_name("blender_face.py")


def blinking() -> Clip:
    """Both eyes shut twice, a mouth that breathes, and a shape that no mesh here has."""
    at = np.arange(FRAMES)
    shut = np.maximum.reduce([1.0 - np.abs(at - peak) / 2.0 for peak in (40, 120)])
    breath = 0.01 * (1.0 - np.cos(2.0 * np.pi * at / 60.0))
    curves = {"jawOpen": breath, "eyeBlinkLeft": shut, "eyeBlinkRight": shut, "tail": breath}
    face = {name: np.clip(curve, 0.0, 1.0).astype(np.float32) for name, curve in curves.items()}
    return replace(
        wave("blinking", FRAMES), face={**face, "browInnerUp": np.zeros_like(shut, np.float32)}
    )


@pytest.fixture(scope="module")
def actor(mannequin: Character) -> Character:
    return replace(mannequin, clips=(blinking(), stride()))


@pytest.fixture(scope="module")
def actor_glb(actor: Character, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("actor") / "actor.glb"
    write_glb(actor, path)
    return path


def json_of(path: Path) -> dict:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])


@settings(deadline=None)
@given(
    nst.arrays(
        np.float32, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(0, 1, width=32)
    )
)
def test_lines_between_the_keys_follow_every_curve(weights: np.ndarray) -> None:
    keys = key_frames(weights)
    assert np.all(np.diff(keys) > 0)
    assert (keys[0], keys[-1]) == (0, len(weights) - 1)
    frames = np.arange(len(weights))
    drawn = np.stack([np.interp(frames, keys, weights[keys, c]) for c in range(3)], axis=1)
    assert np.abs(drawn - weights).max() <= CLOSE + 1e-6


def test_a_face_at_rest_costs_two_keys_and_a_ramp_no_more() -> None:
    still = np.full((FRAMES, 4), 0.3, np.float32)
    ramp = np.linspace(0, 1, FRAMES, dtype=np.float32)[:, None] * np.ones(4, np.float32)
    assert key_frames(still).tolist() == key_frames(ramp).tolist() == [0, FRAMES - 1]
    assert key_frames(still[:1]).tolist() == [0]


def test_a_calm_face_needs_a_fraction_of_its_frames() -> None:
    clip = blinking()
    names = tuple(clip.face)
    weights = weights_of(clip.face, names, FRAMES)
    keys = key_frames(weights)
    assert len(keys) < 0.25 * FRAMES
    again = curves_of((keys / 24.0).astype(np.float32), weights[keys], names, FRAMES, 24.0)
    for name, curve in again.items():
        np.testing.assert_allclose(curve, clip.face[name], atol=0.005)


def test_the_validator_has_nothing_to_say_about_a_face(actor_glb: Path) -> None:
    verdict = validate(actor_glb, validator())
    assert (verdict.errors, verdict.warnings, verdict.infos) == (0, 0, 0), verdict.codes


def test_a_face_survives_writing_and_reading(actor: Character, actor_glb: Path) -> None:
    first, second = to_character(read_glb(actor_glb)).clips
    assert second.face == {}
    given = actor.clips[0].face
    assert set(first.face) == {"jawOpen", "eyeBlinkLeft", "eyeBlinkRight"}
    for name, curve in first.face.items():
        assert curve.dtype == np.float32
        np.testing.assert_allclose(curve, given[name], atol=0.005)


def test_each_mesh_gets_one_channel_and_clips_without_a_face_hold_it_at_rest(
    actor_glb: Path,
) -> None:
    document = json_of(actor_glb)
    for animation, moves in zip(document["animations"], (True, False), strict=True):
        faces = [c for c in animation["channels"] if c["target"]["path"] == "weights"]
        (channel,) = faces
        node = document["nodes"][channel["target"]["node"]]
        assert document["meshes"][node["mesh"]]["name"] == "face"
        sampler = animation["samplers"][channel["sampler"]]
        times, weights = (document["accessors"][sampler[end]] for end in ("input", "output"))
        assert weights["count"] == 52 * times["count"]
        assert times["min"] == [0.0]
        assert (times["count"] > 2) == moves


def test_a_character_without_morphs_keeps_its_bytes(mannequin: Character) -> None:
    faceless = replace(mannequin, parts=mannequin.parts[:1])
    with_one = replace(faceless, clips=(blinking(),))
    without = replace(faceless, clips=(replace(blinking(), face={}),))
    assert glb_bytes(with_one) == glb_bytes(without)


@pytest.mark.parametrize(
    ("curve", "why"),
    [(np.zeros(7, np.float32), "another length"), (np.full(25, np.inf, np.float32), "not finite")],
)
def test_a_face_that_cannot_be_played_is_refused(curve: np.ndarray, why: str) -> None:
    face = {"jawOpen": np.zeros(25, np.float32)}
    clip = replace(wave(), face=face)
    # Checked shapes would not let a curve of another length in by the front door.
    face["jawOpen"] = curve
    with pytest.raises(ValueError, match=why):
        add_clips([clip], skeleton(), BufferBuilder(), [FaceNode(55, ("jawOpen",))])


def test_a_file_whose_face_does_not_fit_its_mesh_is_refused(
    actor_glb: Path, tmp_path: Path
) -> None:
    data = actor_glb.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    channel = next(
        c for c in document["animations"][0]["channels"] if c["target"]["path"] == "weights"
    )
    # The body's mesh has no morph target at all.
    channel["target"]["node"] = next(
        i for i, n in enumerate(document["nodes"]) if n.get("mesh") == 0
    )
    text = json.dumps(document, separators=(",", ":")).encode().ljust(length)
    (tmp_path / "odd.glb").write_bytes(data[:20] + text[:length] + data[20 + length :])
    with pytest.raises(Gen3dError, match="morph targets"):
        to_character(read_glb(tmp_path / "odd.glb"))


def test_blender_shuts_the_eyes_in_a_blink(actor: Character, actor_glb: Path) -> None:
    seconds = [frame / actor.clips[0].fps for frame in (0, 40, 80, 120)]
    command = [*blender(), str(FACE_SCRIPT), "--", str(actor_glb), "eyeBlinkLeft"]
    done = subprocess.run(
        [*command, *map(str, seconds)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = [s for s in done.stdout.splitlines() if s.startswith(MARK)]
    seen = json.loads(line.removeprefix(MARK))
    assert [moment["weight"] for moment in seen] == pytest.approx([0, 1, 0, 1], abs=0.01)
    offset = float(np.linalg.norm(actor.parts[1].morphs["eyeBlinkLeft"], axis=1).max())
    assert [m["moved"] > 0.9 * offset for m in seen] == [False, True, False, True]
