# SPDX-License-Identifier: Apache-2.0
"""Shoes, boots, sandals, socks and gloves.

Uppers are cut from the tights, relaxed until the toes are gone and pressed flat on the sole; soles
are slabs around the outline of the foot. A sole has a height, so the character stands that much
higher: :func:`sole_height` tells the assembly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import ConvexHull

from gen3d.body import ShapedBody
from gen3d.body.data import load
from gen3d.body.surface import four_influences, vertex_normals
from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.types import Mesh, Part
from gen3d.wardrobe import cut
from gen3d.wardrobe.cloth import cut_from, on_skin, tights
from gen3d.wardrobe.cut import Cloth
from gen3d.wardrobe.drape import Support, Worn, push_out, smoother, transferred_weights
from gen3d.wardrobe.fabric import paint_fabric
from gen3d.wardrobe.measure import Measures
from gen3d.wardrobe.sew import Piece, base_morphs, hem_distance, metric_chart

_OUTLINE = 56
"""Points around a sole."""


@dataclass(frozen=True)
class Shoe:
    """How a piece of footwear is cut. Metres for a 1.75 m body."""

    top: float
    """Share of the way from the ankle joint (0) to the knee (1); negative is below the ankle."""
    clearance: float
    sole: float
    rounds: int
    layer: int
    slack: float = 0.004


SHOES: dict[str, Shoe] = {
    "socks": Shoe(top=0.16, clearance=0.002, sole=0.0, rounds=4, layer=5, slack=0.0),
    "shoes": Shoe(top=0.035, clearance=0.005, sole=0.022, rounds=14, layer=15),
    "boots": Shoe(top=0.58, clearance=0.007, sole=0.030, rounds=14, layer=25, slack=0.005),
    "sandals": Shoe(top=0.03, clearance=0.003, sole=0.016, rounds=4, layer=6, slack=0.0),
}
"""Footwear by garment kind."""


def sole_height(kind: str, height: float) -> float:
    """Thickness of the sole under the foot, metres."""
    return SHOES[kind].sole * height / 1.75 if kind in SHOES else 0.0


def _strap(cloth: Cloth, base: np.ndarray, m: Measures) -> Cloth:
    """Two bands of a sandal: over the instep and around the ankle."""
    at = cloth.of(base)
    toe_z = at[:, 2].max()
    heel_z = at[:, 2].min()
    along = (at[:, 2] - heel_z) / (toe_z - heel_z)
    instep = 0.09 - np.abs(along - 0.68)
    ankle = 0.018 * m.height / 1.75 - np.abs(at[:, 1] - m.ankle_y - 0.012 * m.height / 1.75)
    return cut.clip(cloth, np.maximum(instep * 0.25, ankle))


def _level(shoe: Shoe, m: Measures) -> float:
    return m.ankle_y + shoe.top * (m.knee_y - m.ankle_y) + 0.012 * m.height / 1.75


def _press(bare: np.ndarray, shoe: Shoe, support: Support, worn: Worn, m: Measures) -> np.ndarray:
    """The suit with feet relaxed into shoe shapes and pressed flat on the sole."""
    k = m.height / 1.75
    faces, average = worn.faces, worn.average
    foot = np.clip((m.ankle_y + 0.03 * k - bare[:, 1]) / (0.06 * k), 0.0, 1.0)[:, None]
    normals = vertex_normals(bare, faces)
    points = bare + normals * (shoe.clearance + shoe.slack * (1 - foot)) * k
    for _ in range(shoe.rounds):
        points = points + (0.25 + 0.35 * foot) * (average @ points - points)
        normals = vertex_normals(points, faces).astype(np.float64)
        points = push_out(points, support, shoe.clearance, normals)
        # Feet stand on the sole: the underside is pressed flat just below the skin.
        points[:, 1] = np.maximum(points[:, 1], -0.35 * shoe.sole * k - 0.001)
    return worn.keep_over(points, shoe.clearance)


def make_upper(
    kind: str, shaped: ShapedBody, support: Support, worn: Worn, m: Measures
) -> tuple[Piece, Worn]:
    """The upper of both shoes, and the feet as the next layer finds them."""
    shoe = SHOES[kind]
    bare = on_skin(shaped).points
    pressed = _press(bare, shoe, support, worn, m)

    def cutter(whole: Cloth) -> Cloth:
        piece = cut.clip(whole, _level(shoe, m) - whole.of(pressed)[:, 1])
        return _strap(piece, bare, m) if kind == "sandals" else piece

    cloth, points, inside = cut_from(pressed, cutter)
    piece = Piece(
        points=points,
        faces=cloth.faces,
        corner_uvs=metric_chart(points, cloth.faces, cloth.corner_uvs),
        weights=transferred_weights(cloth, shaped, 3),
        along_arm=np.inf,
        thickness=0.003,
        morphs={},
    )
    return piece, worn.put_on(pressed, inside)


def _outline(points: Float[np.ndarray, "n 2"], grow: float) -> Float[np.ndarray, "outline 2"]:
    """Convex outline (counter-clockwise from above, x right z down), grown and evenly resampled."""
    hull = points[ConvexHull(points).vertices]
    centre = hull.mean(axis=0)
    out = hull - centre
    hull = hull + out / np.linalg.norm(out, axis=1, keepdims=True) * grow
    closed = np.concatenate([hull, hull[:1]])
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0.0, lengths[-1], _OUTLINE, endpoint=False)
    ring = np.stack([np.interp(at, lengths, closed[:, i]) for i in range(2)], axis=1)
    for _ in range(3):
        ring = 0.5 * ring + 0.25 * (np.roll(ring, 1, axis=0) + np.roll(ring, -1, axis=0))
    return ring


def _slab(ring: np.ndarray, heights: tuple[float, ...], insets: tuple[float, ...]) -> np.ndarray:
    """Stacked copies of a ring: one for each height, each moved inwards by its inset."""
    centre = ring.mean(axis=0)
    inward = centre - ring
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    layers = [
        np.column_stack(
            [(ring + inward * i)[:, 0], np.full(len(ring), h), (ring + inward * i)[:, 1]]
        )
        for h, i in zip(heights, insets, strict=True)
    ]
    return np.stack(layers)


def _sole_mesh(
    layers: Float[np.ndarray, "layers ring 3"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walls and floor of a sole (vertices doubled where the edge is hard): points, faces, UVs."""
    count, ring = layers.shape[:2]
    index = np.arange(count * (ring + 1)).reshape(count, ring + 1)
    walls = np.concatenate([layers, layers[:, :1]], axis=1)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, 1:].ravel(), index[1:, :-1].ravel()
    faces = [np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]
    u, v = np.meshgrid(np.linspace(0.02, 0.98, ring + 1), np.linspace(0.02, 0.30, count))
    uvs = [np.stack([u, v], axis=-1).reshape(-1, 2)]
    points = [walls.reshape(-1, 3)]
    start = count * (ring + 1)
    for layer, up in ((layers[0], True), (layers[-1], False)):
        centre = layer.mean(axis=0)
        points.append(np.concatenate([layer, centre[None]]))
        rim = np.arange(ring)
        fan = np.stack([rim, np.roll(rim, -1), np.full(ring, ring)], axis=1) + start
        faces.append(fan[:, ::-1] if up else fan)
        low, size = layer[:, [0, 2]].min(axis=0), np.ptp(layer[:, [0, 2]], axis=0).max()
        flat = (points[-1][:, [0, 2]] - low) / size
        shift = np.array([0.02 if up else 0.52, 0.36])
        uvs.append(flat * np.array([0.46, 0.60]) + shift)
        start += ring + 1
    return np.concatenate(points), np.concatenate(faces), np.concatenate(uvs)


def _foot_points(side: float, upper: np.ndarray, ceiling: float) -> np.ndarray:
    """Ground plan of one foot."""
    near = upper[(upper[:, 0] * side > 0) & (upper[:, 1] < ceiling)]
    return near[:, [0, 2]]


def make_sole(
    garment: GarmentSpec, upper: Piece, shaped: ShapedBody, m: Measures, *, group: str, seed: int
) -> Part | None:
    """Both soles as one part; None for socks."""
    shoe = SHOES[garment.kind]
    if shoe.sole <= 0:
        return None
    k = m.height / 1.75
    source = upper.points
    if garment.kind == "sandals":
        source = tights().of(shaped.verts.astype(np.float64))
    points, faces, uvs, weights = [], [], [], []
    for side, name in ((1.0, "left"), (-1.0, "right")):
        ring = _outline(_foot_points(side, source, 0.03 * k), 0.003 * k)
        heights = (0.010 * k, 0.004 * k, -shoe.sole * k + 0.004 * k, -shoe.sole * k)
        p, f, uv = _sole_mesh(_slab(ring, heights, (0.004 * k, 0.0, 0.0, 0.003 * k)))
        if _upside_down(p, f):
            f = f[:, ::-1]
        faces.append(f + sum(len(x) for x in points))
        points.append(p)
        uvs.append(uv * np.array([0.5, 1.0]) + np.array([0.0 if side > 0 else 0.5, 0.0]))
        weights.append(_sole_weights(p, name, shaped))
    return _sole_part(
        garment, [np.concatenate(x) for x in (points, faces, uvs, weights)], group, seed
    )


def _upside_down(points: np.ndarray, faces: np.ndarray) -> bool:
    """Whether the closed slab's signed volume is negative."""
    a, b, c = points[faces].transpose(1, 0, 2)
    return float(np.einsum("fi,fi->", a, np.cross(b, c))) < 0


def _sole_weights(points: np.ndarray, side: str, shaped: ShapedBody) -> np.ndarray:
    """Toes bend at the ball of the foot, the rest is the foot."""
    weights = np.zeros((len(points), len(JOINTS)))
    ball = shaped.skeleton.positions[JOINTS.index(f"{side}Toes")][2]
    t = np.clip((points[:, 2] - ball) / (0.02 * shaped.height) + 0.5, 0.0, 1.0)
    weights[:, JOINTS.index(f"{side}Toes")] = t
    weights[:, JOINTS.index(f"{side}Foot")] = 1.0 - t
    return weights


def _sole_part(garment: GarmentSpec, arrays: list[np.ndarray], group: str, seed: int) -> Part:
    points, faces, uvs, weights = arrays
    r, g, b = (0.35 * c + 0.015 for c in garment.color)
    dark = (r, g, b)
    fabric = "leather" if garment.fabric in {"leather", "fur"} else "rubber"
    if garment.fabric in {"metal", "gold"}:
        fabric = garment.fabric
    cloth = GarmentSpec(
        kind=garment.kind, color=dark, accent=garment.accent, fabric=fabric, wear=garment.wear
    )
    material = paint_fabric(
        cloth,
        uvs.astype(np.float32),
        faces.astype(np.int32),
        points[:, [0, 2]].astype(np.float32),
        points.astype(np.float32),
        hem_distance(points, np.zeros((0, 2, 3))).astype(np.float32),
        f"{group}Sole",
        seed,
        256,
    )
    return Part(
        name=f"{group}Sole",
        group=group,
        slot=garment.kind,
        mesh=Mesh(
            points.astype(np.float32),
            faces.astype(np.int32),
            vertex_normals(points, faces),
            uvs.astype(np.float32),
        ),
        skin=four_influences(weights),
        material=material,
    )


def make_gloves(shaped: ShapedBody, m: Measures, *, clearance: float = 0.0022) -> Piece:
    """Gloves from the skin of the hands and a little of the forearm."""
    base = shaped.verts.astype(np.float64)
    cloth = cut.from_groups(load(), ("body",))
    level = m.wrist_x - 0.10 * (m.wrist_x - m.elbow_x)
    cloth = cut.clip(cloth, np.abs(cloth.of(base)[:, 0]) - level)
    at = cloth.of(base)
    average = smoother(cloth.faces, len(at))
    normals = vertex_normals(at, cloth.faces)
    points = at + normals * clearance
    points = points + 0.4 * (average @ points - points)
    back = np.einsum("nc,nc->n", points - at, normals)
    points = points + normals * np.maximum(clearance - back, 0.0)[:, None]
    return Piece(
        points=points,
        faces=cloth.faces,
        corner_uvs=metric_chart(points, cloth.faces, cloth.corner_uvs),
        weights=cloth.of(shaped.weights.astype(np.float64)),
        along_arm=0.0,
        thickness=0.002,
        morphs=base_morphs(shaped, cloth.rows),
    )
