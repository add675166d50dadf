# SPDX-License-Identifier: Apache-2.0
"""The small figures of ``shapes.py`` for every test of the renderer."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def shapes() -> ModuleType:
    """Figures and skies with a known answer."""
    path = Path(__file__).with_name("shapes.py")
    spec = importlib.util.spec_from_file_location("render_shapes", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
