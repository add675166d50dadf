# SPDX-License-Identifier: Apache-2.0
"""Laws of the families of household things, kitchen things, furniture and tools."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
from scipy import ndimage

from gen3d.foundry import furniture, household, kitchen, tools
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.parts_a import (
    arched,
    band,
    block,
    cushion,
    hoop,
    loft,
    pushed,
    radius_at,
    rounded_rectangle,
    smooth_stack,
    stack,
    strap,
    strut,
    walled,
)
from gen3d.foundry.solids import Solid, cylinder, lathe, moved, prism, volume
from gen3d.foundry.thing import Family, Finish, Knobs, Pieces, ThingSpec, build
from gen3d.render.raycast import Tracer

FAMILIES = (*household.FAMILIES, *kitchen.FAMILIES, *furniture.FAMILIES, *tools.FAMILIES)
ASKED = (
    "vase mug teapot bottle jar bowl candle_holder table_lamp clock picture_frame book "
    "box_with_lid "
    "treasure_chest basket bell umbrella music_box plaster_statue suitcase lantern trophy "
    "frying_pan cooking_pot kettle spoon fork knife plate wine_glass pitcher pepper_mill "
    "cutting_board chair armchair stool table bed bookshelf cabinet chest_of_drawers sofa desk "
    "hammer axe screwdriver wrench shovel broom sword shield bucket anvil"
)
SAMPLES = 4
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@lru_cache(maxsize=256)
def settings(family: Family) -> tuple[tuple[float, ...], ...]:
    """All knobs at 0, all at 1, and some at random."""
    count = len(family.knobs)
    rng = np.random.default_rng(len(family.name) + 31 * count)
    random = tuple(tuple(rng.uniform(0.0, 1.0, count).tolist()) for _ in range(SAMPLES - 2))
    return ((0.0,) * count, (1.0,) * count, *random)


@lru_cache(maxsize=512)
def pieces_of(family: Family, values: tuple[float, ...]) -> Pieces:
    names = [knob.name for knob in family.knobs]
    return family.build(Knobs(dict(zip(names, values, strict=True))))


def is_closed(solid: Solid) -> bool:
    """Each directed edge once, and its opposite once."""
    edges = np.concatenate([solid.faces[:, [i, (i + 1) % 3]] for i in range(3)]).astype(np.int64)
    there = np.sort(edges[:, 0] * len(solid.verts) + edges[:, 1])
    back = np.sort(edges[:, 1] * len(solid.verts) + edges[:, 0])
    return bool(np.all(np.diff(there) > 0)) and bool(np.array_equal(there, back))


def bodies(solid: Solid) -> list[Solid]:
    """The connected surfaces of a soup of triangles."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(solid.verts)
    a, b = solid.faces[:, 0], solid.faces[:, 1]
    c = solid.faces[:, 2]
    rows, columns = np.concatenate([a, b]), np.concatenate([b, c])
    graph = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    return [Solid(solid.verts, solid.faces[label[a] == part]) for part in np.unique(label[a])]


def crossings(solid: Solid, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, ...]:
    """Where lines along z through a grid of x-y points meet a surface.

    Returns:
        The grid column, the z and the sign (+1: going in, with growing z) of every meeting.
    """
    tri = solid.verts[solid.faces]
    step = xs[1] - xs[0]
    found: list[tuple[np.ndarray, ...]] = []
    low = np.ceil((tri[..., :2].min(axis=1) - [xs[0], ys[0]]) / step).astype(int).clip(0)
    high = np.floor((tri[..., :2].max(axis=1) - [xs[0], ys[0]]) / step).astype(int)
    high = np.minimum(high, [len(xs) - 1, len(ys) - 1])
    size = np.maximum(high - low + 1, 0)
    number = size.prod(axis=1)
    face = np.repeat(np.arange(len(tri)), number)
    offset = np.arange(len(face)) - np.repeat(np.cumsum(number) - number, number)
    i = low[face, 0] + offset // size[face, 1].clip(1)
    j = low[face, 1] + offset % size[face, 1].clip(1)
    p = np.stack([xs[i], ys[j]], axis=1)
    a, b, c = (tri[face, k] for k in range(3))

    def area(u: np.ndarray, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        return (v[:, 0] - u[:, 0]) * (w[:, 1] - u[:, 1]) - (v[:, 1] - u[:, 1]) * (w[:, 0] - u[:, 0])

    whole = area(a, b, c)
    inside = np.abs(whole) > 1e-12
    shares = [area(p, b, c), area(a, p, c), area(a, b, p)]
    for share in shares:
        inside &= share * np.sign(whole) >= 0.0
    shares = [share[inside] / whole[inside] for share in shares]
    z = sum(s * corner[inside, 2] for s, corner in zip(shares, (a, b, c), strict=True))
    found.append((i[inside] * len(ys) + j[inside], np.asarray(z), -np.sign(whole[inside])))
    return found[0]


@dataclass(frozen=True)
class Filled:
    """A union on a grid."""

    inside: np.ndarray
    low: np.ndarray
    step: float

    def at(self, points: np.ndarray) -> np.ndarray:
        index = np.round((points - self.low) / self.step).astype(int)
        on_grid = np.all((index >= 0) & (index < len(self.inside)), axis=1)
        held = np.clip(index, 0, len(self.inside) - 1)
        return on_grid & self.inside[tuple(held.T)]


def voxels(solids: list[Solid], size: int = 80) -> Filled:
    """Union of closed solids on a grid: inside where lines along z have entered one."""
    points = np.concatenate([solid.verts for solid in solids])
    low, reach = points.min(axis=0), float(np.ptp(points, axis=0).max())
    # Odd shifts keep the lines off edges and vertices of symmetric things.
    grid = (np.arange(size) + 0.5137) / size * reach
    xs, ys, zs = (low[axis] + grid + shift for axis, shift in enumerate((1.3e-5, 2.1e-5, 3.7e-5)))
    filled = np.zeros((size * size, size), bool)
    for solid in solids:
        column, z, sign = crossings(solid, xs, ys)
        depth = np.zeros((size * size, size + 1))
        level = np.clip(np.ceil((z - zs[0]) / (zs[1] - zs[0])).astype(int), 0, size)
        np.add.at(depth, (column, level), sign)
        filled |= np.cumsum(depth, axis=1)[:, :size] > 0.5
    start = np.array([xs[0], ys[0], zs[0]])
    return Filled(filled.reshape(size, size, size), start, float(xs[1] - xs[0]))


def body_sizes(filled: Filled) -> np.ndarray:
    """Voxels of each connected part of a union."""
    label = np.zeros(filled.inside.shape, np.int32)
    ndimage.label(filled.inside, output=label)
    return np.bincount(label.ravel())[1:]


def unit_pieces(family: Family, values: tuple[float, ...]) -> list[Solid]:
    """The bodies of a thing, scaled so that its longest side is 1."""
    solids = [body for _, solid in pieces_of(family, values) for body in bodies(solid)]
    points = np.concatenate([solid.verts[np.unique(solid.faces)] for solid in solids])
    reach = float(np.ptp(points, axis=0).max())
    return [Solid(solid.verts / reach, solid.faces) for solid in solids]


def share_thick(solid: Solid, filled: Filled, least: float, samples: int = 300) -> float:
    """Share of a body's surface behind which there is matter for some length.

    Rays go inwards through the body; where one comes out inside another body, it goes on.
    """
    tri = solid.verts[solid.faces]
    normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    area = np.linalg.norm(normal, axis=1)
    rng = np.random.default_rng(5)
    face = rng.choice(len(tri), samples, p=area / area.sum())
    weight = rng.dirichlet((1.0, 1.0, 1.0), samples)
    inward = -normal[face] / area[face, None]
    start = np.einsum("ni,nij->nj", weight, tri[face]) + 1e-4 * inward
    tracer = Tracer(solid.verts.astype(np.float32), solid.faces)
    through = tracer.nearest(start.T.astype(np.float32), inward.T.astype(np.float32)).depth
    goes_on = filled.at(start + inward * (np.minimum(through, 1.0) + 0.008)[:, None])
    return float(np.mean((through >= least) | goes_on))


def test_every_thing_that_was_asked_for_is_there_once() -> None:
    names = [family.name for family in FAMILIES]
    assert sorted(names) == sorted(name.replace("_", " ") for name in ASKED.split())


@every_family
def test_pieces_are_closed_and_look_outwards(family: Family) -> None:
    for values in settings(family):
        for name, solid in pieces_of(family, values):
            assert is_closed(solid), (name, values)
            assert all(volume(body) > 0.0 for body in bodies(solid)), (name, values)


@every_family
def test_pieces_make_one_body_that_is_nowhere_thinner_than_a_field_holds(family: Family) -> None:
    for values in settings(family)[:3]:
        solids = unit_pieces(family, values)
        filled = voxels(solids)
        sizes = body_sizes(filled)
        # Single voxels at wedge tips come off the grid; a part that hangs in the air is larger.
        assert sizes.max() >= 0.999 * sizes.sum(), (values, sizes)
        for body in solids:
            assert share_thick(body, filled, 0.03) >= 0.5, values
            assert share_thick(body, filled, 0.015) >= 0.9, values


@every_family
def test_triangles_are_few_and_knobs_and_slots_are_as_many_as_agreed(family: Family) -> None:
    counts = [sum(len(s.faces) for _, s in pieces_of(family, v)) for v in settings(family)]
    assert min(counts) >= 300
    assert 500 <= max(counts) <= 6000
    assert 3 <= len(family.knobs) <= 7
    assert 2 <= len(family.slots) <= 5
    assert 0.0 < family.height_m[0] < family.height_m[1]


@every_family
def test_every_slot_is_used_at_some_knobs_and_its_materials_exist(family: Family) -> None:
    rng = np.random.default_rng(3)
    drawn = [tuple(rng.uniform(0.0, 1.0, len(family.knobs)).tolist()) for _ in range(12)]
    used = {name for values in drawn for name, _ in pieces_of(family, values)}
    assert used == {slot.name for slot in family.slots}
    assert all(material in MATERIALS for slot in family.slots for material in slot.materials)
    assert all(slot.materials for slot in family.slots)


@every_family
def test_every_knob_changes_the_form(family: Family) -> None:
    rng = np.random.default_rng(7)
    middles = rng.uniform(0.2, 0.8, (6, len(family.knobs)))
    for place in range(len(family.knobs)):
        assert any(differs_along(family, middle, place) for middle in middles), family.knobs[place]


def differs_along(family: Family, middle: np.ndarray, place: int) -> bool:
    low, high = middle.copy(), middle.copy()
    low[place], high[place] = 0.0, 1.0
    first, second = shape(family, low), shape(family, high)
    return first.shape != second.shape or bool(np.abs(first - second).max() > 0.02)


def shape(family: Family, values: np.ndarray) -> np.ndarray:
    finish = Finish("plastic", (0.5, 0.5, 0.5))
    spec = ThingSpec(family.name, tuple(values.tolist()), (finish,) * len(family.slots))
    return build(spec, family).verts


@every_family
def test_a_thing_is_built_the_same_every_time_in_the_unit_frame(family: Family) -> None:
    values = np.array(settings(family)[2])
    first = shape(family, values)
    assert first.tobytes() == shape(family, values).tobytes()
    assert np.linalg.norm(first, axis=1).max() == pytest.approx(0.9)
    assert first.max(axis=0) + first.min(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)


def test_the_union_on_a_grid_has_the_volume_of_the_solids() -> None:
    brick = block(1.0, 0.5, 0.4, 0.001)
    filled = voxels([brick])
    assert filled.inside.sum() * filled.step**3 == pytest.approx(0.2, rel=0.02)
    angles = np.linspace(0.0, np.pi, 40).tolist()
    ball = lathe([(0.5 * np.sin(a), -0.5 * np.cos(a)) for a in angles])
    filled = voxels([ball, ball])
    assert filled.inside.sum() * filled.step**3 == pytest.approx(volume(ball), rel=0.02)


def test_the_thickness_rule_sees_a_sheet_and_lets_a_slab_and_an_embedded_sheet_pass() -> None:
    sheet, slab = block(1.0, 0.01, 1.0, 0.002), block(1.0, 0.04, 1.0, 0.002)
    assert share_thick(sheet, voxels([sheet]), 0.015) < 0.1
    assert share_thick(slab, voxels([slab]), 0.03) > 0.9
    assert share_thick(sheet, voxels([sheet, slab]), 0.015) > 0.5


def test_a_body_in_the_air_is_seen_as_a_second_one() -> None:
    apart = moved(block(0.2, 0.2, 0.2), y=0.9)
    assert len(body_sizes(voxels([block(1.0, 0.5, 1.0), apart]))) == 2


def test_a_walled_vessel_holds_what_its_profile_less_the_wall_encloses() -> None:
    cup = walled([(0.5, 0.0), (0.5, 0.5), (0.5, 1.0)], 0.1, 200)
    full = np.pi * 0.25 * 1.0
    hollow = np.pi * 0.16 * 0.9
    assert volume(cup) == pytest.approx(full - hollow, rel=0.03)
    assert is_closed(cup)


def test_a_walled_cone_is_as_thick_square_to_its_side_as_was_asked() -> None:
    cone = walled([(0.2, 0.0), (0.6, 0.5), (1.0, 1.0)], 0.1, 96)
    tri = cone.verts[cone.faces].mean(axis=1)
    radius, y = np.hypot(tri[:, 0], tri[:, 2]), tri[:, 1]
    across = (radius - 0.2 - 0.8 * y) / np.hypot(1.0, 0.8)
    side = (y > 0.2) & (y < 0.9)
    assert across[side].min() == pytest.approx(-0.1, abs=0.01)
    assert across[side].max() == pytest.approx(0.0, abs=0.01)


def test_hoops_and_bands_have_the_volume_of_pappus() -> None:
    square = [(0.5, 0.0), (0.7, 0.0), (0.7, 0.1), (0.5, 0.1)]
    ring = band(square, 200)
    assert volume(ring) == pytest.approx(2.0 * np.pi * 0.6 * 0.02, rel=1e-3)
    assert is_closed(ring)
    assert is_closed(hoop(0.5, 0.4, 0.1))
    assert volume(hoop(0.5, 0.4, 0.1)) > 0.0


@pytest.mark.parametrize(
    "solid",
    [
        block(1.0, 0.5, 0.3, 0.05),
        stack([(0.0, 0.2, 0.1, 0.0), (0.5, 0.3, 0.2, 0.1)], 20, 0.4),
        smooth_stack([(0.0, 0.2, 0.1, 0.0), (0.2, 0.3, 0.2, 0.1), (0.5, 0.1, 0.1, 0.0)]),
        strap([(0.0, 0.0, 0.0), (0.1, 0.5, 0.0), (0.4, 0.8, 0.0)], 0.1, 0.05),
        strut((0.0, 0.0, 0.0), (0.3, 0.4, 0.5), 0.05, 0.02),
        cushion(1.0, 0.4, 0.6),
        prism(arched(0.5, 1.0), 0.1),
    ],
    ids=["block", "stack", "smooth stack", "strap", "strut", "cushion", "arched prism"],
)
def test_parts_are_closed_and_look_outwards(solid: Solid) -> None:
    assert is_closed(solid)
    assert volume(solid) > 0.0


def test_a_block_fills_its_box_and_stands_on_the_ground() -> None:
    solid = block(1.0, 0.5, 0.3, 0.02)
    assert solid.verts.min(axis=0) == pytest.approx([-0.5, 0.0, -0.15])
    assert solid.verts.max(axis=0) == pytest.approx([0.5, 0.5, 0.15])
    assert 0.97 * 0.15 < volume(solid) < 0.15


def test_a_loft_over_equal_squares_is_a_box() -> None:
    square = np.array([[-1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 0.0, -1.0]])
    above = square + np.array([0.0, 3.0, 0.0])
    assert volume(loft(np.stack([square, above]))) == pytest.approx(12.0)


def test_a_rounded_rectangle_lies_in_its_box_and_winds_about_y() -> None:
    flat = rounded_rectangle(2.0, 1.0, 0.2, 6)
    assert np.abs(flat).max(axis=0) == pytest.approx([1.0, 0.5])
    z, x = flat[:, 1], flat[:, 0]
    area = 0.5 * float(np.sum(z * np.roll(x, -1) - x * np.roll(z, -1)))
    assert area == pytest.approx(2.0 - (4.0 - np.pi) * 0.04, rel=0.01)


def test_a_push_moves_what_is_near_and_leaves_what_is_far() -> None:
    solid = cylinder(0.5, 1.0)
    shift = pushed(solid, (0.5, 1.0, 0.0), (0.2, 0.0, 0.0), 0.05).verts - solid.verts
    assert shift.max() == pytest.approx(0.2, rel=1e-6)
    assert np.abs(shift[solid.verts[:, 0] < 0.0]).max() < 1e-12


def test_the_radius_of_a_profile_is_read_between_its_points() -> None:
    assert radius_at([(0.2, 0.0), (0.4, 1.0)], 0.5) == pytest.approx(0.3)
