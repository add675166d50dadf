# SPDX-License-Identifier: Apache-2.0
"""Where on the body the nose, the knuckles or the scalp are: fields on vertices, the same for all.

The fields are measured once on an average person and carried by the mesh to every other: vertex
indices keep their meaning through all shapes, so a brow stays on the brow of a child or a giant.
Face places are given in *head units*: origin between the eyeballs, unit half their distance,
x to the left, y up, z forward; the crown is near y = 3.9, the mouth near (0, -2.3, 1).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from PIL import Image

from gen3d.body.body import Body, ShapedBody
from gen3d.body.data import BODY_VERTS, load, mask_picture
from gen3d.body.surface import split_seams, triangulate, vertex_normals
from gen3d.easing import smoothstep
from gen3d.skeleton import JOINTS
from gen3d.spec import BodySpec
from gen3d.wardrobe.texels import TexelMap, rasterise

MASKS = ("lips", "eyelids", "ears", "fingernails", "toenails", "aureolae", "inside-mouth")
_MASK_FLOOR = 24
"""The masks are JPEGs: below this grey level there is only compression noise."""

_HAIRLINE_DEG = (0.0, 25.0, 45.0, 58.0, 68.0, 78.0, 88.0, 100.0, 118.0, 150.0, 180.0)
_HAIRLINE_Y = (2.35, 2.45, 2.0, 1.2, -0.2, -0.9, 0.6, 0.75, -1.0, -2.7, -2.9)
"""Height of the hairline in head units by azimuth from the front (temple, sideburn, ear, nape)."""


@dataclass(frozen=True)
class BodyAtlas:
    """The body's UV layout and the fields on its UV vertices."""

    source: np.ndarray
    """Base-mesh vertex of each UV vertex."""
    uvs: Float32[np.ndarray, "verts 2"]
    faces: np.ndarray
    head: Float32[np.ndarray, "verts 3"]
    """Average person's position, head units, x mirrored to the left side."""
    fields: dict[str, np.ndarray]
    """Named fields, 0 to 1, one value a UV vertex."""


def eye_frame(shaped: ShapedBody) -> tuple[np.ndarray, float]:
    """Point between the eyeballs, and half their distance: origin and unit of head units."""
    left, right = (
        shaped.skeleton.positions[JOINTS.index(side)].astype(np.float64)
        for side in ("leftEye", "rightEye")
    )
    return (left + right) / 2.0, float(np.linalg.norm(left - right)) / 2.0


def _blob(
    head: np.ndarray, centre: tuple[float, float, float], radii: tuple[float, float, float]
) -> np.ndarray:
    return np.exp(-np.sum(((head - np.array(centre)) / np.array(radii)) ** 2, axis=1))


def _scalp(raw: np.ndarray, ears: np.ndarray) -> np.ndarray:
    azimuth = np.degrees(np.arctan2(np.abs(raw[:, 0]), raw[:, 2] + 2.4))
    line = np.interp(azimuth, _HAIRLINE_DEG, _HAIRLINE_Y)
    return smoothstep(-0.3, 0.3, raw[:, 1] - line) * (1.0 - ears)


def _beard(head: np.ndarray) -> np.ndarray:
    x, y, z = head.T
    # Upper edge: from the sideburn down to the corner of the mouth, then the moustache.
    edge = np.interp(z, [-2.0, -1.2, -0.2, 0.35, 0.8, 1.3], [-0.7, -1.2, -2.0, -2.0, -1.72, -1.6])
    upper = smoothstep(0.25, -0.2, y - edge)
    lower = smoothstep(-4.6, -3.9, y + 0.55 * np.minimum(z, 0.0))
    front = smoothstep(-2.5, -1.7, z)
    soul_gap = _blob(head, (0.42, -2.95, 0.8), (0.22, 0.2, 0.5))
    return upper * lower * front * (1.0 - 0.6 * soul_gap) * (x >= 0)


def _face_fields(head: np.ndarray, raw: np.ndarray, ears: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "scalp": _scalp(raw, ears),
        "beard": _beard(head),
        "nose": _blob(head, (0.2, -1.2, 1.2), (0.55, 0.55, 0.6)),
        "cheeks": _blob(head, (1.35, -1.35, 0.35), (0.75, 0.6, 0.8)),
        "chin": _blob(head, (0.0, -3.2, 0.7), (0.6, 0.45, 0.5)),
        "forehead": _blob(head, (0.0, 1.6, 0.7), (1.7, 0.8, 1.2)),
        "eye_socket": _blob(head, (1.0, -0.05, 0.4), (0.75, 0.45, 0.6)),
        "under_eye": _blob(head, (0.92, -0.52, 0.45), (0.48, 0.2, 0.5)),
        "t_zone": np.maximum(
            _blob(head, (0.0, 1.4, 0.8), (1.3, 0.8, 0.8)),
            _blob(head, (0.0, -0.6, 1.1), (0.38, 1.1, 0.8)),
        ),
        "face": smoothstep(-4.4, -3.0, raw[:, 1]) * smoothstep(-3.0, -1.5, raw[:, 2]),
        "neck": smoothstep(-3.2, -4.2, raw[:, 1]) * smoothstep(-9.0, -5.5, raw[:, 1]),
    }


def _near_joints(person: ShapedBody, names: Sequence[str], radius: float) -> np.ndarray:
    centres = np.array([person.skeleton.positions[JOINTS.index(name)] for name in names])
    verts = person.verts[:BODY_VERTS]
    nearest = np.min(np.linalg.norm(verts[:, None] - centres[None], axis=-1), axis=1)
    return np.exp(-((nearest / radius) ** 2))


def _weight_of(person: ShapedBody, *stems: str) -> np.ndarray:
    columns = [i for i, name in enumerate(JOINTS) if any(stem in name for stem in stems)]
    return person.weights[:BODY_VERTS, columns].sum(axis=1)


def _limb_fields(person: ShapedBody, normals: np.ndarray) -> dict[str, np.ndarray]:
    def both(*names: str) -> list[str]:
        return [side + name for side in ("left", "right") for name in names]

    fingers = ("Index", "Middle", "Ring", "Little")
    knuckles = both(*[f"{f}{bone}" for f in fingers for bone in ("Proximal", "Intermediate")])
    knuckles += both("ThumbProximal", "ThumbDistal")
    tips = both(*[f"{f}Distal" for f in (*fingers, "Thumb")])
    hand = np.clip(_weight_of(person, "Hand", "Thumb", *fingers), 0.0, 1.0)
    foot = np.clip(_weight_of(person, "Foot", "Toes"), 0.0, 1.0)
    back, up, front = normals[:, 2] < 0, normals[:, 1], normals[:, 2]
    return {
        "hand": hand,
        "foot": foot,
        "knuckles": _near_joints(person, knuckles, 0.013) * smoothstep(0.0, 0.6, up) * hand,
        "fingertips": _near_joints(person, tips, 0.03) * hand,
        "palm": hand * smoothstep(0.1, -0.5, up),
        "sole": foot * smoothstep(0.0, -0.6, up),
        "elbows": _near_joints(person, both("LowerArm"), 0.05) * back,
        "knees": _near_joints(person, both("LowerLeg"), 0.07) * smoothstep(0.0, 0.6, front),
        "toes": _near_joints(person, both("Toes"), 0.07) * foot,
        "torso": _weight_of(person, "spine", "chest", "upperChest", "hips"),
        "outer_arm": _weight_of(person, "UpperArm", "LowerArm", "Shoulder") * (0.5 + 0.5 * up),
    }


def _masks_on(uvs: np.ndarray, name: str) -> np.ndarray:
    picture = mask(name, 1024)
    pixel = np.clip((uvs * 1024).astype(int), 0, 1023)
    return picture[pixel[:, 1], pixel[:, 0]]


@functools.cache
def mask(name: str, size_px: int) -> Float32[np.ndarray, "height width"]:
    """One of the CC0 masks in body UV space, 0 to 1."""
    with Image.open(mask_picture(f"mpfb_{name}.jpg")) as picture:
        grey = picture.convert("L").resize((size_px, size_px), Image.Resampling.BOX)
        values = np.asarray(grey, dtype=np.float32)
    return np.clip((values - _MASK_FLOOR) / (255.0 - _MASK_FLOOR), 0.0, 1.0)


@functools.cache
def _average_person() -> ShapedBody:
    return Body.load().with_shape(BodySpec(sex=0.5))


@functools.cache
def canonical_head() -> Float32[np.ndarray, "verts 3"]:
    """The average person's body vertices in head units (x not mirrored)."""
    origin, unit = eye_frame(_average_person())
    return ((_average_person().verts[:BODY_VERTS] - origin) / unit).astype(np.float32)


@functools.cache
def atlas() -> BodyAtlas:
    """The body's atlas; made once per process."""
    data = load()
    person = _average_person()
    triangles = triangulate(data.quads["body"])
    source, uv_source, faces = split_seams(triangles, triangulate(data.quad_uvs["body"]))
    uvs = data.uvs[uv_source]
    raw = canonical_head()
    head = np.abs(raw * [1.0, 0.0, 0.0]) + raw * [0.0, 1.0, 1.0]
    ears = np.zeros(BODY_VERTS)
    ears[source] = _masks_on(uvs, "ears")
    normals = vertex_normals(person.verts, triangles)[:BODY_VERTS]
    fields = _face_fields(head, raw, ears) | _limb_fields(person, normals)
    return BodyAtlas(
        source=source,
        uvs=uvs,
        faces=faces,
        head=head[source].astype(np.float32),
        fields={name: values[source].astype(np.float32) for name, values in fields.items()},
    )


@functools.cache
def atlas_texels(size_px: int) -> TexelMap:
    """The body's UV layout, rasterised; made once per process and size."""
    return rasterise(atlas().uvs, atlas().faces, size_px)
