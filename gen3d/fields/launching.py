# SPDX-License-Identifier: Apache-2.0
"""Run a Warp kernel of :mod:`gen3d.fields.kernels` on torch tensors without copying them.

Tensors become Warp arrays over the same memory: floats of two or more axes are arrays of vectors
(the last axis), everything else of scalars. On CUDA the kernel goes to torch's current stream.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache, partial
from itertools import pairwise
from types import ModuleType

import torch
from torch import Tensor

from gen3d.warp_start import start_warp

Launched = Tensor | float | int
"""What kernels take."""

_BLOCK = 1 << 20
"""Points of a block on CPU: one level after the other, its entries stay in the caches meanwhile."""
_WORTH_A_THREAD = 8192
"""Points below which starting a thread costs more than it saves."""


def launch(kernel: str, threads: int, *arguments: Launched) -> None:
    """Run a kernel; its last tensor is written.

    Args:
        kernel: Name in :mod:`gen3d.fields.kernels`.
        threads: How many.
        arguments: In the kernel's order, contiguous, all on one device.
    """
    if threads == 0:
        return
    warp, kernels = start_warp(), _kernels()
    device = next(a.device for a in arguments if isinstance(a, Tensor))
    values = [_array(warp, a) if isinstance(a, Tensor) else a for a in arguments]
    with _stream(warp, device):
        warp.launch(
            getattr(kernels, kernel),
            dim=threads,
            inputs=values,
            device=warp.device_from_torch(device),
        )


def block_of(device: torch.device) -> int:
    """Points that one thread works through: enough to make a CPU launch cheap, one on a GPU."""
    return 1 if device.type == "cuda" else _BLOCK


def launch_blocks(kernel: str, points: int, call: Callable[[slice], tuple[Launched, ...]]) -> None:
    """Run a kernel that works through blocks of points, on CPU on as many cores as torch uses.

    Warp runs a CPU launch on one core, and frees Python's lock meanwhile.

    Args:
        kernel: Name in :mod:`gen3d.fields.kernels`.
        points: How many.
        call: The points of a launch, all others being other launches' -> its arguments.
    """
    device = _device(call(slice(0, points)))
    block, cores = block_of(device), _cores(device, points)
    edges = [part * points // cores for part in range(cores + 1)]
    jobs = [
        partial(launch, kernel, -(-(last - first) // block), *call(slice(first, last)))
        for first, last in pairwise(edges)
    ]
    _side_by_side(jobs, cores)


def launch_each(
    kernel: str, points: int, items: Sequence[int], call: Callable[[int], tuple[Launched, ...]]
) -> None:
    """Run a kernel that works through blocks of points once for each item, likewise.

    The launches must write to disjoint memory; then the result does not depend on their order.

    Args:
        kernel: Name in :mod:`gen3d.fields.kernels`.
        points: How many, all in each launch.
        items: One launch each.
        call: Item to the launch's arguments.
    """
    if not items:
        return
    device = _device(call(items[0]))
    threads = -(-points // block_of(device))
    jobs = [partial(launch, kernel, threads, *call(item)) for item in items]
    _side_by_side(jobs, min(_cores(device, points), len(jobs)))


def _device(arguments: Sequence[Launched]) -> torch.device:
    return next((a.device for a in arguments if isinstance(a, Tensor)), torch.device("cpu"))


def _cores(device: torch.device, points: int) -> int:
    """Launches at a time that pay: a GPU does one after the other, few points are done at once."""
    few = device.type == "cuda" or points < _WORTH_A_THREAD
    return 1 if few else torch.get_num_threads()


def _side_by_side(jobs: Sequence[Callable[[], None]], cores: int) -> None:
    if cores < 2:
        for job in jobs:
            job()
        return
    _kernels()
    for done in [_pool(os.getpid(), cores).submit(job) for job in jobs]:
        done.result()


@lru_cache
def _pool(_process: int, cores: int) -> ThreadPoolExecutor:
    """Threads of one process: those of a parent do not survive a fork."""
    return ThreadPoolExecutor(cores, thread_name_prefix="warp")


def _array(warp: ModuleType, tensor: Tensor) -> object:
    vectors = {2: warp.vec2f, 3: warp.vec3f}
    kind = None
    if tensor.dtype is torch.float32 and tensor.dim() > 1:
        kind = vectors[tensor.shape[-1]]
    return warp.from_torch(tensor.detach(), dtype=kind, requires_grad=False)


def _stream(warp: ModuleType, device: torch.device) -> AbstractContextManager[object]:
    if device.type != "cuda":
        return nullcontext()
    return warp.ScopedStream(warp.stream_from_torch(torch.cuda.current_stream(device)))


@lru_cache
def _kernels() -> ModuleType:
    """The kernels; compiled by Warp at their first launch, then read from its cache."""
    warp = start_warp()
    from gen3d.fields import kernels

    warp.load_module(kernels, device="cpu")
    return kernels
