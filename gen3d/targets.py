# SPDX-License-Identifier: Apache-2.0
"""Where a character is delivered: the budgets and customs of each engine, read as data.

A target is a YAML file in ``configs/targets``. Its *tiers* are budgets as the platform publishes
them (VRChat's ranks, Khronos' asset auditor, Ready Player Me, Roblox); Unity, Unreal and Godot
publish none, so theirs is the hero budget of Ready Player Me. Its *levels* are the files that
``gen3d export`` makes, the nearest first. MiB are 2^20 bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from gen3d.config import Bones, config_dir
from gen3d.errors import Gen3dError
from gen3d.spec import Spec
from gen3d.target_names import Format, TargetName


class Limits(Spec):
    """At most this much of each; what is absent is not limited."""

    triangles: int | None = None
    bones: int | None = None
    materials: int | None = None
    """Material slots of all meshes: each is a draw call."""
    skinned_meshes: int | None = None
    texture_mib: float | None = None
    """On the graphics card: one byte a pixel, with mipmaps."""
    texture_side_px: int | None = None
    influences: int | None = None
    """Joints that hold one vertex."""
    file_mib: float | None = None


class Tier(Spec):
    """A budget with a name."""

    name: str
    required: bool = False
    """Whether a file that exceeds it fails; others only warn."""
    limits: Limits


class Level(Spec):
    """One level of detail."""

    triangles: int = Field(gt=0)
    texture_px: int = Field(ge=64, le=8192)
    """Largest side of a texture."""
    materials: int = Field(default=5, ge=1)
    """1 puts everything on one cut-out material; more keep one for each kind of transparency."""


class Target(Spec):
    """One engine or platform."""

    name: TargetName
    title: str
    bones: Bones | Literal["r15"]
    """Bone names in the files."""
    formats: tuple[Format, ...]
    """What `--to` makes when it is not given, the usual one first."""
    axes: str
    advice: str
    """What to do with the files there."""
    required: tuple[str, ...]
    """Bones without which the platform does not take the figure (house names)."""
    tiers: tuple[Tier, ...]
    levels: tuple[Level, ...]

    @property
    def remade(self) -> bool:
        """Whether the body is made anew of closed limbs (:mod:`gen3d.delivery.r15`)."""
        return self.bones == "r15"


@cache
def load_targets() -> dict[str, Target]:
    """Every target by name.

    Raises:
        Gen3dError: A file is not valid.
    """
    targets: dict[str, Target] = {}
    for path in sorted((config_dir() / "targets").glob("*.yml")):
        try:
            target = Target.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise Gen3dError(f"The target {path} is not valid: {error}", "Correct it.") from error
        targets[target.name] = target
    return targets


def find_target(name: str) -> Target:
    """A target by name.

    Raises:
        Gen3dError: There is none.
    """
    targets = load_targets()
    if name not in targets:
        raise Gen3dError(f"The target {name!r} is unknown.", f"Choose one of {sorted(targets)}.")
    return targets[name]
