# SPDX-License-Identifier: Apache-2.0
"""Checkpoints read so that they cannot run code, and are whole, or a sentence that says why not.

Safetensors, or PyTorch archives through ``weights_only``: an archive that holds anything but
tensors and plain containers is refused, as are TorchScript programs, truncated files and weights
that are not finite.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from gen3d.errors import Gen3dError

Weights = Mapping[str, Tensor]

WEIGHT_NAMES = (
    "open_clip_model.safetensors",
    "model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
)
"""What the checkpoint in a folder is called, the preferred first."""
SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
_AGAIN = "Fetch or copy it again; a checkpoint of your own should be saved as .safetensors."


def find_weights(folder: Path) -> Path:
    """The checkpoint of a folder.

    Raises:
        Gen3dError: There is none, or several and none has a usual name.
    """
    usual = [folder / name for name in WEIGHT_NAMES if (folder / name).is_file()]
    if usual:
        return usual[0]
    others = [p for p in sorted(folder.iterdir()) if p.suffix in SUFFIXES and p.is_file()]
    if len(others) == 1:
        return others[0]
    found = ", ".join(p.name for p in others) or "none"
    raise Gen3dError(
        f"{folder} does not hold one checkpoint (found: {found}).",
        f"Put one file there, named {WEIGHT_NAMES[0]}.",
    )


def read_weights(path: Path) -> Weights:
    """The named tensors of a checkpoint, in single precision, all finite.

    Wrappers that training programs add are taken off: a ``state_dict`` entry, and ``module.`` or
    ``_orig_mod.`` in front of every name.

    Raises:
        Gen3dError: Missing, truncated, of another kind, able to run code, or not finite.
    """
    if not path.is_file():
        raise Gen3dError(f"The checkpoint {path} does not exist.", "Check the path.")
    read = _read_safetensors if path.suffix == ".safetensors" else _read_archive
    weights = _unwrapped(read(path), path)
    bad = next((name for name, value in weights.items() if not _finite(value)), None)
    if bad is not None:
        raise Gen3dError(
            f"The checkpoint {path} holds values that are not finite numbers (in {bad}).",
            "Its training diverged or the file is damaged; use another checkpoint.",
        )
    return {name: _single(value) for name, value in weights.items()}


def _read_safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(str(path))
    except (SafetensorError, OSError, ValueError) as error:
        raise Gen3dError(
            f"The checkpoint {path} is truncated or is not a safetensors file ({_short(error)}).",
            _AGAIN,
        ) from None


def _read_archive(path: Path) -> object:
    from pickle import UnpicklingError  # noqa: TID251  # its name, to catch it

    if _is_program(path):
        raise Gen3dError(
            f"The checkpoint {path} is a TorchScript program, which holds code.",
            "Use the .safetensors form of this model.",
        )
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        # The reader says "Weights only load failed" for what would run code.
        refused = "eights only" in str(error) or "nsupported" in str(error)
        reason = (
            "holds Python objects that can run code, not only weights"
            if refused
            else f"is damaged ({_short(error)})"
        )
        raise Gen3dError(f"The checkpoint {path} {reason}.", _AGAIN) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise Gen3dError(
            f"The checkpoint {path} is truncated or is not a PyTorch archive ({_short(error)}).",
            _AGAIN,
        ) from None


def _is_program(path: Path) -> bool:
    """Whether a zip archive holds TorchScript code."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def _unwrapped(content: object, path: Path) -> Weights:
    mapping = _mapping(content)
    if mapping is not None and "state_dict" in mapping:
        mapping = _mapping(mapping["state_dict"])
    if not mapping or not all(isinstance(value, Tensor) for value in mapping.values()):
        raise Gen3dError(
            f"The checkpoint {path} is not a table of named tensors.",
            "Save model.state_dict(), for example with safetensors.torch.save_file.",
        )
    tensors = cast("dict[str, Tensor]", mapping)
    for prefix in ("_orig_mod.", "module."):
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _mapping(content: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", content) if isinstance(content, dict) else None


def _finite(value: Tensor) -> bool:
    return not value.is_floating_point() or bool(torch.isfinite(value).all())


def _single(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
