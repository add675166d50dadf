# SPDX-License-Identifier: Apache-2.0
"""The built zip in two real Blenders: installed, enabled, worked with, and gone without a trace."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRIVE = Path(__file__).with_name("drive.py")
MARK = "GEN3D_JSON "
LINES = {"blender": [5, 0], "blender45": [4, 5]}
"""Environments of ``tests/run.sh`` and the line of Blender in each."""

Told = dict[str, Any]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``blender_addon/build.py`` makes."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "blender_addon" / "build.py"), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.fixture(scope="module")
def told(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """The same zip and the same folder of runs in both: one makes, the other finds and imports."""
    runs = tmp_path_factory.mktemp("mit Leerzeichen") / "Läufe 走"
    runs.mkdir()
    return {
        tool: _drive(tool, repository, runs, way, tmp_path_factory.mktemp(tool))
        for tool, way in (("blender", "make"), ("blender45", "attach"))
    }


def _drive(tool: str, repository: Path, runs: Path, way: str, home: Path) -> Told:
    program = ROOT / ".tools" / tool / "bin" / "python"
    assert program.exists(), f"{program} is missing; bash tests/run.sh installs it"
    (made,) = repository.glob("*.zip")
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(home),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [str(program), str(DRIVE), str(made), sys.executable, str(runs), way],
        capture_output=True,
        text=True,
        env=environment,
        timeout=600,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    assert (done.returncode, len(lines)) == (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(lines[0].removeprefix(MARK))


@pytest.mark.parametrize("tool", LINES)
def test_blenders_own_operator_installs_and_enables_the_zip(
    told: dict[str, Told], tool: str
) -> None:
    assert told[tool]["version"][:2] == LINES[tool]
    assert told[tool]["installed"] == ["FINISHED"]
    assert told[tool]["enabled"]


@pytest.mark.parametrize("tool", LINES)
def test_disabled_twice_it_leaves_nothing_behind(told: dict[str, Told], tool: str) -> None:
    assert told[tool]["clean"] == [True, True]


@pytest.mark.parametrize("tool", LINES)
def test_its_own_folder_may_be_read_only(told: dict[str, Told], tool: str) -> None:
    # Everything else here was done with a folder that refused every write.
    assert told[tool]["watched"]
    assert told[tool]["tried"] == []


def test_without_a_python_the_button_says_what_to_do(told: dict[str, Told]) -> None:
    assert "First choose the Python" in told["blender"]["refused"]


def test_the_test_button_reports_what_the_doctor_says(told: dict[str, Told]) -> None:
    assert told["blender"]["test"]["said"][0] == "gen3d works."
    assert "rig" in told["blender"]["test"]["abilities"]


def test_a_real_run_is_cancelled_within_five_seconds(told: dict[str, Told]) -> None:
    ended = told["blender"]["ends"]["cancel"]
    assert ended["state"] == "cancelled"
    assert ended["seconds"] < 5.0
    assert "gen3d.resume" in ended["after"]


def test_a_real_run_that_is_killed_is_told_with_its_last_lines(told: dict[str, Told]) -> None:
    ended = told["blender"]["ends"]["kill"]
    assert ended["state"] == "failed"
    assert "signal 9" in ended["message"]
    assert ended["lines"] >= 1
    assert any("stage words starts" in line for line in ended["after"])
    assert any(re.match(r"1/\d words", line) for line in ended["running"])


@pytest.mark.parametrize("tool", LINES)
def test_a_real_run_becomes_a_figure_in_a_collection_of_its_own(
    told: dict[str, Told], tool: str
) -> None:
    made, scene = told[tool]["made"], told[tool]["scene"]
    assert made["state"] == "done"
    assert scene["collection"].startswith("a tall knight in a blue cape")
    assert scene["kinds"] == ["ARMATURE", "MESH"]
    assert scene["bones"] == 55
    assert {"Body", "Cape"} <= set(scene["meshes"])
    assert scene["keys"]["Body"] == 52
    assert scene["others"] == ["Cube", "Light"]
    assert scene["action"] == "wave"
    assert scene["frames"] > 24
    assert 1.5 < scene["height"] < 2.2
    assert scene["slider"] > 1.5


@pytest.mark.parametrize("tool", LINES)
def test_the_window_never_stands_still_while_a_run_works(told: dict[str, Told], tool: str) -> None:
    assert told[tool]["made"]["tick_busy_s"] < 0.1
    # On a busy machine other processes come between.
    assert told[tool]["made"]["tick_s"] < 1.0


@pytest.mark.parametrize("tool", LINES)
def test_the_sun_of_the_world_stands_where_the_run_says(
    told: dict[str, Told], tool: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = told[tool]["scene"]["world"]
    # Other tests of this process leave runs there, too.
    places = tmp_path_factory.getbasetemp().glob("mit Leerzeichen[0-9]*")
    (lighting,) = (found for place in places for found in place.rglob("lighting.json"))
    said = json.loads(lighting.read_text(encoding="utf-8"))
    wanted = said["sun"]["direction_blender"]
    cosine = sum(a * b for a, b in zip(world["sun"], wanted, strict=True))
    # A pixel of this small sky is 0.7 degrees wide.
    assert math.degrees(math.acos(min(cosine, 1.0))) < 1.0
    assert world["strength"] == 1.0
    assert world["space"] == "Linear Rec.709"
    assert world["exposure"] == pytest.approx(said["total"]["picture_exposure_stops"], abs=1e-3)


def test_a_slider_makes_the_figure_again_in_place_of_the_old_one(told: dict[str, Told]) -> None:
    before, after = told["blender"]["scene"], told["blender"]["more"]
    assert after["state"] == "done"
    assert after["height"] == pytest.approx(before["height"] + 0.1, abs=0.01)
    assert after["meshes"] == before["meshes"]
    assert after["others"] == before["others"]


def test_a_motion_lands_on_the_selected_armature_as_the_file_has_it(
    told: dict[str, Told],
) -> None:
    moved = told["blender45"]["more"]
    assert moved["state"] == "done", moved
    assert moved["left"] == 0
    assert moved["bones"] >= 55
    assert moved["apart"] < 0.002
    assert moved["moved"] > 0.2


def test_the_repository_lists_the_zip_with_its_size_and_hash(repository: Path) -> None:
    (entry,) = json.loads((repository / "index.json").read_text(encoding="utf-8"))["data"]
    made = repository / Path(entry["archive_url"]).name
    assert entry["archive_size"] == made.stat().st_size
    assert entry["archive_hash"] == f"sha256:{sha256(made.read_bytes()).hexdigest()}"
    assert entry["permissions"] == {"files": "Read generated assets and run folders"}


def test_the_zip_holds_the_add_on_and_not_its_builder(repository: Path) -> None:
    (made,) = repository.glob("*.zip")
    names = set(zipfile.ZipFile(made).namelist())
    assert {"__init__.py", "jobs.py", "LICENSE", "blender_manifest.toml"} <= names
    assert not {name for name in names if "build" in name or name.endswith((".pyc", ".whl"))}


def test_the_extension_has_the_version_of_the_package() -> None:
    manifest = tomllib.loads(
        (ROOT / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8")
    )
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert manifest["version"] == package["project"]["version"]
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]


def test_every_file_of_the_add_on_is_under_the_gpl() -> None:
    for path in (ROOT / "blender_addon").glob("*.py"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == "# SPDX-License-Identifier: GPL-3.0-or-later", path
