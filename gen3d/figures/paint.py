# SPDX-License-Identifier: Apache-2.0
"""Painting and sculpting a finished character under guidance: small, smooth, and still a rig.

Every region (skin, a garment, hair) has a coarse :class:`~gen3d.figures.lattice` of colour and
roughness changes, and the whole figure one of displacements along its normals, which inner and
outer layers share, so that they move together. The dressed figure is rendered differentiably in
poses, under random light, before random grounds, from cameras of the whole figure, of the face and
from behind, each with its own words. What is changed pays for its size and for its unevenness. The
result is baked into the textures and added to the vertices; topology, UVs, weights, bones and face
shapes stay as they are.

Cannot do: paint finer than a lattice's nodes; see hair cards as hair, which are shown as solid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn

from gen3d.figures.lattice import Box, read, unevenness
from gen3d.figures.photo import Look, Posed, Shot, cameras, look_of, pose
from gen3d.guidance.term import Sight, Term
from gen3d.loop import Plan, train
from gen3d.progress import OnStep, silent
from gen3d.render.mesh import PerVertex, Surface, render_mesh
from gen3d.render.shot import picture, random_background
from gen3d.render.silhouette import Edges, edges_of
from gen3d.render.studio import random_light, to_linear, to_srgb
from gen3d.render.views import Views
from gen3d.types import Character, Material, Part, Skeleton, Texture
from gen3d.wardrobe.texels import dilate, enlarge, rasterise

STILL = frozenset({"eye", "lash", "mouth"})
"""Parts that are not painted."""
HAIRY = frozenset({"hair", "beard", "brow"})
"""Parts whose cards share texels, so that one change serves all of a region."""
NODES = (2, 5, 3)
"""Of a region's lattice: deep, high, wide."""
SHAPE_NODES = (3, 12, 6)
COLOUR, ROUGH = 0.09, 0.12
"""Largest change of a channel (sRGB) and of roughness."""
FIXED_COLOUR = 0.03
"""The same where the words name the colour."""
DEPTH = 0.006
"""Largest displacement, metres."""
BAKED_PX = 128
STANCES = ("relaxed", "open", "stride")


@dataclass(frozen=True)
class PaintPlan:
    """How long and how freely."""

    steps: int = 36
    size_px: int = 64
    learning_rate: float = 4e-2
    drift: float = 0.08
    """Price of the mean square change, in units of the largest allowed."""
    smooth: float = 0.4


@dataclass(frozen=True)
class Guidance:
    """What the pictures should please: terms for pictures of all of the figure and for portraits."""

    whole: tuple[Term, ...]
    near: tuple[Term, ...]


class Changes(nn.Module):
    """What a refinement adds to a character, before it is bounded."""

    def __init__(self, regions: int) -> None:
        super().__init__()
        self.tint = nn.Parameter(torch.zeros(regions, 4, *NODES))
        self.shape = nn.Parameter(torch.zeros(1, *SHAPE_NODES))

    def price(self, plan: PaintPlan) -> Float[Tensor, ""]:
        """What being far from the draft and being uneven cost."""
        far = self.tint.square().mean() + self.shape.square().mean()
        return plan.drift * far + plan.smooth * (unevenness(self.tint) + unevenness(self.shape))


@dataclass(frozen=True)
class Canvas:
    """A character as the fit sees it: one mesh, values on its vertices."""

    regions: tuple[str, ...]
    boxes: tuple[Box, ...]
    region: tuple[int, ...]
    """Of each part, -1 where nothing is painted."""
    rows: tuple[slice, ...]
    """Vertices of each part."""
    places: tuple[Float32[Tensor, "verts 3"] | None, ...]
    """Of each painted part in its lattice."""
    albedo: Float32[Tensor, "verts 3"]
    """sRGB."""
    roughness: Float32[Tensor, "verts 1"]
    metallic: Float32[Tensor, "verts 1"]
    limits: tuple[float, ...]
    """Largest change of colour of each region."""
    shape_box: Box
    shape_places: Float32[Tensor, "verts 3"]
    loose: Float32[Tensor, "verts"]
    """0 where nothing is displaced (head, hands, feet), 1 where all may be."""
    faces: Float32[Tensor, "faces 3"]
    stances: tuple[Posed, ...]
    edges: Edges

    def colours(self, changes: Changes) -> tuple[Tensor, Tensor]:
        """Albedo (sRGB) and roughness on the vertices."""
        albedo, roughness = [], []
        for index, rows in enumerate(self.rows):
            colour, rough, place = self.albedo[rows], self.roughness[rows], self.places[index]
            if place is not None:
                number = self.region[index]
                added = tint_at(changes.tint[number], place, self.limits[number])
                colour = (colour + added[:, :3]).clamp(0.0, 1.0)
                rough = (rough + added[:, 3:]).clamp(0.03, 1.0)
            albedo.append(colour)
            roughness.append(rough)
        return torch.cat(albedo), torch.cat(roughness)

    def depth(self, changes: Changes) -> Float[Tensor, "verts"]:
        """Displacement along the normals, metres."""
        return depth_at(changes.shape, self.shape_places) * self.loose


def tint_at(
    nodes: Float[Tensor, "4 deep high wide"], places: Float[Tensor, "points 3"], limit: float
) -> Float[Tensor, "points 4"]:
    """Bounded changes of sRGB and roughness."""
    scale = torch.tensor([limit, limit, limit, ROUGH])
    return torch.tanh(read(nodes, places)) * scale


def depth_at(
    nodes: Float[Tensor, "1 deep high wide"], places: Float[Tensor, "points 3"]
) -> Float[Tensor, "points"]:
    """Bounded displacement, metres."""
    return torch.tanh(read(nodes, places))[:, 0] * DEPTH


def canvas_of(character: Character, fixed: frozenset[str]) -> Canvas:
    """Get a character ready for painting.

    Args:
        character: In rest pose.
        fixed: Garments whose colour the words name.
    """
    parts = character.parts
    names = [_region(part) for part in parts]
    regions = tuple(sorted({name for name in names if name}))
    points = {n: [p.mesh.verts for p, m in zip(parts, names, strict=True) if m == n] for n in regions}
    boxes = tuple(Box.around(np.concatenate(points[name])) for name in regions)
    ends = np.cumsum([0, *(len(p.mesh.verts) for p in parts)])
    looks = [look_of(part.material) for part in parts]
    whole = np.concatenate([p.mesh.verts for p in parts])
    box = Box.around(whole)
    stances = tuple(pose(parts, character.skeleton, stance) for stance in STANCES)
    solid = _solid_faces(stances[0], looks)
    faces = torch.from_numpy(np.ascontiguousarray(stances[0].faces[solid]))
    number = [regions.index(name) if name else -1 for name in names]
    return Canvas(
        regions,
        boxes,
        tuple(number),
        tuple(slice(int(a), int(b)) for a, b in zip(ends[:-1], ends[1:], strict=True)),
        tuple(
            None if n < 0 else _places(boxes[n], part)
            for n, part in zip(number, parts, strict=True)
        ),
        _on_vertices([_albedo(look, part) for look, part in zip(looks, parts, strict=True)]),
        _on_vertices([_flat(look.roughness, p) for look, p in zip(looks, parts, strict=True)]),
        _on_vertices([_flat(look.metallic, p) for look, p in zip(looks, parts, strict=True)]),
        tuple(FIXED_COLOUR if name in fixed else COLOUR for name in regions),
        box,
        box.places(whole),
        torch.cat([_looseness(part, character.skeleton) for part in parts]),
        faces,
        stances,
        edges_of(torch.from_numpy(whole), faces),
    )


def _region(part: Part) -> str:
    return "" if part.slot in STILL else part.slot


def _places(box: Box, part: Part) -> Float32[Tensor, "verts 3"]:
    places = box.places(part.mesh.verts)
    return torch.zeros_like(places) if part.slot in HAIRY else places


def _on_vertices(values: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.concatenate(values).astype(np.float32))


def _flat(value: float, part: Part) -> np.ndarray:
    return np.full((len(part.mesh.verts), 1), value, np.float32)


def _albedo(look: Look, part: Part) -> np.ndarray:
    """sRGB of the texel under each vertex."""
    height, width, _ = look.albedo.shape
    column = np.floor(part.mesh.uvs[:, 0] * width).astype(np.int64) % width
    row = np.floor(part.mesh.uvs[:, 1] * height).astype(np.int64) % height
    return to_srgb(torch.from_numpy(look.albedo[row, column])).numpy()


def _solid_faces(posed: Posed, looks: Sequence[Look]) -> np.ndarray:
    """Faces whose middle is not cut out."""
    kept = np.ones(len(posed.faces), bool)
    for number, look in enumerate(looks):
        if look.alpha is None:
            continue
        mine = np.flatnonzero(posed.part == number)
        middle = posed.uvs[posed.faces[mine]].mean(axis=1)
        height, width = look.alpha.shape
        column = np.floor(middle[:, 0] * width).astype(np.int64) % width
        row = np.floor(middle[:, 1] * height).astype(np.int64) % height
        kept[mine] = look.alpha[row, column] >= look.cutoff
    return kept


_STIFF = ("head", "neck", "hand", "foot", "toe", "thumb", "index", "middle", "ring", "little")


def _looseness(part: Part, skeleton: Skeleton) -> Float32[Tensor, "verts"]:
    """How far a vertex follows joints of the trunk and of the upper limbs."""
    free = np.array(
        [not any(word in name.lower() for word in (*_STIFF, "eye", "jaw")) for name in skeleton.names]
    )
    if part.slot in {*STILL, *HAIRY}:
        return torch.zeros(len(part.mesh.verts))
    share = (part.skin.weights * free[part.skin.joints]).sum(axis=1)
    return torch.from_numpy((share**2).astype(np.float32))


def paint(
    character: Character,
    guidance: Guidance,
    fixed: frozenset[str],
    plan: PaintPlan,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
) -> Character:
    """Fit changes and bake them.

    Args:
        character: The draft, in rest pose.
        guidance: What pictures should please.
        fixed: Garments whose colour the words name.
        plan: How long and how freely.
        seed: Of cameras, light, grounds and stances.
        folder: Of the checkpoint.
        on_step: Told after each step.

    Raises:
        Gen3dError: The loss stopped being a number.
    """
    canvas = canvas_of(character, fixed)
    changes = Changes(len(canvas.regions))

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        total = changes.price(plan)
        progress = step / plan.steps
        for terms, shots in ((guidance.whole, _whole), (guidance.near, _near)):
            sight = _sight(canvas, changes, shots(generator), plan.size_px, generator)
            for term in terms:
                total = total + term(sight, progress, generator).loss
        return {"loss": total}

    recipe = Plan(
        steps=plan.steps,
        learning_rate=plan.learning_rate,
        seed=seed,
        warmup=3,
        weight_decay=0.0,
        mean_decay=0.0,
        checkpoint_s=20.0,
        log_every=10,
        final_share=0.1,
    )
    train(changes, loss, recipe, folder, on_step)
    return baked(character, canvas, changes)


def _drawn(low: float, high: float, generator: torch.Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=generator))


def _whole(generator: torch.Generator) -> list[Shot]:
    """The front half and the back half."""
    return [
        Shot("full", _drawn(-80.0, 80.0, generator), _drawn(-5.0, 25.0, generator)),
        Shot("full", _drawn(110.0, 250.0, generator), _drawn(-5.0, 25.0, generator)),
    ]


def _near(generator: torch.Generator) -> list[Shot]:
    """The face or the bust."""
    frame = "face" if _drawn(0.0, 1.0, generator) < 0.5 else "bust"
    return [Shot(frame, _drawn(-45.0, 45.0, generator), _drawn(-5.0, 15.0, generator))]


def _sight(
    canvas: Canvas,
    changes: Changes,
    shots: Sequence[Shot],
    size_px: int,
    generator: torch.Generator,
) -> Sight:
    """Differentiable pictures in one stance, light and ground."""
    pick = int(torch.randint(len(canvas.stances), (), generator=generator))
    posed = canvas.stances[pick]
    normals = torch.from_numpy(posed.normals)
    verts = torch.from_numpy(posed.verts) + canvas.depth(changes)[:, None] * normals
    views = _joined(cameras(posed, shots, size_px))
    albedo, roughness = canvas.colours(changes)
    surface = Surface(
        albedo=PerVertex(to_linear(albedo)),
        roughness=PerVertex(roughness),
        metallic=PerVertex(canvas.metallic),
        normals=PerVertex(normals),
    )
    light = random_light(len(views), generator)
    shot = render_mesh(verts, canvas.faces, views, light, surface, edges=canvas.edges)
    ground = random_background(len(views), size_px, size_px, generator)
    return Sight(picture(shot, ground), views)


def _joined(views: Sequence[Views]) -> Views:
    first = views[0]
    return Views(
        torch.cat([v.T_world_camera for v in views]),
        torch.cat([v.fov_y for v in views]),
        first.height_px,
        first.width_px,
        torch.cat([v.azimuth_deg for v in views]),
        torch.cat([v.elevation_deg for v in views]),
    )


@torch.no_grad()
def baked(character: Character, canvas: Canvas, changes: Changes) -> Character:
    """The character with the changes in its textures and vertices."""
    depth = canvas.depth(changes).numpy()
    parts: list[Part] = []
    known: dict[int, Texture] = {}
    for index, part in enumerate(character.parts):
        rows = canvas.rows[index]
        moved = part.mesh.verts + depth[rows, None] * part.mesh.normals
        mesh = replace(part.mesh, verts=moved.astype(np.float32))
        number = canvas.region[index]
        shown = replace(part, mesh=mesh)
        if number >= 0:
            tint = _tinter(changes.tint[number], canvas.boxes[number], canvas.limits[number], part)
            shown = replace(shown, material=_repainted(part, tint, known))
        parts.append(shown)
    return replace(character, parts=tuple(parts))


Tinter = Callable[[int], Float32[np.ndarray, "side side 4"]]


def _tinter(nodes: Tensor, box: Box, limit: float, part: Part) -> Tinter:
    """Changes as a picture over a part's UVs, of any side."""

    def tint(side: int) -> Float32[np.ndarray, "side side 4"]:
        if part.slot in HAIRY:
            one = tint_at(nodes, torch.zeros(1, 3), limit).numpy()
            return np.broadcast_to(one.reshape(1, 1, 4), (side, side, 4)).astype(np.float32)
        small = min(BAKED_PX, side)
        texels = rasterise(part.mesh.uvs, part.mesh.faces, small)
        places = box.places(texels.sample(part.mesh.verts))
        picture = texels.spread(tint_at(nodes, places, limit).numpy())
        return enlarge(dilate(picture, texels.mask, 12), side // small)

    return tint


def _repainted(part: Part, tint: Tinter, known: dict[int, Texture]) -> Material:
    """The material in changed pictures; what several parts share is painted once."""
    material = part.material
    colour, packed = material.base_color_texture, material.metallic_roughness_texture
    if colour is not None:
        colour = _painted(colour, tint, known, (0, 1, 2))
    if packed is not None:
        packed = _painted(packed, tint, known, (3,))
    return replace(material, base_color_texture=colour, metallic_roughness_texture=packed)


def _painted(
    texture: Texture, tint: Tinter, known: dict[int, Texture], channels: tuple[int, ...]
) -> Texture:
    """Colour takes changes 0 to 2 into its first channels; roughness takes 3 into its second."""
    if id(texture) in known:
        return known[id(texture)]
    height, width = texture.pixels.shape[:2]
    if height != width:
        return texture
    added = tint(width)[..., channels] * 255.0
    at = slice(0, 3) if len(channels) == 3 else slice(1, 2)
    pixels = texture.pixels.copy()
    pixels[..., at] = np.clip(np.rint(pixels[..., at] + added), 0.0, 255.0).astype(np.uint8)
    known[id(texture)] = Texture(texture.name, pixels)
    return known[id(texture)]
