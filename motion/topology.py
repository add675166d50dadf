# SPDX-License-Identifier: Apache-2.0
"""Which joint is which on a rig without usable names, from the tree and its shape at rest.

A biped is a trunk with two mirrored chains that reach lowest (legs) and, above, two mirrored chains
to the sides (arms), with something on top (head). In a limb the two longest bones in a row are
thigh and shin, or upper arm and forearm. Left is +X when the toes point to +Z, so the direction
from ankles to toes decides; a rig without feet is taken to face +Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from motion.naming import FINGERS
from motion.rig import Rig

_MIRROR = 0.12
"""Largest difference of mirrored ends, as a share of the rig's height."""


@dataclass(frozen=True)
class Tree:
    """A rig with what its shape says at a glance."""

    parents: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]
    places: Float[np.ndarray, "joints 3"]
    height: float

    def below(self, joint: int) -> list[int]:
        """A joint and everything under it, parents first."""
        order, pending = list[int](), [joint]
        while pending:
            order.append(pending.pop())
            pending += self.children[order[-1]][::-1]
        return order

    def path(self, top: int, bottom: int) -> list[int]:
        """Joints from an ancestor down to a joint, both included; empty if it is none."""
        way = [bottom]
        while way[-1] != top and self.parents[way[-1]] >= 0:
            way.append(self.parents[way[-1]])
        return way[::-1] if way[-1] == top else []


def tree_of(rig: Rig) -> Tree:
    """Children, places and height of a rig at rest."""
    children: list[list[int]] = [[] for _ in rig.names]
    for joint, parent in enumerate(rig.parents):
        if parent >= 0:
            children[parent].append(joint)
    _, places = rig.world()
    return Tree(
        rig.parents, tuple(map(tuple, children)), places, max(float(np.ptp(places[:, 1])), 1e-6)
    )


def common(tree: Tree, a: int, b: int) -> int:
    """Lowest joint above both; -1 when they hang in different trees."""
    above = {a}
    while tree.parents[a] >= 0:
        a = tree.parents[a]
        above.add(a)
    while b >= 0 and b not in above:
        b = tree.parents[b]
    return b


def facing(tree: Tree, feet: list[tuple[int, int]], across: Float[np.ndarray, "3"]) -> float:
    """Sign of a sideways direction: 1 when it points to the left of the figure.

    Args:
        tree: The rig.
        feet: Pairs of ankle and toe joint.
        across: From one hip to the other.
    """
    ahead = sum((tree.places[toe] - tree.places[ankle] for ankle, toe in feet), np.zeros(3))
    if np.hypot(ahead[0], ahead[2]) < 0.01 * tree.height:
        ahead = np.array([0.0, 0.0, 1.0])
    return 1.0 if float(np.cross([0.0, 1.0, 0.0], ahead) @ across) >= 0.0 else -1.0


def by_shape(rig: Rig) -> dict[str, int]:
    """Ours to theirs, as far as the shape shows it; empty when it is no biped."""
    tree = tree_of(rig)
    legs = _legs(tree)
    if legs is None:
        return {}
    hips, one, other = legs
    chains = [_limb(tree, tree.path(hips, end)[1:]) for end in (one, other)]
    arms = _arms(tree, hips, set(tree.below(chains[0][0])) | set(tree.below(chains[1][0])))
    if arms is None or min(map(len, chains)) < 3:
        return {}
    chest, hands = arms
    feet = [(chain[2], chain[3]) for chain in chains if len(chain) > 3]
    sign = facing(tree, feet, tree.places[chains[0][0]] - tree.places[chains[1][0]])
    bones = {"hips": hips}
    for chain, side in zip(chains, _sides(sign), strict=True):
        bones |= _named(side, ("UpperLeg", "LowerLeg", "Foot", "Toes"), chain)
    across = tree.places[chains[0][0]] - tree.places[chains[1][0]]
    way = tree.places[hands[0]] - tree.places[hands[1]]
    swap = sign if float(way @ across) >= 0.0 else -sign
    for end, side in zip(hands, _sides(swap), strict=True):
        bones |= _arm(tree, tree.path(chest, end)[1:], side)
    return bones | _trunk(tree, chest, set(hands))


def _sides(sign: float) -> tuple[str, str]:
    return ("left", "right") if sign > 0 else ("right", "left")


def _named(side: str, parts: tuple[str, ...], chain: list[int]) -> dict[str, int]:
    return {side + part: joint for part, joint in zip(parts, chain, strict=False)}


def _pairs(tree: Tree, ends: list[int], least: float) -> list[tuple[float, int, int]]:
    """Mirrored pairs of ends, worst mirror last; mirrored about any upright plane."""
    found: list[tuple[float, int, int]] = []
    for i, a in enumerate(ends):
        for b in ends[i + 1 :]:
            top = common(tree, a, b)
            if top < 0:
                continue
            one, other = len(tree.path(top, a)), len(tree.path(top, b))
            apart = tree.places[a] - tree.places[b]
            middle = 0.5 * (tree.places[a] + tree.places[b]) - tree.places[top]
            lopsided = abs(float(middle @ apart)) / max(float(np.linalg.norm(apart)), 1e-9)
            error = (abs(float(apart[1])) + lopsided) / tree.height
            if one == other > 3 and np.hypot(apart[0], apart[2]) > least and error < _MIRROR:
                found.append((error, a, b))
    return found


def _ends(tree: Tree) -> list[int]:
    return [joint for joint, below in enumerate(tree.children) if not below]


def _legs(tree: Tree) -> tuple[int, int, int] | None:
    """Hips and the ends of both legs: the mirrored chains that reach down farthest."""
    best: tuple[float, tuple[int, int, int]] | None = None
    for error, a, b in _pairs(tree, _ends(tree), 0.02 * tree.height):
        hips = common(tree, a, b)
        drop = float(tree.places[hips, 1] - max(tree.places[a, 1], tree.places[b, 1]))
        low = float(np.mean(tree.places[[a, b], 1]) - tree.places[:, 1].min())
        # Fingers of hanging hands end above the feet; the root of the rig hangs over nothing.
        score = drop - 2.0 * low - 0.5 * error * tree.height
        straight = len(tree.path(hips, a))
        score -= 0.002 * tree.height * straight
        if drop > 0.25 * tree.height and (best is None or score > best[0]):
            best = (score, (hips, a, b))
    return best[1] if best else None


def _arms(tree: Tree, hips: int, legs: set[int]) -> tuple[int, tuple[int, int]] | None:
    """Where the arms branch off, and the ends of both: the longest mirrored chains above."""
    ends = [e for e in _ends(tree) if e not in legs and e in tree.below(hips)]
    best: tuple[float, tuple[int, tuple[int, int]]] | None = None
    for error, a, b in _pairs(tree, ends, 0.1 * tree.height):
        chest = common(tree, a, b)
        length = sum(_length(tree, tree.path(chest, end)[1:]) for end in (a, b))
        score = length - 2.0 * error * tree.height
        if best is None or score > best[0]:
            best = (score, (chest, (a, b)))
    return best[1] if best else None


def _length(tree: Tree, chain: list[int]) -> float:
    return sum(float(np.linalg.norm(tree.places[b] - tree.places[a])) for a, b in pairwise(chain))


def _limb(tree: Tree, chain: list[int]) -> list[int]:
    """A limb from its first long bone on: joints at the same place count once."""
    distinct = [chain[0]]
    for joint in chain[1:]:
        if np.linalg.norm(tree.places[joint] - tree.places[distinct[-1]]) > 1e-3 * tree.height:
            distinct.append(joint)
    start = _first_long(tree, distinct)
    return distinct[start:]


def _first_long(tree: Tree, chain: list[int]) -> int:
    """Index at which the two longest bones in a row begin."""
    lengths = [float(np.linalg.norm(tree.places[b] - tree.places[a])) for a, b in pairwise(chain)]
    both = [min(a, b) for a, b in pairwise(lengths)]
    return int(np.argmax(both)) if both else 0


def _arm(tree: Tree, chain: list[int], side: str) -> dict[str, int]:
    """Clavicle, arm, hand and fingers along the way to the end of a finger."""
    limb = _limb(tree, chain)
    bones = _named(side, ("UpperArm", "LowerArm", "Hand"), limb)
    before = chain.index(limb[0])
    if before > 0:
        bones[side + "Shoulder"] = chain[before - 1]
    if side + "Hand" in bones:
        bones |= _fingers(tree, bones[side + "Hand"], bones[side + "LowerArm"], side)
    return bones


def _fingers(tree: Tree, hand: int, elbow: int, side: str) -> dict[str, int]:
    """Digits of a hand with five: the one that leaves the others is the thumb."""
    chains = [tree.below(start) for start in tree.children[hand]]
    chains = [chain[:3] for chain in chains if len(chain) >= 3]
    if len(chains) != 5:
        return {}
    along = tree.places[hand] - tree.places[elbow]
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    starts = np.array([tree.places[chain[0]] - tree.places[hand] for chain in chains])
    thumb = int(np.argmin(starts @ along))
    others = [i for i in range(5) if i != thumb]
    others.sort(key=lambda i: float(np.linalg.norm(starts[i] - starts[thumb])))
    bones: dict[str, int] = {}
    for finger, index in zip(FINGERS, [thumb, *others], strict=True):
        bones |= _named(side + finger, FINGERS[finger], chains[index])
    return bones


def _trunk(tree: Tree, chest: int, arms: set[int]) -> dict[str, int]:
    """Neck and head: the chain over the branch of the arms that reaches highest."""
    beside = {j for end in arms for j in tree.path(chest, end)}
    above = [j for j in tree.below(chest) if j not in beside]
    if not above:
        return {}
    top = max(above, key=lambda j: float(tree.places[j, 1]))
    chain = [j for j in tree.path(chest, top) if j not in beside]
    # Of three or more the last is an end site or an eye.
    if len(chain) > 2:
        chain = chain[:-1]
    bones = {"head": chain[-1]}
    if len(chain) > 1:
        bones["neck"] = chain[0]
    return bones
