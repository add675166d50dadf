# SPDX-License-Identifier: Apache-2.0
"""Arrows between the packages point one way, and starting up is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("gen3d", "motion", "scenes")
COMPOSITION = {"gen3d.create", "gen3d.surroundings", "gen3d.expanded", "gen3d.generated"}
"""The modules, beside the verbs in gen3d.cli, that see all packages."""
HEAVY = ("torch", "transformers", "anny", "bpy", "diffusers", "open_clip", "scipy", "OpenImageIO")

STARTUP = (
    *("gen3d", "motion", "scenes", "gen3d.config", "gen3d.spec", "gen3d.errors", "gen3d.progress"),
    *("gen3d.cli.main", "gen3d.cli.making", "gen3d.cli.create", "gen3d.cli.doctor"),
)


def _modules() -> dict[str, Path]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {_name(path): path for path in paths}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def _imports(module: str, path: Path) -> tuple[tuple[str, int], ...]:
    """Every module that a file imports, wherever in it, with the line."""
    return tuple(_imported(module, path))


def _imported(module: str, path: Path) -> Iterator[tuple[str, int]]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = [*base, node.module or ""] if node.level else [node.module or ""]
            source = ".".join(part for part in origin if part)
            yield source, node.lineno
            yield from ((f"{source}.{alias.name}", node.lineno) for alias in node.names)


def _package(module: str) -> str:
    return module.partition(".")[0]


def _allowed(importer: str, imported: str) -> bool:
    here, there = _package(importer), _package(imported)
    if there not in PACKAGES or there in {here, "gen3d"}:
        return True
    return importer in COMPOSITION or importer.startswith("gen3d.cli.")


def test_gen3d_is_the_ground_and_motion_and_scenes_do_not_know_each_other() -> None:
    crossings = [
        f"{module}:{line} imports {imported}"
        for module, path in _modules().items()
        for imported, line in _imports(module, path)
        if not _allowed(module, imported)
    ]
    assert crossings == []


def test_the_rule_above_sees_a_crossing_in_every_form_of_import(tmp_path: Path) -> None:
    source = "import scenes.sky\ndef f():\n    from scenes import generate\n"
    path = tmp_path / "x.py"
    path.write_text(source, encoding="utf-8")
    found = {imported for imported, _ in _imports("motion.x", path)}
    assert {"scenes.sky", "scenes", "scenes.generate"} <= found
    assert not _allowed("motion.x", "scenes.generate")
    assert not _allowed("gen3d.body", "motion.clips")
    assert _allowed("gen3d.create", "motion.generate")


def test_nothing_but_the_verbs_and_the_entry_point_imports_the_command_line() -> None:
    outside = [
        f"{module}:{line}"
        for module, path in _modules().items()
        for imported, line in _imports(module, path)
        if imported.startswith("gen3d.cli")
        and not module.startswith("gen3d.cli")
        and module != "gen3d.__main__"
    ]
    assert outside == []


def test_no_module_but_the_add_on_imports_blender() -> None:
    users = [m for m, path in _modules().items() for name, _ in _imports(m, path) if name == "bpy"]
    assert users == []


@pytest.mark.parametrize("module", STARTUP)
def test_importing_what_starts_up_pulls_in_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(done.stdout.split()) & set(HEAVY) == set()


def test_a_sky_and_a_furnished_room_are_made_without_pytorch(tmp_path: Path) -> None:
    """Its import alone takes longer than reading the words."""
    code = (
        "import sys\n"
        "from gen3d.cli.main import main\n"
        f"assert main(['scene', 'a clear sky at noon', '--out', {str(tmp_path / 'sky')!r},"
        " '--width', '256', '--quiet']) == 0\n"
        "import scenes.scene_gltf\n"
        "from gen3d.warp_start import start_warp\n"
        "start_warp()\n"
        "from gen3d.prompt import describe\n"
        "from scenes.room.build import furnished\n"
        "said = describe('somebody painting in a cosy living room at night', 0)\n"
        "furnished(said.room, 0)\n"
        "print('warp' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split()[-2:] == ["True", "False"]


def test_every_source_file_names_its_licence_first() -> None:
    line = "# SPDX-License-Identifier: Apache-2.0"
    unmarked = [
        str(path.relative_to(ROOT))
        for path in [*_modules().values(), *sorted((ROOT / "tests").rglob("*.py"))]
        if not path.read_text(encoding="utf-8").startswith(line)
    ]
    assert unmarked == []


def test_files_stay_short() -> None:
    long = {m: n for m, p in _modules().items() if (n := len(p.read_bytes().splitlines())) > 400}
    assert long == {}
