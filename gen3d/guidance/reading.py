# SPDX-License-Identifier: Apache-2.0
"""How a diffusion model's folder reads texts: its own text encoder, or the wheel's MiniLM.

CLIP encoders (Stable Diffusion), T5 encoders (models of pixels) and BERT are read with
``transformers`` exactly as the pipelines of ``diffusers`` do. A folder that names ``BertModel`` but
does not carry it is the project's own: its text encoder is MiniLM, which came by ``pip`` already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.guidance.folder import load_part, need
from gen3d.guidance.minilm import token_states

Reading = Callable[[Sequence[str]], Float[Tensor, "texts tokens width"]]

ENCODERS = ("CLIPTextModel", "T5EncoderModel", "BertModel")
T5_TOKENS = 77
"""The length that models of pixels were trained with; their tokenizers state none."""


def load_reading(
    folder: Path, index: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> Reading:
    """What turns texts into what the model reads.

    Args:
        folder: A ``diffusers`` folder.
        index: Its ``model_index.json``.
        device: Where the encoder runs.
        dtype: In which precision.

    Raises:
        Gen3dError: The encoder is of a kind that is not known, or its files are not whole.
    """
    kind = str((index.get("text_encoder") or [None, None])[1])
    if kind not in ENCODERS:
        raise Gen3dError(
            f"The text encoder of {folder} is {kind}, which is not one of {', '.join(ENCODERS)}.",
            "Use a model of the Stable Diffusion 1 or 2 family, or one of pixels with T5.",
        )
    if kind == "BertModel" and not (folder / "text_encoder").is_dir():
        return token_states
    transformers = need("transformers")
    encoder = load_part(getattr(transformers, kind), folder, "text_encoder", device, dtype)
    tokenizer = _load_tokenizer(folder, str((index.get("tokenizer") or [None, None])[1]))
    return _reading(encoder, tokenizer, kind)


def _reading(encoder: Any, tokenizer: Any, kind: str) -> Reading:  # noqa: ANN401 transformers is untyped
    length = T5_TOKENS if kind == "T5EncoderModel" else int(tokenizer.model_max_length)
    masked = kind == "T5EncoderModel" or bool(getattr(encoder.config, "use_attention_mask", False))

    @torch.no_grad()
    def read(texts: Sequence[str]) -> Tensor:
        batch = tokenizer(
            list(texts),
            padding="max_length",
            max_length=length,
            truncation=True,
            return_tensors="pt",
        ).to(encoder.device)
        mask = batch["attention_mask"] if masked else None
        states: Tensor = encoder(batch["input_ids"], attention_mask=mask)[0]
        return states.float()

    return read


def _load_tokenizer(folder: Path, kind: str) -> Any:  # noqa: ANN401 transformers is untyped
    reader = getattr(need("transformers"), kind, None)
    if reader is None:
        raise Gen3dError(
            f"The tokenizer of {folder} is {kind}, which transformers does not have.",
            "Save the folder again with the transformers installed here.",
        )
    try:
        return reader.from_pretrained(str(folder / "tokenizer"), local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Gen3dError(
            f"The tokenizer of {folder} cannot be read: {str(error).splitlines()[0]}",
            "Copy or fetch the whole folder again.",
        ) from None
