# SPDX-License-Identifier: Apache-2.0
"""A search moves what the words leave open, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.concepts.mixing import described
from gen3d.figures import search
from gen3d.figures.aim import Aim, aim_at, seen_by
from gen3d.figures.dressing import Dressing, worn_elsewhere
from gen3d.figures.photo import Shot
from gen3d.figures.reader import Asked, read_asked
from gen3d.figures.search import Found, SearchPlan, State, changes, improved
from gen3d.figures.trials import sketched
from gen3d.guidance.towers import load_tower
from gen3d.spec import CharacterSpec
from gen3d.words.garments import parse, slot
from tests.gen3d.guidance.tiny import write_tower

PROMPT = "a bald boy in a red t-shirt"
PLAN = SearchPlan(looks=7, drapes=1, keep=0.0)
"""Free of charge: a random tower's likes are small."""


@pytest.fixture(scope="module")
def draft() -> CharacterSpec:
    return described(PROMPT, 0, None).character


@pytest.fixture(scope="module")
def asked() -> Asked:
    return read_asked(PROMPT, described(PROMPT, 0, None))


@pytest.fixture(scope="module")
def aim(asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> Aim:
    return aim_at(asked, load_tower(write_tower(tmp_path_factory.mktemp("aim") / "tower")))


@pytest.fixture(scope="module")
def searched(draft: CharacterSpec, asked: Asked, aim: Aim) -> tuple[Found, list[State]]:
    """What a search found, and every state of it as it would be kept."""
    kept: list[State] = []
    found = improved(
        draft, asked, aim, PLAN, 3, lambda state, _: kept.append(State.from_json(state.to_json()))
    )
    return found, kept


def test_the_score_never_falls_and_what_is_kept_pays(
    draft: CharacterSpec, searched: tuple[Found, list[State]]
) -> None:
    states = searched[1]
    scores = [states[0].draft, *(state.score for state in states)]
    assert scores == sorted(scores)
    last = states[-1]
    assert last.history, "the tower is random: some change must have pleased it"
    assert changes(draft, last.best) > 0
    assert last.score > last.draft


@pytest.mark.parametrize(("noisier", "kept"), [(1.4, True), (1.6, False)])
def test_patchwork_is_not_kept_however_much_it_pays(
    draft: CharacterSpec,
    asked: Asked,
    aim: Aim,
    searched: tuple[Found, list[State]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    noisier: float,
    kept: bool,
) -> None:
    """The same search, but for what it is told of the noise of all but the draft."""
    told = iter([1.0])
    monkeypatch.setattr(search, "variation_of", lambda _: next(told, noisier))
    again = improved(draft, asked, aim, PLAN, 3, lambda *_: None)
    assert again.state.history == (searched[1][-1].history if kept else [])


def test_what_the_words_say_is_as_it_was(
    draft: CharacterSpec, searched: tuple[Found, list[State]]
) -> None:
    said = next(g for g in draft.garments if g.kind == "t_shirt")
    for state in searched[1]:
        shirt = next(g for g in state.best.garments if g.kind == "t_shirt")
        assert (shirt.color, shirt.pattern) == (said.color, said.pattern)
        assert state.best.hair == draft.hair
        assert {"lower", "upper"} <= {slot(g.kind) for g in state.best.garments}


def test_a_search_that_was_stopped_goes_on_to_the_same_result(
    draft: CharacterSpec, asked: Asked, aim: Aim, searched: tuple[Found, list[State]]
) -> None:
    found, states = searched
    assert improved(draft, asked, aim, PLAN, 3, lambda *_: None, states[3]) == found


def test_what_was_found_stays_only_where_the_guide_likes_it_from_elsewhere(
    draft: CharacterSpec, searched: tuple[Found, list[State]]
) -> None:
    found = searched[0]
    assert found.scores["found"] != found.scores["draft"]
    better = found.scores["found"] > found.scores["draft"]
    assert found.figure == (found.state.best if better else draft)


def test_a_stranger_is_offered_costumes_under_what_the_words_name(aim: Aim) -> None:
    description = described("a beatnik with a scarlet cape", 0, None)
    read = read_asked("a beatnik with a scarlet cape", description)
    costumes = Dressing.of(description.character, read, aim, 0).costumes
    assert len({told for _, told in costumes}) == len(costumes) == 2
    for spec, _ in costumes:
        cape = next(g for g in spec.garments if g.kind == "cape")
        assert cape.color == parse("cape scarlet").color
    known = replace(read, stranger="")
    assert not Dressing.of(description.character, known, aim, 0).costumes


def test_far_figures_lend_no_costumes(aim: Aim) -> None:
    """A jockey is known for a rider; the cowboy is a seventh as near."""
    words = "a jockey in a silk shirt"
    room = Dressing.of(
        described(words, 0, None).character, read_asked(words, described(words, 0, None)), aim, 0
    )
    assert room.costumes == ()


def test_what_an_archetype_brings_along_is_not_taken_off(aim: Aim) -> None:
    prompt = "a wizard in a peach coloured robe"
    description = described(prompt, 0, None)
    draft, read = description.character, read_asked(prompt, description)
    assert "wizard_hat" in {g.kind for g in draft.garments}
    rng = np.random.default_rng(0)
    for stranger, stays in (("", True), ("somebody", False)):
        dressing = Dressing.of(draft, replace(read, stranger=stranger), aim, 0)
        tried = [dressing.repainted(draft, draft, rng)[0] for _ in range(80)]
        assert all("wizard_hat" in {g.kind for g in spec.garments} for spec in tried) == stays


def test_garments_are_tried_as_somebody_wears_them() -> None:
    for kind, notations in worn_elsewhere().items():
        assert all(parse(notation).kind == kind for notation in notations)
    assert len(worn_elsewhere()["boots"]) > 10


def test_the_aim_prefers_the_picture_that_its_text_is_nearer_to(
    draft: CharacterSpec, aim: Aim
) -> None:
    who, shots = sketched(draft, 0), (Shot("full", 20.0), Shot("face", 0.0))
    pictures = who.pictures(shots, aim.tower.lens.size_px[0])
    seen = seen_by(aim.tower, pictures)
    assert np.allclose(seen.norm(dim=1), 1.0, atol=1e-5)
    whole, near = replace(aim.whole, wanted=seen[0]), replace(aim.near, wanted=seen[1])
    assert replace(aim, whole=whole, near=near).score(pictures, shots) > aim.score(pictures, shots)
