# SPDX-License-Identifier: Apache-2.0
"""NVIDIA Warp, started without a word: standard output is for results, standard error for errors.

Its banner has a setting; that a machine has no GPU it says from C on the second file descriptor,
which nobody who runs on a CPU needs to read each time. PyTorch is not asked whether there is one:
its import costs seconds, and what goes wrong at Warp's start is raised, not only said.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType

from gen3d.errors import Gen3dError


@lru_cache
def start_warp() -> ModuleType:
    """The module, initialised.

    Raises:
        Gen3dError: It is not installed.
    """
    try:
        import warp
    except ImportError as error:
        raise Gen3dError("Fields need the package warp-lang.", "pip install warp-lang") from error
    # Before Warp 1.10 the setting was called quiet.
    name, value = ("log_level", 40) if hasattr(warp.config, "log_level") else ("quiet", True)
    setattr(warp.config, name, value)
    with _without_stderr():
        warp.init()
    return warp


@contextmanager
def _without_stderr() -> Generator[None]:
    """The second file descriptor leads nowhere for a moment, for code that is not Python's."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
