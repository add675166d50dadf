# SPDX-License-Identifier: Apache-2.0
"""Retrieval: the published score, databases that come back or are refused, fitted mixtures."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen3d.errors import Gen3dError
from motion import recall
from motion.attention import Memory, RecallEncoder, SemanticAttention
from motion.recall import Database, Example

CAPTIONS = ("walks", "walks fast", "jumps", "waves")
LENGTHS = (40, 60, 40, 25)
VECTORS = np.array([[1, 0, 0], [0.9, 0.4, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)


@pytest.fixture
def database() -> Database:
    chance = np.random.default_rng(4)
    return recall.build(
        [
            Example(caption, 3.0 * vector, chance.normal(size=(length, 5)).astype(np.float32))
            for caption, vector, length in zip(CAPTIONS, VECTORS, LENGTHS, strict=True)
        ]
    )


def test_the_score_is_the_published_one(database: Database) -> None:
    query, frames = torch.tensor([2.0, 0.5, 0.1]), 50
    got = recall.scores(database, query, frames)
    for row, (vector, length) in enumerate(zip(VECTORS, LENGTHS, strict=True)):
        cosine = vector @ query.numpy() / np.linalg.norm(vector) / np.linalg.norm(query.numpy())
        gamma = abs(length - frames) / max(length, frames)
        assert math.isclose(float(got[row]), cosine * math.exp(-0.1 * gamma), rel_tol=1e-5)


def test_words_count_first_and_length_decides_between_equals(database: Database) -> None:
    assert recall.find(database, torch.tensor([1.0, 0.0, 0.0]), 40) == [0, 1]
    twins = recall.joined([database, database])
    assert recall.find(twins, torch.tensor([0.0, 0.0, 1.0]), 25) == [3, 7]
    longer = Database(
        CAPTIONS[:2], database.texts[[0, 0]], database.motions[:100], torch.tensor([30, 70])
    )
    assert recall.find(longer, torch.tensor([1.0, 0.0, 0.0]), 65, 1) == [1]
    assert recall.find(longer, torch.tensor([1.0, 0.0, 0.0]), 35, 1) == [0]


def test_in_training_a_motion_does_not_find_itself(database: Database) -> None:
    query = database.texts[0]
    assert recall.find(database, query, 40, without={0}) == [1, 2]
    assert recall.find(database, query, 40, same_length=False) == [1, 3]


def test_what_is_found_is_padded_cut_and_marked(database: Database) -> None:
    got = recall.gather(database, [[3, 1], [2], []], 30)
    assert got.motions.shape == (3, 2, 30, 5)
    assert torch.equal(got.motions[0, 0, :25], database.motion(3))
    assert torch.equal(got.motions[0, 1], database.motion(1)[:30])
    assert got.seen.sum(dim=2).tolist() == [[25, 30], [30, 0], [0, 0]]
    assert got.motions[~got.seen].abs().sum() == 0


def test_a_database_comes_back_from_its_file(database: Database, tmp_path: Path) -> None:
    recall.save(database, tmp_path / "d.safetensors")
    again = recall.load(tmp_path / "d.safetensors")
    assert again.captions == database.captions
    for name in ("texts", "motions", "lengths"):
        assert torch.equal(getattr(again, name), getattr(database, name))
    both = recall.joined([again, database])
    assert len(both) == 8
    assert torch.equal(both.motion(5), database.motion(1))


def spoilt(
    change: Callable[[dict[str, Tensor]], object], captions: object = CAPTIONS
) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path, {"captions": json.dumps(captions)})

    return spoil


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda p: p.unlink(), "cannot be read"),
    "truncated": (lambda p: p.write_bytes(p.read_bytes()[:100]), "cannot be read"),
    "no captions": (lambda p: save_file(load_file(p), p), "cannot be read"),
    "captions": (spoilt(len, "walks"), "captions are not texts"),
    "fewer captions": (spoilt(len, ["walks"]), "do not fit"),
    "extra": (spoilt(lambda t: t.update(x=torch.zeros(1))), "it holds"),
    "lengths": (spoilt(lambda t: t["lengths"].add_(1)), "do not add up"),
    "negative": (spoilt(lambda t: t["lengths"].copy_(torch.tensor([-40, 60, 40, 105]))), "add up"),
    "kind": (spoilt(lambda t: t.update(lengths=t["lengths"].float())), "do not fit"),
    "nan": (spoilt(lambda t: t["motions"].fill_(torch.nan)), "not finite"),
}


@pytest.mark.parametrize(("fault", "message"), FAULTS.values(), ids=FAULTS)
def test_a_damaged_database_is_refused(
    database: Database, tmp_path: Path, fault: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "d.safetensors"
    recall.save(database, path)
    fault(path)
    with pytest.raises(Gen3dError, match=message):
        recall.load(path)


def test_motions_that_cannot_be_remembered_are_refused() -> None:
    good = Example("walks", VECTORS[0], np.zeros((4, 5), np.float32))
    wide = Example("runs", VECTORS[0], np.zeros((4, 6), np.float32))
    broken = Example("falls", VECTORS[0], np.full((4, 5), np.nan, np.float32))
    for examples, message in (
        ([], "no motions"),
        ([good, wide], "different widths"),
        ([good, broken], "falls"),
    ):
        with pytest.raises(Gen3dError, match=message):
            recall.build(examples)
    with pytest.raises(Gen3dError, match="cannot be joined"):
        recall.joined([recall.build([good]), recall.build([wide])])


def test_mixtures_sum_to_one_at_every_time() -> None:
    fine = recall.mixture(0.52351, -0.28419, 2.39872)
    weights = recall.coarse_to_fine(6.5, fine, 1000)
    for time in (0.0, 100.0, 101.0, 600.0, 999.0):
        assert math.isclose(sum(weights(time)), 1.0, abs_tol=1e-9)
    assert weights(50.0) == fine
    w = 1 + 6.5 * 0.6
    assert weights(600.0) == pytest.approx((w / 2, w / 2, (1 - w) / 2, (1 - w) / 2))


def test_fitted_weights_are_found_again_and_are_the_best() -> None:
    chance = torch.Generator().manual_seed(0)
    branches = torch.randn(4, 30, 6, generator=chance)
    true = torch.tensor(recall.mixture(0.5, -0.3, 1.1))
    wanted = torch.einsum("c,csw->sw", true, branches)
    assert recall.fitted(branches, wanted) == pytest.approx(true.tolist(), abs=1e-5)
    rough = wanted + 0.5 * torch.randn(30, 6, generator=chance)
    best = torch.tensor(recall.fitted(branches, rough))

    def error(weights: Tensor) -> float:
        return float((torch.einsum("c,csw->sw", weights, branches) - rough).square().sum())

    for nudge in torch.randn(20, 4, generator=chance):
        assert error(best) <= error(best + 0.05 * (nudge - nudge.mean())) + 1e-5
    assert sum(recall.fitted(branches[:1].expand(4, -1, -1), rough)) == pytest.approx(1.0)


def test_words_and_memory_are_dropped_independently() -> None:
    words, memory = recall.drop(20000, torch.Generator().manual_seed(1))
    assert abs(float(words.float().mean()) - 0.9) < 0.01
    assert abs(float(memory.float().mean()) - 0.9) < 0.01
    assert abs(float((~words & ~memory).float().mean()) - 0.01) < 0.004


@pytest.mark.parametrize("kind", ["full", "efficient"])
def test_memory_that_is_off_is_no_memory_and_starts_silent(kind: str) -> None:
    torch.manual_seed(0)
    block = SemanticAttention(8, 2, 8, kind, recalling=True)
    torch.nn.init.normal_(block.style.out.weight)
    x, style = torch.randn(2, 6, 8), torch.randn(2, 8)
    words, there = torch.randn(2, 3, 8), torch.ones(2, 3, dtype=torch.bool)
    keys, values = torch.randn(2, 5, 16), torch.randn(2, 5, 8)
    plain = block(x, Memory(words, there), style)
    off = Memory(words, there, keys, values, torch.zeros(2, 5, dtype=torch.bool))
    on = Memory(words, there, keys, values, torch.ones(2, 5, dtype=torch.bool))
    assert torch.allclose(block(x, off, style), plain, atol=1e-5)
    assert block.recalled_value[1].weight.abs().max() == 0
    torch.nn.init.normal_(block.recalled_value[1].weight)
    assert torch.allclose(block(x, off, style), plain, atol=1e-5)
    assert not torch.allclose(block(x, on, style), plain, atol=1e-2)


def test_memories_are_read_at_every_fourth_frame(database: Database) -> None:
    torch.manual_seed(0)
    encoder = RecallEncoder(5, 3, 8, 2)
    keys, values, seen = encoder(recall.gather(database, [[0, 3]], 38))
    assert keys.shape == (1, 20, 16)
    assert values.shape == (1, 20, 8)
    assert seen.sum() == 10 + 7
    assert torch.equal(keys[..., :8], values)
