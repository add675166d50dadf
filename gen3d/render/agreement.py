# SPDX-License-Identifier: Apache-2.0
"""Whether two ways to show a thing show the same: what was fitted, and the file that was written.

PSNR is taken inside the union of the silhouettes (a large background would flatter it), IoU of the
silhouettes themselves, where coverage is at least a half.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.render.shot import Shot
from gen3d.render.studio import to_srgb

GOAL_PSNR_DB, GOAL_IOU = 28.0, 0.98


@dataclass(frozen=True)
class Agreement:
    """How well two sets of pictures agree."""

    psnr_db: float
    """Peak signal-to-noise ratio of the sRGB colours within the silhouettes."""
    iou: float
    """Least intersection over union of the silhouettes of any view."""

    @property
    def good(self) -> bool:
        """Whether a preview may be trusted."""
        return self.psnr_db >= GOAL_PSNR_DB and self.iou >= GOAL_IOU


@torch.no_grad()
def agreement(first: Shot, second: Shot) -> Agreement:
    """Compare two sets of shots from the same cameras under the same light."""
    here, there = first.alpha >= 0.5, second.alpha >= 0.5
    both = (here & there).flatten(1).sum(1)
    either = (here | there).flatten(1).sum(1)
    iou = (both / either.clamp(min=1)).min() if int(either.sum()) else torch.tensor(0.0)
    error = (_shown(first) - _shown(second)).square().mean(-1)[here | there]
    mean = float(error.mean()) if error.numel() else 1.0
    psnr = float(-10.0 * torch.log10(torch.tensor(max(mean, 1e-10))))
    return Agreement(psnr, float(iou))


def _shown(shot: Shot) -> Float[Tensor, "views height width 3"]:
    """Display colours over black."""
    return to_srgb(shot.rgb / shot.alpha[..., None].clamp(min=1e-4)) * shot.alpha[..., None]
