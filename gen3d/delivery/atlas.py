# SPDX-License-Identifier: Apache-2.0
"""Many materials as few: whole pictures side by side on one sheet, UVs moved accordingly.

UVs of our parts lie within 0 and 1, so a picture needs no unwrapping again: it becomes a square
cell of the sheet, sized by how much surface it covers, and its factors are multiplied in. Opaque,
cut-out and blended surfaces stay apart, since engines draw them differently; with one material
allowed, everything is cut out. Sheets are powers of two, and so are cells, which fill the sheet
without gaps; a margin of the edge's own texels keeps neighbours out of the first mipmaps.

What it cannot do: repeat a picture (UVs beyond 0 and 1 are refused), or put emission on a sheet: it
is a factor, so glowing parts keep a material of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import PIL.Image
from jaxtyping import Float32, UInt8

from gen3d.errors import Gen3dError
from gen3d.types import AlphaMode, Character, Material, Mesh, Part, Texture

_MARGIN_PX = 4
_LEAST_CELL_PX = 16
"""What even the smallest part is given while there is room …"""
_LEAST_SIDE_PX = 4
"""… and where there is none."""
_UV_SLACK = 1e-3
_FLAT_NORMAL = (128, 128, 255)


@dataclass(frozen=True)
class _Cell:
    """Where a material's pictures go, in pixels of the sheet."""

    left: int
    top: int
    side: int


@dataclass(frozen=True)
class _Sheet:
    """The materials of one kind and their cells."""

    name: str
    mode: AlphaMode
    materials: tuple[Material, ...]
    cells: tuple[_Cell, ...]
    side: int


def atlased(character: Character, side_px: int, materials: int) -> Character:
    """The character with one material for each kind of surface, parts joined accordingly.

    Args:
        character: Whom.
        side_px: Side of the largest sheet; others get what their surface needs.
        materials: How many are allowed; with one, everything is cut out.

    Raises:
        Gen3dError: A picture is repeated beyond 0 and 1.
    """
    _require_unit(character.parts)
    by_kind: dict[tuple[AlphaMode, tuple[float, float, float]], list[Part]] = {}
    for part in character.parts:
        mode = "MASK" if materials == 1 else part.material.alpha_mode
        glow = (0.0, 0.0, 0.0) if materials == 1 else part.material.emissive
        by_kind.setdefault((mode, glow), []).append(part)
    area = {kind: sum(map(_area, parts)) for kind, parts in by_kind.items()}
    widest = max(area.values())
    joined: list[Part] = []
    for (mode, glow), parts in by_kind.items():
        share = area[mode, glow] / widest
        side = side_px if share > 0.5 else max(side_px // 2, 64)
        joined += _joined(_sheeted(parts, mode, glow, side))
    return replace(character, parts=tuple(joined))


def _require_unit(parts: Sequence[Part]) -> None:
    for part in parts:
        low, high = float(part.mesh.uvs.min()), float(part.mesh.uvs.max())
        if low < -_UV_SLACK or high > 1.0 + _UV_SLACK:
            raise Gen3dError(
                f"The UVs of {part.name!r} run from {low:.2f} to {high:.2f}: it repeats a picture.",
                "Bake it to UVs within 0 and 1 first.",
            )


def _sheeted(
    parts: Sequence[Part], mode: AlphaMode, glow: tuple[float, float, float], side: int
) -> list[Part]:
    """The parts with one common material."""
    distinct = list({id(part.material): part.material for part in parts}.values())
    sheet = _laid_out(distinct, parts, mode, side)
    material = _painted(sheet, glow, both_sides=any(m.double_sided for m in distinct))
    cell_of = {id(m): cell for m, cell in zip(distinct, sheet.cells, strict=True)}
    return [
        replace(part, material=material, mesh=_moved(part.mesh, cell_of[id(part.material)], side))
        for part in parts
    ]


def _laid_out(
    materials: Sequence[Material], parts: Sequence[Part], mode: AlphaMode, side: int
) -> _Sheet:
    """Square power-of-two cells in order of falling size: a quadtree fills without gaps.

    Each is as large as its own picture at most, and as its share of the surface asks for; the
    largest are halved until all fit.
    """
    wanted: list[float] = []
    for material in materials:
        area = sum(_area(part) * _attention(part) for part in parts if part.material is material)
        wanted.append(max(area, 1e-9))
    own = [_own_side(material) for material in materials]
    scale = side * np.sqrt(1.0 / sum(wanted))
    sides = [
        min(o, 1 << round(float(np.log2(max(scale * np.sqrt(w), _LEAST_CELL_PX)))), side)
        for o, w in zip(own, wanted, strict=True)
    ]
    sides = _filled(sides, own, wanted, side)
    order = sorted(range(len(sides)), key=lambda index: -sides[index])
    corner = 0
    cells: dict[int, _Cell] = {}
    for index in order:
        left, top = _along_z(corner)
        cells[index] = _Cell(left, top, sides[index])
        corner += sides[index] ** 2
    placed = tuple(cells[index] for index in range(len(sides)))
    name = {"OPAQUE": "Opaque", "MASK": "Cutout", "BLEND": "Blend"}[mode]
    return _Sheet(name, mode, tuple(materials), placed, side)


def _filled(
    sides: Sequence[int], own: Sequence[int], wanted: Sequence[float], side: int
) -> list[int]:
    """Halve cells until all fit, then double those that are worst off while there is room."""
    sides = list(sides)
    room = side * side

    def worth(index: int) -> float:
        return wanted[index] / sides[index] ** 2

    while sum(s * s for s in sides) > room:
        able = [i for i, s in enumerate(sides) if s > _LEAST_SIDE_PX] or range(len(sides))
        sides[min(able, key=lambda i: (worth(i), -sides[i]))] //= 2
    while True:
        free = room - sum(s * s for s in sides)
        able = [i for i, s in enumerate(sides) if 2 * s <= own[i] and 3 * s * s <= free]
        if not able:
            return sides
        sides[max(able, key=worth)] *= 2


def _along_z(corner: int) -> tuple[int, int]:
    """Pixel at which a Z-order curve has covered so many pixels."""
    left = top = 0
    for bit in range(16):
        left |= (corner >> (2 * bit) & 1) << bit
        top |= (corner >> (2 * bit + 1) & 1) << bit
    return left, top


def _own_side(material: Material) -> int:
    textures = (
        material.base_color_texture,
        material.metallic_roughness_texture,
        material.normal_texture,
    )
    sides = [max(texture.pixels.shape[:2]) for texture in textures if texture is not None]
    return max([*sides, _LEAST_CELL_PX])


def _area(part: Part) -> float:
    a, b, c = np.moveaxis(part.mesh.verts[part.mesh.faces].astype(np.float64), 1, 0)
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def _attention(part: Part) -> float:
    """Skin and eyes are looked at closely; what lies inside the mouth is not."""
    return {"body": 4.0, "eye": 6.0, "hair": 0.5, "mouth": 0.5}.get(part.slot, 1.0)


def _moved(mesh: Mesh, cell: _Cell, side: int) -> Mesh:
    margin = _margin(cell)
    inner = cell.side - 2 * margin
    start = np.array([cell.left + margin, cell.top + margin], dtype=np.float64)
    uvs: Float32[np.ndarray, "verts 2"] = (
        (start + np.clip(mesh.uvs, 0.0, 1.0) * inner) / side
    ).astype(np.float32)
    return replace(mesh, uvs=uvs)


def _margin(cell: _Cell) -> int:
    return min(_MARGIN_PX, cell.side // 8)


def _painted(sheet: _Sheet, glow: tuple[float, float, float], *, both_sides: bool) -> Material:
    pages = [_pages(material, cell, sheet.mode) for material, cell in _pairs(sheet)]
    channels = 3 if sheet.mode == "OPAQUE" else 4
    return Material(
        name=f"{sheet.name}Atlas",
        metallic=1.0,
        roughness=1.0,
        emissive=glow,
        base_color_texture=_composed(sheet, pages, "color", channels),
        metallic_roughness_texture=_composed(sheet, pages, "surface", 3),
        normal_texture=_composed(sheet, pages, "normal", 3) if _has_relief(sheet) else None,
        double_sided=both_sides,
        alpha_mode=sheet.mode,
    )


def _pairs(sheet: _Sheet) -> list[tuple[Material, _Cell]]:
    return list(zip(sheet.materials, sheet.cells, strict=True))


def _has_relief(sheet: _Sheet) -> bool:
    return any(material.normal_texture is not None for material in sheet.materials)


def _composed(
    sheet: _Sheet, pages: Sequence[Mapping[str, np.ndarray]], key: str, channels: int
) -> Texture:
    ground = (
        _FLAT_NORMAL if key == "normal" else (255, 255, 0)[:3] if key == "surface" else (0,) * 4
    )
    pixels: UInt8[np.ndarray, "height width channels"] = np.tile(
        np.array(ground[:channels], dtype=np.uint8), (sheet.side, sheet.side, 1)
    )
    for page, cell in zip(pages, sheet.cells, strict=True):
        rows = slice(cell.top, cell.top + cell.side)
        pixels[rows, cell.left : cell.left + cell.side] = page[key][..., :channels]
    return Texture(f"{sheet.name}Atlas_{key}", pixels)


def _pages(material: Material, cell: _Cell, mode: AlphaMode) -> dict[str, np.ndarray]:
    """Pictures of one material with its factors in, as large as its cell."""
    color = _cell_picture(material.base_color_texture, (255, 255, 255, 255), cell)
    surface = _cell_picture(material.metallic_roughness_texture, (255, 255, 255), cell)
    normal = _cell_picture(material.normal_texture, _FLAT_NORMAL, cell)
    return {
        "color": _tinted(color, material, mode),
        "surface": np.stack(
            [
                np.full(surface.shape[:2], 255, np.uint8),
                _times(surface[..., 1], material.roughness),
                _times(surface[..., 2], material.metallic),
            ],
            axis=-1,
        ),
        "normal": normal[..., :3],
    }


def _times(values: np.ndarray, factor: float) -> np.ndarray:
    return np.clip(np.round(values * factor), 0, 255).astype(np.uint8)


def _tinted(color: np.ndarray, material: Material, mode: AlphaMode) -> np.ndarray:
    """Colour times its linear factor, alpha as the sheet's mode understands it."""
    rgb, alpha = color[..., :3], color[..., 3:].astype(np.float64) * material.base_color[3]
    if any(abs(factor - 1.0) > 1e-6 for factor in material.base_color[:3]):
        light = np.where(rgb > 10, ((rgb / 255.0 + 0.055) / 1.055) ** 2.4, rgb / 255.0 / 12.92)
        light = np.clip(light * np.array(material.base_color[:3]), 0.0, 1.0)
        shown = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
        rgb = np.round(shown * 255.0).astype(np.uint8)
    if material.alpha_mode == "OPAQUE":
        alpha = np.full_like(alpha, 255.0)
    elif mode == "MASK" and material.alpha_mode == "MASK":
        # One sheet has one threshold, a half: each picture's own is moved there.
        alpha = alpha * 0.5 / max(material.alpha_cutoff, 1e-3)
    return np.concatenate([rgb, np.clip(np.round(alpha), 0, 255).astype(np.uint8)], axis=-1)


def _cell_picture(
    texture: Texture | None, blank: tuple[int, ...], cell: _Cell
) -> UInt8[np.ndarray, "side side channels"]:
    """A picture scaled into its cell, the margin filled with the texels at its edge."""
    margin = _margin(cell)
    inner = cell.side - 2 * margin
    if texture is None:
        return np.tile(np.array(blank, dtype=np.uint8), (cell.side, cell.side, 1))
    pixels = resized(texture.pixels, (inner, inner))
    if pixels.shape[2] < len(blank):
        opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
        pixels = np.concatenate([pixels, opaque], axis=2)
    inside = np.clip(np.arange(cell.side) - margin, 0, inner - 1)
    return pixels[np.ix_(inside, inside)]


def resized(
    pixels: UInt8[np.ndarray, "_ _ channels"], size: tuple[int, int]
) -> UInt8[np.ndarray, "_ _ channels"]:
    """A picture in another size (height, width), each new texel the mean of what it covers."""
    if pixels.shape[:2] == size:
        return pixels
    bands = [
        np.asarray(
            PIL.Image.fromarray(np.ascontiguousarray(pixels[..., k])).resize(
                (size[1], size[0]),
                PIL.Image.Resampling.BOX
                if size[0] <= pixels.shape[0]
                else PIL.Image.Resampling.BILINEAR,
            )
        )
        for k in range(pixels.shape[2])
    ]
    return np.stack(bands, axis=-1)


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Parts of one material as one part."""
    if len(parts) == 1:
        return list(parts)
    names = list(dict.fromkeys(name for part in parts for name in part.morphs))
    starts = np.cumsum([0, *(len(part.mesh.verts) for part in parts)])
    faces = [part.mesh.faces + start for part, start in zip(parts, starts, strict=False)]
    first = parts[0]
    return [
        replace(
            first,
            name=first.material.name.removesuffix("Atlas"),
            mesh=Mesh(
                verts=np.concatenate([part.mesh.verts for part in parts]),
                faces=np.concatenate(faces).astype(np.int32),
                normals=np.concatenate([part.mesh.normals for part in parts]),
                uvs=np.concatenate([part.mesh.uvs for part in parts]),
            ),
            skin=replace(
                first.skin,
                joints=np.concatenate([part.skin.joints for part in parts]),
                weights=np.concatenate([part.skin.weights for part in parts]),
            ),
            morphs={
                name: np.concatenate(
                    [part.morphs.get(name, np.zeros_like(part.mesh.verts)) for part in parts]
                )
                for name in names
            },
        )
    ]
