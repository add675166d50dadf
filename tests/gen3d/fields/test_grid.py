# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gen3d.fields.grid import HashGrid, Layout, encode, encode_plainly

SMALL = Layout(levels=5, base=3, finest=48, log2_size=9)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _points(count: int, seed: int = 1) -> Tensor:
    return 2.0 * torch.rand(count, 3, generator=_generator(seed)) - 1.0


def _lively(layout: Layout) -> HashGrid:
    """A grid whose table is of order one."""
    grid = HashGrid(layout, _generator())
    with torch.no_grad():
        grid.table.mul_(1e4)
    return grid


def test_levels_grow_geometrically_from_the_first_to_the_last_resolution() -> None:
    layout = Layout(levels=5, base=4, finest=64, log2_size=12)
    assert layout.resolutions == (4, 8, 16, 32, 64)
    sides = [side for _, _, _, side in layout.rows]
    assert sides == [5, 9, 0, 0, 0]  # 17³ does not fit into 4096 entries.
    assert layout.entries == 5**3 + 9**3 + 3 * 4096


def test_impossible_layouts_are_refused() -> None:
    with pytest.raises(ValueError, match="levels"):
        Layout(levels=0)
    with pytest.raises(ValueError, match="finest"):
        Layout(base=32, finest=16)
    with pytest.raises(ValueError, match="log2_size"):
        Layout(log2_size=40)


def test_kernels_equal_the_plain_twin_in_values_and_gradients() -> None:
    grid, points = _lively(SMALL), _points(500).requires_grad_()
    weights = torch.randn(500, grid.width, generator=_generator(2))
    fast = grid(points)
    table = grid.table.detach().double().requires_grad_()
    exact_points = points.detach().double().requires_grad_()
    exact = encode_plainly(exact_points, table, grid.rows, grid.gains.double())
    torch.testing.assert_close(fast.double(), exact, atol=1e-5, rtol=1e-5)
    got = torch.autograd.grad((fast * weights).sum(), [points, grid.table])
    expected = torch.autograd.grad((exact * weights).sum(), [exact_points, table])
    for ours, theirs in zip(got, expected, strict=True):
        scale = float(theirs.abs().max())
        torch.testing.assert_close(ours.double() / scale, theirs / scale, atol=1e-5, rtol=0.0)


def test_the_plain_twin_has_the_gradients_of_finite_differences() -> None:
    layout = Layout(levels=2, base=1, finest=5, log2_size=5)
    grid = _lively(layout)
    table = grid.table.detach().double().requires_grad_()
    points = (0.9 * _points(4)).double().requires_grad_()
    gains = grid.gains.double()
    assert torch.autograd.gradcheck(
        lambda p, t: encode_plainly(p, t, grid.rows, gains), (points, table)
    )


def test_a_dense_level_reproduces_a_trilinear_function_exactly() -> None:
    layout = Layout(levels=1, base=6, finest=6, log2_size=10)
    grid = HashGrid(layout, _generator())
    axis = torch.linspace(-1.0, 1.0, 7)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")

    def function(x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return torch.stack([x - 2.0 * y + 0.5 * z, x * y - z], dim=-1)

    with torch.no_grad():
        grid.table.copy_(function(x, y, z).reshape(-1, 2))
    points = _points(200)
    inside = torch.cat([points, torch.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])])
    linear = function(*inside.unbind(-1))[:, 0]
    torch.testing.assert_close(grid(inside)[:, 0], linear, atol=1e-5, rtol=1e-5)
    corner = torch.stack([axis[1], axis[4], axis[2]])[None]
    torch.testing.assert_close(grid(corner), function(*corner.unbind(-1)), atol=1e-5, rtol=1e-5)


def test_a_hashed_corner_reads_the_entry_of_the_papers_hash() -> None:
    layout = Layout(levels=1, base=40, finest=40, log2_size=8)
    grid = _lively(layout)
    x, y, z = 17, 31, 8
    hashed = (x ^ (y * 2654435761 % 2**32) ^ (z * 805459861 % 2**32)) % 256
    point = torch.tensor([[x, y, z]]) / 20.0 - 1.0
    torch.testing.assert_close(grid(point)[0], grid.table[hashed], atol=1e-3, rtol=1e-3)


def test_levels_that_are_off_give_nothing_and_learn_nothing() -> None:
    grid, points = _lively(SMALL), _points(100)
    whole = grid(points)
    grid.open_to(2.5)
    part = grid(points)
    torch.testing.assert_close(part[:, :4], whole[:, :4])
    torch.testing.assert_close(part[:, 4:6], 0.5 * whole[:, 4:6])
    assert not part[:, 6:].any()
    (gradient,) = torch.autograd.grad(part.square().sum(), grid.table)
    start = SMALL.rows[3][0]
    assert gradient[:start].any()
    assert not gradient[start:].any()
    assert grid.finest_cell == 2.0 / SMALL.resolutions[2]


def test_points_outside_read_the_nearest_face_and_are_not_pulled_across_it() -> None:
    grid = _lively(SMALL)
    outside = torch.tensor([[1.7, 0.3, -0.2]], requires_grad=True)
    face = torch.tensor([[1.0, 0.3, -0.2]])
    found = grid(outside)
    torch.testing.assert_close(found, grid(face))
    (gradient,) = torch.autograd.grad(found.sum(), outside)
    assert gradient[0, 0] == 0.0
    assert gradient[0, 1:].abs().min() > 0.0


def test_no_points_give_no_features() -> None:
    grid = _lively(SMALL)
    found = grid(torch.zeros(0, 3))
    assert found.shape == (0, grid.width)
    found.sum().backward()
    assert not grid.table.grad.any()


def test_the_same_bytes_come_out_however_many_cores_work() -> None:
    grid, points = _lively(SMALL), _points(20_000)
    threads = torch.get_num_threads()
    results: list[tuple[Tensor, Tensor]] = []
    try:
        for cores in (1, 3, 3):
            torch.set_num_threads(cores)
            found = grid(points)
            results.append((found, torch.autograd.grad(found.square().sum(), grid.table)[0]))
    finally:
        torch.set_num_threads(threads)
    for found, gradient in results[1:]:
        assert torch.equal(found, results[0][0])
        # The upstream gradient is torch's own and elementwise, so this holds for it, too.
        assert torch.equal(gradient, results[0][1])


def test_the_start_is_small_and_a_function_of_the_seed() -> None:
    first, again, other = (HashGrid(SMALL, _generator(seed)) for seed in (3, 3, 4))
    assert torch.equal(first.table, again.table)
    assert not torch.equal(first.table, other.table)
    assert first.table.abs().max() <= 1e-4


def test_gradients_of_gradients_are_refused_rather_than_wrong() -> None:
    grid, points = _lively(SMALL), _points(10).requires_grad_()
    found = encode(points, grid.table, grid.rows, grid.gains)
    (slope,) = torch.autograd.grad(found.square().sum(), points, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()
