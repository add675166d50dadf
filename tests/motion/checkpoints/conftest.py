# SPDX-License-Identifier: Apache-2.0
"""A small CLIP, and one thread."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.motion.checkpoints.published import clip_shapes, drawn


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small CLIP text tower in open_clip's layout: width 512 as the motion models want."""
    folder = tmp_path_factory.mktemp("clip")
    state = drawn(clip_shapes(layers=2), 9)
    save_file(state, folder / "open_clip_model.safetensors")
    model = {
        "embed_dim": 512,
        "quick_gelu": True,
        "vision_cfg": {},
        "text_cfg": {"context_length": 77, "width": 512, "heads": 8, "layers": 2},
    }
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": model}))
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
