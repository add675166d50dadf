# SPDX-License-Identifier: Apache-2.0
"""Text encoders give what the libraries that published them give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from gen3d.errors import Gen3dError
from motion.checkpoints.clip_text import clip_text, load_clip_text, reader_of
from motion.checkpoints.hosted import load_distilbert
from tests.motion.checkpoints import naive
from tests.motion.checkpoints.published import clip_shapes, drawn

TEXTS = ["a person waves", "someone walks slowly in a circle and then sits down on the ground"]


def test_a_tower_agrees_with_open_clip_in_states_and_sentence(clip_folder: Path) -> None:
    from open_clip import CLIP, SimpleTokenizer
    from safetensors.torch import load_file

    tower: Any = {"image_size": 16, "layers": 1, "width": 64, "patch_size": 8}
    text: Any = {"context_length": 77, "width": 512, "heads": 8, "layers": 2}
    model = CLIP(512, tower, text, quick_gelu=True).eval()
    state = load_file(clip_folder / "open_clip_model.safetensors")
    kept = {k: v for k, v in state.items() if not k.startswith("visual.")}
    model.load_state_dict(kept, strict=False)
    ours = load_clip_text(str(clip_folder))(TEXTS, 75)
    ids = SimpleTokenizer(context_length=77)(TEXTS)
    with torch.no_grad():
        torch.testing.assert_close(ours.sentence, model.encode_text(ids), atol=1e-4, rtol=1e-4)
    twin = naive.clip_states(state, ids[1].tolist(), 2)
    np.testing.assert_allclose(ours.tokens[1].numpy(), twin, atol=1e-4)
    assert ours.end.tolist() == ids.argmax(dim=1).tolist()


def test_words_beyond_the_limit_are_cut_and_padding_changes_nothing() -> None:
    state = drawn(clip_shapes(layers=1))
    read = reader_of(clip_text(state, Path("clip")))
    short, long = read(TEXTS[:1], 20), read(TEXTS[:1], 75)
    torch.testing.assert_close(short.sentence, long.sentence)
    assert read([TEXTS[1] * 9], 20).end.tolist() == [21]


def test_a_tower_in_the_form_of_transformers_is_the_same_tower(tmp_path: Path) -> None:
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=64,
        intermediate_size=256,
        projection_dim=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        eos_token_id=49407,
    )
    torch.manual_seed(0)
    model = CLIPTextModelWithProjection(config).eval()
    model.save_pretrained(tmp_path)
    ours = load_clip_text(str(tmp_path))(TEXTS, 75)
    from open_clip import SimpleTokenizer

    with torch.no_grad():
        theirs = model(SimpleTokenizer(context_length=77)(TEXTS))
    torch.testing.assert_close(ours.sentence, theirs.text_embeds, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours.tokens, theirs.last_hidden_state, atol=1e-5, rtol=1e-4)


def _tokenizer(folder: Path) -> None:
    words = sorted({word for text in TEXTS for word in text.split()})
    table = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(table, unk_token="[UNK]"))  # noqa: S106  # a word, not a secret
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, ends)
    tokenizer.save(str(folder / "tokenizer.json"))


def test_distilbert_agrees_with_transformers_on_padded_texts(tmp_path: Path) -> None:
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=40, dim=48, hidden_dim=96, n_layers=2, n_heads=4)
    torch.manual_seed(0)
    model = DistilBertModel(config).eval()
    model.save_pretrained(tmp_path)
    _tokenizer(tmp_path)
    ours = load_distilbert(str(tmp_path))(TEXTS, 510)
    rows = [Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode(t).ids for t in TEXTS]
    ids = torch.tensor([row + [0] * (len(rows[1]) - len(row)) for row in rows])
    with torch.no_grad():
        theirs = model(ids, (ids != 0).long()).last_hidden_state
    real = ours.seen
    assert real.sum(dim=1).tolist() == [len(row) for row in rows]
    torch.testing.assert_close(ours.tokens[real], theirs[real], atol=1e-5, rtol=1e-4)


def test_a_folder_of_another_encoder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(Gen3dError, match="not a folder of DistilBERT"):
        load_distilbert(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(Gen3dError, match="not valid JSON"):
        load_distilbert(str(tmp_path))
    save_file({"token_embedding.weight": torch.zeros(3, 4)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    with pytest.raises(Gen3dError, match="missing"):
        load_clip_text(str(tmp_path))
