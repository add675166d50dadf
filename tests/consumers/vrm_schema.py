# SPDX-License-Identifier: Apache-2.0
"""VRM 1.0 by schema: the declared types of its extensions as JSON Schema, and limits beside them.

The types are those that three-vrm's authors publish (npm ``@pixiv/types-vrmc-…``), made a schema by
``ts-json-schema-generator``; keys that they do not name are errors. Types cannot say that an index
is a whole number or that a weight is at most 1: such limits of the specification are added here.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from gen3d.export.container import unpack
from gen3d.skeleton import REQUIRED
from tests.consumers.pages import MODULES

_ROOTS = {
    "VRMC_vrm": ("types-vrmc-vrm-1.0", "VRMCVRM"),
    "VRMC_springBone": ("types-vrmc-springbone-1.0", "VRMCSpringBone"),
}
_INDEX = {"type": "integer", "minimum": 0}
_AT_LEAST_0 = {"minimum": 0}
_SHARE = {"minimum": 0, "maximum": 1}
_LIMITS: dict[str, dict[str, Any]] = {
    "node": _INDEX,
    "index": _INDEX,
    "center": _INDEX,
    "weight": _SHARE,
    "dragForce": _SHARE,
    "radius": _AT_LEAST_0,
    "hitRadius": _AT_LEAST_0,
    "stiffness": _AT_LEAST_0,
    "inputMaxValue": {"exclusiveMinimum": 0, "maximum": 180},
    "authors": {"minItems": 1, "items": {"type": "string", "minLength": 1}},
    "licenseUrl": {"const": "https://vrm.dev/licenses/1.0/"},
    "colliderGroups": {"minItems": 1},
    "colliders": {"minItems": 1},
    "springs": {"minItems": 1},
    "joints": {"minItems": 1},
    "morphTargetBinds": {"minItems": 1},
    "gravityDir": {"minItems": 3, "maxItems": 3},
    "offset": {"minItems": 3, "maxItems": 3},
    "offsetFromHeadBone": {"minItems": 3, "maxItems": 3},
}

_ALSO = {"HumanoidHumanBones": REQUIRED}
_NOT = {"Expression": {"preset"}}
"""The types still ask for what an expression had in 1.0-beta, and has by its key in 1.0."""


def complaints(extension: str, content: object) -> list[str]:
    """Where a VRM extension's content breaks its schema, and how."""
    errors = Draft7Validator(_schema(extension)).iter_errors(content)
    return sorted(f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors)


def extensions_of(path: Path) -> dict[str, Any]:
    """The extensions that a ``.vrm`` file itself has, by name."""
    return json.loads(unpack(path.read_bytes(), path.name)[0])["extensions"]


@cache
def _schema(extension: str) -> dict[str, Any]:
    package, root = _ROOTS[extension]
    program = MODULES / ".bin" / "ts-json-schema-generator"
    assert program.is_file(), f"{program.name} is missing: bash tests/run.sh installs it"
    types = MODULES / "@pixiv" / package / "types" / f"{root}.d.ts"
    command = [program, "--path", types, "--type", root, "--no-type-check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    schema = json.loads(done.stdout)
    for title, definition in schema["definitions"].items():
        wanted = {*definition.get("required", ()), *_ALSO.get(title, ())} - _NOT.get(title, set())
        definition["required"] = sorted(wanted)
        for name, described in definition.get("properties", {}).items():
            limits = _LIMITS.get(name, {})
            definition["properties"][name] = {"allOf": [described, limits]} if limits else described
    return schema
