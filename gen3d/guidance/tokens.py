# SPDX-License-Identifier: Apache-2.0
"""Texts to token ids for the text towers of open_clip's models.

open_clip's byte-pair tokenizer serves its own models; models with a tokenizer of their own
(SigLIP, RoBERTa towers) bring a ``tokenizer.json``, which is read with ``tokenizers`` directly:
open_clip's wrapper of it fails with transformers 5.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from tokenizers import Tokenizer
from torch import Tensor

from gen3d.errors import Gen3dError

Tokens = Callable[[Sequence[str]], Int64[Tensor, "texts length"]]

CONTEXT = 77
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def load_tokens(text_config: Mapping[str, Any], folder: Path) -> Tokens:
    """The tokenizer that a text tower was trained with.

    Args:
        text_config: open_clip's ``text_cfg``.
        folder: Where a ``tokenizer.json`` lies, if the model has one.

    Raises:
        Gen3dError: The model needs a ``tokenizer.json`` and there is none.
    """
    length = int(text_config.get("context_length") or CONTEXT)
    foreign = text_config.get("hf_tokenizer_name") or text_config.get("hf_model_name")
    return _from_file(text_config, folder, length) if foreign else _byte_pairs(length)


def _byte_pairs(length: int) -> Tokens:
    from open_clip import SimpleTokenizer

    tokenizer = SimpleTokenizer(context_length=length)

    def tokens(texts: Sequence[str]) -> Tensor:
        return tokenizer(list(texts))

    return tokens


def _from_file(text_config: Mapping[str, Any], folder: Path, length: int) -> Tokens:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise Gen3dError(
            f"{folder} lacks the tokenizer.json of its text tower.",
            "Copy the whole folder of the model.",
        )
    tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    pad_id = _pad_id(tokenizer, text_config, folder)
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=pad_id)
    options: Mapping[str, Any] = text_config.get("tokenizer_kwargs") or {}
    clean = _CLEANING[str(options.get("clean", "whitespace"))]
    separator = _separator(tokenizer) if options.get("strip_sep_token") else None

    def tokens(texts: Sequence[str]) -> Tensor:
        rows = [e.ids for e in tokenizer.encode_batch([clean(text) for text in texts])]
        ids = torch.tensor(rows, dtype=torch.int64).reshape(len(rows), length)
        return ids if separator is None else torch.where(ids == separator, 0, ids)

    return tokens


def _pad_id(tokenizer: Tokenizer, text_config: Mapping[str, Any], folder: Path) -> int:
    """What fills up a row: as the tokenizer's own settings say, in the order of their authority."""
    if tokenizer.padding:
        return int(tokenizer.padding["pad_id"])
    settings = folder / "tokenizer_config.json"
    content = json.loads(settings.read_text(encoding="utf-8")) if settings.is_file() else {}
    named = content.get("pad_token")
    token = named.get("content") if isinstance(named, dict) else named
    found = tokenizer.token_to_id(token) if token else None
    return int(text_config.get("pad_id") or 0) if found is None else found


def _separator(tokenizer: Tokenizer) -> int | None:
    found = (tokenizer.token_to_id(name) for name in ("</s>", "[SEP]"))
    return next((token for token in found if token is not None), None)


def _one_space(text: str) -> str:
    return " ".join(text.split())


def _lower(text: str) -> str:
    return _one_space(text).lower()


def _canonical(text: str) -> str:
    """SigLIP's form: lower case without punctuation."""
    return _lower(text.replace("_", " ").translate(_NO_PUNCTUATION))


_CLEANING: Mapping[str, Callable[[str], str]] = {
    "whitespace": _one_space,
    "lower": _lower,
    "canonicalize": _canonical,
}
