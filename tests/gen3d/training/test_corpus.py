# SPDX-License-Identifier: Apache-2.0
"""Captions and their embeddings beside the pictures of a set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.foundry.captions import canonical
from gen3d.foundry.families import families
from gen3d.text import TextEncoder
from gen3d.training.corpus import CAPTIONS, Corpus, Pictures, embedded, load_corpus
from gen3d.training.shards import read_set


def test_the_first_caption_of_a_thing_is_its_canonical_form(corpus: Corpus) -> None:
    for spec, row in zip(corpus.specs, corpus.captions, strict=True):
        assert corpus.texts[int(row[0])] == canonical(spec, families()[spec.family])
    assert corpus.captions.shape == (len(corpus.specs), CAPTIONS)


def test_pictures_and_cameras_are_those_of_the_shards_in_order(
    corpus: Corpus, pictures: Path
) -> None:
    shards = list(read_set(pictures))
    assert np.array_equal(corpus.pictures.numpy(), np.concatenate([s.pictures for s in shards]))
    azimuth = np.concatenate([s.azimuth_deg for s in shards])
    assert np.array_equal(corpus.azimuth_deg.numpy(), azimuth)


def test_each_text_comes_once_and_has_its_own_embedding(corpus: Corpus) -> None:
    assert len(set(corpus.texts)) == len(corpus.texts) == len(corpus.features)
    fresh = TextEncoder.load().embed(corpus.texts)
    # Half precision on disk, and a text's bits vary a little with its company.
    assert np.abs(corpus.features.numpy() - fresh).max() < 5e-4


def test_members_are_the_things_of_one_family_each_and_all_of_them(corpus: Corpus) -> None:
    told = torch.cat(corpus.members).sort().values
    assert torch.equal(told, torch.arange(len(corpus.specs)))
    for things in corpus.members:
        assert len({corpus.specs[int(i)].family for i in things}) == 1


def test_loaded_again_it_is_the_same_and_another_seed_tells_other_things(
    corpus: Corpus, pictures: Path
) -> None:
    again = load_corpus(pictures, seed=1)
    assert again.texts == corpus.texts
    assert torch.equal(again.features, corpus.features)
    assert load_corpus(pictures, seed=2).texts != corpus.texts


def test_embeddings_are_kept_by_their_texts(tmp_path: Path) -> None:
    calls: list[int] = []
    texts = ("a blue vase", "a red vase")

    def on_step(step: int, total: int) -> None:
        del total
        calls.append(step)

    first = embedded(tmp_path, texts, on_step)
    second = embedded(tmp_path, texts, on_step)
    assert calls == [1]
    assert torch.equal(first, second)
    turned = embedded(tmp_path, texts[::-1])
    # A text's bits vary a little with its place among the others.
    assert torch.allclose(turned, first.flip(0), atol=5e-4)
    assert not torch.allclose(turned, first, atol=5e-3)


def test_damaged_embeddings_are_refused(tmp_path: Path) -> None:
    embedded(tmp_path, ("a vase",))
    path = next(tmp_path.glob("captions-*.safetensors"))
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(Gen3dError, match="damaged"):
        embedded(tmp_path, ("a vase",))


def test_random_pictures_are_of_the_set_and_follow_the_generator(corpus: Corpus) -> None:
    several = Pictures(corpus.pictures.flatten(0, 1))
    draws = [several.random(5, torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    every = {bytes(picture.numpy()) for picture in several.pixels}
    assert all(bytes(picture.numpy()) in every for picture in draws[0])
