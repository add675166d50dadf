# SPDX-License-Identifier: Apache-2.0
"""The face that each ray hits first, by Warp's mesh queries: one source for CPU and CUDA.

Imported only where it is used: Warp takes a second to start, and compiles the kernel once.
"""

# Warp reads the kernel's annotations as objects, so they must not be postponed to strings. They and
# the queries' results are made at run time, where no type checker sees them.
# pyright: reportAttributeAccessIssue=false, reportUntypedFunctionDecorator=false
# pyright: reportUnknownParameterType=false, reportInvalidTypeForm=false

from typing import no_type_check

import torch
import warp as wp
from jaxtyping import Float32, Int32
from torch import Tensor

from gen3d.warp_start import start_warp

start_warp()


@wp.kernel(enable_backward=False)
@no_type_check
def _nearest_face(
    mesh: wp.uint64,
    origins: wp.array(dtype=wp.vec3),
    directions: wp.array(dtype=wp.vec3),
    face: wp.array(dtype=wp.int32),
) -> None:
    """One ray a thread."""
    ray = wp.tid()
    query = wp.mesh_query_ray(mesh, origins[ray], directions[ray], 1.0e6)
    if query.result:
        face[ray] = query.face


def nearest_face(
    verts: Float32[Tensor, "verts 3"],
    faces: Int32[Tensor, "faces 3"],
    origins: Float32[Tensor, "rays 3"],
    directions: Float32[Tensor, "rays 3"],
) -> Int32[Tensor, "rays"]:
    """Index of the face that each ray hits first, -1 for none; on the tensors' own device."""
    found = torch.full((len(origins),), -1, dtype=torch.int32, device=origins.device)
    mesh = wp.Mesh(
        points=wp.from_torch(verts.contiguous(), dtype=wp.vec3),
        indices=wp.from_torch(faces.contiguous().reshape(-1), dtype=wp.int32),
    )
    inputs = [
        mesh.id,
        wp.from_torch(origins.contiguous(), dtype=wp.vec3),
        wp.from_torch(directions.contiguous(), dtype=wp.vec3),
        wp.from_torch(found, dtype=wp.int32),
    ]
    device = wp.device_from_torch(origins.device)
    stream = wp.stream_from_torch(origins.device) if origins.is_cuda else None
    wp.launch(_nearest_face, dim=len(origins), inputs=inputs, device=device, stream=stream)
    return found
