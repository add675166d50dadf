# SPDX-License-Identifier: Apache-2.0
"""The Khronos glTF validator (npm package ``gltf-validator``), run by Node.js when both are there.

Looked for in ``GEN3D_GLTF_VALIDATOR`` (the folder of the installed package), then in
``.tools/node_modules/gltf-validator`` of the working folder and of the project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gen3d.check.report import Row, at_most
from gen3d.errors import Gen3dError

VARIABLE = "GEN3D_GLTF_VALIDATOR"
INSTALL = (
    "npm install --prefix .tools gltf-validator (needs Node.js), or name the package's folder in "
    f"{VARIABLE}."
)
_SECONDS = 120
_SCRIPT = """
const validator = require(process.argv[1]);
const bytes = new Uint8Array(require("fs").readFileSync(process.argv[2]));
validator.validateBytes(bytes, {maxIssues: 0}).then(
  (report) => process.stdout.write(JSON.stringify(report)),
  (reason) => { process.stderr.write(String(reason)); process.exit(1); });
"""


@dataclass(frozen=True)
class Verdict:
    """What the validator counted, and the codes of its errors and warnings."""

    errors: int
    warnings: int
    infos: int
    codes: tuple[str, ...]
    """Most frequent first, each with its count and first message."""


def find_validator() -> Path | None:
    """Folder of the installed package, if any."""
    named = os.environ.get(VARIABLE)
    places = (
        [Path(named)]
        if named
        else [
            home / ".tools" / "node_modules" / "gltf-validator"
            for home in (Path.cwd(), Path(__file__).parents[2])
        ]
    )
    found = [place for place in places if (place / "package.json").is_file()]
    return found[0].resolve() if found and shutil.which("node") else None


def validate(path: Path, package: Path) -> Verdict:
    """Run the validator on one file.

    Raises:
        Gen3dError: It did not answer.
    """
    command = ["node", "-e", _SCRIPT, str(package), str(path.resolve())]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)
        issues = json.loads(answer.stdout)["issues"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise Gen3dError(
            f"The glTF validator in {package} did not run: {error}", INSTALL
        ) from error
    serious = [m for m in issues["messages"] if m["severity"] <= 1]
    first = {m["code"]: m["message"] for m in reversed(serious)}
    codes = Counter(m["code"] for m in serious)
    return Verdict(
        errors=issues["numErrors"],
        warnings=issues["numWarnings"],
        infos=issues["numInfos"],
        codes=tuple(f"{n} {code} ({first[code]})" for code, n in codes.most_common()),
    )


def rows(path: Path) -> list[Row]:
    """Errors and warnings of the validator, or a row that says why there are none."""
    package = find_validator()
    if package is None:
        return [Row("Khronos validator", "skip", "not run", "0 errors", INSTALL)]
    verdict = validate(path, package)
    hint = "; ".join(verdict.codes[:4])
    return [
        at_most("Khronos validator errors", verdict.errors, fail=0, hint=hint),
        at_most("Khronos validator warnings", verdict.warnings, warn=0, hint=hint),
    ]
