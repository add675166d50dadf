# SPDX-License-Identifier: Apache-2.0
"""Skin of robots and statues: brushed metal with panel lines, bolts and worn edges."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.body.body import ShapedBody
from gen3d.easing import smoothstep
from gen3d.spec import SkinSpec
from gen3d.types import Material, Texture
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.skin_canvas import Canvas
from gen3d.wardrobe.skin_wear import skin_place
from gen3d.wardrobe.texels import dilate, encode_srgb, enlarge, normal_map, to_bytes
from gen3d.wardrobe.weathering import Coat, weathered

_PANEL = 0.115
"""Distance between panel lines, metres."""
_BOLT = 0.0022
"""Radius of a bolt's head, metres."""


def _panel_distance(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Metres to the nearest panel line, and to the nearest bolt beside one."""
    # Lines follow the body's length: heights on trunk and legs, distance out along the arms.
    x, y, z = canvas.points.T
    arm = canvas.fields["outer_arm"] + canvas.fields["hand"] > 0.35
    along = np.where(arm, np.abs(x), y)
    row = np.abs((along / _PANEL + 0.5) % 1.0 - 0.5) * _PANEL
    around = np.where(arm, z, x)
    centre = np.abs(around)
    line = np.minimum(row, np.where(arm, np.abs(z + 0.03), centre))
    pitch = 0.035
    across = np.abs((around / pitch) % 1.0 - 0.5) * pitch
    bolt = np.hypot(row - 0.009, across)
    return line, bolt


def _relief(canvas: Canvas, line: np.ndarray, bolt: np.ndarray) -> Float32[np.ndarray, "t"]:
    groove = -6.0e-4 * smoothstep(0.0016, 0.0006, line)
    dome = 5.0e-4 * smoothstep(_BOLT, 0.0005, bolt)
    quiet = 1.0 - np.maximum(canvas.masks["lips"], canvas.fields["face"] * 0.8)
    dents = 6.0e-5 * solid(canvas.points, 0.05, canvas.seed + 51, octaves=2)[:, 0]
    return ((groove + dome) * quiet + dents).astype(np.float32)


def paint(canvas: Canvas, shaped: ShapedBody, skin: SkinSpec, factor: int) -> Material:
    """Paint metal skin; ``skin.tone`` is the colour of the metal, its picture enlarged."""
    coat = _coat(canvas, skin)
    if skin.wear is not None:
        coat = weathered(coat, skin_place(canvas, shaped), skin.wear, "metal")
    covered = canvas.texels.mask
    single = np.stack([coat.rough, coat.metal, coat.height, canvas.texel_size], axis=1)
    stacked = np.concatenate([coat.color, single], axis=1, dtype=np.float32)
    picture = dilate(canvas.texels.spread(stacked), covered)
    full = np.ones_like(picture[..., :1])
    surface = to_bytes(np.concatenate([full, picture[..., 3:5]], axis=-1))
    return Material(
        name="skin",
        roughness=1.0,
        metallic=1.0,
        base_color_texture=Texture(
            "skin_color", encode_srgb(np.clip(enlarge(picture[..., :3], factor), 0.02, 0.95))
        ),
        metallic_roughness_texture=Texture("skin_surface", surface),
        normal_texture=Texture("skin_normal", normal_map(picture[..., 5], picture[..., 6])),
    )


def _coat(canvas: Canvas, skin: SkinSpec) -> Coat:
    """Brushed plates with what years have left on them."""
    line, bolt = _panel_distance(canvas)
    quiet = 1.0 - canvas.fields["face"] * 0.8
    brushed = solid(canvas.points * triple(0.15, 1.0, 1.0), 0.0018, canvas.seed + 52)[:, 0]
    clouds = solid(canvas.points, 0.06, canvas.seed + 53, octaves=4, channels=2)
    wear = smoothstep(0.7, 1.7, clouds[:, 0]) * skin.weathering
    dirt = smoothstep(0.006, 0.0005, line) * quiet * (0.35 + 0.5 * skin.weathering)
    tone = np.array(skin.tone, dtype=np.float32)
    color = tone * (1.0 + 0.05 * brushed + 0.05 * clouds[:, 1])[:, None]
    color = color * (1.0 - 0.75 * dirt)[:, None]
    rust = np.array([0.16, 0.06, 0.025], dtype=np.float32)
    color = color * (1.0 - 0.8 * wear)[:, None] + rust * (0.8 * wear)[:, None]
    rough = np.clip(skin.roughness + 0.05 * brushed + 0.35 * wear + 0.25 * dirt, 0.08, 1.0)
    metal = np.clip(skin.metallic - 0.8 * wear - 0.5 * dirt, 0.0, 1.0)
    return Coat(color, rough, metal, _relief(canvas, line, bolt))
