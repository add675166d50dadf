# SPDX-License-Identifier: Apache-2.0
"""Plates: pauldrons, bracers, greaves and the breastplate, made for the left and mirrored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Part
from gen3d.wardrobe import cut
from gen3d.wardrobe.accessories_fit import (
    Figure,
    collider,
    keep_outside,
    sleeve_rings,
    trunk_weights,
)
from gen3d.wardrobe.lathe import (
    Surface,
    Weigh,
    finish,
    grid,
    lathe,
    loft,
    mirrored,
    outward_normals,
    rigid,
    thicken,
    tube,
)

_UP = np.array([0.0, 1.0, 0.0])
_FRONT = np.array([0.0, 0.0, 1.0])


def _pair(
    left: list[Surface], garment: GarmentSpec, weigh: Callable[[str], Weigh], name: str, seed: int
) -> tuple[Part, ...]:
    parts: list[Part] = []
    for side, surfaces in (("left", left), ("right", [mirrored(s) for s in left])):
        parts.append(
            finish(
                surfaces, garment, weigh(side), name=f"{name}{side.title()}", group=name, seed=seed
            )
        )
    return tuple(parts)


def _limb(fig: Figure, *joints: str) -> np.ndarray:
    """Skin of the left limb that mostly follows the given joints."""
    weight = np.zeros(len(fig.verts))
    for joint in joints:
        weight += fig.weight(joint)
    return fig.verts[(weight > 0.4) & (fig.verts[:, 0] > 0)]


def _strap(rings: np.ndarray, row: int, k: float, width: int = 1) -> list[Surface]:
    """A leather-like band around a plate."""
    band = rings[row : row + width + 1]
    centre = band.mean(axis=1, keepdims=True)
    wide = centre + (band - centre) * (
        1.0 + 0.004 * k / np.linalg.norm(band - centre, axis=-1, keepdims=True)
    )
    return thicken(loft(wide), 0.004 * k, inner=False)


def make_bracers(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Tubes around the forearms, flared at both ends, with two bands and a ridge."""
    k = fig.k
    elbow, wrist = fig.joint("leftLowerArm"), fig.joint("leftHand")
    points = _limb(fig, "leftLowerArm", "leftHand", "leftUpperArm")
    shares = np.linspace(0.30, 0.90, 11)
    rings = sleeve_rings(points, elbow, wrist, _UP, shares, 0.009 * k, columns=36, slab=0.014 * k)
    rings = _flared(rings, 0.006 * k)
    rings = _ridged(rings, 0.005 * k)
    surfaces = thicken(loft(rings), 0.008 * k, inner=False)
    for row in (2, 7):
        surfaces += _strap(rings, row, k)
    surfaces += [s for row in (0, -1) for s in tube(rings[row], 0.0028 * k, sides=6, loop=True)]
    return _pair(surfaces, garment, lambda side: rigid(f"{side}LowerArm"), "Bracers", seed)


def _flared(rings: np.ndarray, amount: float) -> np.ndarray:
    """Widen both ends."""
    t = np.linspace(-1.0, 1.0, len(rings))[:, None, None]
    centre = rings.mean(axis=1, keepdims=True)
    return rings + normalize(rings - centre) * amount * t**4


def _ridged(rings: np.ndarray, height: float) -> np.ndarray:
    """A ridge along column a quarter turn from the start (the side of ``up``)."""
    columns = rings.shape[1]
    away = np.abs(np.arange(columns) - columns // 4)
    profile = np.exp(-((away / 2.0) ** 2))[None, :, None]
    return rings + normalize(rings - rings.mean(axis=1, keepdims=True)) * height * profile


def make_greaves(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Shin plates with a knee cop that stands off the knee."""
    k = fig.k
    knee, ankle = fig.joint("leftLowerLeg"), fig.joint("leftFoot")
    points = _limb(fig, "leftLowerLeg", "leftUpperLeg", "leftFoot")
    points = points[points[:, 1] > ankle[1] - 0.02 * k]
    shares = np.linspace(0.14, 0.90, 14)
    rings = sleeve_rings(points, knee, ankle, _FRONT, shares, 0.012 * k, columns=40, slab=0.016 * k)
    rings = _ridged(_flared(rings, 0.007 * k), 0.008 * k)
    surfaces = thicken(loft(rings), 0.008 * k, inner=False)
    surfaces += [s for row in (0, -1) for s in tube(rings[row], 0.003 * k, sides=6, loop=True)]
    surfaces += _strap(rings, 3, k) + _strap(rings, 10, k)
    surfaces += _knee_cop(points, knee, ankle, k)
    return _pair(surfaces, garment, lambda side: rigid(f"{side}LowerLeg"), "Greaves", seed)


def _knee_cop(points: np.ndarray, knee: np.ndarray, ankle: np.ndarray, k: float) -> list[Surface]:
    """A dome over the knee cap with a small wing."""
    shares = np.linspace(-0.10, 0.16, 9)
    sheet = sleeve_rings(
        points,
        knee,
        ankle,
        _FRONT,
        shares,
        0.020 * k,
        columns=17,
        slab=0.02 * k,
        span=(np.radians(20.0), np.radians(160.0)),
    )
    t = np.linspace(-1.0, 1.0, len(sheet))[:, None]
    s = np.linspace(-1.0, 1.0, sheet.shape[1])[None, :]
    dome = np.clip(1.0 - t**2 - 0.6 * s**2, -0.3, 1.0)[..., None]
    sheet = sheet + _FRONT * dome * 0.012 * k
    plate = grid(sheet)
    plate = _facing(plate, sheet.mean(axis=(0, 1)) - knee)
    return thicken(plate, 0.006 * k, inner=False)


def _facing(surface: Surface, out: np.ndarray) -> Surface:
    """Wind a sheet so that it faces a direction."""
    normal = outward_normals(surface).mean(axis=0)
    if normal @ out >= 0:
        return surface
    return Surface(surface.points, surface.faces[:, ::-1], surface.coords)


def make_pauldrons(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Three overlapping lames from the shoulder down the upper arm, and a raised rim."""
    k = fig.k
    shoulder, elbow = fig.joint("leftUpperArm"), fig.joint("leftLowerArm")
    points = fig.verts[
        (fig.weight("leftUpperArm", "leftShoulder", "upperChest") > 0.5)
        & (fig.verts[:, 0] > 0.45 * shoulder[0])
    ]
    surfaces: list[Surface] = []
    spans = ((-0.34, 0.16, 0.030), (0.08, 0.34, 0.021), (0.27, 0.50, 0.014))
    for first, last, gap in spans:
        surfaces += _lame(points, shoulder, elbow, first, last, gap, k)
    return _pair(surfaces, garment, lambda side: _pauldron_weights(fig, side), "Pauldrons", seed)


def _lame(
    points: np.ndarray,
    shoulder: np.ndarray,
    elbow: np.ndarray,
    first: float,
    last: float,
    gap: float,
    k: float,
) -> list[Surface]:
    """One plate over the top half of the arm, domed along and across."""
    shares = np.linspace(first, last, 9)
    sheet = sleeve_rings(
        points,
        shoulder,
        elbow,
        _UP,
        shares,
        gap * k,
        columns=25,
        slab=0.022 * k,
        span=(np.radians(-12.0), np.radians(192.0)),
    )
    t = np.linspace(0.0, 1.0, len(sheet))[:, None, None]
    centre = shoulder + (sheet.mean(axis=1, keepdims=True) - shoulder) * np.array([1.0, 0.0, 0.0])
    dome = np.sin(np.pi * np.clip(t * 0.9 + 0.08, 0.0, 1.0)) * 0.010 * k
    sheet = sheet + normalize(sheet - centre) * dome
    # The first lame closes towards the neck.
    plate = _facing(grid(sheet), _UP)
    edge = tube(sheet[-1], 0.003 * k, sides=6)
    stud = np.array([[0.0, 1.0], [0.6, 0.8], [0.95, 0.3], [1.0, -0.2]]) * 0.0045 * k
    studs = [
        lathe(stud, sheet[-2, i], columns=6, axis=normalize(sheet[-2, i] - centre[-2, 0]))
        for i in (3, 21)
    ]
    return [*thicken(plate, 0.003 * k), *edge, *studs]


def _pauldron_weights(fig: Figure, side: str) -> Weigh:
    """Shoulder near the neck, more and more upper arm outwards."""
    x0, x1 = float(fig.joint("leftUpperArm")[0]), float(fig.joint("leftLowerArm")[0])
    names = (f"{side}Shoulder", f"{side}UpperArm", "upperChest")

    def weigh(points: np.ndarray) -> np.ndarray:
        share = np.clip((np.abs(points[:, 0]) - 0.80 * x0) / (0.45 * (x1 - x0)), 0.0, 1.0)
        arm = 0.30 + 0.62 * share * share * (3.0 - 2.0 * share)
        weights = np.zeros((len(points), len(JOINTS)))
        weights[:, JOINTS.index(names[1])] = arm
        weights[:, JOINTS.index(names[0])] = (1.0 - arm) * 0.8
        weights[:, JOINTS.index(names[2])] = (1.0 - arm) * 0.2
        return weights

    return weigh


def make_breastplate(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A cuirass cut from the base mesh's suit: scooped neck, arm holes, a keel in front."""
    k = fig.k
    cloth = _cuirass_cut(fig)
    points = cloth.of(fig.shaped.verts.astype(np.float64))
    average = _neighbour_average(cloth.faces, len(points))
    for _ in range(30):
        points = points + 0.6 * (average @ points - points)
    surface = Surface(points, cloth.faces, points[:, :2])
    obstacle = collider(fig, fig.trunk & (fig.verts[:, 1] > points[:, 1].min() - 0.1 * k))
    for _ in range(6):
        normals = outward_normals(surface)
        height, _ = obstacle.distance(surface.points)
        lift = np.maximum(0.016 * k - height, 0.0)
        lift = average @ np.maximum(lift, average @ lift)
        surface = Surface(surface.points + normals * lift[:, None], cloth.faces, surface.coords)
        smooth = surface.points + 0.35 * (average @ surface.points - surface.points)
        surface = Surface(smooth, cloth.faces, surface.coords)
    points = keep_outside(surface.points, obstacle, 0.013 * k)
    points = _keel(points, fig)
    surface = Surface(points, cloth.faces, _unrolled(points))
    surfaces = [s for half in _halves(surface) for s in thicken(half, 0.010 * k, inner=False)]
    part = finish(
        surfaces,
        garment,
        trunk_weights(fig),
        name="Breastplate",
        group="Breastplate",
        seed=seed,
        size_px=1024,
    )
    return (part,)


def _cuirass_cut(fig: Figure) -> cut.Cloth:
    """Level sets: waist, neck, arm holes."""
    k = fig.k
    cloth = cut.from_groups(fig.shaped.data, ("helper-tights",))
    arm, neck, spine = fig.joint("leftUpperArm"), fig.joint("neck"), fig.joint("spine")

    def fields(p: Float[np.ndarray, "n 3"]) -> list[np.ndarray]:
        waist = (
            spine[1]
            + 0.005 * k
            - 0.035 * k * np.exp(-((p[:, 0] / (0.06 * k)) ** 2)) * (p[:, 2] > 0)
        )
        hole = np.array([arm[0] * 1.02, arm[1] - 0.055 * k, arm[2]])
        around = np.hypot((p[:, 1] - hole[1]) / 1.25, (p[:, 2] - hole[2]) * 0.9)
        side = np.maximum(around - 0.060 * k, 0.80 * arm[0] - np.abs(p[:, 0]))
        beside = np.maximum(side, arm[1] - 0.14 * k - p[:, 1])
        scoop = np.where(p[:, 2] > neck[2], 0.055, 0.02) * k
        depth = neck[1] - scoop - p[:, 1]
        wide = np.abs(p[:, 0]) - 0.085 * k
        return [p[:, 1] - waist, beside, 0.93 * arm[0] - np.abs(p[:, 0]), np.maximum(depth, wide)]

    near = cloth.of(fig.shaped.verts.astype(np.float64))
    keep = (near[:, 1] > spine[1] - 0.1 * k) & (np.abs(near[:, 0]) < arm[0] * 1.25)
    cloth = cut.keep_faces(cloth, keep[cloth.faces].all(axis=1))
    cloth = cut.subdivide(cloth)
    for i in range(4):
        p = cloth.of(fig.shaped.verts.astype(np.float64))
        cloth = cut.clip(cloth, fields(p)[i])
    return cloth


def _neighbour_average(faces: np.ndarray, verts: int) -> sp.csr_matrix:
    """Mean of the neighbours; rim vertices only look along the rim."""
    rim = cut.boundary_edges(faces)
    on_rim = np.zeros(verts, dtype=bool)
    on_rim[rim.ravel()] = True
    both = np.concatenate([rim, rim[:, ::-1]])
    along = sp.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(verts, verts))
    around = sp.diags((~on_rim).astype(float)) @ cut.adjacency(faces, verts) + along
    degree = np.maximum(np.asarray(around.sum(axis=1)).ravel(), 1.0)
    return sp.csr_matrix(sp.diags(1.0 / degree) @ around)


def _keel(points: np.ndarray, fig: Figure) -> np.ndarray:
    """A ridge down the middle of the front."""
    k = fig.k
    front = np.clip((points[:, 2] - np.median(points[:, 2])) / (0.05 * k), 0.0, 1.0)
    ridge = np.exp(-((points[:, 0] / (0.022 * k)) ** 2)) * front
    return points + np.array([0.0, 0.0, 0.012 * k]) * ridge[:, None]


def _unrolled(points: np.ndarray) -> np.ndarray:
    """Flatten each half: x against height."""
    return np.stack([points[:, 0], -points[:, 1]], axis=1)


def _halves(surface: Surface) -> list[Surface]:
    """Front and back plate, split where the surface faces sideways."""
    normal = np.cross(
        surface.points[surface.faces[:, 1]] - surface.points[surface.faces[:, 0]],
        surface.points[surface.faces[:, 2]] - surface.points[surface.faces[:, 0]],
    )
    front = normal[:, 2] >= 0
    pieces: list[Surface] = []
    for keep in (front, ~front):
        used, compact = np.unique(surface.faces[keep], return_inverse=True)
        pieces.append(Surface(surface.points[used], compact.reshape(-1, 3), surface.coords[used]))
    return pieces
