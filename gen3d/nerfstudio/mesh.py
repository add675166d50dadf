# SPDX-License-Identifier: Apache-2.0
"""From a training of nerfstudio to a textured mesh: ``python -m gen3d.nerfstudio.mesh``.

    python -m gen3d.nerfstudio.mesh outputs/unnamed/gen3d-object/…/config.yml object.glb

The field goes through the object pipeline's own surface, UVs and baking, so the file is what
``gen3d object`` would write: 0.3 m tall by default, its foot on y = 0, +Y up.
"""

# nerfstudio has an environment of its own: where it is not installed its types are unknown.
# pyright: reportMissingImports=false

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from gen3d.export.object_gltf import write_object_glb
from gen3d.fields.asset import MeshPlan, object_of, standing
from gen3d.fields.field import Field

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Export:
    """What to read and write."""

    config: tyro.conf.Positional[Path]
    """The ``config.yml`` of a training."""
    out: tyro.conf.Positional[Path]
    """The GLB file."""
    height_m: float = 0.3
    """Height of the object, metres."""
    resolution: int = MeshPlan().resolution
    """Samples a side when the surface is extracted."""
    triangles: int = MeshPlan().triangles
    """Budget of the mesh."""
    texture_px: int = MeshPlan().texture_px
    """Side of the textures, a power of two."""


def write_mesh(order: Export) -> dict[str, Any]:
    """Write the object of a training; returns what is true of its mesh.

    Raises:
        Gen3dError: The field has no surface.
    """
    from nerfstudio.utils.eval_utils import eval_setup

    _, pipeline, _, _ = eval_setup(order.config)
    field: Field = pipeline.model.field.cpu()
    plan = MeshPlan(order.resolution, order.triangles, order.texture_px)
    made = object_of(field, "object", plan)
    write_object_glb(standing(made.asset, order.height_m), order.out)
    return made.facts


def main() -> None:
    """Run from the command line."""
    logging.basicConfig(level=logging.INFO)
    logger.info("%s", write_mesh(tyro.cli(Export)))


if __name__ == "__main__":
    main()
