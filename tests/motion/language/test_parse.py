# SPDX-License-Identifier: Apache-2.0
"""English, parts and times become scripts."""

from __future__ import annotations

import pytest

from gen3d.errors import Gen3dError
from gen3d.text import TextEncoder
from motion.language.clauses import clauses
from motion.language.lexicon import lemmas
from motion.language.parse import MOST_CHARACTERS, parse
from motion.language.script import Action
from motion.language.verbs import manners, verbs


def _first(text: str) -> Action:
    return parse(text).script.actions[0]


def _names(text: str) -> list[str]:
    return [action.verb for action in parse(text).script]


def test_there_are_sixty_verbs_with_three_wordings_each() -> None:
    assert len(verbs()) >= 60
    assert all(len(verb.words) >= 3 for verb in verbs().values())
    assert all(set(verb.manners) <= set(manners()) for verb in verbs().values())


@pytest.mark.parametrize("name", list(verbs()))
def test_every_listed_wording_means_its_verb_or_a_verb_that_lists_it_too(name: str) -> None:
    owners = {w: {n for n, v in verbs().items() if w in v.words} for w in verbs()[name].words}
    for wording, meant in owners.items():
        assert parse(wording).script.actions[0].verb in meant, wording


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("waves", "wave"),
        ("running", "run"),
        ("hurried", "hurry"),
        ("sat", "sit"),
        ("kicks", "kick"),
    ],
)
def test_inflected_words_stand_for_their_base_form(word: str, base: str) -> None:
    assert base in lemmas(word)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("walks in a circle, then waves with the right hand three times", ["walk", "wave"]),
        ("a person jumps twice and bows", ["jump", "bow"]),
        ("walk @0-3s -> sit @3-6s", ["walk", "sit"]),
        ("after sitting down, he claps", ["sit", "clap"]),
        ("bows after jumping three times", ["jump", "bow"]),
        ("jumps before bowing", ["jump", "bow"]),
        ("punches with the right hand, kicks, and ducks", ["punch", "kick", "crouch"]),
        ("waves while walking", ["wave", "walk"]),
        ("picks up a box and carries it forward", ["pick_up", "carry"]),
    ],
)
def test_sentences_become_actions_in_the_order_of_time(text: str, wanted: list[str]) -> None:
    assert _names(text) == wanted


def test_and_means_at_once_only_where_the_body_is_free() -> None:
    assert parse("walks and waves").script.actions[1].together
    assert parse("sits down and claps").script.actions[1].together
    assert not parse("jumps twice and bows").script.actions[1].together
    assert not parse("walks, then waves").script.actions[1].together


def test_and_within_one_action_does_not_part_it() -> None:
    assert _names("looks left and right") == ["look_around"]
    assert _names("walks slowly and quietly") == ["walk"]


def test_numbers_say_what_their_units_say() -> None:
    assert _first("jumps three times").count == 3
    assert _first("walks 4 steps").steps == 4
    assert _first("runs for 2.5 metres").metres == pytest.approx(2.5)
    assert _first("sneaks for 3 seconds").seconds == pytest.approx(3.0)
    assert _first("turns left by 90 degrees").turn_deg == pytest.approx(90.0)
    assert _first("turns 45 degrees to the right").turn_deg == pytest.approx(-45.0)
    assert _first("turns around").turn_deg == pytest.approx(180.0)
    assert _first("waves with one hand").count == 0


def test_sides_belong_to_limbs_and_directions_to_ways() -> None:
    kick = _first("kicks with the left leg")
    assert (kick.side, kick.direction) == ("left", "")
    walk = _first("walks to the left")
    assert (walk.side, walk.direction) == ("", "left")
    assert _first("walks backwards").direction == "backward"
    assert _first("runs in a circle clockwise").direction == "circle right"
    assert _first("walks sideways").verb == "sidestep"
    assert parse("turns around and walks back").script.actions[1].direction == "forward"


def test_manners_and_sizes_are_understood() -> None:
    assert _first("a drunk man walks slowly").manners == ("drunk", "slowly")
    assert _first("kicks high").size > 1.0 > _first("waves slightly").size


def test_parts_and_times_are_taken_as_they_are_written() -> None:
    legs, arms = parse("legs: walk | arms: wave").script.actions
    assert legs.parts == ("legs",)
    assert arms.parts == ("left arm", "right arm")
    assert arms.together
    sit = parse("walk @0-3s -> sit @3-6s").script.actions[1]
    assert (sit.start, sit.seconds) == (3.0, 3.0)


def test_a_verb_that_no_list_has_is_found_by_meaning_and_nonsense_gets_a_note() -> None:
    encoder = TextEncoder.load()
    found = parse("scampers off at top speed", encoder)
    assert found.script.actions[0].verb == "run"
    doubt = parse("solves quadratic equations", encoder)
    assert not doubt.exact
    assert doubt.notes[0].startswith("No motion for 'solves quadratic equations': the nearest, ")
    assert parse("walks", encoder).notes == ()


@pytest.mark.parametrize("text", ["", "   ", "x" * (MOST_CHARACTERS + 1), "walk @3-1s", "|", "->"])
def test_words_that_make_no_script_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Gen3dError):
        parse(text)


def test_strange_signs_do_no_harm() -> None:
    for text in ("🤸", "\x00\x01", "walk; rm -rf /", "(((", "walk " * 100):
        assert len(parse(text).script) >= 1


def test_clauses_keep_what_has_no_verb_with_its_neighbour() -> None:
    found = clauses("walks, slowly, and waves", lambda text: "w" in text and text != "slowly")
    assert [clause.text for clause in found] == ["walks slowly", "waves"]


def test_the_back_of_something_is_no_way() -> None:
    assert _first("scratches the back of her head").direction == ""
    assert _first("walks back").direction == "backward"
    assert _first("backs away slowly in fear").direction == "backward"


@pytest.mark.parametrize(
    "text", ["paces back and forth", "he walks to and fro", "runs there and back"]
)
def test_who_goes_back_and_forth_turns_in_between(text: str) -> None:
    there, turn, back = parse(text).script.actions
    assert there.verb == back.verb
    assert there.direction == back.direction == "forward"
    assert (turn.verb, turn.turn_deg) == ("turn", 180.0)


@pytest.mark.parametrize("text", ["zorbs", "does a gwimble", "flobbers about merrily"])
def test_nobody_falls_on_the_face_because_of_a_doubt(text: str) -> None:
    found = parse(text, TextEncoder.load())
    assert found.notes
    assert all(verbs()[action.verb].posture != "front" for action in found.script)
