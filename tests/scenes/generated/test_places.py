# SPDX-License-Identifier: Apache-2.0
"""Captioned places to learn from, and the training of the model that draws them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.guidance.diffusion import load_diffusion
from gen3d.training.latents import read_latents
from gen3d.training.shards import save_shard, shard_path
from gen3d.words import land as lands
from gen3d.words import room as rooms
from scenes.generated import corpus, training
from scenes.generated.captions import (
    Place,
    caption,
    random_land,
    random_light,
    random_room,
    sentence,
)
from scenes.generated.corpus import draw_shard, load_places, sky_of
from scenes.generated.sampler import Manner, knows_panoramas, sample
from scenes.generated.training import Turned, train_panoramas
from scenes.render.view import Quality


def test_the_plain_sentence_is_read_as_the_place_that_it_names() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        light = random_light(rng)
        land, room = random_land(light, rng), random_room(light, rng)
        found = lands.read(sentence(land)).land
        assert found is not None
        assert found.name == land.name
        inside = rooms.read(sentence(room), sky_of(light, rng), 0, of_place=True).room
        assert inside is not None
        assert inside.name == room.name


def test_the_sky_is_that_of_the_time_and_the_weather() -> None:
    rng = np.random.default_rng(0)
    noon = sky_of(Place("sky", "noon", "overcast"), rng)
    assert noon.sun_elevation_deg > 55
    assert [layer.kind for layer in noon.clouds] == ["stratus"]
    night = sky_of(Place("sky", "night"), rng)
    assert night.sun_elevation_deg < -20
    assert night.moon is not None
    winter = sky_of(Place("sky", "noon", "", "winter"), rng)
    assert winter.sun_elevation_deg < noon.sun_elevation_deg
    assert not winter.clouds


def test_captions_vary_and_all_name_the_place() -> None:
    place = Place("land", "sunset", "overcast", "winter", "lake", "dock")
    said = {caption(place, np.random.default_rng(n)) for n in range(30)}
    assert len(said) > 20
    names = ("lake", "pond", "tarn", "loch", "reservoir")
    assert all(any(name in text for name in names) for text in said)


def test_a_part_of_the_set_holds_skies_lands_and_rooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "LANDS", 1)
    monkeypatch.setattr(corpus, "_QUALITY", Quality(paths=2, coarse_rows=32))
    # The thirteenth light has quick things under it: the moon's ground and a bathroom.
    draw_shard(tmp_path, 12, 61, 1)
    drawn = load_places(tmp_path)
    assert [place.kind for place in drawn.places] == ["sky", "land", "room"]
    assert drawn.pixels.shape == (3, 128, 256, 3)
    assert all(30 < picture.mean() < 225 or picture.std() > 5 for picture in drawn.pixels)


def test_a_set_of_another_size_is_refused(tmp_path: Path) -> None:
    place = {"kind": "sky", "time": "noon"}
    save_shard(shard_path(tmp_path, 0), {"pixels": np.zeros((1, 8, 16, 3), np.uint8)}, [place])
    with pytest.raises(Gen3dError, match="another size"):
        load_places(tmp_path)


def test_the_training_makes_a_folder_that_draws_panoramas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (2, 128, 256, 3), np.uint8)
    places = [{"kind": "sky", "time": "noon"}, {"kind": "land", "time": "night", "name": "lake"}]
    (tmp_path / "places").mkdir()
    save_shard(shard_path(tmp_path / "places", 0), {"pixels": pixels}, places)
    monkeypatch.setattr(training, "BATCH", 1)
    folder = train_panoramas(tmp_path / "places", tmp_path / "panorama", steps=2)
    assert sum(path.stat().st_size for path in folder.rglob("*.safetensors")) < 15e6
    for config in folder.rglob("*.json"):
        assert "weights" not in config.read_text("utf-8"), "the path of where it began"
    model = load_diffusion(folder)
    assert knows_panoramas(model)
    assert sample(model, "a lake", 0, Manner(steps=1, guidance=1.0)).shape == (3, 64, 128)
    # A picture and its mirror under four captions each; batches are turned copies of them.
    latents = read_latents(tmp_path / "panorama" / "latents.safetensors")
    assert latents.latents.shape == (16, 4, 16, 32)
    clean, words = Turned(latents).batch(3, 0.0, torch.Generator().manual_seed(0))
    assert words.shape == (3, 32, 384)
    one = clean[0].sum(dim=(0, 1)).sort().values
    sums = latents.latents.float().sum(dim=(1, 2)).sort(dim=-1).values
    assert float((sums - one).abs().amax(dim=-1).min()) < 1e-3
