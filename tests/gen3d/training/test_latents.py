# SPDX-License-Identifier: Apache-2.0
"""Latents and words on disk, and the views that captions tell."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gen3d.errors import Gen3dError
from gen3d.foundry.captions import canonical
from gen3d.foundry.families import families
from gen3d.guidance.prompts import side_weights
from gen3d.render.views import orbit
from gen3d.training.corpus import Corpus
from gen3d.training.latents import LatentSet, make_latents, on_greys, view_words

SIDES = ("front view", "side view", "back view", "seen from above")


def small(pictures: Tensor) -> Tensor:
    """Stands for an encoder: means over blocks, a constant fourth channel."""
    means = avg_pool2d(pictures, 16)
    return torch.cat([means, torch.ones_like(means[:, :1])], dim=1)


class Words:
    """Stands for the text encoder, and remembers what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: list[str]) -> Tensor:
        self.texts += texts
        return torch.tensor([[[float(len(t))] * 384] * 2 for t in texts])


@pytest.fixture
def made(corpus: Corpus, tmp_path: Path) -> tuple[LatentSet, Words, Path]:
    words = Words()
    path = tmp_path / "latents.safetensors"
    return make_latents(corpus, small, words, path, seed=4), words, path


def test_there_is_a_latent_and_a_caption_for_every_picture(
    made: tuple[LatentSet, Words, Path], corpus: Corpus
) -> None:
    found, words, _ = made
    count = corpus.pictures.shape[0] * corpus.pictures.shape[1]
    assert found.latents.shape == (count, 4, 4, 4)
    assert len(found.caption) == count
    texts = words.texts[:-1]
    assert words.texts[-1] == ""
    assert len(texts) == len(found.words)
    for row in range(count):
        assert float(found.words[found.caption[row], 0, 0]) == len(texts[int(found.caption[row])])


def test_canonical_captions_tell_the_view_of_their_picture(
    made: tuple[LatentSet, Words, Path], corpus: Corpus
) -> None:
    found, words, _ = made
    views = corpus.azimuth_deg.shape[1]
    plain = 0
    for row, index in enumerate(found.caption.tolist()):
        thing, view = divmod(row, views)
        spec = corpus.specs[thing]
        start = canonical(spec, families()[spec.family])
        if words.texts[index].startswith(f"{start}, ") and words.texts[index].endswith(SIDES):
            azimuth, elevation = corpus.azimuth_deg[thing, view], corpus.elevation_deg[thing, view]
            plain += (
                words.texts[index] == f"{start}, {view_words(float(azimuth), float(elevation))}"
            )
    assert plain >= 0.15 * len(found.caption)


def test_read_again_it_is_the_set_that_was_made_and_nothing_is_computed(
    made: tuple[LatentSet, Words, Path], corpus: Corpus
) -> None:
    first, _, path = made
    words = Words()
    again = make_latents(corpus, small, words, path, seed=4)
    assert words.texts == []
    assert all(torch.equal(getattr(first, name), value) for name, value in vars(again).items())


def test_what_is_made_can_be_trained_on(made: tuple[LatentSet, Words, Path]) -> None:
    weight = torch.ones(384, requires_grad=True)
    _, words = made[0].batch(3, 0.5, torch.Generator().manual_seed(0))
    (words @ weight).square().sum().backward()
    assert weight.grad is not None


def test_damaged_latents_are_refused(made: tuple[LatentSet, Words, Path], corpus: Corpus) -> None:
    path = made[2]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(Gen3dError, match="damaged"):
        make_latents(corpus, small, Words(), path, seed=4)


def test_greys_are_light_plain_and_only_behind() -> None:
    pictures = torch.zeros(9, 4, 4, 4, dtype=torch.uint8)
    pictures[:, :2] = torch.tensor([255, 0, 51, 255], dtype=torch.uint8)
    made = on_greys(pictures, torch.Generator().manual_seed(1))
    assert torch.allclose(made[:, :, :2].mean((0, 2, 3)), torch.tensor([1.0, 0.0, 0.2]))
    behind = made[:, :, 2:].flatten(1)
    assert (behind == behind[:, :1]).all()
    assert 0.55 <= behind.min() < behind.max() <= 1.0


@settings(deadline=None)
@given(st.floats(-720.0, 720.0), st.floats(-25.0, 75.0))
def test_captions_name_the_side_that_guidance_weighs_most(azimuth: float, elevation: float) -> None:
    one = torch.ones(1)
    views = orbit(azimuth * one, elevation * one, 3.0 * one, 40.0 * one, 8)
    weights = side_weights(views)[0]
    told = SIDES.index(view_words(azimuth, elevation))
    # Between two sides, and from 55° to 60°, captions may be a little ahead of the weights.
    assert float(weights[told]) > 0.25
