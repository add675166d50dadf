# SPDX-License-Identifier: Apache-2.0
"""Models as files that a user may name: our own kind, and somebody's checkpoint. None is good."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from motion.catalogue import entry, play
from motion.corpus import seen_by_model
from motion.denoiser import save_denoiser
from tests.motion.checkpoints.published import clip_shapes, drawn, mdm_shapes, statistics
from tests.motion.small_models import TINY, awake


def model_folder(folder: Path) -> Path:
    """A folder as training writes it; its network knows nothing but how people stand."""
    tiny = awake(replace(TINY, recalling=False))
    standing = play(entry("program:idle"), 0)
    tiny.mean.copy_(seen_by_model(standing).float().mean(dim=0))
    tiny.deviation.fill_(0.05)
    save_denoiser(tiny, folder)
    return folder


def mdm_checkpoint(folder: Path) -> dict[str, str]:
    """An MDM of full size with random weights, and a small CLIP; named as settings name them."""
    tower = folder / "tower"
    tower.mkdir(parents=True)
    save_file(drawn(clip_shapes(layers=2), 9), tower / "open_clip_model.safetensors")
    text = {"context_length": 77, "width": 512, "heads": 8, "layers": 2}
    config = {"embed_dim": 512, "quick_gelu": True, "vision_cfg": {}, "text_cfg": text}
    (tower / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    statistics(folder, names=("Mean", "Std"))
    (folder / "args.json").write_text(json.dumps({"dataset": "humanml", "diffusion_steps": 50}))
    torch.save(drawn(mdm_shapes()), folder / "model000000050.pt")
    return {"model": str(folder / "model000000050.pt"), "text_encoder": str(tower)}
