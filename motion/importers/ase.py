# SPDX-License-Identifier: Apache-2.0
"""Animated node hierarchies of 3ds Max's ASCII export (ASE), Biped figures above all.

A file is a tree of ``*KEY values`` lines and ``{ }`` blocks. A node has its world matrix at the
first frame (rows act on row vectors) and, under ``TM_ANIMATION``, keys in its parent's frame: a
time in ticks and either a place, or an axis and an angle. Max turns clockwise about an axis, so
angles are negated here, and a rotation key turns on from the key before it, in the parent's frame.
Z is up. Meshes, cameras and lights are not read; scale is not animated in a figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.importers import keys, units
from motion.importers.reading import text_of
from motion.rig import Recording, Rig

_NODES = {"GEOMOBJECT", "HELPEROBJECT", "SHAPEOBJECT", "GROUP"}
_LINE = re.compile(r"^\s*(?:\*(?P<key>\w+)(?P<rest>[^\n]*?)|(?P<close>\}))\s*$", re.MULTILINE)
_MOST_NODES = 4096
_HINT = "Export it again as ASCII scene with transform animation."


@dataclass
class _Node:
    """What is read of one node."""

    name: str = ""
    parent: str = ""
    rows: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    turns: list[list[float]] = field(default_factory=list[list[float]])
    """tick, axis, angle."""
    places: list[list[float]] = field(default_factory=list[list[float]])
    """tick, place."""


@dataclass
class _Scene:
    """What is read of the file."""

    numbers: dict[str, float] = field(default_factory=dict[str, float])
    nodes: list[_Node] = field(default_factory=list[_Node])


def read_ase(path: Path, *, unit: str | float | None = None, up: units.Up = "z") -> Recording:
    """Read the animated nodes of an ASE file.

    Args:
        path: The file.
        unit: Name or metres of its unit; None: by the figure's size.
        up: Its up axis.

    Raises:
        Gen3dError: The file is no ASE, is damaged, or nothing in it moves.
    """
    text = text_of(path)
    if "*3DSMAX_ASCIIEXPORT" not in text[:200]:
        raise Gen3dError(f"{path.name} is not an ASE file of 3ds Max.", "Check the path.")
    try:
        scene = _scene(text)
        nodes = _kept(scene, path.name)
        return units.judged(_recording(path.stem, scene, nodes), unit=unit, up=up)
    except (ValueError, IndexError, KeyError) as error:
        raise Gen3dError(f"{path.name} is damaged ({error}).", _HINT) from error


def _scene(text: str) -> _Scene:
    scene, path = _Scene(), list[str]()
    for line in _LINE.finditer(text):
        if line["close"]:
            path.pop()
            continue
        key, rest = line["key"], line["rest"]
        _take(scene, path, key, rest)
        if rest.endswith("{"):
            path.append(key)
    return scene


def _take(scene: _Scene, path: list[str], key: str, rest: str) -> None:
    if not path and key in _NODES and rest.endswith("{"):
        if len(scene.nodes) >= _MOST_NODES:
            raise ValueError("too many nodes")
        scene.nodes.append(_Node())
    elif path[:1] == ["SCENE"] and key.startswith("SCENE_") and len(rest.split()) == 1:
        if not rest.strip().startswith('"'):
            scene.numbers[key] = float(rest)
    elif path and path[0] in _NODES:
        _take_of_node(scene.nodes[-1], path, key, rest)


def _take_of_node(node: _Node, path: list[str], key: str, rest: str) -> None:
    if path[1:] == [] and key == "NODE_NAME":
        node.name = rest.strip().strip('"')
    elif path[1:] == [] and key == "NODE_PARENT":
        node.parent = rest.strip().strip('"')
    elif path[1:] == ["NODE_TM"] and key.startswith("TM_ROW"):
        node.rows[key] = _finite(rest, 3)
    elif "TM_ANIMATION" in path and key.endswith(("_SAMPLE", "_KEY")):
        # Bézier and TCB keys carry tangents after the value; they are not followed.
        if "_ROT_" in f"_{key}":
            node.turns.append(_finite(rest, 5))
        elif "_POS_" in f"_{key}":
            node.places.append(_finite(rest, 4))


def _finite(rest: str, count: int) -> list[float]:
    values = [float(word) for word in rest.split()[:count]]
    if len(values) < count or not np.isfinite(values).all():
        raise ValueError(f"{rest.strip()[:40]!r} are not {count} numbers")
    return values


def _kept(scene: _Scene, source: str) -> list[_Node]:
    """Nodes of moving hierarchies, parents first."""
    named = {node.name: node for node in scene.nodes}
    if len(named) < len(scene.nodes) or "" in named:
        raise ValueError("two nodes have one name, or one has none")
    below: dict[str, list[_Node]] = {}
    for node in scene.nodes:
        below.setdefault(node.parent, []).append(node)
    ordered, pending = list[_Node](), below.get("", [])[::-1]
    while pending:
        ordered.append(pending.pop())
        pending += below.get(ordered[-1].name, [])[::-1]
    if len(ordered) < len(scene.nodes):
        raise ValueError("a node's parent is not in the file")
    tops = {node.name: _top(node, named) for node in ordered}
    moving = {tops[node.name] for node in ordered if node.turns or node.places}
    if not moving:
        raise Gen3dError(f"{source} holds no animation.", _HINT)
    return [node for node in ordered if tops[node.name] in moving]


def _top(node: _Node, named: dict[str, _Node]) -> str:
    while node.parent:
        node = named[node.parent]
    return node.name


def _recording(name: str, scene: _Scene, nodes: list[_Node]) -> Recording:
    order = [node.name for node in nodes]
    parents = tuple(order.index(node.parent) if node.parent else -1 for node in nodes)
    turns, offsets = _rest(nodes, parents)
    fps = scene.numbers["SCENE_FRAMESPEED"]
    ticks = fps * scene.numbers["SCENE_TICKSPERFRAME"]
    if not (0.0 < fps <= 1000.0 and ticks > 0.0):
        raise ValueError(f"{fps} frames a second")
    first, last = (scene.numbers[f"SCENE_{end}FRAME"] / fps for end in ("FIRST", "LAST"))
    at = keys.even_times(first, last, fps, len(nodes), name)
    rotations = np.tile(turns, (len(at), 1, 1))
    translations = np.tile(offsets, (len(at), 1, 1))
    for joint, node in enumerate(nodes):
        if node.turns:
            track = np.array(node.turns)
            q = _accumulated(track[:, 1:4], track[:, 4])
            rotations[:, joint] = keys.smooth_turns(track[:, 0] / ticks, q, at)
        if node.places:
            track = np.array(node.places)
            translations[:, joint] = keys.smooth(track[:, 0] / ticks, track[:, 1:], at)
    return Recording(name, fps, Rig(tuple(order), parents, offsets, turns), rotations, translations)


def _accumulated(axes: np.ndarray, angles: np.ndarray) -> Float[np.ndarray, "keys 4"]:
    """Each key's whole rotation: its turn follows the key before, in the parent's frame."""
    steps = transforms.from_axis_angle(transforms.normalize(axes), -angles)
    whole = steps.copy()
    for key in range(1, len(steps)):
        whole[key] = transforms.normalize(transforms.multiply(steps[key], whole[key - 1]))
    return whole


def _rest(
    nodes: list[_Node], parents: tuple[int, ...]
) -> tuple[Float[np.ndarray, "joints 4"], Float[np.ndarray, "joints 3"]]:
    """Turns and places in the parents' frames, from the world matrices without their scale."""
    rows = np.array([[node.rows[f"TM_ROW{i}"] for i in range(4)] for node in nodes])
    world = transforms.from_matrix(np.swapaxes(transforms.normalize(rows[:, :3]), 1, 2))
    turns, offsets = world.copy(), rows[:, 3].copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            back = transforms.conjugate(world[parent])
            turns[joint] = transforms.multiply(back, world[joint])
            offsets[joint] = transforms.rotate(back, rows[joint, 3] - rows[parent, 3])
    return turns, offsets
