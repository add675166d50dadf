# SPDX-License-Identifier: Apache-2.0
"""A motion file of any kind that is known, told by its name's ending.

====================== =========================================================
``.bvh``               any skeleton (:mod:`motion.importers.bvh`)
``.fbx``               binary FBX 7 (:mod:`motion.importers.fbx`)
``.glb``, ``.gltf``    any hierarchy of nodes (:mod:`motion.importers.gltf`)
``.ase``               3ds Max (:mod:`motion.importers.ase`)
``.csm``               optical markers (:mod:`motion.importers.csm`)
``.npy``, ``.npz``     joint places (:mod:`motion.importers.positions`), or an NPZ of ours
``.json``, ``.txt``    DeepMimic (:mod:`motion.importers.deepmimic`)
====================== =========================================================
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from gen3d.errors import Gen3dError
from motion import clips, files
from motion.importers import units
from motion.importers.ase import read_ase
from motion.importers.bvh import read_bvh
from motion.importers.csm import read_csm
from motion.importers.deepmimic import on_reference, read_deepmimic
from motion.importers.fbx import read_fbx
from motion.importers.gltf import read_gltf
from motion.importers.positions import Joints, posed, read_positions
from motion.importers.reading import UNREADABLE
from motion.performance import Performance, at_rate
from motion.rig import Recording, Rig

KINDS: Mapping[str, str] = {
    ".bvh": "bvh",
    ".fbx": "fbx",
    ".glb": "gltf",
    ".gltf": "gltf",
    ".ase": "ase",
    ".csm": "csm",
    ".npy": "positions",
    ".npz": "positions",
    ".json": "deepmimic",
    ".txt": "deepmimic",
}
"""Kind of file by ending."""


def kind_of(path: Path) -> str:
    """Which importer a file is for.

    Raises:
        Gen3dError: None.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise Gen3dError(
            f"{path.name} is no kind of motion file that is known.",
            f"Motions are read from {', '.join(KINDS)}.",
        )
    return kind


def read_any(
    path: Path,
    *,
    unit: str | float | None = None,
    up: units.Up | None = None,
    animation: str | None = None,
) -> Recording | Joints:
    """Read a motion file as what it holds: a rig that moves, or places of joints.

    Args:
        path: The file.
        unit: Name (:data:`motion.importers.units.UNITS`) or metres of its unit, where its format
            does not say; None: by the figure's size.
        up: Its up axis, where its format does not say; None: by the figure.
        animation: Which one of a GLB or FBX file.

    Raises:
        Gen3dError: The file is of no known kind, or its importer refuses it.
    """
    readers: dict[str, Callable[[], Recording | Joints]] = {
        "bvh": lambda: read_bvh(path, unit=unit, up=up),
        "fbx": lambda: read_fbx(path, animation=animation, unit=unit),
        "gltf": lambda: read_gltf(path, animation=animation, unit="m" if unit is None else unit),
        "ase": lambda: read_ase(path, unit=unit, up=up or "z"),
        "csm": lambda: read_csm(path, unit=unit, up=up or "z"),
        "positions": lambda: _own(path) if _is_own(path) else read_positions(path),
        "deepmimic": lambda: read_deepmimic(path),
    }
    return readers[kind_of(path)]()


def read_motion(
    path: Path,
    *,
    unit: str | float | None = None,
    up: units.Up | None = None,
    animation: str | None = None,
) -> Recording:
    """Read a motion file as a rig that moves; places of joints are posed on the reference body.

    Args, Raises: as :func:`read_any`.
    """
    read = read_any(path, unit=unit, up=up, animation=animation)
    return on_reference(posed(read)) if isinstance(read, Joints) else read


def read_performance(
    path: Path,
    *,
    unit: str | float | None = None,
    up: units.Up | None = None,
    animation: str | None = None,
) -> Performance:
    """Read a motion file as a performance at 30 frames a second, by the shortest way there is.

    Args, Raises: as :func:`read_any`; also a rig that is no biped.
    """
    if kind_of(path) == "deepmimic":
        return clips.read(path, path.stem)
    return performed(read_any(path, unit=unit, up=up, animation=animation))


def performed(read: Recording | Joints) -> Performance:
    """What a file holds, as a performance at 30 frames a second.

    Raises:
        Gen3dError: The rig is no biped.
    """
    from motion.adopt import performance_of
    from motion.mapping import map_bones

    if isinstance(read, Joints):
        return at_rate(posed(read), 1.0)
    return performance_of(read, map_bones(read.rig))


def _is_own(path: Path) -> bool:
    if path.suffix.lower() != ".npz" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return {"rotations.npy", "rest_positions.npy"} <= set(archive.namelist())
    except UNREADABLE:
        return False


def _own(path: Path) -> Recording:
    """A motion that this project wrote."""
    try:
        skeleton, clip = files.read_npz(path)
    except UNREADABLE as error:
        raise Gen3dError(f"{path.name} is damaged ({error}).", "Write it again.") from error
    offsets = skeleton.offsets.astype(np.float64)
    translations = np.tile(offsets, (len(clip.rotations), 1, 1))
    for name, track in (("root", clip.root_positions), ("hips", clip.hips_positions)):
        translations[:, skeleton.index(name)] = track
    turns = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (len(skeleton.names), 1))
    rig = Rig(skeleton.names, skeleton.parents, offsets, turns)
    rotations = clip.rotations.astype(np.float64)
    return replace(Recording(clip.name, clip.fps, rig, rotations, translations), name=path.stem)
