# SPDX-License-Identifier: Apache-2.0
"""BVH of any skeleton: every order of channels, positions on any joint, any unit, Y or Z up.

A joint's rotation channels turn it about its own axes in the order in which they are listed, so the
first is outermost: channels ``Zrotation Yrotation Xrotation`` mean ``R = Rz Ry Rx``. A position
channel replaces that component of the joint's OFFSET (motion capture files write whole positions).
End sites give bone ends, not joints. Names may hold blanks, lines may end in any way, keywords are
read in any case. One root is allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.importers import units
from motion.importers.reading import numbers_of, text_of
from motion.rig import Recording, Rig

MOST_JOINTS = 1024
_HINT = "Export it again as BVH, one skeleton a file."
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(
    rf"""(?P<open>\{{)|(?P<close>\}})
    |(?P<end>end[ \t]*site\b[^\r\n{{}}]*)
    |(?P<kind>root|joint)\b[ \t]*(?P<name>[^\r\n{{}}]*)
    |offset(?P<offset>(?:\s+{_NUMBER}){{3}})
    |channels\s+(?P<count>\d+)(?P<channels>(?:\s+[xyz](?:rotation|position))*)
    |(?P<odd>\S+)""",
    re.IGNORECASE | re.VERBOSE,
)
_START = re.compile(r"\s*HIERARCHY\b", re.IGNORECASE)
_MOTION = re.compile(r"^[ \t]*MOTION\b", re.IGNORECASE | re.MULTILINE)
_TIMING = re.compile(
    rf"\s*frames\s*:?\s*(?P<frames>\d+)\s+frame\s*time\s*:?\s*(?P<seconds>{_NUMBER})",
    re.IGNORECASE,
)
_FASTEST = 1000.0
"""Frames a second above which a frame time is a mistake."""
_END = -2
"""On the stack of open braces: an end site's."""


@dataclass
class _Tree:
    """The hierarchy while it is read."""

    source: str
    names: list[str] = field(default_factory=list[str])
    parents: list[int] = field(default_factory=list[int])
    offsets: dict[int, list[float]] = field(default_factory=dict[int, list[float]])
    tips: dict[int, list[float]] = field(default_factory=dict[int, list[float]])
    channels: dict[int, str] = field(default_factory=dict[int, str])
    """Of each joint, one letter a channel: ``XYZ`` positions, ``xyz`` rotations."""
    stack: list[int] = field(default_factory=list[int])
    opening: int | None = None
    """Whose brace comes next."""


def read_bvh(
    path: Path, *, unit: str | float | None = None, up: units.Up | None = None
) -> Recording:
    """Read a BVH file.

    Args:
        path: The file.
        unit: Name (:data:`motion.importers.units.UNITS`) or metres of its unit; None: by size.
        up: Its up axis; None: by where the head is.

    Raises:
        Gen3dError: The file is no BVH, is damaged, or holds several skeletons.
    """
    text = text_of(path)
    start, found = _START.match(text), _MOTION.search(text)
    if start is None or found is None:
        raise Gen3dError(
            f"{path.name} is not a BVH file: HIERARCHY or MOTION is missing.",
            "Check the path, or export it again.",
        )
    tree = _hierarchy(text[start.end() : found.start()], path.name)
    values, fps = _frames(text[found.end() :], tree)
    tips = np.zeros((len(tree.names), 3))
    for joint, tip in tree.tips.items():
        tips[joint] = tip
    return units.judged(_recording(path.stem, tree, values, fps), unit=unit, up=up, tips=tips)


def _wrong(tree: _Tree, what: str) -> Gen3dError:
    return Gen3dError(f"{tree.source}: {what}.", _HINT)


def _hierarchy(text: str, source: str) -> _Tree:
    tree = _Tree(source)
    for token in _TOKEN.finditer(text):
        _read(tree, token)
    if tree.stack or not tree.names or len(tree.offsets) != len(tree.names):
        raise _wrong(tree, "the hierarchy is not complete")
    return tree


def _read(tree: _Tree, token: re.Match[str]) -> None:
    if token["kind"]:
        _add_joint(tree, token["kind"].upper(), token["name"].strip())
    elif token["end"]:
        tree.opening = _END
    elif token["open"]:
        if tree.opening is None:
            raise _wrong(tree, "a brace opens nothing")
        tree.stack.append(tree.opening)
        tree.opening = None
    elif token["odd"] or not tree.stack:
        raise _wrong(tree, f"{token[0].strip()[:30]!r} is out of place in the hierarchy")
    elif token["close"]:
        tree.stack.pop()
    elif token["offset"]:
        _add_offset(tree, [float(word) for word in token["offset"].split()])
    else:
        _add_channels(tree, int(token["count"]), token["channels"].split())


def _add_joint(tree: _Tree, kind: str, name: str) -> None:
    if kind == "ROOT" and tree.names:
        raise _wrong(tree, f"there are two skeletons, {tree.names[0]!r} and {name!r}")
    parent = tree.stack[-1] if tree.stack else -1
    if parent == _END or (kind == "JOINT" and parent < 0):
        raise _wrong(tree, f"the joint {name!r} belongs to nothing")
    if len(tree.names) >= MOST_JOINTS:
        raise _wrong(tree, f"there are more than {MOST_JOINTS} joints")
    tree.opening = len(tree.names)
    tree.names.append(name or f"joint{len(tree.names)}")
    tree.parents.append(parent)


def _add_offset(tree: _Tree, offset: list[float]) -> None:
    owner = tree.stack[-1]
    if owner == _END:
        tree.tips[tree.stack[-2]] = offset
    else:
        tree.offsets[owner] = offset


def _add_channels(tree: _Tree, count: int, words: list[str]) -> None:
    letters = "".join(w[0].lower() if w[1].lower() == "r" else w[0].upper() for w in words)
    if count != len(letters) or len(set(letters)) < len(letters) or tree.stack[-1] == _END:
        raise _wrong(tree, f"CHANNELS says {count} but names {len(letters)} different ones")
    tree.channels[tree.stack[-1]] = letters


def _frames(text: str, tree: _Tree) -> tuple[Float[np.ndarray, "frames channels"], float]:
    timing = _TIMING.match(text)
    if timing is None:
        raise _wrong(tree, "MOTION does not say Frames and Frame Time")
    seconds = float(timing["seconds"])
    if not 1.0 / _FASTEST < seconds < 10.0:
        raise _wrong(tree, f"the frame time of {seconds:g} s is no frame time")
    values = numbers_of(text[timing.end() :], tree.source)
    width = sum(len(letters) for letters in tree.channels.values())
    if width == 0 or len(values) < width or len(values) % width:
        raise _wrong(tree, f"{len(values)} numbers are no whole frames of {width} channels")
    return values.reshape(-1, width), _rate(seconds)


def _rate(seconds: float) -> float:
    """Frames a second; files round the frame time, so a whole rate nearby is meant."""
    whole = round(1.0 / seconds)
    return float(whole) if abs(1.0 / seconds - whole) < 2e-3 * whole else 1.0 / seconds


def _recording(
    name: str, tree: _Tree, values: Float[np.ndarray, "frames channels"], fps: float
) -> Recording:
    count = len(tree.names)
    offsets = np.array([tree.offsets[joint] for joint in range(count)], dtype=np.float64)
    identity = np.tile(np.array(transforms.IDENTITY), (count, 1))
    rotations = np.tile(identity, (len(values), 1, 1))
    translations = np.tile(offsets, (len(values), 1, 1))
    at = 0
    for joint, letters in tree.channels.items():
        columns = values[:, at : at + len(letters)]
        at += len(letters)
        for letter, column in zip(letters, columns.T, strict=True):
            if letter.isupper():
                translations[:, joint, "XYZ".index(letter)] = column
        turns = [i for i, letter in enumerate(letters) if letter.islower()]
        order = "".join(letters[i] for i in turns)
        rotations[:, joint] = transforms.continuous(from_euler(columns[:, turns], order))
    rig = Rig(tuple(tree.names), tuple(tree.parents), offsets, identity)
    return Recording(name, fps, rig, rotations, translations)


def from_euler(angles: Float[np.ndarray, "frames turns"], order: str) -> np.ndarray:
    """Quaternions of turns about a joint's own axes, first outermost.

    Args:
        angles: Degrees, one column a turn; none is the identity.
        order: Axis of each column, such as ``zyx``.
    """
    q = np.tile(np.array(transforms.IDENTITY), (len(angles), 1))
    for axis, angle in zip(order, np.radians(angles).T, strict=True):
        turn = transforms.from_axis_angle(np.eye(3)["xyz".index(axis)], angle)
        q = transforms.multiply(q, turn)
    return q
