# SPDX-License-Identifier: Apache-2.0
"""Random motions with words that are true of them."""

from __future__ import annotations

import numpy as np
import pytest

from motion.captioned import LONGEST, captured, draw, drawn_script, example, mirror, windows_of
from motion.catalogue import entry, play
from motion.language.parse import parse
from motion.language.phrasing import (
    BASE,
    GERUND,
    THIRD,
    Tongue,
    conjugated,
    kept_words,
    mirrored_words,
    said,
    sentence,
    trained_words,
)
from motion.language.script import PARTS, Action, Script
from motion.language.verbs import verbs


def _tongue(seed: int = 0, *, held_out: bool = False) -> Tongue:
    return Tongue(np.random.default_rng(seed), held_out)


@pytest.mark.parametrize(
    ("word", "third", "gerund"),
    [
        ("wave", "waves", "waving"),
        ("run", "runs", "running"),
        ("carry", "carries", "carrying"),
        ("push", "pushes", "pushing"),
        ("lie", "lies", "lying"),
        ("play", "plays", "playing"),
        ("do", "does", "doing"),
    ],
)
def test_verbs_are_conjugated(word: str, third: str, gerund: str) -> None:
    assert (conjugated(word, THIRD), conjugated(word, GERUND)) == (third, gerund)
    assert conjugated(word, BASE) == word


def test_an_example_depends_on_its_generator_alone() -> None:
    one, two = (draw(np.random.default_rng(11)) for _ in range(2))
    assert one.captions == two.captions
    assert one.performance.rotations.tobytes() == two.performance.rotations.tobytes()


def test_examples_are_of_usable_length_and_whole() -> None:
    for seed in range(12):
        made = draw(np.random.default_rng(seed))
        assert 0.9 < made.performance.seconds <= LONGEST + 0.05
        assert np.isfinite(made.performance.rotations).all()
        assert made.captions
        assert set(made.parts) == set(PARTS)
        assert all(0.0 <= a <= b for a, b, _ in made.intervals)


def test_thousands_of_captions_are_distinct() -> None:
    rng = np.random.default_rng(0)
    texts = {sentence(drawn_script(rng), Tongue(rng)) for _ in range(3000)}
    assert len(texts) > 2400


def test_wordings_kept_for_tests_are_never_trained() -> None:
    for verb in verbs().values():
        assert len(verb.words) < 4 or not set(trained_words(verb)) & set(kept_words(verb))
    rng = np.random.default_rng(1)
    trained = {sentence(drawn_script(rng), Tongue(rng)) for _ in range(1500)}
    rng = np.random.default_rng(2)
    kept = {sentence(drawn_script(rng), Tongue(rng, held_out=True)) for _ in range(1500)}
    assert len(trained & kept) < 0.02 * len(kept)


def test_what_is_said_is_understood_as_what_was_meant() -> None:
    rng = np.random.default_rng(3)
    right = total = 0
    for _ in range(250):
        script = drawn_script(rng)
        found = parse(sentence(script, Tongue(rng))).script
        total += 1
        shared = {v for a in script for v in _synonymous(a.verb)}
        right += len(found) == len(script) and all(a.verb in shared for a in found)
    assert right >= 0.9 * total


def _synonymous(name: str) -> set[str]:
    words = set(verbs()[name].words)
    return {other for other, verb in verbs().items() if words & set(verb.words)} | {name}


def test_numbers_sides_and_ways_survive_being_said_and_read() -> None:
    actions = (
        Action("walk", direction="backward", steps=4),
        Action("jump", count=3),
        Action("turn", turn_deg=-90.0),
        Action("kick", side="left"),
        Action("run", direction="circle left"),
    )
    for seed in range(5):
        for action in actions:
            read = parse(said(action, THIRD, _tongue(seed))).script.actions[0]
            assert (read.count, read.steps, read.side) == (action.count, action.steps, action.side)
            if action.turn_deg:
                assert read.turn_deg in (action.turn_deg, 0.0)
            else:
                assert read.direction == action.direction


def test_a_mirrored_example_is_the_other_side_in_body_and_words() -> None:
    made = example(Script((Action("wave", side="left"),)), 0, np.random.default_rng(0))
    other = mirror(made)
    assert all("right" in caption for caption in other.captions)
    assert not any("left" in caption for caption in other.captions)
    np.testing.assert_allclose(other.performance.pelvis[:, 0], -made.performance.pelvis[:, 0])
    np.testing.assert_allclose(mirror(other).performance.rotations, made.performance.rotations)
    assert mirrored_words("turns left, clockwise") == "turns right, counterclockwise"


def test_captured_clips_have_their_own_words_and_windows_cover_long_ones() -> None:
    chosen = entry("clip:cartwheel")
    made = captured(chosen, np.random.default_rng(0))
    assert set(made.captions) <= set(chosen.captions)
    long = play(entry("clip:aerial_spin"), 0)
    pieces = windows_of(long, np.random.default_rng(0), 1.5)
    assert len(pieces) == int(np.ceil(len(long.pelvis) / 46))
    assert all(piece.seconds == pytest.approx(1.5) for piece in pieces)
