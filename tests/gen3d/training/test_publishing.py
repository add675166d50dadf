# SPDX-License-Identifier: Apache-2.0
"""Trained models put in place: the card then knows exactly what is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from gen3d.config import config_dir
from gen3d.errors import Gen3dError
from gen3d.models import cards
from gen3d.models.cards import Card, verify
from gen3d.training import publishing
from gen3d.training.publishing import CARDS, publish_model


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone's cards and package, elsewhere."""
    shutil.copytree(config_dir() / "models", tmp_path / "configs" / "models")
    for module in (publishing, cards):
        monkeypatch.setattr(module, "config_dir", lambda: tmp_path / "configs")
    monkeypatch.setattr(cards, "__file__", str(tmp_path / "package" / "cards.py"))
    return tmp_path


def result(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_what_was_published_is_verified_by_its_card(clone: Path) -> None:
    made = result(clone / "made", config="{}", unet__weights="w")
    place = publish_model("clip", made)
    assert place == clone / "package" / "weights" / CARDS["clip"]
    written = clone / "configs" / "models" / f"{CARDS['clip']}.yml"
    card = Card.model_validate(yaml.safe_load(written.read_text(encoding="utf-8")))
    assert [file.path for file in card.files] == ["config", "unet/weights"]
    assert {verdict.state for verdict in verify(card)} == {"ok"}
    (place / "config").write_text("[]", encoding="utf-8")
    assert [verdict.state for verdict in verify(card)] == ["different", "ok"]


def test_the_rest_of_the_card_stays_as_it_was_written(clone: Path) -> None:
    path = clone / "configs" / "models" / f"{CARDS['clip']}.yml"
    before = yaml.safe_load(path.read_text(encoding="utf-8"))
    publish_model("clip", result(clone / "made", a="1"))
    after = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {k: v for k, v in after.items() if k != "files"} == {
        k: v for k, v in before.items() if k != "files"
    }
    assert list(after) == list(before)


def test_files_of_an_older_model_go_away(clone: Path) -> None:
    publish_model("clip", result(clone / "first", old="1", both="1"))
    place = publish_model("clip", result(clone / "second", both="2", new="2"))
    assert sorted(path.name for path in place.iterdir()) == ["both", "new"]
    assert (place / "both").read_text(encoding="utf-8") == "2"


def test_an_empty_result_is_refused_and_what_is_installed_stays(clone: Path) -> None:
    place = publish_model("clip", result(clone / "made", a="1"))
    with pytest.raises(Gen3dError, match="nothing in") as refused:
        publish_model("clip", clone / "never made")
    assert "gen3d train clip" in refused.value.hint
    assert (place / "a").exists()
