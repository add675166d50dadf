# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from gen3d.export.document import Picture
from gen3d.export.images import encode_all, encode_png
from gen3d.types import Texture
from tests.consumers.mannequin import picture


@pytest.mark.parametrize("channels", [3, 4])
def test_pixels_come_back_exactly(channels: int) -> None:
    pixels = picture(5, channels)
    data = encode_png(Texture("t", pixels))
    np.testing.assert_array_equal(Picture("t", "image/png", data).pixels, pixels)


def test_the_same_pixels_give_the_same_bytes_in_the_order_asked() -> None:
    textures = [Texture(str(seed), picture(seed)) for seed in range(6)]
    assert encode_all(textures) == [encode_png(texture) for texture in textures]


@pytest.mark.parametrize(
    ("shape", "why"), [((64, 48, 3), "powers of two"), ((64, 64, 2), "channels")]
)
def test_what_engines_cannot_use_is_refused(shape: tuple[int, int, int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        encode_png(Texture("odd", np.zeros(shape, np.uint8)))


def test_a_damaged_picture_is_a_sentence() -> None:
    data = encode_png(Texture("t", picture(5)))
    with pytest.raises(Gen3dError, match="cannot be decoded"):
        _ = Picture("t", "image/png", data[: len(data) // 2]).pixels
