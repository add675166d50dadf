# SPDX-License-Identifier: Apache-2.0
"""Networks that see the sphere's ring: the right edge of every layer's map continues at the left.

Every convolution pads its columns with those of the other side instead of nothing, on all levels of
the denoiser and of the decoder, so the seam is a column like any other: turning the noise by whole
steps of the coarsest level turns the picture, and nothing else changes. Windows that overlap the
edge, or blends across it, would only hide a seam that is there. Rows stay as they are.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from torch import Tensor, nn
from torch.nn import functional as fn


@contextmanager
def wrapped(*networks: nn.Module | None) -> Generator[None]:
    """Let the convolutions of some networks wrap around; afterwards they are as before."""
    convolutions = [
        module
        for network in networks
        if network is not None
        for module in network.modules()
        if isinstance(module, nn.Conv2d) and _reach(module)
    ]
    before = [module.padding for module in convolutions]
    hooks = [module.register_forward_pre_hook(_Ring(_reach(module))) for module in convolutions]
    try:
        for module in convolutions:
            module.padding = (cast("tuple[int, int]", module.padding)[0], 0)
        yield
    finally:
        for module, padding, hook in zip(convolutions, before, hooks, strict=True):
            module.padding = padding
            hook.remove()


def around(x: Tensor, reach: int) -> Tensor:
    """A map with some columns of the other side at each edge."""
    return fn.pad(x, (reach, reach, 0, 0), mode="circular")


def _reach(module: nn.Conv2d) -> int:
    """Columns that a convolution looks beyond the edge."""
    return 0 if isinstance(module.padding, str) else int(module.padding[1])


class _Ring:
    """Pads what a convolution is given."""

    def __init__(self, reach: int) -> None:
        self._reach = reach

    def __call__(self, _: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return (around(given[0], self._reach), *given[1:])
