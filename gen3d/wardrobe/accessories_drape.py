# SPDX-License-Identifier: Apache-2.0
"""Cape and scarf: cloth that hangs from neck and shoulders."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Part
from gen3d.wardrobe.accessories_fit import (
    Figure,
    collider,
    keep_outside,
    relax,
    section,
    skin_weights,
)
from gen3d.wardrobe.hair_strands import Collider
from gen3d.wardrobe.lathe import Surface, Weigh, finish, grid, lathe, thicken, tube

_CLEARANCE = 0.032
"""Room for a coat between back and cape, metres."""
_COLUMNS = 40
_ROWS = 40


def _neck_ring(fig: Figure, angles: np.ndarray, height: float, gap: float) -> np.ndarray:
    """Outline of the neck at a height; angle 0 behind, positive to the left."""
    k = fig.k
    neck = fig.joint("neck")
    near = (np.abs(fig.verts[:, 1] - height) < 0.015 * k) & (np.abs(fig.verts[:, 0]) < 0.10 * k)
    centre = np.array([0.0, height, neck[2]])
    axes = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    radii = section(fig.verts[near], centre, axes, angles) + gap
    return centre + radii[:, None] * (
        np.cos(angles)[:, None] * axes[0] + np.sin(angles)[:, None] * axes[1]
    )


def make_cape(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A cape from the collar bones over the shoulders down to the calves, held by two clasps."""
    k = fig.k
    sheet = _cape_sheet(fig, seed)
    surfaces = thicken(grid(sheet), 0.004 * k)
    cape = finish(
        surfaces, garment, _cape_weights(fig), name="Cape", group="Cape", seed=seed, size_px=1024
    )
    disc = np.array([[0.0, 0.35], [0.55, 0.32], [0.9, 0.18], [1.0, 0.0]]) * 0.019 * k
    clasps: list[Surface] = []
    for column in (0, -1):
        place = 0.7 * sheet[0, column] + 0.3 * sheet[1, column]
        out = normalize(np.array([0.25 * np.sign(place[0]), 0.35, 1.0]))
        clasps.append(lathe(disc, place + out * 0.004 * k, columns=16, axis=out))
    metal = garment.model_copy(
        update={
            "fabric": "gold",
            "pattern": "plain",
            "color": garment.accent,
            "metallic": 1.0,
            "roughness": 0.3,
        }
    )
    held = finish(
        clasps, metal, _cape_weights(fig), name="CapeClasps", group="Cape", seed=seed, size_px=128
    )
    return cape, held


def _cape_sheet(fig: Figure, seed: int) -> Float[np.ndarray, "rows columns 3"]:
    """Columns walk from the neck over the shoulder and fall behind the body."""
    k = fig.k
    s = np.linspace(-1.0, 1.0, _COLUMNS + 1)
    points = _cape_collar(fig, s)
    hem = float(fig.joint("leftLowerLeg")[1]) * 0.45
    length = points[:, 1].max() - hem + 0.10 * k
    step = length / _ROWS
    arms = fig.weight("LowerArm", "Hand", "Thumb", "Index", "Middle", "Ring", "Little") < 0.5
    obstacle = collider(fig, arms & (fig.weight("head") < 0.8) & (fig.verts[:, 1] > hem * 0.5))
    rows = [points]
    over = np.stack([s * 1.1, np.full_like(s, -0.25), np.full_like(s, -0.75)], axis=1)
    over[:, 2] -= 0.35 * (1.0 - np.abs(s))
    for row in range(_ROWS):
        fallen = np.clip((row * step - 0.10 * k) / (0.10 * k), 0.0, 1.0)
        fan = np.stack([0.10 * s, np.full_like(s, -1.0), np.full_like(s, -0.04)], axis=1)
        direction = normalize((1.0 - fallen) * normalize(over) + fallen * fan)
        points = keep_outside(points + direction * step, obstacle, _CLEARANCE * k)
        rows.append(points)
    sheet = np.stack(rows)
    sheet = _hang_free(sheet, k)
    sheet = relax(sheet, 14)
    sheet = keep_outside(sheet, obstacle, _CLEARANCE * 0.8 * k)
    return _cape_folds(relax(sheet, 4), s, k, seed)


def _cape_collar(fig: Figure, s: np.ndarray) -> np.ndarray:
    """Start line: from the left collar bone behind the neck to the right one."""
    k = fig.k
    neck = fig.joint("neck")
    angles = s * np.radians(128.0)
    front = np.abs(s) ** 2
    line = _neck_ring(fig, angles, neck[1] - 0.015 * k, 0.022 * k)
    line[:, 1] += (0.030 - 0.060 * front) * k
    line[:, 0] *= 1.0 + 0.25 * front
    keep = fig.trunk & (fig.verts[:, 1] > neck[1] - 0.25 * k)
    return keep_outside(line, collider(fig, keep), 0.016 * k)


def _hang_free(sheet: np.ndarray, k: float) -> np.ndarray:
    """Below the shoulder blades cloth never comes back towards the legs by more than it hangs."""
    z = sheet[..., 2].copy()
    for row in range(12, len(z)):
        z[row] = np.minimum(z[row], z[row - 1] + 0.0015 * k)
    sheet = sheet.copy()
    sheet[..., 2] = z
    return sheet


def _cape_folds(sheet: np.ndarray, s: np.ndarray, k: float, seed: int) -> np.ndarray:
    """Long vertical folds that deepen towards the hem."""
    rng = np.random.default_rng([seed, 13])
    t = np.linspace(0.0, 1.0, len(sheet))[:, None]
    phase = rng.uniform(0.0, 2.0 * np.pi, 2)
    wave = np.sin(5.0 * np.pi * s + phase[0]) + 0.5 * np.sin(8.5 * np.pi * s + phase[1] + 1.5 * t)
    depth = 0.026 * k * np.clip((t - 0.18) / 0.82, 0.0, 1.0)
    sheet = sheet.copy()
    sheet[..., 2] -= depth * (wave + 1.2)
    sheet[..., 0] += 0.012 * k * t * np.cos(5.0 * np.pi * s + phase[0])
    return sheet


def _smooth(x: np.ndarray) -> np.ndarray:
    t = np.clip(x, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _cape_weights(fig: Figure) -> Weigh:
    """Shoulders and upper chest above, spine and hips below, a share of both thighs at the hem."""
    k = fig.k
    upper = skin_weights(
        fig, lambda n: n in {"upperChest", "leftShoulder", "rightShoulder", "chest"}, 0.05
    )
    names = ("hips", "spine", "chest", "upperChest")
    knots = np.array([fig.joint(n)[1] for n in names])
    hip, leg_x = float(fig.joint("leftUpperLeg")[1]), float(fig.joint("leftUpperLeg")[0])
    knee = float(fig.joint("leftLowerLeg")[1])
    blades = float(fig.joint("leftUpperArm")[1]) - 0.06 * k

    def weigh(points: np.ndarray) -> np.ndarray:
        low = np.zeros((len(points), len(JOINTS)))
        place = np.interp(points[:, 1], knots, np.arange(len(names)))
        for i, name in enumerate(names):
            low[:, JOINTS.index(name)] = np.clip(1.0 - np.abs(place - i), 0.0, 1.0)
        free = 0.85 * _smooth((hip + 0.02 * k - points[:, 1]) / (0.34 * k))
        shin = 0.55 * _smooth((knee + 0.10 * k - points[:, 1]) / (0.25 * k))
        left = np.clip(0.5 + 0.5 * points[:, 0] / (1.6 * leg_x), 0.0, 1.0)
        low *= (1.0 - free)[:, None]
        for side, part in (("left", left), ("right", 1.0 - left)):
            low[:, JOINTS.index(f"{side}UpperLeg")] += free * part * (1.0 - shin)
            low[:, JOINTS.index(f"{side}LowerLeg")] += free * part * shin
        share = np.clip((points[:, 1] - blades + 0.10 * k) / (0.12 * k), 0.0, 1.0)[:, None]
        return share * upper(points) + (1.0 - share) * low

    return weigh


def make_scarf(fig: Figure, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Two turns around the neck and an end that hangs down the chest."""
    k = fig.k
    rng = np.random.default_rng([seed, 17])
    neck = fig.joint("neck")
    turns, steps = 2.0, 96
    angle = np.linspace(0.0, turns * 2.0 * np.pi, steps) + np.radians(150.0)
    rise = np.linspace(-0.018, 0.022, steps) * k
    base = _neck_ring(fig, angle, float(neck[1]), 0.026 * k)
    lower = 1.0 + 0.22 * np.linspace(1.0, 0.0, steps)
    centre = np.array([0.0, neck[1], neck[2]])
    path = centre + (base - centre) * lower[:, None]
    # A scarf lies lower in front than behind.
    path[:, 1] += rise - 0.022 * k * np.clip(-np.cos(angle), -0.3, 1.0)
    near = (fig.verts[:, 1] > neck[1] - 0.3 * k) & (fig.weight("head") < 0.98)
    obstacle = collider(fig, near)
    path = keep_outside(path, obstacle, 0.022 * k)
    wobble = 1.0 + 0.10 * np.sin(np.linspace(0, 31.0, steps) + rng.uniform(0, 6.28))
    surfaces = _wrinkled_tube(path, 0.026 * k * wobble, k)
    for sign, length in ((1.0, 0.34), (-1.0, 0.24)):
        surfaces += _scarf_end(fig, obstacle, sign, length * k)
    weigh = _scarf_weights(fig)
    return (finish(surfaces, garment, weigh, name="Scarf", group="Scarf", seed=seed),)


def _wrinkled_tube(path: np.ndarray, radii: np.ndarray, k: float) -> list[Surface]:
    """A soft roll with lengthwise folds."""
    surfaces = tube(path, radii, sides=16, flatten=1.25)
    body = surfaces[0]
    fold = body.coords[:, 0] * 260.0 / k
    middle = np.repeat(path, 17, axis=0)
    out = body.points - middle
    points = middle + out * (1.0 + 0.07 * np.sin(fold))[:, None]
    return [Surface(points, body.faces, body.coords), *surfaces[1:]]


def _scarf_end(fig: Figure, obstacle: Collider, sign: float, length: float) -> list[Surface]:
    """A hanging end with a fringe of cut corners."""
    k = fig.k
    neck = fig.joint("neck")
    skin = fig.verts[
        (np.abs(fig.verts[:, 0]) < 0.05 * k)
        & (fig.verts[:, 1] > neck[1] - 0.08 * k)
        & (fig.verts[:, 1] < neck[1] - 0.02 * k)
    ]
    start = np.array([0.030 * sign * k, neck[1] - 0.045 * k, skin[:, 2].max() + 0.030 * k])
    t = np.linspace(0.0, 1.0, 14)[:, None]
    s = np.linspace(-1.0, 1.0, 5)[None, :]
    sheet = np.zeros((14, 5, 3)) + start
    sheet[..., 0] += s * (0.030 + 0.022 * t) * k + 0.025 * sign * t * k
    sheet[..., 1] -= t * length
    sheet[..., 2] += (0.006 * np.cos(4.0 * s) * np.ones_like(t) - 0.01 * t) * k
    sheet = keep_outside(sheet, obstacle, 0.018 * k)
    return thicken(grid(sheet), 0.006 * k)


def _scarf_weights(fig: Figure) -> Weigh:
    """Neck and upper chest; a little of the head at the top edge."""
    allowed = skin_weights(fig, lambda n: n in {"neck", "upperChest", "chest", "head"}, 0.04)
    neck, head = float(fig.joint("neck")[1]), JOINTS.index("head")

    def weigh(points: np.ndarray) -> np.ndarray:
        weights = allowed(points).copy()
        limit = np.clip((points[:, 1] - neck) / (0.10 * fig.k), 0.0, 0.5)
        extra = np.maximum(weights[:, head] - limit, 0.0)
        weights[:, head] -= extra
        weights[:, JOINTS.index("neck")] += extra
        return weights

    return weigh
