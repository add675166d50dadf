# SPDX-License-Identifier: Apache-2.0
"""Masks and glasses: things that sit on the face itself.

The face mask is found by rays from outside onto the skin: every vertex is a point of a skin
triangle, so the mask is a linear map of base vertices and carries weights and face morphs.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from jaxtyping import Float
from scipy.ndimage import maximum_filter
from scipy.spatial import KDTree

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS, VERTS
from gen3d.body.surface import triangulate
from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Material, Part
from gen3d.wardrobe.cut import adjacency
from gen3d.wardrobe.hair_scalp import CENTRE, ear_mask, head_frame
from gen3d.wardrobe.lathe import (
    Surface,
    finish,
    grid,
    outward_normals,
    rigid,
    rim_sources,
    thicken,
    tube,
)

_MEDICAL = frozenset({"paper"})
_RAY_START = 0.5
"""Distance from the head's axis at which rays start, canonical metres."""
_FAR = 0.115
"""Skin further than this from the axis is not the face."""


def _skin_under(
    shaped: ShapedBody, starts: Float[np.ndarray, "n 3"], towards: Float[np.ndarray, "n 3"]
) -> tuple[sp.csr_matrix, np.ndarray]:
    """First skin point along every ray as a row over base vertices; and which rays hit."""
    faces = triangulate(shaped.data.quads["body"])
    ears = ear_mask(shaped.data)
    faces = faces[~ears[faces].any(axis=1)]
    scene = EmbreeScene()
    TriangleMesh(scene, shaped.verts[faces].astype(np.float32))
    result = scene.run(starts.astype(np.float32), towards.astype(np.float32), output=1)
    face = result["primID"].astype(np.int64)
    hit = face >= 0
    u, v = result["u"].astype(np.float64), result["v"].astype(np.float64)
    bary = np.stack([1.0 - u - v, u, v], axis=1) * hit[:, None]
    rows = np.repeat(np.arange(len(starts)), 3)
    columns = faces[np.maximum(face, 0)].ravel()
    return sp.csr_matrix((bary.ravel(), (rows, columns)), shape=(len(starts), VERTS)), hit


def _mask_rays(
    shaped: ShapedBody, top: tuple[float, float], low: tuple[float, float], span_deg: float
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Horizontal rays towards the head's axis over the lower face: rows down, columns left."""
    rows, columns = 20, 36
    frame = head_frame(shaped)
    azimuth = np.radians(np.linspace(-span_deg, span_deg, columns + 1))
    side = np.abs(np.linspace(-1.0, 1.0, columns + 1)) ** 1.5
    high = top[0] + (top[1] - top[0]) * side
    bottom = low[0] + (low[1] - low[0]) * side
    t = np.linspace(0.0, 1.0, rows + 1)[:, None]
    heights = high + t * (bottom - high)
    out = np.stack([np.sin(azimuth), np.zeros_like(azimuth), np.cos(azimuth)], axis=1)
    axis = np.stack(
        [np.zeros_like(heights), heights, np.full_like(heights, CENTRE[2] + 0.01)], axis=-1
    )
    starts = frame.actual(axis + _RAY_START * out)
    ends = frame.actual(axis)
    return starts.reshape(-1, 3), normalize(ends - starts).reshape(-1, 3), rows + 1, columns + 1


def _smoothing(rows: int, columns: int, strength: float, rounds: int) -> sp.csr_matrix:
    """Powers of a neighbour average on a grid (its border stays where it is)."""
    index = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(
        -1, 4
    )
    around = adjacency(triangulate(quads), rows * columns)
    inner = np.zeros((rows, columns), dtype=bool)
    inner[1:-1, 1:-1] = True
    share = inner.ravel() * strength
    degree = np.asarray(around.sum(axis=1)).ravel()
    step = sp.diags(1.0 - share) + sp.diags(share / degree) @ around
    total = sp.identity(rows * columns, format="csr")
    for _ in range(rounds):
        total = step @ total
    return sp.csr_matrix(total)


def make_face_mask(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A cloth over nose, mouth and chin; of paper, a surgical mask with ear loops."""
    medical = garment.fabric in _MEDICAL
    if medical:
        starts, towards, rows, columns = _mask_rays(shaped, (0.700, 0.692), (0.606, 0.640), 62.0)
    else:
        starts, towards, rows, columns = _mask_rays(shaped, (0.706, 0.712), (0.590, 0.625), 88.0)
    skin, hit = _skin_under(shaped, starts, towards)
    verts = shaped.verts.astype(np.float64)
    # Beside the neck rays reach the shoulders: those do not count.
    frame = head_frame(shaped)
    reach = np.linalg.norm((skin @ verts - starts) / frame.scales, axis=1)
    hit &= reach > _RAY_START - _FAR
    direct = _filled(skin, hit, rows, columns)
    linear = sp.csr_matrix(_smoothing(rows, columns, 0.6, 16) @ direct)
    points, under = np.asarray(linear @ verts), np.asarray(direct @ verts)
    sheet = grid(points.reshape(rows, columns, 3))
    normals = outward_normals(sheet)
    # Smoothing flattens the nose: stand off until nothing pierces.
    sunk = np.maximum(np.sum((under - points) * normals, axis=1), 0.0)
    sunk = maximum_filter(sunk.reshape(rows, columns), size=3).ravel()
    sunk = np.maximum(sunk, np.asarray(_smoothing(rows, columns, 0.5, 4) @ sunk))
    gap = 0.0045 * frame.size
    sheet = Surface(points + normals * (gap + sunk)[:, None], sheet.faces, sheet.coords)
    return _mask_parts(shaped, garment, seed, sheet, linear, medical=medical)


def _filled(skin: sp.csr_matrix, hit: np.ndarray, rows: int, columns: int) -> sp.csr_matrix:
    """Rays that miss take the row of the nearest ray that hit."""
    count = rows * columns
    place = np.stack(np.divmod(np.arange(count), columns), axis=1)
    _, near = KDTree(place[hit]).query(place)
    source = np.flatnonzero(hit)[np.asarray(near)]
    take = sp.csr_matrix((np.ones(count), (np.arange(count), source)), shape=(count, count))
    return sp.csr_matrix(take @ skin)


def _mask_parts(
    shaped: ShapedBody,
    garment: GarmentSpec,
    seed: int,
    sheet: Surface,
    linear: sp.csr_matrix,
    *,
    medical: bool,
) -> tuple[Part, ...]:
    weights = np.asarray(linear @ shaped.weights)
    count = len(sheet.points)
    surfaces = thicken(sheet, 0.0015)
    source = [np.arange(count)]
    source += [rim_sources(sheet)] * (len(surfaces) == 3) + [np.arange(count)]
    order = np.concatenate(source)
    part = finish(
        surfaces,
        garment,
        lambda points: weights[order][: len(points)],
        name="FaceMask",
        group="FaceMask",
        seed=seed,
        keep_unused=True,
    )
    morphs: dict[str, np.ndarray] = {}
    for name, dense in shaped.face_morphs.items():
        offsets = np.asarray(linear @ dense)
        if np.abs(offsets).max() > 1e-4:
            morphs[name] = offsets[order].astype(np.float32)
    masked = Part(part.name, part.group, part.slot, part.mesh, part.skin, part.material, morphs)
    if not medical:
        return (masked,)
    loops = garment.model_copy(update={"pattern": "plain"})
    loop = finish(
        _ear_loops(shaped, sheet),
        loops,
        rigid("head"),
        name="FaceMaskLoops",
        group="FaceMaskLoops",
        seed=seed,
        size_px=64,
    )
    return masked, loop


def _ear_loops(shaped: ShapedBody, sheet: Surface) -> list[Surface]:
    """Thin bands from the mask's corners around the back of each ear."""
    rows, columns = 21, 37
    points = sheet.points.reshape(rows, columns, 3)
    ears = shaped.verts[ear_mask(shaped.data)].astype(np.float64)
    loops: list[Surface] = []
    for sign, column in ((1.0, -1), (-1.0, 0)):
        ear = ears[ears[:, 0] * sign > 0]
        top, bottom = ear[ear[:, 1].argmax()], ear[ear[:, 1].argmin()]
        root_x = np.abs(ear[:, 0]).min() + 0.004
        depth = np.array([sign * root_x, (top[1] + bottom[1]) / 2, ear[:, 2].min()])
        knots = np.stack(
            [
                points[1, column],
                np.array([sign * (root_x + 0.003), top[1] + 0.002, top[2]]),
                depth,
                np.array([sign * (root_x + 0.002), bottom[1] + 0.004, bottom[2] - 0.004]),
                points[-3, column],
            ]
        )
        loops += tube(_spline(knots, 24), 0.0014, sides=5)
    return loops


def _spline(knots: Float[np.ndarray, "knots 3"], steps: int) -> Float[np.ndarray, "steps 3"]:
    """Smooth curve through points (monotone along chord length)."""
    from scipy.interpolate import PchipInterpolator

    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    return PchipInterpolator(run, knots, axis=0)(np.linspace(0.0, run[-1], steps))


def make_glasses(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Spectacles or sunglasses: rims around the eyes, bridge on the nose, temples over the ears."""
    dark = garment.kind == "sunglasses"
    size = head_frame(shaped).size
    eye = shaped.skeleton.positions[JOINTS.index("leftEye")].astype(np.float64)
    front = _frame_depth(shaped, eye, size)
    centre = np.array([eye[0] * 1.04, eye[1] - 0.003 * size, front])
    rim = _lens_outline(
        centre, 0.026 * size * (1.06 if dark else 1.0), 0.020 * size, 3.2 if dark else 2.6
    )
    radius = (0.0024 if dark else 0.0017) * size
    surfaces: list[Surface] = []
    lenses: list[Surface] = []
    for sign in (1.0, -1.0):
        line = rim * np.array([sign, 1.0, 1.0])
        line = line if sign > 0 else line[::-1]
        surfaces += tube(line, radius, sides=6, loop=True, up=(0.0, 0.0, 1.0))
        lenses += [_lens(line)]
        surfaces += _temple(shaped, rim, sign, radius, size)
    surfaces += _bridge(rim, radius, size)
    group = "Sunglasses" if dark else "Glasses"
    frame = finish(
        surfaces, garment, rigid("head"), name=group, group=group, seed=seed, size_px=256
    )
    glass = finish(
        lenses,
        garment,
        rigid("head"),
        name=f"{group}Lenses",
        group=group,
        seed=seed,
        material=_lens_material(dark=dark),
    )
    return frame, glass


def _lens_material(*, dark: bool) -> Material:
    if dark:
        return Material(
            "DarkLens", base_color=(0.008, 0.008, 0.009, 1.0), roughness=0.05, double_sided=True
        )
    return Material(
        "ClearLens",
        base_color=(0.92, 0.95, 1.0, 0.12),
        roughness=0.03,
        double_sided=True,
        alpha_mode="BLEND",
    )


def _frame_depth(shaped: ShapedBody, eye: np.ndarray, size: float) -> float:
    """Z of the lens plane: clear of brows, lashes and cheeks around the eye."""
    verts = shaped.verts[:BODY_VERTS]
    near = (np.abs(np.abs(verts[:, 0]) - eye[0]) < 0.018 * size) & (
        np.abs(verts[:, 1] - eye[1]) < 0.022 * size
    )
    return float(max(verts[near, 2].max() + 0.003 * size, eye[2] + 0.021 * size))


def _lens_outline(
    centre: np.ndarray, half_width: float, half_height: float, power: float
) -> np.ndarray:
    """Superellipse, counter-clockwise from the outer side, wrapped a little around the face."""
    angle = np.linspace(0.0, 2.0 * np.pi, 40, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    x = half_width * np.sign(c) * np.abs(c) ** (2.0 / power)
    y = half_height * np.sign(s) * np.abs(s) ** (2.0 / power)
    y = np.where(y < 0, y * (1.0 + 0.10 * (x / half_width)), y)
    z = -0.10 * x - 2.2 * x * x
    return centre + np.stack([x, y, z], axis=1)


def _lens(line: np.ndarray) -> Surface:
    """A fan of quads from the rim to the middle, slightly domed."""
    centre = line.mean(axis=0)
    t = np.array([0.0, 0.35, 0.7, 1.0])[:, None, None]
    rings = centre + t * (line - centre)
    rings = rings + (1.0 - t**2) * np.array([0.0, 0.0, 0.0015])
    rings = np.concatenate([rings, rings[:, :1]], axis=1)
    return grid(rings)


def _bridge(rim: np.ndarray, radius: float, size: float) -> list[Surface]:
    """An arch over the nose between the inner sides of the rims."""
    inner = rim[np.argmin(rim[:, 0] - 0.35 * rim[:, 1])]
    t = np.linspace(-1.0, 1.0, 9)
    path = np.stack(
        [
            inner[0] * t,
            inner[1] + 0.003 * size * (1.0 - t**2),
            inner[2] + 0.004 * size * (1.0 - t**2),
        ],
        axis=1,
    )
    return tube(path, radius * 1.1, sides=6, ends=False, up=(0.0, 0.0, 1.0))


def _temple(
    shaped: ShapedBody, rim: np.ndarray, sign: float, radius: float, size: float
) -> list[Surface]:
    """An arm from the outer rim over the ear's root and down behind it."""
    outer = rim[np.argmax(rim[:, 0] + 0.5 * rim[:, 1])]
    ears = shaped.verts[ear_mask(shaped.data)].astype(np.float64)
    ear = ears[ears[:, 0] > 0]
    top = ear[ear[:, 1].argmax()]
    verts = shaped.verts[:BODY_VERTS]
    beside = (
        (np.abs(verts[:, 1] - top[1]) < 0.012 * size)
        & (verts[:, 2] > top[2] - 0.03)
        & (verts[:, 2] < outer[2])
    )
    beside &= ~ear_mask(shaped.data)[:BODY_VERTS]
    wide = float(np.abs(verts[beside, 0]).max()) + 0.004 * size
    back = float(ear[:, 2].min())
    knots = np.array(
        [
            outer,
            [max(wide, outer[0] + 0.003 * size), outer[1] + 0.001 * size, outer[2] - 0.010 * size],
            [wide, top[1] + 0.002 * size, top[2] + 0.012 * size],
            [wide, top[1] + 0.003 * size, top[2] - 0.004 * size],
            [wide - 0.002 * size, top[1] - 0.012 * size, back + 0.006 * size],
            [wide - 0.006 * size, top[1] - 0.030 * size, back + 0.001 * size],
        ]
    )
    path = _spline(knots, 22) * np.array([sign, 1.0, 1.0])
    return tube(path, radius, sides=6, up=(1.0, 0.0, 0.0))
