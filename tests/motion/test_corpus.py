# SPDX-License-Identifier: Apache-2.0
"""Sets of motions: the same bytes again, going on where one stopped, damage said in a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from gen3d.errors import Gen3dError
from gen3d.text import TextEncoder
from motion.corpus import (
    LONGEST,
    RATE,
    SHORTEST,
    MotionSet,
    alike_in_length,
    batch_of,
    draw_set,
    draw_shard,
    load_set,
    read_texts,
    resampled,
    seen_by_model,
    shard_path,
)
from motion.performance import world
from motion.representation import WIDTH, to_performance
from tests.motion.small_models import drawn, performances, texts


def _chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("fps", [20.0, 12.5, 60.0])
def test_another_frame_rate_keeps_the_length_and_where_the_joints_are(fps: float) -> None:
    for performance in performances()[:3]:
        got = resampled(performance, fps)
        assert abs(got.seconds - performance.seconds) <= 0.5 / fps + 1e-9
        back = resampled(got, performance.fps)
        frames = min(len(back.pelvis), len(performance.pelvis))
        off = world(back)[1][:frames] - world(performance)[1][:frames]
        assert np.abs(off).mean() < 0.006
        assert np.allclose(np.linalg.norm(got.rotations, axis=-1), 1.0)


def test_the_same_frame_rate_is_the_same_motion() -> None:
    performance = performances()[0]
    got = resampled(performance, performance.fps)
    assert np.allclose(world(got)[1], world(performance)[1], atol=1e-9)


def test_what_lies_in_a_set_is_the_motion_to_half_precision() -> None:
    performance = performances()[1]
    features = seen_by_model(performance)
    again = to_performance(features.float().numpy(), "m", RATE)
    shown = world(resampled(performance, RATE))[1][: len(features)]
    # A set does not know where a motion began.
    start = world(again)[1][0, 0] - shown[0, 0]
    apart = np.linalg.norm(world(again)[1] - shown - start, axis=-1)
    assert apart[: len(apart) // 2].mean() < 0.02


def test_no_motion_of_a_set_is_longer_than_the_model_sees() -> None:
    walk = performances()[0]
    long = replace(
        walk,
        rotations=np.tile(walk.rotations, (8, 1, 1)),
        pelvis=np.tile(walk.pelvis, (8, 1)),
        fingers=np.tile(walk.fingers, (8, 1, 1)),
    )
    assert long.seconds > LONGEST / RATE
    assert len(seen_by_model(long)) == LONGEST


def test_a_shard_depends_on_its_number_and_the_seed_alone(tmp_path: Path) -> None:
    for folder, numbers in (("a", (0, 1)), ("b", (1,))):
        for number in numbers:
            draw_shard(tmp_path / folder, number, 7, count=2)
    a, b = (shard_path(tmp_path / folder, 1).read_bytes() for folder in ("a", "b"))
    assert a == b
    assert a != shard_path(tmp_path / "a", 0).read_bytes()
    draw_shard(tmp_path / "c", 1, 8, count=1)
    assert a != shard_path(tmp_path / "c", 1).read_bytes()
    assert [p.name for p in (tmp_path / "b").iterdir()] == ["motions-0001.safetensors"]
    motions = load_set(tmp_path / "a")
    assert len(motions) == len(motions.captions) == 4
    assert int(motions.lengths.min()) >= SHORTEST
    assert int(motions.lengths.max()) <= LONGEST
    assert all(text for said in motions.captions for text in said)
    assert bool(motions.frames.isfinite().all())


def test_a_set_goes_on_where_it_stopped(tmp_path: Path) -> None:
    _write(tmp_path, 0)
    _write(tmp_path, 1)
    before = [shard_path(tmp_path, n).stat().st_mtime_ns for n in (0, 1)]
    seen: list[tuple[int, int]] = []
    draw_set(tmp_path, 2, 7, 1, lambda done, total: seen.append((done, total)))
    assert seen == []
    assert [shard_path(tmp_path, n).stat().st_mtime_ns for n in (0, 1)] == before


def _write(folder: Path, number: int, **change: object) -> Path:
    """A shard of the drawn motions, or of something else."""
    motions = drawn()
    tensors = {"frames": motions.frames, "lengths": motions.lengths}
    tensors |= {k: v for k, v in change.items() if isinstance(v, torch.Tensor)}
    said = change.get("captions", motions.captions)
    folder.mkdir(parents=True, exist_ok=True)
    path = shard_path(folder, number)
    save_file(tensors, path, {"captions": json.dumps(said)})
    return path


def test_shards_are_read_in_order_and_motions_start_where_the_last_ended(tmp_path: Path) -> None:
    _write(tmp_path, 1, captions=[["b"]] * len(drawn()))
    _write(tmp_path, 0)
    motions = load_set(tmp_path)
    assert motions.captions[: len(drawn())] == drawn().captions
    assert motions.captions[-1] == ("b",)
    starts = motions.starts.tolist()
    assert all(b - a == n for (a, b), n in zip(pairwise(starts), motions.lengths.tolist()))  # noqa: B905 the last has no next
    assert starts[-1] + int(motions.lengths[-1]) == len(motions.frames)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "none": (lambda _: None, "holds no motions"),
    "truncated": (lambda f: _write(f, 0).write_bytes(b"\x09"), "damaged"),
    "empty": (lambda f: _write(f, 0).write_bytes(b""), "damaged"),
    "no captions": (
        lambda f: save_file({"frames": drawn().frames, "lengths": drawn().lengths}, _write(f, 0)),
        "damaged",
    ),
    "too few captions": (lambda f: _write(f, 0, captions=[["a"]]), "another version"),
    "no words": (lambda f: _write(f, 0, captions=[[]] * len(drawn())), "another version"),
    "width": (lambda f: _write(f, 0, frames=drawn().frames[:, :9].contiguous()), "another version"),
    "lengths": (lambda f: _write(f, 0, lengths=drawn().lengths + 1), "another version"),
    "negative": (lambda f: _write(f, 0, lengths=_negative()), "another version"),
}


def _negative() -> torch.Tensor:
    lengths = drawn().lengths.clone()
    lengths[0] -= 1000
    lengths[1] += 1000
    return lengths


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_damaged_sets_are_refused_in_a_sentence(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(tmp_path)
    with pytest.raises(Gen3dError, match=message):
        load_set(tmp_path)


def test_texts_are_read_once_and_again_when_they_change(tmp_path: Path) -> None:
    path, asked = tmp_path / "texts.safetensors", list[int]()
    made = read_texts(["waves", "bows", "waves"], path, lambda done, _: asked.append(done))
    assert sorted(made.index) == ["bows", "waves"]
    assert asked == [2]
    encoder = TextEncoder.load()
    wanted = torch.from_numpy(encoder.states(["waves"]))[0]
    row = made.index["waves"]
    count = int((encoder.padded(["waves"]) != 0).sum())
    assert made.seen[row].sum() == count
    assert torch.allclose(made.states[row, :count].float(), wanted[:count], atol=2e-3)
    read_texts(["bows", "waves"], path, lambda done, _: asked.append(done))
    assert asked == [2]
    read_texts(["bows", "waves", "sits"], path, lambda done, _: asked.append(done))
    assert asked == [2, 3]
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Gen3dError, match="damaged"):
        read_texts(["bows"], path)


def test_a_batch_holds_its_motions_and_nothing_after_their_ends() -> None:
    motions, chosen = drawn(), torch.tensor([4, 0, 4])
    batch = batch_of(motions, texts(), chosen, _chance())
    assert torch.equal(batch.lengths, motions.lengths[chosen])
    assert batch.frames.shape == (3, int(batch.lengths.max()), WIDTH)
    for row, number in enumerate(chosen.tolist()):
        start, length = int(motions.starts[number]), int(motions.lengths[number])
        own = motions.frames[start : start + length].float()
        assert torch.equal(batch.frames[row, :length], own)
        assert batch.frames[row, length:].abs().sum() == 0
        assert batch.seen[row].sum() == length
        assert batch.captions[row] in motions.captions[number]
        line = texts().index[batch.captions[row]]
        assert torch.equal(batch.words[row], texts().states[line].float())
    said = {c for n in range(9) for c in batch_of(motions, texts(), chosen, _chance(n)).captions}
    assert said == {*motions.captions[0], *motions.captions[4]}


def test_the_same_chance_gives_the_same_batch() -> None:
    first, second = (
        batch_of(drawn(), texts(), alike_in_length(drawn(), 4, _chance(5)), _chance(6))
        for _ in range(2)
    )
    assert first.captions == second.captions
    assert torch.equal(first.frames, second.frames)


def test_motions_of_a_batch_are_alike_in_length_and_all_are_as_likely() -> None:
    lengths = torch.randperm(120, generator=_chance()) + 40
    motions = MotionSet(torch.zeros(0, WIDTH).half(), lengths, (("a",),) * 120)
    counts, chance = torch.zeros(120), _chance(1)
    for _ in range(2000):
        picked = alike_in_length(motions, 4, chance)
        assert int(lengths[picked].max() - lengths[picked].min()) <= 32
        counts += torch.bincount(picked, minlength=120)
    # 67 each, with the spread of draws that come in groups of four.
    assert float(counts.min()) > 30
    assert float(counts.max()) < 110
    by_length = counts[torch.argsort(lengths)]
    assert float(by_length[:20].mean()) == pytest.approx(float(by_length.mean()), rel=0.2)
    one = MotionSet(torch.zeros(0, WIDTH).half(), torch.tensor([40]), (("a",),))
    assert alike_in_length(one, 3, _chance()).tolist() == [0, 0, 0]


def test_captions_lie_in_the_header_of_a_shard(tmp_path: Path) -> None:
    draw_shard(tmp_path, 0, 3, count=2)
    with safe_open(shard_path(tmp_path, 0), "pt") as file:
        said = json.loads(file.metadata()["captions"])
    assert [tuple(row) for row in said] == list(load_set(tmp_path).captions)


def test_sentence_vectors_of_a_set_are_the_encoders() -> None:
    made = texts()
    embedded = torch.from_numpy(TextEncoder.load().embed(list(made.index)))
    assert torch.allclose(made.vectors, embedded, atol=2e-3)
