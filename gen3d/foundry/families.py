# SPDX-License-Identifier: Apache-2.0
"""Every family of things by name: whatever a module of this package lists as ``FAMILIES``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import cast

import gen3d.foundry
from gen3d.foundry.thing import Family


@lru_cache(maxsize=1)
def families() -> dict[str, Family]:
    """All families, in the order of their names."""
    found: dict[str, Family] = {}
    for entry in pkgutil.iter_modules(gen3d.foundry.__path__):
        module = importlib.import_module(f"gen3d.foundry.{entry.name}")
        listed = cast("tuple[Family, ...]", getattr(module, "FAMILIES", ()))
        found |= {family.name: family for family in listed}
    return dict(sorted(found.items()))
