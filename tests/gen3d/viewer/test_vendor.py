# SPDX-License-Identifier: Apache-2.0
"""What ships of three.js is npm's own, whole, and all that the page loads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.viewer.server import PAGE
from gen3d.viewer.vendor import RECORD, SHIPPED, vendor
from tests.conftest import ROOT, TOOLS

OURS = sorted({*PAGE.rglob("*")} - {*SHIPPED.rglob("*"), SHIPPED})
_FROM = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")


def record() -> dict[str, object]:
    content = json.loads((SHIPPED / RECORD).read_text())
    assert isinstance(content, dict)
    return content


def shipped() -> dict[str, str]:
    files = [path for path in SHIPPED.rglob("*") if path.is_file() and path.name != RECORD]
    return {path.relative_to(SHIPPED).as_posix(): sha256_of(path) for path in files}


def test_shipped_files_have_the_hashes_on_record() -> None:
    assert shipped() == record()["sha256"]
    assert "MIT" in (SHIPPED / "LICENSE").read_text()


def test_copying_from_the_package_again_gives_the_same_files(tmp_path: Path) -> None:
    package = TOOLS / "node_modules" / "three"
    if not package.is_dir():
        pytest.fail(f"no three.js in {package}: bash tests/run.sh installs it")
    assert vendor(package, tmp_path / "three") == shipped()
    assert json.loads((tmp_path / "three" / RECORD).read_text()) == record()


def test_what_is_no_package_of_npm_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "three").mkdir()
    with pytest.raises(Gen3dError, match="package that npm installed"):
        vendor(tmp_path / "three")
    assert shipped() == record()["sha256"]


def test_every_import_of_the_page_is_shipped() -> None:
    page = (PAGE / "index.html").read_text()
    (text,) = re.findall(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    mapped: dict[str, str] = json.loads(text)["imports"]
    asked = [(path, name) for path in OURS for name in _FROM.findall(_code(path))]
    assert len(asked) > 10
    for path, name in asked:
        place = path.parent / name if name.startswith(".") else _mapped(mapped, name)
        assert place.is_file(), f"{path.name} imports {name}"


def _code(path: Path) -> str:
    return path.read_text() if path.suffix == ".js" else ""


def _mapped(mapped: dict[str, str], name: str) -> Path:
    key = max((key for key in mapped if name.startswith(key)), key=len)
    return PAGE / (mapped[key] + name.removeprefix(key)).removeprefix("/page/")


def test_our_part_of_the_page_names_no_other_place() -> None:
    allowed = {"http://www.w3.org/2000/svg"}
    for path in OURS:
        text = path.read_text() if path.is_file() else ""
        assert set(re.findall(r"""(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s"'`)]*""", text)) <= allowed


def test_the_wheel_carries_the_page() -> None:
    carried = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    wanted = {path.relative_to(ROOT).as_posix() for path in PAGE.rglob("*") if path.is_file()}
    assert len(wanted) > 20
    assert wanted <= carried
