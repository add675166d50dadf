# SPDX-License-Identifier: Apache-2.0
"""Words find motions."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.spec import MotionSpec, MoveSpec
from gen3d.text import TextEncoder
from gen3d.types import Skeleton
from motion.catalogue import entries
from motion.generate import generate
from motion.library import EXACT, find, styles
from motion.takes import Inquiry, Take, by_library

UNLISTED = {
    "sprinting across the field": ("run",),
    "fleeing from a bear": ("run",),
    "a stroll in the park": ("walk", "stroll"),
    "greeting a friend with the hand": ("wave", "wave_both_arms"),
    "hands above the head": ("raise_arms", "wave_both_arms"),
    "having a heated argument": ("argue",),
    "bowing before the king": ("bow",),
    "shooting arrows at a target": ("draw_bow",),
    "conjuring a spell": ("cast_spell",),
    "performing a salsa": ("dance", "disco", "dance_turning"),
    "hides behind a wall, crouched": ("crouch",),
    "doing a flip backwards": ("backflip",),
    "applauding the band": ("clap",),
    "sipping coffee": ("drink",),
    "lurching like the undead": ("zombie_walk",),
}


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.load()


def test_every_caption_finds_a_motion_that_has_it(encoder: TextEncoder) -> None:
    for chosen in entries()[::6]:
        match = find(chosen.captions[0], encoder)
        assert chosen.captions[0].lower() in [c.lower() for c in match.entry.captions]
        assert match.similarity == pytest.approx(1.0, abs=1e-3)


def test_wording_that_stands_in_no_list_finds_its_motion(encoder: TextEncoder) -> None:
    wrong = {
        text: find(text, encoder).entry.name
        for text, names in UNLISTED.items()
        if find(text, encoder).entry.name not in names
    }
    assert len(wrong) <= 1, wrong


def test_place_and_time_do_not_distract_from_the_verb(encoder: TextEncoder) -> None:
    assert find("running at sunset", encoder).entry.name == "run"
    assert find("jumping over a fence", encoder).entry.name == "jump"
    assert find("sitting on a chair", encoder).entry.name == "sit_on_chair"


LIBRARY = MoveSpec(source="library")


def _taken(text: str, encoder: TextEncoder) -> Take:
    return by_library(Inquiry(MotionSpec(text=text), LIBRARY, encoder, 0))


def test_a_verb_without_a_motion_gets_the_nearest_and_says_so(encoder: TextEncoder) -> None:
    taken = _taken("solving quadratic equations", encoder)
    assert not taken.exact
    assert taken.similarity < EXACT
    assert taken.notes[0].startswith("No motion for 'solving quadratic equations': the nearest, ")
    assert f"(similarity {taken.similarity:.2f})" in taken.notes[0]
    assert _taken("walking", encoder).notes == ()


@pytest.mark.parametrize(
    ("text", "manner"),
    [("walking slowly", "slowly"), ("rapidly walking", "quickly"), ("gloomily walking", "sadly")],
)
def test_adverbs_are_understood_one_at_a_time(text: str, manner: str, encoder: TextEncoder) -> None:
    assert [style.name for style in find(text, encoder).styles] == [manner]


def test_slow_is_longer_than_plain_and_fast_is_shorter(
    encoder: TextEncoder, adult: Skeleton
) -> None:
    seconds = [
        generate(MotionSpec(text=text), adult, encoder, 0, LIBRARY).measures["duration_s"]
        for text in ("walking slowly", "walking", "walking quickly")
    ]
    assert seconds[0] > 1.2 * seconds[1] > 1.4 * seconds[2]


def test_a_manner_that_the_motion_has_anyway_is_not_added_twice(encoder: TextEncoder) -> None:
    match = find("a tired walk", encoder)
    assert match.entry.name == "old_walk"
    assert match.styles == ()


def test_generate_is_a_function_of_words_body_and_seed(
    encoder: TextEncoder, adult: Skeleton
) -> None:
    spec = MotionSpec(text="standing idle")
    one, two, three = (generate(spec, adult, encoder, seed, LIBRARY) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.clip.rotations, two.clip.rotations)
    assert np.abs(one.clip.rotations - three.clip.rotations).max() > 1e-4
    assert one.take.source == "program:idle"
    assert one.take.exact
    assert one.take.licence == "Apache-2.0"


def test_generate_obeys_loop_and_place(encoder: TextEncoder, adult: Skeleton) -> None:
    spec = MotionSpec(text="running", in_place=True, loop=False)
    result = generate(spec, adult, encoder, 0, LIBRARY)
    assert not result.clip.loop
    assert abs(result.clip.root_positions).max() == 0.0
    assert result.take.licence == "Zlib"


def test_captions_are_embedded_once_and_a_damaged_cache_is_rebuilt(
    words: object, tmp_path: object
) -> None:
    from pathlib import Path

    first = find("walking", words)  # type: ignore[arg-type]
    calls = words.calls  # type: ignore[attr-defined]
    find("walking", words)  # type: ignore[arg-type]
    again = words.calls - calls  # type: ignore[attr-defined]
    assert again < calls
    for path in (Path(str(tmp_path)) / "motion").glob("*.npy"):
        path.write_bytes(b"damaged")
    assert find("walking", words).entry == first.entry  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "🤸🤸", "x" * 5000, "\x00\x01"])
def test_strange_words_still_give_some_motion(text: str, encoder: TextEncoder) -> None:
    match = find(text, encoder)
    assert -1.0 <= match.similarity <= 1.0
    assert match.entry in entries()


def test_every_motion_records_its_licence_and_styles_have_words() -> None:
    assert {e.licence for e in entries() if e.file} == {"Zlib"}
    assert all("CMU" in e.attribution for e in entries() if e.file)
    assert all(style.words for style in styles())
    assert sum(1 for e in entries() if e.program) >= 60
