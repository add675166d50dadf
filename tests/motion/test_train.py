# SPDX-License-Identifier: Apache-2.0
"""Training: what is known, statistics, what costs nothing, and that tiny networks learn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.loop import LOG, Plan
from motion import train
from motion.corpus import Batch, batch_of
from motion.denoiser import load_denoiser
from motion.evaluator import load_evaluator
from motion.metrics import r_precision
from motion.representation import JOINTS_OF, SLICES, WIDTH, part_mask
from motion.train import (
    Memories,
    condition_of,
    denoiser_loss,
    known_mask,
    memories,
    normalised,
    statistics,
    train_denoiser,
    train_evaluator,
)
from tests.motion.small_models import JUDGE, TINY, awake, database, drawn, texts

PLAN = Plan(steps=40, learning_rate=3e-3, seed=5, warmup=5, mean_decay=0.9, log_every=1)


def _chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _seen(*lengths: int) -> torch.Tensor:
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def _kind(mask: torch.Tensor) -> str:
    """What a motion's mask tells, by its pattern."""
    columns, rows = mask.any(dim=0), mask.any(dim=1)
    path = torch.zeros(WIDTH, dtype=torch.bool)
    for block in ("root_turn", "root_velocity"):
        path[SLICES[block]] = True
    if bool(columns.all()) and not bool(rows.all()):
        count = int(rows.sum())
        return "beginning" if bool(rows[:count].all()) and count >= 4 else "keys"
    if torch.equal(columns, path):
        return "path"
    covered = [torch.from_numpy(part_mask(part)) for part in JOINTS_OF]
    whole = all(bool(columns[part].all() or not columns[part].any()) for part in covered)
    return "parts" if whole else "?"


def test_all_kinds_of_things_are_known_and_none_after_the_end() -> None:
    seen = _seen(*([50, 31, 64, 40] * 30))
    masks = known_mask(seen, _chance())
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert masks[~seen].abs().sum() == 0
    kinds = [_kind(m[s].bool()) for m, s in zip(masks, seen, strict=True)]
    assert set(kinds) == {"keys", "beginning", "path", "parts"}
    assert min(kinds.count(kind) for kind in set(kinds)) > 15
    assert torch.equal(known_mask(seen, _chance()), masks)
    assert not torch.equal(known_mask(seen, _chance(1)), masks)


def test_a_known_beginning_leaves_half_and_parts_are_whole_throughout() -> None:
    for seed in range(40):
        beginning = train._beginning(60, _chance(seed))
        count = int(beginning.any(dim=1).sum())
        assert 4 <= count < 30
        assert beginning[:count].min() == 1.0
        parts = train._parts(20, _chance(seed))
        assert torch.equal(parts, parts[:1].expand(20, -1))


def test_statistics_are_the_means_and_one_deviation_a_block() -> None:
    motions = drawn()
    mean, deviation = statistics(motions)
    values = motions.frames.double()
    assert torch.allclose(mean.double(), values.mean(dim=0), atol=1e-4)
    for block in SLICES.values():
        assert len(deviation[block].unique()) == 1
        spread = (values[:, block] - values[:, block].mean(dim=0)).square().mean().sqrt()
        assert float(deviation[block][0]) == pytest.approx(max(float(spread), 1e-3), rel=1e-3)
    assert float(deviation.min()) >= 1e-3


def test_a_memory_is_normalised_as_the_motions_are() -> None:
    mean, deviation = statistics(drawn())
    got = normalised(database(), mean, deviation)
    assert torch.allclose(got.motions * deviation + mean, database().motions, atol=1e-5)
    assert got.captions == database().captions


def _memories() -> Memories:
    vectors = torch.stack([database().texts[row // 2] for row in range(len(texts().index))])
    return memories(database(), texts(), vectors, 100)


def _batch(count: int = 300) -> Batch:
    chosen = torch.randint(len(drawn()), (count,), generator=_chance(3))
    return batch_of(drawn(), texts(), chosen, _chance(4))


def test_captions_are_reminded_of_their_own_motion_first() -> None:
    found = _memories().found
    for row, captions in enumerate(drawn().captions):
        assert found[captions[0]][0] == row


def test_shares_of_the_samples_have_words_constraints_and_memory() -> None:
    batch = _batch()
    made = condition_of(batch, batch.frames, _memories(), _chance())
    assert made.known is not None
    assert made.recalled is not None
    worded = made.words_seen.any(dim=1).float().mean()
    known = made.known.mask.flatten(1).any(dim=1).float().mean()
    reminded = made.recalled.seen.flatten(1).any(dim=1).float().mean()
    assert float(worded) == pytest.approx(1.0 - train.WORDLESS, abs=0.06)
    assert float(known) == pytest.approx(train.KNOWING, abs=0.09)
    assert float(reminded) == pytest.approx(train.REMINDED, abs=0.09)
    assert condition_of(batch, batch.frames, None, _chance()).recalled is None


def test_a_network_that_sees_the_true_motion_has_no_error_but_true_slides() -> None:
    batch = _batch(4)
    model = awake()
    mean, deviation = statistics(drawn())
    model.mean.copy_(mean)
    model.deviation.copy_(deviation)
    clean = model.normalised(batch.frames) * batch.seen[..., None]
    right = train._errors(model, clean, clean, batch)
    assert float(right["features"]) == 0.0
    for name in ("places", "velocities"):
        assert float(right[name]) < 1e-9
    junk = clean + 5.0 * (~batch.seen)[..., None]
    after = train._errors(model, junk, clean, batch)
    for name, value in right.items():
        assert float(after[name]) == pytest.approx(float(value), abs=1e-9)
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=_chance())
    wrong = train._errors(model, noisy, clean, batch)
    assert all(float(wrong[name]) > float(right[name]) for name in wrong)


def test_errors_add_up_to_the_loss() -> None:
    model = awake()
    figures = denoiser_loss(model, drawn(), texts(), _memories(), 6)(0, _chance(1))
    total = figures["features"] + train.PLACES * figures["places"]
    total = total + train.VELOCITIES * figures["velocities"] + train.FEET * figures["feet"]
    assert float(figures["loss"]) == pytest.approx(float(total), rel=1e-5)


def _log(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def test_a_tiny_denoiser_learns_and_its_folder_loads(tmp_path: Path) -> None:
    folder = train_denoiser(drawn(), texts(), _memories(), tmp_path, PLAN, TINY, batch=4)
    losses = [row["features"] for row in _log(tmp_path)]
    assert np.mean(losses[-8:]) < 0.8 * np.mean(losses[:4])
    model = load_denoiser(folder)
    assert torch.allclose(model.mean, statistics(drawn())[0])
    assert torch.allclose(model.deviation, statistics(drawn())[1])


class _StopError(Exception):
    """What a user's interruption looks like."""


def _until(last: int, done: int, total: int) -> None:
    assert total == 8
    if done == last:
        raise _StopError


@pytest.mark.parametrize("kind", ["denoiser", "evaluator"])
def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path, kind: str) -> None:
    short = replace(PLAN, steps=8)

    def run(folder: Path, last: int = 0) -> bytes:
        def told(done: int, total: int) -> None:
            _until(last, done, total)

        if kind == "denoiser":
            made = train_denoiser(drawn(), texts(), _memories(), folder, short, TINY, told, 2)
        else:
            made = train_evaluator(drawn(), texts(), folder, short, JUDGE, told, 4)
        return (made / "model.safetensors").read_bytes()

    torch.manual_seed(1)
    straight = run(tmp_path / "a")
    with pytest.raises(_StopError):
        run(tmp_path / "b", last=3)
    torch.manual_seed(2)
    assert run(tmp_path / "b") == straight


def test_a_tiny_evaluator_learns_which_words_belong_to_which_motion(tmp_path: Path) -> None:
    plan = replace(PLAN, steps=60, learning_rate=5e-3)
    folder = train_evaluator(drawn(), texts(), tmp_path, plan, JUDGE, batch=12)
    judge = load_evaluator(folder)
    batch = batch_of(drawn(), texts(), torch.arange(len(drawn())), _chance(9))
    with torch.no_grad():
        motions = judge.motions(judge.normalised(batch.frames), batch.lengths).numpy()
        said = judge.texts(batch.words, batch.words_seen).numpy()
    found = r_precision(said, motions, np.random.default_rng(0), pool=len(drawn()))
    assert found[0] >= 0.8


def test_the_judge_does_not_read_contacts(tmp_path: Path) -> None:
    folder = train_evaluator(drawn(), texts(), tmp_path, replace(PLAN, steps=2), JUDGE, batch=4)
    judge = load_evaluator(folder)
    batch = _batch(3)
    other = batch.frames.clone()
    other[..., SLICES["contacts"]] = 1.0 - other[..., SLICES["contacts"]]
    seen = [judge.motions(judge.normalised(f), batch.lengths) for f in (batch.frames, other)]
    assert torch.equal(*seen)
    other[..., SLICES["rotations"]] += 0.5
    assert not torch.allclose(judge.motions(judge.normalised(other), batch.lengths), seen[0])
