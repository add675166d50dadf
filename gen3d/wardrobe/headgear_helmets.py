# SPDX-License-Identifier: Apache-2.0
"""Helmets (knight, astronaut, soldier) and the cloth hood: shells around the whole head."""

from __future__ import annotations

import numpy as np

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.skeleton import JOINTS
from gen3d.spec import GarmentSpec
from gen3d.transforms import normalize
from gen3d.types import Material, Part
from gen3d.wardrobe.hair_scalp import CENTRE, EYE_LEVEL
from gen3d.wardrobe.headgear_shell import (
    Edge,
    HeadShell,
    azimuths,
    curve_edge,
    direction,
    head_shell,
    neck_weights,
    plane_edge,
    shell_grid,
)
from gen3d.wardrobe.lathe import (
    Surface,
    Weigh,
    clip_surface,
    finish,
    grid,
    lathe,
    rigid,
    thicken,
    tube,
)

METALS = frozenset({"metal", "gold"})
_VISOR = Material("Visor", base_color=(0.012, 0.011, 0.012, 1.0), metallic=0.0, roughness=0.06)


def make_helmet(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """Metal: a knight's with a sight slit; white plastic: a space helmet; else a soldier's."""
    if garment.fabric in METALS:
        return _knight(shaped, garment, seed)
    if garment.fabric in {"plastic", "rubber"} and min(garment.color) > 0.35:
        return _astronaut(shaped, garment, seed)
    return _soldier(shaped, garment, seed)


def _part(
    surfaces: list[Surface], garment: GarmentSpec, name: str, seed: int, px: int = 512
) -> Part:
    return finish(
        surfaces, garment, rigid("head"), name=name, group="Helmet", seed=seed, size_px=px
    )


def _knight(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A sallet-like bowl to the eyes, a bevor below them, a ridge, rivets and breaths."""
    shell = head_shell(shaped, ears=True, above=0.60)
    size = shell.size
    bowl_edge = curve_edge(
        (0.0, 25.0, 50.0, 70.0, 85.0, 100.0, 125.0, 180.0),
        (0.737, 0.737, 0.735, 0.728, 0.690, 0.658, 0.640, 0.632),
    )
    bowl = shell_grid(shell, bowl_edge, 0.018 * size, rows=18, columns=64, smooth=10)
    # A keel along the middle, and a tail that flares over the neck.
    azimuth = azimuths(64)
    keel = np.exp(-((np.sin(azimuth) / 0.10) ** 2))
    t = np.linspace(0.0, 1.0, len(bowl))[:, None]
    out = normalize(bowl - shell.centre)
    behind = np.clip(-np.cos(azimuth), 0.0, 1.0)
    bowl = bowl + out * (keel * 0.010 * size * np.sqrt(t) + behind * 0.022 * size * t**6)[..., None]
    guard_top = curve_edge((0.0, 60.0, 95.0, 120.0), (0.718, 0.717, 0.722, 0.722))
    guard_low = curve_edge((0.0, 30.0, 60.0, 95.0, 120.0), (0.606, 0.612, 0.622, 0.630, 0.640))
    guard = shell_grid(
        shell,
        guard_low,
        0.012 * size,
        upper=guard_top,
        rows=12,
        columns=44,
        span=np.radians(216),
        smooth=10,
    )
    s = np.linspace(-1.0, 1.0, guard.shape[1])
    prow = np.exp(-((s / 0.16) ** 2)) * 0.012 * size
    guard = guard + normalize(guard - shell.centre) * prow[..., None]
    surfaces = [*thicken(grid(bowl), 0.003), *thicken(grid(guard), 0.003), *_rivets(bowl, size)]
    surfaces += _rolled_edge(bowl[-1], 0.0028 * size) + _rolled_edge(guard[0], 0.0024 * size)
    helmet = _part(surfaces, garment, "Helmet", seed, 1024)
    dark = Material("Breaths", base_color=(0.004, 0.004, 0.004, 1.0), roughness=0.9)
    holes = finish(
        _breaths(guard, size),
        garment,
        rigid("head"),
        name="HelmetBreaths",
        group="Helmet",
        seed=seed,
        material=dark,
    )
    return helmet, holes


def _rolled_edge(line: np.ndarray, radius: float) -> list[Surface]:
    return (
        tube(line[:-1], radius, sides=6, loop=True)
        if _is_ring(line)
        else tube(line, radius, sides=6)
    )


def _is_ring(line: np.ndarray) -> bool:
    return bool(np.linalg.norm(line[0] - line[-1]) < 1e-6)


def _rivets(bowl: np.ndarray, size: float) -> list[Surface]:
    """A row of rivet heads above the bowl's lower edge."""
    dome = np.array([[0.0, 1.0], [0.6, 0.8], [0.95, 0.3], [1.0, -0.2]]) * 0.0036 * size
    row = bowl[-2]
    return [
        lathe(dome, row[i], columns=6, axis=_outward(bowl, i))
        for i in range(2, bowl.shape[1] - 2, 5)
    ]


def _outward(sheet: np.ndarray, i: int) -> np.ndarray:
    return normalize(np.cross(sheet[-2, i] - sheet[-3, i], sheet[-2, i + 1] - sheet[-2, i - 1]))


def _breaths(guard: np.ndarray, size: float) -> list[Surface]:
    """Dark vertical slots on both cheeks of the face guard."""
    slots: list[Surface] = []
    rows, columns = guard.shape[:2]
    middle = columns // 2
    for side in (-1, 1):
        for k in range(4):
            column = middle + side * (4 + 2 * k)
            strip = guard[3 : rows - 4, [column, column + 1]]
            centre = strip.mean(axis=1, keepdims=True)
            narrow = centre + (strip - centre) * 0.42
            normal = normalize(np.cross(strip[-1, 0] - strip[0, 0], strip[0, 1] - strip[0, 0]))
            slots.append(grid(narrow + normal * 0.0006 * size))
    return slots


def _soldier(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A combat helmet: rim over the brows, ears covered halfway, chin strap."""
    shell = head_shell(shaped, ears=False, above=0.70)
    size = shell.size
    edge = curve_edge(
        (0.0, 30.0, 50.0, 65.0, 80.0, 105.0, 130.0, 180.0),
        (0.766, 0.764, 0.755, 0.735, 0.722, 0.720, 0.712, 0.706),
    )
    bowl = shell_grid(shell, edge, 0.024 * size, rows=16, columns=64, smooth=12)
    t = np.linspace(0.0, 1.0, len(bowl))[:, None]
    out = normalize((bowl - shell.centre) * np.array([1.0, 0.0, 1.0]))
    bowl = bowl + out * (0.007 * size * t**8)[..., None]
    surfaces = [*thicken(grid(bowl), 0.007), *_rolled_edge(bowl[-1], 0.0032 * size)]
    helmet = _part(surfaces, garment, "Helmet", seed, 1024)
    strap = garment.model_copy(
        update={"pattern": "plain", "fabric": "canvas", "color": garment.accent}
    )
    return helmet, _part(_chin_strap(shaped, size), strap, "HelmetStrap", seed, 256)


def _chin_strap(shaped: ShapedBody, size: float) -> list[Surface]:
    """A band from temple to temple under the chin, on the hull of the face."""
    shell = head_shell(shaped, ears=False, above=0.58)
    angle = np.linspace(-1.0, 1.0, 41) * 2.30
    # Around the face in a plane through the temples that leans forward to the chin.
    forward = np.array([0.0, -np.cos(0.42), np.sin(0.42)])
    side = np.array([1.0, 0.0, 0.0])
    towards = np.cos(angle)[:, None] * forward + np.sin(angle)[:, None] * side
    line = shell.centre + (shell.radius(towards) + 0.0025)[:, None] * towards
    across = normalize(np.cross(np.gradient(line, axis=0), towards))
    s = np.array([1.0, 0.0, -1.0])
    points = line[None] + s[:, None, None] * across[None] * 0.009 * size
    return thicken(grid(points, flip=True), 0.002)


def _astronaut(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A bubble around the whole head on a neck ring, with a dark mirror visor in a frame."""
    shell = head_shell(shaped, ears=True, above=0.60)
    size = shell.size
    points = shell_grid(
        shell, plane_edge(0.600, 0.618), 0.035 * size, rows=28, columns=64, smooth=60
    )
    # Towards a ball: directions keep, radii approach their mean.
    out = normalize(points - shell.centre)
    radius = np.linalg.norm(points - shell.centre, axis=-1, keepdims=True)
    t = np.linspace(0.0, 1.0, len(points))[:, None, None]
    ball = np.maximum(radius, 0.45 * radius + 0.55 * radius[4:].max() * (1.0 - 0.25 * t**4))
    points = shell.centre + out * ball
    sheet = grid(points)
    opening = _visor_field(shell, sheet.points)
    white = clip_surface(sheet, opening)
    visor = clip_surface(
        grid(shell.centre + out * (ball - 0.004 * size)),
        -_visor_field(shell, (shell.centre + out * (ball - 0.004 * size)).reshape(-1, 3)) + 0.10,
    )
    ring = points[-1]
    collar = [
        *tube(ring[:-1], 0.013 * size, sides=8, loop=True),
        *_frame_of_opening(shell, ball.max(), points),
    ]
    surfaces = [*thicken(white, 0.006), *collar]
    helmet = _part(surfaces, garment, "Helmet", seed, 1024)
    glass = finish(
        [visor],
        garment,
        rigid("head"),
        name="HelmetVisor",
        group="Helmet",
        seed=seed,
        material=_VISOR,
    )
    return helmet, glass


def _visor_field(shell: HeadShell, points: np.ndarray) -> np.ndarray:
    """Superellipse around the face: negative inside."""
    offset = shell.canonical(points) - CENTRE
    azimuth = np.arctan2(offset[:, 0], offset[:, 2])
    rise = np.arctan2(offset[:, 1] + 0.035, np.hypot(offset[:, 0], offset[:, 2]))
    return ((np.abs(azimuth) / 1.12) ** 3 + (np.abs(rise) / 0.56) ** 3) ** (1 / 3) - 1.0


def _frame_of_opening(shell: HeadShell, radius: float, points: np.ndarray) -> list[Surface]:
    """A tube along the edge of the visor opening."""
    angle = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    power = 2.0 / 3.0
    azimuth = 1.12 * np.sign(c) * np.abs(c) ** power
    rise = 0.56 * np.sign(s) * np.abs(s) ** power
    # The opening's middle lies under the skull's centre: convert to polar angles from there.
    flat = 0.12
    polar = np.pi / 2.0 - np.arctan2(np.tan(rise) * flat - 0.035, flat)
    towards = direction(azimuth, polar) * shell.frame.scales
    towards = normalize(towards)
    grid_out = normalize(points - shell.centre).reshape(-1, 3)
    reach = np.linalg.norm(points - shell.centre, axis=-1).ravel()
    near = np.argsort(-(towards @ grid_out.T), axis=1, kind="stable")[:, :4]
    close = np.maximum(1.0 - np.take_along_axis(towards @ grid_out.T, near, axis=1), 1e-7)
    weight = 1.0 / close
    line_radius = np.sum(weight * reach[near], axis=1) / weight.sum(axis=1)
    line = shell.centre + np.minimum(line_radius, radius)[:, None] * towards
    return tube(line, 0.006 * shell.size, sides=8, loop=True)


def make_hood(shaped: ShapedBody, garment: GarmentSpec, seed: int) -> tuple[Part, ...]:
    """A cloth hood: a soft shell from the forehead over the skull to a cowl on the shoulders."""
    shell = head_shell(shaped, ears=True, above=0.60, extra=_cowl_skin(shaped))
    size = shell.size
    bottom = _cowl_edge(shaped, shell)
    points = shell_grid(shell, bottom, 0.016 * size, rows=30, columns=72, smooth=8)
    points = _folds(points, shell, seed)
    sheet = grid(points)
    field = _face_field(shell, sheet.points)
    hood = clip_surface(sheet, field)
    weigh = neck_weights(shaped)
    surfaces = thicken(hood, 0.004)
    return (
        finish(
            surfaces,
            garment,
            _hood_weights(shell, weigh),
            name="Hood",
            group="Hood",
            seed=seed,
            size_px=1024,
        ),
    )


def _cowl_skin(shaped: ShapedBody) -> np.ndarray:
    """Neck and the slope of the shoulders."""
    verts = shaped.verts[:BODY_VERTS]
    at = shaped.skeleton.positions
    neck, arm = at[JOINTS.index("neck")], at[JOINTS.index("leftUpperArm")]
    near = np.abs(verts[:, 0]) < 0.55 * arm[0]
    low = neck[1] - 0.055 * shaped.height / 1.75
    used = np.zeros(BODY_VERTS, dtype=bool)
    used[np.unique(shaped.data.quads["body"])] = True
    return near & (verts[:, 1] > low) & (verts[:, 1] < neck[1] + 0.1) & used


def _cowl_edge(shaped: ShapedBody, shell: HeadShell) -> Edge:
    at = shaped.skeleton.positions
    level = float(shell.canonical(at[JOINTS.index("neck")])[1]) - 0.042

    def edge(azimuth: np.ndarray, p: np.ndarray) -> np.ndarray:
        # The cowl dips over breast bone and nape and rides on the shoulders.
        return p[..., 1] - level + 0.014 * np.cos(2.0 * azimuth)

    return edge


def _folds(points: np.ndarray, shell: HeadShell, seed: int) -> np.ndarray:
    """Soft folds: a peak at the back of the crown, waves around the neck."""
    rng = np.random.default_rng([seed, 9])
    offset = shell.canonical(points) - CENTRE
    around = np.arctan2(offset[..., 0], offset[..., 2])
    low = np.clip((0.70 - shell.canonical(points)[..., 1]) / 0.10, 0.0, 1.0)
    wave = 0.004 * low * np.sin(7.0 * around + 30.0 * offset[..., 1] + rng.uniform(0, 6.28))
    peak = 0.012 * np.exp(-(((offset[..., 1] - 0.09) / 0.05) ** 2)) * np.clip(-np.cos(around), 0, 1)
    front = 0.010 * np.clip(offset[..., 2] / 0.09, 0, 1) * np.clip(offset[..., 1] / 0.06, 0, 1)
    return (
        points + normalize(points - shell.centre) * ((wave + peak + front) * shell.size)[..., None]
    )


def _face_field(shell: HeadShell, points: np.ndarray) -> np.ndarray:
    """An egg-shaped opening around the face: negative inside."""
    p = shell.canonical(points)
    x = p[:, 0] / 0.062
    y = (p[:, 1] - (EYE_LEVEL - 0.022)) / np.where(p[:, 1] > EYE_LEVEL - 0.022, 0.085, 0.098)
    ahead = p[:, 2] > 0.03
    return np.where(ahead, np.sqrt(x * x + y * y) - 1.0, 1.0)


def _hood_weights(shell: HeadShell, weigh: Weigh) -> Weigh:
    """Head to the chin, then the skin below."""
    head = rigid("head")

    def blend(points: np.ndarray) -> np.ndarray:
        level = shell.canonical(points)[:, 1]
        share = np.clip((level - 0.585) / 0.075, 0.0, 1.0)[:, None]
        share = share * share * (3.0 - 2.0 * share)
        return share * head(points) + (1.0 - share) * weigh(points)

    return blend
