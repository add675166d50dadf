# SPDX-License-Identifier: Apache-2.0
"""What rows near the poles can hold: the band limit of the sphere.

A row at the angle θ from a pole is a circle of the length 2π sin θ. A picture of the sphere that is
as sharp everywhere has no more than (width / 2) sin θ waves around it; more are detail finer than
anywhere else, and at the pole itself they meet in one point (pinch). Spherical harmonics say the
same: those of degree l have next to nothing of the order m where m > l sin θ. Closest to a pole
they fall as (sin θ)^m; where a picture's cells are coarser than its pixels (a decoder's, an
enlargement's) its rows inside the last cell repeat that cell's, and are made to fall like that.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

_CELLS = 1.5
"""From the pole, within which waves fall towards it."""


def band_limited(
    x: Float[Tensor, "*batch rows columns"], cell: float = 1.0
) -> Float[Tensor, "*batch rows columns"]:
    """Without the waves that rows near the poles cannot hold; rows of the middle stay.

    Within 30 degrees of the poles the limit is the sphere's, towards them ever more exactly; half
    way to the horizon it has left the picture alone, whose detail is not lost for its own sake.

    Args:
        x: Maps.
        cell: Rows that one cell of what the map was made of covers.
    """
    rows, columns = x.shape[-2:]
    weight = wave_weights(rows, columns, cell).to(x.device)
    waves = torch.fft.rfft(x.float(), dim=-1) * weight
    return torch.fft.irfft(waves, n=columns, dim=-1).to(x.dtype)


def wave_weights(rows: int, columns: int, cell: float = 1.0) -> Float[Tensor, "rows waves"]:
    """How much of each wave a row keeps."""
    sine = torch.sin(torch.pi * (torch.arange(rows) + 0.5) / rows)
    share = (sine * (1.0 + 2.0 * sine)).clamp(max=1.0)
    limit = columns / 2 * share
    order = torch.arange(columns // 2 + 1)
    kept = (limit[:, None] + 0.5 - order).clamp(0.0, 1.0)
    within = sine / torch.sin(torch.tensor(min(torch.pi * _CELLS * cell / rows, torch.pi / 2)))
    kept = kept * within.clamp(max=1.0)[:, None] ** order
    return torch.where(share[:, None] < 1.0, kept, torch.ones(()))
