# SPDX-License-Identifier: Apache-2.0
"""An unrigged figure of the user's → ``character.glb`` with a rig, in a run folder.

The audit is of a mesh that is the user's own, so what it finds is told and stops nothing.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, cast

from gen3d.config import RunConfig
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.manifest import asset_extras, of_the_users
from gen3d.progress import OnStep
from gen3d.reading import write_config
from gen3d.runs import Json
from gen3d.spec import RigSpec
from gen3d.surroundings import USUAL_SKY, usual_light
from gen3d.workshop import Workshop, audit, cards_of, work_in

STAGES = ("rig", "audit", "preview")
FILE = "character.glb"


def make_rigged(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Rig the file that a config names; what is done already is kept.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    work_in(folder, STAGES, listeners, lambda shop: _Rigging(shop, config).everything())


class _Rigging:
    """One run being made."""

    def __init__(self, shop: Workshop, config: RunConfig) -> None:
        self.shop = shop
        self.config = config

    def everything(self) -> None:
        write_config(self.shop.run, self.config)
        self.rig()
        audit(self.shop, FILE, "rig")
        if self.config.output.preview:
            self.preview()
        self.shop.finish(self.config, self._told(), FILE)

    def rig(self) -> None:
        from gen3d.body.data import first_use_note
        from gen3d.cache import sha256_of

        path, bones = Path(self._spec.file), self.config.output.bones
        if not path.is_file():
            raise Gen3dError(f"The figure {path} does not exist.", "Check the path.")
        origin = {"file": path.name, "sha256": sha256_of(path)}
        extras = {**self._extras, "figure": origin}

        def work(to: Path, on_step: OnStep) -> Json:
            from gen3d.rigging import rig_file

            height = self._spec.height
            rigged = rig_file(
                path, to / FILE, height=height, naming=bones, extras=extras, on_step=on_step
            )
            return {"figure": origin, **rigged.facts()}

        inputs = {"height": self._spec.height, "bones": bones, "extras": extras}
        self.shop.stage("rig", inputs, work, first_use_note())

    def preview(self) -> None:
        def render(to: Path, on_step: OnStep) -> Json:
            from dataclasses import replace

            from gen3d.export.gltf_read import read_glb
            from gen3d.render.preview import write_preview
            from gen3d.rigging.look import as_character, proof_clip

            figure = as_character(read_glb(self.shop.run.folder / FILE))
            moving = replace(figure, clips=(proof_clip(figure.skeleton),))
            write_preview(moving, usual_light(self.config.seed), to, on_step=on_step)
            return {}

        inputs = {"sky": USUAL_SKY.model_dump(mode="json"), "seed": self.config.seed}
        self.shop.stage("preview", {**inputs, **self.shop.made_by("rig")}, render)

    @property
    def _spec(self) -> RigSpec:
        if self.config.rig is None:
            raise RuntimeError("this run rigs nothing")
        return self.config.rig

    @cached_property
    def _extras(self) -> dict[str, Any]:
        return of_the_users(asset_extras(self.config, cards_of(["body"]), []))

    def _told(self) -> dict[str, Any]:
        """The manifest's block: what the file says, and what the fit found."""
        facts = self.shop.records["rig"].facts
        notes = [*self._extras["notes"], *cast("list[str]", facts["notes"])]
        return {**self._extras, "figure": facts["figure"], "notes": notes}
