# SPDX-License-Identifier: Apache-2.0
"""``gen3d object``: one thing, from words to a textured mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import Flag, named, parse


@dataclass(frozen=True)
class ObjectOptions(MakingOptions):
    """Make object.glb: a field is fitted to the words under guidance and becomes a textured mesh.

    Everything else can be set in config.yml, under ``thing``.
    """

    draft: Flag = False
    """Only the instant draft: retrieval and words, no guidance."""
    best_of: Annotated[int | None, named("N")] = None
    """Fit N candidates and keep the best (1 when not given)."""
    tower: Annotated[str | None, named("MODEL")] = None
    """Image tower that guides: a model card, an open_clip NAME:TAG or a folder; "" for none."""
    diffusion: Annotated[str | None, named("MODEL")] = None
    """Diffusion model that guides: a model card or a diffusers folder; "" for none."""
    negative: Annotated[str | None, named("TEXT")] = None
    """What it should not look like."""
    start: Annotated[Literal["draft", "ball"] | None, named("{draft,ball}")] = None
    """What the field starts from (draft when not given)."""
    representation: Annotated[Literal["sdf", "density"] | None, named("{sdf,density}")] = None
    """A signed distance field or a NeRF's density (sdf when not given)."""
    steps: Annotated[int | None, named("N")] = None
    """Steps of the fit."""
    triangles: Annotated[int | None, named("N")] = None
    """Budget of the mesh."""
    texture_px: Annotated[int | None, named("PX")] = None
    """Side of the textures, a power of two."""


_SETTINGS = (
    *("best_of", "tower", "diffusion", "negative", "start", "representation", "steps"),
    *("triangles", "texture_px"),
)


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(ObjectOptions, "object", arguments)
    settings = {name: getattr(options, name) for name in _SETTINGS}
    return start("object", options, {"thing": {"draft": options.draft or None, **settings}})
