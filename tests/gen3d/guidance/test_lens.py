# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest
import torch
from open_clip.transform import image_transform
from PIL import Image

from gen3d.errors import Gen3dError
from gen3d.guidance.lens import CLIP_MEAN, Lens


def seeded_pictures(height: int, width: int) -> torch.Tensor:
    """Smooth pictures in whole bytes, so that PIL sees the same."""
    rough = torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(rough, (height, width), mode="bilinear")
    return (255.0 * smooth).round() / 255.0


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("kernel", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [(48, 48), (96, 64), (65, 90)])
def test_it_does_what_open_clips_own_transform_does(
    mode: str, kernel: str, size: tuple[int, int]
) -> None:
    make: Any = image_transform
    pictures = seeded_pictures(*size)
    pixels = (255.0 * pictures[0]).round().byte().permute(1, 2, 0).contiguous()
    transform = make(32, is_train=False, resize_mode=mode, interpolation=kernel, fill_color=64)
    expected: torch.Tensor = transform(Image.fromarray(pixels.numpy()))
    lens = Lens.parse({"resize_mode": mode, "interpolation": kernel, "fill_color": 64}, 32)
    # PIL rounds to bytes twice: two steps of 1/255, over the least spread of 0.26.
    assert (lens(pictures)[0] - expected).abs().max() < 2.5 / 255.0 / 0.26


def test_a_picture_of_the_right_size_is_only_normalised() -> None:
    pictures = torch.rand(2, 3, 16, 16)
    lens = Lens((16, 16), mean=(0.5, 0.5, 0.5), std=(0.25, 0.5, 1.0))
    spread = torch.tensor([0.25, 0.5, 1.0])[:, None, None]
    assert torch.allclose(lens(pictures) * spread + 0.5, pictures, atol=1e-6)


def test_gradients_pass_through() -> None:
    pictures = torch.rand(1, 3, 12, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Lens((6, 6)), (pictures,))


def test_what_the_configuration_leaves_out_is_clips_own() -> None:
    lens = Lens.parse({}, (224, 224))
    assert lens == Lens((224, 224))
    assert lens.mean == CLIP_MEAN


@pytest.mark.parametrize(
    "config", [{"mean": [0.5, 0.5]}, {"resize_mode": "tile"}, {"interpolation": "lanczos"}]
)
def test_a_configuration_that_makes_no_sense_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(Gen3dError):
        Lens.parse(config, 32)
