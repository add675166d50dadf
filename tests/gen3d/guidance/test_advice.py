# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.guidance.advice import (
    check_settings,
    diffusion_digest,
    guides_of,
    load_guiding_tower,
    rivals_of,
    told_diffusion,
    told_tower,
    tower_digest,
)
from gen3d.guidance.term import Sight
from gen3d.guidance.towers import load_tower
from gen3d.guidance.wording import canonicalise
from gen3d.manifest import commercial_use, stranger
from gen3d.render.views import orbit
from gen3d.spec import ObjectSpec
from tests.gen3d.guidance.tiny import write_diffusion, write_tower

PROMPT = "an azure vase made of ceramic"
WORDS = canonicalise(PROMPT)


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tower(tmp_path_factory.mktemp("models") / "tower")


@pytest.fixture(scope="module")
def diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_diffusion(tmp_path_factory.mktemp("models") / "diffusion")


def settings(**values: Any) -> ObjectSpec:  # noqa: ANN401  # any field of the settings
    return ObjectSpec.model_validate({"tower": "", "diffusion": "", **values})


def sight() -> Sight:
    flat = torch.zeros(2)
    views = orbit(torch.tensor([0.0, 180.0]), flat, flat + 3.0, flat + 40.0, 32)
    pictures = torch.rand((2, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    return Sight(pictures.requires_grad_(), views)


@pytest.mark.parametrize("models", [{"tower"}, {"diffusion"}, {"tower", "diffusion"}])
def test_each_model_that_is_named_becomes_a_guide_whose_gradient_reaches_the_pictures(
    tower: Path, diffusion: Path, models: set[str]
) -> None:
    places = {"tower": str(tower), "diffusion": str(diffusion)}
    chosen = settings(**{name: places[name] for name in models}, clip=[0.0, 1.0, 1.0, 3.0], sds=0.5)
    guides = guides_of(chosen, PROMPT, WORDS, load_guiding_tower(chosen, "cpu"), "cpu")
    assert len(guides) == len(models)
    weights = {"tower": (1.0, 2.0, 3.0), "diffusion": (0.5, 0.5, 0.5)}
    expected = [weights[name] for name in ("tower", "diffusion") if name in models]
    assert [tuple(g.weight(p) for p in (0.0, 0.5, 1.0)) for g in guides] == expected
    for guide in guides:
        seen = sight()
        guide.term(seen, 0.3, torch.Generator().manual_seed(0)).loss.backward()
        assert seen.pictures.grad is not None
        assert float(seen.pictures.grad.abs().max()) > 0.0


def test_no_model_is_no_guidance() -> None:
    with pytest.raises(Gen3dError, match="nothing to guide"):
        guides_of(settings(), PROMPT, WORDS, None, "cpu")


def test_own_models_hear_trained_words_and_published_ones_the_users(tower: Path) -> None:
    own = told_tower(PROMPT, WORDS, load_tower(tower), "ugly | blurred")
    assert own.wanted[0].text == WORDS.text
    assert [one.text for one in own.unwanted] == ["ugly", "blurred"]
    assert own.rivals
    mine = told_diffusion(PROMPT, WORDS, own=True, negative="")
    theirs = told_diffusion(PROMPT, WORDS, own=False, negative="")
    assert [one.text for one in mine.wanted] == [WORDS.text]
    assert [one.text for one in theirs.wanted] == [PROMPT]
    assert WORDS.text != PROMPT


def test_rivals_are_other_things_half_of_the_same_kind_and_always_the_same() -> None:
    rivals = rivals_of(WORDS)
    assert len(set(rivals)) == len(rivals) > 20
    assert WORDS.text not in rivals
    assert sum("vase" in text for text in rivals) >= 12
    assert rivals == rivals_of(WORDS)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "nothing to guide"),
        ({"steps": 0}, "nothing to guide"),
        ({"tower": "x", "draft": True, "start": "ball"}, "cannot start from a ball"),
        ({"tower": "x", "clip": [1.0, 2.0, 3.0]}, "is not a schedule"),
        ({"tower": "x", "sds": [[0.0, 1.0], "quick"]}, "is not a schedule"),
        ({"tower": "x", "distillation": {"skale": 3.0}}, "has no setting 'skale'"),
    ],
)
def test_settings_that_cannot_work_are_found_before_anything_is_made(
    values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Gen3dError, match=sentence):
        check_settings(settings(**values))


def test_nothing_needs_guidance_where_nothing_is_fitted() -> None:
    check_settings(settings(draft=True))
    check_settings(settings(steps=0, texture_steps=0))


def test_a_tower_of_nans_is_refused(tmp_path: Path) -> None:
    spoilt = write_tower(tmp_path / "tower", factor=float("nan"))
    with pytest.raises(Gen3dError, match="not finite numbers"):
        load_guiding_tower(settings(tower=str(spoilt)), "cpu")


def test_a_tower_whose_features_overflow_is_refused(tmp_path: Path) -> None:
    loud = write_tower(tmp_path / "tower", loud=3e37)
    with pytest.raises(Gen3dError, match="no direction"):
        load_guiding_tower(settings(tower=str(loud)), "cpu")


def test_a_models_digest_is_of_its_weights_not_of_its_place(
    tower: Path, diffusion: Path, tmp_path: Path
) -> None:
    assert tower_digest(str(tower)) == tower_digest(str(write_tower(tmp_path / "moved")))
    other = write_tower(tmp_path / "other", seed=5)
    assert tower_digest(str(tower)) != tower_digest(str(other))
    again = write_diffusion(tmp_path / "again")
    assert diffusion_digest(str(diffusion)) == diffusion_digest(str(again))
    assert tower_digest("") == diffusion_digest("") == ""
    assert len(tower_digest("object-clip")) == 64


def test_a_model_without_a_card_forbids_nothing_and_allows_nothing(tower: Path) -> None:
    entry = stranger(str(tower), "0" * 64, "guides")
    assert str(tower.parent) not in str(entry)
    assert commercial_use([entry])["allowed"] is False
    assert "no card" in str(commercial_use([entry])["why"])
