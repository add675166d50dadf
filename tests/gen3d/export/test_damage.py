# SPDX-License-Identifier: Apache-2.0
"""Files that lie: whatever is wrong with them, the reader says so in one sentence."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gen3d.check import check_glb
from gen3d.check.khronos import VARIABLE
from gen3d.errors import Gen3dError
from gen3d.export.container import pack
from gen3d.export.gltf_read import read_glb, to_character


def outcome(path: Path) -> str:
    """Read, rebuild and audit; anything but success or a sentence escapes."""
    try:
        document = read_glb(path)
        assert check_glb(path).rows
        to_character(document)
    except Gen3dError:
        return "sentence"
    return "fine"


@pytest.fixture(autouse=True)
def _without_the_validator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))


def test_an_undamaged_file_is_fine(mannequin_glb: Path) -> None:
    assert outcome(mannequin_glb) == "fine"


def test_a_file_cut_anywhere_is_a_sentence(mannequin_glb: Path, tmp_path: Path) -> None:
    data = mannequin_glb.read_bytes()
    path = tmp_path / "cut.glb"
    for length in [0, 3, 11, 12, 19, 20, 21, *np.linspace(22, len(data) - 1, 40).astype(int)]:
        path.write_bytes(data[:length])
        assert outcome(path) == "sentence", length


def halves(path: Path) -> tuple[bytes, bytes]:
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    return data[20 : 20 + length], data[28 + length :]


@pytest.mark.filterwarnings("error")
def test_flipped_bytes_of_the_json_never_crash(mannequin_glb: Path, tmp_path: Path) -> None:
    text, binary = halves(mannequin_glb)
    rng = np.random.default_rng(3)
    path = tmp_path / "flipped.glb"
    seen = set()
    for _ in range(60):
        bad = bytearray(text)
        bad[rng.integers(len(bad))] = rng.choice(list(b'0123456789-,:"{}[]eE.x\x00\xff'))
        path.write_bytes(pack(bytes(bad), binary))
        seen.add(outcome(path))
    assert seen == {"fine", "sentence"}


@pytest.mark.filterwarnings("error")
def test_flipped_bytes_of_the_data_never_crash(mannequin_glb: Path, tmp_path: Path) -> None:
    text, binary = halves(mannequin_glb)
    rng = np.random.default_rng(4)
    path = tmp_path / "flipped.glb"
    for _ in range(30):
        bad = bytearray(binary)
        for at in rng.integers(0, len(bad), size=rng.integers(1, 40)):
            bad[at] = rng.integers(256)
        path.write_bytes(pack(text, bytes(bad)))
        outcome(path)


def numbers_in(value: object, path: tuple = ()) -> list[tuple]:
    """Paths to every whole number of a JSON value."""
    if isinstance(value, dict):
        return [p for key, inner in value.items() for p in numbers_in(inner, (*path, key))]
    if isinstance(value, list):
        return [p for i, inner in enumerate(value) for p in numbers_in(inner, (*path, i))]
    return [path] if isinstance(value, int) and not isinstance(value, bool) else []


@pytest.mark.filterwarnings("error")
def test_wrong_numbers_in_the_json_never_crash(mannequin_glb: Path, tmp_path: Path) -> None:
    text, binary = halves(mannequin_glb)
    places = numbers_in(json.loads(text))
    rng = np.random.default_rng(5)
    path = tmp_path / "numbers.glb"
    for _ in range(40):
        document = json.loads(text)
        *above, last = places[rng.integers(len(places))]
        holder = document
        for step in above:
            holder = holder[step]
        holder[last] = int(rng.choice([-1, 0, 1, 2, 3, 7, 255, 5121, 99999, 2**31, 2**53]))
        path.write_bytes(pack(json.dumps(document).encode(), binary))
        outcome(path)


def _two_parents(document: dict) -> None:
    document["nodes"][5]["children"] = [2]


def _own_ancestor(document: dict) -> None:
    document["nodes"][1]["children"] = [0]


def _missing_mesh(document: dict) -> None:
    document["nodes"][-1]["mesh"] = 77


def _compressed(document: dict) -> None:
    document["extensionsRequired"] = ["KHR_draco_mesh_compression"]


def _outside(document: dict) -> None:
    document["buffers"][0]["uri"] = "elsewhere.bin"


def _no_positions(document: dict) -> None:
    document["meshes"][0]["primitives"][0]["attributes"].pop("POSITION")


def _joints_alone(document: dict) -> None:
    document["meshes"][0]["primitives"][0]["attributes"].pop("WEIGHTS_0")


def _too_large(document: dict) -> None:
    document["nodes"][3]["translation"] = [0, 1e300, 0]


def _more_values_than_keys(document: dict) -> None:
    sampler = document["animations"][0]["samplers"][0]
    sampler["input"] = document["animations"][1]["samplers"][0]["input"]


def _short_names(document: dict) -> None:
    document["meshes"][1]["extras"]["targetNames"] = ["one"]


def _version(document: dict) -> None:
    document["asset"]["version"] = "1.0"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_two_parents, "two parents"),
        (_own_ancestor, "ancestor"),
        (_missing_mesh, "mesh 77"),
        (_compressed, "draco"),
        (_outside, "another file"),
        (_no_positions, "POSITION"),
        (_joints_alone, "WEIGHTS_0"),
        (_too_large, "1e.300"),
        (_more_values_than_keys, "keys of"),
        (_short_names, "morph targets"),
        (_version, "version"),
    ],
)
def test_the_sentence_names_the_fault(
    damage: Callable[[dict], None], words: str, mannequin_glb: Path, tmp_path: Path
) -> None:
    text, binary = halves(mannequin_glb)
    document = json.loads(text)
    damage(document)
    path = tmp_path / "damaged.glb"
    path.write_bytes(pack(json.dumps(document).encode(), binary))
    with pytest.raises(Gen3dError, match=words):
        read_glb(path)


def test_a_body_without_a_root_is_no_character_of_ours(mannequin_glb: Path, tmp_path: Path) -> None:
    text, binary = halves(mannequin_glb)
    path = tmp_path / "rootless.glb"
    path.write_bytes(pack(text.replace(b'"root"', b'"boot"'), binary))
    with pytest.raises(Gen3dError, match="no bone root"):
        to_character(read_glb(path))


@pytest.mark.parametrize("content", [b"", b"solid ascii stl", b"PK\x03\x04", b"\x00" * 100])
def test_another_kind_of_file_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.glb"
    path.write_bytes(content)
    assert outcome(path) == "sentence"


def test_a_folder_and_an_absent_file_are_sentences(tmp_path: Path) -> None:
    assert outcome(tmp_path) == "sentence"
    assert outcome(tmp_path / "absent.glb") == "sentence"


def test_deeply_nested_json_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "deep.glb"
    path.write_bytes(pack(b'{"asset":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b""))
    assert outcome(path) == "sentence"
