# SPDX-License-Identifier: Apache-2.0
"""Every augmentation is shown to act, by as much as was drawn, and to let gradients through."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from gen3d.guidance.augment import (
    Augment,
    apply,
    augmented,
    blur,
    draw,
    homography,
    recolour,
    warp,
)

OFF = Augment((1.0, 1.0), *[0.0] * 10)
ALONE: dict[str, Any] = {
    "area": (0.5, 0.9),
    "rotate_deg": 20.0,
    "stretch": 0.3,
    "shear": 0.3,
    "perspective": 0.2,
    "brightness": 0.3,
    "contrast": 0.4,
    "saturation": 0.5,
    "blur": 0.05,
    "noise": 0.1,
    "cutout": 0.4,
}
SQUARE = torch.tensor([[[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def scene(views: int = 4, size: int = 32) -> Tensor:
    """Colours and grain, so that every change shows."""
    at = torch.linspace(-1.0, 1.0, size)
    y, x = torch.meshgrid(at, at, indexing="ij")
    picture = torch.stack([0.5 + 0.4 * torch.sin(9.0 * x * y), 0.4 + 0.4 * x, 0.4 + 0.3 * y])
    grain = 0.3 * torch.rand(3, size, size, generator=seeded(99))
    return (0.7 * picture + grain).expand(views, 3, size, size).clone()


def bar(size: int) -> Tensor:
    """A level, soft bar on black."""
    at = torch.linspace(-1.0, 1.0, size)
    return torch.exp(-25.0 * at[:, None] ** 2 - 5.0 * at[None, :] ** 2)


def area_of(corners: Tensor) -> Tensor:
    """Share of the picture inside four corners, by the shoelace formula."""
    x, y = corners.unbind(-1)
    cross = x * y.roll(-1, 1) - y * x.roll(-1, 1)
    return cross.sum(1).abs() / 2.0 / 4.0


def tilt_of(weights: Tensor) -> float:
    """Direction of the longest axis of a blob, radians, from its second moments."""
    size = weights.shape[-1]
    at = (torch.arange(size, dtype=torch.float64) + 0.5) / size * 2.0 - 1.0
    y, x = torch.meshgrid(at, at, indexing="ij")
    share = weights.double() / weights.double().sum()
    x, y = x - (share * x).sum(), y - (share * y).sum()
    xx, yy, xy = ((share * a * b).sum() for a, b in ((x, x), (y, y), (x, y)))
    return 0.5 * math.atan2(2.0 * float(xy), float(xx - yy))


def test_every_augmentation_has_a_test_of_its_own() -> None:
    assert set(ALONE) == {f.name for f in fields(Augment)}


def test_with_everything_off_the_picture_is_unchanged() -> None:
    assert torch.allclose(augmented(scene(), OFF, seeded()), scene(), atol=1e-5)
    assert torch.allclose(augmented(scene(), Augment().scaled(0.0), seeded()), scene(), atol=1e-5)


@pytest.mark.parametrize("name", sorted(ALONE))
def test_each_augmentation_alone_changes_pictures_each_in_its_own_way(name: str) -> None:
    pictures = scene(8).requires_grad_()
    result = augmented(pictures, replace(OFF, **{name: ALONE[name]}), seeded(1))
    change = (result - pictures).detach()
    # Draws are uniform from nothing on, so a few of them may come out small.
    assert (change.abs().amax(dim=(1, 2, 3)) > 0.01).sum() >= 6
    apart = [float((change[i] - change[j]).abs().max()) for i in range(8) for j in range(i)]
    assert sum(distance > 0.005 for distance in apart) >= 0.8 * len(apart)
    result.mean().backward()
    assert pictures.grad is not None
    assert (pictures.grad.abs().sum(dim=(1, 2, 3)) > 0.3 / 8.0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again = (augmented(scene(), Augment(), seeded(5)) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, augmented(scene(), Augment(), seeded(6)))


def test_crops_keep_the_share_of_the_area_that_was_asked_for() -> None:
    area = area_of(draw(replace(OFF, area=(0.5, 0.9)), 4000, 4, 4, seeded()).corners)
    assert area.min() >= 0.5 - 1e-5
    assert area.max() <= 0.9 + 1e-5
    # Uniform: mean (0.5 + 0.9) / 2, deviation 0.4 / √12 a draw.
    assert area.mean().item() == pytest.approx(0.7, abs=4.0 * 0.4 / math.sqrt(12.0 * 4000))


def test_crops_stay_inside_the_picture_and_reach_its_edges() -> None:
    corners = draw(replace(OFF, area=(0.5, 0.9)), 4000, 4, 4, seeded()).corners
    assert corners.abs().max() <= 1.0 + 1e-5
    assert corners.abs().max() > 0.99


def test_a_crop_shows_that_part_larger() -> None:
    ramp = torch.linspace(0.0, 1.0, 64).expand(1, 3, 64, 64).contiguous()
    shown = warp(ramp, 0.5 * SQUARE, torch.zeros_like(ramp))
    middle = shown[0, 0, 32]
    assert middle[0].item() == pytest.approx(0.25, abs=0.02)
    assert middle[-1].item() == pytest.approx(0.75, abs=0.02)


def test_the_roll_that_was_drawn_is_found_again_in_the_picture() -> None:
    drawn = draw(replace(OFF, rotate_deg=25.0), 8, 64, 64, seeded(2))
    bars = bar(64).expand(8, 3, 64, 64).contiguous()
    rolled = apply(bars, replace(drawn, fill=torch.zeros_like(bars)))
    edge = drawn.corners[:, 1] - drawn.corners[:, 0]
    angles = torch.atan2(edge[:, 1], edge[:, 0])
    found = [tilt_of(rolled[i, 0]) for i in range(8)]
    # What is sampled along a tilted line appears tilted the other way.
    assert found == pytest.approx((-angles).tolist(), abs=0.02)
    assert angles.abs().max() > math.radians(10.0)


def test_rolls_are_uniform_within_the_limit() -> None:
    corners = draw(replace(OFF, rotate_deg=25.0), 4000, 4, 4, seeded()).corners
    edge = corners[:, 1] - corners[:, 0]
    angles = torch.rad2deg(torch.atan2(edge[:, 1], edge[:, 0]))
    assert angles.abs().max() <= 25.0 + 1e-3
    assert angles.std().item() == pytest.approx(25.0 / math.sqrt(3.0), rel=0.05)
    assert angles.mean().item() == pytest.approx(0.0, abs=1.0)


def test_a_roll_of_a_wide_picture_keeps_right_angles() -> None:
    corners = draw(replace(OFF, rotate_deg=25.0), 16, 32, 64, seeded()).corners
    sides = (corners.roll(-1, 1) - corners) * torch.tensor([2.0, 1.0])
    dots = (sides * sides.roll(-1, 1)).sum(-1)
    assert dots.abs().max() < 1e-4


def test_the_homography_takes_corners_to_corners_and_straight_lines_to_straight_lines() -> None:
    corners = draw(Augment(), 16, 32, 32, seeded(3)).corners.double()
    maps = homography(corners)
    square = torch.cat([SQUARE[0], torch.ones(4, 1)], dim=-1).double()
    found = torch.einsum("vij,cj->vci", maps, square)
    assert torch.allclose(found[..., :2] / found[..., 2:], corners, atol=1e-9)
    line = torch.stack([torch.linspace(-1, 1, 9), 0.3 * torch.ones(9), torch.ones(9)], -1).double()
    mapped = torch.einsum("vij,cj->vci", maps, line)
    points = mapped[..., :2] / mapped[..., 2:]
    spread = torch.linalg.svdvals(points - points.mean(1, keepdim=True))
    assert (spread[:, 1] < 1e-9).all()


def test_zooming_out_shows_the_fill_around_the_picture() -> None:
    pictures, fill = torch.zeros(1, 3, 32, 32), torch.ones(1, 3, 32, 32)
    shown = warp(pictures, 2.0 * SQUARE, fill)
    assert shown[..., :7, :].min() == 1.0
    assert shown[..., 9:23, 9:23].max() == 0.0
    # A picture of half the side covers a quarter of the area.
    assert shown.mean().item() == pytest.approx(0.75, abs=0.01)


def test_brightness_contrast_and_saturation_scale_what_they_say() -> None:
    pictures = torch.rand(3, 3, 16, 16, generator=seeded())
    one = torch.ones(3)
    factor = torch.tensor([0.7, 1.0, 1.3])
    luma = torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]

    def grey(values: Tensor) -> Tensor:
        return (values * luma).sum(1)

    bright = recolour(pictures, factor, one, one)
    assert torch.allclose(bright.mean((1, 2, 3)) / pictures.mean((1, 2, 3)), factor, atol=1e-5)
    strong = recolour(pictures, one, factor, one)
    assert torch.allclose(grey(strong).std((1, 2)) / grey(pictures).std((1, 2)), factor, atol=1e-5)
    assert torch.allclose(grey(strong).mean((1, 2)), grey(pictures).mean((1, 2)), atol=1e-5)
    vivid = recolour(pictures, one, one, factor)
    chroma = [(values - grey(values)[:, None]).std((1, 2, 3)) for values in (vivid, pictures)]
    assert torch.allclose(chroma[0] / chroma[1], factor, atol=1e-5)
    assert torch.allclose(grey(vivid), grey(pictures), atol=1e-5)


def test_blur_spreads_a_point_by_its_deviation_and_keeps_its_light() -> None:
    point = torch.zeros(2, 3, 65, 65)
    point[..., 32, 32] = 1.0
    sigma = torch.tensor([1.5, 4.0])
    spread = blur(point, sigma)[:, 0].double()
    at = torch.arange(65, dtype=torch.float64) - 32.0
    variance = (spread.sum(1) * at**2).sum(1)
    assert torch.allclose(spread.sum((1, 2)), torch.ones(2).double(), atol=1e-5)
    # The kernel ends at three deviations of the widest.
    assert variance.sqrt().tolist() == pytest.approx(sigma.tolist(), rel=0.03)


def test_blur_does_not_darken_the_edges() -> None:
    flat = torch.full((1, 3, 16, 16), 0.7)
    assert torch.allclose(blur(flat, torch.tensor([2.0])), flat, atol=1e-5)


def test_noise_has_the_deviation_that_was_drawn() -> None:
    drawn = draw(replace(OFF, noise=0.1), 400, 16, 16, seeded())
    deviations = drawn.noise.std((1, 2, 3))
    assert deviations.max() < 0.115
    assert deviations.mean().item() == pytest.approx(0.05, abs=0.006)
    added = apply(scene(400, 16), drawn) - scene(400, 16)
    assert torch.allclose(added, drawn.noise, atol=1e-5)


def test_cutouts_hide_the_share_of_the_area_that_was_asked_for() -> None:
    hidden = draw(replace(OFF, cutout=0.4), 2000, 32, 32, seeded()).hole.float().mean((1, 2))
    assert hidden.max() <= 0.4 + 0.05
    assert hidden.mean().item() == pytest.approx(0.2, abs=0.012)


def test_what_a_cutout_hides_gets_no_gradient_and_all_else_does() -> None:
    drawn = draw(replace(OFF, cutout=0.5), 3, 24, 24, seeded(4))
    pictures = scene(3, 24).requires_grad_()
    apply(pictures, drawn).sum().backward()
    assert pictures.grad is not None
    hidden = drawn.hole[:, None].expand_as(pictures)
    assert pictures.grad[hidden].abs().max() < 1e-5
    assert pictures.grad[~hidden].min() > 0.5


def test_gradients_are_those_of_finite_differences() -> None:
    drawn = draw(replace(Augment(), noise=0.0), 1, 6, 6, seeded(7))
    exact = replace(drawn, fill=drawn.fill.double(), noise=drawn.noise.double())
    pictures = torch.rand(1, 3, 6, 6, generator=seeded(), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: apply(p, exact), (pictures,))


def test_half_the_strength_is_half_the_limits() -> None:
    half = Augment(area=(0.6, 1.2), rotate_deg=10.0).scaled(0.5)
    assert half.area == pytest.approx((0.8, 1.1))
    assert half.rotate_deg == 5.0
