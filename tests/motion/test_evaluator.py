# SPDX-License-Identifier: Apache-2.0
"""The evaluator: laws of its loss, of padding, and that it learns to match."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.errors import Gen3dError
from motion.evaluator import (
    CONFIG,
    Evaluator,
    EvaluatorConfig,
    evaluator_loss,
    info_nce,
    load_evaluator,
    same_words,
    save_evaluator,
)
from motion.metrics import r_precision

SMALL = EvaluatorConfig(features=6, text=8, width=24, layers=1, heads=2, embedding=16)


def _built(config: EvaluatorConfig = SMALL) -> Evaluator:
    torch.manual_seed(0)
    return Evaluator(config).eval()


def test_the_loss_of_embeddings_that_all_agree_is_that_of_guessing() -> None:
    same = torch.nn.functional.normalize(torch.ones(8, 4), dim=1)
    assert float(info_nce(same, same, 10.0)) == pytest.approx(math.log(8))


def test_the_loss_agrees_with_a_naive_twin() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5, 3))
    total = 0.0
    for i in range(5):
        row = [math.exp(2.0 * float(a[i] @ b[j])) for j in range(5)]
        column = [math.exp(2.0 * float(a[j] @ b[i])) for j in range(5)]
        total -= 0.5 * (math.log(row[i] / sum(row)) + math.log(column[i] / sum(column))) / 5
    assert float(info_nce(torch.tensor(a), torch.tensor(b), 2.0)) == pytest.approx(total)


def test_equal_captions_do_not_count_as_wrong_for_each_other() -> None:
    rows = torch.eye(3)[[0, 0, 1]]
    same = same_words(["A man walks", "a man  WALKS", "a man runs"])
    assert same.tolist() == [[True, True, False], [True, True, False], [False, False, True]]
    assert float(info_nce(rows, rows, 50.0, same)) == pytest.approx(0.0, abs=1e-6)
    assert float(info_nce(rows, rows, 50.0)) > 0.3


def test_padding_changes_no_embedding_and_embeddings_have_unit_length() -> None:
    model = _built()
    motion = torch.randn(1, 24, 6, generator=torch.Generator().manual_seed(1))
    padded = torch.cat([motion, 9.0 * torch.ones(1, 16, 6)], dim=1)
    alone = model.motions(motion, torch.tensor([24]))
    torch.testing.assert_close(model.motions(padded, torch.tensor([24])), alone)
    states = torch.randn(1, 5, 8)
    seen = torch.tensor([[True, True, True, False, False]])
    short = model.texts(states[:, :3], seen[:, :3])
    torch.testing.assert_close(model.texts(states, seen), short)
    torch.testing.assert_close(alone.norm(dim=1), torch.ones(1))


def test_order_in_time_matters_to_it() -> None:
    model = _built()
    motion = torch.randn(1, 24, 6, generator=torch.Generator().manual_seed(1))
    lengths = torch.tensor([24])
    assert not torch.allclose(
        model.motions(motion, lengths), model.motions(motion.flip(1), lengths)
    )


def _toy(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Sinusoids whose rate and axis the first numbers of the text tell."""
    rate = 0.1 + 0.6 * torch.rand(count, generator=generator)
    phase = 6.0 * torch.rand(count, 1, 1, generator=generator)
    time = torch.arange(32.0)[None, :, None]
    which = torch.randint(6, (count, 1), generator=generator)
    axis = torch.nn.functional.one_hot(which, 6).float()
    motions = torch.sin(rate[:, None, None] * time + phase) * axis
    states = torch.cat([3.0 * rate[:, None, None], axis, torch.zeros(count, 1, 1)], dim=-1)
    return motions, states


def test_it_learns_to_find_the_motion_of_a_text_in_a_pool() -> None:
    model = _built().train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(2)
    lengths, seen = torch.full((64,), 32), torch.ones(64, 1, dtype=torch.bool)
    for _ in range(100):
        figures = evaluator_loss(model, *_pair(64, generator, lengths), seen)
        optimiser.zero_grad()
        figures["loss"].backward()
        optimiser.step()
    model.eval()
    motions, states = _toy(64, generator)
    with torch.no_grad():
        m = model.motions(motions, lengths).numpy()
        t = model.texts(states, seen).numpy()
    found = r_precision(t, m, np.random.default_rng(0))
    assert found[0] > 8 / 32
    assert found[2] > 16 / 32


def _pair(
    count: int, generator: torch.Generator, lengths: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    motions, states = _toy(count, generator)
    return motions, lengths, states


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    model = _built()
    save_evaluator(model, tmp_path)
    again = load_evaluator(tmp_path)
    motion, lengths = torch.randn(2, 20, 6), torch.tensor([20, 13])
    torch.testing.assert_close(again.motions(motion, lengths), model.motions(motion, lengths))
    assert not any(p.requires_grad for p in again.parameters())


def test_it_brings_its_own_statistics_and_does_not_read_what_has_no_gain(tmp_path: Path) -> None:
    model = _built()
    model.mean.copy_(torch.arange(6.0))
    model.gain.copy_(torch.tensor([1.0, 2.0, 4.0, 1.0, 1.0, 0.0]))
    save_evaluator(model, tmp_path)
    again = load_evaluator(tmp_path)
    motion = torch.randn(1, 20, 6, generator=torch.Generator().manual_seed(1))
    deaf = motion.clone()
    deaf[..., 5] = 77.0
    torch.testing.assert_close(again.normalised(deaf), again.normalised(motion))
    wanted = (motion - torch.arange(6.0)) * model.gain
    torch.testing.assert_close(again.normalised(motion), wanted)


def test_damaged_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="no evaluator"):
        load_evaluator(tmp_path)
    save_evaluator(_built(), tmp_path)
    (tmp_path / CONFIG).write_text('{"features": 7}')
    with pytest.raises(Gen3dError, match="another evaluator"):
        load_evaluator(tmp_path)
    (tmp_path / CONFIG).write_text('{"features": 7, "width": 1000000}')
    with pytest.raises(Gen3dError, match="cannot have the sizes"):
        load_evaluator(tmp_path)
    (tmp_path / CONFIG).write_text('{"features": 7, "colour": 1}')
    with pytest.raises(Gen3dError, match="no evaluator"):
        load_evaluator(tmp_path)
