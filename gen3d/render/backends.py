# SPDX-License-Identifier: Apache-2.0
"""Ways to find which face every pixel sees; nothing else is asked of a back end.

Each takes detached float32 positions and answers with face indices, -1 where there is nothing, so
that all of them give the same picture up to rounding. Embree runs on the CPU; Warp on CPU and CUDA;
PyTorch3D (Ravi et al. 2020) and nvdiffrast (Laine et al. 2020) are used where they are installed.
All look from pixel centres, both sides of a face are solid, and nothing is clipped in front but
what lies behind the camera.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float32, Int32, Int64
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.render.pixels import pixel_rays, pixels_around
from gen3d.render.views import Views

FaceFinder = Callable[[Tensor, Tensor, Views], Int32[Tensor, "views height width"]]
NEAR = 1e-3
"""Distance before which the rasterisers (not the ray tracers) see nothing."""


def embree(
    verts: Float32[Tensor, "verts 3"], faces: Int32[Tensor, "faces 3"], views: Views
) -> Int32[Tensor, "views height width"]:
    """By Embree rays, on the CPU."""
    from gen3d.render.raycast import Tracer

    pixel = pixels_around(verts, views)
    origins, directions = (value.float().cpu().numpy() for value in pixel_rays(views, pixel))
    tracer = Tracer(verts.cpu().numpy(), faces.cpu().numpy())
    hits = tracer.nearest(origins.T, directions.T)
    return spread(torch.from_numpy(hits.face).to(verts.device), pixel, views)


def warp(
    verts: Float32[Tensor, "verts 3"], faces: Int32[Tensor, "faces 3"], views: Views
) -> Int32[Tensor, "views height width"]:
    """By Warp's mesh queries, on the device of the positions."""
    try:
        from gen3d.render.warp_rays import nearest_face
    except ImportError as error:
        raise _missing("Warp", "pip install warp-lang") from error
    pixel = pixels_around(verts, views)
    origins, directions = (value.float() for value in pixel_rays(views, pixel))
    return spread(nearest_face(verts, faces, origins, directions), pixel, views)


def spread(
    face: Int32[Tensor, "pixels"], pixel: Int64[Tensor, "pixels"], views: Views
) -> Int32[Tensor, "views height width"]:
    """Faces of some pixels in pictures that are empty elsewhere."""
    shape = (len(views), views.height_px, views.width_px)
    blank = torch.full(shape, -1, dtype=torch.int32, device=face.device)
    return blank.reshape(-1).index_copy(0, pixel, face).reshape(shape)


def pytorch3d(
    verts: Float32[Tensor, "verts 3"], faces: Int32[Tensor, "faces 3"], views: Views
) -> Int32[Tensor, "views height width"]:
    """By PyTorch3D's rasteriser, hard, one face a pixel."""
    try:
        from pytorch3d.renderer.mesh.rasterize_meshes import (  # pyright: ignore[reportMissingImports] optional
            rasterize_meshes,
        )
        from pytorch3d.structures import Meshes  # pyright: ignore[reportMissingImports] optional
    except ImportError as error:
        raise _missing("PyTorch3D", "see github.com/facebookresearch/pytorch3d") from error
    ndc = pytorch3d_positions(verts, views)
    meshes = Meshes(verts=list(ndc), faces=[faces.long()] * len(views))
    size = (views.height_px, views.width_px)
    found: Tensor = rasterize_meshes(
        meshes, image_size=size, faces_per_pixel=1, perspective_correct=True, z_clip_value=NEAR
    )[0][..., 0]
    # Faces are numbered through the whole batch.
    return torch.where(found < 0, -1, found % len(faces)).to(torch.int32)


def nvdiffrast(
    verts: Float32[Tensor, "verts 3"], faces: Int32[Tensor, "faces 3"], views: Views
) -> Int32[Tensor, "views height width"]:
    """By nvdiffrast's CUDA rasteriser."""
    try:
        import nvdiffrast.torch as dr  # pyright: ignore[reportMissingImports] optional
    except ImportError as error:
        raise _missing("nvdiffrast", "see github.com/NVlabs/nvdiffrast") from error
    context = dr.RasterizeCudaContext(device=verts.device)
    clip = clip_positions(verts, views)
    size = [views.height_px, views.width_px]
    buffer: Tensor = dr.rasterize(context, clip, faces.contiguous(), resolution=size)[0]
    # The fourth channel is the face plus one, and the first row is the lowest one.
    return (buffer[..., 3].round().to(torch.int32) - 1).flip(1)


def pytorch3d_positions(
    verts: Float32[Tensor, "verts 3"], views: Views
) -> Float32[Tensor, "views verts 3"]:
    """PyTorch3D's normalised device coordinates: x to the left, y up, z the depth ahead.

    The shorter side of the picture reaches from -1 to 1.
    """
    local, slope = _in_camera(verts, views)
    depth = -local[..., 2]
    short = min(1.0, views.width_px / views.height_px)
    flat = local[..., :2] / (depth * slope * short)[..., None]
    return torch.stack([-flat[..., 0], flat[..., 1], depth], dim=-1)


def clip_positions(
    verts: Float32[Tensor, "verts 3"], views: Views
) -> Float32[Tensor, "views verts 4"]:
    """OpenGL clip coordinates with the far plane behind the farthest vertex."""
    local, slope = _in_camera(verts, views)
    depth = -local[..., 2]
    far = 1.01 * float(depth.max().clamp(min=2.0 * NEAR))
    z = ((far + NEAR) * depth - 2.0 * far * NEAR) / (far - NEAR)
    x = local[..., 0] / (slope * (views.width_px / views.height_px))
    return torch.stack([x, local[..., 1] / slope, z, depth], dim=-1)


def _in_camera(verts: Tensor, views: Views) -> tuple[Tensor, Tensor]:
    """Positions in each camera's frame, and the tangent of half its field of view."""
    R_world_camera = views.T_world_camera[:, :3, :3].to(verts)
    offset = verts[None] - views.eyes[:, None].to(verts)
    local = torch.einsum("vji,vpj->vpi", R_world_camera, offset)
    return local, torch.tan(views.fov_y.to(verts) / 2.0)[:, None]


def _missing(what: str, hint: str) -> Gen3dError:
    return Gen3dError(f"{what} is not installed.", f"{hint}, or use another back end.")


BACKENDS: dict[str, FaceFinder] = {
    "embree": embree,
    "warp": warp,
    "pytorch3d": pytorch3d,
    "nvdiffrast": nvdiffrast,
}
"""Back ends by name."""
