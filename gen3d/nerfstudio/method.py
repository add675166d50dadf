# SPDX-License-Identifier: Apache-2.0
"""The entry that nerfstudio finds (``nerfstudio.method_configs``): ``ns-train gen3d-object``.

https://docs.nerf.studio/developer_guides/new_methods.html
"""

# nerfstudio has an environment of its own: where it is not installed its types are unknown.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import torch
from nerfstudio.configs.base_config import MachineConfig, ViewerConfig
from nerfstudio.engine.trainer import TrainerConfig
from nerfstudio.pipelines.base_pipeline import VanillaPipelineConfig
from nerfstudio.plugins.types import MethodSpecification

from gen3d.nerfstudio.cameras import RandomViewsConfig
from gen3d.nerfstudio.model import GuidedModelConfig
from gen3d.nerfstudio.rates import optimisers
from gen3d.spec import ObjectSpec

NAME = "gen3d-object"
STEPS = ObjectSpec().steps

gen3d_object = MethodSpecification(
    config=TrainerConfig(
        method_name=NAME,
        machine=MachineConfig(device_type="cuda" if torch.cuda.is_available() else "cpu"),
        max_num_iterations=STEPS,
        steps_per_save=50,
        steps_per_eval_batch=50,
        steps_per_eval_image=50,
        # There is no set of photographs to compare with at the end.
        steps_per_eval_all_images=0,
        mixed_precision=False,
        pipeline=VanillaPipelineConfig(
            datamanager=RandomViewsConfig(),
            model=GuidedModelConfig(eval_num_rays_per_chunk=1 << 14),
        ),
        optimizers=optimisers(STEPS),
        viewer=ViewerConfig(num_rays_per_chunk=1 << 14),
        vis="viewer",
    ),
    description="Text to object: a field fitted to a prompt under CLIP and score distillation.",
)
