# SPDX-License-Identifier: Apache-2.0
"""Belt, backpack and apron."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Part
from gen3d.wardrobe.accessories_fit import (
    Figure,
    collider,
    keep_outside,
    skin_weights,
    trunk_rings,
    trunk_weights,
)
from gen3d.wardrobe.lathe import Surface, Weigh, box, finish, grid, loft, thicken, tube


def _waist(fig: Figure) -> float:
    """Height of a belt: between the hip joints and the waist."""
    return float(0.38 * fig.joint("leftUpperLeg")[1] + 0.62 * fig.joint("spine")[1])


def _is_trunk(name: str) -> bool:
    return name in {"hips", "spine", "chest", "upperChest"}


def make_belt(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A strap around the waist, a keeper and a metal buckle."""
    k = fig.k
    height = _waist(fig)
    half = 0.021 * k
    rings = trunk_rings(fig, np.linspace(height + half, height - half, 5), 0.009 * k, columns=72)
    rings = _upright(rings)
    strap = thicken(loft(rings), 0.004 * k)
    weigh = trunk_weights(fig)
    front = rings[2, 54]
    end = _strap_end(rings, k)
    belt = finish([*strap, *end], garment, weigh, name="Belt", group="Belt", seed=seed)
    metal = garment.model_copy(
        update={
            "fabric": "metal",
            "pattern": "plain",
            "color": (0.55, 0.52, 0.45),
            "roughness": 0.3,
            "metallic": 1.0,
        }
    )
    buckle = finish(
        _buckle(front + np.array([0.0, 0.0, 0.003 * k]), half, k),
        metal,
        weigh,
        name="BeltBuckle",
        group="Belt",
        seed=seed,
        size_px=128,
    )
    return belt, buckle


def _upright(
    rings: Float[np.ndarray, "rows columns 3"],
) -> Float[np.ndarray, "rows columns 3"]:
    """Stand a strap up where the body recedes under it: it does not follow a belly's underside."""
    centre = rings.mean(axis=1, keepdims=True)
    offset = rings - centre
    radius = np.linalg.norm(offset, axis=-1, keepdims=True)
    widest = radius.max(axis=0, keepdims=True)
    return centre + offset / radius * widest


def _strap_end(rings: Float[np.ndarray, "rows columns 3"], k: float) -> list[Surface]:
    """The free end that lies over the strap beside the buckle, and a loop around both."""
    columns = rings.shape[1]
    arc = rings[:, [(54 + i) % columns for i in range(-1, 8)]]
    out = normalize(arc - rings.mean(axis=(0, 1))) * np.array([1.0, 0.0, 1.0])
    end = arc + out * 0.004 * k
    centre = end.mean(axis=0, keepdims=True)
    end = centre + (end - centre) * 0.86
    keeper = rings[:, [(54 + i) % columns for i in (4, 5)]]
    wide = keeper + normalize(keeper - rings.mean(axis=(0, 1))) * 0.007 * k
    wide = wide.mean(axis=0, keepdims=True) + (wide - wide.mean(axis=0, keepdims=True)) * 1.10
    return [*thicken(grid(end), 0.003 * k), *thicken(grid(wide), 0.004 * k)]


def _buckle(centre: Float[np.ndarray, "3"], half: float, k: float) -> list[Surface]:
    """A rounded frame with a prong."""
    angle = np.linspace(0.0, 2.0 * np.pi, 28, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * np.abs(c) ** 0.45 * 1.25 * half
    y = np.sign(s) * np.abs(s) ** 0.45 * 1.35 * half
    frame = centre + np.stack([x, y, -6.0 * x * x / max(k, 0.3)], axis=1)
    prong = centre + np.array([[-1.25, 0.0, 0.0], [0.0, 0.0, 0.0], [1.35, 0.0, 0.0]]) * half
    prong = prong + np.array([0.0, 0.0, 0.002 * k])
    return [
        *tube(frame, 0.0038 * k, sides=6, loop=True, up=(0.0, 0.0, 1.0)),
        *tube(prong, 0.0024 * k, sides=6, up=(0.0, 0.0, 1.0)),
    ]


def make_backpack(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A rounded pack with a lid, a front pocket, a rolled mat and two shoulder straps."""
    k = fig.k
    upper = fig.joint("leftUpperArm")
    wide, tall, deep = 0.30 * k, 0.42 * k, 0.15 * k
    middle = np.array([0.0, upper[1] - 0.02 * k - tall / 2.0, 0.0])
    back = _back_plane(fig, middle[1], tall, wide) - 0.018 * k
    middle[2] = back - deep / 2.0
    axes = np.eye(3)
    surfaces = box((wide, tall, deep), middle, axes, roundness=0.45, steps=8)
    lid = middle + np.array([0.0, tall * 0.46, -0.004 * k])
    surfaces += box((wide * 0.96, 0.11 * k, deep * 1.06), lid, axes, roundness=0.5)
    pocket = middle + np.array([0.0, -tall * 0.18, -deep / 2.0 - 0.012 * k])
    surfaces += box((wide * 0.68, tall * 0.42, 0.07 * k), pocket, axes, roundness=0.45)
    body = finish(
        surfaces,
        garment,
        _pack_weights(),
        name="Backpack",
        group="Backpack",
        seed=seed,
        size_px=1024,
    )
    roll = garment.model_copy(update={"color": garment.accent, "pattern": "plain"})
    mat = middle + np.array([0.0, tall * 0.5 + 0.075 * k, -0.01 * k])
    path = mat + np.linspace(-0.55, 0.55, 8)[:, None] * np.array([wide, 0.0, 0.0])
    bedroll = finish(
        tube(path, 0.052 * k, sides=14, up=(0.0, 0.0, 1.0)),
        roll,
        _pack_weights(),
        name="BackpackRoll",
        group="Backpack",
        seed=seed,
        size_px=256,
    )
    straps: list[Surface] = []
    for sign in (1.0, -1.0):
        straps += _pack_strap(fig, sign, middle, tall, back)
    strap = finish(
        straps,
        garment,
        skin_weights(fig, _strap_joint, 0.04),
        name="BackpackStraps",
        group="Backpack",
        seed=seed,
        size_px=256,
    )
    return body, bedroll, strap


def _strap_joint(name: str) -> bool:
    return _is_trunk(name) or name.endswith("Shoulder")


def _pack_weights() -> Weigh:
    """Rigid between chest and upper chest."""
    column = np.zeros(len(JOINTS))
    column[JOINTS.index("upperChest")] = 0.6
    column[JOINTS.index("chest")] = 0.4
    return lambda points: np.tile(column, (len(points), 1))


def _back_plane(fig: Figure, height: float, tall: float, wide: float) -> float:
    """Find z of the rearmost skin under the pack."""
    points = fig.verts[fig.trunk]
    near = (np.abs(points[:, 1] - height) < tall * 0.45) & (np.abs(points[:, 0]) < wide / 2.0)
    return float(points[near, 2].min())


def _pack_strap(
    fig: Figure, sign: float, middle: np.ndarray, tall: float, back: float
) -> list[Surface]:
    """From the pack's top over the shoulder, down the chest, under the arm to the pack's foot."""
    k = fig.k
    shoulder = fig.joint("leftUpperArm")
    x = 0.56 * shoulder[0]
    skin = fig.verts[fig.trunk]
    column = np.abs(skin[:, 0] - x) < 0.025 * k
    top = skin[column][skin[column, 1].argmax()]
    level = middle[1] - tall * 0.28
    chest = skin[column & (np.abs(skin[:, 1] - (shoulder[1] - 0.13 * k)) < 0.03 * k)]
    side = skin[(np.abs(skin[:, 1] - (level + 0.05 * k)) < 0.03 * k) & (skin[:, 0] > 0)]
    flank = side[side[:, 0].argmax()]
    knots = np.array(
        [
            [x * 0.8, middle[1] + tall * 0.36, back],
            [x * 0.9, top[1] + 0.015 * k, top[2] - 0.045 * k],
            [x, top[1] + 0.012 * k, top[2] + 0.02 * k],
            [x * 1.02, shoulder[1] - 0.13 * k, chest[:, 2].max() + 0.01 * k],
            [0.82 * flank[0], level + 0.08 * k, 0.55 * chest[:, 2].max() + 0.45 * flank[2]],
            [flank[0] + 0.008 * k, level + 0.03 * k, flank[2] - 0.01 * k],
            [x * 1.1, level, back],
        ]
    )
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    path = PchipInterpolator(run, knots, axis=0)(np.linspace(0.0, run[-1], 36))
    near = fig.trunk & (fig.verts[:, 1] > level - 0.1 * k)
    obstacle = collider(fig, near)
    for _ in range(3):
        path = keep_outside(path, obstacle, 0.014 * k)
        path[1:-1] = 0.5 * path[1:-1] + 0.25 * (path[:-2] + path[2:])
    path = keep_outside(path, obstacle, 0.014 * k)
    _, out = obstacle.distance(path)
    along = normalize(np.gradient(path, axis=0))
    across = normalize(np.cross(along, out))
    s = np.array([-1.0, 0.0, 1.0])
    half = 0.024 * k
    sheet = (
        path[:, None]
        + s[:, None] * half * across[:, None]
        + (1 - s**2)[:, None] * 0.003 * k * out[:, None]
    )
    sheet = sheet * np.array([sign, 1.0, 1.0])
    return thicken(grid(sheet, flip=sign > 0), 0.006 * k)


def make_apron(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A bib and a skirt over the front, a neck loop, ties around the waist."""
    k = fig.k
    waist = float(fig.joint("spine")[1]) + 0.02 * k
    top = float(fig.joint("leftUpperArm")[1]) - 0.075 * k
    knee = float(fig.joint("leftLowerLeg")[1]) + 0.04 * k
    panel = _apron_panel(fig, top, waist, knee)
    surfaces = thicken(grid(panel), 0.0022 * k)
    surfaces += _apron_ties(fig, waist) + _neck_loop(fig, panel)
    part = finish(
        surfaces,
        garment,
        _apron_weights(fig, waist),
        name="Apron",
        group="Apron",
        seed=seed,
        size_px=1024,
    )
    return (part,)


def _apron_panel(fig: Figure, top: float, waist: float, knee: float) -> np.ndarray:
    """Rows from the bib's upper edge to the hem over the knees, lying on the convex front."""
    k, columns = fig.k, 33
    heights = np.linspace(top, knee, 40)
    crotch = float(fig.joint("leftUpperLeg")[1]) - 0.09 * k
    levels = np.maximum(heights, crotch)
    s = np.linspace(-1.0, 1.0, columns)
    bib = np.clip((heights - waist) / max(top - waist, 1e-3), 0.0, 1.0)
    spread = np.radians(88.0) * (1.0 - bib) ** 0.7 + np.radians(44.0) * bib
    spread = np.where(heights < waist, np.radians(88.0), spread)
    rows: list[np.ndarray] = []
    last = np.zeros(columns)
    for height, level, wide in zip(heights, levels, spread, strict=True):
        ring = trunk_rings(fig, np.array([level + 0.004, level - 0.004]), 0.012 * k, columns=96)[0]
        around = np.arctan2(ring[:, 0], ring[:, 2] - ring[:, 2].mean())
        order = np.argsort(around, kind="stable")
        angle = s * wide
        x = np.interp(angle, around[order], ring[order, 0])
        z = np.interp(angle, around[order], ring[order, 2])
        # Under the belly cloth hangs straight down from its foremost line.
        z = np.maximum(z, last - 0.003 * k) if len(rows) > 12 else z
        last = z
        rows.append(np.stack([x, np.full(columns, height), z], axis=1))
    panel = np.stack(rows)
    low = np.clip((crotch - heights) / (crotch - knee), 0.0, 1.0)[:, None]
    panel[..., 2] += 0.010 * k * low * np.cos(s * 9.0)[None, :]
    panel[..., 0] *= 1.0 + 0.06 * low
    return keep_outside(
        panel, collider(fig, fig.trunk & (fig.verts[:, 1] > knee - 0.1 * k)), 0.012 * k
    )


def _apron_ties(fig: Figure, waist: float) -> list[Surface]:
    """A band around the waist and a bow's two tails behind."""
    k = fig.k
    half = 0.012 * k
    rings = trunk_rings(fig, np.linspace(waist + half, waist - half, 3), 0.015 * k, columns=64)
    surfaces = thicken(loft(rings), 0.002 * k)
    behind = rings[1, 16]
    for sign in (1.0, -1.0):
        t = np.linspace(0.0, 1.0, 8)[:, None, None]
        s = np.array([-0.5, 0.5])[None, :, None]
        tail = behind + np.array([0.0, 0.0, -0.004]) + t * np.array([0.05 * sign, -0.22, -0.03]) * k
        tail = tail + s * 0.028 * k * np.array([1.0, 0.2 * sign, 0.0])
        surfaces += thicken(grid(tail, flip=True), 0.0015 * k)
        a = np.linspace(0.0, 2.0 * np.pi, 14)[:, None]
        loop = (
            behind
            + np.concatenate(
                [
                    sign * (0.045 - 0.045 * np.cos(a)),
                    0.020 * np.sin(a),
                    -0.006 - 0.010 * np.sin(a / 2),
                ],
                axis=1,
            )
            * k
        )
        surfaces += tube(loop, 0.010 * k, sides=6, flatten=0.25, up=(0.0, 0.0, 1.0))
    return surfaces


def _neck_loop(fig: Figure, panel: np.ndarray) -> list[Surface]:
    """A band from the bib's corners around the back of the neck."""
    k = fig.k
    neck = fig.joint("neck")
    skin = fig.verts[np.abs(fig.verts[:, 1] - (neck[1] - 0.01 * k)) < 0.02 * k]
    skin = skin[np.abs(skin[:, 0]) < 0.12 * k]
    back = float(skin[:, 2].min())
    side = float(np.quantile(np.abs(skin[:, 0]), 0.9))
    left = panel[0, -1] + np.array([-0.006, -0.004, 0.0]) * k
    half = np.array(
        [
            left,
            [
                0.6 * left[0] + 0.4 * (side + 0.01 * k),
                0.45 * left[1] + 0.55 * neck[1],
                0.6 * left[2] + 0.4 * neck[2],
            ],
            [side + 0.012 * k, neck[1] + 0.005 * k, neck[2] + 0.01 * k],
            [0.6 * side, neck[1] + 0.012 * k, back - 0.004 * k],
        ]
    )
    knots = np.concatenate(
        [
            half,
            [[0.0, neck[1] + 0.014 * k, back - 0.010 * k]],
            half[::-1] * np.array([-1.0, 1.0, 1.0]),
        ]
    )
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    path = PchipInterpolator(run, knots, axis=0)(np.linspace(0.0, run[-1], 40))
    obstacle = collider(
        fig, (fig.verts[:, 1] > panel[0, 0, 1] - 0.1 * k) & (fig.weight("head") < 0.9)
    )
    for _ in range(3):
        path = keep_outside(path, obstacle, 0.010 * k)
        path[1:-1] = 0.5 * path[1:-1] + 0.25 * (path[:-2] + path[2:])
    path = keep_outside(path, obstacle, 0.010 * k)
    _, out = obstacle.distance(path)
    along = normalize(np.gradient(path, axis=0))
    across = normalize(np.cross(along, out))
    sheet = path[:, None] + np.array([-1.0, 1.0])[:, None] * 0.010 * k * across[:, None]
    return thicken(grid(sheet, flip=True), 0.002 * k)


def _apron_weights(fig: Figure, waist: float) -> Weigh:
    """Trunk above the waist; hips and both thighs below."""
    trunk = skin_weights(fig, lambda n: _is_trunk(n) or n == "neck", 0.04)
    hip = float(fig.joint("leftUpperLeg")[1])
    leg_x = float(fig.joint("leftUpperLeg")[0])

    def weigh(points: np.ndarray) -> np.ndarray:
        upper = trunk(points)
        lower = np.zeros_like(upper)
        free = np.clip((hip + 0.05 * fig.k - points[:, 1]) / (0.16 * fig.k), 0.0, 1.0)
        free = free * free * (3.0 - 2.0 * free)
        left = np.clip(0.5 + 0.5 * points[:, 0] / (1.6 * leg_x), 0.0, 1.0)
        lower[:, JOINTS.index("hips")] = 1.0 - 0.95 * free
        lower[:, JOINTS.index("leftUpperLeg")] = 0.95 * free * left
        lower[:, JOINTS.index("rightUpperLeg")] = 0.95 * free * (1.0 - left)
        share = np.clip((points[:, 1] - hip) / (waist - hip), 0.0, 1.0)[:, None]
        return share * upper + (1.0 - share) * lower

    return weigh
