# SPDX-License-Identifier: Apache-2.0
"""Runs where nerfstudio is: loads a trained pipeline, compares its picture with our renderer's.

Prints one line, ``GEN3D_JSON`` and an object. Arguments: the saved ``config.yml``, and optionally
where to write a picture: nerfstudio's, ours, normals.
"""

# nerfstudio has an environment of its own: where it is not installed its modules are not found.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nerfstudio.utils.eval_utils import eval_setup
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor

from gen3d.fields.field import Field
from gen3d.guidance.candidates import shown
from gen3d.guidance.looking import BACKGROUND, around
from gen3d.nerfstudio.cameras import cameras_of
from gen3d.render.shot import Shot, picture

AZIMUTH_DEG, SIZE_PX = 35.0, 96


def seen_by_us(field: Field, azimuth_deg: float) -> tuple[Shot, Tensor]:
    shot = shown(field, around((azimuth_deg,), size_px=SIZE_PX))
    return shot, picture(shot, torch.full((1, 3), BACKGROUND))[0].permute(1, 2, 0)


def psnr(a: Tensor, b: Tensor) -> float:
    return float(-10.0 * torch.log10(((a - b) ** 2).mean().clamp(min=1e-12)))


def losses(folder: Path) -> list[float]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [event.value for event in events.Scalars("Train Loss")]


def look(config_path: Path, to: Path | None) -> dict[str, Any]:
    _, pipeline, _, _ = eval_setup(config_path)
    model = pipeline.model
    views = around((AZIMUTH_DEG,), size_px=SIZE_PX)
    theirs: dict[str, Tensor] = model.get_outputs_for_camera(cameras_of(views))
    shot, ours = seen_by_us(model.field, AZIMUTH_DEG)
    if to is not None:
        side_by_side = torch.cat([theirs["rgb"], ours, theirs["normals"]], dim=1).clamp(0.0, 1.0)
        Image.fromarray((side_by_side * 255.0).round().to(torch.uint8).numpy()).save(to)
    alpha = shot.alpha[0]
    return {
        "numpy": np.__version__,
        "losses": losses(config_path.parent),
        "thing": None if model._thing is None else model._thing.family,
        "beta": float(model.field.beta),
        "reach": float(model.field.reach),
        "palette_moved": float(model.field.look.change.detach().abs().max()),
        "coverage": float(theirs["accumulation"].mean()),
        "outputs": {name: list(value.shape) for name, value in theirs.items()},
        "psnr": psnr(theirs["rgb"], ours),
        "psnr_from_another_side": psnr(theirs["rgb"], seen_by_us(model.field, AZIMUTH_DEG + 90)[1]),
        "psnr_upside_down": psnr(theirs["rgb"], ours.flip(0)),
        "depth_error": float((theirs["depth"][..., 0] * alpha - shot.depth[0]).abs().max()),
    }


found = look(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
sys.stdout.write(f"GEN3D_JSON {json.dumps(found)}\n")
