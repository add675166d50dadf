# SPDX-License-Identifier: Apache-2.0
"""Made-up model files, a person in one of them, and one run of ``gen3d avatar`` with both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d.cli.main import main
from gen3d.smpl.files import load_model
from gen3d.smpl.model import SmplModel
from tests.consumers.smpl_model import write_smpl

BETAS = np.array([0.8, 1.1, -0.6, 0.4, -0.7, 0.5, -0.9, 0.3, 0.6, 1.2], np.float32)


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SMPL-H file."""
    return write_smpl(tmp_path_factory.mktemp("smplh") / "SMPLH_NEUTRAL.npz", "smplh", 1500)


@pytest.fixture(scope="session")
def model(model_file: Path) -> SmplModel:
    return load_model(model_file)


@pytest.fixture(scope="session")
def person_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person of that model."""
    path = tmp_path_factory.mktemp("person") / "betas.npz"
    np.savez(path, betas=BETAS, gender=np.array("female"))
    return path


@pytest.fixture(scope="session")
def run(model_file: Path, person_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of ``gen3d avatar --smpl``."""
    out = tmp_path_factory.mktemp("runs") / "man"
    files = ["--smpl", str(person_file), "--smpl-model", str(model_file)]
    words = ["avatar", "a man in red shorts", "--no-preview", "--quiet"]
    assert main([*words, *files, "--out", str(out)]) == 0
    return out
