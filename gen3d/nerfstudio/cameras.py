# SPDX-License-Identifier: Apache-2.0
"""Random cameras in the place of a data set: nerfstudio's data manager of a guided fit.

Each step draws the cameras that :mod:`gen3d.guidance.fitting` draws, and hands their rays to the
model. For the viewer and for pictures on the way there is a fixed ring of cameras.
"""

# nerfstudio has an environment of its own: where it is not installed its types are unknown.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from nerfstudio.cameras.cameras import Cameras
from nerfstudio.cameras.rays import RayBundle
from nerfstudio.data.datamanagers.base_datamanager import DataManager, DataManagerConfig
from nerfstudio.data.datamanagers.random_cameras_datamanager import RandomCamerasDataManager
from nerfstudio.data.scene_box import SceneBox
from torch import Tensor, nn

from gen3d.errors import Gen3dError
from gen3d.guidance.fitting import cameras as random_cameras
from gen3d.guidance.looking import around
from gen3d.nerfstudio.axes import poses_to_nerf
from gen3d.nerfstudio.draws import draws
from gen3d.render.views import Views

RING = 8
"""Cameras that the viewer draws and that pictures on the way are taken from."""
_PAPER = 0.82
"""sRGB grey of the empty pictures in the viewer's cameras."""


@dataclass
class RandomViewsConfig(DataManagerConfig):
    """Cameras all round, drawn anew every step."""

    _target: type = field(default_factory=lambda: RandomViews)
    views: int = 4
    """Pictures a step."""
    size_px: int = 64
    """Side of the pictures that guidance sees."""
    ring_px: int = 256
    """Side of the pictures on the way."""


class Ring:
    """What nerfstudio takes for a data set: cameras about the unit cube, and empty pictures."""

    def __init__(self, size_px: int) -> None:
        self.views = around(tuple(360.0 / RING * i for i in range(RING)), size_px=size_px)
        self.cameras = cameras_of(self.views)
        cube = torch.tensor([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
        self.scene_box = SceneBox(cube)
        self.metadata: dict[str, object] = {}

    def __len__(self) -> int:
        return RING

    def __getitem__(self, index: int) -> dict[str, Any]:
        paper = torch.full((self.views.height_px, self.views.width_px, 3), _PAPER)
        return {"image": paper, "image_idx": index}


# nerfstudio's exporters ask for this very class by name; nothing of it is used but that.
class RandomViews(RandomCamerasDataManager):
    """Hands out rays of random cameras.

    Args:
        config: Number and size of the pictures.
        device: Where the rays should be.
        test_mode: nerfstudio's; there is one kind of data only.
        world_size: Number of processes.
        local_rank: Of this process.
    """

    config: RandomViewsConfig

    def __init__(
        self,
        config: RandomViewsConfig,
        device: torch.device | str = "cpu",
        test_mode: str = "val",
        world_size: int = 1,
        local_rank: int = 0,
        **_: object,
    ) -> None:
        if config.data is not None:
            raise Gen3dError(
                f"The guided fit makes its own cameras and reads no data ({config.data}).",
                "Leave --data out; say what to make with --prompt.",
            )
        self.config, self.device, self.test_mode = config, device, test_mode
        self.world_size, self.local_rank = world_size, local_rank
        self.train_dataset = self.eval_dataset = Ring(config.ring_px)
        # Exporters set a number here that rays of whole pictures have no use for.
        self.train_pixel_sampler = SimpleNamespace(
            num_rays_per_batch=self.get_train_rays_per_batch()
        )
        DataManager.__init__(self)

    def setup_train(self) -> None:
        """Do nothing: there is nothing to load."""

    def setup_eval(self) -> None:
        """Do nothing: there is nothing to load."""

    def next_train(self, step: int) -> tuple[RayBundle, dict[str, Any]]:
        """Rays of random cameras, and the cameras."""
        self.train_count += 1
        # Exporters call with step 0 again and again: the count tells the calls apart.
        generator = draws("cameras", max(step, self.train_count - 1))
        views = random_cameras(self.config.views, self.config.size_px, generator)
        return rays_of(views).to(self.device), {"views": views}

    def next_eval(self, step: int) -> tuple[RayBundle, dict[str, Any]]:
        """Rays of a quarter of the ring, each time the same, and the cameras."""
        del step
        self.eval_count += 1
        views = around((0.0, 90.0, 180.0, 270.0), size_px=self.config.size_px)
        return rays_of(views).to(self.device), {"views": views}

    def next_eval_image(self, step: int) -> tuple[Cameras, dict[str, Any]]:
        """The ring's cameras, one after the other."""
        del step
        index = self.eval_count % RING
        self.eval_count += 1
        return self.eval_dataset.cameras[index : index + 1].to(self.device), {"image_idx": index}

    def get_train_rays_per_batch(self) -> int:
        """Rays of one step."""
        return self.config.views * self.config.size_px**2

    def get_eval_rays_per_batch(self) -> int:
        """Rays of one look on the way."""
        return 4 * self.config.size_px**2

    def get_datapath(self) -> Path:
        """Where the viewer keeps camera paths."""
        return Path()

    def get_param_groups(self) -> dict[str, list[nn.Parameter]]:
        """Nothing here is learned."""
        return {}


def cameras_of(views: Views) -> Cameras:
    """The same cameras as nerfstudio's, in its world."""
    focal_px = 0.5 * views.height_px / torch.tan(views.fov_y / 2.0)
    return Cameras(
        camera_to_worlds=poses_to_nerf(views.T_world_camera),
        fx=focal_px[:, None],
        fy=focal_px[:, None],
        cx=views.width_px / 2.0,
        cy=views.height_px / 2.0,
        width=views.width_px,
        height=views.height_px,
    )


def rays_of(views: Views) -> RayBundle:
    """All rays of some cameras in one list, by camera, row and column."""
    cameras = cameras_of(views)
    pixels: Tensor = cameras.get_image_coords()
    size = (len(views), *pixels.shape[:2])
    index = torch.arange(len(views))[:, None, None, None].expand(*size, 1)
    bundle: RayBundle = cameras.generate_rays(index, pixels.expand(*size, 2))
    return bundle.flatten()
