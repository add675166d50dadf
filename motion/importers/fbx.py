# SPDX-License-Identifier: Apache-2.0
"""Animations of binary FBX 7 files, on their own nodes.

The rig is every bone (and null) of the trees in which something moves. Its rest is the bind pose
where the file has one, else the nodes' own values. A node's own scale goes into the translations
below it. Units and the up axis are as the file's settings say. ASCII files are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.importers import keys, units
from motion.importers.fbx_file import damaged, open_fbx
from motion.importers.fbx_scene import Curve, Node, Scene, scene_of
from motion.rig import Recording, Rig

_PLACE, _TURN = "Lcl Translation", "Lcl Rotation"
_MOST_NODES = 4096
_UPS: tuple[units.Up, ...] = ("x", "y", "z")
_FRAME_RATES = {1: 120.0, 2: 100.0, 3: 60.0, 4: 50.0, 5: 48.0, 6: 30.0, 10: 25.0, 11: 24.0}
"""By the settings' TimeMode."""

_Curves = Mapping[tuple[int, str], Mapping[int, Curve]]


def animation_names(path: Path) -> tuple[str, ...]:
    """Names of a file's animations, in its order.

    Raises:
        Gen3dError: The file is damaged.
    """
    return tuple(scene_of(open_fbx(path)).stacks)


def read_fbx(
    path: Path, *, animation: str | None = None, unit: str | float | None = None
) -> Recording:
    """Read one animation of a binary FBX file.

    Args:
        path: The file.
        animation: Its name; None: the one that moves the most properties.
        unit: What the file measures in; None: what its settings say.

    Raises:
        Gen3dError: The file is ASCII, damaged, holds no such animation, or nothing in it moves.
    """
    scene = scene_of(open_fbx(path))
    name, curves = _chosen(scene, animation, path.name)
    order = _order(scene, {node for node, _ in curves})
    tracks = [curve.times for axes in curves.values() for curve in axes.values()]
    mode = int(scene.settings.get("TimeMode", (0.0,))[0])
    fps = keys.usual_rate(tracks, _FRAME_RATES.get(mode, 30.0))
    start, end = min(float(t[0]) for t in tracks), max(float(t[-1]) for t in tracks)
    at = keys.even_times(start, end, fps, len(order), path.name)
    recording = _recording(name or path.stem, scene, curves, order, at, fps)
    centimetres = scene.settings.get("UnitScaleFactor", (1.0,))[0]
    up = _UPS[int(scene.settings.get("UpAxis", (1.0,))[0]) % 3]
    return units.judged(recording, unit=0.01 * centimetres if unit is None else unit, up=up)


def _chosen(scene: Scene, name: str | None, source: str) -> tuple[str, _Curves]:
    moving = {
        stack: {key: axes for key, axes in curves.items() if key[1] in (_PLACE, _TURN)}
        for stack, curves in scene.stacks.items()
    }
    moving = {stack: curves for stack, curves in moving.items() if curves}
    if not moving:
        raise Gen3dError(f"{source} holds no animation.", "Export it with its animation.")
    if name is None:
        name = max(moving, key=lambda stack: len(moving[stack]))
    if name not in moving:
        raise Gen3dError(
            f"{source} has no animation {name!r}.", f"It has: {', '.join(moving)[:200]}."
        )
    return name, moving[name]


def _ancestry(scene: Scene, node: int) -> list[int]:
    chain, seen = [node], {node}
    while (parent := scene.parents.get(chain[-1])) is not None:
        if parent in seen:
            raise damaged(f"the node {scene.nodes[parent].name!r} is above itself")
        chain.append(parent)
        seen.add(parent)
    return chain


def _order(scene: Scene, moved: set[int]) -> list[int]:
    """Nodes of the rig, parents first: moved ones, bones beside them, and all above these."""
    tops = {_ancestry(scene, node)[-1] for node in moved}
    kept: dict[int, int] = {}
    for node, values in scene.nodes.items():
        chain = _ancestry(scene, node)
        if chain[-1] in tops and (node in moved or values.kind == "LimbNode"):
            kept |= {other: len(chain) - at for at, other in enumerate(chain)}
    if len(kept) > _MOST_NODES:
        raise damaged(f"{len(kept)} bones are no figure")
    return sorted(kept, key=lambda node: kept[node])


def _recording(
    name: str,
    scene: Scene,
    curves: _Curves,
    order: list[int],
    at: Float[np.ndarray, "frames"],
    fps: float,
) -> Recording:
    numbers = {node: number for number, node in enumerate(order)}
    parents = tuple(numbers.get(scene.parents.get(node, -1), -1) for node in order)
    models = [scene.nodes[node] for node in order]
    scales = _scales(parents, models)
    moved = [_moved(scene.nodes[node], node, curves, at) for node in order]
    rests = [_rest(scene, node) for node in order]
    turns, offsets = np.stack([q for q, _ in rests]), np.stack([p for _, p in rests])
    rig = Rig(_names(models, order), parents, offsets * scales[:, None], turns)
    return Recording(
        name,
        fps,
        rig,
        transforms.continuous(np.stack([q for q, _ in moved], axis=1)),
        np.stack([p for _, p in moved], axis=1) * scales[:, None],
    )


def _moved(
    model: Node, node: int, curves: _Curves, at: Float[np.ndarray, "frames"]
) -> tuple[Float[np.ndarray, "frames 4"], Float[np.ndarray, "frames 3"]]:
    """Turn and place over time."""
    values: list[np.ndarray] = []
    for name in (_PLACE, _TURN):
        track = np.tile(model.vector(name), (len(at), 1))
        for axis, curve in curves.get((node, name), {}).items():
            track[:, axis] = curve.at(at)
        values.append(track)
    return model.local(values[0], values[1])


def _rest(scene: Scene, node: int) -> tuple[np.ndarray, np.ndarray]:
    """Turn and place in the bind pose if it has node and parent, else by the node's own values."""
    parent, model = scene.parents.get(node, -1), scene.nodes[node]
    if node in scene.bound and parent in scene.bound:
        matrix = np.linalg.inv(scene.bound[parent]) @ scene.bound[node]
        size = np.linalg.norm(matrix[:3, :3], axis=0)
        if np.linalg.det(matrix[:3, :3]) > 0.0:
            return transforms.from_matrix(matrix[:3, :3] / size), matrix[:3, 3]
    turn, place = model.local(model.vector(_PLACE)[None], model.vector(_TURN)[None])
    return turn[0], place[0]


def _names(models: list[Node], order: list[int]) -> tuple[str, ...]:
    """Names without namespaces' classes, made different where the file repeats one."""
    names: list[str] = []
    for model, node in zip(models, order, strict=True):
        name = model.name or f"node{node}"
        names.append(name if name not in names else f"{name}#{node}")
    return tuple(names)


def _scales(parents: tuple[int, ...], models: list[Node]) -> Float[np.ndarray, "joints"]:
    """What a translation of each joint must be multiplied with: the sizes of all above it."""
    whole = np.ones(len(parents))
    for joint, parent in enumerate(parents):
        if parent >= 0:
            size = models[parent].vector("Lcl Scaling", (1.0, 1.0, 1.0))
            whole[joint] = whole[parent] * float(np.abs(size).mean())
    return whole
