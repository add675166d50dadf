# SPDX-License-Identifier: Apache-2.0
"""From what was learned to the figure's own pictures and positions, within what must hold.

Each canvas takes as much of its paint as keeps two promises: pictures vary at most
:data:`VARIATION` as much as the draft's, and mean colours stay near where they were, nearest where
words named them. The sculpting takes as much as leaves cloth on the skin's outside. Topology, UVs,
weights, bones and face shapes are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, UInt8
from scipy import ndimage
from torch.nn.functional import interpolate

from gen3d.painting.canvas import CHANNELS, Paint, joined_uvs
from gen3d.painting.relief import REACH, SUNK, Skinned, moved, sunk
from gen3d.perception import ciede2000, to_cielab
from gen3d.render.textures import SRGB_TO_LINEAR, mip_chain
from gen3d.types import Character, Material, Part, Texture
from gen3d.wardrobe.texels import TexelMap, encode_srgb, rasterise

VARIATION = 1.4
"""Most that the total variation of a picture may grow by."""
_QUIET = 0.004
"""Variation of a picture without any detail, which may get a little."""
SHIFT, HELD_SHIFT = 16.0, 3.0
"""CIEDE2000 that a mean colour may move by, and one that was named."""
_SHARES = (1.0, 0.8, 0.6, 0.45, 0.3, 0.15)
_SMALL_PX = 128
_COARSER = 4
"""Sides of the pictures over those on which paint is looked up."""
_SMOOTHEST = 0.04
_NO_CLOTHES = frozenset({"body", "hair", "eye", "lash", "brow", "mouth"})


@dataclass(frozen=True)
class Strengths:
    """How much of what was learned is taken, 0 to 1."""

    colours: tuple[float, ...]
    """Of each canvas."""
    relief: float

    def scaled(self, share: float) -> Strengths:
        """Less of everything that is painted."""
        return Strengths(tuple(share * value for value in self.colours), self.relief)


def strengths_of(character: Character, paint: Paint, body: Skinned) -> Strengths:
    """The most that keeps the promises."""
    colours = [_share_of(character, paint, number) for number in range(len(paint.canvases))]
    relief = _largest(lambda share: _outside(character, paint, body, share))
    return Strengths(tuple(colours), relief)


def _largest(holds: Callable[[float], bool]) -> float:
    return next((share for share in _SHARES if holds(share)), 0.0)


@torch.no_grad()
def painted(character: Character, paint: Paint, strengths: Strengths, body: Skinned) -> Character:
    """The figure with its paint and its relief."""
    parts = list(character.parts)
    for number, canvas in enumerate(paint.canvases):
        material = _material(character, paint, number, strengths.colours[number])
        for index in canvas.parts:
            parts[index] = replace(parts[index], material=material)
    shaped = [
        moved(part, offsets_of(paint, body, part.mesh.verts, strengths.relief)) for part in parts
    ]
    return replace(character, parts=tuple(shaped))


@torch.no_grad()
def offsets_of(
    paint: Paint, body: Skinned, places: Float[np.ndarray, "points 3"], share: float = 1.0
) -> Float32[np.ndarray, "points 3"]:
    """How places on the figure at rest are moved, metres."""
    at = torch.from_numpy(places.astype(np.float32))
    amount = (share * REACH) * paint.relief(at).numpy()
    return (amount * body.away(places)).astype(np.float32)


def _outside(character: Character, paint: Paint, body: Skinned, share: float) -> bool:
    clothes = [p.mesh.verts for p in character.parts if p.slot not in _NO_CLOTHES]
    if not clothes:
        return True
    verts = np.concatenate(clothes)
    skin = offsets_of(paint, body, body.points, share)
    return sunk(body, skin, verts, offsets_of(paint, body, verts, share)) <= SUNK


@torch.no_grad()
def _share_of(character: Character, paint: Paint, number: int) -> float:
    """The largest share of a canvas's paint that keeps its promises."""
    canvas = paint.canvases[number]
    texture = canvas.material.base_color_texture
    before = np.full((4, 4, 3), 255, np.uint8)
    if texture is not None:
        chain = mip_chain(texture.pixels, srgb=True)
        before = next(p for p in chain if max(p.shape[:2]) <= _SMALL_PX)[..., :3]
    change, mask = change_map(character, paint, number, before.shape[:2])
    farthest_mean = HELD_SHIFT if canvas.bounds.held else SHIFT
    noisiest = VARIATION * max(variation(before, mask), _QUIET)

    def holds(share: float) -> bool:
        after = _added(before, share * change[..., :3])
        near = colour_distance(before, after, mask) <= farthest_mean
        return near and variation(after, mask) <= noisiest

    return _largest(holds)


def colour_distance(
    before: UInt8[np.ndarray, "height width 3"],
    after: UInt8[np.ndarray, "height width 3"],
    mask: Bool[np.ndarray, "height width"],
) -> float:
    """CIEDE2000 between the mean colours of two pictures."""
    means = [SRGB_TO_LINEAR[picture[mask]].mean(axis=0) for picture in (before, after)]
    return float(ciede2000(to_cielab(means[0]), to_cielab(means[1])))


def variation(
    picture: UInt8[np.ndarray, "height width 3"], mask: Bool[np.ndarray, "height width"]
) -> float:
    """Mean step between neighbouring covered texels, shares of the range."""
    steps: list[np.ndarray] = []
    values = picture.astype(np.float32) / 255.0
    for axis in (0, 1):
        both = np.take(mask, range(1, mask.shape[axis]), axis) & np.take(
            mask, range(mask.shape[axis] - 1), axis
        )
        steps.append(np.abs(np.diff(values, axis=axis))[both].ravel())
    joined = np.concatenate(steps)
    return float(joined.mean()) if len(joined) else 0.0


@torch.no_grad()
def change_map(
    character: Character, paint: Paint, number: int, size: tuple[int, ...]
) -> tuple[Float32[np.ndarray, "height width 5"], Bool[np.ndarray, "height width"]]:
    """What a canvas's paint adds to each texel of a picture, and which texels are on the figure."""
    canvas = paint.canvases[number]
    parts = [character.parts[n] for n in canvas.parts]
    height, width = size[:2]
    if not canvas.cells:
        same = paint.change(number, torch.zeros(1, 3)).numpy()
        whole = np.broadcast_to(same[0], (height, width, CHANNELS)).astype(np.float32)
        return whole, np.ones((height, width), bool)
    side = max(32, max(height, width) // (_COARSER if max(height, width) > 4 * 32 else 1))
    uvs, faces = joined_uvs(parts)
    texels = rasterise(uvs, faces, side)
    if not len(texels.texels):
        return np.zeros((height, width, CHANNELS), np.float32), np.ones((height, width), bool)
    at = texels.sample(np.concatenate([part.mesh.verts for part in parts]))
    change = _filled(texels, paint.change(number, torch.from_numpy(at)).numpy())
    mask = texels.mask
    if side != height or side != width:
        planes = torch.from_numpy(change).permute(2, 0, 1)[None]
        grown = interpolate(planes, (height, width), mode="bilinear", align_corners=False)
        change = grown[0].permute(1, 2, 0).numpy()
        rows, columns = ((np.arange(n) * side) // n for n in (height, width))
        mask = mask[rows[:, None], columns[None]]
    return np.ascontiguousarray(change), mask


def _filled(texels: TexelMap, values: np.ndarray) -> Float32[np.ndarray, "height width channels"]:
    """A picture whose uncovered texels go on with the nearest covered one."""
    picture = texels.spread(values)
    nearest = ndimage.distance_transform_edt(
        ~texels.mask, return_distances=False, return_indices=True
    )
    rows, columns = np.asarray(nearest)
    return picture[rows, columns]


def _material(character: Character, paint: Paint, number: int, share: float) -> Material:
    """A canvas's material with its paint."""
    canvas = paint.canvases[number]
    if share == 0.0:
        return canvas.material
    coloured = _coloured(character, paint, number, share)
    return _finished(coloured, character, paint, number, share)


def _coloured(character: Character, paint: Paint, number: int, share: float) -> Material:
    material = paint.canvases[number].material
    texture = material.base_color_texture
    factor = np.array(material.base_color[:3], np.float32)
    if texture is None:
        change, _ = change_map(character, paint, number, (1, 1))
        tinted = _added(encode_srgb(factor), share * change[0, 0, :3])
        linear = [float(v) for v in SRGB_TO_LINEAR[tinted]]
        return replace(material, base_color=(*linear, material.base_color[3]))
    pixels = texture.pixels
    change, _ = change_map(character, paint, number, pixels.shape[:2])
    own = pixels[..., :3]
    if np.any(factor != 1.0):
        own = encode_srgb(SRGB_TO_LINEAR[own] * factor)
    new = pixels.copy()
    new[..., :3] = _added(own, share * change[..., :3])
    return replace(
        material,
        base_color=(1.0, 1.0, 1.0, material.base_color[3]),
        base_color_texture=Texture(texture.name, new),
    )


def _finished(
    material: Material, character: Character, paint: Paint, number: int, share: float
) -> Material:
    """Roughness and metalness: factors where they are the same everywhere, else a picture."""
    packed = material.metallic_roughness_texture
    if packed is None and not paint.canvases[number].cells:
        change, _ = change_map(character, paint, number, (1, 1))
        rough = float(np.clip(material.roughness + share * change[0, 0, 3], _SMOOTHEST, 1.0))
        metal = float(np.clip(material.metallic + share * change[0, 0, 4], 0.0, 1.0))
        return replace(material, roughness=rough, metallic=metal)
    name, pixels = f"{material.name}_surface", np.full((256, 256, 3), 255, np.uint8)
    if packed is not None:
        name, pixels = packed.name, packed.pixels
    change, _ = change_map(character, paint, number, pixels.shape[:2])
    new = pixels.copy()
    factors = (material.roughness, material.metallic)
    for channel, factor, least in ((1, factors[0], _SMOOTHEST), (2, factors[1], 0.0)):
        value = pixels[..., channel] * np.float32(factor)
        value = value + 255.0 * share * change[..., channel + 2]
        low = np.minimum(255.0 * least, pixels[..., channel] * np.float32(factor))
        new[..., channel] = np.rint(np.clip(value, low, 255.0)).astype(np.uint8)
    return replace(
        material, roughness=1.0, metallic=1.0, metallic_roughness_texture=Texture(name, new)
    )


def _added(
    pixels: UInt8[np.ndarray, "*shape"], change: Float[np.ndarray, "*shape"]
) -> UInt8[np.ndarray, "*shape"]:
    """Bytes and a change of them in shares of the range."""
    total = pixels.astype(np.float32) + np.float32(255.0) * change.astype(np.float32)
    return np.rint(np.clip(total, 0.0, 255.0)).astype(np.uint8)


def farthest(before: Sequence[Part], after: Sequence[Part]) -> float:
    """Farthest that a vertex was moved, metres."""
    pairs = zip(before, after, strict=True)
    return max(float(np.linalg.norm(b.mesh.verts - a.mesh.verts, axis=1).max()) for a, b in pairs)
