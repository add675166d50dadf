# SPDX-License-Identifier: Apache-2.0
"""Mesh rendering forward and backward, against PyTorch3D's rasteriser on the CPU.

    python -m tests.benchmarks.mesh_speed [--body]

The mesh has about the 27,420 triangles of the default body (``--body``: the body itself, its eyes,
teeth and lashes left out). Everything
is done anew in every pass: the ray-tracing tree, the edges, normals, shading, contours, and the
gradients to positions and vertex colours. Times are seconds of processor in one thread, so that
other work on the machine does not count; the best of seven. Where ``pytorch3d`` can be imported its
hard rasteriser (``rasterize_meshes``, one face a pixel, no blur, forward and backward to the
positions, without any shading) runs beside ours; otherwise its figures are those measured once on
two cores of the machine this project was developed on, and the ratio is only an estimate.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor

from gen3d.foundry.solids import ellipsoid
from gen3d.render.backends import pytorch3d_positions
from gen3d.render.mesh import PerVertex, Surface, render_mesh
from gen3d.render.studio import default_light
from gen3d.render.views import Views, orbit

SIZES = (256, 512)
RECORDED_S = {256: 7.8, 512: 26.7}
"""PyTorch3D's CPU rasteriser on the default body, forward and backward, wall seconds."""
GOAL = 100.0


def main(arguments: list[str]) -> None:
    torch.set_num_threads(1)
    verts, faces = body() if "--body" in arguments else stand_in()
    there = importlib.util.find_spec("pytorch3d") is not None
    print(f"{len(faces)} triangles; PyTorch3D: {'measured' if there else 'recorded figures'}")
    for size in SIZES:
        views = camera(size)
        ours = best(lambda: render(verts, faces, views), 7)  # noqa: B023 called at once
        theirs = best(lambda: rasterize(verts, faces, views), 1) if there else RECORDED_S[size]  # noqa: B023
        verdict = "met" if theirs / ours >= GOAL else "missed"
        print(
            f"{size}²: {1e3 * ours:6.1f} ms, PyTorch3D {theirs:5.1f} s, "
            f"{theirs / ours:5.0f}× (goal {GOAL:.0f}×: {verdict})"
        )


def stand_in() -> tuple[Tensor, Tensor]:
    """A closed mesh of the body's size and number of triangles."""
    solid = ellipsoid(0.35, 0.9, 0.25, detail=83)
    return torch.from_numpy(solid.verts).float(), torch.from_numpy(solid.faces)


def body() -> tuple[Tensor, Tensor]:
    """The default body in the unit frame."""
    from gen3d.body.body import Body
    from gen3d.body.surface import triangulate
    from gen3d.spec import BodySpec

    shaped = Body.load().with_shape(BodySpec())
    faces = torch.from_numpy(triangulate(shaped.data.quads["body"]))
    used, places = torch.unique(faces, return_inverse=True)
    verts = torch.from_numpy(shaped.verts.copy()).float()[used.long()]
    verts = verts - (verts.amin(0) + verts.amax(0)) / 2.0
    return 0.9 * verts / verts.norm(dim=1).max(), places.to(torch.int32)


def camera(size_px: int) -> Views:
    """The default camera of guidance, a little from above."""
    azimuth, elevation = torch.tensor([20.0]), torch.tensor([15.0])
    return orbit(azimuth, elevation, torch.tensor([3.0]), torch.tensor([40.0]), size_px)


def render(verts: Tensor, faces: Tensor, views: Views) -> None:
    """Everything: shaded picture and gradients of all its buffers."""
    place = verts.clone().requires_grad_()
    colour = torch.full_like(verts, 0.6).requires_grad_()
    shot = render_mesh(place, faces, views, default_light(), Surface(PerVertex(colour)))
    (shot.rgb.square().mean() + shot.alpha.mean()).backward()


def rasterize(verts: Tensor, faces: Tensor, views: Views) -> None:
    """PyTorch3D's hard rasteriser alone."""
    from pytorch3d.renderer.mesh.rasterize_meshes import (  # pyright: ignore[reportMissingImports]
        rasterize_meshes,
    )
    from pytorch3d.structures import Meshes  # pyright: ignore[reportMissingImports]

    place = verts.clone().requires_grad_()
    meshes = Meshes(verts=list(pytorch3d_positions(place, views)), faces=[faces.long()])
    size = (views.height_px, views.width_px)
    _, depth, weights, _ = rasterize_meshes(
        meshes, image_size=size, faces_per_pixel=1, perspective_correct=True
    )
    (depth.square().mean() + weights.square().mean()).backward()


def best(work: Callable[[], None], runs: int) -> float:
    """Least processor seconds of some runs after a first one."""
    work()
    seconds: list[float] = []
    for _ in range(runs):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
