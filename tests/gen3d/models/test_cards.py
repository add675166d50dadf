# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gen3d.manifest import commercial_use
from gen3d.models.cards import (
    Card,
    CardFile,
    folder_digest,
    home_of,
    load_cards,
    provenance,
    verify,
)


@pytest.mark.parametrize("name", sorted(load_cards()))
def test_the_installed_files_of_every_model_are_the_published_ones(name: str) -> None:
    assert {v.path: v.state for v in verify(load_cards()[name])} == {
        file.path: "ok" for file in load_cards()[name].files
    }


def test_everything_that_loads_by_default_allows_commercial_use_and_says_why() -> None:
    models = [provenance(card) for card in load_cards().values()]
    verdict = commercial_use(models)
    assert verdict["allowed"] is True
    assert all(model["why"] in str(verdict["why"]) for model in models)


def test_one_model_that_forbids_it_forbids_commercial_use_of_the_whole() -> None:
    free, other = (provenance(card) for card in list(load_cards().values())[:2])
    verdict = commercial_use([free, {**other, "commercial_use": False, "why": "Research only."}])
    assert verdict == {"allowed": False, "why": f"{other['id']}: Research only."}


def test_a_damaged_missing_or_foreign_file_is_told_from_a_whole_one(tmp_path: Path) -> None:
    card = load_cards()["motion-clips"]
    home = home_of(card)
    assert home is not None
    folder = tmp_path / "motions"
    shutil.copytree(home / card.files[0].path, folder)
    whole = folder_digest(folder, "**/*.txt")
    assert whole == card.files[0].sha256
    clip = next(folder.glob("*.txt"))
    clip.write_bytes(clip.read_bytes()[:-1])
    assert folder_digest(folder, "**/*.txt") != whole


def test_a_card_whose_package_is_absent_reports_missing_files() -> None:
    card = load_cards()["body"].model_copy(update={"module": "no_such_module"})
    assert {verdict.state for verdict in verify(card)} == {"missing"}


def test_a_file_that_is_not_the_published_one_is_reported() -> None:
    file = CardFile(path="models/body.yml", sha256="0" * 64)
    card = load_cards()["dictionary"].model_copy(update={"files": (file,)})
    assert isinstance(card, Card)
    assert [verdict.state for verdict in verify(card)] == ["different"]
