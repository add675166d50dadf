# SPDX-License-Identifier: Apache-2.0
"""Every family of things by name."""

from __future__ import annotations

import importlib
from functools import lru_cache

from gen3d.foundry.thing import Family

_MODULES = (
    "household",
    "kitchen",
    "furniture",
    "tools",
    "toys",
    "food",
    "plants",
    "vehicles",
    "buildings",
    "creatures",
)


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    """All families, in a fixed order."""
    found: dict[str, Family] = {}
    for name in _MODULES:
        module = importlib.import_module(f"gen3d.foundry.{name}")
        for family in module.FAMILIES:
            found[family.name] = family
    return found
