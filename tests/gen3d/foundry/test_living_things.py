# SPDX-License-Identifier: Apache-2.0
"""Toys, food, plants, vehicles, buildings and creatures are sound solids at every knob setting."""

from __future__ import annotations

import time
import zlib
from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gen3d.foundry import buildings, creatures, food, plants, toys, vehicles
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.solids import Solid, cylinder, ellipsoid, joined, moved, volume
from gen3d.foundry.thing import Family, Finish, Knobs, Pieces, Thing, ThingSpec, build

MODULES = (toys, food, plants, vehicles, buildings, creatures)
FAMILIES = [family for module in MODULES for family in module.FAMILIES]
CELLS = 96
"""Cells across the unit frame: 0.019, a third of the least thickness of a thing of full height."""

each = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def _settings(family: Family) -> list[tuple[float, ...]]:
    """All knobs low, all high, and at random."""
    rng = np.random.default_rng(zlib.crc32(family.name.encode()))
    count = len(family.knobs)
    return [(0.0,) * count, (1.0,) * count, tuple(map(float, rng.random(count)))]


@lru_cache(maxsize=1000)
def _pieces(family: Family, values: tuple[float, ...]) -> Pieces:
    names = [knob.name for knob in family.knobs]
    return family.build(Knobs(dict(zip(names, values, strict=True))))


@lru_cache(maxsize=1000)
def _thing(family: Family, values: tuple[float, ...]) -> Thing:
    plain = tuple(Finish(slot.materials[0], (0.5, 0.5, 0.5)) for slot in family.slots)
    return build(ThingSpec(family.name, values, plain), family)


def _unpaired_edges(solid: Solid) -> int:
    """Edges that are not used exactly once in each direction."""
    edges = solid.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    base = len(solid.verts)
    there = np.sort(edges[:, 0] * base + edges[:, 1])
    back = np.sort(edges[:, 1] * base + edges[:, 0])
    return int((there != back).sum() + (there[1:] == there[:-1]).sum())


def _volumes(solid: Solid) -> list[float]:
    """Signed volume of every connected surface of a solid."""
    corners = solid.faces
    rows, columns = corners[:, [0, 1]].ravel(), corners[:, [1, 2]].ravel()
    count = len(solid.verts)
    links = coo_matrix((np.ones(len(rows)), (rows, columns)), (count, count))
    _, part = connected_components(links, directed=False)
    a, b, c = (solid.verts[corners[:, i]] for i in range(3))
    wedge = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0
    return np.bincount(part[corners[:, 0]], wedge)[np.unique(part[corners[:, 0]])].tolist()


def _occupied(solid: Solid) -> np.ndarray:
    """Cells of the unit frame whose winding number is positive.

    Each column of cells is one line along z. A line crosses a face where its point lies in the
    face's x-y shadow; the shadow's sign says whether it leaves or enters.
    """
    # A slight irrational shift keeps lines off edges and vertices.
    grid = (np.arange(CELLS) + 0.5 + 0.0137 * np.sqrt(2.0)) * (2.0 / CELLS) - 1.0
    corner = solid.verts[solid.faces]
    flat = corner[..., :2]
    step = 2.0 / CELLS
    first = np.clip(np.ceil((flat.min(1) - grid[0]) / step), 0, CELLS).astype(int)
    last = np.clip(np.floor((flat.max(1) - grid[0]) / step), -1, CELLS - 1).astype(int)
    size = np.maximum(last - first + 1, 0)
    count = size[:, 0] * size[:, 1]
    face = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    column = first[face, 0] + nth % np.maximum(size[face, 0], 1)
    row = first[face, 1] + nth // np.maximum(size[face, 0], 1)
    point = np.stack([grid[column], grid[row]], 1)
    a, b, c = (flat[face, i] for i in range(3))
    area = _cross(b - a, c - a)
    safe = np.where(np.abs(area) > 1e-14, area, 1.0)
    u, v = _cross(b - point, c - point) / safe, _cross(c - point, a - point) / safe
    hit = (np.abs(area) > 1e-14) & (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0)
    z = (np.stack([u, v, 1.0 - u - v], 1) * corner[face, :, 2]).sum(1)[hit]
    level = np.clip(np.ceil((z - grid[0]) / step), 0, CELLS).astype(int)
    crossings = np.zeros((CELLS, CELLS, CELLS + 1), np.int32)
    sign = np.where(area[hit] > 0.0, -1, 1)
    np.add.at(crossings, (column[hit], row[hit], level), sign)
    return np.cumsum(crossings, axis=2)[..., :CELLS] > 0


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _part_sizes(full: np.ndarray) -> list[int]:
    """Cells of each face-connected part."""
    labels = np.zeros(full.shape, np.int32)
    ndimage.label(full, output=labels)
    return np.bincount(labels.ravel())[1:].tolist()


def _thin_cells(full: np.ndarray) -> int:
    """Cells farther than three cells from every place that holds a 2 × 2 × 2 block of cells."""
    stout = ndimage.binary_opening(full, np.ones((2, 2, 2), bool))
    near: np.ndarray = ndimage.binary_dilation(
        stout, ndimage.generate_binary_structure(3, 3), iterations=3
    )
    return int((full & ~near).sum())


@lru_cache(maxsize=1000)
def _cells(family: Family, values: tuple[float, ...]) -> np.ndarray:
    thing = _thing(family, values)
    return _occupied(Solid(thing.verts, thing.faces))


def test_cells_measure_volume_and_see_gaps_and_wires() -> None:
    two = joined(moved(ellipsoid(0.3), x=-0.4), moved(ellipsoid(0.3), x=0.4))
    full = _occupied(two)
    assert len(_part_sizes(full)) == 2
    assert full.sum() * (2.0 / CELLS) ** 3 == pytest.approx(volume(two), rel=0.02)
    assert _thin_cells(full) == 0
    wire = joined(two, moved(cylinder(0.012, 1.4), x=1.0 / CELLS, y=-0.7, z=1.0 / CELLS))
    assert _thin_cells(_occupied(wire)) > 20
    rod = joined(two, moved(cylinder(0.028, 1.4), y=-0.7))
    assert _thin_cells(_occupied(rod)) == 0


def test_an_inside_out_or_open_solid_is_noticed() -> None:
    ball = ellipsoid(0.5)
    assert _unpaired_edges(ball) == 0
    assert _unpaired_edges(Solid(ball.verts, ball.faces[1:])) > 0
    inward = Solid(ball.verts, ball.faces[:, ::-1].copy())
    assert _volumes(joined(ellipsoid(0.8), inward)) == pytest.approx(
        [volume(ellipsoid(0.8)), -volume(ball)]
    )


def test_names_are_plain_and_unique() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names) >= 50
    assert all(name == name.lower().strip() for name in names)


@each
def test_knobs_slots_and_materials_follow_the_rules(family: Family) -> None:
    assert 3 <= len(family.knobs) <= 7
    assert 2 <= len(family.slots) <= 6
    assert len({knob.name for knob in family.knobs}) == len(family.knobs)
    assert len({slot.name for slot in family.slots}) == len(family.slots)
    assert all(slot.materials and set(slot.materials) <= set(MATERIALS) for slot in family.slots)
    assert 0.0 < family.height_m[0] < family.height_m[1]


@each
def test_every_piece_is_closed_and_looks_outwards(family: Family) -> None:
    for values in _settings(family):
        for slot, solid in _pieces(family, values):
            assert _unpaired_edges(solid) == 0, (slot, values)
            assert min(_volumes(solid)) > 0.0, (slot, values)
            assert np.isfinite(solid.verts).all()


@each
def test_the_union_is_one_body_without_gaps(family: Family) -> None:
    for values in _settings(family):
        sizes = _part_sizes(_cells(family, values))
        # The last cells of a pointed tip may touch the others by an edge only.
        assert sum(size > 3 for size in sizes) == 1, (values, sorted(sizes)[-4:])


@each
def test_nothing_is_too_thin_for_a_field(family: Family) -> None:
    for values in _settings(family):
        assert _thin_cells(_cells(family, values)) <= 12, values


@each
def test_all_slots_are_used_at_some_setting(family: Family) -> None:
    used = {slot for values in _settings(family) for slot, _ in _pieces(family, values)}
    assert used == {slot.name for slot in family.slots}


@each
def test_triangles_keep_to_the_budget(family: Family) -> None:
    counts = [len(_thing(family, values).faces) for values in _settings(family)]
    assert min(counts) >= 200
    assert max(counts) <= 6500


@each
def test_building_again_gives_the_same_bytes_quickly(family: Family) -> None:
    values = _settings(family)[2]
    first = _thing(family, values)
    _pieces.cache_clear()
    started = time.process_time()
    again = build(first.spec, family)
    assert time.process_time() - started < 0.5
    assert again.verts.tobytes() == first.verts.tobytes()
    assert again.faces.tobytes() == first.faces.tobytes()


@each
def test_every_knob_changes_the_form(family: Family) -> None:
    middle = [0.5] * len(family.knobs)
    base = _thing(family, tuple(middle))
    for index, knob in enumerate(family.knobs):
        changed = []
        for value in (0.0, 1.0):
            values = tuple(value if i == index else v for i, v in enumerate(middle))
            other = _thing(family, values)
            same = other.verts.shape == base.verts.shape
            changed.append(not same or np.abs(other.verts - base.verts).max() > 0.01)
        assert any(changed), knob.name
