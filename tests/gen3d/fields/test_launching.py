# SPDX-License-Identifier: Apache-2.0
"""How the points are shared out among launches and threads changes nothing of the result."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gen3d.fields import launching
from gen3d.fields.grid import HashGrid, Layout


def _both(points: Tensor) -> tuple[Tensor, Tensor]:
    """Features, and the gradient of the table."""
    grid = HashGrid(Layout(levels=4, base=4, finest=40, log2_size=10), torch.Generator())
    grid.open_to(2.5)
    features = grid(points)
    features.square().sum().backward()
    assert grid.table.grad is not None
    return features.detach(), grid.table.grad


@pytest.mark.parametrize("block", [1, 7, 1000])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("points", [1, 20_001])
def test_blocks_and_threads_change_no_bit(
    block: int, threads: int, points: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = 2.2 * torch.rand(points, 3, generator=torch.Generator().manual_seed(1)) - 1.1
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        plain = _both(where)
        torch.set_num_threads(threads)
        monkeypatch.setattr(launching, "_BLOCK", block)
        shared = _both(where)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(a, b) for a, b in zip(plain, shared, strict=True))
