# SPDX-License-Identifier: Apache-2.0
"""What is done to training pictures: exact compositing, and changes that really act."""

from __future__ import annotations

import torch
from torch import Tensor

from gen3d.training.scatter import on_backgrounds, scattered


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def of_alpha(alpha: int, count: int = 6) -> Tensor:
    made = torch.randint(256, (count, 12, 12, 4), generator=seeded(1)).to(torch.uint8)
    made[..., 3] = alpha
    return made


def test_opaque_pictures_are_kept_exactly() -> None:
    pictures = of_alpha(255)
    made = on_backgrounds(pictures, seeded(2))
    bytes_made = (made * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1)
    assert torch.equal(bytes_made, pictures[..., :3])


def test_coverage_mixes_the_picture_and_its_background_in_display_space() -> None:
    pictures = of_alpha(51)
    behind = on_backgrounds(of_alpha(0), seeded(3))
    front = pictures[..., :3].permute(0, 3, 1, 2) / 255.0
    made = on_backgrounds(pictures, seeded(3))
    assert torch.allclose(made, 0.2 * front + 0.8 * behind, atol=1e-6)


def test_backgrounds_follow_the_generator_and_differ_within_a_batch() -> None:
    clear = of_alpha(0)
    one, same, other = (on_backgrounds(clear, seeded(s)) for s in (4, 4, 5))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert len({bytes(picture.numpy()) for picture in one}) == len(one)


def test_scattered_pictures_stay_pictures_and_follow_the_generator() -> None:
    pictures = torch.rand(64, 3, 24, 24, generator=seeded(6))
    made = scattered(pictures, seeded(7))
    assert made.shape == pictures.shape
    assert 0.0 <= made.min() < made.max() <= 1.0
    assert torch.equal(made, scattered(pictures, seeded(7)))
    assert not torch.equal(made, scattered(pictures, seeded(8)))


def test_exposure_is_the_only_change_of_a_plain_grey_picture_that_nothing_else_hits() -> None:
    made = scattered(torch.full((400, 3, 16, 16), 0.5), seeded(9))
    even = made.amax((1, 2, 3)) - made.amin((1, 2, 3)) < 1e-6
    # Flips and blurs leave grey as it is, and a cut is grey: patches (0.3) and noise (0.3) do not.
    assert 0.4 < even.float().mean() < 0.58
    gain = made[even].mean((1, 2, 3)) / 0.5
    assert 0.879 < gain.min() < 0.9
    assert 1.1 < gain.max() < 1.121


def test_half_of_the_pictures_are_mirrored() -> None:
    pictures = torch.zeros(400, 3, 16, 16)
    pictures[..., 8:] = 1.0
    made = scattered(pictures, seeded(10))
    brighter_left = made[..., :8].mean((1, 2, 3)) > made[..., 8:].mean((1, 2, 3))
    assert 0.42 < brighter_left.float().mean() < 0.58


def test_about_a_sixth_of_the_pictures_lose_a_grey_rectangle() -> None:
    # White under a gain of at least 0.88 is darker than 0.7 only where it was cut.
    made = scattered(torch.ones(600, 3, 24, 24), seeded(11))
    grey = (made < 0.62).all(dim=1).flatten(1).float().mean(dim=1)
    cut = grey > 0.005
    assert 0.1 < cut.float().mean() < 0.21
    assert grey.max() < 0.11


def test_blur_takes_contrast_from_the_finest_detail_of_a_third() -> None:
    fine = torch.zeros(400, 3, 16, 16)
    fine[..., ::2] = 1.0
    spread = scattered(fine, seeded(12)).std(dim=-1).mean((1, 2))
    assert 0.22 < (spread < 0.25).float().mean() < 0.4
