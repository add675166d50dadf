# SPDX-License-Identifier: Apache-2.0
"""Other people's motion checkpoints, opened so that they cannot run code or take memory unasked.

PyTorch archives are read with ``weights_only`` and mapped, not copied, so that names and shapes
are judged before anything is taken into memory; safetensors likewise. Training programs wrap the
weights (``encoder``, ``state_dict``, ``model``/``model_avg``) and prefix their names: both come
off.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from gen3d.errors import Gen3dError

Weights = Mapping[str, Tensor]

SUFFIXES = (".pt", ".pth", ".tar", ".ckpt", ".bin", ".safetensors")
_LARGEST = 8 << 30
"""Bytes of the largest file that is opened; the largest published one has 1.8 GB with optimiser."""
_WRAPPERS = ("encoder", "state_dict", "model_avg", "model")
_PREFIXES = ("_orig_mod.", "module.", "model.")
_JSON_BYTES = 1 << 20
_AGAIN = "Copy it again from its source; gen3d reads MDM, MotionDiffuse and ReMoDiffuse files."


def find_checkpoint(path: Path) -> Path:
    """The checkpoint that a path means: a file, or the newest one of a model's folder.

    Raises:
        Gen3dError: There is none.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise Gen3dError(f"The motion model {path} does not exist.", "Check the path.")
    places = [path, path / "model"]
    found = [f for p in places if p.is_dir() for f in sorted(p.iterdir()) if f.suffix in SUFFIXES]
    # optimiser states lie beside MDM's models as opt*.pt
    found = [f for f in found if not f.name.startswith("opt")]
    if not found:
        raise Gen3dError(f"{path} holds no checkpoint.", "Name the file itself.")
    return max(found, key=_recency)


def _recency(path: Path) -> tuple[bool, int, str]:
    """``latest`` before numbers, numbers by size."""
    number = re.search(r"\d+", path.stem)
    return path.stem == "latest", int(number.group()[:18]) if number else -1, path.name


def read_checkpoint(path: Path, *, averaged: bool = True) -> dict[str, Tensor]:
    """Named tensors of a checkpoint, still on disk, without wrappers and prefixes.

    Args:
        path: A file.
        averaged: Prefer the running mean of the weights where both are there.

    Raises:
        Gen3dError: Truncated, too large, of another kind, or able to run code.
    """
    if path.stat().st_size > _LARGEST:
        raise Gen3dError(f"The checkpoint {path} is larger than {_LARGEST >> 30} GB.", _AGAIN)
    read = _safetensors if path.suffix == ".safetensors" else _archive
    return _named(read(path), path, averaged=averaged)


def _safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(str(path))
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path, error) from None


def _archive(path: Path) -> object:
    from pickle import UnpicklingError  # noqa: TID251  # its name, to catch it

    modern = _checked_zip(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=modern)
    except UnpicklingError as error:
        if "eights only" in str(error) or "nsupported" in str(error):
            raise Gen3dError(
                f"The checkpoint {path} holds Python objects that can run code, not only weights.",
                "Ask its author for a safetensors file or one that holds tensors only.",
            ) from None
        raise _damaged(path, error) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, AttributeError) as error:
        raise _damaged(path, error) from None


def _checked_zip(path: Path) -> bool:
    """Whether a file is a zip archive; one that would grow while it is read is refused."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _damaged(path, error) from None
    if any("/code/" in entry.filename for entry in entries):
        raise Gen3dError(
            f"The checkpoint {path} is a TorchScript program, which holds code.",
            "Use the file of weights that it was made from.",
        )
    packed = [entry for entry in entries if entry.compress_type != zipfile.ZIP_STORED]
    if packed or sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise Gen3dError(f"The checkpoint {path} is a packed archive, not one of PyTorch.", _AGAIN)
    return True


def _named(content: object, path: Path, *, averaged: bool) -> dict[str, Tensor]:
    """The table of tensors inside whatever a training program saved."""
    table = _table(content)
    for wrapper in _WRAPPERS if averaged else tuple(w for w in _WRAPPERS if w != "model_avg"):
        if isinstance(table.get(wrapper), Mapping):
            table = _table(table[wrapper])
    tensors = {k: v for k, v in table.items() if isinstance(v, Tensor)}
    if not tensors or len(tensors) < len(table):
        raise Gen3dError(f"The checkpoint {path} is not a table of named tensors.", _AGAIN)
    # A running mean counts its updates.
    tensors.pop("n_averaged", None)
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _table(content: object) -> dict[str, object]:
    if not isinstance(content, Mapping):
        return {}
    return {str(k): v for k, v in cast("Mapping[object, object]", content).items()}


def read_settings(path: Path) -> dict[str, object]:
    """Settings saved beside a checkpoint: ``args.json``, or the lines of ``opt.txt``; else empty.

    Raises:
        Gen3dError: The file is not what its name says.
    """
    for folder in (path.parent, path.parent.parent):
        arguments, options = folder / "args.json", folder / "opt.txt"
        if arguments.is_file():
            return _arguments(arguments)
        if options.is_file():
            return _options(options)
    return {}


def _arguments(path: Path) -> dict[str, object]:
    try:
        content = json.loads(_small(path)) if path.stat().st_size <= _JSON_BYTES else None
    except (ValueError, OSError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Gen3dError(f"{path} is not a JSON table of settings.", "Copy it again.")
    return _table(content)


def _options(path: Path) -> dict[str, object]:
    """Lines ``key: value``; True and False become booleans, other values stay text."""
    pairs = (line.split(":", 1) for line in _small(path).splitlines() if ":" in line)
    booleans: dict[str, object] = {"True": True, "False": False}
    return {key.strip(): booleans.get(value.strip(), value.strip()) for key, value in pairs}


def _small(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_JSON_BYTES).decode("utf-8", errors="replace")


def _damaged(path: Path, error: Exception) -> Gen3dError:
    lines = str(error).strip().splitlines()
    reason = lines[0][:120] if lines else type(error).__name__
    return Gen3dError(f"The checkpoint {path} is truncated or not a checkpoint ({reason}).", _AGAIN)
