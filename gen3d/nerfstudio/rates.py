# SPDX-License-Identifier: Apache-2.0
"""Learning rates and optimisers of a guided fit, as nerfstudio's configuration data.

The same groups, factors and curve as in :mod:`gen3d.guidance.fitting`: the palette moves fast, the
small networks slowly, and the rate falls along half a cosine. A checkpoint of nerfstudio holds the
rates, and torch reads only plain numbers back, so they are Python's, not NumPy's.
"""

# nerfstudio has an environment of its own: where it is not installed its types are unknown.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from nerfstudio.engine.optimizers import OptimizerConfig
from nerfstudio.engine.schedulers import Scheduler, SchedulerConfig
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from gen3d.loop import Plan, rate_at

RATE = 6e-3
FACTORS: Mapping[str, tuple[str, float]] = {
    "look.change": ("palette", 6.0),
    "head": ("networks", 0.3),
    "look.head": ("networks", 0.3),
    "": ("grids", 1.0),
}
"""How parameters' names begin -> their group and its factor of the rate; the first that fits."""


@dataclass
class FitAdamConfig(OptimizerConfig):
    """AdamW as the fit uses it."""

    _target: type = torch.optim.AdamW
    lr: float = RATE
    max_norm: float | None = 4.0
    """Largest norm of the gradient of a group."""
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.0


@dataclass
class FallConfig(SchedulerConfig):
    """Linear warm-up, then half a cosine down to a share."""

    _target: type = field(default_factory=lambda: Fall)
    warmup: int = 8
    """Steps of the warm-up."""
    max_steps: int = 200
    """Steps until the end; keep it at ``--max-num-iterations``."""
    final_share: float = 0.1
    """Of the rate, at the end."""


class Fall(Scheduler):
    """Builds the scheduler of a :class:`FallConfig`."""

    config: FallConfig

    def get_scheduler(self, optimizer: torch.optim.Optimizer, lr_init: float) -> LambdaLR:
        """The rate's curve as factors of the first rate."""
        del lr_init
        plan = Plan(
            steps=self.config.max_steps,
            learning_rate=1.0,
            seed=0,
            warmup=self.config.warmup,
            final_share=self.config.final_share,
        )
        return LambdaLR(optimizer, lambda step: rate_at(plan, step))


def optimisers(steps: int) -> dict[str, Any]:
    """Optimiser and scheduler of every group, as nerfstudio wants them."""
    groups = dict(FACTORS.values())
    return {
        name: {
            "optimizer": FitAdamConfig(lr=RATE * factor),
            "scheduler": FallConfig(max_steps=steps),
        }
        for name, factor in groups.items()
    }


def grouped(model: nn.Module) -> dict[str, list[nn.Parameter]]:
    """The parameters of a field by group; a group without parameters is not there."""
    groups: dict[str, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        group = next(group for start, (group, _) in FACTORS.items() if name.startswith(start))
        groups.setdefault(group, []).append(parameter)
    return groups
