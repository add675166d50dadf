# SPDX-License-Identifier: Apache-2.0
"""Animations of glTF 2.0 files, with or without a skin, on any hierarchy of nodes.

The rig is every node of the trees in which something moves or is a joint. Its rest pose is the
skin's bind pose where there is one (a joint's place in its parent is the parent's inverse bind
matrix times the inverse of its own), else what the nodes say. Scale is not animated in a figure: a
node's own scale goes into the translations below it. Keys are sampled as section 3.11 and appendix
C of the specification ask: STEP, LINEAR (spherical for rotations), CUBICSPLINE (Hermite).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.accessors import damaged, decode, pick
from motion.importers import keys, units
from motion.importers.gltf_file import GltfFile, open_gltf
from motion.rig import Recording, Rig

_PATHS = {"rotation": 4, "translation": 3}
_MOST_NODES = 4096


def animation_names(path: Path) -> tuple[str, ...]:
    """Names of a file's animations, in its order.

    Raises:
        Gen3dError: The file is damaged.
    """
    return _named(open_gltf(path).animations)


def read_gltf(path: Path, *, animation: str | None = None, unit: str | float = "m") -> Recording:
    """Read one animation of a ``.glb`` or ``.gltf`` file.

    Args:
        path: The file.
        animation: Its name; None: the first.
        unit: What the file measures in; the specification says metres.

    Raises:
        Gen3dError: The file is damaged, holds no such animation, or nothing in it moves.
    """
    file = open_gltf(path)
    chosen = _chosen(file, animation, path.name)
    tracks = _tracks(file, chosen)
    if not tracks:
        raise Gen3dError(f"{path.name}: the animation moves no node.", "Choose another one.")
    order = _order(file, {node for node, _ in tracks})
    start = min(float(times[0]) for times, _, _ in tracks.values())
    end = max(float(times[-1]) for times, _, _ in tracks.values())
    fps = keys.usual_rate([times for times, _, _ in tracks.values()])
    at = keys.even_times(start, end, fps, len(order), path.name)
    name = chosen.name or path.stem
    return units.judged(_recording(name, file, order, tracks, at, fps), unit=unit, up="y")


def _named(animations: tuple[schema.Animation, ...]) -> tuple[str, ...]:
    return tuple(a.name or f"animation {number}" for number, a in enumerate(animations))


def _chosen(file: GltfFile, name: str | None, source: str) -> schema.Animation:
    names = _named(file.animations)
    if not names:
        raise Gen3dError(f"{source} holds no animation.", "Export it with its animation.")
    if name is None:
        return file.animations[0]
    if name not in names:
        raise Gen3dError(
            f"{source} has no animation {name!r}.", f"It has: {', '.join(names)[:200]}."
        )
    return file.animations[names.index(name)]


_Track = tuple[np.ndarray, np.ndarray, str]


def _tracks(file: GltfFile, animation: schema.Animation) -> dict[tuple[int, str], _Track]:
    """Times, values (tangents included) and interpolation of each moved node and path."""
    tracks: dict[tuple[int, str], _Track] = {}
    for channel in animation.channels:
        node, path = channel.target.node, channel.target.path
        if node is None or path not in _PATHS:
            continue
        pick(file.nodes, node, "node")
        tracks[node, path] = _track(file, animation, channel.sampler, _PATHS[path])
    return tracks


def _track(file: GltfFile, animation: schema.Animation, index: int, width: int) -> _Track:
    sampler = pick(animation.samplers, index, "sampler")
    times = decode(file.gltf, file.binary, sampler.input).astype(np.float64)
    values = decode(file.gltf, file.binary, sampler.output).astype(np.float64)
    each = 3 if sampler.interpolation == "CUBICSPLINE" else 1
    if times.ndim != 1 or values.shape != (len(times) * each, width) or not len(times):
        raise damaged(f"sampler {index} has {len(times)} keys but {len(values)} values")
    if (np.diff(times) <= 0.0).any():
        raise damaged(f"the key times of sampler {index} do not rise")
    return times, values.reshape(len(times), each, width), sampler.interpolation


def sampled(
    times: Float[np.ndarray, "keys"],
    values: Float[np.ndarray, "keys each width"],
    interpolation: str,
    at: Float[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames width"]:
    """Values of a sampler at some times; four numbers are a quaternion, in any order.

    Args:
        times: Seconds of the keys, rising.
        values: One value a key, or in-tangent, value, out-tangent for ``CUBICSPLINE``.
        interpolation: ``STEP``, ``LINEAR`` or ``CUBICSPLINE``.
        at: Seconds; the first and last keys hold outside.
    """
    points = values[:, -1] if values.shape[1] == 1 else values[:, 1]
    if len(times) == 1:
        return np.repeat(points, len(at), axis=0)
    index = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    step = (times[index + 1] - times[index])[:, None]
    t = np.clip((at - times[index])[:, None] / step, 0.0, 1.0)
    first, second = points[index], points[index + 1]
    if interpolation == "STEP":
        return np.where(t < 1.0, first, second)
    if interpolation == "CUBICSPLINE":
        out, into = step * values[index, 2], step * values[index + 1, 0]
        t2, t3 = t * t, t * t * t
        spline = (2 * t3 - 3 * t2 + 1) * first + (t3 - 2 * t2 + t) * out
        spline = spline + (3 * t2 - 2 * t3) * second + (t3 - t2) * into
        return transforms.normalize(spline) if points.shape[1] == 4 else spline
    if points.shape[1] == 4:
        return transforms.slerp(first, second, t[:, 0])
    return first + t * (second - first)


def _order(file: GltfFile, moved: set[int]) -> list[int]:
    """Nodes of the rig, parents first."""
    joints = {joint for skin in file.gltf.skins or () for joint in skin.joints}
    for joint in joints:
        pick(file.nodes, joint, "node")
    tops = {_top(file, node) for node in joints | moved}
    order: list[int] = []
    pending = sorted(tops, reverse=True)
    while pending:
        node = pending.pop()
        order.append(node)
        pending += list(file.nodes[node].children or ())[::-1]
    # Meshes that hang on a figure are no part of its skeleton unless they move something.
    needed = joints | moved
    above = {node for leaf in needed for node in _ancestry(file, leaf)}
    kept = [node for node in order if node in above or file.nodes[node].mesh is None]
    if len(kept) > _MOST_NODES:
        raise damaged(f"{len(kept)} nodes are no figure")
    return kept


def _ancestry(file: GltfFile, node: int) -> list[int]:
    chain = [node]
    while file.parents[chain[-1]] >= 0:
        chain.append(file.parents[chain[-1]])
    return chain


def _top(file: GltfFile, node: int) -> int:
    return _ancestry(file, node)[-1]


def _recording(
    name: str,
    file: GltfFile,
    order: list[int],
    tracks: dict[tuple[int, str], _Track],
    at: Float[np.ndarray, "frames"],
    fps: float,
) -> Recording:
    numbers = {node: number for number, node in enumerate(order)}
    parents = tuple(numbers.get(file.parents[node], -1) for node in order)
    stood = [_local(file.nodes[node]) for node in order]
    bound = _bound(file)
    rest = [bound.get(node, local[:2]) for node, local in zip(order, stood, strict=True)]
    scales = _scales(parents, [local[2] for local in stood])
    rotations, translations = (np.stack([row[i] for row in stood]) for i in (0, 1))
    rotations, translations = (np.tile(a, (len(at), 1, 1)) for a in (rotations, translations))
    for joint, node in enumerate(order):
        if (node, "rotation") in tracks:
            xyzw = sampled(*tracks[node, "rotation"], at)
            rotations[:, joint] = transforms.continuous(
                transforms.normalize(np.roll(xyzw, 1, axis=-1))
            )
        if (node, "translation") in tracks:
            translations[:, joint] = sampled(*tracks[node, "translation"], at)
    turns, offsets = np.stack([q for q, _ in rest]), np.stack([p for _, p in rest])
    rig = Rig(_names(file, order), parents, offsets * scales[:, None], turns)
    return Recording(name, fps, rig, rotations, translations * scales[:, None])


def _names(file: GltfFile, order: list[int]) -> tuple[str, ...]:
    """Node names, made different where the file repeats one."""
    names: list[str] = []
    for node in order:
        name = file.nodes[node].name or f"node{node}"
        names.append(name if name not in names else f"{name}#{node}")
    return tuple(names)


def _local(node: schema.Node) -> tuple[np.ndarray, np.ndarray, float]:
    """Turn (wxyz), place and size of a node in its parent."""
    if node.matrix is not None:
        return _parts(np.array(node.matrix).reshape(4, 4).T)
    turn = transforms.normalize(np.roll(np.array(node.rotation or (0.0, 0.0, 0.0, 1.0)), 1))
    size = float(np.mean(np.abs(node.scale))) if node.scale else 1.0
    return turn, np.array(node.translation or (0.0, 0.0, 0.0), dtype=np.float64), size


def _parts(matrix: Float[np.ndarray, "4 4"]) -> tuple[np.ndarray, np.ndarray, float]:
    size = np.linalg.norm(matrix[:3, :3], axis=0)
    if not (size > 1e-9).all() or np.linalg.det(matrix[:3, :3]) <= 0.0:
        raise damaged("a joint is mirrored or has no size")
    turn = transforms.from_matrix(matrix[:3, :3] / size)
    return turn, matrix[:3, 3].copy(), float(size.mean())


def _bound(file: GltfFile) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Turn and place in their parents of joints whose parents are joints, in the bind pose."""
    bound: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for skin in file.gltf.skins or ():
        if skin.inverse_bind_matrices is None:
            continue
        matrices = decode(file.gltf, file.binary, skin.inverse_bind_matrices).astype(np.float64)
        if (
            matrices.shape != (len(skin.joints), 4, 4)
            or (np.abs(np.linalg.det(matrices)) < 1e-15).any()
        ):
            raise damaged("a skin's bind matrices do not fit its joints")
        known = dict(zip(skin.joints, matrices, strict=True))
        for joint, matrix in known.items():
            parent = known.get(file.parents[joint])
            if parent is not None and joint not in bound:
                turn, place, _ = _parts(parent @ np.linalg.inv(matrix))
                bound[joint] = turn, place
    return bound


def _scales(parents: tuple[int, ...], sizes: list[float]) -> Float[np.ndarray, "joints"]:
    """What a translation of each joint must be multiplied with: the sizes of all above it."""
    whole = np.ones(len(parents))
    for joint, parent in enumerate(parents):
        if parent >= 0:
            whole[joint] = whole[parent] * sizes[parent]
    return whole
