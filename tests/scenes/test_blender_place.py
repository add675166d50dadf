# SPDX-License-Identifier: Apache-2.0
"""What a place's collision mesh must not do in a real Blender: be in front of anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name its own manual uses
import pytest

from gen3d.scenery import LandSpec, RoomSpec
from gen3d.words import land, room
from scenes.scene_gltf import write_scene

FARM = land.read("a farm with a red barn and a windmill").land
PLACES: dict[str, tuple[LandSpec | RoomSpec, float]] = {
    "forest": (land.preset("forest"), 0.6),
    "town": (land.preset("town"), 0.4),
    "farm": (FARM or land.usual(), 0.4),
    "lake": (land.preset("lake"), 0.4),
    "living room": (room.preset("living room"), 0.95),
}
"""Lands and rooms, and how much of what is around the eye is something, not the sky."""


def _metres(path: Path) -> np.ndarray:
    """Cycles' depth of each pixel."""
    source = oiio.ImageInput.open(str(path))
    assert source is not None, oiio.geterror()
    part = 0
    while source.seek_subimage(part, 0):
        for channel, name in enumerate(source.spec().channelnames):
            if name.endswith("Depth.Z"):
                pixels = source.read_image(part, 0, channel, channel + 1, oiio.FLOAT)
                assert pixels is not None, source.geterror()
                return pixels[..., 0]
        part += 1
    raise AssertionError(f"{path.name} has no depth")


@pytest.fixture(scope="module")
def seen(
    in_blender: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[np.ndarray]]:
    folder = tmp_path_factory.mktemp("places")
    files = []
    for number, (what, _) in enumerate(PLACES.values()):
        files.append(folder / f"{number}.glb")
        write_scene(what, 4, files[-1])
    in_blender(Path(__file__).with_name("blender_place.py"), folder, *files)
    return {
        name: [_metres(folder / f"{number}-{which}.exr") for which in ("with", "without")]
        for number, name in enumerate(PLACES)
    }


@pytest.mark.parametrize("name", PLACES)
def test_nothing_is_missing_behind_the_collision_mesh(
    seen: dict[str, list[np.ndarray]], name: str
) -> None:
    there, bare = seen[name]
    assert (bare < 1e5).mean() > PLACES[name][1]
    # What only the collision mesh has is clear, and clear things have no depth.
    assert (np.abs(there - bare) > 0.01 * bare).mean() < 0.001
