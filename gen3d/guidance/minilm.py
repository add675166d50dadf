# SPDX-License-Identifier: Apache-2.0
"""Token by token, what the frozen MiniLM makes of a text: the project's diffusion model reads this.

Texts are cut or padded to 32 tokens, and padding is hidden from attention but has states of its
own, exactly as ``BertModel`` gives them: a pipeline of ``diffusers`` with that model then sees what
our own loader sees, without the seconds that ``transformers`` takes to import (the test compares
the two; states of padding are ill-conditioned, and agree as far as single precision goes).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from gen3d.text import STATE_TOKENS, TextEncoder

TOKENS = STATE_TOKENS


def token_states(texts: Sequence[str]) -> Float[Tensor, "texts 32 384"]:
    """Last hidden state of each token, in single precision, on the CPU."""
    return torch.from_numpy(TextEncoder.load().states(texts))


def tokenise(
    texts: Sequence[str],
) -> tuple[Int64[Tensor, "texts 32"], Bool[Tensor, "texts 32"]]:
    """Token ids, padded, and which of them are not padding; the last token is always ``[SEP]``."""
    ids = torch.from_numpy(TextEncoder.load().padded(texts))
    return ids, ids != 0
