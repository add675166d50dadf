# SPDX-License-Identifier: Apache-2.0
"""What may be painted on a figure, how far, and what is held.

Skin, garments and hair are canvases, one for each material; eyes, teeth, lashes and brows are not.
Paint is added to the draft's own pictures: colour in sRGB, roughness and metalness, each within a
bound. Where words named a colour, and on skin, the mean stays and only its surroundings vary. A
material whose UVs lie over each other (hair cards) can only be tinted as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor, nn

from gen3d.painting.volume import Volume
from gen3d.types import Character, Material, Part
from gen3d.wardrobe.texels import rasterise

CHANNELS = 5
"""Three of colour, roughness, metalness."""
CELLS = (0.3, 0.12, 0.05)
"""Of the grids of paint, metres."""
RELIEF_CELLS = (0.24, 0.1)
_UNPAINTED = frozenset({"eye", "mouth", "lash", "brow"})
_OVERLAP = 1.15
"""Area of the UVs over the area that they cover, from which they lie over each other."""


@dataclass(frozen=True)
class Bounds:
    """Farthest from the draft, shares of one (colours in sRGB)."""

    light: float
    """Of lightness."""
    hue: float
    """Of red against green, and of yellow against blue."""
    roughness: float
    metallic: float
    held: bool = False
    """Whether the mean colour stays."""


SKIN = Bounds(0.05, 0.012, 0.12, 0.04, held=True)
CLOTH = Bounds(0.12, 0.035, 0.2, 0.2)
NAMED = Bounds(0.07, 0.02, 0.15, 0.1, held=True)
HAIR = Bounds(0.08, 0.03, 0.12, 0.03)
NAMED_HAIR = Bounds(0.02, 0.01, 0.12, 0.03, held=True)
_AXES = ((1.0, 1.0, 1.0), (1.0, -1.0, 0.0), (0.5, 0.5, -1.0))
"""Directions in sRGB of what is learned: lightness, red against green, yellow against blue."""


@dataclass(frozen=True)
class Canvas:
    """One material of a figure."""

    parts: tuple[int, ...]
    """Numbers of the parts that it is on."""
    material: Material
    bounds: Bounds
    cells: tuple[float, ...]
    """Empty where only a tint is possible."""


def canvases_of(
    character: Character, coloured: Collection[str], *, hair: bool
) -> tuple[Canvas, ...]:
    """Everything that may be painted.

    Args:
        character: The draft.
        coloured: Kinds of garments whose colour the words name.
        hair: Whether they speak of hair.
    """
    groups: dict[int, list[int]] = {}
    for number, part in enumerate(character.parts):
        if part.slot not in _UNPAINTED:
            texture = part.material.base_color_texture
            groups.setdefault(id(part.material if texture is None else texture), []).append(number)
    return tuple(
        Canvas(
            tuple(numbers),
            character.parts[numbers[0]].material,
            _bounds(character.parts[numbers[0]].slot, coloured, hair=hair),
            () if _stacked([character.parts[n] for n in numbers]) else CELLS,
        )
        for numbers in groups.values()
    )


def _bounds(slot: str, coloured: Collection[str], *, hair: bool) -> Bounds:
    if slot == "body":
        return SKIN
    if slot == "hair":
        return NAMED_HAIR if hair else HAIR
    return NAMED if slot in coloured else CLOTH


def _stacked(parts: Sequence[Part], size_px: int = 256) -> bool:
    """Whether UVs lie over each other, or are not there to be painted on."""
    uvs, faces = joined_uvs(parts)
    if uvs.min() < 0.0 or uvs.max() > 1.0:
        return True
    a, b, c = (uvs[faces[:, corner]].astype(np.float64) for corner in range(3))
    first, second = b - a, c - a
    area = 0.5 * np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum()
    covered = len(rasterise(uvs, faces, size_px).texels) / size_px**2
    return bool(area > _OVERLAP * max(covered, 1e-9))


def joined_uvs(
    parts: Sequence[Part],
) -> tuple[Float32[np.ndarray, "verts 2"], Int64[np.ndarray, "faces 3"]]:
    """UVs and faces of parts together."""
    starts = np.cumsum([0, *(len(p.mesh.verts) for p in parts[:-1])])
    faces = np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts, strict=True)])
    return np.concatenate([p.mesh.uvs for p in parts]), faces.astype(np.int64)


class Paint(nn.Module):
    """All that is learned of a figure.

    Args:
        character: The draft.
        canvases: What may be painted.
    """

    def __init__(self, character: Character, canvases: Sequence[Canvas]) -> None:
        super().__init__()
        self.canvases = tuple(canvases)
        self._places = [_places([character.parts[n] for n in c.parts]) for c in canvases]
        self._areas = [_areas([character.parts[n] for n in c.parts]) for c in canvases]
        volumes = [
            Volume(*_box(places), canvas.cells, CHANNELS)
            for places, canvas in zip(self._places, canvases, strict=True)
        ]
        self.volumes = nn.ModuleList(volumes)
        whole = _places(character.parts)
        self.relief = Volume(*_box(whole), RELIEF_CELLS, 1)

    def change(
        self, number: int, places: Float[Tensor, "points 3"], opened: float = 1.0
    ) -> Float[Tensor, "points 5"]:
        """Red, green, blue, roughness and metalness that are added to a canvas at some places."""
        bounds = self.canvases[number].bounds
        volume = self.volumes[number]
        raw = volume(places, opened)
        colour = raw[:, :3]
        if bounds.held:
            own = volume(self._places[number], opened)[:, :3]
            mean = (self._areas[number][:, None] * own).sum(0)
            colour = (colour - mean).clamp(-1.0, 1.0)
        reach = raw.new_tensor([bounds.light, bounds.hue, bounds.hue])
        finish = raw.new_tensor([bounds.roughness, bounds.metallic])
        shift = (reach * colour) @ raw.new_tensor(_AXES)
        return torch.cat([shift, finish * raw[:, 3:]], dim=1)

    def at_vertices(self, number: int, opened: float = 1.0) -> Float[Tensor, "verts 5"]:
        """The same at the vertices of the canvas's parts."""
        return self.change(number, self._places[number], opened)

    def size(self) -> Float[Tensor, ""]:
        """How far it is from the draft."""
        return torch.stack([volume.size() for volume in self._all()]).mean()

    def unevenness(self) -> Float[Tensor, ""]:
        """How much neighbouring cells differ."""
        return torch.stack([volume.unevenness() for volume in self._all()]).mean()

    def _all(self) -> list[Volume]:
        return [v for v in (*self.volumes, self.relief) if isinstance(v, Volume)]


def painted_verts(character: Character, canvases: Sequence[Canvas]) -> Bool[np.ndarray, "verts"]:
    """Which vertices, of all parts in order, lie on a canvas."""
    on = {number for canvas in canvases for number in canvas.parts}
    sizes = [len(part.mesh.verts) for part in character.parts]
    return np.repeat([number in on for number in range(len(sizes))], sizes)


def _places(parts: Sequence[Part]) -> Float[Tensor, "verts 3"]:
    return torch.from_numpy(np.concatenate([part.mesh.verts for part in parts]))


def _areas(parts: Sequence[Part]) -> Float[Tensor, "verts"]:
    """Share of the surface that belongs to each vertex."""
    found: list[np.ndarray] = []
    for part in parts:
        a, b, c = (part.mesh.verts[part.mesh.faces[:, corner]] for corner in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        count = len(part.mesh.verts)
        found.append(np.bincount(part.mesh.faces.ravel(), np.repeat(area, 3), count))
    whole = np.concatenate(found)
    return torch.from_numpy((whole / max(float(whole.sum()), 1e-12)).astype(np.float32))


def _box(places: Tensor) -> tuple[Tensor, Tensor]:
    return places.amin(0), places.amax(0)
