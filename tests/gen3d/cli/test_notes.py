# SPDX-License-Identifier: Apache-2.0
"""What stands in for what is told on the terminal, in the events and in the manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gen3d.cli.main import main
from gen3d.events import read_events

NOTE = "There is no erupting volcano; a volcano at rest stands in."
SMALL = ["--kind", "sky", "--width", "256"]


def test_a_stand_in_is_told_wherever_a_run_tells_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert main(["scene", "an erupting volcano at noon", "--out", str(folder), *SMALL]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count(f"Note: {NOTE}") == 1
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert NOTE in manifest["notes"]
    done = [event for event in read_events(folder / "events.jsonl") if event["event"] == "done"]
    assert done[-1]["notes"] == manifest["notes"]
