# SPDX-License-Identifier: Apache-2.0
"""Sets of pictures: what is read is what was drawn, in however many sittings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.thing import build
from gen3d.training.shards import SIZE_PX, VIEWS, draw_set, lumpy, read_set, shard_path

SEED, PER_SHARD = 9, 4


def test_a_set_read_holds_the_things_of_the_numbered_list(pictures: Path) -> None:
    shards = list(read_set(pictures))
    specs = [spec for shard in shards for spec in shard.specs]
    assert specs == [drawn(SEED, number)[0] for number in range(2 * PER_SHARD)]
    for shard in shards:
        assert shard.pictures.shape == (PER_SHARD, VIEWS, SIZE_PX, SIZE_PX, 4)
        assert shard.azimuth_deg.shape == shard.elevation_deg.shape == (PER_SHARD, VIEWS)


def test_every_picture_shows_something_and_not_only_it(pictures: Path) -> None:
    shown = np.concatenate([s.pictures[..., 3] for s in read_set(pictures)]).mean((2, 3)) / 255.0
    assert shown.min() > 0.005
    assert shown.max() < 0.8


def test_drawn_in_two_parts_it_is_the_set_drawn_at_once(pictures: Path, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    for first in (1, 0):
        draw_set(
            tmp_path,
            2,
            SEED,
            lambda step, total: done.append((step, total)),
            part=(first, 2),
            per_shard=PER_SHARD,
        )
    assert done == [(1, 1), (1, 1)]
    for number in range(2):
        whole, part = (shard_path(folder, number) for folder in (pictures, tmp_path))
        assert whole.read_bytes() == part.read_bytes()


def test_a_shard_that_is_there_is_not_drawn_again(tmp_path: Path) -> None:
    kept = shard_path(tmp_path, 0)
    kept.write_bytes(b"mine")
    draw_set(tmp_path, 1, SEED, per_shard=1)
    assert kept.read_bytes() == b"mine"
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_a_truncated_shard_is_refused_in_one_sentence(pictures: Path, tmp_path: Path) -> None:
    whole = shard_path(pictures, 0).read_bytes()
    shard_path(tmp_path, 0).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Gen3dError, match="damaged") as refused:
        list(read_set(tmp_path))
    assert "\n" not in refused.value.message
    assert "Delete" in refused.value.hint


def test_an_empty_folder_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="no training pictures") as refused:
        read_set(tmp_path)
    assert "gen3d train pictures" in refused.value.hint


def test_a_lumpy_thing_is_the_same_thing_with_a_slightly_other_surface() -> None:
    spec, _ = drawn(3, 0)
    thing = build(spec, families()[spec.family])
    moved = lumpy(thing, np.random.default_rng(1))
    shift = np.linalg.norm(moved.verts - thing.verts, axis=1)
    assert 0.0 < shift.mean() < 0.05
    assert np.array_equal(moved.faces, thing.faces)
    assert np.array_equal(moved.slot, thing.slot)
    # A smooth wave: pieces that share places keep sharing them, so nothing tears.
    again = lumpy(thing, np.random.default_rng(1))
    assert np.array_equal(again.verts, moved.verts)
