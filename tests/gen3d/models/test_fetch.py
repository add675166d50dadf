# SPDX-License-Identifier: Apache-2.0
"""Fetching from folders, and what is said when there is no network; no hub is ever asked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import huggingface_hub.constants
import pytest
import yaml
from pydantic import ValidationError

from gen3d.errors import Gen3dError
from gen3d.models import cards
from gen3d.models.cards import RECORD, Card, CardFile, provenance, resolve, verify
from gen3d.models.fetch import fetch

FILES = {"config.json": b"{}", "unet/model.safetensors": b"weights of the unet"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for fetched models, and no network."""
    monkeypatch.setenv("GEN3D_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "models"


def card(hashes: dict[str, str] | None = None) -> Card:
    known = hashes or {}
    return Card(
        id="giant",
        title="A giant",
        kind="diffusion",
        role="large pictures",
        source="someone",
        place="fetched",
        ids=("someone/giant",),
        mirrors=("another/giant",),
        licence="MIT",
        commercial_use=True,
        why="MIT.",
        without="The small model is used.",
        files=tuple(CardFile(path=name, sha256=known.get(name, "")) for name in FILES),
    )


def source(tmp_path: Path, changed: str = "") -> str:
    folder = tmp_path / f"download{len(changed)}"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content + (b"!" if name == changed else b""))
    (folder / "README.md").write_text("not part of the model", encoding="utf-8")
    return str(folder)


def digest(name: str) -> str:
    return hashlib.sha256(FILES[name]).hexdigest()


def states(model: Card) -> set[str]:
    return {verdict.state for verdict in verify(model)}


def test_a_folder_becomes_a_whole_model_with_a_record_of_its_hashes(
    tmp_path: Path, home: Path
) -> None:
    steps: list[tuple[int, int]] = []
    folder = fetch(card(), source(tmp_path), lambda step, total: steps.append((step, total)))
    assert folder == home / "giant"
    assert {p.name for p in folder.rglob("*") if p.is_file()} == {
        "config.json",
        "model.safetensors",
        RECORD,
    }
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    assert record["files"] == {name: digest(name) for name in FILES}
    assert states(card()) == {"ok"}
    assert steps == [(1, 2), (2, 2)]


def test_before_it_is_fetched_its_files_are_missing() -> None:
    assert states(card()) == {"missing"}


def test_what_was_put_there_by_hand_is_not_trusted(home: Path) -> None:
    for name, content in FILES.items():
        (home / "giant" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "giant" / name).write_bytes(content)
    assert states(card()) == {"unrecorded"}
    assert states(card({name: digest(name) for name in FILES})) == {"ok"}


def test_a_file_that_changes_after_the_first_fetch_is_noticed(tmp_path: Path) -> None:
    folder = fetch(card(), source(tmp_path))
    (folder / "config.json").write_bytes(b"{ }")
    assert states(card()) == {"ok", "different"}


def test_another_content_than_the_first_time_is_refused_and_nothing_is_kept(
    tmp_path: Path, home: Path
) -> None:
    folder = fetch(card(), source(tmp_path))
    (folder / "config.json").unlink()
    with pytest.raises(Gen3dError, match="not the file that was published"):
        fetch(card(), source(tmp_path, changed="unet/model.safetensors"))
    assert sorted(p.name for p in home.iterdir()) == ["giant"]
    fetch(card(), source(tmp_path))
    assert states(card()) == {"ok"}


def test_a_hash_of_the_card_is_refused_from_the_first_fetch_on(tmp_path: Path, home: Path) -> None:
    strict = card({"unet/model.safetensors": digest("unet/model.safetensors")})
    with pytest.raises(Gen3dError, match="not the file that was published"):
        fetch(strict, source(tmp_path, changed="unet/model.safetensors"))
    assert not (home / "giant").exists()
    assert fetch(strict, source(tmp_path)).is_dir()


def test_a_whole_model_is_not_fetched_again(tmp_path: Path) -> None:
    folder = fetch(card(), source(tmp_path))
    assert fetch(card(), "nobody/nothing") == folder


def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path, home: Path) -> None:
    folder = Path(source(tmp_path))
    (folder / "config.json").unlink()
    with pytest.raises(Gen3dError, match=r"lacks config\.json"):
        fetch(card(), str(folder))
    assert not (home / "giant").exists()


def test_without_a_network_a_sentence_says_so_and_what_to_do() -> None:
    with pytest.raises(Gen3dError, match="the hub cannot be reached") as refused:
        fetch(card())
    assert "--from FOLDER" in refused.value.hint
    assert "http" not in refused.value.message


@pytest.mark.parametrize("name", ["/nowhere/at/all", "giant", "./some/folder"])
def test_a_source_that_is_neither_a_folder_nor_an_id_is_refused(name: str) -> None:
    with pytest.raises(Gen3dError, match="neither a folder"):
        fetch(card(), name)


def test_what_is_part_of_the_installation_is_not_fetched() -> None:
    with pytest.raises(Gen3dError, match="part of the installation"):
        fetch(cards.find_card("body"))


def test_a_damaged_record_is_an_error_that_says_what_to_delete(tmp_path: Path) -> None:
    folder = fetch(card(), source(tmp_path))
    (folder / RECORD).write_text('{"files": 3}', encoding="utf-8")
    with pytest.raises(Gen3dError, match="is damaged"):
        verify(card())


def test_a_model_is_resolved_only_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = tmp_path / "configs"
    (configs / "models" / "published").mkdir(parents=True)
    text = yaml.safe_dump(card().model_dump(mode="json"))
    (configs / "models" / "published" / "giant.yml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(cards, "config_dir", lambda: configs)
    with pytest.raises(Gen3dError, match="not on this machine") as refused:
        resolve("giant")
    assert "The small model is used." in refused.value.message
    assert refused.value.hint == "Run: gen3d models fetch giant"
    folder = fetch(cards.find_card("giant"), source(tmp_path))
    assert resolve("giant") == folder
    assert provenance(cards.find_card("giant"))["sha256"] not in {"", None}
    (folder / "config.json").write_bytes(b"changed")
    with pytest.raises(Gen3dError, match="different"):
        resolve("giant")
    with pytest.raises(Gen3dError) as unknown:
        resolve("giants")
    assert "'giant'" in unknown.value.hint


def test_a_card_must_say_where_its_files_come_from_or_what_they_are() -> None:
    fields = card().model_dump()
    with pytest.raises(ValidationError, match="needs an id"):
        Card.model_validate({**fields, "ids": ()})
    with pytest.raises(ValidationError, match="needs its sha256"):
        Card.model_validate({**fields, "place": "weights"})


def test_published_cards_say_what_works_without_them_and_under_what_terms() -> None:
    published = cards.published_cards().values()
    assert {"tower", "diffusion"} <= {card.kind for card in published}
    for each in published:
        assert each.place == "fetched"
        assert each.without
        assert each.size_mb
        assert each.territory
        assert all(name.count("/") == 1 for name in (*each.ids, *each.mirrors))
