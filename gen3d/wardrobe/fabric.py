# SPDX-License-Identifier: Apache-2.0
"""Material of a garment: fabric × pattern × hems and wear, on the garment's own atlas.

Every size is in metres on the cloth, so a child's shirt has the stripes of a child's shirt and a
giant's trousers the weave of a giant's. Albedo has no light in it; folds go to the normals.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from gen3d.easing import smoothstep
from gen3d.spec import GarmentSpec
from gen3d.types import Material, Texture
from gen3d.wardrobe.fabric_cloth import Cloth, Print, Weave, cloth_of, repeat
from gen3d.wardrobe.fabric_pattern import PATTERNS
from gen3d.wardrobe.fabric_weave import LOOKS, FabricLook
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.sketch import Note, current, side
from gen3d.wardrobe.texels import dilate, encode_srgb, normal_map, to_bytes
from gen3d.wardrobe.weathering import Coat, place_of, weathered

_GOLD = np.array([0.95, 0.64, 0.21], dtype=np.float32)
"""Reflectance of gold at normal incidence, linear Rec. 709, a little under the handbook value."""
_METAL_FLOOR = 0.32
"""Bare metals reflect at least this much; darker colours are lifted to it."""
_BAND = 0.017
"""Width of a turned hem, metres."""
_STITCH = 0.0042
"""Length of a stitch and its gap, metres."""
_UNDYED = np.array([0.62, 0.60, 0.54], dtype=np.float32)


def _luminance(color: np.ndarray) -> np.ndarray:
    return color @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def _metallic_color(color: np.ndarray, metal: np.ndarray) -> np.ndarray:
    """Lift dark colours to a metal's reflectance, where the surface is metal."""
    bright = _luminance(color)
    lift = np.maximum(_METAL_FLOOR - bright, 0.0) * metal
    return color + lift[:, None]


def _folds(cloth: Cloth, depth: float) -> np.ndarray:
    """Soft creases of worn cloth: long, mostly hanging, finer at the edges."""
    if depth <= 0.0:
        return np.zeros_like(cloth.u)
    hanging = cloth.points * triple(1.0, 0.38, 1.0)
    slack = solid(hanging, 0.075, cloth.seed + 61, octaves=2, gain=0.35, channels=2)
    # A quiet sheet with a crease here and there, not crumpled all over.
    ridge = np.exp(-((slack[:, 0] / 0.55) ** 2)) * smoothstep(-0.3, 1.2, slack[:, 1])
    return depth * (0.35 * slack[:, 0] + 0.9 * ridge) * smoothstep(0.0, 0.03, cloth.hem)


def _hem(cloth: Cloth, look: FabricLook) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Height, shade and thread coverage of the turned and stitched edge."""
    if not look.seam:
        rim = smoothstep(0.006, 0.001, cloth.hem)
        return 8e-4 * rim, 1.0 - 0.08 * rim, np.zeros_like(rim)
    pucker = 0.0008 * solid(cloth.points, 0.02, cloth.seed + 62)[:, 0]
    inside = _BAND - cloth.hem
    band = smoothstep(-0.0012, 0.0012, inside)
    step = smoothstep(0.0045, 0.0, np.abs(inside))
    line = np.abs(cloth.hem - (_BAND - 0.0035)) + 0.0 * pucker
    dash = np.abs(repeat(cloth.u + cloth.v, _STITCH)) < 0.34 * _STITCH
    seen = cloth.resolves(0.0032)
    thread = smoothstep(0.0012, 0.0005, line) * np.where(dash, 1.0, 0.25) * seen
    height = 5e-4 * band + 2.5e-4 * thread - 2.5e-4 * step + pucker * band * 0.4
    return height, 1.0 - 0.05 * band - 0.10 * step, thread


def _thread_color(spec: GarmentSpec, color: np.ndarray) -> np.ndarray:
    """Denim is sewn with orange thread, everything else tone in tone."""
    if spec.fabric == "denim":
        return np.broadcast_to(triple(0.42, 0.20, 0.05), color.shape)
    return np.where(_luminance(color)[:, None] > 0.25, color * 0.72, color * 1.3 + 0.015)


def _color(
    cloth: Cloth, spec: GarmentSpec, weave: Weave, pattern: Print, metal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Linear colour of the garment, and the relief of its hems."""
    look = LOOKS[spec.fabric]
    color = pattern.color
    if spec.fabric == "gold":
        color = 0.2 * color + 0.8 * _GOLD
    if spec.fabric == "denim":
        color = color * 0.9
    bleach = np.broadcast_to(weave.bleach, cloth.u.shape)[:, None]
    color = color * (1.0 - bleach) + (0.4 * color + 0.6 * _UNDYED) * bleach
    height, shade, thread = _hem(cloth, look)
    rub = solid(cloth.points, 0.05, cloth.seed + 63, octaves=3)[:, 0]
    worn = smoothstep(0.012, 0.0, cloth.hem) * smoothstep(-0.5, 1.5, rub)
    color = _metallic_color(color * (weave.shade * shade)[:, None], metal)
    wear = (0.22 * worn)[:, None]
    color = color * (1.0 - wear) + (color * 0.6 + 0.22) * wear
    stitched = thread[:, None]
    return color * (1.0 - stitched) + _thread_color(spec, color) * stitched, height


def _surface(
    cloth: Cloth, spec: GarmentSpec, weave: Weave, pattern: Print
) -> Float[np.ndarray, "t"]:
    look = LOOKS[spec.fabric]
    base = spec.roughness if spec.roughness is not None else look.roughness
    smear = solid(cloth.points, 0.10, cloth.seed + 64, octaves=3)[:, 0]
    rough = base + 0.5 * (0.4 + base) * weave.rough + 0.02 * smear
    if look.metallic < 0.5:
        rough = rough * (1.0 - pattern.metal) + 0.3 * pattern.metal
    return np.clip(rough, 0.04, 1.0)


def paint_fabric(  # noqa: PLR0917 - a garment as it is measured, in one order for all callers
    garment: GarmentSpec,
    uvs: Float[np.ndarray, "verts 2"],
    faces: Int[np.ndarray, "faces 3"],
    coords: Float[np.ndarray, "verts 2"],
    positions: Float[np.ndarray, "verts 3"],
    hem: Float[np.ndarray, "verts"],
    name: str,
    seed: int,
    size_px: int = 1024,
) -> Material:
    """Paint a garment.

    Args:
        garment: Colours, pattern, fabric; roughness and metalness, when given, win over its own.
        uvs: Unique atlas of the garment, origin top-left.
        faces: Triangles.
        coords: Cloth coordinates, metres: u around the body, v along the cloth.
        positions: Rest positions, metres.
        hem: Distance to the nearest edge of the cloth, metres.
        name: Name of the material and its textures.
        seed: Same seed, same bytes.
        size_px: Side of all three textures.
    """
    cloth = cloth_of(uvs, faces, coords, positions, hem, seed, side(size_px))
    sketch = current()
    if sketch is not None:
        sketch.notes[name] = Note(garment, lambda other: _paint(cloth, other, name))
    return _paint(cloth, garment, name)


def _paint(cloth: Cloth, garment: GarmentSpec, name: str) -> Material:
    look = LOOKS[garment.fabric]
    weave = look.weave(cloth)
    pattern = PATTERNS[garment.pattern](cloth, garment)
    bare = garment.metallic if garment.metallic is not None else look.metallic
    metal = np.maximum(np.float32(bare), pattern.metal)
    color, hem_height = _color(cloth, garment, weave, pattern, metal)
    rough = _surface(cloth, garment, weave, pattern)
    height = weave.height * (1.0 - pattern.metal) + pattern.height + hem_height
    height = height + _folds(cloth, look.folds)
    coat = Coat(color, rough, np.broadcast_to(metal, rough.shape), height)
    if garment.wear is not None and cloth.vertices is not None:
        place = place_of(cloth.texels, cloth.vertices[:, :3], cloth.vertices[:, 3], cloth.seed)
        coat = weathered(coat, place, garment.wear, garment.fabric)
    single = (coat.rough, coat.metal, coat.height, cloth.texel_size)
    columns = [coat.color, *(values[:, None] for values in single)]
    stacked = np.concatenate(columns, axis=1).astype(np.float32)
    picture = dilate(cloth.texels.spread(stacked), cloth.texels.mask)
    return _material(name, cloth, picture, pattern.alpha)


def _material(
    name: str, cloth: Cloth, picture: Float[np.ndarray, "h w 7"], alpha: Float[np.ndarray, "t"]
) -> Material:
    """Pack channels: colour (3), roughness, metalness, height, texel size."""
    pixels = encode_srgb(np.clip(picture[..., :3], 0.004, 0.95))
    holes = bool((alpha < 0.999).any())
    if holes:
        opacity = cloth.texels.spread(alpha[:, None].astype(np.float32), fill=1.0)
        pixels = np.concatenate([pixels, to_bytes(opacity)], axis=-1)
    surface = np.concatenate([np.ones_like(picture[..., :1]), picture[..., 3:5]], axis=-1)
    return Material(
        name=name,
        roughness=1.0,
        metallic=1.0 if picture[..., 4].any() else 0.0,
        base_color_texture=Texture(f"{name}_color", pixels),
        metallic_roughness_texture=Texture(f"{name}_surface", to_bytes(surface)),
        normal_texture=Texture(f"{name}_normal", normal_map(picture[..., 5], picture[..., 6])),
        double_sided=True,
        alpha_mode="MASK" if holes else "OPAQUE",
    )
