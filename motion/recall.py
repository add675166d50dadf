# SPDX-License-Identifier: Apache-2.0
"""Motions remembered while another is made: ReMoDiffuse's retrieval (arXiv 2304.01116).

A :class:`Database` holds captioned motions; :func:`find` ranks them by the hybrid score
``cos(words, caption) · exp(−λ γ)`` with ``γ = |l_db − l| / max(l_db, l)`` (Zhang et al. 2023, sec.
3.2; λ = 0.1, the best two), and :func:`gather` hands them to the denoiser, which looks at them by
:class:`motion.attention.SemanticAttention`. :func:`mixture` are the weights of the four
combinations of words and memory (condition mixture, sec. 3.4), given, following the time, or
:func:`fitted`; :func:`motion.diffusion.mixed` applies them.

Databases are one safetensors file each, so those of a user's folders join with :func:`joined`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor, nn

from gen3d.atomic import publish
from gen3d.errors import Gen3dError
from motion.attention import Recalled

Weights = tuple[float, float, float, float]
"""Of (words and memory, words alone, memory alone, neither); they sum to 1."""
Mixing = Callable[[float], Weights]
"""Time to weights."""

KINEMATIC = 0.1
"""λ: how much a difference in length counts."""
BEST = 2
MOST_BYTES = 2 << 30
"""Largest database that is read."""
_TENSORS = {"texts", "motions", "lengths"}


@dataclass(frozen=True)
class Example:
    """One captioned motion."""

    caption: str
    text: Float[np.ndarray, "text_width"]
    """Sentence embedding of the caption."""
    features: Float[np.ndarray, "frames width"]
    """Normalised as the denoiser's."""


@dataclass(frozen=True)
class Database:
    """Captioned motions, back to back."""

    captions: tuple[str, ...]
    texts: Float32[Tensor, "entries text_width"]
    """Unit rows."""
    motions: Float32[Tensor, "total width"]
    lengths: Int64[Tensor, "entries"]

    def __len__(self) -> int:
        return len(self.captions)

    def motion(self, index: int) -> Float[Tensor, "frames width"]:
        """One motion."""
        start = int(self.lengths[:index].sum())
        return self.motions[start : start + int(self.lengths[index])]


def build(examples: Sequence[Example]) -> Database:
    """A database of any captioned motions.

    Raises:
        Gen3dError: There are none, or they differ in width, or one is empty or not finite.
    """
    if not examples:
        raise Gen3dError("There are no motions to remember.", "Give at least one.")
    for example in examples:
        if not len(example.features) or not np.isfinite(example.features).all():
            raise Gen3dError(
                f"The motion “{example.caption[:40]}” is empty or not finite.", "Leave it out."
            )
    widths = {example.features.shape[1] for example in examples}
    if len(widths) > 1:
        raise Gen3dError(
            f"Motions of {len(widths)} different widths cannot be remembered together.",
            "Give all the same features.",
        )
    texts = torch.from_numpy(np.stack([e.text for e in examples])).float()
    return Database(
        tuple(example.caption for example in examples),
        nn.functional.normalize(texts, dim=1),
        torch.from_numpy(np.concatenate([e.features for e in examples])).float(),
        torch.tensor([len(example.features) for example in examples]),
    )


def joined(databases: Sequence[Database]) -> Database:
    """Several databases as one."""
    widths = {(d.motions.shape[1], d.texts.shape[1]) for d in databases}
    if len(widths) != 1:
        raise Gen3dError(
            "Databases of different features cannot be joined.", "Build them for the same model."
        )
    return Database(
        tuple(caption for d in databases for caption in d.captions),
        torch.cat([d.texts for d in databases]),
        torch.cat([d.motions for d in databases]),
        torch.cat([d.lengths for d in databases]),
    )


def save(database: Database, path: Path, *, half: bool = False) -> None:
    """Write a database, whole or not at all; in half precision where its size matters."""
    from safetensors.torch import save_file

    temporary = path.with_name(f".{path.name}.tmp")
    tensors = {name: getattr(database, name).contiguous() for name in sorted(_TENSORS)}
    if half:
        tensors |= {name: tensors[name].half() for name in ("texts", "motions")}
    save_file(tensors, temporary, {"captions": json.dumps(database.captions)})
    publish(temporary, path)


def load(path: Path) -> Database:
    """Read a database.

    Raises:
        Gen3dError: Missing, too large, damaged, or inconsistent.
    """
    from safetensors import SafetensorError, safe_open

    hint = "Build it again from its motions."
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Gen3dError(f"The database {path} is larger than 2 GB.", "Split it.")
        with safe_open(path, "pt") as file:
            captions = json.loads((file.metadata() or {})["captions"])
            tensors = {name: _single(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Gen3dError(f"The database {path} cannot be read: {error}.", hint) from None
    fault = _fault(captions, tensors)
    if fault:
        raise Gen3dError(f"The database {path} is damaged: {fault}.", hint)
    return Database(tuple(captions), tensors["texts"], tensors["motions"], tensors["lengths"])


def _single(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype == torch.float16 else tensor


def _fault(captions: object, tensors: dict[str, Tensor]) -> str:
    """What is wrong with the content of a file, or nothing."""
    if set(tensors) != _TENSORS:
        return f"it holds {sorted(tensors)[:5]}, not {sorted(_TENSORS)}"
    if not isinstance(captions, list) or not all(isinstance(c, str) for c in captions):
        return "its captions are not texts"
    texts, motions, lengths = tensors["texts"], tensors["motions"], tensors["lengths"]
    shaped = texts.dim() == 2 and motions.dim() == 2 and lengths.dim() == 1
    typed = texts.dtype == motions.dtype == torch.float32 and lengths.dtype == torch.int64
    if not shaped or not typed or not len(captions) == len(texts) == len(lengths) > 0:
        return "its tables do not fit each other"
    if int(lengths.min()) < 1 or int(lengths.sum()) != len(motions):
        return "its lengths do not add up"
    if not bool(motions.isfinite().all() and texts.isfinite().all()):
        return "it holds values that are not finite"
    return ""


def scores(
    database: Database,
    text: Float[Tensor, "text_width"],
    frames: int,
    kinematic: float = KINEMATIC,
) -> Float[Tensor, "entries"]:
    """Hybrid score of each entry for these words and this length."""
    similarity = database.texts @ nn.functional.normalize(text.float(), dim=0)
    lengths = database.lengths.float()
    differs = (lengths - frames).abs() / lengths.clamp(min=frames)
    return similarity * torch.exp(-kinematic * differs)


def find(
    database: Database,
    text: Float[Tensor, "text_width"],
    frames: int,
    count: int = BEST,
    *,
    kinematic: float = KINEMATIC,
    without: AbstractSet[int] = frozenset(),
    same_length: bool = True,
) -> list[int]:
    """The entries to be reminded of, the best first; equal scores keep the database's order.

    Args:
        database: Where to look.
        text: Sentence embedding of the prompt.
        frames: Length of the motion to be made.
        count: How many at most.
        kinematic: λ.
        without: Entries that may not be found: in training, the motion itself and its twins.
        same_length: Whether entries of exactly this length may be found; off in training, where
            they are likely the motion itself under another caption.
    """
    ranked = scores(database, text, frames, kinematic).sort(descending=True, stable=True).indices
    allowed = (int(i) for i in ranked if int(i) not in without)
    kept = [i for i in allowed if same_length or int(database.lengths[i]) != frames]
    return kept[:count]


def gather(
    database: Database, found: Sequence[Sequence[int]], frames: int, count: int = BEST
) -> Recalled:
    """What was found, padded and cut to one length, as the denoiser takes it."""
    width = database.motions.shape[1]
    motions = torch.zeros(len(found), count, frames, width)
    seen = torch.zeros(len(found), count, frames, dtype=torch.bool)
    texts = torch.zeros(len(found), count, database.texts.shape[1])
    for row, indices in enumerate(found):
        for item, index in enumerate(indices[:count]):
            motion = database.motion(index)[:frames]
            motions[row, item, : len(motion)] = motion
            seen[row, item, : len(motion)] = True
            texts[row, item] = database.texts[index]
    return Recalled(motions, texts, seen)


def mixture(both: float, words: float, memory: float) -> Weights:
    """Weights of the condition mixture; the unconditional takes what is missing to 1."""
    return (both, words, memory, 1.0 - both - words - memory)


def coarse_to_fine(scale: float, fine: Weights, steps: int, edge: float = 0.1) -> Mixing:
    """Weights that follow the time: guidance that fades, then fitted weights.

    ReMoDiffuse draws a coin at each early step between {both: w, memory: 1 − w} and {words: w,
    neither: 1 − w} with ``w = 1 + scale · t/steps``; this is the mean of the two, so that sampling
    stays deterministic.

    Args:
        scale: 6.5 (HumanML3D) and 4.0 (KIT) are published.
        fine: Weights below the edge.
        steps: Of the noise schedule.
        edge: Share of the schedule below which the fine weights hold.
    """

    def weights(time: float) -> Weights:
        if time <= edge * steps:
            return fine
        w = 1.0 + scale * time / steps
        return (0.5 * w, 0.5 * w, 0.5 * (1.0 - w), 0.5 * (1.0 - w))

    return weights


def fitted(
    branches: Float[Tensor, "4 samples width"], wanted: Float[Tensor, "samples width"]
) -> Weights:
    """Weights whose mixture comes closest to the true motions, by least squares.

    Args:
        branches: Clean motions predicted with words and memory, words, memory, neither.
        wanted: The true ones.
    """
    base = branches[3]
    table = (branches[:3] - base).flatten(1).double().T
    target = (wanted - base).flatten().double()
    # The minimum-norm solution, where branches agree with each other.
    solved: list[float] = (
        torch.linalg.lstsq(table, target[:, None], driver="gelsd").solution[:, 0].tolist()
    )
    return mixture(solved[0], solved[1], solved[2])


def drop(
    batch: int, chance: torch.Generator, share: float = 0.1
) -> tuple[Bool[Tensor, "batch"], Bool[Tensor, "batch"]]:
    """Which samples of a training batch keep their words, and which their memory.

    Each is dropped for a share of the samples, independently, so all four combinations are learnt.
    """
    drawn = torch.rand(2, batch, generator=chance)
    return drawn[0] >= share, drawn[1] >= share
