# SPDX-License-Identifier: Apache-2.0
"""Photographs of dressed figures under the studio light: cheap ones, many from one body.

The same shading as everything that towers look at (:mod:`gen3d.render.studio`). Textures are small,
without normal maps; hair and rags let rays through where they are cut out. A picture is straight
alpha and sRGB, four rays a pixel. No shadows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Float32, Int32, UInt8
from scipy.sparse import csr_matrix, vstack

from gen3d.figures.stance import STANCES, USUAL, stance_matrices
from gen3d.render.photo import SAMPLES, reduced
from gen3d.render.raycast import Hits, Tracer, select
from gen3d.render.skinning import influence_matrix, pose_vertices
from gen3d.render.studio import StudioLight, default_light, lit_alike, shade, to_srgb
from gen3d.render.views import Views, orbit, rays
from gen3d.types import Material, Part, Skeleton, Texture

SIDE_PX = 128
"""Largest side of the textures that photographs look up."""
ATLAS_PX = 1024
"""The same where one texture holds a whole figure."""
LAYERS = 4
"""Cut-out sheets that a ray may pass."""
FOV_DEG = 30.0
_STEP = np.float32(2e-4)


@dataclass(frozen=True)
class Look:
    """What a part is made of, small."""

    albedo: Float32[np.ndarray, "height width 3"]
    """Linear."""
    alpha: Float32[np.ndarray, "height width"] | None
    cutoff: float
    roughness: float
    metallic: float


@dataclass(frozen=True)
class Posed:
    """A figure in a stance, ready for many pictures in many looks."""

    verts: Float32[np.ndarray, "verts 3"]
    normals: Float32[np.ndarray, "verts 3"]
    uvs: Float32[np.ndarray, "verts 2"]
    faces: Int32[np.ndarray, "faces 3"]
    part: Int32[np.ndarray, "faces"]
    head: Float32[np.ndarray, "3"]
    """The head's joint."""
    chest: Float32[np.ndarray, "3"]
    """The upper chest's joint."""
    low: Float32[np.ndarray, "3"]
    """Corners of the box around it."""
    high: Float32[np.ndarray, "3"]
    trees: dict[bytes, tuple[Tracer, np.ndarray, np.ndarray]] = field(
        default_factory=dict[bytes, tuple[Tracer, np.ndarray, np.ndarray]]
    )
    """Of those choices of parts that were looked at: tree, faces and their parts."""


@dataclass(frozen=True)
class Shot:
    """Where a camera stands: what it frames, and from which side."""

    frame: str
    """``full``, ``bust`` or ``face``."""
    azimuth_deg: float
    elevation_deg: float = 6.0
    zoom: float = 1.0
    """Above 1 shows more around."""


def pose(
    parts: Sequence[Part],
    skeleton: Skeleton,
    stance: str = USUAL,
    shake: np.random.Generator | None = None,
) -> Posed:
    """Put parts into a stance."""
    return posed_by(parts, skeleton, stance_matrices(skeleton, STANCES[stance], shake))


def posed_by(
    parts: Sequence[Part], skeleton: Skeleton, matrices: Float32[np.ndarray, "joints 3 4"]
) -> Posed:
    """Put parts where skinning matrices carry them."""
    count = len(skeleton.names)
    weights = csr_matrix(vstack([influence_matrix(p.skin, count) for p in parts]))
    rest = np.concatenate([p.mesh.verts for p in parts])
    across = np.concatenate([p.mesh.normals for p in parts])
    verts, normals = pose_vertices(weights, matrices, rest, across)
    starts = np.cumsum([0, *(len(p.mesh.verts) for p in parts[:-1])])
    faces = np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts, strict=True)])
    faces = faces.astype(np.int32)
    number = np.repeat(np.arange(len(parts), dtype=np.int32), [len(p.mesh.faces) for p in parts])
    head, chest = (_moved(skeleton, matrices, name) for name in ("head", "upperChest"))
    uvs = np.concatenate([p.mesh.uvs for p in parts])
    low, high = verts.min(axis=0), verts.max(axis=0)
    return Posed(verts, normals, uvs, faces, number, head, chest, low, high)


def _moved(skeleton: Skeleton, matrices: np.ndarray, name: str) -> Float32[np.ndarray, "3"]:
    joint = skeleton.index(name)
    matrix = matrices[joint]
    return (matrix[:, :3] @ skeleton.positions[joint] + matrix[:, 3]).astype(np.float32)


def look_of(material: Material, side_px: int = SIDE_PX) -> Look:
    """A material, small."""
    factor = np.array(material.base_color[:3], np.float32)
    colour = _small(material.base_color_texture, side_px)
    alpha = None
    if colour is None:
        albedo = factor.reshape(1, 1, 3)
        if material.alpha_mode != "OPAQUE":
            alpha = np.full((1, 1), material.base_color[3], np.float32)
    else:
        albedo = _linear(colour[..., :3]) * factor
        if material.alpha_mode != "OPAQUE" and colour.shape[-1] == 4:
            alpha = colour[..., 3] * np.float32(material.base_color[3])
    roughness, metallic = material.roughness, material.metallic
    packed = material.metallic_roughness_texture
    if packed is not None:
        seen = packed.pixels.reshape(-1, packed.pixels.shape[-1]).mean(axis=0) / 255.0
        roughness, metallic = roughness * float(seen[1]), metallic * float(seen[2])
    cutoff = material.alpha_cutoff if material.alpha_mode == "MASK" else 0.5
    return Look(albedo.astype(np.float32), alpha, cutoff, roughness, metallic)


def tinted(look: Look, factor: Sequence[float]) -> Look:
    """The same in another colour."""
    return replace(look, albedo=look.albedo * np.array(factor, np.float32))


def _small(texture: Texture | None, side_px: int) -> Float32[np.ndarray, "height width ch"] | None:
    """Values in [0, 1], by means of whole blocks."""
    if texture is None:
        return None
    pixels = texture.pixels
    block = max(1, max(pixels.shape[:2]) // side_px)
    height, width = (size // block for size in pixels.shape[:2])
    trimmed = pixels[: height * block, : width * block].astype(np.float32)
    shape = (height, block, width, block, pixels.shape[2])
    return (trimmed.reshape(shape).mean(axis=(1, 3)) / 255.0).astype(np.float32)


def _linear(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def cameras(posed: Posed, shots: Sequence[Shot], size_px: int) -> list[Views]:
    """One camera for each shot."""
    return [_camera(posed, shot, size_px) for shot in shots]


def _camera(posed: Posed, shot: Shot, size_px: int) -> Views:
    target, reach = _framed(posed, shot)
    distance = shot.zoom * reach / np.tan(np.deg2rad(FOV_DEG / 2.0))
    values = (shot.azimuth_deg, shot.elevation_deg, float(distance), FOV_DEG)
    azimuth, elevation, far, fov = (torch.tensor([v], dtype=torch.float32) for v in values)
    return orbit(azimuth, elevation, far, fov, size_px, target=torch.from_numpy(target))


def _framed(posed: Posed, shot: Shot) -> tuple[Float32[np.ndarray, "3"], float]:
    """Middle and half height of what a shot shows."""
    low, high = posed.low, posed.high
    if shot.frame == "full":
        turn = np.deg2rad(shot.azimuth_deg)
        across = abs(np.cos(turn)) * (high[0] - low[0]) + abs(np.sin(turn)) * (high[2] - low[2])
        half = 0.54 * max(float(high[1] - low[1]), 0.95 * float(across))
        return ((low + high) / 2.0).astype(np.float32), half
    span = float(posed.head[1] - posed.chest[1])
    if shot.frame == "bust":
        return posed.chest + np.array([0.0, 0.75 * span, 0.0], np.float32), 2.1 * span
    return posed.head + np.array([0.0, 0.45 * span, 0.0], np.float32), 1.05 * span


def photograph(
    posed: Posed,
    looks: Sequence[Look | None],
    shots: Sequence[Shot],
    size_px: int = 64,
    light: StudioLight | None = None,
) -> UInt8[np.ndarray, "shots size size 4"]:
    """Take pictures.

    Args:
        posed: The figure.
        looks: One for each part; parts without one are not there.
        shots: Where the cameras stand.
        size_px: Side of the pictures.
        light: One setting for each shot; absent: the fixed one.
    """
    bulbs = light or default_light(len(shots))
    tracer, faces, part = _present(posed, looks)
    pictures: list[torch.Tensor] = []
    for index, views in enumerate(cameras(posed, shots, size_px)):
        fine = replace(views, height_px=size_px * SAMPLES, width_px=size_px * SAMPLES)
        origins, directions = (v[0].reshape(-1, 3).numpy().T for v in rays(fine))
        hits, where = _through(tracer, faces, part, posed, looks, origins, directions)
        picture = torch.zeros(origins.shape[1], 4)
        one = lit_alike(bulbs, torch.tensor([index]))
        seen = _shaded(posed, looks, (faces, part), hits, directions[:, where], one)
        picture[torch.from_numpy(where), :3] = seen
        picture[torch.from_numpy(where), 3] = 1.0
        pictures.append(picture.reshape(fine.height_px, fine.width_px, 4))
    return reduced(torch.stack(pictures)).numpy()


def _present(
    posed: Posed, looks: Sequence[Look | None]
) -> tuple[Tracer, Int32[np.ndarray, "faces 3"], Int32[np.ndarray, "faces"]]:
    """The parts that are there, as a tree that is built once for each choice of them."""
    there = np.array([look is not None for look in looks])
    key = there.tobytes()
    if key not in posed.trees:
        kept = there[posed.part]
        faces = np.ascontiguousarray(posed.faces[kept])
        posed.trees[key] = (Tracer(posed.verts, faces), faces, posed.part[kept])
    return posed.trees[key]


def _through(
    tracer: Tracer,
    faces: np.ndarray,
    part: np.ndarray,
    posed: Posed,
    looks: Sequence[Look | None],
    origins: np.ndarray,
    directions: np.ndarray,
) -> tuple[Hits, Int32[np.ndarray, "hits"]]:
    """First hits that are not cut out, and their rays."""
    active = np.arange(origins.shape[1])
    found: list[tuple[Hits, np.ndarray]] = []
    starts = origins.astype(np.float32)
    towards = directions.astype(np.float32)
    for _ in range(LAYERS):
        hits = tracer.nearest(starts[:, active], towards[:, active])
        struck = hits.face >= 0
        hits, active = select(hits, struck), active[struck]
        solid = _solid(posed, faces, part, looks, hits)
        found.append((select(hits, solid), active[solid]))
        passed = ~solid
        if not passed.any():
            break
        on = active[passed]
        starts[:, on] += towards[:, on] * (hits.depth[passed] + _STEP)
        active = on
    where = np.concatenate([rows for _, rows in found]).astype(np.int32)
    joined = Hits(
        np.concatenate([h.face for h, _ in found]),
        np.concatenate([h.barycentrics for h, _ in found], axis=1),
        np.concatenate([h.depth for h, _ in found]),
    )
    return joined, where


def _solid(
    posed: Posed, faces: np.ndarray, part: np.ndarray, looks: Sequence[Look | None], hits: Hits
) -> np.ndarray:
    result = np.ones(len(hits.face), bool)
    owner = part[hits.face]
    for index in np.unique(owner):
        look = looks[index]
        if look is None or look.alpha is None:
            continue
        mine = owner == index
        value = _looked_up(look.alpha[..., None], _at(posed.uvs, faces, select(hits, mine)))
        result[mine] = value[:, 0] >= look.cutoff
    return result


def _at(values: np.ndarray, faces: np.ndarray, hits: Hits) -> np.ndarray:
    return np.einsum("cr,rcx->rx", hits.barycentrics, values[faces[hits.face]])


def _looked_up(picture: np.ndarray, uvs: np.ndarray) -> np.ndarray:
    """Nearest texels; UVs repeat."""
    height, width, _ = picture.shape
    column = np.floor(uvs[:, 0] * width).astype(np.int64) % width
    row = np.floor(uvs[:, 1] * height).astype(np.int64) % height
    return picture[row, column]


def _shaded(
    posed: Posed,
    looks: Sequence[Look | None],
    soup: tuple[np.ndarray, np.ndarray],
    hits: Hits,
    directions: np.ndarray,
    light: StudioLight,
) -> torch.Tensor:
    """Encoded colours of hits."""
    faces, part = soup
    owner, uvs = part[hits.face], _at(posed.uvs, faces, hits)
    normal = _at(posed.normals, faces, hits)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    back = np.einsum("rx,xr->r", normal, directions) > 0.0
    normal[back] *= -1.0
    colour = np.zeros((len(owner), 3), np.float32)
    rough, metal = np.ones(len(owner), np.float32), np.zeros(len(owner), np.float32)
    for index in np.unique(owner):
        look = looks[index]
        if look is None:
            continue
        mine = owner == index
        colour[mine] = _looked_up(look.albedo, uvs[mine])
        rough[mine], metal[mine] = look.roughness, look.metallic
    values = [_batch(v) for v in (colour, normal, -directions.T, rough, metal)]
    return to_srgb(shade(values[0], values[1], values[2], values[3], values[4], light)[0])


def _batch(values: np.ndarray) -> torch.Tensor:
    """The values as one view's tensor."""
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]
