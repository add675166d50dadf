# SPDX-License-Identifier: Apache-2.0
"""Long motions: windows cover, weights sum to 1, and seams are not seen."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from motion.control import boundary_jerk
from motion.diffusion import Known, ddim, draw, generators
from motion.noise import Denoise, cosine_schedule, levels
from motion.stitch import blend_weights, continued, stitched, windows

SCHEDULE = cosine_schedule()


def process(frames: int) -> Tensor:
    """Covariance of smooth stationary noise: a Gaussian kernel of 3 frames, and a little white."""
    place = torch.arange(frames, dtype=torch.float64)
    return torch.exp(-0.5 * ((place[:, None] - place) / 3.0) ** 2) + 1e-3 * torch.eye(frames)


def smooth(x: Tensor, t: Tensor) -> Tensor:
    """The perfect denoiser of that process, for windows of any length."""
    signal, sigma = (float(v[0]) for v in levels(SCHEDULE, t))
    covariance = process(x.shape[1])
    seen = signal**2 * covariance + sigma**2 * torch.eye(x.shape[1])
    return torch.einsum("ij,bjw->biw", signal * torch.linalg.solve(seen, covariance).T, x)


def normal(frames: int, batch: int = 8) -> Tensor:
    return draw(generators(range(batch)), frames, 2, dtype=torch.float64)


@pytest.mark.parametrize(
    ("frames", "window", "overlap"),
    [(5, 20, 4), (20, 20, 4), (21, 20, 4), (97, 20, 5), (60, 20, 0)],
)
def test_windows_cover_and_overlap(frames: int, window: int, overlap: int) -> None:
    spans = windows(frames, window, overlap)
    assert spans[0][0] == 0
    assert spans[-1][1] == frames
    for (_, stop), (start, _) in pairwise(spans):
        assert stop - start >= overlap
    assert {b - a for a, b in spans} == {min(frames, window)}
    weights = blend_weights(spans, frames)
    assert torch.allclose(weights.sum(0), torch.ones(frames))


@pytest.mark.parametrize("mode", ["average", "collage"])
def test_windows_that_agree_are_joined_to_what_they_see(mode: str) -> None:
    """A denoiser that works frame by frame sees the same whole and in windows."""
    asked: list[int] = []

    def frame_by_frame(x: Tensor, t: Tensor) -> Tensor:
        assert len(t) == len(x)
        asked.append(len(x))
        return torch.tanh(x)

    x = normal(50, 3)
    got = stitched(frame_by_frame, 20, 6, mode)(x, torch.full((3,), 9.0))
    assert torch.allclose(got, torch.tanh(x), atol=1e-6)
    assert asked[0] == 4 * 3
    assert len(asked) <= 2 + (mode == "collage")


def test_a_short_motion_is_one_window() -> None:
    x, t = normal(9), torch.full((8,), 300.0)
    for mode in ("average", "collage"):
        assert torch.allclose(stitched(smooth, 20, 5, mode)(x, t), smooth(x, t))


@pytest.mark.parametrize("mode", ["average", "collage"])
def test_long_samples_have_the_processes_covariance_and_no_seams(mode: str) -> None:
    frames, window, overlap = 64, 24, 12
    got = ddim(stitched(smooth, window, overlap, mode), SCHEDULE, normal(frames, 300), 25)
    seams = [start for start, _ in windows(frames, window, overlap)[1:]]
    ratios = [boundary_jerk(m.numpy(), seams, 20.0, reach=2) for m in got[:20]]
    assert np.mean(ratios) < 1.2
    flat = torch.cat([got[..., 0], got[..., 1]])
    correlation = flat.T @ flat / len(flat)
    wanted = process(frames)
    # Within reach of the kernel, across the seams too.
    for seam in seams:
        near = slice(seam - 3, seam + 3)
        assert torch.allclose(correlation[near, near], wanted[near, near], atol=0.25)


def test_windows_cut_apart_do_show_their_seams() -> None:
    """The measure above can fail."""
    motions = torch.cat([ddim(smooth, SCHEDULE, normal(24), 25)] * 2, dim=1)
    ratios = [boundary_jerk(m.numpy(), [24], 20.0, reach=2) for m in motions]
    assert np.mean(ratios) > 1.5


def test_each_window_may_have_its_own_words() -> None:
    def says(value: float) -> Denoise:
        return lambda x, _: torch.full_like(x, value)

    x, t = normal(36), torch.full((8,), 300.0)
    got = stitched([says(0.0), says(1.0)], 20, 4)(x, t)[0, :, 0]
    assert got[:16].abs().max() < 1e-6
    assert (got[20:] - 1).abs().max() < 1e-6
    assert bool((got[1:] >= got[:-1] - 1e-6).all())
    with pytest.raises(Gen3dError, match="1 prompts do not fill 2"):
        stitched([says(0.0)], 20, 4)(x, t)


def test_a_motion_goes_on_from_its_end() -> None:
    seen: list[tuple[int, int, bool]] = []

    def sample(number: int, frames: int, known: Known | None) -> Tensor:
        seen.append((number, frames, known is not None))
        noise = draw(generators(range(100 * number, 100 * number + 8)), frames, 2).double()
        return ddim(smooth, SCHEDULE, noise, 25, known=known)

    got = continued(sample, 64, 24, 10)
    assert got.shape == (8, 64, 2)
    assert seen == [(0, 24, False), (1, 24, True), (2, 24, True), (3, 24, True)]
    seams = [stop for _, stop in windows(64, 24, 10)[:-1]]
    ratios = [boundary_jerk(m.numpy(), seams, 20.0, reach=2) for m in got]
    apart = [
        boundary_jerk(torch.cat([m[:24], m.flip(0)[:24]]).numpy(), [24], 20.0, reach=2) for m in got
    ]
    assert np.mean(ratios) < np.mean(apart)
    assert math.isfinite(float(got.abs().max()))


def test_an_overlap_as_long_as_the_window_is_refused() -> None:
    with pytest.raises(Gen3dError, match="cannot overlap"):
        windows(50, 20, 20)
