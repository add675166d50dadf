# SPDX-License-Identifier: Apache-2.0
"""What a batch of motions is made for: words, ends, keyframes and paths, what is remembered.

Everything can be switched off sample by sample (classifier-free training) and stacked branch by
branch (guidance): a switched-off condition is one that nothing of is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gen3d.errors import Gen3dError
from motion.attention import Recalled
from motion.diffusion import Known


@dataclass(frozen=True)
class Condition:
    """What the motions of a batch are made for."""

    words: Float[Tensor, "batch tokens text_width"]
    words_seen: Bool[Tensor, "batch tokens"]
    """False for padding, and for every token of a sample without words."""
    frames_seen: Bool[Tensor, "batch frames"] | None = None
    """False for frames after a motion's end."""
    known: Known | None = None
    """Keyframes and paths."""
    recalled: Recalled | None = None

    def __len__(self) -> int:
        return len(self.words)

    def worded(self, kept: Bool[Tensor, "batch"]) -> Condition:
        """The same, with words only where they are kept."""
        return replace(self, words_seen=self.words_seen & kept[:, None])

    def remembering(self, kept: Bool[Tensor, "batch"]) -> Condition:
        """The same, with memory only where it is kept."""
        if self.recalled is None:
            return self
        seen = self.recalled.seen & kept[:, None, None]
        return replace(self, recalled=replace(self.recalled, seen=seen))

    def constrained(self, kept: Bool[Tensor, "batch"]) -> Condition:
        """The same, with keyframes and paths only where they are kept."""
        if self.known is None:
            return self
        mask = self.known.mask * kept[:, None, None].to(self.known.mask)
        return replace(self, known=replace(self.known, mask=mask))


def stacked(conditions: Sequence[Condition]) -> Condition:
    """Several batches as one, the first in front; all have the same things in them.

    Raises:
        Gen3dError: Some have frames' ends, constraints or memory and others have not.
    """
    names = [f.name for f in fields(Condition)]
    columns: dict[str, Any] = {}
    for name in names:
        values = [getattr(condition, name) for condition in conditions]
        if any((value is None) != (values[0] is None) for value in values):
            raise Gen3dError(
                f"Conditions with and without {name} cannot be one batch.",
                "Give all of them the same, switched off where it is not meant.",
            )
        columns[name] = None if values[0] is None else _joined(values)
    return Condition(**columns)


def _joined(values: Sequence[Any]) -> Any:  # noqa: ANN401 tensors, or dataclasses of tensors
    if isinstance(values[0], Tensor):
        return torch.cat(list(values))
    kind = type(values[0])
    return kind(*(torch.cat([getattr(v, f.name) for v in values]) for f in fields(kind)))
