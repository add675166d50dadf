# SPDX-License-Identifier: Apache-2.0
"""One tiny set of training pictures that the tests of training read."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen3d.training.corpus import Corpus, load_corpus
from gen3d.training.shards import draw_set

SEED = 9
PER_SHARD = 4


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards of four things."""
    folder = tmp_path_factory.mktemp("pictures")
    draw_set(folder, 2, SEED, per_shard=PER_SHARD)
    return folder


@pytest.fixture(scope="session")
def corpus(pictures: Path) -> Corpus:
    return load_corpus(pictures, seed=1)
