# SPDX-License-Identifier: Apache-2.0
"""A canonical field, posed by inverse skinning, as the volume renderer and the guides see it.

The field is the distance to the dressed figure at rest, minus how far guidance has moved it, and
the figure's look plus what guidance has painted; both changes are smooth bounded functions of the
place at rest (:class:`gen3d.painting.canvas.Paint`). In a stance, a point looks up the nearest
place of the posed surface and goes back along that place's blended matrix (inverse linear blend
skinning, as in Hong et al. 2022 and 2023, "AvatarCLIP" and "EVA3D"). Distances are measured to the
posed surface itself, so that no ghost of one limb appears beside another where the way back jumps.

Near the outer medial axis, and at hands, feet and eyes, nothing moves: limbs stay apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int32
from scipy import ndimage
from torch import Tensor

from gen3d.canonical.mesh import Change, carried, held_by
from gen3d.canonical.solid import Level, Worn
from gen3d.delivery.painted import Onlooker
from gen3d.easing import smoothstep
from gen3d.fields.bake import Appearance as Baked
from gen3d.fields.box import Box, Lattice, measured
from gen3d.fields.closest import Tree
from gen3d.fields.field import differences
from gen3d.fields.look import Appearance
from gen3d.fields.occupancy import survey
from gen3d.fields.sdf import Distances
from gen3d.fields.volume import render_field
from gen3d.figures.stance import STANCES, stance_matrices
from gen3d.foundry.solids import Solid
from gen3d.painting.canvas import Paint
from gen3d.painting.easel import STOOD, Pose, stood
from gen3d.painting.relief import freedom_at
from gen3d.render.shot import Shot
from gen3d.render.studio import Output, StudioLight, to_linear, to_srgb
from gen3d.render.surface import pack_character
from gen3d.render.views import Views
from gen3d.types import Character

REACH_M = 0.05
"""Farthest that guidance moves the surface outwards."""
INWARDS_M = 0.002
"""The same inwards: sheets are 7 mm thick, and armour that is eaten through is none."""
BETA_M = 0.004
"""Softness of the surface."""
_POSED_M, _LOOK_M = 0.014, 0.01
"""Spacing of the samples of a posed figure, and of its look at rest."""
_MEDIAL = 0.75
"""Slope of the distance below which two sides are equally near."""
_APART = (0.006, 0.03)
"""Distances from the medial axis over which the surface becomes free, metres."""
_NEAR_M = 0.07
"""Distance from the surface within which the way back to rest is known: more than the reach."""
_STANCES = 6
_SURVEY = 64


@dataclass(frozen=True)
class Stood:
    """A stance: how the figure is framed, and where it is."""

    pose: Pose
    posed: Lattice
    """Distance, and the place at rest, of the samples around the posed figure."""
    middle: Float[Tensor, "3"]
    scale: float
    """Metres of half the unit frame's side."""


class CanonicalField(Distances):
    """One figure in one of its stances.

    Args:
        paint: What is learned.
        look: Colour (sRGB), roughness and metalness, and the share of each canvas, at rest.
        freedom: Share of the reach that the surface has, at rest.
        stances: The figure in them.
    """

    def __init__(
        self, paint: Paint, look: Lattice, freedom: Lattice, stances: Sequence[Stood]
    ) -> None:
        super().__init__()
        self.paint = paint
        self.look, self.freedom, self.stances = look, freedom, tuple(stances)
        self.stance, self.opened = self.stances[0], 1.0

    @property
    def device(self) -> torch.device:
        """Where its numbers lie."""
        return self.look.values.device

    @property
    def beta(self) -> Float[Tensor, ""]:
        """Softness of the surface, unit frame."""
        return torch.tensor(BETA_M / self.stance.scale)

    def stand(self, number: int, opened: float) -> None:
        """Take a stance, with the grids of the paint opened so far."""
        self.stance, self.opened = self.stances[number], opened

    def outward(self, places: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """How far the surface is moved at places at rest, metres."""
        free = self.freedom.read(places)[:, 0]
        wish = self.paint.relief(places, self.opened)[:, 0]
        return free * torch.where(wish > 0.0, REACH_M * wish, INWARDS_M * wish)

    def geometry(
        self, points: Float[Tensor, "n 3"]
    ) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Distances in the stance, and how far they were moved."""
        found = self._posed(points)
        change = torch.zeros_like(found[:, 0])
        near = torch.nonzero(found[:, 0].abs() < _NEAR_M)[:, 0]
        change = change.index_copy(0, near, self.outward(found[near, 1:]))
        return (found[:, 0] - change) / self.stance.scale, change

    def gradient(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Numerical gradient over a sample."""
        cell = _POSED_M / self.stance.scale
        return differences(lambda p: self.geometry(p)[0], points, cell)

    def appearance(self, points: Float[Tensor, "n 3"]) -> Appearance:
        """The figure's look with the paint on it."""
        places = self._posed(points)[:, 1:]
        read = self.look.read(places)
        total = read[:, :5] + self.painted(places, read[:, 5:])
        colour, finish = total[:, :3].clamp(0.0, 1.0), total[:, 3:].clamp(0.0, 1.0)
        return Appearance(to_linear(colour), finish[:, 0], finish[:, 1])

    def painted(
        self, places: Float[Tensor, "n 3"], shares: Float[Tensor, "n canvases"]
    ) -> Float[Tensor, "n 5"]:
        """What the paint adds at places at rest that belong to canvases."""
        total = places.new_zeros(len(places), 5)
        for number in range(shares.shape[1]):
            own = torch.nonzero(shares[:, number] > 1e-3)[:, 0]
            added = self.paint.change(number, places[own], self.opened)
            total = total.index_add(0, own, shares[own, number, None] * added)
        return total

    def _posed(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 4"]:
        return self.stance.posed.read(points * self.stance.scale + self.stance.middle)


@dataclass(frozen=True)
class FieldModel:
    """What :func:`gen3d.painting.fit.fit_paint` works on, rendered as a field."""

    field: CanonicalField

    @property
    def poses(self) -> tuple[Pose, ...]:
        """Its stances, the usual one first."""
        return tuple(stance.pose for stance in self.field.stances)

    def render(
        self,
        paint: Paint,
        pose: Pose,
        views: Views,
        light: StudioLight,
        output: Output = "shaded",
        opened: float = 1.0,
    ) -> Shot:
        """Pictures by volume rendering; gradients reach all of the paint."""
        if paint is not self.field.paint:
            raise ValueError("a field renders the paint that it was made with")
        self.field.stand(next(i for i, own in enumerate(self.poses) if own is pose), opened)
        stance = self.field.stance
        generator = torch.Generator().manual_seed(0)
        shot, _ = render_field(
            self.field,
            _in_frame(views, stance),
            light,
            occupancy=survey(self.field, _SURVEY),
            generator=generator,
            output=output,
            regularized=False,
        )
        return replace(shot, depth=shot.depth * stance.scale)

    def change(self) -> Change:
        """What was learned, for the mesh."""
        field = self.field
        field.stand(0, 1.0)

        def tint(look: Baked, part: np.ndarray, places: Float[Tensor, "n 3"]) -> Baked:
            added = field.painted(places, torch.from_numpy(_shares(field.paint, part)))
            colour = to_linear((to_srgb(look.albedo) + added[:, :3]).clamp(0.0, 1.0))
            rough = (look.roughness + added[:, 3]).clamp(0.0, 1.0)
            metal = (look.metallic + added[:, 4]).clamp(0.0, 1.0)
            return Baked(colour, rough, metal, look.normal)

        return Change(REACH_M, field.outward, tint)


def _in_frame(views: Views, stance: Stood) -> Views:
    """Cameras in the unit frame of a stance."""
    moved = views.T_world_camera.clone()
    moved[:, :3, 3] = (moved[:, :3, 3] - stance.middle) / stance.scale
    return replace(views, T_world_camera=moved)


def field_of(
    character: Character,
    worn: Worn,
    level: Level,
    closed: Solid,
    paint: Paint,
    library: Sequence[Float32[np.ndarray, "joints 3 4"]] = (),
) -> FieldModel:
    """Get a figure ready to be guided as a field.

    Args:
        character: As it is seen.
        worn: The same, for distances.
        level: Its solid.
        closed: The solid's surface, of few triangles.
        paint: What will be learned.
        library: More stances, as skinning matrices; some of them are used.
    """
    own = [stance_matrices(character.skeleton, STANCES[name]) for name in STOOD]
    spread = np.linspace(0, len(library) - 1, min(_STANCES - len(own), len(library))).astype(int)
    weights = held_by(worn, closed.verts)
    stances = [
        _stood(character, closed, weights, matrices.astype(np.float32))
        for matrices in (*own, *(library[i] for i in spread))
    ]
    look = _look(character, closed, paint)
    return FieldModel(CanonicalField(paint, look, _freedom(worn, level), stances))


def _stood(
    character: Character,
    closed: Solid,
    weights: Float64[np.ndarray, "verts joints"],
    matrices: Float32[np.ndarray, "joints 3 4"],
) -> Stood:
    """The figure's distance in a stance, and the way back to rest."""
    verts, turned = carried(weights, closed.verts, matrices)
    low, high = verts.min(axis=0), verts.max(axis=0)
    box = Box.around(low - _NEAR_M, high + _NEAR_M, _POSED_M)
    tree = Tree(Solid(verts, closed.faces))
    away, near = measured(box, tree.signed, _NEAR_M, every=2)
    index = np.argwhere(near)
    places = box.points(index)
    nearest = tree.nearest(places)
    blended = nearest.mixed(turned.reshape(-1, 12), closed.faces).reshape(-1, 3, 4)
    back = np.linalg.solve(blended[:, :, :3], (places - blended[:, :, 3])[..., None])[..., 0]
    values = np.zeros((*box.shape, 4), np.float32)
    values[..., 0] = away
    values[(*index.T, slice(1, 4))] = back
    middle = torch.from_numpy((low + high) / 2.0).float()
    scale = float(np.max(high - low)) / 2.0 + _NEAR_M
    return Stood(stood(character, matrices), Lattice.of(box, values), middle, scale)


def _look(character: Character, closed: Solid, paint: Paint) -> Lattice:
    """Colour, finish and canvas of the samples near the figure at rest."""
    low, high = closed.verts.min(axis=0), closed.verts.max(axis=0)
    box = Box.around(low - REACH_M, high + REACH_M, _LOOK_M)
    tree = Tree(closed)
    _, near = measured(box, lambda points: tree.nearest(points).distance, 3.0 * _LOOK_M)
    index = np.argwhere(near)
    places = tree.nearest(box.points(index)).mixed(closed.verts, closed.faces)
    seen = Onlooker(closed, pack_character(character)).seen(torch.from_numpy(places).float())
    finish = torch.stack([seen.look.roughness, seen.look.metallic], dim=1)
    known = np.concatenate(
        [to_srgb(seen.look.albedo).numpy(), finish.numpy(), _shares(paint, seen.part)], axis=1
    )
    values = np.zeros((*box.shape, known.shape[1]), np.float32)
    values[tuple(index.T)] = known
    place = np.zeros((3, *box.shape), np.int32)
    ndimage.distance_transform_edt(
        ~near, return_distances=False, return_indices=True, indices=place
    )
    return Lattice.of(box, values[tuple(place)])


def _shares(
    paint: Paint, part: Int32[np.ndarray, "points"]
) -> Float32[np.ndarray, "points canvases"]:
    """1 where a place is of a canvas, by the number of its part."""
    found = np.zeros((len(part), len(paint.canvases)), np.float32)
    for number, canvas in enumerate(paint.canvases):
        found[:, number] = np.isin(part, canvas.parts)
    return found


def _freedom(worn: Worn, level: Level) -> Lattice:
    """Where the surface may move: not at hands and eyes, nor where limbs would meet."""
    points, shape = level.box.coarse()
    step = 4.0 * level.box.step
    away = worn.distance(points).reshape(shape).astype(np.float64)
    slope = np.linalg.norm(np.stack(np.gradient(away, step)), axis=0)
    medial = (slope < _MEDIAL) & (away > 0.25 * step)
    between = np.zeros(shape)
    ndimage.distance_transform_edt(~medial, distances=between)
    apart = smoothstep(*_APART, between * step)
    free = freedom_at(worn.skeleton, points)
    box = Box(level.box.low, (shape[0], shape[1], shape[2]), step)
    return Lattice.of(box, (apart * free.reshape(shape))[..., None].astype(np.float32))
