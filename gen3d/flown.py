# SPDX-License-Identifier: Apache-2.0
"""The stage ``flight``: a camera's way through the land or room of a run, as ``flythrough.mp4``.

Frames are files under ``.stages`` until the film is written: a flight that was stopped goes on at
the frame where it was.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from gen3d.config import RunConfig
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep
from gen3d.runs import STAGES, Json, digest_of
from gen3d.surroundings import Surroundings
from gen3d.workshop import Workshop

FILM = "flythrough.mp4"
_SKIES_PX = (256, 512, 1024, 2048)
"""Widths of the sky behind the place; three times the frame's will do."""


def fly(shop: Workshop, config: RunConfig, around: Surroundings) -> None:
    """Do the stage; the words come first.

    Raises:
        Gen3dError: There is only a sky, or the flight leaves the place.
    """
    flight, what = config.flight, around.place
    if flight is None:
        return
    if what is None:
        raise Gen3dError(
            "The words name no land and no room, so there is nothing to fly through.",
            "Name a place, or add --kind land.",
        )
    width = next((px for px in _SKIES_PX if px >= 3 * flight.width_px), _SKIES_PX[-1])
    sky = around.sky.model_copy(update={"width_px": width})
    specs = {"flight": flight, "sky": sky, "place": what}
    inputs: dict[str, object] = {k: spec.model_dump(mode="json") for k, spec in specs.items()}
    inputs["seed"] = config.seed
    frames = shop.run.folder / STAGES / f"flight-{digest_of({**shop.base, **inputs})[:12]}"

    def film(to: Path, on_step: OnStep) -> Json:
        from gen3d.render.preview import write_film

        for other in (shop.run.folder / STAGES).glob("flight-*"):
            if other != frames:
                shutil.rmtree(other)
        pictures, count = around.film(flight, sky, frames, on_step)
        write_film(pictures, to / FILM, (flight.width_px, flight.height_px), flight.fps)
        return {"frames": count, "seconds": flight.seconds}

    shop.stage("flight", inputs, film)
    shutil.rmtree(frames, ignore_errors=True)
