# SPDX-License-Identifier: Apache-2.0
"""Model files of the SMPL family, as their owners publish them, read without trusting them.

The published NPZ layout: ``v_template`` (verts, 3), ``shapedirs`` (verts, 3, directions),
``posedirs`` (verts, 3, 9 × (joints − 1)), ``J_regressor`` (joints, verts), ``weights`` (verts,
joints), ``f`` (faces, 3), ``kintree_table`` (2, joints). SMPL-X keeps shape and expression in one
array of directions: 300 and 100, or, in its first edition, 10 and 10. Everything else is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Int32

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.smpl.archive import Archive
from gen3d.smpl.joints import PARENTS, TITLES, Kind, kind_of
from gen3d.smpl.model import SmplModel

GENDERS = ("neutral", "female", "male")
_MOST_VERTS, _MOST_FACES, _MOST_DIRECTIONS = 20_000, 40_000, 1000
_SHAPE_SPACE = 300
_FIRST_EDITION = 10
_MOST_FILES = 10_000
_NEEDED = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f", "kintree_table")
_SIZE_M = (0.3, 3.0)
"""A body model is this tall; others are in other units, or no bodies."""


def load_model(place: Path, kind: Kind | None = None, gender: str = "") -> SmplModel:
    """Read a model file, or the one that fits from a folder of them.

    Args:
        place: An NPZ file; or a folder, searched with the folders in it for ``SMPLX_NEUTRAL.npz``,
            ``smplh/male/model.npz`` and the like.
        kind: Which model is wanted, where a folder holds several.
        gender: Likewise.

    Raises:
        Gen3dError: There is none, more than one, or it cannot be used.
    """
    path = find_model(place, kind, gender) if place.is_dir() else place
    with Archive(path) as archive:
        shapes = {name: archive.header(name).shape for name in _NEEDED}
        found = _check_shapes(archive, shapes)
        arrays = {name: _numbers(archive, name) for name in _NEEDED}
    return _checked(path, found, arrays)


def find_model(folder: Path, kind: Kind | None = None, gender: str = "") -> Path:
    """The one model file in a folder that is wanted; without a gender the neutral one.

    Raises:
        Gen3dError: There is none, or more than one.
    """
    files = sorted(_files(folder))
    if not files:
        raise Gen3dError(
            f"{folder} holds no model file of the SMPL family (.npz).",
            "Name the file itself, for example SMPLX_NEUTRAL.npz.",
        )
    fitting = [
        path
        for path in files
        if kind in {None, _kind_named(path, folder)}
        and (not gender or gender_named(path) in {gender, ""})
    ]
    if len(fitting) > 1 and not gender:
        fitting = [path for path in fitting if gender_named(path) == "neutral"] or fitting
    if len(fitting) != 1:
        names = ", ".join(str(path.relative_to(folder)) for path in (fitting or files)[:6])
        wanted = " ".join(word for word in (gender, TITLES[kind] if kind else "") if word)
        count = len(fitting) or "no"
        raise Gen3dError(
            f"{folder} holds {count} model files that are {wanted or 'neutral'}, among {names}.",
            "Name the file itself; betas mean something only to the model they were fitted with.",
        )
    return fitting[0]


def _files(folder: Path) -> Iterator[Path]:
    """Model files in a folder, two levels deep, and no more than anybody has."""
    for number, path in enumerate(folder.glob("**/*.npz")):
        if number >= _MOST_FILES:
            return
        if len(path.relative_to(folder).parts) <= 3 and _kind_named(path, folder):
            yield path


def _kind_named(path: Path, folder: Path) -> Kind | None:
    """The model that a path speaks of."""
    words = "/".join((folder.name, *path.relative_to(folder).parts)).lower()
    kinds: tuple[Kind, ...] = ("smplx", "smplh", "smpl")
    return next((kind for kind in kinds if kind in words.replace("-", "").replace("+", "")), None)


def gender_named(path: Path) -> str:
    """The gender in a file's name or its folder's; empty when they say none."""
    words = f"{path.parent.name} {path.stem}".lower()
    # "female" ends in "male".
    return next((gender for gender in GENDERS if gender in words), "")


def _check_shapes(archive: Archive, shapes: dict[str, tuple[int, ...]]) -> Kind:
    """Everything that can be said before memory is taken."""
    verts = shapes["v_template"][0] if shapes["v_template"] else 0
    joints = shapes["J_regressor"][0] if shapes["J_regressor"] else 0
    kind = kind_of(joints)
    if kind is None:
        raise archive.damaged(
            f"it has {joints} joints, and SMPL has 24, SMPL-H 52, SMPL-X 55",
            "Give a file of one of these three.",
        )
    corrections = 9 * (joints - 1)
    wanted: dict[str, tuple[int | None, ...]] = {
        "v_template": (verts, 3),
        "shapedirs": (verts, 3, None),
        "posedirs": (verts, 3, corrections),
        "J_regressor": (joints, verts),
        "weights": (verts, joints),
        "f": (None, 3),
        "kintree_table": (2, joints),
    }
    for name, shape in wanted.items():
        _check_shape(archive, name, shapes[name], shape)
    limits = ((verts, _MOST_VERTS), (shapes["f"][0], _MOST_FACES))
    if any(not 3 < count <= most for count, most in limits):
        raise archive.damaged(f"it has {verts:,} vertices and {shapes['f'][0]:,} faces")
    if not 0 < shapes["shapedirs"][2] <= _MOST_DIRECTIONS:
        raise archive.damaged(f"it has {shapes['shapedirs'][2]:,} shape directions")
    return kind


def _check_shape(
    archive: Archive, name: str, found: tuple[int, ...], wanted: tuple[int | None, ...]
) -> None:
    fits = len(found) == len(wanted) and all(
        want in {None, have} for have, want in zip(found, wanted, strict=True)
    )
    if not fits:
        said = " × ".join("any" if want is None else f"{want:,}" for want in wanted)
        raise archive.damaged(f"{name} has the shape {found} instead of {said}")


def _numbers(archive: Archive, name: str) -> np.ndarray:
    values = archive.read(name)
    if values.dtype.kind not in "fiu":
        raise archive.damaged(f"{name} holds no numbers")
    return values


def _checked(path: Path, kind: Kind, arrays: dict[str, np.ndarray]) -> SmplModel:
    template = arrays["v_template"].astype(np.float64)
    faces = _faces(path, arrays["f"], len(template))
    _check_tree(path, kind, arrays["kintree_table"])
    low, high = _SIZE_M
    if not low < np.ptp(template[:, 1]) < high:
        raise _unfit(path, f"its template is {np.ptp(template[:, 1]):.3g} m tall")
    weights = arrays["weights"].astype(np.float64)
    if weights.min() < -1e-4 or np.abs(weights.sum(axis=1) - 1.0).max() > 1e-2:
        raise _unfit(path, "its skin weights are not shares that sum to one")
    regressor = arrays["J_regressor"].astype(np.float64)
    if np.abs(regressor.sum(axis=1) - 1.0).max() > 5e-2:
        raise _unfit(path, "its J_regressor does not average vertices")
    directions = arrays["shapedirs"].astype(np.float32)
    shapes, expressions = _split(kind, directions.shape[2])
    return SmplModel(
        kind=kind,
        gender=gender_named(path),
        template=template,
        shape_directions=np.ascontiguousarray(directions[..., :shapes]),
        expression_directions=np.ascontiguousarray(directions[..., shapes : shapes + expressions]),
        pose_directions=arrays["posedirs"].astype(np.float32),
        joint_regressor=regressor,
        weights=weights / weights.sum(axis=1, keepdims=True),
        faces=faces,
        digest=sha256_of(path),
    )


def _split(kind: Kind, directions: int) -> tuple[int, int]:
    """How many directions are shape, how many expression."""
    if kind != "smplx":
        return directions, 0
    if directions > _SHAPE_SPACE:
        return _SHAPE_SPACE, directions - _SHAPE_SPACE
    shapes = min(directions, _FIRST_EDITION)
    return shapes, directions - shapes


def _faces(path: Path, faces: np.ndarray, verts: int) -> Int32[np.ndarray, "faces 3"]:
    if (faces != np.floor(faces)).any() or faces.min() < 0 or faces.max() >= verts:
        raise _unfit(path, "its faces name vertices that do not exist")
    return faces.astype(np.int32)


def _check_tree(path: Path, kind: Kind, table: np.ndarray) -> None:
    # The pelvis has no parent; files say -1, or the same in 32 unsigned bits.
    parents = tuple(int(parent) for parent in table[0, 1:])
    if parents != PARENTS[kind][1:]:
        raise _unfit(path, f"its joints do not hang together as those of {TITLES[kind]} do")


def _unfit(path: Path, why: str) -> Gen3dError:
    return Gen3dError(f"{path.name} cannot be used: {why}.", "Give a file in the published layout.")
