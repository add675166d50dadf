# SPDX-License-Identifier: Apache-2.0
"""Which published model a table of weights is, and whether it is whole.

Models are known by the names of their tensors, never by file names; their sizes are read from the
shapes, within limits, before a network is built or a tensor copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from gen3d.errors import Gen3dError
from motion.checkpoints.files import Weights

Kind = Literal["mdm", "motiondiffuse", "remodiffuse"]

WIDTHS = (263, 251)
"""Features a frame: HumanML3D and KIT-ML."""
_LARGEST_SIDE = 8192
_MOST_LAYERS = 64
_SIGNS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("remodiffuse", ("temporal_decoder_blocks.0.ca_block.key_retr.weight",)),
    ("motiondiffuse", ("temporal_decoder_blocks.0.sa_block.query.weight",)),
    (
        "mdm",
        (
            "seqTransEncoder.layers.0.self_attn.in_proj_weight",
            "seqTransDecoder.layers.0.self_attn.in_proj_weight",
        ),
    ),
)
_KNOWN = "gen3d reads checkpoints of MDM, MotionDiffuse and ReMoDiffuse."


def recognise(weights: Weights, path: Path) -> Kind:
    """Tell a model by the names of its tensors.

    Raises:
        Gen3dError: It is none of the three, or a variant that is not read.
    """
    for kind, signs in _SIGNS:
        if any(sign in weights for sign in signs):
            return kind
    if any(name.startswith("gru.") for name in weights):
        raise Gen3dError(f"{path} is MDM's GRU variant, which is not read.", _KNOWN)
    some = ", ".join(sorted(weights)[:3])
    raise Gen3dError(f"{path} is no known motion model (it holds {some}).", _KNOWN)


def side(weights: Weights, name: str, axis: int, path: Path) -> int:
    """One side of a tensor, within limits.

    Raises:
        Gen3dError: The tensor is missing or of a size that no such model has.
    """
    tensor = weights.get(name)
    if tensor is None or tensor.dim() <= axis or not 0 < tensor.shape[axis] <= _LARGEST_SIDE:
        have = "missing" if tensor is None else f"of shape {tuple(tensor.shape)}"
        raise Gen3dError(f"{path} is not a whole checkpoint: {name} is {have}.", _KNOWN)
    return int(tensor.shape[axis])


def feature_width(weights: Weights, name: str, path: Path) -> int:
    """Features a frame, from the weight of the first layer.

    Raises:
        Gen3dError: The width is of neither data set.
    """
    width = side(weights, name, 1, path)
    if width not in WIDTHS:
        raise Gen3dError(
            f"{path} works on frames of {width} features, not on HumanML3D's 263 or KIT-ML's 251.",
            "Choose a checkpoint trained on text and HumanML3D.",
        )
    return width


def layer_count(weights: Weights, prefix: str, path: Path) -> int:
    """How many numbered layers follow a prefix.

    Raises:
        Gen3dError: None, or more than any such model has.
    """
    pattern = re.compile(re.escape(prefix) + r"\.(\d{1,3})\.")
    numbers = {int(m.group(1)) for m in map(pattern.match, weights) if m}
    if not 0 < len(numbers) <= _MOST_LAYERS:
        raise Gen3dError(f"{path} has {len(numbers)} layers named {prefix}.", _KNOWN)
    return len(numbers)


def parts(weights: Weights, prefix: str) -> dict[str, Tensor]:
    """Tensors under a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}


def without(weights: Weights, prefixes: Iterable[str]) -> dict[str, Tensor]:
    """Tensors whose names start with none of the prefixes."""
    starts = tuple(prefixes)
    return {name: value for name, value in weights.items() if not name.startswith(starts)}


def fill(module: nn.Module, weights: Weights, path: Path) -> None:
    """Give a network that was built without memory (``meta`` device) its weights, and freeze it.

    Raises:
        Gen3dError: A tensor is missing, unknown, of another shape or not finite.
    """
    expected = module.state_dict()
    missing, extra = sorted(expected.keys() - weights.keys()), sorted(weights.keys() - expected)
    if missing or extra:
        word, name = ("lacks", missing[0]) if missing else ("has the unknown", extra[0])
        count = len(missing or extra) - 1
        more = f" and {count} more" if count else ""
        raise Gen3dError(f"{path} {word} tensor {name}{more}.", _KNOWN)
    for name, want in expected.items():
        if weights[name].shape != want.shape:
            have = tuple(weights[name].shape)
            raise Gen3dError(
                f"{path} does not fit: {name} has the shape {have}, not {tuple(want.shape)}.",
                _KNOWN,
            )
    copies = {name: _single(name, weights[name], path) for name in expected}
    module.load_state_dict(copies, assign=True)
    module.eval().requires_grad_(requires_grad=False)


def _single(name: str, value: Tensor, path: Path) -> Tensor:
    copy = value.to(torch.float32, copy=True).contiguous()
    if not torch.isfinite(copy).all():
        raise Gen3dError(
            f"{path} holds values that are not finite numbers (in {name}).",
            "Its training diverged or the file is damaged; use another checkpoint.",
        )
    return copy
