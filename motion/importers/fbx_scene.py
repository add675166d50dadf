# SPDX-License-Identifier: Apache-2.0
"""What an FBX file says of its nodes: names, parents, transforms, curves, bind poses.

A node's place in its parent (scaling apart) is ``T + Roff + Rp - Q Rp`` with the turn
``Q = Rpre R Rpost^-1``, angles in degrees; pre- and post-rotation and the order of turns count only
where RotationActive is set (Autodesk FBX SDK, "Computing transformation matrices"). Curves hang on
curve nodes, those on node properties; times are in 1/46,186,158,000 s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.importers.bvh import from_euler
from motion.importers.fbx_file import Record, damaged

TICKS = 46_186_158_000.0
"""Ticks of a second."""
_ORDERS = ("zyx", "yzx", "xzy", "zxy", "yxz", "xyz", "zyx")
"""Rotation orders 0 to 6 (XYZ, XZY, YZX, YXZ, ZXY, ZYX, spheric): outermost turn first."""
_CONSTANT, _CUBIC = 0x2, 0x8
_ZERO = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Curve:
    """One number over time."""

    times: Float[np.ndarray, "keys"]
    """Seconds, rising."""
    values: Float[np.ndarray, "keys"]
    flags: np.ndarray
    slopes: Float[np.ndarray, "keys 2"]
    """Of a cubic segment: where it leaves its key, where it reaches the next; units a second."""

    def at(self, seconds: Float[np.ndarray, "frames"]) -> Float[np.ndarray, "frames"]:
        """Values at some times; the first and last keys hold outside."""
        if len(self.times) == 1:
            return np.full(len(seconds), self.values[0])
        k = np.clip(np.searchsorted(self.times, seconds, "right") - 1, 0, len(self.times) - 2)
        step = self.times[k + 1] - self.times[k]
        t = np.clip((seconds - self.times[k]) / step, 0.0, 1.0)
        first, second = self.values[k], self.values[k + 1]
        line = first + t * (second - first)
        out, into = step * self.slopes[k, 0], step * self.slopes[k, 1]
        bow = t * (1.0 - t) * ((1.0 - t) * (out - second + first) + t * (second - first - into))
        held = np.where(t < 1.0, first, second)
        curved = np.where(self.flags[k] & _CUBIC, line + bow, line)
        return np.where(self.flags[k] & _CONSTANT, held, curved)


@dataclass(frozen=True)
class Node:
    """A model of the scene."""

    name: str
    kind: str
    values: Mapping[str, tuple[float, ...]]
    """Its own properties."""

    def vector(self, name: str, default: tuple[float, ...] = _ZERO) -> np.ndarray:
        """A property of three numbers."""
        value = self.values.get(name, default)
        return np.array(value[:3] if len(value) >= 3 else default, dtype=np.float64)

    def number(self, name: str, default: float = 0.0) -> float:
        """A property of one number."""
        return self.values.get(name, (default,))[0]

    def local(
        self, places: Float[np.ndarray, "frames 3"], angles: Float[np.ndarray, "frames 3"]
    ) -> tuple[Float[np.ndarray, "frames 4"], Float[np.ndarray, "frames 3"]]:
        """Turn and place in the parent for values of Lcl Translation and Lcl Rotation."""
        active = self.number("RotationActive") != 0.0
        order = _ORDERS[int(self.number("RotationOrder")) % len(_ORDERS) if active else 0]
        columns = ["xyz".index(axis) for axis in order]
        turn = from_euler(angles[:, columns], order)
        if active:
            before, after = (_xyz(self.vector(f"{side}Rotation")) for side in ("Pre", "Post"))
            turn = transforms.multiply(
                transforms.multiply(before[None], turn), transforms.conjugate(after)[None]
            )
        pivot, shift = self.vector("RotationPivot"), self.vector("RotationOffset")
        pivots = np.broadcast_to(pivot, places.shape)
        return turn, places + shift + pivot - transforms.rotate(turn, pivots)


def _xyz(angles: Float[np.ndarray, "3"]) -> Float[np.ndarray, "4"]:
    return from_euler(angles[None, ::-1], "zyx")[0]


@dataclass(frozen=True)
class Scene:
    """Everything that motion needs of a file."""

    settings: Mapping[str, tuple[float, ...]]
    nodes: Mapping[int, Node]
    parents: Mapping[int, int]
    """Parent model of each model that has one."""
    stacks: Mapping[str, Mapping[tuple[int, str], Mapping[int, Curve]]]
    """Animations by name: curves by (node, property) and axis."""
    bound: Mapping[int, np.ndarray]
    """World matrices of the bind pose."""


def scene_of(root: Record) -> Scene:
    """Gather the scene of a file.

    Raises:
        Gen3dError: A reference or an array contradicts another.
    """
    settings, objects = root.first("GlobalSettings"), root.first("Objects")
    if objects is None:
        raise damaged("it holds no objects")
    nodes = {_id(r): _node(r) for r in objects.all("Model")}
    links = list(_links(root))
    parents = {child: parent for _, child, parent, _ in links if child in nodes and parent in nodes}
    return Scene(
        settings=_values(settings) if settings else {},
        nodes=nodes,
        parents=parents,
        stacks=_stacks(objects, links, set(nodes)),
        bound=_bind_pose(objects, set(nodes)),
    )


def _id(record: Record) -> int:
    if not record.properties or not isinstance(record.properties[0], int):
        raise damaged(f"a {record.name} has no number")
    return record.properties[0]


def _label(record: Record) -> str:
    """The name, which stands before its class."""
    text = record.properties[1] if len(record.properties) > 1 else ""
    return str(text).split("\0", 1)[0] if isinstance(text, str) else ""


def _node(record: Record) -> Node:
    kind = str(record.properties[2]) if len(record.properties) > 2 else ""
    return Node(_label(record), kind, _values(record))


def _values(record: Record) -> dict[str, tuple[float, ...]]:
    """Numeric entries of a Properties70 block."""
    block = record.first("Properties70")
    found: dict[str, tuple[float, ...]] = {}
    for entry in block.all("P") if block else ():
        values = tuple(float(v) for v in entry.properties[4:] if isinstance(v, int | float))
        if values and all(np.isfinite(values)) and isinstance(entry.properties[0], str):
            found[entry.properties[0]] = values
    return found


def _links(root: Record) -> Iterator[tuple[str, int, int, str]]:
    """Kind, child, parent, property of each connection."""
    block = root.first("Connections")
    for record in block.all("C") if block else ():
        match record.properties:
            case (str(kind), int(child), int(parent), str(name), *_):
                yield kind, child, parent, name
            case (str(kind), int(child), int(parent), *_):
                yield kind, child, parent, ""
            case _:
                raise damaged("a connection does not say what it connects")


def _stacks(
    objects: Record, links: list[tuple[str, int, int, str]], nodes: set[int]
) -> dict[str, dict[tuple[int, str], dict[int, Curve]]]:
    """Curves of each animation; of several layers the first that moves a property."""
    curves = {_id(r): r for r in objects.all("AnimationCurve")}
    holders = {_id(r) for r in objects.all("AnimationCurveNode")}
    layers = {_id(r) for r in objects.all("AnimationLayer")}
    stacks = {_id(r): _label(r) for r in objects.all("AnimationStack")}
    moved = {c: (p, name) for _, c, p, name in links if c in holders and p in nodes}
    axes: dict[int, dict[int, int]] = {}
    for _, child, parent, name in links:
        if child in curves and parent in holders and name[-1:] in ("X", "Y", "Z"):
            axes.setdefault(parent, {})["XYZ".index(name[-1])] = child
    layer_of = {c: p for _, c, p, _ in links if c in holders and p in layers}
    stack_of = {c: p for _, c, p, _ in links if c in layers and p in stacks}
    found: dict[str, dict[tuple[int, str], dict[int, Curve]]] = {n: {} for n in stacks.values()}
    for holder, target in moved.items():
        stack = stacks.get(stack_of.get(layer_of.get(holder, -1), -1))
        if stack is not None and axes.get(holder):
            read = {axis: _curve(curves[number]) for axis, number in axes[holder].items()}
            found[stack].setdefault(target, read)
    return found


def _curve(record: Record) -> Curve:
    times, values = record.array("KeyTime"), record.array("KeyValueFloat")
    if times is None or values is None or len(times) != len(values) or not len(times):
        raise damaged("a curve has not as many values as times")
    seconds, numbers = times / TICKS, values.astype(np.float64)
    if (np.diff(seconds) <= 0.0).any() or not np.isfinite(numbers).all():
        raise damaged("a curve's keys do not rise or are not finite")
    flags, slopes = _tangents(record, len(times))
    return Curve(seconds, numbers, flags, slopes)


def _tangents(record: Record, keys: int) -> tuple[np.ndarray, np.ndarray]:
    """Flags and slopes of each key: the file stores runs of equal ones."""
    flags, data, runs = (
        record.array(name) for name in ("KeyAttrFlags", "KeyAttrDataFloat", "KeyAttrRefCount")
    )
    if flags is None or data is None or runs is None:
        return np.zeros(keys, np.int64), np.zeros((keys, 2))
    if (
        len(data) != 4 * len(flags)
        or len(runs) != len(flags)
        or (runs < 0).any()
        or runs.sum() != keys
    ):
        raise damaged("a curve's tangents do not fit its keys")
    slopes = np.nan_to_num(data.reshape(-1, 4)[:, :2].astype(np.float64))
    return np.repeat(flags.astype(np.int64), runs), np.repeat(slopes, runs, axis=0)


def _bind_pose(objects: Record, nodes: set[int]) -> dict[int, np.ndarray]:
    """World matrices (column vectors) of the pose that a skin was bound in."""
    bound: dict[int, np.ndarray] = {}
    for pose in objects.all("Pose"):
        if len(pose.properties) < 3 or pose.properties[2] != "BindPose":
            continue
        for entry in pose.all("PoseNode"):
            owner, matrix = entry.first("Node"), entry.array("Matrix")
            if owner is None or matrix is None or matrix.shape != (16,):
                raise damaged("a bind pose has no matrix")
            node, whole = _id(owner), matrix.reshape(4, 4).T
            if node in nodes and np.isfinite(whole).all() and abs(np.linalg.det(whole)) > 1e-12:
                bound[node] = whole
    return bound
