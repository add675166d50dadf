# SPDX-License-Identifier: Apache-2.0
"""Weights, negatives, and concepts mixed by body part, as numbers of the figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.cli.avatar import AvatarOptions
from gen3d.cli.main import main
from gen3d.cli.making import plan
from gen3d.concepts.emphasis import parted
from gen3d.concepts.mixing import described
from gen3d.concepts.spec import ConceptSpec
from gen3d.config import RunConfig, dump_config, load_config
from gen3d.errors import Gen3dError
from gen3d.perception import to_oklab
from gen3d.spec import CharacterSpec
from gen3d.words.garments import slot
from gen3d.words.vocabulary import colour


def _figure(text: str, **said: str) -> CharacterSpec:
    concept = ConceptSpec.model_validate(said) if said else None
    return described(text, 3, concept).character


def test_a_weight_scales_how_far_a_word_moves_the_body() -> None:
    muscles = [_figure(f"a (muscular:{w}) sailor").body.muscle for w in (-1, 0, 0.5, 1)]
    assert muscles == sorted(muscles)
    assert len(set(muscles)) == 4
    assert _figure("a (muscular:1) sailor") == _figure("a muscular sailor")
    assert _figure("a (muscular:0) sailor").body == _figure("a sailor").body


def test_a_weight_scales_a_colour_and_stays_in_range() -> None:
    greens = [
        next(g.color[1] for g in _figure(f"a man in a (red:{w}) coat").garments if g.kind == "coat")
        for w in (0.3, 1.0, 1.3)
    ]
    assert greens[0] > greens[1] > greens[2] >= 0.0


@pytest.mark.parametrize("text", ["a (red:x) coat", "a (red:) coat", "a (red:9) coat"])
def test_a_weight_that_is_none_is_said_so(text: str) -> None:
    with pytest.raises(Gen3dError, match="weight"):
        parted(text)


def test_face_and_outfit_come_from_other_concepts_and_the_shape_stays() -> None:
    plain, orc = _figure("a skinny wizard"), _figure("an orc")
    mixed = _figure("a skinny wizard", face="an orc", outfit="a businessman in a blue suit")
    assert mixed.skin == orc.skin
    assert mixed.hair == orc.hair
    assert (mixed.body.weight, mixed.body.height) == (plain.body.weight, plain.body.height)
    assert (mixed.body.african, mixed.body.asian) == (orc.body.african, orc.body.asian)
    kinds = {g.kind: g for g in mixed.garments}
    assert {"jacket", "trousers"} <= set(kinds)
    assert "wizard_hat" not in kinds
    assert kinds["jacket"].color == colour("blue")


def test_negatives_take_away_garments_beards_colours_and_traits() -> None:
    plain = _figure("a wizard with a long beard in a red robe")
    without = _figure("a wizard with a long beard in a red robe", without="hat, beard, red, old")
    assert any(slot(g.kind) == "head" for g in plain.garments)
    assert not any(slot(g.kind) == "head" for g in without.garments)
    assert (plain.hair.beard, without.hair.beard) == (1.0, 0.0)
    robe = next(g for g in without.garments if g.kind == "robe")
    assert robe.color != colour("red")
    assert without.body.age_years < plain.body.age_years
    assert without.archetype == plain.archetype


def test_hips_stay_covered_whatever_is_not_wanted() -> None:
    left = _figure("a woman in trousers and a shirt", without="trousers, shirt").garments
    assert {"lower", "upper"} <= {slot(g.kind) for g in left}


def test_styles_change_the_palette_the_fabric_and_the_state() -> None:
    said = "a businessman in a green coat"
    plain = _figure(said)
    styles = ("monochrome", "pastel", "velvet", "black and gold", "wasteland survivor")
    coat = {
        style: next(g for g in _figure(said, style=style).garments if g.kind == "coat")
        for style in styles
    }
    own = next(g for g in plain.garments if g.kind == "coat")
    grey = to_oklab(np.array([coat["monochrome"].color]))[0]
    assert np.hypot(grey[1], grey[2]) < 0.01
    light = [to_oklab(np.array([g.color]))[0, 0] for g in (own, coat["pastel"])]
    assert light[1] > light[0]
    assert coat["velvet"].fabric == "velvet"
    assert coat["velvet"].color == own.color
    assert coat["black and gold"].color in {colour("black"), colour("gold")}
    worn = _figure("a businessman in a green coat", style="wasteland survivor")
    assert worn.skin.weathering > plain.skin.weathering
    assert coat["wasteland survivor"].pattern == "rags"


def test_words_that_are_no_style_are_told() -> None:
    notes = described("a sailor", 3, ConceptSpec(style="seventeen")).notes
    assert any("seventeen" in note for note in notes)


def test_kept_parts_stay_and_the_rest_follows_the_new_words(tmp_path: Path) -> None:
    first = described("an overweight red-haired pirate", 0, None)
    config = RunConfig(verb="avatar", prompt="an overweight red-haired pirate", description=first)
    (tmp_path / "config.yml").write_text(dump_config(config, "run"), encoding="utf-8")
    options = AvatarOptions(text="a thin knight in a blue cape", out=tmp_path, seed=9)
    blocks = {"concept": {"keep": ["face", "shape"], "without": "helmet"}}
    asked, folder = plan("avatar", options, {}, blocks)
    assert (folder, asked.seed, asked.description) == (tmp_path, 9, None)
    before, after = first.character, described(asked.prompt, asked.seed, asked.concept).character
    assert (after.body, after.hair, after.skin) == (before.body, before.hair, before.skin)
    assert "helmet" not in {g.kind for g in after.garments}
    cape = next(g for g in after.garments if g.kind == "cape")
    assert cape.color == colour("blue")
    # What is written comes back, numbers and all.
    (tmp_path / "config.yml").write_text(dump_config(asked, "run"), encoding="utf-8")
    assert load_config(tmp_path / "config.yml") == asked


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["a sailor", "--keep", "face"], "--keep"),
        (["a sailor", "--keep", "feet"], "feet"),
        (["a sailor", "--face", "an orc", "--from", "x.glb"], "--face"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["avatar", *arguments, "--out", str(tmp_path / "x"), "--quiet"]) == 1
    assert word in capsys.readouterr().err
