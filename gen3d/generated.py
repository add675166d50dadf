# SPDX-License-Identifier: Apache-2.0
"""Text → a panorama that a diffusion model draws → its light, in a run folder.

What it becomes: ``panorama.png``, the eight bits as they were drawn, and of these ``sky.exr``,
``sky.hdr``, ``sky.jpg`` and ``lighting.json`` by the same network that ``--from`` uses.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen3d.config import RunConfig, check_prompt
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.expanded import FILE, notes_of, write_light
from gen3d.manifest import asset_extras, commercial_use, of_the_users, stranger
from gen3d.progress import OnStep
from gen3d.reading import write_config
from gen3d.runs import Json
from gen3d.scenery import PanoramaSpec
from gen3d.workshop import Workshop, best_device, cards_of, check_device, work_in

if TYPE_CHECKING:
    from scenes.generated.make import Init

STEPS = ("panorama", "sky")
DRAWN = "panorama.png"
_WIDTH_PX = 4096


def make_generated(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Draw the panorama that a config asks for and light it; what is done already is kept.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    config = config.model_copy(update={"prompt": check_prompt(config.prompt, config.verb)})
    check_device(config.device)
    work_in(folder, STEPS, listeners, lambda shop: _make(shop, config))


def _make(shop: Workshop, config: RunConfig) -> None:
    from gen3d.cache import sha256_of
    from gen3d.guidance.advice import diffusion_digest

    asked = config.panorama
    if asked is None:
        raise RuntimeError("this run draws nothing")
    if asked.init is not None and not Path(asked.init).is_file():
        raise Gen3dError(f"The picture {asked.init} does not exist.", "Check the path.")
    digest = diffusion_digest(asked.diffusion)
    write_config(shop.run, config)
    origin = None
    if asked.init is not None:
        origin = {"file": Path(asked.init).name, "sha256": sha256_of(Path(asked.init))}
    values = asked.model_dump(mode="json", exclude={"diffusion", "init"})
    inputs: Json = {
        **values,
        "model": digest,
        "origin": origin,
        "device": best_device(config.device),
    }
    inputs |= {"prompt": config.prompt, "seed": config.seed, "widest": _width(config)}
    shop.stage("panorama", inputs, lambda to, on_step: _draw(config, asked, to, on_step))
    light: Json = {"width": _width(config), "deliver": config.output.deliver}
    light |= shop.made_by("panorama")
    shop.stage("sky", light, lambda to, on_step: _light(shop, config, to, on_step))
    shop.finish(config, _extras(shop, config, asked, digest, origin), FILE)


def _draw(config: RunConfig, asked: PanoramaSpec, to: Path, on_step: OnStep) -> Json:
    from PIL import Image

    from gen3d.guidance.diffusion import load_diffusion
    from scenes.generated.make import make_panorama
    from scenes.generated.sampler import Manner, size_of

    begun = _init(asked)
    model = load_diffusion(asked.diffusion, best_device(config.device))
    manner = Manner(steps=asked.steps, guidance=asked.guidance)
    picture = make_panorama(
        model, config.prompt, config.seed, manner, begun, _width(config), on_step
    )
    Image.fromarray(picture).save(to / DRAWN)
    rows, columns = size_of(model)
    return {"model_px": [columns * model.space.factor, rows * model.space.factor]}


def _init(asked: PanoramaSpec) -> Init | None:
    from scenes.expansion.expand import read_picture
    from scenes.generated.make import Init
    from scenes.generated.photo import read_photo

    if asked.init is None:
        return None
    read = read_picture if asked.fov_deg is None else read_photo
    return Init(read(Path(asked.init)), asked.strength, asked.fov_deg)


def _light(shop: Workshop, config: RunConfig, to: Path, on_step: OnStep) -> Json:
    from scenes.expansion.expand import read_picture

    wide = config.model_copy(
        update={"output": config.output.model_copy(update={"sky_width_px": _width(config)})}
    )
    return write_light(wide, read_picture(shop.run.folder / DRAWN), None, to, on_step)


def _width(config: RunConfig) -> int:
    return config.output.sky_width_px or _WIDTH_PX


def _extras(
    shop: Workshop, config: RunConfig, asked: PanoramaSpec, digest: str, origin: Json | None
) -> dict[str, Any]:
    """Where the result is from: the drawing model, the light's, and the picture begun with."""
    from gen3d.models.cards import all_cards
    from scenes.expansion.expand import CARD

    card = asked.diffusion if asked.diffusion in all_cards() else None
    notes = ["A model drew this panorama: nothing in it was measured or exists."]
    notes += notes_of(shop.records["sky"].facts)
    cards = cards_of([*([card] if card else []), "text-encoder", CARD])
    extras = asset_extras(config, cards, notes)
    if card is None:
        models = [stranger(asked.diffusion, digest, "draws panoramas"), *extras["models"]]
        extras |= {"models": models, "commercial_use": commercial_use(models)}
    if origin is not None:
        extras = {**of_the_users(extras, "picture it began with"), "init": origin}
    return extras
