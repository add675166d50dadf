# SPDX-License-Identifier: Apache-2.0
"""Which bone of somebody's rig is which of ours: found by itself, or read from a file of the user.

Names first (:mod:`motion.naming`: a known convention, else words), then the shape of the rig
(:mod:`motion.topology`), whichever names a whole biped. The trunk is always counted in the rig: of
the joints between hips and arms the first is ``spine``, the last ``upperChest``.

A map file is YAML: ``convention`` and ``bones``, our VRM name to the name in the rig.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from gen3d.atomic import explain, write_whole
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS, PARENTS, REQUIRED
from motion.naming import SIDES, Reading, by_table, by_words, local_name
from motion.rig import Rig
from motion.topology import Tree, by_shape, common, facing, tree_of

NEEDED: tuple[str, ...] = tuple(name for name in REQUIRED if name != "spine")
"""Bones without which nothing can be moved; a trunk may be one stiff piece."""
_MOST_BYTES = 1 << 20
_MOST_JOINTS = 4096
_HINT = "Name the bones in a map file (YAML) and pass it along."


@dataclass(frozen=True)
class BoneMap:
    """Our joints on somebody's rig."""

    bones: Mapping[str, str]
    """Our name to theirs."""
    convention: str
    """``mixamo``, ``unreal``…, ``words``, ``shape``, or ``file``."""
    confidence: float
    """0 to 1: 1 for a known convention or the user's own file."""
    notes: tuple[str, ...] = ()
    """Sentences for the user."""
    between: Mapping[str, tuple[str, ...]] | None = None
    """Extra bones on the way from a joint's mapped ancestor to it, top down, by our name."""
    twists: Mapping[str, tuple[str, ...]] | None = None
    """Helper bones along a limb bone that share its twist, by our name."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Our joints that the rig does not have, fingers and eyes aside."""
        return tuple(name for name in JOINTS if _is_body(name) and name not in self.bones)

    def indices(self, rig: Rig) -> dict[str, int]:
        """Our names to joints of the rig, in our order."""
        places = {name: index for index, name in reversed(list(enumerate(rig.names)))}
        return {ours: places[self.bones[ours]] for ours in JOINTS if ours in self.bones}


def _is_body(name: str) -> bool:
    part = name.removeprefix("left").removeprefix("right")
    return name != "root" and part != "Eye" and not part.endswith(_DIGITS)


_DIGITS = ("Metacarpal", "Proximal", "Intermediate", "Distal")


def map_bones(rig: Rig) -> BoneMap:
    """Find our joints on a rig.

    Raises:
        Gen3dError: It is no biped, or nothing tells which joint is which.
    """
    if len(rig.names) > _MOST_JOINTS:
        raise Gen3dError(f"The rig has {len(rig.names):,} joints.", _HINT)
    tree = tree_of(rig)
    readings = [by_table(rig.names), by_words(rig.names), Reading("shape", by_shape(rig))]
    whole = [r for r in readings if not _lacking(r.bones) and _hangs_together(tree, r.bones)]
    if not whole or _contradicts(whole[0].bones, readings[0].bones):
        raise _no_biped(readings)
    chosen = whole[0]
    bones = _settled(tree, chosen.bones)
    if chosen.convention != "shape":
        bones = _with_shape(bones, readings[-1].bones)
    notes = _side_notes(tree, bones) + _origin_notes(chosen.convention)
    confidence = {"words": 0.8, "shape": 0.6}.get(chosen.convention, 1.0) - 0.2 * bool(
        _side_notes(tree, bones)
    )
    return _described(rig, tree, bones, chosen.convention, confidence, notes)


def declared(rig: Rig, bones: Mapping[str, str], convention: str) -> BoneMap:
    """A map that a file or its user states.

    Args:
        rig: The rig that it is for.
        bones: Our names to theirs.
        convention: Who says so.

    Raises:
        Gen3dError: A name does not exist on either side, is used twice, or a needed bone is absent.
    """
    for ours, theirs in bones.items():
        _require_known(ours, JOINTS, "There is no joint")
        _require_known(theirs, rig.names, "The rig has no bone")
    used = list(bones.values())
    twice = sorted({name for name in used if used.count(name) > 1})
    if twice:
        raise Gen3dError(f"The bone {twice[0]!r} is named twice in the map.", "Keep one of them.")
    places = {name: index for index, name in reversed(list(enumerate(rig.names)))}
    indices = {ours: places[theirs] for ours, theirs in bones.items()}
    if lacking := _lacking(indices):
        raise Gen3dError(f"The map names no {', '.join(lacking)}.", "Add them.")
    tree = tree_of(rig)
    return _described(rig, tree, indices, convention, 1.0, _side_notes(tree, indices))


def _require_known(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        raise Gen3dError(f"{what} {name!r}.", f"Did you mean {near[0]!r}?" if near else _HINT)


def save_map(path: Path, bone_map: BoneMap) -> None:
    """Write a map as YAML for :func:`load_map` and for people.

    Raises:
        Gen3dError: The place cannot be written.
    """
    content = {"convention": bone_map.convention, "bones": dict(bone_map.bones)}
    text = "# Our joint (VRM 1.0 name): bone of the rig.\n"
    text += yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    try:
        write_whole(path, text)
    except OSError as error:
        raise explain(error, path) from error


def load_map(path: Path, rig: Rig) -> BoneMap:
    """Read a map that somebody wrote for a rig.

    Raises:
        Gen3dError: It cannot be read, is no such map, or does not fit the rig.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Gen3dError(f"{path.name} is too large for a bone map.", _HINT)
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise explain(error, path) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        message = f"{path.name} is not valid YAML: {str(error).splitlines()[0]}."
        raise Gen3dError(message, "Correct that line.") from None
    return declared(rig, _bones_in(content, path.name), "file")


def _bones_in(content: object, name: str) -> dict[str, str]:
    """The table of a map file, its form checked."""
    if not isinstance(content, dict):
        raise Gen3dError(f"{name} holds no bone map.", "It needs a table 'bones'.")
    for key in content:
        _require_known(str(key), ("convention", "bones"), f"{name}: there is no setting")
    bones = content.get("bones")
    if not isinstance(bones, dict):
        raise Gen3dError(f"{name} holds no bone map.", "It needs a table 'bones'.")
    return {str(ours): str(theirs) for ours, theirs in bones.items()}


def _lacking(bones: Mapping[str, int]) -> list[str]:
    return [name for name in NEEDED if name not in bones]


def _contradicts(bones: Mapping[str, int], named: Mapping[str, int]) -> bool:
    """Whether a reading goes against a convention that explains much of the rig."""
    spoken = [name for name in NEEDED if name in named]
    return len(spoken) >= len(NEEDED) // 2 and any(bones[n] != named[n] for n in spoken)


def _no_biped(readings: Sequence[Reading]) -> Gen3dError:
    """What the reading that came nearest lacks."""
    nearest = min(readings, key=lambda r: len(_lacking(r.bones)))
    if len(_lacking(readings[0].bones)) <= len(NEEDED) // 2:
        nearest = readings[0]
    lacking = _lacking(nearest.bones)
    if not lacking:
        message = "The rig's names are a biped's, but its bones do not hang together as one."
    elif len(lacking) == len(NEEDED):
        message = "The rig is no biped: neither its names nor its shape show two legs and two arms."
    else:
        shown = ", ".join(lacking[:6]) + (", …" if len(lacking) > 6 else "")
        message = f"The rig is no biped that can be mapped: no {shown} was found."
    return Gen3dError(message, _HINT)


def _hangs_together(tree: Tree, bones: Mapping[str, int]) -> bool:
    """Whether each limb is a chain and both legs and the head share a root."""
    for side in SIDES:
        for chain in (("UpperArm", "LowerArm", "Hand"), ("UpperLeg", "LowerLeg", "Foot")):
            a, b, c = (bones[side + part] for part in chain)
            if not (tree.path(a, b) and tree.path(b, c)) or len({a, b, c}) < 3:
                return False
    top = common(tree, bones["leftUpperLeg"], bones["rightUpperLeg"])
    return top >= 0 and common(tree, top, bones["head"]) >= 0


def _settled(tree: Tree, bones: Mapping[str, int]) -> dict[str, int]:
    """Count the trunk, and drop proposals that are not where such a joint hangs."""
    kept = {k: v for k, v in bones.items() if k not in ("spine", "chest", "upperChest")}
    arms = common(tree, kept["leftUpperArm"], kept["rightUpperArm"])
    hips = kept["hips"]
    way = tree.path(hips, arms)[1:] if arms >= 0 else []
    if "neck" in kept and kept["neck"] in way:
        way = way[: way.index(kept["neck"])]
    if kept["head"] in way:
        way = way[: way.index(kept["head"])]
    if not way:
        return _hung(tree, dict(bones))
    kept["spine"] = way[0]
    if len(way) > 1:
        kept["chest"] = way[max(1, (len(way) - 1) // 2)]
    if len(way) > 2:
        kept["upperChest"] = way[-1]
    return _hung(tree, kept)


def _hung(tree: Tree, bones: dict[str, int]) -> dict[str, int]:
    """Without joints that do not hang under the limb that they belong to."""
    for side in SIDES:
        for lower, upper in (("Toes", "Foot"), ("UpperArm", "Shoulder")):
            a, b = bones.get(side + upper), bones.get(side + lower)
            if a is not None and b is not None and not tree.path(a, b):
                del bones[side + ("Toes" if lower == "Toes" else "Shoulder")]
    for name in [n for n in bones if n.endswith(_DIGITS)]:
        hand = bones["leftHand" if name.startswith("left") else "rightHand"]
        if not tree.path(hand, bones[name]):
            del bones[name]
    root = bones.get("root")
    if root is not None and (not tree.path(root, bones["hips"]) or root == bones["hips"]):
        del bones["root"]
    return bones


def _with_shape(bones: dict[str, int], shape: Mapping[str, int]) -> dict[str, int]:
    """Fill what names leave open from the shape, where shape and names agree on the neighbours."""
    used = set(bones.values())
    for name, index in shape.items():
        parent = JOINTS[PARENTS[JOINTS.index(name)]]
        agree = bones.get(parent) is not None and bones.get(parent) == shape.get(parent)
        if name not in bones and index not in used and agree and name not in ("chest", "spine"):
            bones[name] = index
            used.add(index)
    return bones


def _side_notes(tree: Tree, bones: Mapping[str, int]) -> tuple[str, ...]:
    """Says when names and shape disagree about left and right."""
    feet = [(bones[f"{s}Foot"], bones[f"{s}Toes"]) for s in SIDES if f"{s}Toes" in bones]
    across = tree.places[bones["leftUpperLeg"]] - tree.places[bones["rightUpperLeg"]]
    if feet and facing(tree, feet, across) < 0:
        return ("Left and right are the other way round than the toes say: names were trusted.",)
    return ()


def _origin_notes(convention: str) -> tuple[str, ...]:
    if convention == "shape":
        return ("The bones were told apart by shape alone; look at left and right.",)
    return ()


def _described(
    rig: Rig,
    tree: Tree,
    bones: Mapping[str, int],
    convention: str,
    confidence: float,
    notes: tuple[str, ...],
) -> BoneMap:
    mapped = set(bones.values())
    between: dict[str, tuple[str, ...]] = {}
    for ours, index in bones.items():
        extra = list[str]()
        parent = tree.parents[index]
        while parent >= 0 and parent not in mapped:
            extra.append(rig.names[parent])
            parent = tree.parents[parent]
        if parent >= 0 and extra:
            between[ours] = tuple(extra[::-1])
    ordered = {name: rig.names[bones[name]] for name in JOINTS if name in bones}
    return BoneMap(
        ordered, convention, confidence, notes, between, _twists(rig, tree, bones, mapped)
    )


_TWISTED = ("UpperArm", "LowerArm", "UpperLeg", "LowerLeg")


def _twists(
    rig: Rig, tree: Tree, bones: Mapping[str, int], mapped: set[int]
) -> dict[str, tuple[str, ...]]:
    """Leaves along a limb bone that are named as twist bones."""
    found: dict[str, tuple[str, ...]] = {}
    for ours in (side + part for side in SIDES for part in _TWISTED):
        leaves = [
            rig.names[child]
            for child in tree.children[bones[ours]]
            if child not in mapped
            and not np.isin(tree.below(child), list(mapped)).any()
            and any(word in local_name(rig.names[child]).casefold() for word in ("twist", "roll"))
        ]
        if leaves:
            found[ours] = tuple(leaves)
    return found
