# SPDX-License-Identifier: Apache-2.0
"""Sets of captioned motions on disk, as the denoiser is trained on them.

A shard is a safetensors file: features of :mod:`motion.representation` at :data:`RATE`, one motion
after another, in half precision, captions in its header. Shard *n* depends on the set's seed and
*n* alone, so an interrupted set goes on where it stopped and processes can share the work.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Float16, Int64
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import normalize

from gen3d import transforms
from gen3d.atomic import publish
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.text import TextEncoder
from motion.performance import Performance, sampled, sampled_rotations
from motion.representation import WIDTH, from_performance

RATE = 20.0
"""Frames a second that the denoiser sees: HumanML3D's; resampled on the way out."""
LONGEST, SHORTEST = 200, 30
"""Frames of a motion in a set."""
PER_SHARD = 150
_CHUNK = 256


@dataclass(frozen=True)
class MotionSet:
    """Captioned motions, one after the other."""

    frames: Float16[Tensor, "total width"]
    lengths: Int64[Tensor, "motions"]
    captions: tuple[tuple[str, ...], ...]
    """Several ways to say each."""

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def starts(self) -> Int64[Tensor, "motions"]:
        """First row of each motion."""
        return torch.cumsum(self.lengths, 0) - self.lengths


@dataclass(frozen=True)
class Texts:
    """What the frozen MiniLM makes of every caption of a set."""

    index: dict[str, int]
    states: Float16[Tensor, "texts tokens 384"]
    seen: Bool[Tensor, "texts tokens"]

    @property
    def vectors(self) -> Float[Tensor, "texts 384"]:
        """Sentence embeddings, as :meth:`gen3d.text.TextEncoder.embed` has them: mean tokens."""
        sums = torch.einsum("ntw,nt->nw", self.states.float(), self.seen.float())
        return normalize(sums, dim=-1)


def resampled(performance: Performance, fps: float) -> Performance:
    """The same motion at another frame rate, its length kept to half a frame."""
    frames = max(2, round(performance.seconds * fps) + 1)
    times = np.arange(len(performance.pelvis)) / performance.fps
    at = np.minimum(np.arange(frames) / fps, times[-1])
    return replace(
        performance,
        fps=fps,
        rotations=transforms.continuous(sampled_rotations(performance.rotations, times, at)),
        pelvis=sampled(performance.pelvis, times, at),
        fingers=sampled(performance.fingers, times, at),
    )


def seen_by_model(performance: Performance) -> Float16[Tensor, "frames width"]:
    """A motion as it lies in a set."""
    features = from_performance(resampled(performance, RATE))[:LONGEST]
    return torch.from_numpy(features).half()


def shard_path(folder: Path, number: int) -> Path:
    """File of one shard."""
    return folder / f"motions-{number:04d}.safetensors"


def draw_shard(folder: Path, number: int, seed: int, count: int = PER_SHARD) -> None:
    """Make one shard, unless it is there."""
    from motion.captioned import draw

    path = shard_path(folder, number)
    if path.exists():
        return
    rng = np.random.default_rng([seed, number])
    motions, captions = list[Tensor](), list[tuple[str, ...]]()
    while len(motions) < count:
        example = draw(rng)
        features = seen_by_model(example.performance)
        if len(features) >= SHORTEST:
            motions.append(features)
            captions.append(example.captions)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"frames": torch.cat(motions), "lengths": torch.tensor([len(m) for m in motions])}
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, {"captions": json.dumps(captions)})
    publish(temporary, path)


def draw_set(folder: Path, shards: int, seed: int, jobs: int, on_step: OnStep = silent) -> None:
    """Make the shards of a set that are missing, in several processes."""
    missing = [n for n in range(shards) if not shard_path(folder, n).exists()]
    done = shards - len(missing)
    with ProcessPoolExecutor(jobs, get_context("spawn"), _one_thread) as pool:
        tasks = [pool.submit(draw_shard, folder, n, seed) for n in missing]
        try:
            for task in as_completed(tasks):
                task.result()
                done += 1
                on_step(done, shards)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _one_thread() -> None:
    torch.set_num_threads(1)


def load_set(folder: Path) -> MotionSet:
    """Read all shards of a set.

    Raises:
        Gen3dError: There are none, or one is damaged.
    """
    paths = sorted(folder.glob("motions-*.safetensors"))
    if not paths:
        raise Gen3dError(f"{folder} holds no motions.", "Make them: gen3d train motions")
    frames, lengths, captions = list[Tensor](), list[Tensor](), list[tuple[str, ...]]()
    for path in paths:
        made, sizes, said = _read_shard(path)
        frames.append(made)
        lengths.append(sizes)
        captions += said
    return MotionSet(torch.cat(frames), torch.cat(lengths), tuple(captions))


def _read_shard(path: Path) -> tuple[Tensor, Tensor, list[tuple[str, ...]]]:
    try:
        with safe_open(path, "pt") as file:
            said = [tuple(row) for row in json.loads(file.metadata()["captions"])]
            frames, lengths = file.get_tensor("frames"), file.get_tensor("lengths")
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Gen3dError(f"The motions {path} are damaged: {error}.", "Delete the file.") from None
    fits = frames.shape[1:] == (WIDTH,) and len(said) == len(lengths) > 0 and all(said)
    if not fits or int(lengths.min()) < 1 or int(lengths.sum()) != len(frames):
        raise Gen3dError(f"The motions {path} are of another version.", "Delete the file.")
    return frames, lengths, said


def read_texts(captions: Sequence[str], path: Path, on_step: OnStep = silent) -> Texts:
    """Token states of captions, kept in a file beside the set.

    Args:
        captions: In any order; the file is made again when they change.
        path: Of the file.
        on_step: Told after each chunk.

    Raises:
        Gen3dError: The file is there and damaged.
    """
    wanted = sorted(set(captions))
    if path.exists():
        kept = _read_texts(path)
        if list(kept.index) == wanted:
            return kept
    encoder, states, seen = TextEncoder.load(), list[Tensor](), list[Tensor]()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        states.append(torch.from_numpy(encoder.states(chunk)).half())
        seen.append(torch.from_numpy(encoder.padded(chunk) != 0))
        on_step(min(start + _CHUNK, len(wanted)), len(wanted))
    tensors = {"states": torch.cat(states), "seen": torch.cat(seen)}
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, {"texts": json.dumps(wanted)})
    publish(temporary, path)
    return _read_texts(path)


def _read_texts(path: Path) -> Texts:
    try:
        with safe_open(path, "pt") as file:
            texts: list[str] = json.loads(file.metadata()["texts"])
            states, seen = file.get_tensor("states"), file.get_tensor("seen")
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Gen3dError(f"The texts {path} are damaged: {error}.", "Delete the file.") from None
    return Texts({text: row for row, text in enumerate(texts)}, states, seen)


@dataclass(frozen=True)
class Batch:
    """Motions of a set, padded to the longest, with the words for each."""

    frames: Float[Tensor, "batch frames width"]
    """Not normalised; zero after a motion's end."""
    lengths: Int64[Tensor, "batch"]
    seen: Bool[Tensor, "batch frames"]
    words: Float[Tensor, "batch tokens 384"]
    words_seen: Bool[Tensor, "batch tokens"]
    captions: tuple[str, ...]


def batch_of(
    motions: MotionSet, texts: Texts, chosen: Int64[Tensor, "batch"], chance: torch.Generator
) -> Batch:
    """Some motions, each with one of its captions."""
    lengths = motions.lengths[chosen]
    frames = torch.zeros(len(chosen), int(lengths.max()), WIDTH)
    for row, (start, length) in enumerate(
        zip(motions.starts[chosen].tolist(), lengths.tolist(), strict=True)
    ):
        frames[row, :length] = motions.frames[start : start + length].float()
    draws = torch.rand(len(chosen), generator=chance).tolist()
    said = tuple(
        motions.captions[number][int(draw * len(motions.captions[number]))]
        for number, draw in zip(chosen.tolist(), draws, strict=True)
    )
    rows = torch.tensor([texts.index[text] for text in said])
    seen = torch.arange(frames.shape[1]) < lengths[:, None]
    return Batch(frames, lengths, seen, texts.states[rows].float(), texts.seen[rows], said)


def alike_in_length(
    motions: MotionSet, count: int, chance: torch.Generator
) -> Int64[Tensor, "count"]:
    """Random motions whose lengths are near each other, so that little of a batch is padding.

    Places around a random one in order of length, reflected at the ends: every motion is as likely.
    """
    order = torch.argsort(motions.lengths, stable=True)
    reach = min(4 * count, len(order) - 1)
    middle = torch.randint(len(order), (1,), generator=chance)
    places = middle + torch.randint(-reach, reach + 1, (count,), generator=chance)
    places = torch.where(places < 0, -1 - places, places)
    return order[torch.where(places >= len(order), 2 * len(order) - 1 - places, places)]
