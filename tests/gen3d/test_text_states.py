# SPDX-License-Identifier: Apache-2.0
"""Token states and token ids of texts, as a diffusion model reads them."""

from __future__ import annotations

import numpy as np

from gen3d.text import STATE_TOKENS, TextEncoder

TEXTS = ["a blue vase", "", "a red chair with four thin black metal legs, back view"]
ENCODER = TextEncoder.load()


def test_ids_start_and_end_with_the_marks_and_are_padded_with_nothing() -> None:
    ids = ENCODER.padded(TEXTS)
    assert ids.shape == (len(TEXTS), STATE_TOKENS)
    start, end = ENCODER.padded([""])[0, :2]
    for row in ids:
        used = int((row != 0).sum())
        assert row[0] == start
        assert row[used - 1] == end
        assert not row[used:].any()


def test_a_long_text_is_cut_and_keeps_its_end_mark() -> None:
    words = " ".join(f"word{i}" for i in range(400))
    long, longer = ENCODER.padded([words, words + " and more"])
    assert (long != 0).all()
    assert long[-1] == ENCODER.padded([""])[0, 1]
    assert np.array_equal(long, longer)


def test_the_mean_of_the_states_of_real_tokens_is_the_sentence_embedding() -> None:
    states, ids = ENCODER.states(TEXTS), ENCODER.padded(TEXTS)
    for text, row, tokens in zip(TEXTS, states, ids, strict=True):
        mean = row[tokens != 0].mean(axis=0)
        embedded = ENCODER.embed([text])[0]
        assert np.abs(mean / np.linalg.norm(mean) - embedded).max() < 1e-5


def test_states_of_a_text_do_not_depend_on_its_company() -> None:
    alone, together = ENCODER.states(TEXTS[:1]), ENCODER.states(TEXTS)
    used = int((ENCODER.padded(TEXTS[:1]) != 0).sum())
    assert np.allclose(alone[0, :used], together[0, :used], atol=1e-5)


def test_states_are_the_same_bits_twice() -> None:
    assert np.array_equal(ENCODER.states(TEXTS), ENCODER.states(TEXTS))


def test_no_text_has_no_states() -> None:
    assert ENCODER.padded([]).shape == (0, STATE_TOKENS)
