# SPDX-License-Identifier: Apache-2.0
"""A dressed figure at rest as one solid: the canonical signed distance that a field starts from.

The bare body is closed, so its winding number says what is inside, down to the gaps of fingers; of
clothes and hair, which are open sheets, all within a voxel's reach is solid. Then air is flooded
from outside: what it cannot come to through gaps of some width (between a shirt and its wearer,
between strands) is solid as well. The gap is narrow at hands and face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32

from gen3d.body import Body
from gen3d.body.body import ShapedBody
from gen3d.body.surface import base_part, triangulate
from gen3d.easing import smoothstep
from gen3d.fields.box import Box, flooded, inwards, measured, walls_of
from gen3d.fields.closest import Nearest, Tree, picked
from gen3d.foundry.solids import Solid
from gen3d.painting.relief import near_joints
from gen3d.render.surface import Surface, pack
from gen3d.spec import BodySpec
from gen3d.types import Character, Part, Skeleton
from gen3d.wardrobe.outfit import lift_part

STEP_M = 0.004
"""Voxel of the solid."""
THICK = 0.9
"""Half thickness of sheets, voxels: thinner ones fall through the samples."""
GAP_M = 0.008
"""Half width of the gaps that air does not pass."""
_NARROW = ((("Hand", "Thumb", "Index", "Middle", "Ring", "Little"), (0.05, 0.14), 0.001),
           (("head", "Foot", "Toes"), (0.14, 0.24), 0.003))  # fmt: skip
"""Joints by parts of their names, distances over which the gap widens, and the gap at them."""
_BESIDE = 0.9
"""Voxels by which the flood's end is kept off what stands in air itself."""
UNSEEN = frozenset({"lash", "brow"})
"""Slots that are painted, not solid."""


@dataclass(frozen=True)
class Worn:
    """A dressed figure at rest, as something that distances are measured to.

    Made by :func:`worn_of`.
    """

    skeleton: Skeleton
    bare: Solid
    """The body, closed, whole under its clothes."""
    parts: tuple[Part, ...]
    """The whole skin, and everything solid that is worn."""
    balls: tuple[Solid, ...]
    """The eyes."""
    step: float
    """Voxel of the solid, metres."""

    @cached_property
    def surface(self) -> Surface:
        """All parts, for their weights."""
        return pack(self.parts)

    @cached_property
    def held(self) -> Int32[np.ndarray, "faces 3"]:
        """Those of its faces that are not see-through."""
        return self.surface.faces[self.surface.occludes]

    @cached_property
    def tree(self) -> Tree:
        """For the nearest place of anything."""
        return Tree(Solid(self.surface.verts.astype(np.float64), self.held))

    @cached_property
    def sheets(self) -> Tree | None:
        """For the nearest place of clothes and hair."""
        surface = self.surface
        worn = np.array([part.slot not in {"body", "eye", "mouth"} for part in self.parts])
        faces = surface.faces[surface.occludes & worn[surface.part_of_face]]
        return Tree(Solid(surface.verts.astype(np.float64), faces)) if len(faces) else None

    @cached_property
    def _solids(self) -> tuple[Tree, ...]:
        return tuple(Tree(solid) for solid in (self.bare, *self.balls))

    def distance(self, points: Float64[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n"]:
        """Signed distance to the body and its sheets of some thickness, negative inside."""
        whole, *balls = self._solids
        found = whole.signed(points)
        for ball, tree in zip(self.balls, balls, strict=True):
            low, high = ball.verts.min(axis=0) - self.step, ball.verts.max(axis=0) + self.step
            near = np.flatnonzero(np.all((points > low) & (points < high), axis=1))
            found[near] = np.minimum(found[near], tree.signed(points[near]))
        if self.sheets is not None:
            thick = self.sheets.nearest(points).distance - np.float32(THICK * self.step)
            found = np.minimum(found, thick)
        return found

    def nearest(self, points: Float[np.ndarray, "n 3"]) -> Nearest:
        """The nearest place of anything; its faces count those of :attr:`held`."""
        return self.tree.nearest(points)

    def places(self, points: Float[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
        """The nearest places of anything."""
        return self.nearest(points).mixed(self.surface.verts.astype(np.float64), self.held)


def worn_of(character: Character, spec: BodySpec) -> Worn:
    """A figure and the bare body that it was dressed on, raised as its soles raise it."""
    shaped = Body.load().with_shape(spec)
    lift = float(character.skeleton.positions[1, 1] - shaped.skeleton.positions[1, 1])
    skin = next(part for part in character.parts if part.slot == "body")
    whole = base_part(
        shaped, ("body",), name=skin.name, group=skin.group, slot="body", material=skin.material
    )
    others = [p for p in character.parts if p.slot != "body" and p.slot not in UNSEEN]
    bare = _bare(shaped)
    up = np.array([0.0, lift, 0.0])
    return Worn(
        character.skeleton,
        Solid(bare.verts + up, bare.faces),
        (lift_part(whole, lift), *others),
        tuple(_ball(part) for part in others if part.slot == "eye"),
        STEP_M,
    )


def _bare(shaped: ShapedBody) -> Solid:
    faces = triangulate(shaped.data.quads["body"])
    return picked(Solid(shaped.verts.astype(np.float64), faces), np.arange(len(faces)))


def _ball(part: Part) -> Solid:
    """An eye, its seams closed."""
    places, index = np.unique(part.mesh.verts, axis=0, return_inverse=True)
    return Solid(places.astype(np.float64), index.reshape(-1)[part.mesh.faces].astype(np.int32))


@dataclass(frozen=True)
class Level:
    """A level function as samples, metres, negative inside."""

    box: Box
    values: Float32[np.ndarray, "x y z"]


def level_of(worn: Worn, room: float = 0.0) -> Level:
    """The solid of a dressed figure.

    Args:
        worn: The figure.
        room: To grow into, metres.
    """
    verts, step = worn.surface.verts, worn.step
    box = Box.around(verts.min(axis=0) - room, verts.max(axis=0) + room, step)
    away, _ = measured(box, worn.distance, 3.0 * step + GAP_M)
    gap = _gap(box, worn.skeleton)
    air = flooded(away > gap, walls_of(box.shape))
    # The flood's end is only known to a voxel: what stands in air itself decides where it ends.
    filled = gap + np.float32(_BESIDE * step) - (inwards(~air) * step).astype(np.float32)
    return Level(box, np.where(air, away, np.minimum(away, filled)))


def _gap(box: Box, skeleton: Skeleton) -> Float32[np.ndarray, "x y z"]:
    points, shape = box.coarse()
    gap = np.full(len(points), GAP_M)
    for names, (start, end), least in _NARROW:
        share = smoothstep(start, end, near_joints(skeleton, names, points))
        gap = np.minimum(gap, least + (GAP_M - least) * share)
    return box.between(gap.reshape(shape))
