# SPDX-License-Identifier: Apache-2.0
"""Models that are whole, tiny and random: they look and judge, and mean nothing."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from gen3d.guidance.pipeline import save_compact

open_clip: Any = importlib.import_module("open_clip")
diffusers: Any = importlib.import_module("diffusers")

VISION = {"image_size": 32, "layers": 1, "width": 32, "head_width": 8, "patch_size": 8}
TEXT = {
    "hf_model_name": "sentence-transformers/all-MiniLM-L6-v2",
    "proj": "linear",
    "pooler_type": "mean_pooler",
}
STAND_IN = {"context_length": 2, "vocab_size": 2, "width": 8, "heads": 1, "layers": 1}
WIDTH = 24


def write_tower(folder: Path, *, factor: float = 1.0, loud: float = 1.0, seed: int = 1) -> Path:
    """A tower in this project's form, whose first layer and text projection can be spoilt."""
    folder.mkdir(parents=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        visual = open_clip.CustomTextCLIP(WIDTH, VISION, STAND_IN).visual.state_dict()
        projection = loud * torch.randn(WIDTH, 384)
    visual["conv1.weight"] = visual["conv1.weight"] * factor
    weights = {f"visual.{name}": value.clone().contiguous() for name, value in visual.items()}
    weights |= {"text.proj.weight": projection, "logit_scale": torch.tensor(2.5)}
    config = {"embed_dim": WIDTH, "vision_cfg": VISION, "text_cfg": TEXT}
    content = json.dumps({"model_cfg": config, "preprocess_cfg": {}})
    (folder / "open_clip_config.json").write_text(content, encoding="utf-8")
    save_file(weights, str(folder / "open_clip_model.safetensors"))
    return folder


def write_diffusion(folder: Path) -> Path:
    """A latent diffusion model in this project's form."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        unet = diffusers.UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=4,
            block_out_channels=(16, 32),
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            layers_per_block=1,
            cross_attention_dim=384,
            attention_head_dim=8,
            norm_num_groups=8,
        )
        vae = diffusers.AutoencoderTiny(
            encoder_block_out_channels=(8, 8),
            decoder_block_out_channels=(8, 8),
            num_encoder_blocks=(1, 1),
            num_decoder_blocks=(1, 1),
            latent_channels=4,
        )
    save_compact(unet, vae, diffusers.DDIMScheduler(clip_sample=False), folder)
    return folder
