# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen3d.config import (
    OutputSpec,
    RunConfig,
    check_prompt,
    config_dir,
    dump_config,
    load_config,
    parse_config,
)
from gen3d.errors import Gen3dError
from gen3d.spec import BodySpec, CharacterSpec, Description, GarmentSpec, SkySpec

fractions = st.floats(0, 1)
garments = st.builds(
    GarmentSpec,
    kind=st.sampled_from(["t_shirt", "boots", "cape"]),
    color=st.tuples(fractions, fractions, fractions),
)
descriptions = st.builds(
    Description,
    who=st.text(max_size=20),
    character=st.builds(
        CharacterSpec,
        body=st.builds(BodySpec, weight=fractions, height=st.floats(0.4, 2.6)),
        garments=st.lists(garments, max_size=3).map(tuple),
    ),
    sky=st.builds(SkySpec, sun_elevation_deg=st.floats(-18, 90)),
)
configs = st.builds(
    RunConfig,
    prompt=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    seed=st.integers(0, 2**32 - 1),
    output=st.builds(OutputSpec, in_place=st.sampled_from([None, True, False])),
    description=st.none() | descriptions,
)


@given(config=configs)
def test_a_config_that_is_written_reads_back_equal(
    config: RunConfig, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("config") / "config.yml"
    path.write_text(dump_config(config, "runs/x"), encoding="utf-8")
    assert load_config(path) == config


def test_a_colour_stays_on_one_line_for_whoever_edits_it() -> None:
    text = dump_config(RunConfig(description=Description()), "runs/x")
    assert "  ground_albedo: [0.18, 0.17, 0.15]" in text


@pytest.mark.parametrize(
    ("content", "key", "near"),
    [
        ({"promt": "a ninja"}, "promt", "prompt"),
        ({"output": {"bone": "vrm"}}, "output.bone", "bones"),
        ({"description": {"sky": {"sun_elevation": 3}}}, "sun_elevation", "sun_elevation_deg"),
        ({"description": {"character": {"body": {"hight": 2}}}}, "hight", "height"),
        (
            {"description": {"character": {"garments": [{"kind": "cape", "colour": 1}]}}},
            "colour",
            "color",
        ),
    ],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(
    content: dict[str, object], key: str, near: str
) -> None:
    with pytest.raises(Gen3dError, match=key) as caught:
        parse_config(content, "config.yml")
    assert repr(near) in caught.value.hint


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"seed": "seven"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"output": {"sky_width_px": 3}}, "output.sky_width_px"),
        ({"output": []}, "output"),
        ({"description": {"character": {"body": {"height": 7}}}}, "body.height"),
        ({"description": {"character": {"hair": {"style": "wig"}}}}, "hair.style"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_its_key_and_the_value(
    content: dict[str, object], key: str
) -> None:
    with pytest.raises(Gen3dError, match=key):
        parse_config(content, "config.yml")


@pytest.mark.parametrize(
    "text", ["prompt: [", "\tx: 1", "just words", "- a\n- b", "!!python/object:os.system {}", ""]
)
def test_a_file_that_is_no_mapping_of_plain_yaml_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yml").write_text(text, encoding="utf-8")
    with pytest.raises(Gen3dError, match=r"config\.yml"):
        load_config(tmp_path / "config.yml")


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_bytes(bytes(range(256)))
    with pytest.raises(Gen3dError, match="not valid YAML"):
        load_config(tmp_path / "config.yml")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("a" * 100_000, "100,000 characters"),
        ("🥷🏃🌇", "no words"),
        ("?!... --- 12", "no words"),
        ("a \x07 ninja", "control character U\\+0007"),
        ("a \x00", "control character U\\+0000"),
        ("a \udc80 ninja", "control character U\\+DC80"),
    ],
)
def test_a_prompt_that_cannot_be_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Gen3dError, match=reason) as caught:
        check_prompt(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["忍者が走る", "un ninja élancé", "a ninja 🥷, 2 m tall!"])
def test_any_script_with_letters_is_a_prompt(text: str) -> None:
    assert check_prompt(text) == text


def test_white_space_is_tidied() -> None:
    assert check_prompt("  a\n tall\tninja ") == "a tall ninja"


def test_the_folder_of_presets_is_found() -> None:
    assert (config_dir() / "models" / "body.yml").is_file()
