# SPDX-License-Identifier: Apache-2.0
"""A panorama of eight bits, the user's → the light that it was taken of, in a run folder.

What it becomes: ``sky.exr``, ``sky.hdr``, ``sky.jpg``, ``lighting.json`` as of any scene, and
``before_after.png``, which shows both at three exposures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from gen3d.config import RunConfig
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.manifest import asset_extras, of_the_users
from gen3d.progress import OnStep
from gen3d.reading import write_config
from gen3d.runs import Json
from gen3d.scenery import ExpandSpec
from gen3d.workshop import Workshop, cards_of, work_in

STEPS = ("sky",)
FILE = "sky.exr"


def make_expanded(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Give the panorama that a config names its light back; what is done already is kept.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    work_in(folder, STEPS, listeners, lambda shop: _make(shop, config))


def _make(shop: Workshop, config: RunConfig) -> None:
    from gen3d.cache import sha256_of
    from scenes.expansion.expand import CARD

    asked = config.expand
    if asked is None:
        raise RuntimeError("this run expands nothing")
    path = Path(asked.file)
    if not path.is_file():
        raise Gen3dError(f"The panorama {path} does not exist.", "Check the path.")
    write_config(shop.run, config)
    origin = {"file": path.name, "sha256": sha256_of(path)}
    inputs: Json = {
        "origin": origin,
        "ev100": asked.ev100,
        "width": config.output.sky_width_px,
        "deliver": config.output.deliver,
    }
    record = shop.stage("sky", inputs, lambda to, on_step: _work(config, asked, to, on_step))
    extras = of_the_users(
        asset_extras(config, cards_of([CARD]), notes_of(record.facts)), "panorama"
    )
    told: dict[str, Any] = {**extras, "panorama": origin}
    shop.finish(config, told, FILE)


def _work(config: RunConfig, asked: ExpandSpec, to: Path, on_step: OnStep) -> Json:
    from scenes.expansion.expand import read_picture
    from scenes.expansion.exposure import ev100_of, white_of

    path = Path(asked.file)
    ev100 = asked.ev100 if asked.ev100 is not None else ev100_of(path)
    white = None if ev100 is None else white_of(ev100)
    return write_light(config, read_picture(path), white, to, on_step)


def write_light(
    config: RunConfig,
    picture: UInt8[np.ndarray, "height width 3"],
    white: float | None,
    to: Path,
    on_step: OnStep,
) -> Json:
    """Give a panorama its light back and write it as any scene's.

    Args:
        config: How large, and in which forms.
        picture: Equirectangular, sRGB.
        white: Luminance of the picture's white, cd/m^2; estimated when not given.
        to: Folder.
        on_step: Told of progress.

    Returns:
        What the manifest says about it.
    """
    from scenes.deliver import deliver
    from scenes.expansion.expand import expand
    from scenes.expansion.show import write_before_after
    from scenes.files import write_environment

    found = expand(picture, config.output.sky_width_px, white, on_step=on_step)
    write_environment(found.environment, None, to)
    if config.output.deliver is not None:
        deliver(found.environment, None, to)
    write_before_after(picture, found, to / "before_after.png")
    return {
        "scale_from": "ev100" if white is not None else "estimate",
        "white_cd_m2": round(found.unit_cd_m2, 4),
        "clipped_share": round(found.clipped_share, 5),
        "sun_probability": round(found.sun_probability, 3),
        "sun_painted": bool(found.environment.sun_illuminance.any()),
    }


def notes_of(facts: Json) -> list[str]:
    """What the user must know about numbers that no picture of eight bits holds."""
    notes = ["Light beyond the picture's white is an estimate: it was cut off."]
    if facts["scale_from"] == "estimate":
        notes.append(
            f"The scale is an estimate (white is {facts['white_cd_m2']:g} cd/m^2); --ev100 says it."
        )
    if facts["sun_painted"]:
        notes.append("The sun has the strength that a clear sky of its height gives it.")
    return notes
