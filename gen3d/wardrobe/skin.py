# SPDX-License-Identifier: Apache-2.0
"""Skin for the body's UV layout: albedo without light in it, roughness, and a normal map.

Colour is mixed in absorbance (the negative logarithm of albedo), where pigments add: blood takes
green and blue, melanin most of blue (Jimenez et al. 2010, "A practical appearance model for dynamic
facial color", which separates the same two chromophores). Slow fields are computed at half size and
enlarged, fine ones at full size. Metal skins are in :mod:`gen3d.wardrobe.skin_metal`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, UInt8

from gen3d.body.body import ShapedBody
from gen3d.spec import HairSpec, SkinSpec
from gen3d.types import Material, Texture
from gen3d.wardrobe import skin_marks, skin_metal, skin_relief
from gen3d.wardrobe.noise import solid, triple
from gen3d.wardrobe.sketch import side
from gen3d.wardrobe.skin_canvas import BLOOD, MELANIN, Canvas, canvas_of, luminance
from gen3d.wardrobe.skin_wear import worn_skin
from gen3d.wardrobe.texels import dilate, encode_srgb, enlarge, normal_map, to_bytes
from gen3d.wardrobe.weathering import Coat

_DARKEST, _LIGHTEST = 0.02, 0.85


def _blood(canvas: Canvas) -> np.ndarray:
    """Units of blood pigment above the cheek's average, from places where it shows."""
    f, m = canvas.fields, canvas.masks
    flow = solid(canvas.points, 0.035, canvas.seed, octaves=3, channels=1)[:, 0]
    amount = (
        0.26 * f["nose"]
        + 0.17 * f["cheeks"]
        + 0.14 * f["chin"]
        + 0.36 * m["ears"]
        + 0.30 * f["knuckles"]
        + 0.22 * f["fingertips"]
        + 0.26 * f["elbows"]
        + 0.22 * f["knees"]
        + 0.20 * f["toes"]
        + 0.18 * f["eye_socket"]
        + 0.12 * f["palm"]
        + 0.12 * f["sole"]
        - 0.14 * f["forehead"]
        - 0.10
    )
    return amount * (1.0 + 0.45 * flow) + 0.075 * flow


def _melanin(canvas: Canvas, darkness: float) -> np.ndarray:
    """Units of melanin above the cheek's: the sun's side darker, palms and soles lighter."""
    f = canvas.fields
    patches = solid(canvas.points, 0.11, canvas.seed + 1, octaves=3)[:, 0]
    place = (
        0.10 * f["neck"]
        + 0.10 * f["eye_socket"]
        + 0.14 * f["under_eye"]
        + 0.08 * f["outer_arm"]
        + 0.10 * f["elbows"]
        + 0.08 * f["knees"]
        + 0.10 * f["knuckles"]
        - 0.05 * f["torso"]
    )
    pale = np.maximum(f["palm"], f["sole"])
    return place + 0.05 * patches - pale * (0.10 + 1.4 * darkness)


def _base_absorbance(canvas: Canvas, skin: SkinSpec) -> Float32[np.ndarray, "t 3"]:
    tone = np.clip(np.array(skin.tone, dtype=np.float32), _DARKEST, _LIGHTEST)
    darkness = float(np.clip(1.0 - luminance(tone) / 0.3, 0.0, 1.0))
    # Melanin lies above the blood and hides it.
    visible = 1.0 - 0.65 * darkness
    absorbance = -np.log(tone) + _blood(canvas)[:, None] * BLOOD * visible
    return absorbance + _melanin(canvas, darkness)[:, None] * MELANIN


def _lips_and_nails(canvas: Canvas, absorbance: np.ndarray, skin: SkinSpec) -> np.ndarray:
    m = canvas.masks
    darkness = float(np.clip(1.0 - luminance(np.array(skin.tone)) / 0.3, 0.0, 1.0))
    lines = solid(canvas.points * triple(3.0, 0.6, 1.0), 0.004, canvas.seed + 2)[:, 0]
    lip = 0.42 + 0.26 * canvas.female - 0.08 * darkness + 0.05 * lines
    absorbance = absorbance + (m["lips"] * lip)[:, None] * BLOOD
    absorbance = absorbance + (m["lips"] * 0.18)[:, None] * MELANIN
    nails = np.maximum(m["fingernails"], m["toenails"])
    absorbance = absorbance + nails[:, None] * (0.14 * BLOOD - (0.2 + 0.7 * darkness) * MELANIN)
    aureola = m["aureolae"] * 0.6
    absorbance = absorbance + aureola[:, None] * (0.55 * BLOOD + 0.45 * MELANIN)
    return absorbance + m["inside-mouth"][:, None] * (1.5 * BLOOD + 0.8 * MELANIN)


def _albedo(
    canvas: Canvas, skin: SkinSpec, lines: Float32[np.ndarray, "t"]
) -> Float32[np.ndarray, "t 3"]:
    absorbance = _lips_and_nails(canvas, _base_absorbance(canvas, skin), skin)
    absorbance = absorbance + skin_marks.age_and_sun(canvas, skin)
    fine = solid(canvas.points, 0.0035, canvas.seed + 3, octaves=2, channels=2)
    absorbance = absorbance + 0.035 * fine[:, :1] * BLOOD + 0.03 * fine[:, 1:] * MELANIN
    # Lines hold more blood and less light of their own than the skin between them.
    absorbance = absorbance + np.clip(lines, 0.0, 1.5)[:, None] * (0.16 * BLOOD + 0.14 * MELANIN)
    albedo = np.exp(-absorbance)
    return skin_marks.decay(canvas, albedo, skin)


def _roughness(canvas: Canvas, skin: SkinSpec) -> Float32[np.ndarray, "t"]:
    f, m = canvas.fields, canvas.masks
    grain = solid(canvas.points, 0.006, canvas.seed + 4, octaves=2)[:, 0]
    rough = skin.roughness + 0.04 + 0.035 * grain - 0.08 * f["t_zone"] + 0.06 * f["elbows"]
    rough = rough + 0.05 * f["knees"] - 0.05 * f["palm"] + 0.05 * f["scalp"]
    rough = rough + m["lips"] * (0.34 - skin.roughness) * 0.8
    rough = rough + np.maximum(m["fingernails"], m["toenails"]) * (0.28 - skin.roughness)
    return rough + m["inside-mouth"] * (0.7 - skin.roughness)


def _orm(roughness: np.ndarray, metalness: np.ndarray) -> UInt8[np.ndarray, "h w 3"]:
    full = np.ones_like(roughness)
    return to_bytes(np.concatenate([full, np.clip(roughness, 0.04, 1.0), metalness], axis=-1))


def _grain(
    picture: Float[np.ndarray, "height width 3"], seed: int
) -> Float32[np.ndarray, "height width 3"]:
    """Pore-sized variation of the enlarged picture: one field for all three colours."""
    height, width, _ = picture.shape
    rng = np.random.default_rng([seed, 5])
    noise = rng.standard_normal(size=(height // 2, width // 2, 1), dtype=np.float32)
    return picture * (1.0 + np.float32(0.018) * enlarge(noise, 2))


def _coat(canvas: Canvas, shaped: ShapedBody, skin: SkinSpec) -> Coat:
    """Colour, roughness and relief, with scars and dirt."""
    lines = skin_relief.wrinkles(canvas)
    rough, height = _roughness(canvas, skin), skin_relief.height(canvas, skin, lines)
    coat = Coat(_albedo(canvas, skin, lines), rough, np.zeros_like(rough), height)
    return coat if skin.wear is None else worn_skin(coat, canvas, shaped, skin.wear)


def _layers(
    canvas: Canvas, shaped: ShapedBody, skin: SkinSpec, hair: HairSpec
) -> Float32[np.ndarray, "h w 11"]:
    """Slow pictures: colour (3), position (3), scalp, beard, roughness, relief, texel size."""
    coat = _coat(canvas, shaped, skin)
    columns = [
        coat.color,
        canvas.points,
        skin_marks.root_density(canvas, hair)[:, None],
        skin_marks.beard_density(canvas, skin, hair)[:, None],
        coat.rough[:, None],
        coat.height[:, None],
        canvas.texel_size[:, None],
    ]
    stacked = np.concatenate(columns, axis=1, dtype=np.float32)
    return dilate(canvas.texels.spread(stacked), canvas.texels.mask)


def _head_columns(canvas: Canvas) -> slice:
    """Columns of the picture that hold the head, where hair can grow."""
    grows = canvas.fields["scalp"] + canvas.fields["beard"] > 0.01
    columns = canvas.texels.texels[grows] % canvas.texels.size_px
    return slice(int(columns.min()), canvas.texels.size_px)


def _detailed(
    layers: Float[np.ndarray, "h w 11"], canvas: Canvas, hair: HairSpec, factor: int
) -> Float32[np.ndarray, "height width 3"]:
    """Enlarge the colour and draw what is finer than the slow pictures' texels."""
    color = enlarge(layers[..., :3], factor)
    head = _head_columns(canvas)
    fine = enlarge(layers[:, head, 3:8], factor)
    wide = slice(head.start * factor, None)
    color[:, wide] = skin_marks.hair_roots(
        color[:, wide], fine[..., :3], fine[..., 3:5], hair, canvas.seed
    )
    return _grain(color, canvas.seed)


def paint_skin(
    shaped: ShapedBody, skin: SkinSpec, hair: HairSpec, seed: int, size_px: int = 2048
) -> Material:
    """Paint the body's material for its own UV layout.

    Args:
        shaped: The person, for real sizes, age and sex.
        skin: Tone, roughness, metalness, weathering, stubble.
        hair: Roots of the hair and beard are painted under it.
        seed: Same seed, same bytes.
        size_px: Side of the base colour; roughness and normals are half of it.
    """
    factor = 2
    canvas = canvas_of(shaped, side(size_px) // factor, seed)
    if skin.metallic > 0.5:
        return skin_metal.paint(canvas, shaped, skin, factor)
    layers = _layers(canvas, shaped, skin, hair)
    color = np.clip(_detailed(layers, canvas, hair, factor), _DARKEST, _LIGHTEST)
    rough, none = layers[..., 8:9], np.zeros_like(layers[..., 8:9])
    return Material(
        name="skin",
        roughness=1.0,
        base_color_texture=Texture("skin_color", encode_srgb(color)),
        metallic_roughness_texture=Texture("skin_surface", _orm(rough, none)),
        normal_texture=Texture("skin_normal", normal_map(layers[..., 9], layers[..., 10])),
    )
