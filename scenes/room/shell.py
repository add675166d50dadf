# SPDX-License-Identifier: Apache-2.0
"""Floor, walls with their openings, ceiling, windows, doors, curtains.

Walls are as thick as real ones, so that windows have reveals; what looks outwards is black and is
never seen. The sky shines in through a window's outer edge; there is no glass in it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gen3d.foundry.parts_b import block, rod
from gen3d.foundry.solids import Solid, ellipsoid, joined, moved
from gen3d.scenery import RoomSpec, Side
from scenes.place import Portal
from scenes.room.kit import SIDES, Hole, Kit, Piece, Wall

THICK = 0.28
_DOOR_WIDE, _DOOR_TALL = 0.9, 2.05
_GATE = 3.2
_DOORS_FIRST: tuple[Side, ...] = ("right", "back", "front", "left")
_PATTERNS = {
    "planks": ("planks", 1.2, 0.45),
    "parquet": ("parquet", 1.4, 0.4),
    "carpet": ("carpet", 1.2, 1.0),
    "tiles": ("tiles", 1.6, 0.12),
    "concrete": ("concrete", 3.0, 0.8),
    "stone": ("slabs", 2.4, 0.7),
}
_WALLS = {
    "plaster": ("paint", 3.0, 0.9),
    "bricks": ("bricks", 1.0, 0.9),
    "panelling": ("panelling", 1.2, 0.5),
    "tiles": ("tiles", 0.8, 0.12),
    "concrete": ("concrete", 3.0, 0.85),
    "stone": ("ashlar", 2.4, 0.9),
}


def sheet(left: float, right: float, low: float, high: float, z: float = 0.0) -> Solid:
    """An upright rectangle that faces +Z."""
    corners = [(left, low), (right, low), (right, high), (left, high)]
    verts = np.array([(x, y, z) for x, y in corners])
    return Solid(verts, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def level(right: float, left: float, back: float, front: float, y: float, *, up: bool) -> Solid:
    """A level rectangle, x from ``right`` to ``left``."""
    corners = [(right, back), (right, front), (left, front), (left, back)]
    verts = np.array([(x, y, z) for x, z in (corners if up else corners[::-1])])
    return Solid(verts, np.array([[0, 1, 2], [0, 2, 3]], np.int32))


def build_shell(kit: Kit) -> None:
    """Everything that a room is without its furniture and lamps."""
    room = kit.room
    _plan_walls(kit)
    _floor(kit)
    for side in SIDES:
        _wall(kit, kit.walls[side])
        for number, hole in enumerate(kit.walls[side].holes):
            make = _door if hole.door else _window
            make(kit, kit.walls[side], hole, number)
    _skirting(kit)
    if room.ceiling == "vault":
        _vault(kit)
    else:
        _flat(kit)


def _plan_walls(kit: Kit) -> None:
    room, found = kit.room, dict[Side, list[Hole]]()
    for side in SIDES:
        wall = kit.bounds.wall(side)
        found[side] = _windows(room, wall) if side in room.windows else []
    for side, at in _doorways(kit, found):
        wide, tall = (_GATE, _GATE) if room.kind == "warehouse" else (_DOOR_WIDE, _DOOR_TALL)
        tall = min(tall, room.height_m - 0.05)
        found[side].append(Hole(at - wide / 2, at + wide / 2, 0.0, tall, door=True))
    kit.walls = {side: kit.bounds.wall(side, tuple(found[side])) for side in SIDES}


def spring_m(room: RoomSpec) -> float:
    """Height at which a vault begins."""
    return room.height_m - min(0.42 * room.width_m, 0.45 * room.height_m)


def _windows(room: RoomSpec, wall: Wall) -> list[Hole]:
    wide = min(room.window_width_m, wall.length - 0.7)
    gap = 0.55 + (0.5 if room.curtains else 0.0) + 0.12 * wide
    count = max(int((wall.length - 0.5) / (wide + gap)), 1)
    top = spring_m(room) if room.ceiling == "vault" and wall.side in {"left", "right"} else None
    low = min(room.sill_m, (top or room.height_m) - 0.6)
    high = min(low + room.window_height_m, (top or room.height_m) - 0.14)
    pitch = wall.length / count
    middles = (np.arange(count) + 0.5) * pitch - wall.length / 2
    return [Hole(m - wide / 2, m + wide / 2, low, high) for m in middles.tolist()]


def _doorways(kit: Kit, windows: dict[Side, list[Hole]]) -> list[tuple[Side, float]]:
    """Where doors are: on walls without windows where there are such, in a corridor all along."""
    room = kit.room
    if room.kind == "corridor":
        found = list[tuple[Side, float]]()
        each = max(room.doors // 2, 1)
        for side in ("left", "right"):
            length = kit.bounds.wall(side).length
            if windows[side]:
                continue
            for k in range(each):
                shift = 0.25 if side == "left" else -0.25
                found.append((side, ((k + 0.5) / each - 0.5) * length + shift))
        return found
    blank: list[Side] = [s for s in _DOORS_FIRST if not windows[s]]
    others: list[Side] = [s for s in _DOORS_FIRST if windows[s]]
    order: list[Side] = [*blank, *others]
    if room.kind == "church":
        order = ["back"]
    found = []
    for k in range(room.doors):
        side = order[k % len(order)]
        wall = kit.bounds.wall(side)
        end = wall.length / 2 - (_GATE if room.kind == "warehouse" else 0.85)
        sign = 1.0 if kit.rng.random() < 0.5 else -1.0
        places = [0.0] if room.kind == "church" else [sign * end, -sign * end, 0.0]
        for at in places:
            clear = all(
                abs(at - 0.5 * (h.left + h.right)) > 0.5 * (h.right - h.left) + 0.75
                for h in windows[side]
            )
            if clear and (side, at) not in found and wall.length > 1.4:
                found.append((side, at))
                break
    return found


def _floor(kit: Kit) -> None:
    room, b = kit.room, kit.bounds
    pattern, size, rough = _PATTERNS[room.floor]
    number = kit.surface("floor", "floor", room.floor_color, pattern, size, rough)
    slab = level(b.right - THICK, b.left + THICK, b.back - THICK, b.front + THICK, 0.0, up=True)
    kit.put(kit.shape("floor", [(slab, number)]), np.zeros(3))


def _wall(kit: Kit, wall: Wall) -> None:
    room = kit.room
    pattern, size, rough = _WALLS[room.walls]
    inner = kit.surface("wall", "wall", room.wall_color, pattern, size, rough)
    reveal = kit.surface("reveal", "wall", (0.7, 0.69, 0.66), "paint", 3.0, 0.9)
    outer = kit.surface("outside", "wall", (0.0, 0.0, 0.0))
    half, high = wall.length / 2, room.height_m
    pieces: list[Piece] = []
    for left, right, low, top in _cells(wall.holes, half, 0.0, high):
        pieces.append((sheet(left, right, low, top), inner))
    for left, right, low, top in _cells(wall.holes, half + THICK, -THICK, high + THICK):
        back = sheet(left, right, low, top, -THICK)
        pieces.append((Solid(back.verts, back.faces[:, ::-1].copy()), outer))
    for hole in wall.holes:
        if not hole.door:
            pieces += [(side, reveal) for side in _reveals(hole)]
    kit.put(kit.shape(f"wall {wall.side}", pieces), wall.foot, wall.turn)


def _cells(
    holes: tuple[Hole, ...], half: float, low: float, high: float
) -> list[tuple[float, float, float, float]]:
    """Rectangles that cover a wall but for its windows; doors stand before it."""
    open_ = [h for h in holes if not h.door]
    xs = sorted({-half, half, *(x for h in open_ for x in (h.left, h.right))})
    ys = sorted({low, high, *(y for h in open_ for y in (h.low, h.high))})
    found = list[tuple[float, float, float, float]]()
    for left, right in pairwise(xs):
        for bottom, top in pairwise(ys):
            x, y = 0.5 * (left + right), 0.5 * (bottom + top)
            if not any(h.left < x < h.right and h.low < y < h.high for h in open_):
                found.append((left, right, bottom, top))
    return found


def _reveals(hole: Hole) -> list[Solid]:
    """The four sides of an opening, looking into it."""
    a, r, b, t, z = hole.left, hole.right, hole.low, hole.high, -THICK
    quads = [
        [(a, b, 0), (r, b, 0), (r, b, z), (a, b, z)],
        [(a, t, z), (r, t, z), (r, t, 0), (a, t, 0)],
        [(a, b, z), (a, t, z), (a, t, 0), (a, b, 0)],
        [(r, b, 0), (r, t, 0), (r, t, z), (r, b, z)],
    ]
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return [Solid(np.array(quad, np.float64), faces) for quad in quads]


def _bar(left: float, right: float, low: float, high: float, z: float, deep: float) -> Solid:
    return block((0.5 * (left + right), low, z), right - left, high - low, deep, 0.0)


def _window(kit: Kit, wall: Wall, hole: Hole, number: int) -> None:
    room = kit.room
    dark = room.kind in {"warehouse", "workshop", "studio"}
    paint = (0.05, 0.05, 0.055) if dark else (0.74, 0.73, 0.70)
    if room.kind in {"church", "cell"}:
        paint = (0.10, 0.09, 0.085)
    frame = kit.surface("window frame", "window", paint, roughness=0.4)
    a, r, b, t = hole.left, hole.right, hole.low, hole.high
    z, w = -0.6 * THICK, 0.055
    bars = [_bar(a, a + w, b, t, z, 0.07), _bar(r - w, r, b, t, z, 0.07)]
    bars += [_bar(a, r, b, b + w, z, 0.07), _bar(a, r, t - w, t, z, 0.07)]
    panes = max(round((r - a) / (0.45 if room.kind == "church" else 0.85)), 1)
    for x in np.linspace(a, r, panes + 1)[1:-1].tolist():
        bars.append(_bar(x - 0.03, x + 0.03, b, t, z, 0.06))
    rows = max(round((t - b) / (0.7 if dark or room.kind == "church" else 1.6)), 1)
    for y in np.linspace(b, t, rows + 1)[1:-1].tolist():
        bars.append(_bar(a, r, y - 0.025, y + 0.025, z, 0.05))
    pieces: list[Piece] = [(bar, frame) for bar in bars]
    if b > 0.2:
        stone = kit.surface("window sill", "window", (0.66, 0.65, 0.62), roughness=0.5)
        pieces.append((_bar(a - 0.05, r + 0.05, b - 0.03, b + 0.004, 0.045, 0.11), stone))
    kit.put(kit.shape(f"window {wall.side} {number}", pieces), wall.foot, wall.turn, solid=False)
    corner = wall.world(a, -THICK, b).astype(np.float32)
    u = (wall.world(r, -THICK, b) - corner).astype(np.float32)
    v = np.array([0.0, t - b, 0.0], np.float32)
    kit.portals.append(Portal(corner, np.stack([u, v])))
    if room.curtains:
        _curtains(kit, wall, hole, number)


def _curtains(kit: Kit, wall: Wall, hole: Hole, number: int) -> None:
    cloth = kit.surface("curtain", "furniture", kit.room.accent_color, "fabric", 0.5, 0.95)
    pole = kit.surface("curtain pole", "furniture", (0.12, 0.10, 0.085), roughness=0.4)
    top = min(hole.high + 0.12, kit.room.height_m - 0.04)
    low = 0.04 if hole.low < 1.0 else hole.low - 0.15
    pieces: list[Piece] = []
    for inner, sign in ((hole.left, -1.0), (hole.right, 1.0)):
        pieces.append((_folds(inner - sign * 0.06, inner + sign * 0.30, low, top), cloth))
    left, right = hole.left - 0.36, hole.right + 0.36
    pieces.append((rod((left, top, 0.1), (right, top, 0.1), 0.014, 10), pole))
    pieces += [(moved(ellipsoid(0.028, detail=6), x, top, 0.1), pole) for x in (left, right)]
    kit.put(kit.shape(f"curtain {wall.side} {number}", pieces), wall.foot, wall.turn, solid=False)


def _folds(start: float, end: float, low: float, high: float) -> Solid:
    """A hanging cloth in folds, 3 mm thick."""
    x = np.linspace(min(start, end), max(start, end), 41)
    z = 0.1 + 0.032 * np.sin(2 * np.pi * (x - x[0]) / 0.085)
    rings = [(x, y, z + d) for d in (0.0015, -0.0015) for y in (low, high)]
    verts = np.concatenate([np.stack([a, np.full_like(a, y), c], 1) for a, y, c in rings])
    n = len(x)
    k = np.arange(n - 1)

    def strip(a: int, b: int) -> np.ndarray:
        i, j = a * n + k, b * n + k
        return np.concatenate([np.stack([i, i + 1, j + 1], 1), np.stack([i, j + 1, j], 1)])

    ends = np.array([[0, n, 3 * n], [0, 3 * n, 2 * n]])
    right = np.array([[n - 1, 3 * n - 1, 4 * n - 1], [n - 1, 4 * n - 1, 2 * n - 1]])
    faces = [strip(0, 1), strip(3, 2), strip(1, 3), strip(2, 0), ends, right]
    return Solid(verts, np.concatenate(faces).astype(np.int32))


def _door(kit: Kit, wall: Wall, hole: Hole, number: int) -> None:
    room = kit.room
    a, r, t = hole.left, hole.right, hole.high
    if room.kind == "warehouse":
        steel = kit.surface("roller door", "door", (0.28, 0.30, 0.32), roughness=0.5)
        slats = [
            _bar(a, r, y, y + 0.1, 0.012, 0.02 + 0.012 * (k % 2))
            for k, y in enumerate(np.arange(0, t - 0.05, 0.1).tolist())
        ]
        kit.put(
            kit.shape(f"door {wall.side} {number}", [(s, steel) for s in slats]),
            wall.foot,
            wall.turn,
        )
        return
    wood = room.kind in {"church", "cell", "living room", "library", "restaurant", "workshop"}
    paint = room.wood_color if wood else (0.66, 0.65, 0.62)
    leaf = kit.surface("door", "door", paint, "timber" if wood else "plain", 1.2, 0.45)
    metal = kit.surface("door handle", "door", (0.55, 0.53, 0.5), roughness=0.3, metallic=1.0)
    w = 0.07
    pieces: list[Piece] = [
        (_bar(a - w, a, 0.0, t + w, 0.014, 0.03), leaf, 0.9),
        (_bar(r, r + w, 0.0, t + w, 0.014, 0.03), leaf, 0.9),
        (_bar(a - w, r + w, t, t + w, 0.015, 0.034), leaf, 0.9),
        (_bar(a, r, 0.004, t, 0.004, 0.012), leaf),
    ]
    for low, high in ((0.12, 0.92), (1.06, t - 0.12)):
        middle = 0.5 * (a + r)
        for u, c in ((a + 0.12, middle - 0.045), (middle + 0.045, r - 0.12)):
            pieces.append(
                (block((0.5 * (u + c), low, 0.012), c - u, high - low, 0.014, 0.012), leaf, 1.06)
            )
    x = r - 0.065
    pieces.append((rod((x, 1.02, 0.008), (x, 1.02, 0.06), 0.011, 10), metal))
    pieces.append((rod((x + 0.01, 1.02, 0.055), (x - 0.11, 1.02, 0.055), 0.009, 10), metal))
    kit.put(kit.shape(f"door {wall.side} {number}", pieces), wall.foot, wall.turn)


def _skirting(kit: Kit) -> None:
    if kit.room.walls in {"tiles", "stone", "bricks", "concrete"} or kit.room.kind == "studio":
        return
    paint = kit.surface("skirting", "wall", (0.66, 0.65, 0.62), roughness=0.5)
    for wall in kit.walls.values():
        cuts = [-wall.length / 2, wall.length / 2]
        low = [h for h in wall.holes if h.low < 0.1]
        cuts += [x for h in low for x in (h.left - 0.07 * h.door, h.right + 0.07 * h.door)]
        cuts.sort()
        bars = [
            _bar(a, b, 0.0, 0.085, 0.007, 0.014)
            for a, b in pairwise(cuts)
            if b - a > 0.02 and not any(h.left < 0.5 * (a + b) < h.right for h in low)
        ]
        pieces: list[Piece] = [(bar, paint) for bar in bars]
        kit.put(kit.shape(f"skirting {wall.side}", pieces), wall.foot, wall.turn, solid=False)


def _flat(kit: Kit) -> None:
    room, b = kit.room, kit.bounds
    plaster = kit.surface("ceiling", "ceiling", room.ceiling_color, "paint", 3.0, 0.95)
    top = level(
        b.right - THICK, b.left + THICK, b.back - THICK, b.front + THICK, room.height_m, up=False
    )
    kit.put(kit.shape("ceiling", [(top, plaster)]), np.zeros(3), solid=False)
    if room.ceiling == "flat":
        return
    middle = 0.5 * (b.left + b.right)
    bars = list[Solid]()
    steel = room.ceiling == "trusses"
    step = 4.5 if steel else 1.0
    for z in np.arange(b.back + step / 2, b.front, step).tolist():
        if steel:
            bars += _truss(b.right, b.left, room.height_m, z)
        else:
            bars.append(block((middle, room.height_m - 0.16, z), room.width_m, 0.17, 0.14, 0.012))
    colour = (0.24, 0.25, 0.27) if steel else room.wood_color
    number = kit.surface("beam", "ceiling", colour, "plain" if steel else "timber", 1.4, 0.6)
    kit.put(kit.shape("beams", [(joined(*bars), number)]), np.zeros(3), solid=False)


def _truss(right: float, left: float, height: float, z: float) -> list[Solid]:
    """A steel girder of chords and diagonals under the roof."""
    top, low = height - 0.12, height - 0.95
    bars = [_bar(right, left, y, y + 0.1, z, 0.12) for y in (low, top)]
    count = max(round((left - right) / 1.2), 2)
    xs = np.linspace(right, left, count + 1).tolist()
    for k, (a, b) in enumerate(pairwise(xs)):
        ends = ((a, low + 0.05, z), (b, top + 0.05, z))
        if k % 2:
            ends = ((a, top + 0.05, z), (b, low + 0.05, z))
        bars.append(rod(*ends, 0.035, 6))
    return bars


def _vault(kit: Kit) -> None:
    """Half an ellipse over the side walls, from end to end, with ribs."""
    room, b = kit.room, kit.bounds
    spring = spring_m(room)
    turn = np.linspace(0, np.pi, 33)
    middle, half = 0.5 * (b.left + b.right), 0.5 * (b.left - b.right)
    x, y = middle + half * np.cos(turn), spring + (room.height_m - spring) * np.sin(turn)
    ends = (b.back - THICK, b.front + THICK)
    verts = np.concatenate([np.stack([x, y, np.full_like(x, z)], 1) for z in ends])
    k = np.arange(32)
    faces = np.concatenate(
        [np.stack([k, k + 33, k + 34], 1), np.stack([k, k + 34, k + 1], 1)]
    ).astype(np.int32)
    number = kit.surface("ceiling", "ceiling", room.ceiling_color, "paint", 3.0, 0.95)
    stone = kit.surface("rib", "ceiling", room.wall_color, "ashlar", 2.4, 0.9)
    pieces: list[Piece] = [(Solid(verts, faces), number)]
    for z in np.arange(b.back + 1.5, b.front, 3.6).tolist():
        path = [(float(p), float(q), z) for p, q in zip(x, y, strict=True)]
        pieces += [(rod(a, c, 0.11, 6), stone) for a, c in pairwise(path)]
    kit.put(kit.shape("ceiling", pieces), np.zeros(3), solid=False)
    top = level(b.right - THICK, b.left + THICK, *ends, room.height_m + 0.2, up=False)
    outer = kit.surface("outside", "wall", (0.0, 0.0, 0.0))
    kit.put(kit.shape("ceiling outside", [(top, outer)]), np.zeros(3), solid=False)
