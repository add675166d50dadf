# SPDX-License-Identifier: Apache-2.0
"""The scale of the files: one file unit is 10,000 cd/m^2.

That is the CGS unit of luminance, the stilb (1 cd per cm^2; the matching illuminance, 10,000 lux,
is the phot). It puts a clear noon sky near 0.4 and a sunlit white floor near 2, where the common
HDRIs are, so a file dropped into a renderer at strength 1 needs no great change of exposure, and
yet the scale is the same for every file: a dusk is darker than a noon by as much as it is outside.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

UNIT_CD_M2 = 10_000.0
"""``file value * UNIT_CD_M2`` = cd/m^2 (and file irradiance times this = lux)."""


def rounded(file_units: Float32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Keep 12 bits after the leading one: 0.01 % steps, which compress four times better.

    The full range of exponents stays, unlike in 16-bit floats. Rounding in file units also makes an
    environment that is read back from a file equal to the one made, to the last bit.
    """
    bits = file_units.view(np.uint32)
    return ((bits + np.uint32(1 << 10)) & np.uint32(0xFFFFF800)).view(np.float32)
