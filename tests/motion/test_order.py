# SPDX-License-Identifier: Apache-2.0
"""Orders: spans tile the time, parts share out the body, the same is said in the same words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from motion.captioned import drawn_script
from motion.language.parse import parse
from motion.language.perform import performed
from motion.language.script import PARTS, Action, Script
from motion.language.verbs import verbs
from motion.order import Order, order_of, plain


def _order(text: str, seed: int = 0) -> Order:
    script = parse(text).script
    return order_of(script, performed(script, seed))


def _tiles(order: Order, seconds: float) -> bool:
    spans = order.spans
    touching = all(a.stop == b.start for a, b in pairwise(spans))
    return spans[0].start == 0.0 and touching and spans[-1].stop == pytest.approx(seconds)


def test_spans_tile_the_time_whatever_the_script() -> None:
    generator = np.random.default_rng(11)
    for seed in range(12):
        script = drawn_script(generator)
        done = performed(script, seed)
        order = order_of(script, done)
        assert _tiles(order, done.performance.seconds)
        assert order.seconds == pytest.approx(done.performance.seconds)
        assert all(span.stop - span.start >= 0.4 for span in order.spans)
        assert sum((span.actions for span in order.spans), start=()) != ()
        assert all(span.text for span in order.spans)


def test_times_that_were_asked_for_are_the_spans() -> None:
    order = _order("walk @0-3s -> sit @3-6s")
    assert len(order.spans) == 2
    assert order.spans[0].stop == pytest.approx(3.0, abs=0.8)
    assert "walk" in order.spans[0].text
    assert "sit" in order.spans[1].text
    assert all(not span.parts for span in order.spans)


def test_what_happens_at_once_is_one_span() -> None:
    order = _order("walks while waving the right hand, then jumps twice")
    assert len(order.spans) == 2
    assert [a.verb for a in order.spans[0].actions] == ["walk", "wave"]
    assert order.spans[1].actions[0].count == 2
    assert order.spans[0].parts == ()


def test_parts_that_were_told_apart_share_out_the_body_once() -> None:
    for text in (
        "legs: walk | arms: wave",
        "arms: clap | legs: walk",
        "upper body: bow | legs: walk",
        "head: nod | left arm: wave | legs: jump",
        "left arm: wave | right arm: punch",
    ):
        (span,) = _order(text).spans
        taken = [part for parts, _ in span.parts for part in parts]
        assert sorted(taken) == sorted(PARTS)
        assert all(words for _, words in span.parts)


def test_what_nobody_names_goes_with_the_legs() -> None:
    (span,) = _order("arms: clap | legs: walk").spans
    words = {part: text for parts, text in span.parts for part in parts}
    assert words["head"] == words["torso"] == words["legs"]
    assert words["left arm"] == words["right arm"] != words["legs"]
    assert "walk" in words["legs"]
    assert "clap" in words["left arm"]


def test_a_part_that_two_want_belongs_to_the_first() -> None:
    (span,) = _order("arms: clap | right arm: wave | legs: walk").spans
    words = {part: text for parts, text in span.parts for part in parts}
    assert "clap" in words["right arm"]
    assert len(span.parts) == 2


def test_spans_too_short_to_show_anything_join_their_neighbour() -> None:
    script = Script((Action("walk", seconds=2.0), Action("wave"), Action("bow")))
    done = performed(script, 0)
    whole = done.performance.seconds
    squeezed = type(done)(done.performance, ((0.0, 2.0), (2.0, 2.2), (2.2, whole)))
    order = order_of(script, squeezed)
    assert [len(span.actions) for span in order.spans] == [2, 1]
    assert _tiles(order, whole)
    assert "then" in order.spans[0].text
    last = type(done)(done.performance, ((0.0, 2.0), (2.0, whole - 0.1), (whole - 0.1, whole)))
    assert [len(span.actions) for span in order_of(script, last).spans] == [1, 2]
    first = type(done)(done.performance, ((0.0, 0.1), (0.1, 2.0), (2.0, whole)))
    assert [len(span.actions) for span in order_of(script, first).spans] == [2, 1]


def test_the_same_script_is_always_said_in_the_same_words() -> None:
    assert plain((Action("walk"),)) == "a person walks"
    assert plain((Action("walk", direction="backward", steps=3), Action("jump", count=2))) == (
        "a person walks three steps backward, then jumps twice"
    )
    assert plain((Action("walk"), Action("clap", together=True))) == (
        "a person walks while clapping"
    )
    assert len({plain((Action("wave", side=side),)) for side in ("left", "right")}) == 2
    assert _order("walk then bow", 0).spans[1].text == _order("walk then bow", 5).spans[1].text


def test_other_words_for_the_same_are_the_same_order() -> None:
    assert [s.text for s in _order("walks forward, then bows").spans] == [
        s.text for s in _order("a man is walking forwards and then he takes a bow").spans
    ]


def test_every_verb_in_plain_words_is_read_as_that_verb() -> None:
    for name in verbs():
        assert [a.verb for a in parse(plain((Action(name),))).script] == [name]
