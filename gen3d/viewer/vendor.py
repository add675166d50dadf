# SPDX-License-Identifier: Apache-2.0
"""Copies what the page needs of three.js out of its npm package, byte for byte.

``npm install --prefix .tools three@0.187.0`` unpacks the package; then ``python -m
gen3d.viewer.vendor .tools/node_modules/three`` replaces ``page/three/``. Files keep the package's
own paths and contents, so that their SHA-256 in ``record.json`` are those of the published package,
whose version and integrity npm's lock file says. The page finds them by its import map, and whoever
installs gen3d needs neither npm nor a network.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path, PurePosixPath

from gen3d.atomic import write_whole
from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError

SHIPPED = Path(__file__).with_name("page") / "three"
RECORD = "record.json"
_ROOTS = (
    "build/three.module.js",
    "examples/jsm/controls/OrbitControls.js",
    "examples/jsm/libs/meshopt_decoder.module.js",
    "examples/jsm/loaders/EXRLoader.js",
    "examples/jsm/loaders/GLTFLoader.js",
    "examples/jsm/loaders/HDRLoader.js",
)
_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^'";]*?\bfrom\s+['"](\.[^'"]+)['"]""", re.MULTILINE
)


def vendor(package: Path, target: Path = SHIPPED) -> dict[str, str]:
    """Replace the shipped files by a package's; returns the SHA-256 of each.

    Args:
        package: ``node_modules/three``, as npm unpacked it.
        target: Made anew.

    Raises:
        Gen3dError: That is not npm's three.
    """
    version, integrity = _published(package)
    shutil.rmtree(target, ignore_errors=True)
    digests: dict[str, str] = {}
    for name in sorted({"LICENSE", *_closure(package)}):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package / name, target / name)
        digests[name] = sha256_of(target / name)
    record = {"package": "three", "version": version, "licence": "MIT", "integrity": integrity}
    write_whole(target / RECORD, json.dumps(record | {"sha256": digests}, indent=1) + "\n")
    return digests


def _published(package: Path) -> tuple[str, str]:
    """Version and integrity of an installed package, as npm knows it."""
    try:
        described = (package / "package.json").read_text(encoding="utf-8")
        version = str(json.loads(described)["version"])
        lock = (package.parent / ".package-lock.json").read_text(encoding="utf-8")
        known: dict[str, dict[str, str]] = json.loads(lock)["packages"]
    except (OSError, ValueError, KeyError):
        known, version = {}, ""
    for place, facts in known.items():
        # Behind a link, npm puts the way to the folder before its usual name.
        if place.endswith("node_modules/three") and facts.get("version") == version:
            return version, facts["integrity"]
    raise Gen3dError(
        f"{package} is not a package that npm installed.",
        "Run npm install --prefix .tools three, and name .tools/node_modules/three.",
    )


def _closure(package: Path) -> set[str]:
    """The roots and everything that they import by a relative path."""
    found: set[str] = set()
    waiting = list(_ROOTS)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            text = (package / name).read_text(encoding="utf-8")
            waiting += [_beside(name, relative) for relative in _IMPORT.findall(text)]
    return found


def _beside(name: str, relative: str) -> str:
    parts: list[str] = list(PurePosixPath(name).parent.parts)
    for part in PurePosixPath(relative).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


if __name__ == "__main__":
    vendor(Path(sys.argv[1]))
