# SPDX-License-Identifier: Apache-2.0
"""What the model is reminded of: made once, found again, and a user's own takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d.text import TextEncoder
from gen3d.types import Skeleton
from motion import memory, recall
from motion.corpus import RATE, SHORTEST
from motion.files import write_bvh
from motion.finish import finish
from motion.language.script import Action
from motion.order import plain
from motion.representation import WIDTH, to_performance
from motion.shelf import build_shelf
from motion.shelf_sources import source_names
from tests.motion.small_models import performances

NAMES = ("wave", "jump")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))


def test_the_library_is_made_once_and_found_again(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = memory.library(lambda done, total: told.append((done, total)), NAMES)
    assert told == [(1, 3), (2, 3), (3, 3)]  # either hand, and a jump
    again = memory.library(lambda done, total: told.append((done, total)), NAMES)
    assert len(told) == 3
    assert again.captions == made.captions
    assert torch.equal(again.motions, made.motions)
    assert len(list((tmp_path / "cache" / "motion").iterdir())) == 1


def test_a_library_of_other_verbs_is_another_file() -> None:
    paths = {memory._digest(names) for names in ((), NAMES, NAMES[::-1], NAMES[:1])}
    assert len(paths) == 4
    assert memory._digest(NAMES) == memory._digest(list(NAMES))


def test_words_find_their_verb_and_side() -> None:
    made = memory.library(names=NAMES)
    assert made.motions.shape[1] == WIDTH
    assert int(made.lengths.min()) >= SHORTEST
    for action in (Action("wave", side="left"), Action("wave", side="right"), Action("jump")):
        text = plain((action,))
        vector = torch.from_numpy(TextEncoder.load().embed([text])[0])
        (best,) = recall.find(made, vector, 60, 1)
        assert made.captions[best] == text
        shown = to_performance(made.motion(best).numpy(), "m", RATE)
        assert shown.seconds == pytest.approx((len(made.motion(best)) - 1) / RATE)


def test_takes_are_remembered_by_their_captions_and_a_users_by_their_names(
    tmp_path: Path, adult: Skeleton
) -> None:
    folder = tmp_path / "takes"
    folder.mkdir()
    names = ("WavesTwice_02", "001", "a low bow")
    for name, number in zip(names, (1, 2, 4), strict=True):
        clip = finish(performances()[number], adult).clip
        write_bvh(folder / f"{name}.bvh", adult, clip)
    shelf = build_shelf(folder, without=source_names())
    made = memory.shelved(shelf)
    assert made is not None
    assert sorted(made.captions) == ["low bow", "waves twice"]
    (bow,) = recall.find(made, torch.from_numpy(TextEncoder.load().embed(["bows"])[0]), 60, 1)
    assert made.captions[bow] == "low bow"
    shown = to_performance(made.motion(bow).numpy(), "m", RATE)
    assert shown.seconds == pytest.approx(performances()[4].seconds, abs=0.06)
    captioned = replace(shelf.items[0], captions=("strolls", "walks"))
    again = memory.shelved(replace(shelf, items=(captioned,)))
    assert again is not None
    assert again.captions == ("strolls",)
    of_package = tuple(replace(item, package="somebody") for item in shelf.items)
    assert memory.shelved(replace(shelf, items=of_package)) is None


def test_rows_of_the_library_are_unit_vectors() -> None:
    made = memory.library(names=("bow",))
    assert np.allclose(made.texts.norm(dim=1), 1.0, atol=1e-5)
